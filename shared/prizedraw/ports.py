"""
Name the powers that a step may be handed, one small protocol a capability.

A step's keyword arguments are these protocols, so that its signature says what it can reach; the grants of its
Terraform page say the same. Every method may raise `Again` when the service is away: nothing may then be concluded,
and the same call may be made again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Protocol, TypeVar

Document = dict[str, Any]
Clock = Callable[[], datetime]


class Record(Protocol):
    """What can be stored: a frozen dataclass with its collection, its id, and both ways of translation beside it."""

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
    """A record and the version at which it was read; the version is opaque."""

    record: R
    version: object


@dataclass(frozen=True)
class Create:
    """A write of a record that must not exist yet."""

    record: Record


@dataclass(frozen=True)
class Replace:
    """A write of a record over what is there; with a *version*, only if it is still at that version."""

    record: Record
    version: object | None = None


@dataclass(frozen=True)
class Delete:
    """The removal of a record; it does nothing if there is none."""

    kind: type[Record]
    id: str


Write = Create | Replace | Delete

MAX_WRITES = 500


class Conflict(Exception):
    """A commit met an existing document or a newer version, and none of its writes was made."""


class Reader(Protocol):
    """The power to read the records of one campaign in one database."""

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record with its version, or None."""
        ...

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that exist, by id; a request asks for some 500."""
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


class Snapshots(Protocol):
    """The power to read all records of one campaign in one database at once."""

    def snapshot(self) -> Reader:
        """Read everything with one request, and return what answers from that; it grows with what is there."""
        ...


class Writer(Protocol):
    """The power to write the records of one campaign in one database."""

    def commit(self, writes: Sequence[Write]) -> object:
        """
        Make all *writes* (at most 500, each document once) or none; return the version that they now have.

        Raises:
            Conflict: a `Create` met an existing document, or a `Replace` another version.
            Again: the outcome is not known; reading tells.
        """
        ...


class Store(Reader, Writer, Protocol):
    """The power to read and write the records of one campaign in one database."""


class SnapshotStore(Store, Snapshots, Protocol):
    """The same, all of it at once too."""


class Sealer(Protocol):
    """The power to seal for one purpose with a public key; what was sealed cannot be read back."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt so that only the purpose's private keyset opens it, and only with the same *context*."""
        ...


class Opener(Protocol):
    """The power to open what was sealed for one purpose."""

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """
        Decrypt.

        Raises:
            Broken: it was sealed for another key or context, or was changed.
        """
        ...


class Prf(Protocol):
    """The power to compute keyed values that look random to whoever does not have the key."""

    def value(self, data: bytes) -> bytes:
        """Return 32 bytes, always the same for the same *data*."""
        ...


class Signer(Protocol):
    """The power to sign evidence: ECDSA P-256 over SHA-256."""

    def sign(self, data: bytes) -> bytes:
        """Return a DER signature over *data*; another one each time."""
        ...


class PublicKey(Protocol):
    """The public half of the evidence key."""

    def public_pem(self) -> bytes:
        """Return the key as PEM (SubjectPublicKeyInfo)."""
        ...


class RandomBytes(Protocol):
    """The power to draw bytes from the hardware of Cloud KMS."""

    def random(self, count: int) -> bytes:
        """Return *count* random bytes (8 to 1024)."""
        ...


class KeysetMaker(Protocol):
    """The power to make the campaign's keysets. Only `prepare` holds it, and it cannot read back what it stored."""

    def found(self) -> dict[str, bool]:
        """Tell of every keyset, in a fixed order, whether it has a version."""
        ...

    def make(self, name: str) -> bool:
        """
        Make one keyset and store it, private half wrapped by its KMS key; the public half, if any, last.

        A crash between the halves leaves the keyset not `found`; making it anew supersedes the orphan. False: somebody
        had stored a half before, so that what was made now is not what will be used.
        """
        ...


class Form(Protocol):
    """The power to read the Google Form."""

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
    """A watch on the form's responses; `expires_at` is an instant."""

    id: str
    state: str
    expires_at: str


class Watches(Protocol):
    """The power to keep the form's notifications alive. A watch lives seven days and belongs to whoever made it."""

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
        """End the watch; does nothing if it is gone."""
        ...


class MailRejected(Exception):
    """The mail service refused for certain: nothing was sent. *kind*: `quota`, `credentials` or `message`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


class Mailer(Protocol):
    """The power to send mail by the draft protocol: a draft is sent at most once, since sending consumes it."""

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
        """Remove a draft; does nothing if it is absent. Raises MailRejected as the others do."""
        ...


@dataclass(frozen=True, slots=True)
class Bounce:
    """
    A report that one of our mails was not delivered.

    *reference*: what names the letter, if it is ours; empty where the report names none. *status*: enhanced status code
    (RFC 3463) such as `5.1.1`; `5.0.0` where the cause is unknown. *mail*: the id of the report in the mailbox.
    """

    reference: str
    status: str
    mail: str = field(default="", compare=False)


class Bounces(Protocol):
    """The power to read which mails came back."""

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        """
        Yield the failures that arrived at the instant *moment* or later; anybody can forge one.

        Where *is_over* says so, between two mails, it ends.

        Raises:
            MailRejected: `quota` or `credentials`; nothing may be concluded.
        """
        ...


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file as it stands, and the *signature* that the request brought which created it; empty if it brought none."""

    data: bytes = field(repr=False)
    signature: bytes = b""


