"""
Stand in for Cloud KMS: keys with versions and states, real cryptography, checksums both ways.

Refusals carry the statuses of the real service: FAILED_PRECONDITION for a version that is not enabled, NOT_FOUND for
an unknown name, INVALID_ARGUMENT for another associated data or a checksum that does not match
(https://cloud.google.com/kms/docs/reference/rpc/google.cloud.kms.v1).
"""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import google_crc32c
import grpc
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.cloud import kms_v1

from prizedraw.ports import Clock
from prizedraw.rehearsal.google.grpc_wire import Handlers, Refusal, Wire

Purpose = kms_v1.CryptoKey.CryptoKeyPurpose
State = kms_v1.CryptoKeyVersion.CryptoKeyVersionState
Algorithm = kms_v1.CryptoKeyVersion.CryptoKeyVersionAlgorithm
_ALGORITHMS = {
    Purpose.ENCRYPT_DECRYPT: Algorithm.GOOGLE_SYMMETRIC_ENCRYPTION,
    Purpose.ASYMMETRIC_SIGN: Algorithm.EC_SIGN_P256_SHA256,
}
_HSM = kms_v1.ProtectionLevel.HSM
_HSM_LIMIT = 8 * 1024
_NUMBER = 4
_NONCE = 12
_HEAD = _NUMBER + _NONCE
_UNOPENED = "Decryption failed: verify that 'name' refers to the correct CryptoKey."


@dataclass
class _KeyVersion:
    name: str
    created: datetime
    state: int = State.ENABLED
    destroy_at: datetime | None = None
    secret: bytes | None = field(default=None, repr=False)
    signing: ec.EllipticCurvePrivateKey | None = field(default=None, repr=False)


@dataclass
class _Key:
    name: str
    purpose: int
    destroy_wait: timedelta
    versions: list[_KeyVersion]


