"""Translate flat records to documents and back, field by field; `id` is the document's name and not in it."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import fields
from functools import cache
from typing import Any, ClassVar, TypeVar, cast, get_args, get_origin, get_type_hints

from prizedraw.ports import Document

T = TypeVar("T")


def flat(record: Any) -> Document:
    """Translate a record; tuples become lists."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "id"}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def from_flat(cls: Callable[..., T], id: str, doc: Mapping[str, Any]) -> T:
    """
    Translate back; lists become tuples.

    Raises:
        TypeError: the document lacks a field or has another, or a value is of another type than its field.
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
    hints = get_type_hints(cls)
    return {name: kind for name, kind in hints.items() if get_origin(kind) is not ClassVar}


def _is_of(value: Any, kind: Any) -> bool:
    """Tell whether a value is of the type that its field says, all through."""
    of = get_args(kind)
    match get_origin(kind):
        case None:
            return kind is Any or (type(value) is kind if kind in (int, bool) else isinstance(value, kind))
        case origin if origin is dict:
            return isinstance(value, dict) and all(_is_of(k, of[0]) and _is_of(v, of[1]) for k, v in value.items())
        case origin if origin in (tuple, list):
            return isinstance(value, origin) and all(_is_of(item, of[0]) for item in value)
    return any(_is_of(value, one) for one in of)
