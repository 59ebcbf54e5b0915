import json
from dataclasses import asdict

import pytest

from prizedraw.errors import Broken
from prizedraw.fulfilment.destination import Destination
from prizedraw.sealing import DeliveryOpener, DeliverySealer, Purpose
from support.builders import CAMPAIGN, keys

LABEL = "0123456789abcdefghjkmnpqrs"
HERE = Destination(
    code="K7QM-4T9X-2HVD-8",
    name="髙﨑 𠮷子",
    postal_code="〒160-0022",
    address="=東京都\n\t新宿区",
    phone="03ー1234",
    postal_digits="1600022",
    phone_national="03-1234-5678",
    extension="12",
)


def test_what_was_typed_is_kept_to_the_letter() -> None:
    assert Destination.from_bytes(HERE.to_bytes()) == HERE


def test_it_is_written_in_as_few_bytes_as_its_letters_take() -> None:
    assert "髙﨑 𠮷子".encode() in HERE.to_bytes()


def test_its_repr_tells_nothing() -> None:
    assert repr(HERE) == "Destination()"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        json.dumps(asdict(HERE) | {"more": "1"}).encode(),
        json.dumps(asdict(HERE) | {"phone": 3}).encode(),
        HERE.to_bytes()[:-1],
    ],
)
def test_what_it_did_not_write_is_an_alarm_that_repeats_nothing(data: bytes) -> None:
    with pytest.raises(Broken) as caught:
        Destination.from_bytes(data)
    assert caught.value.problem.code == "E-120"
    assert (caught.value.__cause__, caught.value.facts) == (None, {})


class TestSealing:
    @pytest.fixture(autouse=True)
    def _keys(self) -> None:
        self.sealer = DeliverySealer(CAMPAIGN.id, keys().sealer(Purpose.DELIVERY))
        self.opener = DeliveryOpener(CAMPAIGN.id, keys().opener(Purpose.DELIVERY))

    def test_what_was_sealed_is_opened_for_its_label(self) -> None:
        assert self.opener.open(LABEL, self.sealer.seal(LABEL, HERE.to_bytes())) == HERE.to_bytes()

    def test_another_label_another_campaign_or_another_purpose_opens_nothing(self) -> None:
        sealed = self.sealer.seal(LABEL, b"here")
        for opener, label in (
            (self.opener, LABEL[::-1]),
            (DeliveryOpener("another", keys().opener(Purpose.DELIVERY)), LABEL),
            (DeliveryOpener(CAMPAIGN.id, keys().opener(Purpose.CONTACT)), LABEL),
        ):
            with pytest.raises(Broken):
                opener.open(label, sealed)

    @pytest.mark.parametrize("size", [0, 1, 300, 511])
    def test_the_length_of_an_address_does_not_show(self, size: int) -> None:
        shortest = len(self.sealer.seal(LABEL, b""))
        assert len(self.sealer.seal(LABEL, b"x" * size)) == shortest
        assert len(self.sealer.seal(LABEL, b"x" * 512)) == shortest + 512
