"""
Whether tests notice: a pytest session for a module's own tests, one for all tests, in each a fork a mutant.

A session passes its tests once and notes which of them runs which line. A mutant inside a function is put into a fork's
functions, where they stand, and meets only the tests that run its lines, the quickest first. What is run by the import
itself (a constant, a default) needs all of it imported anew: a fork of a process that has not begun.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from types import CodeType
from typing import Any

import coverage
import hypothesis
import pytest

from mutants.breeding import Mutant, source_of
from mutants.core import ASKED_FIRST, ROOT, UNASKED
from mutants.patching import Functions, changed_functions

SURVIVED, KILLED, STOPPED = 0, 1, 2
"""
How a mutant ends: no test failed; one did; a limit of CPU or time, or what is no test, ended it before.

What runs out of memory fails its test, and so is killed: it cannot be told from others.
"""
THEIRS = (
    *("functions_framework", "google.cloud.firestore", "google.cloud.kms", "google.cloud.storage", "openpyxl"),
    *("pydantic", "scipy.optimize", "time_machine", "tink", "xlsxwriter", "yaml"),
)
"""What takes long to import, and is not ours."""
ARGUMENTS = ["-q", "-x", "-p", "no:randomly", "-p", "no:cacheprovider", "-n0", "--no-header"]
ARGUMENTS += [f"--deselect=tests/{test}" for test in UNASKED]
MEMORY = 8 << 30
"""What a mutant that never ends may take, in bytes."""
SECONDS = 8
"""What the tests of one mutant may cost, in CPU, of its module's own file and of the others: no more are asked."""
FILES_ANEW = 4
"""In how many files the tests may stand that meet a mutant of what the import runs."""


class RedTests(Exception):
    """The tests fail without any mutation; what pytest said."""


def verdicts(mutants: Sequence[Mutant], tests: Sequence[Path], *, apart: bool = False) -> Iterator[tuple[Mutant, int]]:
    """
    Yield each mutant with how it ends when the tests (files and folders) meet it.

    The file that is about its module is asked alone at first, which is quick; whom it lets live meets all tests.
    *apart*: the first pass is a fork too. Tests that start threads or gRPC leave a process that cannot be forked.
    """
    _warm_up()
    left: list[Mutant] = []
    for module in dict.fromkeys(mutant.module for mutant in mutants):
        some = [mutant for mutant in mutants if mutant.module == module]
        files = [file for test in tests for file in ([test] if test.is_file() else sorted(test.rglob("test_*.py")))]
        own = [file for file in files if str(file).endswith(_own_file(module))]
        for mutant, ending in _by_all(some, own, apart) if own else ((mutant, SURVIVED) for mutant in some):
            if ending == SURVIVED:
                left.append(mutant)
            else:
                yield mutant, ending
    if left:
        yield from _by_all(left, tests, apart)


def _own_file(module: str) -> str:
    """Return how the path of the file ends that is about a module."""
    name = module.rpartition(".")[2]
    return f"/{ASKED_FIRST.get(module, f'test_{name}.py')}"


def _by_all(mutants: Sequence[Mutant], tests: Sequence[Path], apart: bool) -> Iterator[tuple[Mutant, int]]:
    left = dict(enumerate(mutants))
    anew: list[tuple[Mutant, dict[str, float]]] = []
    passed = False
    log = Path(tempfile.mkstemp(prefix="mutants-", suffix=".log")[1])
    for line in _in_fork(lambda write: _play(_Session(mutants, apart, write), tests), log):
        said = json.loads(line)
        if said == "passed":
            passed = True
        elif isinstance(said["ends"], dict):
            anew.append((left.pop(said["mutant"]), said["ends"]))
        else:
            yield left.pop(said["mutant"]), said["ends"]
    if not passed or left:
        raise RedTests(log.read_text(encoding="utf-8")[-5_000:])
    log.unlink()
    for mutant, chosen in anew:
        yield mutant, _anew(mutant, chosen)


