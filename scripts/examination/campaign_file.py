"""
Read a campaign file without a library for YAML.

The files hold what both readers of the product understand alike (strings, decimal integers, true and false, lists and
maps, no anchors, no tags); of those this reads what is written over lines, and lists on one line that are JSON.
Anything else is refused.
"""

import json
import re
from pathlib import Path
from typing import Any

from examination.hcl import NotUnderstood

_PAIR = re.compile(r"""([A-Za-z_][\w-]*|"[^"]*")\s*:(?:\s+(.*))?""")
_INTEGER = re.compile(r"-?\d+")
_PLAIN = re.compile(r"[^\s\"'&*!|>%@`{\[,#?:-][^#]*")


def read(path: Path) -> dict[str, Any]:
    """Return what a campaign file says."""
    try:
        return parsed(path.read_text(encoding="utf-8"))
    except NotUnderstood as error:
        raise NotUnderstood(f"{path.name}:{error}") from error


def parsed(text: str) -> dict[str, Any]:
    """Return what the text of a campaign file says."""
    rows = [row for row in map(_row, enumerate(text.splitlines(), 1)) if row is not None]
    found, rest = _block(rows, 0)
    if rest or not isinstance(found, dict):
        raise NotUnderstood(f"{rest[0][0] if rest else 1}: not a campaign file")
    return found


_Row = tuple[int, int, str]
"""Number, indent, and what is written there."""


def _row(numbered: tuple[int, str]) -> _Row | None:
    number, line = numbered
    text = line.strip()
    return None if not text or text.startswith("#") or text == "---" else (number, len(line) - len(line.lstrip()), text)


def _block(rows: list[_Row], indent: int) -> tuple[Any, list[_Row]]:
    """Read a list or a map that stands at *indent*; return what follows it, too."""
    if rows and rows[0][2].startswith("-"):
        return _list(rows, indent)
    found: dict[str, Any] = {}
    while rows and rows[0][1] == indent and not rows[0][2].startswith("- "):
        number, _, text = rows[0]
        pair = _PAIR.fullmatch(text)
        if pair is None:
            raise NotUnderstood(f"{number}: {text}")
        key, written = pair[1].strip('"'), _uncommented(pair[2] or "")
        if written:
            written, rows = _continued(written, rows[1:], indent)
            found[key] = _scalar(written, number)
        else:
            found[key], rows = _below(rows, indent)
    return found, rows


def _below(rows: list[_Row], indent: int) -> tuple[Any, list[_Row]]:
    """Read what stands below a key: deeper, or a list at its own indent."""
    number, rest = rows[0][0], rows[1:]
    if not rest or not (rest[0][1] > indent or (rest[0][1] == indent and rest[0][2].startswith("-"))):
        raise NotUnderstood(f"{number}: nothing is said there")
    return _block(rest, rest[0][1])


def _list(rows: list[_Row], indent: int) -> tuple[list[Any], list[_Row]]:
    found = []
    while rows and rows[0][1] == indent and rows[0][2].startswith("-"):
        number, _, text = rows[0]
        inner = text[1:].lstrip()
        if _PAIR.fullmatch(inner) and not inner.startswith('"'):
            deeper = indent + len(text) - len(inner)
            item, rows = _block([(number, deeper, inner), *rows[1:]], deeper)
            found.append(item)
        else:
            inner, rows = _continued(_uncommented(inner), rows[1:], indent)
            found.append(_scalar(inner, number))
    return found, rows


def _continued(text: str, rows: list[_Row], indent: int) -> tuple[str, list[_Row]]:
    """Join to a value what goes on below it, deeper."""
    while rows and rows[0][1] > indent:
        text, rows = f"{text} {rows[0][2]}", rows[1:]
    return text, rows


def _uncommented(text: str) -> str:
    """Take a comment away that follows a value."""
    quoted = re.match(r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*(?:#.*)?$""", text)
    return quoted[1] if quoted else re.split(r"\s+#|^#", text, maxsplit=1)[0].strip()


def _scalar(text: str, number: int) -> Any:
    if text.startswith(('"', "[")):  # a list on one line is read where it is JSON
        try:
            return json.loads(text)
        except ValueError as error:
            raise NotUnderstood(f"{number}: {text}") from error
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    if _PLAIN.fullmatch(text):
        return text
    raise NotUnderstood(f"{number}: {text}")
