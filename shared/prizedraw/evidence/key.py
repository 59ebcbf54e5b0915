"""Verify what the evidence key has signed: ECDSA on P-256 with SHA-256, in DER (docs/draw.md, section 1.7)."""

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from prizedraw.evidence.canonical_json import sha256_hex


class EvidenceKey:
    """
    The public half of the evidence key, as it was read (*pem*).

    *hash* is the SHA-256 of its DER (SubjectPublicKeyInfo), as rules pin it.
    """

    def __init__(self, pem: bytes) -> None:
        """
        Read the key from its PEM.

        Raises:
            ValueError: it is no public key on P-256.
        """
        try:
            key = load_pem_public_key(pem)
        except UnsupportedAlgorithm:
            raise ValueError from None
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError
        self._key = key
        self.pem = pem
        self.hash = sha256_hex(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))

    def verifies(self, data: bytes, signature: bytes) -> bool:
        """Tell whether *signature* is one of this key over *data*."""
        try:
            self._key.verify(signature, data, ec.ECDSA(SHA256()))
        except InvalidSignature:
            return False
        return True