class _Session:
    """A pytest plugin that passes the tests once, then once a mutant in a fork."""

    def __init__(self, mutants: Sequence[Mutant], apart: bool, write: Callable[[object], None]) -> None:
        self._mutants = mutants
        self._apart = apart
        self._write = write
        self._files = sorted({str(source_of(mutant.module)) for mutant in mutants})
        self._failed = False

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        _hasten_hypothesis()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            return True
        if self._apart:
            costs, lines = next(map(json.loads, _in_fork(lambda write: write(self._pass_once(session)))))
        else:
            costs, lines = self._pass_once(session)
        if not costs:
            return True
        self._write("passed")
        functions = Functions(self._files)
        for number, mutant in enumerate(self._mutants):
            self._write({"mutant": number, "ends": self._ending(mutant, session.items, functions, costs, lines)})
        return True

    def _pass_once(self, session: pytest.Session) -> tuple[dict[str, float], dict[str, list[str]]]:
        """
        Pass all tests; return what each costs in seconds, and by file and line the tests that run it.

        Nothing, if one of them is red.
        """
        watch = coverage.Coverage(data_file=None, include=self._files, config_file=False, messages=False)
        costs: dict[str, float] = {}
        watch.start()
        for item, after in zip(session.items, [*session.items[1:], None], strict=True):
            watch.switch_context(item.nodeid)
            began = time.process_time()
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
            costs[item.nodeid] = time.process_time() - began
            if self._failed:
                return {}, {}
        watch.stop()
        lines: dict[str, list[str]] = {}
        for file in self._files:
            for line, by in watch.get_data().contexts_by_lineno(file).items():
                lines[f"{file}:{line}"] = [one for one in by if one in costs]
        return costs, lines

    def _ending(
        self,
        mutant: Mutant,
        items: Sequence[pytest.Item],
        functions: Functions,
        costs: Mapping[str, float],
        lines: Mapping[str, Sequence[str]],
    ) -> int | dict[str, float]:
        """Return how a mutant ends; if it must be imported to be there, which tests are to tell."""
        file = str(source_of(mutant.module))
        old, new = (compile(text, file, "exec", dont_inherit=True) for text in (mutant.source, mutant.mutated))
        changed = list(changed_functions(old, new))
        if None in changed:
            touching = {test for place, by in lines.items() if place.startswith(f"{file}:") for test in by}
            # What pydantic or dataclasses do for a class runs no line of its module.
            own = {item.nodeid for item in items if item.nodeid.partition("::")[0].endswith(_own_file(mutant.module))}
            return _chosen(own | (touching or _naming(mutant.module, items)), costs, mutant.module, FILES_ANEW)
        places = (f"{file}:{line}" for line in range(mutant.first_line, mutant.last_line + 1))
        met = _chosen({test for place in places for test in lines.get(place, ())}, costs, mutant.module)
        asked = sorted((item for item in items if item.nodeid in met), key=lambda one: costs[one.nodeid])

        def try_it() -> int:
            functions.become([pair for pair in changed if pair])
            for item, after in zip(asked, [*asked[1:], None], strict=True):
                item.config.hook.pytest_runtest_protocol(item=item, nextitem=after)
                if self._failed:
                    return KILLED
            return SURVIVED

        return _status(try_it, sum(met.values())) if asked else SURVIVED


def _chosen(met: set[str], costs: Mapping[str, float], module: str, most_files: int | None = None) -> dict[str, float]:
    """
    Choose of the tests that run a line as many as one mutant is worth: the quickest of each file in turns.

    The file that is about the module may tell for as long as all the others.
    """
    files: dict[str, list[str]] = {}
    for test in sorted(met, key=lambda one: costs[one]):
        files.setdefault(test.partition("::")[0], []).append(test)
    own = _own_file(module)
    chosen = _worth([test for file, tests in files.items() if file.endswith(own) for test in tests], costs)
    others = [tests for file, tests in files.items() if not file.endswith(own)][:most_files]
    return chosen | _worth([test for turn in zip_longest(*others) for test in turn if test], costs)


