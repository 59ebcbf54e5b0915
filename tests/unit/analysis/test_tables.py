"""What a published table is: which numbers it has, and what ties them together."""

from prizedraw.analysis.tables import (
    EVERYBODY,
    Key,
    Layout,
    Protected,
    Relation,
    Side,
    Table,
    Variable,
    answered,
    determined,
    scored,
)

AGE = Variable("age_group", ("10代", "20代"))
AREA = Variable("area", ("新宿区", "海外", "無回答"))
X, Y, NONE = (Variable(name, ("はい", "いいえ")) for name in ("x", "y", "none"))


def key(**conditions: str) -> Key:
    return frozenset(conditions.items())


class TestLayout:
    def test_has_cells_totals_of_both_sides_and_everybody(self) -> None:
        layout = Layout("age-area", "年代と地域", Side.of("年代", AGE), Side.of("地域", AREA))
        assert layout.keys() == [
            key(age_group="10代", area="新宿区"),
            key(age_group="10代", area="海外"),
            key(age_group="10代", area="無回答"),
            key(age_group="10代"),
            key(age_group="20代", area="新宿区"),
            key(age_group="20代", area="海外"),
            key(age_group="20代", area="無回答"),
            key(age_group="20代"),
            key(area="新宿区"),
            key(area="海外"),
            key(area="無回答"),
            EVERYBODY,
        ]

    def test_of_one_way_has_its_kinds_and_everybody(self) -> None:
        assert Layout("age", "年代", Side.of("年代", AGE)).keys() == [
            key(age_group="10代"),
            key(age_group="20代"),
            EVERYBODY,
        ]

    def test_may_head_rows_with_options_of_which_several_are_chosen(self) -> None:
        side = Side.among("訪れた施設", [("歴史博物館", X), ("記念館", Y)], "はい")
        layout = Layout("museums", "訪れた施設", side, Side.of("年代", AGE))
        assert layout.key(1, 0) == key(y="はい", age_group="10代")
        assert layout.key(1) == key(y="はい")
        assert layout.key(column=0) == key(age_group="10代")
        assert [item.label for item in side.items] == ["歴史博物館", "記念館"]
        assert layout.variables == {X, Y, AGE}


class TestTable:
    def test_takes_what_it_publishes_and_0_for_what_was_never_counted(self) -> None:
        counts = {EVERYBODY: 7, key(age_group="10代"): 7, key(area="海外"): 2}
        table = Table.of(Layout("age", "年代", Side.of("年代", AGE)), counts)
        assert table.counts == {key(age_group="10代"): 7, key(age_group="20代"): 0, EVERYBODY: 7}

    def test_once_protected_gives_numbers_by_place(self) -> None:
        layout = Layout("age", "年代", Side.of("年代", AGE))
        shown = Protected(layout, {key(age_group="10代"): None, key(age_group="20代"): 30, EVERYBODY: 33})
        assert (shown.number(0), shown.number(1), shown.number()) == (None, 30, 33)


class TestRelations:
    def test_a_score_is_the_number_of_right_answers(self) -> None:
        score = Variable("score", ("0", "1", "2"))
        quiz = [Variable(name, ("正解", "不正解")) for name in ("q1", "q2")]
        variables = frozenset({score, *quiz})
        assert scored(score, quiz, "正解") == [
            Relation(
                {key(score=n, q1="正解"): 1, key(score=n, q2="正解"): 1, key(score=n): -int(n)},
                variables,
            )
            for n in ("0", "1", "2")
        ]

    def test_who_answered_chose_an_option_and_who_did_not_chose_none(self) -> None:
        relations = answered([X, Y], NONE, "はい", "いいえ", within=[Variable("age_group", ("10代",))])
        some_option, no_x, no_y, *of_teens = [relation.factors for relation in relations]
        assert some_option == {key(x="はい"): 1, key(y="はい"): 1, key(none="いいえ"): -1}
        assert no_x == {key(none="いいえ"): 1, key(x="はい"): -1}
        assert no_y == {key(none="いいえ"): 1, key(y="はい"): -1}
        assert of_teens == [
            {one | key(age_group="10代"): factor for one, factor in factors.items()}
            for factors in (some_option, no_x, no_y)
        ]
        assert all(relation.at_least for relation in relations)

    def test_it_holds_among_people_of_two_kinds_at_once_for_who_knows_these(self) -> None:
        within = [Variable("age_group", ("10代",)), Variable("area", ("海外",))]
        relations = answered([X, Y], NONE, "はい", "いいえ", within=within)
        both = [relation for relation in relations if relation.jointly]
        who = key(age_group="10代", area="海外")
        assert [relation.factors for relation in both] == [
            {who | key(x="はい"): 1, who | key(y="はい"): 1, who | key(none="いいえ"): -1},
            {who | key(none="いいえ"): 1, who | key(x="はい"): -1},
            {who | key(none="いいえ"): 1, who | key(y="はい"): -1},
        ]

    def test_an_outcome_follows_from_what_determines_it(self) -> None:
        prize, wish = Variable("prize", ("はい", "いいえ")), Variable("wish", ("賞品", "無回答"))
        relations = determined(prize, [X, wish], lambda kinds: "はい" if kinds == ("はい", "賞品") else "いいえ")
        assert [relation.factors for relation in relations] == [
            {key(prize="はい"): -1, key(x="はい", wish="賞品"): 1},
            {
                key(prize="いいえ"): -1,
                key(x="はい", wish="無回答"): 1,
                key(x="いいえ", wish="賞品"): 1,
                key(x="いいえ", wish="無回答"): 1,
            },
        ]
        assert {relation.variables for relation in relations} == {frozenset({prize, X, wish})}
