"""Addresses: which people type, which of them are one person's, and which no mail could be sent to."""

import unicodedata
from email.headerregistry import Address as HeaderAddress

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import example, given
from hypothesis import strategies as st

from prizedraw.typed.address_faults import ADDRESS_FAULT_WORDS, AddressFault
from prizedraw.typed.email_addresses import fault, parse

HANAKO = "Hanako.Suzuki@example.jp"


def person(text: str) -> str:
    found = parse(text)
    assert found is not None
    return found.person


@pytest.mark.parametrize(
    "typed",
    [
        "hanako.suzuki@example.jp",
        "HANAKO.SUZUKI@EXAMPLE.JP",
        "Hanako.Suzuki@Example.JP",
        "Ｈａｎａｋｏ．Ｓｕｚｕｋｉ＠ｅｘａｍｐｌｅ．ｊｐ",
        "hanako.suzuki＠example.jp",
        "hanako．suzuki@example．jp",
        "hanako.suzuki﹫example.jp",
        " hanako.suzuki@example.jp ",
        "\u3000hanako.suzuki@example.jp\u3000",
        "\u00a0hanako.suzuki@example.jp",
        "hanako.suzuki @ example.jp",
        "hanako.suzuki\u3000＠\u3000example.jp",
        "hanako. suzuki@example. jp",
        "hanako.suzuki@example.jp\r\n",
        "hanako.\tsuzuki@\u2003example.\u202fjp",
        "hanako\u2024suzuki@example.jp",
    ],
    ids=ascii,
)
def test_case_width_and_spaces_do_not_make_another_person(typed: str) -> None:
    assert person(typed) == person(HANAKO) == "hanako.suzuki@example.jp"


@pytest.mark.parametrize(
    "other",
    [
        "hanakosuzuki@example.jp",
        "hanako.suzuki+rally@example.jp",
        "hanako_suzuki@example.jp",
        "hanako-suzuki@example.jp",
        "hanako.suzuki@example.com",
        "hanako.suzuki@mail.example.jp",
        "h.anako.suzuki@example.jp",
    ],
)
def test_tags_and_dots_make_another_person(other: str) -> None:
    assert person(other) != person(HANAKO)


@pytest.mark.parametrize(
    ("typed", "deliver"),
    [
        ("Ｈanako＠ＥＸＡＭＰＬＥ．ＪＰ", "Hanako@example.jp"),
        ("  O'Brien+Rally @Example.Co.JP", "O'Brien+Rally@example.co.jp"),
        ("x!#$%&'*+/=?^_`{|}~-@example.jp", "x!#$%&'*+/=?^_`{|}~-@example.jp"),
        ("1@xn--wgv71a119e.jp", "1@xn--wgv71a119e.jp"),
        ("a" * 64 + "@example.jp", "a" * 64 + "@example.jp"),
        ("Da.Me.@DOCOMO.ne.jp", "Da.Me.@docomo.ne.jp"),
    ],
)
def test_mail_is_sent_to_the_local_part_as_it_was_typed(typed: str, deliver: str) -> None:
    found = parse(typed)
    assert found is not None
    assert (found.deliver, found.person) == (deliver, deliver.lower())


@pytest.mark.parametrize(
    "typed",
    [
        "da.me.@docomo.ne.jp",
        "a..b@docomo.ne.jp",
        "a...b@docomo.ne.jp",
        "neko..@ezweb.ne.jp",
        "NEKO..3@EZWEB.NE.JP",
        "x-_./?+.@docomo.ne.jp",
        "a..b@au.com",
        "ａ．．ｂ＠ｄｏｃｏｍｏ．ｎｅ．ｊｐ",
        "a…b@docomo.ne.jp",
    ],
)
def test_old_carrier_addresses_are_accepted_and_doubtful(typed: str) -> None:
    found = parse(typed)
    assert found is not None
    assert found.doubtful