class LocalKms:
    """
    The keys, all of a pretended HSM; *clock* says when a scheduled destruction has happened.

    Tests read `calls` and `refusals`, and ask for faults with `fail_next` and `corrupt_next` (see `Wire`); *page_size*
    is the most that one page of a list holds.
    """

    def __init__(self, clock: Clock) -> None:
        self.page_size = 100
        self._clock = clock
        self._keys: dict[str, _Key] = {}
        self._wire = Wire()
        self.calls = self._wire.calls
        self.refusals = self._wire.refusals
        self.on_call = self._wire.on_call
        self.fail_next = self._wire.fail_next
        self.corrupt_next = self._wire.corrupt_next

    def create_key(self, name: str, purpose: int, destroy_wait: timedelta = timedelta(hours=24)) -> None:
        """
        Create a key by its full resource name with one enabled version, as Terraform does; one that exists stays.

        *purpose*: `Purpose.ENCRYPT_DECRYPT` or `Purpose.ASYMMETRIC_SIGN`.
        """
        if name not in self._keys:
            self._keys[name] = _Key(name, purpose, destroy_wait, [])
            self.add_version(name)

    def add_version(self, name: str, state: int = State.ENABLED) -> None:
        """Add a version, as a person at the console would; `Encrypt` uses the newest."""
        key = self._keys[name]
        version = _KeyVersion(f"{name}/cryptoKeyVersions/{len(key.versions) + 1}", self._clock(), state)
        if key.purpose == Purpose.ASYMMETRIC_SIGN:
            version.signing = ec.generate_private_key(ec.SECP256R1())
        else:
            version.secret = AESGCM.generate_key(256)
        key.versions.append(version)

    def states(self) -> dict[str, str]:
        """Name the state of every version of every key, by its full resource name."""
        found = [version for name in self._keys for version in self._key(name).versions]
        return {version.name: State(version.state).name for version in found}

    def handlers(self) -> Handlers:
        """Return what a gRPC server needs to serve this."""
        methods = {
            "Encrypt": (self._encrypt, kms_v1.EncryptRequest, kms_v1.EncryptResponse),
            "Decrypt": (self._decrypt, kms_v1.DecryptRequest, kms_v1.DecryptResponse),
            "AsymmetricSign": (self._sign, kms_v1.AsymmetricSignRequest, kms_v1.AsymmetricSignResponse),
            "GetPublicKey": (self._public_key, kms_v1.GetPublicKeyRequest, kms_v1.PublicKey),
            "GenerateRandomBytes": (
                self._random,
                kms_v1.GenerateRandomBytesRequest,
                kms_v1.GenerateRandomBytesResponse,
            ),
            "GetCryptoKey": (self._get_key, kms_v1.GetCryptoKeyRequest, kms_v1.CryptoKey),
            "ListCryptoKeyVersions": (
                self._list_versions,
                kms_v1.ListCryptoKeyVersionsRequest,
                kms_v1.ListCryptoKeyVersionsResponse,
            ),
            "GetCryptoKeyVersion": (
                self._get_version,
                kms_v1.GetCryptoKeyVersionRequest,
                kms_v1.CryptoKeyVersion,
            ),
            "UpdateCryptoKeyVersion": (
                self._update_version,
                kms_v1.UpdateCryptoKeyVersionRequest,
                kms_v1.CryptoKeyVersion,
            ),
            "DestroyCryptoKeyVersion": (
                self._destroy_version,
                kms_v1.DestroyCryptoKeyVersionRequest,
                kms_v1.CryptoKeyVersion,
            ),
        }
        return self._wire.handlers("google.cloud.kms.v1.KeyManagementService", methods)

    def _encrypt(self, request: kms_v1.EncryptRequest) -> kms_v1.EncryptResponse:
        data = request.additional_authenticated_data
        verified = _verified(request.plaintext, request.plaintext_crc32c)
        verified_data = _verified(data, request.additional_authenticated_data_crc32c)
        if len(request.plaintext) + len(data) > _HSM_LIMIT:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "plaintext and associated data are longer than 8 KiB")
        key = self._key(request.name, Purpose.ENCRYPT_DECRYPT)
        version = _enabled(key.versions[-1])
        nonce = secrets.token_bytes(_NONCE)
        body = _aes(version).encrypt(nonce, request.plaintext, data)
        sealed = len(key.versions).to_bytes(_NUMBER, "big") + nonce + body
        return kms_v1.EncryptResponse(
            name=version.name,
            ciphertext=sealed,
            ciphertext_crc32c=google_crc32c.value(sealed),
            verified_plaintext_crc32c=verified,
            verified_additional_authenticated_data_crc32c=verified_data,
            protection_level=_HSM,
        )

    def _decrypt(self, request: kms_v1.DecryptRequest) -> kms_v1.DecryptResponse:
        data, sealed = request.additional_authenticated_data, request.ciphertext
        _verified(sealed, request.ciphertext_crc32c)
        _verified(data, request.additional_authenticated_data_crc32c)
        key = self._key(request.name, Purpose.ENCRYPT_DECRYPT)
        number, nonce, body = sealed[:_NUMBER], sealed[_NUMBER:_HEAD], sealed[_HEAD:]
        if not 1 <= int.from_bytes(number, "big") <= len(key.versions):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, _UNOPENED)
        version = _enabled(key.versions[int.from_bytes(number, "big") - 1])
        try:
            plaintext = _aes(version).decrypt(nonce, body, data)
        except (InvalidTag, ValueError):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, _UNOPENED) from None
        return kms_v1.DecryptResponse(
            plaintext=plaintext,
            plaintext_crc32c=google_crc32c.value(plaintext),
            used_primary=version is key.versions[-1],
            protection_level=_HSM,
        )

    def _sign(self, request: kms_v1.AsymmetricSignRequest) -> kms_v1.AsymmetricSignResponse:
        digest = request.digest.sha256
        verified = _verified(digest, request.digest_crc32c)
        if len(digest) != hashes.SHA256.digest_size:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "the digest is not one of SHA-256")
        version = _enabled(self._version(request.name, Purpose.ASYMMETRIC_SIGN))
        signature = _signing(version).sign(digest, ec.ECDSA(Prehashed(hashes.SHA256())))
        return kms_v1.AsymmetricSignResponse(
            name=version.name,
            signature=signature,
            signature_crc32c=google_crc32c.value(signature),
            verified_digest_crc32c=verified,
            protection_level=_HSM,
        )

    def _public_key(self, request: kms_v1.GetPublicKeyRequest) -> kms_v1.PublicKey:
        version = _enabled(self._version(request.name, Purpose.ASYMMETRIC_SIGN))
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        pem = _signing(version).public_key().public_bytes(*form)
        return kms_v1.PublicKey(
            name=version.name,
            pem=pem.decode(),
            pem_crc32c=google_crc32c.value(pem),
            algorithm=Algorithm.EC_SIGN_P256_SHA256,
            protection_level=_HSM,
        )

    def _random(self, request: kms_v1.GenerateRandomBytesRequest) -> kms_v1.GenerateRandomBytesResponse:
        if not 8 <= request.length_bytes <= 1024 or request.protection_level != _HSM:  # noqa: PLR2004
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "8 to 1024 bytes, from the HSM only")
        data = secrets.token_bytes(request.length_bytes)
        return kms_v1.GenerateRandomBytesResponse(data=data, data_crc32c=google_crc32c.value(data))

    def _get_key(self, request: kms_v1.GetCryptoKeyRequest) -> kms_v1.CryptoKey:
        key = self._key(request.name)
        algorithm = _ALGORITHMS[key.purpose]
        return kms_v1.CryptoKey(
            name=key.name,
            purpose=key.purpose,
            primary=self._shown(key, key.versions[-1]) if key.purpose == Purpose.ENCRYPT_DECRYPT else None,
            destroy_scheduled_duration=key.destroy_wait,
            version_template=kms_v1.CryptoKeyVersionTemplate(protection_level=_HSM, algorithm=algorithm),
        )

    def _list_versions(self, request: kms_v1.ListCryptoKeyVersionsRequest) -> kms_v1.ListCryptoKeyVersionsResponse:
        key = self._key(request.parent)
        begin = int(request.page_token or 0)
        end = begin + min(request.page_size or self.page_size, self.page_size)
        return kms_v1.ListCryptoKeyVersionsResponse(
            crypto_key_versions=[self._shown(key, version) for version in key.versions[begin:end]],
            next_page_token=str(end) if end < len(key.versions) else "",
            total_size=len(key.versions),
        )

    def _get_version(self, request: kms_v1.GetCryptoKeyVersionRequest) -> kms_v1.CryptoKeyVersion:
        return self._shown(self._key(_parent(request.name)), self._version(request.name))

    def _update_version(self, request: kms_v1.UpdateCryptoKeyVersionRequest) -> kms_v1.CryptoKeyVersion:
        wanted = request.crypto_key_version
        version = self._version(wanted.name)
        changeable = {State.ENABLED, State.DISABLED}
        if list(request.update_mask.paths) != ["state"] or wanted.state not in changeable:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "only the state can be changed, to ENABLED or DISABLED")
        if version.state not in changeable:
            raise _not_enabled(version)
        version.state = wanted.state
        return self._shown(self._key(_parent(version.name)), version)

    def _destroy_version(self, request: kms_v1.DestroyCryptoKeyVersionRequest) -> kms_v1.CryptoKeyVersion:
        version = self._version(request.name)
        key = self._key(_parent(version.name))
        if version.state not in {State.ENABLED, State.DISABLED}:
            raise _not_enabled(version)
        version.state, version.destroy_at = State.DESTROY_SCHEDULED, self._clock() + key.destroy_wait
        return self._shown(key, version)

    def _key(self, name: str, purpose: int | None = None) -> _Key:
        """Find a key and let its scheduled destructions happen."""
        if name not in self._keys:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"CryptoKey {name} not found.")
        key = self._keys[name]
        if purpose is not None and key.purpose != purpose:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, f"{name} has another purpose.")
        for version in key.versions:
            if version.state == State.DESTROY_SCHEDULED and (version.destroy_at or self._clock()) <= self._clock():
                version.state, version.secret, version.signing = State.DESTROYED, None, None
        return key

    def _version(self, name: str, purpose: int | None = None) -> _KeyVersion:
        key = self._key(_parent(name), purpose)
        version = next((version for version in key.versions if version.name == name), None)
        if version is None:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"CryptoKeyVersion {name} not found.")
        return version

    def _shown(self, key: _Key, version: _KeyVersion) -> kms_v1.CryptoKeyVersion:
        return kms_v1.CryptoKeyVersion(
            name=version.name,
            state=version.state,
            algorithm=_ALGORITHMS[key.purpose],
            protection_level=_HSM,
            create_time=version.created,
            destroy_time=version.destroy_at if version.state == State.DESTROY_SCHEDULED else None,
            destroy_event_time=version.destroy_at if version.state == State.DESTROYED else None,
        )


def _parent(version: str) -> str:
    return version.partition("/cryptoKeyVersions/")[0]


def _verified(data: bytes, checksum: int | None) -> bool:
    """Tell whether a checksum came with *data*; refuse one that does not match."""
    if checksum is not None and checksum != google_crc32c.value(data):
        raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "The checksum does not match the data that arrived.")
    return checksum is not None


def _enabled(version: _KeyVersion) -> _KeyVersion:
    if version.state != State.ENABLED:
        raise _not_enabled(version)
    return version


def _not_enabled(version: _KeyVersion) -> Refusal:
    text = f"{version.name} is not enabled, current state is: {State(version.state).name}."
    return Refusal(grpc.StatusCode.FAILED_PRECONDITION, text)


def _aes(version: _KeyVersion) -> AESGCM:
    if version.secret is None:
        raise _not_enabled(version)
    return AESGCM(version.secret)


def _signing(version: _KeyVersion) -> ec.EllipticCurvePrivateKey:
    if version.signing is None:
        raise _not_enabled(version)
    return version.signing
