"""
Read Terraform's pages: blocks, and expressions as small trees.

Only what the pages of this repository use: no `%{` directives, no legacy splats. What is not known is refused with its
line, never guessed.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Node = tuple[Any, ...]
"""An expression: its kind, then its parts."""

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r]+|(?:\#|//)[^\n]*|/\*.*?\*/)
    |(?P<line>\n)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][\w-]*)
    |(?P<heredoc><<-?[A-Za-z_]\w*\n)
    |(?P<mark>=>|==|!=|<=|>=|&&|\|\||\.\.\.|[-+*/%!<>=?:.,(){}\[\]"])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\"}
_BINDS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, ">": 4, "<=": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "/": 6, "%": 6}


class NotUnderstood(Exception):
    """Say what of a page cannot be read, and where."""


@dataclass
class Block:
    """A block: its kind and labels, its attributes as expressions, the blocks within it."""

    kind: str
    labels: tuple[str, ...] = ()
    attributes: dict[str, Node] = field(default_factory=dict)
    blocks: "list[Block]" = field(default_factory=list)

    def inner(self, kind: str) -> "list[Block]":
        """Return the blocks of one kind within this one."""
        return [block for block in self.blocks if block.kind == kind]


def read(path: Path) -> Block:
    """Return a page, or a file of variables, as one block without kind."""
    return _Reader(path.read_text(encoding="utf-8"), path.name).body("")


class _Reader:
    """A position in a text. In brackets line ends mean nothing; *depth* counts these."""

    def __init__(self, text: str, where: str, line: int = 1) -> None:
        self.text, self.where, self.at, self.first = text, where, 0, line
        self.depth = 0
        self.kind, self.word = "", ""
        self.next()

    def wrong(self, what: str) -> NotUnderstood:
        line = self.first + self.text.count("\n", 0, self.at)
        return NotUnderstood(f"{self.where}:{line}: {what}")

    def next(self) -> str:
        """Step on, and return what was passed."""
        passed = self.word
        while self.at < len(self.text):
            found = _TOKEN.match(self.text, self.at)
            if found is None or found.lastgroup is None:
                raise self.wrong(f"cannot read {self.text[self.at : self.at + 20]!r}")
            self.at = found.end()
            if found.lastgroup != "space" and not (found.lastgroup == "line" and self.depth):
                self.kind, self.word = found.lastgroup, found[0]
                return passed
        self.kind, self.word = "end", ""
        return passed

    def take(self, token: str) -> None:
        if self.word != token or self.kind == "end":
            raise self.wrong(f"{token!r} expected, not {self.word!r}")
        self.next()

    def lines(self) -> None:
        while self.kind == "line":
            self.next()

    def body(self, end: str) -> Block:
        """Read attributes and blocks until *end*."""
        found = Block("")
        self.lines()
        while self.word != end or (not end and self.kind != "end"):
            if self.kind != "name":
                raise self.wrong(f"a name expected, not {self.word!r}")
            name = self.next()
            if self.word == "=":
                self.next()
                found.attributes[name] = self.expression()
            else:
                found.blocks.append(self.block(name))
            if self.word == ",":
                self.next()
            self.lines()
        return found

    def block(self, kind: str) -> Block:
        labels = []
        while self.word != "{":
            if self.word == '"':
                labels.append(_plain(self.quoted()))
            elif self.kind == "name":
                labels.append(self.next())
            else:
                raise self.wrong(f"a block's beginning expected, not {self.word!r}")
        depth, self.depth = self.depth, 0
        self.take("{")
        found = self.body("}")
        self.depth = depth
        self.next()
        found.kind, found.labels = kind, tuple(labels)
        return found

    def expression(self, least: int = 0) -> Node:
        left = self.term()
        while (bound := _BINDS.get(self.word, 0) if self.kind == "mark" else 0) > least:
            sign = self.next()
            left = ("two", sign, left, self.expression(bound))
        if least == 0 and self.word == "?" and self.kind == "mark":
            self.next()
            yes = self.expression()
            self.take(":")
            return ("choice", left, yes, self.expression())
        return left

    def term(self) -> Node:
        if self.kind == "mark" and self.word in "!-":
            return ("one", self.next(), self.term())
        found = self.simple()
        while self.kind == "mark" and self.word in (".", "["):
            found = self.step(found)
        return found

    def step(self, found: Node) -> Node:
        if self.word == ".":
            self.next()
            return ("step", found, ("value", self.next()))
        self.open("[")
        if self.word == "*":
            self.next()
            self.close("]")
            rest: Node = ("name", "")
            while self.kind == "mark" and self.word in (".", "["):
                rest = self.step(rest)
            return ("all", found, rest)
        inner = self.expression()
        self.close("]")
        return ("step", found, inner)

    def open(self, mark: str) -> None:
        self.depth += 1
        self.take(mark)

    def close(self, mark: str) -> None:
        self.depth -= 1
        self.take(mark)

    def simple(self) -> Node:
        if self.kind == "number":
            text = self.next()
            return ("value", float(text) if "." in text else int(text))
        if self.kind == "heredoc":
            return self.heredoc()
        if self.kind == "name":
            name = self.next()
            words = {"true": True, "false": False, "null": None}
            if name in words:
                return ("value", words[name])
            return self.call(name) if self.word == "(" else ("name", name)
        if self.word == '"':
            return self.quoted()
        if self.word == "(":
            self.open("(")
            inner = self.expression()
            self.close(")")
            return inner
        if self.word in ("[", "{"):
            return self.collection()
        raise self.wrong(f"a value expected, not {self.word!r}")

    def call(self, name: str) -> Node:
        self.open("(")
        given: list[Node] = []
        spread = False
        while self.word != ")":
            given.append(self.expression())
            if self.word == "...":
                spread = True
                self.next()
            if self.word == ",":
                self.next()
        self.close(")")
        return ("call", name, tuple(given), spread)

    def collection(self) -> Node:
        end = {"[": "]", "{": "}"}[self.word]
        self.open(self.word)
        if self.kind == "name" and self.word == "for":
            found = self.loop(end)
        elif end == "]":
            found = ("list", tuple(self.items(end)))
        else:
            found = ("map", tuple(self.pairs()))
        self.close(end)
        return found

    def items(self, end: str) -> list[Node]:
        found = []
        while self.word != end:
            found.append(self.expression())
            if self.word == ",":
                self.next()
        return found

    def pairs(self) -> list[tuple[Node, Node]]:
        found = []
        while self.word != "}":
            key = self.expression()
            if self.word not in ("=", ":"):
                raise self.wrong(f"= expected, not {self.word!r}")
            self.next()
            # A bare word before = is a key, not a name to be looked up.
            found.append((("value", key[1]) if key[0] == "name" else key, self.expression()))
            if self.word == ",":
                self.next()
        return found

    def loop(self, end: str) -> Node:
        self.next()
        names = [self.next()]
        if self.word == ",":
            self.next()
            names.append(self.next())
        self.take("in")
        over = self.expression()
        self.take(":")
        first = self.expression()
        second = None
        if self.word == "=>":
            self.next()
            second = self.expression()
        grouped = self.word == "..."
        if grouped:
            self.next()
        test = None
        if self.kind == "name" and self.word == "if":
            self.next()
            test = self.expression()
        if (second is not None) != (end == "}") or grouped:
            raise self.wrong("a loop of a kind that is not read")
        return ("loop", tuple(names), over, first, second, test)

    def quoted(self) -> Node:
        """Read a quoted text; the opening mark is the present token."""
        parts: list[Any] = [""]
        at = self.at
        while self.text[at : at + 1] != '"':
            if at >= len(self.text) or self.text[at] == "\n":
                raise self.wrong("a quoted text without end")
            at = self.piece(at, parts, escapes=True)
        self.at = at + 1
        self.next()
        return ("text", tuple(part for part in parts if part != ""))

    def piece(self, at: int, parts: list[Any], *, escapes: bool) -> int:
        """Add one character, or one interpolation, of a text to *parts*; return where it ends."""
        text = self.text
        if text.startswith(("$${", "%%{"), at):
            parts[-1] += text[at + 1 : at + 3]
            return at + 3
        if text.startswith("%{", at):
            raise self.wrong("a directive in a text")
        if text.startswith("${", at):
            inside = _Reader(text, self.where, self.first)
            inside.at, inside.depth = at + 2, 1
            inside.next()
            parts += [inside.expression(), ""]
            if inside.word != "}":
                raise self.wrong("an interpolation without end")
            return inside.at
        if escapes and text[at] == "\\":
            mark = text[at + 1]
            if mark == "u":
                parts[-1] += chr(int(text[at + 2 : at + 6], 16))
                return at + 6
            if mark not in _ESCAPES:
                raise self.wrong(f"an escape that is not read: {mark!r}")
            parts[-1] += _ESCAPES[mark]
            return at + 2
        parts[-1] += text[at]
        return at + 1

    def heredoc(self) -> Node:
        """Read a heredoc; its opening line is the present token. Indents are taken away before it is read."""
        marker = self.word.strip("<-\n")
        found = re.compile(rf"(.*?\n)[ \t]*{marker}(?=\n|$)", re.DOTALL).match(self.text, self.at)
        if found is None:
            raise self.wrong(f"a text without its end {marker}")
        lines = found[1].split("\n")[:-1]
        if self.word.startswith("<<-"):
            indent = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
            lines = [line[indent:] for line in lines]
        line = self.first + self.text.count("\n", 0, self.at)
        inside = _Reader.__new__(_Reader)
        inside.text, inside.where, inside.first, inside.at = "\n".join(lines) + "\n", self.where, line, 0
        parts: list[Any] = [""]
        at = 0
        while at < len(inside.text):
            at = inside.piece(at, parts, escapes=False)
        self.at = found.end()
        self.next()
        return ("text", tuple(part for part in parts if part != ""))


def _plain(node: Node) -> str:
    return "".join(part for part in node[1] if isinstance(part, str))
