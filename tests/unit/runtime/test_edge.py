"""The edge: what comes in over HTTP, what goes out, and that no error's text ever does."""

import base64
import gc
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, Field

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Broken, Final, PrizedrawError, Problem, Refused
from prizedraw.runtime import edge
from prizedraw.runtime.lease import Busy
from prizedraw.runtime.orders import CLOSED, Caller, Message, Order, Reply, Result
from prizedraw.runtime.settings import Settings
from prizedraw.times import utc_now
from support.personal_data import found
from support.requests import ENVIRON, OPERATOR, SCHEDULER, bearer, request, token

CANARY = "taro.yamada@canary.example"
WRONG = Problem("E-998", "{day}までに{{}}を入力してください。")
DONE = Reply(Result.DONE, ("抽選しました。",), {"当選": 3}, next="結果を確かめてください。")

LOG_FIELDS = {"severity", "event", "step", "code", "kind", "where", "counts"}


class DrawOrder(Order):
    """An order with fields of every kind."""

    count: int | None = None
    word: str | None = Field(default=None, pattern="^[a-z]+$", max_length=5)
    sure: bool = False


class NeedyOrder(BaseModel):
    """An order that needs a field."""

    model_config = CLOSED

    reason: str


@dataclass
class Desk:
    """A step that records what it is asked and does what it is told to."""

    behave: Callable[[], Reply] = lambda: DONE
    wirings: list[Settings] = field(default_factory=list)
    calls: list[tuple[Any, Caller]] = field(default_factory=list)

    def wire(self, settings: Settings, host: edge.Host) -> edge.Step[Any]:
        self.wirings.append(settings)
        return self.act

    def act(self, order: Any, caller: Caller, /) -> Reply:
        self.calls.append((order, caller))
        return self.behave()

    def operator(self, body: type[BaseModel] = DrawOrder, environ: Mapping[str, str] = ENVIRON) -> Any:
        return edge.operator("draw", body, self.wire, environ)

    def subscriber(self) -> Any:
        return edge.subscriber("intake", self.wire, ENVIRON)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Callable[[], list[dict[str, Any]]]:
    """Return a way to read the log so far; stderr must stay empty and each line have the fixed fields only."""

    def read() -> list[dict[str, Any]]:
        written = capsys.readouterr()
        assert written.err == ""
        lines = [json.loads(line) for line in written.out.splitlines()]
        assert all(line.keys() <= LOG_FIELDS for line in lines)
        return lines

    return read


def raising(error: BaseException) -> Callable[[], Reply]:
    def behave() -> Reply:
        raise error

    return behave


# What an operator sends.


