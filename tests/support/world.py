"""
Keep a whole campaign in memory: the real steps on fakes of everything outside, a clock that is set, and faults.

A world stands at a stage (`prepared`, `taken_in`, `reconciled`, `frozen`, `drawn`), reached by the real steps; each
maker hands out a copy of its own. `Faults` stands before the ports of one run and cuts it off at one of its writes.
"""

import copy
import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any, Literal

from prizedraw import draw, freeze, intake, notify, prepare, status
from prizedraw.adapters.drand import bls
from prizedraw.adapters.memory import Memory
from prizedraw.campaign.definition import Campaign
from prizedraw.entries.ids import Envelopes
from prizedraw.errors import Again, Problem
from prizedraw.evidence.canonical_json import canonical
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.lottery.randomness import Drand
from prizedraw.ports import Create, Document, R
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.rehearsal import entrants
from prizedraw.rehearsal.google.drand import LocalDrand
from prizedraw.runtime.orders import Caller, Message, Order, Reply
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose, SurveySealer
from support import builders
from support.clock import TIMES
from support.fakes.form import MemoryForm
from support.fakes.keys import MemoryKeys
from support.fakes.mail import FakeBounces, FakeMail
from support.fakes.published import FakePublished
from support.records import kinds

ROOT = Path(__file__).resolve().parents[2]
OPERATOR = Caller("hanako@contractor.example", scheduled=False)
SCHEDULER = Caller("scheduler@project.iam.gserviceaccount.com", scheduled=True)
LOST = Problem("E-151", "返事がありません。")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

Randomness = Literal["drand", "ward", "hsm"]
PRIZES = [
    {"id": "A", "name": "A賞 複製原画", "quantity": 2, "reserves": 1, "requires": {"min_correct": 5}},
    {"id": "B", "name": "B賞 ピンバッジ", "quantity": 3, "reserves": 2, "requires": {"min_correct": 3}},
]
WARD = {"ward_value": "五つのさいころ 3-1-6-6-2", "given_by": "文化観光課", "given_at": "2026-03-02T13:05:00+09:00"}

Kind = Literal["killed before", "killed after", "lost before", "lost after"]
KINDS: tuple[Kind, ...] = ("killed before", "killed after", "lost before", "lost after")
_WRITES = frozenset(
    {"commit", "create", "delete", "sign", "make", "random", "add", "destroy"}
    | {"create_draft", "send_draft", "delete_draft", "erase", "erase_mails"}
)


class Killed(BaseException):
    """End a run as a killed process ends: no handler of the package catches it."""


@dataclass
class Faults:
    """
    Stand before the ports of one run, list its writes in *points*, and strike at the write number *at* (from 0).

    A killed run's later calls all fail; a lost reply is `Again`, and the run goes on as it likes. Before the effect of
    the write or after it, as *kind* says. *meanwhile* is called before that write instead, as another run beside it.
    """

    at: int = -1
    kind: Kind = "killed before"
    meanwhile: Callable[[], object] | None = None
    points: list[str] = field(default_factory=list)
    struck: bool = False
    dead: bool = False

    def before(self, port: Any, name: str) -> Any:
        """Return *port* with this between."""
        return port if self is NONE else _Port(self, port, name)

    def strike(self) -> None:
        """Fail, once."""
        self.struck = True
        if self.meanwhile is not None:
            self.meanwhile()
            return
        if self.kind.startswith("killed"):
            self.dead = True
            raise Killed
        raise Again(LOST)


class _Port:
    """Pass calls on to a port, through faults."""

    def __init__(self, faults: Faults, port: Any, name: str) -> None:
        self._faults, self._port, self._name = faults, port, name

    def __getattr__(self, method: str) -> Any:
        faults, act = self._faults, getattr(self._port, method)

        def call(*arguments: Any, **named: Any) -> Any:
            if faults.dead:
                raise Killed
            if method not in _WRITES:
                return act(*arguments, **named)
            hit = len(faults.points) == faults.at
            faults.points.append(f"{self._name}.{method}")
            if hit and (faults.meanwhile or faults.kind.endswith("before")):
                faults.strike()
            done = act(*arguments, **named)
            if hit and not faults.struck:
                faults.strike()
            return done

        return call


NONE = Faults()


