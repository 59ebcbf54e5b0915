"""Confirm codes: see first, act second, within fifteen minutes and in the same state of affairs."""

import contextlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Refused
from prizedraw.ports import Conflict, Delete, Write
from prizedraw.records.running import ONLY, ConfirmKey, JournalRow
from prizedraw.runtime import confirm
from prizedraw.runtime.confirm import OfTwo
from prizedraw.runtime.orders import Caller
from support.faults import interposed

OPERATOR = Caller("hanako@example.jp", scheduled=False)
SECOND = Caller("taro@example.jp", scheduled=False)
SCHEDULER = Caller("scheduler@example.iam.gserviceaccount.com", scheduled=True)
DECISION = {"pool_hash": "ab" * 32, "entries": 500, "at": "2026-03-02T04:00:00Z"}


@dataclass
class Desk:
    """The console: one campaign's store and a clock that is moved by hand."""

    state: Memory = field(default_factory=lambda: Memory("rally"))
    now: datetime = datetime(2026, 3, 2, 4, 0, 0, tzinfo=UTC)

    def consent(self, given: str | None = None, caller: Caller = OPERATOR, **other: Any) -> str | None:
        asked = {"step": "freeze", "decision": DECISION, "state": self.state, **other}
        return confirm.consent(given, caller=caller, **{"clock": lambda: self.now, **asked})

    def two(self, caller: Caller = OPERATOR, **other: Any) -> OfTwo:
        asked = {"step": "erase", "action": "asked early", "decision": DECISION, **other}
        return OfTwo(caller=caller, state=self.state, clock=lambda: self.now, **asked)

    def code(self, **other: Any) -> str:
        code = self.consent(**other)
        assert code is not None
        return code


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_without_a_code_the_caller_gets_one_and_with_it_may_act(desk: Desk) -> None:
    code = desk.code()
    assert desk.consent(code) is None


def test_a_code_is_short_and_has_no_letter_that_is_misread(desk: Desk) -> None:
    for code in (desk.code(), desk.two().ask()):
        first, hyphen, last = code.partition("-")
        assert (len(first), hyphen, len(last)) == (4, "-", 4)
        assert set(first + last) <= set("0123456789ABCDEFGHJKMNPQRSTVWXYZ")


@pytest.mark.parametrize("of_two", [False, True])
def test_each_place_of_a_code_can_be_any_symbol(desk: Desk, of_two: bool) -> None:
    """So whoever guesses guesses out of 32^8."""
    codes = []
    for entries in range(1000):
        decision = {**DECISION, "entries": entries}
        codes.append(desk.two(decision=decision).ask() if of_two else desk.code(decision=decision))
    places = list(zip(*(code.replace("-", "") for code in codes), strict=True))
    assert [len(set(place)) for place in places] == [32] * 8


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=1), timedelta(minutes=14, seconds=59)])
def test_a_code_lives_fifteen_minutes(desk: Desk, later: timedelta) -> None:
    """At whatever second it was shown."""
    for second in range(60):
        desk.now = desk.now.replace(second=second)
        code = desk.code()
        assert desk.consent(code, clock=lambda: desk.now + later) is None


@pytest.mark.parametrize("later", [timedelta(minutes=16), timedelta(hours=1), timedelta(days=1), timedelta(minutes=-1)])
def test_a_code_does_not_outlive_its_minutes_and_is_of_no_use_before(desk: Desk, later: timedelta) -> None:
    code = desk.code()
    desk.now += later
    with pytest.raises(Refused) as caught:
        desk.consent(code)
    assert caught.value.problem == confirm.WRONG_CODE
    assert "{}" in caught.value.sentence


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": {**DECISION, "entries": 501}},
        {"decision": {**DECISION, "entries": "500"}},
        {"decision": {**DECISION, "new": 0}},
        {"decision": {k: v for k, v in DECISION.items() if k != "at"}},
        {"decision": {}},
        {"step": "draw"},
    ],
    ids=["another count", "another type", "one fact more", "one fact less", "no facts", "another step"],
)
def test_a_code_does_not_fit_another_state_of_affairs(desk: Desk, changed: dict[str, Any]) -> None:
    code = desk.code()
    with pytest.raises(Refused) as caught:
        desk.consent(code, **changed)
    assert caught.value.problem == confirm.WRONG_CODE


def test_the_order_in_which_the_facts_are_listed_does_not_matter(desk: Desk) -> None:
    assert desk.consent(desk.code(), decision=dict(reversed(DECISION.items()))) is None


def test_facts_that_were_typed_may_hold_whatever_a_json_text_can(desk: Desk) -> None:
    """Half of a character that JSON writes in two is no UTF-8, and no reason for a 500."""
    decision = {**DECISION, "why": json.loads('"\\ud842"')}
    assert desk.consent(desk.code(decision=decision), decision=decision) is None


