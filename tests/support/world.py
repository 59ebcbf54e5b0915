"""
A whole campaign in memory: the real steps on fakes of everything outside, and a clock that is set.

`World` has a method for each step; faults stand before the ports of one run (`support.faults`). Worlds that have come
some way already are in `support.stages`.
"""

import copy
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path
from typing import Any, Literal

from prizedraw import draw, forfeit, freeze, intake, notify, prepare, status
from prizedraw.adapters.drand import bls
from prizedraw.adapters.memory import Memory
from prizedraw.campaign.definition import Campaign
from prizedraw.entries.ids import Envelopes
from prizedraw.forfeit import ForfeitOrder
from prizedraw.fulfilment.holders import NOBODY, Places, Standing, on_their_way
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.lottery.opening import open_draw
from prizedraw.ports import Document, R
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.rehearsal import entrants
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose, SurveySealer
from support.campaigns import CAMPAIGN, ChainBeacon
from support.clock import DAY, TIMES, Clock
from support.fakes.form import MemoryForm
from support.fakes.keys import MemoryKeys
from support.fakes.mail import FakeBounces, FakeMail
from support.fakes.published import FakePublished
from support.faults import NONE, Disturbance

REPORTS_ADDRESS = "https://storage.example/reports/"
OPERATOR = Caller("hanako@contractor.example", scheduled=False)
ANOTHER = Caller("taro@contractor.example", scheduled=False)
"""Another operator: who enters the code that the first is shown, where one person must not decide alone."""
TICK = Message({"tick": "schedule"})
SCHEDULER = Caller("scheduler@project.iam.gserviceaccount.com", scheduled=True)


@dataclass
class World:
    """One campaign and everything around it."""

    campaign: Campaign = CAMPAIGN
    clock: Clock = field(default_factory=lambda: Clock(CAMPAIGN.opens_at - 3 * DAY))
    sealed: Memory = field(default_factory=lambda: Memory(CAMPAIGN.id))
    state: Memory = field(default_factory=lambda: Memory(CAMPAIGN.id))
    keys: MemoryKeys = field(default_factory=lambda: MemoryKeys(CAMPAIGN.id, made=False))
    published: FakePublished = field(default_factory=FakePublished)
    reports: FakePublished = field(default_factory=FakePublished)
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
            Clock(self.clock.now),
            self.sealed.copy(),
            self.state.copy(),
            self.keys,
            copy.deepcopy(self.published),
            copy.deepcopy(self.reports),
            copy.deepcopy(self.mail),
            copy.deepcopy(self.bounces),
            self.manifest,
            self.questions,
            list(self.rows),
        )

    def standing(self) -> Standing:
        """Return who holds what by the published files, and how far each prize is on its way."""
        places = Places.published(open_draw(self.published), self.clock)
        return on_their_way(places.standing(self.campaign), self.state) if places is not None else NOBODY

    def prepare(
        self,
        confirm: str | None = None,
        caller: Caller = OPERATOR,
        faults: Disturbance = NONE,
        format: Literal["json", "html"] = "json",
    ) -> Reply:
        """Run `prepare`."""
        return prepare.run(
            prepare.PrepareOrder(confirm=confirm, format=format),
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

    def intake(self, message: Message = TICK) -> Reply:
        """Run `intake`, on a tick if nothing else is said."""
        return intake.run(
            message,
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
        self,
        confirm: str | None = None,
        caller: Caller = OPERATOR,
        faults: Disturbance = NONE,
        accept_gone: int = 0,
        accept_doubts: int = 0,
    ) -> Reply:
        """Run `freeze`."""
        return freeze.run(
            freeze.FreezeOrder(confirm=confirm, accept_gone=accept_gone, accept_doubts=accept_doubts),
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

    def draw(
        self, confirm: str | None = None, caller: Caller = OPERATOR, faults: Disturbance = NONE, **given: str
    ) -> Reply:
        """Run `draw`."""
        return draw.run(
            DrawOrder.model_validate({"confirm": confirm, **given}),
            caller,
            campaign=self.campaign,
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            beacon=self.beacon,
            verify=bls.verify,
            random=faults.before(self.keys.random, "random"),
            signer=faults.before(self.keys.signer, "signer"),
            clock=self.clock,
        )

    def notify(
        self, confirm: str | None = None, caller: Caller = SCHEDULER, faults: Disturbance = NONE, **given: Any
    ) -> Reply:
        """Run `notify`."""
        return notify.run(
            notify.NotifyOrder.model_validate({"confirm": confirm, **given}),
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

    def forfeit(
        self,
        confirm: str | None = None,
        caller: Caller = OPERATOR,
        faults: Disturbance = NONE,
        clock: Callable[[], datetime] | None = None,
        **given: Any,
    ) -> Reply:
        """Run `forfeit`."""
        return forfeit.run(
            ForfeitOrder.model_validate({"confirm": confirm, **given}),
            caller,
            campaign=self.campaign,
            state=faults.before(self.state, "state"),
            published=faults.before(self.published, "published"),
            signer=faults.before(self.keys.signer, "signer"),
            times=TIMES,
            clock=clock or self.clock,
        )

    def status(self, format: Literal["json", "html"] = "json", **given: Any) -> Reply:
        """Run `status`."""
        return status.run(
            status.StatusOrder.model_validate({"format": format, **given}),
            OPERATOR,
            campaign=self.campaign,
            state=self.state,
            published=self.published,
            reports=self.reports,
            address=REPORTS_ADDRESS,
            clock=self.clock,
        )

    def submit(self, *responses: Document) -> None:
        """Let entrants press."""
        self.rows.extend(responses)
        for response in responses:
            self.form.submit(response)

    def plant(self, name: str, data: bytes) -> None:
        """Put a published file there with our own signature, in place of what stands; `published.plant` signs none."""
        self.published.plant(name, data, self.keys.signer.sign(data))

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
        parser: BytesParser[EmailMessage] = BytesParser(policy=default)
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


def confirmed(step: Callable[..., Reply], **given: Any) -> Reply:
    """Press twice: without a code, then with the code of the reply."""
    asked = step(**given)
    assert asked.confirm is not None, asked
    return step(asked.confirm, **given)


def agreed(step: Callable[..., Reply], **given: Any) -> Reply:
    """Press without a code, and let another operator press with the code of the reply."""
    asked = step(**given)
    assert asked.confirm is not None, asked
    return step(asked.confirm, caller=ANOTHER, **given)


def sentences(reply: Reply) -> str:
    """Return all that a reply says."""
    following = (reply.next,) if isinstance(reply.next, str) else reply.next
    return "\n".join([reply.result.value, *reply.summary, *reply.counts, *following])


def labels(world: World, winners: Sequence[str] = ("winner",)) -> list[str]:
    """Return the labels that hold a place."""
    return [award.id for award in world.state.scan(AwardedPlace) if award.place in winners]
