"""
Search for what an erasure forgot: a whole campaign with something personal in every corner, then a look at everything.

The real functions run on a local Google. What was typed, and what was derived from it, is remembered; after the last
report everything that is left anywhere is unpacked, decoded and searched for it. That the search finds is shown by
planting something in every place.
"""

import base64
import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import openpyxl
import pytest
import typst

from prizedraw.adapters.google.grpc import NoSuchResource
from prizedraw.adapters.keys.keysets import KEYSETS, PAIRS
from prizedraw.adapters.keys.kms import KeysetUnwrapper
from prizedraw.adapters.keys.kms import connect as connect_kms
from prizedraw.erasure.places import PLACES
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import ENDED, Overall, PlaceState
from prizedraw.errors import Broken
from prizedraw.records.entries import Entry, LedgerRow
from prizedraw.records.mail import MailRow
from prizedraw.rehearsal import output
from prizedraw.rehearsal.until_erased import OPERATOR_NAME, Ending
from prizedraw.rehearsal.until_parcels import Fulfil
from support import personal_data
from support.local_campaign import Staged, Stager
from support.quick import in_turn

pytestmark = in_turn("what an erasure forgot")

_ADDRESS = re.compile(r"[^@]{3,}@[^@]")
WRITER = "canary-hanako@example.jp"
SHEET = "1SheetThatSomebodyLinked"
REPLY = f"From: {WRITER}\r\nSubject: 住所の件\r\n\r\n東京都新宿区カナリア町1-2-3\r\n".encode()


@dataclass
class Ended:
    """
    Hold a campaign whose erasure came to its end: what was there before, and what is left.

    *left* is all that can be read anywhere, by place, *empty* what each place itself says: both as it was at the end.
    """

    staged: Staged
    reports: list[Report]
    needles: dict[str, set[str]]
    sealed: set[str]
    keysets: dict[str, bytes]
    left: dict[str, str]
    empty: dict[str, bool]


def remains(staged: Staged) -> dict[str, list[str]]:
    """Return all that is left anywhere, as texts, by place."""
    google = staged.google
    found = {"databases": list(personal_data.leaves(staged.documents())) + [leaf.hex() for leaf in _sealed(staged)]}
    for bucket in google.storage.bucket_names():
        objects = google.storage.everything(bucket)
        found[bucket] = [text for stored in objects for text in (stored.name, *personal_data.unpacked(stored.data))]
    found["mailbox"] = [text for raw in google.gmail.mailbox.values() for text in personal_data.unpacked(raw)]
    found["form"] = list(personal_data.leaves(google.forms.stored()))
    found["files in Drive"] = [name for name in google.drive.ids() if name != staged.play.campaign.form.id]
    found["secrets"] = [t for name in google.secrets.names() for t in personal_data.leaves(google.secrets.stored(name))]
    found["logs"] = list(personal_data.unpacked(staged.logs.read_bytes()))
    found["replies"] = [answered.text for answered in staged.stage.replies]
    files = [path for path in staged.temporary.rglob("*") if path.is_file()]
    found["temporary files"] = [
        text for path in files for text in (path.name, *personal_data.unpacked(path.read_bytes()))
    ]
    return found


def empty(staged: Staged) -> dict[str, bool]:
    """Tell of each place that must hold nothing at all whether it does."""
    google, settings = staged.google, staged.stage.settings
    erased = {store for place in PLACES for store in place.stores}
    stored = {"/".join((path.split("/")[0], path.split("/")[3])) for path in staged.documents()}
    files = [path for path in staged.temporary.rglob("*") if path.is_file()]
    return {
        "databases": not stored & erased,
        # The ward had the rules before the handling period began: `kept` tells of that mail.
        "mailbox": [kind_of(raw) for raw in google.gmail.mailbox.values()] == ["rules"],
        "form": google.forms.stored() == {staged.play.campaign.form.id: []},
        "files in Drive": google.drive.ids() == [staged.play.campaign.form.id],
        "claims": google.storage.everything(settings.claims_bucket) == [],
        "exports": google.storage.everything(settings.exports_bucket) == [],
        "secrets": {data for name in google.secrets.names() for data in google.secrets.stored(name)} == {b""},
        "temporary files": files == [],
    }


