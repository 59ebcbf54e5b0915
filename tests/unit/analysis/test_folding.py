"""What is counted together: which kinds become one, and in which order the kinds then stand."""

from prizedraw.analysis.folding import folds
from prizedraw.analysis.tables import Variable
from prizedraw.analysis.tally import AGE
from prizedraw.campaign.checks import OTHER, UNANSWERED
from support import visitors

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
