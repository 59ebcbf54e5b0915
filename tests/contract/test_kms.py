"""What Cloud KMS does for us: wrap, sign, draw; on memory and on its client over the wire."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from google.cloud import kms_v1

from prizedraw.adapters.google.grpc import NoSuchResource
from prizedraw.adapters.keys import kms
from prizedraw.adapters.keys.kms import EvidenceSigner, KeysetUnwrapper, KeysetWrapper, evidence_version
from prizedraw.errors import Again, Broken
from prizedraw.runtime.settings import Settings
from support.clock import BRIEF_SECONDS
from support.fakes.cloud_keys import CAMPAIGN, CloudKeys, settings_for
from support.fakes.keys import MemoryRandom, MemorySigner, MemoryWrapping

KEYSET = b"a serialised keyset"
Client = kms_v1.KeyManagementServiceClient
State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState


class BorrowedKeySettings(Settings):
    """Another campaign, whose function was pointed, by mistake, at the keys of the first."""

    def key(self, name: str) -> str:
        return settings_for("").key(name)


@dataclass(frozen=True)
class Wrapping:
    """A wrapper and an unwrapper of one campaign, and an unwrapper of another with the same keys."""

    wrap: Callable[[str, bytes], bytes]
    unwrap: Callable[[str, bytes], bytes]
    unwrap_elsewhere: Callable[[str, bytes], bytes]


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys(made=False) as keys:
        yield keys


@pytest.fixture(params=["memory", "kms"])
def wrapping(request: pytest.FixtureRequest) -> Wrapping:
    if request.param == "memory":
        memory = MemoryWrapping(CAMPAIGN)
        return Wrapping(memory.wrap, memory.unwrap, MemoryWrapping("another", memory.keys).unwrap)
    cloud = request.getfixturevalue("cloud")
    mistaken = BorrowedKeySettings(**{**vars(cloud.settings), "campaign": "another"})
    return Wrapping(cloud.wrapper.wrap, cloud.unwrapper.unwrap, KeysetUnwrapper(cloud.kms, mistaken).unwrap)


@pytest.fixture(params=["memory", "kms"])
def signing(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    """Return a signer and its public key."""
    if request.param == "memory":
        memory = MemorySigner()
        return memory, memory
    cloud = request.getfixturevalue("cloud")
    return cloud.signer, cloud.public_key


@pytest.fixture(params=["memory", "kms"])
def random(request: pytest.FixtureRequest) -> Any:
    return MemoryRandom() if request.param == "memory" else request.getfixturevalue("cloud").random


def test_what_was_wrapped_is_unwrapped(wrapping: Wrapping) -> None:
    wrapped = wrapping.wrap("contact", KEYSET)
    assert KEYSET not in wrapped
    assert wrapping.unwrap("contact", wrapped) == KEYSET


def test_no_two_wraps_are_alike(wrapping: Wrapping) -> None:
    assert wrapping.wrap("index", KEYSET) != wrapping.wrap("index", KEYSET)


def test_a_keyset_does_not_unwrap_as_another(wrapping: Wrapping) -> None:
    with pytest.raises(Broken):
        wrapping.unwrap("survey", wrapping.wrap("contact", KEYSET))


def test_a_keyset_does_not_unwrap_in_another_campaign_even_with_the_same_key(wrapping: Wrapping) -> None:
    with pytest.raises(Broken):
        wrapping.unwrap_elsewhere("contact", wrapping.wrap("contact", KEYSET))


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_a_flipped_byte_is_refused(wrapping: Wrapping, position: int) -> None:
    wrapped = bytearray(wrapping.wrap("contact", KEYSET))
    wrapped[position] ^= 1
    with pytest.raises(Broken):
        wrapping.unwrap("contact", bytes(wrapped))


@pytest.mark.parametrize("wrapped", [b"", b"x", b"not a ciphertext, but long enough for one"])
def test_what_was_never_wrapped_is_refused(wrapping: Wrapping, wrapped: bytes) -> None:
    with pytest.raises(Broken):
        wrapping.unwrap("contact", wrapped)


def test_a_keyset_without_a_key_is_refused(wrapping: Wrapping) -> None:
    with pytest.raises(Broken):
        wrapping.wrap("nothing", KEYSET)


def test_a_signature_verifies_with_the_public_key_and_for_its_data_only(signing: tuple[Any, Any]) -> None:
    signer, public = signing
    signature = signer.sign(b"the record")
    assert signer.sign(b"the record") != signature
    key = load_pem_public_key(public.public_pem())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert isinstance(key.curve, ec.SECP256R1)
    key.verify(signature, b"the record", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(signature, b"another record", ec.ECDSA(hashes.SHA256()))


def test_the_public_key_stays_the_same(signing: tuple[Any, Any]) -> None:
    _, public = signing
    assert public.public_pem() == public.public_pem()
    assert public.public_pem().startswith(b"-----BEGIN PUBLIC KEY-----\n")


def test_the_public_key_is_asked_for_once_an_instance(cloud: CloudKeys) -> None:
    assert cloud.public_key.public_pem() == cloud.public_key.public_pem()
    assert [call.method for call in cloud.local_kms.calls] == ["GetPublicKey"]


@pytest.mark.parametrize("count", [8, 32, 1024])
def test_random_bytes_are_as_many_as_asked_and_never_the_same(random: Any, count: int) -> None:
    drawn = random.random(count)
    assert len(drawn) == count
    assert random.random(count) != drawn


@pytest.mark.parametrize("count", [0, 7, 1025])
def test_random_bytes_have_bounds(random: Any, count: int) -> None:
    with pytest.raises(Broken):
        random.random(count)


def test_the_associated_data_names_schema_campaign_and_keyset_after_their_lengths(cloud: CloudKeys) -> None:
    wrapped = cloud.wrapper.wrap("contact", KEYSET)
    key = cloud.settings.key("contact")
    data = b"\x00\x12prizedraw-keyset/1\x00\x0arally-2026\x00\x07contact"
    request = {"name": key, "ciphertext": wrapped, "additional_authenticated_data": data}
    assert cloud.kms.call(Client.decrypt, request).plaintext == KEYSET
    for other in (b"", data[:-1], data + b"\x00"):
        with pytest.raises(Broken) as caught:
            cloud.kms.call(Client.decrypt, {**request, "additional_authenticated_data": other})
        assert caught.value.facts == {"status": "INVALID_ARGUMENT"}


def _wrap(cloud: CloudKeys) -> object:
    return cloud.wrapper.wrap("contact", KEYSET)


def _unwrap(cloud: CloudKeys) -> object:
    return cloud.unwrapper.unwrap("contact", cloud.wrapper.wrap("contact", KEYSET))


def _sign(cloud: CloudKeys) -> object:
    return cloud.signer.sign(b"the record")


def _public(cloud: CloudKeys) -> object:
    return cloud.public_key.public_pem()


def _random(cloud: CloudKeys) -> object:
    return cloud.random.random(32)


USES = {
    "Encrypt": _wrap,
    "Decrypt": _unwrap,
    "AsymmetricSign": _sign,
    "GetPublicKey": _public,
    "GenerateRandomBytes": _random,
}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("Encrypt", "ciphertext"),
        ("Encrypt", "ciphertext_crc32c"),
        ("Encrypt", "verified_plaintext_crc32c"),
        ("Encrypt", "verified_additional_authenticated_data_crc32c"),
        ("Decrypt", "plaintext"),
        ("Decrypt", "plaintext_crc32c"),
        ("AsymmetricSign", "signature"),
        ("AsymmetricSign", "signature_crc32c"),
        ("AsymmetricSign", "verified_digest_crc32c"),
        ("AsymmetricSign", "name"),
        ("GetPublicKey", "pem"),
        ("GetPublicKey", "pem_crc32c"),
        ("GetPublicKey", "name"),
        ("GenerateRandomBytes", "data"),
        ("GenerateRandomBytes", "data_crc32c"),
    ],
)
def test_a_reply_that_rotted_on_its_way_is_not_taken(cloud: CloudKeys, method: str, path: str) -> None:
    cloud.local_kms.corrupt_next(method, path)
    with pytest.raises(Again) as caught:
        USES[method](cloud)
    assert caught.value.problem.code == "E-157"
    USES[method](cloud)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("Encrypt", "plaintext"),
        ("Encrypt", "additional_authenticated_data"),
        ("Decrypt", "ciphertext"),
        ("Decrypt", "additional_authenticated_data"),
        ("AsymmetricSign", "digest.sha256"),
    ],
)
def test_a_request_that_rotted_on_its_way_is_refused_by_its_checksum(cloud: CloudKeys, method: str, path: str) -> None:
    cloud.local_kms.corrupt_next(method, path, in_request=True)
    with pytest.raises(Broken) as caught:
        USES[method](cloud)
    assert caught.value.facts == {"status": "INVALID_ARGUMENT"}
    assert "checksum" in cloud.local_kms.refusals[-1].text


@pytest.mark.parametrize("method", USES)
@pytest.mark.parametrize("status", ["PERMISSION_DENIED", "NOT_FOUND", "FAILED_PRECONDITION"])
def test_a_refusal_is_an_alarm_that_names_the_status(cloud: CloudKeys, method: str, status: str) -> None:
    cloud.local_kms.fail_next(method, grpc.StatusCode[status])
    with pytest.raises(Broken) as caught:
        USES[method](cloud)
    assert caught.value.problem.code == "E-156"
    assert status in caught.value.sentence
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("method", USES)
def test_a_service_that_is_away_for_a_moment_is_met_by_trying_again(cloud: CloudKeys, method: str) -> None:
    cloud.local_kms.fail_next(method, grpc.StatusCode.UNAVAILABLE)
    USES[method](cloud)
    assert [call.method for call in cloud.local_kms.calls].count(method) == 2


def _hurried_signer(cloud: CloudKeys) -> EvidenceSigner:
    return EvidenceSigner(kms.connect(cloud.settings, BRIEF_SECONDS), cloud.settings)


@pytest.mark.parametrize("status", ["UNAVAILABLE", "DEADLINE_EXCEEDED"])
def test_a_service_that_stays_away_may_be_tried_later(cloud: CloudKeys, status: str) -> None:
    cloud.local_kms.fail_next("AsymmetricSign", grpc.StatusCode[status], times=100)
    with pytest.raises(Again) as caught:
        _hurried_signer(cloud).sign(b"the record")
    assert caught.value.problem.code == "E-155"


def test_nobody_answering_may_be_tried_later(cloud: CloudKeys) -> None:
    cloud.__exit__(None, None, None)
    with pytest.raises(Again):
        _hurried_signer(cloud).sign(b"the record")


def test_a_local_google_is_reached_past_any_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("grpc_proxy", "https_proxy", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with CloudKeys(made=False) as cloud:
        assert _hurried_signer(cloud).sign(b"the record")


def _set_state(cloud: CloudKeys, version: str, state: int) -> Any:
    request = {"crypto_key_version": {"name": version, "state": state}, "update_mask": {"paths": ["state"]}}
    return cloud.kms.call(Client.update_crypto_key_version, request)


def _destroy(cloud: CloudKeys, version: str) -> Any:
    return cloud.kms.call(Client.destroy_crypto_key_version, {"name": version})


def test_a_disabled_key_is_refused_until_it_is_enabled_again(cloud: CloudKeys) -> None:
    wrapped = cloud.wrapper.wrap("contact", KEYSET)
    version = f"{cloud.settings.key('contact')}/cryptoKeyVersions/1"
    assert _set_state(cloud, version, State.DISABLED).state == State.DISABLED
    for use in (lambda: cloud.unwrapper.unwrap("contact", wrapped), lambda: cloud.wrapper.wrap("contact", KEYSET)):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.facts == {"status": "FAILED_PRECONDITION"}
    _set_state(cloud, version, State.ENABLED)
    assert cloud.unwrapper.unwrap("contact", wrapped) == KEYSET


def test_a_disabled_evidence_key_neither_signs_nor_shows_itself(cloud: CloudKeys) -> None:
    _set_state(cloud, evidence_version(cloud.settings), State.DISABLED)
    for use in (_sign, _public):
        with pytest.raises(Broken) as caught:
            use(cloud)
        assert caught.value.facts == {"status": "FAILED_PRECONDITION"}


def test_a_destroyed_key_is_gone_at_once_and_for_ever_after_its_wait(cloud: CloudKeys) -> None:
    wrapped = cloud.wrapper.wrap("contact", KEYSET)
    key = cloud.settings.key("contact")
    version = f"{key}/cryptoKeyVersions/1"
    scheduled = _destroy(cloud, version)
    assert scheduled.state == State.DESTROY_SCHEDULED
    assert scheduled.destroy_time == cloud.clock.now + timedelta(hours=24)
    with pytest.raises(Broken):
        cloud.unwrapper.unwrap("contact", wrapped)

    cloud.clock.wait(timedelta(hours=24) - timedelta(seconds=1))
    (waiting,) = cloud.kms.call(Client.list_crypto_key_versions, {"parent": key})
    assert waiting.state == State.DESTROY_SCHEDULED
    cloud.clock.wait(timedelta(seconds=1))
    (destroyed,) = cloud.kms.call(Client.list_crypto_key_versions, {"parent": key})
    assert destroyed.state == State.DESTROYED
    assert destroyed.destroy_event_time == cloud.clock.now
    for use in (lambda: _set_state(cloud, version, State.ENABLED), lambda: _destroy(cloud, version)):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.facts == {"status": "FAILED_PRECONDITION"}
    with pytest.raises(Broken):
        cloud.unwrapper.unwrap("contact", wrapped)


def test_a_key_shows_its_purpose_level_and_wait(cloud: CloudKeys) -> None:
    key = cloud.kms.call(Client.get_crypto_key, {"name": cloud.settings.key("contact")})
    assert key.purpose == kms_v1.CryptoKey.CryptoKeyPurpose.ENCRYPT_DECRYPT
    assert key.primary.name.endswith("/cryptoKeyVersions/1")
    assert key.version_template.protection_level == kms_v1.ProtectionLevel.HSM
    assert key.destroy_scheduled_duration == timedelta(hours=24)
    evidence = cloud.kms.call(Client.get_crypto_key, {"name": cloud.settings.key("evidence")})
    assert evidence.version_template.algorithm == kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm.EC_SIGN_P256_SHA256
    assert not evidence.primary


def test_a_key_that_somebody_rotated_still_unwraps_what_the_first_version_wrapped(cloud: CloudKeys) -> None:
    wrapped = cloud.wrapper.wrap("contact", KEYSET)
    key = cloud.settings.key("contact")
    cloud.local_kms.add_version(key)
    newer = cloud.wrapper.wrap("contact", KEYSET)
    _destroy(cloud, f"{key}/cryptoKeyVersions/1")
    assert cloud.unwrapper.unwrap("contact", newer) == KEYSET
    with pytest.raises(Broken):
        cloud.unwrapper.unwrap("contact", wrapped)


def test_a_key_is_used_for_its_purpose_only(cloud: CloudKeys) -> None:
    mistaken = BorrowedKeySettings(**vars(cloud.settings))
    with pytest.raises(Broken) as caught:
        KeysetWrapper(cloud.kms, mistaken).wrap("evidence", KEYSET)
    assert caught.value.facts == {"status": "FAILED_PRECONDITION"}


def test_an_unknown_key_or_version_is_not_found(cloud: CloudKeys) -> None:
    with pytest.raises(Broken) as caught:
        cloud.wrapper.wrap("nothing", KEYSET)
    assert caught.value.facts == {"status": "NOT_FOUND"}
    with pytest.raises(NoSuchResource):
        cloud.kms.call(Client.get_public_key, {"name": f"{cloud.settings.key('evidence')}/cryptoKeyVersions/2"})


def test_more_than_an_hsm_key_takes_is_refused(cloud: CloudKeys) -> None:
    with pytest.raises(Broken) as caught:
        cloud.wrapper.wrap("contact", bytes(8 * 1024))
    assert caught.value.facts == {"status": "INVALID_ARGUMENT"}


def test_each_call_names_its_key_in_the_routing_header(cloud: CloudKeys) -> None:
    cloud.random.random(8)
    cloud.signer.sign(b"the record")
    drawn, signed = cloud.local_kms.calls
    assert (drawn.resource, signed.resource) == (
        "projects/ward/locations/asia-northeast1",
        evidence_version(cloud.settings),
    )
    assert "asia-northeast1" in drawn.metadata["x-goog-request-params"]