@pytest.mark.parametrize(
    ("body", "order"),
    [
        (b"", DrawOrder()),
        (b" \n ", DrawOrder()),
        (b"{}", DrawOrder()),
        (b'\xef\xbb\xbf{"sure": true}', DrawOrder(sure=True)),
        ({"confirm": "ABCD-EFGH", "count": 3, "word": "abc"}, DrawOrder(confirm="ABCD-EFGH", count=3, word="abc")),
    ],
    ids=["nothing", "blanks", "empty object", "with a byte order mark", "fields"],
)
def test_a_body_becomes_an_order(desk: Desk, body: Any, order: DrawOrder) -> None:
    _, status, _ = desk.operator()(request(body))
    assert status == 200
    assert desk.calls == [(order, Caller(OPERATOR, scheduled=False))]


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"confirm",
        b"'confirm'",
        b"{\"confirm\": '1'}",
        b"[]",
        b"null",
        b'"ABCD-EFGH"',
        b"3",
        b"\xff\xfe\xfd",
        b'{"word": "\xff"}',
        b"[" * 100_000,
        b'{"count": ' + b"9" * 5_000 + b"}",
    ],
    ids=[
        "cut",
        "a word",
        "a quoted word",
        "single quotes",
        "a list",
        "null",
        "a string",
        "a number",
        "no text",
        "no UTF-8",
        "too deep",
        "too long a number",
    ],
)
def test_what_is_no_json_object_is_refused_as_such(desk: Desk, body: bytes) -> None:
    text, status, headers = desk.operator()(request(body))
    assert (status, json.loads(text)["code"]) == (400, "E-130")
    assert headers == {"Content-Type": "application/json; charset=utf-8"}
    assert desk.calls == []


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"count": "3"}, "count：数字（引用符なし）で入力してください"),
        ({"count": 3.5}, "count：数字（引用符なし）で入力してください"),
        ({"count": True}, "count：数字（引用符なし）で入力してください"),
        ({"sure": "true"}, "sure：true か false で入力してください"),
        ({"confirm": 12345678}, 'confirm：文字列（"…"）で入力してください'),
        ({"confirm": "x" * 33}, "confirm：長すぎます"),
        ({"word": "ABC"}, "word：形が正しくありません"),
        ({CANARY: 1}, "（不明な項目）：使えない項目です"),
        (
            {"count": CANARY, "Confirm": "ABCD"},
            "count：数字（引用符なし）で入力してください、（不明な項目）：使えない項目です",
        ),
        ({"word": "\ud800"}, "word：値が正しくありません"),
    ],
)
def test_wrong_fields_are_named_all_at_once_and_nothing_that_was_sent_is_repeated(
    desk: Desk, body: Any, faults: str
) -> None:
    text, status, _ = desk.operator()(request(json.dumps(body).encode()))
    reply = json.loads(text)
    assert (status, reply["code"]) == (400, "E-132")
    assert reply["summary"] == [f"本文の項目に誤りがあります：{faults}"]
    assert not found([CANARY], [text])


def test_a_field_that_is_missing_is_named(desk: Desk) -> None:
    text, status, _ = desk.operator(NeedyOrder)(request({}))
    assert (status, json.loads(text)["summary"]) == (
        400,
        ["本文の項目に誤りがあります：reason：必要な項目がありません"],
    )


def test_what_is_pasted_with_its_line_breaks_and_tabs_is_read(desk: Desk) -> None:
    text, status, _ = desk.operator()(request(b'{"confirm": "ABCD-EFGH\n\t"}'))
    assert (status, json.loads(text)) == (200, DONE.to_json())


def test_a_body_that_is_too_large_is_refused(desk: Desk) -> None:
    text, status, _ = desk.operator()(request(b" " * (edge.MOST_BODY_BYTES + 1)))
    assert (status, json.loads(text)["code"]) == (400, "E-131")


def test_a_body_that_declares_itself_too_large_is_refused_without_being_read(desk: Desk) -> None:
    large = request(b" " * (edge.MOST_BODY_BYTES + 1))
    text, status, _ = desk.operator()(large)
    assert (status, json.loads(text)["code"]) == (400, "E-131")
    assert large.stream.tell() == 0


def test_a_body_without_a_declared_length_is_measured(desk: Desk) -> None:
    large = request(b" " * (edge.MOST_BODY_BYTES + 1))
    large.environ["wsgi.input_terminated"] = True
    del large.environ["CONTENT_LENGTH"]
    large.environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    assert large.content_length is None
    text, status, _ = desk.operator()(large)
    assert (status, json.loads(text)["code"]) == (400, "E-131")


def test_a_body_of_just_the_permitted_size_is_read(desk: Desk) -> None:
    _, status, _ = desk.operator()(request(b"{}".ljust(edge.MOST_BODY_BYTES)))
    assert status == 200


# Who calls.


