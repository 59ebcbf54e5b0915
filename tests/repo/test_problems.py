"""Every problem has a code of its own and a whole Japanese sentence, and is raised with just the facts it names."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
ERRORS = {"Refused", "Final", "Again", "Broken"}

Problems = dict[str, tuple[str, str]]
"""Constants by their name: code and sentence. Two modules may use one name, so the module stands before it."""


def problems(tree: ast.Module) -> Problems:
    """Return the problems that a module defines, by the names of their constants."""
    found = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Name)
            and node.value.func.id == "Problem"
            and isinstance(node.targets[0], ast.Name)
        ):
            code, sentence = (ast.literal_eval(argument) for argument in node.value.args)
            found[node.targets[0].id] = (code, sentence)
    return found


def facts(sentence: str) -> set[str]:
    """Return the names of the facts that complete a sentence."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def raised(tree: ast.Module) -> Iterator[tuple[int, str, set[str | None]]]:
    """Yield line, constant and keywords (None for `**`) of each error that is made; variables are not followed."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
            named = node.args[0]
            name = named.id if isinstance(named, ast.Name) else getattr(named, "attr", "")
            yield node.lineno, name, {keyword.arg for keyword in node.keywords}


def wrong_facts(trees: dict[str, ast.Module]) -> list[str]:
    """Return the places where an error is made with other facts than its sentence names."""
    defined = {module: problems(tree) for module, tree in trees.items()}
    anywhere: dict[str, set[str]] = {}
    for constants in defined.values():
        for name, (_, sentence) in constants.items():
            anywhere.setdefault(name, set()).add(sentence)
    wrong = []
    for module, tree in trees.items():
        for line, name, given in raised(tree):
            own = defined[module].get(name)
            sentences = {own[1]} if own else anywhere.get(name, set())
            if sentences and None not in given and given not in [facts(sentence) for sentence in sentences]:
                wrong.append(f"{module}:{line} {name}")
    return wrong


@pytest.fixture(scope="module")
def trees() -> dict[str, ast.Module]:
    return {
        file.relative_to(PACKAGE).as_posix(): ast.parse(file.read_text(encoding="utf-8"))
        for file in sorted(PACKAGE.rglob("*.py"))
    }


def test_a_code_is_used_once(trees: dict[str, ast.Module]) -> None:
    codes = Counter(code for tree in trees.values() for code, _ in problems(tree).values())
    assert len(codes) > 50
    assert [code for code, times in codes.items() if times > 1] == []


def test_a_problem_is_a_code_and_a_whole_japanese_sentence(trees: dict[str, ast.Module]) -> None:
    odd = [
        f"{module}: {name}"
        for module, tree in trees.items()
        for name, (code, sentence) in problems(tree).items()
        if not re.fullmatch(r"E-\d{3}", code)
        or not re.search(r"[ぁ-ん]", sentence)
        or not re.search(r"(。|[)）]。?|\{\w+\})$", sentence)
    ]
    assert odd == []


def test_errors_are_made_with_the_facts_that_their_sentences_name(trees: dict[str, ast.Module]) -> None:
    assert wrong_facts(trees) == []


@pytest.mark.parametrize(
    ("call", "fits"),
    [
        ("Refused(LATE, day='1')", True),
        ("Refused(LATE, **facts)", True),
        ("Refused(LATE)", False),
        ("Refused(LATE, days='1')", False),
        ("Again(LATE, day='1', more=2)", False),
        ("Again(campaign.LATE)", False),
    ],
)
def test_the_rule_sees_facts_that_do_not_fit(call: str, fits: bool) -> None:
    source = f"LATE = Problem('E-999', '{{day}}に締め切り、{{{{}}}}は使えません。')\nraise {call}\n"
    assert (wrong_facts({"late.py": ast.parse(source)}) == []) == fits
