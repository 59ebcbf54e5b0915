"""
Kill each step at every point at which it writes, lose every reply, let another run go on beside it: the same end.

A clean campaign shows which points each step passes. Then every fault of `intake`, `freeze`, `draw`, `notify` and
`prepare` is tried in a campaign of its own, the step is pressed again at the schedule's next tick, and the campaign
goes on to its end. That end must be to the byte the one of a clean campaign that froze and drew at the same moments:
the same pool, commitment and record, the same ledger, the same mails, each once. A fault is repeated by its name.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from functools import cache
from hashlib import sha256
from threading import Barrier, Thread
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

import builders
import world as worlds
from fakes.mail import FakeMail
from fakes.published import FakePublished
from prizedraw import intake
from prizedraw.errors import Again, Refused
from prizedraw.ledger import Sealing
from prizedraw.orders import Message, Reply
from prizedraw.outbox import MailRow
from prizedraw.ports import Document, MailRejected, Prf
from prizedraw.records import ONLY, Entry, Frozen, LedgerRow, Outcome, Totals
from prizedraw.rehearsal.faults import Faults, Killed, Process, Way, faults_at
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer
from prizedraw.times import unstamp
from world import SCHEDULER, World, good, person

PRIZES = [
    {"id": "A", "name": "A賞 複製原画", "quantity": 1, "reserves": 1, "requires": {"min_correct": 5}},
    {"id": "B", "name": "B賞 ピンバッジ", "quantity": 2, "reserves": 1, "requires": {"min_correct": 3}},
]
CAMPAIGN = builders.campaign(prizes=PRIZES, randomness={"kind": "hsm"})
OPENS, CLOSES = CAMPAIGN.opens_at, CAMPAIGN.closes_at
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NEXT_TICK = 10 * MINUTE
"""Longer than any lease."""

MOST_TICKS = 9
PAGE = 15
"""Responses a page: few, so that a pull has several commits."""

FREEZE_AT = CLOSES + 80 * MINUTE
DRAW_AT = CAMPAIGN.draw_at + MINUTE
STEPS = ("prepare", "intake", "freeze", "draw", "notify")
CROCKFORD = b"0123456789abcdefghjkmnpqrstvwxyz"


def wrong(number: int, **changes: Any) -> Document:
    """Return a response that stands for nothing."""
    return builders.response(f"wrong-{number}", person(100 + number), **changes)


def moved(number: int, to: str, at: datetime) -> Document:
    """Return a good response with its address changed by an edit."""
    return good(number) | {
        "answers": good(number)["answers"] | {builders.IDS["email"]: builders.answer("email", to)},
        "lastSubmittedTime": builders.zulu(at, ".5"),
    }


Arrival = tuple[datetime, Sequence[Document]]
ARRIVALS: tuple[Arrival, ...] = (
    (OPENS + DAY, tuple(good(number) for number in range(14))),
    (
        OPENS + 2 * DAY + HOUR,
        (
            *(good(number) for number in range(14, 26)),
            builders.response("again", person(0).upper(), created=OPENS + 2 * DAY),
            moved(3, "new@example.jp", OPENS + 2 * DAY),
            moved(5, person(6), OPENS + 2 * DAY),
            builders.response("no consent", person(99), consent="同意しない"),
            builders.response("no address", "nobody"),
            wrong(1),
        ),
    ),
    (OPENS + 6 * DAY, (moved(0, "other@example.jp", OPENS + 5 * DAY), wrong(2))),
    (
        CLOSES + 15 * MINUTE,
        (
            *(good(number) for number in range(26, 33)),
            builders.response("late", person(98), created=CLOSES + MINUTE),
            wrong(3, edited=CLOSES + MINUTE),
        ),
    ),
    (CLOSES + HOUR, (builders.response("later", person(97), created=CLOSES + 50 * MINUTE),)),
)
"""When intake ticks, and what the form has got since: every outcome, edits that move an address, in 40 responses."""

EDITED = (1, 2, 15, 16, 28, 29)
"""Some of the good responses that no arrival edits."""

TOO_LATE = builders.response("latest", person(96), created=CLOSES + 70 * MINUTE)


class Labels:
    """
    Index as the keyset does, and draw as a label what follows from the response that was indexed last.

    So a response gets the same label in every campaign, however often `intake` starts again.
    """

    def __init__(self, index: Prf) -> None:
        self._index = index
        self._last = b""

    def value(self, data: bytes) -> bytes:
        if data.startswith(b"response\x00"):
            self._last = data
        return self._index.value(data)

    def draw(self) -> str:
        return bytes(CROCKFORD[byte & 31] for byte in sha256(self._last).digest()[:26]).decode()


class SameRandom:
    """Draw always the same bytes: what was drawn by a run that died before it was kept was seen by nobody."""

    def random(self, count: int) -> bytes:
        return b"\x2a" * count


class Mailbox(FakeMail):
    """Refuse the letter to the first winner of prize B, as Gmail refuses an address that it cannot read."""

    def __init__(self, published: FakePublished) -> None:
        super().__init__()
        self._published = published

    def send_draft(self, draft_id: str) -> str | None:
        record = json.loads(self._published.files.get("record.json", b'{"awards": []}'))
        refused = [f"winner-{award['winners'][0]}" for award in record["awards"] if award["prize"] == "B"]
        if any(f"X-Prizedraw-Reference: {name}".encode() in self.drafts.get(draft_id, b"") for name in refused):
            raise MailRejected("message")
        return super().send_draft(draft_id)


def press_prepare(world: World, process: Process) -> Reply:
    asked = world.prepare(faults=process)
    return world.prepare(asked.confirm, faults=process) if asked.confirm else asked


def press_intake(world: World, process: Process) -> Reply:
    labels = Labels(world.keys.prf("index"))
    sealing = Sealing(
        ContactSealer(CAMPAIGN.id, world.keys.sealer(Purpose.CONTACT)),
        SurveySealer(CAMPAIGN.id, world.keys.sealer(Purpose.SURVEY)),
        labels,
        labels.draw,
    )
    return intake.run(
        Message({"tick": "schedule"}),
        SCHEDULER,
        campaign=CAMPAIGN,
        sealed=process.before(world.sealed, "sealed"),
        state=process.before(world.state, "state"),
        form=world.form,
        watches=process.before(world.form, "watches"),
        sealing=sealing,
        clock=world.clock,
    )


PRESS: dict[str, Callable[[World, Process], Reply]] = {
    "prepare": press_prepare,
    "intake": press_intake,
    "freeze": lambda world, process: world.freeze(caller=SCHEDULER, faults=process),
    "draw": lambda world, process: world.draw(caller=SCHEDULER, faults=process),
    "notify": lambda world, process: world.notify(caller=SCHEDULER, faults=process),
}


@dataclass
class Play:
    """Play a campaign from the stage at which its world stands, faults included."""

    world: World
    faults: Faults = field(default_factory=Faults)
    freeze_at: datetime = FREEZE_AT
    draw_at: datetime = DRAW_AT
    disturbed: bool = field(default=False, init=False)

    def press(self, step: str) -> Reply | None:
        """Press once; None if the process died or the edge would have answered with an error that is one to repeat."""
        try:
            reply = PRESS[step](self.world, self.faults.process(step))
        except (Killed, Again, Refused):
            return None
        said = re.findall(r"[0-9a-f]{64}", " ".join(reply.summary))
        assert {sha256(data).hexdigest() for data in self.world.published.files.values()}.issuperset(said)
        return reply

    def tick(self, step: str, at: datetime) -> None:
        """Press at a moment, and again at the next ticks until nothing is in the way."""
        self.wait_until(at)
        for _ in range(MOST_TICKS):
            before = len(self.faults.fired)
            self.disturbed = False
            reply = self.press(step)
            if reply is not None and len(self.faults.fired) == before and not self.disturbed:
                assert step != "intake" or amiss(self.world) == [], self.faults.fired
                return
            self.wait_until(self.world.clock.now + NEXT_TICK)
        raise AssertionError(f"{step} did not recover from {self.faults.fired}")

    def beside(self, point: str, happens: Callable[[], object]) -> None:
        """Hold the step up before a point, while something else happens."""

        def meanwhile() -> None:
            self.disturbed = True
            happens()

        self.faults.meanwhile(point, meanwhile)

    def wait_until(self, moment: datetime) -> None:
        self.world.clock.now = max(self.world.clock.now, moment)

    def prepare(self) -> None:
        self.tick("prepare", OPENS - 3 * DAY)

    def intake(self, arrivals: Sequence[Arrival] = ARRIVALS) -> None:
        for moment, responses in arrivals:
            self.wait_until(moment)
            self.world.submit(*responses)
            self.tick("intake", moment)

    def freeze(self) -> None:
        self.tick("freeze", self.freeze_at)
        for _ in range(MOST_TICKS):
            if self.world.state.get(Frozen, ONLY) is not None:
                break
            self.tick("intake", self.world.clock.now + NEXT_TICK)
            self.tick("freeze", self.world.clock.now)
        self.tick("intake", self.world.clock.now)

    def draw(self) -> None:
        self.tick("notify", self.world.clock.now)
        self.tick("draw", self.draw_at)

    def notify(self) -> None:
        self.tick("notify", CAMPAIGN.draw_at + HOUR)
        self.tick("notify", CAMPAIGN.draw_at + 2 * HOUR)

    def go_on_from(self, step: str) -> World:
        """Play *step* and all that follows."""
        for following in STEPS[STEPS.index(step) :]:
            getattr(self, following)()
        return self.world


def unprepared() -> World:
    """Return a world with nothing in it."""
    world = World(CAMPAIGN)
    world.form.page_limit = PAGE
    world.mail = Mailbox(world.published)
    world.keys.random = SameRandom()
    return world


def again(world: World) -> World:
    """Return a copy of a world, with what `World.copy` makes anew set up as it was."""
    twin = world.copy()
    twin.form.page_limit = PAGE
    twin.mail = Mailbox(twin.published)
    twin.mail.drafts, twin.mail.sent = dict(world.mail.drafts), dict(world.mail.sent)
    return twin


@cache
def _at(step: str) -> World:
    if step == "prepare":
        return unprepared()
    earlier = STEPS[STEPS.index(step) - 1]
    world = unprepared() if earlier == "prepare" else again(_at(earlier))
    getattr(Play(world), earlier)()
    return world


def at(step: str) -> World:
    """Return a world in which *step* comes next. Those after `prepare` share their keys, and so all that is keyed."""
    return unprepared() if step == "prepare" else again(_at(step))


@cache
def points(step: str) -> tuple[str, ...]:
    """Return the points that *step* passes in a clean campaign."""
    play = Play(at(step))
    play.go_on_from(step)
    return tuple(point for point in play.faults.points if point.startswith(f"{step}."))


@cache
def clean_end(freeze_at: datetime, draw_at: datetime, *more: str) -> dict[str, Any]:
    """
    Return the end of a campaign without faults that froze and drew at given moments.

    *more* are responses in JSON that the form has beside the others, or in the place of an earlier version.
    """
    newer = {response["responseId"]: response for response in map(json.loads, more)}
    play = Play(at("intake"), freeze_at=freeze_at, draw_at=draw_at)
    arrivals = [(when, [newer.pop(row["responseId"], row) for row in rows]) for when, rows in ARRIVALS]
    arrivals[0][1].extend(newer.values())
    play.intake(arrivals)
    return end(play.go_on_from("freeze"))


def end(world: World) -> dict[str, Any]:
    """Return what a campaign has come to, without what is drawn at random each time: ciphertexts, ids, signatures."""
    for name, data in world.published.files.items():
        if name.endswith(".sig"):
            demand_signature(world, name.removesuffix(".sig"), data)
    mails = {row.id: row.state.replace("presumed_", "") for row in world.state.scan(MailRow)}
    drafts = [kind for kind in mails.values() if kind not in ("sent", "refused")]
    return {
        "files": world.files(),
        "names": sorted(world.published.files),
        "rows": {row.id: ledger_row(row) for row in world.sealed.scan(LedgerRow)},
        "entries": {
            entry.id: (entry.response, candidate(world, entry.candidate)) for entry in world.sealed.scan(Entry)
        },
        "mails": Counter(letter_of(data) for data in world.mail.sent.values()),
        "mail rows": mails,
        "drafts in doubt": drafts,
        "journal": Counter((step, action) for step, action, _ in world.journal() if step != "notify"),
        "state": {
            path: without_times(doc) for path, doc in world.state.dump().items() if path.split("/")[2] in LASTING
        },
        "watches": world.form.list(),
    }


LASTING = {"totals", "reconciliations", "frozen", "drawn", "awards", "prepared", "randomness"}
TIMES = {"counted_at", "began_at", "ended_at", "asked_at"}


def without_times(document: Document) -> Document:
    """Leave out when it was counted."""
    return {
        name: without_times(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if name not in TIMES
    }


def ledger_row(row: LedgerRow) -> tuple[Any, ...]:
    return (row.outcome, row.reason, row.address, row.created, row.version, row.gone, row.waiting and row.waiting.label)


def candidate(world: World, held: Any) -> tuple[Any, ...]:
    """Open what is sealed, since the ciphertext is another one each time."""
    context = worlds.ContactOpener(CAMPAIGN.id, world.keys.opener(Purpose.CONTACT))
    return held.label, held.prizes, held.doubtful, context.open(held.label, held.contact)


def letter_of(data: bytes) -> tuple[Any, ...]:
    """Return whom a mail is for and what it holds, without its date and the signatures that are attached."""
    message = message_from_bytes(data)
    parts = [(part.get_filename(), part.get_payload(decode=True)) for part in message.walk()]
    said = tuple((name, content) for name, content in parts if not (name or "").endswith(".sig"))
    return (message["To"], message["Subject"], message["X-Prizedraw-Reference"], said)


def demand_signature(world: World, name: str, signature: bytes) -> None:
    key = load_pem_public_key(world.published.files["evidence.pem"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, world.published.files[name], ec.ECDSA(SHA256()))


def differences(world: World, more: Sequence[Document] = ()) -> list[str]:
    """Return in what the end of a campaign differs from that of a clean one that froze and drew at the same moments."""
    frozen, drawn = (unstamp(read(world, file)[name]) for file, name in MOMENTS)
    expected, found = clean_end(frozen, drawn, *map(json.dumps, more)), end(world)
    return [part for part in expected if found[part] != expected[part]] + miscounted(world)


def amiss(world: World) -> list[str]:
    """Return what is amiss in the databases after a run of `intake`: entries without rows, totals that are old."""
    accepted = {row.id: row.address for row in world.sealed.scan(LedgerRow) if row.outcome is Outcome.ACCEPTED}
    entries = {entry.response: entry.id for entry in world.sealed.scan(Entry)}
    whole = entries == accepted and len(entries) == world.sealed.count(Entry)
    shown, counted = world.state.get(Totals, ONLY), intake.count(world.sealed, world.clock)
    is_true = shown is None or without_times(shown.record.to_doc()) == without_times(counted.to_doc())
    return [fault for fault, happened in (("entries", not whole), ("totals", not is_true)) if happened]


MOMENTS = (("commitment.json", "frozen_at"), ("record.json", "drawn_at"))


def read(world: World, name: str) -> Any:
    return json.loads(world.published.files[name])


def miscounted(world: World) -> list[str]:
    """Return in what the commitment differs from what is stored: what was committed to must be all that there is."""
    rows, entries = list(world.sealed.scan(LedgerRow)), list(world.sealed.scan(Entry))
    eligible = sorted(
        f"{held.label}\t{','.join(held.prizes)}\n" for held in (e.candidate for e in entries) if held.prizes
    )
    stored = {
        "received": len(rows),
        "duplicates": sum(row.outcome is Outcome.DUPLICATE for row in rows),
        "rejected": dict(Counter(row.reason.value for row in rows if row.reason)),
        "ineligible": len(entries) - len(eligible),
        "pool_hash": sha256("".join(eligible).encode()).hexdigest(),
    }
    committed = read(world, "commitment.json")
    return [f"committed {name}" for name, value in stored.items() if committed[name] != value]


WRITES = {
    "prepare": {"keysets.make", "state.commit", "published.create", "signer.sign"},
    "intake": {"sealed.commit", "state.commit", "watches.create", "watches.renew", "watches.delete"},
    "freeze": {"state.commit", "published.create", "signer.sign"},
    "draw": {"state.commit", "published.create", "signer.sign", "random.random"},
    "notify": {"state.commit", "mail.create_draft", "mail.send_draft", "mail.delete_draft"},
}


class TestTheCleanCampaign:
    @pytest.mark.parametrize("step", STEPS)
    def test_each_step_passes_each_of_its_writes(self, step: str) -> None:
        assert {point.removeprefix(f"{step}.").partition("#")[0] for point in points(step)} == WRITES[step]

    def test_it_has_everything_in_it(self) -> None:
        expected = clean_end(FREEZE_AT, DRAW_AT)
        outcomes = Counter((row[0].value, row[1] and row[1].value) for row in expected["rows"].values())
        assert outcomes == {
            ("accepted", None): 35,
            ("duplicate", None): 1,
            ("rejected", "no_consent"): 1,
            ("rejected", "bad_address"): 1,
            ("rejected", "after_closing"): 2,
            ("rejected", "edited_after_closing"): 1,
        }
        assert len(expected["mails"]) == 4
        assert set(expected["mails"].values()) == {1}
        assert sorted(expected["mail rows"].values()) == ["refused"] + ["sent"] * 4
        assert expected["journal"] == {("prepare", "prepared"): 1, ("freeze", "frozen"): 1, ("draw", "drawn"): 1}
        assert expected["watches"] == []

    def test_its_files_depend_on_the_moments_alone(self) -> None:
        world = Play(at("intake")).go_on_from("intake")
        assert differences(world) == []
        assert clean_end(FREEZE_AT, DRAW_AT)["files"] != clean_end(FREEZE_AT + NEXT_TICK, DRAW_AT)["files"]


class TestEveryFault:
    @pytest.mark.parametrize("way", Way)
    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_ends_as_if_nothing_had_happened(self, step: str, way: Way) -> None:
        wrong: dict[str, list[str]] = {}
        for point in points(step):
            play = Play(at(step))
            play.faults.arm(f"{point}.{way}")
            world = play.go_on_from(step)
            assert play.faults.fired == [f"{point}.{way}"]
            if found := differences(world):
                wrong[f"{point}.{way}"] = found
        assert wrong == {}

    @pytest.mark.parametrize("way", Way)
    def test_of_prepare_ends_with_files_that_a_stranger_accepts(self, way: Way, tmp_path: Any) -> None:
        for number, point in enumerate(points("prepare")):
            play = Play(at("prepare"))
            play.faults.arm(f"{point}.{way}")
            world = play.go_on_from("prepare")
            assert play.faults.fired == [f"{point}.{way}"]
            folder = tmp_path / str(number)
            folder.mkdir()
            assert worlds.verify(world, folder) == 0, f"{point}.{way}"
            found, expected = end(world), clean_end(FREEZE_AT, DRAW_AT)
            assert found["files"]["pool.txt"] == expected["files"]["pool.txt"]
            assert [found[part] for part in ("names", "journal")] == [expected[part] for part in ("names", "journal")]


class TestSeveralFaults:
    @pytest.mark.parametrize("seed", range(20))
    def test_chosen_by_a_seed_end_as_if_nothing_had_happened(self, seed: int) -> None:
        play = Play(at("intake"))
        for step in ("intake", "freeze", "draw", "notify"):
            for nth in range(3):
                play.faults.arm_by_seed(seed * 3 + nth, faults_at(points(step)))
        world = play.go_on_from("intake")
        assert len(play.faults.fired) > 4
        assert differences(world) == [], play.faults.fired


class TestAnotherRun:
    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_at_the_same_time_changes_nothing(self, step: str) -> None:
        assert {point: found for point in points(step) if (found := self.held_up(step, point, timedelta(0)))} == {}

    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_that_took_over_is_not_disturbed_by_the_old_one_that_goes_on(self, step: str) -> None:
        assert {point: found for point in points(step) if (found := self.held_up(step, point, NEXT_TICK))} == {}

    def held_up(self, step: str, point: str, time: timedelta) -> list[str]:
        """Hold a run up at a point for a *time*, while people press and another run begins and ends."""
        play = Play(at(step))
        world = play.world
        more: list[Document] = []

        def other() -> None:
            world.clock.wait(time)
            more.extend(pressed_meanwhile(world))
            world.submit(*more)
            play.press(step)

        play.beside(point, other)
        play.go_on_from(step)
        return differences(world, more)

    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify"])
    def test_in_another_thread_changes_nothing(self, step: str, switching: None) -> None:
        for _ in range(8):
            play = Play(at(step))
            if step == "intake":
                play.wait_until(ARRIVALS[0][0])
                play.world.submit(*ARRIVALS[0][1])
            if step == "freeze":
                play.wait_until(FREEZE_AT)
            if step == "draw":
                play.wait_until(DRAW_AT)
            failed = press_at_once(lambda play=play: play.press(step), 2)  # type: ignore[misc]
            assert failed == []
            play.wait_until(play.world.clock.now + NEXT_TICK)
            assert differences(play.go_on_from(step)) == []


def pressed_meanwhile(world: World) -> list[Document]:
    """Return what the form has got by now: a response of a new person, and edits that change addresses."""
    if world.clock.now >= CLOSES + HOUR:
        return []
    now = min(world.clock.now, CLOSES - MINUTE)
    known = {row["responseId"] for row in world.rows}
    edits = [moved(number, f"edited{number}@example.jp", now) for number in EDITED if f"good-{number}" in known]
    return [builders.response("new", "new-person@example.jp", created=now, **builders.RIGHT), *edits]


def take_over(play: Play) -> None:
    """Let time pass until no lease holds any more, people press, and another run of `intake` begin and end."""
    play.world.clock.wait(NEXT_TICK)
    play.world.submit(builders.response("last", person(95), created=play.world.clock.now - MINUTE))
    play.world.submit(*pressed_meanwhile(play.world))
    assert play.press("intake") is not None


@pytest.fixture
def switching() -> Iterator[None]:
    """Let threads take turns very often."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-4)
    yield
    sys.setswitchinterval(interval)


