"""
List the letters that are due, and to whom they go.

A person gets one letter of a kind: `receipt` if the campaign sends receipts, `winner` or `promoted`, one `reminder` if
a fresh CSV shows before the deadline that they have not registered (`mail.reminders`), and `changed` once where their
prize goes was changed; what an operator has sent again (`again`) is due until it has left. The ward gets `rules`,
`commitment` and `record`. A letter that tells of a prize names the deadline that follows from the day on which it is
written, and goes no more when even the campaign's last has passed.

What is due, and to whom, is what the published files say, each believed by its signature; of `state` only how far a
prize is on its way, and who has withdrawn by a mark that is signed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Refused
from prizedraw.fulfilment import holders, withdrawals
from prizedraw.fulfilment.holders import Holder, Places, Standing
from prizedraw.fulfilment.letters import Term
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.opening import MIRROR_DIFFERS
from prizedraw.mail import reminders as reminding
from prizedraw.mail.outbox import Letter
from prizedraw.mail.receipts import person_of
from prizedraw.mail.reminders import reminders
from prizedraw.ports import Clock, Prf, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Entry
from prizedraw.records.fulfilment import Claim, Import
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.mail import WARD, MailRow
from prizedraw.records.running import ONLY
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.sealing import ContactOpener
from prizedraw.times import unstamp

if TYPE_CHECKING:
    from prizedraw.lottery.published import Committed, PublishedDraw, Recorded
    from prizedraw.mail.letter_writer import LetterWriter

JUST_NOW = timedelta(minutes=10)
"""Rules that were published since this run began to read are not missing."""


@dataclass(frozen=True, kw_only=True)
class DueLetters:
    """
    The *letters* that are due, those already sent included, the most urgent first.

    *fault*: a published file is not ours, or does not fit the others, so that what it says is due is not known.
    """

    letters: list[Letter]
    fault: Broken | None


@dataclass(frozen=True, kw_only=True)
class Notices:
    """The letters of a campaign: the published *draw* and the records tell which are due; two keys to write them."""

    campaign: Campaign
    sealed: Reader
    state: Reader
    draw: "PublishedDraw | None"
    contact: ContactOpener = field(repr=False)
    claim: Prf = field(repr=False)
    clock: Clock

    def due(self, rows: Mapping[str, MailRow]) -> DueLetters:
        """List the letters that are due by now; a file that is not ours keeps back only what rests on it."""
        letters: list[Letter] = []
        fault: Broken | None = None
        parts: tuple[Callable[[], Iterator[Letter]], ...] = (
            self._of_rules,
            self._of_commitment,
            self._of_record,
            partial(self._to_holders, rows),
            self._to_entrants,
        )
        for part in parts:
            try:
                letters += part()
            except Broken as error:
                fault = fault or error
        return DueLetters(letters=letters, fault=fault)

    @cached_property
    def _writer(self) -> "LetterWriter":
        from prizedraw.mail.letter_writer import LetterWriter  # noqa: PLC0415  before there are rules nothing is written

        return LetterWriter(
            campaign=self.campaign, sealed=self.sealed, contact=self.contact, claim=self.claim, clock=self.clock
        )

    def awaits_draw(self) -> bool:
        """Tell whether the pool is fixed and nothing is drawn; Broken if a file is not ours, which `due` tells too."""
        return self._committed is not None and self._recorded is None

    @cached_property
    def _committed(self) -> "Committed | None":
        return self.draw.commitment(self.clock) if self.draw is not None else None

    @cached_property
    def _recorded(self) -> "Recorded | None":
        return self.draw.record(self.clock) if self.draw is not None else None

    def _of_rules(self) -> Iterator[Letter]:
        """Yield the first of the mails that make the ward a witness, as soon as what they carry is published."""
        if self.draw is not None:
            yield Letter("rules", WARD, partial(self._writer.rules, self.draw))
            return
        prepared = self.state.get(Prepared, ONLY)
        at = prepared.record.prepared_at if prepared is not None else ""
        if at and self.clock() >= unstamp(at) + JUST_NOW:
            raise Broken(MIRROR_DIFFERS, file=RULES)

    def _of_commitment(self) -> Iterator[Letter]:
        is_mirrored = self.state.get(Frozen, ONLY) is not None  # first: a mirror is written after its file
        if self.draw is not None and self._committed is not None:
            yield Letter("commitment", WARD, partial(self._writer.commitment, self.draw, self._committed))
        elif is_mirrored:
            raise Broken(MIRROR_DIFFERS, file=COMMITMENT)

    def _of_record(self) -> Iterator[Letter]:
        is_mirrored = self.state.get(Drawn, ONLY) is not None
        if self.draw is not None and self._recorded is not None:
            yield Letter("record", WARD, partial(self._writer.record, self.draw, self._recorded))
        elif is_mirrored:
            raise Broken(MIRROR_DIFFERS, file=RECORD)

    def _to_holders(self, rows: Mapping[str, MailRow]) -> Iterator[Letter]:
        """
        Yield a mail to whoever holds a place, in the rules' order of prizes, then word of changes, then the reminders.

        Whoever has withdrawn and was erased still holds a place until `forfeit` passes it on, and gets no further mail.
        """
        if self._recorded is None:
            return
        standing = self.standing(rows)
        now, term = self.clock(), Term.of(self.campaign)
        for holder in standing.holders:
            if holder.told is not None or now < term.last:
                write, still = partial(self._writer.first, holder, term), partial(self._holds_still, holder)
                yield Letter(holder.letter, holder.label, write, is_due=still)
        for holder in standing.holders:
            if holder.changed:  # to the address of the entry, which who merely knows the claim code does not read
                write, still = partial(self._writer.changed, holder), partial(self._holds_still, holder)
                yield Letter("changed", holder.label, write, is_due=still)
        for holder in reminders(standing, self.state.scan(Import), rows, now).due:
            write = partial(self._writer.award, reminding.KIND, holder, holder.deadline)
            yield Letter(reminding.KIND, holder.label, write, is_due=partial(self._is_missing_still, holder))
        held = {holder.label: holder for holder in standing.holders if now < holder.deadline}
        for row in rows.values():
            if row.is_again and row.label in held:
                yield self.again(held[row.label], row.kind, int(row.id[-1]))

    def _holds_still(self, holder: Holder) -> bool:
        """
        Decide once more, right before the mail, whether somebody holds their place, by the one file that ends it.

        A place that was given back is not let go of again; who is erased on request is not while mails are sent.
        """
        draw, _ = self._drawn
        return holder.restored or not draw.is_given_up(holder.label)

    def _is_missing_still(self, holder: Holder) -> bool:
        """Decide once more, right before the mail, whether somebody is reminded: they may have registered meanwhile."""
        if not self._holds_still(holder):
            return False
        is_claimed = self.state.get(Claim, holder.label) is not None
        alone = Standing((replace(holder, claimed=is_claimed),), {})
        return bool(reminders(alone, self.state.scan(Import), {}, self.clock()).due)

    @property
    def _drawn(self) -> "tuple[PublishedDraw, Recorded]":
        if self.draw is None or self._recorded is None:
            raise Refused(NOT_DRAWN)
        return self.draw, self._recorded

    @cached_property
    def places(self) -> Places:
        """Return what the files say of the places; Refused before the draw, Broken if a file is not ours."""
        draw, recorded = self._drawn
        return Places.of(draw, recorded, self.clock)

    def standing(self, rows: Mapping[str, MailRow]) -> Standing:
        """Return who holds what, less those who have withdrawn, and when *rows* told them; raise as `places` does."""
        draw, _ = self._drawn
        withdrawn = withdrawals.read(self.campaign.id, self.state, draw.key)
        held = self.places.standing(self.campaign)
        return holders.on_their_way(held, self.state, lambda row: row.id in rows).without(withdrawn)

    def again(self, holder: Holder, kind: str, nth: int) -> Letter:
        """Return a mail that has been sent, in the same words, for the *nth* time."""
        if kind == "changed":
            write = partial(self._writer.changed, holder, nth)
        else:
            write = partial(self._writer.award, kind, holder, holder.deadline, nth)
        return Letter(kind, holder.label, write, nth, partial(self._holds_still, holder))

    def _to_entrants(self) -> Iterator[Letter]:
        """Yield a receipt a person, where the campaign sends receipts, until the draw."""
        if not self.campaign.mail.receipts or self._recorded is not None:
            return
        for (entry,) in self.sealed.project(Entry, ("id",)):
            yield Letter("receipt", person_of(self.claim, entry), partial(self._writer.receipt, entry))
