"""Stand in for the places where personal data rests, in memory; they record what was asked of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.ports import Clock, Found, Listed

AWAY = Problem("E-180", "応答がありません。")
DENIED = Problem("E-181", "権限がありません。")
NOT_SHARED = Problem("E-165", "フォームが共有されていません。")
NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(kw_only=True)
class _Place:
    """What each fake counts: *away*, so many of the next calls raise `Again`; *asked*, the methods that were called."""

    away: int = 0
    asked: list[str] = field(default_factory=list)

    def _answer(self, method: str) -> None:
        self.asked.append(method)
        if self.away > 0:
            self.away -= 1
            raise Again(AWAY)


@dataclass
class FakeEraser(_Place):
    """
    Be an `Eraser`, and so a `Witness`, over a number: *left* things, None if the place cannot be read.

    *page*: how many go at a time. *window*: for how long by *clock* what went can be restored. *stubborn*: so many
    stay whatever is done. *away*: so many of the next calls raise `Again` and do nothing; *replies_lost*: so many of
    the next erasures are made, then raise it. *denied*: to erase is `Broken`. *asked*: the methods that were called.
    """

    left: int | None = 0
    page: int = 1000
    window: timedelta = timedelta(0)
    clock: Clock = lambda: NEVER
    stubborn: int = 0
    replies_lost: int = 0
    denied: bool = False
    restorable_until: datetime | None = None

    def look(self) -> Found:
        self._answer("look")
        until = self.restorable_until
        return Found(self.left, until if until is not None and until > self.clock() else None)

    def erase(self) -> int:
        self._answer("erase")
        if self.denied:
            raise Broken(DENIED)
        gone = min(max((self.left or 0) - self.stubborn, 0), self.page)
        if gone:
            self.left = (self.left or 0) - gone
            self.restorable_until = self.clock() + self.window
        if self.replies_lost > 0:
            self.replies_lost -= 1
            raise Again(AWAY)
        return gone


@dataclass
class FakeMailbox(_Place):
    """
    Be a `Mailbox` over *mails*: by message id the id of its thread.

    *page*, *stubborn*, *away*, *replies_lost*, *denied* and *asked* are as in `FakeEraser`; *stubborn* are message ids.
    What people wrote has an id that begins with `answer`. *erased* are the message ids that went, in order.
    """

    mails: dict[str, str] = field(default_factory=dict)
    page: int = 1000
    stubborn: frozenset[str] = frozenset()
    replies_lost: int = 0
    denied: bool = False
    erased: list[str] = field(default_factory=list)

    def look(self) -> Found:
        self._answer("look")
        return Found(len(self.mails))

    def erase(self) -> int:
        self._answer("erase")
        return self._remove([mail for mail in self.mails if mail not in self.stubborn][: self.page])

    def look_sent(self) -> Found:
        self._answer("look_sent")
        return Found(len(self._sent()))

    def erase_sent(self) -> int:
        self._answer("erase_sent")
        return self._remove([mail for mail in self._sent() if mail not in self.stubborn][: self.page])

    def _sent(self) -> list[str]:
        return [mail for mail in self.mails if not mail.startswith("answer")]

    def erase_mails(self, ids: Sequence[str]) -> int:
        self._answer("erase_mails")
        threads = {self.mails[mail] for mail in ids if mail in self.mails}
        return self._remove([mail for mail, thread in self.mails.items() if thread in threads])

    def _remove(self, going: list[str]) -> int:
        if self.denied:
            raise Broken(DENIED)
        for mail in going:
            del self.mails[mail]
        self.erased += going
        if self.replies_lost > 0:
            self.replies_lost -= 1
            raise Again(AWAY)
        return len(going)


@dataclass
class FakeFormFile(_Place):
    """
    Be a `FormFile`: *responses* is what `look` counts, None where the form is gone or not shared any more.

    *sheet* is the id of the linked spreadsheet, *until* what the trash says, *away* as in `FakeEraser`.
    """

    responses: int | None = 0
    sheet: str = ""
    until: datetime | None = None

    def look(self) -> Found:
        self._answer("look")
        return Found(self.responses, self.until)

    def linked_sheet(self) -> str:
        self._answer("linked_sheet")
        if self.responses is None:
            raise Refused(NOT_SHARED)
        return self.sheet


@dataclass
class FakeHistory(FakeEraser):
    """Be the `History` of a database: *left* backups, made at *made_at*; *retention* of old versions."""

    retention: timedelta = timedelta(hours=1)
    made_at: datetime = NEVER

    def look(self, before: datetime = NEVER) -> Found:
        found = super().look()
        return found if not found.count or self.made_at < before else Found(0)


@dataclass
class FakeSheets:
    """Look at spreadsheets by their ids: the ids of those that are *there*."""

    there: set[str] = field(default_factory=set)
    away: int = 0

    def of(self, sheet_id: str) -> FakeEraser:
        """Return the witness of one spreadsheet."""
        return FakeEraser(left=1 if sheet_id in self.there else None, away=self.away)


@dataclass
class FakeInventory(_Place):
    """Be an `Inventory` over *there*, by name what is listed; *away* as in `FakeEraser`."""

    there: dict[str, Listed] = field(default_factory=dict)

    def put(self, name: str, shown: str = "", count: int = 1) -> None:
        """Let something lie there."""
        self.there[name] = Listed(name, count, shown)

    def listed(self) -> list[Listed]:
        self._answer("listed")
        return list(self.there.values())
