"""
Describe the parts of a campaign file, one model a map of the file, read strictly.

Times are UTC; a date is a day in Japan, and as a limit it counts to its end. The texts of the form's questions are
matched as they are written.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from prizedraw.campaign import checks
from prizedraw.typed.answers import normal

Answers = Mapping[str, Sequence[str]]
"""What one person answered: the values by the question's name; a question left open is absent or empty."""

FEWEST = 3
"""The lowest threshold of small cells."""


def _shape(pattern: str, sentence: str) -> Callable[[str], str]:
    """Make a check of one value's shape."""
    matches = re.compile(pattern, re.ASCII).fullmatch

    def check_shape(value: str) -> str:
        if not matches(value):
            raise ValueError(sentence)
        return value

    return check_shape


Day = Annotated[date, PlainValidator(checks.day)]
Moment = Annotated[datetime, PlainValidator(checks.moment)]
Text = Annotated[str, AfterValidator(checks.text)]
Texts = Annotated[tuple[Text, ...], Field(min_length=1)]
Url = Annotated[str, AfterValidator(checks.https_url)]
Address = Annotated[str, AfterValidator(checks.address)]
CampaignId = Annotated[
    str, AfterValidator(_shape(r"[a-z](?:-?[a-z0-9]){2,39}", "英小文字で始め、英小文字・数字・ハイフンで3〜40字です。"))
]
FormId = Annotated[
    str,
    AfterValidator(
        _shape(r"(?!1FAIpQL)[A-Za-z0-9_-]{25,100}", "編集画面の URL の /d/ と /edit の間を写してください。")
    ),
]
QuestionId = Annotated[
    str, AfterValidator(_shape(r"[a-z][a-z0-9_]{0,31}", "英小文字で始め、英小文字・数字・下線で32字までです。"))
]
PrizeId = Annotated[str, AfterValidator(_shape(r"[A-Za-z0-9_-]{1,32}", "英数字・ハイフン・下線で32字までです。"))]
Hex32 = Annotated[str, AfterValidator(_shape(r"[0-9a-f]{64}", "16進数（0〜9、a〜f）64字です。"))]
Hex96 = Annotated[str, AfterValidator(_shape(r"[0-9a-f]{192}", "16進数（0〜9、a〜f）192字です。"))]


class Part(BaseModel):
    """A map of the file: read strictly, never changed, its values kept out of errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True)


class HandlingSection(Part):
    """The first and the last day on which personal data is handled, both included."""

    begins: Day
    ends: Day


class Columns(Part):
    """The headers of the claim form's CSV."""

    receipt: Text
    code: Text
    name: Text
    postal_code: Text
    address: Text
    phone: Text
    sent_at: Text


class ClaimSection(Part):
    """Where winners type their address, and until the end of which day: the first winners, the last reserve."""

    url: Url
    deadline: Day
    last: Day
    columns: Columns


class FormSection(Part):
    """The Google Form, by its Drive file id."""

    id: FormId


class EmailQuestion(Part):
    """Whether a question of that title asks for the address, or the form collects it (`respondentEmail`)."""

    source: Literal["question", "respondent"]
    title: Text | None = None


class Consent(Part):
    """The question of consent and the one answer that means yes."""

    title: Text
    answer: Text


class ChoiceQuestion(Part):
    """A question with one choice among options."""

    title: Text
    options: Texts


class Group(Part):
    """Options that are counted together where a question is crossed with others; no answer (`無回答`) may be one."""

    name: Text
    options: Texts


class GroupedQuestion(ChoiceQuestion):
    """A question by which the others are crossed: in *groups* if there are any, each option in one of them."""

    groups: tuple[Group, ...] = ()


class QuizQuestion(Part):
    """A quiz question and the answers that are right, as written by hand; `Campaign.answer_key` folds them."""

    id: QuestionId
    title: Text
    answers: Texts


