"""The function itself, on a local Google: a file is dropped, Storage announces it, Pub/Sub pushes, the file is gone."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.memory import Memory
from prizedraw.adapters.secrets import versions
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.destination import Destination
from prizedraw.records.fulfilment import Claim, Delivery, Import, Review
from prizedraw.records.lottery import AwardedPlace
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import ROOT, Answered, Functions
from prizedraw.runtime import edge, lease
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import DeliveryOpener, Purpose
from support.builders import CAMPAIGN
from support.claims import written
from support.clock import Clock
from support.drawn_files import put_draw
from support.personal_data import found

LABEL = "0123456789abcdefghjkmnpqrs"
CANARIES = ["髙﨑 𠮷子", "歌舞伎町1-4-1", "090-8765-4321", "受付-777", "takasaki.csv"]


@dataclass
class Office:
    google: LocalGoogle
    settings: Settings
    stores: dict[str, Memory]
    clock: Clock
    functions: Functions
    announced: list[dict[str, str]]
    code: str

    def drop(self, data: bytes, name: str = "髙﨑 takasaki.csv") -> list[Answered]:
        """Drop a file, and deliver what is announced."""
        self.google.storage.put(self.settings.claims_bucket, name, data, "text/csv")
        pushed = [self.functions.push("claim", attributes) for attributes in self.announced]
        self.announced.clear()
        return pushed

    def row(self, **changes: str) -> list[str]:
        typed = {"receipt": CANARIES[3], "code": self.code, "name": CANARIES[0], "postal_code": "160-0021"}
        typed |= {"address": f"東京都新宿区{CANARIES[1]}", "phone": CANARIES[2], "sent_at": "2026/03/05 12:34"}
        return list((typed | changes).values())

    def dropped(self) -> set[str]:
        return set(self.google.storage.objects(self.settings.claims_bucket))


@pytest.fixture
def office() -> Iterator[Office]:
    clock = Clock(datetime(2026, 3, 6, 1, tzinfo=UTC))
    with ExitStack() as stack:
        google = stack.enter_context(LocalGoogle(clock))
        environ = google.environ(CAMPAIGN.id) | {
            "CLAIMS_BUCKET": "rehearsal-claims",
            "CAMPAIGNS": str(ROOT / "infra" / "terraform" / "campaigns"),
        }
        settings = Settings.from_env(environ)
        google.provision(settings)
        google.storage.create_bucket(settings.claims_bucket)
        wrapper = kms.KeysetWrapper(kms.connect(settings), settings)
        maker = keysets.TinkKeysetMaker(versions.SecretWriter(versions.connect(settings), settings), wrapper)
        for name in ("delivery", "claim"):
            maker.make(name)
        stores = {name: Memory(CAMPAIGN.id) for name in ("sealed", "state")}
        prize = CAMPAIGN.prizes[0].id
        put_draw(google.storage, settings, CAMPAIGN, [AwardedPlace(LABEL, prize, "winner", 1)], CAMPAIGN.draw_at)
        host = edge.Host(clock, stores=lambda _, name: stores[name])
        functions = stack.enter_context(Functions(["claim"], environ, host))
        announced: list[dict[str, str]] = []
        google.storage.on_object(announced.append)
        reader = versions.SecretReader(versions.connect(settings), settings)
        unwrapper = kms.KeysetUnwrapper(kms.connect(settings), settings)
        code = claim_code.code_for(keysets.KeysetPrf(reader, unwrapper, "claim"), LABEL, prize)
        yield Office(google, settings, stores, clock, functions, announced, code)


def delivered(office: Office) -> Destination | None:
    """Open what was sealed, as `ship` does."""
    stored = office.stores["sealed"].get(Delivery, LABEL)
    if stored is None:
        return None
    reader = versions.SecretReader(versions.connect(office.settings), office.settings)
    unwrapper = kms.KeysetUnwrapper(kms.connect(office.settings), office.settings)
    opener = keysets.KeysetOpener(reader, unwrapper, Purpose.DELIVERY)
    return Destination.from_bytes(DeliveryOpener(CAMPAIGN.id, opener).open(LABEL, stored.record.sealed))


def test_a_dropped_file_is_imported_and_erased(office: Office, capfd: pytest.CaptureFixture[str]) -> None:
    answered = office.drop(written(office.row(), office.row(code="K7QM-4T9X-2HVD-8")))
    assert [(a.status, a.reply["counts"]) for a in answered] == [
        (200, {"取り込んだ登録": 1, "該当者のない当選コード": 1})
    ]
    assert office.dropped() == set()
    destination = delivered(office)
    assert destination is not None
    assert (destination.code, destination.name, destination.phone_national) == (
        office.code,
        "髙﨑 𠮷子",
        "090-8765-4321",
    )
    assert office.stores["state"].count(Claim) == office.stores["state"].count(Review) == 1
    said = [*capfd.readouterr(), *(a.text for a in answered)]
    assert '"step": "claim"' in said[0]
    assert found([*CANARIES, office.code], said) == set()


def test_a_file_that_cannot_be_read_is_acknowledged_kept_and_alarmed(
    office: Office, capfd: pytest.CaptureFixture[str]
) -> None:
    data = written(office.row()) + ",".join(office.row()[:4]).encode() + b',"'
    answered = office.drop(data)
    assert [(a.status, a.reply["code"]) for a in answered] == [(200, "E-703")]
    assert office.dropped() == {"髙﨑 takasaki.csv"}
    assert [kept.problem for kept in office.stores["state"].scan(Import)] == ["broken"]
    out, err = capfd.readouterr()
    assert json.loads(out.splitlines()[-1]) == {
        "severity": "ERROR",
        "event": "dropped",
        "step": "claim",
        "code": "E-703",
    }
    assert found(CANARIES, [out, err, answered[0].text]) == set()


def test_a_hundred_megabytes_are_not_fetched(office: Office) -> None:
    office.google.storage.calls.clear()
    answered = office.drop(bytes(100 * 1024 * 1024))
    assert [(a.status, a.reply["code"]) for a in answered] == [(200, "E-703")]
    of_it = [call for call in office.google.storage.calls if call[1] == "髙﨑 takasaki.csv"]
    assert of_it == [("get", "髙﨑 takasaki.csv")]


def test_while_another_file_is_imported_pubsub_is_told_to_come_again(office: Office) -> None:
    hold = lease.acquire(office.stores["state"], lease.AWARDS, office.clock, timedelta(minutes=9))
    assert hold is not None
    office.google.storage.put(office.settings.claims_bucket, "a.csv", written(office.row()), "text/csv")
    (attributes,) = office.announced
    assert office.functions.push("claim", attributes).status == 503
    hold.release()
    assert office.functions.push("claim", attributes).status == 200
    assert office.functions.push("claim", attributes).reply["result"] == "すでに済んでいます（変更はありません）"
    assert office.dropped() == set()
