"""
Cut replies to the `fields` that a request asks for, as Google's APIs do.

Syntax: https://developers.google.com/workspace/drive/api/guides/fields-parameter
"""

import re
from collections import deque
from typing import Any

Fields = dict[str, "Fields"]

_FIELD_TOKEN = re.compile(r"[A-Za-z_]\w*|[*,()/.]", re.ASCII)


def parse_fields(mask: str) -> Fields:
    """
    Read a `fields` mask: names joined by `,`, nested by `/`, `.` or parentheses, `*` for all. A leaf is empty.

    Raises:
        ValueError: *mask* does not follow the syntax.
    """
    tokens = deque(_FIELD_TOKEN.findall(mask))
    if not tokens or "".join(tokens) != mask:
        raise ValueError("not a fields mask")
    fields = _selection(tokens)
    if tokens:
        raise ValueError("unbalanced fields mask")
    return fields


def _selection(tokens: deque[str]) -> Fields:
    """Read one comma-separated list of paths."""
    fields: Fields = {}
    while True:
        name, inner = _path(tokens)
        # A name that is selected whole stays whole, whatever parts of it are named beside.
        fields[name] = _merged(fields[name], inner) if name in fields else inner
        if not tokens or tokens[0] != ",":
            return fields
        tokens.popleft()


def _path(tokens: deque[str]) -> tuple[str, Fields]:
    """Read one path: a name, and what is selected within it."""
    name = tokens.popleft() if tokens else ""
    if not name or name in ",()/.":
        raise ValueError("a name is missing in the fields mask")
    if tokens and tokens[0] in "/.":
        tokens.popleft()
        inner, rest = _path(tokens)
        return name, {inner: rest}
    if tokens and tokens[0] == "(":
        tokens.popleft()
        inside = _selection(tokens)
        if not tokens or tokens.popleft() != ")":
            raise ValueError("unbalanced fields mask")
        return name, inside
    return name, {}


def _merged(one: Fields, other: Fields) -> Fields:
    """Select what either selects; empty selects everything."""
    if not one or not other:
        return {}
    names = one.keys() | other.keys()
    return {n: _merged(one[n], other[n]) if n in one and n in other else (one | other)[n] for n in names}


def partial(value: Any, fields: Fields) -> Any:
    """Cut *value* to *fields*; lists are cut element by element, an empty mask keeps everything."""
    if not fields:
        return value
    if isinstance(value, list):
        return [partial(element, fields) for element in value]
    if not isinstance(value, dict):
        return value
    rest = fields.get("*")
    chosen = {name: fields.get(name, rest) for name in value}
    return {name: partial(value[name], inner) for name, inner in chosen.items() if inner is not None}
