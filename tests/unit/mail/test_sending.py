"""When a run stops sending, and what it takes back: letter by letter, through the real outbox."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.mail.outbox import Letter, Lost, Outbox, Stop
from prizedraw.mail.sending import SendTally, call_back, send_all, waiting_of
from prizedraw.records.mail import WARD, MailRow, MailState
from prizedraw.runtime import lease
from prizedraw.times import instant_of
from support.clock import MINUTE, Clock
from support.fakes.keys import MemoryKeys
from support.fakes.mail import FakeMail

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
QUARTER = 15 * MINUTE


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
def mail() -> FakeMail:
    return FakeMail()


@pytest.fixture
def box(clock: Clock, mail: FakeMail) -> Outbox:
    hold = lease.acquire(Memory("rally"), "notify", clock, 24 * 60 * MINUTE)
    assert hold is not None
    claim = MemoryKeys("rally").prf("claim")
    return Outbox(
        hold=hold, mailer=mail, claim=claim, clock=clock, per_minute=20, sleep=lambda _: None, rows={}, room=100
    )


@pytest.fixture
def send(clock: Clock, mail: FakeMail, box: Outbox) -> Callable[[str], SendTally]:
    """Send one letter for each word: `sent`, `lost` (the service does not answer) or `dropped` (not due any more)."""

    def letter(number: int, fate: str) -> Letter:
        def compose() -> bytes:
            if fate == "lost":
                mail.fail("create_draft", "lost_before")
            return b"letter"

        return Letter("winner", f"{number}", compose, is_due=lambda: fate != "dropped")

    def act(fates: str) -> SendTally:
        letters = [letter(number, fate) for number, fate in enumerate(fates.split())]
        return send_all(box, letters, clock, until=NOON + QUARTER)

    return act


@pytest.mark.parametrize(
    ("fates", "sent", "lost"),
    [
        ("sent sent sent", 3, 0),
        ("lost sent lost sent lost", 2, 3),
        ("lost lost sent", 0, 2),
        ("sent lost lost sent", 1, 2),
    ],
)
def test_two_open_in_a_row_end_the_run_and_one_alone_does_not(
    send: Callable[[str], SendTally], fates: str, sent: int, lost: int
) -> None:
    tally = send(fates)
    assert (tally.sent, tally.lost, tally.stopped) == (sent, lost, None)


def test_one_that_is_not_due_any_more_is_named_and_holds_up_no_other(send: Callable[[str], SendTally]) -> None:
    tally = send("sent dropped sent")
    assert (tally.sent, tally.dropped) == (2, {"winner-1"})


def test_none_is_begun_once_the_time_is_over(send: Callable[[str], SendTally], clock: Clock, mail: FakeMail) -> None:
    clock.wait(QUARTER)
    assert send("sent").stopped is Stop.TIME
    assert mail.calls == []


def test_at_night_the_ward_is_written_to_and_nobody_else(clock: Clock, box: Outbox, mail: FakeMail) -> None:
    clock.wait(9 * 60 * MINUTE)
    letters = [Letter("winner", "1", lambda: b"winner"), Letter("drawn", WARD, lambda: b"drawn")]
    tally = send_all(box, letters, clock, until=clock() + QUARTER)
    assert (tally.stopped, [*mail.sent.values()]) == (Stop.QUIET, [b"drawn"])


def test_of_those_that_nobody_was_sent_only_what_is_refused_for_good_waits_no_more() -> None:
    letters = [Letter("winner", name, lambda: b"") for name in ("new", "sent", "before", "then", "since")]
    refused = {"before": NOON - MINUTE, "then": NOON, "since": NOON + MINUTE}
    at = {"sent": NOON - MINUTE} | refused
    rows = {
        f"winner-{name}": MailRow(
            f"winner-{name}",
            "winner",
            name,
            state=(MailState.REFUSED if name in refused else MailState.SENT).value,
            draft="",
            message="",
            at=instant_of(moment),
        )
        for name, moment in at.items()
    }
    assert [letter.label for letter in waiting_of(letters, rows, NOON)] == ["new", "before", "then"]


def test_drafts_for_people_are_taken_back_unless_they_are_due(box: Outbox, mail: FakeMail) -> None:
    kinds = [("winner", "due"), ("winner", "not"), ("drawn", WARD)]
    letters = [Letter(kind, label, lambda: b"x") for kind, label in kinds]
    mail.fail("send_draft", "lost_before", 3)
    for one in letters:
        with pytest.raises(Lost):
            box.send(one)
    assert len(mail.drafts) == 3
    call_back(box, letters[:1])
    assert set(box.rows) == {"winner-due", letters[2].id}
    assert len(mail.drafts) == 2


def test_what_was_sent_or_refused_stays_so_when_it_is_due_no_more(box: Outbox, mail: FakeMail) -> None:
    assert box.send(Letter("winner", "sent", lambda: b"x"))
    mail.fail("create_draft", "message")
    assert not box.send(Letter("winner", "refused", lambda: b"x"))
    before = dict(box.rows)
    call_back(box, [])
    assert box.rows == before
    assert {row.state for row in before.values()} == {MailState.SENT, MailState.REFUSED}
