"""
Serve plain Python methods as Google's JSON APIs do: record who called what, cut replies, fail on demand.

A method takes what the path names and returns the reply, or raises `ApiError` with the status that the real service
answers.
"""

import json
import socket
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from prizedraw.ports import Document
from prizedraw.rehearsal.google.field_masks import parse_fields, partial

DROPPED = 0
"""A status for `JsonWire.fail`: the connection is closed without a reply (under the server of werkzeug)."""

_STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
}


@dataclass(frozen=True)
class ReceivedRequest:
    """One request as it came, and the status that it got (`DROPPED` if the connection was closed)."""

    verb: str
    path: str
    query: Mapping[str, str]
    body: Document | None
    status: int


class ApiError(Exception):
    """An answer with an error; *reason* is given by the older APIs, such as Drive's."""

    def __init__(self, code: int, message: str, status: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status or _STATUS.get(code, "UNKNOWN")
        self.reason = reason

    def document(self) -> Document:
        """Describe the error as Google's services do."""
        error: Document = {"code": self.code, "message": self.message, "status": self.status}
        if self.reason:
            error["errors"] = [{"message": self.message, "domain": "global", "reason": self.reason}]
        return {"error": error}


class JsonWire:
    """What stands between the HTTP server and the methods of one local service, one call at a time under its *lock*."""

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self.calls: list[ReceivedRequest] = []
        self._lock = lock
        self._faults: deque[tuple[ApiError, bool]] = deque()

    def fail(self, status: int, times: int = 1, *, after: bool = False, reason: str = "") -> None:
        """Answer the next *times* calls with an error, or not at all (`DROPPED`), before or *after* their effect."""
        with self._lock:
            self._faults.extend([(ApiError(status, "Injected fault.", reason=reason), after)] * times)

    def recover(self) -> None:
        """Forget the faults that were planned."""
        with self._lock:
            self._faults.clear()

    def served(self, effect: Callable[..., Document]) -> Callable[..., Response]:
        """Wrap one method: faults, partial reply, error reply, record of the call."""

        def serve(**ids: str) -> Response:
            with self._lock:
                fault, after = self._faults.popleft() if self._faults else (None, False)
                try:
                    fields = parse_fields(request.args["fields"]) if "fields" in request.args else {}
                    if fault and not after:
                        raise fault
                    code, reply = 200, partial(effect(**ids), fields)
                    if fault:
                        raise fault
                except ValueError:
                    code, reply = 400, ApiError(400, "Invalid field mask or argument.").document()
                except ApiError as error:
                    code, reply = error.code, error.document()
                sent = request.get_json(silent=True)
                self.calls.append(ReceivedRequest(request.method, request.path, request.args.to_dict(), sent, code))
            if code == DROPPED:
                request.environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            return Response(json.dumps(reply), code or 500, mimetype="application/json")

        return serve
