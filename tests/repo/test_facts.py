"""
One fact has one home (docs/architecture.md): look for a second place of those facts that a test can find.

Each rule reads the package's source and yields what breaks it; each is tried on a source that does. What may repeat a
fact, since it is written for people, is compared with the home.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from prizedraw.campaign import checks, parts
from prizedraw.erasure import places
from prizedraw.erasure.filed import FOLDER as REPORTS
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.csv_limits import MOST_BYTES, MOST_ROWS
from prizedraw.lottery import forfeit_file, names
from prizedraw.lottery.files import PRIZE_ID
from prizedraw.mail import hours
from prizedraw.runtime.confirm import LIFETIME_MINUTES
from prizedraw.typed.crockford import ALPHABET, LABEL_LENGTH

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "shared" / "prizedraw"
PAPERS = (ROOT / "docs" / "operators.ja.md", ROOT / "docs" / "checklist.ja.md")
FEWEST_FILES = 110
"""So many modules there are at least, without the rehearsal: a rule that looks at fewer has gone blind."""

Modules = Mapping[str, ast.Module]
"""Syntax tree by dotted name within the package."""


@cache
def modules() -> dict[str, ast.Module]:
    """Parse the package but the rehearsal, which is never shipped and plays the world outside."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        name = ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
        if not name.startswith("rehearsal."):
            found[name] = ast.parse(file.read_text(encoding="utf-8"))
    return found


def texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield every text of a module with its line; docstrings, which nobody but us reads, are left out."""
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def named(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    """Yield the names that a module gives to values, wherever in it, with the value."""
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign) and value is not None:
            yield from ((ast.unparse(target), value) for target in targets if target is not None)


# The rules. Each yields `module:line what`.

_LIFETIME = re.compile(rf"{LIFETIME_MINUTES} ?分(?!ほど)|十五分")
"""How long a code lives is said exactly; 「15分ほど」 is a wait for something else."""


def lifetimes(house: Modules) -> Iterator[str]:
    """Yield minutes of the confirm code that are written out instead of made by `confirm.press`."""
    for module, tree in house.items():
        for line, text in texts(tree):
            if _LIFETIME.search(text):
                yield f"{module}:{line} {text}"


def spans(house: Modules) -> Iterator[str]:
    """Yield hours of mail that are written out."""
    for module, tree in house.items():
        for line, text in texts(tree):
            if module != "mail.hours" and re.search(
                rf"{hours.FIRST}時から|{hours.LAST}時まで|9[:：]00.{{1,4}}20[:：]00", text
            ):
                yield f"{module}:{line} {text}"


def alphabets(house: Modules) -> Iterator[str]:
    """Yield texts that spell Crockford's alphabet, or a part that could be nothing else, as a list or as a class."""
    for module, tree in house.items():
        for line, text in texts(tree):
            spelt = ALPHABET[18:27].lower() in text.lower() or re.search("a-hj?k?mn?p", text.lower())
            if module != "typed.crockford" and spelt:
                yield f"{module}:{line} {text}"


def batches(house: Modules) -> Iterator[str]:
    """Yield numbers by which something is cut into batches, other than `lease.BATCH` and `ports.MAX_WRITES`."""
    for module, tree in house.items():
        for name, value in named(tree):
            bare = isinstance(value, ast.Constant) and isinstance(value.value, int)
            if (
                re.search(r"BATCH|MAX_WRITES", name, re.IGNORECASE)
                and bare
                and module not in ("runtime.lease", "ports")
            ):
                yield f"{module}:{value.lineno} {name}"
        for node in ast.walk(tree):
            cut = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("range", "islice")
            if not (cut and isinstance(node, ast.Call) and len(node.args) > 1):
                continue
            size = node.args[-1]
            if isinstance(size, ast.Constant) and size.value in (249, 400, 499, 500):
                yield f"{module}:{node.lineno} {ast.unparse(node)}"


ONE_PERSON = "erase_person: _LEASE"
"""One person is erased in seconds: whoever presses again after a crash need not wait for a whole run to be dead."""


