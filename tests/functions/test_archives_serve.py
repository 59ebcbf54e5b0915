"""
Each built archive, unpacked far from this tree and served by functions-framework, as the first minutes in the cloud.

There are no credentials and no Google to reach, so what is tried here is what a function says before it does anything:
in Japanese, as JSON, without repeating what was sent, in one log line of fixed fields. What it does is tried by the
journey.
"""

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.archives import ROOT, STEPS, built, run_apart, unpack
from support.personal_data import found
from support.quick import some_of

SUBSCRIBERS = [
    step for step in STEPS if "edge.subscriber(" in (ROOT / "functions" / step / "main.py").read_text(encoding="utf-8")
]
OPERATED = some_of([step for step in STEPS if step not in SUBSCRIBERS], 3)
SERVED = sorted([*SUBSCRIBERS, *OPERATED])
CANARY = "taro.yamada@canary.example"
ENVIRON = {
    "CAMPAIGN": "shinjuku-rally-2026",
    "GOOGLE_CLOUD_PROJECT": "ward",
    "LOCATION": "asia-northeast1",
    "SCHEDULER_ACCOUNT": "scheduler@ward.iam.gserviceaccount.com",
    "PUBLISHED_BUCKET": "ward-published",
    "NOTIFICATIONS_TOPIC": "projects/ward/topics/responses",
    "DRAND_RELAYS": "https://relay.invalid",
    "GOOGLE_APPLICATION_CREDENTIALS": "/nonexistent.json",
    "NO_GCE_CHECK": "true",
}

SERVE = """
from functions_framework import create_app
client = create_app(target="main", source=os.path.join(folder, "main.py"), signature_type="http").test_client()
answer = {}
for name, (body, headers) in given.items():
    reply = client.post("/", data=body.encode("latin-1"), headers=headers)
    answer[name] = [reply.status_code, dict(reply.headers), reply.get_data(as_text=True)]
"""


def _token(email: str) -> dict[str, str]:
    claims = base64.urlsafe_b64encode(json.dumps({"email": email}).encode()).decode().rstrip("=")
    return {"Authorization": f"Bearer eyJhbGciOiJSUzI1NiJ9.{claims}.SIGNATURE_REMOVED_BY_GOOGLE"}


OPERATOR = {**_token(CANARY), "Content-Type": "application/json", "X-Goog-Iap-Jwt-Assertion": CANARY}
LARGE = CANARY * 20_000
CALLS = {
    "no caller": ("{}", {"Content-Type": "application/json", "X-Name": CANARY}),
    "no json": ('{"confirm": ' + CANARY, OPERATOR),
    "no json type": (CANARY, {**OPERATOR, "Content-Type": "text/plain"}),
    "a form": (f"name={CANARY}", {**OPERATOR, "Content-Type": "application/x-www-form-urlencoded"}),
    "a list": ("[1]", OPERATOR),
    "unknown field": (json.dumps({CANARY: CANARY}), OPERATOR),
    "wrong type": (json.dumps({"confirm": [CANARY]}), OPERATOR),
    "too large": (LARGE, OPERATOR),
    "no Google": ("{}", OPERATOR),
}
CAMPAIGN = yaml.safe_load((ROOT / "infra/terraform/campaigns/shinjuku-rally-2026.yaml").read_text(encoding="utf-8"))
FORM = CAMPAIGN["form"]["id"]
MESSAGE = {"attributes": {"eventType": "RESPONSES", "formId": FORM, "watchId": CANARY}, "messageId": "1"}
PUSHES = {
    "no caller": (json.dumps({"message": MESSAGE}), {"Content-Type": "application/json"}),
    "no json": ("{" + CANARY, OPERATOR),
    "no message": (json.dumps({"subscription": CANARY}), OPERATOR),
    "no base64": (json.dumps({"message": {**MESSAGE, "data": CANARY}}), OPERATOR),
    "too large": (LARGE, OPERATOR),
    "another form": (json.dumps({"message": {"attributes": {"formId": CANARY}}}), OPERATOR),
    "without data": (json.dumps({"message": MESSAGE, "subscription": "s"}), OPERATOR),
    "empty data": (json.dumps({"message": {**MESSAGE, "data": ""}, "subscription": "s"}), OPERATOR),
    "a CloudEvent": (
        json.dumps({"message": MESSAGE}),
        {
            **OPERATOR,
            "ce-id": "1",
            "ce-source": "//pubsub.googleapis.com/projects/ward/topics/responses",
            "ce-specversion": "1.0",
            "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
        },
    ),
}


