"""
Compare each function's cold start with that of a hello world that imports Firestore, PyYAML and pydantic.

Both are started as they are deployed (`deployed`), and the time runs to the last byte of the first answer. No answer
comes without the database and the campaign file, which pydantic checks; so the hello world imports the official client
and defines a model. Every other client is imported by the call that needs it (`prizedraw.adapters.google.later`), and
stands in no floor but one: `prepare` makes keysets and signs, its first answer says which keysets there are and whether
the key that signs is there, and so its hello world imports Tink and the client of Cloud KMS too. Forms, Secret Manager
and Storage, which that answer asks besides, stand in no floor. The functions that open or sign in later calls, `erase`
among them, are held against the bare one.

The product is asked what is asked first in a new project: operators' functions `{}` by an operator, `intake` a tick of
its schedule, `claim` the notification of a file. Every answer has gone through the wiring (settings, campaign file,
clients) and at least one read of Firestore. The hello world answers at once. The local Google and the emulator run
outside the measured process.
"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from bench.deployed import STEPS, start, unpack
from bench.measure import Row, in_turns, quietest
from bench.project import Entry, project
from bench.world import Sizes

TIME_GOAL, MEMORY_GOAL = 1.25, 1.2

HELLO = '''"""Greet."""

import yaml
from google.cloud import firestore
from pydantic import BaseModel


class Greeting(BaseModel):
    text: str


def main(request):
    return Greeting.model_validate(yaml.safe_load("text: hello")).text
'''

KEYS = HELLO.replace("import yaml", "import tink\nimport yaml").replace("import firestore", "import firestore, kms")
HELLOS = {"hello": HELLO, "hello_keys": KEYS}

FIRST = "prepare"
"""It is asked before there are keysets, and refuses those that it did not make. Its answer alone asks Cloud KMS."""

DROPPED = {"eventType": "OBJECT_FINALIZE", "objectId": "claims.csv", "objectGeneration": "1"}
PUSHED = {"intake": {"tick": "schedule"}, "claim": DROPPED}
"""By step the attributes of the Pub/Sub message that it is pushed; the others are called by an operator."""


def rows(sizes: Sizes) -> Iterator[Row]:
    """Yield two rows a function: time and memory."""
    with project(Entry.TO_COME) as here:
        unpack(here.folder, STEPS, HELLOS)
        for step in sorted(STEPS, key=lambda step: step != FIRST):
            if step != FIRST:
                here.make_keysets()
            floor_of = "hello_keys" if step == FIRST else "hello"
            hello = partial(start, here.folder / floor_of, here.environ, {})
            ours = partial(start, here.folder / step, here.environ, _first_call(step))
            hello()
            ours()
            costs = in_turns(sizes.starts, floor=hello, ours=ours)
            floor, found = ({unit: quietest(costs[side], unit) for unit in ("wall", "peak")} for side in costs)
            yield Row(f"cold start of {step}: ms", floor["wall"] * 1e3, found["wall"] * 1e3, TIME_GOAL)
            yield Row(f"cold start of {step}: MiB peak", floor["peak"], found["peak"], MEMORY_GOAL)


def _first_call(step: str) -> dict[str, Any]:
    if step not in PUSHED:
        return {}
    return {"message": {"attributes": PUSHED[step], "messageId": "1"}, "subscription": step}
