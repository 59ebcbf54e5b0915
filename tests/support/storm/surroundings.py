"""Every service of a campaign, in memory, and tied together: what is erased in one place is gone where it is read."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from prizedraw.errors import Broken, Problem, Refused
from prizedraw.ports import Bounce, Document, Found, Listed
from prizedraw.times import instant_of
from support.clock import DAY, Clock
from support.fakes.exports import FakePasswords
from support.fakes.form import NOT_SHARED, MemoryForm
from support.fakes.keys import MemorySecrets, MemoryWrapping
from support.fakes.mail import FakeMail
from support.fakes.published import FakePublished

GONE = Problem("E-161", "秘密情報の保管サービス（Secret Manager）に断られました。")
KEY_GONE = Problem("E-156", "鍵の管理サービスに断られました。")


class Secrets(MemorySecrets):
    """Secret Manager, whose versions can be destroyed."""

    def __init__(self) -> None:
        super().__init__()
        self.destroyed: set[str] = set()

    def version(self, name: str, number: int) -> bytes | None:
        """Return one version; refuse what is destroyed, as the service does."""
        found = super().version(name, number)
        if found is not None and name in self.destroyed:
            raise Broken(GONE)
        return found


class Wrapping(MemoryWrapping):
    """Cloud KMS, whose keys can be destroyed, a day after they were scheduled."""

    def __init__(self, campaign: str) -> None:
        super().__init__(campaign)
        self.scheduled: dict[str, datetime] = {}

    def unwrap(self, keyset: str, wrapped: bytes) -> bytes:
        """Decrypt; refuse what is scheduled for destruction."""
        if keyset in self.scheduled:
            raise Broken(KEY_GONE)
        return super().unwrap(keyset, wrapped)


@dataclass
class SecretEraser:
    """Be the `Eraser` of one secret."""

    secrets: Secrets
    name: str

    def look(self) -> Found:
        """Count the versions."""
        return Found(0 if self.name in self.secrets.destroyed else len(self.secrets.versions[self.name]))

    def erase(self) -> int:
        """Destroy all."""
        found = self.look().count or 0
        if found:
            self.secrets.destroyed.add(self.name)
        return found


@dataclass
class PasswordEraser:
    """Be the `Eraser` of the passwords of shipping lists."""

    passwords: FakePasswords

    def look(self) -> Found:
        """Count those that can be read."""
        return Found(len(self.passwords.live()))

    def erase(self) -> int:
        """Destroy all."""
        live = list(self.passwords.live())
        for version in live:
            self.passwords.kept[version] = None
        return len(live)


@dataclass
class KeyEraser:
    """Be the `Eraser` of one key."""

    wrapping: Wrapping
    name: str
    clock: Clock

    def look(self) -> Found:
        """Count what nobody has scheduled; say until when it can be restored."""
        at = self.wrapping.scheduled.get(self.name)
        if at is None:
            return Found(1)
        return Found(0, at + DAY if self.clock() < at + DAY else None)

    def erase(self) -> int:
        """Schedule its destruction."""
        if self.name in self.wrapping.scheduled:
            return 0
        self.wrapping.scheduled[self.name] = self.clock()
        return 1


@dataclass
class FolderEraser:
    """Be the `Eraser` of a bucket, which is the dictionary of its files; some go at a time."""

    files: dict[str, Any]
    page: int = 2

    def look(self) -> Found:
        """Count the files."""
        return Found(len(self.files))

    def erase(self) -> int:
        """Delete some."""
        going = list(self.files)[: self.page]
        for name in going:
            del self.files[name]
        return len(going)


@dataclass
class History:
    """Be the `History` of a database: no backups; old versions for an hour."""

    retention: timedelta = timedelta(hours=1)

    def look(self, before: datetime) -> Found:
        """Count the backups."""
        return Found(0)


class Mailbox(FakeMail):
    """
    The sender's mailbox: what is drafted and sent, and what comes back or is answered, in threads.

    *on_sent* is told the id of each mail when it leaves, whatever becomes of the reply.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock
        self.on_sent: Callable[[str, bytes], None] = lambda mail, data: None
        self.received: dict[str, tuple[str, str, bytes]] = {}
        self._letters: dict[str, bytes] = {}
        self._number = count(1)
        self._failures: list[tuple[str, Bounce]] = []

    @property
    def letters(self) -> dict[str, bytes]:
        """Return all mails that ever left, those that were erased since too."""
        return self._letters

    def send_draft(self, draft_id: str) -> str | None:
        """Send, and tell of it."""
        if draft_id not in self.drafts:
            return None
        data = self.drafts.pop(draft_id)
        id = f"message-{len(self._letters) + 1}"
        self.sent[id] = self._letters[id] = data
        self.on_sent(id, data)
        return id

    def bounce(self, id: str, reference: str, status: str) -> None:
        """Let a mail come back."""
        report = f"report-{next(self._number)}"
        self.received[report] = ("mailer-daemon", id, b"")
        self._failures.insert(0, (instant_of(self.clock()), Bounce(reference, status, report)))

    def answer(self, id: str) -> None:
        """Let a person answer a mail."""
        self.received[f"answer-{next(self._number)}"] = ("person", id, b"kojin")

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        """Yield what came back."""
        for arrived, bounce in list(self._failures):
            if is_over():
                return
            if arrived >= moment and bounce.mail in self.received:
                yield bounce

    def there(self) -> list[str]:
        """List everything."""
        return [*self.sent, *self.received, *self.drafts]

    def look(self) -> Found:
        """Count everything."""
        return Found(len(self.there()))

    def _sent_and_returned(self) -> list[str]:
        return [*self.sent, *(id for id, (who, _, _) in self.received.items() if who == "mailer-daemon")]

    def look_sent(self) -> Found:
        """Count what was sent, and what mail systems wrote."""
        return Found(len(self._sent_and_returned()))

    def erase(self) -> int:
        """Delete some of everything."""
        return self._remove(self.there()[:5])

    def erase_sent(self) -> int:
        """Delete some of what was sent."""
        return self._remove(self._sent_and_returned()[:5])

    def erase_mails(self, ids: Any) -> int:
        """Delete mails, and what was written in their threads."""
        going = [id for id in ids if id in self.sent]
        return self._remove(going + [id for id, (_, of, _) in self.received.items() if of in going])

    def _remove(self, going: list[str]) -> int:
        for id in going:
            for held in (self.sent, self.received, self.drafts):
                held.pop(id, None)
        return len(going)


