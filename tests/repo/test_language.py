"""British spelling in our own words, nothing left to do, and no path of the machine it was written on."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TREES = ("docs", "functions", "infra", "scripts", "shared", "tests", ".ci")
WRITTEN = {".py", ".md", ".tf", ".hcl", ".yaml", ".toml", ".html", ".txt", ".in", ".sh", ""}
LEFT_OUT = {"requirements.txt", "requirements-dev.txt", "LICENSE", Path(__file__).name}
"""Locked versions, the licence's own text, and the words of this test."""

AMERICAN = re.compile(
    r"analyz|normaliz|serializ|initializ|organiz|recogniz|summariz|minimiz|optimiz|customiz|finaliz|capitaliz|"
    r"behavior|color|favor|honor(?!ific)|neighbor|\bcenter|defense|canceled|canceling|labeled|labeling|modeled|"
    r"catalog(?!u)|\bgray|fulfillment|judgment|traveled",
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|HACK|WIP)\b")
OF_THIS_MACHINE = re.compile(r"/work/|/root/|/home/\w|/Users/\w|(?<!HOME/)\.pyenv|\.\./shared")

OFFLINE = "../shared/terraform-offline/terraform"
"""Where CI may find a Terraform that calls nobody; it is looked for there and nowhere else."""


def files() -> list[Path]:
    """Return the texts that we wrote."""
    found = [file for tree in TREES for file in (ROOT / tree).rglob("*") if file.is_file()]
    found += [file for file in ROOT.iterdir() if file.is_file() and not file.name.startswith(".")]
    hidden = re.compile(r"/(\.build|\.terraform|__pycache__|vectors)/|\.tfstate")
    return sorted(
        file
        for file in found
        if file.suffix in WRITTEN and file.name not in LEFT_OUT and not hidden.search(file.as_posix())
    )


def own_words(file: Path, text: str) -> str:
    """Return the prose and the names that are ours: of Python, docstrings, comments and definitions; no quoted code."""
    if file.suffix == ".py":
        text = "\n".join(_python_words(text))
    elif file.suffix != ".md":
        return ""
    return re.sub(r"```.*?```|`[^`\n]*`|https?://\S+", "", text, flags=re.DOTALL)


def _python_words(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield ast.get_docstring(node) or ""
            yield getattr(node, "name", "")
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def test_there_is_something_to_read() -> None:
    names = {named(file) for file in texts()}
    assert len(names) > 500
    assert {"README.md", "docs/draw.md", "scripts/test", "shared/prizedraw/draw.py", ".ci/run"} <= names


def named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@cache
def texts() -> dict[Path, str]:
    """Return what is in those files."""
    return {file: file.read_text(encoding="utf-8") for file in files()}


def test_our_own_words_are_british() -> None:
    seen = {named(file): AMERICAN.findall(own_words(file, text)) for file, text in texts().items()}
    assert {name: words for name, words in seen.items() if words} == {}


def test_nothing_is_left_to_do_and_no_path_is_of_one_machine() -> None:
    known = {".ci/run": OFFLINE}
    seen = {
        name: UNFINISHED.findall(left) + OF_THIS_MACHINE.findall(left)
        for name, left in (
            (named(file), text.replace(known.get(named(file), "\0"), "")) for file, text in texts().items()
        )
    }
    assert {name: words for name, words in seen.items() if words} == {}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", '"""Analyze it."""\n'),
        ("a.py", "def normalize(x):\n    pass\n"),
        ("a.py", "def f(color):\n    pass\n"),
        ("a.py", "behavior = 1\n"),
        ("a.py", "x = 1  # labeled\n"),
        ("a.md", "The catalog of colors.\n"),
    ],
)
def test_american_spelling_is_seen(name: str, text: str) -> None:
    assert AMERICAN.search(own_words(Path(name), text))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.py", '"""Call `unicodedata.normalize`, in the colour of the catalogue."""\n'),
        ("a.py", "x = unicodedata.normalize('NFKC', x)\n"),
        ("a.py", "x.SerializeToString()\n"),
        ("a.md", "```css\ncolor: red\n```\nSee `normalize` at https://example.jp/color.\n"),
        ("a.html", "<p style='color: red'>"),
    ],
)
def test_what_others_named_is_left_alone(name: str, text: str) -> None:
    assert not AMERICAN.search(own_words(Path(name), text))


@pytest.mark.parametrize("text", ["# TODO: later", "cd /home/taro/checkout", "~/.pyenv/shims", "see ../shared/vectors"])
def test_leftovers_are_seen(text: str) -> None:
    assert UNFINISHED.search(text) or OF_THIS_MACHINE.search(text)
