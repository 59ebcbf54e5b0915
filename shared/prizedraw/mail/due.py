"""
List the letters that are due, to whom they go, and how each is written.

A person gets one letter of a kind: `receipt` if the campaign sends receipts, `winner` or `promoted`, one `reminder`
before the deadline if they have not registered, and `changed` once where their prize goes was changed. The ward gets
`rules`, `commitment` and `record`.
"""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken, Problem
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.fulfilment import claim_code, holders
from prizedraw.fulfilment.holders import Holder
from prizedraw.lottery.files import COMMITMENT, RECORD, RULES, Commitment, DrawRecord, Rules
from prizedraw.lottery.randomness import WardValue, is_public
from prizedraw.mail import compose, hours
from prizedraw.mail.compose import Attachment
from prizedraw.mail.outbox import Letter
from prizedraw.ports import Clock, Prf, PublishedFiles, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Entry
from prizedraw.records.fulfilment import Withdrawal
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.mail import SENT, WARD, MailRow
from prizedraw.records.running import ONLY
from prizedraw.sealing import ContactOpener
from prizedraw.times import instant_of, japanese, japanese_until

REMIND_BEFORE = timedelta(days=3)
"""A reminder goes so long before the deadline to register, and later if that was missed."""
REMIND_AFTER = timedelta(days=1)
"""A reminder follows the first letter by at least this long."""

_TAG_CHARACTERS = 10

NO_ENTRY = Problem("E-601", "当選した応募の記録が見つかりません。作業を止めて保守担当に連絡してください。")
NO_FILE = Problem(
    "E-602", "公開ファイル {file} がないか、確定した内容と一致しません。作業を止めて保守担当に連絡してください。"
)


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


def _key_hash(pem: bytes) -> str:
    """Return the SHA-256 of a public key's DER, in hex; of none if the file is no PEM in its usual form."""
    try:
        return sha256_hex(base64.b64decode(b"".join(pem.split(b"\n")[1:-2]), validate=True))
    except ValueError:
        return ""


def _first_kind(holder: Holder) -> str:
    """Return the kind of letter that tells somebody what they hold."""
    return "promoted" if holder.promoted else "winner"


