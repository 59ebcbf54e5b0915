"""
One campaign of the storm: all its services, the instances of its functions, and what was seen of it.

Functions are pressed behind the real edge. An instance lives on and keeps what it has read of keys, until it dies or
all are started anew. What is promised is looked at whenever something happens (`promises`).
"""

import copy
import io
import json
import random
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS
from prizedraw.adapters.memory import Memory
from prizedraw.ports import Document
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from prizedraw.rehearsal import entrants
from prizedraw.runtime import edge
from support import all_steps
from support.campaigns import ChainBeacon
from support.clock import DAY, Clock
from support.fakes.claims import FakeClaims
from support.fakes.exports import FakeExports, FakePasswords
from support.fakes.published import FakePublished
from support.faults import Killed
from support.requests import ENVIRON, OPERATOR, SCHEDULER, bearer, request
from support.storm import campaigns, chance, surroundings
from support.storm.runs import Guard, Run, Trouble

ANOTHER = "taro@contractor.example"
RUN_TAKES = timedelta(seconds=1)
WHO = {"operator": OPERATOR, "another": ANOTHER, "schedule": SCHEDULER}


@dataclass(frozen=True)
class Answered:
    """What a press came to; *status* 0: the process died."""

    number: int
    at: datetime
    step: str
    who: str
    body: Any
    status: int
    reply: Mapping[str, Any]
    text: str
    run: Run

    @property
    def code(self) -> str:
        """Return the code of an error, or empty."""
        return str(self.reply.get("code", ""))

    @property
    def result(self) -> str:
        """Return what it came to, in a word."""
        return str(self.reply.get("result", ""))

    @property
    def confirm(self) -> str | None:
        """Return the confirm code that it shows."""
        return self.reply.get("confirm")

    @property
    def said(self) -> str:
        """Return all sentences."""
        following = self.reply.get("next") or ()
        following = [following] if isinstance(following, str) else following
        return "\n".join([*self.reply.get("summary", ()), *following])


class Published(FakePublished):
    """A bucket that is kept; *on_created* is told of each file."""

    on_created: Any = staticmethod(lambda name: None)

    def create(self, name: str, data: bytes, content_type: str, signature: bytes = b"") -> bool:
        """Create a file."""
        made = super().create(name, data, content_type, signature)
        if made:
            self.on_created(name)
        return made


class Exports(FakeExports):
    """The exports bucket; *on_created* is told of each file."""

    on_created: Any = staticmethod(lambda name: None)

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """Create a file."""
        made = super().create(name, data, content_type)
        if made:
            self.on_created(name)
        return made


class Instance:
    """One instance of a function, with ports of its own; *run* is the one that is on, *asked* how it was called."""

    def __init__(self, world: "StormWorld", step: str) -> None:
        self.run = Run()
        self.asked: tuple[str, Any, str] = (step, {}, "")

        def guarded(port: Any, name: str) -> Any:
            return Guard(port, name, lambda: self.run)

        keys = copy.copy(world.keys)
        keys.secrets, keys.wrapping = guarded(world.keys.secrets, "secrets"), guarded(world.keys.wrapping, "kms")
        keys.maker = guarded(chance.CheapKeysets(keys.secrets, keys.wrapping, chance.new_pair), "maker")
        keys.signer, keys.random = guarded(world.keys.signer, "signer"), guarded(world.keys.random, "random")
        here = SimpleNamespace(
            campaign=world.campaign,
            clock=world.clock,
            manifest=Path(__file__),
            keys=keys,
            sealed=guarded(world.sealed, "sealed"),
            state=guarded(world.state, "state"),
            published=guarded(world.published, "published"),
            form=guarded(world.form, "form"),
            beacon=guarded(world.beacon, "beacon"),
            mail=guarded(world.mail, "mail"),
            bounces=guarded(world.mail, "bounces"),
        )
        ground = SimpleNamespace(
            world=here,
            reports=guarded(world.reports, "reports"),
            form=guarded(surroundings.FormFile(world.form), "formfile"),
            sheets=guarded(world.sheets, "sheets"),
            mailbox=guarded(world.mail, "mailbox"),
            histories={name: guarded(surroundings.History(), "history") for name in ("sealed", "state")},
            erasers={store: guarded(eraser, "eraser") for store, eraser in world.erasers().items()},
            inventories={name: guarded(one, "inventory") for name, one in world.inventories().items()},
        )
        made = all_steps.Campaign(
            ground,  # type: ignore[arg-type]
            bucket=guarded(world.claims, "claims"),
            exports=guarded(world.exports, "exports"),
            passwords=guarded(world.passwords, "passwords"),
        )
        act = made._steps()[step]
        if step in all_steps.PUSHED:
            self.main = edge.subscriber(step, lambda settings, host: act, ENVIRON)
        else:
            self.main = edge.operator(step, all_steps.ORDERS[step], lambda settings, host: act, ENVIRON)


