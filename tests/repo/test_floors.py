"""
The house has floors: a folder imports from the floors below its own, never from beside or above, nor in a circle.

A room is a folder of the package, or a module that lies beside the folders. Every rule is tried on a house that
breaks it.
"""

import ast
from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from support.house import FLOORS

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
FEWEST_FILES = 130
"""So many modules there are at least: a rule that looks at fewer has gone blind."""


House = Mapping[str, str]
"""Source by dotted name of the module within the package."""


def read(package: Path) -> dict[str, str]:
    """Read every module of a package but the `__init__.py`, which hold docstrings."""
    files = [file for file in package.rglob("*.py") if file.name != "__init__.py"]
    return {
        ".".join(file.relative_to(package).with_suffix("").parts): file.read_text(encoding="utf-8") for file in files
    }


def arrows(house: House) -> dict[str, set[str]]:
    """Return by module which modules of the house it imports, wherever in the file."""
    found: dict[str, set[str]] = {}
    for name, source in house.items():
        wanted: set[str] = set()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Import):
                wanted |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                wanted |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        inside = {one.removeprefix("prizedraw.") for one in wanted if one.startswith("prizedraw.")}
        found[name] = {one for one in inside if one in house}
    return found


def room(module: str) -> str:
    return module.partition(".")[0]


def floor(name: str, floors: Iterable[tuple[str, ...]]) -> int | None:
    """Return the number of a room's floor, from the ground up; None if it has none."""
    numbers = {one: number for number, rooms in enumerate(floors) for one in rooms}
    return numbers.get(name)


def climbs(house: House, floors: tuple[tuple[str, ...], ...] = FLOORS) -> list[str]:
    """Return every import that does not go down, and every room that stands on no floor."""
    wrong = [f"{name} stands on no floor" for name in sorted({room(m) for m in house}) if floor(name, floors) is None]
    for module, imported in sorted(arrows(house).items()):
        for other in sorted(imported):
            mine, theirs = floor(room(module), floors), floor(room(other), floors)
            if room(module) != room(other) and mine is not None and theirs is not None and theirs >= mine:
                wrong.append(f"{module} imports {other}")
    return wrong


def circle(house: House) -> list[str]:
    """Return the modules of one circle of imports, or nothing."""
    try:
        TopologicalSorter(arrows(house)).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def unused(house: House, floors: tuple[tuple[str, ...], ...] = FLOORS) -> list[str]:
    """Return the rooms that the floors name and the house has not."""
    rooms = {room(module) for module in house}
    return [name for one in floors for name in one if name not in rooms]


def test_imports_go_down() -> None:
    house = read(PACKAGE)
    assert len(house) >= FEWEST_FILES
    assert climbs(house) == []
    assert unused(house) == []


def test_imports_go_in_no_circle() -> None:
    assert circle(read(PACKAGE)) == []


# Each rule sees what breaks it.

GOOD = {
    "errors": "",
    "records.entries": "from prizedraw import errors",
    "records.mail": "from prizedraw.records.entries import Entry",
    "words.draw": "from prizedraw.records import mail",
    "draw": "from prizedraw.words import draw as words\nfrom prizedraw.errors import Refused",
}
STOREYS = (("errors",), ("records",), ("words", "mail"), ("draw",))


def test_a_house_that_is_right_is_well() -> None:
    assert climbs(GOOD, STOREYS) == []
    assert circle(GOOD) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("records.entries", "from prizedraw.words.draw import reply"),
        ("records.entries", "from prizedraw.words import draw"),
        ("records.entries", "import prizedraw.draw"),
        ("records.entries", "def act():\n    from prizedraw import draw"),
        ("errors", "from prizedraw.records.mail import MailRow"),
        ("mail.due", "from prizedraw.words.draw import reply"),
        ("cellar.box", ""),
    ],
    ids=["up", "up by module", "up by import", "up inside a function", "up to a folder", "beside", "on no floor"],
)
def test_an_import_that_climbs_is_seen(module: str, line: str) -> None:
    assert climbs(GOOD | {module: line}, STOREYS)


def test_a_circle_is_seen() -> None:
    assert set(circle(GOOD | {"records.entries": "from prizedraw.records.mail import MailRow"})) == {
        "records.entries",
        "records.mail",
    }


def test_a_floor_without_its_room_is_seen() -> None:
    assert unused(GOOD, STOREYS) == ["mail"]