def _naming(module: str, items: Sequence[pytest.Item]) -> set[str]:
    """Return the tests in files that speak of a module, of which no line is run by any: one of constants."""
    name = module.rpartition(".")[2]
    naming = {file for file in {item.path for item in items} if name in file.read_text(encoding="utf-8")}
    return {item.nodeid for item in items if item.path in naming}


def _worth(tests: Sequence[str], costs: Mapping[str, float]) -> dict[str, float]:
    chosen: dict[str, float] = {}
    for test in tests:
        if sum(chosen.values()) < SECONDS:
            chosen[test] = costs[test]
    return chosen


def _play(session: _Session, tests: Sequence[Path]) -> None:
    pytest.main([*ARGUMENTS, *map(str, tests)], plugins=[session])


def _warm_up() -> None:
    """Import what is not ours, once for all forks."""
    for name in THEIRS:
        importlib.import_module(name)


class _Chosen:
    """A pytest plugin: these tests alone, the quickest first."""

    def __init__(self, costs: Mapping[str, float]) -> None:
        self._costs = costs

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self) -> None:
        _hasten_hypothesis()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((one for one in items if one.nodeid in self._costs), key=lambda one: self._costs[one.nodeid])


def _anew(mutant: Mutant, costs: Mapping[str, float]) -> int:
    """Try a mutant of what the import runs: everything of ours is imported with it in place."""

    def try_it() -> int:
        sys.meta_path.insert(0, _Finder(mutant))
        files = sorted({test.partition("::")[0] for test in costs})
        return SURVIVED if pytest.main([*ARGUMENTS, *files], plugins=[_Chosen(costs)]) == 0 else KILLED

    return _status(try_it, sum(costs.values())) if costs else SURVIVED


class _Finder(importlib.abc.MetaPathFinder):
    """What imports the mutant instead of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self._name = f"prizedraw.{mutant.module}"
        self._mutant = mutant

    def find_spec(self, fullname: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        mutant, file = self._mutant, str(source_of(self._mutant.module))

        class Loader(importlib.machinery.SourceFileLoader):
            def get_code(self, fullname: str) -> CodeType:
                return compile(mutant.mutated, file, "exec", dont_inherit=True)

        return importlib.util.spec_from_file_location(fullname, file, loader=Loader(fullname, file))


def _hasten_hypothesis() -> None:
    """Draw the same examples each time. What falsifies is enough: the smallest is not looked for, and none is kept."""
    phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
    usual = hypothesis.settings.get_profile(hypothesis.settings.get_current_profile_name())
    hypothesis.settings.register_profile("mutants", usual, phases=phases, database=None, derandomize=True)
    hypothesis.settings.load_profile("mutants")


def _status(try_it: Callable[[], int], cost: float) -> int:
    """Return how a fork that does this ends; it may take five times its cost and half a minute, in CPU."""
    child = os.fork()
    if child == 0:
        os.setpgid(0, 0)
        allowed = int(5 * cost) + 30
        resource.setrlimit(resource.RLIMIT_CPU, (allowed, allowed))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        _silence()
        status = STOPPED
        try:
            status = try_it()
        finally:
            os._exit(status)
    ends = time.monotonic() + 20 * cost + 120
    ended_as: int | None = None
    while ended_as is None and time.monotonic() < ends:
        time.sleep(0.005)
        ended, how = os.waitpid(child, os.WNOHANG)
        if ended:
            ended_as = os.waitstatus_to_exitcode(how)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    if ended_as is None:
        os.waitpid(child, 0)
    return ended_as if ended_as in (SURVIVED, KILLED) else STOPPED


def _in_fork(do: Callable[[Callable[[object], None]], object], log: Path | None = None) -> Iterator[str]:
    """Do something in a fork; yield what it writes as it comes, one line of JSON a time."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w", encoding="utf-8") as out:
                _silence(log)
                do(lambda what: print(json.dumps(what), file=out, flush=True))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as written:
        yield from written
    os.waitpid(child, 0)


def _silence(log: Path | None = None) -> None:
    nowhere = os.open(log or os.devnull, os.O_WRONLY | os.O_APPEND)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    os.chdir(ROOT)
