"""Hold a form's responses as the local Google Forms lists them: by id, and in the order of their instants."""

import re
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator

from prizedraw.ports import Document
from prizedraw.rehearsal.google.json_wire import ApiError
from prizedraw.times import instant

_FILTER = re.compile(r"timestamp (>=?) (\S+)")


class Responses:
    """
    The responses of one form, iterated in the order in which they were first submitted.

    A listing since an instant touches no earlier response: a form is read once a notification, and there are as many
    of these as responses.
    """

    def __init__(self) -> None:
        self._rows: dict[str, tuple[str, Document]] = {}
        self._by_time: list[tuple[str, str]] = []

    def __iter__(self) -> Iterator[Document]:
        """Yield every response."""
        return (row for _, row in self._rows.values())

    def get(self, name: str) -> Document | None:
        """Return a response by its id, None if there is none."""
        held = self._rows.get(name)
        return held[1] if held else None

    def put(self, at: str, row: Document) -> None:
        """Hold a response that was submitted *at* an instant, in the place of an earlier version."""
        name = row["responseId"]
        self._forget_time(name)
        self._rows[name] = (at, row)
        insort(self._by_time, (at, name))

    def remove(self, name: str) -> None:
        """Remove a response; do nothing if it is not there."""
        self._forget_time(name)
        self._rows.pop(name, None)

    def clear(self) -> None:
        """Remove every response."""
        self._rows.clear()
        self._by_time.clear()

    def meeting(self, condition: str) -> list[str]:
        """
        Return the ids of the responses that meet a filter; an empty one is met by all.

        Raises:
            ApiError: the service knows no such filter.
            ValueError: its instant is none.
        """
        if not condition:
            return list(self._rows)
        match = _FILTER.fullmatch(condition)
        if match is None:
            raise ApiError(400, "Invalid filter.")
        cut = bisect_left if match[1] == ">=" else bisect_right
        start = cut(self._by_time, instant(match[2]), key=lambda pair: pair[0])
        return [name for _, name in self._by_time[start:]]

    def _forget_time(self, name: str) -> None:
        held = self._rows.get(name)
        if held is not None:
            del self._by_time[bisect_left(self._by_time, (held[0], name))]
