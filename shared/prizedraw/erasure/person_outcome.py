"""What a call of `erase` for one person came to: all that its reply is made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from prizedraw.records.entries import LedgerRow
from prizedraw.records.erasure import Erasing, PersonRequest
from prizedraw.records.lottery import AwardedPlace


@dataclass(frozen=True, kw_only=True)
class UnknownPerson:
    """Nobody of that claim code (*by_code*), or of that address, is known."""

    by_code: bool


@dataclass(frozen=True, kw_only=True)
class EverybodyErased:
    """Everybody is being erased, and nobody needs to be by themselves."""

    erasing: Erasing


@dataclass(frozen=True, kw_only=True)
class ToErasePerson:
    """
    Something is stored of one person, who would be erased with the *code*; what it is nobody is told before.

    *by_email* tells how they were looked up, *is_page* whether the receipt is wanted as a page. *is_frozen* and
    *is_drawn* are of the campaign, not of the person.
    """

    code: str
    by_email: bool
    is_page: bool
    is_frozen: bool
    is_drawn: bool


@dataclass(frozen=True, kw_only=True)
class ToTellErased:
    """One person was erased before, and the *code* lets their receipt be seen again; *receipt* is its number."""

    code: str
    by_email: bool
    is_page: bool
    receipt: str


@dataclass(frozen=True, kw_only=True)
class PersonErased:
    """
    One person was erased, now (*is_new*) or before; *rows* are what is left of their responses in the ledger.

    *award* is the place that their label got, if any.
    """

    request: PersonRequest
    rows: Sequence[LedgerRow]
    award: AwardedPlace | None
    is_new: bool
    mailbox_problem: str = ""


PersonOutcome = UnknownPerson | EverybodyErased | ToErasePerson | ToTellErased | PersonErased