@pytest.mark.parametrize(
    ("headers", "caller"),
    [
        (bearer(OPERATOR), Caller(OPERATOR, scheduled=False)),
        (bearer(SCHEDULER), Caller(SCHEDULER, scheduled=True)),
        (bearer(f"not-{SCHEDULER}"), Caller(f"not-{SCHEDULER}", scheduled=False)),
        ({"X-Serverless-Authorization": bearer(OPERATOR)["Authorization"]}, Caller(OPERATOR, scheduled=False)),
    ],
)
def test_the_caller_is_the_email_of_the_token(desk: Desk, headers: dict[str, str], caller: Caller) -> None:
    desk.operator()(request({}, headers))
    assert desk.calls == [(DrawOrder(), caller)]


def test_a_token_of_whatever_length_is_read(desk: Desk) -> None:
    """Base64 in a token has no signs of filling: how many are missing depends on the length."""
    emails = [f"{'h' * length}@example.jp" for length in range(1, 61)]
    for email in emails:
        desk.operator()(request({}, bearer(email)))
    assert [caller.principal for _, caller in desk.calls] == emails


def test_the_token_that_iam_checked_goes_before_the_one_that_it_did_not(desk: Desk) -> None:
    """Cloud Run checks X-Serverless-Authorization alone where it is present; Authorization may then be forged."""
    forged = bearer(SCHEDULER) | {"X-Serverless-Authorization": bearer(OPERATOR)["Authorization"]}
    desk.operator()(request({}, forged))
    assert desk.calls == [(DrawOrder(), Caller(OPERATOR, scheduled=False))]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer x"},
        {"Authorization": "Bearer a.b"},
        {"Authorization": "Bearer a.b.c"},
        {"Authorization": "Bearer a.あ.c".encode().decode("latin-1")},
        {"Authorization": f"Bearer {token([])}"},
        {"Authorization": f"Bearer {token({})}"},
        {"Authorization": f"Bearer {token({'email': ''})}"},
        {"Authorization": f"Bearer {token({'email': None})}"},
        {"Authorization": f"Bearer {token({'email': [OPERATOR]})}"},
        {"Authorization": f"Bearer {token({'sub': '1234'})}"},
        {"Authorization": f"{bearer(OPERATOR)['Authorization']},{bearer(SCHEDULER)['Authorization']}"},
        {"Authorization": "Bearer a." + base64.urlsafe_b64encode(b"[" * 100_000).decode() + ".c"},
        bearer(SCHEDULER) | {"X-Serverless-Authorization": ""},
    ],
    ids=[
        "no header",
        "empty",
        "no token",
        "no dots",
        "two parts",
        "no base64",
        "no ASCII",
        "a list",
        "no claims",
        "empty email",
        "null email",
        "email is a list",
        "no email",
        "two tokens",
        "too deep",
        "an empty header before the other",
    ],
)
def test_who_cannot_be_named_is_refused_in_japanese(
    desk: Desk, headers: dict[str, str], log: Callable[[], list[dict[str, Any]]]
) -> None:
    text, status, _ = desk.operator()(request({}, headers))
    assert status == 409
    assert json.loads(text) == {
        "result": Result.REFUSED.value,
        "code": "E-133",
        "summary": [edge.NO_CALLER.sentence],
    }
    assert desk.calls == []
    assert log() == [{"severity": "WARNING", "event": "refused", "step": "draw", "code": "E-133"}]


def test_the_body_has_no_say_in_who_calls(desk: Desk) -> None:
    text, status, _ = desk.operator()(request({"scheduled": True, "principal": SCHEDULER}))
    assert (status, json.loads(text)["code"]) == (400, "E-132")


# What becomes of the process.


@pytest.mark.parametrize("make", [Desk.operator, Desk.subscriber])
def test_a_function_that_was_imported_without_the_collector_lets_it_go_on(make: Callable[[Desk], Any]) -> None:
    frozen = gc.get_freeze_count()
    gc.disable()
    try:
        make(Desk())
        assert gc.isenabled()
        assert gc.get_freeze_count() > frozen  # What was imported stays as it is, and shared by the processes.
    finally:
        gc.enable()
        gc.unfreeze()


# What the caller gets.


