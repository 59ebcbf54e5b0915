"""The hours of mail to people: full hours in Japan, and the same in whatever tells of them."""

import re
from datetime import datetime
from pathlib import Path

import pytest

import prizedraw
from prizedraw.mail import hours
from prizedraw.times import JST

ROOT = Path(__file__).resolve().parents[3]
PAPERS = [ROOT / "docs" / "operators.ja.md", *sorted((ROOT / "infra" / "terraform" / "playbooks").glob("*.md"))]
MESSAGES = Path(prizedraw.__file__).parent / "mail" / "messages"


def spans(text: str) -> list[str]:
    """Return every span of full hours that a text names, in any width: `9時から20時`."""
    return re.findall(r"\d+時(?:から|[〜～~-])\d+時", text)


@pytest.mark.parametrize(
    ("at", "may"), [("08:59:59", False), ("09:00:00", True), ("19:59:59", True), ("20:00:00", False)]
)
def test_begin_and_end_at_full_hours_in_japan(at: str, *, may: bool) -> None:
    assert hours.are_now(datetime.fromisoformat(f"2026-03-03T{at}").replace(tzinfo=JST)) is may


def test_are_the_same_in_words() -> None:
    assert spans(hours.SPAN) == [hours.SPAN] == [f"{hours.FIRST}時から{hours.LAST}時"]


def test_are_the_same_in_the_papers() -> None:
    named = {paper.name: spans(paper.read_text(encoding="utf-8")) for paper in PAPERS}
    assert [(name, span) for name, found in named.items() for span in found if span != hours.SPAN] == []
    assert sum(map(len, named.values())) >= 3
    assert named["operators.ja.md"]
    assert named["mail-unknown.md"]


def test_are_written_out_in_no_message() -> None:
    found = {file.name: spans(file.read_text(encoding="utf-8")) for file in MESSAGES.rglob("body.*")}
    assert len(found) >= 2
    assert [span for named in found.values() for span in named] == []


@pytest.mark.parametrize("wrong", ["8時から20時", "９時から21時", "9時〜20時", "9時から8時"])
def test_other_hours_in_a_paper_are_seen(wrong: str) -> None:
    text = PAPERS[0].read_text(encoding="utf-8").replace(hours.SPAN, wrong, 1)
    assert [span for span in spans(text) if span != hours.SPAN] == [wrong]
