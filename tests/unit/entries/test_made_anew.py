"""A question that was deleted and made again: who was not asked has not refused, and who was is judged again."""

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prizedraw.entries.form_questions import questions
from prizedraw.entries.judging import Judge
from prizedraw.ports import Document, Replace
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import Entry, FormWatch, LedgerRow, Outcome, Reason, Reconciliation, Totals
from prizedraw.records.running import ONLY
from support.builders import CAMPAIGN, CLOSES, FORM, IDS, OPENS, RIGHT, Office, opened, response
from support.clock import DAY, Clock

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ACCEPTED, UNREADABLE = ("accepted", None), ("rejected", "unreadable")
TITLES = {asked.name: asked.title for asked in CAMPAIGN.asked()}
NEW = "0aaaaaaa"
Item = Callable[[Document], Any]


def without(name: str) -> Document:
    """Return the form after a question was deleted."""
    return FORM | {"items": [item for item in FORM["items"] if item["title"] != TITLES[name]]}


def anew(name: str, id: str = NEW, **fields: Any) -> Document:
    """Return the form after a question was deleted and made again in its place."""
    form = copy.deepcopy(FORM)
    [item] = [item for item in form["items"] if item["title"] == TITLES[name]]
    item["questionItem"]["question"]["questionId"] = id
    item.update(fields)
    return form


def answered(id: str, name: str, value: str, question: str = NEW, **given: Any) -> Document:
    """Return a response that answers a question under its new id."""
    whole = response(id, **{"email": f"{id}@example.jp", **given})
    rows = whole["answers"]
    rows.pop(IDS[name], None)
    rows[question] = {"questionId": question, "textAnswers": {"answers": [{"value": value}]}}
    return whole


@pytest.fixture
def office() -> Office:
    found = Office(Clock(OPENS + DAY))
    found.run()
    return found


def now(found: Office, *responses: Document) -> None:
    """Let responses come in just now, and a run pull them."""
    for one in responses:
        at = found.clock.now - timedelta(seconds=1)
        stamp = f"{at:%Y-%m-%dT%H:%M:%S}.000001Z"
        found.form.submit(one | {"createTime": stamp, "lastSubmittedTime": stamp})
    found.run()
    found.clock.wait(10 * MINUTE)


def read_in_full(found: Office) -> Reconciliation:
    found.clock.wait(DAY)
    found.run()
    return found.one(Reconciliation)


# Deleted.


@pytest.mark.parametrize(("name", "gone"), [("consent", {"consent": None}), ("email", {"email": None})])
def test_an_absent_question_is_unreadable_and_neither_refused_nor_wrong(
    office: Office, name: str, gone: dict[str, None]
) -> None:
    office.form.put_form(without(name))
    answers: dict[str, Any] = {"email": "r1@example.jp", **gone}
    now(office, response("r1", **answers))
    assert office.outcomes("r1") == [UNREADABLE]
    assert office.one(FormWatch).alarm == "form_changed"
    assert f"設問「{TITLES[name]}」がフォームに見つかりません" in "\n".join(office.warned())
    assert "「元に戻す」" in "\n".join(office.warned())


def test_what_was_judged_while_the_question_stood_is_kept_when_the_answers_are_no_longer_to_be_had(
    office: Office,
) -> None:
    now(office, response("r1", email="r1@example.jp", **RIGHT), response("r2", email="r2@example.jp", **RIGHT))
    office.form.put_form(without("consent"))
    lost = response("r1", email="r1@example.jp", consent=None, **RIGHT)
    held = office.row("r1")
    office.form.submit(lost | {"createTime": held.created, "lastSubmittedTime": held.version})
    found = read_in_full(office)
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    assert (found.differing, found.agrees) == (0, True)


def test_a_refusal_stays_one(office: Office) -> None:
    office.form.put_form(anew("consent"))
    now(office, answered("r1", "consent", "同意しない"), response("r2", email="r2@example.jp", consent="同意しない"))
    assert office.outcomes("r1", "r2") == [("rejected", "no_consent")] * 2


# Made again.


@pytest.mark.parametrize(
    ("name", "value"),
    [("consent", "同意する"), ("email", "r2@example.jp"), ("soseki", "こころ"), ("wish", "ピンバッジ")],
)
def test_answers_under_either_id_count(office: Office, name: str, value: str) -> None:
    wish = {} if name == "wish" else {"wish": "ピンバッジ"}
    now(office, response("r1", **RIGHT | {"email": "r1@example.jp", "wish": "ピンバッジ"}))
    office.form.put_form(anew(name))
    now(office, answered("r2", name, value, **RIGHT | wish))
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    assert [entry.prizes for entry in candidates(office, "r1", "r2")] == [("A", "C"), ("A", "C")]
    found = read_in_full(office)
    assert found.also == {name: [NEW]}
    assert (found.differing, found.questions_differ, found.balances) == (0, False, True)


