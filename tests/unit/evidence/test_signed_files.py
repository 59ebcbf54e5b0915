"""Publishing: once and for ever, with its signature in the same request; what stands is believed by that alone."""

from collections.abc import Callable

import pytest

from prizedraw.errors import Again, Broken
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import (
    UNSIGNED,
    VANISHED,
    copy_signature,
    publish,
    publish_signed,
    read_signed,
)
from prizedraw.ports import Publisher, Signer
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished
from support.faults import Faults, Killed, Way, interposed

NAME = "rules.json"
DATA, OTHER = b'{"a":1}', b'{"a":2}'
FOREIGN: dict[str, Callable[[MemorySigner], bytes]] = {
    "no signature": lambda signer: b"",
    "another key's": lambda signer: MemorySigner().sign(DATA),
    "ours of other bytes": lambda signer: signer.sign(OTHER),
    "ours cut short": lambda signer: signer.sign(DATA)[:-1],
}
foreign = pytest.mark.parametrize("forged", [pytest.param(forged, id=name) for name, forged in FOREIGN.items()])


@pytest.fixture
def signer() -> MemorySigner:
    return MemorySigner()


@pytest.fixture
def key(signer: MemorySigner) -> EvidenceKey:
    return EvidenceKey(signer.public_pem())


def published_whole(published: Publisher, signer: Signer, key: EvidenceKey) -> bytes:
    """Publish the file and the copy of its signature."""
    standing = publish_signed(published, signer, key, NAME, DATA)
    copy_signature(published, NAME)
    return standing


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
def test_a_file_has_the_type_of_its_ending(
    name: str, content_type: str, signer: MemorySigner, key: EvidenceKey
) -> None:
    published = FakePublished()
    assert publish(published, name, DATA) == DATA
    assert (published.files[name], published.content_types[name]) == (DATA, content_type)
    signed = FakePublished()
    publish_signed(signed, signer, key, name, DATA)
    assert signed.content_types[name] == content_type


def test_what_stands_is_returned_and_not_changed() -> None:
    published = FakePublished({NAME: DATA})
    assert publish(published, NAME, OTHER) == DATA
    assert published.files == {NAME: DATA}