class Before:
    """Stand before a port and let something happen before the first call of *method* with *first* as its argument."""

    def __init__(self, port: Any, method: str, first: Any, happen: Callable[[], object]) -> None:
        self._port, self._method, self._first = port, method, first
        self._happenings = [happen]

    def __getattr__(self, method: str) -> Any:
        act = getattr(self._port, method)

        def call(*arguments: Any) -> Any:
            if method == self._method and arguments[0] == self._first and self._happenings:
                self._happenings.pop()()
            return act(*arguments)

        return call


class SetClock:
    """Show the time that tests set."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.now += time

    def sleep(self, seconds: float) -> None:
        """Let time pass, as a step asks for."""
        self.now += timedelta(seconds=seconds)


@cache
def chain() -> LocalDrand:
    """Return the test chain; its signatures depend on the round alone."""
    return LocalDrand(lambda: datetime.max.replace(tzinfo=UTC), b"world")


def chain_rules() -> Drand:
    """Return the test chain as the rules pin it."""
    return Drand(chain=chain().chain, public_key=chain().public_key, period=chain().period, genesis=chain().genesis)


class ChainBeacon:
    """Be a `Beacon` over the test chain; *lies* are given first, *asked* records, *away* lets calls raise `Again`."""

    def __init__(self, clock: SetClock) -> None:
        self._clock = clock
        self.lies: list[bytes] = []
        self.asked: list[tuple[str, int]] = []
        self.away = False

    def signatures(self, chain_hash: str, number: int) -> Iterator[bytes]:
        """Yield the lies, then the truth, if the round is there."""
        self.asked.append((chain_hash, number))
        if self.away:
            raise Again(LOST)
        yield from self.lies
        if chain_hash == chain().chain and chain().time_of(number) <= self._clock():
            yield chain().signature(number)


def campaign_with(kind: Randomness, **changes: Any) -> Campaign:
    """Return a small campaign with one kind of randomness, top-level keys of its file changed."""
    drand = {
        "kind": "drand",
        "chain": chain().chain,
        "public_key": chain().public_key.hex(),
        "period": chain().period,
        "genesis": chain().genesis,
    }
    return builders.campaign(**{"prizes": PRIZES, "randomness": drand if kind == "drand" else {"kind": kind}} | changes)


CAMPAIGN = campaign_with("drand")


@dataclass
class World:
    """Hold one campaign and everything around it."""

    campaign: Campaign = CAMPAIGN
    clock: SetClock = field(default_factory=lambda: SetClock(CAMPAIGN.opens_at - 3 * DAY))
    sealed: Memory = field(default_factory=lambda: Memory(CAMPAIGN.id))
    state: Memory = field(default_factory=lambda: Memory(CAMPAIGN.id))
    keys: MemoryKeys = field(default_factory=lambda: MemoryKeys(CAMPAIGN.id, made=False))
    published: FakePublished = field(default_factory=FakePublished)
    mail: FakeMail = field(default_factory=FakeMail)
    bounces: FakeBounces = field(default_factory=FakeBounces)
    manifest: Path = Path(__file__)
    questions: Document | None = None
    rows: list[Document] = field(default_factory=list)
    form: MemoryForm = field(init=False)
    beacon: ChainBeacon = field(init=False)

    def __post_init__(self) -> None:
        self.questions = self.questions or entrants.form_of(self.campaign)
        self.form = MemoryForm(self.questions, self.rows, self.clock)
        self.beacon = ChainBeacon(self.clock)

    def copy(self) -> "World":
        """Return another world at the same stage; keys are shared, since nothing changes them any more."""
        return World(
            self.campaign,
            SetClock(self.clock.now),
            copied(self.sealed),
            copied(self.state),
            self.keys,
            copy.deepcopy(self.published),
            copy.deepcopy(self.mail),
            copy.deepcopy(self.bounces),
            self.manifest,
            self.questions,
            list(self.rows),
        )

    def prepare(self, confirm: str | None = None, caller: Caller = OPERATOR, faults: Faults = NONE) -> Reply:
        """Run `prepare`."""
        return prepare.run(
            Order(confirm=confirm),
            caller,
            campaign=self.campaign,
            form=self.form,
            keysets=faults.before(self.keys.maker, "keysets"),
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            signer=faults.before(self.keys.signer, "signer"),
            public_key=self.keys.signer,
            times=TIMES,
            clock=self.clock,
        )

    def intake(self) -> Reply:
        """Run `intake` on a tick."""
        return intake.run(
            Message({"tick": "schedule"}),
            SCHEDULER,
            campaign=self.campaign,
            sealed=self.sealed,
            state=self.state,
            form=self.form,
            watches=self.form,
            sealing=Envelopes(
                ContactSealer(self.campaign.id, self.keys.sealer(Purpose.CONTACT)),
                SurveySealer(self.campaign.id, self.keys.sealer(Purpose.SURVEY)),
                self.keys.prf("index"),
            ),
            times=TIMES,
            clock=self.clock,
        )

    def freeze(
        self, confirm: str | None = None, caller: Caller = OPERATOR, faults: Faults = NONE, accept_gone: int = 0
    ) -> Reply:
        """Run `freeze`."""
        return freeze.run(
            freeze.FreezeOrder(confirm=confirm, accept_gone=accept_gone),
            caller,
            campaign=self.campaign,
            manifest=self.manifest,
            sealed=faults.before(self.sealed, "sealed"),
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            signer=faults.before(self.keys.signer, "signer"),
            times=TIMES,
            clock=self.clock,
        )

    def draw(self, confirm: str | None = None, caller: Caller = OPERATOR, faults: Faults = NONE, **given: str) -> Reply:
        """Run `draw`."""
        return draw.run(
            DrawOrder.model_validate({"confirm": confirm, **given}),
            caller,
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            beacon=self.beacon,
            verify=bls.verify,
            random=faults.before(self.keys.random, "random"),
            signer=faults.before(self.keys.signer, "signer"),
            clock=self.clock,
        )

    def notify(self, confirm: str | None = None, caller: Caller = SCHEDULER, faults: Faults = NONE) -> Reply:
        """Run `notify`."""
        return notify.run(
            Order(confirm=confirm),
            caller,
            campaign=self.campaign,
            sealed=faults.before(self.sealed, "sealed"),
            state=faults.before(self.state, "state"),
            published=self.published,
            contact=ContactOpener(self.campaign.id, self.keys.opener(Purpose.CONTACT)),
            claim=self.keys.prf("claim"),
            mailer=faults.before(self.mail, "mail"),
            bounces=self.bounces,
            sleep=self.clock.sleep,
            times=TIMES,
            clock=self.clock,
        )

    def status(self, format: Literal["json", "html"] = "json") -> Reply:
        """Run `status`."""
        order = status.StatusOrder(format=format)
        return status.run(order, OPERATOR, campaign=self.campaign, state=self.state, clock=self.clock)

    def submit(self, *responses: Document) -> None:
        """Let entrants press."""
        self.rows.extend(responses)
        for response in responses:
            self.form.submit(response)

    def one(self, kind: type[R]) -> R:
        """Return the one record of a kind in `state`."""
        stored = self.state.get(kind, ONLY)
        assert stored is not None, f"no {kind.__name__}"
        return stored.record

    def journal(self) -> list[tuple[str, str, str]]:
        """Return who did what, oldest first."""
        return [(row.step, row.action, row.principal) for row in self.state.scan(JournalRow)]

    def letters(self) -> list[EmailMessage]:
        """Return the mails that went out, read as a mail client does."""
        parser: BytesParser[EmailMessage] = BytesParser(policy=default)  # type: ignore[arg-type]
        return [parser.parsebytes(data) for data in self.mail.sent.values()]

    def kinds_sent(self) -> list[str]:
        """Return the reference of each mail that went out: kind and label."""
        return [str(letter["X-Prizedraw-Reference"]).rpartition("-")[0] for letter in self.letters()]

    def files(self) -> dict[str, bytes]:
        """Return the published files without the signatures, which differ each time."""
        return {name: data for name, data in self.published.files.items() if not name.endswith(".sig")}

    def written(self) -> dict[str, Document]:
        """Return all documents of both databases but the confirm key."""
        both = {f"state/{path}": doc for path, doc in self.state.dump().items()}
        both |= {f"sealed/{path}": doc for path, doc in self.sealed.dump().items()}
        return {path: doc for path, doc in both.items() if "/confirm/" not in path}


def copied(store: Memory) -> Memory:
    """Return another store that holds the same records."""
    twin = Memory(CAMPAIGN.id)
    for kind in kinds():
        for record in store.scan(kind):
            twin.commit([Create(record)])
    return twin


def confirmed(step: Callable[..., Reply], **given: Any) -> Reply:
    """Press twice: without a code, then with the code of the reply."""
    asked = step(**given)
    assert asked.confirm is not None, asked
    return step(asked.confirm, **given)


def cut_off(
    make: Callable[[], World], act: Callable[[World, Faults], object], kinds: Sequence[Kind] = KINDS
) -> Iterator[tuple[str, World]]:
    """Yield, for each write of *act* and each way to fail there, a world of *make* in which *act* failed there."""
    counted = Faults()
    act(make(), counted)
    assert counted.points
    for at, point in enumerate(counted.points):
        for kind in kinds:
            world, faults = make(), Faults(at, kind)
            with suppress(Killed, Again):
                act(world, faults)
            assert faults.struck
            yield f"{kind} {point} ({at})", world


def beside(
    make: Callable[[], World], act: Callable[[World, Faults], object], other: Callable[[World], object]
) -> Iterator[tuple[str, World]]:
    """Yield, for each write of *act*, a world in which *other* ran from its beginning to its end before that write."""
    counted = Faults()
    act(make(), counted)
    for at, point in enumerate(counted.points):
        world = make()
        faults = Faults(at, meanwhile=lambda world=world: other(world))  # type: ignore[misc]
        with suppress(Again):
            act(world, faults)
        assert faults.struck
        yield f"beside {point} ({at})", world


def person(number: int) -> str:
    """Return the address of an entrant."""
    return f"person{number}@example.jp"


def good(number: int) -> Document:
    """Return a response that stands for every prize."""
    return builders.response(f"good-{number}", person(number), wish="どちらでもよい", **builders.RIGHT)


def crowd(size: int) -> list[Document]:
    """Return *size* good responses, and one each: duplicate, without consent, ineligible."""
    return [
        *(good(number) for number in range(size)),
        builders.response("again", person(0), created=builders.OPENS + 2 * DAY, **builders.RIGHT),
        builders.response("no consent", person(1000), consent="同意しない", **builders.RIGHT),
        builders.response("wrong answers", person(1001)),
    ]


def _stage(make: Callable[..., World]) -> Callable[..., World]:
    """Hand out copies of a world that is made once."""
    made = cache(make)
    return lambda *given: made(*given).copy()


@_stage
def prepared(kind: Randomness = "drand") -> World:
    """Return a world whose rules are published."""
    world = World(campaign_with(kind))
    confirmed(world.prepare)
    return world


@_stage
def taken_in(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world that has taken in a crowd while entry is open."""
    world = prepared(kind)
    world.submit(*crowd(size))
    world.clock.now = world.campaign.opens_at + 3 * DAY
    world.intake()
    return world


