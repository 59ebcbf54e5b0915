"""Every kind of record that is stored, found by walking the package of records."""

import importlib
import pkgutil
from typing import Any

from prizedraw import records


def kinds() -> list[type[Any]]:
    """Return every class of `records/` that has a collection, by module and name."""
    modules = [
        importlib.import_module(f"prizedraw.records.{found.name}") for found in pkgutil.iter_modules(records.__path__)
    ]
    found = {
        kind
        for module in modules
        for kind in vars(module).values()
        if isinstance(kind, type) and hasattr(kind, "COLLECTION")
    }
    return sorted(found, key=lambda kind: (kind.__module__, kind.__name__))
