"""
Each module is tested in the place that its name tells: whoever changes it finds where to add a case.

`shared/prizedraw/<folder>/<module>.py` is tested in `tests/unit/<folder>/test_<module>.py`; a step, and what it says
(`words/<step>.py`), in `tests/unit/test_<step>.py`; an adapter below `tests/unit/adapters/` or `tests/contract/`. What
is tested in another place stands in `ELSEWHERE`, with the reason.
"""

import ast
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE, TESTS = ROOT / "shared" / "prizedraw", ROOT / "tests"
ROOTS = {"prizedraw": PACKAGE, "support": TESTS / "support"}
FEWEST_MODULES, FEWEST_FILES = 190, 250

NO_LOGIC = {
    "errors": "types, and `tried`: `erasure/test_witnesses.py`",
    "ports": "types alone",
    "records.*": "what is stored, without rules: `records/test_flat.py`, and each kind through each store",
    "rehearsal.*": "never shipped: played whole in `journey/` and `functions/`",
    "erasure.powers": "a table of ports",
    "erasure.outcome": "what a run came to, as types",
    "erasure.person_outcome": "the same for one person",
    "lottery.names": "names alone",
    "runtime.preconditions": "one sentence",
    "fulfilment.csv_limits": "numbers; `test_claim_csv.py` tries each of them",
}
"""Modules and folders that decide nothing, and why they need no test of their own."""

ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    # An adapter is tested by its port, on the fake too; what all of them share, by each of them.
    "contract/test_beacon.py": ("adapters.drand.relays",),
    "contract/test_inventories.py": ("adapters.erasers", "adapters.storage.inventory"),
    "contract/test_store.py": (
        "adapters.firestore.database",
        "adapters.firestore.documents",
        "adapters.firestore.snapshot",
        "adapters.memory",
    ),
    "contract/test_store_faults.py": ("adapters.firestore.connection",),
    "contract/test_mail.py": ("adapters.gmail.mailer", "adapters.google.once"),
    "unit/adapters/test_reports.py": ("adapters.gmail.mail_texts",),
    "contract/test_kms.py": ("adapters.google.grpc", "adapters.google.later", "adapters.google.statuses"),
    "contract/test_form.py": ("adapters.google.http",),
    "contract/test_claims_bucket.py": ("adapters.storage.claims",),
    "contract/test_bucket_eraser.py": ("adapters.storage.eraser",),
    "contract/test_published.py": ("adapters.storage.objects",),
    # What is withheld is one choice, of which these are steps; what is published is one analysis.
    "unit/analysis/test_disclosure.py": ("analysis.worth",),
    "unit/analysis/test_make.py": ("analysis.file", "analysis.plan"),
    # All that is wrong with a campaign file is told at once, whichever module finds it.
    "unit/campaign/test_faults.py": ("campaign.checks", "campaign.parts", "campaign.yaml_text"),
    "unit/entries/test_form_fitness.py": ("entries.form_questions", "entries.form_route"),
    "unit/entries/test_made_anew.py": ("entries.asking",),
    "unit/entries/test_ledger.py": ("entries.ids",),
    "unit/test_intake.py": ("entries.doubts",),
    "unit/test_freeze.py": ("evidence.manifest", "words.doubts"),
    # An erasure is one run: what it believes, looks at, publishes and answers.
    "unit/test_erase.py": ("erasure.answering", "erasure.due", "erasure.publishing", "erasure.run"),
    "unit/erasure/test_nothing_is_believed.py": (
        *("erasure.attested", "erasure.believed", "erasure.believing", "erasure.came", "erasure.filed"),
    ),
    "unit/erasure/test_unlisted.py": ("erasure.inventory",),
    "unit/erasure/test_places.py": ("erasure.kept",),
    "unit/erasure/test_report_pdf.py": ("erasure.report_words",),
    "unit/overview/test_erasure.py": ("erasure.alarms", "erasure.recorded"),
    "unit/fulfilment/test_shipping_list.py": ("fulfilment.b2cloud",),
    "unit/fulfilment/test_resaved.py": ("fulfilment.candidates",),
    "unit/fulfilment/test_returns.py": ("fulfilment.changes", "lottery.restored_file"),
    "unit/fulfilment/test_absence.py": ("fulfilment.full_exports", "words.lapses"),
    "unit/test_claim.py": ("records.verdicts",),
    "unit/lottery/test_obtaining.py": ("lottery.asked_once",),
    "unit/test_forfeit.py": ("lottery.forfeit_file", "words.holders"),
    "unit/lottery/test_published.py": ("lottery.terms",),
    "unit/test_draw.py": ("lottery.ward_text",),
    "unit/runtime/test_out_of_order.py": ("lottery.prepared",),
    "unit/mail/test_due.py": ("mail.letter_writer", "mail.references", "words.reminders"),
    "unit/mail/test_samples.py": ("mail.written",),
    "unit/overview/test_mirrors.py": ("overview.files",),
    "unit/overview/test_fulfilment.py": ("overview.parcels",),
    # `status` is one page: a section for each part, what they have in common, and the words around them.
    "unit/test_status.py": (
        *("overview.campaign", "overview.entries", "overview.lottery", "overview.mail", "overview.publishing"),
        *("overview.analysis", "overview.evidence", "overview.pages", "overview.section", "overview.told"),
        *("rendering.html", "words.publishing"),
    ),
    "unit/analysis/test_workbook.py": ("rendering.xlsx",),
    "unit/typed/test_email_addresses.py": ("typed.address_faults",),
    "unit/test_prepare.py": ("campaign.advice", "words.form"),
    "unit/erasure/test_asked_of_people.py": ("words.places",),
    "unit/mail/test_ward_page.py": ("words.ward_page",),
}
"""By the file that tests them: modules that do one part of what another one does as a whole, and are told there."""


