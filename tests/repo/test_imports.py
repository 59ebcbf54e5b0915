"""
Which way imports point, and what a file may be: steps know no cloud, `main.py` only wires, nothing is loaded by name.

Every rule is a function from a source to its faults, and is tried on a source that breaks it.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
MAINS = sorted(ROOT.glob("functions/*/main.py"))
STEPS = [main.parent.name for main in MAINS]
SOURCES = sorted(PACKAGE.rglob("*.py"))
CLOUDY = ("adapters", "rehearsal")
"""The folders that may know the cloud; everything else in the package may not."""
INNER = [file for file in SOURCES if file.relative_to(PACKAGE).parts[0] not in CLOUDY]
ADAPTERS = sorted((PACKAGE / "adapters").rglob("*.py"))
SCRIPTS = sorted(ROOT.glob("scripts/*.py"))
FORETELLS = "scripts/check_campaign.py"
"""It tries what the tables will show on entrants that the rehearsal invents; no archive holds it."""
FEWEST = {"SOURCES": 150, "INNER": 90, "ADAPTERS": 25, "MAINS": 11, "SCRIPTS": 4}
"""So many files there are at least: a rule that looks at fewer has gone blind."""

CLOUD = {"google", "googleapiclient", "grpc", "requests", "httplib2", "tink", "functions_framework"}
DYNAMIC_MODULES = {"importlib", "imp", "pkgutil", "runpy"}
DYNAMIC_NAMES = {"__import__", "exec", "eval", "compile"}
VAGUE = re.compile(r"utils?|helpers?|managers?|services?|handlers?|misc|common")
MAIN_LINES = 40
MOST_LINES = 350

EXCEPTIONS = {
    "shared/prizedraw/__init__.py": "runs before all else in a function, where the collector must be told to rest",
    "shared/prizedraw/ports.py": "every power in one file, to be held against the grants",
    "shared/prizedraw/rehearsal/google/secret_manager.py": "Secret Manager is the name of what it stands for",
    "scripts/press.py": "one file, so that it is fetched and run alone",
    "scripts/verify_draw.py": "one file, so that a stranger can read it and run it alone",
    "scripts/verify_erasure.py": "one file, so that a stranger can read it and run it alone",
}
"""Files that may break a rule, and why."""


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield every dotted name that is imported, wherever it stands; of `from a import b` both `a` and `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = "." * node.level + (node.module or "")
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def cloud_imports(source: str) -> list[str]:
    """Return the adapters and cloud libraries that a step, or what it builds on, imports."""
    found = set(imports(ast.parse(source)))
    return sorted(
        name
        for name in found
        if within(name, "prizedraw.adapters") or name.partition(".")[0] in CLOUD or name[0] == "."
    )


def step_imports(source: str) -> list[str]:
    """Return the steps that an adapter imports."""
    found = set(imports(ast.parse(source)))
    return sorted(name for name in found for step in STEPS if within(name, f"prizedraw.{step}"))


def rehearsal_imports(source: str) -> list[str]:
    return sorted(name for name in set(imports(ast.parse(source))) if within(name, "prizedraw.rehearsal"))


def dynamic_loading(source: str) -> list[str]:
    """Return the ways in which a source loads code by a name that is not written as an import."""
    tree = ast.parse(source)
    modules = [name for name in imports(tree) if name.partition(".")[0] in DYNAMIC_MODULES]
    names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in DYNAMIC_NAMES]
    modules += [name for name in imports(tree) if name.rpartition(".")[2] == "*"]
    return sorted({*modules, *names})


def more_than_wiring(source: str) -> list[str]:
    """Return what a `main.py` holds besides a docstring, imports, the function `wire` and the assignment of `main`."""
    body = ast.parse(source).body
    wrong = [] if ast.get_docstring(ast.parse(source)) else ["no docstring"]
    rest = [ast.unparse(node) for node in body[1:] if not isinstance(node, ast.Import | ast.ImportFrom)]
    if len(rest) != 2 or not rest[0].startswith("def wire(") or not rest[1].startswith("main = edge."):
        wrong.append(f"not only wire and main: {rest}")
    branching = (ast.If, ast.For, ast.While, ast.Try, ast.With, ast.FunctionDef, ast.ClassDef)
    inside = [node for part in body for node in ast.walk(part) if node is not part]
    wrong += [type(node).__name__ for node in inside if isinstance(node, branching)]
    lines = len(source.splitlines())
    return [*wrong, *([f"{lines} lines"] if lines > MAIN_LINES else [])]


def more_than_docstring(source: str) -> list[str]:
    """Return what an `__init__.py` holds besides its docstring: re-exports would give every function every client."""
    tree = ast.parse(source)
    if not ast.get_docstring(tree):
        return ["no docstring"]
    return [ast.unparse(node) for node in tree.body[1:]]


def vague_name(file: str) -> list[str]:
    """Return the parts of a file's name that say nothing."""
    return [part for part in re.split(r"[_.-]", Path(file).name.lower()) if VAGUE.fullmatch(part)]


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def source_of(file: Path) -> str:
    return file.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FEWEST)
