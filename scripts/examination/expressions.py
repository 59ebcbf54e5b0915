"""
Work out the expressions of Terraform's pages.

What nobody can know before the apply (an address that Google chooses) raises `Unknown`; what this reader was not made
for raises `NotUnderstood`. Sets are lists, sorted and without repetition.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from examination.hcl import Node, NotUnderstood

Names = Callable[[str], Any]
"""What a name stands for: `var`, `local`, `each`, or a kind of resource."""


class Unknown(Exception):
    """Say that a value is known only to Google."""


class Things:
    """Things that are looked up by name when they are asked for: locals, resources, what a resource tells of itself."""

    def __init__(self, give: Callable[[str], Any]) -> None:
        self.give = give


def value_of(node: Node, names: Names) -> Any:
    """Return what an expression comes to."""
    kind, *parts = node
    if kind == "value":
        return parts[0]
    if kind == "name":
        return names(parts[0])
    return _KINDS[kind](parts, names)


def _step(parts: list[Any], names: Names) -> Any:
    whole, key = value_of(parts[0], names), value_of(parts[1], names)
    if isinstance(whole, Things):
        return whole.give(str(key))
    try:
        return whole[key if isinstance(whole, Mapping) else int(key)]
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise NotUnderstood(f"there is no {key!r} there") from error


def _text(parts: list[Any], names: Names) -> Any:
    pieces = [part if isinstance(part, str) else value_of(part, names) for part in parts[0]]
    if len(pieces) == 1 and not isinstance(parts[0][0], str):
        return pieces[0]
    return "".join(said(piece) for piece in pieces)


def _loop(parts: list[Any], names: Names) -> Any:
    loop_names, over, first, second, test = parts
    rows = []
    for key, value in pairs_of(value_of(over, names)):
        seen = also_named(names, dict(zip(loop_names, (key, value) if len(loop_names) > 1 else (value,), strict=True)))
        if test is None or value_of(test, seen):
            rows.append((value_of(first, seen), None if second is None else value_of(second, seen)))
    return [row[0] for row in rows] if second is None else {said(key): value for key, value in rows}


def _call(parts: list[Any], names: Names) -> Any:
    name, given, spread = parts
    if name in ("can", "try"):
        return _attempt(name, given, names)
    if name not in _FUNCTIONS:
        raise NotUnderstood(f"a function that is not read: {name}")
    values = [value_of(one, names) for one in given]
    if spread:
        values[-1:] = list(values[-1])
    return _FUNCTIONS[name](*values)


def _attempt(name: str, given: tuple[Node, ...], names: Names) -> Any:
    for one in given:
        try:
            found = value_of(one, names)
        except (NotUnderstood, ValueError):
            continue
        return True if name == "can" else found
    return False


def _two(parts: list[Any], names: Names) -> Any:
    sign, left, right = parts
    if sign in ("&&", "||"):
        first = value_of(left, names)
        return value_of(right, names) if bool(first) == (sign == "&&") else first
    return _SIGNS[sign](value_of(left, names), value_of(right, names))


def _all(parts: list[Any], names: Names) -> list[Any]:
    whole, rest = parts
    return [value_of(rest, also_named(names, {"": item})) for _, item in pairs_of(value_of(whole, names))]


def also_named(names: Names, own: Mapping[str, Any]) -> Names:
    """Return *names* with some more, which go before."""
    return lambda name: own[name] if name in own else names(name)


_SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "/": lambda a, b: a / b,
    "%": lambda a, b: a % b,
}
_KINDS: dict[str, Callable[[list[Any], Names], Any]] = {
    "step": _step,
    "text": _text,
    "loop": _loop,
    "call": _call,
    "two": _two,
    "all": _all,
    "one": lambda parts, names: not value_of(parts[1], names) if parts[0] == "!" else -value_of(parts[1], names),
    "choice": lambda parts, names: value_of(parts[1] if value_of(parts[0], names) else parts[2], names),
    "list": lambda parts, names: [value_of(one, names) for one in parts[0]],
    "map": lambda parts, names: {said(value_of(key, names)): value_of(value, names) for key, value in parts[0]},
}


def pairs_of(values: Any) -> list[tuple[Any, Any]]:
    """Return keys and values in Terraform's order: of a map by its keys, of a list by its places."""
    return sorted(values.items()) if isinstance(values, Mapping) else list(enumerate(values))


