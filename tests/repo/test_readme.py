"""Keep the README true: what it shows of the commands is what they print, and what it names is there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def shown(command: str) -> list[str]:
    """Return what the README shows below a command."""
    start = README.index(f"$ {command}\n") + len(f"$ {command}\n")
    return README[start : README.index("```", start)].rstrip().splitlines()


def printed(*arguments: str) -> list[str]:
    command = [sys.executable, "-m", "prizedraw.rehearsal", *arguments]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=300,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "80", "NO_COLOR": "1"},
    )
    return done.stdout.rstrip().splitlines()


def test_the_help_is_what_the_readme_shows() -> None:
    assert shown("./scripts/rehearse --help") == printed("--help")


@pytest.mark.timeout(600)
def test_the_table_is_what_the_readme_shows(tmp_path: Path) -> None:
    said = table(printed("--out", str(tmp_path / "out")))
    assert said == table(shown("./scripts/rehearse"))
    assert len(said) > 10


def table(lines: list[str]) -> list[list[str]]:
    """Return the cells of the final table but the time that it took, by whose length the columns are as wide."""
    rows = [line for line in lines if line.startswith("│") and "かかった時間" not in line]
    return [[cell.strip() for cell in row.split("│")] for row in rows]


def test_every_path_that_is_named_exists() -> None:
    named = re.findall(r"`((?:functions|shared|scripts|docs|infra|tests)/[^`\s]*)`|\]\(([^)]+)\)", README)
    paths = {path for pair in named for path in pair if path}
    assert len(paths) > 10
    missing = [path for path in paths if not list(ROOT.glob(re.sub(r"<[^>]+>", "*", path).rstrip("/")))]
    assert missing in ([], ["infra/terraform/function_<step>.tf"])
