"""
Name the powers that a step may be handed, one small protocol a capability.

A step's keyword arguments are these protocols, so that its signature says what it can reach; the grants of its
Terraform page say the same. Every method may raise `Again` when the service is away: nothing may then be concluded,
and the same call may be made again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

Document = dict[str, Any]
Clock = Callable[[], datetime]


class Record(Protocol):
    """Be storable: a frozen dataclass with its collection, its id, and both ways of translation beside it."""

    COLLECTION: ClassVar[str]
    from_doc: ClassVar[Callable[[str, Mapping[str, Any]], Any]]
    """Translate a document back: `kind.from_doc(id, document)` gives a record of that kind."""

    @property
    def id(self) -> str:
        """Name the document within the collection; never personal data."""
        ...

    def to_doc(self) -> Document:
        """Translate to a document of plain values (str, int, bool, bytes, None, lists and maps of them)."""
        ...


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Stored(Generic[R]):
    """Pair a record with the version at which it was read; the version is opaque."""

    record: R
    version: object


@dataclass(frozen=True)
class Create:
    """Write a record that must not exist yet."""

    record: Record


@dataclass(frozen=True)
class Replace:
    """Write a record over what is there; with a *version*, only if it is still at that version."""

    record: Record
    version: object | None = None


@dataclass(frozen=True)
class Delete:
    """Remove a record; absent is well too."""

    kind: type[Record]
    id: str


Write = Create | Replace | Delete

MAX_WRITES = 500


class Conflict(Exception):
    """Say that a commit met an existing document or a newer version, and that none of its writes was made."""


class Reader(Protocol):
    """Read the records of one campaign in one database."""

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record with its version, or None."""
        ...

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that exist, by id, in one request a 500 or so."""
        ...

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Return the records whose *field* equals *value*, in the order of their ids."""
        ...

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Yield every record, in the order of ids, memory flat."""
        ...

    def project(self, kind: type[Record], fields: Sequence[str]) -> Iterator[tuple[Any, ...]]:
        """Yield the named *fields* of every record as a tuple, in no particular order, memory flat, the fastest way."""
        ...

    def count(self, kind: type[Record], **equals: str | bool) -> int:
        """Count the records whose fields equal the given values, without reading them."""
        ...


class Writer(Protocol):
    """Write the records of one campaign in one database."""

    def commit(self, writes: Sequence[Write]) -> object:
        """
        Make all *writes* (at most 500, each document once) or none; return the version that they now have.

        Raises:
            Conflict: a `Create` met an existing document, or a `Replace` another version.
            Again: the outcome is not known; reading tells.
        """
        ...


class Store(Reader, Writer, Protocol):
    """Read and write one campaign's records in one database."""


class Sealer(Protocol):
    """Seal for one purpose with a public key; what was sealed cannot be read back."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt so that only the purpose's private keyset opens it, and only with the same *context*."""
        ...


class Opener(Protocol):
    """Open what was sealed for one purpose."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """
        Decrypt.

        Raises:
            Broken: it was sealed for another key or context, or was changed.
        """
        ...


class Prf(Protocol):
    """Compute keyed values that look random to whoever has not the key."""

    def value(self, data: bytes) -> bytes:
        """Return 32 bytes, always the same for the same *data*."""
        ...


class Signer(Protocol):
    """Sign evidence: ECDSA P-256 over SHA-256."""

    def sign(self, data: bytes) -> bytes:
        """Return a DER signature over *data*; another one each time."""
        ...


class PublicKey(Protocol):
    """Know the public half of the evidence key."""

    def public_pem(self) -> bytes:
        """Return the key as PEM (SubjectPublicKeyInfo)."""
        ...


class RandomBytes(Protocol):
    """Draw bytes from the hardware of Cloud KMS."""

    def random(self, count: int) -> bytes:
        """Return *count* random bytes (8 to 1024)."""
        ...


class KeysetMaker(Protocol):
    """Make the campaign's keysets. Only `prepare` holds it, and it cannot read back what it stored."""

    def missing(self) -> list[str]:
        """Name the keysets that have no version yet, in a fixed order."""
        ...

    def make(self, name: str) -> None:
        """
        Make one keyset and store it, private half wrapped by its KMS key; the public half, if any, last.

        A crash between the halves leaves the keyset `missing`; making it anew supersedes the orphan.
        """
        ...


