"""
A step is one word, the same in five places: its function, its module, its tests, its Terraform page, README's table.

The Terraform page is asked for once there is any `*.tf` in infra/terraform. A step that has no function yet stands in
README's table, as to come, and has no file of its name anywhere.
"""

import ast
import re
from pathlib import Path

import pytest

from support.house import WORDS

ROOT = Path(__file__).resolve().parents[2]

FUNCTION = ("main.py", "requirements.in", "requirements.txt")
_ROW = re.compile(r"\|\s*\[?`(\w+)`(?:\]\([^)]*\))?\s*\|")
_TO_COME = re.compile(r"\b(to come|not yet|coming|planned|later)\b", re.IGNORECASE)


def built(root: Path) -> list[str]:
    """Return the steps that have a function, in the order of the words, unknown ones last."""
    found = {main.parent.name for main in root.glob("functions/*/main.py")}
    return [word for word in WORDS if word in found] + sorted(found - set(WORDS))


def places(root: Path, step: str) -> list[Path]:
    """Return the files of a step, relative to the root."""
    files = [Path("functions", step, name) for name in FUNCTION]
    files += [Path("shared", "prizedraw", f"{step}.py"), Path("tests", "unit", f"test_{step}.py")]
    if any(root.glob("infra/terraform/*.tf")):
        files.append(Path("infra", "terraform", f"function_{step}.tf"))
    return files


def rows(readme: str) -> dict[str, str]:
    """Return the rows of the table that has the first word in its first column, by their own first column."""
    tables = re.findall(r"(?:^\|.*\n?)+", readme, re.MULTILINE)
    for table in tables:
        found = {match[1]: line for line in table.splitlines() if (match := _ROW.match(line))}
        if WORDS[0] in found:
            return found
    return {}


def faults(root: Path) -> list[str]:
    """Return every departure from the five places, in words."""
    steps = built(root)
    wrong = [f"{step} is not a word of the design" for step in steps if step not in WORDS]
    for step in steps:
        wrong += [f"{file.as_posix()} is missing" for file in places(root, step) if not (root / file).is_file()]
    strangers = [folder.name for folder in root.glob("functions/*") if folder.is_dir() and folder.name not in steps]
    wrong += [f"functions/{name} has no main.py" for name in sorted(strangers) if name != "__pycache__"]
    for word in WORDS:
        if word not in steps:
            wrong += [f"{file} belongs to a step to come" for file in named(root, word)]
    pages = {page.stem.removeprefix("function_") for page in root.glob("infra/terraform/function_*.tf")}
    wrong += [f"infra/terraform/function_{name}.tf has no function" for name in sorted(pages - set(steps))]
    return wrong + table_faults(root / "README.md", steps)


def named(root: Path, word: str) -> list[str]:
    """Return the files and folders that bear the name of a step; letters and their parts may be called as they like."""
    names = {word, f"{word}.py", f"test_{word}.py", f"function_{word}.tf"}
    trees = [root / tree for tree in ("functions", "shared/prizedraw", "tests", "infra/terraform")]
    found = [path for tree in trees for path in tree.rglob("*") if path.name in names]
    return sorted(path.relative_to(root).as_posix() for path in found if "messages" not in path.parts)


def table_faults(readme: Path, steps: list[str]) -> list[str]:
    """Return how README's table departs from the words and from what is built."""
    if not readme.is_file():
        return ["README.md is missing"]
    table = rows(readme.read_text(encoding="utf-8"))
    wrong = []
    if list(table) != WORDS:
        wrong.append(f"README's table has the rows {list(table)}")
    for word, line in table.items():
        if (word in steps) == bool(_TO_COME.search(line)):
            wrong.append(f"README says of {word} that it is {'to come' if word in steps else 'there'}")
    return wrong


def test_every_step_is_one_word_in_five_places() -> None:
    assert faults(ROOT) == []


