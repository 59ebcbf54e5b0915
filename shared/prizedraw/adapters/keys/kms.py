"""
Wrap keysets, sign evidence and draw random bytes with Cloud KMS.

Every request and reply carries CRC32C checksums, and both sides check them
(https://cloud.google.com/kms/docs/data-integrity-guidelines): a bit that flips on the way to a wrapped keyset
would lose all that was sealed with it. Keys never leave the HSM.
"""

from hashlib import sha256
from typing import Any

import google_crc32c

from prizedraw.adapters.google.grpc import PATIENCE_SECONDS, Connection
from prizedraw.adapters.google.later import Later
from prizedraw.adapters.google.once import Once
from prizedraw.errors import Again, Problem
from prizedraw.runtime.settings import Settings

AWAY = Problem("E-155", "鍵の管理サービス（Cloud KMS）が応答しません。数分後にもう一度実行してください。")
REFUSED = Problem("E-156", "鍵の管理サービス（Cloud KMS）に断られました（{status}）。構築担当に連絡してください。")
DAMAGED = Problem(
    "E-157", "鍵の管理サービス（Cloud KMS）との通信でデータが壊れました。数分後にもう一度実行してください。"
)
SCHEMA = "prizedraw-keyset/1"
Kms = Connection[Any]


def _load() -> Any:
    from google.cloud import kms_v1  # noqa: PLC0415  most calls need no key

    return kms_v1


kms_v1 = Later(_load)


def connect(settings: Settings, patience: float = PATIENCE_SECONDS) -> Kms:
    """Return the connection to Cloud KMS; it is opened at the first call. *patience*: seconds a call may take."""
    return Connection(
        lambda: kms_v1.KeyManagementServiceClient, settings, away=AWAY, refused=REFUSED, patience=patience
    )


def associated_data(campaign: str, keyset: str) -> bytes:
    """Name what is wrapped: schema, campaign and keyset, each after its length in two bytes."""
    parts = [part.encode() for part in (SCHEMA, campaign, keyset)]
    return b"".join(len(part).to_bytes(2, "big") + part for part in parts)


class KeysetWrapper:
    """The wrapping of keysets with their own keys; it needs Encrypt only."""

    def __init__(self, kms: Kms, settings: Settings) -> None:
        self._kms = kms
        self._settings = settings

    def wrap(self, keyset: str, serialised: bytes) -> bytes:
        """
        Encrypt a serialised keyset (at most 8 KiB) with the key of its name.

        Raises:
            Again: Cloud KMS is away, or a checksum does not match.
            Broken: Cloud KMS refuses.
        """
        data = associated_data(self._settings.campaign, keyset)
        request = kms_v1.EncryptRequest(
            name=self._settings.key(keyset),
            plaintext=serialised,
            plaintext_crc32c=google_crc32c.value(serialised),
            additional_authenticated_data=data,
            additional_authenticated_data_crc32c=google_crc32c.value(data),
        )
        reply = self._kms.call_existing(kms_v1.KeyManagementServiceClient.encrypt, request)
        received = reply.verified_plaintext_crc32c and reply.verified_additional_authenticated_data_crc32c
        return _intact(reply.ciphertext, reply.ciphertext_crc32c, received)


class KeysetUnwrapper:
    """The unwrapping of keysets with their own keys; it needs Decrypt only."""

    def __init__(self, kms: Kms, settings: Settings) -> None:
        self._kms = kms
        self._settings = settings

    def unwrap(self, keyset: str, wrapped: bytes) -> bytes:
        """
        Decrypt what `KeysetWrapper.wrap` returned for the same campaign and keyset.

        Raises:
            Again: Cloud KMS is away, or a checksum does not match.
            Broken: Cloud KMS refuses: it was wrapped for another keyset or campaign, or the key is not enabled.
        """
        data = associated_data(self._settings.campaign, keyset)
        request = kms_v1.DecryptRequest(
            name=self._settings.key(keyset),
            ciphertext=wrapped,
            ciphertext_crc32c=google_crc32c.value(wrapped),
            additional_authenticated_data=data,
            additional_authenticated_data_crc32c=google_crc32c.value(data),
        )
        reply = self._kms.call_existing(kms_v1.KeyManagementServiceClient.decrypt, request)
        return _intact(reply.plaintext, reply.plaintext_crc32c)


class EvidenceSigner:
    """The signer that holds the campaign's evidence key (port `Signer`)."""

    def __init__(self, kms: Kms, settings: Settings) -> None:
        self._kms = kms
        self._version = evidence_version(settings)

    def sign(self, data: bytes) -> bytes:
        """
        Return a DER signature over *data*; another one each time.

        Raises:
            Again: Cloud KMS is away, or a checksum does not match.
            Broken: Cloud KMS refuses.
        """
        digest = sha256(data).digest()
        request = kms_v1.AsymmetricSignRequest(
            name=self._version, digest=kms_v1.Digest(sha256=digest), digest_crc32c=google_crc32c.value(digest)
        )
        reply = self._kms.call_existing(kms_v1.KeyManagementServiceClient.asymmetric_sign, request)
        received = reply.verified_digest_crc32c and reply.name == self._version
        return _intact(reply.signature, reply.signature_crc32c, received)


class EvidencePublicKey:
    """The public half of the campaign's evidence key (port `PublicKey`); it is asked for once an instance."""

    def __init__(self, kms: Kms, settings: Settings) -> None:
        self._kms = kms
        self._version = evidence_version(settings)
        self._pem = Once(self._ask)

    def public_pem(self) -> bytes:
        """
        Return the key as PEM (SubjectPublicKeyInfo).

        Raises:
            Again: Cloud KMS is away, or a checksum does not match.
            Broken: Cloud KMS refuses.
        """
        return self._pem()

    def _ask(self) -> bytes:
        request = kms_v1.GetPublicKeyRequest(name=self._version)
        reply = self._kms.call_existing(kms_v1.KeyManagementServiceClient.get_public_key, request)
        return _intact(reply.pem.encode(), reply.pem_crc32c, reply.name == self._version)


class HardwareRandom:
    """The random bytes of the HSM of the campaign's location (port `RandomBytes`)."""

    def __init__(self, kms: Kms, settings: Settings) -> None:
        self._kms = kms
        self._location = f"projects/{settings.project}/locations/{settings.location}"

    def random(self, count: int) -> bytes:
        """
        Return *count* random bytes (8 to 1024).

        Raises:
            Again: Cloud KMS is away, or a checksum does not match.
            Broken: Cloud KMS refuses, *count* out of bounds included.
        """
        request = kms_v1.GenerateRandomBytesRequest(
            location=self._location, length_bytes=count, protection_level=kms_v1.ProtectionLevel.HSM
        )
        reply = self._kms.call_existing(kms_v1.KeyManagementServiceClient.generate_random_bytes, request)
        return _intact(reply.data, reply.data_crc32c, len(reply.data) == count)


def evidence_version(settings: Settings) -> str:
    """Name the one version of the campaign's evidence key; it is never rotated."""
    return f"{settings.key('evidence')}/cryptoKeyVersions/1"


def _intact(data: bytes, checksum: int | None, received: bool = True) -> bytes:
    """Return *data* if it has that checksum and the service *received* intact what was sent to it."""
    if not received or checksum != google_crc32c.value(data):
        raise Again(DAMAGED)
    return data
