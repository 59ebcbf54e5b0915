"""Keep the answer to the ward's checklist whole and true: every row is there, and all that it names exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.checks import CHECKS

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "checklist.ja.md").read_text(encoding="utf-8")
ROWS = json.loads(Path(__file__).with_name("ward_checklist.json").read_text(encoding="utf-8"))
"""The rows of the ward's two tables, as its paper has them."""

ROLES = {"区の担当課", "取扱責任者", "構築担当", "保守担当", "Workspace 管理者"}
PARTS = ("対策", "実装", "証拠")
_RESOURCE = re.compile(r"`(google_\w+\.\w+)`")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_PATH = re.compile(r"`((?:shared|functions|infra|scripts|docs|tests)/[\w./<>-]+|README\.md|requirements[\w.-]*)`")
_CHECK = re.compile(r"検査「([^」]+)」")


def answers(text: str) -> dict[str, str]:
    """Return the answer to each row, by its heading."""
    parts = re.split(r"^### (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def quoted(answer: str) -> list[tuple[str, str, str]]:
    """Return what an answer quotes: side, mark and text."""
    return re.findall(r"^> (区|委託事業者)（(.)）：(.+)$", answer, flags=re.MULTILINE)


def empty_parts(answer: str) -> list[str]:
    """Return the parts of an answer that say nothing."""
    found = dict(re.findall(r"^- \*\*(対策|実装|証拠)\*\*：(.+)$", answer, flags=re.MULTILINE))
    return [part for part in PARTS if len(found.get(part, "").strip()) < 5]


def unknown(text: str, resources: set[str]) -> Iterator[str]:
    """Yield what a text names that is not there: resources, files, tests, checks, roles."""
    yield from (name for name in _RESOURCE.findall(text) if name not in resources)
    yield from (path for path in _PATH.findall(text) if not (ROOT / path).exists())
    for path, name in _TEST.findall(text):
        if not (ROOT / path).is_file() or f"def {name}(" not in (ROOT / path).read_text(encoding="utf-8"):
            yield f"{path}::{name}"
    yield from (name for name in _CHECK.findall(text) if name not in {*CHECKS, "…"})
    yield from (role for role in re.findall(r"【([^】]+)】", text) if role not in ROLES | {"役割"})


def declared() -> set[str]:
    """Return every resource that the pages declare."""
    pages = (ROOT / "infra" / "terraform").rglob("*.tf")
    found = (re.findall(r'^resource "(\w+)" "(\w+)"', page.read_text(encoding="utf-8"), re.MULTILINE) for page in pages)
    return {f"{kind}.{name}" for pairs in found for kind, name in pairs}


def test_every_row_of_the_ward_is_answered() -> None:
    said = {(*row, kind[:2]) for kind, answer in answers(TEXT).items() for row in quoted(answer)}
    assert len(ROWS) == 47
    missing = [row["text"] for row in ROWS if (row["side"], row["mark"], row["text"], row["kind"][:2]) not in said]
    assert missing == []


@pytest.mark.parametrize("row", answers(TEXT))
def test_no_row_is_empty(row: str) -> None:
    answer = answers(TEXT)[row]
    assert empty_parts(answer) == []
    proof = answer.partition("**証拠**")[2]
    assert _TEST.search(proof) or "【" in proof
    assert {side for side, _, _ in quoted(answer)} == {"区", "委託事業者"}


def test_everything_that_is_named_exists() -> None:
    assert list(unknown(TEXT, declared())) == []


@pytest.mark.parametrize(
    "said",
    [
        "記録媒体",
        "スプレッドシート",
        "Firestore",
        "Gmail は、所在地",
        "トラストバンク",
        "ヤマト",
        "名簿",
        "二段階認証",
        "物理的な対策",
    ],
)
def test_what_the_ward_must_agree_to_is_said_plainly(said: str) -> None:
    begin = TEXT.index("## 区に同意いただくこと")
    assert said in TEXT[begin : TEXT.index("## 運用上の対策")]


@pytest.mark.parametrize(
    "text",
    [
        "`google_storage_bucket.nowhere`",
        "`shared/prizedraw/nothing.py`",
        "`tests/unit/test_draw.py::test_of_nothing`",
        "検査「every wish is granted」",
        "【だれか】",
    ],
)
def test_what_does_not_exist_is_seen(text: str) -> None:
    assert list(unknown(text, declared()))


def test_an_empty_answer_is_seen() -> None:
    assert empty_parts("- **対策**：あります。\n- **実装**：\n") == ["実装", "証拠"]
