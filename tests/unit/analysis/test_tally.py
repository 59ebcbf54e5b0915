"""Counting: what is told apart, what is left open, what is typed in another way; nothing is kept about anybody."""

import tracemalloc
from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prizedraw.analysis.tables import EVERYBODY, Key
from prizedraw.analysis.tally import (
    AGE,
    AREA,
    DAY,
    NO,
    RIGHT,
    SCORE,
    WRONG,
    YES,
    Tally,
    chosen,
    stands_for,
    variables,
)
from prizedraw.campaign.checks import OTHER, UNANSWERED
from prizedraw.errors import Broken
from support.envelopes import sealed
from support.visitors import AGES, AREAS, CAMPAIGN

RIGHT_ANSWERS = {question.id: question.answers[0] for question in CAMPAIGN.questions.quiz}
QUIZ = CAMPAIGN.questions.quiz[0].id


def tally(*plaintexts: bytes, prizes: Sequence[str] = ()) -> Tally:
    counted = Tally(CAMPAIGN)
    for plaintext in plaintexts:
        counted.add(plaintext, prizes)
    return counted


def key(**conditions: str) -> Key:
    return frozenset(conditions.items())


def of(variable: str, kind: str) -> Key:
    return frozenset({(variable, kind)})


class TestOneChoice:
    @pytest.mark.parametrize("typed", ["20代", "２０代", " 20代 ", "20代\n"])
    def test_an_option_is_known_however_it_is_typed(self, typed: str) -> None:
        assert tally(sealed(age_group=typed)).count(of(AGE, "20代")) == 1

    @pytest.mark.parametrize("given", [[], [""], ["　"], ["", " "]])
    def test_nothing_is_no_answer(self, given: list[str]) -> None:
        assert tally(sealed(wish=given)).count(of("wish", UNANSWERED)) == 1
        assert tally(sealed()).count(of("wish", UNANSWERED)) == 1

    @pytest.mark.parametrize("given", [["ピアス"], ["原画", "バッジ"], ["原画", ""]])
    def test_what_is_no_option_is_another_answer(self, given: list[str]) -> None:
        assert tally(sealed(wish=given)).count(of("wish", OTHER)) == 1

    def test_several_answers_where_one_may_be_given_are_told(self) -> None:
        assert tally(sealed(wish=["原画", "バッジ"])).irregular == 1
        assert tally(sealed(wish="原画", museums=["歴史博物館", "漱石山房"])).irregular == 0

    def test_the_kind_of_other_answers_is_there_only_if_somebody_gave_one(self) -> None:
        assert OTHER not in tally(sealed(wish="原画")).variables()["wish"].kinds
        assert OTHER in tally(sealed(wish="ピアス")).variables()["wish"].kinds


class TestSeveralChoices:
    def test_each_option_is_counted_by_itself(self) -> None:
        counted = tally(sealed(museums=["歴史博物館", "漱石山房"]), sealed(museums="漱石山房"), sealed())
        assert [counted.count(of(chosen("museums", n), YES)) for n in range(4)] == [1, 2, 0, 1]
        assert [counted.count(of(chosen("museums", n), NO)) for n in range(4)] == [2, 1, 3, 2]

    def test_an_option_given_twice_counts_once(self) -> None:
        assert tally(sealed(museums=["漱石山房", "漱石山房 ", ""])).count(of(chosen("museums", 1), YES)) == 1

    def test_an_empty_one_beside_an_option_is_none(self) -> None:
        counted = tally(sealed(museums=["漱石山房", ""]), sealed(museums=["", " "]))
        assert [counted.count(of(chosen("museums", n), YES)) for n in range(4)] == [0, 1, 0, 1]

    def test_the_variable_of_other_answers_is_there_only_if_somebody_gave_one(self) -> None:
        assert chosen("museums", 2) not in tally(sealed(museums="漱石山房")).variables()
        assert chosen("museums", 2) in tally(sealed(museums="隣の喫茶店")).variables()


