"""
Write each letter that is due, when its turn to be sent has come: whom it goes to, what it tells, what goes with it.

Which are due is for `due`; how a letter looks is for `written` and `compose`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE, UNSIGNED
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder
from prizedraw.fulfilment.letters import Term
from prizedraw.lottery.files import Rules
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.published import Committed, PublishedDraw, Recorded
from prizedraw.lottery.randomness import WardValue, is_public
from prizedraw.mail import hours
from prizedraw.mail.compose import Attachment
from prizedraw.mail.outbox import Overtaken
from prizedraw.mail.receipts import person_of
from prizedraw.mail.references import reference
from prizedraw.mail.written import Letterhead
from prizedraw.ports import Clock, Prf, Reader
from prizedraw.records.entries import Entry
from prizedraw.records.mail import WARD, row_id
from prizedraw.sealing import ContactOpener
from prizedraw.times import japanese_moment, moment_until

NO_ENTRY = Problem("E-601", "当選した応募の記録が見つかりません。作業を止めて保守担当に連絡してください。")


@dataclass(frozen=True, kw_only=True)
class LetterWriter:
    """
    The hand that writes a campaign's letters; each is RFC 5322 bytes.

    Raises:
        Broken: the entry of a holder, or a published file, is not there as it was; or an address does not open.
        Final: what should stand in a letter cannot.
    """

    campaign: Campaign
    sealed: Reader
    contact: ContactOpener = field(repr=False)
    claim: Prf = field(repr=False)
    clock: Clock

    @cached_property
    def _letterhead(self) -> Letterhead:
        return Letterhead(campaign=self.campaign)

    def first(self, holder: Holder, term: Term) -> bytes:
        """Write what tells somebody of their prize; their days begin today, if not before."""
        return self.award(holder.letter, holder, term.ends(max(holder.since, self.clock())))

    def award(self, kind: str, holder: Holder, deadline: datetime, nth: int = 1) -> bytes:
        """Write what tells somebody of their prize, or reminds them of it, for the *nth* time."""
        code = claim_code.code_for(self.claim, holder.label, holder.prize)
        values = self._letterhead.award(holder.prize, code, deadline) | {"holder_number": number_of(holder.label)}
        return self._to_person(kind, holder.label, values, nth)

    def changed(self, holder: Holder, nth: int = 1) -> bytes:
        """Write that where the prize goes was changed."""
        values = {"prize": self.campaign.prize(holder.prize).name, "holder_number": number_of(holder.label)}
        return self._to_person("changed", holder.label, values, nth)

    def receipt(self, entry: str) -> bytes:
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

    def rules(self, draw: PublishedDraw) -> bytes:
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

    def commitment(self, draw: PublishedDraw, committed: Committed) -> bytes:
        """Write to the ward that the pool is fixed."""
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

    def record(self, draw: PublishedDraw, recorded: Recorded) -> bytes:
        """Write to the ward what was drawn."""
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