def kind_of(raw: bytes) -> str:
    """Return which kind of letter a mail is."""
    return str(message_from_bytes(raw)["X-Prizedraw-Reference"]).partition("-")[0]


def hide(staged: Staged) -> None:
    """Put something personal where nobody would look for it: by hand, by mistake, by mail."""
    google, settings = staged.google, staged.stage.settings
    for bucket in (settings.claims_bucket, settings.exports_bucket):
        for data in (b"first", f"{WRITER},カナリア花子".encode("cp932")):
            google.storage.put(bucket, "控え.csv", data)
    for labels in (("INBOX",), ("SPAM",), ("TRASH",), ()):
        google.gmail.receive(REPLY, labels=labels)
    google.gmail.receive(REPLY, google.gmail.sent[-1].thread)
    google.gmail.bounce(google.gmail.sent[-1].recipients[0])
    for name in ("contact-private", "shipping-password"):
        google.secrets.add_version(settings.secret(name), WRITER.encode())
    for key in KEYSETS:
        google.kms.add_version(settings.key(key))
    database = f"projects/{settings.project}/databases/sealed"
    google.firestore_admin.set_recovery(database, recovery=True)
    google.firestore_admin.back_up(database, timedelta(days=3))


def needles(staged: Staged, exports: list[bytes], password: str) -> dict[str, set[str]]:
    """Return what nobody may find any more, by kind, of the campaign as it is before the erasure."""
    play, sealed, state = staged.play, staged.stage.open("sealed"), staged.stage.open("state")
    answers = [
        leaf for press in play.submissions for leaf in personal_data.leaves(list(press.response["answers"].values()))
    ]
    rows = [row for data in exports for row in csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""))]
    columns = play.campaign.claim.columns
    typed = [row[getattr(columns, name)] for row in rows for name in ("name", "address", "phone", "receipt", "code")]
    mails = list(state.scan(MailRow))
    return {
        "addresses": {text for text in answers if _ADDRESS.search(personal_data.folded(text))},
        "answers in own words": {
            t for t in answers if len(personal_data.folded(t)) > 15 and t not in _offered(play.form)
        },
        "registrations": {text for text in typed if len(personal_data.folded(text)) > 6},
        "response ids": {press.response["responseId"] for press in play.submissions},
        "keyed addresses": {entry.id for entry in sealed.scan(Entry)},
        "keyed responses": {row.id for row in sealed.scan(LedgerRow)},
        "mails": {id for row in mails for id in (row.message, row.draft) if id},
        "passwords": {password},
        "written by hand": {WRITER, "カナリア花子", "カナリア町1-2-3"},
    }


def _sealed(staged: Staged) -> list[bytes]:
    """Return every value of bytes in the database that holds what is sealed."""
    documents = [doc for path, doc in staged.documents().items() if path.startswith("sealed/")]
    return [leaf for doc in documents for leaf in doc.values() if isinstance(leaf, bytes)]


def _offered(form: dict[str, object]) -> set[str]:
    """Return what the form itself says, so that it is nobody's own words."""
    return set(personal_data.leaves(form))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory, staged: Stager) -> Iterator[Ended]:
    with staged(tmp_path_factory.mktemp("erasure"), keeps_versions=True) as made:
        play, google = made.play, made.google
        fulfil, ending = Fulfil(play, None), Ending(play)
        play.run()
        google.drive.put_file(SHEET)
        google.forms.put_form({**play.form, "linkedSheetId": SHEET})
        ending.after_draw()
        google.forms.submit(
            {**play.submissions[0].response, "responseId": "late", "lastSubmittedTime": "2026-03-05T00:00:00Z"}
        )
        fulfil.run()
        hide(made)
        wanted = needles(made, fulfil.exports, fulfil.password)
        sealed = {leaf.hex() for leaf in _sealed(made)}
        secret = made.stage.settings.secret
        names = {name: secret(f"{name}-private" if name in PAIRS else name) for name in KEYSETS}
        keysets = {name: google.secrets.stored(where)[0] for name, where in names.items()}
        ending.run()
        left = {place: personal_data.haystack(texts) for place, texts in remains(made).items()}
        yield Ended(made, ending.reports, wanted, sealed, keysets, left, empty(made))


