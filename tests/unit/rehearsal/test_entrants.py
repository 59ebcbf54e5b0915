"""Invented forms and entrants look exactly like those of the Forms API, and hold what every campaign meets."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from prizedraw.campaign.definition import Campaign, check, load
from prizedraw.rehearsal import phrases
from prizedraw.rehearsal.entrants import PER_MILLE, ResponseKind, Submission, form_of, history_of, responses_of
from prizedraw.times import instant, instant_of, moment_of
from prizedraw.typed.answers import normal
from support import google_discovery

FILE = Path(__file__).parents[3] / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
CAMPAIGN = load(FILE)
FORM = form_of(CAMPAIGN)
FORMS_API = google_discovery.load("forms.v1")
COUNT = 1_000
HISTORY = history_of(CAMPAIGN, FORM, COUNT, 7)
QUESTIONS = {item["title"]: item["questionItem"]["question"] for item in FORM["items"] if "questionItem" in item}
IDS = {question.name: QUESTIONS[question.title]["questionId"] for question in CAMPAIGN.asked()}


def collecting() -> Campaign:
    """Return a campaign whose form itself collects the addresses."""
    text = FILE.read_text(encoding="utf-8")
    campaign = check(text.replace('source: "question"\n    title: "メールアドレス"', 'source: "respondent"'))
    assert isinstance(campaign, Campaign)
    return campaign


def values(response: dict[str, Any], name: str) -> list[str]:
    """Return what one response answers to the question of a *name*."""
    answer = response["answers"].get(IDS[name], {"textAnswers": {"answers": []}})
    return [value["value"] for value in answer["textAnswers"]["answers"]]


def of(kind: ResponseKind) -> Iterator[Submission]:
    found = [press for press in HISTORY if press.kind is kind]
    assert found, f"no {kind}"
    yield from found


def person(address: str) -> str:
    """Fold case, width and spaces of an address."""
    return "".join(normal(address).split())


# The form.


@pytest.mark.parametrize("campaign", [CAMPAIGN, collecting()], ids=["asks", "collects"])
def test_the_form_is_one_of_the_forms_api(campaign: Campaign) -> None:
    google_discovery.check(FORMS_API, "Form", form_of(campaign))


def test_the_form_asks_what_the_campaign_file_says() -> None:
    assert FORM["formId"] == CAMPAIGN.form.id
    assert list(QUESTIONS) == [question.title for question in CAMPAIGN.asked()]
    for question in CAMPAIGN.asked():
        choice = QUESTIONS[question.title].get("choiceQuestion", {})
        assert [option["value"] for option in choice.get("options", ())][: len(question.options)] == list(
            question.options
        )
    assert [
        QUESTIONS[CAMPAIGN.survey_question(name).title]["choiceQuestion"]["type"] for name in ("wish", "museums")
    ] == [
        "RADIO",
        "CHECKBOX",
    ]
    assert "linkedSheetId" not in FORM
    assert [item["title"] for item in FORM["items"] if "pageBreakItem" in item] == ["クイズ", "アンケート"]


def test_ids_are_told_apart_and_stay_the_same() -> None:
    ids = [item["itemId"] for item in FORM["items"]] + [question["questionId"] for question in QUESTIONS.values()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[0-9a-f]{8}", name) for name in ids)
    assert form_of(CAMPAIGN) == FORM


def test_the_form_can_be_asked_without_quiz_and_survey() -> None:
    text = FILE.read_text(encoding="utf-8")
    start, end = text.index("  quiz:\n"), text.index("# 賞品。")
    text = re.sub(r"min_correct: \d", "min_correct: 0", text[:start] + "  quiz: []\n  survey: []\n" + text[end:])
    text = text.replace('question: "wish"', 'question: "area"').replace("どちらでもよい", "海外")
    campaign = check(text.replace('- "アクリルスタンド"', '- "新宿区"').replace('- "ピンバッジ"', '- "新宿区"'))
    assert isinstance(campaign, Campaign)
    form = form_of(campaign)
    google_discovery.check(FORMS_API, "Form", form)
    assert [item["title"] for item in form["items"]] == [
        "メールアドレス",
        "個人情報の取扱いについて",
        "年代",
        "お住まいの地域",
    ]
    for response in responses_of(campaign, form, 20, 1):
        google_discovery.check(FORMS_API, "FormResponse", response)
        assert not any("grade" in answer for answer in response["answers"].values())


# The responses.


def test_responses_are_those_of_the_forms_api() -> None:
    for response in responses_of(CAMPAIGN, FORM, COUNT, 7):
        google_discovery.check(FORMS_API, "FormResponse", response)
        assert "formId" not in response
        for question, answer in response["answers"].items():
            assert answer["questionId"] == question
            assert answer["textAnswers"]["answers"]
    assert {question for press in HISTORY for question in press.response["answers"]} == set(IDS.values())


@pytest.mark.parametrize("count", [0, 1, 10, 99, 100, 500])
def test_there_are_as_many_responses_as_asked_for(count: int) -> None:
    responses = responses_of(CAMPAIGN, FORM, count, 3)
    assert len(responses) == len({response["responseId"] for response in responses}) == count


def test_the_same_seed_invents_the_same_people_and_another_does_not() -> None:
    assert responses_of(CAMPAIGN, FORM, 50, 1) == responses_of(CAMPAIGN, FORM, 50, 1)
    ids = [{response["responseId"] for response in responses_of(CAMPAIGN, FORM, 50, seed)} for seed in (1, 2)]
    assert ids[0].isdisjoint(ids[1])


def test_responses_come_in_no_order() -> None:
    created = [instant(response["createTime"]) for response in responses_of(CAMPAIGN, FORM, 50, 1)]
    assert created != sorted(created)


def test_times_have_any_number_of_decimals_up_to_nine() -> None:
    decimals = Counter(len(time.rstrip("Z").partition(".")[2]) for time in map(_created, HISTORY))
    assert {0, 1, 3, 6, 9} <= decimals.keys() <= set(range(10))
    assert max(decimals, key=lambda digits: decimals[digits]) == 6
    assert any(press.response["lastSubmittedTime"] != press.response["createTime"] for press in of(ResponseKind.GOOD))


def _created(press: Submission) -> str:
    time: str = press.response["createTime"]
    return time


def test_the_forms_own_grading_is_by_the_letter() -> None:
    graded = [answer for press in HISTORY for answer in press.response["answers"].values()]
    assert {str(answer["grade"]) for answer in graded} == {"{}", "{'score': 1, 'correct': True}"}
    differing = 0
    for press in HISTORY:
        rows = press.response["answers"].values()
        total = sum(row["grade"].get("score", 0) for row in rows)
        assert press.response.get("totalScore", 0) == total
        answers = {name: values(press.response, name) for name in IDS}
        differing += CAMPAIGN.quiz_score(answers) != total
    assert differing > COUNT / 10


def test_an_address_that_the_form_collects_stands_beside_the_answers() -> None:
    campaign = collecting()
    form = form_of(campaign)
    assert form["settings"]["emailCollectionType"] == "RESPONDER_INPUT"
    for response in responses_of(campaign, form, 100, 1):
        google_discovery.check(FORMS_API, "FormResponse", response)
        assert response["respondentEmail"]
    assert not any("respondentEmail" in press.response for press in HISTORY)


# Submissions in time.


def test_the_history_ends_in_the_responses() -> None:
    last = {press.response["responseId"]: press.response for press in HISTORY}
    assert last == {response["responseId"]: response for response in responses_of(CAMPAIGN, FORM, COUNT, 7)}


def test_the_history_is_in_the_order_of_time() -> None:
    times = [instant(press.response["lastSubmittedTime"]) for press in HISTORY]
    assert times == sorted(times)
    assert [press.at for press in HISTORY] == [moment_of(time) for time in times]


def test_an_edit_keeps_id_and_creation_and_changes_the_rest() -> None:
    edits = Counter(press.response["responseId"] for press in HISTORY)
    edited = [press.kind for press in HISTORY if edits[press.response["responseId"]] == 2]
    assert set(edited) == {ResponseKind.EDITED, ResponseKind.MOVED, ResponseKind.EDITED_LATE}
    for kind in filter(None, set(edited)):
        versions: dict[str, list[dict[str, Any]]] = {}
        for press in of(kind):
            versions.setdefault(press.response["responseId"], []).append(press.response)
        for first, second in versions.values():
            assert first["createTime"] == second["createTime"]
            assert instant(first["lastSubmittedTime"]) < instant(second["lastSubmittedTime"])
            assert first["answers"] != second["answers"]
            assert (values(first, "email") != values(second, "email")) is (kind is ResponseKind.MOVED)


# What every campaign meets.


def test_kinds_have_their_shares() -> None:
    seen = {press.response["responseId"]: press.kind for press in HISTORY}
    counts = Counter(seen.values())
    assert {kind: counts[kind] for kind in PER_MILLE} == PER_MILLE
    assert set(Counter(press.kind for press in history_of(CAMPAIGN, FORM, 100, 1))) == set(ResponseKind)


def test_good_entries_are_in_time_up_to_the_edges() -> None:
    times = [instant(press.response["lastSubmittedTime"]) for press in of(ResponseKind.GOOD)]
    created = [instant(_created(press)) for press in of(ResponseKind.GOOD)]
    opens, closes = instant_of(CAMPAIGN.opens_at), instant_of(CAMPAIGN.closes_at)
    assert min(created) == opens
    assert max(times) < closes
    assert (moment_of(closes) - moment_of(max(created))).total_seconds() == pytest.approx(0.001)


def test_late_entries_are_late_by_seconds_and_one_by_nothing() -> None:
    late = sorted(
        (moment_of(instant(_created(press))) - CAMPAIGN.closes_at).total_seconds() for press in of(ResponseKind.LATE)
    )
    assert late[0] == 0
    assert late[-1] <= 91


def test_early_entries_and_late_edits() -> None:
    assert all(press.at < CAMPAIGN.opens_at for press in of(ResponseKind.EARLY))
    for press in of(ResponseKind.EDITED_LATE):
        assert moment_of(instant(_created(press))) < CAMPAIGN.closes_at
    assert any(press.at >= CAMPAIGN.closes_at for press in of(ResponseKind.EDITED_LATE))


def test_a_duplicate_is_a_known_address_typed_in_another_way() -> None:
    known = {person(address) for press in of(ResponseKind.GOOD) for address in values(press.response, "email")}
    typed = [values(press.response, "email")[0] for press in of(ResponseKind.DUPLICATE)]
    known |= {person(address) for press in of(ResponseKind.MOVED) for address in values(press.response, "email")}
    assert all(person(address) in known for address in typed)
    assert any(address != address.lower() for address in typed)
    assert any(not address.isascii() for address in typed)
    assert any(" " in address for address in typed)


def test_consent_is_refused_or_left_open() -> None:
    given = Counter(tuple(values(press.response, "consent")) for press in of(ResponseKind.NO_CONSENT))
    assert set(given) == {("同意しない",), ()}
    others = {
        tuple(values(press.response, "consent")) for press in HISTORY if press.kind is not ResponseKind.NO_CONSENT
    }
    assert others == {("同意する",)}


def test_addresses_are_at_example_domains_or_old_carrier_forms() -> None:
    for press in HISTORY:
        address = person(values(press.response, "email")[0])
        if press.kind is ResponseKind.OLD_CARRIER:
            assert re.fullmatch(r"[a-z.]+\d+\.@docomo\.ne\.jp|[a-z.]+\.\.\d+@docomo\.ne\.jp", address)
        elif press.kind is not ResponseKind.BAD_ADDRESS:
            assert re.fullmatch(r"[a-z]+\.[a-z]+\d+(\.new)?@example\.(jp|com)", address)
        else:
            assert not re.fullmatch(r"[a-z]+(\.[a-z0-9]+)*@[a-z]+(\.[a-z]+)+", address)


def test_wrong_answers_come_in_several_spellings_and_right_ones_too() -> None:
    key = CAMPAIGN.answer_key()
    typed = {name: {text for press in HISTORY for text in values(press.response, name)} for name in key}
    for name, accepted in key.items():
        right = {text for text in typed[name] if normal(text) in accepted}
        assert len(right) > len(accepted)
        assert len(typed[name] - right) >= 5


def test_free_text_is_whatever_people_write() -> None:
    written = [text for press in HISTORY for text in values(press.response, "comments")]
    for part in ("🎉", "👨‍👩‍👧‍👦", "𠮷", "髙﨑", "㈱", "\n", "\u202e", "<script>"):
        assert any(part in text for text in written), part
    for sign in ("=", "+", "-", "@", "\t", "＝"):
        assert any(text.startswith(sign) for text in written), sign
    assert max(map(len, written)) >= 3_000
    assert any(
        values(press.response, "email")[0] in text for press in HISTORY for text in values(press.response, "comments")
    )


def test_questions_are_left_open() -> None:
    absent = Counter(name for press in HISTORY for name in IDS if not values(press.response, name))
    assert absent["comments"] > COUNT / 3
    assert all(absent[name] > 0 for name in ("age_group", "area", "soseki", "wish", "museums"))
    assert absent["email"] == 0


# The words.


@pytest.mark.parametrize(
    ("write", "plain", "written"),
    [
        pytest.param(phrases.full_width, "a@b.jp c", "ａ＠ｂ．ｊｐ　ｃ", id="full-width"),
        pytest.param(phrases.half_width, "エロシェンコ・ガパー", "ｴﾛｼｪﾝｺ･ｶﾞﾊﾟｰ", id="half-width"),
    ],
)
def test_widths_are_undone_by_the_normal_form(write: Callable[[str], str], plain: str, written: str) -> None:
    assert write(plain) == written
    assert normal(written) == normal(plain)