class Form(Protocol):
    """Read the Google Form."""

    def form(self) -> dict[str, Any]:
        """
        Return the form as `forms.get` gives it.

        Raises:
            Refused: the form is not there or not shared with this function's account.
        """
        ...

    def responses(self, since: str | None = None) -> Iterator[dict[str, Any]]:
        """
        Yield responses as `forms.responses.list` gives them, in no order, `since` (an instant) inclusive.

        The filter is on `lastSubmittedTime`: edited responses come again. `None` reads everything.
        """
        ...


@dataclass(frozen=True)
class Watch:
    """Describe a watch on the form's responses; `expires_at` is an instant."""

    id: str
    state: str
    expires_at: str


class Watches(Protocol):
    """Keep the form's notifications alive. A watch lives seven days and belongs to whoever made it."""

    def list(self) -> list[Watch]:
        """Return this project's watches on the form's responses."""
        ...

    def create(self) -> Watch:
        """Make the watch; one that exists already is returned."""
        ...

    def renew(self, id: str) -> Watch | None:
        """Renew for seven days from now; None if it expired or went, and must be created anew."""
        ...

    def delete(self, id: str) -> None:
        """End the watch; one that is gone is well too."""
        ...


class MailRejected(Exception):
    """Say that the mail service refused for certain: nothing was sent. *kind*: `quota`, `credentials` or `message`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Mailer(Protocol):
    """Send mail by the draft protocol: a draft is sent at most once, since sending consumes it."""

    def create_draft(self, message: bytes) -> str:
        """
        Store an RFC 5322 *message* as a draft and return its id. A lost reply leaves an orphan draft, never a mail.

        Raises:
            MailRejected: refused for certain.
            Again: not known; a new draft may be made.
        """
        ...

    def send_draft(self, draft_id: str) -> str | None:
        """
        Send the draft and return the message id; None if there is no such draft (any more).

        Raises:
            MailRejected: refused for certain, the draft is still there.
            Again: not known whether it was sent: ask `has_draft`.
        """
        ...

    def has_draft(self, draft_id: str) -> bool:
        """Tell whether the draft is still unsent. Raises MailRejected as the others do."""
        ...

    def delete_draft(self, draft_id: str) -> None:
        """Remove a draft; absent is well too. Raises MailRejected as the others do."""
        ...


@dataclass(frozen=True, slots=True)
class Bounce:
    """
    Say that one of our mails was not delivered.

    *reference*: what our own header said. *status*: enhanced status code (RFC 3463) such as `5.1.1`.
    """

    reference: str
    status: str


class Bounces(Protocol):
    """Read which mails came back."""

    def since(self, moment: str) -> Iterator[Bounce]:
        """
        Yield the failures that arrived at the instant *moment* or later; anybody can forge one.

        Raises:
            MailRejected: `quota` or `credentials`; nothing may be concluded.
        """
        ...


class PublishedFiles(Protocol):
    """Read the published files."""

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, checked against the service's checksum, or None."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """List the files, sorted."""
        ...


class Publisher(PublishedFiles, Protocol):
    """Create published files; nothing is ever changed or removed."""

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """Create the file and return True; return False, changing nothing, if there is one of that name."""
        ...


class Beacon(Protocol):
    """Fetch public randomness (drand)."""

    def signatures(self, chain: str, round: int) -> Iterator[bytes]:
        """
        Yield the signature of a round from each relay that has it, unverified: a relay may lie, the next may not.

        Raises:
            Again: no relay gave an answer that could be understood.
        """
        ...


class Verifier(Protocol):
    """Verify a round's BLS signature (bls-unchained-g1-rfc9380)."""

    def __call__(self, public_key: bytes, round: int, signature: bytes) -> bool:
        """Tell whether *signature* (48 bytes) is the one that *public_key* (96 bytes) makes of *round*."""
        ...