def modules(package: Path = PACKAGE) -> list[str]:
    """Return every module by its dotted name within the package."""
    files = (file.relative_to(package).with_suffix("") for file in package.rglob("*.py") if file.name != "__init__.py")
    return sorted(".".join(file.parts) for file in files)


def homes(module: str) -> list[str]:
    """Return where a module may be tested by its name, below `tests/`."""
    folder, _, name = module.rpartition(".")
    if folder == "words":
        return [f"unit/test_{name}.py", f"unit/words/test_{name}.py"]
    if folder.startswith("adapters"):
        service = folder.partition(".")[2]
        names = [name] if not service else [name, service, f"{service}_{name}", f"{name}_{service}"]
        return [f"{place}/test_{one}.py" for place in ("unit/adapters", "contract") for one in names]
    return [f"unit/{folder.replace('.', '/')}/test_{name}.py".replace("//", "/")]


def faults(found: Iterable[str], tests: Path, elsewhere: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return which modules have no home, and which exceptions are none."""
    known, wrong = set(found), []
    excepted = {module: file for file, several in elsewhere.items() for module in several}
    for module in sorted(known):
        own = [home for home in homes(module) if (tests / home).is_file()]
        bare = module in NO_LOGIC or f"{module.partition('.')[0]}.*" in NO_LOGIC
        if not own and not bare and module not in excepted:
            wrong.append(f"{module} has no {homes(module)[0]}")
    wrong += [f"{module} is no module" for module in sorted(excepted.keys() - known)]
    wrong += [f"{file} is not there" for file in elsewhere if not (tests / file).is_file()]
    return wrong


def imported(source: str) -> set[str]:
    """Return all that a source may import, modules and names within them."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


@cache
def imports_of(file: Path) -> frozenset[str]:
    return frozenset(imported(file.read_text(encoding="utf-8")))


def reached(file: Path) -> set[str]:
    """Return the modules of the package that a test reaches, by whatever it imports."""
    seen: set[Path] = set()
    waiting, found = [file], set[str]()
    while waiting:
        one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        for name in imports_of(one):
            parts = name.split(".")
            target = ROOTS.get(parts[0], ROOT / "nowhere").joinpath(*parts[1:]).with_suffix(".py")
            if target.is_file():
                waiting.append(target)
                if target.is_relative_to(PACKAGE):
                    found.add(".".join(parts[1:]))
    return found


def borrowed(source: str) -> set[str]:
    """Return what a source takes from test modules: these are run, and nothing else stands on them."""
    return {name for name in imported(source) if any(part.startswith("test_") for part in name.split(".")[:-1])}


def test_no_test_stands_on_another_one() -> None:
    files = sorted(TESTS.rglob("*.py"))
    assert len(files) >= FEWEST_FILES
    taken = {file.relative_to(TESTS).as_posix(): borrowed(file.read_text(encoding="utf-8")) for file in files}
    assert {file: names for file, names in taken.items() if names} == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("from unit.test_ship import listed", {"unit.test_ship.listed"}),
        ("import unit.test_ship.listed", {"unit.test_ship.listed"}),
        ("def f():\n    from repo.test_floors import FLOORS", {"repo.test_floors.FLOORS"}),
        ("from support.house import test_words", set()),
        ("from support.parcels import depot", set()),
    ],
)
def test_a_test_that_stands_on_another_one_is_seen(source: str, names: set[str]) -> None:
    assert borrowed(source) == names


def test_every_module_is_tested_where_its_name_tells() -> None:
    assert len(modules()) >= FEWEST_MODULES
    assert faults(modules(), TESTS, ELSEWHERE) == []


@pytest.mark.parametrize("file", ELSEWHERE)
def test_what_is_tested_elsewhere_is_reached_from_there(file: str) -> None:
    assert set(ELSEWHERE[file]) <= reached(TESTS / file)


def test_what_needs_no_test_is_there() -> None:
    found = modules()
    folders = {module.partition(".")[0] for module in found}
    assert [name for name in NO_LOGIC if name not in found and name.removesuffix(".*") not in folders] == []


def test_a_module_without_a_home_and_an_exception_that_is_none_are_seen(tmp_path: Path) -> None:
    (tmp_path / "unit" / "mail").mkdir(parents=True)
    (tmp_path / "unit" / "mail" / "test_outbox.py").write_text("")
    assert faults(["mail.outbox"], tmp_path, {}) == []
    assert faults(["mail.due"], tmp_path, {}) == ["mail.due has no unit/mail/test_due.py"]
    assert faults(["mail.due"], tmp_path, {"unit/mail/test_outbox.py": ("mail.due",)}) == []
    assert faults([], tmp_path, {"unit/mail/test_outbox.py": ("mail.gone",)}) == ["mail.gone is no module"]
    assert faults([], tmp_path, {"unit/test_gone.py": ()}) == ["unit/test_gone.py is not there"]


def test_a_module_that_a_test_does_not_reach_is_seen() -> None:
    found = reached(TESTS / "unit" / "lottery" / "test_randomness.py")
    assert "lottery.randomness" in found
    assert "mail.due" not in found