def test_a_reply_is_json_in_plain_japanese(desk: Desk, log: Callable[[], list[dict[str, Any]]]) -> None:
    text, status, headers = desk.operator()(request({}))
    assert (status, headers) == (200, {"Content-Type": "application/json; charset=utf-8"})
    assert json.loads(text) == DONE.to_json()
    assert '\n "summary": [\n  "抽選しました。"\n ],\n' in text  # the console shows it as it is
    assert log() == [{"severity": "INFO", "event": "done", "step": "draw", "counts": {"当選": 3}}]


def test_a_reply_that_awaits_a_code_is_logged_as_a_question(
    desk: Desk, log: Callable[[], list[dict[str, Any]]]
) -> None:
    desk.behave = lambda: Reply(Result.ASK, ("抽選します。",), confirm="ABCD-EFGH")
    text, _, _ = desk.operator()(request({}))
    assert json.loads(text)["confirm"] == "ABCD-EFGH"
    assert log() == [{"severity": "INFO", "event": "asked", "step": "draw"}]


def test_a_page_is_sent_as_html(desk: Desk) -> None:
    desk.behave = lambda: Reply(Result.REPORT, (), page="<p>受付中</p>")
    assert desk.operator()(request({})) == ("<p>受付中</p>", 200, {"Content-Type": "text/html; charset=utf-8"})


@pytest.mark.parametrize(
    ("error", "status", "event", "severity"),
    [
        (Refused, 409, "refused", "WARNING"),
        (Final, 422, "dropped", "ERROR"),
        (Again, 503, "again", "WARNING"),
        (Busy, 503, "again", "WARNING"),  # a kind of Again
        (Broken, 500, "broken", "CRITICAL"),
    ],
)
def test_an_error_s_type_decides_the_status(
    error: type[PrizedrawError],
    status: int,
    event: str,
    severity: str,
    desk: Desk,
    log: Callable[[], list[dict[str, Any]]],
) -> None:
    desk.behave = raising(error(WRONG, day="3月1日"))
    text, answered, _ = desk.operator()(request({}))
    reply = json.loads(text)
    assert answered == status
    assert reply["summary"] == ["3月1日までに{}を入力してください。"]
    assert (reply["result"], reply["code"]) == (Result.REFUSED.value, "E-998")
    assert ("next" in reply) == issubclass(error, Again)
    (line,) = log()
    assert (line["event"], line["severity"], line["code"]) == (event, severity, "E-998")
    assert ("where" in line) == (error is Broken)


@pytest.mark.parametrize("error", [KeyError, ValueError, OSError, RecursionError, MemoryError, StopIteration])
def test_an_unknown_error_is_a_code_and_places_in_the_code(
    error: type[Exception], desk: Desk, log: Callable[[], list[dict[str, Any]]]
) -> None:
    desk.behave = raising(error(CANARY))
    text, status, _ = desk.operator()(request({}))
    assert (status, json.loads(text)["code"]) == (500, "E-199")
    (line,) = log()
    assert (line["event"], line["kind"]) == ("broken", error.__name__)
    assert line["where"][0].startswith("edge.py:")
    assert line["where"][-1].startswith("test_edge.py:")


# No error's text goes out.


class _Person(BaseModel):
    """A model that shows its input in its faults, as pydantic does unless told otherwise."""

    age: int


def _pydantic() -> None:
    _Person.model_validate({"age": CANARY})


def _chained() -> None:
    try:
        int(CANARY)
    except ValueError as cause:
        raise KeyError(CANARY) from cause


def _in_handling() -> None:
    try:
        json.loads(CANARY)
    finally:
        raise LookupError(CANARY)


def _ours_over_foreign() -> None:
    try:
        int(CANARY)
    except ValueError as cause:
        raise Broken(WRONG, day="3月1日") from cause


def _again_over_foreign() -> None:
    try:
        int(CANARY)
    except ValueError:
        raise Again(WRONG, day="3月1日")  # noqa: B904


