"""Only the one signature that drand's key makes of a round is accepted; nothing hostile raises."""

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from py_arkworks_bls12381 import GT, G1Point, G2Point
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1

from prizedraw.adapters.drand.bls import DST, round_message, verify
from support.fakes.beacon import QUICKNET_KEY, ROUND, SIGNATURE
from support.quick import some_of

FIELD_MODULUS = int(
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab", 16
)
ORDER = 0x73EDA753299D7D483339D80809A1D80553BDA402FFFE5BFEFFFFFFFF00000001
INFINITY_G1 = bytes([0xC0]) + bytes(47)
INFINITY_G2 = bytes([0xC0]) + bytes(95)


def outside_the_subgroup(size: int) -> bytes:
    """Return a compressed point on the curve that has not the prime order: nearly every point is such a one."""
    cls = G1Point if size == 48 else G2Point
    for x in range(1, 1000):
        encoded = bytearray(x.to_bytes(size, "big"))
        encoded[0] |= 0x80
        try:
            point = cls.from_compressed_bytes_unchecked(bytes(encoded))
        except ValueError:
            continue
        if not point.is_in_subgroup():
            return bytes(encoded)
    raise AssertionError("no such point found")


def of_small_order() -> Any:
    """Return a point that no pairing sees: a multiple of one outside the subgroup by the subgroup's order."""
    outside, moved = G1Point.from_compressed_bytes_unchecked(outside_the_subgroup(48)), G1Point.identity()
    for bit in bin(ORDER)[2:]:
        moved = moved + moved + (outside if bit == "1" else G1Point.identity())
    assert moved != G1Point.identity()
    return moved


def test_a_published_round_of_quicknet_is_verified() -> None:
    assert verify(QUICKNET_KEY, ROUND, SIGNATURE)
    assert hashlib.sha256(SIGNATURE).hexdigest() == "8ada64bae5c6c0f5540a6a13af56e663240edfbd2c76ac6a8f27671eb7259ce3"


@pytest.mark.parametrize("round", [0, 1, 41, 43, 42 * 256, -42, 2**64, 2**64 + 42])
def test_another_round_is_refused(round: int) -> None:
    assert not verify(QUICKNET_KEY, round, SIGNATURE)


@pytest.mark.parametrize(("round", "is_one"), [(0, False), (1, True), (2**64 - 1, True)])
def test_the_first_round_and_the_last_are_rounds(round: int, is_one: bool) -> None:
    key = G2Point().to_compressed_bytes()  # of the secret key 1, so that the hashed round itself is the signature
    assert verify(key, round, G1Point.hash_to_curve(round_message(round), DST).to_compressed_bytes()) is is_one


@pytest.mark.parametrize("bit", some_of(range(48 * 8), 16))
def test_any_flipped_bit_of_the_signature_is_refused(bit: int) -> None:
    changed = bytearray(SIGNATURE)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify(QUICKNET_KEY, ROUND, bytes(changed))


@pytest.mark.parametrize("bit", some_of(range(0, 96 * 8, 7), 8))
def test_a_flipped_bit_of_the_key_is_refused(bit: int) -> None:
    changed = bytearray(QUICKNET_KEY)
    changed[bit // 8] ^= 1 << bit % 8
    assert not verify(bytes(changed), ROUND, SIGNATURE)


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(b"", id="empty"),
        pytest.param(SIGNATURE[:-1], id="too short"),
        pytest.param(SIGNATURE + b"\x00", id="too long"),
        pytest.param(SIGNATURE.hex().encode(), id="hex"),
        pytest.param(bytes(48), id="zeros"),
        pytest.param(b"\xff" * 48, id="ones"),
        pytest.param(INFINITY_G1, id="infinity"),
        pytest.param(INFINITY_G1[:-1] + b"\x01", id="infinity spelt otherwise"),
        pytest.param(bytes([0xE0]) + bytes(47), id="infinity with a sign"),
        pytest.param(outside_the_subgroup(48), id="outside the subgroup"),
        pytest.param((-G1Point.from_compressed_bytes(SIGNATURE)).to_compressed_bytes(), id="negated"),
        pytest.param(G1Point().to_compressed_bytes(), id="generator"),
        pytest.param(QUICKNET_KEY[:48], id="half of the key"),
    ],
)
def test_what_is_not_the_signature_is_refused(signature: bytes) -> None:
    assert not verify(QUICKNET_KEY, ROUND, signature)


