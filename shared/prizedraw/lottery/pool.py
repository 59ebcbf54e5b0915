"""
Write and read the pool, `pool.txt`: the labels that take part, and the prizes that each stands for (docs/draw.md, 1.3).

A label is 26 characters of lower-case Crockford base32; a *standing* is what follows it in its line. Lines are sorted
bytewise, each ended by LF.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO

from prizedraw.errors import Broken, Problem
from prizedraw.typed.crockford import LABEL_LENGTH, SMALL

POOL_INVALID = Problem(
    "E-505", "抽選対象一覧 pool.txt の{line}行目が仕様の形ではありません。抽選を行わず、保守担当に連絡してください。"
)
_ALPHABET = SMALL.encode()


@dataclass(frozen=True, slots=True)
class Pool:
    """
    A pool that `read_pool` has judged valid.

    *data* is the file itself, *size* its number of lines, *standings* the prize ids of each standing that occurs.
    """

    data: bytes = field(repr=False)
    size: int
    standings: Mapping[bytes, tuple[str, ...]] = field(repr=False)


def write_pool(entries: Iterable[tuple[str, Sequence[str]]]) -> bytes:
    """
    Write `pool.txt` from labels, each with its prizes in the rules' order; who stands for nothing is left out.

    What is written is valid if `read_pool` says so: the caller reads it back before publishing it.
    """
    return b"".join(sorted(f"{label}\t{','.join(prizes)}\n".encode() for label, prizes in entries if prizes))


def read_pool(data: bytes, prize_ids: Sequence[str]) -> Pool:
    """
    Judge `pool.txt` by every rule of section 1.3, line by line, in memory that does not grow with it.

    Lines sorted bytewise under labels of one length, each label once, mean: each label is above the one before it.

    Raises:
        Broken: `POOL_INVALID` with the first line that breaks a rule.
    """
    standings: dict[bytes, tuple[str, ...]] = {}
    previous, size = b"", 0
    for size, line in enumerate(BytesIO(data), start=1):
        label, standing = line[:LABEL_LENGTH], line[LABEL_LENGTH:]
        if standing not in standings:
            standings[standing] = _prizes_of(standing, prize_ids)
        if label <= previous or label.translate(None, _ALPHABET) or not standings[standing]:
            raise Broken(POOL_INVALID, line=size)
        previous = label
    return Pool(data, size, standings)


def _prizes_of(standing: bytes, prize_ids: Sequence[str]) -> tuple[str, ...]:
    """Read `<TAB>PRIZE[,PRIZE…]<LF>`: known prizes in the rules' order, each once; otherwise return none."""
    ids = set(standing[1:-1].decode("ascii", "replace").split(","))
    prizes = tuple(prize for prize in prize_ids if prize in ids)
    return prizes if standing == f"\t{','.join(prizes)}\n".encode() else ()
