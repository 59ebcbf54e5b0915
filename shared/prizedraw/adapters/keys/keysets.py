"""
Make keysets with Tink and use them: HPKE pairs to seal and open, HMAC-SHA256 keysets to compute keyed values.

A keyset rests in Secret Manager, one secret each; private and PRF keysets are wrapped by their own Cloud KMS key. A
keyset that is used is read and unwrapped once an instance, at its first use.

The first version of a public or PRF secret *is* the key, for ever: read by number it is strongly consistent, and a
version that is added later, by a run that did not see the first or by somebody else, changes nothing. A private
secret may hold more versions than its public one (a run that died between the halves left an orphan); the one that
opens is found by trying.

This module imports no client, so that a function pays only for what it calls.
"""

from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any, Protocol

from prizedraw.adapters.google.later import Later
from prizedraw.adapters.google.once import Once
from prizedraw.errors import Broken, Problem
from prizedraw.sealing import Purpose


def _load() -> Any:
    import tink  # noqa: PLC0415  most calls use no keyset
    from tink import hybrid, prf, proto_keyset_format, secret_key_access  # noqa: F401, PLC0415  by their names of tink

    hybrid.register()
    prf.register()
    return tink


tink = Later(_load)

PAIRS = tuple(purpose.value for purpose in Purpose)
PRFS = ("index", "claim")
KEYSETS = (*PAIRS, *PRFS)
"""The names of the keysets, in the order in which they are made; each has a Cloud KMS key of its name."""
SECRETS = (*(f"{pair}-{half}" for pair in PAIRS for half in ("private", "public")), *PRFS)
"""The names of the secrets that hold them."""

UNSOUND = Problem("E-158", "鍵「{keyset}」が正しい形ではありません。作業を止めて保守担当に連絡してください。")
UNOPENED = Problem("E-159", "暗号化された記録を「{keyset}」の鍵で開けません。作業を止めて保守担当に連絡してください。")
UNMADE = Problem("E-164", "鍵「{keyset}」がまだありません。先に準備（prepare）を実行してください。")
_PRF_BYTES = 32


class VersionReader(Protocol):
    """The power to read versions of secrets."""

    def version(self, name: str, number: int) -> bytes | None:
        """Return one version (1 is the first) of a secret; None if it has fewer."""
        ...


class VersionWriter(Protocol):
    """The power to add versions to secrets, and to read none."""

    def has_version(self, name: str) -> bool:
        """Tell whether a secret has any version."""
        ...

    def add(self, name: str, data: bytes) -> int:
        """Add a version, and return its number; the first is 1."""
        ...


class Wrapper(Protocol):
    """The power to wrap keysets."""

    def wrap(self, keyset: str, serialised: bytes) -> bytes:
        """Encrypt a serialised keyset with the key of its name."""
        ...


class Unwrapper(Protocol):
    """The power to unwrap keysets."""

    def unwrap(self, keyset: str, wrapped: bytes) -> bytes:
        """Decrypt what was wrapped for the same campaign and keyset."""
        ...


class KeysetSealer:
    """The sealer of one purpose, by its public keyset (port `Sealer`)."""

    def __init__(self, secrets: VersionReader, purpose: Purpose) -> None:
        self._public = Once(lambda: public_half(purpose, _made(secrets, f"{purpose}-public", purpose)))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """
        Encrypt with HPKE, *context* as its context information (RFC 9180).

        Raises:
            Again, Broken: the keyset cannot be read, or has not been made.
        """
        sealed: bytes = self._public().encrypt(plaintext, context)
        return sealed


class KeysetOpener:
    """The opener of one purpose, by its private keyset (port `Opener`)."""

    def __init__(self, secrets: VersionReader, keys: Unwrapper, purpose: Purpose) -> None:
        self._secrets = secrets
        self._keys = keys
        self._purpose = purpose
        self._lock = Lock()
        self._halves: list[Any] = []
        self._all_read = False

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """
        Decrypt what `KeysetSealer.seal` returned for the same *context*.

        Raises:
            Again, Broken: the keyset cannot be read, or has not been made.
            Broken: it was sealed for another key or context, or was changed.
        """
        for private in self._private_halves():
            try:
                plaintext: bytes = private.decrypt(sealed, context)
            except tink.TinkError:
                continue
            return plaintext
        raise Broken(UNOPENED, keyset=self._purpose.value)

    def _private_halves(self) -> Iterator[Any]:
        """Yield the private keysets, the first version first, reading and unwrapping no further than asked."""
        index = 0
        while (private := self._private_half(index)) is not None:
            yield private
            index += 1

    def _private_half(self, index: int) -> Any | None:
        with self._lock:
            if index == len(self._halves) and not self._all_read:
                wrapped = self._secrets.version(f"{self._purpose}-private", index + 1)
                if wrapped is None and not self._halves:
                    raise Broken(UNMADE, keyset=self._purpose.value)
                if wrapped is None:
                    self._all_read = True
                else:
                    self._halves.append(private_half(self._purpose, self._keys.unwrap(self._purpose, wrapped)))
            return self._halves[index] if index < len(self._halves) else None


