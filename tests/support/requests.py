"""Requests as Cloud Run passes them on to a function, and the settings of one that serves them."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

SCHEDULER = "scheduler@ward.iam.gserviceaccount.com"


OPERATOR = "hanako@contractor.example"


ENVIRON = {
    "CAMPAIGN": "rally",
    "GOOGLE_CLOUD_PROJECT": "ward",
    "LOCATION": "asia-northeast1",
    "SCHEDULER_ACCOUNT": SCHEDULER,
}


def token(claims: Any) -> str:
    """Write an identity token as Cloud Run passes it on."""
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJSUzI1NiJ9.{payload}.SIGNATURE_REMOVED_BY_GOOGLE"


def bearer(email: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token({'email': email, 'email_verified': True})}"}


def request(body: Any = b"", headers: Mapping[str, str] | None = None) -> Any:
    """Make the request that functions-framework would hand over."""
    data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    sent = bearer(OPERATOR) if headers is None else headers
    return Request(EnvironBuilder(method="POST", data=data, headers=Headers(dict(sent))).get_environ())
