"""
`intake` as Pub/Sub really calls it: Google's own emulator pushes to the real function under functions-framework.

The emulator is kinder than the service: it always sends `data` and never `deliveryAttempt`. What the service sends
stands in `TestAsTheServicePushes`, by the letter of
https://cloud.google.com/pubsub/docs/push and https://cloud.google.com/pubsub/docs/dead-letter-topics#track_delivery_attempts
"""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from prizedraw.campaign import definition
from prizedraw.campaign.definition import Campaign
from prizedraw.records.entries import Entry, LedgerRow, Outcome
from prizedraw.rehearsal import entrants
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.pubsub import ATTEMPTS, BRISK, Patience, PubsubEmulator, PushEndpoint
from prizedraw.rehearsal.stage import RehearsalStage, build
from prizedraw.rehearsal.until_winners import Clock
from prizedraw.runtime import edge
from support.clock import BRIEF_SECONDS

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"
TICK = {"tick": "schedule"}
OVERSIZE = b"x" * 300_000
PATIENCE_SECONDS = 300

numbers = count()


class Rally:
    """Hold a campaign that is open for entry: a form, a clock, and the functions that serve it."""

    def __init__(self, stack: ExitStack) -> None:
        self.campaign: Campaign = definition.load(FILE)
        self.clock = Clock(self.campaign.opens_at - timedelta(days=3))
        self.google = stack.enter_context(LocalGoogle(self.clock))
        environ = {**self.google.environ(self.campaign.id), "CAMPAIGNS": str(FILE.parent)}
        self.stage: RehearsalStage = build(
            stack, self.google, edge.Host(self.clock, self.clock.sleep, patience=BRIEF_SECONDS), environ, emulator=False
        )
        form = entrants.form_of(self.campaign)
        self.google.forms.put_form(form)
        assert self.stage.functions.press_and_confirm("prepare").status == 200
        self.clock.move_to(self.campaign.opens_at + timedelta(days=1))
        people = entrants.history_of(self.campaign, form, 60, seed=5)
        self._people = iter([press.response for press in people if press.kind is entrants.ResponseKind.GOOD])

    def enter(self, number: int) -> set[str]:
        """Let people press the form's button now; return the ids of their responses."""
        fresh = [next(self._people) for _ in range(number)]
        untimed = [{key: row[key] for key in row if key not in ("createTime", "lastSubmittedTime")} for row in fresh]
        return {self.google.forms.submit(row)["responseId"] for row in untimed}

    def accepted(self) -> dict[str, str]:
        """Return the accepted responses by the ids of their rows; each must hold an entry of its own."""
        sealed = self.stage.open("sealed")
        rows = {row.id for row in sealed.scan(LedgerRow) if row.outcome is Outcome.ACCEPTED}
        entries = {entry.response: entry.id for entry in sealed.scan(Entry)}
        assert entries.keys() == rows
        return entries

    def rows_of(self, responses: set[str]) -> set[str]:
        """Return the ids of the rows that responses get."""
        sealing = self.stage.sealing()
        return {sealing.row_id(response) for response in responses}


