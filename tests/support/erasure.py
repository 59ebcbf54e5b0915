"""The ground that `erase` covers: a campaign in memory, and every place around it where personal data rests."""

import copy
import hashlib
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from prizedraw import erase
from prizedraw.analysis import file as analysis_file
from prizedraw.erase import ErasureOrder
from prizedraw.erasure.filed import read_filed
from prizedraw.erasure.judging import rows_of
from prizedraw.erasure.places import PLACES
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import PlaceReport
from prizedraw.fulfilment import claim_code, holders
from prizedraw.lottery.opening import open_draw
from prizedraw.ports import Create, Listed
from prizedraw.records.analysis import Analysed
from prizedraw.records.erasure import Attestation
from prizedraw.records.fulfilment import Claim, Delivery, Import, Review, Shipped, ShippingList
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.times import instant_of, stamp
from support import stages
from support.clock import DAY, HOUR, TIMES_OF_ERASE
from support.fakes.places import FakeEraser, FakeFormFile, FakeHistory, FakeInventory, FakeMailbox, FakeSheets
from support.fakes.published import FakePublished
from support.faults import NONE, Faults
from support.world import OPERATOR, SCHEDULER, World, confirmed

ADMIN = 25 * DAY
KEYS = ("contact", "survey", "delivery", "index", "claim")
SHEET = "1SheetThatTheFormIsLinkedTo"
ANALYSIS = b'{"spec": "an analysis"}'
BY_HAND = ("form", "sheet", "logo", "downloads", "dead-letters")


@cache
def manifest() -> Path:
    """Return a manifest as `build_archives` writes it."""
    path = Path(tempfile.mkdtemp()) / "manifest.json"
    path.write_text(
        json.dumps({"archives": {"draw.zip": "ab" * 32, "erase.zip": "cd" * 32}}, separators=(",", ":")),
        encoding="utf-8",
    )
    return path


def listing(*names: str) -> FakeInventory:
    """Return a list of what Terraform makes."""
    return FakeInventory(there={name: Listed(name) for name in names})


def rendered(report: Report, json_hash: str) -> bytes:
    """Stand for the PDF: what it would be made of."""
    return f"%PDF {report.number} {report.state} {json_hash}".encode()


@dataclass
class Ground:
    """A campaign and its places; *erasers* are by store."""

    world: World
    form: FakeFormFile = field(init=False)
    sheets: FakeSheets = field(init=False)
    mailbox: FakeMailbox = field(init=False)
    histories: dict[str, FakeHistory] = field(init=False)
    erasers: dict[str, FakeEraser] = field(init=False)
    inventories: dict[str, FakeInventory] = field(init=False)
    reports: FakePublished = field(default_factory=FakePublished)

    def __post_init__(self) -> None:
        clock = self.world.clock
        self.form = FakeFormFile(responses=len(self.world.rows), sheet=SHEET)
        self.sheets = FakeSheets({SHEET})
        self.mailbox = FakeMailbox({mail: f"thread-{mail}" for mail in self.world.mail.sent})
        self.histories = {name: FakeHistory(clock=clock) for name in ("sealed", "state")}
        buckets = {f"bucket/{role}": FakeEraser(2, page=1) for role in ("claims", "exports")}
        keys = {f"key/{name}": FakeEraser(1, window=DAY, clock=clock) for name in KEYS}
        secrets = [store for place in PLACES for store in place.stores if store.startswith("secret/")]
        self.inventories = {
            "database": listing("sealed", "state"),
            "bucket": listing("published", "reports", "claims", "exports", "sources"),
            "bucket/published": FakeInventory(),
            "bucket/reports": FakeInventory(),
            "secret": listing("gmail", *(store.removeprefix("secret/") for store in secrets)),
        }
        self.erasers = buckets | {store: FakeEraser(1) for store in secrets} | keys

    def copy(self) -> "Ground":
        """Return another one in the same state."""
        twin = Ground(self.world.copy())
        for name in ("form", "sheets", "mailbox", "histories", "erasers", "inventories", "reports"):
            setattr(twin, name, copy.deepcopy(getattr(self, name), {id(self.world.clock): twin.world.clock}))
        return twin

    def erase(self, confirm: str | None = None, caller: Caller = OPERATOR, faults: Faults = NONE, **body: Any) -> Reply:
        """Run `erase`."""
        world, erasers = self.world, self.erasers
        return erase.run(
            ErasureOrder.model_validate({"confirm": confirm, **body}),
            caller,
            campaign=world.campaign,
            manifest=manifest(),
            sealed=faults.before(world.sealed, "sealed"),
            state=faults.before(world.state, "state"),
            published=world.published,
            reports=faults.before(self.reports, "reports"),
            signer=faults.before(world.keys.signer, "signer"),
            index=world.keys.prf("index"),
            claim=world.keys.prf("claim"),
            form=self.form,
            sheets=self.sheets,
            mailbox=faults.before(self.mailbox, "mailbox"),
            histories=self.histories,
            erasers={store: faults.before(eraser, store) for store, eraser in erasers.items()},
            inventories=self.inventories,
            render=rendered,
            times=TIMES_OF_ERASE,
            clock=world.clock,
        )

    def daily(self, faults: Faults = NONE) -> Reply:
        """Let the schedule run `erase`."""
        return self.erase(caller=SCHEDULER, faults=faults)

    def analysed(self) -> None:
        """Let the entries be analysed, and the analysis be published."""
        self.reports.files[analysis_file.NAME] = ANALYSIS
        mark = Analysed(ONLY, hashlib.sha256(ANALYSIS).hexdigest(), stamp(self.world.clock()), 12)
        self.world.state.commit([Create(mark)])

    def plant(self, name: str, data: bytes = b"{}", *, signed: bool = False) -> str:
        """Let somebody put a file among the reports, with our own signature or none; return its generation."""
        self.reports.plant(name, data, self.world.keys.signer.sign(data) if signed else b"")
        generation = str(17000 + len(self.inventories["bucket/reports"].there))
        self.inventories["bucket/reports"].put(generation, name)
        return generation

    def attest(self, *places: str, by: str = "山田 太郎") -> None:
        """Let a person attest that places are empty."""
        for place in places:
            confirmed(self.erase, attest=place, by=by)

    def empty_by_hand(self) -> None:
        """Let the owner delete the form's responses and the spreadsheet."""
        self.form.responses = 0
        self.sheets.there.clear()

    def rows(self, place: str) -> list[tuple[int | None, int | None]]:
        """Return what the rows of a place say was before and after."""
        return [(row.before, row.after) for row in rows_of(self.world.state).get(place, [])]

    def report(self, number: int) -> Report:
        """Return a report that was published."""
        name = f"erasure/{number:03d}-report.json"
        return Report.from_bytes(self.reports.files[name], name)

    def last(self) -> Report:
        """Return the last report that is believed."""
        last = read_filed(self.reports, open_draw(self.world.published), self.world.clock).last
        assert last is not None
        return last

    def states(self) -> dict[str, str]:
        """Return the state of each place as the last report says it."""
        return {place.id: place.state.value for place in self.last().places}

    def place(self, id: str) -> PlaceReport:
        """Return what the last report says of a place."""
        return next(place for place in self.last().places if place.id == id)

    def left(self) -> dict[str, int]:
        """Count what is still there, by store, of all that is to be erased by the program."""
        stored = [f"{database}/{path.split('/')[2]}" for database, path in self.paths()]
        erased = {store for place in PLACES for store in place.stores}
        found = {store: stored.count(store) for store in stored if store in erased}
        found |= {store: eraser.left for store, eraser in self.erasers.items() if eraser.left}
        return found | ({"mailbox": len(self.mailbox.mails)} if self.mailbox.mails else {})

    def paths(self) -> list[tuple[str, str]]:
        """Return database and path of every document."""
        both = {"sealed": self.world.sealed, "state": self.world.state}
        return [(name, path) for name, store in both.items() for path in store.dump()]

    def names(self) -> list[str]:
        """Return the ids of those who attested."""
        return [mark.id for mark in self.world.state.scan(Attestation)]

    def code(self, label: str) -> str:
        """Return the claim code of a label that was drawn."""
        award = self.world.state.get(AwardedPlace, label)
        assert award is not None
        return claim_code.code_for(self.world.keys.prf("claim"), label, award.record.prize)


