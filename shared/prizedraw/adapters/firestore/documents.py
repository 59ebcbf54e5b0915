"""
Say what a document may hold, and translate documents to Firestore's protobuf values and back.

What every store shares. The protobuf messages are handed in, so that nothing of Google's is imported here. Values:
https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.v1#value
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from prizedraw.errors import Final, Problem
from prizedraw.ports import MAX_WRITES, Delete, Document, Record, Write
from prizedraw.records.flat import NoRecord

AWAY = Problem("E-151", "データベース（Firestore）が応答しません。数分後にもう一度実行してください。")
REFUSED = Problem("E-152", "データベース（Firestore）に断られました（{status}）。構築担当に連絡してください。")
UNSTORABLE = Problem(
    "E-153",
    "データベースに保存できない値があり（{collections}）、書き込みませんでした。保守担当に連絡してください。",
)

_ID = re.compile(r"(?!\.{1,2}\Z)(?!__.*__\Z)[^\x00-\x20/\x7f\ud800-\udfff]{1,375}")
"""Firestore takes 1,500 bytes of UTF-8 without a slash, and keeps `.`, `..` and `__…__` to itself."""
_SCALARS = frozenset({"string_value", "bytes_value", "boolean_value", "integer_value"})
R = TypeVar("R", bound=Record)


def is_id(id: str) -> bool:
    """Tell whether a document may have this id; no other has ever been stored."""
    return _ID.fullmatch(id) is not None


def paths(writes: Sequence[Write]) -> list[str]:
    """
    Name the document of each write: `collection/id`.

    Raises:
        ValueError: more than 500 writes, or one document twice.
        Final: an id that no document may have.
    """
    named = [_target(write) for write in writes]
    if len(writes) > MAX_WRITES or len(set(named)) < len(named):
        raise ValueError("a commit takes at most 500 writes, each document once")
    for kind, name in named:
        if not is_id(name):
            raise Final(UNSTORABLE, collections=kind.COLLECTION)
    return [f"{kind.COLLECTION}/{name}" for kind, name in named]


def _target(write: Write) -> tuple[type[Record], str]:
    return (write.kind, write.id) if isinstance(write, Delete) else (type(write.record), write.record.id)


def collections(writes: Sequence[Write]) -> str:
    """Name the collections that a batch writes to, as a fact for a reader."""
    return "、".join(sorted({_target(write)[0].COLLECTION for write in writes}))


def collection_of(path: str, campaign: str) -> str:
    """
    Name the collection of a document's *path* below `documents/`, without the ids of documents.

    A collection of the campaign has its own name (`entries`, or `entries/*/notes` below its documents), one elsewhere
    begins with `/` (`/people`); all that lies below other campaigns is `/campaigns/*`.
    """
    root, _, rest = path.partition("/")
    whose, _, inside = rest.partition("/")
    if root == "campaigns" and inside:
        return "/*/".join(inside.split("/")[::2]) if whose == campaign else "/campaigns/*"
    return "/" + "/*/".join(path.split("/")[::2])


def record_of(kind: type[R], id: str, document: Document) -> R:
    """
    Make the record of a document.

    Raises:
        NoRecord: the document is none; what it holds is not told.
    """
    try:
        record: R = kind.from_doc(id, document)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise NoRecord(kind) from None
    return record


def encode(document: Mapping[str, Any], fields: Any) -> None:
    """
    Put a document of plain values into the *fields* of a protobuf `Document` or `MapValue`, one message each.

    Raises:
        TypeError: a value or a key of another type.
        ValueError: an integer beyond 64 bits, or text that is not Unicode (a lone surrogate). Both texts hold the
            value: raise something else from None.
    """
    for name, value in document.items():
        kind = type(value)
        if kind is str:  # most are
            fields[name].string_value = value
        elif kind is bytes:
            fields[name].bytes_value = value
        else:
            put(value, fields[name])


def put(value: Any, into: Any) -> None:
    """Put one plain value into a protobuf `Value`; raise as `encode` does."""
    if isinstance(value, str):
        into.string_value = value
    elif isinstance(value, bytes):
        into.bytes_value = value
    elif isinstance(value, bool):
        into.boolean_value = value
    elif isinstance(value, int):
        into.integer_value = value
    elif value is None:
        into.null_value = 0
    elif isinstance(value, list):
        array = into.array_value
        array.SetInParent()
        for item in value:
            put(item, array.values.add())
    elif isinstance(value, dict):
        into.map_value.SetInParent()
        encode(value, into.map_value.fields)
    else:
        raise TypeError


def decode(fields: Any) -> Document:
    """
    Return the plain values of the *fields* of a protobuf `Document` or `MapValue`.

    Raises:
        ValueError: a value that this package never writes, such as a double or a timestamp.
    """
    return {name: plain(value) for name, value in fields.items()}


def plain(value: Any) -> Any:
    """Return the plain value of one protobuf `Value`, or None for an absent one; raise as `decode` does."""
    kind = None if value is None else value.WhichOneof("value_type")
    if kind in _SCALARS:
        return getattr(value, kind)
    if kind == "array_value":
        return [plain(item) for item in value.array_value.values]
    if kind == "map_value":
        return decode(value.map_value.fields)
    if value is None or kind == "null_value":
        return None
    raise ValueError("not a plain value")


def chunks(ids: Sequence[str]) -> Iterator[list[str]]:
    """Cut the ids that documents may have into lists of at most 500, each id once."""
    wanted = list(dict.fromkeys(filter(is_id, ids)))
    for start in range(0, len(wanted), MAX_WRITES):
        yield wanted[start : start + MAX_WRITES]
