"""
Publish what changes after the draw, each change in one signed file, created once and for ever: forfeits and returns.

What is mirrored is published, and a file that a killed run left stands as it is, with its own time: its signature
proves it to be ours.
"""

from dataclasses import dataclass

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import copy_signature, publish_signed
from prizedraw.fulfilment.holders import Places
from prizedraw.lottery import forfeit_file, restored_file
from prizedraw.lottery.forfeit_file import ForfeitFile
from prizedraw.lottery.published import FILES_DIFFER, PublishedDraw, Recorded
from prizedraw.lottery.restored_file import RestoredFile
from prizedraw.ports import Clock, Publisher, Reader, Signer
from prizedraw.records.fulfilment import Forfeit, Restored, Why


@dataclass(frozen=True)
class Losing:
    """One place to let go of."""

    label: str
    prize: str
    why: Why


@dataclass(frozen=True)
class Returning:
    """One lapsed place to give back."""

    label: str
    prize: str


PlaceChange = Losing | Returning
"""One change of who has a place."""


@dataclass(frozen=True, kw_only=True)
class Changes:
    """The published files of one draw, and the powers to add to them."""

    published: Publisher
    signer: Signer
    clock: Clock
    draw: PublishedDraw
    recorded: Recorded

    def places(self) -> Places:
        """Read the places, forfeits and returns that the files give now."""
        return Places.of(self.draw, self.recorded, self.clock)

    def begun(self, state: Reader, places: Places) -> list[PlaceChange]:
        """Return what is published and not mirrored as it is: a run was killed, or a mirror changed."""
        forfeits = {mark.id: mark for mark in state.scan(Forfeit)}
        returns = {mark.id: mark for mark in state.scan(Restored)}
        return [
            *(Losing(f.id, f.prize, Why(f.why)) for f in places.forfeits.values() if forfeits.get(f.id) != f),
            *(Returning(r.id, r.prize) for r in places.restored.values() if returns.get(r.id) != r),
        ]

    def publish(self, change: PlaceChange) -> tuple[Forfeit | Restored, str]:
        """
        Publish one change, and copy its signature; return its mirror and the hash of its file.

        Raises:
            Broken: what stands there is not ours, or does not fit the other files.
        """
        if isinstance(change, Losing):
            return self._let_go(change)
        return self._give_back(change)

    def _let_go(self, one: Losing) -> tuple[Forfeit, str]:
        name = forfeit_file.name_of(one.label)
        new = ForfeitFile(
            campaign=self.draw.rules.campaign,
            record_hash=self.recorded.hash,
            prize=one.prize,
            label=one.label,
            why=one.why,
            at=self.clock().replace(microsecond=0),
        )
        data = self._published(name, new.to_bytes())
        file = self.draw.forfeit_of(name, data, self.recorded, self.clock())
        copy_signature(self.published, name)
        return file.mirror(), sha256_hex(data)

    def _give_back(self, one: Returning) -> tuple[Restored, str]:
        name, of = restored_file.name_of(one.label), forfeit_file.name_of(one.label)
        forfeit, at = self.draw.forfeit(of, self.recorded, self.clock()), self.clock().replace(microsecond=0)
        if forfeit is None:
            raise Broken(FILES_DIFFER, file=name)
        new = RestoredFile(
            campaign=self.draw.rules.campaign,
            record_hash=self.recorded.hash,
            forfeit_hash=sha256_hex(forfeit.to_bytes()),
            prize=one.prize,
            label=one.label,
            at=at,
        )
        data = self._published(name, new.to_bytes())
        file = self.draw.restored_of(one.label, data, self.recorded, forfeit, self.clock())
        copy_signature(self.published, name)
        return file.mirror(), sha256_hex(data)

    def _published(self, name: str, data: bytes) -> bytes:
        return publish_signed(self.published, self.signer, self.draw.key, name, data)
