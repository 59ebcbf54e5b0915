"""Keep the README true: what is shown of the commands is what they print, and what it names is there."""

import re
from pathlib import Path

import pytest

from support import rehearsing

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def shown(command: str, text: str) -> list[str]:
    """Return what a text shows below a command."""
    start = text.index(f"$ {command}\n") + len(f"$ {command}\n")
    return text[start : text.index("```", start)].rstrip().splitlines()


def test_the_help_is_what_is_shown_to_contributors() -> None:
    assert shown("./scripts/rehearse --help", CONTRIBUTING) == lines_of(rehearsing.command("--help").stdout)


def test_the_table_is_what_the_readme_shows(together: Path) -> None:
    said = table(lines_of(rehearsing.said(rehearsing.played(together))))
    assert said == table(shown("./scripts/rehearse", README))
    assert len(said) > 10


def lines_of(printed: str) -> list[str]:
    return printed.rstrip().splitlines()


def table(lines: list[str]) -> list[list[str]]:
    """Return the cells of the final table but the time that it took, by whose length the columns are as wide."""
    rows = [line for line in lines if line.startswith("│") and "かかった時間" not in line]
    return [[cell.strip() for cell in row.split("│")] for row in rows]


NAMED = re.compile(r"`((?:functions|shared|scripts|docs|infra|tests)/[^`\s]*|\.ci/run|requirements-dev\.in)")


def missing(text: str) -> list[str]:
    """Return the paths and links of a text that are not there; `<…>` stands for anything, and must stand for some."""
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)]+)\)", text)]
    paths = [*NAMED.findall(text), *filter(None, links)]
    return [path for path in paths if not list(ROOT.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))]


def rows(text: str) -> list[tuple[str, str]]:
    """Return the rows of the table of what to change where."""
    below = text.split("\n## Where to change what\n", 1)[1]
    return re.findall(r"^\| (?!to change|---)(.+?) \| (.+) \|$", below, re.MULTILINE)


PACKAGE = ROOT / "shared" / "prizedraw"
KINDS = {".py", ".tf", ".md", ".yaml", ".html", ".in"}


def files_of(row: str) -> list[str]:
    """Return the files and folders that a row of that table names, as it names them."""
    return [name for name in re.findall(r"`([^`\s]+)`", row) if "/" in name or Path(name).suffix in KINDS]


def found(name: str) -> list[Path]:
    """Return what a name of that table stands for: of the root if its folder is there, else of the package."""
    base = ROOT if (ROOT / name.partition("/")[0]).exists() else PACKAGE
    return list(base.glob(re.sub(r"<[^>]+>", "*", name).rstrip("/")))


def parts_left_out(table: str) -> list[str]:
    """Return the folders of the package to which no row leads."""
    leads_to = {
        path.relative_to(PACKAGE).parts[0]
        for name in files_of(table)
        for path in found(name)
        if PACKAGE in path.parents
    }
    return sorted({main.parent.name for main in PACKAGE.glob("*/__init__.py")} - leads_to)


def test_every_path_that_is_named_exists() -> None:
    assert len(NAMED.findall(README)) > 25
    assert missing(README) == []


def test_every_row_of_what_to_change_names_its_files() -> None:
    assert len(rows(README)) >= 45
    for _, row in rows(README):
        assert files_of(row)
        assert [name for name in files_of(row) if not found(name)] == []


def test_a_newcomer_is_led_to_every_part() -> None:
    table = "".join(row for _, row in rows(README))
    assert parts_left_out(table) == []
    assert parts_left_out(table.replace("`typed/", "`")) == ["typed"]


@pytest.mark.parametrize("name", ["entries/hours.py", "hours.py", "words/<step>.md", "shared/entries/judging.py"])
def test_a_file_that_a_row_invents_is_seen(name: str) -> None:
    assert files_of(f"`mail/hours.py`: when; `{name}`") == ["mail/hours.py", name]
    assert found("mail/hours.py") == [PACKAGE / "mail" / "hours.py"]
    assert not found(name)


CALLED_BY_SCRIPTS_ALONE = {"check_locks", "environment-checkov", "environment-mutants", "find_python"}


def untold(text: str) -> list[str]:
    """Return the commands in scripts/ of which a text does not speak."""
    commands = {file.stem for file in (ROOT / "scripts").iterdir() if file.is_file()} - CALLED_BY_SCRIPTS_ALONE
    assert len(commands) >= 12
    return [name for name in sorted(commands) if not re.search(rf"scripts/{name}\b", text)]


def test_every_command_is_told_of() -> None:
    assert untold(README + CONTRIBUTING) == []
    assert untold((README + CONTRIBUTING).replace("scripts/doctor", "scripts/doctors")) == ["doctor"]


@pytest.mark.parametrize(
    "text", ["`shared/prizedraw/hours.py`", "`functions/<step>/main.tf`", "[x](docs/nothing.md)", "[x](NOTHING.md#a)"]
)
def test_a_path_that_is_not_there_is_seen(text: str) -> None:
    assert missing(text)


def test_the_picture_is_small_enough_to_be_read_on_the_way() -> None:
    assert 20_000 < (ROOT / "docs" / "images" / "rehearsal.png").stat().st_size < 300_000


def test_sections_that_are_linked_are_there() -> None:
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in README.splitlines() if "## " in line
    }
    linked = re.findall(r"\]\(#([^)]+)\)", README)
    assert linked
    assert set(linked) <= headings
