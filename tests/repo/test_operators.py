"""Keep the operators' handbook true: the replies that it quotes are those that a rehearsal gives."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from infra.functions import OPERATED
from infra.recorded import replies

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operators.ja.md").read_text(encoding="utf-8")
QUOTED = [
    (step, json.loads(block)) for step, block in re.findall(r"<!-- reply (\w+) -->\n```json\n(.*?)```", TEXT, re.DOTALL)
]
_CHANGING = re.compile(
    r"[0-9a-f]{64}|\b[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b|shipping-\d{8}T\d{6}Z|\d+件|\d+行目"
)


def steady(value: Any) -> str:
    """Return a reply's sentence without what is another one each time: hashes, labels, codes, counts."""
    return _CHANGING.sub("…", str(value))


@pytest.fixture(scope="session")
def given(together: Path) -> list[dict[str, Any]]:
    return replies(together)


def said(step: str, given: list[dict[str, Any]]) -> list[dict[str, set[str]]]:
    """Return what a step replied, each reply as its sentences by field."""
    return [
        {
            name: {steady(v) for v in (value if isinstance(value, list) else [value])}
            for name, value in row["reply"].items()
        }
        for row in given
        if row["step"] == step
    ]


@pytest.mark.parametrize("number", range(len(QUOTED)))
def test_quoted_replies_are_what_is_replied(number: int, given: list[dict[str, Any]]) -> None:
    step, reply = QUOTED[number]
    wanted = {
        name: {steady(v) for v in (value if isinstance(value, list) else [value])} for name, value in reply.items()
    }
    candidates = said(step, given)
    assert any(all(sentences <= one.get(name, set()) for name, sentences in wanted.items()) for one in candidates), (
        wanted
    )


def test_enough_is_quoted() -> None:
    assert len(QUOTED) >= 7
    assert {step for step, _ in QUOTED} <= set(OPERATED)


def test_every_function_that_is_pressed_has_its_page() -> None:
    for step in OPERATED:
        assert re.search(rf"^### {step}：", TEXT, re.MULTILINE), step


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target
