"""
The garbage collector rests while a function is imported, goes on when it is made, and elsewhere never rests. Pydantic
looks for no plugin in a function. What only some answers need is not imported before the first one.
"""

import gc
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import prizedraw
from prizedraw.runtime.orders import Result

DISABLED = "PYDANTIC_DISABLE_PLUGINS"
FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
PACKAGE = Path(prizedraw.__file__).parent
CAMPAIGN = FUNCTIONS.parent / "infra" / "terraform" / "campaigns" / "shinjuku-rally-2026.yaml"
FILES = frozenset({"lottery.files", "lottery.published", "lottery.randomness", "fulfilment.withdrawals"})
"""What reads the files of a draw."""
LATER = {
    "erase": FILES
    | {
        *("erase_person", "erasure.person_outcome", "erasure.answering"),
        *("erasure.run", "erasure.alarms", "erasure.recorded", "erasure.witnesses"),
        *("erasure.publishing", "erasure.report", "erasure.report_pdf", "erasure.kept", "erasure.inventory"),
        *("erasure.came", "analysis.file", "fulfilment.holders"),
        *("records.entries", "records.fulfilment", "records.lottery", "records.mail", "records.analysis"),
    },
    "status": FILES
    | {
        *("overview.mirrors", "overview.pages", "overview.holder_list", "rendering.html"),
        *("runtime.confirm", "words.freeze", "words.holders"),
    },
    "prepare": frozenset({"records.fulfilment", "lottery.published", "words.ward_page"}),
}
"""By step the modules of ours that are imported by the answer that needs them: each costs as much as it has classes."""
PROBE = """
import gc, json
found = {"before": gc.isenabled()}
import prizedraw
found["importing"] = gc.isenabled()
from prizedraw.runtime import edge, orders
found["imported"] = gc.isenabled()
edge.operator("status", orders.Order, lambda settings, host: None, {})
found["made"] = gc.isenabled()
found["left out"] = gc.get_freeze_count() > 10_000
print(json.dumps(found))
"""


def probed(**environ: str) -> dict[str, Any]:
    """Import what a function imports, in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if name != "FUNCTION_TARGET"}
    done = subprocess.run([sys.executable, "-c", PROBE], env=clean | environ, capture_output=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_in_a_function_it_rests_until_the_function_is_made() -> None:
    assert probed(FUNCTION_TARGET="main") == {
        "before": True,
        "importing": False,
        "imported": False,
        "made": True,
        "left out": True,
    }


def test_elsewhere_it_never_rests() -> None:
    assert probed() == {"before": True, "importing": True, "imported": True, "made": True, "left out": False}


@pytest.mark.parametrize("step", ["intake", "status"])
def test_both_kinds_of_functions_let_it_go_on(step: str) -> None:
    main = str(FUNCTIONS / step / "main.py")
    probe = f"import gc, runpy; runpy.run_path({main!r})['main']; print(gc.isenabled())"
    done = subprocess.run(
        [sys.executable, "-c", probe], env=os.environ | {"FUNCTION_TARGET": "main"}, capture_output=True, check=True
    )
    assert done.stdout.split()[-1:] == [b"True"]


@pytest.mark.parametrize(("environ", "looks"), [({"FUNCTION_TARGET": "main"}, False), ({}, True)])
def test_a_function_looks_through_no_packages_for_plugins_of_pydantic(environ: dict[str, str], looks: bool) -> None:
    probe = (
        "from importlib import metadata; import prizedraw; asked = []; real = metadata.entry_points\n"
        "metadata.entry_points = lambda **given: asked.append(given) or real(**given)\n"
        "import prizedraw.campaign.definition; print({'group': 'pydantic'} in asked)"
    )
    clean = {name: value for name, value in os.environ.items() if name not in ("FUNCTION_TARGET", DISABLED)}
    done = subprocess.run([sys.executable, "-c", probe], env=clean | environ, capture_output=True, check=True)
    assert done.stdout.split() == [str(looks).encode()]


def test_it_rests_and_no_plugins_are_looked_for_from_the_first_import_on(monkeypatch: pytest.MonkeyPatch) -> None:
    environ = {"FUNCTION_TARGET": "main"}
    monkeypatch.setattr(os, "environ", environ)
    try:
        runpy.run_path(prizedraw.__file__)
        assert not gc.isenabled()
    finally:
        gc.enable()
    assert environ[DISABLED] == "__all__"


FIRST_ANSWER = f"""
import json, sys
from datetime import timedelta
from pathlib import Path
from prizedraw.adapters.memory import Memory
from prizedraw.campaign import definition
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller

class Empty:
    def find(self, name): return None
    def read(self, name): return None
    def names(self, prefix=""): return []

campaign, state = definition.load(Path({str(CAMPAIGN)!r})), Memory("rally")
powers = {{"campaign": campaign, "state": state, "published": Empty(), "reports": Empty()}}
caller = Caller("operator@example.jp", scheduled=False)
powers["clock"] = lambda: campaign.opens_at - timedelta(days=1)
if sys.argv[1] == "status":
    from prizedraw import status
    reply = status.run(status.StatusOrder(), caller, address="", **powers)
else:
    from prizedraw import erase
    times = RunTimes(timedelta(minutes=5), timedelta(minutes=9))
    unused = dict.fromkeys(
        ("manifest", "signer", "index", "claim", "form", "sheets", "mailbox", "histories", "erasers", "inventories")
    )
    reply = erase.run(erase.ErasureOrder(), caller, sealed=Memory("rally"), times=times, **unused, **powers)
print(json.dumps([reply.result, *sys.modules]))
"""


@pytest.mark.parametrize("step", ["erase", "status"])
def test_the_first_answer_of_a_new_project_needs_none_of_it(step: str) -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_ANSWER, step], capture_output=True, check=True)
    result, *imported = json.loads(done.stdout)
    assert result == Result.REPORT
    assert {name for name in LATER[step] if f"prizedraw.{name}" in imported} == set()


@pytest.mark.parametrize("step", LATER)
def test_what_only_some_answers_need_is_not_imported_before_the_first(step: str) -> None:
    assert [name for name in LATER[step] if not (PACKAGE / f"{name.replace('.', '/')}.py").exists()] == []
    main = str(FUNCTIONS / step / "main.py")
    probe = f"import json, runpy, sys; runpy.run_path({main!r}); print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, check=True)
    imported = set(json.loads(done.stdout))
    assert f"prizedraw.{step}" in imported
    assert {name for name in LATER[step] if f"prizedraw.{name}" in imported} == set()
