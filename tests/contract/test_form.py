"""
Say what every `Form` and every `Watches` does, and hold the local Google against Google's own description of Forms.

The suites `TestForm` and `TestWatches` run on the fake of the unit tests and on the real client, which speaks to the
local Google over loopback. Every request and reply of the latter is held against the discovery document.
"""

import json
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from prizedraw.adapters.forms.form import (
    AWAY,
    FORM_FIELDS,
    IDS_FIELDS,
    RESPONSES_FIELDS,
    WATCH_FIELDS,
    WATCHES_FIELDS,
    GoogleForm,
    GoogleWatches,
)
from prizedraw.adapters.google.http import READS, reads
from prizedraw.errors import Again, Broken, PrizedrawError, Refused
from prizedraw.ports import Form, Watches
from prizedraw.rehearsal.google.field_masks import parse_fields, partial
from prizedraw.rehearsal.google.forms import LocalForms
from prizedraw.rehearsal.google.json_wire import DROPPED
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from prizedraw.times import instant_of
from support import google_discovery
from support.clock import Clock
from support.fakes.form import MemoryForm
from support.pauses import pauses_of
from support.serving import served

FORMS = google_discovery.load("forms.v1")
OPENING = datetime(2026, 2, 3, 0, 0, tzinfo=UTC)
WEEK = timedelta(days=7)
TOPIC = "projects/p/topics/forms"
ID = "form-1"
QUICK = READS.with_delay(initial=0.001, maximum=0.002).with_timeout(20.0)
IMPATIENT = QUICK.with_timeout(0.05)

_IMAGE = {"contentUri": "https://pictures.invalid/1", "altText": "館の写真"}
_GRADED = {"grading": {"pointValue": 1, "correctAnswers": {"answers": [{"value": "三毛猫"}]}}}
FORM = {
    "formId": ID,
    "info": {"title": "スタンプラリー", "documentTitle": "応募フォーム", "description": "説明"},
    "revisionId": "00000042",
    "responderUri": "https://docs.google.com/forms/d/e/1/viewform",
    "linkedSheetId": "sheet-1",
    "settings": {"quizSettings": {"isQuiz": True}, "emailCollectionType": "RESPONDER_INPUT"},
    "publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": True}},
    "items": [
        {"itemId": "00", "title": "ようこそ", "description": "はじめに", "textItem": {}},
        {
            "itemId": "01",
            "title": "猫の名前",
            "questionItem": {
                "image": _IMAGE,
                "question": {
                    "questionId": "11",
                    "required": True,
                    "choiceQuestion": {
                        "type": "RADIO",
                        "shuffle": True,
                        "options": [
                            {"value": "三毛猫", "image": _IMAGE, "goToAction": "NEXT_SECTION"},
                            {"isOther": True, "goToSectionId": "04"},
                        ],
                    },
                }
                | _GRADED,
            },
        },
        {"itemId": "02", "title": "感想", "questionItem": {"question": {"questionId": "12", "textQuestion": {}}}},
        {
            "itemId": "03",
            "title": "満足度",
            "questionGroupItem": {
                "questions": [{"questionId": "13", "rowQuestion": {"title": "展示"}}],
                "grid": {"columns": {"type": "RADIO", "options": [{"value": "良い"}]}, "shuffleQuestions": True},
            },
        },
        {"itemId": "04", "title": "おわりに", "description": "送信してください", "pageBreakItem": {}},
    ],
}
CUT_FORM = {
    "formId": ID,
    "info": {"title": "スタンプラリー", "documentTitle": "応募フォーム"},
    "responderUri": "https://docs.google.com/forms/d/e/1/viewform",
    "linkedSheetId": "sheet-1",
    "settings": {"quizSettings": {"isQuiz": True}, "emailCollectionType": "RESPONDER_INPUT"},
    "publishSettings": {"publishState": {"isPublished": True, "isAcceptingResponses": True}},
    "items": [
        {"itemId": "00", "title": "ようこそ"},
        {
            "itemId": "01",
            "title": "猫の名前",
            "questionItem": {
                "question": {
                    "questionId": "11",
                    "required": True,
                    "choiceQuestion": {
                        "type": "RADIO",
                        "options": [
                            {"value": "三毛猫", "goToAction": "NEXT_SECTION"},
                            {"isOther": True, "goToSectionId": "04"},
                        ],
                    },
                }
            },
        },
        {"itemId": "02", "title": "感想", "questionItem": {"question": {"questionId": "12", "textQuestion": {}}}},
        {
            "itemId": "03",
            "title": "満足度",
            "questionGroupItem": {
                "questions": [{"questionId": "13", "rowQuestion": {"title": "展示"}}],
                "grid": {"columns": {"type": "RADIO", "options": [{"value": "良い"}]}},
            },
        },
        {"itemId": "04", "title": "おわりに", "pageBreakItem": {}},
    ],
}


def row(id: str, submitted: str = "2026-02-10T00:00:00Z", **more: Any) -> dict[str, Any]:
    """Make a response as `forms.responses.list` gives it."""
    return {"responseId": id, "createTime": "2026-02-04T00:00:00Z", "lastSubmittedTime": submitted} | more


@dataclass
@dataclass
class World:
    """Both ports of one implementation, and what happens behind their back."""

    clock: Clock
    form: Form
    impatient_form: Form
    watches: Watches
    back: Any
    submit: Callable[[dict[str, Any]], Any]
    remove: Callable[[str], None]
    share: Callable[[], None]
    unshare: Callable[[], None]
    go_away: Callable[[], None]
    come_back: Callable[[], None]
    lose_next_reply: Callable[[], None]

    def ids(self, since: str | None = None) -> list[str]:
        return [r["responseId"] for r in self.form.responses(since)]


def settings(http: str, topic: str = TOPIC) -> Settings:
    return Settings.from_env(
        {
            "CAMPAIGN": "c",
            "GOOGLE_CLOUD_PROJECT": "p",
            "LOCATION": "asia-northeast1",
            "SCHEDULER_ACCOUNT": "s",
            "NOTIFICATIONS_TOPIC": topic,
            "LOCAL_GOOGLE_HTTP": http,
        }
    )


