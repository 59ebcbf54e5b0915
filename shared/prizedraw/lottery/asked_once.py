"""
Ask Cloud KMS for the bytes of a draw once, and publish them before anything is made of them.

A run that dies between asking and drawing could be repeated until the result pleases. So what was given becomes the
file `randomness.json`, created once and signed in the same request, and whoever runs again draws with what stands.
"""

from dataclasses import dataclass

from prizedraw.evidence.signed_files import copy_signature, publish_signed
from prizedraw.lottery.published import Committed, PublishedDraw
from prizedraw.lottery.randomness import HsmValue
from prizedraw.lottery.randomness_file import BYTES, NAME, RandomnessFile
from prizedraw.ports import Clock, Publisher, RandomBytes, Signer


@dataclass(frozen=True, kw_only=True)
class AskedOnce:
    """The powers to ask, and to publish what was given; *draw* and *committed* say for which draw."""

    random: RandomBytes
    published: Publisher
    signer: Signer
    clock: Clock
    draw: PublishedDraw
    committed: Committed

    def standing(self) -> RandomnessFile | None:
        """
        Return what was given, or None if nobody has asked.

        Raises:
            Broken: the file is not ours, or not of this draw.
        """
        return self.draw.randomness(self.committed, self.clock())

    def value(self) -> HsmValue:
        """
        Return the bytes that stand; if none do, ask for them first.

        Raises:
            Broken: the file that stands is not ours, or not of this draw, or vanished.
        """
        file = self.standing()
        if file is None:
            # Of two runs at once one creates the file, and both draw with what it says.
            data = publish_signed(self.published, self.signer, self.draw.key, NAME, self._asked().to_bytes())
            file = self.draw.randomness_of(data, self.committed, self.clock())
        copy_signature(self.published, NAME)
        return HsmValue(file.value)

    def _asked(self) -> RandomnessFile:
        return RandomnessFile(
            campaign=self.draw.rules.campaign,
            commitment_hash=self.committed.hash,
            value=self.random.random(BYTES),
            asked_at=self.clock().replace(microsecond=0),
        )
