"""
The edge between HTTP and the steps: the only module that knows requests, Pub/Sub envelopes, CloudEvents, statuses.

| error | operator's call | event |
| --- | --- | --- |
| Refused | 409, the sentence (400 if the body itself is wrong) | 200: another delivery would meet the same refusal |
| Final | 422 | 200 |
| Again | 503 | 503: delivered again with backoff |
| Broken, anything else | 500, a code only | 500: delivered again, in the end to the dead letters |

An envelope that cannot be read is 400: after the subscription's last attempt it lies in the dead letters.
"""

import base64
import binascii
import gc
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from prizedraw.errors import Again, Final, PrizedrawError, Problem, Refused
from prizedraw.ports import Clock, ListedStore
from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event
from prizedraw.runtime.orders import Caller, Message, Reply, Result
from prizedraw.runtime.settings import Settings
from prizedraw.times import utc_now

MOST_BODY_BYTES = 256 * 1024
JSON_TYPE = {"Content-Type": "application/json; charset=utf-8"}
HTML_TYPE = {"Content-Type": "text/html; charset=utf-8"}

NOT_JSON = Problem("E-130", "本文が正しいJSONではありません。{{}} から始めて、案内に表示された形で入力してください。")
TOO_LARGE = Problem("E-131", "本文が大きすぎます。案内に表示された形で入力してください。")
WRONG_FIELDS = Problem("E-132", "本文の項目に誤りがあります：{faults}")
NO_CALLER = Problem("E-133", "呼び出した人を確認できませんでした。コンソールからログインし直して実行してください。")
UNEXPECTED = Problem(
    "E-199", "予期しない誤りが起きました。同じ操作をもう一度行い、続くようなら保守担当に連絡してください。"
)
BAD_ENVELOPE = Problem("E-134", "通知の形が正しくありません。")

_ON_CLOUD_RUN = "K_SERVICE"
"""Set in every container (https://cloud.google.com/run/docs/container-contract#services-env-vars)."""

_FAULTS = {
    "extra_forbidden": "使えない項目です",
    "missing": "必要な項目がありません",
    "string_too_long": "長すぎます",
    "string_type": '文字列（"…"）で入力してください',
    "int_type": "数字（引用符なし）で入力してください",
    "bool_type": "true か false で入力してください",
    "string_pattern_mismatch": "形が正しくありません",
}

Answer = tuple[str, int, dict[str, str]]
B = TypeVar("B", bound=BaseModel)
O_contra = TypeVar("O_contra", contravariant=True)


class Step(Protocol[O_contra]):
    """A step with its powers in hand: an order and a caller come in, a reply goes out."""

    def __call__(self, order: O_contra, caller: Caller, /) -> Reply:
        """Do the step's work."""
        ...


class Request(Protocol):
    """What functions-framework hands over (a Flask request), as far as we use it."""

    headers: Mapping[str, str]
    content_length: int | None

    def get_data(self) -> bytes:
        """Return the body."""
        ...


@dataclass(frozen=True)
class Host:
    """
    The surroundings of the functions: time and databases.

    A rehearsal replaces it as a whole to move the clock and to keep the records in memory; no archive does.
    *patience*: seconds for which a reading of the form is repeated while its service is away; None: as long as usual.
    """

    clock: Clock = utc_now
    sleep: Callable[[float], None] = time.sleep
    stores: Callable[[Settings, str], ListedStore] | None = None
    patience: float | None = None

    def database(self, real: Callable[[Settings, str], ListedStore], settings: Settings, name: str) -> ListedStore:
        """Open the database *name*: the *real* one, unless this host brings its own."""
        return (self.stores or real)(settings, name)


_host = Host()


def use_host(host: Host) -> None:
    """Let functions that have not yet served a request run on *host*."""
    global _host  # noqa: PLW0603
    _host = host


