"""
Keep keysets, their wrapping, the evidence key and random bytes in memory: Tink's cryptography, no network.

`MemoryKeys` is what unit tests use. `MemorySecrets` and `MemoryWrapping` stand behind it in the places of Secret
Manager and Cloud KMS.
"""

import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS, KeysetOpener, KeysetPrf, KeysetSealer, TinkKeysetMaker
from prizedraw.errors import Again, Broken, Problem
from prizedraw.sealing import Purpose

AWAY = Problem("E-155", "鍵の管理サービスが応答しません。")
REFUSED = Problem("E-156", "鍵の管理サービスに断られました。")
ABSENT = Problem("E-163", "秘密情報「{secret}」がありません。")


@dataclass(frozen=True)
class Used:
    """Record one call: what was done, with the secret or keyset of which name."""

    action: str
    name: str


class MemorySecrets:
    """Keep versions of the secrets *names*; tests read `calls` and `versions`, and let additions fail."""

    def __init__(self, names: tuple[str, ...] = SECRETS) -> None:
        self.versions: dict[str, list[bytes]] = {name: [] for name in names}
        self.calls: list[Used] = []
        self._additions = 0
        self._failing: dict[int, bool] = {}

    def fail_add(self, skip: int = 0, after: bool = False) -> None:
        """Fail the addition after the next *skip* ones with `Again`; with *after*, once it is stored."""
        self._failing[self._additions + skip + 1] = after

    def version(self, name: str, number: int) -> bytes | None:
        """Return one version, or None."""
        self.calls.append(Used("version", name))
        return next(iter(self.versions.get(name, [])[number - 1 : number]), None)

    def latest(self, name: str) -> bytes | None:
        """Return the newest version, or None."""
        self.calls.append(Used("latest", name))
        return next(reversed(self.versions.get(name, [])), None)

    def has_version(self, name: str) -> bool:
        """Tell whether there is any version."""
        self.calls.append(Used("has_version", name))
        return bool(self._secret(name))

    def add(self, name: str, data: bytes) -> int:
        """Add a version; return its number."""
        self.calls.append(Used("add", name))
        versions = self._secret(name)
        self._additions += 1
        lost = self._failing.pop(self._additions, None)
        if lost is not False:
            versions.append(data)
        if lost is not None:
            raise Again(AWAY)
        return len(versions)

    def _secret(self, name: str) -> list[bytes]:
        if name not in self.versions:
            raise Broken(ABSENT, secret=name)
        return self.versions[name]


class MemoryWrapping:
    """Wrap and unwrap keysets with one AES-256-GCM key each, bound to campaign and keyset; tests read `calls`."""

    def __init__(self, campaign: str, keys: dict[str, bytes] | None = None) -> None:
        self.calls: list[Used] = []
        self.keys = keys or {name: AESGCM.generate_key(256) for name in KEYSETS}
        self._campaign = campaign

    def wrap(self, keyset: str, serialised: bytes) -> bytes:
        """Encrypt a serialised keyset."""
        self.calls.append(Used("wrap", keyset))
        nonce = secrets.token_bytes(12)
        return nonce + self._key(keyset).encrypt(nonce, serialised, self._data(keyset))

    def unwrap(self, keyset: str, wrapped: bytes) -> bytes:
        """Decrypt what was wrapped."""
        self.calls.append(Used("unwrap", keyset))
        try:
            return self._key(keyset).decrypt(wrapped[:12], wrapped[12:], self._data(keyset))
        except (InvalidTag, ValueError):
            raise Broken(REFUSED) from None

    def _key(self, keyset: str) -> AESGCM:
        if keyset not in self.keys:
            raise Broken(REFUSED)
        return AESGCM(self.keys[keyset])

    def _data(self, keyset: str) -> bytes:
        return f"{self._campaign}\n{keyset}".encode()


class MemorySigner:
    """Sign with a P-256 key made at construction, always the same for the same *secret*; tests read `signed`."""

    def __init__(self, secret: int | None = None) -> None:
        self.signed: list[bytes] = []
        curve = ec.SECP256R1()
        self._key = ec.generate_private_key(curve) if secret is None else ec.derive_private_key(secret, curve)

    def sign(self, data: bytes) -> bytes:
        """Return a DER signature (ECDSA, SHA-256)."""
        self.signed.append(data)
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))

    def public_pem(self) -> bytes:
        """Return the public key as PEM."""
        form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        return self._key.public_key().public_bytes(*form)


class MemoryRandom:
    """Draw random bytes; tests read `drawn`."""

    def __init__(self) -> None:
        self.drawn: list[bytes] = []

    def random(self, count: int) -> bytes:
        """Return *count* random bytes (8 to 1024)."""
        if not 8 <= count <= 1024:
            raise Broken(REFUSED)
        self.drawn.append(secrets.token_bytes(count))
        return self.drawn[-1]


class MemoryKeys:
    """Hand out the key ports of one campaign; its keysets are made at construction, unless *made* is false."""

    def __init__(self, campaign: str, made: bool = True) -> None:
        self.secrets = MemorySecrets()
        self.wrapping = MemoryWrapping(campaign)
        self.maker = TinkKeysetMaker(self.secrets, self.wrapping)
        self.signer = MemorySigner()
        self.random = MemoryRandom()
        for name in KEYSETS if made else ():
            self.maker.make(name)

    def sealer(self, purpose: Purpose) -> KeysetSealer:
        """Seal for one purpose."""
        return KeysetSealer(self.secrets, purpose)

    def opener(self, purpose: Purpose) -> KeysetOpener:
        """Open for one purpose."""
        return KeysetOpener(self.secrets, self.wrapping, purpose)

    def prf(self, name: str) -> KeysetPrf:
        """Compute keyed values with `index` or `claim`."""
        return KeysetPrf(self.secrets, self.wrapping, name)

    def stored(self, secret: str) -> list[bytes]:
        """Return the versions of a secret."""
        return self.secrets.versions[secret]

    def fail_add(self, skip: int = 0, after: bool = False) -> None:
        """Fail the addition after the next *skip* ones; with *after*, once it is stored."""
        self.secrets.fail_add(skip, after)

    def count_reads(self, secret: str) -> int:
        """Count the versions of a secret that were read, or asked for."""
        return self.secrets.calls.count(Used("version", secret))

    def count_unwraps(self, keyset: str) -> int:
        """Count the unwrappings of a keyset."""
        return self.wrapping.calls.count(Used("unwrap", keyset))