class TestNothingIsLeft:
    def test_the_campaign_had_something_of_every_kind(self, ended: Ended) -> None:
        assert {kind: len(found) > 0 for kind, found in ended.needles.items()} == dict.fromkeys(ended.needles, True)
        assert len(ended.needles["addresses"]) > 40
        assert len(ended.sealed) > 100

    @pytest.mark.parametrize(
        "kind",
        [
            "addresses",
            "answers in own words",
            "registrations",
            "response ids",
            "keyed addresses",
            "keyed responses",
            "mails",
            "passwords",
            "written by hand",
        ],
    )
    def test_nowhere(self, ended: Ended, kind: str) -> None:
        found = {place: personal_data.among(ended.needles[kind], texts) for place, texts in ended.left.items()}
        assert {place: len(needles) for place, needles in found.items() if needles} == {}

    def test_no_sealed_value_is_left(self, ended: Ended) -> None:
        assert personal_data.among(ended.sealed, ended.left["databases"]) == set()

    def test_the_places_are_empty_and_not_only_silent(self, ended: Ended) -> None:
        assert {place for place, is_empty in ended.empty.items() if not is_empty} == set()


class TestKeys:
    def test_every_version_but_evidence_s_is_destroyed(self, ended: Ended) -> None:
        states = ended.staged.google.kms.states()
        evidence = ended.staged.stage.settings.key("evidence")
        others = {state for name, state in states.items() if not name.startswith(evidence)}
        assert len(states) == 2 * len(KEYSETS) + 1
        assert others == {"DESTROYED"}
        assert states[f"{evidence}/cryptoKeyVersions/1"] == "ENABLED"

    def test_what_was_wrapped_cannot_be_unwrapped_by_anybody_who_kept_a_copy(self, ended: Ended) -> None:
        settings = ended.staged.stage.settings
        unwrapper = KeysetUnwrapper(connect_kms(settings), settings)
        assert set(ended.keysets) == set(KEYSETS)
        for name, wrapped in ended.keysets.items():
            with pytest.raises((Broken, NoSuchResource)) as caught:
                unwrapper.unwrap(name, wrapped)
            assert isinstance(caught.value, Broken)
            assert caught.value.facts == {"status": "FAILED_PRECONDITION"}


class TestReports:
    def test_none_says_complete_before_everything_was(self, ended: Ended) -> None:
        assert [report.state for report in ended.reports[:-1]].count(Overall.COMPLETE) == 0
        assert ended.reports[-1].state is Overall.COMPLETE
        assert {place.state for place in ended.reports[-1].places} <= ENDED

    def test_the_stages_come_in_their_order(self, ended: Ended) -> None:
        said = [report.state for report in ended.reports]
        assert said == sorted(said, key=[Overall.SCHEDULED, Overall.PARTIAL, Overall.COMPLETE].index)
        assert set(said) == set(Overall)

    def test_windows_of_buckets_backups_and_recovery_are_waited_for(self, ended: Ended) -> None:
        ends: dict[str, set[object]] = {}
        for report in ended.reports:
            for place in report.places:
                if place.state is PlaceState.WINDOW:
                    ends.setdefault(place.id, set()).add(place.until)
        assert {"claims-bucket", "exports-bucket", "history-sealed", "mailbox-sent", "keys", "sheet"} <= ends.keys()

    def test_a_stranger_accepts_each(self, ended: Ended, tmp_path: Path) -> None:
        settings, storage = ended.staged.stage.settings, ended.staged.google.storage
        for folder in ("published", "operator", "mail"):
            (tmp_path / folder).mkdir()
        sent = ended.staged.google.gmail.sent
        output.write_mail(tmp_path, sent, {mail.id: kind_of(mail.raw) for mail in sent})
        output.write_published(tmp_path, storage.objects(settings.published_bucket))
        output.write_reports(tmp_path, storage.objects(settings.reports_bucket))
        accepted, said = output.verify_erasure(tmp_path, ended.staged.play.clock())
        assert accepted, said

    def test_they_name_nobody(self, ended: Ended) -> None:
        texts = ended.left[ended.staged.stage.settings.reports_bucket]
        assert personal_data.among(set().union(*ended.needles.values()), texts) == set()
        assert personal_data.among({OPERATOR_NAME}, texts), "who attested is named"


