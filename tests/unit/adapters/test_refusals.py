"""What Google's error replies mean, in every shape in which one refusal comes."""

import json
from typing import Any

import pytest

from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.google.http import READS, Api, ApiWire, ErrorReply, NotShared
from prizedraw.adapters.google.refusals import JsonRefusal, judge
from prizedraw.errors import Again, Broken, Problem
from prizedraw.ports import MailRejected
from support.gmail_wire import settings

QUOTA_SENTENCE = (
    "Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service "
    "'gmail.googleapis.com' for consumer 'project_number:1'."
)
INFO = "type.googleapis.com/google.rpc.ErrorInfo"
HTML = "<!DOCTYPE html><html lang=en><title>Error {code}</title><p><b>{code}.</b> <ins>That’s an error.</ins>"


def old(code: int, reason: str, message: str = "Refused.", domain: str = "global", **more: Any) -> bytes:
    """A body with `errors[]`, as Gmail and Drive write it."""
    errors = [{"message": message, "domain": domain, "reason": reason}]
    return json.dumps({"error": {"code": code, "message": message, "errors": errors, **more}}).encode()


def new(code: int, status: str, reason: str = "", message: str = "Refused.") -> bytes:
    """A body without `errors[]`, with an ErrorInfo where there is a *reason*, as Forms writes it."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if reason:
        error["details"] = [{"@type": INFO, "reason": reason, "domain": "googleapis.com", "metadata": {"service": "x"}}]
    return json.dumps({"error": error}).encode()


def detail(code: int, status: str, kind: str) -> bytes:
    """A body whose detail has a type and no reason."""
    details = [{"@type": f"type.googleapis.com/google.rpc.{kind}"}]
    return json.dumps({"error": {"code": code, "message": "Refused.", "status": status, "details": details}}).encode()


PASSING, THROTTLED, NOT_ALLOWED = JsonRefusal.PASSING, JsonRefusal.THROTTLED, JsonRefusal.NOT_ALLOWED
PRECONDITION, FORBIDDEN, ABSENT = JsonRefusal.PRECONDITION, JsonRefusal.FORBIDDEN, JsonRefusal.ABSENT
INVALID, UNEXPLAINED = JsonRefusal.INVALID, JsonRefusal.UNEXPLAINED
BODIES = [
    ("rate limit of a user, 403", 403, old(403, "userRateLimitExceeded", domain="usageLimits"), THROTTLED),
    ("rate limit of a user, 429", 429, old(429, "userRateLimitExceeded", domain="usageLimits"), THROTTLED),
    ("rate limit, 403", 403, old(403, "rateLimitExceeded", QUOTA_SENTENCE, "usageLimits"), THROTTLED),
    (
        "rate limit, 403, with errors and details",
        403,
        old(
            403,
            "rateLimitExceeded",
            QUOTA_SENTENCE,
            status="PERMISSION_DENIED",
            details=[{"@type": INFO, "reason": "RATE_LIMIT_EXCEEDED"}],
        ),
        THROTTLED,
    ),
    ("rate limit, 403, details alone", 403, new(403, "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED"), THROTTLED),
    ("rate limit, 429, details alone", 429, new(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), THROTTLED),
    ("rate limit, 429, status alone", 429, new(429, "RESOURCE_EXHAUSTED"), THROTTLED),
    ("rate limit, 403, status alone", 403, new(403, "RESOURCE_EXHAUSTED"), THROTTLED),
    ("rate limit, 403, a sentence alone", 403, new(403, "PERMISSION_DENIED", message=QUOTA_SENTENCE), THROTTLED),
    ("rate limit, 403, a QuotaFailure", 403, detail(403, "PERMISSION_DENIED", "QuotaFailure"), THROTTLED),
    ("limit of the day, 403", 403, old(403, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits"), THROTTLED),
    ("limit of the day, 429", 429, old(429, "dailyLimitExceeded", "Daily Limit Exceeded", "usageLimits"), THROTTLED),
    ("quota, 403", 403, old(403, "quotaExceeded"), THROTTLED),
    ("quota of the project, 403", 403, new(403, "PERMISSION_DENIED", "RESOURCE_QUOTA_EXCEEDED"), THROTTLED),
    ("429 of a front end", 429, HTML.format(code=429).encode(), THROTTLED),
    ("429 without a body", 429, b"", THROTTLED),
    ("precondition, errors", 400, old(400, "failedPrecondition", "Precondition check failed."), PRECONDITION),
    (
        "precondition, errors and status",
        400,
        old(400, "failedPrecondition", "Mail service not enabled", status="FAILED_PRECONDITION"),
        PRECONDITION,
    ),
    ("precondition, status alone", 400, new(400, "FAILED_PRECONDITION"), PRECONDITION),
    ("precondition, 412", 412, new(412, "FAILED_PRECONDITION"), PRECONDITION),
    ("precondition, details", 400, new(400, "INVALID_ARGUMENT", "FAILED_PRECONDITION"), PRECONDITION),
    (
        "precondition, a sentence alone",
        400,
        json.dumps({"error": {"code": 400, "message": "Precondition check failed."}}).encode(),
        PRECONDITION,
    ),
    ("credentials", 401, old(401, "authError", "Invalid Credentials"), NOT_ALLOWED),
    ("credentials, status alone", 401, new(401, "UNAUTHENTICATED"), NOT_ALLOWED),
    ("credentials, details", 401, new(401, "UNAUTHENTICATED", "ACCESS_TOKEN_EXPIRED"), NOT_ALLOWED),
    ("credentials, 401 of a front end", 401, HTML.format(code=401).encode(), NOT_ALLOWED),
    (
        "credentials, as OAuth writes it",
        400,
        b'{"error": "invalid_grant", "error_description": "Revoked."}',
        NOT_ALLOWED,
    ),
    ("scopes, errors", 403, old(403, "insufficientPermissions", "Insufficient Permission"), NOT_ALLOWED),
    ("scopes, details", 403, new(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), NOT_ALLOWED),
    ("API not enabled, errors", 403, old(403, "accessNotConfigured", domain="usageLimits"), NOT_ALLOWED),
    ("API not enabled, details", 403, new(403, "PERMISSION_DENIED", "SERVICE_DISABLED"), NOT_ALLOWED),
    ("the domain's policy", 403, old(403, "domainPolicy"), NOT_ALLOWED),
    ("limit of the day without a project", 403, old(403, "dailyLimitExceededUnreg", domain="usageLimits"), NOT_ALLOWED),
    ("not for this account", 403, old(403, "forbidden", "Delegation denied"), FORBIDDEN),
    ("not for this account, status alone", 403, new(403, "PERMISSION_DENIED"), FORBIDDEN),
    ("not for this account, of a file", 403, old(403, "insufficientFilePermissions"), FORBIDDEN),
    ("not there", 404, old(404, "notFound"), ABSENT),
    ("not there, status alone", 404, new(404, "NOT_FOUND"), ABSENT),
    ("404 of a front end", 404, HTML.format(code=404).encode(), UNEXPLAINED),
    ("404 with another reason", 404, old(404, "other"), UNEXPLAINED),
    ("a letter that cannot be sent", 400, old(400, "invalidArgument", "Invalid To header"), INVALID),
    ("a letter that cannot be sent, status alone", 400, new(400, "INVALID_ARGUMENT"), INVALID),
    ("a bad request", 400, old(400, "badRequest"), INVALID),
    ("a required parameter", 400, old(400, "required"), INVALID),
    ("too large", 413, old(413, "uploadTooLarge"), INVALID),
    ("too large, of a front end", 413, HTML.format(code=413).encode(), INVALID),
    ("400 of a front end", 400, HTML.format(code=400).encode(), UNEXPLAINED),
    ("400 without a body", 400, b"", UNEXPLAINED),
    ("403 of a front end", 403, HTML.format(code=403).encode(), UNEXPLAINED),
    ("away", 503, old(503, "backendError"), PASSING),
    ("away, status alone", 503, new(503, "UNAVAILABLE"), PASSING),
    ("away, 500", 500, old(500, "internalError"), PASSING),
    ("away, 502 of a front end", 502, HTML.format(code=502).encode(), PASSING),
    ("away, though it speaks of limits", 503, old(503, "rateLimitExceeded"), PASSING),
    ("away, 408", 408, b"", PASSING),
    ("in each other's way, 409", 409, new(409, "ABORTED"), PASSING),
    ("a body of another form", 403, b"[]", UNEXPLAINED),
    (
        "a body whose lists are none",
        403,
        b'{"error": {"errors": {"reason": 1}, "details": 7, "status": null}}',
        FORBIDDEN,
    ),
    ("a body with strangers in its lists", 403, b'{"error": {"errors": ["x", null, {"reason": null}]}}', FORBIDDEN),
    ("a body in a list, alone", 403, b"[" + new(403, "PERMISSION_DENIED", "RATE_LIMIT_EXCEEDED") + b"]", THROTTLED),
    ("a body in a list, the first", 403, b"[" + new(403, "RESOURCE_EXHAUSTED") + b", {}]", THROTTLED),
]
KINDS = {
    PASSING: Again,
    THROTTLED: "quota",
    NOT_ALLOWED: "credentials",
    PRECONDITION: "credentials",
    FORBIDDEN: "credentials",
    ABSENT: None,
    INVALID: "message",
}
AWAY, UNAUTHORISED, REJECTED = (Problem(f"E-00{n}", "{status}" if n == 3 else "x") for n in (1, 2, 3))


@pytest.mark.parametrize(("status", "body", "meant"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_one_refusal_is_one_refusal_in_every_shape(status: int, body: bytes, meant: JsonRefusal) -> None:
    assert judge(status, body) is meant


@pytest.mark.parametrize(("status", "body", "meant"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_gmail_stops_for_all_letters_or_refuses_the_one(status: int, body: bytes, meant: JsonRefusal) -> None:
    judged = mailer._judge(status, body)
    wanted = KINDS.get(meant, "credentials" if status == 403 else Again)
    if isinstance(judged, MailRejected):
        assert judged.kind == wanted
    else:
        assert (None if judged is None else type(judged)) == wanted


@pytest.mark.parametrize(("status", "body", "meant"), [row[1:] for row in BODIES], ids=[row[0] for row in BODIES])
def test_forms_and_drive_wait_refuse_or_ask_to_be_shared(status: int, body: bytes, meant: JsonRefusal) -> None:
    wire = ApiWire("forms.googleapis.com", settings(), ())
    api = Api(wire, READS, away=AWAY, unauthorised=UNAUTHORISED, rejected=REJECTED)
    judged = api.judged(ErrorReply(status, body))
    if meant in (PASSING, THROTTLED):
        assert isinstance(judged, Again)
    elif meant is NOT_ALLOWED:
        assert isinstance(judged, Broken)
        assert judged.problem is UNAUTHORISED
    elif meant in (FORBIDDEN, ABSENT) or (meant is UNEXPLAINED and status in (403, 404)):
        assert isinstance(judged, NotShared)
    else:
        assert isinstance(judged, Broken)
        assert judged.problem is REJECTED


def test_a_body_that_nests_for_ever_says_nothing() -> None:
    assert judge(403, b"[" * 100_000) is UNEXPLAINED


def test_a_letter_is_not_refused_for_good_by_what_gmail_did_not_write() -> None:
    assert isinstance(mailer._judge(400, HTML.format(code=400).encode()), Again)
