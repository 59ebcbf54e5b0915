"""
The function itself, on a local Google: whatever service fails or loses its replies, the next days come to the same end.

What is lost here is lost on the wire, behind the real clients; `unit/test_erase.py` kills runs between their writes.
"""

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml

from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.keys.keysets import KEYSETS
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.secrets.passwords import SECRET as PASSWORD
from prizedraw.adapters.storage.published import SIGNATURE_KEY, open_published
from prizedraw.adapters.storage.reports import open_reports
from prizedraw.analysis import file as analysis_file
from prizedraw.erasure.filed import read_filed
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Overall
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.names import COMMITMENT, POOL, RECORD, RULES
from prizedraw.lottery.opening import open_draw
from prizedraw.rehearsal.google.gmail import GmailFault
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import Answered, Functions
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from support import builders, erasure
from support.campaigns import PRIZES
from support.clock import DAY, Clock
from support.personal_data import found
from support.quick import in_turn, some_of

MAIL = b"From: canary-taro@example.jp\r\nSubject: Re\r\n\r\nhello\r\n"
CSV = "髙﨑 太郎,canary-taro@example.jp".encode()
LOST = grpc.StatusCode.DEADLINE_EXCEEDED
PEOPLE = ("form", "logo", "downloads", "dead-letters")
ATTESTED_ON, MOST_DAYS = 4, 8


@dataclass
class Office:
    google: LocalGoogle
    settings: Settings
    clock: Clock
    functions: Functions
    announced: list[dict[str, str]] = field(default_factory=list)

    def daily(self) -> Answered:
        return self.functions.schedule("erase")

    def report(self) -> Report:
        """Return the last report."""
        draw = open_draw(open_published(self.settings))
        last = read_filed(open_reports(self.settings), draw, self.clock).last
        assert last is not None
        return last

    def to_the_end(self) -> dict[str, Any]:
        """Let the days go by until the erasure is complete, and return what there is then."""
        for day in range(MOST_DAYS):
            answered = self.daily()
            assert answered.status in (200, 503), answered.text
            if day == ATTESTED_ON:
                for place in PEOPLE:
                    self.functions.press_and_confirm("erase", {"attest": place, "by": "山田 太郎"})
            if day > ATTESTED_ON and self.report().state is Overall.COMPLETE:
                return self.end()
            self.clock.wait(DAY if day <= ATTESTED_ON else erasure.ADMIN)
        raise AssertionError(self.report().state)

    def end(self) -> dict[str, Any]:
        google, settings = self.google, self.settings
        return {
            "said": [(place.id, place.state, place.before, place.after) for place in self.report().places],
            "mailbox": google.gmail.mailbox,
            "buckets": [google.storage.everything(b) for b in (settings.claims_bucket, settings.exports_bucket)],
            "secrets": {data for name in google.secrets.names() for data in google.secrets.stored(name)},
            "keys": google.kms.states(),
        }


def publish(google: LocalGoogle, settings: Settings, files: Mapping[str, bytes]) -> None:
    """Publish the *files* of a draw anew, signed by the key that this Cloud KMS has."""
    client = kms.connect(settings)
    signer, pem = kms.EvidenceSigner(client, settings), kms.EvidencePublicKey(client, settings).public_pem()
    rules = replace(Rules.from_bytes(files[RULES]), evidence_key=EvidenceKey(pem).hash).to_bytes()
    commitment = replace(Commitment.from_bytes(files[COMMITMENT]), rules_hash=sha256_hex(rules)).to_bytes()
    record = replace(DrawRecord.from_bytes(files[RECORD]), commitment_hash=sha256_hex(commitment)).to_bytes()
    google.storage.put(settings.published_bucket, EVIDENCE, pem)
    for name, data in ((RULES, rules), (POOL, files[POOL]), (COMMITMENT, commitment), (RECORD, record)):
        signature = signer.sign(data)
        borne = {SIGNATURE_KEY: base64.b64encode(signature).decode()}
        google.storage.put(settings.published_bucket, name, data, metadata=borne)
        if name != POOL:  # of the list of labels there is no copy of the signature
            google.storage.put(settings.published_bucket, name + SIGNATURE, signature)


