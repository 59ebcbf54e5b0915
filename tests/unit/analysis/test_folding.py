"""What is counted together: which kinds become one, and in which order the kinds then stand."""

from prizedraw.analysis.folding import Fold, counts, folds
from prizedraw.analysis.tables import EVERYBODY, Relation, Variable
from prizedraw.analysis.tally import AGE, Tally
from prizedraw.campaign.checks import OTHER, UNANSWERED
from support import visitors
from support.envelopes import sealed

ELDER, YOUNGER = "30代以上・無回答", "20代以下"


def wish(*kinds: str) -> tuple[str, ...]:
    """Return the kinds of a question whose 原画 is counted with no answer, folded."""
    asks = visitors.questions()
    asks["survey"][0]["unanswered_with"] = "原画"
    return folds(visitors.small(questions=asks), {"wish": Variable("wish", kinds)})["wish"].coarse.kinds


def ages(*kinds: str) -> tuple[str, ...]:
    """Return the kinds of the ages, folded to groups of which the elder are named first, and no answer with them."""
    asks = visitors.questions()
    options = asks["age_group"]["options"]
    asks["age_group"]["groups"] = [
        {"name": ELDER, "options": [*options[2:], UNANSWERED]},
        {"name": YOUNGER, "options": options[:2]},
    ]
    return folds(visitors.small(questions=asks), {AGE: Variable(AGE, kinds)})[AGE].coarse.kinds


def test_one_kind_stands_where_the_first_of_its_parts_stood() -> None:
    assert wish("バッジ", "原画", UNANSWERED) == ("バッジ", "原画・無回答")


def test_what_is_no_option_goes_where_no_answer_goes() -> None:
    assert wish("原画", "バッジ", OTHER, UNANSWERED) == ("原画・無回答", "バッジ")
    assert ages("10代", "20代", "30代以上", OTHER, UNANSWERED) == (ELDER, YOUNGER)


def test_groups_stand_in_the_order_of_the_campaign_file() -> None:
    assert ages("10代", "20代", "30代以上", UNANSWERED) == (ELDER, YOUNGER)
    assert ages("10代") == (YOUNGER,)


FINE, COARSE = Variable("v", ("1", "2", "3")), Variable("v/folded", ("1・2", "3"))
FOLD = Fold(COARSE, FINE, {"1": "1・2", "2": "1・2", "3": "3"})


def test_who_is_of_a_kind_is_of_one_of_its_parts() -> None:
    assert FOLD.parts("1・2") == [("v", "1"), ("v", "2")]
    assert FOLD.parts("3") == [("v", "3")]


def test_an_attacker_knows_that_the_parts_add_up() -> None:
    one, two, three = (frozenset({("v", kind)}) for kind in FINE.kinds)
    both, rest = (frozenset({("v/folded", kind)}) for kind in COARSE.kinds)
    variables = frozenset({FINE, COARSE})
    assert FOLD.relations() == [
        Relation({both: -1, one: 1, two: 1}, variables),
        Relation({rest: -1, three: 1}, variables),
    ]


def test_only_what_the_campaign_file_folds_is() -> None:
    kinds = {"wish": Variable("wish", ("原画", UNANSWERED)), AGE: Variable(AGE, ("10代",))}
    assert folds(visitors.small(), kinds) == {}


def test_entries_are_counted_by_coarse_kinds_and_by_fine_ones() -> None:
    asks = visitors.questions()
    asks["survey"][0]["unanswered_with"] = "原画"
    campaign = visitors.small(questions=asks)
    tally = Tally(campaign)
    for wish in ("原画", "バッジ", "", "原画"):
        tally.add(sealed(wish=wish), ())
    both, fine = frozenset({("wish/folded", "原画・無回答")}), frozenset({("wish", "原画")})
    found = counts(tally, folds(campaign, tally.variables()), [EVERYBODY, both, fine])
    assert found == {EVERYBODY: 4, both: 3, fine: 2}
