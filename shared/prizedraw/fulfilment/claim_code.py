"""
Write and read the claim code by which a winner names their award in the ward's form.

Twelve characters of Crockford's base32 carry 60 bits, a thirteenth is the Luhn mod 32 check character:
`K7QM-4T9X-2HVD-8`. The code is derived from label and prize with the campaign's `claim` keyset and is stored nowhere;
without the keyset nobody can compute or guess one.
"""

from prizedraw.ports import Prf
from prizedraw.typed.crockford import ALPHABET, check_character, grouped, is_written, parse

_PAYLOAD = 12
LENGTH = _PAYLOAD + 1
"""Characters of a claim code, the check character included, its hyphens not."""
_GROUP = 4
_MOST_CHARACTERS = 100


def code_for(prf: Prf, label: str, prize: str) -> str:
    """
    Derive the claim code of one award, as it is shown: `XXXX-XXXX-XXXX-C`.

    The first 60 bits of PRF(*label* ‖ *prize*), both in ASCII, joined with nothing between: a label always has 26
    characters, so that no other pair gives the same bytes. *prf* holds the `claim` keyset.
    """
    number = int.from_bytes(prf.value((label + prize).encode("ascii"))[:8], "big") >> 4
    payload = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_PAYLOAD)))
    return grouped(payload + check_character(payload), _GROUP)


def is_as_long(text: str) -> bool:
    """Tell whether what was typed is as long as a claim code, be it one or misheard."""
    typed = parse(text) if len(text) <= _MOST_CHARACTERS else ""
    return len(typed) == LENGTH and is_written(typed)


def normalise(text: str) -> str | None:
    """
    Read a typed code and return it as `code_for` writes it; None if it is not a code.

    It is read leniently (`crockford.parse`). The check character must fit.
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    typed = parse(text)
    if len(typed) != LENGTH or not is_written(typed):
        return None
    if typed[_PAYLOAD] != check_character(typed[:_PAYLOAD]):
        return None
    return grouped(typed, _GROUP)
