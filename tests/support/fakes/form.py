"""Keep a form, its responses and its watches in memory, for the ports `Form` and `Watches`."""

import copy
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from prizedraw.errors import Again, Problem, Refused
from prizedraw.ports import Clock, Document, Watch
from prizedraw.times import instant, instant_of, moment_of

NOT_SHARED = Problem("E-165", "フォームが共有されていません。")
AWAY = Problem("E-166", "フォームのサービスが応答しません。")
LIFETIME = timedelta(days=7)
Watchlist = list[Watch]

_ROW = ("responseId", "createTime", "lastSubmittedTime", "respondentEmail", "answers")
_TOP = ("formId", "info", "linkedSheetId", "responderUri", "publishSettings", "settings", "items")
_LEFT_OUT = {"description", "grading", "image", "shuffle", "shuffleQuestions", "imageItem", "videoItem", "textItem"}


@dataclass(frozen=True)
class Sent:
    """Record one call: its name and what it was given."""

    name: str
    argument: str | None = None


class MemoryForm:
    """
    Implement `Form` and `Watches`; tests read `calls` and turn the knobs.

    *page_limit*: rows a page; *away*: how many of the next calls fail with `Again`, before their effect, or with
    *away_after* after it; *shared*: whether the form may be read. *shown*: every row that was handed out.
    """

    def __init__(self, form: Document, responses: Sequence[Document], clock: Clock, *, seed: int = 0) -> None:
        self.calls: list[Sent] = []
        self.shown: list[Document] = []
        self.page_limit = 5000
        self.away = 0
        self.away_after = 0
        self.shared = True
        self._form = form
        self._rows: dict[str, Document] = {}
        self._watches: dict[str, Watch] = {}
        self._clock = clock
        self._random = random.Random(seed)
        for response in responses:
            self.submit(response)

    def submit(self, response: Document) -> None:
        """Add a response with its times, or replace the one with its id."""
        self._rows[response["responseId"]] = response

    def remove(self, response_id: str) -> None:
        """Delete a response."""
        self._rows.pop(response_id, None)

    def put_form(self, form: Document) -> None:
        """Change the form."""
        self._form = form

    def unshare(self) -> None:
        """Take the access away; watches are suspended."""
        self.shared = False
        self._watches = {w.id: replace(w, state="SUSPENDED") for w in self._watches.values()}

    def share(self) -> None:
        """Give the access back; suspended watches stay so until they are renewed."""
        self.shared = True

    def form(self) -> Document:
        """Return the form as the real adapter cuts it."""
        self._enter("form")
        cut: Document = _without({name: self._form[name] for name in _TOP if name in self._form})
        self._leave()
        return cut

    def responses(self, since: str | None = None) -> Iterator[Document]:
        """Yield responses in a shuffled order; each page is one call."""
        found = [row for row in self._rows.values() if since is None or instant(row["lastSubmittedTime"]) >= since]
        self._random.shuffle(found)
        for start in range(0, max(len(found), 1), self.page_limit):
            self._enter("responses", since)
            page = [{n: copy.deepcopy(row[n]) for n in _ROW if n in row} for row in found[start:][: self.page_limit]]
            self._leave()
            self.shown += page
            yield from page

    def create(self) -> Watch:
        """Make the watch or return the living one."""
        self._enter("create")
        living = self._living()
        made = living[0] if living else Watch(f"watch-{len(self.calls)}", "ACTIVE", self._expiry())
        self._watches[made.id] = made
        self._leave()
        return made

    def renew(self, id: str) -> Watch | None:
        """Renew a living watch."""
        self._enter("renew", id)
        if id not in {watch.id for watch in self._living()}:
            return None
        self._watches[id] = Watch(id, "ACTIVE", self._expiry())
        self._leave()
        return self._watches[id]

    def delete(self, id: str) -> None:
        """End a watch."""
        self._enter("delete", id)
        self._watches.pop(id, None)
        self._leave()

    def list(self) -> list[Watch]:
        """Return the living watches."""
        self._enter("list")
        self._leave()
        return self._living()

    def _living(self) -> Watchlist:
        return [watch for watch in self._watches.values() if moment_of(watch.expires_at) > self._clock()]

    def _expiry(self) -> str:
        return instant_of(self._clock() + LIFETIME)

    def _enter(self, name: str, argument: str | None = None) -> None:
        self.calls.append(Sent(name, argument))
        if self.away:
            self.away -= 1
            raise Again(AWAY)
        if not self.shared:
            raise Refused(NOT_SHARED)

    def _leave(self) -> None:
        if self.away_after:
            self.away_after -= 1
            raise Again(AWAY)


def _without(value: Any) -> Any:
    """Copy *value* without what the real adapter's mask leaves out."""
    if isinstance(value, dict):
        return {name: _without(inner) for name, inner in value.items() if name not in _LEFT_OUT}
    if isinstance(value, list):
        return [_without(element) for element in value]
    return value
