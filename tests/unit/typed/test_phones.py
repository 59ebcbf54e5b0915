import pytest

from prizedraw.typed.phones import Phone, parse


@pytest.mark.parametrize(
    ("typed", "national"),
    [
        ("090-1234-5678", "090-1234-5678"),
        ("09012345678", "090-1234-5678"),
        ("０９０－１２３４－５６７８", "090-1234-5678"),
        ("090ー1234ー5678", "090-1234-5678"),
        ("090‐1234−5678", "090-1234-5678"),
        ("090 1234 5678", "090-1234-5678"),
        (" 090-1234-5678\n", "090-1234-5678"),
        ("9012345678", "090-1234-5678"),  # a spreadsheet has eaten the zero
        ("+81 90-1234-5678", "090-1234-5678"),
        ("03(1234)5678", "03-1234-5678"),
        ("0120-123-456", "0120-123-456"),
        ("050-1234-5678", "050-1234-5678"),
        ("0466-12-3456", "0466-12-3456"),
        ("+1 650-253-0000", "+1 650-253-0000"),
    ],
)
def test_what_people_type_is_read(typed: str, national: str) -> None:
    assert parse(typed) == Phone(national=national, extension="", doubtful=False)


@pytest.mark.parametrize(
    ("typed", "extension"),
    [
        ("03-1234-5678 内線12", "12"),
        ("０３－１２３４－５６７８（内線１２３４）", "1234"),
        ("03-1234-5678(内)5", "5"),
        ("03-1234-5678、内線番号：12番", "12"),
        ("03-1234-5678 ext. 12", "12"),
    ],
)
def test_what_follows_naisen_is_the_extension(typed: str, extension: str) -> None:
    assert parse(typed) == Phone(national="03-1234-5678", extension=extension, doubtful=False)


@pytest.mark.parametrize("typed", ["03-0000-0000", "0901234567", "090-0000-000"])
def test_a_possible_number_that_nobody_has_is_doubtful(typed: str) -> None:
    found = parse(typed)
    assert found is not None
    assert found.doubtful


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("03-1234-56789", "03-1234-56789"),
        ("090-1234-567", "090-1234-567"),
        ("090-l234-5678", "090-l234-5678"),
        ("090-O123-4567", "090-O123-4567"),
        ("000-0000-0000", "000-0000-0000"),
        ("03-0000-0000", "03-0000-0000"),
        ("０３－１２３４－５６７８９", "03-1234-56789"),
        ("03-1234-56789 内線12", "03-1234-56789"),
        (" 090-1234-567\n", "090-1234-567"),
        ("0120-FLOWER", "0120-FLOWER"),
        ("03\u200b-1234-56789", "03-1234-56789"),
    ],
)
def test_a_doubtful_number_is_kept_as_it_was_typed(typed: str, shown: str) -> None:
    found = parse(typed)
    assert found is not None
    assert (found.national, found.doubtful) == (shown, True)


@pytest.mark.parametrize(
    "typed",
    [
        "+81 (0)90-1234-5678",
        "010-81-90-1234-5678",
        "\u202a090-1234-5678\u202c",
        "090\u200b1234\u200b5678",
        "０９０（１２３４）５６７８",
    ],
    ids=ascii,
)
def test_what_surrounds_a_number_is_no_doubt(typed: str) -> None:
    assert parse(typed) == Phone(national="090-1234-5678", extension="", doubtful=False)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "なし",
        "-",
        "110",
        "12345",
        "03-1234",
        "5253-1111",
        "+1 650-253-000",
        "090-1234-56789012",
        "090-1234-5678、03-1234-5678",
        "090-1234-5678 / 03-1234-5678",
        "内線12",
        '=HYPERLINK("https://x.example")',
        "0" * 101,
    ],
)
def test_what_is_not_one_number_is_not_read(typed: str) -> None:
    assert parse(typed) is None
