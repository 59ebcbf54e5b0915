"""Whatever somebody leaves among the records, each step answers by name: an E-code, never an unexpected error."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import pytest

from prizedraw.ports import Document
from support import erasure, stages
from support.all_steps import PUSHED, STEPS, Campaign, code_of
from support.erasure import Ground
from support.quick import some_of
from support.records import kinds, planted, spoilt

KINDS = {kind.COLLECTION: kind for kind in kinds()}


NONE = "is none"


class Way(NamedTuple):
    """One document, in the place of one that a campaign has at that *stage*; *how* it was spoilt."""

    stage: str
    database: str
    collection: str
    id: str
    how: str
    document: Document


def stage(name: str) -> Ground:
    """Return a campaign of that stage."""
    return Ground(stages.taken_in()) if name == "taken in" else erasure.delivered()


def spoilt_ones() -> Iterator[Way]:
    """
    Yield what can be left in the place of one document of each collection: one that is no record, and all that are.

    Of those that are none it does not matter which it is (tests/unit/records/test_flat.py).
    """
    done = set()
    for name in ("taken in", "delivered"):
        made = stage(name)
        for database in ("state", "sealed"):
            for path, document in getattr(made.world, database).dump().items():
                collection, id = path.split("/")[2:]
                if (database, collection) not in done:
                    done.add((database, collection))
                    yield Way(name, database, collection, id, NONE, {"unheard_of": 1})
                    for how, wrong in spoilt(document):
                        if is_one(KINDS[collection], wrong):
                            yield Way(name, database, collection, id, how, wrong)


def is_one(kind: Any, document: Document) -> bool:
    """Tell whether a document is read as a record."""
    with suppress(AttributeError, KeyError, TypeError, ValueError):
        kind.from_doc("id", document)
        return True
    return False


WAYS = list(spoilt_ones())
LATER = {"analysed", "attestations", "erasing", "erasures", "forfeits", "requests"}
LATER |= {"restored", "sheets", "unlisted", "withdrawals"}
"""What a campaign has not, or need not have, when its last parcel is handed over."""


def test_every_kind_is_spoilt_that_such_a_campaign_has() -> None:
    assert {way.collection for way in WAYS} == set(KINDS) - LATER


@pytest.mark.parametrize("collection", sorted({way.collection for way in WAYS}))
def test_no_step_ends_unexpectedly(collection: str) -> None:
    ways = some_of([way for way in WAYS if way.collection == collection], 8)
    assert [(way.how, step) for way in ways for step, code in pressed(way) if code == "E-199"] == []


def pressed(way: Way) -> Iterator[tuple[str, str]]:
    """Press every step, one after the other, each on what was spoilt anew; yield its code."""
    made = Campaign(stage(way.stage))
    for step in STEPS:
        if step == "analyse" and way.how != NONE:
            continue  # a second of work each
        getattr(made.ground.world, way.database).commit([planted(way.collection, way.document, way.id)])
        if step in PUSHED:
            yield step, code_of(made.push(step, made.drop() if step == "claim" else {}))
        else:
            yield step, code_of(made.press(step, b"{}", scheduled=step not in ("prepare", "ship", "status")))
