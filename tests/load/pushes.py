"""
Let responses and notifications through Google's Pub/Sub and Firestore emulators into two instances of `intake`.

Each instance is a process of its own, started from its archive under functions-framework, with Google's clients; the
emulator pushes to a front that lets a third of the pushes fail. Afterwards the database is held against a reading of
the same responses that shares no code with the package (`support.oracle`): every response has one row, with the
outcome that it must have, and every person one entry, with a label of its own. What `status` shows is counted by the
ticks, and must be right after the last.

The form's clock runs a second a response, up to the moment at which all begins: a pull looks ten minutes back, as it
does in a campaign of months, and not at all that came in these minutes.
"""

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.deployed import Instance, running, unpack
from bench.function_memory import be_prepared
from bench.measure import MIB, Cost, fresh
from bench.project import Entry as DaysOfEntry
from bench.project import Project, project
from bench.world import CAMPAIGN, FORM, databases
from load.crowd import presses
from load.front import Front
from load.sizes import Sizes
from prizedraw.adapters.keys import keyring
from prizedraw.entries.ids import Envelopes
from prizedraw.ports import Document
from prizedraw.records.entries import Entry, LedgerRow, Totals
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.google.pubsub import ATTEMPTS, PubsubEmulator, PushEndpoint
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer
from prizedraw.times import utc_now
from support import oracle

TOPIC, DEAD = "notifications", "notifications-dead"
NOTIFICATION = {"eventType": "RESPONSES", "formId": CAMPAIGN.form.id, "watchId": "watch"}
TICK = json.dumps({"message": {"attributes": {"tick": "schedule"}, "messageId": "1"}, "subscription": "intake"})
INSTANCES = 2
UNDERWAY = 1_000
"""So many notifications are underway at most: what comes faster only waits in the topic."""
SECONDS = 3_600.0
FLAT = 1.25
"""What the peak of the second half may be of the first half's, when fifty times as much is stored in the end."""


def run(sizes: Sizes) -> dict[str, str]:
    """
    Put the load on, and say what was counted.

    Raises:
        AssertionError: something was lost, came twice, or memory grew.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        here = stack.enter_context(project(DaysOfEntry.OPEN))
        pubsub = stack.enter_context(PubsubEmulator())
        here.make_keysets()
        unpack(here.folder, ["intake"])
        fresh(be_prepared, environ=here.environ)
        instances = [stack.enter_context(running(here.folder / "intake", here.environ)) for _ in range(INSTANCES)]
        for instance in instances:
            instance.ask(TICK, SECONDS)
        front = Front(instances)
        line = _Line(pubsub, front, stack.enter_context(PushEndpoint(front.deliver)).url)
        watched = stack.enter_context(_watched(instances))
        versions = _press_all(sizes, here, line)
        line.wait()
        _catch_up(instances[0])
        left = fresh(check, _expected(here, versions), sizes.responses, environ=here.environ)
    return {
        "responses; edits among them": f"{sizes.responses:,}; {len(versions) - sizes.responses:,}",
        "notifications; taken; dead letters": f"{line.published:,}; {len(front.taken):,}; {line.dead:,}",
        "pushes; refused; done and the answer lost": (
            f"{sum(map(len, front.answers.values())):,}; {front.refused:,}; {front.lost:,}"
        ),
        "answers of the instances": "; ".join(f"{number:,} {said}" for said, number in front.replies.most_common()),
        "lost; twice; with another outcome than must be": left.said,
        "MiB of each instance at rest; at most in the first half; in the second": watched.said(),
        "minutes": f"{(time.monotonic() - began) / 60:.1f}",
    }


class _Line:
    """The topic, its pushes, and what lies in the dead letters."""

    def __init__(self, emulator: PubsubEmulator, front: Front, url: str) -> None:
        self.published = self.dead = 0
        self._emulator = emulator
        self._front = front
        for topic in (TOPIC, DEAD):
            emulator.create_topic(topic)
        emulator.subscribe(DEAD, DEAD)
        emulator.push(TOPIC, TOPIC, url, DEAD)

    def notify(self) -> None:
        """Publish one notification, once there is room."""
        self._wait_until(UNDERWAY)
        self._emulator.publish(TOPIC, NOTIFICATION)
        self.published += 1

    def wait(self) -> None:
        """Wait until every notification was taken or is a dead letter; each of these must have failed often enough."""
        self._wait_until(0)
        failed = [answers for id, answers in self._front.answers.items() if id not in self._front.taken]
        assert len(failed) == self.dead, f"{len(failed)} given up, {self.dead} dead letters"
        assert all(len(answers) >= ATTEMPTS for answers in failed), "given up too early"
        assert len(self._front.taken) + self.dead == self.published, "a notification is lost"

    def _wait_until(self, underway: int) -> None:
        until = time.monotonic() + SECONDS
        while self.published - len(self._front.taken) - self.dead > underway:
            assert time.monotonic() < until, "the notifications do not come to an end"
            found = len(self._emulator.pull(DEAD))
            self.dead += found
            if not found:
                time.sleep(0.1)


def _press_all(sizes: Sizes, here: Project, line: _Line) -> list[Document]:
    """Let everybody press, and publish the notifications evenly among the presses; return every version."""
    every = math.ceil(sizes.responses / sizes.notifications)
    versions: list[Document] = []
    for press in presses(sizes.responses, utc_now()):
        here.google.forms.submit(press)
        versions.append(press)
        if len(versions) % every == 0 and line.published < sizes.notifications:
            line.notify()
    while line.published < sizes.notifications:
        line.notify()
    return versions


def _catch_up(instance: Instance) -> None:
    """
    Tick, as the schedule does, until nothing is new: who pressed while a pull was underway is found by the next.

    The last tick has counted what the notifications stored.
    """
    until = time.monotonic() + SECONDS
    while True:
        status, text = instance.ask(TICK, SECONDS)
        reply = json.loads(text)
        if status == 200 and reply["counts"] and not any(reply["counts"].values()):
            return
        assert time.monotonic() < until, "the pulls do not come to an end"
        time.sleep(0.5)


def _expected(here: Project, versions: list[Document]) -> str:
    """Write what must have become of the responses, by the ids of their rows; return the file's name."""
    settings = Settings.from_env(here.environ)
    keys = keyring.Keyring(settings)
    sealing = Envelopes(
        ContactSealer(settings.campaign, keys.sealer(Purpose.CONTACT)),
        SurveySealer(settings.campaign, keys.sealer(Purpose.SURVEY)),
        keys.prf("index"),
    )
    outcomes = oracle.outcomes(settings.campaign_file, FORM, versions)
    by_row = {sealing.row_id(id): [found["outcome"], found["reason"]] for id, found in outcomes.items()}
    file = Path(here.folder) / "expected.json"
    file.write_text(json.dumps(by_row), encoding="ascii")
    return str(file)


