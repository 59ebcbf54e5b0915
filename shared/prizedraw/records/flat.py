"""
Translate flat records to documents and back, field by field; `id` is the document's name and not in it.

What a field may hold is its type: a time is an `Instant` or a `Stamp`, a word of a fixed set `Annotated` with `one_of`.
Whoever can write the database can leave anything there; a document that does not fit is no record (`NoRecord`), and the
error says so by the name of its collection, whichever field it is.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import fields
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar, cast, get_args, get_origin, get_type_hints

from prizedraw.errors import Broken, Problem
from prizedraw.ports import Document, Record
from prizedraw.times import is_instant, is_stamp

UNREADABLE = Problem(
    "E-154",
    "データベースの記録（{collection}）に、正しい形でないものがあります。作業を止めて、保守担当に連絡してください。"
    "その記録が取り除かれれば、同じ操作で続きから行えます。",
)

T = TypeVar("T")

Instant = Annotated[str, is_instant]
"""An instant (`times`)."""
Stamp = Annotated[str, is_stamp]
"""RFC 3339 UTC, whole seconds."""
InstantOrEmpty = Annotated[str, lambda text: not text or is_instant(text)]
StampOrEmpty = Annotated[str, lambda text: not text or is_stamp(text)]


class NoRecord(Broken):
    """A document that is no record of its collection's kind; what it holds is not told."""

    def __init__(self, kind: type[Record]) -> None:
        super().__init__(UNREADABLE, collection=kind.COLLECTION)


def one_of(words: Iterable[str]) -> Callable[[Any], bool]:
    """Return what tells whether a text is one of the *words*."""
    return frozenset(words).__contains__


def flat(record: Any) -> Document:
    """Translate a record; tuples become lists."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "id"}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def from_flat(cls: Callable[..., T], id: str, doc: Mapping[str, Any]) -> T:
    """
    Translate back; lists become tuples.

    Raises:
        TypeError: the document lacks a field or has another, or a value is none that its field may hold.
    """
    record = cls(id=id, **{k: tuple(v) if isinstance(v, list) else v for k, v in doc.items()})
    for name, kind in _kinds(cast(Hashable, type(record))).items():
        value = getattr(record, name)
        if not _is_of(value, kind):
            raise TypeError
    return record


@cache
def _kinds(cls: Any) -> dict[str, Any]:
    """Return the types of a record's fields, by name."""
    hints = get_type_hints(cls, include_extras=True)
    return {name: kind for name, kind in hints.items() if get_origin(kind) is not ClassVar}


def _is_of(value: Any, kind: Any) -> bool:
    """Tell whether a value is of the type that its field says, all through."""
    of = get_args(kind)
    match get_origin(kind):
        case None:
            return kind is Any or (type(value) is kind if kind in (int, bool) else isinstance(value, kind))
        case origin if origin is Annotated:
            return _is_of(value, of[0]) and all(fits(value) for fits in of[1:])
        case origin if origin is dict:
            return isinstance(value, dict) and all(_is_of(k, of[0]) and _is_of(v, of[1]) for k, v in value.items())
        case origin if origin in (tuple, list):
            return isinstance(value, origin) and all(_is_of(item, of[0]) for item in value)
    return any(_is_of(value, one) for one in of)
