"""Say by which questions one run of `intake` judges: those of the form as it is, as far as it can be read."""

from dataclasses import dataclass

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.form_questions import questions
from prizedraw.entries.form_schema import AskedAnew, Ids
from prizedraw.entries.judging import Judge
from prizedraw.errors import PrizedrawError
from prizedraw.ports import Document, Form, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Reconciliation
from prizedraw.records.running import ONLY


@dataclass(frozen=True, kw_only=True)
class Asking:
    """
    The *form*, or None if it is away, and what is *asked* by it.

    *is_news*: a question was made anew of which the last full read did not know.
    """

    form: Document | None
    asked: AskedAnew
    is_news: bool

    def judge(self, campaign: Campaign) -> Judge:
        """Return what judges by these questions."""
        stand = frozenset(question.id for question in questions(self.form)) if self.form is not None else None
        return Judge(campaign, self.asked.questions, self.asked.also, stand)


def asking(campaign: Campaign, prepared: Prepared, form: Form, state: Reader, *, demanded: bool = False) -> Asking:
    """
    Resolve the questions by the form of now.

    If it is away, they are those of `prepare` and those that the last full read knew: its responses may be there all
    the same. If it is *demanded*, what is wrong with it is raised.
    """
    stored = state.get(Reconciliation, ONLY)
    known: Ids = {name: tuple(ids) for name, ids in stored.record.also.items()} if stored else {}
    try:
        found = form.form()
    except PrizedrawError:
        if demanded:
            raise
        asked = AskedAnew(questions=prepared.questions, differ=False, form_hash="", also=known)
        return Asking(form=None, asked=asked, is_news=False)
    asked = form_schema.ask_anew(campaign, found, prepared, known)
    return Asking(form=found, asked=asked, is_news=asked.also != known)
