"""
Describe where a prize goes, as the winner typed it, and write it as bytes to be sealed.

What was typed is kept to the letter: a name or an address that is "tidied" may reach nobody. The forms that machines
read (digits of the postal code, the number in its national form) stand beside it.
"""

import json
from dataclasses import asdict, dataclass, field

from prizedraw.errors import Broken
from prizedraw.records.verdicts import Doubt
from prizedraw.sealing import DAMAGED


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """
    Where one prize goes, by one row of the claim form.

    *code* is the claim code as `claim_code.normalise` writes it; *name*, *postal_code*, *address* and *phone* are as
    typed. *postal_digits* are the seven digits of the postal code, *phone_national* is the number as it is dialled in
    Japan (`090-1234-5678`) or, if it is in doubt, as typed; *extension* the digits after 内線, mostly empty. *doubts*
    are what must be looked at before it is shipped (`Doubt`), with blanks between them; that another one was
    said before is kept with the claim.
    """

    code: str = field(repr=False)
    name: str = field(repr=False)
    postal_code: str = field(repr=False)
    address: str = field(repr=False)
    phone: str = field(repr=False)
    postal_digits: str = field(repr=False)
    phone_national: str = field(repr=False)
    extension: str = field(repr=False)
    doubts: str = field(default="", repr=False)

    @property
    def written_postal_code(self) -> str:
        """Return the postal code in one way (`162-0041`), however it was typed."""
        return f"{self.postal_digits[:3]}-{self.postal_digits[3:]}"

    @property
    def written_phone(self) -> str:
        """Return the number as it is dialled in Japan, or as typed if it is in doubt, with its extension."""
        return f"{self.phone_national}{f' 内線{self.extension}' if self.extension else ''}"

    @property
    def doubtful(self) -> tuple[Doubt, ...]:
        """Return what must be looked at."""
        return tuple(doubt for doubt in Doubt if doubt in self.doubts.split())

    def to_bytes(self) -> bytes:
        """Write as UTF-8 JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Destination":
        """
        Read what `to_bytes` wrote.

        Raises:
            Broken: it is something else; nothing of it is repeated.
        """
        try:
            destination = cls(**json.loads(data))
        except (TypeError, ValueError):
            raise Broken(DAMAGED) from None
        if not all(isinstance(value, str) for value in asdict(destination).values()):
            raise Broken(DAMAGED)
        return destination
