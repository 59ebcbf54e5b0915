"""The published files of a draw whose winners a test chooses: signed as the steps sign."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from prizedraw.adapters.keys import kms
from prizedraw.adapters.storage import published
from prizedraw.campaign.definition import Campaign
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery.awards import Award
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.forfeit_file import ForfeitFile, name_of
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.randomness import Ward, WardValue
from prizedraw.lottery.terms import terms_of
from prizedraw.ports import PublicKey, Signer
from prizedraw.records.fulfilment import Forfeit, Why
from prizedraw.records.lottery import AwardedPlace
from prizedraw.rehearsal.google.storage import LocalStorage
from prizedraw.runtime.settings import Settings
from prizedraw.times import unstamp
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished


class EvidenceKeyPair(Signer, PublicKey, Protocol):
    """The evidence key, both halves."""


@dataclass(frozen=True)
class KmsEvidence:
    """The same in a local Cloud KMS."""

    settings: Settings

    def sign(self, data: bytes) -> bytes:
        """Sign."""
        return kms.EvidenceSigner(kms.connect(self.settings), self.settings).sign(data)

    def public_pem(self) -> bytes:
        """Return the public half."""
        return kms.EvidencePublicKey(kms.connect(self.settings), self.settings).public_pem()


def put_draw(
    storage: LocalStorage, settings: Settings, campaign: Campaign, places: Iterable[AwardedPlace], drawn_at: datetime
) -> None:
    """Put the same files into a local Storage, signed by the local Cloud KMS, past the steps that write them."""
    made = FakePublished()
    publish_draw(made, KmsEvidence(settings), campaign, places, drawn_at)
    for name, data in made.files.items():
        signature = made.signatures[name]
        borne = {published.SIGNATURE_KEY: base64.b64encode(signature).decode()}
        storage.put(settings.published_bucket, name, data, metadata=borne)
        storage.put(settings.published_bucket, name + SIGNATURE, signature)


def publish_draw(
    published: FakePublished,
    signer: EvidenceKeyPair,
    campaign: Campaign,
    places: Iterable[AwardedPlace],
    drawn_at: datetime,
) -> None:
    """Publish rules, commitment and a record that gives these places, drawn at *drawn_at*."""
    key = EvidenceKey(signer.public_pem())
    published.plant(EVIDENCE, key.pem, signer.sign(key.pem))
    rules = Rules(
        campaign=campaign.id,
        **terms_of(campaign),
        quiz_hash="0" * 64,
        form_hash="0" * 64,
        evidence_key=key.hash,
        randomness=Ward(),
    ).to_bytes()
    published.plant(RULES, rules, signer.sign(rules))
    commitment = Commitment(
        campaign=campaign.id,
        rules_hash=sha256_hex(rules),
        pool_size=0,
        pool_hash=sha256_hex(b""),
        received=0,
        duplicates=0,
        rejected={},
        ineligible=0,
        withdrawn=0,
        frozen_at=campaign.closes_at,
        draw_at=campaign.draw_at,
        code_hash="0" * 64,
    ).to_bytes()
    published.plant(COMMITMENT, commitment, signer.sign(commitment))
    listed = sorted(places, key=lambda place: place.order)
    awards = (
        Award(
            prize=prize.id,
            winners=tuple(p.id for p in listed if (p.prize, p.place) == (prize.id, "winner")),
            reserves=tuple(p.id for p in listed if (p.prize, p.place) == (prize.id, "reserve")),
        )
        for prize in campaign.prizes
    )
    record = DrawRecord(
        campaign=campaign.id,
        commitment_hash=sha256_hex(commitment),
        randomness=WardValue(text="3-1-6-6-2", given_by="文化観光課", given_at=campaign.draw_at),
        seed=bytes(32),
        drawn_at=drawn_at,
        quiz_salt=bytes(16),
        awards=tuple(awards),
    ).to_bytes()
    published.plant(RECORD, record, signer.sign(record))


def publish_forfeit(published: FakePublished, signer: MemorySigner, campaign: Campaign, forfeit: Forfeit) -> None:
    """Publish the file of which *forfeit* is the mirror."""
    data = ForfeitFile(
        campaign=campaign.id,
        record_hash=sha256_hex(published.files[RECORD]),
        prize=forfeit.prize,
        label=forfeit.id,
        why=Why(forfeit.why),
        at=unstamp(forfeit.at),
    ).to_bytes()
    published.plant(name_of(forfeit.id), data, signer.sign(data))
