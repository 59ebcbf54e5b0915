"""Valid campaigns, forms, responses and the surroundings of `intake`, in one line each, for tests to change."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from prizedraw import intake, status
from prizedraw.adapters.memory import Memory
from prizedraw.campaign import definition
from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.ids import Envelopes, Indexed
from prizedraw.entries.judging import Judge, Judged
from prizedraw.entries.ledger import Ledger
from prizedraw.ports import Document, Form, R, Record, Replace, SnapshotStore, Store, Stored, Watches, Write
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Candidate, Entry, LedgerRow
from prizedraw.records.running import ONLY
from prizedraw.rehearsal import entrants
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Caller, Message, Reply
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose, SurveySealer, context
from support.clock import DAY, TIMES, Clock
from support.fakes.form import MemoryForm
from support.fakes.keys import MemoryKeys
from support.fakes.published import FakePublished
from support.faults import NONE, Faults

FILE = Path(__file__).parents[2] / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
TREE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
CALLER = Caller("pubsub@project.iam.gserviceaccount.com", scheduled=False)
TICK = Message({"tick": "schedule"})


def campaign(**changes: Any) -> Campaign:
    """Return the campaign of the repository, top-level keys changed."""
    checked = definition.check(yaml.safe_dump(TREE | changes, allow_unicode=True, sort_keys=False))
    assert isinstance(checked, Campaign), [str(fault) for fault in checked]
    return checked


CAMPAIGN = campaign()
FORM = entrants.form_of(CAMPAIGN)
IDS = form_schema.resolve(CAMPAIGN, FORM)[0]
OPENS, CLOSES = CAMPAIGN.opens_at, CAMPAIGN.closes_at
RIGHT = {question.id: question.answers[0] for question in CAMPAIGN.questions.quiz}


def zulu(moment: datetime, nanos: str = "") -> str:
    """Write a moment as Forms does, whole seconds followed by *nanos* (`.123`)."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}{nanos}Z"


def response(
    id: str = "r1",
    email: str | None = "hanako@example.jp",
    created: str | datetime = OPENS + timedelta(days=1),
    edited: str | datetime | None = None,
    consent: str | None = "同意する",
    **answers: str | Sequence[str],
) -> Document:
    """Return a response as `forms.responses.list` does; *edited* is its last submission if it is not the first."""
    given: dict[str, Any] = {"email": email, "consent": consent, **answers}
    times = [created, created if edited is None else edited]
    first, last = (zulu(time, ".000001") if isinstance(time, datetime) else time for time in times)
    return {
        "responseId": id,
        "createTime": first,
        "lastSubmittedTime": last,
        "answers": {IDS[name]: answer(name, value) for name, value in given.items() if value is not None},
    }


def answer(name: str, value: str | Sequence[str]) -> Document:
    """Return one answer as Forms does; a wrong and an ungraded one have the same empty grade."""
    values = [value] if isinstance(value, str) else value
    return {"questionId": IDS[name], "textAnswers": {"answers": [{"value": text} for text in values]}, "grade": {}}


@cache
def keys() -> MemoryKeys:
    """Return the keysets of the campaign; they keep no state."""
    return MemoryKeys(CAMPAIGN.id)


def sealing() -> Envelopes:
    """Return what `intake` can do with keys."""
    return Envelopes(
        ContactSealer(CAMPAIGN.id, keys().sealer(Purpose.CONTACT)),
        SurveySealer(CAMPAIGN.id, keys().sealer(Purpose.SURVEY)),
        keys().prf("index"),
    )


def opened(candidate: Candidate) -> tuple[str, dict[str, Any]]:
    """Open both envelopes of an entry or of a response that waits: the address, and what was sealed of the answers."""
    address = ContactOpener(CAMPAIGN.id, keys().opener(Purpose.CONTACT)).open(candidate.label, candidate.contact)
    survey = keys().opener(Purpose.SURVEY)
    return address, json.loads(survey.open(candidate.survey, context(CAMPAIGN.id, Purpose.SURVEY, candidate.label)))


