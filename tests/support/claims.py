"""The desk at which `claim` works: a drawn campaign in two databases, a bucket of files, rows that winners send."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from prizedraw import claim
from prizedraw.adapters.memory import Memory
from prizedraw.fulfilment import claim_code, holders
from prizedraw.fulfilment.destination import Destination
from prizedraw.ports import Document, Prf, Record, Replace, Store
from prizedraw.records.fulfilment import Claim, Delivery, Forfeit, Import, Review, Shipped, ShippingList, Why
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.sealing import DeliveryOpener, DeliverySealer, Purpose
from prizedraw.times import stamp
from support.builders import TREE, campaign, keys
from support.clock import MINUTE, TIMES, Clock
from support.drawn_files import publish_draw, publish_forfeit
from support.fakes.claims import FakeClaims
from support.fakes.published import FakePublished
from support.faults import NONE, Faults
from support.letters import tell

PRIZES = [
    {"id": "A", "name": "A賞", "quantity": 3, "reserves": 2, "requires": {"min_correct": 0}},
    {"id": "B", "name": "B賞", "quantity": 2, "reserves": 1, "requires": {"min_correct": 0}},
]
CLAIM = TREE["claim"] | {"deadline": "2026-03-11", "last": "2026-03-18"}
CAMPAIGN = campaign(prizes=PRIZES, claim=CLAIM)
PUBSUB = Caller("pubsub@project.iam.gserviceaccount.com", scheduled=False)
HEADER = ["受付番号", "当選コード", "氏名", "郵便番号", "住所", "電話番号", "送信日時"]


def jst(text: str) -> datetime:
    """Return a moment in Japan: `03-12 00:00`."""
    return datetime.fromisoformat(f"2026-{text}+09:00").astimezone(UTC)


def label(name: str) -> str:
    """Return a label of 26 characters that can be read: `a1` for the first winner of A, `ra1` for its first reserve."""
    return f"{name}0".ljust(26, "x")


DRAWN = jst("03-02 13:00")
AWARDS = (
    *(AwardedPlace(label(f"a{n}"), "A", "winner", n) for n in (1, 2, 3)),
    *(AwardedPlace(label(f"ra{n}"), "A", "reserve", n) for n in (1, 2)),
    *(AwardedPlace(label(f"b{n}"), "B", "winner", n) for n in (1, 2)),
    AwardedPlace(label("rb1"), "B", "reserve", 1),
)
PRIZE_OF = {award.id: award.prize for award in AWARDS}
WINNERS = tuple(award.id[:2] for award in AWARDS if award.place == "winner")


def code(name: str) -> str:
    """Return the claim code of a place."""
    return claim_code.code_for(keys().prf("claim"), label(name), PRIZE_OF[label(name)])


def row(place: str, /, **changes: str) -> list[str]:
    """Return a good row of a *place*; every row has a receipt of its own, unless it is told."""
    typed = {
        "receipt": f"R-{place}",
        "code": code(place) if label(place) in PRIZE_OF else "",
        "name": f"山田 {place}郎",
        "postal_code": "160-0022",
        "address": f"東京都新宿区新宿1-1-1 {place}号",
        "phone": "090-1234-5678",
        "sent_at": "2026/03/05 12:34",
    }
    return list((typed | changes).values())


def written(*rows: Sequence[str], header: Sequence[str] = HEADER, encoding: str = "utf-8-sig") -> bytes:
    """Write a CSV."""
    buffer = io.StringIO()
    csv.writer(buffer).writerows([header, *rows])
    return buffer.getvalue().encode(encoding)


@dataclass
class ClaimsDesk:
    """A drawn campaign whose winners have been told; the clock stands at 10:00 on the 6th of March."""

    clock: Clock = field(default_factory=lambda: Clock(jst("03-06 10:00")))
    sealed: Store = field(default_factory=lambda: Memory(CAMPAIGN.id))
    state: Store = field(default_factory=lambda: Memory(CAMPAIGN.id))
    bucket: FakeClaims = field(default_factory=FakeClaims)
    published: FakePublished = field(default_factory=FakePublished)
    prf: Prf = field(default_factory=lambda: keys().prf("claim"))

    def __post_init__(self) -> None:
        publish_draw(self.published, keys().signer, CAMPAIGN, AWARDS, DRAWN)
        drawn = Drawn(ONLY, "hash", stamp(DRAWN), winners=5, reserves=3, unawarded={})
        self.hold(drawn, *AWARDS)
        self.tell(DRAWN)

    def hold(self, *records: Record) -> None:
        """Put records into `state`."""
        self.state.commit([Replace(record) for record in records])

    def forfeit(self, name: str, at: str = "03-04 10:00", why: Why = Why.DECLINED) -> None:
        """Let a place go, and tell whoever moves up."""
        mark = Forfeit(label(name), PRIZE_OF[label(name)], why.value, stamp(jst(at)))
        publish_forfeit(self.published, keys().signer, CAMPAIGN, mark)
        self.hold(mark)
        self.tell(jst(at))

    def tell(self, at: datetime) -> None:
        """Let a letter have left to everybody who holds a place and has got none."""
        tell(self.state, holders.read_mirrors(CAMPAIGN, self.state).holders, at, keys().prf("claim"))

    def list_for_shipping(self, *names: str) -> None:
        """Put winners on a shipping list."""
        self.hold(ShippingList("1", stamp(self.clock()), tuple(map(label, names)), "x.xlsx", "1"))

    def ship(self, name: str) -> None:
        """Hand a prize to the carrier."""
        self.hold(Shipped(label(name), PRIZE_OF[label(name)], stamp(self.clock())))

    def drop(self, data: bytes, name: str = "登録.csv") -> Message:
        """Drop a file, and return what Cloud Storage announces."""
        generation = self.bucket.drop(name, data, self.clock())
        attributes = {"bucketId": "claims", "objectId": name, "objectGeneration": generation}
        return Message({**attributes, "eventType": "OBJECT_FINALIZE", "payloadFormat": "JSON_API_V1"}, b'{"name": "x"}')

    def take(self, message: Message, faults: Faults = NONE) -> Reply:
        """Run `claim` on one notification; what it asks of the bucket is a point too."""
        return claim.run(
            message,
            PUBSUB,
            campaign=CAMPAIGN,
            sealed=faults.before(self.sealed, "sealed"),
            state=faults.before(self.state, "state"),
            published=self.published,
            bucket=faults.before(self.bucket, "bucket", "look", "read"),
            sealer=DeliverySealer(CAMPAIGN.id, keys().sealer(Purpose.DELIVERY)),
            claim=self.prf,
            times=TIMES,
            clock=self.clock,
        )

    def bring(self, *rows: Sequence[str], **how: Any) -> Reply:
        """Drop rows as a file and import it; a minute passes before."""
        self.clock.wait(MINUTE)
        return self.take(self.drop(written(*rows, **how)))

    def deliveries(self) -> dict[str, Destination]:
        """Return where prizes go, opened, by place."""
        opener = DeliveryOpener(CAMPAIGN.id, keys().opener(Purpose.DELIVERY))
        return {
            name_of(found.id): Destination.from_bytes(opener.open(found.id, found.sealed))
            for found in self.sealed.scan(Delivery)
        }

    def addresses(self) -> dict[str, str]:
        """Return the addresses, by place."""
        return {name: found.address for name, found in self.deliveries().items()}

    def claims(self) -> dict[str, Claim]:
        """Return the marks, by place."""
        return {name_of(found.id): found for found in self.state.scan(Claim)}

    def fits(self, name: str) -> bool:
        """Tell whether the delivery of a place is the one that was written with its mark."""
        delivery = self.sealed.get(Delivery, label(name))
        return delivery is not None and delivery.record.hash == self.claims()[name].delivery

    def imports(self) -> list[Import]:
        """Return what is known of files, in the order of their drops."""
        return sorted(self.state.scan(Import), key=lambda found: (found.dropped_at, found.id))

    def reviews(self) -> list[tuple[int, str]]:
        """Return rows and reasons, sorted."""
        return sorted((found.row, found.reason) for found in self.state.scan(Review))

    def written(self) -> dict[str, Any]:
        """
        Return all that is stored, addresses opened, and of a claim whether its delivery fits, not by which hash.

        Without leases, which count how often something was tried.
        """
        held: dict[str, Document] = {}
        for name, store in (("sealed", self.sealed), ("state", self.state)):
            assert isinstance(store, Memory)
            held |= {f"{name}/{path}": doc for path, doc in store.dump().items() if "/leases/" not in path}
        journal = [document for path, document in held.items() if "/journal/" in path]
        fits = {found.id: found.hash for found in self.sealed.scan(Delivery)}
        for path, doc in held.items():
            if "/claims/" in path:
                doc["delivery"] = doc["delivery"] == fits.get(path.rpartition("/")[2])
        plain = {path: doc for path, doc in held.items() if "/deliveries/" not in path and "/journal/" not in path}
        return plain | self.deliveries() | {"journal": journal}


def name_of(found: str) -> str:
    """Return the short name of a label."""
    return found.partition("0")[0]


LATER = timedelta(minutes=10)
"""After this the lease of a run that was killed has run out."""