def workbook(text: str) -> bytes:
    book, data = openpyxl.Workbook(), io.BytesIO()
    book.active["B7"] = text
    book.save(data)
    return data.getvalue()


def pdf(text: str) -> bytes:
    made = typst.compile(b"#sys.inputs.said", sys_inputs={"said": text}, ignore_system_fonts=True)
    assert isinstance(made, bytes)
    return made


def letter(text: str) -> bytes:
    message = EmailMessage()
    message["Subject"] = "x"
    message.set_content(f"こんにちは {text}", cte="base64")
    return message.as_bytes()


def in_database(staged: Staged, text: str) -> None:
    memory = (staged.stage.stores.memory or {})["state"]
    memory._collections.setdefault("forgotten", {})["one"] = ({"blob": text.encode()}, 1)


def deleted_softly(staged: Staged, text: str) -> None:
    storage, bucket = staged.google.storage, staged.stage.settings.claims_bucket
    storage.put(bucket, "gone.csv", text.encode("cp932"))
    kept = storage._buckets[bucket]
    kept.delete("gone.csv", str(kept.live["gone.csv"].generation), staged.play.clock())


def overwritten(staged: Staged, text: str) -> None:
    for data in (text.encode(), b"nothing"):
        staged.google.storage.put(staged.stage.settings.exports_bucket, "old.csv", data)


def published(make: Callable[[str], bytes]) -> Callable[[Staged, str], None]:
    return lambda staged, text: staged.google.storage.put(
        staged.stage.settings.reports_bucket, make.__name__, make(text)
    )


def submitted(staged: Staged, text: str) -> None:
    staged.google.forms.submit({"responseId": "forgotten", "answers": {"q": {"textAnswers": [text.upper()]}}})


def printed(staged: Staged, text: str) -> None:
    with staged.logs.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": base64.b64encode(text.encode()).decode()}) + "\n")


def left_behind(staged: Staged, text: str) -> None:
    (staged.temporary / "prizedraw-x").write_bytes(gzip.compress(workbook(text)))


PLANTS: dict[str, tuple[str, Callable[[Staged, str], object]]] = {
    "a document": ("databases", in_database),
    "a softly deleted object": ("claims", deleted_softly),
    "an old version": ("exports", overwritten),
    "a name of a file": ("claims", lambda s, t: s.google.storage.put(s.stage.settings.claims_bucket, t, b"")),
    "a cell of a workbook": ("reports", published(workbook)),
    "a line of a PDF": ("reports", published(pdf)),
    "a mail": ("mailbox", lambda s, t: s.google.gmail.receive(letter(t), labels=("TRASH",))),
    "a response": ("form", submitted),
    "a spreadsheet": ("files in Drive", lambda s, t: s.google.drive.put_file(t)),
    "a secret": ("secrets", lambda s, t: s.google.secrets.add_version(s.stage.settings.secret("index"), t.encode())),
    "a line of the logs": ("logs", printed),
    "a temporary file": ("temporary files", left_behind),
}


def needle(what: str) -> str:
    """Return what is planted as *what*."""
    return f"forgotten.{list(PLANTS).index(what)}@example.jp"


@pytest.fixture(scope="module")
def planted(ended: Ended) -> dict[str, str]:
    """Plant something in every place, and return all that is left anywhere then."""
    for what, (_, plant) in PLANTS.items():
        plant(ended.staged, needle(what))
    return {place: personal_data.haystack(texts) for place, texts in remains(ended.staged).items()}


@pytest.mark.parametrize("what", PLANTS)
def test_what_is_planted_is_found_where_it_is(planted: dict[str, str], what: str) -> None:
    found = [place for place, texts in planted.items() if personal_data.among({needle(what)}, texts)]
    assert len(found) == 1
    assert found[0].endswith(PLANTS[what][0])


def test_the_scan_looks_into_every_service_of_the_local_google(ended: Ended) -> None:
    """Fail where somebody adds a service: if it holds data, let the scan look into it."""
    services = {name for name, value in vars(ended.staged.google).items() if hasattr(value, "calls")}
    searched, without_data = {"storage", "gmail", "forms", "drive", "secrets"}, {"kms", "drand", "firestore_admin"}
    assert services == searched | without_data