class SurveyQuestion(Part):
    """
    A survey question; free text has no options.

    *ordered*: the options are a scale, and stay in their order where others are sorted by size. *unanswered_with*: the
    option with which no answer is counted.
    """

    id: QuestionId
    title: Text
    kind: Literal["choice", "choices", "text"]
    options: Texts = ()
    ordered: bool = False
    unanswered_with: Text | None = None


class Questions(Part):
    """The questions of the form, by their titles."""

    email: EmailQuestion
    consent: Consent
    age_group: GroupedQuestion
    area: GroupedQuestion
    quiz: tuple[QuizQuestion, ...]
    survey: tuple[SurveyQuestion, ...]


class Wish(Part):
    """The demand that a question is answered with one of *answers*; in normal form, like the form's options."""

    question: str
    answers: Texts

    def met_by(self, values: Sequence[str]) -> bool:
        """Tell whether one of the *values* that were answered is among the answers wanted."""
        return not self._wanted.isdisjoint(values) or any(normal(value) in self._wanted for value in values)

    @cached_property
    def _wanted(self) -> frozenset[str]:
        return frozenset(map(normal, self.answers))


class Requirements(Part):
    """What an entry must satisfy to stand for a prize."""

    min_correct: int = Field(ge=0)
    choice: Wish | None = None

    def met_by(self, score: int, answers: Answers) -> bool:
        """Tell whether *score* right quiz answers and the other *answers* suffice."""
        if score < self.min_correct:
            return False
        return self.choice is None or self.choice.met_by(answers.get(self.choice.question, ()))


class PrizeOffer(Part):
    """A prize; the order in the file is the order of the draw."""

    id: PrizeId
    name: Text
    quantity: int = Field(ge=1, le=100_000)
    reserves: int = Field(ge=0, le=100_000)
    requires: Requirements


class DrandChoice(Part):
    """A drand chain, pinned: hash and public key in hex, period in seconds, genesis in Unix seconds."""

    kind: Literal["drand"]
    chain: Hex32
    public_key: Hex96
    period: int = Field(ge=1, le=86_400)
    genesis: int = Field(ge=1)


class WardChoice(Part):
    """A number that the ward draws and gives; *given_by* are the posts, never persons, from which it is taken."""

    kind: Literal["ward"]
    given_by: tuple[Text, ...] = ()


class HsmChoice(Part):
    """Random bytes of Cloud KMS."""

    kind: Literal["hsm"]


class MailSection(Part):
    """The sender and the limits of its mailbox."""

    sender_name: Text
    sender_address: Address
    per_day: int = Field(ge=1, le=2_000)
    per_minute: int = Field(ge=1, le=150)
    receipts: bool


class WardSection(Part):
    """
    The ward's office: contact of the mails, and receiver of rules, commitment and record.

    *head*: to whom the report of the erasure is addressed, such as 新宿区長.
    *page*: where its site says how our mails look, if it does.
    """

    name: Text
    section: Text
    head: Text | None = None
    phone: Text
    hours: Text
    email: Address
    page: Url | None = None


class ContractorSection(Part):
    """
    The contractor and the role that answers for the handling of personal data.

    What the report of the erasure says besides, as the contract has it: *address*, the *representative*'s title and
    name, and the *officer*'s, who has that role. What is not given is left in the report to be filled in by hand.
    """

    name: Text
    responsible: Text
    address: Text | None = None
    representative: Text | None = None
    officer: Text | None = None
    phone: Text
    email: Address


class ContractSection(Part):
    """The contract, as the report of the erasure names it, and the work that the ward has registered it for."""

    name: Text | None = None
    number: Text | None = None
    work: Text | None = None


class Subcontractor(Part):
    """Somebody whom the contractor lets handle personal data, and what they do."""

    name: Text
    does: Text


class AnalysisSection(Part):
    """Below which count a cell is suppressed."""

    threshold: int = Field(ge=FEWEST, le=1_000)


class ShippingSection(Part):
    """The columns of the shipping list."""

    style: Literal["plain", "yamato_b2"]
