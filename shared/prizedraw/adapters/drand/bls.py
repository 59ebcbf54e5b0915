"""
Verify drand's signatures: BLS12-381, scheme `bls-unchained-g1-rfc9380`.

The signature is a point of G1, the public key a point of G2, and the message SHA-256 of the round as eight bytes, big
endian, hashed to G1 by RFC 9380 (https://docs.drand.love/docs/cryptography/). The arithmetic is arkworks'
(https://github.com/ethereum/py-arkworks-bls12381).
"""

import hashlib

from py_arkworks_bls12381 import GT, G1Point, G2Point

DST = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
"""The domain separation tag; drand corrected it to G1 with this scheme."""
SIGNATURE_BYTES = 48
PUBLIC_KEY_BYTES = 96
_MOST_ROUND = 2**64 - 1


def round_message(round: int) -> bytes:
    """Return the 32 bytes that are signed for *round*; rounds do not build on each other (`unchained`)."""
    return hashlib.sha256(round.to_bytes(8, "big")).digest()


def verify(public_key: bytes, round: int, signature: bytes) -> bool:
    """
    Tell whether *signature* is the one that *public_key* makes of *round*; anything malformed is not.

    Both are compressed points (ZCash serialisation: 48 and 96 bytes). Refused are points off the curve or outside the
    subgroup of prime order, the point at infinity, and any second encoding of a point: the randomness is a hash of
    the signature's bytes, so there must be exactly one signature of a round.
    """
    if len(signature) != SIGNATURE_BYTES or len(public_key) != PUBLIC_KEY_BYTES or not 1 <= round <= _MOST_ROUND:
        return False
    try:
        # Unchecked as to the subgroup, which stands below; what is no point, or a second encoding of one, ends here.
        signed = G1Point.from_compressed_bytes_unchecked(signature)
        key = G2Point.from_compressed_bytes_unchecked(public_key)
    except ValueError:
        return False
    if signed == G1Point.identity() or key == G2Point.identity():
        return False
    if not (signed.is_in_subgroup() and key.is_in_subgroup()):
        return False
    hashed = G1Point.hash_to_curve(round_message(round), DST)
    return bool(GT.pairing(signed, G2Point()) == GT.pairing(hashed, key))