@pytest.mark.parametrize("typed", [HANAKO, "da.me@docomo.ne.jp", "neko@ezweb.ne.jp", "neko@softbank.ne.jp"])
def test_an_address_of_the_usual_form_is_not_doubtful(typed: str) -> None:
    found = parse(typed)
    assert found is not None
    assert not found.doubtful


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "nothing"),
        ("なし", "no address"),
        ("hanako.example.jp", "no @"),
        ("@example.jp", "nobody"),
        ("hanako@", "nowhere"),
        ("hanako@example", "no dot in the domain"),
        ("hanako@example..jp", "two dots in the domain"),
        ("hanako@example.jp..", "two dots after the domain"),
        ("hanako@example.jp\r\nBcc: taro@example.jp", "a header"),
        ("hanako@example.jp\u2028taro@example.jp", "two addresses, a line separator between them"),
        ("hanako@example.jp\u200btaro@example.jp", "two addresses, nothing visible between them"),
        ("hanako@example.jp、taro@example.jp", "two addresses, a Japanese comma between them"),
        ('"hanako"suzuki"@example.jp', "a quote inside quotes"),
        ('"hanako\\"@example.jp', "an escape inside quotes"),
        ('"hanako,taro"@example.jp', "a comma inside quotes"),
        ('"hanako@example.jp" <taro@example.jp>', "a display name that is an address"),
        ("‘hanako’@example.jp", "single quotes, which may be meant as either"),
        ("“hanako suzuki”@example.jp", "a blank inside quotes"),
        ("hanako@.example.jp", "a dot before the domain"),
        ("hanako@-example.jp", "a hyphen before the domain"),
        ("hanako@exa_mple.jp", "an underscore in the domain"),
        ("hanako@example.123", "no top-level domain is a number"),
        ("hanako@mail.test", "a special-use domain"),
        ("hanako@mail.local", "a special-use domain"),
        ("hanako@" + "a" * 64 + ".jp", "a label of 64"),
        ("a" * 65 + "@example.jp", "a local part of 65"),
        ("a" * 60 + "@" + "a.example." * 30 + "jp", "longer than 254"),
        ("hanako@suzuki@example.jp", "two @"),
        ("hanako＠suzuki@example.jp", "two @, one full-width"),
        ("hanako@example.jp,taro@example.jp", "two addresses"),
        ("hanako@example.jp taro@example.jp", "two addresses"),
        ('"hanako suzuki"@example.jp', "a quoted local part"),
        ("Hanako <hanako@example.jp>", "a display name"),
        ("<hanako@example.jp>", "angle brackets"),
        ("mailto:hanako@example.jp", "a scheme"),
        ("hanako(suzuki)@example.jp", "a comment"),
        ("hanako@[192.0.2.1]", "an IP literal"),
        ("hanako@[IPv6:2001:db8::1]", "an IP literal"),
        ("hanako@192.0.2.1", "an IP address"),
        ("鈴木@example.jp", "a local part that is not ASCII"),
        ("hanako@日本語.jp", "an internationalised domain, unencoded"),
        ("hanako@xn--0.jp", "a domain that encodes nothing"),
        ("hаnako@example.jp", "a Cyrillic а"),
        ("hanakο@example.jp", "a Greek ο"),
        ("hanako@exаmple.jp", "a Cyrillic а in the domain"),
        ("hanako\x00@example.jp", "NUL"),
        ("hanako\x7f@example.jp", "DEL"),
        ("hanako\x1b[2J@example.jp", "an escape sequence"),
        ("\u202ehanako@example.jp", "right-to-left override"),
        ("hanako😀@example.jp", "an emoji"),
        ("ha\u0301nako@example.jp", "a combining accent"),
        ("hanako\ud800@example.jp", "a lone surrogate"),
        ("a..b@example.jp", "two dots, not at a carrier"),
        ("a.@gmail.com", "a dot before the @, not at a carrier"),
        ("a..b@mail.docomo.ne.jp", "two dots, at another domain than the carrier's"),
        (".a@docomo.ne.jp", "a dot first, which carriers never gave out"),
        (".a.@docomo.ne.jp", "a dot first, which carriers never gave out"),
        ("..@docomo.ne.jp", "dots alone"),
        ("a..b!@docomo.ne.jp", "a character which carriers never gave out"),
        ("a" * 64 + ".@docomo.ne.jp", "65 before the @, at a carrier"),
        ("x@" * 2000 + "example.jp", "endless"),
        (" " * 1_000_000 + HANAKO, "a megabyte of spaces"),
        ("a" * 1_000_000 + "@example.jp", "a megabyte"),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_what_no_mail_could_be_sent_to_is_refused(typed: str, why: str) -> None:
    assert parse(typed) is None, why


