"""Which file was dropped: told by the notification alone, and known by a keyed id."""

import pytest

from prizedraw.fulfilment.dropped_files import announced
from prizedraw.runtime.orders import Message
from support.builders import keys

GIVEN = {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "1772700000000001"}


def test_a_notification_announces_its_file() -> None:
    file = announced(Message(GIVEN, b"whatever"))
    assert file is not None
    assert (file.name, file.generation) == ("登録.csv", "1772700000000001")


@pytest.mark.parametrize(
    "changes",
    [
        {"eventType": "OBJECT_DELETE"},
        {"eventType": ""},
        {"objectId": ""},
        {"objectId": "\ud800.csv"},
        {"objectGeneration": ""},
        {"objectGeneration": "1x"},
        {"objectGeneration": "-1"},
        {"objectGeneration": "１"},
        {"objectGeneration": "9" * 5000},
    ],
)
def test_what_announces_no_file_of_cloud_storage_announces_none(changes: dict[str, str]) -> None:
    assert announced(Message(GIVEN | changes)) is None


@pytest.mark.parametrize("missing", GIVEN)
def test_an_attribute_that_is_missing_announces_none(missing: str) -> None:
    assert announced(Message({name: value for name, value in GIVEN.items() if name != missing})) is None


def test_the_id_is_keyed_and_another_for_each_generation_and_name() -> None:
    prf, ids = keys().prf("claim"), set()
    for changes in ({}, {"objectGeneration": "2"}, {"objectId": "山田.csv"}):
        file = announced(Message(GIVEN | changes))
        assert file is not None
        assert file.name not in repr(file)
        ids.add(file.id(prf))
    assert len(ids) == 3
    assert all(len(id) == 64 for id in ids)
