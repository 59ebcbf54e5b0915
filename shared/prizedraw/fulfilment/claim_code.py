"""
Write and read the claim code by which a winner names their award in the ward's form.

Twelve characters of Crockford's base32 carry 60 bits, a thirteenth is the Luhn mod 32 check character:
`K7QM-4T9X-2HVD-8`. The code is derived from label and prize with the campaign's `claim` keyset and is stored nowhere;
without the keyset nobody can compute or guess one.

Sources: Crockford, "Base 32" (https://www.crockford.com/base32.html); ISO/IEC 7812-1 for Luhn, extended to 32 symbols.
"""

from prizedraw.ports import Prf
from prizedraw.typed.crockford import ALPHABET, parse

_PAYLOAD = 12
LENGTH = _PAYLOAD + 1
"""Characters of a claim code, the check character included, its hyphens not."""
_GROUP = 4
_MOST_CHARACTERS = 100
_VALUES = {character: value for value, character in enumerate(ALPHABET)}


def code_for(prf: Prf, label: str, prize: str) -> str:
    """
    Derive the claim code of one award, as it is shown: `XXXX-XXXX-XXXX-C`.

    The first 60 bits of PRF(*label* ‖ *prize*), both in ASCII, joined with nothing between: a label always has 26
    characters, so that no other pair gives the same bytes. *prf* holds the `claim` keyset.
    """
    number = int.from_bytes(prf.value((label + prize).encode("ascii"))[:8], "big") >> 4
    payload = "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_PAYLOAD)))
    return _grouped(payload + _check_character(payload))


def normalise(text: str) -> str | None:
    """
    Read a typed code and return it as `code_for` writes it; None if it is not a code.

    It is read leniently (`crockford.parse`). The check character must fit: it reveals every single wrong character, and
    every exchange of two neighbours but that of 0 and Z.
    """
    if len(text) > _MOST_CHARACTERS:
        return None
    typed = parse(text)
    if len(typed) != LENGTH or not _VALUES.keys() >= set(typed):
        return None
    if typed[_PAYLOAD] != _check_character(typed[:_PAYLOAD]):
        return None
    return _grouped(typed)


def _check_character(payload: str) -> str:
    """Compute Luhn mod 32: double every second value from the right, add the digits in base 32, complete to 32."""
    total = 0
    for place, character in enumerate(reversed(payload)):
        value = _VALUES[character] * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]


def _grouped(characters: str) -> str:
    return "-".join(characters[at : at + _GROUP] for at in range(0, len(characters), _GROUP))