class TestQuiz:
    def test_right_wrong_and_open(self) -> None:
        for typed, kind in ((RIGHT_ANSWERS[QUIZ], RIGHT), ("わかりません", WRONG), ("", UNANSWERED)):
            assert tally(sealed(**{QUIZ: typed})).count(of(QUIZ, kind)) == 1

    def test_two_answers_are_wrong_even_if_both_are_right(self) -> None:
        twice: dict[str, Any] = {QUIZ: [RIGHT_ANSWERS[QUIZ], RIGHT_ANSWERS[QUIZ]]}
        counted = tally(sealed(**twice))
        assert (counted.count(of(QUIZ, WRONG)), counted.count(of(SCORE, "0"))) == (1, 1)

    @pytest.mark.parametrize("rights", range(6))
    def test_the_score_is_the_number_of_right_answers(self, rights: int) -> None:
        counted = tally(sealed(**dict(list(RIGHT_ANSWERS.items())[:rights])))
        assert counted.count(of(SCORE, str(rights))) == 1


class TestTheRest:
    def test_days_are_those_of_the_entry_period(self) -> None:
        days = variables(CAMPAIGN)[DAY].kinds
        assert (days[0], days[-1], len(days)) == ("2026-02-03", "2026-03-01", 27)
        assert tally(sealed("2026-03-01")).count(of(DAY, "2026-03-01")) == 1

    def test_free_text_is_there_or_not(self) -> None:
        counted = tally(sealed(comments="よかった"), sealed(comments=" \n"), sealed())
        assert (counted.count(of("comments", YES)), counted.count(of("comments", NO))) == (1, 2)

    def test_prizes_are_counted_alone_and_together(self) -> None:
        counted = tally(sealed(), sealed(), prizes=["A", "B"])
        counted.add(sealed(), [])
        assert counted.count(of(stands_for("A"), YES)) == 2
        assert counted.together == {("A", "B"): 2, (): 1}

    @pytest.mark.parametrize(
        "plaintext", [b"", b"\xff", b"[]", b"{}", b'{"day":"2026-02-03"}', b'{"day":1,"answers":{}}', b"[" * 100_000]
    )
    def test_something_else_is_refused_without_repeating_it(self, plaintext: bytes) -> None:
        with pytest.raises(Broken) as caught:
            tally(plaintext)
        assert caught.value.__cause__ is None
        assert caught.value.problem.code == "E-120"


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {},
        optional={
            "age_group": st.sampled_from([*AGES, "火星"]),
            "area": st.sampled_from(AREAS),
            "wish": st.sampled_from(["原画", "バッジ", ""]),
            "museums": st.lists(st.sampled_from(["歴史博物館", "漱石山房", "駅"]), max_size=3),
            "comments": st.sampled_from(["よい", "　"]),
            QUIZ: st.sampled_from([RIGHT_ANSWERS[QUIZ], "？"]),
        },
    ),
    max_size=12,
)


class TestCrossed:
    @settings(max_examples=40)
    @given(ENTRIES)
    def test_kinds_add_up_within_every_group(self, entries: list[dict[str, Any]]) -> None:
        counted = tally(*(sealed(**entry) for entry in entries))
        known = counted.variables()
        assert counted.count(EVERYBODY) == counted.size == len(entries)
        groups = [
            EVERYBODY,
            *(of(AGE, kind) for kind in known[AGE].kinds),
            *(of(AREA, kind) for kind in known[AREA].kinds),
        ]
        groups += [of(AGE, age) | of(AREA, area) for age, area in product(known[AGE].kinds, known[AREA].kinds)]
        for group in groups:
            for variable in known.values():
                if variable.name not in dict(group):
                    parts = sum(counted.count(group | of(variable.name, kind)) for kind in variable.kinds)
                    assert parts == counted.count(group)

    def test_a_cell_is_who_meets_both(self) -> None:
        counted = tally(sealed(age_group="20代", area="新宿区", wish="原画"), sealed(age_group="20代", wish="バッジ"))
        assert counted.count(key(age_group="20代", wish="原画")) == 1
        assert counted.count(key(age_group="20代", area="新宿区")) == 1
        assert counted.count(key(area="新宿区", wish="バッジ")) == 0


def test_memory_does_not_grow_with_what_is_typed() -> None:
    counted = Tally(CAMPAIGN)

    def kept_after(since: int) -> int:
        for number in range(since, since + 5_000):
            counted.add(sealed(wish=f"答え{number}", comments=f"感想{number}", **{QUIZ: f"{'長' * 200}{number}"}), ())
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    first = kept_after(0)  # what is remembered of answers is full by now
    second = kept_after(5_000)
    tracemalloc.stop()
    assert second - first < 20_000
