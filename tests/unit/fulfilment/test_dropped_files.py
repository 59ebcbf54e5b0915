"""Which file a notification of the claims bucket announces."""

import pytest

from prizedraw.fulfilment.dropped_files import DroppedFile, announced
from prizedraw.runtime.orders import Message

WHOLE = {"eventType": "OBJECT_FINALIZE", "objectId": "登録.csv", "objectGeneration": "17"}


def test_a_file_that_was_dropped_is_announced_by_name_and_generation() -> None:
    assert announced(Message(WHOLE)) == DroppedFile(name="登録.csv", generation="17")


@pytest.mark.parametrize(
    "change",
    [
        {"eventType": "OBJECT_DELETE"},
        {"eventType": ""},
        {"objectId": ""},
        {"objectId": "\ud800.csv"},
        {"objectGeneration": ""},
        {"objectGeneration": "１"},
        {"objectGeneration": "-1"},
        {"objectGeneration": "9" * 5_000},
    ],
    ids=ascii,
)
def test_anything_else_announces_none(change: dict[str, str]) -> None:
    assert announced(Message(WHOLE | change)) is None