class Line:
    """
    Hold the line from topic to function: what was pushed, what was answered, what is dead.

    *lost*: of so many of the next deliveries the answer does not arrive.
    """

    def __init__(self, stack: ExitStack, emulator: PubsubEmulator, rally: Rally) -> None:
        self.topic = f"notifications-{next(numbers)}"
        self._emulator = emulator
        self.lost = 0
        self._functions = rally.stage.functions
        self._dead = f"{self.topic}-dead"
        for topic in (self.topic, self._dead):
            emulator.create_topic(topic)
        emulator.subscribe(self._dead, self._dead)
        self._endpoint = stack.enter_context(PushEndpoint(self._deliver))
        emulator.push(self.topic, self.topic, self._endpoint.url, self._dead, BRISK)
        stack.callback(emulator.unsubscribe, self.topic)

    def _deliver(self, body: bytes) -> int:
        answered = self._functions.deliver("intake", body)
        if self.lost:
            self.lost -= 1
            return 502
        return answered.status

    def publish(self, attributes: dict[str, str], data: bytes = b"") -> str:
        """Publish to the topic of the notifications."""
        return self._emulator.publish(self.topic, attributes, data)

    def pushed(self) -> list[tuple[dict[str, Any], int]]:
        """Return the bodies that were pushed so far, with their answers."""
        return [(json.loads(push.body), push.status) for push in list(self._endpoint.pushed)]

    def answers(self, message: str) -> list[int]:
        """Return how the deliveries of one message were answered."""
        return [status for body, status in self.pushed() if body["message"]["messageId"] == message]

    def wait_for(self, done: Callable[[], object]) -> None:
        """Wait until *done*."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not done():
            assert time.monotonic() < deadline, self.pushed()
            time.sleep(0.05)

    def wait_for_answer(self, message: str) -> None:
        """Wait until a message is acknowledged."""
        self.wait_for(lambda: self.answers(message)[-1:] == [200])

    def dead(self) -> list[dict[str, Any]]:
        """Take what lies in the dead letters."""
        return self._emulator.pull(self._dead)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def rally(stack: ExitStack) -> Rally:
    return Rally(stack)


def test_what_a_subscription_waits_for_is_a_setting() -> None:
    assert Patience().to_json() == {"ackDeadlineSeconds": 600}
    assert BRISK.to_json() == {"ackDeadlineSeconds": 60}
    given = Patience(acknowledged=10, again=2).to_json()
    assert given == {"ackDeadlineSeconds": 10, "retryPolicy": {"minimumBackoff": "2s"}}


class TestThroughTheEmulator:
    pytestmark = pytest.mark.emulator

    @pytest.fixture
    def line(self, stack: ExitStack, rally: Rally, pubsub_emulator: PubsubEmulator) -> Line:
        return Line(stack, pubsub_emulator, rally)

    def test_from_the_form_to_the_store(self, rally: Rally, line: Line) -> None:
        line.wait_for_answer(line.publish(TICK))
        told: list[str] = []
        rally.google.forms.on_notification(lambda attributes: told.append(line.publish(attributes)))
        entered = rally.enter(8)
        rally.clock.sleep(60)
        rally.google.forms.notifications.deliver()
        assert told, "the watch that the first tick made must tell"
        for message in told:
            line.wait_for_answer(message)
        assert rally.accepted().keys() == rally.rows_of(entered)

    def test_what_the_emulator_sends_beyond_the_service_and_what_it_leaves_out(self, line: Line) -> None:
        line.wait_for_answer(line.publish(TICK))
        ((body, status),) = line.pushed()
        assert status == 200
        assert body["message"]["data"] == ""
        assert "deliveryAttempt" not in body

    def test_forms_is_down_for_longer_than_a_run_waits(self, rally: Rally, line: Line) -> None:
        entered = rally.enter(5)
        rally.google.forms.fail(503, times=1000)
        message = line.publish(TICK)
        line.wait_for(lambda: line.answers(message))
        assert line.answers(message)[0] == 503
        assert rally.accepted() == {}
        rally.google.forms.recover()
        line.wait_for_answer(message)
        assert rally.accepted().keys() == rally.rows_of(entered)

    def test_an_answer_is_lost_on_the_way_and_the_message_comes_again(self, rally: Rally, line: Line) -> None:
        entered = rally.enter(5)
        line.lost = 1
        message = line.publish(TICK)
        line.wait_for_answer(message)
        assert line.answers(message) == [502, 200]
        assert rally.accepted().keys() == rally.rows_of(entered)

    def test_a_poison_message_ends_in_the_dead_letters_and_holds_up_nobody(self, rally: Rally, line: Line) -> None:
        entered = rally.enter(3)
        poison = line.publish(TICK, OVERSIZE)
        line.wait_for_answer(line.publish(TICK))
        dead: list[dict[str, Any]] = []
        line.wait_for(lambda: dead.extend(line.dead()) or dead)
        assert line.answers(poison) == [400] * ATTEMPTS
        (letter,) = dead
        assert letter["attributes"].items() >= {**TICK, "CloudPubSubDeadLetterSourceSubscription": line.topic}.items()
        assert letter["attributes"]["CloudPubSubDeadLetterSourceDeliveryCount"] == str(ATTEMPTS)
        assert rally.accepted().keys() == rally.rows_of(entered)

    def test_a_notification_of_another_form_is_acknowledged_and_nothing_is_read(self, rally: Rally, line: Line) -> None:
        rally.enter(2)
        before = len(rally.google.forms.calls)
        message = line.publish({"formId": "somebody-elses", "eventType": "RESPONSES", "watchId": "w"})
        line.wait_for_answer(message)
        assert line.answers(message) == [200]
        assert len(rally.google.forms.calls) == before
        assert rally.accepted() == {}

    def test_doubled_and_simultaneous_messages_store_each_response_once(self, rally: Rally, line: Line) -> None:
        entered = rally.enter(9)
        attributes = {"formId": rally.campaign.form.id, "eventType": "RESPONSES", "watchId": "w"}
        for message in [line.publish(attributes) for _ in range(8)]:
            line.wait_for_answer(message)
        assert rally.accepted().keys() == rally.rows_of(entered)
        assert Counter(status for _, status in line.pushed()) == {200: 8}


@pytest.mark.emulator
def test_the_emulator_ends_with_its_block(pubsub_emulator: PubsubEmulator) -> None:
    with PubsubEmulator() as second:
        second.create_topic("notifications")
        assert second.host != pubsub_emulator.host
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://{second.host}/", timeout=60)


def envelope(message: dict[str, Any], **beside: Any) -> bytes:
    whole = {"message": message, "subscription": "projects/ward/subscriptions/intake", **beside}
    return json.dumps(whole).encode()


NOTIFICATION: dict[str, Any] = {
    "attributes": {"eventType": "RESPONSES", "formId": definition.load(FILE).form.id, "watchId": "w"},
    "messageId": "2070443601311540",
    "message_id": "2070443601311540",
    "publishTime": "2026-02-04T01:00:00.123Z",
    "publish_time": "2026-02-04T01:00:00.123Z",
}


class TestAsTheServicePushes:
    @pytest.mark.parametrize(
        ("message", "beside"),
        [
            (NOTIFICATION, {}),
            (NOTIFICATION, {"deliveryAttempt": 1}),
            (NOTIFICATION, {"deliveryAttempt": 5}),
            ({**NOTIFICATION, "data": ""}, {}),
            ({**NOTIFICATION, "data": "e30="}, {"deliveryAttempt": 2}),
            ({key: value for key, value in NOTIFICATION.items() if key != "attributes"}, {}),
        ],
        ids=["no data", "first attempt", "fifth attempt", "empty data", "data", "no attributes"],
    )
    def test_a_push_is_taken_and_the_entries_are_stored(
        self, rally: Rally, message: dict[str, Any], beside: dict[str, Any]
    ) -> None:
        entered = rally.enter(2)
        answered = rally.stage.functions.deliver("intake", envelope(message, **beside))
        assert 200 <= answered.status < 300
        assert rally.accepted().keys() == rally.rows_of(entered)

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"not json",
            b"[]",
            b'{"message": "text"}',
            envelope({"attributes": ["formId"]}),
            envelope({"attributes": {"formId": 7}}),
            envelope({"data": "not base64!"}),
            envelope({"data": "eA==" * 100_000}),
        ],
        ids=["empty", "no json", "a list", "no message", "attributes", "a number", "no base64", "oversize"],
    )
    def test_what_is_no_envelope_is_refused_again_and_again_until_it_is_a_dead_letter(
        self, rally: Rally, body: bytes
    ) -> None:
        rally.enter(1)
        assert rally.stage.functions.deliver("intake", body).status == 400
        assert rally.accepted() == {}

    def test_a_delivery_that_comes_while_another_is_at_work_is_acknowledged_and_stores_nothing_twice(
        self, rally: Rally
    ) -> None:
        entered = rally.enter(20)
        statuses: list[int] = []
        push = envelope(NOTIFICATION)
        threads = [
            threading.Thread(target=lambda: statuses.append(rally.stage.functions.deliver("intake", push).status))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 4
        assert rally.accepted().keys() == rally.rows_of(entered)
