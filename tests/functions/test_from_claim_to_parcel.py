"""The functions themselves, on a local Google: registrations, a decline, a lapse, two lists, what was handed over."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.memory import Memory
from prizedraw.adapters.secrets import passwords, versions
from prizedraw.fulfilment import claim_code, holders
from prizedraw.fulfilment.holders import Standing
from prizedraw.records.fulfilment import Forfeit, Shipped
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import OPERATOR, Answered, Functions
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from prizedraw.times import JST, unstamp
from support import builders
from support.campaigns import PRIZES
from support.clock import DAY, MINUTE, Clock
from support.drawn_files import put_draw
from support.letters import tell
from support.personal_data import found
from support.shipping_lists import cells, opened, texts
from support.stages import drawn

NAMES = ["髙﨑 𠮷子", '=HYPERLINK("https://evil.example","x")', "＝1+1", "@SUM(A1)", "山田 花子", "佐藤 次郎"]


@dataclass
class Office:
    """Hold the functions, their Google, and who typed what."""

    google: LocalGoogle
    settings: Settings
    stores: dict[str, Memory]
    clock: Clock
    functions: Functions
    prf: keysets.KeysetPrf
    announced: list[dict[str, str]] = field(default_factory=list)
    typed: dict[str, list[str]] = field(default_factory=dict)

    def standing(self) -> Standing:
        return holders.read_mirrors(drawn().campaign, self.stores["state"])

    def code(self, label: str) -> str:
        award = self.stores["state"].get(AwardedPlace, label)
        assert award is not None
        return claim_code.code_for(self.prf, label, award.record.prize)

    def fill_in(self, label: str) -> None:
        """Let a winner fill in the ward's form."""
        number = len(self.typed)
        sent_at = f"{self.clock.now.astimezone(JST):%Y/%m/%d %H:%M}"
        address = f"東京都新宿区歌舞伎町1-4-{number}\n庁舎{number}階"
        row = [
            f"受付-7770{number}",
            self.code(label),
            NAMES[number],
            "160-0021",
            address,
            f"03-3209-11{number:02}",
            sent_at,
        ]
        self.typed[label] = row

    def drop(self) -> list[Answered]:
        """Drop the form's CSV, and deliver what Storage announces."""
        columns = drawn().campaign.claim.columns
        headings = [columns.receipt, columns.code, columns.name, columns.postal_code, columns.address]
        table = [[*headings, columns.phone, columns.sent_at], *self.typed.values()]
        lines = [",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in table]
        data = "\r\n".join([*lines, ""]).encode()
        self.google.storage.put(self.settings.claims_bucket, "登録.csv", data, "text/csv")
        ours = [a for a in self.announced if a["bucketId"] == self.settings.claims_bucket]
        answered = [self.functions.push("claim", attributes) for attributes in ours]
        self.announced.clear()
        assert [a.status for a in answered] == [200]
        return answered

    def file(self) -> bytes:
        """Unlock the one file with the one password, as an operator does."""
        (stored,) = self.google.storage.objects(self.settings.exports_bucket).values()
        kept = self.google.secrets.stored(self.settings.secret(passwords.SECRET))
        (password,) = [data.decode() for data in kept if data]
        return opened(stored.data, password).getvalue()

    def wanted(self) -> Counter[tuple[str, ...]]:
        """Return code, name, postal code, address and phone of all who hold a place and registered, as they typed."""
        held = {holder.label for holder in self.standing().holders}
        return Counter(tuple(row[1:6]) for label, row in self.typed.items() if label in held)

    def on_list(self) -> Counter[tuple[str, ...]]:
        return Counter((row[2], *row[4:]) for row in texts(self.file())[1:])


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    world = drawn()
    tree = builders.TREE | {"prizes": PRIZES, "randomness": {"kind": "ward", "given_by": ["文化観光課長"]}}
    (tmp_path / f"{world.campaign.id}.yaml").write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    with ExitStack() as stack:
        google = stack.enter_context(LocalGoogle(world.clock))
        environ = google.environ(world.campaign.id) | {
            "CLAIMS_BUCKET": "rehearsal-claims",
            "CAMPAIGNS": str(tmp_path),
        }
        settings = Settings.from_env(environ)
        google.provision(settings)
        google.storage.create_bucket(settings.claims_bucket)
        drawn_at = unstamp(world.one(Drawn).drawn_at)
        put_draw(google.storage, settings, world.campaign, world.state.scan(AwardedPlace), drawn_at)
        reader = versions.SecretReader(versions.connect(settings), settings)
        cloud_kms = kms.connect(settings)
        writer = versions.SecretWriter(versions.connect(settings), settings)
        maker = keysets.TinkKeysetMaker(writer, kms.KeysetWrapper(cloud_kms, settings))
        for name in ("delivery", "claim"):
            maker.make(name)
        stores = {"sealed": world.sealed, "state": world.state}
        host = edge.Host(world.clock, stores=lambda _, name: stores[name])
        functions = stack.enter_context(Functions(["claim", "forfeit", "ship"], environ, host))
        prf = keysets.KeysetPrf(reader, kms.KeysetUnwrapper(cloud_kms, settings), "claim")
        made = Office(google, settings, stores, world.clock, functions, prf)
        google.storage.on_object(made.announced.append)
        tell(stores["state"], made.standing().holders, drawn_at, prf)
        yield made


def test_prizes_reach_who_holds_them_in_the_end(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    office.functions.on_answer.append(lambda answered: said.append(answered.text))
    office.clock.wait(2 * DAY)
    a1, a2, b1, b2, b3 = (holder.label for holder in office.standing().holders)
    for label in (a1, a2, b1, b2):
        office.fill_in(label)
    office.drop()

    # A winner declines by telephone; the reserve registers; somebody never does, and lapses.
    declined = office.functions.press_and_confirm("forfeit", {"label": a1, "why": "辞退"})
    assert (declined.status, declined.reply["counts"]) == (200, {"失効": 1, "繰り上げ": 1, "残り": 0})
    promoted = next(holder.label for holder in office.standing().holders if holder.promoted)
    office.fill_in(promoted)
    office.clock.now = drawn().campaign.claim_deadline_at + MINUTE
    assert office.functions.schedule("forfeit").reply["result"].startswith("まだその時刻ではありません")
    office.drop()
    assert office.functions.schedule("forfeit").reply["counts"] == {"失効": 1, "繰り上げ": 1, "残り": 0}
    assert {mark.id: mark.why for mark in office.stores["state"].scan(Forfeit)} == {a1: "declined", b3: "lapsed"}
    second = next(holder.label for holder in office.standing().holders if holder.promoted and not holder.claimed)
    office.fill_in(second)
    office.drop()

    # The list: text in every cell, one password, nobody who lost the place.
    assert office.functions.schedule("ship").reply["result"].startswith("まだその時刻ではありません")
    assert office.functions.press_and_confirm("ship").status == 200
    assert sum(office.wanted().values()) == 5
    assert office.on_list() == office.wanted()
    assert {cell.data_type for row in cells(office.file()) for cell in row} == {"s"}
    first = office.google.storage.objects(office.settings.exports_bucket)
    assert office.functions.press_and_confirm("ship").status == 200
    assert office.on_list() == office.wanted()
    assert not first.keys() & office.google.storage.objects(office.settings.exports_bucket).keys()

    # What comes back is pasted from a spreadsheet, line breaks and all.
    body = '{"shipped_rows": "当選コード\t追跡番号\n' + f"{office.code(a2)}\t1234-5678-9012\n" + '"%s}'
    ask = office.functions._post("ship", (body % "").encode(), OPERATOR)
    assert ask.status == 200, ask.text
    done = office.functions._post("ship", (body % f', "confirm": "{ask.reply["confirm"]}"').encode(), OPERATOR)
    assert done.reply["counts"] == {"発送待ち": 4, "未登録": 0, "発送済み": 1}
    rest = office.functions.press_and_confirm("ship", {"shipped": "all"})
    assert (
        rest.reply["next"]
        == "発送はすべて終わりました。お届け先の情報は、定期実行の個人情報の消去（erase）が消去します。"
    )
    assert office.stores["state"].count(Shipped) == 5

    # Each forfeit is signed by the campaign's key.
    published = office.google.storage.objects(office.settings.published_bucket)
    pem = kms.EvidencePublicKey(kms.connect(office.settings), office.settings).public_pem()
    key = load_pem_public_key(pem)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for label in (a1, b3):
        file = published[f"forfeits/{label}.json"]
        assert file.content_type == "application/json"
        key.verify(published[f"forfeits/{label}.json.sig"].data, file.data, ec.ECDSA(SHA256()))

    # Nothing personal anywhere but in the sealed deliveries and in the file.
    out, err = capfd.readouterr()
    needles = [cell for row in office.typed.values() for cell in row[:6] if cell not in NAMES[2:4]]
    state = [
        json.dumps(document, default=repr, ensure_ascii=False) for document in office.stores["state"].dump().values()
    ]
    names = list(office.google.storage.objects(office.settings.exports_bucket))
    assert '"step": "ship"' in out
    assert found(needles, [out, err, *said, *state, *names]) == set()
    assert found(needles, [texts(office.file())[1][4]]) != set()


def test_a_body_with_a_field_that_nobody_knows_repeats_nothing(office: Office) -> None:
    answered = office.functions.press("ship", {"住所": "歌舞伎町1-4-1"})
    assert answered.status == 400
    assert "歌舞伎町" not in answered.text


def test_a_refusal_is_no_server_error(office: Office) -> None:
    assert office.functions.press("ship", {"shipped": "all"}).status == 409
    assert office.functions.press("forfeit", {"label": "x", "why": "declined"}).status == 409
    assert office.functions.press("forfeit", {"label": "x"}).status == 409