@dataclass
class StormWorld:
    """A campaign of a *seed*, three days before it opens."""

    seed: int
    campaign: Any = field(init=False)
    tree: dict[str, Any] = field(init=False)
    violations: list[tuple[str, str]] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    logs: io.StringIO = field(default_factory=io.StringIO)
    events: int = 0
    presses: int = 0
    tally: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.campaign, self.tree = campaigns.at_random(self.seed)
        self.clock = Clock(self.campaign.opens_at - 3 * DAY)
        self.sealed, self.state = Memory(self.campaign.id), Memory(self.campaign.id)
        self.keys = chance.keys_of(self.campaign.id)
        self.keys.secrets, self.keys.wrapping = surroundings.Secrets(), surroundings.Wrapping(self.campaign.id)
        self.published, self.reports = Published(), Published()
        self.questions: Document = entrants.form_of(self.campaign)
        self.form = surroundings.Form(self.questions, self.clock, self.seed)
        self.beacon = ChainBeacon(self.clock)
        self.mail = surroundings.Mailbox(self.clock)
        self.claims, self.exports, self.passwords = FakeClaims(), Exports(), FakePasswords()
        self.sheets = surroundings.Sheets()
        self._instances: dict[str, list[Instance]] = {}
        self._running: list[Instance] = []
        self.play: Any = None
        self.promises: Any = None

    def erasers(self) -> dict[str, Any]:
        """Return what erases each bucket, secret and key."""
        secrets, wrapping = self.keys.secrets, self.keys.wrapping
        assert isinstance(secrets, surroundings.Secrets)
        assert isinstance(wrapping, surroundings.Wrapping)
        return {
            "bucket/claims": surroundings.FolderEraser(self.claims.files),
            "bucket/exports": surroundings.FolderEraser(self.exports.files),
            "secret/shipping-password": surroundings.PasswordEraser(self.passwords),
            **{f"secret/{name}": surroundings.SecretEraser(secrets, name) for name in SECRETS},
            **{f"key/{name}": surroundings.KeyEraser(wrapping, name, self.clock) for name in KEYSETS},
        }

    def inventories(self) -> dict[str, Any]:
        """Return what lists all that is there."""
        return {
            "database": surroundings.Names(("sealed", "state")),
            "bucket": surroundings.Names(("published", "reports", "claims", "exports", "sources")),
            "bucket/published": surroundings.FileList(self.published),
            "bucket/reports": surroundings.FileList(self.reports),
            "secret": surroundings.Names(("gmail", "shipping-password", *SECRETS)),
        }

    def press(self, step: str, body: Any, who: str = "operator", trouble: Trouble | None = None) -> Answered:
        """Call a function of operators, as one of them or the schedule."""
        return self._call(step, body, who, request(body, bearer(WHO[who])), trouble)

    def push(self, step: str, attributes: Mapping[str, str], trouble: Trouble | None = None) -> Answered:
        """Deliver a notification."""
        message = {"message": {"attributes": dict(attributes), "messageId": "1"}}
        return self._call(step, dict(attributes), "pubsub", request(json.dumps(message).encode()), trouble)

    def start_anew(self) -> None:
        """Let all instances end."""
        self._instances.clear()

    @property
    def is_prepared(self) -> bool:
        """Tell whether `prepare` came to its end: what it left half made at opening, only people can end."""
        mark = self.state.get(Prepared, ONLY)
        return mark is not None and bool(mark.record.prepared_at)

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        self.clock.now += time

    @property
    def is_nested(self) -> bool:
        """Tell whether a run is being held up."""
        return bool(self._running)

    def break_promise(self, kind: str, detail: str) -> None:
        """Note that something happened that must not."""
        self.violations.append((kind, detail))

    def count(self, what: str) -> None:
        """Count that something happened in this world."""
        self.tally[what] = self.tally.get(what, 0) + 1

    def _call(self, step: str, body: Any, who: str, made: Any, trouble: Trouble | None) -> Answered:
        idle = self._instances.setdefault(step, [])
        instance = idle.pop() if idle else Instance(self, step)
        instance.run = Run(trouble, self._meanwhile, lambda: (self.events, self.clock.now))
        instance.run.last_look = (self.events, self.clock.now)
        instance.asked = (step, body, who)
        self._running.append(instance)
        self.presses += 1
        out = io.StringIO()
        try:
            with redirect_stdout(out), redirect_stderr(out):
                text, status, _ = instance.main(made)
        except Killed:
            text, status = "", 0
        self._running.pop()
        self.logs.write(out.getvalue())
        if status:
            idle.append(instance)
        else:
            instance.run.is_dead = True
        reply = json.loads(text) if text.startswith("{") else {}
        self.events += 1
        self.clock.now += RUN_TAKES
        answered = Answered(self.events, self.clock.now, step, who, body, status, reply, text, instance.run)
        self.answers.append(answered)
        if self.promises is not None:
            self.promises.on_answer(answered)
        return answered

    def running(self) -> Run | None:
        """Return the innermost run that is on."""
        return self._running[-1].run if self._running else None

    def held_up(self) -> tuple[str, Any, str] | None:
        """Return step, body and caller of the innermost run that is on."""
        return self._running[-1].asked if self._running else None

    def _meanwhile(self, actions: tuple[Any, ...]) -> None:
        """Let other things happen while a run is held up; its instance takes no other request."""
        self.count("overlap")
        for action in actions:
            self.play(action)


def chance_of(seed: int, number: int) -> random.Random:
    """Return what decides the details of the action *number* of a world."""
    return random.Random(f"{seed} {number}")
