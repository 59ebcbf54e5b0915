"""
Define a campaign: what its YAML file says, checked as a whole, and what follows from it.

`check` lists every fault of a file at once, in Japanese, each with its line. `load` is for the functions, whose
archive holds a file that was checked before it was shipped. Times are UTC; a date counts as that day in Japan.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from prizedraw.campaign import checks, parts, yaml_text
from prizedraw.campaign.faults import FileFault, faults_of, findings_of
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.times import japanese, japanese_until
from prizedraw.typed.answers import answers_quiz, graded, normal

FAULTY = Problem(
    "E-102",
    "定義ファイルに{count}件の誤りがあります。構築担当に連絡し、次の点を直して配置し直してください。{faults}",
)
ABSENT = Problem("E-103", "定義ファイルが見つかりません。構築担当に連絡してください。")
MISNAMED = Problem("E-104", "定義ファイルの名前と、その中の記号（id）が違います。構築担当に連絡してください。")

_DAY = timedelta(days=1)
_SETTLING = timedelta(minutes=10)
"""After closing, a response of the last minute may still become visible late."""
MAILED_BEFORE = timedelta(days=30)
"""So long before opening `notify` begins to be called (infra/terraform/schedules.tf)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    One question that the form must ask: its *name* in the campaign file, its title, and what kind it is.

    *options* are all options of the question, in order; of the consent question only the answer that means yes.
    A quiz question (*kind* `quiz`) may be asked as text or as a choice.
    """

    name: str
    title: str
    kind: Literal["choice", "choices", "text", "quiz", "consent"]
    options: tuple[str, ...] = ()


class Campaign(parts.Part, defer_build=False):
    """A campaign file that is free of faults (`check`); properties say what follows from it."""

    id: parts.CampaignId
    title: parts.Text
    expected_entrants: int = Field(ge=1, le=1_000_000)
    handling: parts.HandlingSection
    opens_at: parts.Moment
    closes_at: parts.Moment
    draw_at: parts.Moment
    claim: parts.ClaimSection
    ship_by: parts.Day
    erase_from: parts.Day
    form: parts.FormSection
    questions: parts.Questions
    prizes: Annotated[tuple[parts.PrizeOffer, ...], Field(min_length=1)]
    randomness: Annotated[parts.DrandChoice | parts.WardChoice | parts.HsmChoice, Field(discriminator="kind")]
    mail: parts.MailSection
    ward: parts.WardSection
    contractor: parts.ContractorSection
    contract: parts.ContractSection = parts.ContractSection()
    subcontractors: tuple[parts.Subcontractor, ...] = ()
    analysis: parts.AnalysisSection
    shipping: parts.ShippingSection

    @property
    def handling_ends_at(self) -> datetime:
        """Return the first moment after the handling period."""
        return checks.start_of(self.handling.ends + _DAY)

    @property
    def mails_from(self) -> datetime:
        """Return the moment from which `notify` is called."""
        return self.opens_at - MAILED_BEFORE

    @property
    def settled_at(self) -> datetime:
        """Return the moment from which a read of the whole form finds every response that was sent in time."""
        return self.closes_at + _SETTLING

    @property
    def claim_deadline_at(self) -> datetime:
        """Return the moment from which the first winners' claims are late."""
        return checks.start_of(self.claim.deadline + _DAY)

    @property
    def claim_last_at(self) -> datetime:
        """Return the moment from which every claim is late."""
        return checks.start_of(self.claim.last + _DAY)

    @property
    def ship_by_at(self) -> datetime:
        """Return the first moment after the day by which prizes must be shipped."""
        return checks.start_of(self.ship_by + _DAY)

    @property
    def erase_from_at(self) -> datetime:
        """Return the moment from which erasure is due."""
        return checks.start_of(self.erase_from)

    @property
    def entry_period_text(self) -> str:
        """Show the entry period: `2月3日（火）10:00から3月1日（日）23:59まで`."""
        return f"{japanese(self.opens_at)}から{japanese_until(self.closes_at)}まで"

    @property
    def draw_text(self) -> str:
        """Show the time of the draw: `3月2日（月）13:00`."""
        return japanese(self.draw_at)

    @property
    def claim_deadline_text(self) -> str:
        """Show the last minute for the first winners: `3月11日（水）23:59`."""
        return japanese_until(self.claim_deadline_at)

    @property
    def claim_last_text(self) -> str:
        """Show the last minute for anybody: `3月18日（水）23:59`."""
        return japanese_until(self.claim_last_at)

    @property
    def posts(self) -> tuple[str, ...]:
        """Return the posts of the ward that may give its number; none where no number is given."""
        return self.randomness.given_by if isinstance(self.randomness, parts.WardChoice) else ()

    def prize(self, id: str) -> parts.PrizeOffer:
        """Return a prize. Raises KeyError: there is none of that id."""
        return {prize.id: prize for prize in self.prizes}[id]

    def survey_question(self, id: str) -> parts.SurveyQuestion:
        """Return a survey question. Raises KeyError: there is none of that id."""
        return {question.id: question for question in self.questions.survey}[id]

    def asked(self) -> tuple[Asked, ...]:
        """List the questions that the form must ask, in the file's order; an address that the form collects is none."""
        asks = self.questions
        email = [Asked(name="email", title=asks.email.title, kind="text")] if asks.email.title else []
        return (
            *email,
            Asked(name="consent", title=asks.consent.title, kind="consent", options=(asks.consent.answer,)),
            Asked(name="age_group", title=asks.age_group.title, kind="choice", options=asks.age_group.options),
            Asked(name="area", title=asks.area.title, kind="choice", options=asks.area.options),
            *(Asked(name=quiz.id, title=quiz.title, kind="quiz") for quiz in asks.quiz),
            *(Asked(name=one.id, title=one.title, kind=one.kind, options=one.options) for one in asks.survey),
        )

    def answer_key(self) -> dict[str, list[str]]:
        """Return the accepted answers by quiz question: in normal form (`answers`), each once, sorted by code point."""
        return {question.id: sorted(set(map(normal, question.answers))) for question in self.questions.quiz}

    def quiz_score(self, answers: parts.Answers) -> int:
        """Count the quiz questions that were answered rightly. The form's own grading is not asked."""
        return sum([answers_quiz(answers.get(name, ()), accepted) for name, accepted in self.right_answers.items()])

    def stands_for(self, answers: parts.Answers) -> tuple[str, ...]:
        """Return the ids of the prizes that such answers stand for, in the file's order; often none."""
        score = self.quiz_score(answers)
        return tuple([prize.id for prize in self.prizes if prize.requires.met_by(score, answers)])

    def eligibility_text(self) -> list[str]:
        """Say in Japanese who may enter and who stands for which prize, a sentence each, as the rules publish it."""
        consent = self.questions.consent
        sentences = [
            f"応募の受付は{self.entry_period_text}です。",
            f"「{consent.title}」に「{consent.answer}」と答えた方が応募できます。",
            "応募はお一人一回です。同じメールアドレスからの応募は、最初に送信されたものを有効とします。",
            "当選は、補欠を含めてお一人一点までです。",
        ]
        return sentences + [
            f"「{prize.name}」の抽選の対象：{self._condition(prize.requires)}。" for prize in self.prizes
        ]

    def _condition(self, requires: parts.Requirements) -> str:
        """Say one prize's conditions."""
        total, least, choice = len(self.questions.quiz), requires.min_correct, requires.choice
        quiz = f"クイズ{total}問のうち{least}問以上に正解し" if least < total else f"クイズ{total}問のすべてに正解し"
        if choice is None:
            return f"{quiz}た方" if least else "応募したすべての方"
        title = next(question.title for question in self.asked() if question.name == choice.question)
        wish = f"「{title}」に{'または'.join(f'「{answer}」' for answer in choice.answers)}と答えた方"
        return f"{quiz}、{wish}" if least else wish

    @cached_property
    def right_answers(self) -> dict[str, frozenset[str]]:
        """Return the accepted answers by quiz question, as they are compared (`answers.graded`)."""
        return {question.id: frozenset(map(graded, question.answers)) for question in self.questions.quiz}


def check(data: bytes | str) -> Campaign | list[FileFault]:
    """Read a campaign file, UTF-8. Return the campaign, or every fault of the file in the order of its lines."""
    source = yaml_text.parse(data)
    findings = list(source.findings)
    if source.value is not None:
        paths = {finding.path for finding in findings}
        findings += checks.findings(source.value)
        try:
            campaign = Campaign.model_validate(source.value)
        except ValidationError as error:
            findings += [finding for finding in findings_of(error, source.value) if finding.path not in paths]
        else:
            if not findings:
                return campaign
    return faults_of(source, findings)


def load(path: Path) -> Campaign:
    """
    Load the campaign file `<id>.yaml` of a function's archive.

    Raises:
        Broken: there is no such file, or it holds another campaign.
        Refused: it has faults; all are listed, each with its place.
    """
    try:
        data = path.read_bytes()
    except OSError:
        raise Broken(ABSENT) from None
    checked = check(data)
    if not isinstance(checked, Campaign):
        raise Refused(FAULTY, count=len(checked), faults=" ／ ".join(map(str, checked)))
    if checked.id != path.stem:
        raise Broken(MISNAMED)
    return checked