@pytest.mark.parametrize("step", built(ROOT))
def test_a_module_bears_its_word_and_its_function_uses_it(step: str) -> None:
    module = ast.parse((ROOT / "shared" / "prizedraw" / f"{step}.py").read_text(encoding="utf-8"))
    values = [
        ast.literal_eval(node.value)
        for node in module.body
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["STEP"]
    ]
    assert values == [step]
    main = (ROOT / "functions" / step / "main.py").read_text(encoding="utf-8")
    assert re.search(rf"^main = edge\.\w+\({step}\.STEP, ", main, re.MULTILINE)


def test_the_package_tells_the_story_in_the_same_order() -> None:
    package = ast.parse((ROOT / "shared" / "prizedraw" / "__init__.py").read_text(encoding="utf-8"))
    _, _, story = (ast.get_docstring(package) or "").partition("The steps")
    assert [word for word in re.findall(r"\w+", story) if word in WORDS] == WORDS


# The rule can fail: a small tree that is right, and what breaks it.


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Make a tree with two steps built, and Terraform."""
    (tmp_path / "infra" / "terraform").mkdir(parents=True)
    (tmp_path / "infra" / "terraform" / "kms.tf").touch()
    for step in ("prepare", "draw"):
        for file in places(tmp_path, step):
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).touch()
    lines = [f"| `{word}` | {'draws' if word in ('prepare', 'draw') else 'to come'} |\n" for word in WORDS]
    text = "# prizedraw\n\n| word | meaning |\n| --- | --- |\n| `else` | x |\n\n| step | does |\n| --- | --- |\n"
    (tmp_path / "README.md").write_text(text + "".join(lines), encoding="utf-8")
    return tmp_path


def test_a_tree_that_is_right_has_no_faults(tree: Path) -> None:
    assert faults(tree) == []


def test_links_in_the_table_are_read(tree: Path) -> None:
    readme = tree / "README.md"
    linked = readme.read_text(encoding="utf-8").replace("| `draw` |", "| [`draw`](functions/draw/main.py) |")
    readme.write_text(linked, encoding="utf-8")
    assert faults(tree) == []


@pytest.mark.parametrize("step", ["prepare", "draw"])
@pytest.mark.parametrize("place", [1, 2, 3, 4, 5])
def test_a_place_that_is_missing_is_seen(step: str, place: int, tree: Path) -> None:
    missing = places(tree, step)[place]
    (tree / missing).unlink()
    assert faults(tree) == [f"{missing.as_posix()} is missing"]


def test_terraform_s_pages_are_asked_for_only_once_there_is_terraform(tree: Path) -> None:
    for page in tree.glob("infra/terraform/*.tf"):
        page.unlink()
    assert faults(tree) == []


@pytest.mark.parametrize(
    "file",
    [
        "functions/claim/requirements.in",
        "shared/prizedraw/erase.py",
        "shared/prizedraw/adapters/ship.py",
        "shared/prizedraw/analyse/page.py",
        "tests/unit/test_forfeit.py",
        "tests/functions/test_ship.py",
        "infra/terraform/function_erase.tf",
    ],
)
def test_a_trace_of_a_step_to_come_is_seen(file: str, tree: Path) -> None:
    (tree / file).parent.mkdir(parents=True, exist_ok=True)
    (tree / file).touch()
    assert faults(tree)


def test_a_function_that_is_no_word_of_the_design_is_seen(tree: Path) -> None:
    for file in places(tree, "lottery"):
        (tree / file).parent.mkdir(parents=True, exist_ok=True)
        (tree / file).touch()
    assert faults(tree) == ["lottery is not a word of the design"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("| `draw` | draws |", "| `draw` | to come |"),
        ("| `claim` | to come |", "| `claim` | imports |"),
        ("| `claim` | to come |\n", ""),
        ("| `claim` | to come |\n| `forfeit`", "| `forfeit`"),
        ("| `draw`", "| `lots`"),
        ("| `prepare`", "| prepare"),
    ],
)
def test_a_table_that_departs_is_seen(before: str, after: str, tree: Path) -> None:
    readme = tree / "README.md"
    text = readme.read_text(encoding="utf-8")
    assert before in text
    readme.write_text(text.replace(before, after), encoding="utf-8")
    assert faults(tree)


def test_a_tree_without_a_readme_is_seen(tree: Path) -> None:
    (tree / "README.md").unlink()
    assert faults(tree) == ["README.md is missing"]
