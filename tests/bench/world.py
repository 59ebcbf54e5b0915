"""Hold what the rows share: how much is measured, the campaign, invented entrants, doubles of what costs nothing."""

import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.measure import ROOT
from prizedraw import intake
from prizedraw.adapters.firestore import database
from prizedraw.adapters.forms.response_page import rows_of
from prizedraw.adapters.keys import keysets
from prizedraw.campaign import definition
from prizedraw.entries import form_schema
from prizedraw.entries.ids import Envelopes
from prizedraw.entries.judging import Judge, Judged
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE
from prizedraw.lottery.files import Rules, quiz_hash
from prizedraw.lottery.names import RULES
from prizedraw.lottery.randomness import Hsm
from prizedraw.lottery.terms import terms_of
from prizedraw.ports import Document, ListedStore, Store, Watch
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from prizedraw.rehearsal import entrants
from prizedraw.rehearsal.entrants import ResponseKind
from prizedraw.runtime.orders import Caller, Message
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer, context, pad
from prizedraw.times import instant_of
from prizedraw.typed.crockford import LABEL_LENGTH
from support.clock import TIMES
from support.fakes.keys import MemoryKeys, MemorySigner
from support.fakes.published import FakePublished

FILE = ROOT / "infra" / "terraform" / "campaigns" / "shinjuku-rally-2026.yaml"
CAMPAIGN = definition.load(FILE)
FORM = entrants.form_of(CAMPAIGN)
QUESTIONS = form_schema.resolve(CAMPAIGN, FORM)[0]
PREPARED = Prepared(ONLY, QUESTIONS, form_schema.form_hash(FORM), "0" * 64, "00" * 16, "2026-01-31T00:00:00Z")
SCHEDULER = Caller("scheduler@rehearsal.iam.gserviceaccount.com", scheduled=True)
TICK = Message({"tick": "schedule"})
OPEN, CLOSED = CAMPAIGN.closes_at - timedelta(minutes=1), CAMPAIGN.closes_at + timedelta(hours=1)
PAGE = 5000
"""How many responses `forms.responses.list` returns at most."""
DATABASES = ("sealed", "state")
CONTACT_BYTES, PRF_BYTES = 320, 32
"""How long a padded address is, and a keyed value."""


@dataclass(frozen=True)
class Sizes:
    """
    Say how much is measured, and how often.

    *starts*: cold starts a function; *rounds*: turns of what is compared with a floor that is timed; *entries*:
    responses into the emulator, and for CPU and bill; *frozen*: responses before a freeze; *labels*: lines of a pool;
    *small*, *large*: for growth.
    """

    starts: int
    rounds: int
    entries: int
    frozen: int
    labels: int
    small: int
    large: int


FULL = Sizes(starts=7, rounds=6, entries=5_500, frozen=15_000, labels=1_000_000, small=2_500, large=25_000)
"""
All of it takes less than ten minutes on two cores. Where the ratio is the same for more (it is reckoned by the entry),
there are no more than tell it from what is paid once; 5,500 fill more than a page of the form.
"""
QUICK = Sizes(starts=1, rounds=1, entries=400, frozen=400, labels=2_000, small=200, large=400)


def invented(count: int, only_good: bool = False) -> list[Document]:
    """
    Invent *count* responses, in no order.

    The mixture is the rehearsal's (`entrants.PER_MILLE`): of a thousand 60 are of a person who is known, 50 were
    edited, 70 count for nothing. With *only_good* everybody is new and all is in time.
    """
    history = entrants.history_of(CAMPAIGN, FORM, count * 2 if only_good else count, seed=1)
    presses = [press for press in history if press.kind is ResponseKind.GOOD] if only_good else history
    rows = list({press.response["responseId"]: press.response for press in presses}.values())[:count]
    random.Random(1).shuffle(rows)
    return rows


def write_pages(folder: str, count: int, only_good: bool = False) -> None:
    """Write invented responses as the pages in which the form's service gives them."""
    rows = invented(count, only_good)
    for start in range(0, len(rows), PAGE):
        page = json.dumps({"responses": rows[start : start + PAGE]}, ensure_ascii=False)
        (Path(folder) / f"page-{start:08}.json").write_text(page, encoding="utf-8")


