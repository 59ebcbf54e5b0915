"""
The garbage collector rests while a function is imported, goes on when it is made, and elsewhere never rests. Pydantic
looks for no plugin in a function.
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

DISABLED = "PYDANTIC_DISABLE_PLUGINS"
FUNCTIONS = Path(__file__).resolve().parents[3] / "functions"
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