def press_at_once(press: Callable[[], object], times: int) -> list[BaseException]:
    """Press in several threads at once; return what they failed with."""
    barrier, failed = Barrier(times), []

    def run() -> None:
        barrier.wait()
        try:
            press()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test tells
            failed.append(error)

    threads = [Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


@cache
def _before_closing() -> World:
    play = Play(at("intake"))
    play.intake(ARRIVALS[:3])
    return play.world


def first_read_after_closing() -> Play:
    """Return a campaign in which the tick that reads everything after closing comes next, and freeze at once then."""
    play = Play(again(_before_closing()), freeze_at=CLOSES)
    moment, responses = ARRIVALS[3]
    play.wait_until(moment)
    play.world.submit(*responses)
    return play


def late_response() -> Play:
    """Return a campaign that was reconciled, at the time to freeze, to which one more response comes: too late."""
    play = Play(at("freeze"))
    play.wait_until(FREEZE_AT)
    play.world.submit(TOO_LATE)
    return play


class TestFreezeBesideIntake:
    """What is committed to is what is stored, whichever of the two is cut off or held up, and when."""

    @pytest.fixture(params=[first_read_after_closing, late_response])
    def closed(self, request: pytest.FixtureRequest) -> Callable[[], Play]:
        make: Callable[[], Play] = request.param
        return make

    @pytest.fixture
    def points_of_intake(self, closed: Callable[[], Play]) -> list[str]:
        play = closed()
        play.press("intake")
        assert len(play.faults.points) > 3
        return play.faults.points

    @pytest.mark.parametrize("way", Way)
    @pytest.mark.parametrize("wait", [timedelta(0), NEXT_TICK], ids=["at once", "when its lease is over"])
    def test_freeze_comes_after_an_intake_that_was_cut_off(
        self, closed: Callable[[], Play], points_of_intake: list[str], way: Way, wait: timedelta
    ) -> None:
        found = {}
        for point in points_of_intake:
            play = closed()
            play.faults.arm(f"{point}.{way}")
            play.press("intake")
            play.wait_until(play.world.clock.now + wait)
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []

    def test_freeze_comes_while_intake_is_held_up(
        self, closed: Callable[[], Play], points_of_intake: list[str]
    ) -> None:
        found = {}
        for point in points_of_intake:
            play = closed()
            play.beside(point, lambda play=play: play.press("freeze"))  # type: ignore[misc]
            play.press("intake")
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []

    def test_an_old_intake_puts_nothing_back_that_another_run_has_stored(
        self, closed: Callable[[], Play], points_of_intake: list[str]
    ) -> None:
        found = {}
        for point in points_of_intake:
            play = closed()
            play.beside(point, lambda play=play: take_over(play))  # type: ignore[misc]
            play.press("intake")
            found[point] = amiss(play.world)
        assert [point for point in found if found[point]] == []

    def test_intake_comes_while_freeze_is_held_up(self, closed: Callable[[], Play]) -> None:
        found = {}
        for point in points("freeze"):
            play = closed()
            play.beside(point, lambda play=play: play.press("intake"))  # type: ignore[misc]
            play.freeze()
            found[point] = miscounted(play.world)
        assert [point for point in found if found[point]] == []