@dataclass(frozen=True)
class Served:
    """Hold what a function answered to each call, and all that it wrote meanwhile."""

    calls: dict[str, Any]
    answers: dict[str, tuple[int, dict[str, str], str]]
    out: str
    err: str

    def reply(self, call: str) -> tuple[int, dict[str, Any]]:
        status, _, text = self.answers[call]
        return status, json.loads(text)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Served]:
    out = built()
    everything = {}
    for step in SERVED:
        folder = unpack(out / f"{step}.zip", tmp_path_factory.mktemp("unpacked"))
        calls = PUSHES if step in SUBSCRIBERS else CALLS
        answers, written, errors = run_apart(SERVE, folder, ENVIRON, calls)
        everything[step] = Served(calls, answers, written, errors)
    return everything


@pytest.mark.parametrize("step", OPERATED)
@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("no caller", 409, "E-133"),
        ("no json", 400, "E-130"),
        ("no json type", 400, "E-130"),
        ("a form", 400, "E-130"),
        ("a list", 400, "E-130"),
        ("unknown field", 400, "E-132"),
        ("wrong type", 400, "E-132"),
        ("too large", 400, "E-131"),
    ],
)
def test_a_wrong_call_is_refused(step: str, call: str, status: int, code: str, served: dict[str, Served]) -> None:
    answered, reply = served[step].reply(call)
    assert (answered, reply["code"]) == (status, code)


@pytest.mark.parametrize("step", OPERATED)
def test_a_field_that_is_wrong_is_named_and_one_that_is_unknown_is_not_repeated(
    step: str, served: dict[str, Served]
) -> None:
    assert "（不明な項目）：使えない項目です" in served[step].reply("unknown field")[1]["summary"][0]
    known = "confirm：文字列" if step != "status" else "（不明な項目）"  # status needs no code
    assert known in served[step].reply("wrong type")[1]["summary"][0]


@pytest.mark.parametrize("step", SUBSCRIBERS)
@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        ("no json", 400, "E-130"),
        ("no message", 400, "E-134"),
        ("no base64", 400, "E-134"),
        ("too large", 400, "E-131"),
        ("no caller", 200, "E-133"),
    ],
)
def test_a_wrong_push_is_refused(step: str, call: str, status: int, code: str, served: dict[str, Served]) -> None:
    answered, reply = served[step].reply(call)
    assert (answered, reply["code"]) == (status, code)


@pytest.mark.parametrize(
    ("step", "call"),
    [(step, "no Google") for step in OPERATED]
    + [("intake", call) for call in ("without data", "empty data", "a CloudEvent")],
)
def test_a_right_call_gets_as_far_as_google(step: str, call: str, served: dict[str, Served]) -> None:
    status, reply = served[step].reply(call)
    if (step, reply["code"]) == ("prepare", "E-203"):
        return  # the clock is the real one, and nothing can be prepared any more once the form is open
    assert status in (500, 503)
    assert re.fullmatch(r"E-1[5-8]\d", reply["code"])


def test_a_notification_of_another_form_is_acknowledged(served: dict[str, Served]) -> None:
    status, reply = served["intake"].reply("another form")
    assert (status, reply["result"]) == (200, "すでに済んでいます（変更はありません）")


@pytest.mark.parametrize("step", SERVED)
def test_every_reply_is_json_in_japanese(step: str, served: dict[str, Served]) -> None:
    for _, headers, text in served[step].answers.values():
        assert headers["Content-Type"] == "application/json; charset=utf-8"
        assert re.search(r"[ぁ-ん]", json.loads(text)["result"])
        assert json.loads(text)["result"] in text


@pytest.mark.parametrize("step", SERVED)
def test_nothing_that_was_sent_comes_back_or_is_logged(step: str, served: dict[str, Served]) -> None:
    answers = [f"{headers}\n{text}" for _, headers, text in served[step].answers.values()]
    assert not found([CANARY, "canary.example"], [*answers, served[step].out, served[step].err])


@pytest.mark.parametrize("step", SERVED)
def test_the_log_is_one_line_of_fixed_fields_a_call(step: str, served: dict[str, Served]) -> None:
    lines = [json.loads(line) for line in served[step].out.splitlines()]
    assert served[step].err == ""
    assert len(lines) == len(served[step].calls)
    for line in lines:
        assert line.keys() <= {"severity", "event", "step", "code", "kind", "where", "counts"}
        assert line["step"] == step
        assert line["event"] == "done" or re.fullmatch(r"E-\d{3}", line["code"])


def test_what_was_unpacked_is_what_answered(tmp_path: Path) -> None:
    """Had the tree been served instead of the archive, the tests above would say nothing about archives."""
    folder = unpack(built() / "status.zip", tmp_path)
    edge = folder / "prizedraw" / "runtime" / "edge.py"
    edge.write_text(edge.read_text(encoding="utf-8").replace('"E-133"', '"E-000"'), encoding="utf-8")
    answers, _, _ = run_apart(SERVE, folder, ENVIRON, {"no caller": CALLS["no caller"]})
    assert json.loads(answers["no caller"][2])["code"] == "E-000"