def test_a_code_of_one_campaign_is_of_no_use_in_another(desk: Desk) -> None:
    with pytest.raises(Refused):
        Desk().consent(desk.code())


@pytest.mark.parametrize(
    "typed",
    [
        lambda code: code,
        lambda code: code.lower(),
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: code.replace("-", "ー"),
        lambda code: f"  {code}\n",
        lambda code: f"「{code}」",
        lambda code: "".join(chr(ord(c) + 0xFEE0) for c in code),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
    ],
    ids=[
        "as shown",
        "lower case",
        "no hyphen",
        "a blank",
        "a long vowel mark",
        "white space around",
        "in brackets",
        "full width",
        "O for 0, l for 1",
        "o for 0, I for 1",
    ],
)
def test_a_typed_code_is_read_forgivingly(desk: Desk, typed: Any) -> None:
    for entries in range(40):
        decision = {**DECISION, "entries": entries}
        assert desk.consent(typed(desk.code(decision=decision)), decision=decision) is None


@pytest.mark.parametrize("given", ["", "-", "0000-0000", "はい", "yes", "あ" * 8, "\ud800", "x" * 1000])
def test_what_is_no_code_is_refused(desk: Desk, given: str) -> None:
    with pytest.raises(Refused) as caught:
        desk.consent(given)
    assert caught.value.problem == confirm.WRONG_CODE


def test_part_of_a_code_is_not_enough(desk: Desk) -> None:
    code = desk.code()
    for wrong in (code[:-1], code[1:], code + "0", code + code):
        with pytest.raises(Refused):
            desk.consent(wrong)


def test_the_scheduler_needs_no_code_and_leaves_no_key(desk: Desk) -> None:
    assert desk.consent(caller=SCHEDULER) is None
    assert desk.consent("0000-0000", caller=SCHEDULER) is None
    assert desk.state.get(ConfirmKey, ONLY) is None


def test_the_key_is_made_once_and_is_long(desk: Desk) -> None:
    desk.code()
    first = desk.state.get(ConfirmKey, ONLY)
    desk.code(step="draw")
    second = desk.state.get(ConfirmKey, ONLY)
    assert first is not None
    assert second is not None
    assert first.record == second.record
    assert len(first.record.key) == 32


class _Overtaken(Memory):
    """A store in which another instance makes its key just before ours is written."""

    def commit(self, writes: Sequence[Write]) -> object:
        super().commit(writes)
        raise Conflict


def test_of_two_first_uses_at_once_the_stored_key_counts() -> None:
    desk = Desk(state=_Overtaken("rally"))
    assert desk.consent(desk.code()) is None


def test_a_key_that_vanishes_between_two_looks_is_a_code_that_does_not_fit(desk: Desk) -> None:
    """Whoever erases beside us costs an operator another press, and no alarm."""

    def vanish(kind: object, _: str) -> None:
        if kind is ConfirmKey:
            desk.state.commit([Delete(ConfirmKey, ONLY)])

    code = desk.code()
    vanishing = interposed(desk.state, get=vanish)
    for given in (code, None):
        with pytest.raises(Refused) as caught:
            desk.consent(given, state=vanishing)
        assert caught.value.problem.code == "E-140"


class TestWhoAsked:
    def test_a_code_is_bound_to_the_caller(self, desk: Desk) -> None:
        code = desk.code()
        with pytest.raises(Refused) as caught:
            desk.consent(code, SECOND)
        assert caught.value.problem == confirm.OTHERS_CODE
        assert "表示させた本人だけ" in caught.value.sentence
        assert desk.consent(code) is None

    def test_another_gets_one_of_their_own_and_both_serve(self, desk: Desk) -> None:
        mine, theirs = desk.code(), desk.code(caller=SECOND)
        assert mine != theirs
        assert desk.consent(mine) is None
        assert desk.consent(theirs, SECOND) is None

    def test_an_account_has_no_case(self, desk: Desk) -> None:
        assert desk.consent(desk.code(), Caller("Hanako@Example.JP", scheduled=False)) is None

    def test_a_wrong_code_is_not_called_somebody_else_s(self, desk: Desk) -> None:
        desk.code()
        with pytest.raises(Refused) as caught:
            desk.consent("0000-0000", SECOND)
        assert caught.value.problem == confirm.WRONG_CODE

    def test_an_old_code_of_somebody_else_is_but_old(self, desk: Desk) -> None:
        code = desk.code()
        desk.now += timedelta(minutes=16)
        with pytest.raises(Refused) as caught:
            desk.consent(code, SECOND)
        assert caught.value.problem == confirm.WRONG_CODE


