"""Holding the form against the campaign file, and telling when it has changed."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.form_questions import questions
from prizedraw.ports import Document
from prizedraw.rehearsal.entrants import form_of
from prizedraw.words.form import mismatch
from support.builders import CAMPAIGN, FORM, TREE, campaign

WISH = "希望する賞品"
GRID = {
    "itemId": "0000000a",
    "title": "満足度",
    "questionGroupItem": {
        "questions": [
            {"questionId": "0000000b", "rowQuestion": {"title": "展示"}},
            {"questionId": "0000000c", "rowQuestion": {"title": "案内"}},
        ],
        "grid": {"columns": {"type": "RADIO", "options": [{"value": "良い"}, {"value": "悪い"}]}},
    },
}


def changed(change: Callable[[Document], object]) -> Document:
    form = copy.deepcopy(FORM)
    change(form)
    return form


def item(form: Document, title: str = WISH) -> Any:
    return next(item for item in form["items"] if item["title"] == title)


def question(form: Document, title: str = WISH) -> Any:
    return item(form, title)["questionItem"]["question"]


def faults(form: Document, asking: Campaign = CAMPAIGN) -> list[str]:
    return [mismatch(one) for one in form_schema.resolve(asking, form)[1]]


# Resolving titles.


def test_every_question_of_the_campaign_file_is_found_by_its_title() -> None:
    found, wrong = form_schema.resolve(CAMPAIGN, FORM)
    assert wrong == []
    assert found == {asked.name: question(FORM, asked.title)["questionId"] for asked in CAMPAIGN.asked()}
    assert len(set(found.values())) == len(CAMPAIGN.asked())


@pytest.mark.parametrize("title", ["希望する賞品 ", "\u3000希望する賞品", "希望する賞品\n"])
def test_a_title_is_found_whatever_its_spaces(title: str) -> None:
    assert faults(changed(lambda form: item(form).update(title=title))) == []


def test_a_title_and_its_options_are_found_whatever_their_width() -> None:
    wide = copy.deepcopy(FORM)
    question(wide, "この企画を何で知りましたか")["choiceQuestion"]["options"][2]["value"] = "ＳＮＳ"
    quiz = CAMPAIGN.questions.quiz[0].title
    item(wide, quiz)["title"] = quiz.replace("、", "､").replace("？", "?")
    assert faults(wide) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda form: item(form).update(title="ほしい賞品"), ["設問「希望する賞品」がフォームに見つかりません。"]),
        (lambda form: item(form).pop("title"), ["設問「希望する賞品」がフォームに見つかりません。"]),
        (lambda form: form["items"].remove(item(form)), ["設問「希望する賞品」がフォームに見つかりません。"]),
        (
            lambda form: form["items"].append(item(form)),
            ["設問「希望する賞品」がフォームに二つ以上あり、どれか決められません。"],
        ),
        (
            lambda form: form["items"].append(copy.deepcopy(item(form)) | {"title": " 希望する賞品\u3000"}),
            ["設問「希望する賞品」がフォームに二つ以上あり、どれか決められません。"],
        ),
        (
            lambda form: question(form)["choiceQuestion"]["options"].pop(0),
            ["設問「希望する賞品」の選択肢に「アクリルスタンド」がありません。"],
        ),
        (
            lambda form: question(form)["choiceQuestion"].pop("options"),
            ["設問「希望する賞品」の選択肢に「アクリルスタンド」「ピンバッジ」「どちらでもよい」がありません。"],
        ),
        (
            lambda form: question(form).update(textQuestion=question(form).pop("choiceQuestion") and {}),
            ["設問「希望する賞品」が「記述式」になっていて、判定できる答えになりません。"],
        ),
        (
            lambda form: question(form, "個人情報の取扱いについて")["choiceQuestion"].update(
                options=[{"value": "はい"}]
            ),
            ["設問「個人情報の取扱いについて」の選択肢に「同意する」がありません。"],
        ),
        (lambda form: question(form)["choiceQuestion"]["options"].reverse(), []),
        (lambda form: question(form)["choiceQuestion"]["options"].append({"isOther": True}), []),
        (lambda form: form["items"].append(copy.deepcopy(item(form)) | {"title": "別の設問"}), []),
        (lambda form: form["items"].append(GRID), []),
    ],
)
def test_what_does_not_fit_is_told_in_japanese(change: Callable[[Document], object], told: list[str]) -> None:
    found = faults(changed(change))
    assert len(found) == len(told)
    for sentence, beginning in zip(found, told, strict=True):
        assert sentence.startswith(beginning)


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    assert len(faults({"formId": FORM["formId"]})) == len(CAMPAIGN.asked())


def test_the_row_of_a_grid_is_a_question_with_the_grid_s_title_before_its_own() -> None:
    found = list(questions({"items": [GRID]}))
    assert [(q.id, q.title, q.options) for q in found] == [
        ("0000000b", "満足度 展示", ("良い", "悪い")),
        ("0000000c", "満足度 案内", ("良い", "悪い")),
    ]


@pytest.mark.parametrize(
    ("setting", "fits"),
    [("VERIFIED", True), ("RESPONDER_INPUT", True), ("DO_NOT_COLLECT", False), (None, False)],
)
def test_a_form_that_shall_collect_addresses_must_do_so(setting: str | None, fits: bool) -> None:
    collecting = campaign(questions=TREE["questions"] | {"email": {"source": "respondent"}})
    form = form_of(collecting) | {"settings": {"emailCollectionType": setting} if setting else {}}
    assert (faults(form, collecting) == []) == fits
    assert "email" not in form_schema.resolve(collecting, form)[0]
    form.pop("settings")
    assert faults(form, collecting)[0].startswith("フォームの「メールアドレスを収集する」が有効になっていません。")


# The hash of what an entrant meets.


@pytest.mark.parametrize(
    "change",
    [
        lambda form: item(form).update(title="ほしい賞品"),
        lambda form: item(form).update(title="希望する賞品 "),
        lambda form: question(form).update(questionId="00000000"),
        lambda form: question(form)["choiceQuestion"].update(type="CHECKBOX"),
        lambda form: question(form)["choiceQuestion"]["options"][0].update(value="缶バッジ"),
        lambda form: question(form)["choiceQuestion"]["options"].reverse(),
        lambda form: question(form)["choiceQuestion"]["options"].pop(),
        lambda form: question(form)["choiceQuestion"]["options"].append({"isOther": True}),
        lambda form: question(form, "ご意見・ご感想").update(
            dateQuestion=question(form, "ご意見・ご感想").pop("textQuestion")
        ),
        lambda form: form["items"].reverse(),
        lambda form: form["items"].remove(item(form)),
        lambda form: form["items"].append(copy.deepcopy(item(form)) | {"title": "別の設問"}),
        lambda form: form["items"].append(GRID),
        lambda form: form["settings"].update(emailCollectionType="VERIFIED"),
        lambda form: form.pop("items"),
    ],
)
def test_a_change_that_an_entrant_meets_changes_the_hash(change: Callable[[Document], object]) -> None:
    assert form_schema.form_hash(changed(change)) != form_schema.form_hash(FORM)


def test_a_change_of_a_grid_s_columns_changes_the_hash() -> None:
    other = copy.deepcopy(GRID)
    other["questionGroupItem"]["grid"]["columns"]["options"].reverse()  # type: ignore[index]
    assert form_schema.form_hash({"items": [GRID]}) != form_schema.form_hash({"items": [other]})


@pytest.mark.parametrize(
    "change",
    [
        lambda form: form.update(revisionId="ffffffff"),
        lambda form: form.pop("revisionId"),
        lambda form: form.update(
            publishSettings={"publishState": {"isPublished": True, "isAcceptingResponses": False}}
        ),
        lambda form: form.update(linkedSheetId="sheet"),
        lambda form: form.update(responderUri="https://docs.google.com/forms/d/e/2/viewform"),
        lambda form: form["info"].update(title="新しい題", description="新しい説明"),
        lambda form: item(form).update(description="一つ選んでください。"),
        lambda form: item(form).update(itemId="00000000"),
        lambda form: question(form).update(grading={"pointValue": 5}),
        lambda form: question(form).update(required=True),
        lambda form: question(form)["choiceQuestion"].update(shuffle=True),
        lambda form: form["settings"].pop("quizSettings"),
        lambda form: form["settings"].pop("emailCollectionType"),
        lambda form: form.pop("settings"),
        lambda form: form["items"].insert(0, {"itemId": "1", "title": "案内", "textItem": {}}),
        lambda form: form["items"].insert(0, {"itemId": "1", "title": "写真", "imageItem": {"image": {}}}),
    ],
)
def test_any_other_change_does_not(change: Callable[[Document], object]) -> None:
    assert form_schema.form_hash(changed(change)) == form_schema.form_hash(FORM)


def test_the_hash_is_of_canonical_json() -> None:
    assert form_schema.form_hash({"items": []}) == "f25c42ac639a7b5bfb8dcf0982973fff15f9e0fbcbb699e56e0b1f3dc9fc3736"
