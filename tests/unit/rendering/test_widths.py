"""Lines of Japanese: full-width letters count twice, lines come out even, and none begins with what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.rendering.widths import pieces, width, wrapped


@pytest.mark.parametrize(("text", "columns"), [("", 0), ("abc", 3), ("新宿区", 6), ("ｱｲｳ", 3), ("A賞", 3), ("①", 2)])
def test_full_width_letters_count_twice(text: str, columns: int) -> None:
    assert width(text) == columns


@pytest.mark.parametrize(
    ("text", "most", "lines"),
    [
        ("", 8, [""]),
        ("新宿区", 8, ["新宿区"]),
        ("回答しない", 8, ["回答し", "ない"]),
        ("70代以上", 6, ["70代", "以上"]),
        ("家族・友人、その他", 10, ["家族・友人、", "その他"]),
    ],
)
def test_lines_are_even(text: str, most: int, lines: list[str]) -> None:
    assert wrapped(text, most).split("\n") == lines


@given(st.text("新宿あいaz1、。）ー", max_size=40), st.integers(4, 30))
def test_nothing_is_lost_and_no_line_begins_with_a_mark(text: str, most: int) -> None:
    lines = wrapped(text, most).split("\n")
    assert "".join(lines) == text
    assert not [line for line in lines[1:] if line[:1] in "、。）ー" or not line]


@pytest.mark.parametrize(
    ("heading", "found"),
    [
        ("", []),
        ("無回答", ["無回答"]),
        ("佐伯祐三アトリエ記念館", ["佐伯祐三", "アトリエ", "記念館"]),
        ("どちらでもよい・無回答", ["どちらでもよい・", "無回答"]),
        ("その他・無回答", ["その他・", "無回答"]),
        ("60代以上・無回答など", ["60代以上・", "無回答など"]),
        ("訪れた施設（いくつでも）", ["訪れた", "施設", "（いくつでも）"]),
        ("とても満足", ["とても", "満足"]),
    ],
)
def test_a_heading_is_broken_between_words(heading: str, found: list[str]) -> None:
    assert pieces(heading) == found


@given(st.text())
def test_no_letter_is_lost_between_pieces(text: str) -> None:
    assert "".join(pieces(text)) == text