class TestOfTwo:
    """What one operator asks for and another lets happen."""

    def test_another_operator_enters_the_code_and_both_are_known(self, desk: Desk) -> None:
        code = desk.two().ask({"forfeits": 5})
        row = desk.two(SECOND).agreed(code)
        assert (row.principal, row.step, row.action, row.counts) == (
            OPERATOR.principal,
            "erase",
            "asked early",
            {"forfeits": 5},
        )
        assert list(desk.state.scan(JournalRow)) == [row]

    def test_who_asked_is_refused_and_told_who_must_do_what(self, desk: Desk) -> None:
        code = desk.two().ask()
        for same in (OPERATOR, Caller(OPERATOR.principal.upper(), scheduled=False)):
            with pytest.raises(Refused) as caught:
                desk.two(same).agreed(code)
            assert caught.value.problem == confirm.OWN_CODE
        assert "15分以内に、別の担当者が" in caught.value.sentence

    def test_both_may_ask_and_each_may_enter_the_other_s(self, desk: Desk) -> None:
        mine, theirs = desk.two().ask(), desk.two(SECOND).ask()
        assert desk.two(SECOND).agreed(mine).principal == OPERATOR.principal
        assert desk.two().agreed(theirs).principal == SECOND.principal
        with pytest.raises(Refused) as caught:
            desk.two(SECOND).agreed(theirs)
        assert caught.value.problem == confirm.OWN_CODE

    @pytest.mark.parametrize(
        "changed",
        [{"decision": {**DECISION, "entries": 501}}, {"step": "forfeit"}, {"action": "asked many"}],
        ids=["another state of affairs", "another step", "another word"],
    )
    def test_it_is_of_no_use_for_anything_else(self, desk: Desk, changed: dict[str, Any]) -> None:
        code = desk.two().ask()
        with pytest.raises(Refused) as caught:
            desk.two(SECOND, **changed).agreed(code)
        assert caught.value.problem == confirm.WRONG_CODE

    def test_it_lives_fifteen_minutes(self, desk: Desk) -> None:
        code = desk.two().ask()
        desk.now += timedelta(minutes=14, seconds=59)
        assert desk.two(SECOND).agreed(code).principal == OPERATOR.principal
        desk.now += timedelta(minutes=2)
        with pytest.raises(Refused) as caught:
            desk.two(SECOND).agreed(code)
        assert caught.value.problem == confirm.WRONG_CODE

    @pytest.mark.parametrize(("later", "serves"), [(15 * 60 + 29, True), (15 * 60 + 30, False)])
    def test_it_lives_to_the_end_of_its_last_minute_as_a_code_for_one_person_does(
        self, desk: Desk, later: int, serves: bool
    ) -> None:
        desk.now = desk.now.replace(second=30)
        for_two, for_one = desk.two().ask(), desk.code()
        desk.now += timedelta(seconds=later)
        for enter in (lambda: desk.two(SECOND).agreed(for_two), lambda: desk.consent(for_one)):
            with contextlib.nullcontext() if serves else pytest.raises(Refused):
                enter()

    def test_a_code_for_one_person_does_not_serve_for_two_nor_the_other_way_round(self, desk: Desk) -> None:
        for_two, for_one = desk.two().ask(), desk.code(step="erase")
        with pytest.raises(Refused):
            desk.consent(for_two, step="erase")
        for caller in (OPERATOR, SECOND):
            with pytest.raises(Refused) as caught:
                desk.two(caller).agreed(for_one)
            assert caught.value.problem == confirm.WRONG_CODE

    def test_what_nobody_asked_for_is_refused(self, desk: Desk) -> None:
        code = desk.two().ask()
        other = Desk(now=desk.now)
        for given in ("", "0000-0000", code):
            with pytest.raises(Refused):
                other.two(SECOND).agreed(given)

    def test_the_code_of_one_tells_nothing_of_another_s(self, desk: Desk) -> None:
        halves = [desk.two(caller).ask().split("-") for caller in (OPERATOR, SECOND)]
        assert halves[0][0] != halves[1][0]
        assert halves[0][1] != halves[1][1]

    def test_the_body_to_press_with_repeats_what_was_typed_as_it_was_typed(self) -> None:
        order = {"ward_value": "第3842号"}
        for said in (confirm.press("7K3M-9QXA", order), confirm.press_by_another("7K3M-9QXA", order)):
            assert '本文を {"ward_value": "第3842号", "confirm": "7K3M-9QXA"} にして実行してください。' in said

    def test_both_ways_of_pressing_say_how_long_the_code_lives(self) -> None:
        for said in (confirm.press("AAAA-BBBB", {"x": 1}), confirm.press_by_another("AAAA-BBBB", {"x": 1})):
            assert "15分以内に" in said
            assert '{"x": 1, "confirm": "AAAA-BBBB"}' in said