@dataclass
class Google:
    """The local Google under test: its state, its address, and the replies that it gave."""

    forms: LocalForms
    clock: Clock
    http: str = ""
    replies: list[tuple[str, str, Any]] = field(default_factory=list)

    def conforms(self) -> None:
        """Hold every request and every good reply against the discovery document."""
        for call in self.forms.calls:
            method = google_discovery.check_request(FORMS, call.verb, call.path, call.query, call.body)
            if mask := call.query.get("fields"):
                google_discovery.check_fields(FORMS, google_discovery.response_schema(method), parse_fields(mask))
        for verb, path, reply in self.replies:
            method = google_discovery.method_of(FORMS, verb, path)
            google_discovery.check(FORMS, google_discovery.response_schema(method), reply)


@contextmanager
def local_google(form: dict[str, Any]) -> Iterator[Google]:
    clock = Clock(OPENING)
    google = Google(LocalForms(clock, seed=7), clock)
    google.forms.put_form(form)
    app = Flask("forms")
    app.register_blueprint(google.forms.blueprint())

    @app.after_request
    def keep(response: Response) -> Response:
        if response.status_code == 200 and response.data:
            google.replies.append((request.method, request.path, json.loads(response.data)))
        return response

    with served(app) as google.http:
        yield google


@pytest.fixture
def google() -> Iterator[Google]:
    with local_google(FORM) as google:
        yield google
        google.conforms()