def candidates(found: Office, *ids: str) -> list[Any]:
    entries = [found.entry(f"{id}@example.jp") for id in ids]
    assert all(entries)
    return [entry.candidate for entry in entries if entry is not None]


def test_it_is_told_by_name_with_what_follows_and_rings_no_longer(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    office.form.put_form(anew("consent"))
    now(office)
    assert office.one(FormWatch).alarm == ""
    assert "alarm" not in capsys.readouterr().out
    assert "設問「個人情報の取扱いについて」は、削除された後に作り直されたものです。" in "\n".join(office.warned())
    assert "操作は要りません。" in "\n".join(office.warned())


def test_whatever_else_has_changed_still_rings(office: Office) -> None:
    form = anew("consent")
    form["items"].reverse()
    office.form.put_form(form)
    now(office)
    assert office.one(FormWatch).alarm == "form_changed"
    assert office.one(FormWatch).faults[-1]["what"] == "made_anew"


def test_under_another_title_it_is_mended_once_the_title_is(office: Office) -> None:
    """For two days it stood there with a slip in its title; all who answered it then are judged again."""
    office.form.put_form(anew("consent", title="個人情報のとりあつかい"))
    now(office, answered("r1", "consent", "同意する"), answered("r2", "consent", "同意しない"))
    assert office.outcomes("r1", "r2") == [UNREADABLE, UNREADABLE]
    read_in_full(office)
    assert office.outcomes("r1", "r2") == [UNREADABLE, UNREADABLE]
    office.form.put_form(anew("consent"))
    now(office)
    assert office.outcomes("r1", "r2") == [ACCEPTED, ("rejected", "no_consent")]
    assert office.one(Reconciliation).agrees
    assert office.one(Totals).accepted == 1


def test_what_is_withdrawn_stays_so(office: Office) -> None:
    office.form.put_form(anew("consent", title="別の題"))
    now(office, answered("r1", "consent", "同意する"))
    held = office.row("r1")
    office.sealed.commit([Replace(replace(held, outcome=Outcome.WITHDRAWN, reason=None))])
    office.form.put_form(anew("consent"))
    now(office)
    assert office.outcomes("r1") == [("withdrawn", None)]


@pytest.mark.parametrize(("name", "value"), [("soseki", "こころ"), ("wish", "ピンバッジ"), ("age_group", "20代")])
def test_what_was_accepted_without_the_answer_is_judged_and_sealed_again_under_its_label(
    office: Office, name: str, value: str
) -> None:
    office.form.put_form(anew(name, title="別の題"))
    given = RIGHT | ({} if name == "wish" else {"wish": "ピンバッジ"})
    now(office, answered("r1", name, value, **given))
    [before] = candidates(office, "r1")
    assert name not in opened(before)[1]["answers"]
    office.form.put_form(anew(name))
    now(office)
    [after] = candidates(office, "r1")
    assert after.label == before.label
    assert opened(after)[1]["answers"][name] == [value]
    assert after.prizes == ("A", "C")
    assert read_in_full(office).agrees


def test_duplicates_are_judged_again_too(office: Office) -> None:
    office.form.put_form(anew("soseki", title="別の題"))
    now(office, answered("r1", "soseki", "こころ", **RIGHT))
    now(office, answered("r2", "soseki", "こころ", **RIGHT | {"email": "r1@example.jp"}))
    office.form.put_form(anew("soseki"))
    now(office)
    assert office.outcomes("r1", "r2") == [ACCEPTED, ("duplicate", None)]
    waiting = office.row("r2").waiting
    assert waiting is not None
    assert waiting.prizes == ("A",)
    assert read_in_full(office).agrees


def test_made_again_twice_the_answers_of_each_time_count(office: Office) -> None:
    office.form.put_form(anew("consent"))
    now(office, answered("r1", "consent", "同意する"))
    office.form.put_form(anew("consent", "0bbbbbbb"))
    now(office, answered("r2", "consent", "同意する", "0bbbbbbb"))
    assert read_in_full(office).also == {"consent": [NEW, "0bbbbbbb"]}
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]


def test_brought_back_after_all_the_answers_of_the_meantime_count(office: Office) -> None:
    office.form.put_form(anew("consent"))
    now(office, answered("r1", "consent", "同意する"))
    office.form.put_form(FORM)
    now(office, response("r2", email="r2@example.jp"))
    found = read_in_full(office)
    assert office.outcomes("r1", "r2") == [ACCEPTED, ACCEPTED]
    assert found.agrees
    assert office.one(FormWatch).alarm == ""


def test_what_was_refused_while_the_form_was_away_is_judged_again(office: Office) -> None:
    """The form could not be read when a response came to a question made anew: it was taken for a refusal."""
    office.form.put_form(anew("consent"))
    at = f"{office.clock.now - MINUTE:%Y-%m-%dT%H:%M:%S}.000001Z"
    office.form.submit(answered("r1", "consent", "同意する") | {"createTime": at, "lastSubmittedTime": at})
    office.form.away = 1
    office.run()
    assert office.outcomes("r1") == [("rejected", "no_consent")]
    office.clock.wait(10 * MINUTE)
    office.run()
    assert office.outcomes("r1") == [ACCEPTED]
    assert office.one(Reconciliation).agrees


