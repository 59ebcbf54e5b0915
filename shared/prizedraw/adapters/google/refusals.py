"""
Tell what an error reply of a Google JSON API means: one table, for Gmail, Forms and Drive alike.

The same refusal comes in several shapes: the older `errors[]` with a camel-case reason, `details[]` with an ErrorInfo
or a QuotaFailure, a `status` alone, or a sentence alone; rate limits come with 403 and with 429. A reply that is no
such JSON is not the service's word: a proxy or a front end may have written it.

Sources: https://developers.google.com/workspace/gmail/api/guides/handle-errors,
https://cloud.google.com/apis/design/errors,
https://github.com/googleapis/googleapis/blob/master/google/api/error_reason.proto.
"""

import json
import re
from collections.abc import Iterator
from enum import Enum, auto
from http import HTTPStatus
from typing import Any


class JsonRefusal(Enum):
    """What an error reply says, whichever shape it came in."""

    PASSING = auto()
    """The service is away: nothing is known of the outcome."""
    THROTTLED = auto()
    """Too much was asked for, by the minute or by the day; nothing was done."""
    NOT_ALLOWED = auto()
    """The account, its scopes or the project's settings are refused, whatever is asked."""
    PRECONDITION = auto()
    """The account is in no state for this, such as one without a mailbox."""
    FORBIDDEN = auto()
    """This thing is not for this account, or the reply does not say what is refused."""
    ABSENT = auto()
    """The service itself says that there is no such thing."""
    INVALID = auto()
    """What was sent cannot be taken as it is."""
    UNEXPLAINED = auto()
    """A refusal that is not the service's own word, or says nothing that is known."""


_NOT_ALLOWED = frozenset(
    {
        "autherror",
        "unauthenticated",
        "accessnotconfigured",
        "insufficientpermissions",
        "domainpolicy",
        "dailylimitexceededunreg",
        "invalid_grant",
        "unauthorized_client",
        "invalid_client",
        "admin_policy_enforced",
        "service_disabled",
        "access_token_scope_insufficient",
        "access_token_expired",
        "access_token_type_unsupported",
        "credentials_missing",
        "account_state_invalid",
        "billing_disabled",
        "consumer_invalid",
        "consumer_suspended",
        "security_policy_violated",
        "org_restriction_violation",
        "location_org_policy_violated",
        "api_key_invalid",
        "api_key_service_blocked",
        "vpcservicecontrols",
    }
)
_THROTTLED = frozenset(
    {
        "ratelimitexceeded",
        "userratelimitexceeded",
        "dailylimitexceeded",
        "quotaexceeded",
        "limitexceeded",
        "concurrentlimitexceeded",
        "servinglimitexceeded",
        "variabletermlimitexceeded",
        "sharingratelimitexceeded",
        "rate_limit_exceeded",
        "resource_quota_exceeded",
        "resource_exhausted",
        "quotafailure",
    }
)
_BY_REASON: tuple[tuple[JsonRefusal, frozenset[str]], ...] = (
    (JsonRefusal.NOT_ALLOWED, _NOT_ALLOWED),
    (JsonRefusal.THROTTLED, _THROTTLED),
    (JsonRefusal.PRECONDITION, frozenset({"failedprecondition", "failed_precondition"})),
    (JsonRefusal.PASSING, frozenset({"backenderror", "internalerror", "unavailable", "internal", "deadline_exceeded"})),
    (JsonRefusal.ABSENT, frozenset({"notfound", "not_found"})),
)
"""By what stands in `errors[].reason`, `details[].reason`, the type of a detail, or `status`; the first counts."""

_BY_SENTENCE: tuple[tuple[JsonRefusal, re.Pattern[str]], ...] = (
    (
        JsonRefusal.THROTTLED,
        re.compile(r"quota exceeded|limit exceeded|resource has been exhausted|too many requests", re.I),
    ),
    (JsonRefusal.PRECONDITION, re.compile(r"precondition check failed|mail service not enabled", re.I)),
)
"""For a reply that gives a sentence alone; only where it has no reason that is known."""

_BY_STATUS: dict[int, JsonRefusal] = {
    HTTPStatus.REQUEST_TIMEOUT: JsonRefusal.PASSING,
    HTTPStatus.CONFLICT: JsonRefusal.PASSING,
    HTTPStatus.TOO_MANY_REQUESTS: JsonRefusal.THROTTLED,
    HTTPStatus.UNAUTHORIZED: JsonRefusal.NOT_ALLOWED,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: JsonRefusal.INVALID,
}
"""Of these the status says enough, and no reply says otherwise."""

_SAID: dict[int, JsonRefusal] = {
    HTTPStatus.FORBIDDEN: JsonRefusal.FORBIDDEN,
    HTTPStatus.BAD_REQUEST: JsonRefusal.INVALID,
}
"""What the status means where the service itself wrote the reply and gave no reason that is known."""


def judge(status: int, content: bytes) -> JsonRefusal:
    """Judge an error reply by its HTTP *status* and its body; nothing of the body goes further."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return JsonRefusal.PASSING
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    error = _error(content)
    if error is None:
        return JsonRefusal.UNEXPLAINED
    reasons = set(_reasons(error))
    for refusal, known in _BY_REASON:
        # That a thing is absent is said with its own status: a 400 about something else is none.
        if reasons & known and (refusal is not JsonRefusal.ABSENT or status == HTTPStatus.NOT_FOUND):
            return refusal
    said = _sentence(error)
    for refusal, pattern in _BY_SENTENCE:
        if pattern.search(said):
            return refusal
    return _SAID.get(status, JsonRefusal.UNEXPLAINED)


def sentence(content: bytes) -> str:
    """Return what an error reply says in words; empty if it says nothing."""
    return _sentence(_error(content) or {})


def _sentence(error: dict[str, Any]) -> str:
    return str(error.get("message", ""))


def _error(content: bytes) -> dict[str, Any] | None:
    """Return the `error` of a reply, a bare word as its reason; None if it is no reply of such an API."""
    try:
        reply = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if isinstance(reply, list) and reply:  # as streaming methods wrap it
        reply = reply[0]
    error = reply.get("error") if isinstance(reply, dict) else None
    if isinstance(error, str):  # as OAuth 2.0 writes it
        return {"status": error, "message": reply.get("error_description", "")}
    return error if isinstance(error, dict) else None


def _reasons(error: dict[str, Any]) -> Iterator[str]:
    """Yield whatever names a reason, in small letters."""
    for key in ("errors", "details"):
        rows = error.get(key)
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict):
                yield str(row.get("reason", "")).lower()
                yield str(row.get("@type", "")).rpartition(".")[2].lower()
    yield str(error.get("status", "")).lower()