@_stage
def reconciled(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world an hour after closing, its reconciliation written."""
    world = taken_in(kind, size)
    world.clock.now = world.campaign.closes_at + HOUR
    world.intake()
    return world


@_stage
def frozen(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world whose commitment is published, at the time of the draw."""
    world = reconciled(kind, size)
    world.freeze(caller=SCHEDULER)
    world.clock.now = world.campaign.draw_at + 10 * MINUTE
    return world


@_stage
def drawn(kind: Randomness = "drand", size: int = 12) -> World:
    """Return a world whose record is published."""
    world = frozen(kind, size)
    confirmed(world.draw, **(WARD if kind == "ward" else {}))
    return world


@cache
def _verifier() -> Any:
    spec = importlib.util.spec_from_file_location("verify_draw", ROOT / "scripts/verify_draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def verify(world: World, folder: Path, *options: str) -> int:
    """Write the published files to *folder* and let the stand-alone verifier judge them; 0 is accepted."""
    for name, data in world.published.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    key = folder / "answer-key"
    key.write_bytes(canonical(world.campaign.answer_key()))
    status: int = _verifier().main([str(folder), "--require-all", "--answer-key", str(key), *options])
    return status


def sentences(reply: Reply) -> str:
    """Return all that a reply says."""
    return "\n".join([reply.result.value, *reply.summary, *reply.counts, reply.next])


def labels(world: World, winners: Sequence[str] = ("winner",)) -> list[str]:
    """Return the labels that hold a place."""
    return [award.id for award in world.state.scan(AwardedPlace) if award.place in winners]
