"""
Hold what people read to one word for each thing, and to Japanese words for the steps.

A step stands in a sentence by its Japanese word, with the word of the console in brackets: 応募の確定（freeze）. No
blank follows a time, in replies as in mails: 23:59まで.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.house import WORDS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
READ = ("shared/prizedraw", "shared/verify_page/src", "docs", "infra/terraform", "scripts")
ENDS = (".py", ".md", ".html", ".txt", ".yaml", ".js")
JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
BARE = re.compile(rf"(?<![（A-Za-z0-9_./`\-])(?:{'|'.join(WORDS)}) ?(?=[をはがのでにとへ、。])")

TIME = r"(?:）\d\d:\d\d|\b(?:japanese|moment_until)\w*\([^{}]*\)\}|\{\{ (?:\w+_at|deadline|ship_by) \}\})"
PARTED = re.compile(rf"{TIME} (?:まで|以降|から|に|です|の)")


def unwanted(glossary: str) -> dict[str, str]:
    """Return by word that is not said the one that is."""
    rows = re.findall(r"^- (\S+), not (.+)$", glossary, re.MULTILINE)
    return {word: said for said, words in rows for word in words.split(", ")}


def sentences(source: str) -> Iterator[str]:
    """Yield the Japanese texts of a module, docstrings aside."""
    module = ast.parse(source)
    aside = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr)}
    for node in ast.walk(module):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in aside else None
        if isinstance(text, str) and JAPANESE.search(text):
            yield text


def test_each_thing_has_one_word() -> None:
    words = unwanted((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert len(words) >= 5
    files = [file for tree in READ for file in (ROOT / tree).rglob("*") if file.suffix in ENDS]
    files = [file for file in files if file.name != "glossary.md" and ".terraform" not in file.parts]
    assert len(files) > 400
    wrong = [
        f"{file.relative_to(ROOT)}: {word}, say {said}"
        for file in files
        for word, said in words.items()
        if word in file.read_text(encoding="utf-8")
    ]
    assert wrong == []


def test_operators_read_each_step_by_its_japanese_word() -> None:
    texts = {
        file.relative_to(ROOT).as_posix(): list(sentences(file.read_text(encoding="utf-8")))
        for file in PACKAGE.rglob("*.py")
    }
    assert sum(map(len, texts.values())) > 1_000
    assert [(name, text) for name, found in texts.items() for text in found if BARE.search(text)] == []


@pytest.mark.parametrize(
    "text", ["先に prepare を実行", "次の notify の定期実行", "status で確かめ", "を、notify が送ります"]
)
def test_a_bare_step_is_seen(text: str) -> None:
    assert BARE.search(text) is not None


@pytest.mark.parametrize("text", ["応募の確定（freeze）を", "`status` を", 'は {"shipped": "all"} で', "draw.md を"])
def test_a_step_in_its_place_is_none(text: str) -> None:
    assert BARE.search(text) is None


def test_what_follows_a_time_stands_close_by_it() -> None:
    trees = ("shared/prizedraw", "shared/verify_page/src", "infra/terraform/campaigns")
    files = [file for tree in trees for file in (ROOT / tree).rglob("*") if file.suffix in ENDS]
    files.append(ROOT / "docs" / "operators.ja.md")
    assert len(files) > 300
    found = {file.relative_to(ROOT).as_posix(): PARTED.findall(file.read_text(encoding="utf-8")) for file in files}
    assert {name: parted for name, parted in found.items() if parted} == {}


@pytest.mark.parametrize(
    "text",
    ["3月11日（水）23:59 まで", "{japanese_until(max(windows))} まで", "{{ deadline }} までに", "）13:00 以降"],
)
def test_a_time_apart_from_what_follows_is_seen(text: str) -> None:
    assert PARTED.search(text) is not None


@pytest.mark.parametrize("text", ["3月11日（水）23:59まで", "{japanese(at)} 集計", "{{ phone }} です", "+09:00 まで"])
def test_a_time_in_its_place_is_none(text: str) -> None:
    assert PARTED.search(text) is None
