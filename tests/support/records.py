"""Every kind of record that is stored, found by walking the package of records; samples of them, and spoilt ones."""

import dataclasses
import importlib
import pkgutil
import types
import typing
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Any, ClassVar

from prizedraw import records
from prizedraw.ports import Document, Record, Replace
from prizedraw.records.entries import Totals


def kinds() -> list[type[Any]]:
    """Return every class of `records/` that has a collection, by module and name."""
    modules = [
        importlib.import_module(f"prizedraw.records.{found.name}") for found in pkgutil.iter_modules(records.__path__)
    ]
    found = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and hasattr(kind, "COLLECTION")
    }
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))


def sample(kind: type[Any], *, full: bool) -> Any:
    """Build a record: *full* of everything, or as empty as it may be."""
    hints = typing.get_type_hints(kind, include_extras=True)
    values = {f.name: _value(hints[f.name], full) for f in dataclasses.fields(kind)}
    return kind(**values | ({"id": "current"} if "id" in values else {}))


def _value(hint: Any, full: bool) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return next(
            one for one in _values(arguments[0], arguments[1:], full) if all(fits(one) for fits in arguments[1:])
        )
    if origin in (typing.Union, types.UnionType):
        return _value(next(a for a in arguments if a is not type(None)), full) if full else None
    if origin is dict:
        name = "𠮷-1" if arguments[0] is str else _value(arguments[0], full)
        return {name: _value(arguments[1], full)} if full else {}
    if origin in (list, tuple):
        second = "ふたつめ" if arguments[0] is str else _value(arguments[0], full)
        return origin([_value(arguments[0], full), second] if full else [])
    if dataclasses.is_dataclass(hint):
        return sample(typing.cast("type[Any]", hint), full=full)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return list(hint)[-1 if full else 0]
    plain: dict[Any, tuple[Any, Any]] = {
        str: ("文字\0🎉", ""),
        bytes: (b"\x00\xff", b""),
        int: (2**40, 0),
        bool: (True, False),
        Any: ({"n": [1, None]}, 0),
    }
    return plain[hint][0 if full else 1]


def _values(hint: Any, demands: Sequence[Any], full: bool) -> Iterator[Any]:
    """Yield what may fit a field that does not take every value of its type."""
    yield _value(hint, full)
    if hint is str:
        yield from ("2026-03-02T13:00:00Z", "2026-03-02T13:00:00.123456789Z")
        for one in demands:
            yield from sorted(getattr(one, "__self__", ()), reverse=full)
    yield sample(Totals, full=full).to_doc()


def spoilt(document: Document) -> Iterator[tuple[str, Document]]:
    """Yield the *document* with one field missing, of another type, junk, or more than it has; each with its name."""
    for name, value in document.items():
        yield f"{name} missing", {other: kept for other, kept in document.items() if other != name}
        for how, wrong in _wrong(value):
            yield f"{name} {how}", document | {name: wrong}
    yield "one more", document | {"unheard_of": 1}


def _wrong(value: Any) -> Iterator[tuple[str, Any]]:
    yield "of another type", "x" if not isinstance(value, str) else 5
    match value:
        case str():
            yield "junk", "junk"
            yield "no date", "2026-13-41T25:61:61" + value[19:] if value[10:11] == "T" else "2026-13-41T25:61:61Z"
            yield "past the calendar", "9999-12-31T23:59:59" + value[19:] if value[10:11] == "T" else "9999"
            yield "empty", ""
        case bytes():
            yield "junk", b"junk"
        case dict():
            yield "junk", {"junk": 1}
            yield "junk inside", {"junk": {"junk": "junk"}}
        case list():
            yield "junk", ["junk"]
            yield "junk inside", [{"junk": 1}]


def planted(collection: str, document: Document, id: str = "planted") -> Replace:
    """Return what puts a *document* into a collection past its record."""

    @dataclasses.dataclass
    class Planted:
        COLLECTION: ClassVar[str] = collection
        from_doc: ClassVar[Any] = None
        id: str

        def to_doc(self) -> Document:
            return document

    return Replace(typing.cast(Record, Planted(id)))