class Exports(Protocol):
    """Put files where operators take them away; what is put cannot be read back."""

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """Create the file and return True; return False, changing nothing, if there is one of that name."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """List the files, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; absent is well too."""
        ...


class Passwords(Protocol):
    """Keep the password of a file where operators look it up; what is kept cannot be read back."""

    def add(self, password: str) -> int:
        """
        Keep a password and return the number of its version; numbers grow.

        Raises:
            Again: not known whether it was kept; `versions` tells.
        """
        ...

    def versions(self) -> list[int]:
        """Return the numbers of the versions that are not destroyed, sorted; may lag behind `add`."""
        ...

    def destroy(self, version: int) -> None:
        """Make a version unreadable for ever; destroyed or absent is well too."""
        ...


@dataclass(frozen=True)
class Dropped:
    """Describe a file that an operator dropped: its size in bytes, and when it came (UTC)."""

    size: int
    at: datetime


class ClaimsBucket(Protocol):
    """
    Take the files that operators drop, one generation at a time: what was written over is another file.

    A *name* is whatever somebody typed and may hold personal data; a *generation* is decimal digits.
    """

    def look(self, name: str, generation: str) -> Dropped | None:
        """Describe the file without fetching it; None if it is not there, or not that generation any more."""
        ...

    def read(self, name: str, generation: str) -> bytes | None:
        """Return the file's bytes as they were dropped, checked against the service's checksum, or None."""
        ...

    def erase(self, name: str, generation: str) -> None:
        """Remove exactly that generation; absent is well too."""
        ...


@dataclass(frozen=True)
class Found:
    """
    Say what looking at a place found: how many are left, and until when (UTC) what went can still be restored.

    *count* None: the place could not be read, so that nothing is known. *until* None: nothing can be restored.
    """

    count: int | None
    until: datetime | None = None


class Witness(Protocol):
    """Look at one place where personal data rests, and change nothing."""

    def look(self) -> Found:
        """Count what is left, by reading the place anew."""
        ...


class Eraser(Witness, Protocol):
    """Erase one place. Only `erase` holds it."""

    def erase(self) -> int:
        """
        Erase a page of what is there, for good, and return how much went; 0 once nothing is left to erase.

        What went already is well too: after a lost reply the same call goes on.

        Raises:
            Broken: not allowed.
        """
        ...


class Mailbox(Eraser, Protocol):
    """Erase the mails of the campaign's own mailbox: sent, drafts, reports of what came back, answers."""

    def erase_mails(self, ids: Sequence[str]) -> int:
        """Erase the mails of these message ids for good, and what stands in their threads; return how many went."""
        ...


class FormFile(Witness, Protocol):
    """Look at the form's file: `look` counts its responses, None where it is gone or not ours to read any more."""

    def linked_sheet(self) -> str:
        """
        Return the id of the spreadsheet that the form copies its responses to, empty if there is none.

        Raises:
            Refused: the form is gone or not shared with this function's account.
        """
        ...


class History(Protocol):
    """Look at the past of a database: old versions, and backups."""

    def look(self, before: datetime) -> Found:
        """Count the backups that show the database as it was before this moment; `until` when the last expires."""
        ...

    @property
    def retention(self) -> timedelta:
        """Tell for how long after a deletion the deleted version can be read."""
        ...


class Sheets(Protocol):
    """Look at spreadsheets by their ids."""

    def of(self, sheet_id: str) -> Witness:
        """Return what looks at one spreadsheet: `count` is 1 while it is there, None once it is gone or not shared."""


class Reports(Protocol):
    """Keep reports for the ward: created once, read back, never changed or removed."""

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """Create the report and return True; return False, changing nothing, if there is one of that name."""
        ...

    def read(self, name: str) -> bytes | None:
        """Return a report's bytes, checked against the service's checksum, or None."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """List the reports, sorted."""
        ...