def check(expected: str, count: int) -> Cost:
    """Hold the database against what must have become of *count* responses; say how many differ."""
    must: dict[str, list[str | None]] = json.loads(Path(expected).read_text(encoding="ascii"))
    sealed, state = databases()
    rows = {id: [outcome, reason] for id, outcome, reason in sealed.project(LedgerRow, ("id", "outcome", "reason"))}
    entries = list(sealed.project(Entry, ("id", "response", "label")))
    accepted = {id for id, (outcome, _) in rows.items() if outcome == "accepted"}
    held = Counter(response for _, response, _ in entries)
    lost = len(must.keys() - rows.keys()) + len(accepted - held.keys())
    labels = len(entries) - len({label for _, _, label in entries})
    twice = len(rows.keys() - must.keys()) + sum(held.values()) - len(held) + len(held.keys() - accepted) + labels
    other = sum(rows[id] != must[id] for id in rows.keys() & must.keys())
    outcomes, totals = Counter(outcome for outcome, _ in rows.values()), state.get(Totals, ONLY)
    shown = totals and (totals.record.received, totals.record.accepted, totals.record.duplicates)
    assert len(must) == count, f"{len(must)} of {count} responses"
    assert shown == (len(rows), outcomes["accepted"], outcomes["duplicate"]), f"shown {shown} of {outcomes}"
    assert (lost, twice, other) == (0, 0, 0), f"lost {lost}, twice {twice}, another outcome {other}"
    return Cost(said=f"{lost}; {twice}; {other} (of {len(rows):,} rows and {len(entries):,} entries)")


@dataclass
class _Memory:
    """The resident memory of each worker in MiB, sampled again and again: at rest first."""

    samples: list[list[float]] = field(default_factory=list)

    def said(self) -> str:
        """Say what was held; raise AssertionError if it grew."""
        said: list[str] = []
        for one in self.samples:
            half = len(one) // 2
            first, second = max(one[:half]), max(one[half:])
            said.append(f"{one[0]:.0f}, {first:.0f}, {second:.0f}")
            assert second <= first * FLAT, f"memory grew: {first:.0f} to {second:.0f} MiB"
        return "; ".join(said)


@contextmanager
def _watched(instances: list[Instance]) -> Iterator[_Memory]:
    """Sample the memory of the workers until the block ends."""
    found, done = _Memory([[] for _ in instances]), threading.Event()
    workers = [instance.family()[-1] for instance in instances]

    def watch() -> None:
        while not done.wait(0.5):
            for one, worker in zip(found.samples, workers, strict=True):
                one.append(_resident(worker))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _resident(process: int) -> float:
    """Return the resident memory of a process in MiB."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / MIB