@pytest.fixture(params=["memory", "google"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "memory":
        clock = Clock(OPENING)
        memory = MemoryForm(FORM, [], clock, seed=7)

        def away(calls: int) -> Callable[[], None]:
            return lambda: setattr(memory, "away", calls)

        return World(
            clock,
            memory,
            memory,
            memory,
            memory,
            memory.submit,
            memory.remove,
            memory.share,
            memory.unshare,
            away(1000),
            away(0),
            lambda: setattr(memory, "away_after", 1),
        )
    google: Google = request.getfixturevalue("google")
    forms, here = google.forms, settings(google.http)
    return World(
        google.clock,
        GoogleForm(here, ID, QUICK),
        GoogleForm(here, ID, IMPATIENT),
        GoogleWatches(here, ID, QUICK),
        forms,
        forms.submit,
        forms.remove,
        lambda: forms.share(ID),
        lambda: forms.unshare(ID),
        lambda: forms.fail(503, 1000),
        forms.recover,
        lambda: forms.fail(503, after=True),
    )


class TestForm:
    """Every `Form`."""

    def test_gives_the_form_without_answer_key_and_pictures(self, world: World) -> None:
        assert world.form.form() == CUT_FORM

    def test_refuses_a_form_that_is_not_shared(self, world: World) -> None:
        world.unshare()
        with pytest.raises(Refused) as form:
            world.form.form()
        with pytest.raises(Refused) as responses:
            world.ids()
        assert form.value.problem.code == responses.value.problem.code == "E-165"

    def test_gives_nothing_for_a_form_without_responses(self, world: World) -> None:
        assert list(world.form.responses()) == []

    @pytest.mark.parametrize("page_limit", [1, 3, 10, 5000])
    def test_gives_each_response_once_whatever_the_pages(self, world: World, page_limit: int) -> None:
        for n in range(10):
            world.submit(row(f"r{n}"))
        world.back.page_limit = page_limit
        assert sorted(world.ids()) == [f"r{n}" for n in range(10)]

    def test_promises_no_order(self, world: World) -> None:
        for n in range(50):
            world.submit(row(f"r{n:02}", f"2026-02-10T00:00:{n:02}Z"))
        assert world.ids() != sorted(world.ids())
        assert sorted(world.ids()) == [f"r{n:02}" for n in range(50)]

    @pytest.mark.parametrize(
        ("submitted", "since", "found"),
        [
            pytest.param("2026-02-10T00:00:00Z", "2026-02-10T00:00:00.000000000Z", True, id="the instant itself"),
            pytest.param("2026-02-10T00:00:00.5Z", "2026-02-10T00:00:00.000000000Z", True, id="text would sort before"),
            pytest.param("2026-02-10T00:00:00Z", "2026-02-10T00:00:00.500000000Z", False, id="text would sort after"),
            pytest.param("2026-02-10T00:00:00.123456Z", "2026-02-10T00:00:00.123456000Z", True, id="microsecond"),
            pytest.param("2026-02-10T00:00:00.123456Z", "2026-02-10T00:00:00.123457000Z", False, id="one later"),
            pytest.param("2026-02-10T00:00:00.123Z", "2026-02-10T00:00:00.123000001Z", False, id="a nanosecond later"),
            pytest.param("2026-02-10T00:00:00.123456789Z", "2026-02-10T00:00:00.123456789Z", True, id="nanosecond"),
            pytest.param("2026-02-10T00:00:00.123456788Z", "2026-02-10T00:00:00.123456789Z", False, id="just before"),
        ],
    )
    def test_compares_instants_at_full_precision(self, world: World, submitted: str, since: str, found: bool) -> None:
        world.submit(row("r1", submitted))
        assert world.ids(since) == (["r1"] if found else [])

    def test_filters_every_page(self, world: World) -> None:
        for n in range(10):
            world.submit(row(f"r{n}", f"2026-02-1{n}T00:00:00Z"))
        world.back.page_limit = 2
        assert sorted(world.ids("2026-02-13T00:00:00.000000000Z")) == [f"r{n}" for n in range(3, 10)]

    def test_gives_an_edited_response_again_by_its_last_time(self, world: World) -> None:
        world.submit(row("r1", "2026-02-10T00:00:00Z", respondentEmail="old@example.jp"))
        world.submit(row("r2", "2026-02-10T00:00:00Z"))
        world.submit(row("r1", "2026-02-20T00:00:00Z", respondentEmail="new@example.jp"))
        rows = list(world.form.responses("2026-02-15T00:00:00.000000000Z"))
        assert rows == [row("r1", "2026-02-20T00:00:00Z", respondentEmail="new@example.jp")]

    def test_gives_answers_as_they_are_and_nothing_beside(self, world: World) -> None:
        answers = {
            "11": {"questionId": "11", "textAnswers": {"answers": [{"value": "三毛猫"}, {"value": "𠮷"}]}, "grade": {}}
        }
        world.submit(row("answered", answers=answers, totalScore=1.0, formId=ID))
        world.submit(row("unanswered"))
        rows = {r["responseId"]: r for r in world.form.responses()}
        assert rows == {"answered": row("answered", answers=answers), "unanswered": row("unanswered")}

    def test_gives_a_removed_response_no_more(self, world: World) -> None:
        world.submit(row("r1"))
        world.submit(row("r2"))
        world.remove("r1")
        assert world.ids() == ["r2"]

    def test_may_be_called_again_when_the_service_was_away(self, world: World) -> None:
        world.submit(row("r1"))
        world.go_away()
        with pytest.raises(Again):
            list(world.impatient_form.responses())
        with pytest.raises(Again):
            world.impatient_form.form()
        world.come_back()
        assert world.ids() == ["r1"]


class TestWatches:
    """Every `Watches`."""

    def test_has_none_at_first(self, world: World) -> None:
        assert world.watches.list() == []

    def test_makes_one_that_lives_seven_days(self, world: World) -> None:
        watch = world.watches.create()
        assert (watch.state, watch.expires_at) == ("ACTIVE", instant_of(OPENING + WEEK))
        assert world.watches.list() == [watch]

    def test_returns_the_one_that_exists(self, world: World) -> None:
        first = world.watches.create()
        world.clock.wait(timedelta(days=1))
        assert world.watches.create() == first
        assert world.watches.list() == [first]

    def test_renews_from_now_and_keeps_the_id(self, world: World) -> None:
        first = world.watches.create()
        world.clock.wait(timedelta(days=6))
        renewed = world.watches.renew(first.id)
        assert renewed == replace(first, expires_at=instant_of(OPENING + timedelta(days=6) + WEEK))
        assert world.watches.list() == [renewed]

    def test_cannot_renew_what_expired_and_makes_another(self, world: World) -> None:
        first = world.watches.create()
        world.clock.wait(WEEK)
        assert world.watches.list() == []
        assert world.watches.renew(first.id) is None
        assert world.watches.create().id != first.id

    def test_cannot_renew_what_was_deleted_or_never_was(self, world: World) -> None:
        first = world.watches.create()
        world.watches.delete(first.id)
        assert world.watches.renew(first.id) is None
        assert world.watches.renew("never-was") is None

    def test_deletes_twice_and_what_never_was(self, world: World) -> None:
        first = world.watches.create()
        world.watches.delete(first.id)
        world.watches.delete(first.id)
        world.watches.delete("never-was")
        assert world.watches.list() == []

    def test_shows_a_suspension_and_lifts_it_by_renewal(self, world: World) -> None:
        first = world.watches.create()
        world.unshare()
        world.share()
        assert [w.state for w in world.watches.list()] == ["SUSPENDED"]
        renewed = world.watches.renew(first.id)
        assert renewed is not None
        assert (renewed.id, renewed.state) == (first.id, "ACTIVE")

    @pytest.mark.parametrize("power", ["list", "create", "renew", "delete"])
    def test_refuses_a_form_that_is_not_shared(self, world: World, power: str) -> None:
        world.unshare()
        call = getattr(world.watches, power)
        with pytest.raises(Refused) as refused:
            call(*["some-watch"] if power in ("renew", "delete") else [])
        assert refused.value.problem.code == "E-165"

    def test_finds_what_was_made_when_the_reply_was_lost(self, world: World) -> None:
        world.lose_next_reply()
        with pytest.raises(Again):
            world.watches.create()
        (made,) = world.watches.list()
        assert world.watches.create() == made

    def test_may_end_it_again_when_the_reply_was_lost(self, world: World) -> None:
        first = world.watches.create()
        world.lose_next_reply()
        with pytest.raises(Again):
            world.watches.delete(first.id)
        world.watches.delete(first.id)
        assert world.watches.list() == []


class TestGoogleClient:
    """What the real client does beside."""

    def test_asks_for_full_pages_with_the_filter_on_each(self, google: Google) -> None:
        for n in range(5):
            google.forms.submit(row(f"r{n}"))
        google.forms.page_limit = 2
        list(GoogleForm(settings(google.http), ID, QUICK).responses("2026-02-01T00:00:00.000000001Z"))
        asked = [call.query for call in google.forms.calls]
        assert len(asked) == 3
        assert {q["filter"] for q in asked} == {"timestamp >= 2026-02-01T00:00:00.000000001Z"}
        assert {q["pageSize"] for q in asked} == {"5000"}
        assert {q["fields"] for q in asked} == {RESPONSES_FIELDS}
        assert ["pageToken" in q for q in asked] == [False, True, True]

    def test_counts_the_rows_of_all_pages_and_fetches_nothing_of_what_they_say(self, google: Google) -> None:
        form = GoogleForm(settings(google.http), ID, QUICK)
        assert form.count() == 0
        for n in range(5):
            google.forms.submit(row(f"r{n}"))
        google.forms.page_limit = 2
        assert form.count() == 5
        assert {call.query["fields"] for call in google.forms.calls} == {IDS_FIELDS}

    def test_names_the_topic_and_the_event(self, google: Google) -> None:
        GoogleWatches(settings(google.http), ID, QUICK).create()
        watch = {"target": {"topic": {"topicName": TOPIC}}, "eventType": "RESPONSES"}
        assert google.forms.calls[-1].body == {"watch": watch}

    @pytest.mark.parametrize("status", [429, 500, 503, DROPPED])
    @pytest.mark.parametrize("after", [False, True])
    def test_repeats_reads(self, google: Google, status: int, after: bool) -> None:
        google.forms.submit(row("r1"))
        google.forms.fail(status, 2, after=after)
        assert list(GoogleForm(settings(google.http), ID, QUICK).responses()) == [row("r1")]
        assert [call.status for call in google.forms.calls] == [status, status, 200]

    def test_repeats_a_page_of_the_same_listing(self, google: Google) -> None:
        for n in range(4):
            google.forms.submit(row(f"r{n}"))
        google.forms.page_limit = 2
        rows = GoogleForm(settings(google.http), ID, QUICK).responses()
        first = next(rows)
        google.forms.fail(503, after=True)
        assert sorted(r["responseId"] for r in [first, *rows]) == ["r0", "r1", "r2", "r3"]

    @pytest.mark.parametrize("status", [429, 500, 503, DROPPED])
    @pytest.mark.parametrize("power", ["create", "renew", "delete"])
    def test_makes_changes_once(self, google: Google, status: int, power: str) -> None:
        watches = GoogleWatches(settings(google.http), ID, QUICK)
        watch = watches.create()
        google.forms.fail(status)
        with pytest.raises(Again):
            getattr(watches, power)(*[] if power == "create" else [watch.id])
        assert [call.status for call in google.forms.calls] == [200, status]

    def test_gives_up_a_read_in_time(self, google: Google) -> None:
        google.forms.fail(503, 100_000)
        began = time.monotonic()
        with pytest.raises(Again) as away:
            GoogleForm(settings(google.http), ID, QUICK.with_timeout(0.2)).form()
        assert time.monotonic() - began < 60
        assert away.value.problem.code == "E-166"

    def test_waits_no_longer_than_a_minute_in_production(self) -> None:
        assert reads(edge.Host().patience).timeout == READS.timeout == 60

    def test_leaves_a_service_that_is_away_more_time_after_each_attempt(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pause is drawn at random below a limit, which begins with a second and doubles."""
        assert pauses_of(READS, Again(AWAY), 3, monkeypatch) == [1, 2, 4]

    def test_takes_no_reply_at_all_for_away(self) -> None:
        with served(Flask("nobody")) as http:
            pass
        for name, call in powers(settings(http)).items():
            with pytest.raises(Again) as away:
                call()
            assert leaks(away.value) == [], name

    def test_refuses_a_form_that_is_not_there_and_says_how_to_share(self, google: Google) -> None:
        with pytest.raises(Refused) as refused:
            GoogleForm(settings(google.http), "mistyped", QUICK).form()
        assert "「編集者」として追加" in refused.value.sentence
        assert "フォームID" in refused.value.sentence

    def test_keeps_to_its_own_watches(self, google: Google) -> None:
        google.forms.account = "somebody@p"
        elsewhere = GoogleWatches(settings(google.http, "projects/p/topics/other"), ID, QUICK).create()
        _create(google, {"watch": {"target": {"topic": {"topicName": TOPIC}}, "eventType": "SCHEMA"}})
        google.forms.account = "function@p"
        watches = GoogleWatches(settings(google.http), ID, QUICK)
        assert watches.list() == []
        mine = watches.create()
        assert mine.id != elsewhere.id
        assert watches.list() == [mine]
        assert watches.create() == mine

    def test_raises_the_alarm_when_its_watch_notifies_another_topic(self, google: Google) -> None:
        GoogleWatches(settings(google.http, "projects/p/topics/other"), ID, QUICK).create()
        with pytest.raises(Broken) as broken:
            GoogleWatches(settings(google.http), ID, QUICK).create()
        assert broken.value.problem.code == "E-169"

    def test_tries_again_later_if_the_watch_that_is_said_to_exist_is_not_listed(self) -> None:
        """A watch that lapsed between the two requests, or a list that lags behind: nobody can tell which."""
        app = Flask("lagging")
        exists = {
            "error": {
                "code": 400,
                "message": "A watch of that event type already exists.",
                "status": "INVALID_ARGUMENT",
            }
        }
        app.add_url_rule("/v1/forms/<_>/watches", "create", lambda _: (exists, 400), methods=["POST"])
        app.add_url_rule("/v1/forms/<_>/watches", "list", lambda _: {"watches": []})
        with served(app) as http, pytest.raises(Again) as caught:
            GoogleWatches(settings(http), ID, QUICK).create()
        assert caught.value.problem.code == "E-166"

    def test_returns_the_active_one_of_several(self, google: Google) -> None:
        watches = GoogleWatches(settings(google.http), ID, QUICK)
        made = {}
        for account in ("a@p", "b@p", "c@p"):
            google.forms.account = account
            made[account] = watches.create()
            google.clock.wait(timedelta(hours=1))
        google.forms.suspend(made["c@p"].id, "OTHER_ERRORS")
        assert watches.create() == made["b@p"]

    def test_raises_the_alarm_when_a_suspension_cannot_be_lifted(self, google: Google) -> None:
        watches = GoogleWatches(settings(google.http), ID, QUICK)
        watch = watches.create()
        google.forms.suspend(watch.id, "PROJECT_NOT_AUTHORIZED")
        with pytest.raises(Broken):
            watches.renew(watch.id)

    def test_raises_the_alarm_when_a_topic_is_not_accepted(self, google: Google) -> None:
        with pytest.raises(Broken) as broken:
            GoogleWatches(settings(google.http, "no-full-name"), ID, QUICK).create()
        assert (broken.value.problem.code, broken.value.facts) == ("E-168", {"status": 400})


CANARY = "canary@example.jp"
GIVEN = "watch-given"


def reason(name: str) -> list[dict[str, str]]:
    """Give the details of an error as `google.rpc.ErrorInfo` says them."""
    return [{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": name, "domain": "googleapis.com"}]


REPLIES = [
    pytest.param(400, [], Broken, "E-168", id="bad request"),
    pytest.param(401, [], Broken, "E-167", id="no account"),
    pytest.param(403, [], Refused, "E-165", id="not shared"),
    pytest.param(403, reason("SERVICE_DISABLED"), Broken, "E-167", id="API not enabled"),
    pytest.param(403, reason("ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Broken, "E-167", id="scope missing"),
    pytest.param(403, reason("RATE_LIMIT_EXCEEDED"), Again, "E-166", id="quota as 403"),
    pytest.param(404, [], Refused, "E-165", id="not there"),
    pytest.param(408, [], Again, "E-166", id="timeout"),
    pytest.param(409, [], Again, "E-166", id="conflict"),
    pytest.param(429, [], Again, "E-166", id="quota"),
    pytest.param(500, [], Again, "E-166", id="internal"),
    pytest.param(503, [], Again, "E-166", id="away"),
]
TEXTS = [
    pytest.param(f"<html>{CANARY}</html>".encode(), Again, "E-166", id="not JSON"),
    pytest.param(f'["{CANARY}"]'.encode(), Again, "E-166", id="no object"),
    pytest.param(CANARY.encode() + b"\xff", Again, "E-166", id="not UTF-8"),
]


@contextmanager
def saying(status: int, body: bytes) -> Iterator[Settings]:
    """Serve one reply whatever is asked."""
    app = Flask("saying")
    app.add_url_rule("/<path:_>", "any", lambda _: Response(body, status), methods=["GET", "POST", "DELETE"])
    with served(app) as http:
        yield settings(http)


def powers(here: Settings) -> dict[str, Callable[[], Any]]:
    """Name every call of the real client."""
    form, watches = GoogleForm(here, ID, IMPATIENT), GoogleWatches(here, ID, IMPATIENT)
    return {
        "form": form.form,
        "responses": lambda: list(form.responses("2026-02-01T00:00:00.000000000Z")),
        "list": watches.list,
        "create": watches.create,
        "renew": lambda: watches.renew(GIVEN),
        "delete": lambda: watches.delete(GIVEN),
    }


def leaks(error: PrizedrawError) -> list[str]:
    """Find in all that a log could print of *error* what must not be there, a chained exception too."""
    chained = [error.__cause__] if error.__suppress_context__ else [error.__cause__, error.__context__]
    text = "".join(traceback.format_exception(error)) + repr(error) + repr(error.args) + repr(error.facts)
    found = [word for word in (CANARY, "127.0.0.1", "timestamp >=", ID, GIVEN, "ErrorReply") if word in text]
    return found + [type(other).__name__ for other in chained if other]


class TestErrors:
    """What the real client makes of replies that are errors, for each of its calls."""

    @pytest.mark.parametrize(("status", "details", "kind", "code"), REPLIES)
    def test_judges_by_status_and_reason(
        self, status: int, details: list[dict[str, str]], kind: type[PrizedrawError], code: str
    ) -> None:
        body = {"error": {"code": status, "message": f"About {CANARY}", "status": "X", "details": details}}
        with saying(status, json.dumps(body).encode()) as here:
            for name, call in powers(here).items():
                if status == 404 and name in ("renew", "delete"):
                    assert call() is None
                    continue
                with pytest.raises(PrizedrawError) as raised:
                    call()
                assert (type(raised.value), raised.value.problem.code) == (kind, code), name
                assert leaks(raised.value) == [], name
                assert CANARY not in raised.value.sentence

    @pytest.mark.parametrize(("body", "kind", "code"), TEXTS)
    def test_concludes_nothing_from_what_it_cannot_read(
        self, body: bytes, kind: type[PrizedrawError], code: str
    ) -> None:
        with saying(200, body) as here:
            for name, call in powers(here).items():
                with pytest.raises(PrizedrawError) as raised:
                    call()
                assert (type(raised.value), raised.value.problem.code) == (kind, code), name
                assert leaks(raised.value) == [], name

    @pytest.mark.parametrize("body", [{}, {"id": "w"}, {"id": "w", "state": "ACTIVE", "expireTime": CANARY}])
    def test_raises_the_alarm_for_a_watch_that_is_none(self, body: dict[str, str]) -> None:
        with saying(200, json.dumps(body).encode()) as here, pytest.raises(Broken) as broken:
            GoogleWatches(here, ID, IMPATIENT).create()
        assert broken.value.facts == {"status": 200}
        assert leaks(broken.value) == []

    def test_finds_a_leak(self) -> None:
        try:
            raise ValueError(f"GET http://127.0.0.1/v1/forms/{ID}: {CANARY}")
        except ValueError as error:
            chained = Again(AWAY)
            chained.__cause__ = error
        assert leaks(chained) == [CANARY, "127.0.0.1", ID, "ValueError"]

    def test_logs_nothing_of_a_reply(self, caplog: pytest.LogCaptureFixture) -> None:
        with saying(403, CANARY.encode()) as here, caplog.at_level("INFO"):
            for call in powers(here).values():
                with pytest.raises(Refused):
                    call()
        assert [record.name for record in caplog.records if record.name != "werkzeug"] == []


def _create(google: Google, body: dict[str, Any]) -> requests.Response:
    return requests.post(f"{google.http}/v1/forms/{ID}/watches", json=body, timeout=60)


def _list(google: Google, **query: Any) -> requests.Response:
    return requests.get(f"{google.http}/v1/forms/{ID}/responses", params=query, timeout=60)


def _error(reply: requests.Response) -> tuple[int, str, str]:
    error = reply.json()["error"]
    assert error["code"] == reply.status_code
    return reply.status_code, error["status"], error["message"]


WATCH = {"watch": {"target": {"topic": {"topicName": TOPIC}}, "eventType": "RESPONSES"}}


class TestLocalForms:
    """Whether the local Google behaves as the real one, where our own client would not notice."""

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ("timestamp > 2026-02-10T00:00:00.123456788Z", True),
            ("timestamp > 2026-02-10T00:00:00.123456789Z", False),
            ("timestamp >= 2026-02-10T00:00:00.123456789Z", True),
            ("timestamp >= 2026-02-10T00:00:00.12345679Z", False),
            ("timestamp > 2026-02-10T00:00:00Z", True),
            ("timestamp > 2026-02-10T00:00:01Z", False),
        ],
    )
    def test_knows_both_filters(self, google: Google, condition: str, found: bool) -> None:
        google.forms.submit(row("r1", "2026-02-10T00:00:00.123456789Z"))
        assert _list(google, filter=condition).json() == (
            {"responses": [row("r1", "2026-02-10T00:00:00.123456789Z")]} if found else {}
        )

    @pytest.mark.parametrize(
        "condition",
        [
            "timestamp < 2026-02-10T00:00:00Z",
            "timestamp>2026-02-10T00:00:00Z",
            "timestamp > 2026-02-10T09:00:00+09:00",
            "timestamp > 2026-02-10",
            "timestamp > 2026-02-10T00:00:00Z AND timestamp < 2026-02-11T00:00:00Z",
            "createTime > 2026-02-10T00:00:00Z",
            "timestamp > 2026-02-10T00:00:00.1234567890Z",
        ],
    )
    def test_knows_no_other_filter(self, google: Google, condition: str) -> None:
        google.forms.submit(row("r1"))
        assert _error(_list(google, filter=condition))[:2] == (400, "INVALID_ARGUMENT")

    def test_ties_a_token_to_its_filter(self, google: Google) -> None:
        for n in range(3):
            google.forms.submit(row(f"r{n}"))
        google.forms.page_limit = 2
        first = _list(google, filter="timestamp > 2026-01-01T00:00:00Z").json()
        token = first["nextPageToken"]
        good = _list(google, filter="timestamp > 2026-01-01T00:00:00Z", pageToken=token)
        assert len(first["responses"]) + len(good.json()["responses"]) == 3
        assert _error(_list(google, pageToken=token))[:2] == (400, "INVALID_ARGUMENT")
        assert _error(_list(google, filter="timestamp >= 2026-01-01T00:00:00Z", pageToken=token))[0] == 400
        assert _error(_list(google, pageToken="invented"))[0] == 400

    def test_gives_at_most_5000_rows(self, google: Google) -> None:
        for n in range(5001):
            google.forms.submit(row(f"r{n}"))
        google.forms.page_limit = 9999
        for size in ({}, {"pageSize": 0}, {"pageSize": 9999}):
            assert len(_list(google, **size).json()["responses"]) == 5000
        assert len(_list(google, pageSize=7).json()["responses"]) == 7
        assert _error(_list(google, pageSize=-1))[0] == 400
        assert _error(_list(google, pageSize="many"))[0] == 400
        google.forms.calls.pop()  # The client library would not let such a page size pass.

    def test_leaves_out_the_form_id_in_a_list_and_gives_all_else_without_a_mask(self, google: Google) -> None:
        google.forms.submit(row("r1", formId=ID, totalScore=1.0))
        assert _list(google).json() == {"responses": [row("r1", totalScore=1.0)]}
        assert requests.get(f"{google.http}/v1/forms/{ID}", timeout=60).json() == FORM

    def test_gives_times_by_its_clock_and_keeps_the_first_at_an_edit(self, google: Google) -> None:
        first = google.forms.submit({"answers": {}})
        google.clock.wait(timedelta(hours=1, microseconds=1500))
        edited = google.forms.submit({"responseId": first["responseId"]})
        assert first["createTime"] == first["lastSubmittedTime"] == "2026-02-03T00:00:00Z"
        assert (edited["createTime"], edited["lastSubmittedTime"]) == (
            "2026-02-03T00:00:00Z",
            "2026-02-03T01:00:00.001500Z",
        )

    def test_allows_one_watch_per_account_and_event(self, google: Google) -> None:
        assert _create(google, WATCH).status_code == 200
        assert _error(_create(google, WATCH)) == (
            400,
            "FAILED_PRECONDITION",
            "A watch for the given end user, project, form, and event type already exists.",
        )
        schema = {"watch": WATCH["watch"] | {"eventType": "SCHEMA"}}
        assert _create(google, schema).status_code == 200
        google.forms.account = "somebody@p"
        assert _create(google, WATCH).status_code == 200

    def test_limits_the_watches_per_form_and_event(self, google: Google) -> None:
        for n in range(20):
            google.forms.account = f"account-{n}"
            assert _create(google, WATCH).status_code == 200
        google.forms.account = "one-more"
        assert _error(_create(google, WATCH))[:2] == (400, "FAILED_PRECONDITION")
        google.clock.wait(WEEK)
        assert _create(google, WATCH).status_code == 200

    def test_gives_a_watch_to_whoever_renews_it(self, google: Google) -> None:
        watch = _create(google, WATCH).json()
        google.forms.account = "somebody@p"
        assert requests.post(f"{google.http}/v1/forms/{ID}/watches/{watch['id']}:renew", timeout=60).ok
        assert _create(google, WATCH).status_code == 400
        google.forms.account = "function@project.iam.gserviceaccount.com"
        assert _create(google, WATCH).status_code == 200

    def test_says_what_suspended_a_watch(self, google: Google) -> None:
        watch = _create(google, WATCH).json()
        google.forms.suspend(watch["id"], "OTHER_ERRORS")
        url = f"{google.http}/v1/forms/{ID}/watches"
        (seen,) = requests.get(url, timeout=60).json()["watches"]
        assert (seen["state"], seen["errorType"]) == ("SUSPENDED", "OTHER_ERRORS")
        renew = f"{url}/{watch['id']}:renew"
        assert _error(requests.post(renew, timeout=60))[:2] == (400, "FAILED_PRECONDITION")
        google.forms.cure(watch["id"])
        renewed = requests.post(renew, timeout=60).json()
        assert renewed["state"] == "ACTIVE"
        assert "errorType" not in renewed

    def test_replies_to_what_is_gone_as_the_service_does(self, google: Google) -> None:
        watch = _create(google, WATCH | {"watchId": "my-watch"}).json()
        url = f"{google.http}/v1/forms/{ID}/watches/{watch['id']}"
        assert (watch["id"], requests.delete(url, timeout=60).json()) == ("my-watch", {})
        assert _error(requests.delete(url, timeout=60)) == (
            403,
            "PERMISSION_DENIED",
            "Watch not found or permission denied.",
        )
        assert _error(requests.post(f"{url}:renew", timeout=60))[:2] == (404, "NOT_FOUND")

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param({"watch": {"eventType": "RESPONSES"}}, id="no topic"),
            pytest.param({"watch": WATCH["watch"] | {"eventType": "OTHER"}}, id="unknown event"),
            pytest.param({"watch": WATCH["watch"] | {"id": "mine"}}, id="id in the watch"),
            pytest.param(WATCH | {"watchId": "Mine1"}, id="characters not allowed"),
            pytest.param(WATCH | {"watchId": "abc"}, id="too short"),
            pytest.param({}, id="nothing"),
        ],
    )
    def test_makes_no_watch_of_nonsense(self, google: Google, body: dict[str, Any]) -> None:
        assert _error(_create(google, body))[:2] == (400, "INVALID_ARGUMENT")
        google.forms.calls.clear()  # They depart from the discovery document on purpose.

    @pytest.mark.parametrize(("after", "made"), [(False, 0), (True, 1)])
    def test_fails_before_or_after_the_effect(self, google: Google, after: bool, made: int) -> None:
        google.forms.fail(503, after=after)
        assert _error(_create(google, WATCH))[:2] == (503, "UNAVAILABLE")
        reply = requests.get(f"{google.http}/v1/forms/{ID}/watches", timeout=60).json()
        assert len(reply.get("watches", [])) == made

    def test_takes_responses_from_many_threads(self, google: Google) -> None:
        def visitor(name: int) -> None:
            for n in range(50):
                google.forms.submit(row(f"{name}-{n}"))
                _list(google, pageSize=1)

        threads = [threading.Thread(target=visitor, args=(name,)) for name in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(_list(google).json()["responses"]) == 200
        assert len(google.forms.calls) == 201


class TestNotifications:
    """What arrives on the topic."""

    @pytest.fixture
    def seen(self, google: Google) -> list[dict[str, str]]:
        seen: list[dict[str, str]] = []
        google.forms.on_notification(seen.append)
        _create(google, WATCH | {"watchId": "the-watch"})
        return seen

    def test_carry_attributes_only(self, google: Google, seen: list[dict[str, str]]) -> None:
        google.forms.submit(row("r1", respondentEmail=CANARY))
        assert seen == [{"eventType": "RESPONSES", "formId": ID, "watchId": "the-watch"}]

    def test_come_at_most_every_thirty_seconds(self, google: Google, seen: list[dict[str, str]]) -> None:
        for n in range(10):
            google.forms.submit(row(f"r{n}"))
            google.clock.wait(timedelta(seconds=1))
        assert len(seen) == 1
        google.clock.wait(timedelta(seconds=20))
        assert (google.forms.notifications.deliver(), len(seen)) == (1, 2)
        google.clock.wait(timedelta(hours=1))
        assert (google.forms.notifications.deliver(), len(seen)) == (0, 2)

    def test_come_for_edits_too_but_not_for_removals(self, google: Google, seen: list[dict[str, str]]) -> None:
        google.forms.submit(row("r1"))
        google.clock.wait(timedelta(minutes=1))
        google.forms.submit(row("r1", "2026-02-11T00:00:00Z"))
        assert len(seen) == 2
        google.clock.wait(timedelta(minutes=1))
        google.forms.remove("r1")
        assert (google.forms.notifications.deliver(), len(seen)) == (0, 2)

    @pytest.mark.parametrize(("knob", "times"), [("drop", 0), ("double", 2)])
    def test_get_lost_or_come_twice(self, google: Google, seen: list[dict[str, str]], knob: str, times: int) -> None:
        setattr(google.forms.notifications, knob, 1)
        google.forms.submit(row("r1"))
        assert len(seen) == times
        google.clock.wait(timedelta(minutes=1))
        google.forms.submit(row("r2"))
        assert len(seen) == times + 1

    def test_come_late(self, google: Google, seen: list[dict[str, str]]) -> None:
        google.forms.notifications.delay = timedelta(minutes=10)
        google.forms.submit(row("r1"))
        google.clock.wait(timedelta(minutes=9))
        assert (google.forms.notifications.deliver(), len(seen)) == (0, 0)
        google.clock.wait(timedelta(minutes=1))
        assert (google.forms.notifications.deliver(), len(seen)) == (1, 1)

    def test_cease_when_the_watch_is_suspended_expired_or_deleted(
        self, google: Google, seen: list[dict[str, str]]
    ) -> None:
        google.forms.suspend("the-watch", "PROJECT_NOT_AUTHORIZED")
        google.forms.submit(row("r1"))
        google.forms.cure("the-watch")
        watches = GoogleWatches(settings(google.http), ID, QUICK)
        watches.renew("the-watch")
        google.clock.wait(WEEK)
        google.forms.submit(row("r2"))
        watches.delete(watches.create().id)
        google.forms.submit(row("r3"))
        assert seen == []

    def test_may_lead_to_a_pull_at_once(self, google: Google, seen: list[dict[str, str]]) -> None:
        pulled: list[int] = []
        google.forms.on_notification(lambda _: pulled.append(len(_list(google).json()["responses"])))
        google.forms.submit(row("r1"))
        assert pulled == [1]

    def test_tell_of_a_changed_form_where_that_is_watched(self, google: Google, seen: list[dict[str, str]]) -> None:
        _create(google, {"watch": WATCH["watch"] | {"eventType": "SCHEMA"}, "watchId": "of-the-form"})
        google.forms.put_form(FORM)
        assert seen == []
        google.forms.put_form(FORM | {"items": []})
        assert seen == [{"eventType": "SCHEMA", "formId": ID, "watchId": "of-the-form"}]


DOC = {"a": {"b": 1, "c": 2}, "d": [{"e": 3, "f": 4}, {"f": 5}], "g": "h"}


class TestFieldsMask:
    """How a reply is cut."""

    @pytest.mark.parametrize(
        ("mask", "cut"),
        [
            ("*", DOC),
            ("g", {"g": "h"}),
            ("a", {"a": {"b": 1, "c": 2}}),
            ("a/b", {"a": {"b": 1}}),
            ("a.b,g", {"a": {"b": 1}, "g": "h"}),
            ("a(b,c),d/e", {"a": {"b": 1, "c": 2}, "d": [{"e": 3}, {}]}),
            ("a/b,a/c", {"a": {"b": 1, "c": 2}}),
            ("a,a/b", {"a": {"b": 1, "c": 2}}),
            ("*/b", {"a": {"b": 1}, "d": [{}, {}], "g": "h"}),
            ("d(e),g", {"d": [{"e": 3}, {}], "g": "h"}),
            ("absent", {}),
        ],
    )
    def test_selects(self, mask: str, cut: Any) -> None:
        assert partial(DOC, parse_fields(mask)) == cut

    @pytest.mark.parametrize(
        "mask", ["", ",", "a,", "a(", "a(b", "a)", "a()", "a//b", "a/", "/a", "a b!", "a b", "a(b)c", "あ"]
    )
    def test_is_refused_when_malformed(self, google: Google, mask: str) -> None:
        with pytest.raises(ValueError, match="mask"):
            parse_fields(mask)
        assert _error(_list(google, fields=mask))[:2] == (400, "INVALID_ARGUMENT")
        google.forms.calls.clear()  # They depart from the discovery document on purpose.

    @pytest.mark.parametrize(
        ("schema", "mask"),
        [
            ("Form", FORM_FIELDS),
            ("ListFormResponsesResponse", RESPONSES_FIELDS),
            ("Watch", WATCH_FIELDS),
            ("ListWatchesResponse", WATCHES_FIELDS),
        ],
    )
    def test_of_ours_names_real_fields(self, schema: str, mask: str) -> None:
        google_discovery.check_fields(FORMS, schema, parse_fields(mask))
        with pytest.raises(google_discovery.Violation, match="planted: unknown field"):
            google_discovery.check_fields(FORMS, schema, parse_fields(f"{mask},planted"))


class TestDiscovery:
    """Whether the oracle can say no."""

    @pytest.mark.parametrize(
        ("planted", "said"),
        [
            pytest.param({"responseid": "r"}, "FormResponse.responseid: unknown property", id="misspelt"),
            pytest.param({"answers": {"1": {"text": {}}}}, "FormResponse.answers.1.text: unknown", id="deep"),
            pytest.param({"answers": []}, "FormResponse.answers: list instead of object", id="list for map"),
            pytest.param({"responseId": 1}, "FormResponse.responseId: int instead of string", id="number for text"),
            pytest.param({"totalScore": "1"}, "FormResponse.totalScore: str instead of number", id="text for number"),
            pytest.param({"totalScore": True}, "FormResponse.totalScore: bool instead of number", id="true for number"),
            pytest.param({"createTime": "2026-02-03"}, "FormResponse.createTime: not of format", id="date for time"),
            pytest.param({"createTime": "2026-02-03T09:00:00+09:00"}, "not of format", id="zone for Zulu"),
            pytest.param({"respondentEmail": None}, "respondentEmail: NoneType instead of string", id="null"),
            pytest.param(
                {"answers": {"1": {"textAnswers": {"answers": [{"value": 1}]}}}},
                r"FormResponse.answers.1.textAnswers.answers\[0\].value: int",
                id="in a list",
            ),
        ],
    )
    def test_finds_a_planted_fault(self, planted: dict[str, Any], said: str) -> None:
        google_discovery.check(FORMS, "FormResponse", row("r1"))
        with pytest.raises(google_discovery.Violation, match=said):
            google_discovery.check(FORMS, "FormResponse", row("r1") | planted)

    def test_names_all_faults_at_once(self) -> None:
        with pytest.raises(
            google_discovery.Violation, match=r"Watch\.ttl: unknown property; Watch\.state: not in the enum"
        ):
            google_discovery.check(FORMS, "Watch", {"ttl": 1, "state": "ASLEEP"})

    def test_finds_a_field_planted_in_a_reply_on_the_wire(self) -> None:
        with local_google(FORM | {"items": [{"itemId": "1", "planted": 1}]}) as google:
            assert requests.get(f"{google.http}/v1/forms/{ID}", timeout=60).ok
            with pytest.raises(google_discovery.Violation, match=r"Form\.items\[0\]\.planted: unknown property"):
                google.conforms()

    @pytest.mark.parametrize(
        ("verb", "path", "query", "body", "said"),
        [
            pytest.param("PUT", "/v1/forms/f", {}, None, "0 methods", id="no such verb"),
            pytest.param("GET", "/v1/forms/f/answers", {}, None, "0 methods", id="no such path"),
            pytest.param("GET", "/v1/forms/f", {"mask": "a"}, None, "mask: unknown parameter", id="parameter"),
            pytest.param("GET", "/v1/forms/f/responses", {"pageSize": "ten"}, None, "pageSize: str", id="its type"),
            pytest.param("GET", "/v1/forms/f/responses", {"filter": ["a", "b"]}, None, "more than once", id="twice"),
            pytest.param("GET", "/v1/forms/f", {}, {}, "body: none is allowed", id="body"),
            pytest.param("POST", "/v1/forms/f/watches", {}, {"topic": "t"}, "topic: unknown", id="body's field"),
            pytest.param("POST", "/v1/forms/f/watches/w:renew", {"alt": "xml"}, {}, "alt: not in the enum", id="enum"),
        ],
    )
    def test_finds_a_faulty_request(self, verb: str, path: str, query: dict[str, Any], body: Any, said: str) -> None:
        with pytest.raises(google_discovery.Violation, match=said):
            google_discovery.check_request(FORMS, verb, path, query, body)

    def test_serves_other_documents(self) -> None:
        gmail = google_discovery.load("gmail.v1")
        message = {"id": "1", "internalDate": "1770076800000", "raw": "8J-QiA==", "sizeEstimate": 3}
        google_discovery.check(gmail, "Message", message)
        for wrong in ({"internalDate": 1.5}, {"internalDate": "soon"}, {"raw": "あ"}, {"sizeEstimate": "3"}):
            with pytest.raises(google_discovery.Violation):
                google_discovery.check(gmail, "Message", message | wrong)
        send = google_discovery.check_request(
            gmail, "POST", "/gmail/v1/users/me/drafts/send", {"alt": "json"}, {"id": "d"}
        )
        assert (send["id"], google_discovery.response_schema(send)) == ("gmail.users.drafts.send", "Message")
        upload = google_discovery.check_request(gmail, "POST", "/upload/gmail/v1/users/me/drafts", {}, None)
        assert upload["id"] == "gmail.users.drafts.create"
