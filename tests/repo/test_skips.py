"""Nothing is skipped in silence: what a test is skipped for is told under `NOT TESTED` when the tests have ended."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = sorted((ROOT / "tests").rglob("*.py"))
FEWEST = 8


def reasons(source: str) -> Iterator[tuple[int, str]]:
    """Yield why something is skipped, or may be, with the line; empty where no reason is given as words."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or ast.unparse(node.func) not in ("pytest.skip", "pytest.mark.skipif"):
            continue
        if node.func.attr == "skip":  # type: ignore[attr-defined]
            said = node.args[0] if node.args else None
        else:
            said = next((keyword.value for keyword in node.keywords if keyword.arg == "reason"), None)
        text = said.values[0] if isinstance(said, ast.JoinedStr) else said
        yield node.lineno, text.value if isinstance(text, ast.Constant) and isinstance(text.value, str) else ""


def test_each_says_what_was_not_tested() -> None:
    found = [(file.name, *why) for file in TESTS for why in reasons(file.read_text(encoding="utf-8"))]
    assert len(found) >= FEWEST
    assert [f"{name}:{line}" for name, line, why in found if not why.startswith("NOT TESTED")] == []


def test_a_silent_one_is_seen() -> None:
    source = 'pytest.skip("no browser")\npytest.skip(f"NOT TESTED: {why}")\npytest.mark.skipif(True, reason="slow")\n'
    assert [why for _, why in reasons(source)] == ["no browser", "NOT TESTED: ", "slow"]


def test_one_without_a_reason_is_seen() -> None:
    assert list(reasons("pytest.mark.skipif(True)\npytest.skip(str(missing))\n")) == [(1, ""), (2, "")]
