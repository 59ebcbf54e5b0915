"""The outbox: a mail goes at most once, whatever is lost on the way, and one that cannot go holds up no other."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Again, Broken, Final, Problem
from prizedraw.mail import outbox, row_marks
from prizedraw.mail.outbox import Letter, Lost, Outbox, Stop, Stopped
from prizedraw.ports import Create, Replace
from prizedraw.records.mail import SENT, MailRow, MailState
from prizedraw.runtime import lease
from prizedraw.times import instant_of
from support.clock import DAY, MINUTE, Clock
from support.fakes.keys import MemoryKeys
from support.fakes.mail import FakeMail
from support.faults import LOST, NONE, Faults, Killed, Way

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
MISSING = Problem("E-601", "ありません。")
SPENT = Problem("E-693", "送れません。")


CLAIM = MemoryKeys("rally").prf("claim")


def letter(label: str = "1", kind: str = "winner") -> Letter:
    return Letter(kind, label, f"{kind} {label}".encode)


@dataclass
class Desk:
    """Sit at the mailbox with a lease in hand."""

    state: Memory = field(default_factory=lambda: Memory("rally"))
    mail: FakeMail = field(default_factory=FakeMail)
    clock: Clock = field(default_factory=lambda: Clock(NOON))
    pauses: int = 0
    per_day: int = 100

    def rows(self) -> dict[str, MailRow]:
        return {row.id: row for row in self.state.scan(MailRow)}

    def box(self, faults: Faults = NONE) -> Outbox:
        """Begin a run, once the lease of the one before has ended."""
        self.clock.wait(10 * MINUTE)
        hold = lease.acquire(faults.before(self.state, "state"), "notify", self.clock, 9 * MINUTE)
        assert hold is not None
        rows = self.rows()
        room = outbox.room(rows, self.per_day, self.clock())
        return Outbox(
            hold=hold,
            mailer=faults.before(self.mail, "mail"),
            claim=CLAIM,
            clock=self.clock,
            per_minute=20,
            sleep=self._sleep,
            rows=rows,
            room=room,
        )

    def _sleep(self, seconds: float) -> None:
        assert seconds == 3.0
        self.pauses += 1

    def state_of(self, label: str = "1") -> str:
        return self.rows()[f"winner-{label}"].state

    def sent(self) -> list[str]:
        return sorted(data.decode() for data in self.mail.sent.values())


@pytest.fixture
def desk() -> Desk:
    return Desk()


class TestALetterThatGoes:
    def test_goes_as_a_draft_first_whose_id_is_stored(self, desk: Desk) -> None:
        faults = Faults()
        assert desk.box(faults).send(letter())
        assert faults.calls[1:] == ["mail.create_draft", "state.commit", "mail.send_draft", "state.commit"]
        assert (desk.mail.drafts, desk.sent()) == ({}, ["winner 1"])

    def test_leaves_a_row_without_anything_personal(self, desk: Desk) -> None:
        desk.box().send(letter())
        row = MailRow("winner-1", "winner", "1", "sent", "draft-1", "message-1", instant_of(NOON + 10 * MINUTE))
        assert desk.rows() == {"winner-1": row_marks.marked(CLAIM, row)}

    def test_is_followed_by_a_pause(self, desk: Desk) -> None:
        box = desk.box()
        for label in "123":
            box.send(letter(label))
        assert desk.pauses == 3

    def test_does_not_go_again_in_the_same_run_or_another(self, desk: Desk) -> None:
        box = desk.box()
        box.send(letter())
        assert not box.send(letter())
        assert not desk.box().send(letter())
        assert (desk.sent(), desk.pauses) == (["winner 1"], 1)

    def test_another_kind_for_the_same_person_goes_too(self, desk: Desk) -> None:
        box = desk.box()
        box.send(letter())
        box.send(letter(kind="reminder"))
        assert desk.sent() == ["reminder 1", "winner 1"]


class TestALostReply:
    @pytest.mark.parametrize("kind", ["lost_before", "lost_after"])
    def test_to_the_creation_leaves_at_most_a_draft_that_nobody_sends(self, desk: Desk, kind: str) -> None:
        desk.mail.fail("create_draft", kind)  # type: ignore[arg-type]
        with pytest.raises(Lost):
            desk.box().send(letter())
        assert desk.rows() == {}
        assert desk.box().send(letter())
        assert desk.sent() == ["winner 1"]
        assert len(desk.mail.drafts) == (kind == "lost_after")

    def test_to_a_send_that_did_not_happen_sends_the_same_draft_in_the_next_run(self, desk: Desk) -> None:
        desk.mail.fail("send_draft", "lost_before")
        with pytest.raises(Lost):
            desk.box().send(letter())
        assert (desk.state_of(), desk.sent()) == (MailState.DRAFTED, [])
        assert desk.box().send(letter())
        assert (desk.state_of(), desk.sent(), desk.mail.drafts) == (MailState.SENT, ["winner 1"], {})

    def test_to_a_send_that_happened_is_settled_by_asking_for_the_draft(
        self, desk: Desk, capsys: pytest.CaptureFixture[str]
    ) -> None:
        desk.mail.fail("send_draft", "lost_after")
        assert desk.box().send(letter())
        assert (desk.state_of(), desk.sent()) == (MailState.PRESUMED_SENT, ["winner 1"])
        assert json.loads(capsys.readouterr().out)["code"] == "presumed_sent"
        assert not desk.box().send(letter())
        assert desk.sent() == ["winner 1"]

    @pytest.mark.parametrize("asked", ["lost_before", "lost_after", "quota", "credentials", "message"])
    def test_with_no_answer_to_the_question_either_is_settled_by_the_next_run(self, desk: Desk, asked: str) -> None:
        """A refusal to tell is not a refusal of the mail, which has gone out."""
        desk.mail.fail("send_draft", "lost_after")
        desk.mail.fail("has_draft", asked)  # type: ignore[arg-type]
        with pytest.raises(Lost):
            desk.box().send(letter())
        assert desk.state_of() == MailState.DRAFTED
        assert desk.box().send(letter())
        assert (desk.state_of(), desk.sent()) == (MailState.PRESUMED_SENT, ["winner 1"])


class TestARefusal:
    def test_of_the_message_settles_its_row_and_the_others_go_on(self, desk: Desk) -> None:
        desk.mail.fail("create_draft", "message")
        box = desk.box()
        assert [box.send(letter(label)) for label in "12"] == [False, True]
        assert (desk.state_of("1"), desk.state_of("2")) == (MailState.REFUSED, MailState.SENT)
        assert (desk.sent(), desk.pauses) == (["winner 2"], 1)

    def test_of_the_draft_deletes_it(self, desk: Desk) -> None:
        desk.mail.fail("send_draft", "message")
        box = desk.box()
        assert [box.send(letter(label)) for label in "12"] == [False, True]
        assert (desk.state_of("1"), desk.mail.drafts, desk.sent()) == (MailState.REFUSED, {}, ["winner 2"])

    @pytest.mark.parametrize("kind", ["quota", "credentials", "message", "lost_before", "lost_after"])
    def test_whose_draft_cannot_be_deleted_is_settled_all_the_same(self, desk: Desk, kind: str) -> None:
        desk.mail.fail("send_draft", "message")
        desk.mail.fail("delete_draft", kind)  # type: ignore[arg-type]
        assert not desk.box().send(letter())
        assert (desk.state_of(), desk.sent()) == (MailState.REFUSED, [])

    def test_is_begun_anew_when_it_is_asked_for_again(self, desk: Desk) -> None:
        """Who asks decides: nothing of it was sent."""
        desk.mail.fail("send_draft", "message")
        desk.box().send(letter())
        assert desk.box().send(letter())
        assert (desk.state_of(), desk.sent(), desk.mail.drafts) == (MailState.SENT, ["winner 1"], {})

    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    @pytest.mark.parametrize("kind", ["quota", "credentials"])
    def test_of_all_mail_stops_and_the_next_run_goes_on(self, desk: Desk, method: str, kind: str) -> None:
        desk.mail.fail(method, kind)  # type: ignore[arg-type]
        with pytest.raises(Stopped) as caught:
            desk.box().send(letter())
        assert caught.value.why == kind
        assert desk.box().send(letter())
        assert (desk.sent(), desk.mail.drafts) == (["winner 1"], {})


class TestALetterThatCannotBeWritten:
    @staticmethod
    def unwritable(error: Exception) -> Letter:
        def compose() -> bytes:
            raise error

        return Letter("winner", "1", compose)

    @pytest.mark.parametrize("error", [Broken(MISSING), Final(SPENT)])
    def test_is_noted_with_its_code_and_the_others_go_on(
        self, desk: Desk, error: Broken | Final, capsys: pytest.CaptureFixture[str]
    ) -> None:
        box = desk.box()
        assert not box.send(self.unwritable(error))
        assert box.send(letter("2"))
        assert (desk.state_of("1"), desk.rows()["winner-1"].problem) == (MailState.PLANNED, error.problem.code)
        assert (box.unwritten, desk.sent()) == (["winner-1"], ["winner 2"])
        logged = json.loads(capsys.readouterr().out)
        assert (logged["event"], logged["code"]) == ("alarm", error.problem.code)

    def test_is_noted_once_for_the_same_cause(self, desk: Desk) -> None:
        desk.box().send(self.unwritable(Broken(MISSING)))
        first = desk.rows()
        desk.box().send(self.unwritable(Broken(MISSING)))
        assert desk.rows() == first
        desk.box().send(self.unwritable(Final(SPENT)))
        assert desk.rows()["winner-1"].problem == "E-693"

    def test_goes_when_its_cause_is_mended(self, desk: Desk) -> None:
        desk.box().send(self.unwritable(Broken(MISSING)))
        assert desk.box().send(letter())
        row = desk.rows()["winner-1"]
        assert (row.state, row.problem, desk.sent()) == (MailState.SENT, "", ["winner 1"])

    def test_takes_no_room(self, desk: Desk) -> None:
        desk.per_day = 1
        box = desk.box()
        box.send(self.unwritable(Broken(MISSING)))
        assert box.send(letter("2"))

    def test_for_a_service_that_is_away_is_tried_again_as_a_whole(self, desk: Desk) -> None:
        with pytest.raises(Again):
            desk.box().send(self.unwritable(Again(LOST)))
        assert desk.rows() == {}


class TestRoom:
    def test_is_what_a_day_allows(self, desk: Desk) -> None:
        desk.per_day = 2
        box = desk.box()
        assert [box.send(letter(label)) for label in "12"] == [True, True]
        with pytest.raises(Stopped) as caught:
            box.send(letter("3"))
        assert caught.value.why is Stop.DAY
        assert desk.sent() == ["winner 1", "winner 2"]

    @pytest.mark.parametrize(
        ("state", "counts"),
        [("sent", 1), ("presumed_sent", 1), ("drafted", 1), ("refused", 0), ("planned", 0)],
    )
    def test_counts_what_went_out_or_may_have(self, desk: Desk, state: str, counts: int) -> None:
        desk.state.commit([Create(MailRow("winner-1", "winner", "1", state, "", "", instant_of(NOON)))])
        assert outbox.room(desk.rows(), 5, NOON) == 5 - counts

    @pytest.mark.parametrize(
        ("age", "counts"),
        [
            (timedelta(0), 1),
            (DAY - timedelta(microseconds=1), 1),
            (DAY, 0),
            (DAY + timedelta(seconds=1), 0),
        ],
    )
    def test_is_of_any_24_hours_and_not_of_a_date(self, desk: Desk, age: timedelta, counts: int) -> None:
        desk.state.commit([Create(MailRow("winner-1", "winner", "1", "sent", "", "", instant_of(NOON - age)))])
        assert outbox.room(desk.rows(), 5, NOON) == 5 - counts

    def test_a_draft_that_was_counted_may_still_be_sent(self, desk: Desk) -> None:
        """Otherwise the last mail of a day, its outcome open, would wait for a day."""
        desk.per_day = 1
        desk.mail.fail("send_draft", "lost_before")
        with pytest.raises(Lost):
            desk.box().send(letter())
        assert desk.box().send(letter())
        with pytest.raises(Stopped):
            desk.box().send(letter("2"))


class TestAnotherRun:
    def test_that_took_the_lease_over_lets_this_one_send_nothing_more(self, desk: Desk) -> None:
        old = desk.box()
        old.send(letter("1"))
        desk.box().send(letter("2"))
        with pytest.raises(Again):
            old.send(letter("3"))
        assert desk.sent() == ["winner 1", "winner 2"]

    def test_that_takes_over_between_send_and_note_finds_the_draft_gone(self, desk: Desk) -> None:
        def other() -> None:
            assert desk.box().send(letter())

        with pytest.raises(Again):
            desk.box(Faults(4, meanwhile=other)).send(letter())
        assert (desk.state_of(), desk.sent()) == (MailState.PRESUMED_SENT, ["winner 1"])


PORT = ["create_draft", "send_draft", "has_draft", "delete_draft"]
FAULTS = ["lost_before", "lost_after", "quota", "credentials", "message"]


def histories() -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield every one and every two faults of the mail service."""
    single = list(product(PORT, FAULTS))
    yield from ((fault,) for fault in single)
    yield from product(single, single)


