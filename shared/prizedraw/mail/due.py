"""
List the letters that are due, to whom they go, and how each is written.

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
from datetime import datetime, timedelta
from functools import cached_property, partial

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE, UNSIGNED
from prizedraw.fulfilment import claim_code, holders, withdrawals
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder, Places, Standing
from prizedraw.fulfilment.letters import Term
from prizedraw.lottery import forfeit_file
from prizedraw.lottery.files import Rules
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.published import MIRROR_DIFFERS, Committed, PublishedDraw, Recorded
from prizedraw.lottery.randomness import WardValue, is_public
from prizedraw.mail import hours
from prizedraw.mail import reminders as reminding
from prizedraw.mail.compose import Attachment
from prizedraw.mail.outbox import Letter, Overtaken
from prizedraw.mail.receipts import person_of
from prizedraw.mail.reminders import reminders
from prizedraw.mail.written import Letterhead
from prizedraw.ports import Clock, Prf, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Entry
from prizedraw.records.fulfilment import Claim, Import
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.mail import WARD, MailRow, row_id
from prizedraw.records.running import ONLY
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.sealing import ContactOpener
from prizedraw.times import japanese_moment, moment_until, unstamp

JUST_NOW = timedelta(minutes=10)
"""Rules that were published since this run began to read are not missing."""

_TAG_CHARACTERS = 10

NO_ENTRY = Problem("E-601", "当選した応募の記録が見つかりません。作業を止めて保守担当に連絡してください。")


def reference(claim: Prf, id: str) -> str:
    """
    Return the reference that a letter carries: the id of its row and a keyed tag.

    Labels are public, and anybody can send a mail that looks like a returned one; only we can make the tag.
    """
    return f"{id}-{claim.value(b'reference' + id.encode()).hex()[:_TAG_CHARACTERS]}"


def row_of(claim: Prf, named: str) -> str | None:
    """Return the id of the row that the reference *named* stands for, or None if we did not make it."""
    id, _, _ = named.rpartition("-")
    return id if id and reference(claim, id) == named else None


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
    """The letters of a campaign, and what they are written from: the published *draw*, records and two keys."""

    campaign: Campaign
    sealed: Reader
    state: Reader
    draw: PublishedDraw | None
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
    def _letterhead(self) -> Letterhead:
        return Letterhead(campaign=self.campaign)

    def awaits_draw(self) -> bool:
        """Tell whether the pool is fixed and nothing is drawn; Broken if a file is not ours, which `due` tells too."""
        return self._committed is not None and self._recorded is None

    @cached_property
    def _committed(self) -> Committed | None:
        return self.draw.commitment(self.clock) if self.draw is not None else None

    @cached_property
    def _recorded(self) -> Recorded | None:
        return self.draw.record(self.clock) if self.draw is not None else None

    def _of_rules(self) -> Iterator[Letter]:
        """Yield the first of the mails that make the ward a witness, as soon as what they carry is published."""
        if self.draw is not None:
            yield Letter("rules", WARD, partial(self._rules, self.draw))
            return
        prepared = self.state.get(Prepared, ONLY)
        at = prepared.record.prepared_at if prepared is not None else ""
        if at and self.clock() >= unstamp(at) + JUST_NOW:
            raise Broken(MIRROR_DIFFERS, file=RULES)

    def _of_commitment(self) -> Iterator[Letter]:
        is_mirrored = self.state.get(Frozen, ONLY) is not None  # first: a mirror is written after its file
        if self.draw is not None and self._committed is not None:
            yield Letter("commitment", WARD, partial(self._commitment, self.draw, self._committed))
        elif is_mirrored:
            raise Broken(MIRROR_DIFFERS, file=COMMITMENT)

    def _of_record(self) -> Iterator[Letter]:
        is_mirrored = self.state.get(Drawn, ONLY) is not None
        if self.draw is not None and self._recorded is not None:
            yield Letter("record", WARD, partial(self._record, self.draw, self._recorded))
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
                write, still = partial(self._first, holder, term), partial(self._holds_still, holder)
                yield Letter(holder.letter, holder.label, write, is_due=still)
        for holder in standing.holders:
            if holder.changed:  # to the address of the entry, which who merely knows the claim code does not read
                write, still = partial(self._changed, holder), partial(self._holds_still, holder)
                yield Letter("changed", holder.label, write, is_due=still)
        for holder in reminders(standing, self.state.scan(Import), rows, now).due:
            write = partial(self._award, reminding.KIND, holder, holder.deadline)
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
        is_given_up = self.draw is not None and self.draw.files.find(forfeit_file.name_of(holder.label)) is not None
        return holder.restored or not is_given_up

    def _is_missing_still(self, holder: Holder) -> bool:
        """Decide once more, right before the mail, whether somebody is reminded: they may have registered meanwhile."""
        if not self._holds_still(holder):
            return False
        is_claimed = self.state.get(Claim, holder.label) is not None
        alone = Standing((replace(holder, claimed=is_claimed),), {})
        return bool(reminders(alone, self.state.scan(Import), {}, self.clock()).due)

    @property
    def _drawn(self) -> tuple[PublishedDraw, Recorded]:
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
        changed, award = partial(self._changed, holder, nth), partial(self._award, kind, holder, holder.deadline, nth)
        still = partial(self._holds_still, holder)
        return Letter(kind, holder.label, changed if kind == "changed" else award, nth, still)

    def _to_entrants(self) -> Iterator[Letter]:
        """Yield a receipt a person, where the campaign sends receipts, until the draw."""
        if not self.campaign.mail.receipts or self._recorded is not None:
            return
        for (entry,) in self.sealed.project(Entry, ("id",)):
            yield Letter("receipt", person_of(self.claim, entry), partial(self._receipt, entry))

    def _first(self, holder: Holder, term: Term) -> bytes:
        """Write what tells somebody of their prize; their days begin today, if not before."""
        return self._award(holder.letter, holder, term.ends(max(holder.since, self.clock())))

    def _award(self, kind: str, holder: Holder, deadline: datetime, nth: int = 1) -> bytes:
        code = claim_code.code_for(self.claim, holder.label, holder.prize)
        values = self._letterhead.award(holder.prize, code, deadline) | {"holder_number": number_of(holder.label)}
        return self._to_person(kind, holder.label, values, nth)

    def _changed(self, holder: Holder, nth: int = 1) -> bytes:
        values = {"prize": self.campaign.prize(holder.prize).name, "holder_number": number_of(holder.label)}
        return self._to_person("changed", holder.label, values, nth)

    def _receipt(self, entry: str) -> bytes:
        """Write to whoever holds an entry now; Overtaken if nobody does: the address was edited, for example."""
        stored = self.sealed.get(Entry, entry)
        if stored is None:
            raise Overtaken
        to = self.contact.open(stored.record.candidate.label, stored.record.candidate.contact)
        id = row_id("receipt", person_of(self.claim, entry))
        return self._compose("receipt", to, id, {"draw_at": self.campaign.draw_text})

    def _to_person(self, kind: str, label: str, values: Mapping[str, str], nth: int) -> bytes:
        entries = self.sealed.find(Entry, "label", label)
        if len(entries) != 1:
            raise Broken(NO_ENTRY)
        to = self.contact.open(label, entries[0].candidate.contact)
        return self._compose(kind, to, row_id(kind, label, nth), values)

    def _rules(self, draw: PublishedDraw) -> bytes:
        """Write the anchor: whatever is shown later is held against these two hashes, so both are the files' own."""
        rules = draw.rules
        values = {
            "rules_hash": draw.rules_hash,
            "evidence_key": draw.key.hash,
            "opens_at": japanese_moment(rules.opens_at),
            "closes_at": moment_until(rules.closes_at),
            "draw_at": japanese_moment(rules.draw_at),
            "randomness": _kind(rules),
        }
        return self._to_ward("rules", values, self._signed(draw, RULES, draw.rules_hash))

    def _commitment(self, draw: PublishedDraw, committed: Committed) -> bytes:
        commitment = committed.commitment
        values = {
            "commitment_hash": committed.hash,
            "received": str(commitment.received),
            "pool_size": str(commitment.pool_size),
            "frozen_at": japanese_moment(commitment.frozen_at),
            "draw_at": japanese_moment(commitment.draw_at),
            "randomness": _kind(draw.rules),
        }
        if self.campaign.posts:
            values["posts"] = "、".join(self.campaign.posts)
        return self._to_ward("commitment", values, self._signed(draw, COMMITMENT, committed.hash))

    def _record(self, draw: PublishedDraw, recorded: Recorded) -> bytes:
        record = recorded.record
        values = {
            "record_hash": recorded.hash,
            "commitment_hash": record.commitment_hash,
            "winners": str(sum(len(award.winners) for award in record.awards)),
            "reserves": str(sum(len(award.reserves) for award in record.awards)),
            "unawarded": str(sum(self.campaign.prize(a.prize).quantity - len(a.winners) for a in record.awards)),
            "drawn_at": japanese_moment(record.drawn_at),
            "mail_hours": hours.SPAN,
        }
        given = record.randomness
        if isinstance(given, WardValue):
            values |= {"number": given.text, "given_by": given.given_by, "given_at": japanese_moment(given.given_at)}
        return self._to_ward("record", values, self._signed(draw, RECORD, recorded.hash))

    def _to_ward(self, kind: str, values: Mapping[str, str], attachments: tuple[Attachment, ...]) -> bytes:
        return self._compose(kind, self.campaign.ward.email, row_id(kind, WARD), values, attachments)

    @staticmethod
    def _signed(draw: PublishedDraw, name: str, hash: str) -> tuple[Attachment, ...]:
        """
        Attach the published file that was judged, the signature that it bears, and the key that verifies it.

        Raises:
            Broken: what lies there now is not that file.
        """
        found = draw.files.find(name)
        if found is None or sha256_hex(found.data) != hash or not draw.key.verifies(found.data, found.signature):
            raise Broken(UNSIGNED, file=name)
        return (
            Attachment(name, found.data),
            Attachment(name + SIGNATURE, found.signature),
            Attachment(EVIDENCE, draw.key.pem),
        )

    def _compose(
        self, kind: str, to: str, id: str, values: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
    ) -> bytes:
        return self._letterhead.write(
            kind,
            to=to,
            values=values,
            reference=reference(self.claim, id),
            date=self.clock(),
            attachments=attachments,
        )


def _kind(rules: Rules) -> str:
    """Return where the randomness will come from, as the ward is told."""
    return rules.randomness.kind if is_public(rules.randomness) else "private"
