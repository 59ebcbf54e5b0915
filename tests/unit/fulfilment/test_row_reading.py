"""Where a prize goes by one row, or what keeps it from being delivered: by the rule that it fails first."""

from collections.abc import Iterator

import pytest

from prizedraw.fulfilment import claim_csv
from prizedraw.fulfilment.row_reading import Reading, read
from prizedraw.records.verdicts import Doubt, Verdict
from prizedraw.typed import postal_codes
from prizedraw.typed.postal_codes import PostalCodes
from support.claims import CAMPAIGN, code, row, written


@pytest.fixture(scope="module")
def codes() -> Iterator[PostalCodes]:
    with postal_codes.opened() as there:
        yield there


def reading(codes: PostalCodes, **changes: str) -> Reading | Verdict:
    """Read a good row, but for what is told."""
    [typed] = claim_csv.parse(written(row("a1", **changes)), CAMPAIGN.claim.columns)
    return read(typed, code("a1"), codes)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"name": " "}, Verdict.HALF_FILLED),
        ({"name": "山田\0太郎"}, Verdict.BAD_TEXT),
        ({"address": "新" * 301}, Verdict.BAD_TEXT),
        ({"postal_code": "16-22"}, Verdict.BAD_POSTAL_CODE),
        ({"postal_code": "600042"}, Verdict.BAD_POSTAL_CODE),
        ({"phone": "なし"}, Verdict.BAD_PHONE),
    ],
)
def test_what_cannot_be_delivered_is_named(codes: PostalCodes, changes: dict[str, str], verdict: Verdict) -> None:
    assert reading(codes, **changes) == verdict


def test_a_good_row_is_read_without_doubt(codes: PostalCodes) -> None:
    found = reading(codes)
    assert isinstance(found, Reading)
    assert (found.doubts, found.destination.doubts) == ((), "")
    assert (found.destination.postal_digits, found.destination.phone_national) == ("1600022", "090-1234-5678")


def test_a_postal_code_that_lost_its_zero_is_read_where_the_address_proves_it(codes: PostalCodes) -> None:
    found = reading(codes, postal_code="600042", address="北海道札幌市中央区大通西1-1")
    assert isinstance(found, Reading)
    assert (found.destination.postal_digits, found.doubts) == ("0600042", (Doubt.ZERO_RESTORED,))


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"postal_code": "999-9999"}, Doubt.NO_SUCH_POSTAL_CODE),
        ({"address": "北海道札幌市中央区大通西1-1"}, Doubt.POSTAL_CODE_ELSEWHERE),
        ({"phone": "03-0000-0000"}, Doubt.PHONE_NOT_IN_USE),
        ({"name": "?田"}, Doubt.LETTERS_LOST),
    ],
)
def test_what_is_odd_is_taken_and_told(codes: PostalCodes, changes: dict[str, str], doubt: Doubt) -> None:
    found = reading(codes, **changes)
    assert isinstance(found, Reading)
    assert (found.doubts, found.destination.doubts) == ((doubt,), doubt.value)