def test_no_rule_has_gone_blind(name: str) -> None:
    assert len(globals()[name]) >= FEWEST[name]


def test_steps_and_what_they_build_on_know_no_cloud() -> None:
    assert {relative(file): found for file in INNER if (found := cloud_imports(source_of(file)))} == {}


def test_adapters_know_no_step() -> None:
    assert {relative(file): found for file in ADAPTERS if (found := step_imports(source_of(file)))} == {}


def test_nothing_but_the_rehearsal_knows_the_rehearsal() -> None:
    others = [file for file in SOURCES if "rehearsal" not in file.relative_to(PACKAGE).parts] + MAINS + SCRIPTS
    knowing = {relative(file): found for file in others if (found := rehearsal_imports(source_of(file)))}
    assert knowing.keys() == {FORETELLS}
    assert all(name.startswith("prizedraw.rehearsal.foretelling") for name in knowing[FORETELLS])


def test_no_code_is_loaded_by_a_name_that_the_archives_builder_cannot_follow() -> None:
    loading = {relative(file): found for file in [*SOURCES, *MAINS] if (found := dynamic_loading(source_of(file)))}
    assert loading == {}


def test_main_only_wires() -> None:
    assert {relative(file): found for file in MAINS if (found := more_than_wiring(source_of(file)))} == {}


@pytest.mark.parametrize("folder", [main.parent for main in MAINS], ids=lambda folder: folder.name)
def test_a_function_s_folder_holds_nothing_importable_beside_main(folder: Path) -> None:
    files = {path.name for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}
    assert files == {"main.py", "requirements.in", "requirements.txt"}


def test_a_package_re_exports_nothing() -> None:
    packages = [file for file in SOURCES if file.name == "__init__.py" and relative(file) not in EXCEPTIONS]
    assert {relative(file): found for file in packages if (found := more_than_docstring(source_of(file)))} == {}


def test_file_names_say_what_is_in_the_file() -> None:
    trees = [ROOT / tree for tree in ("functions", "shared", "scripts", "tests", "infra")]
    files = [relative(path) for tree in trees for path in tree.rglob("*") if path.suffix != ".pyc"]
    assert [file for file in files if vague_name(file) and file not in EXCEPTIONS] == []


def test_a_file_is_short_enough_to_be_read_in_one_go() -> None:
    lines = {relative(file): len(source_of(file).splitlines()) for file in [*SOURCES, *SCRIPTS]}
    assert {name for name, number in lines.items() if number > MOST_LINES} <= EXCEPTIONS.keys()


def test_exceptions_are_still_needed() -> None:
    for name in EXCEPTIONS:
        source = source_of(ROOT / name)
        says_more = name.endswith("__init__.py") and more_than_docstring(source)
        assert vague_name(name) or len(source.splitlines()) > MOST_LINES or says_more


# Each rule sees what breaks it.