def operator(
    step: str,
    body: type[B],
    wire: Callable[[Settings, Host], Step[B]],
    environ: Mapping[str, str] = os.environ,
) -> Callable[[Request], Answer]:
    """Make the function that operators press in the console and the scheduler calls; wired at its first request."""
    _settle(step, environ)
    wired = _once(lambda: _with_settings(wire, environ))

    def main(request: Request) -> Answer:
        try:
            order = _body(request, body)
            settings, act = wired()
            reply = act(order, _caller(request, settings))
        except PrizedrawError as error:
            return _failed(step, error)
        except Exception as error:  # noqa: BLE001  the edge: the text must not reach the log
            return _unexpected(step, error)
        logs.emit(Event.ASKED if reply.confirm else Event.DONE, step=step, counts=reply.counts)
        if reply.page is not None:
            return reply.page, 200, HTML_TYPE
        return _json(reply.to_json(), 200)

    return main


def subscriber(
    step: str, wire: Callable[[Settings, Host], Step[Message]], environ: Mapping[str, str] = os.environ
) -> Callable[[Request], Answer]:
    """
    Make the function that Pub/Sub pushes to.

    It has the HTTP signature, since functions-framework answers 400 to a push without `data`, which is what Forms
    sends. A CloudEvent (`type: google.cloud.pubsub.topic.v1.messagePublished`, body `{"message": …}`) is read too.
    """
    _settle(step, environ)
    wired = _once(lambda: _with_settings(wire, environ))

    def main(request: Request) -> Answer:
        try:
            message = _message(request)
        except Refused as error:
            logs.emit(Event.DROPPED, step=step, code=error.problem.code)
            return _json({"result": Result.REFUSED.value, "code": error.problem.code}, 400)
        try:
            settings, act = wired()
            reply = act(message, _caller(request, settings))
        except (Refused, Final) as error:
            logs.emit(Event.DROPPED, step=step, code=error.problem.code)
            return _json({"result": Result.REFUSED.value, "code": error.problem.code}, 200)
        except PrizedrawError as error:
            return _failed(step, error)
        except Exception as error:  # noqa: BLE001  the edge: the text must not reach the log
            return _unexpected(step, error)
        logs.emit(Event.DONE, step=step, counts=reply.counts)
        return _json(reply.to_json(), 200)

    return main


def _settle(step: str, environ: Mapping[str, str]) -> None:
    """Make the process that has imported a function ready to serve it; on Cloud Run nobody but us writes to its log."""
    _let_collect()
    if _ON_CLOUD_RUN in environ:
        logs.silence(step)


