"""What a function has imported before it is asked: the database's client, and none that only some calls need."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from prizedraw.adapters.google.later import Later

ROOT = Path(__file__).resolve().parents[2]
STEPS = sorted(main.parent.name for main in (ROOT / "functions").glob("*/main.py"))
LATER = {
    "google.cloud.kms_v1": "keys",
    "google.cloud.secretmanager_v1": "secrets",
    "google.cloud.storage": "files",
    "google.cloud.firestore_admin_v1": "the past of the databases",
    "tink": "keysets",
    "jinja2.sandbox": "letters",
    "matplotlib": "charts",
    "scipy": "the tables that are published",
    "typst": "reports",
    "xlsxwriter": "lists",
}
"""What takes long to import, and for what it is needed."""
IMPORT = """
import json, runpy, sys
for step in sys.argv[2:]:
    runpy.run_path(f"{sys.argv[1]}/functions/{step}/main.py")
print(json.dumps([sorted(sys.modules), "google.cloud.firestore_v1.services.firestore" in sys.modules]))
"""


def test_no_function_imports_what_only_some_of_its_calls_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT, str(ROOT), *STEPS],
        env={"PYTHONPATH": str(ROOT / "shared"), "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    imported, has_database = json.loads(done.stdout)
    assert has_database
    assert set(imported) & LATER.keys() == set()


def test_a_library_is_imported_at_its_first_use_and_once() -> None:
    loads: list[str] = []

    def load() -> object:
        loads.append("loaded")
        return json

    library = Later(load)
    assert loads == []
    assert library.dumps({}) == "{}"
    assert library.loads("{}") == {}
    assert loads == ["loaded"]
    with pytest.raises(AttributeError):
        _ = library.absent