def said(value: Any) -> str:
    """Return a value as it stands in a text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def as_set(values: Any) -> list[Any]:
    """Return what a set holds: each once, in order."""
    return sorted({*values})


_LENGTHS = {"h": 3600, "m": 60, "s": 1}
_TIMES = {
    "YYYY": "%Y",
    "MM": "%m",
    "DD": "%d",
    "hh": "%H",
    "mm": "%M",
    "ss": "%S",
}


def _duration(text: str) -> timedelta:
    found = re.fullmatch(r"(-?)((?:\d+[hms])+)", text)
    if found is None:
        raise NotUnderstood(f"a duration that is not read: {text}")
    seconds = sum(int(n) * _LENGTHS[unit] for n, unit in re.findall(r"(\d+)([hms])", found[2]))
    return timedelta(seconds=-seconds if found[1] else seconds)


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def _formatdate(pattern: str, text: str) -> str:
    moment = datetime.fromisoformat(text)
    plain = {"M": moment.month, "D": moment.day, "h": moment.hour, "m": moment.minute, "s": moment.second}

    def piece(found: "re.Match[str]") -> str:
        word = found[0]
        if word in _TIMES:
            return moment.strftime(_TIMES[word])
        if word in plain:
            return str(plain[word])
        raise NotUnderstood(f"a date's part that is not read: {word}")

    return re.sub(r"([A-Za-z])\1*", piece, pattern)


def _regex(pattern: str, text: str) -> Any:
    found = re.search(pattern.replace("[:space:]", r"\s"), text)
    if found is None:
        raise NotUnderstood(f"{text!r} is not of the form {pattern}")
    return list(found.groups()) if found.groups() else found[0]


def _merge(*maps: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for one in maps for key, value in one.items()}


def _flat(values: Any) -> list[Any]:
    return [inner for value in values for inner in (_flat(value) if isinstance(value, list) else [value])]


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "alltrue": all,
    "anytrue": any,
    "base64encode": lambda text: base64.b64encode(text.encode()).decode(),
    "coalesce": lambda *values: next(value for value in values if value not in (None, "")),
    "compact": lambda values: [value for value in values if value],
    "concat": lambda *lists: [value for one in lists for value in one],
    "contains": lambda values, value: value in values,
    "distinct": lambda values: list(dict.fromkeys(values)),
    "endswith": lambda text, end: text.endswith(end),
    "flatten": _flat,
    "floor": lambda value: int(value // 1),
    "formatdate": _formatdate,
    "join": lambda mark, values: mark.join(said(value) for value in values),
    "jsonencode": lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True),
    "keys": sorted,
    "length": len,
    "lookup": lambda whole, key, other=None: whole.get(key, other),
    "lower": str.lower,
    "max": max,
    "merge": _merge,
    "min": min,
    "one": lambda values: values[0] if values else None,
    "range": lambda *ends: list(range(*ends)),
    "regex": _regex,
    "replace": lambda text, old, new: text.replace(old, new),
    "setproduct": lambda *sets: [list(row) for row in product(*sets)],
    "setsubtract": lambda one, other: as_set({*one} - {*other}),
    "setunion": lambda *sets: as_set(value for one in sets for value in one),
    "setintersection": lambda *sets: as_set(set.intersection(*map(set, sets))),
    "slice": lambda values, start, end: values[start:end],
    "sort": sorted,
    "split": lambda mark, text: text.split(mark),
    "startswith": lambda text, start: text.startswith(start),
    "substr": lambda text, start, length: text[start : None if length < 0 else start + length],
    "timeadd": lambda text, length: _time(datetime.fromisoformat(text) + _duration(length)),
    "timecmp": lambda a, b: (
        (datetime.fromisoformat(a) > datetime.fromisoformat(b))
        - (datetime.fromisoformat(a) < datetime.fromisoformat(b))
    ),
    "tobool": lambda value: value if isinstance(value, bool) else value == "true",
    "tolist": list,
    "tomap": dict,
    "tonumber": lambda value: float(value) if "." in str(value) else int(value),
    "toset": as_set,
    "tostring": said,
    "trimprefix": lambda text, start: text.removeprefix(start),
    "trimspace": str.strip,
    "trimsuffix": lambda text, end: text.removesuffix(end),
    "upper": str.upper,
    "values": lambda whole: [value for _, value in sorted(whole.items())],
}


def also(**functions: Callable[..., Any]) -> None:
    """Let pages call functions that read files; they are bound to a root."""
    _FUNCTIONS.update(functions)
