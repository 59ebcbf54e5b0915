"""Read from a notification of Cloud Storage which file was dropped."""

import re
from dataclasses import dataclass, field

from prizedraw.fulfilment.registrations import keyed
from prizedraw.ports import Prf
from prizedraw.runtime.orders import Message

_GENERATION = re.compile(r"[0-9]{1,19}")
"""A number of 64 bits, as Cloud Storage gives it: `int` refuses one of thousands of digits by an error of its own."""


@dataclass(frozen=True, kw_only=True)
class DroppedFile:
    """A file in the bucket; *name* is whatever somebody typed, and kept and shown nowhere: its id stands for it."""

    name: str = field(repr=False)
    generation: str

    def id(self, prf: Prf) -> str:
        """Return the keyed id of this generation."""
        return keyed(prf, "file", f"{self.generation}/{self.name}")


def announced(message: Message) -> DroppedFile | None:
    """Return the file that a notification announces, or None; no key is needed to know it."""
    attributes = message.attributes
    name, generation = attributes.get("objectId", ""), attributes.get("objectGeneration", "")
    if attributes.get("eventType") != "OBJECT_FINALIZE" or not (name and _GENERATION.fullmatch(generation)):
        return None
    try:
        name.encode()
    except UnicodeEncodeError:  # no object of Cloud Storage has such a name
        return None
    return DroppedFile(name=name, generation=generation)
