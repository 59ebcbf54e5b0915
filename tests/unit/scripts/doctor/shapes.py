"""What Google's services reply, as shapes to be filled in: `shapes.json`, one a call."""

import json
from pathlib import Path
from typing import Any

SHAPES: dict[str, Any] = json.loads(Path(__file__).with_name("shapes.json").read_text(encoding="utf-8"))


def shape(name: str, /, *, project: str, number: str, **changes: Any) -> Any:
    """Return a reply's shape with project and number filled in and values changed, each by its dotted path."""
    text = json.dumps(SHAPES[name])
    for old, new in (("projects/P", f"projects/{project}"), ("projects/N", f"projects/{number}")):
        text = text.replace(old, new)
    text = (
        text.replace("@P.", f"@{project}.").replace("-pN@", f"-p{number}@").replace("service-N@", f"service-{number}@")
    )
    found = json.loads(text.replace("/locations/L", "/locations/asia-northeast1"))
    for path, value in changes.items():
        put(found, path.replace("__", "."), value)
    return found


def put(whole: Any, path: str, value: Any) -> None:
    """Set what a dotted path leads to; None takes it away."""
    *steps, name = path.split(".")
    for step in steps:
        whole = whole.setdefault(step, {})
    if value is None:
        whole.pop(name, None)
    else:
        whole[name] = value
