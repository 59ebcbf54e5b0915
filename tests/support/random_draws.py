"""
Publish draws at random, by the program that makes them: all kinds of randomness, forfeits, returns, odd names.

What each comes to (`Drawn`) is what a second implementation must find from the files alone.
"""

import hashlib
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G2, multiply

from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.fulfilment.holders import derive
from prizedraw.lottery import awards
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import Commitment, Rules
from prizedraw.lottery.pool import read_pool
from prizedraw.lottery.randomness import source_of
from prizedraw.records.fulfilment import Forfeit, Restored, Why
from prizedraw.records.lottery import AwardedPlace
from prizedraw.times import stamp
from prizedraw.typed.crockford import SMALL

OPENS = datetime(2026, 2, 3, tzinfo=UTC)
CLOSES = datetime(2026, 3, 1, 15, tzinfo=UTC)
DRAW_AT = datetime(2026, 3, 2, 10, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
PERIOD = 30
GENESIS = 1_700_000_000
SECRET = 0x1F3A_5C7E
DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
NAMES = (
    "原画レプリカ", "<script>alert(1)</script>", "\u202eびっくり", "é e\u0301", "賞　＆ \"引用\" \\ /",
    "\U0001f3b2\u200d", "\t\n", "א\u200fב", "x" * 500, "&lt;b&gt;", "\u2028", "ﬀ",
)  # fmt: skip
TEXTS = ("五つのさいころ 3-1-6-6-2", "が", "é", "\U0001f3b2", "3" * 200, "−３", "長" * 90, "さいころ\u3000三")
ELIGIBLE: tuple[dict[str, Any], ...] = ({}, {"sentences": ["3問以上の正解"]}, {"a": [None, True, {"b": -1}], "é": 0})


@dataclass(frozen=True)
class Drawn:
    """What a draw comes to: its seed, labels by rank, and by prize who holds it at last, sorted."""

    folder: Path
    kind: str
    seed: str
    ranks: dict[str, str]
    order: list[str]
    holding: dict[str, list[str]]


@cache
def beacon(round: int) -> tuple[str, str]:
    """Return key and signature of a chain of our own."""
    message = bytes.fromhex(sha256_hex(round.to_bytes(8, "big")))
    key = "".join(f"{half:096x}" for half in compress_G2(multiply(G2, SECRET)))
    return key, f"{compress_G1(multiply(hash_to_G1(message, DOMAIN, hashlib.sha256), SECRET)):096x}"


def publish(folder: Path, chance: random.Random) -> Drawn:
    """Publish one draw into a folder, with all its signatures."""
    folder.mkdir(parents=True)
    key = ec.generate_private_key(ec.SECP256R1())
    public = key.public_key()

    def put(name: str, data: bytes) -> bytes:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
        path.with_name(path.name + ".sig").write_bytes(key.sign(data, ec.ECDSA(SHA256())))
        return data

    kind = chance.choice(["drand", "ward", "hsm"])
    prizes = [_prize(chance, number) for number in range(chance.randint(1, 6))]
    entries = sorted({_label(chance): None for _ in range(chance.choice([0, 1, 2, 5, 20, 60]))})
    ids = [prize.id for prize in prizes]
    lines = [f"{label}\t{','.join(_some(chance, ids))}\n" for label in entries]
    pool = "".join(lines).encode()
    (folder / "pool.txt").write_bytes(pool)
    (folder / "evidence.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    frozen_at, draw_at = _times(chance)
    until = chance.choice([None, draw_at + timedelta(days=9, hours=5)])
    source, given = _randomness(chance, kind, draw_at)
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    campaign = chance.choice(["test", "文化\u202e", "a b"])
    rules = put("rules.json", Rules(
        campaign=campaign, prizes=tuple(prizes), opens_at=OPENS, closes_at=CLOSES, draw_at=DRAW_AT,
        eligibility=chance.choice(ELIGIBLE), quiz_hash="0" * 64, form_hash="1" * 64, evidence_key=sha256_hex(der),
        randomness=source_of(source), claims_until=until,
    ).to_bytes())  # fmt: skip
    rejected = {"no_consent": chance.randint(0, 3)} if chance.random() < 0.5 else {}
    counted = {
        "duplicates": chance.randint(0, 9),
        "ineligible": chance.randint(0, 9),
        "withdrawn": chance.randint(0, 2),
    }
    commitment = put("commitment.json", Commitment(
        campaign=campaign, rules_hash=sha256_hex(rules), pool_size=len(entries), pool_hash=sha256_hex(pool),
        received=len(entries) + sum(rejected.values()) + sum(counted.values()), rejected=rejected,
        frozen_at=frozen_at, draw_at=draw_at, code_hash="2" * 64, **counted,
    ).to_bytes())  # fmt: skip
    value = given["value"].encode() if kind == "ward" else bytes.fromhex(given["value"])
    seed = awards.seed(value, commitment)
    awarded = awards.award(read_pool(pool, ids), prizes, seed)
    drawn_at = draw_at + timedelta(seconds=40)
    if kind == "hsm":
        asked = {"spec": "prizedraw/1", "campaign": campaign, "commitment_hash": sha256_hex(commitment), **given}
        put("randomness.json", canonical({**asked, "asked_at": stamp(draw_at + timedelta(seconds=3))}))
    record = put("record.json", canonical({
        "spec": "prizedraw/1", "campaign": campaign, "commitment_hash": sha256_hex(commitment), "randomness": given,
        "seed": seed.hex(), "drawn_at": stamp(drawn_at), "quiz_salt": "00" * 16,
        "awards": [{"prize": a.prize, "winners": list(a.winners), "reserves": list(a.reserves)} for a in awarded],
    }))  # fmt: skip
    places = [
        AwardedPlace(id=label, prize=a.prize, place=place, order=order)
        for a in awarded
        for place, labels in (("winner", a.winners), ("reserve", a.reserves))
        for order, label in enumerate(labels, 1)
    ]
    last = until or NOW
    term: Any = SimpleNamespace(prizes=prizes, claim_deadline_at=last, draw_at=DRAW_AT, claim_last_at=last)
    changes = _changes(chance, term, drawn_at, places)
    written: dict[str, bytes] = {}
    for change in changes:
        about = {"spec": "prizedraw/1", "campaign": campaign, "record_hash": sha256_hex(record), "prize": change.prize}
        about |= {"label": change.id, "at": change.at}
        if isinstance(change, Restored):
            about["forfeit_hash"] = sha256_hex(written[change.id])
            put(f"forfeits/{change.id}.restored.json", canonical(about))
        else:
            written[change.id] = put(f"forfeits/{change.id}.json", canonical({**about, "why": change.why}))
    standing = derive(term, drawn_at, places, changes)
    return Drawn(
        folder=folder,
        kind=kind,
        seed=seed.hex(),
        ranks={label: awards.rank(label, seed).hex() for label in entries},
        order=sorted(entries, key=lambda label: awards.rank(label, seed)),
        holding={p: sorted(h.label for h in standing.holders if h.prize == p) for p in ids},
    )


def found(line: str) -> Drawn:
    """Read what the second implementation printed of a folder; AssertionError if it refused anything."""
    said = json.loads(line)
    assert said["refused"] is None, (said["folder"], said["refused"], said["detail"])
    return Drawn(Path(said["folder"]), "", said["seed"], said["ranks"], said["order"], said["holding"])


def _prize(chance: random.Random, number: int) -> Prize:
    id = chance.choice(["A", "B-1", "_", "x" * 30]) + str(number)
    quantity, reserves = chance.choice([0, 1, 1, 2, 3, 10, 100]), chance.choice([0, 1, 2, 5, 100])
    return Prize(id=id, name=chance.choice(NAMES), quantity=quantity, reserves=reserves)


def _times(chance: random.Random) -> tuple[datetime, datetime]:
    """Return when entries were fixed, at times so late that the draw moves on by days, and when the draw is due."""
    late = chance.choice([0, 0, 1, 2])
    if late == 0:
        return CLOSES + timedelta(seconds=chance.randint(0, 64_800)), DRAW_AT
    frozen_at = DRAW_AT + timedelta(days=late - 1, seconds=chance.randint(-3599, 82_800))
    return frozen_at, DRAW_AT + timedelta(days=late)


def _label(chance: random.Random) -> str:
    return "".join(chance.choices(SMALL, k=26))


def _some(chance: random.Random, ids: Sequence[str]) -> list[str]:
    kept = [id for id in ids if chance.random() < 0.6]
    return kept or [chance.choice(ids)]


def _randomness(chance: random.Random, kind: str, draw_at: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    if kind == "ward":
        given = {"given_by": "文化観光課", "given_at": stamp(draw_at + timedelta(seconds=chance.randint(0, 40)))}
        return {"kind": kind}, {"kind": kind, "value": chance.choice(TEXTS), **given}
    if kind == "hsm":
        return {"kind": kind}, {"kind": kind, "value": chance.choice(["00" * 32, chance.randbytes(32).hex()])}
    round = -((GENESIS - int(draw_at.timestamp())) // PERIOD) + 1
    key, signature = beacon(round)
    source = {"kind": kind, "chain": "ab" * 32, "public_key": key, "period": PERIOD, "genesis": GENESIS}
    value = sha256_hex(bytes.fromhex(signature))
    return source, {"kind": kind, "round": round, "signature": signature, "value": value}


def _changes(
    chance: random.Random, term: Any, drawn_at: datetime, places: list[AwardedPlace]
) -> list[Forfeit | Restored]:
    """Let people go of their places, in the order of time, and give some of them back."""
    changes: list[Forfeit | Restored] = []
    moment = drawn_at
    for _ in range(chance.choice([0, 0, 3, 12])):
        moment += timedelta(seconds=chance.choice([1, 3600, 90_000, 200_000]))
        standing = derive(term, drawn_at, places, changes)
        returnable = [one for one in standing.lapsed if standing.unfilled.get(one.prize)]
        if returnable and chance.random() < 0.5:
            one = chance.choice(returnable)
            changes.append(Restored(one.label, one.prize, stamp(moment)))
            continue
        gone = {change.id for change in changes}
        free = [place for place in places if place.id not in gone]
        if not free:
            break
        place = chance.choice(free)
        holds = standing.holder(place.id) is not None
        whys = [why for why in Why if holds or why != Why.LAPSED]
        changes.append(Forfeit(place.id, place.prize, chance.choice(whys), stamp(moment)))
    return changes
