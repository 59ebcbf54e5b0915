"""Publishing: once and for ever, with the signature of what stands there."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from prizedraw.errors import Again, Broken
from prizedraw.evidence.signed_files import VANISHED, publish, publish_signed
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished

DATA, OTHER = b'{"a":1}', b'{"a":2}'


def signs(signer: MemorySigner, signature: bytes, data: bytes) -> bool:
    key = load_pem_public_key(signer.public_pem())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, data, ec.ECDSA(SHA256()))
    return True


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("rules.json", "application/json"),
        ("pool.txt", "text/plain; charset=utf-8"),
        ("evidence.pem", "application/x-pem-file"),
        ("rules.json.sig", "application/octet-stream"),
        ("forfeits/0001.json", "application/json"),
        ("README", "application/octet-stream"),
    ],
)
def test_a_file_has_the_type_of_its_ending(name: str, content_type: str) -> None:
    published = FakePublished()
    assert publish(published, name, DATA) == DATA
    assert (published.files[name], published.content_types[name]) == (DATA, content_type)


def test_what_stands_is_returned_and_not_changed() -> None:
    published = FakePublished({"rules.json": DATA})
    assert publish(published, "rules.json", OTHER) == DATA
    assert published.files == {"rules.json": DATA}


def test_a_file_that_goes_while_it_is_looked_at_is_an_alarm_and_not_a_success() -> None:
    class Vanishing(FakePublished):
        def create(self, name: str, data: bytes, content_type: str) -> bool:
            return False

    with pytest.raises(Broken) as caught:
        publish(Vanishing(), "rules.json", DATA)
    assert caught.value.problem == VANISHED


def test_a_file_is_signed() -> None:
    published, signer = FakePublished(), MemorySigner()
    assert publish_signed(published, signer, "rules.json", DATA) == DATA
    assert published.created == ["rules.json", "rules.json.sig"]
    assert signs(signer, published.files["rules.json.sig"], DATA)


def test_a_file_that_a_crash_left_unsigned_is_signed() -> None:
    published, signer = FakePublished({"rules.json": DATA}), MemorySigner()
    publish_signed(published, signer, "rules.json", DATA)
    assert signs(signer, published.files["rules.json.sig"], DATA)


def test_a_signature_is_made_once() -> None:
    published, signer = FakePublished(), MemorySigner()
    publish_signed(published, signer, "rules.json", DATA)
    first = published.files["rules.json.sig"]
    publish_signed(published, signer, "rules.json", DATA)
    assert (published.files["rules.json.sig"], signer.signed) == (first, [DATA])


def test_what_somebody_else_wrote_is_returned_and_not_signed() -> None:
    published, signer = FakePublished({"rules.json": DATA}), MemorySigner()
    assert publish_signed(published, signer, "rules.json", OTHER) == DATA
    assert signer.signed == []
    assert set(published.files) == {"rules.json"}


@pytest.mark.parametrize("lost", ["before", "after"])
def test_a_lost_reply_heals(lost: str) -> None:
    published, signer = FakePublished(), MemorySigner()
    published.away, published.replies_lost = (1, 0) if lost == "before" else (0, 1)
    with pytest.raises(Again):
        publish_signed(published, signer, "rules.json", DATA)
    assert publish_signed(published, signer, "rules.json", DATA) == DATA
    assert set(published.files) == {"rules.json", "rules.json.sig"}