def test_an_answer_to_a_question_that_the_form_no_longer_has_tells_that_consent_was_not_asked() -> None:
    """Nothing else of the question is left: neither its title, nor that it stood there."""
    stand = frozenset(question.id for question in questions(FORM))
    judge = Judge(CAMPAIGN, IDS, {}, stand)
    assert judge.judge(answered("r1", "consent", "同意する")).reason is Reason.UNREADABLE
    assert judge.judge(response("r2", consent=None)).reason is Reason.NO_CONSENT
    assert judge.judge(response("r3", consent="同意しない")).reason is Reason.NO_CONSENT


# What it is not.


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(anew("consent", title="同意について"), id="another-title"),
        pytest.param(
            anew("consent", questionItem={"question": {"questionId": NEW, "textQuestion": {}}}), id="another-kind"
        ),
        pytest.param(
            anew("consent") | {"items": [*anew("consent")["items"], anew("consent", "0ccccccc")["items"][1]]},
            id="two-of-the-title",
        ),
    ],
)
def test_what_is_not_surely_the_question_is_not_taken_for_it(office: Office, form: Document) -> None:
    office.form.put_form(form)
    now(office, answered("r1", "consent", "同意する"))
    assert office.outcomes("r1") == [UNREADABLE]
    assert office.one(FormWatch).alarm == "form_changed"


def test_a_question_that_still_stands_keeps_its_id_whatever_its_title(office: Office) -> None:
    form = copy.deepcopy(FORM)
    form["items"][1]["title"] = "旧"
    form["items"].append(anew("consent")["items"][1])
    office.form.put_form(form)
    now(office, response("r1", email="r1@example.jp"))
    assert office.outcomes("r1") == [ACCEPTED]
    assert read_in_full(office).also == {}


def test_a_row_that_is_not_ours_is_not_judged_again_but_counted(office: Office) -> None:
    now(office, response("r1", email="r1@example.jp", **RIGHT))
    office.form.put_form(anew("soseki"))
    now(office, answered("r2", "soseki", "こころ", **RIGHT))
    for id in ("r1", "r2"):
        row = office.row(id)
        office.sealed.commit(
            [Replace(LedgerRow(row.id, row.created, row.version, Outcome.REJECTED, Reason.NO_CONSENT, tag=row.tag))]
        )
    found = read_in_full(office)
    assert office.outcomes("r1", "r2") == [("rejected", "no_consent")] * 2
    assert found.differing >= 2


def test_ids_changed_in_state_together_with_the_hash_are_found_by_the_titles(office: Office) -> None:
    stored = office.one(Prepared)
    ids = stored.questions | {"consent": "0ddddddd"}
    office.state.commit([Replace(replace(stored, questions=ids, form_hash="0" * 64))])
    now(office, response("r1", email="r1@example.jp"))
    assert office.outcomes("r1") == [ACCEPTED]


def test_after_closing_the_question_may_be_mended_too() -> None:
    found = Office(Clock(CLOSES - HOUR))
    found.run()
    found.form.put_form(without("consent"))
    now(found, response("r1", email="r1@example.jp", consent=None), answered("r2", "consent", "同意する"))
    assert found.outcomes("r1", "r2") == [UNREADABLE, UNREADABLE]
    found.clock.now = CLOSES + HOUR
    found.form.put_form(anew("consent"))
    found.run()
    assert found.outcomes("r1", "r2") == [UNREADABLE, ACCEPTED]
    assert found.one(Reconciliation).agrees
    assert [row.id for row in found.sealed.scan(Entry)] == [found.row("r2").address]
    assert json.loads(json.dumps(found.one(Reconciliation).to_doc()))["also"] == {"consent": [NEW]}
    assert found.state.get(Reconciliation, ONLY) is not None


def away(found: Office, one: Document) -> None:
    """Let a response come in, and a run pull it that cannot read the form."""
    at = f"{found.clock.now - MINUTE:%Y-%m-%dT%H:%M:%S}.000001Z"
    found.form.submit(one | {"createTime": at, "lastSubmittedTime": at})
    found.form.away = 1
    found.run()
    found.clock.wait(10 * MINUTE)


@pytest.mark.parametrize(
    ("form", "one"),
    [
        pytest.param(without("consent"), response("r1", email="r1@example.jp", consent=None), id="deleted"),
        pytest.param(FORM, answered("r1", "consent", "同意する"), id="asked-by-a-question-that-is-gone"),
    ],
)
def test_who_was_taken_to_refuse_while_the_form_was_away_has_not_once_it_is_known_that_nobody_asked(
    office: Office, form: Document, one: Document
) -> None:
    office.form.put_form(form)
    away(office, one)
    assert office.outcomes("r1") == [("rejected", "no_consent")]
    read_in_full(office)
    assert office.outcomes("r1") == [UNREADABLE]
