"""Translate flat records to documents and back, field by field; `id` is the document's name and not in it."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from prizedraw.ports import Document

T = TypeVar("T")


def flat(record: Any) -> Document:
    """Translate a record; tuples become lists."""
    values = {f.name: getattr(record, f.name) for f in fields(record) if f.name != "id"}
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}


def from_flat(cls: Callable[..., T], id: str, doc: Mapping[str, Any]) -> T:
    """Translate back; lists become tuples."""
    return cls(id=id, **{k: tuple(v) if isinstance(v, list) else v for k, v in doc.items()})