def run_times(house: Modules) -> Iterator[str]:
    """Yield times of a run that do not follow from its function's timeout."""
    for module, tree in house.items():
        for name, value in named(tree):
            if re.search(r"BUDGET|LEASE", name, re.IGNORECASE) and ast.unparse(value).startswith("timedelta("):
                yield f"{module}: {name}"


def leases(house: Modules) -> Iterator[str]:
    """Yield leases that are taken under a name written out: two steps that mean the same one must share its name."""
    for module, tree in house.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("fenced", "acquire")):
                words = [n for argument in node.args for n in ast.walk(argument) if isinstance(n, ast.Constant)]
                if any(isinstance(word.value, str) for word in words):
                    yield f"{module}:{node.lineno}"


def settlings(house: Modules) -> Iterator[str]:
    """
    Yield sums of the closing time and something: when all is settled is `Campaign.settled_at`.

    When `status` begins to complain (`…_LATE`) is another fact, hours later.
    """
    for module, tree in house.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
                sides = {ast.unparse(node.left).rpartition(".")[2], ast.unparse(node.right).rpartition(".")[2]}
                late = any(side.endswith("_LATE") for side in sides)
                if "closes_at" in sides and not late and module != "campaign.definition":
                    yield f"{module}: {ast.unparse(node)}"


NAMES = {
    names.RULES: "lottery.names",
    names.POOL: "lottery.names",
    names.COMMITMENT: "lottery.names",
    names.RECORD: "lottery.names",
    forfeit_file.FOLDER: "lottery.forfeit_file",
    SIGNATURE: "evidence.signed_files",
    EVIDENCE: "evidence.signed_files",
    REPORTS: "erasure.filed",
}


def file_names(house: Modules) -> Iterator[str]:
    """Yield names of published files that are spelt outside their home; a sentence may name one."""
    for module, tree in house.items():
        for line, text in texts(tree):
            if text in NAMES and NAMES[text] != module:
                yield f"{module}:{line} {text}"


def sentences(house: Modules) -> Iterator[str]:
    """Yield sentences of problems that stand twice, and codes that do."""
    found: dict[str, list[str]] = defaultdict(list)
    for module, tree in house.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem":
                for argument in node.args:
                    found[ast.literal_eval(argument)].append(f"{module}:{node.lineno}")
    yield from (f"{text} {' '.join(where)}" for text, where in found.items() if len(where) > 1)


def busy(house: Modules) -> Iterator[str]:
    """Yield problems that say in other words that another run is going on; a reply that nobody reads may."""
    for module, tree in house.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "Problem" and module != "runtime.lease":
                text = ast.literal_eval(node.args[1])
                if re.search("別の.{1,8}が実行中", text):
                    yield f"{module}:{node.lineno} {text}"


Rule = Callable[[Modules], Iterator[str]]
RULES: dict[Rule, tuple[frozenset[str], str]] = {
    lifetimes: (frozenset(), "x = f'15分以内に、本文を {body} にして実行してください。'"),
    spans: (frozenset(), "x = 'お送りするのは、9時から20時までです。'"),
    alphabets: (frozenset(), "LABEL = re.compile('[0-9a-hjkmnp-tv-z]{26}')"),
    batches: (frozenset(), "for start in range(0, len(rows), 400):\n    pass"),
    run_times: (frozenset({ONE_PERSON}), "BUDGET = timedelta(minutes=7)"),
    leases: (frozenset(), "with lease.fenced(clock, times, (state, 'awards')):\n    pass"),
    settlings: (frozenset(), "due = campaign.closes_at + timedelta(minutes=10)"),
    file_names: (frozenset(), "data = published.read('rules.json')"),
    sentences: (frozenset(), "A = Problem('E-1', '待ってください。')\nB = Problem('E-2', '待ってください。')"),
    busy: (frozenset(), "BUSY = Problem('E-1', '別の発送が実行中です。')"),
}
"""Each rule with what is right although the rule finds it, and a source that breaks it."""


def by_name(rule: Rule) -> str:
    return getattr(rule, "__name__", "")


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_fact_has_one_home(rule: Rule) -> None:
    house = modules()
    assert len(house) >= FEWEST_FILES
    allowed, _ = RULES[rule]
    found = list(rule(house))
    assert [one for one in found if one not in allowed] == []
    assert allowed <= set(found)