@pytest.mark.parametrize(
    "line",
    [
        "from prizedraw.adapters import kms",
        "from prizedraw.adapters.kms import connect",
        "import prizedraw.adapters.kms as keys",
        "from prizedraw import adapters",
        "from google.cloud import firestore",
        "import google.auth",
        "import grpc",
        "import requests",
        "from tink import hybrid",
        "import functions_framework",
        "from googleapiclient.discovery import build",
        "from . import adapters",
        "def act() -> None:\n    import grpc",
    ],
)
def test_a_step_that_reaches_for_the_cloud_is_seen(line: str) -> None:
    assert cloud_imports(f'"""Act."""\n{line}\n')


def test_a_step_that_asks_for_a_port_is_well() -> None:
    assert cloud_imports("from prizedraw.ports import Store\nimport json\nfrom pydantic import Field\n") == []


@pytest.mark.parametrize("line", ["from prizedraw import draw", "from prizedraw.draw import run"])
def test_an_adapter_that_reaches_for_a_step_is_seen(line: str) -> None:
    assert step_imports(line)
    assert step_imports("from prizedraw import drawing_room, errors") == []


@pytest.mark.parametrize("line", ["from prizedraw import rehearsal", "import prizedraw.rehearsal.kms"])
def test_a_step_that_knows_the_rehearsal_is_seen(line: str) -> None:
    assert rehearsal_imports(line)


@pytest.mark.parametrize(
    "line",
    [
        "import importlib",
        "from importlib import import_module",
        "from importlib.resources import files",
        "import runpy",
        "__import__('prizedraw.draw')",
        "exec('import prizedraw')",
        "load = eval",
        "from prizedraw.records import *",
    ],
)
def test_loading_by_name_is_seen(line: str) -> None:
    assert dynamic_loading(line)


def test_a_word_that_only_contains_a_forbidden_one_is_well() -> None:
    assert dynamic_loading("evaluation = 1\npattern = re.compile('x')\nexecute()\n") == []


GOOD_MAIN = '''"""Draw."""
import os
from prizedraw import draw, edge
def wire(settings, host):
    """Hand over."""
    return partial(draw.run, clock=host.clock)
main = edge.operator(draw.STEP, draw.Order, wire, os.environ)
'''


def test_a_main_that_only_wires_is_well() -> None:
    assert more_than_wiring(GOOD_MAIN) == []


@pytest.mark.parametrize(
    "source",
    [
        GOOD_MAIN.replace('"""Draw."""\n', ""),
        GOOD_MAIN + "LIMIT = 3\n",
        GOOD_MAIN + "def helper():\n    return 1\n",
        GOOD_MAIN + "class Desk:\n    x = 1\n",
        GOOD_MAIN.replace("main = ", "entry = "),
        GOOD_MAIN.replace("edge.operator(draw.STEP, draw.Order, wire, os.environ)", "wire"),
        GOOD_MAIN.replace("    return", "    if settings:\n        return 1\n    return"),
        GOOD_MAIN.replace("    return", "    def inner():\n        return 1\n    return"),
        GOOD_MAIN.replace("import os\n", "import os\n" * 40),
    ],
    ids=[
        "no docstring",
        "a constant",
        "a function more",
        "a class",
        "another name",
        "not by the edge",
        "a branch",
        "a function inside",
        "too long",
    ],
)
def test_a_main_that_does_more_than_wire_is_seen(source: str) -> None:
    assert more_than_wiring(source)


@pytest.mark.parametrize("source", ["", "import os\n", '"""Text."""\nfrom prizedraw.draw import run\n', "__all__ = []"])
def test_an_init_that_does_more_than_tell_is_seen(source: str) -> None:
    assert more_than_docstring(source)


@pytest.mark.parametrize(
    ("file", "vague"),
    [
        ("utils.py", True),
        ("date_utils.py", True),
        ("helper.py", True),
        ("key_manager.py", True),
        ("mail-service.tf", True),
        ("handlers.py", True),
        ("serviceable.py", False),
        ("draw.py", False),
    ],
)
def test_a_vague_name_is_seen(file: str, vague: bool) -> None:
    assert bool(vague_name(file)) == vague