def _noted() -> None:
    error = RuntimeError(CANARY)
    error.add_note(CANARY)
    raise error


def _grouped() -> None:
    raise ExceptionGroup(CANARY, [ValueError(CANARY), KeyError(CANARY)])


def _undecodable() -> None:
    CANARY.encode("utf-16").decode("ascii")


def _no_such_file() -> None:
    Path(f"/nonexistent/{CANARY}").read_bytes()


def _attribute() -> None:
    getattr(object(), CANARY)


LEAKY = [
    _pydantic,
    _chained,
    _in_handling,
    _ours_over_foreign,
    _again_over_foreign,
    _noted,
    _grouped,
    _undecodable,
    _no_such_file,
    _attribute,
]


def _leaky(fail: Callable[[], None]) -> Callable[[], Reply]:
    def behave() -> Reply:
        fail()
        return DONE

    return behave


@pytest.mark.parametrize("kind", ["operator", "subscriber"])
@pytest.mark.parametrize("fail", LEAKY, ids=lambda fail: fail.__name__.strip("_"))
def test_what_an_exception_says_reaches_neither_the_reply_nor_the_log(
    fail: Callable[[], None], kind: str, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.behave = _leaky(fail)
    function = desk.operator() if kind == "operator" else desk.subscriber()
    text, status, headers = function(request({"message": {}} if kind == "subscriber" else {}))
    written = capsys.readouterr()
    assert status in (500, 503)
    assert len(written.out.splitlines()) == 1
    assert not found([CANARY, "canary"], [text, json.dumps(headers), written.out, written.err])


def test_the_scan_would_see_a_leak() -> None:
    assert found([CANARY], [json.dumps({"where": [f"ValueError: {CANARY.upper()}"]})]) == {CANARY}


@pytest.mark.parametrize("body", [{"confirm": CANARY * 3}, {"word": CANARY}, {CANARY: CANARY}, CANARY])
def test_what_a_caller_sends_is_not_sent_back_nor_logged(
    body: Any, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text, status, _ = desk.operator()(request(body, bearer(CANARY)))
    assert status == 400
    written = capsys.readouterr()
    assert not found([CANARY], [text, written.out, written.err])


# Wiring.


def test_a_function_is_wired_at_its_first_request_and_once(desk: Desk) -> None:
    function = desk.operator()
    assert desk.wirings == []
    for _ in range(3):
        function(request({}))
    assert len(desk.wirings) == 1
    assert desk.wirings[0].campaign == "rally"


def test_a_wiring_that_failed_is_tried_again() -> None:
    failures: Iterator[Again] = iter([Again(WRONG, day="今日")])

    def wire(settings: Settings, host: edge.Host) -> edge.Step[Any]:
        for failure in failures:
            raise failure
        return lambda order, caller: DONE

    function = edge.operator("draw", DrawOrder, wire, ENVIRON)
    assert [function(request({}))[1] for _ in range(3)] == [503, 200, 200]


def test_settings_that_are_missing_are_named_to_whoever_calls(desk: Desk) -> None:
    text, status, _ = desk.operator(environ={"CAMPAIGN": "rally"})(request({}))
    reply = json.loads(text)
    assert (status, reply["code"]) == (500, "E-101")
    assert "GOOGLE_CLOUD_PROJECT、LOCATION、SCHEDULER_ACCOUNT" in reply["summary"][0]


def test_a_host_brings_its_own_databases_else_the_real_one_is_opened() -> None:
    settings = Settings.from_env(ENVIRON)
    real, own = Memory("real"), Memory("own")
    assert edge.Host().database(lambda *_: real, settings, "state") is real
    assert edge.Host(stores=lambda *_: own).database(lambda *_: real, settings, "state") is own


def test_functions_not_yet_wired_run_on_the_host_that_is_set(desk: Desk) -> None:
    hosts: list[edge.Host] = []

    def wire(settings: Settings, host: edge.Host) -> edge.Step[Any]:
        hosts.append(host)
        return desk.act

    function = edge.operator("draw", DrawOrder, wire, ENVIRON)
    mine = edge.Host(clock=utc_now)
    try:
        edge.use_host(mine)
        function(request({}))
    finally:
        edge.use_host(edge.Host())
    function(request({}))
    assert hosts == [mine]


# What Pub/Sub pushes.


def envelope(**message: Any) -> dict[str, Any]:
    return {"message": {"messageId": "1", **message}, "subscription": "projects/ward/subscriptions/intake"}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (envelope(attributes={"eventType": "RESPONSES"}), Message({"eventType": "RESPONSES"})),
        (envelope(attributes={"eventType": "RESPONSES"}, data=""), Message({"eventType": "RESPONSES"})),
        (envelope(attributes=None, data=None), Message({})),
        (envelope(data=base64.b64encode(b"tick").decode()), Message({}, b"tick")),
        ({"message": {}}, Message({})),
    ],
    ids=["no data", "empty data", "nulls", "data", "the body of a CloudEvent"],
)
def test_an_envelope_becomes_a_message(desk: Desk, body: Any, message: Message) -> None:
    text, status, _ = desk.subscriber()(request(body))
    assert (status, json.loads(text)) == (200, DONE.to_json())
    assert desk.calls == [(message, Caller(OPERATOR, scheduled=False))]


