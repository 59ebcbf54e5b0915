"""The published files of a draw whose winners a test chooses: signed as the steps sign."""

from collections.abc import Iterable
from datetime import datetime

from prizedraw.campaign.definition import Campaign
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE
from prizedraw.lottery.awards import Award
from prizedraw.lottery.files import COMMITMENT, RECORD, RULES, Commitment, DrawRecord, Rules
from prizedraw.lottery.forfeit_file import ForfeitFile, name_of
from prizedraw.lottery.randomness import Ward, WardValue
from prizedraw.lottery.terms import terms_of
from prizedraw.records.fulfilment import Forfeit, Why
from prizedraw.records.lottery import AwardedPlace
from prizedraw.times import unstamp
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished


def publish_draw(
    published: FakePublished,
    signer: MemorySigner,
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
