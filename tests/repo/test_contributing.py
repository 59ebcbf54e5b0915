"""
Keep CONTRIBUTING.md true: each list of files is what knows of an example that is there already.

A list that leaves a file out would let somebody forget it; one that names too many is not read.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
TREES = ("shared", "functions", "infra", "scripts", "docs", "tests/infra", "tests/support/oracle.py", "README.md")
FEWEST_FILES = 280

LIKE: dict[str, str] = {
    "A step": r"[\"']forfeit[\"']|\bforfeit\s+= (google|local|\{ bucket)|\| `forfeit`|forfeit\.(STEP|run)\b"
    r"|claim, forfeit, ship|<!-- reply forfeit -->",
    "A reason for rejecting a response": r"\bNO_CONSENT\b|\bno_consent\b|│ 同意のない応募",
    "A key": r"\"delivery\"|\bDELIVERY\b|key/delivery\b|delivery-(private|public)",
    "A place of erasure": r"exports-bucket|bucket/exports|EXPORTS_BUCKET|exports_bucket|\"exports\"",
    "A column of the claim form's CSV": r"\bpostal_code\b",
    "A stored field": r"\bimport_id\b",
    "A kind of record": r"\bAnalysed\b|state/analysed",
    "A mail": r"[\"'`]reminder[\"'`]|メール：ご登録の期限",
}
"""What shows that a file knows of the example, by heading."""

_PATH = re.compile(r"`((?:shared|functions|infra|scripts|docs|tests)/[^`\s]+|[A-Z]+\.md|\.ci/run)`")


def section(heading: str, text: str = TEXT) -> str:
    """Return what stands below a heading, up to the next one."""
    return text.split(f"\n### {heading}\n", 1)[1].split("\n## ", 1)[0].split("\n### ", 1)[0]


def listed(heading: str, text: str = TEXT) -> set[str]:
    """Return the paths of a list."""
    items = re.findall(r"^- (?:.*\n(?:  .*\n)*)", section(heading, text) + "\n", re.MULTILINE)
    return {path for item in items for path in _PATH.findall(item)}


@cache
def sources() -> dict[str, str]:
    """Read every file that may have to change, by its path; what scripts write is no cause."""
    found = [file for tree in TREES for file in ((ROOT / tree).rglob("*") if (ROOT / tree).is_dir() else [ROOT / tree])]
    kinds = {".py", ".md", ".tf", ".yaml", ".txt", ".html", ""}
    by_scripts = r"requirements|grants\.txt|reliability\.md|egg-info"
    left_out = re.compile(rf"/\.(terraform|build)/|__pycache__|decisions/|{by_scripts}")
    return {
        file.relative_to(ROOT).as_posix(): file.read_text(encoding="utf-8")
        for file in found
        if file.is_file() and file.suffix in kinds and not left_out.search(file.as_posix())
    }


def code(path: str, text: str) -> str:
    """Return a Python file without docstrings and comments, which may speak of anything."""
    return re.sub(r'"""(?:.|\n)*?"""|#.*', "", text) if path.endswith(".py") else text


def knowing(heading: str) -> set[str]:
    """Return the files that know of a heading's example."""
    return {path for path, text in sources().items() if re.search(LIKE[heading], code(path, text))}


def faults(heading: str, text: str = TEXT) -> Iterator[str]:
    """Yield files that a list forgets, files that are not there, and files that do not know of the example."""
    paths = listed(heading, text)
    patterns = {path: re.sub(r"<[^>]+>", "*", path) for path in paths}
    covered = {file.relative_to(ROOT).as_posix() for pattern in patterns.values() for file in ROOT.glob(pattern)}
    known = knowing(heading)
    yield from (f"{path} is forgotten" for path in sorted(known - covered))
    for path, pattern in sorted(patterns.items()):
        files = [file for file in ROOT.glob(pattern.rstrip("/")) if file.exists()]
        if not files:
            yield f"{path} is not there"
        elif (
            files[0].is_file()
            and pattern == path
            and path in sources()
            and not re.search(LIKE[heading], sources()[path])
        ):
            yield f"{path} has nothing to do with it"


@pytest.mark.parametrize("heading", LIKE)
def test_a_list_names_exactly_the_files_that_know_of_its_example(heading: str) -> None:
    assert len(sources()) >= FEWEST_FILES
    assert len(listed(heading)) >= 3
    assert list(faults(heading)) == []


def test_every_recipe_has_its_rule() -> None:
    recipes = TEXT.split("\n## Add something\n", 1)[1].split("\n## ", 1)[0]
    assert re.findall(r"^### (.*)$", recipes, re.MULTILINE) == list(LIKE)


@pytest.mark.parametrize("heading", LIKE)
def test_a_file_that_a_list_forgets_is_seen(heading: str) -> None:
    body = section(heading)
    told = sorted(knowing(heading) & listed(heading))
    assert told
    shorter = TEXT.replace(body, body.replace(f"`{told[0]}`", "something"))
    assert list(faults(heading, shorter)) == [f"{told[0]} is forgotten"]


@pytest.mark.parametrize("extra", ["shared/prizedraw/nowhere.py", "shared/prizedraw/times.py"])
def test_a_file_too_many_is_seen(extra: str) -> None:
    heading = "A stored field"
    body = section(heading)
    assert list(faults(heading, TEXT.replace(body, f"\n- `{extra}`\n" + body)))


def test_every_path_exists() -> None:
    paths = set(_PATH.findall(TEXT))
    assert len(paths) >= 50
    assert [path for path in paths if not list(ROOT.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))] == []
    assert [link for link in re.findall(r"\]\(([^):#]+)\)", TEXT) if not (ROOT / link).exists()] == []


def test_the_commands_name_tests_that_are_there() -> None:
    for file, name in re.findall(r"\./scripts/test (\S+\.py)(?: -k (\w+))?", TEXT):
        assert f"{name}" in (ROOT / file).read_text(encoding="utf-8")


def test_the_hooks_are_there_and_use_the_pinned_tools() -> None:
    (repository,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert repository["repo"] == "local"
    assert {hook["id"] for hook in repository["hooks"]} == {"ruff", "ruff-format", "mypy", "check-campaign"}
    assert all(".venv/bin/" in hook["entry"] for hook in repository["hooks"])
