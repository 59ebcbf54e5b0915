"""
One name, one thing: no two public classes of the package have the same name, wherever they stand.

The rule is tried on a house that breaks it.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "shared" / "prizedraw"
FEWEST_FILES = 180
"""So many modules there are at least: a rule that looks at fewer has gone blind."""
FEWEST_CLASSES = 300

PAIRS: Mapping[str, str] = {}
"""Names that two classes have on purpose, and why."""

House = Mapping[str, str]
"""Source by path within the package."""


def read(package: Path) -> dict[str, str]:
    return {file.relative_to(package).as_posix(): file.read_text(encoding="utf-8") for file in package.rglob("*.py")}


def classes(house: House) -> Iterator[tuple[str, str]]:
    """Yield name and module of every public class at the top of a module."""
    for module, source in sorted(house.items()):
        for node in ast.parse(source).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                yield node.name, module


def doubled(house: House) -> dict[str, list[str]]:
    """Return the names of several public classes, with the modules where they stand."""
    places: defaultdict[str, list[str]] = defaultdict(list)
    for name, module in classes(house):
        places[name].append(module)
    return {name: modules for name, modules in places.items() if len(modules) > 1}


def test_no_two_public_classes_have_one_name() -> None:
    house = read(PACKAGE)
    assert len(house) >= FEWEST_FILES
    assert len(list(classes(house))) >= FEWEST_CLASSES
    assert {name: modules for name, modules in doubled(house).items() if name not in PAIRS} == {}


def test_every_pair_that_is_allowed_is_there() -> None:
    assert PAIRS.keys() <= doubled(read(PACKAGE)).keys()


# The rule sees what breaks it.


def test_two_classes_of_one_name_are_seen_wherever_they_stand() -> None:
    house = {
        "lottery/awards.py": "class Award:\n    class Kind: ...\n",
        "records/lottery.py": "import enum\n\n\nclass Award(enum.Enum): ...\n",
        "ship.py": "class _Desk: ...\nclass Kind: ...\n",
        "claim.py": "class _Desk: ...\ndef award(): ...\nAward = 1\n",
    }
    assert doubled(house) == {"Award": ["lottery/awards.py", "records/lottery.py"]}
