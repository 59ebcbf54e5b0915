"""The evidence key: its hash is that of the rules, and it knows its own signatures from all others."""

import hashlib
from base64 import b64decode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from prizedraw.evidence.key import EvidenceKey
from prizedraw.lottery.files import Rules
from support.fakes.keys import MemorySigner

DATA = b'{"a":1}'
VECTORS = sorted(path for path in (Path(__file__).parents[2] / "vectors/draw").iterdir() if path.is_dir())


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


@pytest.mark.parametrize("folder", VECTORS, ids=lambda path: path.name)
def test_it_is_the_key_that_the_rules_of_others_pin_and_verifies_what_they_signed(folder: Path) -> None:
    key = EvidenceKey((folder / "evidence.pem").read_bytes())
    assert key.hash == Rules.from_bytes((folder / "rules.json").read_bytes()).evidence_key
    for name in ("rules.json", "commitment.json", "record.json"):
        assert key.verifies((folder / name).read_bytes(), (folder / f"{name}.sig").read_bytes())


def test_its_hash_is_that_of_the_der() -> None:
    pem = MemorySigner().public_pem()
    assert EvidenceKey(pem).hash == hashlib.sha256(b64decode(b"".join(pem.splitlines()[1:-1]))).hexdigest()


def test_its_own_signature_is_valid_and_every_other_is_not() -> None:
    signer = MemorySigner()
    key, signature = EvidenceKey(signer.public_pem()), signer.sign(DATA)
    assert key.verifies(DATA, signature)
    assert key.verifies(b"", signer.sign(b""))
    for at in range(len(signature)):
        assert not key.verifies(DATA, signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :])


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param(lambda signer: b"", id="none"),
        pytest.param(lambda signer: b"\x30", id="one byte"),
        pytest.param(lambda signer: bytes(64), id="zeros"),
        pytest.param(lambda signer: b"\x30\x06\x02\x01\x00\x02\x01\x00", id="zero and zero"),
        pytest.param(lambda signer: signer.sign(DATA) + b"\0", id="more behind it"),
        pytest.param(lambda signer: signer.sign(DATA)[:-1], id="cut short"),
        pytest.param(lambda signer: b"\x30\x81" + signer.sign(DATA)[1:], id="its length in two bytes"),
        pytest.param(lambda signer: signer.sign(DATA + b"\n"), id="of other bytes"),
        pytest.param(lambda signer: MemorySigner().sign(DATA), id="of another key"),
    ],
)
def test_what_is_no_signature_of_it_is_not_valid(signature: object) -> None:
    signer = MemorySigner()
    assert callable(signature)
    assert not EvidenceKey(signer.public_pem()).verifies(DATA, signature(signer))


def test_a_signature_over_another_digest_is_not_valid() -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    key = EvidenceKey(pem_of(private))
    assert key.verifies(DATA, private.sign(DATA, ec.ECDSA(SHA256())))
    assert not key.verifies(DATA, private.sign(DATA, ec.ECDSA(SHA384())))


PRIVATE = ec.generate_private_key(ec.SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize(
    "pem",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"junk", id="junk"),
        pytest.param(b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="no key in it"),
        pytest.param(pem_of(ec.generate_private_key(ec.SECP384R1())), id="of another curve"),
        pytest.param(pem_of(ec.generate_private_key(ec.SECP256K1())), id="of the curve of bitcoin"),
        pytest.param(pem_of(rsa.generate_private_key(65537, 2048)), id="RSA"),
        pytest.param(pem_of(ed25519.Ed25519PrivateKey.generate()), id="Ed25519"),
        pytest.param(PRIVATE, id="the private half"),
        pytest.param(
            b"-----BEGIN PUBLIC KEY-----\nMBMwCAYGKoUDAgITAwcAAwAAAAAA\n-----END PUBLIC KEY-----\n",
            id="unknown algorithm",
        ),
    ],
)
def test_another_key_is_refused(pem: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        EvidenceKey(pem)