@pytest.mark.parametrize(
    ("typed", "deliver"),
    [
        ("ha\u200bnako@example.jp", "hanako@example.jp"),
        ("ha\u200c\u200d\u2060nako@example.jp", "hanako@example.jp"),
        ("\ufeffhanako@example.jp", "hanako@example.jp"),
        ("\u2068hanako@example.jp\u2069", "hanako@example.jp"),
        ("\u2066hanako\u2069@\u2067example.jp\u2069", "hanako@example.jp"),
        ("\u202ahanako@example.jp\u202c", "hanako@example.jp"),
        ("hanako\u200e\u200f\u061c@example.jp", "hanako@example.jp"),
        ("ha\u00adnako@example.jp", "hanako@example.jp"),
        ("hanako\ufe0f@example.jp", "hanako@example.jp"),
        ("hanako@example.jp\u3164", "hanako@example.jp"),
        ("hanako\u034f@example\u180e.jp", "hanako@example.jp"),
        ("hanako@example。jp", "hanako@example.jp"),
        ("hanako｡suzuki@example｡jp", "hanako.suzuki@example.jp"),
        ("hanako@example.jp。", "hanako@example.jp"),
        ("hanako@example.jp.", "hanako@example.jp"),
        ("hanako‐suzuki@example.jp", "hanako-suzuki@example.jp"),
        ("hanako−suzuki@my–example.jp", "hanako-suzuki@my-example.jp"),
        ("hanakoーsuzuki@example.jp", "hanako-suzuki@example.jp"),
        ("hanakoｰsuzuki@example.jp", "hanako-suzuki@example.jp"),
        ("O’Brien@example.jp", "O'Brien@example.jp"),
        ("hanako〜s@example.jp", "hanako~s@example.jp"),
        ('"hanako"@example.jp', "hanako@example.jp"),
        ("“hanako.s”@example.jp", "hanako.s@example.jp"),
        ("「hanako@example.jp」", "hanako@example.jp"),
        ('"hanako@example.jp"', "hanako@example.jp"),
        ("'hanako@example.jp'", "hanako@example.jp"),
        ('"a..b"@docomo.ne.jp', "a..b@docomo.ne.jp"),
        ('"da.me."@docomo.ne.jp', "da.me.@docomo.ne.jp"),
        ("a。。b@docomo.ne.jp", "a..b@docomo.ne.jp"),
    ],
    ids=ascii,
)
def test_what_nobody_sees_or_meant_is_read_as_meant_with_a_doubt(typed: str, deliver: str) -> None:
    found = parse(typed)
    assert found is not None
    assert (found.deliver, found.doubtful) == (deliver, True)
    plain = parse(deliver)
    assert plain is not None
    assert found.person == plain.person


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("'hanako'@example.jp", "hanako@example.jp"),
        ("hanako-suzuki@example.jp", "hanakosuzuki@example.jp"),
        ("hanako~@example.jp", "hanako-@example.jp"),
        ("hanako_suzuki@example.jp", "hanako‐suzuki@example.jp"),
        ("hanako.suzuki@example.jp", "hanako\u200bsuzuki@example.jp"),
    ],
)
def test_what_is_another_address_stays_another_person(one: str, other: str) -> None:
    assert person(one) != person(other)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", AddressFault.EMPTY),
        ("\u200b\u3000", AddressFault.EMPTY),
        ("なし", AddressFault.NO_AT),
        ("hanako.example.jp", AddressFault.NO_AT),
        ("hanako@suzuki@example.jp", AddressFault.SEVERAL),
        ("hanako@example.jp,taro@example.jp", AddressFault.SEVERAL),
        ("hanako@example.jp、taro@example.jp", AddressFault.LETTERS),
        ("Hanako <hanako@example.jp>", AddressFault.DECORATED),
        ("mailto:hanako@example.jp", AddressFault.DECORATED),
        ("鈴木@example.jp", AddressFault.LETTERS),
        ("hаnako@example.jp", AddressFault.LETTERS),
        ("\u202ehanako@example.jp", AddressFault.LETTERS),
        ("a..b@example.jp", AddressFault.DOTS),
        (".a@example.jp", AddressFault.DOTS),
        ("a.@gmail.com", AddressFault.DOTS),
        ('"hanako suzuki"@example.jp', AddressFault.LOCAL),
        ("a" * 65 + "@example.jp", AddressFault.LOCAL),
        ("a" * 1_000_000, AddressFault.LOCAL),
        ("hanako@example", AddressFault.DOMAIN),
        ("hanako@exa_mple.jp", AddressFault.DOMAIN),
        ("hanako@", AddressFault.DOMAIN),
        ("@example.jp", AddressFault.LOCAL),
    ],
    ids=lambda value: ascii(value[:30]),
)
def test_a_refusal_says_of_which_kind_it_is_and_nothing_of_the_person(typed: str, why: AddressFault) -> None:
    assert parse(typed) is None
    assert fault(typed) is why
    assert set(ADDRESS_FAULT_WORDS) == set(AddressFault)


def test_nothing_is_shown_of_an_address() -> None:
    found = parse("Hanako.Suzuki+x@example.jp")
    assert repr(found) == str(found) == "Address(doubtful=False)"


def usual(text: str) -> bool:
    """Tell whether email-validator takes *text* for an address, whole and in one call."""
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError:
        return False
    return True


NEARLY = st.lists(
    st.sampled_from([*'ab.@-_+ "<>[]:1\u3000＠．é\x00', "xn--", "example", ".jp", "docomo.ne.jp", "test", "a" * 60]),
    max_size=12,
).map("".join)


@given(NEARLY | st.emails() | st.text(max_size=40))
@example("a@b..jp")
@example("a@xn--80akhbyknj4f.jp")
def test_the_usual_form_is_what_email_validator_says(text: str) -> None:
    tidy = "".join(unicodedata.normalize("NFKC", text).split())
    found = parse(text)
    is_usual = tidy.isascii() and len(tidy) <= 254 and usual(tidy)
    if found is not None and found.doubtful:
        assert not is_usual
    else:
        assert (found is not None) == is_usual


@given(NEARLY | st.emails())
def test_reading_again_changes_nothing_and_the_address_fits_a_mail_header(text: str) -> None:
    found = parse(text)
    if found is None:
        return
    again, lower = parse(found.deliver), parse(found.person)
    assert again is not None
    assert lower is not None
    assert (again.deliver, again.person) == (found.deliver, found.person)
    assert lower.deliver == lower.person == found.person
    assert found.deliver.isascii()
    assert found.deliver.isprintable()
    if not again.doubtful:
        assert HeaderAddress(addr_spec=found.deliver).addr_spec == found.deliver
