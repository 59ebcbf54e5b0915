"""
Confirm codes: an operator sees first and acts second.

A call without a code says what would happen and gives a code: a short keyed hash of the step, of the ids and states
that bear on the decision, and of who asked. If these change in between, if fifteen minutes pass, or if somebody else
enters it, the code does not fit. What one person must not do alone, another one must enter the code for (`OfTwo`).
"""

import contextlib
import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.errors import Problem, Refused
from prizedraw.ports import Clock, Conflict, Create, Store
from prizedraw.records.running import ONLY, ConfirmKey, JournalRow
from prizedraw.runtime import journal
from prizedraw.runtime.orders import Caller
from prizedraw.times import stamp
from prizedraw.typed.crockford import ALPHABET, parse

LIFETIME_MINUTES = 15
_HALF = 4
"""Of eight symbols so many are of the state of affairs alone, and tell a code of somebody else from a wrong one."""

WRONG_CODE = Problem(
    "E-140",
    "確認コードが一致しません。コードは発行から{minutes}分間だけ有効で、その間に状況が変わった場合も使えなくなります。"
    "いま一度、確認コードを除いた本文（{{}} など）で実行し、表示された新しいコードを指定してください。",
)
OTHERS_CODE = Problem(
    "E-141",
    "この確認コードは、あなたに表示されたものではありません（または打ち間違いです）。確認コードは、表示させた本人だけが使えます。"
    "ご自分のアカウントで、確認コードを除いた本文（{{}} など）で実行し、内容を読んでから、"
    "表示されたコードを指定してください。",
)
OWN_CODE = Problem(
    "E-142",
    "この操作には担当者が二人要ります。この確認コードは、あなたが表示させたものです。"
    "表示から{minutes}分以内に、別の担当者が、ご自分のアカウントで、同じ本文とこの確認コードを入れて実行してください。",
)

Decision = Mapping[str, str | int]
"""Ids, hashes, counts and times that bear on a decision; never an address."""


def consent(
    given: str | None, *, caller: Caller, step: str, decision: Decision, state: Store, clock: Clock
) -> str | None:
    """
    Return None if the step may act now, else the code that the caller must repeat.

    The scheduler's account needs no code: the step itself decides whether its time has come.

    Raises:
        Refused: the *given* code is wrong, too old, was for another state of affairs, or for somebody else.
    """
    if caller.scheduled:
        return None
    key = _key(state)
    now = clock()
    if given is None:
        return _shown(_bound(key, step, decision, _slot(now), caller.principal))
    wanted, slots = _read(given), _slots(now)
    if any(_same(_bound(key, step, decision, slot, caller.principal), wanted) for slot in slots):
        return None
    is_whole = len(wanted) == 2 * _HALF
    if is_whole and any(_same(_affairs(key, step, decision, slot), wanted[:_HALF]) for slot in slots):
        raise Refused(OTHERS_CODE)
    raise Refused(WRONG_CODE, minutes=LIFETIME_MINUTES)


@dataclass(frozen=True, kw_only=True)
class OfTwo:
    """
    What one operator asks for and another lets happen: the code that one is shown must be entered by another.

    Who asked is known by their row in the journal, under *action*; whoever enters the code is the *caller* then.
    """

    caller: Caller
    step: str
    action: str
    decision: Decision
    state: Store
    clock: Clock

    def ask(self, counts: Mapping[str, int] | None = None) -> str:
        """Return the code that another operator must enter; the journal names who asked before anybody sees it."""
        code = _alone(_key(self.state), self.step, self.decision, _slot(self.clock()), self.caller.principal)
        self.state.commit([journal.entry(self.clock, self.caller, self.step, self.action, counts=counts)])
        return _shown(code)

    def agreed(self, given: str) -> JournalRow:
        """
        Return the journal's row of who asked, if the caller is another one and the code is theirs.

        Raises:
            Refused: the *given* code is the caller's own, wrong, too old, or was for another state of affairs.
        """
        key, now, wanted = _key(self.state), self.clock(), _read(given)
        oldest = stamp(now - timedelta(minutes=LIFETIME_MINUTES + 1))
        rows = [row for row in self.state.scan(JournalRow) if row.at >= oldest]
        for row in (row for row in rows if (row.step, row.action) == (self.step, self.action)):
            codes = (_alone(key, self.step, self.decision, slot, row.principal) for slot in _slots(now))
            if any(_same(code, wanted) for code in codes):
                if _who(row.principal) == _who(self.caller.principal):
                    raise Refused(OWN_CODE, minutes=LIFETIME_MINUTES)
                return row
        raise Refused(WRONG_CODE, minutes=LIFETIME_MINUTES)


def press(code: str, order: Mapping[str, object] | None = None) -> str:
    """Say which body lets the step act: the *order* as it was, together with the *code*."""
    return f"{LIFETIME_MINUTES}分以内に、本文を {_body(code, order)} にして実行してください。"


def press_by_another(code: str, order: Mapping[str, object] | None = None) -> str:
    """Say that another operator must press, with which body, and until when (`OfTwo`)."""
    return (
        "この操作には担当者が二人要ります。あなたが確認コードを入れても、実行されません。"
        f"{LIFETIME_MINUTES}分以内に、別の担当者が、ご自分のアカウントで、"
        f"本文を {_body(code, order)} にして実行してください。"
        "二人の名前（アカウント）は作業の記録に残ります。"
    )


def _body(code: str, order: Mapping[str, object] | None) -> str:
    return json.dumps({**(order or {}), "confirm": code}, ensure_ascii=False)


def _read(given: str) -> str:
    """Read a typed code: width, case, hyphens and blanks do not matter; O is 0, I and L are 1."""
    return "".join(character for character in parse(given) if character in ALPHABET)


def _slot(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def _slots(now: datetime) -> range:
    """Return the minutes of which codes are taken now."""
    return range(_slot(now) - LIFETIME_MINUTES, _slot(now) + 1)


def _who(principal: str) -> str:
    """Return an account as it is compared: addresses of Google accounts have no case."""
    return principal.casefold()


def _affairs(key: bytes, step: str, decision: Decision, slot: int) -> str:
    """Return the half of a code that is of the state of affairs alone."""
    return _symbols(key, [step, sorted(decision.items()), slot], _HALF)


def _bound(key: bytes, step: str, decision: Decision, slot: int, principal: str) -> str:
    """Return the code of whoever asked: a half of the state of affairs, and one of both."""
    whose = _symbols(key, [step, sorted(decision.items()), slot, _who(principal)], _HALF)
    return _affairs(key, step, decision, slot) + whose


def _alone(key: bytes, step: str, decision: Decision, slot: int, principal: str) -> str:
    """Return the code of whoever asked for what needs two: no symbol of it is in anybody else's."""
    return _symbols(key, ["two", step, sorted(decision.items()), slot, _who(principal)], 2 * _HALF)


def _symbols(key: bytes, facts: Sequence[object], count: int) -> str:
    """Return a keyed hash of *facts*, in so many symbols of 5 bits; at most 8."""
    message = json.dumps(facts, ensure_ascii=True).encode()
    digest = int.from_bytes(hmac.digest(key, message, "sha256")[:5], "big")
    return "".join(ALPHABET[digest >> shift & 31] for shift in range(35, 35 - 5 * count, -5))


def _shown(code: str) -> str:
    return f"{code[:_HALF]}-{code[_HALF:]}"


def _same(code: str, wanted: str) -> bool:
    return hmac.compare_digest(code.encode(), wanted.encode())


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
