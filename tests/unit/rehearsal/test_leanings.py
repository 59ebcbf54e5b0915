"""Invented entrants are skewed as real ones are, so that what a rehearsal shows is what a campaign will look like."""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any

import pytest

from prizedraw.rehearsal.entrants import form_of, responses_of
from support.builders import CAMPAIGN

COUNT = 2_000
FORM = form_of(CAMPAIGN)
TITLES = {question.name: question.title for question in CAMPAIGN.asked()}
IDS = {
    item["title"]: item["questionItem"]["question"]["questionId"] for item in FORM["items"] if "questionItem" in item
}
AGES = CAMPAIGN.questions.age_group.options


@cache
def rows() -> list[dict[str, Any]]:
    return responses_of(CAMPAIGN, FORM, COUNT, 3)


def given(name: str) -> list[list[str]]:
    """Return what each response answers to a question."""
    none: dict[str, dict[str, list[dict[str, str]]]] = {"textAnswers": {"answers": []}}
    answers = [row["answers"].get(IDS[TITLES[name]], none) for row in rows()]
    return [[answer["value"] for answer in given["textAnswers"]["answers"]] for given in answers]


def shares(name: str) -> dict[str, float]:
    """Return the share of each answer to a question among all entrants."""
    return {option: number / COUNT for option, number in Counter(chain(*given(name))).items()}


def test_few_come_from_abroad_and_most_from_near() -> None:
    found = shares("area")
    assert found["海外"] < 0.06
    assert found["その他の道府県"] < 0.1
    assert max(found, key=lambda option: found[option]) == "新宿区"
    assert found["新宿区"] > 0.25


def test_the_middle_ages_are_most_and_children_fewest() -> None:
    found = shares("age_group")
    assert found["30代"] + found["40代"] + found["50代"] > 0.5
    assert found["10歳未満"] < found["10代"] < found["20代"] < found["40代"]
    assert found["回答しない"] < 0.05


def test_every_option_is_chosen_by_somebody() -> None:
    for question in CAMPAIGN.asked():
        if question.kind in ("choice", "choices"):
            assert shares(question.name).keys() == set(question.options), question.name


@pytest.mark.parametrize("name", ["area", "source"])
def test_answers_go_with_the_age(name: str) -> None:
    """The first option has not the same share among the young and the old; of independent answers it would."""
    first = CAMPAIGN.survey_question(name).options[0] if name != "area" else CAMPAIGN.questions.area.options[0]
    young, old = AGES[1:4], AGES[5:8]
    parts = []
    for ages in (young, old):
        among = [mine for age, mine in zip(given("age_group"), given(name), strict=True) if set(age) & set(ages)]
        parts.append(sum(mine == [first] for mine in among) / len(among))
    assert abs(parts[0] - parts[1]) > 0.1


def test_who_was_at_many_museums_is_more_content() -> None:
    best = CAMPAIGN.survey_question("satisfaction").options[0]
    museums, content = given("museums"), given("satisfaction")
    many = [mine == [best] for at, mine in zip(museums, content, strict=True) if len(at) >= 4]
    few = [mine == [best] for at, mine in zip(museums, content, strict=True) if 1 <= len(at) <= 2]
    assert sum(many) / len(many) > sum(few) / len(few) + 0.1


def test_museums_are_not_visited_alike() -> None:
    found = [shares("museums")[option] for option in CAMPAIGN.survey_question("museums").options]
    assert found == sorted(found, reverse=True)
    assert found[0] > found[-1] + 0.2
    assert {len(one) for one in given("museums")} >= {1, 2, 3, 4, 5}


def test_people_press_by_day() -> None:
    hours = Counter((datetime.fromisoformat(row["createTime"][:19]) + timedelta(hours=9)).hour for row in rows())
    night, noon, evening = (sum(hours[hour] for hour in some) for some in ((2, 3, 4), (11, 12, 13), (19, 20, 21)))
    assert 0 < night * 5 < min(noon, evening)
