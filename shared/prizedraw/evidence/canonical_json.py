"""Write and read canonical JSON (RFC 8785), and hash files: the ground of everything that is published."""

import hashlib
import json
from collections.abc import Mapping
from typing import NoReturn

import rfc8785

from prizedraw.errors import Broken, Problem
from prizedraw.evidence.fields import Json, demand

NOT_CANONICAL = Problem(
    "E-506", "公開ファイル {file} が正規形のJSON（RFC 8785）ではありません。作業を止めて保守担当に連絡してください。"
)
UNWRITABLE = Problem(
    "E-508", "公開ファイルに書けない値があります（小数、大きすぎる整数など）。作業を止めて保守担当に連絡してください。"
)


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of *data* in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Json) -> bytes:
    """
    Write canonical JSON (RFC 8785).

    Raises:
        Broken: the value holds a float, an integer beyond 2^53 − 1, a lone surrogate, or what JSON does not know.
    """
    try:
        _refuse_floats(value)
        data: bytes = rfc8785.dumps(value)
    except (ValueError, RecursionError):
        raise Broken(UNWRITABLE) from None
    return data


def _refuse_floats(value: Json) -> None:
    """Refuse even a float that RFC 8785 would write as an integer."""
    demand(not isinstance(value, float))
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for element in value:
            _refuse_floats(element)


def read_canonical(data: bytes, file: str) -> Json:
    """
    Read canonical JSON; *file* is the name to complain of.

    Raises:
        Broken: the bytes are not the canonical form of what they say, duplicate keys and floats included.
    """
    try:
        return _strict(data)
    except (ValueError, RecursionError):
        raise Broken(NOT_CANONICAL, file=file) from None


def _strict(data: bytes) -> Json:
    value: Json = json.loads(data.decode(), parse_float=_refuse, parse_constant=_refuse)
    demand(rfc8785.dumps(value) == data)
    return value


def _refuse(_: str) -> NoReturn:
    raise ValueError
