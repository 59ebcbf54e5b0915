"""
Tell which log entries a filter of ours matches: that part of the Logging query language which we use, and no more.

What is not known here is refused, never guessed; so is AND beside OR without brackets, since the language binds OR
first and most people read it the other way round. Source: https://docs.cloud.google.com/logging/docs/view/logging-query-language
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from urllib.parse import unquote

Entry = Mapping[str, Any]
Test = Callable[[Entry], bool]

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<sign>=~|!=|>=|<=|[=<>()])
      | (?P<word>[A-Za-z_][\w.]*|\d+(?:\.\d+)?)
    )""",
    re.VERBOSE,
)
_SEVERITIES = ("DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY")
_JOINED = ("AND", "OR")


class NotKnown(Exception):
    """Say what of a filter is not known here."""


@cache
def compiled(text: str) -> Test:
    """Return what tells whether an entry is matched."""
    reader = _Reader(text)
    test = reader.either()
    if reader.rest:
        raise NotKnown(f"after the end: {reader.rest[0]}")
    return test


def matches(text: str, entry: Entry) -> bool:
    """Tell whether a filter matches an entry."""
    return compiled(text)(entry)


class _Reader:
    """What of a filter is still to be read, word by word."""

    def __init__(self, text: str) -> None:
        self.rest: list[str] = []
        at = 0
        while text[at:].strip():
            found = _TOKEN.match(text, at)
            if found is None:
                raise NotKnown(text[at : at + 30])
            self.rest.append(found[found.lastgroup or 0])
            at = found.end()

    def take(self, *wanted: str) -> str:
        """Return the next word, which must be one of those wanted, if any are named."""
        word = self.rest.pop(0) if self.rest else ""
        if not word or (wanted and word not in wanted):
            raise NotKnown(f"{word or 'the end'} instead of {' or '.join(wanted) or 'more'}")
        return word

    def either(self) -> Test:
        """Read terms that are joined, all by the same word; a line's end joins nothing."""
        tests, joined = [self.term()], ""
        while self.rest and self.rest[0] in _JOINED:
            word = self.take()
            if joined not in ("", word):
                raise NotKnown("AND beside OR without brackets")
            joined = word
            tests.append(self.term())
        whole = any if joined == "OR" else all
        return lambda entry: whole(test(entry) for test in tests)

    def term(self) -> Test:
        """Read one comparison, what stands in brackets, or the contrary of either."""
        if not self.rest:
            raise NotKnown("the end")
        if self.rest[0] == "NOT":
            self.take()
            test = self.term()
            return lambda entry: not test(entry)
        if self.rest[0] == "(":
            self.take()
            test = self.either()
            self.take(")")
            return test
        name = self.take()
        if name == "log_id":
            return self.log_id()
        if name.startswith('"') or name[0].isdigit():
            raise NotKnown(f"words that may stand anywhere: {name}")
        sign = self.take("=", "!=", "=~", ">=", "<=", ">", "<")
        return _compared(name, sign, self.values())

    def log_id(self) -> Test:
        """Read the argument of `log_id`."""
        self.take("(")
        wanted = _plain(self.take())
        self.take(")")
        return lambda entry: unquote(str(entry.get("logName", "")).partition("/logs/")[2]) == wanted

    def values(self) -> list[str]:
        """Read one value, or several in brackets, any of which will do."""
        if not self.rest or self.rest[0] != "(":
            return [_plain(self.take())]
        self.take()
        found = [_plain(self.take())]
        while self.take("OR", ")") == "OR":
            found.append(_plain(self.take()))
        return found


def _plain(word: str) -> str:
    if word in ("AND", "NOT", "OR", "(", ")"):
        raise NotKnown(f"{word} instead of a value")
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word.startswith('"') else word


def _compared(name: str, sign: str, values: list[str]) -> Test:
    """Return a comparison: one with a field that is not there is false; equality does not look at case."""
    if sign in (">=", "<=", ">", "<"):
        numbers = [_number(name, value) for value in values]
        order: dict[str, Callable[[float, float], bool]] = {
            ">=": lambda a, b: a >= b,
            "<=": lambda a, b: a <= b,
            ">": lambda a, b: a > b,
            "<": lambda a, b: a < b,
        }
        return lambda entry: any(
            order[sign](_number(name, said), number) for said in _said(entry, name) for number in numbers
        )
    if sign == "=~":
        patterns = [re.compile(value) for value in values]
        return lambda entry: any(pattern.search(said) for said in _said(entry, name) for pattern in patterns)
    folded = {value.casefold() for value in values}
    if sign == "!=":
        if len(values) > 1:
            raise NotKnown("!= with several values")
        return lambda entry: any(said.casefold() not in folded for said in _said(entry, name))
    return lambda entry: any(said.casefold() in folded for said in _said(entry, name))


def _number(name: str, value: str) -> float:
    if name == "severity":
        return _SEVERITIES.index(value)
    return float(value)


def _said(entry: Entry, name: str) -> list[str]:
    """Return what an entry says under a path, nothing if it is not there."""
    value: Any = entry
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return []
        value = value[part]
    if isinstance(value, Mapping | list):
        raise NotKnown(f"{name} is no plain value")
    return [str(value).lower() if isinstance(value, bool) else str(value)]
