"""Sealing: what binds a ciphertext to its place, and how an address is kept from showing its length."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prizedraw.errors import Broken
from prizedraw.sealing import (
    DAMAGED,
    ContactOpener,
    ContactSealer,
    DeliveryOpener,
    DeliverySealer,
    Purpose,
    SurveyOpener,
    SurveySealer,
    context,
    pad,
    unpad,
)

LABEL = "7k3m9q2x4t8v5w6y1z0abcdefg"
PARTS = st.text(st.characters(codec="utf-8"), max_size=40)
ADDRESS = "taro.yamada@example.jp"


@dataclass
class Envelope:
    """Keep what was sealed with its context, and open it only with the same: an HPKE of glass."""

    kept: dict[bytes, tuple[bytes, bytes]] = field(default_factory=dict)

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        name = f"sealed-{len(self.kept)}".encode()
        self.kept[name] = (plaintext, context)
        return name

    def open(self, sealed: bytes, context: bytes) -> bytes:
        plaintext, bound = self.kept[sealed]
        if context != bound:
            raise Broken(DAMAGED)
        return plaintext


def test_the_context_is_four_parts_each_after_its_length() -> None:
    assert context("rally", Purpose.CONTACT, "abc") == (
        b"\x00\x12prizedraw-sealed/1" + b"\x00\x05rally" + b"\x00\x07contact" + b"\x00\x03abc"
    )


@given(st.tuples(PARTS, st.sampled_from(Purpose), PARTS), st.tuples(PARTS, st.sampled_from(Purpose), PARTS))
def test_no_two_places_share_a_context(one: tuple[str, Purpose, str], other: tuple[str, Purpose, str]) -> None:
    assert (context(*one) == context(*other)) == (one == other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("rally", Purpose.CONTACT, "a"), ("rally", Purpose.SURVEY, "a")),
        (("rally", Purpose.CONTACT, "a"), ("rally2", Purpose.CONTACT, "a")),
        (("rally", Purpose.CONTACT, "a"), ("rally", Purpose.CONTACT, "b")),
        (("a", Purpose.CONTACT, "bc"), ("ab", Purpose.CONTACT, "c")),
        (("x\x00\x07contact", Purpose.CONTACT, ""), ("x", Purpose.CONTACT, "\x00\x07contact")),
    ],
)
def test_moving_a_part_across_a_boundary_changes_the_context(
    one: tuple[str, Purpose, str], other: tuple[str, Purpose, str]
) -> None:
    assert context(*one) != context(*other)


@given(st.binary(max_size=319))
def test_padding_hides_the_length_and_comes_off_again(plaintext: bytes) -> None:
    padded = pad(plaintext, 320)
    assert len(padded) == 320
    assert unpad(padded) == plaintext


@pytest.mark.parametrize("length", [320, 321, 4000])
def test_what_does_not_fit_is_never_cut(length: int) -> None:
    with pytest.raises(Broken) as caught:
        pad(b"a" * length, 320)
    assert caught.value.problem == DAMAGED


@pytest.mark.parametrize(
    "padded",
    [b"", b"\x00" * 320, b"taro@example.jp", b"taro@example.jp\x80\x00\x01\x00", b"\x80x"],
    ids=["nothing", "zeros alone", "no mark", "a byte after the mark", "text after the mark"],
)
def test_padding_that_we_did_not_write_is_broken(padded: bytes) -> None:
    with pytest.raises(Broken) as caught:
        unpad(padded)
    assert caught.value.problem == DAMAGED


def test_an_address_is_opened_where_it_was_sealed() -> None:
    envelope = Envelope()
    sealed = ContactSealer("rally", envelope).seal(LABEL, ADDRESS)
    assert ContactOpener("rally", envelope).open(LABEL, sealed) == ADDRESS


@pytest.mark.parametrize(("campaign", "label"), [("other", LABEL), ("rally", LABEL[::-1])])
def test_an_address_does_not_open_under_another_label_or_campaign(campaign: str, label: str) -> None:
    envelope = Envelope()
    sealed = ContactSealer("rally", envelope).seal(LABEL, ADDRESS)
    with pytest.raises(Broken):
        ContactOpener(campaign, envelope).open(label, sealed)


def test_addresses_short_and_long_are_sealed_at_the_same_length() -> None:
    envelope = Envelope()
    for address in ("a@b.jp", f"{'a' * 64}@{'b' * 180}.example.jp"):
        ContactSealer("rally", envelope).seal(LABEL, address)
    assert {len(plaintext) for plaintext, _ in envelope.kept.values()} == {320}


def test_answers_are_bound_to_the_survey_and_to_the_label() -> None:
    envelope = Envelope()
    SurveySealer("rally", envelope).seal(LABEL, b"{}")
    assert list(envelope.kept.values()) == [(b"{}", context("rally", Purpose.SURVEY, LABEL))]


def test_answers_are_opened_where_they_were_sealed_and_for_no_other_purpose() -> None:
    envelope = Envelope()
    sealed = SurveySealer("rally", envelope).seal(LABEL, b"{}")
    assert SurveyOpener("rally", envelope).open(LABEL, sealed) == b"{}"
    for campaign, label in (("other", LABEL), ("rally", LABEL[::-1])):
        with pytest.raises(Broken):
            SurveyOpener(campaign, envelope).open(label, sealed)
    with pytest.raises(Broken):
        DeliveryOpener("rally", envelope).open(LABEL, sealed)


@pytest.mark.parametrize("length", [0, 1, 511, 512, 513, 1023, 1024, 4000])
def test_a_destination_is_opened_where_it_was_sealed_whatever_its_length(length: int) -> None:
    envelope = Envelope()
    sealed = DeliverySealer("rally", envelope).seal(LABEL, b"a" * length)
    assert DeliveryOpener("rally", envelope).open(LABEL, sealed) == b"a" * length


@pytest.mark.parametrize(("campaign", "label"), [("other", LABEL), ("rally", LABEL[::-1])])
def test_a_destination_does_not_open_under_another_label_or_campaign(campaign: str, label: str) -> None:
    envelope = Envelope()
    sealed = DeliverySealer("rally", envelope).seal(LABEL, b"{}")
    with pytest.raises(Broken):
        DeliveryOpener(campaign, envelope).open(label, sealed)
    with pytest.raises(Broken):
        SurveyOpener("rally", envelope).open(LABEL, sealed)


@pytest.mark.parametrize(("length", "padded"), [(0, 512), (1, 512), (511, 512), (512, 1024), (1023, 1024)])
def test_of_a_destination_only_how_many_times_512_bytes_it_takes_can_be_told(length: int, padded: int) -> None:
    envelope = Envelope()
    DeliverySealer("rally", envelope).seal(LABEL, b"a" * length)
    assert [len(plaintext) for plaintext, _ in envelope.kept.values()] == [padded]


def test_an_opened_destination_that_was_not_padded_by_us_is_broken() -> None:
    envelope = Envelope()
    sealed = envelope.seal(b"{}", context("rally", Purpose.DELIVERY, LABEL))
    with pytest.raises(Broken) as caught:
        DeliveryOpener("rally", envelope).open(LABEL, sealed)
    assert caught.value.problem == DAMAGED


def test_an_opened_value_that_is_no_text_is_broken_and_not_shown() -> None:
    envelope = Envelope()
    sealed = envelope.seal(pad(b"taro\xff@example.jp", 320), context("rally", Purpose.CONTACT, LABEL))
    with pytest.raises(Broken) as caught:
        ContactOpener("rally", envelope).open(LABEL, sealed)
    assert caught.value.problem == DAMAGED
    assert caught.value.__suppress_context__


def test_what_holds_a_key_does_not_show_it() -> None:
    envelope = Envelope({b"sealed": (ADDRESS.encode(), b"")})
    for kind in (ContactSealer, ContactOpener, SurveySealer, SurveyOpener, DeliverySealer, DeliveryOpener):
        assert repr(kind("r", envelope)) == f"{kind.__name__}(campaign='r')"
