"""While entry is open each run looks at the form: whether people can reach it, and answer as the campaign needs."""

import copy
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from prizedraw.entries import form_watch
from prizedraw.overview import entries as overview
from prizedraw.ports import Document
from prizedraw.records.entries import FormWatch
from prizedraw.records.running import ONLY
from support.builders import CAMPAIGN, CLOSES, FORM, OPENS, Office
from support.clock import DAY, Clock

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OPEN = {"publishState": {"isPublished": True, "isAcceptingResponses": True}}
CLOSED = {"publishState": {"isPublished": True}}
UNPUBLISHED: Document = {"publishState": {}}


def office(at: datetime = OPENS + DAY) -> Office:
    return Office(Clock(at))


def put(found: Office, settings: Any) -> None:
    found.form.put_form({**FORM, "publishSettings": settings} if settings is not None else FORM)


def optional_consent() -> Document:
    form = copy.deepcopy(FORM)
    [consent] = [item for item in form["items"] if item["title"] == CAMPAIGN.questions.consent.title]
    consent["questionItem"]["question"].pop("required")
    return form


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (CLOSED, "フォームが回答を受け付けていないため"),
        (UNPUBLISHED, "フォームが公開されていないため"),
        ({}, "公開されていない"),
    ],
)
def test_a_form_closed_by_hand_too_early_is_an_alarm_at_the_next_run_until_it_is_open_again(
    settings: Document, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = office()
    found.run()
    assert found.one(FormWatch).alarm == ""
    capsys.readouterr()
    put(found, settings)
    found.clock.wait(10 * MINUTE)
    found.run()
    line = json.loads(capsys.readouterr().out)
    assert (line["severity"], line["code"], found.one(FormWatch).alarm) == ("CRITICAL", "form_closed", "form_closed")
    assert any(sentence.startswith("【至急】受付期間中です。") and said in sentence for sentence in found.warned())
    put(found, OPEN)
    found.clock.wait(10 * MINUTE)
    found.run()
    assert (found.one(FormWatch).alarm, found.one(FormWatch).faults) == ("", ())
    assert not any("応募できません" in sentence for sentence in found.warned())


def test_a_form_that_is_not_published_is_told_on_the_day_before_opening_and_an_alarm_at_opening(
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = office(OPENS - 12 * HOUR)
    put(found, UNPUBLISHED)
    found.run()
    assert found.one(FormWatch).alarm == ""
    assert capsys.readouterr().out == ""
    assert any("フォームが公開されていない" in sentence for sentence in found.warned())
    found.clock.now = OPENS
    found.run()
    assert found.one(FormWatch).alarm == "form_closed"


@pytest.mark.parametrize("settings", [CLOSED, UNPUBLISHED])
def test_a_form_that_is_closed_once_entry_is_over_is_as_it_should_be(settings: Document) -> None:
    found = office(CLOSES)
    put(found, settings)
    found.run()
    assert (found.one(FormWatch).alarm, found.one(FormWatch).faults) == ("", ())


def test_a_form_that_does_not_tell_whether_it_is_open_is_no_alarm() -> None:
    found = office()
    found.form.put_form({name: value for name, value in FORM.items() if name != "publishSettings"})
    found.run()
    assert found.one(FormWatch).alarm == ""


def test_what_no_longer_can_be_answered_as_needed_is_an_alarm_though_the_questions_are_the_same() -> None:
    found = office()
    found.run()
    found.form.put_form(optional_consent())
    found.run()
    assert found.one(FormWatch).alarm == "form_unanswerable"
    said = "\n".join(found.warned())
    assert "設問「個人情報の取扱いについて」が必須になっていません。設問を選び、右下の「必須」をオンに" in said
    found.form.put_form(FORM)
    found.run()
    assert found.one(FormWatch).alarm == ""


def test_a_closed_form_is_more_urgent_than_a_changed_one_and_all_is_told() -> None:
    found = office()
    found.form.put_form({**optional_consent(), "publishSettings": CLOSED})
    found.run()
    assert found.one(FormWatch).alarm == "form_closed"
    assert [fault["what"] for fault in found.one(FormWatch).faults] == ["not_accepting", "not_required"]


def test_a_closed_form_does_not_hide_that_the_watch_failed_once_it_is_open() -> None:
    found = office()
    put(found, CLOSED)
    found.run()
    put(found, OPEN)
    found.form.away = 2  # The form, and its responses.
    with pytest.raises(Exception, match="E-166"):
        found.run()
    found.run()
    assert found.one(FormWatch).alarm == ""


def test_every_alarm_about_the_form_has_a_sentence() -> None:
    codes = {value for name, value in vars(form_watch).items() if name.isupper() and isinstance(value, str)} - {ONLY}
    assert codes == set(overview._WATCH)
