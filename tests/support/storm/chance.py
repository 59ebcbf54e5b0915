"""What the product draws from the operating system, drawn from a seed instead: so that a story can be told again."""

import random
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TypeVar

from tink import proto_keyset_format, secret_key_access
from tink.proto import hmac_prf_pb2, tink_pb2

from prizedraw.adapters.keys.keysets import PAIRS, PRFS, TinkKeysetMaker, generate_pair
from support.fakes.keys import MemoryKeys, MemorySigner

T = TypeVar("T")


@contextmanager
def seeded(seed: str) -> Iterator[None]:
    """Let labels, salts and ids of leases and of the journal follow from *seed*."""
    chance = random.Random(seed)
    names = ("token_bytes", "token_hex", "choice")
    before = {name: getattr(secrets, name) for name in names}

    def token_bytes(count: int = 32) -> bytes:
        return chance.randbytes(count)

    def token_hex(count: int = 32) -> str:
        return chance.randbytes(count).hex()

    def choice(items: Sequence[T]) -> T:
        return chance.choice(items)

    secrets.token_bytes, secrets.token_hex, secrets.choice = token_bytes, token_hex, choice  # type: ignore[assignment]
    try:
        yield
    finally:
        for name, function in before.items():
            setattr(secrets, name, function)


@cache
def _prf(name: str) -> bytes:
    """Return a PRF keyset that is always the same, so that keyed ids and their order are."""
    key = hmac_prf_pb2.HmacPrfKey(key_value=random.Random(name).randbytes(32))
    key.params.hash = 3  # HashType.SHA256
    keyset = tink_pb2.Keyset(primary_key_id=7)
    one = keyset.key.add(key_id=7, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    one.key_data.type_url = "type.googleapis.com/google.crypto.tink.HmacPrfKey"
    one.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    one.key_data.value = key.SerializeToString()
    handle = proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return bytes(proto_keyset_format.serialize(handle, secret_key_access.TOKEN))


@cache
def _pairs() -> list[tuple[bytes, bytes]]:
    return [generate_pair() for _ in PAIRS]


class CheapKeysets(TinkKeysetMaker):
    """The maker of keysets that are sound and not new: pairs of a small stock, and the same PRF keysets for ever."""

    def make(self, name: str) -> bool:
        """Store a keyset as the real maker does."""
        if name in PRFS:
            return self._secrets.add(name, self._keys.wrap(name, _prf(name))) == 1
        return super().make(name)


def new_pair() -> tuple[bytes, bytes]:
    """Return one of the stock."""
    return random.choice(_pairs())


def keys_of(campaign: str) -> MemoryKeys:
    """Return the keys of a campaign before `prepare`; its evidence key is always the same."""
    keys = MemoryKeys(campaign, made=False)
    keys.signer = MemorySigner(20260302)
    return keys
