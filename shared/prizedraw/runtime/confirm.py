"""
Confirm codes: an operator sees first and acts second.

A call without a code says what would happen and gives a code: a short keyed hash of the step and of the ids and
states that bear on the decision. If these change in between, or fifteen minutes pass, the code no longer fits.
"""

import contextlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime

from prizedraw.errors import Problem, Refused
from prizedraw.ports import Clock, Conflict, Create, Store
from prizedraw.records.running import ONLY, ConfirmKey
from prizedraw.runtime.orders import Caller
from prizedraw.typed.crockford import ALPHABET, parse

LIFETIME_MINUTES = 15

WRONG_CODE = Problem(
    "E-140",
    "確認コードが一致しません。コードは発行から{minutes}分間だけ有効で、その間に状況が変わった場合も使えなくなります。"
    "いま一度、本文を {{}} にして実行し、表示された新しいコードを指定してください。",
)


def consent(
    given: str | None, *, caller: Caller, step: str, decision: Mapping[str, str | int], state: Store, clock: Clock
) -> str | None:
    """
    Return None if the step may act now, else the code that the caller must repeat.

    The scheduler's account needs no code: the step itself decides whether its time has come. *decision* holds ids,
    hashes, counts and times, never an address.

    Raises:
        Refused: the *given* code is wrong, too old, or was for another state of affairs.
    """
    if caller.scheduled:
        return None
    key = _key(state)
    now = clock()
    if given is None:
        return _code(key, step, decision, _slot(now))
    wanted = _read(given)
    for slot in range(_slot(now) - LIFETIME_MINUTES, _slot(now) + 1):
        if hmac.compare_digest(_code(key, step, decision, slot).replace("-", "").encode(), wanted.encode()):
            return None
    raise Refused(WRONG_CODE, minutes=LIFETIME_MINUTES)


def press(code: str, order: Mapping[str, object] | None = None) -> str:
    """Say which body lets the step act: the *order* as it was, together with the *code*."""
    body = json.dumps({**(order or {}), "confirm": code}, ensure_ascii=False)
    return f"{LIFETIME_MINUTES}分以内に、本文を {body} にして実行してください。"


def _read(given: str) -> str:
    """Read a typed code: width, case, hyphens and blanks do not matter; O is 0, I and L are 1."""
    return "".join(character for character in parse(given) if character in ALPHABET)


def _slot(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _code(key: bytes, step: str, decision: Mapping[str, str | int], slot: int) -> str:
    message = json.dumps([step, sorted(decision.items()), slot], ensure_ascii=True).encode()
    digest = int.from_bytes(hmac.digest(key, message, "sha256")[:5], "big")
    text = "".join(ALPHABET[digest >> shift & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}"


def _key(state: Store) -> bytes:
    """Return the campaign's key, made at first use; of two first uses at once one wins."""
    stored = state.get(ConfirmKey, ONLY)
    if stored is None:
        with contextlib.suppress(Conflict):
            state.commit([Create(ConfirmKey(ONLY, key=secrets.token_bytes(32)))])
        stored = state.get(ConfirmKey, ONLY)
    if stored is None:
        raise Refused(WRONG_CODE, minutes=LIFETIME_MINUTES)
    return stored.record.key