def _let_collect() -> None:
    """
    Let the garbage collector go on, with nothing to look through of what was imported.

    The web server forks after this, and what the collector does not touch stays shared:
    https://docs.python.org/3/library/gc.html#gc.freeze
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


W = TypeVar("W")


def _once(make: Callable[[], W]) -> Callable[[], W]:
    """Make a value at first use, once per instance; a failure is not kept."""
    lock = threading.Lock()
    made: list[W] = []

    def get() -> W:
        with lock:
            if not made:
                made.append(make())
            return made[0]

    return get


def _with_settings(wire: Callable[[Settings, Host], W], environ: Mapping[str, str]) -> tuple[Settings, W]:
    settings = Settings.from_env(environ)
    return settings, wire(settings, _host)


def _parsed(request: Request) -> Any:
    if (request.content_length or 0) > MOST_BODY_BYTES:
        raise Refused(TOO_LARGE)
    data = request.get_data()
    if len(data) > MOST_BODY_BYTES:
        raise Refused(TOO_LARGE)
    if not data.strip():
        return {}
    # What a reply tells to paste stands in JSON, its quotes escaped, and a word processor makes them curly.
    for reading in (data, data.replace(b'\\"', b'"').replace("“".encode(), b'"').replace("”".encode(), b'"')):
        with suppress(ValueError, RecursionError):
            # Not strict: what is pasted into a string in the console brings its line breaks and tabs with it.
            return json.loads(reading, strict=False)
    raise Refused(NOT_JSON)


def _body(request: Request, model: type[B]) -> B:
    parsed = _parsed(request)
    if not isinstance(parsed, dict):
        raise Refused(NOT_JSON)
    try:
        return model.model_validate(parsed)
    except ValidationError as error:
        known = set(model.model_fields)
        found = error.errors(include_input=False, include_url=False, include_context=False)
        raise Refused(WRONG_FIELDS, faults="、".join(_fault(known, f["loc"], f["type"]) for f in found)) from None


def _fault(known: set[str], place: tuple[int | str, ...], kind: str) -> str:
    """Say one fault; a key that we do not know is not repeated, since somebody may have pasted anything there."""
    names = [str(part) for part in place if isinstance(part, int) or part in known]
    return f"{'.'.join(names) or '（不明な項目）'}：{_FAULTS.get(kind, '値が正しくありません')}"


def _message(request: Request) -> Message:
    parsed = _parsed(request)
    message = parsed.get("message") if isinstance(parsed, dict) else None
    if not isinstance(message, dict):
        raise Refused(BAD_ENVELOPE)
    attributes = message.get("attributes") or {}
    if not isinstance(attributes, dict) or not all(isinstance(v, str) for v in attributes.values()):
        raise Refused(BAD_ENVELOPE)
    try:
        data = base64.b64decode(message.get("data") or "", validate=True)
    except (TypeError, ValueError, binascii.Error):
        raise Refused(BAD_ENVELOPE) from None
    return Message(attributes, data)


def _caller(request: Request, settings: Settings) -> Caller:
    """
    Name the caller by the e-mail claim of the identity token.

    Cloud Run verifies the token and the invoker grant before the request comes here, and passes it on without its
    signature: https://cloud.google.com/run/docs/troubleshooting#signature-removed. If `X-Serverless-Authorization` is
    there, it is the one that was verified, and `Authorization` may hold anything:
    https://cloud.google.com/run/docs/authenticating/service-to-service
    """
    headers = request.headers
    token = headers.get("X-Serverless-Authorization", headers.get("Authorization", ""))
    try:
        _, payload, _ = token.removeprefix("Bearer ").split(".")
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        principal = claims["email"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(NO_CALLER) from None
    if not isinstance(principal, str) or not principal:
        raise Refused(NO_CALLER)
    return Caller(principal, scheduled=principal == settings.scheduler_account)


def _failed(step: str, error: PrizedrawError) -> Answer:
    status, event = 500, Event.BROKEN
    match error:  # by its kind: a subclass is met as what it is one of
        case Refused():
            status, event = 400 if error.problem in (NOT_JSON, TOO_LARGE, WRONG_FIELDS) else 409, Event.REFUSED
        case Final():
            status, event = 422, Event.DROPPED
        case Again():
            status, event = 503, Event.AGAIN
    where = logs.places(error.__traceback__) if event is Event.BROKEN else ()
    logs.emit(event, step=step, code=error.problem.code, where=where)
    reply = {"result": Result.REFUSED.value, "code": error.problem.code, "summary": [error.sentence]}
    if isinstance(error, Again):
        reply["next"] = "数分待って、同じ操作をもう一度行ってください。途中までの作業は失われません。"
    return _json(reply, status)


def _unexpected(step: str, error: Exception) -> Answer:
    where = logs.places(error.__traceback__)
    logs.emit(Event.BROKEN, step=step, code=UNEXPECTED.code, kind=type(error).__name__, where=where)
    reply = {"result": Result.REFUSED.value, "code": UNEXPECTED.code, "summary": [UNEXPECTED.sentence]}
    return _json(reply, 500)


def _json(value: Mapping[str, Any], status: int) -> Answer:
    return json.dumps(value, ensure_ascii=False, indent=1), status, JSON_TYPE