class KeysetPrf:
    """The keyed values of one PRF keyset (port `Prf`)."""

    def __init__(self, secrets: VersionReader, keys: Unwrapper, name: str) -> None:
        self._prf = Once(lambda: prf_of(name, keys.unwrap(name, _made(secrets, name, name))))

    def value(self, data: bytes) -> bytes:
        """
        Return the 32 bytes of HMAC-SHA256 over *data*.

        Raises:
            Again, Broken: the keyset cannot be read, or has not been made.
        """
        value: bytes = self._prf().compute(data, _PRF_BYTES)
        return value


def generate_pair() -> tuple[bytes, bytes]:
    """Return a new private keyset and its public one, serialised: HPKE with X25519, HKDF-SHA256 and AES-256-GCM."""
    template = tink.hybrid.hybrid_key_templates.DHKEM_X25519_HKDF_SHA256_HKDF_SHA256_AES_256_GCM
    handle = tink.new_keyset_handle(template)
    return _serialised(handle), tink.proto_keyset_format.serialize_without_secret(handle.public_keyset_handle())


class TinkKeysetMaker:
    """The maker of keysets, which stores them too (port `KeysetMaker`); it can wrap, and cannot read or unwrap."""

    def __init__(
        self, secrets: VersionWriter, keys: Wrapper, new_pair: Callable[[], tuple[bytes, bytes]] = generate_pair
    ) -> None:
        self._secrets = secrets
        self._keys = keys
        self._new_pair = new_pair

    def found(self) -> dict[str, bool]:
        """
        Tell of each of `KEYSETS` whether it has a version; a pair is there once its public half is.

        Raises:
            Again, Broken: Secret Manager cannot be asked, or a secret does not exist.
        """
        return {name: self._secrets.has_version(f"{name}-public" if name in PAIRS else name) for name in KEYSETS}

    def missing(self) -> list[str]:
        """Name the keysets that have no version yet, in the order of `KEYSETS`; raise as `found` does."""
        return [name for name, there in self.found().items() if not there]

    def make(self, name: str) -> bool:
        """
        Make a keyset that is missing and store it, the public half last; for one that is there it changes nothing.

        Return whether each half is the first version of its secret, which alone is used.

        Raises:
            ValueError: there is no keyset of that name.
            Again: not known whether it was stored: ask `missing`.
            Broken: a service refuses, or the halves do not match.
        """
        if name in PRFS:
            keyset = _serialised(tink.new_keyset_handle(tink.prf.prf_key_templates.HMAC_SHA256))
            return self._secrets.add(name, self._keys.wrap(name, keyset)) == 1
        if name in PAIRS:
            private, public = self._new_pair()
            prove_pair(name, private=private, public=public)
            numbers = (
                self._secrets.add(f"{name}-private", self._keys.wrap(name, private)),
                self._secrets.add(f"{name}-public", public),
            )
            return numbers == (1, 1)
        raise ValueError("no keyset of that name")


def prove_pair(name: str, *, private: bytes, public: bytes) -> None:
    """
    Prove that the serialised *private* keyset opens what the serialised *public* one seals.

    Raises:
        Broken: it does not.
    """
    sealed = public_half(name, public).encrypt(b"probe", name.encode())
    try:
        opened = private_half(name, private).decrypt(sealed, name.encode())
    except tink.TinkError:
        opened = None
    if opened != b"probe":
        raise Broken(UNSOUND, keyset=name)


def public_half(name: str, serialised: bytes) -> Any:
    """Return Tink's HybridEncrypt of a serialised public keyset; raise `Broken` for one that holds a secret key."""
    try:
        return tink.proto_keyset_format.parse_without_secret(serialised).primitive(tink.hybrid.HybridEncrypt)
    except tink.TinkError:
        raise Broken(UNSOUND, keyset=name) from None


def private_half(name: str, serialised: bytes) -> Any:
    """Return Tink's HybridDecrypt of a serialised private keyset; raise `Broken` for anything else."""
    try:
        return tink.proto_keyset_format.parse(serialised, tink.secret_key_access.TOKEN).primitive(
            tink.hybrid.HybridDecrypt
        )
    except tink.TinkError:
        raise Broken(UNSOUND, keyset=name) from None


def prf_of(name: str, serialised: bytes) -> Any:
    """Return Tink's Prf of a serialised PRF keyset; raise `Broken` for anything else."""
    try:
        return (
            tink.proto_keyset_format.parse(serialised, tink.secret_key_access.TOKEN)
            .primitive(tink.prf.PrfSet)
            .primary()
        )
    except tink.TinkError:
        raise Broken(UNSOUND, keyset=name) from None


def _serialised(handle: Any) -> bytes:
    keyset: bytes = tink.proto_keyset_format.serialize(handle, tink.secret_key_access.TOKEN)
    return keyset


def _made(secrets: VersionReader, secret: str, keyset: str) -> bytes:
    """Return the first version of a secret: the key that was made."""
    data = secrets.version(secret, 1)
    if data is None:
        raise Broken(UNMADE, keyset=keyset)
    return data
