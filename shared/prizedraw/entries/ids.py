"""Name responses, persons and entries by keyed values, and seal what a response brings."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from prizedraw.entries.judging import Judged
from prizedraw.ports import Prf
from prizedraw.records.entries import Candidate, LedgerRow, Outcome, Reason
from prizedraw.sealing import ContactSealer, SurveySealer
from prizedraw.typed.crockford import LABEL_LENGTH, SMALL

TAG_BYTES = 16
_LABEL = bytes.maketrans(bytes(range(256)), SMALL.encode() * 8)


def new_label() -> str:
    """Draw a label: 26 characters, uniformly from lower-case Crockford base32."""
    return secrets.token_bytes(LABEL_LENGTH).translate(_LABEL).decode("ascii")


@dataclass(slots=True, kw_only=True)  # not frozen, as Judged
class Indexed:
    """
    A judged response, the ids of its ledger row and of its person's entry, and a label for when it is new.

    *entry* is empty where the response cannot count.
    """

    judged: Judged
    row: str
    entry: str
    label: str


@dataclass(frozen=True)
class Envelopes:
    """What `intake` can do with keys: seal for others to open under labels drawn at random, and index."""

    contact: ContactSealer
    survey: SurveySealer
    index: Prf = field(repr=False)
    new_label: Callable[[], str] = new_label

    def row_id(self, response: str) -> str:
        """Return the id of a response's ledger row."""
        return self.index.value(b"response\x00" + response.encode("utf-8", "surrogatepass")).hex()

    def entry_id(self, person: str) -> str:
        """Return the id of a person's entry."""
        return entry_id(self.index, person)

    def indexed(self, judged: Judged) -> Indexed:
        """Give a response its ids, computed once, and a label."""
        entry = self.entry_id(judged.person) if judged.reason is None else ""
        return Indexed(judged=judged, row=self.row_id(judged.response), entry=entry, label=self.new_label())

    def rejected(self, one: Indexed) -> LedgerRow:
        """Write down a response that cannot count."""
        judged = one.judged
        tag = self._tag(one.row, judged.created, judged.version, judged.reason, "", "")
        return LedgerRow(
            one.row, judged.created, judged.version, Outcome.REJECTED, judged.reason, tag=tag, detail=judged.detail
        )

    def accepted(self, one: Indexed, line: str) -> LedgerRow:
        """Write down a response that stands for the pool's *line*."""
        created, version = one.judged.created, one.judged.version
        tag = self._tag(one.row, created, version, None, one.entry, line)
        return LedgerRow(one.row, created, version, Outcome.ACCEPTED, address=one.entry, line=line, tag=tag)

    def tag(self, row: LedgerRow) -> bytes:
        """Return the tag that a row must have: over what is so whoever else entered, and so not over its outcome."""
        return self._tag(row.id, row.created, row.version, row.reason, row.address, row.brings)

    def _tag(self, row: str, created: str, version: str, reason: Reason | None, address: str, line: str) -> bytes:
        said = f"row\0{row}\0{created}\0{version}\0{reason or ''}\0{address}\0{line}"
        return self.index.value(said.encode("utf-8", "surrogatepass"))[:TAG_BYTES]

    def candidate(self, judged: Judged, label: str) -> Candidate:
        """Seal what *judged* brings under *label*."""
        return Candidate(
            label=label,
            prizes=judged.prizes,
            doubtful=judged.doubtful,
            contact=self.contact.seal(label, judged.deliver),
            survey=self.survey.seal(label, judged.answers),
        )


def entry_id(index: Prf, person: str) -> str:
    """Return the id of the entry of a *person*, who is their address as it is compared (`email_addresses`)."""
    return index.value(b"address\x00" + person.encode()).hex()


def seen_mark(one: Indexed) -> bytes:
    """Return 16 bytes that stand for one version of one response in the cursor."""
    return hashlib.sha256(f"{one.row} {one.judged.version}".encode()).digest()[:16]


def short_id(id: str) -> int:
    """Return 8 bytes of a row's or an entry's id as a number: small, and no two of a million are likely to be equal."""
    return int(id[:16], 16)
