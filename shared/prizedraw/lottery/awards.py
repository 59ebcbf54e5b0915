"""
Compute the draw: seed, ranks and awards of the specification `prizedraw/1` (docs/draw.md).

Only arithmetic lives here: no person, no clock, no file, no network. A *label* is 26 characters of lower-case
Crockford base32 and all that the draw knows of an entrant; the pool, which says what each stands for, is in `pool`.

The code bears the numbers of the specification's steps:

- 3, the seed: HMAC-SHA256(randomness, SHA-256 of `commitment.json`).
- 3, the ranks: HMAC-SHA256(seed, label ‖ 0x01), ascending as bytes.
- 3, walk 1: for each prize in the rules' order, the first `quantity` labels by rank that stand for it and hold
  nothing yet are its winners.
- 3, walk 2: for each prize again, the next `reserves` labels are its reserves.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

from prizedraw.lottery.pool import Pool
from prizedraw.typed.crockford import LABEL_LENGTH

_HASH_BLOCK = 64  # bytes of a SHA-256 block, RFC 2104's B
_ABOVE_ALL = b"\xff" * 33  # sorts after every 32-byte rank that a label follows


@dataclass(frozen=True, slots=True, kw_only=True)
class Prize:
    """A prize: `quantity` winners' places, `reserves` reserve places; the rules' order of prizes is the walk's."""

    id: str
    name: str
    quantity: int
    reserves: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Award:
    """Who holds a prize's places: labels by rank, fewer than the prize offers where no taker was left."""

    prize: str
    winners: tuple[str, ...]
    reserves: tuple[str, ...]


def seed(value: bytes, commitment: bytes) -> bytes:
    """
    Return the 32-byte seed: HMAC-SHA256(key = randomness *value*, message = SHA-256 of the *commitment* file).

    The randomness did not exist when the commitment was published, and the commitment fixes the pool.
    """
    return hmac.digest(value, hashlib.sha256(commitment).digest(), "sha256")  # (3, the seed)


def rank(label: str, seed: bytes) -> bytes:
    """
    Return the 32-byte rank of a label: HMAC-SHA256(key = *seed*, message = label in ASCII ‖ 0x01).

    This is HKDF-Expand (RFC 5869) with the label as info and one block of output: each rank depends on its own label
    and the seed only, so that removing an entrant never reorders the others.
    """
    return hmac.digest(seed, label.encode("ascii") + b"\x01", "sha256")  # (3, the ranks)


def order(labels: Iterable[str], seed: bytes) -> list[str]:
    """Sort labels by rank, ascending as bytes; the definition that `award` keeps to without sorting everything."""
    return sorted(labels, key=lambda label: (rank(label, seed), label))


def award(pool: Pool, prizes: Sequence[Prize], seed: bytes) -> tuple[Award, ...]:
    """
    Walk the prizes in the rules' order, twice: first every prize's winners, then every prize's reserves.

    Each place goes to the first by rank who stands for the prize and holds nothing yet: one person, one place,
    reserve places included. What finds no taker stays unawarded. *prizes* are those that the pool was read with.
    """
    leaders = _leaders(pool, prizes, seed)  # (3, the ranks)
    holders: set[str] = set()
    winners = [_take(leaders[prize.id], prize.quantity, holders) for prize in prizes]  # (3, walk 1)
    reserves = [_take(leaders[prize.id], prize.reserves, holders) for prize in prizes]  # (3, walk 2)
    return tuple(
        Award(prize=prize.id, winners=firsts, reserves=nexts)
        for prize, firsts, nexts in zip(prizes, winners, reserves, strict=True)
    )


def _take(labels: Iterable[str], count: int, holders: set[str]) -> tuple[str, ...]:
    """Take the first *count* labels that are not among the *holders* of a place; they then are."""
    takers = tuple(islice((label for label in labels if label not in holders), count))
    holders.update(takers)
    return takers


def _leaders(pool: Pool, prizes: Collection[Prize], seed: bytes) -> dict[str, list[str]]:
    """
    Return for each prize its standers by rank, as many of them as there are places in all.

    More are never looked at: when the walk comes to a prize, fewer labels hold a place than there are places in all,
    so one that holds nothing yet, if there is one, is among the first so many.
    """
    places = sum(prize.quantity + prize.reserves for prize in prizes)
    lowest = {prize.id: _Lowest(places) for prize in prizes}
    stands = {standing: [lowest[prize] for prize in stood_for] for standing, stood_for in pool.standings.items()}
    # `rank` for each label: SHA-256(K ⊕ opad ‖ SHA-256(K ⊕ ipad ‖ message)), as RFC 2104 defines HMAC. The two padded
    # keys are the same for all labels, so they are hashed once and copied: half the work.
    key = seed.ljust(_HASH_BLOCK, b"\x00")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in key)).copy
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in key)).copy
    for line in BytesIO(pool.data):
        label = line[:LABEL_LENGTH]
        message, mac = inner(), outer()
        message.update(label + b"\x01")
        mac.update(message.digest())
        row = mac.digest() + label
        for rows in stands[line[LABEL_LENGTH:]]:
            if row < rows.limit:
                rows.add(row)
    return {prize: [row[32:].decode("ascii") for row in rows.sorted()] for prize, rows in lowest.items()}


class _Lowest:
    """The *count* lowest of the rows that were added. A row that is not below `limit` need not be."""

    __slots__ = ("count", "limit", "rows")

    def __init__(self, count: int) -> None:
        self.count = count
        self.rows: list[bytes] = []
        self.limit = _ABOVE_ALL if count else b""

    def add(self, row: bytes) -> None:
        """Add a row; twice as many rows as are wanted are cut back to those wanted."""
        self.rows.append(row)
        if len(self.rows) >= 2 * self.count:
            self.limit = self.sorted()[-1]

    def sorted(self) -> list[bytes]:
        """Sort, cut and return the rows."""
        self.rows.sort()
        del self.rows[self.count :]
        return self.rows