class PagedForm:
    """Be the form (ports `Form` and `Watches`): its pages are files, read and parsed when they are asked for."""

    def __init__(self, folder: str) -> None:
        self._pages = sorted(Path(folder).glob("page-*.json"))

    def form(self) -> Document:
        return FORM

    def responses(self, since: str | None = None) -> Iterator[Document]:
        for page in self._pages:
            yield from rows_of(page.read_bytes())

    def create(self) -> Watch:
        return Watch("watch", "ACTIVE", instant_of(CLOSED + timedelta(days=7)))

    def renew(self, id: str) -> Watch:
        return self.create()

    def delete(self, id: str) -> None:
        """Do nothing."""

    def list(self) -> list[Watch]:
        return [self.create()]


def judged(folder: str) -> Iterator[Judged]:
    """Yield every response of the pages, judged."""
    judge = Judge(CAMPAIGN, QUESTIONS)
    yield from map(judge.judge, PagedForm(folder).responses())


def cryptography(keys: MemoryKeys, responses: Iterable[Judged]) -> Callable[[], None]:
    """Return the least that a seal costs: for each readable response two calls of Tink's HPKE and one of its PRF."""
    contact, survey = (
        keysets.public_half(name, keys.stored(f"{name}-public")[0]) for name in (Purpose.CONTACT, Purpose.SURVEY)
    )
    index = keysets.prf_of("index", keys.wrapping.unwrap("index", keys.stored("index")[0]))
    label = "0" * LABEL_LENGTH
    plaintexts = [
        (pad(response.deliver.encode(), CONTACT_BYTES), response.answers, response.person.encode())
        for response in responses
        if response.reason is None
    ]

    def seal_and_index() -> None:
        for address, answers, person in plaintexts:
            contact.encrypt(address, context(CAMPAIGN.id, Purpose.CONTACT, label))
            survey.encrypt(answers, context(CAMPAIGN.id, Purpose.SURVEY, label))
            index.compute(person, PRF_BYTES)

    return seal_and_index


def settings() -> Settings:
    """Return the settings that a function would have on the emulator."""
    return Settings.from_env(
        {
            "CAMPAIGN": CAMPAIGN.id,
            "GOOGLE_CLOUD_PROJECT": "rehearsal",
            "LOCATION": "asia-northeast1",
            "SCHEDULER_ACCOUNT": SCHEDULER.principal,
        }
    )


def databases() -> tuple[ListedStore, ListedStore]:
    """Open both databases on the emulator."""
    sealed, state = (database.Database(settings(), name) for name in DATABASES)
    return sealed, state


def sealing(keys: MemoryKeys) -> Envelopes:
    """Return what `intake` can do with keys."""
    return Envelopes(
        ContactSealer(CAMPAIGN.id, keys.sealer(Purpose.CONTACT)),
        SurveySealer(CAMPAIGN.id, keys.sealer(Purpose.SURVEY)),
        keys.prf("index"),
    )


def take_in(folder: str, sealed: Store, state: Store, keys: MemoryKeys, closed: bool = False) -> None:
    """Run `intake` once; *closed*: after closing, when it reads everything once more and reconciles."""
    form = PagedForm(folder)
    intake.run(
        TICK,
        SCHEDULER,
        campaign=CAMPAIGN,
        sealed=sealed,
        state=state,
        form=form,
        watches=form,
        sealing=sealing(keys),
        times=TIMES,
        clock=lambda: CLOSED if closed else OPEN,
    )


def prepared(signer: MemorySigner) -> FakePublished:
    """Return what `prepare` publishes; the randomness is the HSM's, so that nothing waits for the network."""
    pem, published = signer.public_pem(), FakePublished()
    rules = Rules(
        campaign=CAMPAIGN.id,
        **terms_of(CAMPAIGN),
        quiz_hash=quiz_hash(bytes.fromhex(PREPARED.quiz_salt), CAMPAIGN.answer_key()),
        form_hash=PREPARED.form_hash,
        evidence_key=EvidenceKey(pem).hash,
        randomness=Hsm(),
    )
    for name, data in ((EVIDENCE, pem), (RULES, rules.to_bytes())):
        published.plant(name, data, signer.sign(data))
    return published
