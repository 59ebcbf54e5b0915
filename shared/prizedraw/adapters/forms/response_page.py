"""
Read a page of `forms.responses.list` one response after the other.

Of a page of 5,000 that is parsed as a whole, Python keeps 200,000 objects, through which its garbage collector goes
again and again while the responses are judged: a fifth of the time that `intake` took (`docs/decisions/entries.md`). A
response that is dropped before the next one is parsed costs nothing of the kind, and no memory. For the same reason the
bytes are made text piece by piece: one emoji among the answers, and the text of a whole page takes 4 bytes a character.
"""

import codecs
import json
import re
from collections.abc import Generator

from prizedraw.ports import Document

_PIECE_BYTES = 2**16
_DECODER = json.JSONDecoder()
_ROWS = re.compile(r'"responses"\s*:\s*\[\s*')
_AFTER = re.compile(r"\s*,\s*|\s*(?=])")
"""What stands behind a response: before another one, or at the end."""


def rows_of(page: bytes, piece_bytes: int = _PIECE_BYTES) -> Generator[Document, None, Document]:
    """
    Yield the responses of a *page* (JSON in UTF-8), each parsed when it is asked for; return the page without them.

    Raises:
        ValueError: it is no JSON object, or cut off. The page holds answers: raise something else from None.
    """
    starts = range(0, len(page), piece_bytes)
    pieces = codecs.iterdecode((page[start : start + piece_bytes] for start in starts), "utf-8")
    text = ""
    while (found := _ROWS.search(text)) is None and (piece := next(pieces, "")):
        text += piece
    before, text = (text[: found.end()], text[found.end() :]) if found else (text, "")
    end = 0
    while found:
        try:
            row, behind = _DECODER.raw_decode(text, end)
            after = _AFTER.match(text, behind)
        except ValueError:
            after = None
        if after is None:  # the piece ends here, or what was listed
            if not (piece := next(pieces, "")):
                break
            text, end = (text[end:] + piece).lstrip(), 0
            continue
        yield row
        end = after.end()
    rest = json.loads(before + text[end:])
    if not isinstance(rest, dict):
        raise ValueError("not an object")
    return rest