def test_a_message_that_is_dealt_with_leaves_one_line_with_its_counts(
    desk: Desk, log: Callable[[], list[dict[str, Any]]]
) -> None:
    """An alarm rings if `intake` has written no such line for a day."""
    desk.subscriber()(request(envelope()))
    assert log() == [{"severity": "INFO", "event": "done", "step": "intake", "counts": {"当選": 3}}]


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"message": None},
        {"message": "tick"},
        envelope(data=1),
        envelope(data="あ"),
        envelope(data="a"),
        envelope(data="dGlj-aw=="),
        envelope(data=["dGljaw=="]),
        envelope(attributes="eventType"),
        envelope(attributes={"eventType": 1}),
        envelope(attributes={"eventType": None}),
    ],
)
def test_an_envelope_that_cannot_be_read_is_delivered_again_and_ends_in_the_dead_letters(
    body: Any, desk: Desk, log: Callable[[], list[dict[str, Any]]]
) -> None:
    text, status, _ = desk.subscriber()(request(body))
    assert (status, json.loads(text)) == (400, {"result": Result.REFUSED.value, "code": "E-134"})
    assert desk.calls == []
    assert log() == [{"severity": "ERROR", "event": "dropped", "step": "intake", "code": "E-134"}]


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "E-134"), (b"{", "E-130"), (CANARY.encode(), "E-130"), (b" " * (edge.MOST_BODY_BYTES + 1), "E-131")],
)
def test_a_push_that_is_no_envelope_at_all_is_400(body: bytes, code: str, desk: Desk) -> None:
    text, status, _ = desk.subscriber()(request(body))
    assert (status, json.loads(text)["code"]) == (400, code)
    assert not found([CANARY], [text])


@pytest.mark.parametrize(
    ("error", "status", "event"),
    [
        (Refused(WRONG, day="今日"), 200, "dropped"),
        (Final(WRONG, day="今日"), 200, "dropped"),
        (Again(WRONG, day="今日"), 503, "again"),
        (Broken(WRONG, day="今日"), 500, "broken"),
        (ValueError(CANARY), 500, "broken"),
    ],
    ids=["Refused", "Final", "Again", "Broken", "unknown"],
)
def test_an_error_s_type_decides_whether_a_message_is_delivered_again(
    error: Exception, status: int, event: str, desk: Desk, log: Callable[[], list[dict[str, Any]]]
) -> None:
    desk.behave = raising(error)
    _, answered, _ = desk.subscriber()(request(envelope()))
    assert answered == status
    assert [line["event"] for line in log()] == [event]
