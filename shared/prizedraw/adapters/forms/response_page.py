"""
Read a page of `forms.responses.list` one response after the other.

Of a page of 5,000 that is parsed as a whole, Python keeps 200,000 objects, through which its garbage collector goes
again and again while the responses are judged: a fifth of the time that `intake` took (`docs/decisions/entries.md`). A
response that is dropped before the next one is parsed costs nothing of the kind, and no memory.
"""

import json
import re
from collections.abc import Generator

from prizedraw.ports import Document

_DECODER = json.JSONDecoder()
_ROWS = re.compile(r'"responses"\s*:\s*\[\s*')
_COMMA = re.compile(r"\s*,\s*")


def rows_of(page: str) -> Generator[Document, None, Document]:
    """
    Yield the responses of a *page* (JSON), each parsed when it is asked for; return the page without them.

    Raises:
        ValueError: it is no JSON object, or cut off. The text holds answers: raise something else from None.
    """
    found = _ROWS.search(page)
    start = end = found.end() if found else 0
    more = found is not None and not page.startswith("]", start)
    while more:
        row, end = _DECODER.raw_decode(page, end)
        yield row
        comma = _COMMA.match(page, end)
        more = comma is not None
        end = comma.end() if comma else end
    rest = json.loads(page[:start] + page[end:])
    if not isinstance(rest, dict):
        raise ValueError("not an object")
    return rest