@dataclass
class FormFile:
    """Be the `FormFile` of the form whose responses `intake` reads."""

    form: "Form"

    def look(self) -> Found:
        """Count the responses."""
        return Found(None if self.form.is_deleted else len(self.form.rows))

    def linked_sheet(self) -> str:
        """Return the linked spreadsheet."""
        if self.form.is_deleted:
            raise Refused(NOT_SHARED)
        return self.form.sheet


class Form(MemoryForm):
    """The Google Form: its owner can delete responses, the sheet, or all of it; a row appears at once."""

    def __init__(self, form: Document, clock: Clock, seed: int) -> None:
        super().__init__(form, [], clock, seed=seed)
        self.sheet = "1SheetThatTheFormIsLinkedTo"
        self.is_deleted = False
        self.page_limit = 7

    @property
    def rows(self) -> dict[str, Document]:
        """Return the responses as they stand."""
        return self._rows

    def empty(self) -> None:
        """Delete all responses."""
        self._rows.clear()

    def delete_file(self) -> None:
        """Delete the form itself."""
        self.is_deleted = True
        self.unshare()


@dataclass
class FileList:
    """Be the `Inventory` of a bucket that is kept."""

    files: FakePublished

    def listed(self) -> list[Listed]:
        """List the files by generations that never change."""
        return [Listed(str(17000 + n), shown=name) for n, name in enumerate(self.files.files)]


@dataclass
class Names:
    """Be an `Inventory` of what Terraform makes."""

    names: tuple[str, ...]

    def listed(self) -> list[Listed]:
        """List it."""
        return [Listed(name) for name in self.names]


@dataclass
class Sheets:
    """Look at spreadsheets."""

    there: set[str] = field(default_factory=lambda: {"1SheetThatTheFormIsLinkedTo"})

    def of(self, sheet_id: str) -> "Sheet":
        """Return the witness of one."""
        return Sheet(self.there, sheet_id)


@dataclass
class Sheet:
    """Be the `Witness` of one spreadsheet."""

    there: set[str]
    id: str

    def look(self) -> Found:
        """Tell whether it is there."""
        return Found(1 if self.id in self.there else None)