def claimed(world: World) -> None:
    """Let everybody who holds a place register."""
    now = world.clock()
    for number, holder in enumerate(holders.read_mirrors(world.campaign, world.state).holders):
        label, receipt = holder.label, f"{number:064x}"
        world.sealed.commit([Create(Delivery(label, holder.prize, b"sealed"))])
        world.state.commit([Create(Claim(label, holder.prize, instant_of(now), receipt, stamp(now), "file", receipt))])


def shipped(world: World) -> None:
    """Let everything be shipped that was claimed."""
    now = world.clock()
    held = holders.read_mirrors(world.campaign, world.state).holders
    world.state.commit([Create(Shipped(holder.label, holder.prize, stamp(now))) for holder in held])
    listed = tuple(holder.label for holder in held)
    review = Review("row", "file", 3, "bad_phone", stamp(now), "")
    done = Import("file", stamp(now), len(held), {}, complete=True)
    world.state.commit([Create(ShippingList("0001", stamp(now), listed, "x.xlsx", "1")), Create(review), Create(done)])


def _grounds(make: Callable[[], Ground]) -> Callable[[], Ground]:
    made = cache(make)
    return lambda: made().copy()


@_grounds
def drawn() -> Ground:
    """Return a drawn campaign whose winners were told."""
    world = stages.drawn()
    world.clock.wait(HOUR)
    world.notify()
    return Ground(world)


@_grounds
def delivered() -> Ground:
    """Return a campaign on the evening when the last parcel was handed over."""
    ground = drawn()
    world = ground.world
    world.clock.now = world.campaign.claim_last_at
    claimed(world)
    shipped(world)
    return ground


@_grounds
def ready() -> Ground:
    """Return a campaign on the morning of the day from which everything is erased."""
    ground = delivered()
    world = ground.world
    ground.analysed()
    world.clock.now = world.campaign.erase_from_at + 9 * HOUR
    return ground


@_grounds
def destroyed() -> Ground:
    """Return a campaign two days after everything was erased and attested: its mailbox's window open."""
    ground = ready()
    ground.empty_by_hand()
    ground.daily()
    ground.attest(*BY_HAND)
    ground.world.clock.wait(2 * DAY)
    ground.daily()
    return ground


def at_rest(ground: Ground) -> dict[str, Any]:
    """Return all that a campaign holds, without what counts how often something was tried or when."""
    written = ground.world.written()
    kept = {
        path: doc for path, doc in written.items() if not any(f"/{name}/" in path for name in ("leases", "journal"))
    }
    files = {name: data for name, data in ground.reports.files.items() if not name.endswith(".sig")}
    return {"documents": kept, "files": files, "left": ground.left(), "mails": dict(ground.mailbox.mails)}