@dataclass
class WatchedStore:
    """
    A store before which this one stands, to keep what was written and to count what was read, by collection.

    *counts*: what was counted, each a collection and what its documents had to have.
    """

    store: Store
    commits: list[Sequence[Write]] = field(default_factory=list)
    reads: dict[str, int] = field(default_factory=dict)
    counts: list[str] = field(default_factory=list)

    def commit(self, writes: Sequence[Write]) -> object:
        """Commit."""
        self.commits.append(writes)
        return self.store.commit(writes)

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Read one."""
        self._count(kind, 1)
        return self.store.get(kind, id)

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Read many."""
        self._count(kind, len(set(ids)))
        return self.store.get_many(kind, ids)

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Read those that match."""
        found = self.store.find(kind, field, value)
        self._count(kind, len(found))
        return found

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Read all."""
        for record in self.store.scan(kind):
            self._count(kind, 1)
            yield record

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Read fields of all."""
        return self.store.project(kind, fields)

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count."""
        self.counts.append(" ".join([kind.COLLECTION, *(f"{name}={value}" for name, value in equals.items())]))
        return self.store.count(kind, **equals)

    def _count(self, kind: type[Record], number: int) -> None:
        if number:
            self.reads[kind.COLLECTION] = self.reads.get(kind.COLLECTION, 0) + number


@dataclass
class Office:
    """The surroundings of `intake`: a form, two databases and a clock."""

    clock: Clock = field(default_factory=lambda: Clock(OPENS + 2 * DAY))
    sealed: Store = field(default_factory=lambda: Memory(CAMPAIGN.id))
    state: SnapshotStore = field(default_factory=lambda: Memory(CAMPAIGN.id))
    form: MemoryForm = field(init=False)
    watches: Watches = field(init=False)

    def __post_init__(self) -> None:
        self.form = MemoryForm(FORM, [], self.clock)
        self.watches = self.form
        prepared = Prepared(ONLY, IDS, form_schema.form_hash(self.form.form()), "rules", "salt", "2026-01-31T00:00:00Z")
        self.state.commit([Replace(prepared)])
        self.form.calls.clear()

    def run(
        self,
        message: Message = TICK,
        *,
        sealed: Store | None = None,
        state: Store | None = None,
        form: Form | None = None,
        clock: Callable[[], datetime] | None = None,
        faults: Faults = NONE,
    ) -> Reply:
        """Run `intake` once, some of its powers replaced, with faults before all that it changes."""
        return intake.run(
            message,
            CALLER,
            campaign=CAMPAIGN,
            sealed=faults.before(sealed or self.sealed, "sealed"),
            state=faults.before(state or self.state, "state"),
            form=form or self.form,
            watches=faults.before(self.watches, "watches"),
            sealing=sealing(),
            times=TIMES,
            clock=clock or self.clock,
        )

    def ledger(self, response_ids: Callable[[set[str]], Mapping[str, str]] | None = None) -> Ledger:
        """Return a ledger under a new lease; by default every raw id is known, and none is asked for."""
        hold = lease.acquire(self.sealed, lease.INTAKE, self.clock, timedelta(minutes=9))
        assert hold is not None
        return Ledger(self.sealed, hold, sealing(), response_ids or never_asked)

    def outcomes(self, *ids: str) -> list[tuple[str, str | None]]:
        """Return outcome and reason of each response."""
        return [(row.outcome.value, row.reason and row.reason.value) for row in (self.row(id) for id in ids)]

    def row(self, id: str) -> LedgerRow:
        """Return the ledger row of a response."""
        stored = self.sealed.get(LedgerRow, sealing().row_id(id))
        assert stored is not None, f"no row for {id}"
        return stored.record

    def entry(self, person: str) -> Entry | None:
        """Return the entry of a person."""
        stored = self.sealed.get(Entry, sealing().entry_id(person))
        return stored.record if stored else None

    def warned(self) -> list[str]:
        """Return what `status` warns of; of published files this office has none."""
        reply = status.run(
            status.StatusOrder(),
            CALLER,
            campaign=CAMPAIGN,
            state=self.state,
            published=FakePublished(),
            reports=FakePublished(),
            address="",
            clock=self.clock,
        )
        return [line for line in reply.summary if line.startswith("【")]

    def one(self, kind: type[R]) -> R:
        """Return the one record of a kind."""
        stored = self.state.get(kind, ONLY)
        assert stored is not None, f"no {kind.__name__}"
        return stored.record


def never_asked(wanted: set[str]) -> Mapping[str, str]:
    """Stand for reading the form where nothing need be read."""
    raise AssertionError(f"asked for {len(wanted)} response ids")


def judged(*responses: Document) -> list[Judged]:
    """Judge responses by the campaign."""
    judge = Judge(CAMPAIGN, IDS)
    return [judge.judge(response) for response in responses]


def indexed(*responses: Document) -> list[Indexed]:
    """Judge responses by the campaign and give them their ids, as `intake` hands them to the ledger."""
    return list(map(sealing().indexed, judged(*responses)))