@dataclass(frozen=True, kw_only=True)
class Notices:
    """The letters of a campaign, and what they are written from: records, published files and two keys."""

    campaign: Campaign
    sealed: Reader
    state: Reader
    published: PublishedFiles
    contact: ContactOpener = field(repr=False)
    claim: Prf = field(repr=False)
    clock: Clock

    def due(self, rows: Mapping[str, MailRow]) -> list[Letter]:
        """List the letters that are due by now, those already sent included, the most urgent first."""
        return [*self._to_the_ward(), *self._to_holders(rows), *self._to_entrants()]

    def _to_the_ward(self) -> Iterator[Letter]:
        """Yield the mails that make the ward a witness, as soon as what they carry is published."""
        prepared = self.state.get(Prepared, ONLY)
        frozen, drawn = self.state.get(Frozen, ONLY), self.state.get(Drawn, ONLY)
        if prepared is not None and prepared.record.prepared_at:
            yield Letter("rules", WARD, partial(self._rules, prepared.record.rules_hash))
        if frozen is not None:
            yield Letter("commitment", WARD, partial(self._commitment, frozen.record.commitment_hash))
        if drawn is not None:
            yield Letter("record", WARD, partial(self._record, drawn.record.record_hash))

    def _to_holders(self, rows: Mapping[str, MailRow]) -> Iterator[Letter]:
        """
        Yield a mail to whoever holds a place, in the rules' order of prizes, then word of changes, then the reminders.

        Whoever has withdrawn and was erased still holds a place until `forfeit` passes it on, and gets no further mail.
        """
        withdrawn = {mark.id for mark in self.state.scan(Withdrawal)}
        standing = holders.read_mirrors(self.campaign, self.state).without(withdrawn)
        for holder in standing.holders:
            kind = _first_kind(holder)
            yield Letter(kind, holder.label, partial(self._award, kind, holder))
        for holder in standing.holders:
            if holder.changed:  # to the address of the entry, which who merely knows the claim code does not read
                yield Letter("changed", holder.label, partial(self._changed, holder))
        now = self.clock()
        for holder in standing.holders:
            first = rows.get(f"{_first_kind(holder)}-{holder.label}")
            first_is_out = first is not None and first.state in SENT and first.at <= instant_of(now - REMIND_AFTER)
            may_register = holder.deadline - REMIND_BEFORE <= now < holder.deadline and not holder.claimed
            if first_is_out and may_register:
                yield Letter("reminder", holder.label, partial(self._award, "reminder", holder))

    def _to_entrants(self) -> Iterator[Letter]:
        """Yield a receipt an entry, where the campaign sends receipts, until the draw."""
        if not self.campaign.mail.receipts or self.state.get(Drawn, ONLY) is not None:
            return
        for (label,) in self.sealed.project(Entry, ("label",)):
            yield Letter("receipt", label, partial(self._receipt, label))

    def _award(self, kind: str, holder: Holder) -> bytes:
        values = {
            "prize": self.campaign.prize(holder.prize).name,
            "code": claim_code.code_for(self.claim, holder.label, holder.prize),
            "url": self.campaign.claim.url,
            "deadline": japanese_until(holder.deadline),
        }
        return self._to_person(kind, holder.label, values)

    def _changed(self, holder: Holder) -> bytes:
        return self._to_person("changed", holder.label, {"prize": self.campaign.prize(holder.prize).name})

    def _receipt(self, label: str) -> bytes:
        return self._to_person("receipt", label, {"draw_at": self.campaign.draw_text})

    def _to_person(self, kind: str, label: str, values: Mapping[str, str]) -> bytes:
        entries = self.sealed.find(Entry, "label", label)
        if len(entries) != 1:
            raise Broken(NO_ENTRY)
        return self._compose(kind, self.contact.open(label, entries[0].candidate.contact), label, values)

    def _rules(self, hash: str) -> bytes:
        """Write the anchor: whatever is shown later is held against these two hashes, so both are the files' own."""
        rules = Rules.from_bytes(self._published(RULES, hash))
        if _key_hash(self._published(EVIDENCE)) != rules.evidence_key:
            raise Broken(NO_FILE, file=EVIDENCE)
        values = {
            "rules_hash": hash,
            "evidence_key": rules.evidence_key,
            "opens_at": japanese(rules.opens_at),
            "closes_at": japanese_until(rules.closes_at),
            "draw_at": japanese(rules.draw_at),
            "randomness": rules.randomness.kind if is_public(rules.randomness) else "private",
        }
        return self._compose("rules", self.campaign.ward.email, WARD, values, self._signed(RULES))

    def _commitment(self, hash: str) -> bytes:
        commitment = Commitment.from_bytes(self._published(COMMITMENT, hash))
        values = {
            "commitment_hash": hash,
            "received": str(commitment.received),
            "pool_size": str(commitment.pool_size),
            "frozen_at": japanese(commitment.frozen_at),
            "draw_at": japanese(commitment.draw_at),
            "randomness": self.campaign.randomness.kind,
        }
        if self.campaign.posts:
            values["posts"] = "、".join(self.campaign.posts)
        return self._compose("commitment", self.campaign.ward.email, WARD, values, self._signed(COMMITMENT))

    def _record(self, hash: str) -> bytes:
        record = DrawRecord.from_bytes(self._published(RECORD, hash))
        values = {
            "record_hash": hash,
            "commitment_hash": record.commitment_hash,
            "winners": str(sum(len(award.winners) for award in record.awards)),
            "reserves": str(sum(len(award.reserves) for award in record.awards)),
            "unawarded": str(sum(self.campaign.prize(a.prize).quantity - len(a.winners) for a in record.awards)),
            "drawn_at": japanese(record.drawn_at),
            "mail_hours": hours.SPAN,
        }
        given = record.randomness
        if isinstance(given, WardValue):
            values |= {"number": given.text, "given_by": given.given_by, "given_at": japanese(given.given_at)}
        return self._compose("record", self.campaign.ward.email, WARD, values, self._signed(RECORD))

    def _signed(self, name: str) -> tuple[Attachment, ...]:
        """Attach a published file, its signature and the key that verifies it."""
        return tuple(Attachment(file, self._published(file)) for file in (name, name + SIGNATURE, EVIDENCE))

    def _published(self, name: str, hash: str = "") -> bytes:
        """Return a published file; its SHA-256 must be *hash*, if that is given."""
        data = self.published.read(name)
        if data is None or hash not in ("", sha256_hex(data)):
            raise Broken(NO_FILE, file=name)
        return data

    def _compose(
        self, kind: str, to: str, label: str, values: Mapping[str, str], attachments: tuple[Attachment, ...] = ()
    ) -> bytes:
        campaign = self.campaign
        shared = {
            "campaign": campaign.title,
            "ward": campaign.ward.name,
            "section": campaign.ward.section,
            "phone": campaign.ward.phone,
            "hours": campaign.ward.hours,
            "contractor": campaign.contractor.name,
            "contractor_phone": campaign.contractor.phone,
        }
        return compose.compose(
            kind,
            sender_name=campaign.mail.sender_name,
            sender_address=campaign.mail.sender_address,
            to=to,
            values={**shared, **values},
            reference=reference(self.claim, f"{kind}-{label}"),
            date=self.clock(),
            attachments=attachments,
        )
