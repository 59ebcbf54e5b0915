"""
Stand in for a drand relay on loopback, with a chain of its own.

The chain has quicknet's scheme (`bls-unchained-g1-rfc9380`); its one key comes from a seed, where the League of
Entropy shares its key out among many. The signer is py_ecc, so that it shares nothing with the verifier of the package.
Reference: https://docs.drand.love/dev-guide/API-Documentation/HTTP-API/
"""

import hashlib
import sys
from datetime import UTC, datetime
from typing import Any, cast

from flask import Blueprint, Response, jsonify
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381.optimized_curve import G2, curve_order, multiply

from prizedraw.ports import Clock

# py_ecc raises the limit to 100,000 for the whole process at import; JSON nested that deep would then end it.
sys.setrecursionlimit(1_000)

SCHEME = "bls-unchained-g1-rfc9380"
BEACON_ID = "local"
_DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"


def chain_hash(period: int, genesis: int, public_key: bytes, genesis_seed: bytes, beacon_id: str) -> str:
    """
    Return the hash that names a chain, in hex, as drand computes it.

    *period* in seconds, *genesis* as Unix time; the source is `Info.Hash` in
    https://github.com/drand/drand/blob/master/common/chain/info.go.
    """
    numbers = period.to_bytes(4, "big") + genesis.to_bytes(8, "big")
    return hashlib.sha256(numbers + public_key + genesis_seed + beacon_id.encode()).hexdigest()


class LocalDrand:
    """
    A relay of one test chain below `/drand`; a round is there once the clock has reached its time.

    *chain* (hex), *public_key* (96 bytes), *period* (seconds) and *genesis* (Unix time of round 1) are what the
    campaign's rules pin. *calls* are the rounds asked for. Faults, while set: *down* (503), *wrong_signature* (a valid
    signature of another round), *wrong_round* (the answer speaks of another round).
    """

    PREFIX = "/drand"

    def __init__(self, clock: Clock, seed: bytes, *, period: int = 3, genesis: int = 1_692_803_367) -> None:
        self._clock = clock
        self._secret = int.from_bytes(hashlib.sha512(seed).digest(), "big") % (curve_order - 1) + 1
        self._group = hashlib.sha256(seed + b"group").digest()
        self.period = period
        self.genesis = genesis
        self.public_key = _bytes(*compress_G2(multiply(G2, self._secret)))
        self.chain = chain_hash(period, genesis, self.public_key, self._group, BEACON_ID)
        self.calls: list[int] = []
        self.down = False
        self.wrong_signature = False
        self.wrong_round = False
        self._signatures: dict[int, bytes] = {}

    def randomness(self) -> dict[str, Any]:
        """Return what a campaign file says of the chain."""
        return {
            "kind": "drand",
            "chain": self.chain,
            "public_key": self.public_key.hex(),
            "period": self.period,
            "genesis": self.genesis,
        }

    def blueprint(self) -> Blueprint:
        """Return the routes, under a relay's own paths below `/drand`."""
        routes = Blueprint("drand", __name__, url_prefix=self.PREFIX)
        routes.add_url_rule("/<chain>/info", "info", self._info)
        routes.add_url_rule("/<chain>/public/<int:round>", "public", self._public)
        return routes

    def signature(self, round: int) -> bytes:
        """Return the signature of *round* (48 bytes), whatever the clock says."""
        if round not in self._signatures:
            message = hashlib.sha256(round.to_bytes(8, "big")).digest()
            point = hash_to_G1(message, _DST, cast("Any", hashlib.sha256))
            self._signatures[round] = _bytes(compress_G1(multiply(point, self._secret)))
        return self._signatures[round]

    def time_of(self, round: int) -> datetime:
        """Return when *round* appears, in UTC."""
        return datetime.fromtimestamp(self.genesis + (round - 1) * self.period, UTC)

    def _info(self, chain: str) -> Response:
        if self.down or chain != self.chain:
            return Response("not here", status=503 if self.down else 404)
        return jsonify(
            public_key=self.public_key.hex(),
            period=self.period,
            genesis_time=self.genesis,
            hash=self.chain,
            groupHash=self._group.hex(),
            schemeID=SCHEME,
            metadata={"beaconID": BEACON_ID},
        )

    def _public(self, chain: str, round: int) -> Response:
        self.calls.append(round)
        if self.down or chain != self.chain:
            return Response("not here", status=503 if self.down else 404)
        if round < 1 or self.time_of(round) > self._clock():
            return Response("too early", status=425)
        signature = self.signature(round + 1 if self.wrong_signature else round)
        return jsonify(
            round=round + 1 if self.wrong_round else round,
            randomness=hashlib.sha256(signature).hexdigest(),
            signature=signature.hex(),
        )


def _bytes(*words: Any) -> bytes:
    """Write the 384-bit words of a compressed point."""
    return b"".join(int(word).to_bytes(48, "big") for word in words)