def test_nobody_gets_a_mail_twice_under_any_two_faults_of_the_service() -> None:
    for history in histories():
        desk = Desk()
        for method, kind in history:
            desk.mail.fail(method, kind)  # type: ignore[arg-type]
        for _ in range(4):
            box = desk.box()
            for label in "12":
                try:
                    box.send(letter(label))
                except (Lost, Stopped):
                    continue
        assert desk.sent() == ["winner 1", "winner 2"], history
        assert {row.state for row in desk.rows().values()} <= SENT, history


def test_nobody_gets_a_mail_twice_wherever_a_run_is_cut_off() -> None:
    whole = Faults()
    Desk().box(whole).send(letter())
    for at, first in product(range(1, len(whole.points)), Way):
        for service in [None, *product(PORT, FAULTS)]:
            desk = Desk()
            if service is not None:
                desk.mail.fail(*service)  # type: ignore[arg-type]
            attempts: list[Callable[[], object]] = [
                lambda desk=desk, at=at, first=first: desk.box(Faults(at, first)).send(letter()),  # type: ignore[misc]
                *[lambda desk=desk: desk.box().send(letter())] * 3,
            ]
            for attempt in attempts:
                try:
                    attempt()
                except (Killed, Again, Lost, Stopped):
                    continue
            assert desk.sent() == ["winner 1"], (whole.points[at], first, service)


def test_a_row_of_the_past_reads_back(desk: Desk) -> None:
    row = MailRow("winner-1", "winner", "1", "planned", "", "", instant_of(NOON), "E-601")
    desk.state.commit([Create(row)])
    desk.state.commit([Replace(row)])
    assert desk.rows() == {"winner-1": row}