def test_another_signature_that_the_pairing_takes_for_the_same_is_refused() -> None:
    """Without the check of the subgroup somebody could choose between many signatures, and so between winners."""
    other = G1Point.from_compressed_bytes(SIGNATURE) + of_small_order()
    hashed = G1Point.hash_to_curve(round_message(ROUND), DST)
    key = G2Point.from_compressed_bytes(QUICKNET_KEY)
    assert GT.pairing(other, G2Point()) == GT.pairing(hashed, key)
    assert not verify(QUICKNET_KEY, ROUND, other.to_compressed_bytes())


def test_a_second_spelling_of_the_signature_is_refused() -> None:
    # The randomness is a hash of the bytes: x + p in place of x would be another randomness of the same round.
    key = G2Point().to_compressed_bytes()  # of the secret key 1, so that the hashed round itself is the signature
    for number in range(1, 100):
        signature = G1Point.hash_to_curve(round_message(number), DST).to_compressed_bytes()
        x = int.from_bytes(signature, "big") % 2**381
        if x + FIELD_MODULUS < 2**381:
            break
    other = (int.from_bytes(signature, "big") + FIELD_MODULUS).to_bytes(48, "big")
    assert verify(key, number, signature)
    assert not verify(key, number, other)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(b"", id="empty"),
        pytest.param(QUICKNET_KEY[:-1], id="too short"),
        pytest.param(QUICKNET_KEY + b"\x00", id="too long"),
        pytest.param(INFINITY_G2, id="infinity"),
        pytest.param(outside_the_subgroup(96), id="outside the subgroup"),
        pytest.param(G2Point().to_compressed_bytes(), id="generator"),
        pytest.param(SIGNATURE * 2, id="no key"),
    ],
)
def test_what_is_not_the_key_is_refused(key: bytes) -> None:
    assert not verify(key, ROUND, SIGNATURE)


def test_infinity_as_key_and_signature_does_not_pass_for_everything() -> None:
    # e(O, g2) = e(H, O) = 1: without the check anyone could sign any round.
    assert not verify(INFINITY_G2, ROUND, INFINITY_G1)


@given(st.binary(max_size=100), st.binary(max_size=100), st.integers())
@settings(max_examples=300)
def test_hostile_bytes_never_raise(key: bytes, signature: bytes, round: int) -> None:
    assert verify(key, round, signature) is False


@given(st.binary(min_size=48, max_size=48), st.binary(min_size=96, max_size=96))
@settings(max_examples=300)
def test_hostile_bytes_of_the_right_length_never_raise(signature: bytes, key: bytes) -> None:
    assert verify(QUICKNET_KEY, ROUND, signature) is False
    assert verify(key, ROUND, SIGNATURE) is False


@pytest.mark.parametrize(
    ("message", "x"),
    [
        (b"", "052926add2207b76ca4fa57a8734416c8dc95e24501772c814278700eed6d1e4e8cf62d9c09db0fac349612b759e79a1"),
        (b"abc", "03567bc5ef9c690c2ab2ecdf6a96ef1c139cc0b2f284dca0a9a7943388a49a3aee664ba5379a7655d3c68900be2f6903"),
    ],
)
def test_messages_are_hashed_to_the_curve_as_rfc_9380_says(message: bytes, x: str) -> None:
    # RFC 9380, appendix J.9.1
    point = G1Point.hash_to_curve(message, b"QUUX-V01-CS02-with-BLS12381G1_XMD:SHA-256_SSWU_RO_")
    assert point.to_xy_bytes_be()[:48].hex() == x


@pytest.mark.parametrize("round", [1, 42, 2**32, 2**64 - 1])
def test_rounds_are_hashed_as_another_implementation_does(round: int) -> None:
    message = round_message(round)
    other = compress_G1(hash_to_G1(message, DST, hashlib.sha256))
    assert G1Point.hash_to_curve(message, DST).to_compressed_bytes() == int(other).to_bytes(48, "big")
