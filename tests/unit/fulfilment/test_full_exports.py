"""What a file that holds the whole list of the claim form cannot lack."""

import pytest

from prizedraw.fulfilment.full_exports import missing
from prizedraw.records.fulfilment import Claim, Review

IMPORTED = Claim("hana", "A", "2026-03-05T10:00:00.000000000Z", "receipt-1", "2026-03-06T00:00:00Z")
WAITS = Review("row-9", "import-1", 9, "bad_phone", "2026-03-06T00:00:00Z", label="taro", receipt="receipt-2")
OF_NOBODY = Review("row-8", "import-1", 8, "unknown_code", "2026-03-06T00:00:00Z")


@pytest.mark.parametrize(
    ("holds", "rows", "withdrawn", "number"),
    [
        pytest.param([("hana", "receipt-1"), ("taro", "receipt-2")], [], [], 0, id="holds-all"),
        pytest.param([("taro", "receipt-2")], [], [], 1, id="lacks-what-was-imported"),
        pytest.param([("hana", "receipt-1")], [], [], 1, id="lacks-what-waits-for-an-operator"),
        pytest.param([("hana", "receipt-1")], ["row-9"], [], 0, id="has-the-row-that-waits-without-its-receipt"),
        pytest.param([("hana", "another"), ("taro", "another")], [], [], 2, id="knows-the-labels-alone"),
        pytest.param([("hana", "receipt-1")], [], ["taro"], 0, id="who-has-withdrawn-may-be-taken-out"),
        pytest.param([], [], [], 2, id="empty"),
    ],
)
def test_each_registration_that_is_known_of_is_missed(
    holds: list[tuple[str, str]], rows: list[str], withdrawn: list[str], number: int
) -> None:
    assert missing(holds, rows, [IMPORTED], [WAITS, OF_NOBODY], withdrawn) == number


@pytest.mark.parametrize("unknown", [{"label": ""}, {"receipt": ""}])
def test_a_row_of_which_nobody_knows_whose_or_which_it_is_cannot_be_missed(unknown: dict[str, str]) -> None:
    said = {"label": "taro", "receipt": "receipt-2"} | unknown
    assert missing([], [], [], [Review("row-9", "import-1", 9, "bad_phone", "2026-03-06T00:00:00Z", **said)], []) == 0