class TestASignedFile:
    def test_bears_its_signature_from_the_request_that_creates_it(self, signer: MemorySigner, key: EvidenceKey) -> None:
        published = FakePublished()
        assert publish_signed(published, signer, key, NAME, DATA) == DATA
        assert (published.created, published.files) == ([NAME], {NAME: DATA})
        assert key.verifies(DATA, published.signatures[NAME])

    def test_is_made_once(self, signer: MemorySigner, key: EvidenceKey) -> None:
        published = FakePublished()
        publish_signed(published, signer, key, NAME, DATA)
        first = published.signatures[NAME]
        assert publish_signed(published, signer, key, NAME, DATA) == DATA
        assert (published.signatures[NAME], signer.signed) == (first, [DATA])

    def test_that_stands_with_other_bytes_is_returned_to_be_judged(
        self, signer: MemorySigner, key: EvidenceKey
    ) -> None:
        published = FakePublished()
        publish_signed(published, signer, key, NAME, DATA)
        assert publish_signed(published, signer, key, NAME, OTHER) == DATA
        assert signer.signed == [DATA]

    @foreign
    def test_that_we_did_not_sign_is_an_alarm_and_gets_no_signature(
        self, signer: MemorySigner, key: EvidenceKey, forged: Callable[[MemorySigner], bytes]
    ) -> None:
        """1, 3: what lay there was taken for half-done work of ours, and signed."""
        published = FakePublished()
        published.plant(NAME, DATA, forged(signer))
        before = list(signer.signed)
        for act in (
            lambda: publish_signed(published, signer, key, NAME, DATA),
            lambda: read_signed(published, key, NAME),
        ):
            with pytest.raises(Broken) as caught:
                act()
            assert caught.value.problem == UNSIGNED
            assert NAME in caught.value.sentence
        assert (published.files, signer.signed) == ({NAME: DATA}, before)

    @foreign
    def test_that_somebody_puts_there_first_is_an_alarm_too(
        self, signer: MemorySigner, key: EvidenceKey, forged: Callable[[MemorySigner], bytes]
    ) -> None:
        published = FakePublished()
        beside = interposed(published, create=lambda name, *_: published.plant(name, DATA, forged(signer)))
        with pytest.raises(Broken) as caught:
            publish_signed(beside, signer, key, NAME, DATA)
        assert caught.value.problem == UNSIGNED

    def test_of_another_run_that_comes_first_is_the_one_that_stands(
        self, signer: MemorySigner, key: EvidenceKey
    ) -> None:
        published = FakePublished()
        beside = interposed(published, create=lambda name, *_: published.plant(name, OTHER, signer.sign(OTHER)))
        assert publish_signed(beside, signer, key, NAME, DATA) == OTHER

    @pytest.mark.parametrize("way", Way)
    def test_is_ended_by_the_next_run_wherever_the_first_was_cut_off(
        self, signer: MemorySigner, key: EvidenceKey, way: Way
    ) -> None:
        for at in range(3):
            published, faults = FakePublished(), Faults(at, way)
            ports = faults.before(published, "published"), faults.before(signer, "signer")
            with pytest.raises((Killed, Again)):
                published_whole(*ports, key)
            assert published_whole(published, signer, key) == DATA
            assert published.files == {NAME: DATA, f"{NAME}.sig": published.signatures[NAME]}
            assert key.verifies(DATA, published.signatures[NAME])

    def test_that_is_not_there_reads_as_none(self, key: EvidenceKey) -> None:
        assert read_signed(FakePublished(), key, NAME) is None

    def test_reads_as_its_bytes(self, signer: MemorySigner, key: EvidenceKey) -> None:
        published = FakePublished()
        published.plant(NAME, DATA, signer.sign(DATA))
        assert read_signed(published, key, NAME) == DATA
        published.plant(NAME, b"", signer.sign(b""))
        assert read_signed(published, key, NAME) == b""


class TestTheCopyOfASignature:
    def test_is_the_one_that_the_file_bears(self, signer: MemorySigner, key: EvidenceKey) -> None:
        published = FakePublished()
        publish_signed(published, signer, key, NAME, DATA)
        for _ in range(2):
            copy_signature(published, NAME)
            assert published.files == {NAME: DATA, f"{NAME}.sig": published.signatures[NAME]}
        assert published.created == [NAME, f"{NAME}.sig"]

    @pytest.mark.parametrize("other", [b"", b"junk"])
    def test_where_another_lies_there_is_an_alarm(self, signer: MemorySigner, key: EvidenceKey, other: bytes) -> None:
        published = FakePublished({f"{NAME}.sig": other})
        publish_signed(published, signer, key, NAME, DATA)
        with pytest.raises(Broken) as caught:
            copy_signature(published, NAME)
        assert caught.value.problem == UNSIGNED
        assert f"{NAME}.sig" in caught.value.sentence

    def test_of_a_file_that_is_gone_is_an_alarm(self) -> None:
        with pytest.raises(Broken) as caught:
            copy_signature(FakePublished(), NAME)
        assert caught.value.problem == VANISHED


@pytest.mark.parametrize("act", ["publish", "publish_signed"])
def test_a_file_that_goes_while_it_is_looked_at_is_an_alarm_and_not_a_success(
    act: str, signer: MemorySigner, key: EvidenceKey
) -> None:
    class Vanishing(FakePublished):
        def create(self, name: str, data: bytes, content_type: str, signature: bytes = b"") -> bool:
            return False

    acts = {
        "publish": lambda: publish(Vanishing(), NAME, DATA),
        "publish_signed": lambda: publish_signed(Vanishing(), signer, key, NAME, DATA),
    }
    with pytest.raises(Broken) as caught:
        acts[act]()
    assert caught.value.problem == VANISHED