@contextmanager
def opened(folder: Path) -> Iterator[Office]:
    """Open an office on the morning from which everything is erased, with something in every place."""
    world = erasure.ready().world
    tree = builders.TREE | {"prizes": PRIZES, "randomness": {"kind": "ward", "given_by": ["文化観光課長"]}}
    (folder / f"{world.campaign.id}.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    (folder / "manifest.json").write_text(json.dumps({"archives": {"erase.zip": "cd" * 32}}), encoding="utf-8")
    with ExitStack() as stack:
        google = stack.enter_context(LocalGoogle(world.clock))
        environ = google.environ(world.campaign.id)
        environ |= {"CAMPAIGNS": str(folder), "MANIFEST": str(folder / "manifest.json")}
        settings = Settings.from_env(environ)
        google.provision(settings)
        publish(google, settings, world.published.files)
        google.storage.put(settings.reports_bucket, analysis_file.NAME, erasure.ANALYSIS)
        manager = versions.connect(settings)
        writer = versions.SecretWriter(manager, settings)
        maker = keysets.TinkKeysetMaker(writer, kms.KeysetWrapper(kms.connect(settings), settings))
        for name in KEYSETS:
            maker.make(name)
        writer.add(PASSWORD, b"canary-password")
        google.forms.put_form({"formId": world.campaign.form.id})
        google.drive.put_file(world.campaign.form.id)
        google.gmail.receive(MAIL)
        google.gmail.receive(MAIL, labels=("TRASH",))
        for bucket in (settings.claims_bucket, settings.exports_bucket):
            google.storage.put(bucket, "1.csv", CSV)
            google.storage.put(bucket, "2.csv", CSV)
        stores = {"sealed": world.sealed, "state": world.state}
        host = edge.Host(world.clock, stores=lambda _, name: stores[name])
        functions = stack.enter_context(Functions(["erase", "claim", "status"], environ, host))
        office = Office(google, settings, world.clock, functions)
        google.storage.on_object(office.announced.append)
        yield office


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with opened(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return the end of an erasure in which nothing fails."""
    with opened(tmp_path_factory.mktemp("clean")) as made:
        return made.to_the_end()


def storage(google: LocalGoogle, applied: bool) -> Callable[[], bool]:
    """Answer, once a method, a status that the client does not try again."""
    for method in ("list", "delete", "insert"):
        google.storage.fail(method, 409, applied=applied)
    return lambda: not any(google.storage.faults.values())


def gmail(google: LocalGoogle, applied: bool) -> Callable[[], bool]:
    quota = GmailFault(429, "rateLimitExceeded", applied=applied)
    # What was sent is looked for three times before all else is, and a deletion that was never counted is told as such.
    for method, times in (("drafts.list", 1), ("messages.list", 4), ("messages.batchDelete", 1)):
        google.gmail.fail(method, quota, times)
    return lambda: not any(google.gmail._faults.values())


def cloud_kms(google: LocalGoogle, applied: bool) -> Callable[[], bool]:
    for method in ("UpdateCryptoKeyVersion", "DestroyCryptoKeyVersion", "AsymmetricSign"):
        google.kms.fail_next(method, LOST, after=applied)
    return lambda: not any(fault.times for fault in google.kms._wire._faults)


def secret_manager(google: LocalGoogle, applied: bool) -> Callable[[], bool]:
    google.secrets.fail_next("DestroySecretVersion", LOST, after=applied)
    return lambda: not any(fault.times for fault in google.secrets._wire._faults)


def looks(google: LocalGoogle, applied: bool) -> Callable[[], bool]:
    """Let what only looks fail, so that places are erased uncounted."""
    google.secrets.fail_next("ListSecretVersions", LOST, after=applied)
    google.kms.fail_next("ListCryptoKeyVersions", LOST, after=applied)
    for method in ("ListBackups", "GetDatabase"):
        google.firestore_admin.fail_next(method, LOST, after=applied)
    wires = [service._wire for service in (google.secrets, google.kms, google.firestore_admin)]
    return lambda: not any(fault.times for wire in wires for fault in wire._faults)


FAILING = product([storage, gmail, cloud_kms, secret_manager, looks], [False, True])
"""Services that fail, before the effect of a call or after it."""


@in_turn("an erasure in which Google fails")
@pytest.mark.no_cover  # a sweep: each line is counted by a test of its own
@pytest.mark.parametrize(("service", "applied"), some_of(FAILING, 4))
def test_whatever_fails_the_days_after_come_to_the_same_end(
    office: Office, clean: dict[str, Any], service: Callable[[LocalGoogle, bool], Callable[[], bool]], applied: bool
) -> None:
    all_happened = service(office.google, applied)
    assert office.to_the_end() == clean
    assert all_happened()


def test_the_end_is_nothing_and_all_keys_destroyed(clean: dict[str, Any]) -> None:
    assert {place: state.value for place, state, _, _ in clean["said"]}.pop("mailbox") == "done"
    assert (clean["mailbox"], clean["buckets"], clean["secrets"]) == ({}, [[], []], {b""})
    assert sorted(clean["keys"].values()) == ["DESTROYED"] * len(KEYSETS) + ["ENABLED"]
    before = {place: before for place, _, before, _ in clean["said"]}
    assert (before["mailbox"], before["claims-bucket"], before["keys"]) == (2, 2, len(KEYSETS))


def test_a_planted_report_is_left_and_the_days_after_a_last_one_are_looked_at(
    office: Office, clean: dict[str, Any], capfd: pytest.CaptureFixture[str]
) -> None:
    """Finding 1, by the real clients; and what comes after 完了 is erased and told by another report."""
    name, bucket = "erasure/001-report.json", office.settings.reports_bucket
    office.google.storage.put(bucket, name, b'{"state": "complete"}')
    office.daily()
    unknown = next(place.id for place in office.report().places if place.name.endswith(":unsigned"))
    answer = {"attest": unknown, "what": "だれかが置いたもの。個人情報なし", "by": "山田 太郎"}
    assert office.functions.press_and_confirm("erase", answer).status == 200
    end = office.to_the_end()
    assert {key: end[key] for key in end if key != "said"} == {key: clean[key] for key in clean if key != "said"}
    assert {stored for stored in office.google.storage.objects(bucket) if "/001-" in stored} == {name}
    number = office.report().number
    office.google.gmail.receive(MAIL)
    capfd.readouterr()
    assert office.daily().status == 200
    assert '"code": "refilled"' in capfd.readouterr().out
    assert (office.google.gmail.mailbox, office.report().number) == ({}, number + 1)
    assert office.report().state is Overall.PARTIAL


def test_a_csv_that_is_dropped_after_the_end_goes_at_once_and_status_warns(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    """The functions are cold, the keys destroyed, and nobody reads the CSV any more: it must not stay in the clear."""
    office.to_the_end()
    bucket, number = office.settings.claims_bucket, office.report().number
    assert "登録用フォルダ" not in office.functions.press("status", {}).text
    office.google.storage.put(bucket, "canary-taro.csv", CSV, "text/csv")
    for _ in range(2):
        answered = office.functions.push("claim", office.announced[-1])
        assert answered.status == 200, answered.text
    assert office.google.storage.everything(bucket) == []
    assert "「登録用フォルダ（claims）」にファイルが置かれました" in office.functions.press("status", {}).text
    office.clock.wait(DAY)
    assert office.daily().status == 200
    assert (office.report().number, office.report().state) == (number, Overall.COMPLETE), "it never was anywhere else"
    assert found(["canary-taro", "髙﨑 太郎"], [*capfd.readouterr()]) == set()


def test_one_that_claim_was_never_told_of_goes_with_the_daily_run(office: Office) -> None:
    office.to_the_end()
    bucket, number = office.settings.claims_bucket, office.report().number
    office.google.storage.put(bucket, "1.csv", CSV, "text/csv")
    office.clock.wait(DAY)
    assert office.daily().status == 200
    assert office.google.storage.everything(bucket) == []
    assert office.report().number == number + 1
    assert "「登録用フォルダ（claims）」にファイルが置かれました" in office.functions.press("status", {}).text


def test_no_log_names_anybody(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    gmail(office.google, applied=True)
    said = [office.daily().text for _ in range(3)]
    assert found(["canary-taro", "髙﨑 太郎", "canary-password"], [*capfd.readouterr(), *said]) == set()
