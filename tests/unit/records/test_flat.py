"""A document of another shape than its record, which who writes the database can leave, is named and not acted on."""

from dataclasses import dataclass, fields
from typing import Any, ClassVar

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Broken
from prizedraw.ports import Create, Document
from prizedraw.records.fulfilment import Import, ShippingList
from prizedraw.records.running import JournalRow
from support.stages import drawn
from support.world import SCHEDULER

ROW: Document = {"at": "2026-03-01T00:00:00Z", "step": "draw", "principal": "a@b.example", "action": "drawn"}
ROW |= {"counts": {"winners": 5}, "hashes": {"record": "ab"}}


def planted(collection: str, document: Document) -> Any:
    """Return what puts a *document* into a collection past its record."""

    @dataclass
    class Planted:
        COLLECTION: ClassVar[str] = collection
        from_doc: ClassVar[Any] = None
        id: str = "planted"

        def to_doc(self) -> Document:
            return document

    return Create(Planted())


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 5},
        {"at": None},
        {"counts": {"winners": "5"}},
        {"counts": {"winners": True}},
        {"counts": []},
        {"hashes": {"record": 1}},
        {"step": b"x"},
        {"more": ""},
    ],
)
def test_a_value_of_another_type_makes_it_no_record_and_names_the_collection(changes: Document) -> None:
    state = Memory("campaign")
    state.commit([planted("journal", ROW | changes)])
    with pytest.raises(Broken) as caught:
        list(state.scan(JournalRow))
    assert (caught.value.problem.code, caught.value.facts) == ("E-154", {"collection": "journal"})


def test_what_fits_is_read() -> None:
    state = Memory("campaign")
    state.commit([planted("journal", dict(ROW))])
    assert [row.counts for row in state.scan(JournalRow)] == [{"winners": 5}]


@pytest.mark.parametrize("kind", [Import, ShippingList])
def test_a_step_that_meets_one_is_broken_by_name_and_does_not_crash(kind: Any) -> None:
    world = drawn()
    names = [field.name for field in fields(kind) if field.name != "id"]
    world.state.commit([planted(kind.COLLECTION, dict.fromkeys(names, 5))])
    with pytest.raises(Broken) as caught:
        world.forfeit(caller=SCHEDULER)
    assert caught.value.facts == {"collection": kind.COLLECTION}