class PublishedFiles(Protocol):
    """The power to read the published files."""

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, checked against the service's checksum, or None; anybody may have put them there."""
        ...

    def find(self, name: str) -> PublishedFile | None:
        """Return the same with the signature that it bears."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """List the files, sorted."""
        ...


class Creator(Protocol):
    """The power to create files in a bucket that is kept; nothing is ever changed, removed or read."""

    def create(self, name: str, data: bytes, content_type: str, signature: bytes = b"") -> bool:
        """
        Create the file, with its *signature* if it has one, in one request, and return True.

        Return False, changing nothing, if there is one of that name.
        """
        ...


class Publisher(PublishedFiles, Creator, Protocol):
    """The power to create published files, and to read them."""


class Beacon(Protocol):
    """The power to fetch public randomness (drand)."""

    def signatures(self, chain: str, round: int) -> Iterator[bytes]:
        """
        Yield the signature of a round from each relay that has it, unverified: a relay may lie, the next may not.

        Raises:
            Again: no relay gave an answer that could be understood.
        """
        ...


class Verifier(Protocol):
    """The verification of a round's BLS signature (bls-unchained-g1-rfc9380)."""

    def __call__(self, public_key: bytes, round: int, signature: bytes) -> bool:
        """Tell whether *signature* (48 bytes) is the one that *public_key* (96 bytes) makes of *round*."""
        ...


class Exports(Protocol):
    """The power to put files where operators fetch them; what is put there cannot be read back."""

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """Create the file and return True; return False, changing nothing, if there is one of that name."""
        ...

    def names(self, prefix: str = "") -> list[str]:
        """List the files, sorted."""
        ...

    def delete(self, name: str) -> None:
        """Remove a file; does nothing if it is absent."""
        ...


class Passwords(Protocol):
    """The power to keep the password of a file where operators look it up; what is kept cannot be read back."""

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
        """Make a version unreadable for ever; does nothing if it is destroyed or absent."""
        ...


@dataclass(frozen=True)
class Dropped:
    """A file that an operator dropped: its size in bytes, and when it came (UTC)."""

    size: int
    at: datetime


class ClaimsBucket(Protocol):
    """
    The power over the files that operators drop, one generation at a time: what was written over is another file.

    A *name* is whatever somebody typed and may hold personal data; a *generation* is decimal digits.
    """

    def look(self, name: str, generation: str) -> Dropped | None:
        """Describe the file without fetching it; None if it is not there, or not that generation any more."""
        ...

    def read(self, name: str, generation: str) -> bytes | None:
        """Return the file's bytes as they were dropped, checked against the service's checksum, or None."""
        ...

    def erase(self, name: str, generation: str) -> None:
        """Remove exactly that generation; does nothing if it is absent."""
        ...


@dataclass(frozen=True)
class Found:
    """
    What a look at a place showed: how many are left, and until when (UTC) what went can still be restored.

    *count* None: the place could not be read, so that nothing is known. *until* None: nothing can be restored.
    """

    count: int | None
    until: datetime | None = None


@dataclass(frozen=True)
class Listed:
    """
    Something that a list showed: its machine *name*, which says nothing of a person, and *count*, how much it is.

    *shown* is how a person finds it where the name does not tell: whatever somebody typed, for their eyes only.
    """

    name: str
    count: int = 1
    shown: str = field(default="", repr=False)


class Inventory(Protocol):
    """The power to list all that is there, whoever put it there, and to change nothing."""

    def listed(self) -> Iterable[Listed]:
        """List it anew; what belongs to nobody's campaign has a name that begins with `/`."""
        ...


class ListedStore(SnapshotStore, Inventory, Protocol):
    """A database, of which all collections can be listed, each with its number of documents."""


class Witness(Protocol):
    """The power to look at one place where personal data rests, and to change nothing."""

    def look(self) -> Found:
        """Count what is left, by reading the place anew."""
        ...


class Eraser(Witness, Protocol):
    """The power to erase one place. Only `erase` holds it."""

    def erase(self) -> int:
        """
        Erase a page of what is there, for good, and return how much went; 0 once nothing is left to erase.

        What went already is passed over: after a lost reply the same call goes on.

        Raises:
            Broken: not allowed.
        """
        ...


class Mailbox(Eraser, Protocol):
    """The power to erase the campaign's own mailbox: sent mails, drafts, reports of what came back, answers."""

    def look_sent(self) -> Found:
        """Count the mails that were sent, and the reports of mails that came back."""
        ...

    def erase_sent(self) -> int:
        """Erase a page of those, as `erase` does of everything."""
        ...

    def erase_mails(self, ids: Sequence[str]) -> int:
        """Erase the mails of these message ids for good, and what stands in their threads; return how many went."""
        ...


class FormFile(Witness, Protocol):
    """The form's file: `look` counts its responses, None where it is gone or not ours to read any more."""

    def linked_sheet(self) -> str:
        """
        Return the id of the spreadsheet that the form copies its responses to, empty if there is none.

        Raises:
            Refused: the form is gone or not shared with this function's account.
        """
        ...


class History(Protocol):
    """The past of a database: old versions, and backups."""

    def look(self, before: datetime) -> Found:
        """Count the backups that show the database as it was before this moment; `until` when the last expires."""
        ...

    @property
    def retention(self) -> timedelta:
        """Tell for how long after a deletion the deleted version can be read."""
        ...


class Sheets(Protocol):
    """The power to look at spreadsheets by their ids."""

    def of(self, sheet_id: str) -> Witness:
        """Return what looks at one spreadsheet: `count` is 1 while it is there, None once it is gone or not shared."""


class Reports(Publisher, Protocol):
    """The power to keep reports for the ward, in a bucket of their own, as published files are kept in theirs."""
