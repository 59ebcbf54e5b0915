"""Keep docs/architecture.md and docs/decisions/ true: floors, homes of facts, records, and the index of decisions."""

import re
from collections.abc import Iterator

import pytest

from support.house import DOCS, FLOORS, TEXT, missing, table
from support.records import kinds

DECISIONS = DOCS / "decisions"

_NAME = re.compile(r"`([a-z_]+(?:\.\w+)*)`")
_HEADING = re.compile(r"^## (\d{4}-\d\d-\d\d) (\S.*)$", re.MULTILINE)


def picture(text: str) -> list[set[str]]:
    """Return the rooms of each floor in the picture, the lowest first; the roof is last."""
    drawn = text.split("```text\n")[1].split("```", maxsplit=1)[0]
    known = {room for floor in FLOORS for room in floor}
    floors: list[set[str]] = []
    for line in drawn.splitlines():
        label, rest = line[:6].strip(), line[6:]
        if label:
            floors.append(set())
        words = rest.replace("/ ", " ").split()
        starts = re.findall(r"(?:^ ?|\s{2,})(\w+)/?(?=\s)", rest)
        floors[-1] |= {word for word in starts if word in known}
        if words and all(word in known for word in words[:3]):  # the steps stand in one line
            floors[-1] |= {word for word in words if word in known}
    return floors[::-1]


def homes(text: str) -> Iterator[str]:
    """Yield every home that the table of facts names: dotted names of the package, and paths."""
    for _, cell in table(text, "Each fact has one home"):
        yield from re.findall(r"`([^`]+)`", cell)


KEYS_OF_OTHERS = {"analysis.threshold", "timeout", "code_hash", "authors"}
"""A key of the campaign file, an argument in Terraform, a field of the commitment, a local value in Terraform."""


def test_the_picture_shows_the_floors() -> None:
    assert picture(TEXT) == [set(floor) for floor in FLOORS]


def test_a_room_on_another_floor_is_seen() -> None:
    assert picture(TEXT.replace("   11  prepare intake", "   11  prepare").replace("0  errors", "0  intake")) != [
        set(floor) for floor in FLOORS
    ]


def test_every_home_of_a_fact_exists() -> None:
    named = set(homes(TEXT)) - KEYS_OF_OTHERS
    assert len(named) >= 50
    assert [home for home in sorted(named) if missing(home)] == []


@pytest.mark.parametrize(
    "home", ["mail.hours.MIDNIGHT", "mail.minutes", "nowhere", "runtime.confirm.press.not_there", "docs/nothing.md"]
)
def test_a_home_that_is_not_there_is_seen(home: str) -> None:
    assert missing(home)


def test_the_way_of_a_response_names_records_that_are_stored() -> None:
    rows = table(TEXT, "The way of one response")
    stores = {store for row in rows for store in re.findall(r"`(?:sealed|state)/(\w+)`", row[3])}
    named = {kind for row in rows for kind in re.findall(r"\(`(\w+)`\)", row[3])}
    assert len(stores) >= 15
    assert stores <= {kind.COLLECTION for kind in kinds()}
    assert named <= {kind.__name__ for kind in kinds()}


def test_every_path_that_is_named_exists() -> None:
    paths = re.findall(r"`((?:shared|functions|tests|docs|infra|scripts)/[^`\s]*)`", TEXT)
    assert len(paths) >= 8
    assert [path for path in paths if missing(path)] == []


# Decisions: dated, newest first, each in one file, all of them in the index.


def decisions() -> dict[str, list[tuple[str, str]]]:
    """Return date and title of every decision, by the name of its file."""
    files = sorted(file for file in DECISIONS.glob("*.md") if file.name != "README.md")
    return {file.name: _HEADING.findall(file.read_text(encoding="utf-8")) for file in files}


def indexed(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return the same from the index."""
    found = {}
    for part in text.split("\n## ")[1:]:
        name = part.partition("](")[2].partition(")")[0]
        found[name] = re.findall(r"^- (\d{4}-\d\d-\d\d) (\S.*)$", part, re.MULTILINE)
    return found


def test_the_index_lists_every_decision_newest_first() -> None:
    made = decisions()
    assert sum(map(len, made.values())) >= 62
    assert indexed((DECISIONS / "README.md").read_text(encoding="utf-8")) == made
    for rows in made.values():
        dates = [date for date, _ in rows]
        assert dates
        assert dates == sorted(dates, reverse=True)


def test_no_title_stands_twice_and_no_heading_lacks_its_date() -> None:
    titles = [title for rows in decisions().values() for _, title in rows]
    assert len(titles) == len(set(titles))
    for file in DECISIONS.glob("*.md"):
        if file.name != "README.md":
            text = file.read_text(encoding="utf-8")
            assert len(_HEADING.findall(text)) == text.count("\n## ")


def test_what_the_index_leaves_out_is_seen() -> None:
    text = (DECISIONS / "README.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("- 20"))
    assert indexed(text.replace(line + "\n", "")) != decisions()
