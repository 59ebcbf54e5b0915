"""An export that somebody else wrote is filled with codes, row by row as winners and reserves would have sent it."""

import pytest

from prizedraw.rehearsal.winners import appended, filled, register, sent_so_far, unfilled
from support.builders import CAMPAIGN, OPENS

COLUMNS = CAMPAIGN.claim.columns
ROW = register(1, "AAAA-AAAA-AAAA-A", OPENS)


@pytest.mark.parametrize(
    ("data", "first", "whole", "left"),
    [
        (b"code\n{code:1}\n{code:2}\n", b"code\nX\n", b"code\nX\nY\n", []),
        (b"code\r\n{code:2}", b"code\r\n", b"code\r\nY", []),
        (b"code\n{code:0}\n{code:3}\n", b"code\n{code:0}\n", b"code\n{code:0}\n{code:3}\n", [0, 3]),
        (b'code\n"{code:2}\n",b\n', b'code\n"{code:2}\n",b\n', b'code\n"Y\n",b\n', []),
        ("氏名\n髙,{code:1}\n".encode("cp932"), "氏名\n髙,X\n".encode("cp932"), "氏名\n髙,X\n".encode("cp932"), []),
        (b"{code:2}", b"{code:2}", b"Y", []),
        (b"", b"", b"", []),
    ],
    ids=["row by row", "the last row", "nobody's", "a row of two lines", "CP932", "no heading", "nothing"],
)
def test_a_row_comes_once_its_code_is_known(data: bytes, first: bytes, whole: bytes, left: list[int]) -> None:
    assert sent_so_far(data, ["X"]) == first
    assert filled(data, ["X", "Y"]) == whole
    assert unfilled(whole) == left


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
@pytest.mark.parametrize("delimiter", [",", "\t"])
def test_a_row_is_written_under_the_headings_that_are_there(encoding: str, delimiter: str) -> None:
    names = ["備考", *(getattr(COLUMNS, name) for name in ("code", "phone", "name", "postal_code", "address"))]
    headings = delimiter.join([*names, COLUMNS.sent_at, COLUMNS.receipt])
    written = appended(headings.encode(encoding), COLUMNS, [ROW])
    assert written is not None
    heading, row, end = written.decode(encoding).split("\r\n")
    assert (heading, end) == (headings, "")
    assert row.split(delimiter)[:3] == ["", ROW.code, ROW.phone]
    assert row.split(delimiter)[-1] == ROW.receipt


@pytest.mark.parametrize("data", [b"", b"a,b\r\n", b"PK\x03\x04", "受付番号".encode("utf-16"), b"\x81"])
def test_nothing_is_written_where_headings_are_not_known(data: bytes) -> None:
    assert appended(data, COLUMNS, [ROW]) is None
