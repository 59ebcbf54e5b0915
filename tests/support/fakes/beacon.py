"""Give recorded public randomness."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from prizedraw.errors import Again, Problem
from prizedraw.ports import Beacon

UNREACHABLE = Problem("E-185", "公開乱数（drand）に接続できません。")

QUICKNET_CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
QUICKNET_KEY = bytes.fromhex(
    "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
)
ROUND = 42
"""A round of quicknet as it was published, for those who verify it."""
SIGNATURE = bytes.fromhex(
    "95a9f9f5b231b7714de1553105d8ffdf3dcda24cfdb1e689319bccf79a9c8ce430a91b811fbfaf763900bc998b5d686a"
)


def first_signature(beacon: Beacon, chain: str, round: int) -> bytes | None:
    """Return what the first relay says, or None."""
    return next(iter(beacon.signatures(chain, round)), None)


@dataclass
class FakeBeacon:
    """
    Be a `Beacon` that has the *rounds* given, by chain and number; *asked* records the calls.

    *unreachable*: every call raises `Again`.
    """

    rounds: dict[tuple[str, int], bytes] = field(default_factory=lambda: {(QUICKNET_CHAIN, ROUND): SIGNATURE})
    asked: list[tuple[str, int]] = field(default_factory=list)
    unreachable: bool = False

    def signatures(self, chain: str, round: int) -> Iterator[bytes]:
        self.asked.append((chain, round))
        if self.unreachable:
            raise Again(UNREACHABLE)
        if (chain, round) in self.rounds:
            yield self.rounds[chain, round]
