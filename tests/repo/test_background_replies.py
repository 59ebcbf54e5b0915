"""Hold the table of replies that only the schedule reads against the replies that there are."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from support.house import TEXT, table

ROOT = Path(__file__).resolve().parents[2]
WORDS = ROOT / "shared" / "prizedraw" / "words"
BACKGROUND = ("intake", "claim", "notify", "freeze", "draw", "forfeit", "analyse", "erase")
"""The steps that Pub/Sub or the scheduler calls."""
HEADING = "What only the schedule reads, and where a person sees it"


def replies(sources: dict[str, str]) -> set[str]:
    """Return every public function that makes a reply, but for those that ask a person for a code."""
    return {
        f"{step}.{node.name}"
        for step, source in sources.items()
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and isinstance(node.returns, ast.Name) and node.returns.id == "Reply"
        if not node.name.startswith("_") and node.name != "ask"
    }


def named(text: str) -> set[str]:
    return {name for first, *_ in table(text, HEADING) for name in re.findall(r"`(\w+\.\w+)`", first)}


SOURCES = {step: (WORDS / f"{step}.py").read_text(encoding="utf-8") for step in BACKGROUND}


def test_each_reply_has_a_row_that_says_where_a_person_sees_it() -> None:
    assert named(TEXT) == replies(SOURCES)
    assert len(replies(SOURCES)) >= 15
    assert all(len(row) == 3 and row[2] for row in table(TEXT, HEADING))


def test_where_it_is_seen_is_there() -> None:
    rooms = {room for *_, seen in table(TEXT, HEADING) for room in re.findall(r"`(overview\.\w+)`", seen)}
    assert {importlib.import_module(f"prizedraw.{room}").__name__ for room in rooms} == {
        f"prizedraw.overview.{part}" for part in ("entries", "mail", "fulfilment", "lottery", "analysis", "erasure")
    }


@pytest.mark.parametrize("step", BACKGROUND)
def test_a_reply_without_a_row_is_seen(step: str) -> None:
    more = f"{SOURCES[step]}\n\ndef one_more() -> Reply: ...\n"
    assert replies(SOURCES | {step: more}) - named(TEXT) == {f"{step}.one_more"}
