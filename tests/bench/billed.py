"""
Count what Google bills for a campaign, on the wire: exact, and the same on every machine.

The real functions run under functions-framework against the local Google and, through a meter, the emulator: prepare,
intake, freeze, draw. All entrants come within one day, 5,000 between one tick and the next; of the last a notification
tells. After closing the form is read in full and reconciled. Counted is everything that goes to Firestore, leases,
cursors and `state` too. "Per entry" is per response that the form holds; what a notification costs is the same however
many there are. Each function is one instance, which asks Cloud KMS once for one operation with one
key, and for one signature a file that it publishes.

Twice: with everybody new and in time, which costs the most writes, and with the rehearsal's mixture of doubles, edits
and rows that count for nothing, which costs the most reads.
"""

import io
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.measure import Row
from bench.wire import Meter
from bench.world import FILE, PAGE, Sizes
from prizedraw.adapters.storage.published import SIGNATURE_KEY
from prizedraw.ports import Document
from prizedraw.rehearsal import entrants, inputs
from prizedraw.rehearsal.entrants import ResponseKind, Submission
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import Answered, Functions
from prizedraw.rehearsal.until_winners import Clock
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Result
from prizedraw.runtime.settings import Settings
from prizedraw.times import instant, utc_now

STEPS = ["prepare", "intake", "freeze", "draw", "notify"]
WRITES_GOAL, READS_GOAL, DRAW_GOAL = 2.05, 1.1, 10.0
NOTIFIED_GOAL = 12.0
"""A dozen reads of `state` and leases, and none of what is stored already: a count alone would be one and more."""
READS_LIMIT = 3.0
"""
For the mixture, where hardly a batch of 249 meets nobody who is known, and one that does is settled by reading: row and
entry of each response, and its row again after closing (`docs/bench.md`).
"""
FREEZE_GOAL = 1.01
"""One read an entry; the hundredth is for a dozen reads of `state` and one for a thousand rows that are counted."""
MINUTE = timedelta(minutes=1)
SIGN = "AsymmetricSign"
OPENS = "2026-03-01T00:30+09:00"
"""Less than a day before the campaign closes: the form is read in full daily, and here once, after closing."""


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield the rows of both mixtures; what does not depend on the mixture once."""
    for mixture, kinds, reads in (
        ("all new", {ResponseKind.GOOD}, READS_GOAL),
        ("mixed", set(ResponseKind), READS_LIMIT),
    ):
        with ExitStack() as stack:
            played = _Campaign(stack, sizes.entries, kinds)
            played.play()
        entries, until_freeze = len(played.submitted), played.bills["intake"]
        yield Row(f"bill until freeze, {mixture}: writes per entry", entries, until_freeze["write"], WRITES_GOAL)
        yield Row(f"bill until freeze, {mixture}: reads per entry", entries, until_freeze["read"], reads)
        yield Row(f"bill of freeze, {mixture}: reads per entry", entries, played.bills["freeze"]["read"], FREEZE_GOAL)
        yield Row(f"bill of a notification, {mixture}: reads", 1, played.notified["read"], NOTIFIED_GOAL)
    yield Row("bill of draw: reads", 1, played.bills["draw"]["read"], DRAW_GOAL)
    for step, asked in played.keys.items():
        fewest = len({one for one in asked if one[0] != SIGN}) + played.signed[step]
        name = f"bill of {step}: Cloud KMS calls per key and operation, and per signed file"
        yield Row(name, fewest, len(asked), 1.0)
    yield Row("bill: responses.list per 5,000 responses and pull", played.pages["fewest"], played.pages["asked"], 1.0)


@dataclass
class _Campaign:
    """Play a campaign up to the draw, with *entries* entrants of some *kinds*, and keep what each step cost."""

    stack: ExitStack
    entries: int
    kinds: set[ResponseKind]
    submitted: dict[str, str] = field(default_factory=dict)
    bills: dict[str, Counter[str]] = field(default_factory=dict)
    notified: Counter[str] = field(default_factory=Counter)
    keys: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    signed: Counter[str] = field(default_factory=Counter)
    pages: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        """Set the stage."""
        self.clock = Clock(utc_now())
        self.google = self.stack.enter_context(LocalGoogle(self.clock))
        folder = Path(self.stack.enter_context(TemporaryDirectory()))
        file = folder / "campaign.yaml"
        tree = yaml.safe_load(FILE.read_text(encoding="utf-8")) | {"opens_at": OPENS}
        file.write_text(yaml.safe_dump(tree, allow_unicode=True), encoding="utf-8")
        drand = self.google.drand
        chain = {"kind": "drand", "chain": drand.chain, "public_key": drand.public_key.hex()}
        self.campaign, text = inputs.read_campaign(file, {**chain, "period": drand.period, "genesis": drand.genesis})
        (folder / f"{self.campaign.id}.yaml").write_text(text, encoding="utf-8")
        self.meter = Meter(self.stack.enter_context(FirestoreEmulator()).host)
        environ = {
            **self.google.environ(self.campaign.id),
            "FIRESTORE_EMULATOR_HOST": self.stack.enter_context(self.meter.serving()),
            "CAMPAIGNS": str(folder),
            "MANIFEST": str(file),  # any file: its hash is taken
        }
        self.settings = Settings.from_env(environ)
        self.google.provision(self.settings)
        self.stack.enter_context(redirect_stdout(io.StringIO()))
        self.functions = self.stack.enter_context(Functions(STEPS, environ, edge.Host(self.clock, self.clock.sleep)))

    def play(self) -> None:
        """Play every step, each as one instance of its function."""
        self.clock.now = self.campaign.opens_at - timedelta(days=1)
        form = entrants.form_of(self.campaign)
        self.google.forms.put_form(form)
        self._do("prepare", lambda: self.functions.press_and_confirm("prepare"))
        *presses, last = [press for press in self._history(form) if press.kind in self.kinds]
        for start in range(0, len(presses), PAGE):
            self._submit(presses[start : start + PAGE])
            self._pull({"tick": "schedule"})
        self._submit([last])
        before = self.meter.bill.copy()
        self._pull({"eventType": "RESPONSES", "formId": form["formId"]})
        self.notified = self.meter.bill - before
        self.clock.move_to(self.campaign.closes_at + 20 * MINUTE)
        self._pull({"tick": "schedule"})
        self.clock.move_to(self.campaign.closes_at + 60 * MINUTE)
        self._do("freeze", lambda: self.functions.schedule("freeze"))
        self.clock.move_to(self.campaign.draw_at + timedelta(days=1))
        self._do("draw", lambda: self.functions.schedule("draw"))
        self._do("notify", lambda: self.functions.schedule("notify"))

    def _history(self, form: Document) -> list[Submission]:
        """Invent entrants; where some kinds are left out, more of them, so that enough are left."""
        count = self.entries if self.kinds == set(ResponseKind) else 2 * self.entries
        kept = [press for press in entrants.history_of(self.campaign, form, count, seed=1) if press.kind in self.kinds]
        return kept if self.kinds == set(ResponseKind) else kept[: self.entries]

    def _submit(self, presses: list[Submission]) -> None:
        """Let some entrants press, and the clock run on until a minute later; it stays before closing."""
        for press in presses:
            self.google.forms.submit(press.response)
            self.submitted[press.response["responseId"]] = instant(press.response["lastSubmittedTime"])
        self.clock.move_to(min(presses[-1].at + MINUTE, self.campaign.closes_at - MINUTE))

    def _pull(self, attributes: dict[str, str]) -> None:
        """Let `intake` pull once, and count the pages that it asked for, and the fewest in which the rows fit."""
        before = len(self.google.forms.calls)
        self._do("intake", lambda: self.functions.push("intake", attributes))
        calls = [call for call in self.google.forms.calls[before:] if call.path.endswith("/responses")]
        filters = [call.query.get("filter", "").removeprefix("timestamp >= ") for call in calls]
        listed = [sum(at >= since for at in self.submitted.values()) for since in filters]
        self.pages["asked"] += len(calls)
        self.pages["fewest"] += max(-(-number // PAGE) for number in listed)

    def _do(self, step: str, call: Callable[[], Answered]) -> None:
        """Call a step, demand that it did its work, and put down what it cost."""
        bill, before, signed = self.meter.bill.copy(), len(self.google.kms.calls), self._signed()
        answered = call()
        if answered.reply.get("result") not in (Result.DONE.value, Result.CONTINUES.value):
            raise RuntimeError(f"{step}: {answered.text}")
        self.bills.setdefault(step, Counter()).update(self.meter.bill - bill)
        self.keys.setdefault(step, []).extend((call.method, call.resource) for call in self.google.kms.calls[before:])
        self.signed[step] += self._signed() - signed

    def _signed(self) -> int:
        """Count the published files that bear a signature."""
        files = self.google.storage.objects(self.settings.published_bucket)
        return sum(SIGNATURE_KEY in file.metadata for file in files.values())