@pytest.mark.parametrize("rule", RULES, ids=by_name)
def test_a_second_place_is_seen(rule: Rule) -> None:
    _, source = RULES[rule]
    assert list(rule({"ship": ast.parse(source)}))


@pytest.mark.parametrize(
    ("rule", "source"),
    [
        (lifetimes, "x = '取り込みを待って（15分ほど）から、もう一度実行してください。'"),
        (lifetimes, '"""A code lives 15分."""'),
        (spans, "x = f'{hours.SPAN}まで'"),
        (alphabets, "x = crockford.SMALL"),
        (batches, "for start in range(0, len(rows), MAX_WRITES):\n    pass"),
        (batches, "x = range(256)"),
        (run_times, "RENEW_BEFORE = timedelta(days=4)"),
        (leases, "with lease.fenced(clock, times, (state, lease.AWARDS)):\n    pass"),
        (settlings, "due = campaign.settled_at"),
        (file_names, "x = '規則（rules.json）が公開されていません。'"),
        (sentences, "A = Problem('E-1', '待つ。')\nB = Problem('E-2', '急ぐ。')"),
    ],
)
def test_what_is_no_second_place_is_left_alone(rule: Rule, source: str) -> None:
    assert list(rule({"ship": ast.parse(source)})) == []


# What is written for people repeats a number, and is compared.


def told(pattern: str) -> list[tuple[str, int]]:
    """Return every number that the package's texts name in the given way (one group), with its module."""
    found = [(module, text) for module, tree in modules().items() for _, text in texts(tree)]
    return [(module, int(match)) for module, text in found for match in re.findall(pattern, text)]


def test_replies_tell_the_lengths_of_code_and_label() -> None:
    code = claim_code.code_for(_Zeros(), "0" * LABEL_LENGTH, "A").replace("-", "")
    lengths = told(r"(\d+)文字")
    assert LABEL_LENGTH in {number for _, number in lengths} <= {len(code), LABEL_LENGTH}


class _Zeros:
    """A keyed function of nothing (port `Prf`)."""

    def value(self, data: bytes) -> bytes:
        return bytes(32)


def test_replies_tell_how_large_a_csv_may_be() -> None:
    assert {number for _, number in told(r"(\d+)MB")} <= {MOST_BYTES // 2**20}
    assert {number for _, number in told(r"(\d+)万行")} <= {MOST_ROWS // 10_000}


def test_places_tell_for_how_long_google_can_restore() -> None:
    windows = {place.window for place in places.PLACES if place.window is not None}
    assert {timedelta(days=number) for module, number in told(r"(\d+)日間") if module == "erasure.places"} == windows


def test_papers_tell_how_long_a_code_lives() -> None:
    found = [minutes for paper in PAPERS for minutes in code_minutes(paper.read_text(encoding="utf-8"))]
    assert len(found) >= 5
    assert set(found) == {LIFETIME_MINUTES}
    assert code_minutes("コードは20分で使えなくなります。") == [20]


def code_minutes(text: str) -> list[int]:
    """Return the minutes for which a paper says that a code lives."""
    return [int(match) for match in re.findall(r"(\d+)分(?:以内に、本文|で使え|で切れる)", text)]


def test_the_campaign_file_tells_how_long_before_the_end_erasure_begins() -> None:
    for file in sorted((ROOT / "infra" / "terraform" / "campaigns").glob("*.yaml")):
        text = file.read_text(encoding="utf-8")
        assert re.findall(r"取扱期間の終わりの\s*(\d+)日前", text) == [str(checks.KEY_DAYS)]
        assert re.findall(r"伏せます（(\d+)以上", text) == [str(parts.FEWEST)]


def test_the_campaign_file_and_the_rules_take_the_same_ids_of_prizes() -> None:
    shapes = {module: text for module, tree in modules().items() for _, text in texts(tree) if text.endswith("{1,32}")}
    assert set(shapes) == {"campaign.parts", "lottery.files"}
    assert set(shapes.values()) == {PRIZE_ID.pattern}
