"""The four draws of an independent implementation: our code writes their files, byte for byte."""

from pathlib import Path

import pytest

from prizedraw.adapters.drand.bls import verify
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.lottery.awards import award, seed
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.names import COMMITMENT, POOL, RECORD, RULES
from prizedraw.lottery.pool import read_pool, write_pool
from prizedraw.lottery.randomness import Drand, DrandValue

DRAWS = sorted(path for path in (Path(__file__).parent / "draw").iterdir() if path.is_dir())


@pytest.fixture(params=DRAWS, ids=lambda path: path.name)
def draw(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_there_are_four() -> None:
    assert [path.name for path in DRAWS] == ["1-0-hsm", "2-5-ward", "3-40-ward", "4-200-drand"]


def test_rules(draw: Path) -> None:
    data = (draw / RULES).read_bytes()
    assert Rules.from_bytes(data).to_bytes() == data


def test_pool(draw: Path) -> None:
    data = (draw / POOL).read_bytes()
    entries = [line.split("\t") for line in data.decode("ascii").splitlines()]
    assert write_pool((label, prizes.split(",")) for label, prizes in reversed(entries)) == data


def test_commitment(draw: Path) -> None:
    data = (draw / COMMITMENT).read_bytes()
    published = Commitment.from_bytes(data)
    rules, pool = (draw / RULES).read_bytes(), (draw / POOL).read_bytes()
    computed = Commitment(
        campaign=Rules.from_bytes(rules).campaign,
        rules_hash=sha256_hex(rules),
        pool_size=read_pool(pool, Rules.from_bytes(rules).prize_ids).size,
        pool_hash=sha256_hex(pool),
        received=published.received,
        duplicates=published.duplicates,
        rejected=published.rejected,
        ineligible=published.ineligible,
        withdrawn=published.withdrawn,
        frozen_at=published.frozen_at,
        draw_at=postpone(Rules.from_bytes(rules).draw_at, published.frozen_at),
        code_hash=published.code_hash,
    )
    assert computed.to_bytes() == data


def test_record(draw: Path) -> None:
    data = (draw / RECORD).read_bytes()
    published = DrawRecord.from_bytes(data)
    rules = Rules.from_bytes((draw / RULES).read_bytes())
    commitment = (draw / COMMITMENT).read_bytes()
    computed_seed = seed(published.randomness.value, commitment)
    computed = DrawRecord(
        campaign=rules.campaign,
        commitment_hash=sha256_hex(commitment),
        randomness=published.randomness,
        seed=computed_seed,
        drawn_at=published.drawn_at,
        quiz_salt=published.quiz_salt,
        awards=award(read_pool((draw / POOL).read_bytes(), rules.prize_ids), rules.prizes, computed_seed),
    )
    assert computed.to_bytes() == data


def test_drand() -> None:
    draw = DRAWS[3]
    source = Rules.from_bytes((draw / RULES).read_bytes()).randomness
    given = DrawRecord.from_bytes((draw / RECORD).read_bytes()).randomness
    assert isinstance(source, Drand)
    assert isinstance(given, DrandValue)
    assert source.round(Commitment.from_bytes((draw / COMMITMENT).read_bytes()).draw_at) == given.round == 42
    assert verify(source.public_key, given.round, given.signature)
