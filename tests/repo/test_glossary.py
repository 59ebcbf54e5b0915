"""Keep docs/glossary.md true and whole: each place exists, each step, stored kind, outcome, reason and mail is told."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from prizedraw.records.entries import REASON_WORDS, Outcome, Reason
from prizedraw.records.fulfilment import WHY_WORDS
from support.house import WORDS, missing
from support.records import kinds

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")

Row = tuple[str, str, str]


def rows(text: str) -> list[Row]:
    """Return English, Japanese and place of every row."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:2] == "| "]
    return [(one[0], one[1], one[2]) for one in cells if one[0] not in ("English", "---")]


@cache
def read_by_people() -> str:
    """Return all that is written beside the glossary: replies, mails, pages, papers, and what explains them."""
    trees = ("shared/prizedraw", "docs", "infra/terraform")
    files = [
        file
        for tree in trees
        for file in (ROOT / tree).rglob("*")
        if file.suffix in (".py", ".md", ".html", ".txt", ".yaml")
    ]
    return "".join(file.read_text(encoding="utf-8") for file in files if file.name != "glossary.md")


def faults(text: str) -> Iterator[str]:
    """Yield what the glossary names and is not there, and what it leaves out."""
    told = rows(text)
    wheres = [where.strip("`") for _, _, where in told]
    for where in wheres:
        inside = (PACKAGE / where).exists() if "/" in where else False
        if not inside and missing(where):
            yield f"{where} is not there"
    for kind in kinds():
        if f"{kind.__module__.removeprefix('prizedraw.')}.{kind.__name__}" not in wheres:
            yield f"{kind.__name__} is stored and not told"
    english = " ".join(word for word, _, _ in told)
    messages = {folder.name for folder in (PACKAGE / "mail" / "messages").iterdir() if folder.is_dir()} - {"layout"}
    for word in [*WORDS, *Outcome, *Reason, *WHY_WORDS, *sorted(messages)]:
        if f"`{word}`" not in english:
            yield f"{word} is not told"
    japanese = {name: word for english_word, word, _ in told for name in re.findall(r"`(\w+)`", english_word)}
    for reason, word in REASON_WORDS.items():
        if japanese.get(reason) != word:
            yield f"{reason} reads {word}"
    for _, words, _ in told:
        yield from (f"{word} is read nowhere" for word in re.split("、|（|）", words) if word not in read_by_people())


def test_the_glossary_is_true_and_whole() -> None:
    assert len(rows(TEXT)) >= 110
    assert list(faults(TEXT)) == []


def test_every_row_has_three_cells_and_a_word_of_japan() -> None:
    for english, japanese, where in rows(TEXT):
        assert english
        assert re.fullmatch(r"`[^`]+`", where)
        assert japanese == "–" or re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", japanese)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("`records.entries.LedgerRow`", "`records.entries.Row`"),
        ("`docs/operators.ja.md`", "`docs/nobody.ja.md`"),
        ("`records.fulfilment.Shipped`", "`ship`"),
        ("| `freeze` |", "| freeze |"),
        ("| `no_consent` | 同意のない応募", "| `no_consent` | 同意なし"),
        ("| `lapsed` |", "| late |"),
        ("| `promoted` |", "| moved up |"),
        ("| 発送リスト |", "| 宅配リスト |"),
    ],
)
def test_a_fault_is_seen(before: str, after: str) -> None:
    assert before in TEXT
    assert list(faults(TEXT.replace(before, after)))
