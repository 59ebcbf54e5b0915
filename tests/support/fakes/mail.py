"""Stand in for the sender's mailbox, in memory. `tests/contract/test_mail.py` holds it to what Gmail does."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from itertools import takewhile
from typing import Literal

from prizedraw.errors import Again, Problem
from prizedraw.ports import Bounce, MailRejected

LOST = Problem("E-170", "返事がありません。")
Kind = Literal["lost_before", "lost_after", "quota", "credentials", "message"]


class FakeMail:
    """
    Be a `Mailer` that keeps everything.

    *drafts*: unsent, by id. *sent*: mails by message id, in order. *calls*: the port's methods, as they were called.
    """

    def __init__(self) -> None:
        self.drafts: dict[str, bytes] = {}
        self.sent: dict[str, bytes] = {}
        self.calls: list[str] = []
        self._faults: defaultdict[str, deque[Kind]] = defaultdict(deque)
        self._made = 0

    def fail(self, method: str, kind: Kind, times: int = 1) -> None:
        """
        Let the next *times* calls of a method fail.

        *lost_before*: nothing is done and the outcome unknown. *lost_after*: it is done, but the reply is lost.
        Any other kind is a refusal.
        """
        self._faults[method].extend([kind] * times)

    def recover(self) -> None:
        """Let no call fail any more."""
        self._faults.clear()

    def create_draft(self, message: bytes) -> str:
        lost = self._begin("create_draft")
        self._made += 1
        draft_id = f"draft-{self._made}"
        self.drafts[draft_id] = message
        self._end(lost)
        return draft_id

    def send_draft(self, draft_id: str) -> str | None:
        lost = self._begin("send_draft")
        message_id = None
        if draft_id in self.drafts:
            message_id = f"message-{len(self.sent) + 1}"
            self.sent[message_id] = self.drafts.pop(draft_id)
        self._end(lost)
        return message_id

    def has_draft(self, draft_id: str) -> bool:
        lost = self._begin("has_draft")
        self._end(lost)
        return draft_id in self.drafts

    def delete_draft(self, draft_id: str) -> None:
        lost = self._begin("delete_draft")
        self.drafts.pop(draft_id, None)
        self._end(lost)

    def _begin(self, method: str) -> bool:
        self.calls.append(method)
        fault = self._faults[method].popleft() if self._faults[method] else None
        if fault == "lost_before":
            raise Again(LOST)
        if fault and fault != "lost_after":
            raise MailRejected(fault)
        return fault == "lost_after"

    @staticmethod
    def _end(lost: bool) -> None:
        if lost:
            raise Again(LOST)


class FakeBounces:
    """Be a reader of delivery failures that were put in by hand."""

    def __init__(self) -> None:
        self._failures: list[tuple[str, Bounce]] = []

    def put(self, arrived: str, reference: str, status: str = "5.1.1", also: tuple[str, ...] = ()) -> None:
        """Let a failure have arrived at an instant; with an empty reference, one that does not tell of which letter."""
        mail = f"report-{len(self._failures)}"
        self._failures[:0] = [(arrived, Bounce(named, status, mail)) for named in (reference, *also)]

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        found = (bounce for arrived, bounce in self._failures if arrived >= moment)
        return takewhile(lambda _: not is_over(), found)
