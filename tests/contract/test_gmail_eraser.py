"""
The campaign's mailbox is emptied past the bin, and one person's threads: on the fake and on the real client.

The wire ends at `LocalGmail` on loopback. Each request and each reply is held against Google's discovery document.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage

import pytest

from prizedraw.adapters.gmail import eraser, mailer
from prizedraw.adapters.gmail.eraser import DENIED, CampaignMailbox
from prizedraw.adapters.gmail.mailer import GmailClient
from prizedraw.errors import Again, Broken
from prizedraw.ports import Found, Mailbox
from prizedraw.rehearsal.google.gmail import UNITS, GmailFault
from support.fakes.places import FakeMailbox
from support.gmail_wire import PATIENT, START, Wire, settings, wired

ADDRESS = "canary.taro@example.jp"
LATER = timedelta(days=1)


def mail(to: str = ADDRESS) -> bytes:
    message = EmailMessage()
    message["From"] = "draw@city.example.jp"
    message["To"] = to
    message["Subject"] = "【新宿区】当選のお知らせ"
    message.set_content("髙﨑様　ご当選おめでとうございます。", cte="base64")
    return message.as_bytes()


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wired() as made:
        made.local.units_per_minute = 1_000_000
        made.local.mails_per_day = 1_000_000
        yield made


def send(wire: Wire, to: str = ADDRESS) -> str:
    sent = wire.mailer.send_draft(wire.mailer.create_draft(mail(to)))
    assert sent
    return sent


@pytest.fixture
def mailbox(wire: Wire) -> CampaignMailbox:
    return CampaignMailbox(GmailClient(settings(wire.url), lambda: None, PATIENT), START)


@dataclass(frozen=True)
class Case:
    """One look at both implementations for the contract: a mailbox, and how mails come to it."""

    mailbox: Mailbox
    send: Callable[[], str]
    answer: Callable[[str], object]
    keep: Callable[[Sequence[str]], object]
    lose_reply: Callable[[], object]


@pytest.fixture(params=["fake", "gmail"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "gmail":
        wire: Wire = request.getfixturevalue("wire")
        threads = {}

        def sent() -> str:
            mail_id = send(wire)
            threads[mail_id] = wire.local.sent[-1].thread
            return mail_id

        def lose() -> None:
            for method in ("messages.batchDelete", "threads.delete"):
                wire.local.fail(method, GmailFault(applied=True))

        return Case(
            request.getfixturevalue("mailbox"),
            sent,
            lambda mail_id: wire.local.receive(mail(), threads[mail_id]),
            wire.local.stubborn.update,
            lose,
        )
    fake = FakeMailbox()

    def put(thread: str = "") -> str:
        mail_id = f"mail-{len(fake.mails) + len(fake.erased)}"
        fake.mails[mail_id] = thread or mail_id
        return mail_id

    return Case(
        fake,
        put,
        lambda mail_id: put(fake.mails[mail_id]),
        lambda ids: setattr(fake, "stubborn", frozenset(ids)),
        lambda: setattr(fake, "replies_lost", 1),
    )


class TestEveryMailbox:
    def test_an_empty_one_has_nothing_to_erase(self, case: Case) -> None:
        assert (case.mailbox.look(), case.mailbox.erase()) == (Found(0), 0)
        assert case.mailbox.erase_mails([]) == 0

    def test_all_goes_and_then_nothing_is_left(self, case: Case) -> None:
        for _ in range(3):
            case.answer(case.send())
        assert case.mailbox.look() == Found(6)
        assert (case.mailbox.erase(), case.mailbox.erase()) == (6, 0)
        assert case.mailbox.look() == Found(0)

    def test_what_stays_is_counted_and_does_not_keep_the_caller_for_ever(self, case: Case) -> None:
        kept = [case.send(), case.send()]
        case.send()
        case.keep(kept)
        for _ in range(5):
            if not case.mailbox.erase():
                break
        else:
            pytest.fail("no end")
        assert case.mailbox.look() == Found(2)

    def test_a_lost_reply_costs_nothing(self, case: Case) -> None:
        case.send()
        case.lose_reply()
        with suppress(Again):
            case.mailbox.erase()
        assert case.mailbox.erase() == 0
        assert case.mailbox.look() == Found(0)

    def test_one_person_s_thread_goes_with_its_answers_and_no_other(self, case: Case) -> None:
        theirs, other = case.send(), case.send()
        for mail_id in (theirs, theirs, other):
            case.answer(mail_id)
        assert case.mailbox.erase_mails([theirs]) == 3
        assert case.mailbox.look() == Found(2)

    def test_what_is_gone_or_never_was_is_well(self, case: Case) -> None:
        theirs = case.send()
        case.lose_reply()
        with suppress(Again):
            case.mailbox.erase_mails([theirs])
        assert case.mailbox.erase_mails([theirs, "never-was"]) == 0
        assert case.mailbox.look() == Found(0)


class TestGmail:
    def test_every_corner_of_the_mailbox_is_emptied(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        wire.mailer.create_draft(mail())
        wire.local.bin(send(wire))
        wire.local.bounce(ADDRESS)
        for labels in (("INBOX",), ("SPAM",), ("TRASH",), ()):
            wire.local.receive(mail(), labels=labels)
        assert mailbox.look() == Found(7)
        while mailbox.erase():
            continue
        assert (mailbox.look(), wire.local.mailbox, wire.local.drafts) == (Found(0), {}, {})

    def test_what_was_sent_and_what_came_back_goes_and_drafts_and_answers_stay(
        self, wire: Wire, mailbox: CampaignMailbox
    ) -> None:
        wire.mailer.create_draft(mail())
        send(wire)
        wire.local.bounce(ADDRESS)
        wire.local.receive(mail())
        assert (mailbox.look_sent(), mailbox.look()) == (Found(2), Found(4))
        assert (mailbox.erase_sent(), mailbox.erase_sent()) == (2, 0)
        assert (mailbox.look_sent(), mailbox.look()) == (Found(0), Found(2))

    @pytest.mark.parametrize("method", ["messages.list", "drafts.list"])
    def test_a_mailbox_that_does_not_exist_is_not_an_empty_one(
        self, method: str, wire: Wire, mailbox: CampaignMailbox
    ) -> None:
        send(wire)
        wire.local.fail(method, GmailFault(404, "notFound"), 1000)
        for ask in (mailbox.look, mailbox.erase):
            with pytest.raises(Broken) as caught:
                ask()
            assert caught.value.problem.code == DENIED.code

    def test_drafts_are_counted_once_and_go_by_their_own_ids(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        for _ in range(3):
            wire.mailer.create_draft(mail())
        wire.local.calls.clear()
        assert mailbox.look() == Found(3)
        assert (mailbox.erase(), mailbox.erase()) == (3, 0)
        assert wire.local.calls.count("drafts.delete") == 3
        assert "messages.batchDelete" not in wire.local.calls

    def test_what_was_there_before_is_somebody_else_s(self, wire: Wire) -> None:
        send(wire)
        wire.clock.now += LATER
        send(wire)
        mailbox = CampaignMailbox(wire.client, wire.clock.now)
        assert (mailbox.look(), mailbox.erase()) == (Found(1), 1)
        assert len(wire.local.mailbox) == 1

    def test_the_first_second_counts(self, wire: Wire) -> None:
        send(wire)
        assert CampaignMailbox(wire.client, wire.clock.now + timedelta(milliseconds=900)).look() == Found(1)

    def test_a_thousand_go_with_one_request(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        for _ in range(eraser.PAGE + 1):
            wire.local.receive(mail())
        assert mailbox.look() == Found(1001)
        wire.local.calls.clear()
        assert [mailbox.erase() for _ in range(3)] == [1000, 1, 0]
        assert wire.local.calls.count("messages.batchDelete") == 2

    def test_a_search_that_lags_is_believed_by_looking_only(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        send(wire)
        wire.local.search_lags = True
        assert (mailbox.erase(), mailbox.erase()) == (1, 0)
        assert mailbox.look() == Found(1)
        wire.local.search_lags = False
        assert mailbox.look() == Found(0)

    def test_what_stayed_is_tried_again_the_next_time(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        wire.local.stubborn.add(send(wire))
        assert (mailbox.erase(), mailbox.erase()) == (1, 0)
        wire.local.stubborn.clear()
        assert CampaignMailbox(wire.client, START).erase() == 1
        assert wire.local.mailbox == {}

    def test_a_draft_in_a_thread_goes_with_it(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        wire.mailer.create_draft(mail())
        (theirs,) = wire.local.mailbox
        assert mailbox.erase_mails([theirs]) == 1
        assert wire.local.drafts == {}

    def test_no_mail_s_text_or_address_is_fetched(self, wire: Wire, mailbox: CampaignMailbox) -> None:
        mail_id = send(wire)
        send(wire)
        wire.exchanges.clear()
        mailbox.look()
        mailbox.erase_mails([mail_id])
        mailbox.erase()
        assert ADDRESS not in json.dumps([exchange[2:] for exchange in wire.exchanges])

    @pytest.mark.parametrize("method", ["drafts.list", "messages.list", "messages.batchDelete", "drafts.delete"])
    @pytest.mark.parametrize("applied", [False, True])
    def test_gmail_away_for_a_moment_is_met_by_asking_again(
        self, wire: Wire, mailbox: CampaignMailbox, method: str, applied: bool
    ) -> None:
        send(wire)
        wire.mailer.create_draft(mail())
        for fault in (GmailFault(503, applied=applied), GmailFault(applied=applied)):
            wire.local.fail(method, fault)
        while mailbox.erase():
            continue
        assert wire.local.mailbox == {}

    @pytest.mark.parametrize("method", ["messages.list", "messages.batchDelete", "threads.delete", "messages.get"])
    @pytest.mark.parametrize(
        ("fault", "error", "code"),
        [
            (GmailFault(503), Again, "E-170"),
            (GmailFault(429, "rateLimitExceeded"), Again, "E-171"),
            (GmailFault(403, "rateLimitExceeded"), Again, "E-171"),
            (GmailFault(403, "insufficientPermissions"), Broken, "E-172"),
            (GmailFault(401, "authError"), Broken, "E-172"),
            (GmailFault(400, "failedPrecondition"), Broken, "E-172"),
        ],
    )
    def test_a_refusal_is_told_by_its_kind(
        self,
        wire: Wire,
        method: str,
        fault: GmailFault,
        error: type[Again | Broken],
        code: str,
    ) -> None:
        mailbox = CampaignMailbox(wire.client, START)
        mail_id = send(wire)
        wire.local.fail(method, fault, 1000)
        with pytest.raises(error) as caught:
            _ = (mailbox.erase_mails([mail_id]), send(wire), mailbox.erase())
        assert caught.value.problem.code == code
        assert caught.value.__suppress_context__ or caught.value.__context__ is None

    def test_the_quota_lasts_for_a_hundred_thousand_mails(self) -> None:
        """Two lists of 500 and one deletion a thousand, of 15,000 units a minute."""
        thousand = 2 * UNITS["messages.list"] + UNITS["messages.batchDelete"]
        assert 100 * thousand <= 15_000


class TestIdentity:
    SECRET = json.dumps({"client_id": "i", "client_secret": "s", "refresh_token": "r"}).encode()

    def test_the_eraser_is_granted_the_one_scope_that_may_delete(self) -> None:
        made = mailer.user_credentials(lambda: self.SECRET, eraser.SCOPES)
        assert made.scopes == ("https://mail.google.com/",)

    def test_the_sender_is_not(self) -> None:
        assert not set(eraser.SCOPES) & set(mailer.SCOPES)
        assert mailer.user_credentials(lambda: self.SECRET).scopes == mailer.SCOPES

    def test_on_a_local_gmail_no_secret_is_read(self, wire: Wire) -> None:
        def no_secret() -> bytes:
            raise AssertionError("the secret was read")

        client = eraser.connect(settings(wire.url), no_secret)
        assert CampaignMailbox(client, START).look() == Found(0)


def test_the_fake_can_be_away_and_denied() -> None:
    fake = FakeMailbox({"mail-1": "thread-1"}, away=1)
    with pytest.raises(Again):
        fake.look()
    with pytest.raises(Broken):
        FakeMailbox({"mail-1": "thread-1"}, denied=True).erase()
    assert (fake.erase(), fake.erased, fake.asked) == (1, ["mail-1"], ["look", "erase"])
