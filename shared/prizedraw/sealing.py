"""
Bind every sealed value to its schema, campaign, purpose and record, and pad what would tell by its length.

A ciphertext that is moved to another record, field or campaign does not open: the context information of the HPKE
seal differs (RFC 9180, section 5.1). The record id of an entry's envelopes is its label.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from prizedraw.errors import Broken, Problem
from prizedraw.ports import Opener, Sealer

SCHEMA = "prizedraw-sealed/1"
_CONTACT_BYTES = 320
_DELIVERY_BYTES = 512
DAMAGED = Problem("E-120", "暗号化された記録の中身が正しい形ではありません。作業を止めて保守担当に連絡してください。")


class Purpose(StrEnum):
    """The three envelopes; each has its own key pair and its own Cloud KMS key."""

    CONTACT = "contact"
    SURVEY = "survey"
    DELIVERY = "delivery"


def context(campaign: str, purpose: Purpose, record: str) -> bytes:
    """Return the context information of one sealed value: four parts, each after its length in two bytes."""
    return _same_for_all(campaign, purpose) + _with_length(record)


@lru_cache
def _same_for_all(campaign: str, purpose: Purpose) -> bytes:
    return b"".join(map(_with_length, (SCHEMA, campaign, purpose.value)))


def _with_length(part: str) -> bytes:
    encoded = part.encode()
    return len(encoded).to_bytes(2, "big") + encoded


def pad(plaintext: bytes, size: int) -> bytes:
    """Pad to *size* bytes: one 0x80, then zeros (ISO/IEC 7816-4)."""
    if len(plaintext) >= size:
        raise Broken(DAMAGED)
    return (plaintext + b"\x80").ljust(size, b"\x00")


def unpad(padded: bytes) -> bytes:
    """Undo `pad`."""
    plaintext, mark, rest = padded.rpartition(b"\x80")
    if not mark or rest.strip(b"\x00"):
        raise Broken(DAMAGED)
    return plaintext


@dataclass(frozen=True)
class _Sealing:
    """What seals for one purpose of a campaign."""

    campaign: str
    sealer: Sealer = field(repr=False)


@dataclass(frozen=True)
class _Opening:
    """What opens for one purpose of a campaign."""

    campaign: str
    opener: Opener = field(repr=False)


class ContactSealer(_Sealing):
    """The power to seal e-mail addresses, all to the same length."""

    def seal(self, label: str, address: str) -> bytes:
        """Seal the *address* of *label*."""
        return self.sealer.seal(pad(address.encode(), _CONTACT_BYTES), context(self.campaign, Purpose.CONTACT, label))


class ContactOpener(_Opening):
    """The power to open e-mail addresses."""

    def open(self, label: str, sealed: bytes) -> str:
        """Open the address of *label*."""
        padded = self.opener.open(sealed, context(self.campaign, Purpose.CONTACT, label))
        try:
            return unpad(padded).decode()
        except UnicodeDecodeError:
            raise Broken(DAMAGED) from None


class SurveySealer(_Sealing):
    """The power to seal the answers of entries."""

    def seal(self, label: str, answers: bytes) -> bytes:
        """Seal the *answers* (UTF-8 JSON) of *label*."""
        return self.sealer.seal(answers, context(self.campaign, Purpose.SURVEY, label))


class SurveyOpener(_Opening):
    """The power to open the answers of entries."""

    def open(self, label: str, sealed: bytes) -> bytes:
        """Open the answers (UTF-8 JSON) of *label*."""
        return self.opener.open(sealed, context(self.campaign, Purpose.SURVEY, label))


class DeliverySealer(_Sealing):
    """The power to seal where prizes go, padded to a multiple of 512 bytes."""

    def seal(self, label: str, destination: bytes) -> bytes:
        """Seal the *destination* (UTF-8 JSON) of *label*."""
        size = (len(destination) // _DELIVERY_BYTES + 1) * _DELIVERY_BYTES
        return self.sealer.seal(pad(destination, size), context(self.campaign, Purpose.DELIVERY, label))


class DeliveryOpener(_Opening):
    """The power to open where prizes go."""

    def open(self, label: str, sealed: bytes) -> bytes:
        """Open the destination (UTF-8 JSON) of *label*."""
        return unpad(self.opener.open(sealed, context(self.campaign, Purpose.DELIVERY, label)))
