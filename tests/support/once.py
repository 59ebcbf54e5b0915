"""What is made once in a test run, however many processes it has: one makes it, the others wait for it."""

import fcntl
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one of this machine's processes in at a time."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def made_once(path: Path, make: Callable[[], Any]) -> Any:
    """Return what *make* makes, as JSON; the processes of one test run make it once between them."""
    with alone(path.with_suffix(".lock")):
        if not path.exists():
            partly = path.with_suffix(".part")
            partly.write_text(json.dumps(make()), encoding="utf-8")
            partly.rename(path)
    return json.loads(path.read_text(encoding="utf-8"))
