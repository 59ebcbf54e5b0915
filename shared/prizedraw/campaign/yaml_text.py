"""
Read the text of a campaign file into plain values, and remember on which line each stands.

Two readers must understand the file alike: YAML 1.1 (PyYAML) here and YAML 1.2 (`yamldecode`) in Terraform. What they
read differently is refused rather than guessed: `no` is false to both but a word to whoever typed it, `y` is true to
Terraform alone, `010` is 8 here and 10 there, `2026-02-03` is a date here and a moment there. Left are strings,
decimal integers, `true` and `false`, lists and maps. Anchors, tags, merge keys, repeated keys and a second document
are refused as well.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize

import yaml

Path = tuple[str | int, ...]
"""Where a value stands: keys and list positions (from 0) from the top."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER = yaml.resolver.Resolver()
_DEEPEST = 16

_NULLS = ("", "~", "null", "Null", "NULL")
_INTEGER = re.compile(r"0|-?[1-9]\d{0,15}", re.ASCII)
_ONE_READER_ONLY = re.compile(
    r"[yYnN]|[-+]?(?:0[bBoOxX][\da-fA-F_]+|\.?\d[\d_]*(?:\.[\d_]*)?(?:[eE][-+]?\d+)?)", re.ASCII
)
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""The categories Cc, Zl and Zp of the Unicode Character Database, but for the tab."""
_INDENT = re.compile(r"[ \t\u3000\u00a0]*")
_WIDE_COLON = re.compile(r"\s*(?:[-－]\s+)?([\w＿]+)\s*：")
_WIDE_QUOTES = ("“", "”", "＂", "＇")

QUOTE_DATE = '日付と時刻は、引用符（"）で囲んでください。'
QUOTE_BOOL = 'はい・いいえは true か false と書いてください。文字のつもりなら引用符（"）で囲んでください。'
QUOTE_NUMBER = (
    "読み手によって値が変わる数の書き方です。数は 0〜9 だけで書き（先頭に 0 を付けません）、"
    '文字なら引用符（"）で囲んでください。'
)
QUOTE_OTHER = '読み手によって意味が変わる書き方です。引用符（"）で囲んでください。'
NO_VALUE = "値が書かれていません。"
REPEATED = "同じ項目が二度書かれています（最初は{line}行目）。"
WIDE_KEY = "項目名に全角の文字があります。半角で書いてください。"
NOT_A_KEY = "項目名として読めません。項目名は引用符のない半角の英字で書いてください。"
FORBIDDEN_YAML = "アンカー（&）・参照（*）・タグ（!）は使えません。値をそのまま書いてください。"
SECOND_DOCUMENT = "「---」でファイルを区切ることはできません。"
EMPTY_FILE = "定義が書かれていません。"
NOT_UTF8 = "文字コードが UTF-8 ではありません。UTF-8 で保存し直してください。"
BOM = "ファイルの先頭に目に見えない印（BOM）があります。「UTF-8（BOM なし）」で保存し直してください。"
CONTROL = "目に見えない制御文字があります。削除してください。"
TAB = "行の先頭にタブがあります。半角の空白に変えてください。"
WIDE_SPACE = "行の先頭に全角の空白があります。半角の空白に変えてください。"
WIDE_COLON = "項目名の後のコロン（：）が全角です。半角の「:」と空白に変えてください。"
WIDE_QUOTE = '引用符が全角です。半角の「"」に変えてください。'

_BY_TAG = {"timestamp": QUOTE_DATE, "bool": QUOTE_BOOL, "int": QUOTE_NUMBER, "float": QUOTE_NUMBER}
_SYNTAX = (
    ("quoted scalar", "引用符が閉じていないか、引用符の中に書けない文字があります。"),
    ("flow", "括弧が閉じていません。"),
    ("mapping values", "コロン（:）の位置か字下げに誤りがあります。コロンを含む文字は引用符で囲みます。"),
    ("cannot start any token", "引用符の要る記号（@ や % など）で始まっているか、タブがあります。"),
    ("expected", "字下げがそろっていないか、コロン（:）か行頭の「-」が抜けています。"),
)
_SYNTAX_OTHER = "YAML として読めません。この行とその前の行の、字下げ・コロン・引用符を確かめてください。"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: where it stands, a Japanese sentence, and its line if the place does not tell."""

    path: Path
    sentence: str
    line: int = 0


