"""Ready means answerable: what keeps people from giving what the campaign needs is named, with what to click."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.form_fitness import passed_by, reach_faults, tells_reach
from prizedraw.entries.form_questions import Misfit, Mismatch
from prizedraw.ports import Document
from prizedraw.records.flat import NoRecord
from prizedraw.rehearsal.entrants import form_of
from prizedraw.words.form import mismatch
from support.builders import CAMPAIGN, FORM, TREE, campaign

CONSENT, EMAIL, AGE, AREA, WISH = (
    "個人情報の取扱いについて",
    "メールアドレス",
    "年代",
    "お住まいの地域",
    "希望する賞品",
)
SOSEKI = next(question.title for question in CAMPAIGN.questions.quiz if question.id == "soseki")
MUSEUMS, COMMENTS = "訪れた施設（いくつでも）", "ご意見・ご感想"
Change = Callable[[Document], object]


def item(form: Document, title: str) -> Any:
    return next(item for item in form["items"] if item.get("title") == title)


def question(form: Document, title: str) -> Any:
    return item(form, title)["questionItem"]["question"]


def choice(form: Document, title: str) -> Any:
    return question(form, title)["choiceQuestion"]


def asked_as(title: str, kind: str, *options: str, required: bool | None = None) -> Change:
    """Return a change that makes a question one of another kind, as the API describes it."""

    def change(form: Document) -> None:
        old = question(form, title)
        new: Document = {"questionId": old["questionId"]}
        if required or (required is None and old.get("required")):
            new["required"] = True
        if kind.isupper():
            new["choiceQuestion"] = {"type": kind, "options": [{"value": option} for option in options]}
        else:
            new[kind] = {}
        item(form, title)["questionItem"] = {"question": new}

    return change


def in_a_grid(title: str, kind: str, *columns: str) -> Change:
    """Return a change that makes a question the only row of a grid."""

    def change(form: Document) -> None:
        old = item(form, title)
        row = {"questionId": old.pop("questionItem")["question"]["questionId"], "rowQuestion": {"title": ""}}
        listed = {"type": kind, "options": [{"value": column} for column in columns]}
        old["questionGroupItem"] = {"questions": [row], "grid": {"columns": listed}}

    return change


def options_of(title: str) -> tuple[str, ...]:
    return tuple(option["value"] for option in choice(FORM, title)["options"])


def with_other(title: str) -> Change:
    return lambda form: choice(form, title)["options"].append({"isOther": True})


def with_option(title: str, option: str) -> Change:
    return lambda form: choice(form, title)["options"].append({"value": option})


def optional(title: str) -> Change:
    return lambda form: question(form, title).pop("required")


def extra(kind: str, **fields: Any) -> Change:
    """Return a change that adds a question which the campaign file does not know."""
    asked = {"questionId": "0000beef", kind: {}, **fields}
    return lambda form: form["items"].append(
        {"itemId": "0000feed", "title": "写真", "questionItem": {"question": asked}}
    )


def collecting(setting: str) -> Change:
    return lambda form: form["settings"].update(emailCollectionType=setting)


def leading(title: str, **leads: str) -> Change:
    """Return a change that lets options lead elsewhere: to the section of that title, or by an action of the API."""

    def change(form: Document) -> None:
        for option in choice(form, title)["options"]:
            where = leads.get(option["value"])
            if where is not None:
                page = [one for one in form["items"] if one["title"] == where]
                option.update({"goToSectionId": page[0]["itemId"]} if page else {"goToAction": where})

    return change


def moved_to_the_end(*titles: str) -> Change:
    def change(form: Document) -> None:
        for title in titles:
            form["items"].remove(moved := item(form, title))
            form["items"].append(moved)

    return change


def changed(*changes: Change) -> Document:
    form = copy.deepcopy(FORM)
    for change in changes:
        change(form)
    return form


def faults(form: Document, asking: Campaign = CAMPAIGN) -> list[tuple[Misfit, str]]:
    return [(one.what, one.title) for one in form_schema.resolve(asking, form)[1]]


# The kind of each question, and how many answers it gives.

BAD_KINDS = [
    *((EMAIL, asked_as(EMAIL, kind)) for kind in ("dateQuestion", "timeQuestion", "scaleQuestion", "ratingQuestion")),
    (EMAIL, asked_as(EMAIL, "CHECKBOX", "メールで連絡", "電話で連絡")),
    (EMAIL, asked_as(EMAIL, "RADIO", "メールで連絡", "電話で連絡")),
    (EMAIL, in_a_grid(EMAIL, "RADIO", "はい", "いいえ")),
    (CONSENT, asked_as(CONSENT, "CHECKBOX", "同意する", "内容を確認しました")),
    (CONSENT, asked_as(CONSENT, "CHECKBOX", "同意する", "同意しない")),
    (CONSENT, asked_as(CONSENT, "textQuestion")),
    (CONSENT, asked_as(CONSENT, "ratingQuestion")),
    (AGE, asked_as(AGE, "CHECKBOX", *options_of(AGE))),
    (AGE, asked_as(AGE, "textQuestion")),
    (AREA, asked_as(AREA, "CHECKBOX", *options_of(AREA))),
    (AREA, asked_as(AREA, "scaleQuestion")),
    (SOSEKI, asked_as(SOSEKI, "CHECKBOX", "こころ", "それから")),
    (SOSEKI, asked_as(SOSEKI, "scaleQuestion")),
    (SOSEKI, asked_as(SOSEKI, "dateQuestion")),
    (WISH, asked_as(WISH, "CHECKBOX", *options_of(WISH))),
    (WISH, asked_as(WISH, "textQuestion")),
    (MUSEUMS, asked_as(MUSEUMS, "RADIO", *options_of(MUSEUMS))),
    (COMMENTS, asked_as(COMMENTS, "dateQuestion")),
    (COMMENTS, asked_as(COMMENTS, "RADIO", "ある", "ない")),
]
GOOD_KINDS = [
    asked_as(CONSENT, "CHECKBOX", "同意する"),
    asked_as(CONSENT, "DROP_DOWN", "同意する", "同意しない"),
    asked_as(CONSENT, "RADIO", "同意する"),
    asked_as(AGE, "RADIO", *options_of(AGE)),
    asked_as(AREA, "RADIO", *reversed(options_of(AREA))),
    asked_as(SOSEKI, "RADIO", "それから", "こころ"),
    asked_as(SOSEKI, "DROP_DOWN", "それから", "ココロ"),
    in_a_grid(WISH, "RADIO", *options_of(WISH)),
    in_a_grid(MUSEUMS, "CHECKBOX", *options_of(MUSEUMS)),
    lambda form: question(form, EMAIL).update(textQuestion={"paragraph": True}),
    lambda form: question(form, COMMENTS).update(textQuestion={}),
    extra("textQuestion"),
    extra("ratingQuestion", required=True),
]


@pytest.mark.parametrize(("title", "change"), BAD_KINDS)
def test_a_question_that_cannot_give_the_one_answer_that_is_judged_is_named(title: str, change: Change) -> None:
    assert faults(changed(change)) == [(Misfit.KIND, title)]


@pytest.mark.parametrize("change", GOOD_KINDS)
def test_a_question_that_can_is_none(change: Change) -> None:
    assert faults(changed(change)) == []


@pytest.mark.parametrize(("kind", "word"), [("dateQuestion", "日付"), ("fileUploadQuestion", "ファイルのアップロード")])
def test_what_it_is_and_what_to_choose_is_said(kind: str, word: str) -> None:
    said = mismatch(form_schema.resolve(CAMPAIGN, changed(asked_as(EMAIL, kind)))[1][0])
    assert said.startswith(f"設問「メールアドレス」が「{word}」になっていて")
    assert said.endswith("設問を選び、題の右の種類の一覧から「記述式」を選んでください。")


# Options, and right answers.


@pytest.mark.parametrize(
    ("change", "found"),
    [
        pytest.param(with_option(AGE, "80代"), (Misfit.OPTIONS_STRANGE, AGE), id="age-group-that-the-file-lacks"),
        pytest.param(with_option(AREA, "火星"), (Misfit.OPTIONS_STRANGE, AREA), id="area-that-the-file-lacks"),
        pytest.param(with_option(WISH, "缶バッジ"), (Misfit.OPTIONS_STRANGE, WISH), id="wish-that-the-file-lacks"),
        pytest.param(
            with_option(MUSEUMS, "別の館"), (Misfit.OPTIONS_STRANGE, MUSEUMS), id="museum-that-the-file-lacks"
        ),
        pytest.param(with_other(AGE), (Misfit.OTHER_OFFERED, AGE), id="another-age-group"),
        pytest.param(with_other(AREA), (Misfit.OTHER_OFFERED, AREA), id="another-area"),
        pytest.param(with_other(CONSENT), (Misfit.OTHER_OFFERED, CONSENT), id="consent-in-other-words"),
        pytest.param(
            asked_as(SOSEKI, "RADIO", "それから", "三四郎"), (Misfit.NO_RIGHT_ANSWER, SOSEKI), id="no-option-is-right"
        ),
        pytest.param(optional(CONSENT), (Misfit.NOT_REQUIRED, CONSENT), id="consent-may-be-left-open"),
        pytest.param(optional(EMAIL), (Misfit.NOT_REQUIRED, EMAIL), id="address-may-be-left-open"),
        pytest.param(
            asked_as(CONSENT, "CHECKBOX", "同意する", required=False),
            (Misfit.NOT_REQUIRED, CONSENT),
            id="one-box-that-need-not-be-ticked",
        ),
    ],
)
def test_options_and_duties_that_the_campaign_does_not_need(change: Change, found: tuple[Misfit, str]) -> None:
    assert faults(changed(change)) == [found]


@pytest.mark.parametrize(
    "change",
    [
        with_other(WISH),
        with_other(MUSEUMS),
        with_option(CONSENT, "わからない"),
        asked_as(SOSEKI, "RADIO", "それから", "ｺｺﾛ"),
        lambda form: question(form, SOSEKI).update(required=True),
    ],
)
def test_options_that_do_no_harm(change: Change) -> None:
    assert faults(changed(change)) == []


def test_a_quiz_asked_as_a_choice_with_another_answer_to_type_can_be_answered_rightly() -> None:
    assert faults(changed(asked_as(SOSEKI, "RADIO", "それから"), with_other(SOSEKI))) == []


# The form as a whole.


def test_a_file_to_be_uploaded_shuts_out_whoever_has_no_account_whichever_question_takes_it() -> None:
    [fault] = form_schema.resolve(CAMPAIGN, changed(extra("fileUploadQuestion")))[1]
    assert (fault.what, fault.title) == (Misfit.UPLOAD, "写真")
    assert "ログインした人しか応募できません" in mismatch(fault)
    assert (Misfit.KIND, EMAIL) in faults(changed(asked_as(EMAIL, "fileUploadQuestion")))


@pytest.mark.parametrize("setting", ["VERIFIED", "RESPONDER_INPUT"])
def test_an_address_is_not_collected_by_the_form_beside_the_question_for_it(setting: str) -> None:
    """The default of Google Workspace is VERIFIED, which demands an account of everybody."""
    [fault] = form_schema.resolve(CAMPAIGN, changed(collecting(setting)))[1]
    assert fault.what is Misfit.ADDRESSES_COLLECTED_TOO
    assert "「収集しない」" in mismatch(fault)


def test_every_fault_is_told_at_once_and_every_one_says_what_to_do() -> None:
    form = changed(
        asked_as(EMAIL, "dateQuestion"),
        asked_as(CONSENT, "CHECKBOX", "同意する", "同意しない"),
        with_option(AGE, "80代"),
        asked_as(SOSEKI, "RADIO", "それから"),
        extra("fileUploadQuestion"),
        collecting("VERIFIED"),
    )
    found = form_schema.resolve(CAMPAIGN, form)[1]
    assert len(found) == 6
    for sentence in map(mismatch, found):
        assert sentence.endswith(("ください。", "せん）。"))


@pytest.mark.parametrize("what", Misfit)
def test_every_fault_has_its_sentence_and_can_be_kept(what: Misfit) -> None:
    fault = Mismatch(what=what, title="題", options=("あ", "い"), wanted="quiz", found="dateQuestion")
    assert "{" not in mismatch(fault)
    assert mismatch(fault).endswith("。")
    assert Mismatch.from_doc(fault.to_doc()) == fault


# Ways through the sections.


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param([leading(CONSENT, 同意しない="SUBMIT_FORM")], id="who-refuses-is-through"),
        pytest.param([leading(CONSENT, 同意する="クイズ", 同意しない="SUBMIT_FORM")], id="who-consents-goes-on"),
        pytest.param([leading(CONSENT, 同意しない="RESTART_FORM")], id="who-refuses-begins-again"),
        pytest.param([leading(WISH, ピンバッジ="SUBMIT_FORM")], id="the-last-section-ends-anyway"),
        pytest.param([leading(WISH, アクリルスタンド="クイズ")], id="back-to-an-earlier-section"),
        pytest.param([leading(AREA, 海外="RESTART_FORM")], id="who-lives-abroad-begins-again"),
    ],
)
def test_ways_that_ask_everybody_what_is_needed(changes: list[Change]) -> None:
    form = changed(*changes)
    assert faults(form) == []
    assert passed_by(CAMPAIGN, form, form_schema.resolve(CAMPAIGN, form)[0]) == []


def test_an_answer_that_sends_the_form_before_the_address_is_asked_for_is_named() -> None:
    form = changed(moved_to_the_end(EMAIL), leading(AREA, 海外="SUBMIT_FORM"))
    assert faults(form) == [(Misfit.SKIPPED, EMAIL)]


def test_consent_that_some_answer_passes_by_is_named() -> None:
    form = changed(moved_to_the_end(CONSENT), leading(AGE, **{"10歳未満": "SUBMIT_FORM"}))
    assert faults(form) == [(Misfit.SKIPPED, CONSENT)]


def test_a_question_to_which_no_answer_leads_is_named() -> None:
    every = dict.fromkeys(options_of(AREA), "アンケート")
    form = changed(lambda form: question(form, AREA).update(required=True), leading(AREA, **every))
    found = faults(form)
    assert (Misfit.UNREACHABLE, SOSEKI) in found
    assert {what for what, _ in found} == {Misfit.UNREACHABLE}
    assert len(found) == len(CAMPAIGN.questions.quiz)


def test_who_leaves_the_question_open_goes_on_to_the_next_section() -> None:
    every = dict.fromkeys(options_of(AREA), "アンケート")
    form = changed(leading(AREA, **every))
    assert faults(form) == []
    skipped = passed_by(CAMPAIGN, form, form_schema.resolve(CAMPAIGN, form)[0])
    assert skipped == [question.title for question in CAMPAIGN.questions.quiz]


def test_a_prize_whose_conditions_no_one_way_asks_is_named() -> None:
    """Whoever is asked the quiz is not asked for their wish: nobody stands for B and C, though all is asked."""
    form = changed(
        lambda form: question(form, AREA).update(required=True),
        leading(AREA, **dict.fromkeys(options_of(AREA), "アンケート") | {"新宿区": "クイズ"}),
        lambda form: form["items"].insert(
            form["items"].index(item(form, "アンケート")),
            {
                "itemId": "0000cafe",
                "title": "おわりに",
                "questionItem": {
                    "question": {
                        "questionId": "0000babe",
                        "required": True,
                        "choiceQuestion": {
                            "type": "RADIO",
                            "options": [{"value": "送信", "goToAction": "SUBMIT_FORM"}],
                        },
                    }
                },
            },
        ),
    )
    assert faults(form) == [
        (Misfit.PRIZE_OUT_OF_REACH, prize.name) for prize in CAMPAIGN.prizes if prize.requires.choice is not None
    ]


# Whether people can reach it.


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        pytest.param({"publishState": {"isPublished": True, "isAcceptingResponses": True}}, None, id="open"),
        pytest.param({"publishState": {"isPublished": True}}, Misfit.NOT_ACCEPTING, id="closed"),
        pytest.param(
            {"publishState": {"isPublished": True, "isAcceptingResponses": False}},
            Misfit.NOT_ACCEPTING,
            id="said-closed",
        ),
        pytest.param(
            {"publishState": {"isPublished": False, "isAcceptingResponses": False}},
            Misfit.NOT_PUBLISHED,
            id="unpublished",
        ),
        pytest.param({"publishState": {}}, Misfit.NOT_PUBLISHED, id="false-is-left-out"),
        pytest.param({}, Misfit.NOT_PUBLISHED, id="all-that-is-false-is-left-out"),
    ],
)
def test_a_form_that_nobody_can_send_is_told(settings: Document, found: Misfit | None) -> None:
    form = FORM | {"publishSettings": settings}
    assert [one.what for one in reach_faults(form)] == ([found] if found else [])
    assert tells_reach(form)


def test_a_form_of_before_2025_does_not_tell() -> None:
    form = {name: value for name, value in FORM.items() if name != "publishSettings"}
    assert (reach_faults(form), tells_reach(form)) == ([], False)


def test_the_invented_form_is_answerable_whatever_the_campaign() -> None:
    respondent = campaign(questions=TREE["questions"] | {"email": {"source": "respondent"}})
    for asking in (CAMPAIGN, respondent):
        assert faults(form_of(asking), asking) == []
        assert reach_faults(form_of(asking)) == []


STORED = Mismatch(what=Misfit.CHANGED, title="同意", options=("はい",), wanted="RADIO", found="CHECKBOX").to_doc()


def test_what_was_stored_of_a_fault_is_read_again() -> None:
    assert Mismatch.from_doc(STORED).to_doc() == STORED


@pytest.mark.parametrize(
    "stored",
    [
        {},
        STORED | {"what": "none of ours"},
        STORED | {"title": 5},
        STORED | {"options": 5},
        STORED | {"options": [5]},
        {name: value for name, value in STORED.items() if name != "found"},
    ],
)
def test_what_is_no_fault_of_the_form_is_named_by_where_it_stands(stored: dict[str, Any]) -> None:
    with pytest.raises(NoRecord) as caught:
        Mismatch.from_doc(stored)
    assert caught.value.facts == {"collection": "watch"}