@dataclass
class Source:
    """
    A file that was read: its *value* (sequences as tuples), the *lines* of its parts from 1, the *findings*.

    *value* is None where nothing could be read. What could be read in one way only stands in it even if it was found
    wrong, so that one fault does not hide the next.
    """

    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def line(self, path: Path) -> int:
        """Return the line of *path*, or of the nearest part around it that is written; 0 if none is."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 0)

    def note(self, path: Path, sentence: str, line: int = 0) -> None:
        """Add a finding."""
        self.findings.append(Finding(path, sentence, line))


def parse(data: bytes | str) -> Source:
    """Read a campaign file. Nothing is raised: what is wrong is in the findings."""
    source = Source()
    try:
        data = data.decode() if isinstance(data, bytes) else data.encode().decode()
    except UnicodeError as error:
        start = getattr(error, "start", 0)
        source.note((), NOT_UTF8, len(data[:start].splitlines()) or 1)
        return source
    if data.startswith("\ufeff"):
        source.note((), BOM, 1)
        data = data[1:]
    seen = len(source.findings)
    for number, line in enumerate(data.split("\n"), 1):
        for sentence in _slips(line):
            source.note((), sentence, number)
    try:
        _read_document(source, data)
    except yaml.MarkedYAMLError as error:
        if len(source.findings) == seen:
            source.note((), *_syntax(error, data))
        source.value = None
    except yaml.YAMLError:
        if len(source.findings) == seen:
            source.note((), _SYNTAX_OTHER)
        source.value = None
    return source


def _slips(line: str) -> Iterator[str]:
    """Find in one line what a Japanese keyboard slips in unseen."""
    if line.isascii() and line.isprintable():
        return
    indent = _INDENT.match(line)
    blank = indent[0] if indent else ""
    if "\t" in blank:
        yield TAB
    if "\u3000" in blank or "\u00a0" in blank:
        yield WIDE_SPACE
    if _CONTROLS.search(line.rstrip("\r")):
        yield CONTROL
    key = _WIDE_COLON.match(line)
    if key and normalize("NFKC", key[1]).isascii():
        yield WIDE_COLON


def _syntax(error: yaml.MarkedYAMLError, text: str) -> tuple[str, int]:
    """Say in Japanese what stopped the parser, and in which line; an open quote is found out only further down."""
    complaint = f"{error.context or ''} {error.problem or ''}"
    sentence = next((sentence for words, sentence in _SYNTAX if words in complaint), _SYNTAX_OTHER)
    mark = error.context_mark if "quoted" in complaint or "flow" in complaint else None
    stopped = int(getattr(mark or error.problem_mark, "line", -1)) + 1
    lines = text.rstrip("\n").split("\n")
    for number, line in enumerate(lines[:stopped], 1):
        if line.replace('\\"', "").count('"') % 2 and not line.lstrip().startswith("#"):
            return _SYNTAX[0][1], number
    return sentence, min(stopped, len(lines))


def _read_document(source: Source, text: str) -> None:
    """Build the value from the parser's events, which show the anchors and tags that nodes hide."""
    events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
    documents = 0
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                source.note((), SECOND_DOCUMENT, _line(event))
                return
            source.value = _value(source, next(events), events, ())
    if not isinstance(source.value, dict):
        if not source.findings:
            source.note((), EMPTY_FILE, 1)
        source.value = None


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _value(source: Source, event: Any, events: Iterator[Any], path: Path) -> Any:
    """Turn one event, and those that belong to it, into a plain value."""
    line = _line(event)
    source.lines.setdefault(path, line)
    if event.anchor is not None or getattr(event, "tag", None) is not None:
        source.note(path, FORBIDDEN_YAML, line)
    if len(path) > _DEEPEST:
        raise yaml.YAMLError
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(source, events, path)
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(item := next(events), yaml.SequenceEndEvent):
            items.append(_value(source, item, events, (*path, len(items))))
        return tuple(items)
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(source, event, path)
    return None


def _mapping(source: Source, events: Iterator[Any], path: Path) -> dict[str, Any]:
    """Read a map up to its end; of a repeated key the first value stands."""
    values: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        line = _line(event)
        if not isinstance(event, yaml.ScalarEvent):
            source.note(path, NOT_A_KEY, line)
            _value(source, event, events, (*path, "?"))
            _value(source, next(events), events, (*path, "?"))
            continue
        key = normalize("NFKC", event.value)
        place = (*path, key)
        if event.anchor is not None or event.tag is not None:
            source.note(place, FORBIDDEN_YAML, line)
        if key != event.value:
            source.note(place, WIDE_KEY, line)
        elif not event.style and (not key.isidentifier() or _ambiguity(key)):
            source.note(place, NOT_A_KEY, line)
        if key in values:
            source.note(place, REPEATED.format(line=source.lines[place]), line)
            _value(Source(), next(events), events, place)
            continue
        source.lines[place] = line
        values[key] = _value(source, next(events), events, place)
    return values


def _scalar(source: Source, event: Any, path: Path) -> str | int | bool | None:
    """Read one scalar: quoted is a string; plain is what every reader takes it for, else it is noted."""
    text: str = event.value
    if event.style:
        return text
    if text in ("true", "false"):
        return text == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    line = _line(event)
    if text in _NULLS:
        source.note(path, NO_VALUE, source.lines.get(path, line))
        return None
    if sentence := _ambiguity(text):
        source.note(path, sentence, line)
    elif text.startswith(_WIDE_QUOTES):
        source.note(path, WIDE_QUOTE, line)
    return text


def _ambiguity(text: str) -> str:
    """Say why a plain scalar is not read alike everywhere; empty if it is."""
    tag: str = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False)).rpartition(":")[2]  # type: ignore[no-untyped-call]
    if tag != "str":
        if ":" in text:
            return QUOTE_DATE
        return _BY_TAG.get(tag, QUOTE_OTHER)
    return (QUOTE_BOOL if text.isalpha() else QUOTE_NUMBER) if _ONE_READER_ONLY.fullmatch(text) else ""
