"""
What sending mail by drafts must do, on the fake and on the real client over the wire.

The wire ends at `LocalGmail` on loopback. Each request and each reply is held against Google's discovery document.
"""

# mypy: disable-error-code=no-untyped-call

import base64
import json
import logging
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask, Response
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError, TransportError

from prizedraw.adapters.gmail import eraser, mailer
from prizedraw.adapters.gmail.mailer import AWAY, READS, GmailClient, GmailMailer, mailbox
from prizedraw.adapters.google.http import get
from prizedraw.errors import Again
from prizedraw.ports import Bounce, Mailer, MailRejected
from prizedraw.rehearsal.google.gmail import GmailFault
from prizedraw.times import instant_of
from support.clock import SECOND, Clock
from support.fakes.mail import FakeBounces, FakeMail
from support.gmail_wire import HEADER, PATIENT, QUICK, START, Wire, settings, wired
from support.pauses import pauses_of
from support.serving import served

ADDRESS = "canary.taro@example.jp"
SUBJECT = "【新宿区】当選のお知らせ canary-subject"
LOST = ["lost_before", "lost_after"]
REFUSED = ["quota", "credentials", "message"]


def mail(to: str = ADDRESS, reference: str = "winner-0123456789abcdefghjkmnpqrs") -> bytes:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "draw@city.example.jp"
    message["To"] = to
    message["Subject"] = SUBJECT
    message["Message-ID"] = "<ours@city.example.jp>"
    message[HEADER] = reference
    message.set_content("髙﨑様　ご当選おめでとうございます。", cte="base64")
    message.add_alternative("<p lang=ja>髙﨑様</p>", subtype="html", cte="base64")
    return message.as_bytes()


def no_secret() -> bytes:
    raise AssertionError("the secret was read")


@pytest.fixture
def wire() -> Iterator[Wire]:
    with wired() as made:
        yield made


@dataclass
class Case:
    """One look at both implementations for the contract."""

    mailer: Mailer
    fail: Callable[..., None]
    sent: Callable[[], list[bytes]]
    drafts: Callable[[], list[bytes]]
    bounces: Any
    bounce: Callable[[str, str], None]
    clock: Clock


FAULTS = {
    "lost_before": GmailFault(),
    "lost_after": GmailFault(applied=True),
    "quota": GmailFault(429, "rateLimitExceeded", message=f"quota of {ADDRESS}"),
    "credentials": GmailFault(401, "authError", message=f"not {ADDRESS}"),
    "message": GmailFault(400, "invalidArgument", message=f"Invalid To header: {ADDRESS}, {SUBJECT}"),
}
METHODS = {
    "create_draft": "drafts.create",
    "send_draft": "drafts.send",
    "has_draft": "drafts.get",
    "delete_draft": "drafts.delete",
}


@pytest.fixture(params=["fake", "gmail"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "gmail":
        wire: Wire = request.getfixturevalue("wire")
        local = wire.local
        return Case(
            wire.mailer,
            # Reads are repeated, so that only a lasting fault is seen.
            lambda method, kind: local.fail(METHODS[method], FAULTS[kind], 1 if method[0] in "cs" else 1000),
            lambda: [sent.raw for sent in local.sent],
            lambda: list(local.drafts.values()),
            wire.bounces,
            local.bounce,
            wire.clock,
        )
    clock, fake, bounces = Clock(START), FakeMail(), FakeBounces()

    def bounce(address: str, status: str) -> None:
        for sent in fake.sent.values():
            headers = message_from_bytes(sent)
            if headers["To"] == address:
                bounces.put(instant_of(clock()), headers[HEADER], status)

    drafts = lambda: list(fake.drafts.values())  # noqa: E731
    return Case(fake, fake.fail, lambda: list(fake.sent.values()), drafts, bounces, bounce, clock)


def whole(error: BaseException) -> str:
    """Everything that could be printed of an error and of the errors behind it, hidden ones too."""
    text = ""
    seen: BaseException | None = error
    while seen is not None:
        text += "".join(traceback.format_exception_only(seen)) + repr(seen) + repr(vars(seen))
        seen = seen.__cause__ or seen.__context__
    return text


class TestContract:
    def test_a_sent_draft_is_a_mail_and_no_draft(self, case: Case) -> None:
        draft = case.mailer.create_draft(mail())
        assert case.mailer.has_draft(draft)
        assert case.sent() == []
        assert case.mailer.send_draft(draft)
        assert not case.mailer.has_draft(draft)
        assert [message_from_bytes(sent)["To"] for sent in case.sent()] == [ADDRESS]

    def test_what_is_sent_is_what_was_drafted(self, case: Case) -> None:
        case.mailer.send_draft(case.mailer.create_draft(mail()))
        sent, ours = (message_from_bytes(raw, policy=policy.default) for raw in (case.sent()[0], mail()))
        assert sent["Subject"] == ours["Subject"] == SUBJECT
        assert sent[HEADER] == ours[HEADER]
        assert sent.get_body().get_content() == ours.get_body().get_content()  # type: ignore[union-attr]

    def test_each_draft_and_each_mail_has_its_own_id(self, case: Case) -> None:
        drafts = [case.mailer.create_draft(mail()) for _ in range(3)]
        assert len(set(drafts)) == 3
        assert len({case.mailer.send_draft(draft) for draft in drafts}) == 3

    def test_a_draft_cannot_be_sent_twice(self, case: Case) -> None:
        draft = case.mailer.create_draft(mail())
        case.mailer.send_draft(draft)
        assert case.mailer.send_draft(draft) is None
        assert len(case.sent()) == 1

    def test_a_draft_that_never_was_is_absent(self, case: Case) -> None:
        assert not case.mailer.has_draft("r-123")
        assert case.mailer.send_draft("r-123") is None
        case.mailer.delete_draft("r-123")
        assert case.sent() == []

    def test_a_deleted_draft_is_gone(self, case: Case) -> None:
        draft, other = case.mailer.create_draft(mail()), case.mailer.create_draft(mail())
        case.mailer.delete_draft(draft)
        case.mailer.delete_draft(draft)
        assert not case.mailer.has_draft(draft)
        assert case.mailer.has_draft(other)
        assert case.mailer.send_draft(draft) is None

    @pytest.mark.parametrize("kind", LOST)
    def test_a_lost_creation_is_an_orphan_at_worst(self, case: Case, kind: str) -> None:
        case.fail("create_draft", kind)
        with pytest.raises(Again):
            case.mailer.create_draft(mail())
        assert len(case.drafts()) == LOST.index(kind)
        case.mailer.send_draft(case.mailer.create_draft(mail()))
        assert len(case.sent()) == 1

    def test_a_send_lost_on_its_way_left_the_draft(self, case: Case) -> None:
        draft = case.mailer.create_draft(mail())
        case.fail("send_draft", "lost_before")
        with pytest.raises(Again):
            case.mailer.send_draft(draft)
        assert case.mailer.has_draft(draft)
        assert case.mailer.send_draft(draft)
        assert len(case.sent()) == 1

    def test_a_send_whose_reply_is_lost_took_the_draft(self, case: Case) -> None:
        draft = case.mailer.create_draft(mail())
        case.fail("send_draft", "lost_after")
        with pytest.raises(Again):
            case.mailer.send_draft(draft)
        assert not case.mailer.has_draft(draft)
        assert case.mailer.send_draft(draft) is None
        assert len(case.sent()) == 1

    @pytest.mark.parametrize("kind", REFUSED)
    def test_a_refused_creation_made_nothing(self, case: Case, kind: str) -> None:
        case.fail("create_draft", kind)
        with pytest.raises(MailRejected) as caught:
            case.mailer.create_draft(mail())
        assert caught.value.kind == kind
        assert case.drafts() == []

    @pytest.mark.parametrize("kind", REFUSED)
    def test_a_refused_send_left_the_draft(self, case: Case, kind: str) -> None:
        draft = case.mailer.create_draft(mail())
        case.fail("send_draft", kind)
        with pytest.raises(MailRejected) as caught:
            case.mailer.send_draft(draft)
        assert caught.value.kind == kind
        assert case.mailer.has_draft(draft)
        assert case.sent() == []

    @pytest.mark.parametrize(
        ("method", "kind"),
        # A deletion that is repeated finds nothing to delete, and does no harm.
        [(m, k) for m in METHODS for k in LOST + REFUSED if (m, k) != ("delete_draft", "lost_after")],
    )
    def test_no_error_tells_whom_or_what(self, case: Case, method: str, kind: str) -> None:
        draft = case.mailer.create_draft(mail())
        case.fail(method, kind)
        with pytest.raises((Again, MailRejected)) as caught:
            getattr(case.mailer, method)(mail() if method == "create_draft" else draft)
        told = whole(caught.value)
        for word in (ADDRESS, "canary", "127.0.0.1", "http", draft):
            assert word not in told

    def test_a_failed_delivery_is_told_by_our_reference(self, case: Case) -> None:
        for number in range(2):
            case.mailer.send_draft(case.mailer.create_draft(mail(f"no{number}@example.jp", f"winner-{number}")))
        case.bounce("no1@example.jp", "5.1.1")
        assert list(case.bounces.since(instant_of(START))) == [Bounce("winner-1", "5.1.1")]

    def test_failures_are_listed_from_an_instant_on_newest_first(self, case: Case) -> None:
        for number in range(3):
            case.mailer.send_draft(case.mailer.create_draft(mail(f"no{number}@example.jp", f"winner-{number}")))
        for number in range(3):
            case.bounce(f"no{number}@example.jp", f"5.1.{number}")
            case.clock.wait(1.5 * SECOND)
        found = [list(case.bounces.since(instant_of(START + timedelta(milliseconds=n * 1500)))) for n in range(4)]
        every = [Bounce("winner-2", "5.1.2"), Bounce("winner-1", "5.1.1"), Bounce("winner-0", "5.1.0")]
        assert found == [every, every[:2], every[:1], []]
        turns = iter([False, True])
        assert list(case.bounces.since(instant_of(START), lambda: next(turns))) == every[:1]


class TestPostingOnce:
    @pytest.mark.parametrize("applied", [False, True])
    def test_dropped_connection_our_client_posts_exactly_once(self, wire: Wire, applied: bool) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.local.fail("drafts.send", GmailFault(applied=applied), times=5)
        with pytest.raises(Again):
            wire.mailer.send_draft(draft)
        assert wire.local.calls.count("drafts.send") == 1

    @pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_no_error_is_posted_again(self, wire: Wire, method: str, status: int) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.local.calls.clear()
        wire.local.fail(METHODS[method], GmailFault(status), times=5)
        with pytest.raises((Again, MailRejected)):
            getattr(wire.mailer, method)(mail() if method == "create_draft" else draft)
        assert wire.local.calls == [METHODS[method]]

    @pytest.mark.parametrize("fault", [GmailFault(), GmailFault(503)])
    def test_a_read_is_repeated(self, wire: Wire, fault: GmailFault) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.local.fail("drafts.get", fault, times=2)
        assert GmailMailer(GmailClient(settings(wire.url), lambda: None, PATIENT)).has_draft(draft)
        assert wire.local.calls.count("drafts.get") == 3

    def test_gmail_is_left_more_time_after_each_read_that_fails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A pause is drawn at random below a limit, which begins with a second and doubles."""
        assert pauses_of(READS, Again(AWAY), 3, monkeypatch) == [1, 2, 4]

    def test_many_send_the_same_draft_and_one_does(self, wire: Wire) -> None:
        draft = wire.mailer.create_draft(mail())
        with ThreadPoolExecutor(20) as pool:
            clients = [GmailClient(settings(wire.url), lambda: None, QUICK) for _ in range(20)]
            ids = list(pool.map(lambda client: GmailMailer(client).send_draft(draft), clients))
        assert [sent.id for sent in wire.local.sent] == list(filter(None, ids))
        assert len(wire.local.sent) == 1


class TestGmailErrors:
    @pytest.mark.parametrize(
        ("status", "reason", "kind"),
        [
            (400, "invalidArgument", "message"),
            (400, "badRequest", "message"),
            (400, "failedPrecondition", "credentials"),
            (401, "authError", "credentials"),
            (403, "userRateLimitExceeded", "quota"),
            (403, "rateLimitExceeded", "quota"),
            (403, "dailyLimitExceeded", "quota"),
            (403, "quotaExceeded", "quota"),
            (403, "domainPolicy", "credentials"),
            (403, "insufficientPermissions", "credentials"),
            (403, "forbidden", "credentials"),
            (413, "uploadTooLarge", "message"),
            (429, "rateLimitExceeded", "quota"),
            (429, "userRateLimitExceeded", "quota"),
        ],
    )
    @pytest.mark.parametrize("method", ["create_draft", "send_draft"])
    def test_a_refusal_is_judged_by_status_and_reason(
        self, wire: Wire, method: str, status: int, reason: str, kind: str
    ) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.local.fail(METHODS[method], GmailFault(status, reason))
        with pytest.raises(MailRejected) as caught:
            getattr(wire.mailer, method)(mail() if method == "create_draft" else draft)
        assert caught.value.kind == kind
        assert list(wire.local.drafts) == [draft]

    @pytest.mark.parametrize("status", [408, 409, 500, 502, 503, 504])
    def test_an_open_outcome_is_settled_by_asking(self, wire: Wire, status: int) -> None:
        for applied in (False, True):
            draft = wire.mailer.create_draft(mail())
            wire.local.fail("drafts.send", GmailFault(status, applied=applied))
            with pytest.raises(Again):
                wire.mailer.send_draft(draft)
            assert wire.mailer.has_draft(draft) is not applied
        assert len(wire.local.sent) == 1

    def test_a_sent_draft_refused_with_400_is_gone_all_the_same(self, wire: Wire) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.mailer.send_draft(draft)
        wire.local.fail("drafts.send", GmailFault(400, "invalidArgument"))
        assert wire.mailer.send_draft(draft) is None

    def test_refused_credentials(self, wire: Wire) -> None:
        draft = wire.mailer.create_draft(mail())
        wire.local.refuse_credentials = True
        for ask in (wire.mailer.send_draft, wire.mailer.has_draft, wire.mailer.delete_draft):
            with pytest.raises(MailRejected) as caught:
                ask(draft)
            assert caught.value.kind == "credentials"
        wire.local.refuse_credentials = False
        assert wire.mailer.send_draft(draft)

    @pytest.mark.parametrize(
        ("status", "kind", "body"),
        [
            (200, "text/plain", f"welcome {ADDRESS}"),
            (200, "application/json", "null"),
            (200, "application/json", '{"labelIds": []}'),
            (200, "application/json", '{"id": ""}'),
            (200, "application/json", '{"id": 7}'),
            (302, "text/html", ""),
            (404, "text/html", f"<p>{ADDRESS} not found</p>"),
            (404, "application/json", '{"error": "not found"}'),
            (404, "application/json", '{"error": {"code": 404, "errors": [{"reason": "other"}]}}'),
        ],
    )
    def test_a_reply_that_is_not_gmails_proves_nothing(self, status: int, kind: str, body: str) -> None:
        app = Flask("stranger")

        @app.post("/gmail/v1/users/me/<path:rest>")
        def reply(rest: str) -> Response:
            return Response(body, status, content_type=kind, headers={"Location": "/elsewhere"})

        with served(app) as url:
            mailer = GmailMailer(GmailClient(settings(url), lambda: None, QUICK))
            for ask in (lambda: mailer.send_draft("r-1"), lambda: mailer.create_draft(mail())):
                with pytest.raises(Again) as caught:
                    ask()
                assert "canary" not in whole(caught.value)

    def test_a_mailbox_that_does_not_exist_is_an_account_that_is_not_accepted(self, wire: Wire) -> None:
        """404 for a draft that is to be made: it is the mailbox that is not there, and no draft was."""
        wire.local.fail("drafts.create", GmailFault(404, "notFound"))
        with pytest.raises(MailRejected) as caught:
            wire.mailer.create_draft(mail())
        assert caught.value.kind == "credentials"

    def test_a_server_that_is_not_there_is_away(self) -> None:
        with served(Flask("gone")) as url:
            pass
        mailer = GmailMailer(GmailClient(settings(url), lambda: None, QUICK))
        for ask in (mailer.send_draft, mailer.has_draft, mailer.delete_draft):
            with pytest.raises(Again) as caught:
                ask("r-1")
            assert "127.0.0.1" not in whole(caught.value)

    def test_nothing_of_a_reply_is_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        app = Flask("stranger")
        app.post("/gmail/v1/users/me/drafts")(lambda: Response(f"<p>{ADDRESS}</p>", 403))
        caplog.set_level(logging.INFO)
        with served(app) as url, pytest.raises(MailRejected):
            GmailMailer(GmailClient(settings(url), lambda: None, QUICK)).create_draft(mail())
        assert "canary" not in caplog.text


class TestLikeGmail:
    def test_the_message_id_is_overwritten_and_nothing_else(self, wire: Wire) -> None:
        ours = mail()
        wire.mailer.send_draft(wire.mailer.create_draft(ours))
        sent = wire.local.sent[0].raw
        assert b"ours@city.example.jp" not in sent
        assert message_from_bytes(sent)["Message-ID"].endswith("@mail.gmail.com>")
        kept = ours.replace(b"Message-ID: <ours@city.example.jp>\r\n", b"")
        assert sent.split(b"\r\n", 1)[1] == kept

    def test_blind_copies_are_sent_and_not_shown(self, wire: Wire) -> None:
        raw = b"Bcc: Hidden <hidden@example.jp>,\r\n b@example.jp\r\n" + mail()
        wire.mailer.send_draft(wire.mailer.create_draft(raw))
        assert wire.local.sent[0].recipients == (ADDRESS, "hidden@example.jp", "b@example.jp")
        assert b"idden@" not in wire.local.sent[0].raw
        assert wire.local.sent[0].at == START

    @pytest.mark.parametrize("to", ["", "a..b@docomo.ne.jp", "ab.@docomo.ne.jp", "nobody", "@example.jp"])
    def test_an_address_that_gmail_refuses_stays_a_draft(self, wire: Wire, to: str) -> None:
        raw = mail().replace(f"To: {ADDRESS}".encode(), f"To: {to}".encode() if to else b"X-None: 1")
        draft = wire.mailer.create_draft(raw)
        with pytest.raises(MailRejected) as caught:
            wire.mailer.send_draft(draft)
        assert caught.value.kind == "message"
        assert wire.mailer.has_draft(draft)

    @pytest.mark.parametrize("to", ['"da.me."@docomo.ne.jp', '"a..b"@ezweb.ne.jp'])
    def test_an_old_carrier_s_address_goes_when_it_is_quoted_and_may_come_back(self, wire: Wire, to: str) -> None:
        wire.local.bounce(to, "5.1.1")
        assert wire.mailer.send_draft(wire.mailer.create_draft(mail(to, "winner-1")))
        assert wire.local.sent[0].recipients == (to,)
        assert list(wire.bounces.since(instant_of(START))) == [Bounce("winner-1", "5.1.1")]

    def test_quota_units_are_counted_by_the_minute(self, wire: Wire) -> None:
        drafts = [wire.mailer.create_draft(mail()) for _ in range(2)]
        wire.local.units_per_minute = 2 * 10 + 100
        assert wire.mailer.send_draft(drafts[0])
        with pytest.raises(MailRejected) as caught:
            wire.mailer.send_draft(drafts[1])
        assert caught.value.kind == "quota"
        wire.clock.wait(59 * SECOND)
        with pytest.raises(MailRejected):
            wire.mailer.send_draft(drafts[1])
        wire.clock.wait(SECOND)
        assert wire.mailer.send_draft(drafts[1])

    def test_a_minute_carries_136_mails(self, wire: Wire) -> None:
        for _ in range(15_000 // (10 + 100)):
            wire.mailer.send_draft(wire.mailer.create_draft(mail()))
        draft = wire.mailer.create_draft(mail())
        with pytest.raises(MailRejected):
            wire.mailer.send_draft(draft)

    def test_mails_are_counted_by_the_last_24_hours(self, wire: Wire) -> None:
        wire.local.mails_per_day = 2
        for hour in range(2):
            wire.clock.now = START + timedelta(hours=hour)
            wire.mailer.send_draft(wire.mailer.create_draft(mail()))
        late = wire.mailer.create_draft(mail())
        wire.clock.now = START + timedelta(hours=24) - timedelta(seconds=1)
        with pytest.raises(MailRejected) as caught:
            wire.mailer.send_draft(late)
        assert caught.value.kind == "quota"
        wire.clock.wait(SECOND)
        assert wire.mailer.send_draft(late)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("", ["report", "second", "first"]),
            ("from:mailer-daemon", ["report"]),
            ("from:MAILER-DAEMON in:inbox", ["report"]),
            ("in:sent", ["second", "first"]),
            ("label:sent", ["second", "first"]),
            (f"in:sent after:{int(START.timestamp()) + 60}", ["second"]),
            (f"in:sent before:{int(START.timestamp()) + 60}", ["first"]),
            ("{from:mailer-daemon in:sent}", ["report", "second", "first"]),
            ("from:nobody", []),
            ("in:draft", []),
        ],
    )
    def test_messages_are_searched_as_in_the_web(self, wire: Wire, query: str, found: list[str]) -> None:
        names = {}
        for name in ("first", "second"):
            names[wire.mailer.send_draft(wire.mailer.create_draft(mail(f"{name}@example.jp")))] = name
            wire.clock.wait(60 * SECOND)
        wire.local.bounce("first@example.jp")
        page = wire.client.read(get(mailbox("messages"), **({"q": query} if query else {}))) or {}
        assert [names.get(row["id"], "report") for row in page.get("messages", [])] == found

    def test_an_unknown_search_term_is_refused(self, wire: Wire) -> None:
        wire.local.receive(mail())
        with pytest.raises(MailRejected):
            wire.client.read(get(mailbox("messages"), q="has:attachment"))

    def test_a_report_is_in_the_thread_of_its_mail(self, wire: Wire) -> None:
        wire.local.bounce(ADDRESS)
        wire.mailer.send_draft(wire.mailer.create_draft(mail()))
        page = wire.client.read(get(mailbox("messages"), q="from:mailer-daemon")) or {}
        report = wire.client.read(get(mailbox("messages", page["messages"][0]["id"]), format="raw"))
        assert report is not None
        headers = message_from_bytes(base64.urlsafe_b64decode(report["raw"]))
        sent = wire.local.sent[0]
        assert report["threadId"] == sent.thread
        assert headers["In-Reply-To"] == message_from_bytes(sent.raw)["Message-ID"]
        assert sent.raw.rstrip() in base64.urlsafe_b64decode(report["raw"])


POSTFIX = """\
Return-Path: <>
From: MAILER-DAEMON@mx.example.jp (Mail Delivery System)
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status;
\tboundary="2A1.1/mx"

--2A1.1/mx
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--2A1.1/mx
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.jp
X-Postfix-Queue-ID: 2A1

Final-Recipient: rfc822; canary.taro@example.jp
Original-Recipient: rfc822;canary.taro@example.jp
Action: failed
Status: 5.2.2
Remote-MTA: dns; mail.example.jp
Diagnostic-Code: smtp; 552 5.2.2 <canary.taro@example.jp>: user is over quota

--2A1.1/mx
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: draw@city.example.jp
To: canary.taro@example.jp
X-Prizedraw-Reference: winner-7

--2A1.1/mx--
"""
FAILED = Bounce("winner-7", "5.2.2")
NAMELESS = Bounce("", "5.2.2")
"""A report that names no letter of ours."""


class TestReports:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("", "", FAILED),
            ("MAILER-DAEMON@mx", "Postmaster@mx", FAILED),
            ("Action: failed", "Action: Failed", FAILED),
            ("Status: 5.2.2", "Status: 5.2.2 (mailbox full)", FAILED),
            ("Status: 5.2.2", "Status: 4.4.7", Bounce("winner-7", "4.4.7")),
            ("Status: 5.2.2", "Status: canary.taro@example.jp", Bounce("winner-7", "5.0.0")),
            ("Status: 5.2.2\n", "", Bounce("winner-7", "5.0.0")),
            ("winner-7", "\n winner-7", FAILED),
            ("x-prizedraw-reference", "X-PRIZEDRAW-REFERENCE", FAILED),
            ("Content-Type: text/rfc822-headers", "Content-Type: message/rfc822", FAILED),
            ("Final-Recipient", "Action: delivered\nStatus: 2.0.0\n\nFinal-Recipient", FAILED),
            ("Action: failed", "Action: delayed", None),
            ("Action: failed", "Action: relayed", None),
            ("Action: failed\n", "", FAILED),
            ("X-Prizedraw-Reference", "X-Other", NAMELESS),
            ("winner-7", "canary.taro@example.jp", NAMELESS),
            ("winner-7", "", NAMELESS),
            ("winner-7", "髙", NAMELESS),
            ("multipart/report", "multipart/mixed", FAILED),
            ("boundary=", "border=", FAILED),
            ("MAILER-DAEMON@mx.example.jp", "no-reply@example.jp", FAILED),
            ("message/delivery-status", "text/plain", FAILED),
        ],
    )
    def test_a_report_from_elsewhere(self, wire: Wire, old: str, new: str, expected: Bounce | None) -> None:
        assert old in POSTFIX or old.lower() in POSTFIX.lower()
        wire.local.receive(POSTFIX.replace(old, new).encode() if old else POSTFIX.encode())
        assert list(wire.bounces.since(instant_of(START))) == ([expected] if expected else [])

    def test_a_delay_reported_by_gmail_is_no_failure(self, wire: Wire) -> None:
        wire.mailer.send_draft(wire.mailer.create_draft(mail()))
        wire.local.bounce(ADDRESS, "4.4.2", "delayed")
        assert list(wire.bounces.since(instant_of(START))) == []
        assert wire.local.calls.count("messages.get") == 1

    def test_what_we_sent_and_what_people_write_is_no_report(self, wire: Wire) -> None:
        wire.mailer.send_draft(wire.mailer.create_draft(mail()))
        wire.mailer.create_draft(mail())
        wire.local.receive(b"From: hanako@example.jp\r\nSubject: Re: hello\r\n\r\nThanks.\r\n> winner-7\r\n")
        wire.local.calls.clear()
        assert list(wire.bounces.since(instant_of(START))) == []
        assert wire.local.calls == ["messages.list", "messages.get"]

    @pytest.mark.parametrize("sender", ["no-reply@mx.example.jp", "Zustellung <zustellung@example.de>"])
    def test_a_report_is_found_whatever_its_sender_is_called(self, wire: Wire, sender: str) -> None:
        raw = POSTFIX.replace("MAILER-DAEMON@mx.example.jp (Mail Delivery System)", sender)
        wire.local.receive(raw.encode())
        assert list(wire.bounces.since(instant_of(START))) == [FAILED]

    def test_unresolvable_recipients_are_accepted_and_come_back(self, wire: Wire) -> None:
        wire.local.bounce(ADDRESS, "5.1.2")
        assert wire.mailer.send_draft(wire.mailer.create_draft(mail(reference="winner-1")))
        assert wire.mailer.send_draft(wire.mailer.create_draft(mail("well@example.jp", "winner-2")))
        assert list(wire.bounces.since(instant_of(START))) == [Bounce("winner-1", "5.1.2")]

    def test_a_report_in_the_spam_folder_counts(self, wire: Wire) -> None:
        wire.local.receive(POSTFIX.encode(), labels=("SPAM",))
        assert list(wire.bounces.since(instant_of(START))) == [FAILED]

    def test_every_page_is_read(self, wire: Wire) -> None:
        wire.local.units_per_minute = 1_000_000
        for number in range(501):
            wire.local.receive(POSTFIX.replace("winner-7", f"winner-{number}").encode())
        found = [bounce.reference for bounce in wire.bounces.since(instant_of(START))]
        assert found == [f"winner-{number}" for number in reversed(range(501))]
        assert wire.local.calls.count("messages.list") == 2

    def test_a_mutilated_report_tells_the_truth_or_nothing(self, wire: Wire) -> None:
        wire.local.units_per_minute = 1_000_000
        raw = POSTFIX.encode()
        for length in range(0, len(raw), 7):
            wire.local.receive(raw[:length])
        found = list(wire.bounces.since(instant_of(START)))
        assert FAILED in found
        assert {bounce.status for bounce in found} <= {"5.2.2", "5.0.0"}
        assert {"winner-7".startswith(bounce.reference) for bounce in found} == {True}

    @pytest.mark.parametrize(
        "hostile",
        [
            "Content-Type: message/rfc822\n\n" * 3000,
            "".join(f"Content-Type: multipart/mixed; boundary=x{n}\n\n--x{n}\n" for n in range(3000)),
            "".join(f"content-TYPE: multipart/mixed; boundary=x{n}\n\n--x{n}\n" for n in range(800)) + "x\n" * 400_000,
            "".join(f"Content-Type: multipart/mixed; boundary=x{n}\n\n--x{n}\n" for n in range(45)) + "x\n" * 2_000_000,
        ],
        ids=["messages", "parts", "deep and long", "long"],
    )
    def test_a_mail_made_to_exhaust_the_reader_is_passed_over(self, wire: Wire, hostile: str) -> None:
        head = "From: mailer-daemon@example.jp\nContent-Type: multipart/report; boundary=x\n\n--x\n"
        wire.local.receive(POSTFIX.encode())
        wire.local.receive((head + hostile).encode())
        begin = time.process_time()
        assert [bounce for bounce in wire.bounces.since(instant_of(START)) if bounce.reference] == [FAILED]
        assert time.process_time() - begin < 5

    def test_a_refusal_ends_the_reading(self, wire: Wire) -> None:
        wire.local.receive(POSTFIX.encode())
        wire.local.fail("messages.get", GmailFault(429, "rateLimitExceeded"))
        with pytest.raises(MailRejected) as caught:
            list(wire.bounces.since(instant_of(START)))
        assert caught.value.kind == "quota"

    def test_a_report_deleted_meanwhile_is_passed_over_and_the_others_are_read(self, wire: Wire) -> None:
        wire.local.receive(POSTFIX.encode())
        wire.local.receive(POSTFIX.replace("winner-7", "winner-8").encode())
        wire.local.fail("messages.get", GmailFault(404, "notFound"))
        assert list(wire.bounces.since(instant_of(START))) == [FAILED]

    def test_it_is_searched_from_a_second_before_as_nobody_says_whether_the_moment_itself_is_in(
        self, wire: Wire
    ) -> None:
        list(wire.bounces.since(instant_of(START)))
        ((_, _, query, *_),) = wire.exchanges
        assert query["q"] == [f"-in:sent -in:drafts after:{int(START.timestamp()) - 1}"]

    def test_as_many_are_asked_for_at_once_as_gmail_gives(self, wire: Wire) -> None:
        list(wire.bounces.since(instant_of(START)))
        ((_, _, query, *_),) = wire.exchanges
        assert query["maxResults"] == ["500"]


SECRET = {"client_id": "id.apps", "client_secret": "canary-hush", "refresh_token": "1//canary-token"}


class Dead(Credentials):
    """Credentials that cannot be refreshed."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def refresh(self, request: Any) -> None:
        raise self.error


@dataclass
class Reply:
    status: int
    data: bytes


class Google:
    """A server that answers as IAM Credentials and the token endpoint do, and keeps what was asked."""

    def __init__(self, signing: int = 200) -> None:
        self.signing = signing
        self.asked: list[tuple[str, bytes]] = []

    def __call__(self, url: str, method: str = "GET", body: bytes = b"", **more: Any) -> Reply:
        self.asked.append((url, body))
        if "iamcredentials" in url:
            signed = {"signedBlob": base64.b64encode(b"signature").decode()}
            return Reply(self.signing, json.dumps(signed if self.signing == 200 else {"error": ADDRESS}).encode())
        return Reply(200, json.dumps({"access_token": "ya29", "expires_in": 3600}).encode())


class Source(Credentials):
    """The function's own account, as the metadata server gives it: its address is known after a refresh."""

    service_account_email = "default"

    def refresh(self, request: Any) -> None:
        self.token = "own"
        self.service_account_email = "notify@project.iam.gserviceaccount.com"


class Person(Credentials):
    """A person's own login: it has no account that could sign."""

    def refresh(self, request: Any) -> None:
        self.token = "own"


class TestCredentials:
    def test_the_secret_makes_the_senders_credentials(self) -> None:
        made = mailer.user_credentials(lambda: json.dumps(SECRET).encode())
        assert (made.client_id, made.client_secret, made.refresh_token) == tuple(SECRET.values())
        assert set(made.scopes) == set(mailer.SCOPES)

    @pytest.mark.parametrize(
        "secret",
        [None, b"", b"canary-hush", b"\xff\xfe", b"[]", b'"canary-hush"', b"null", b'{"refresh_token": "canary-hush"}'],
    )
    def test_a_secret_of_another_form_is_refused_and_not_repeated(self, secret: bytes | None) -> None:
        with pytest.raises(MailRejected) as caught:
            mailer.user_credentials(lambda: secret)
        assert caught.value.kind == "credentials"
        assert "canary" not in whole(caught.value)

    @pytest.mark.parametrize("scopes", [mailer.SCOPES, eraser.SCOPES])
    def test_delegation_signs_without_a_key_for_the_sender(self, scopes: tuple[str, ...]) -> None:
        google = Google()
        made = mailer.delegated_credentials("draw@city.example.jp", Source(), google, scopes)
        made.refresh(google)
        (sign_url, sign_body), (token_url, token_body) = google.asked
        assert "notify@project.iam.gserviceaccount.com:signBlob" in sign_url
        assert token_url == "https://oauth2.googleapis.com/token"
        assertion = base64.b64decode(json.loads(sign_body)["payload"])
        claims = json.loads(base64.urlsafe_b64decode(assertion.split(b".")[1] + b"=="))
        assert claims["sub"] == "draw@city.example.jp"
        assert claims["iss"] == "notify@project.iam.gserviceaccount.com"
        assert claims["scope"].split() == list(scopes)
        assert assertion.decode() in token_body.decode()
        assert made.token == "ya29"

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_an_account_that_may_not_sign_is_refused(self, status: int) -> None:
        google = Google(status)
        made = lambda: mailer.delegated_credentials("draw@city.example.jp", Source(), google)  # noqa: E731
        with pytest.raises(MailRejected) as caught:
            GmailMailer(GmailClient(settings(), made, QUICK)).create_draft(mail())
        assert caught.value.kind == "credentials"
        assert "canary" not in whole(caught.value)

    def test_a_login_that_cannot_sign_is_refused(self) -> None:
        with pytest.raises(MailRejected):
            mailer.delegated_credentials("draw@city.example.jp", Person(), Google())

    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (RefreshError(f"invalid_grant: {ADDRESS}"), MailRejected),
            (RefreshError("unauthorized_client"), MailRejected),
            (RefreshError("internal_failure", retryable=True), Again),
            (TransportError(f"no route for {ADDRESS}"), Again),
        ],
    )
    def test_a_refresh_that_fails(self, error: Exception, expected: type[Exception]) -> None:
        mailer = GmailMailer(GmailClient(settings(), lambda: Dead(error), QUICK))
        with pytest.raises(expected) as caught:
            mailer.send_draft("r-1")
        assert getattr(caught.value, "kind", "credentials") == "credentials"
        assert "canary" not in whole(caught.value)

    def test_a_local_gmail_is_asked_without_credentials(self, wire: Wire) -> None:
        for sender in ("me", "draw@city.example.jp"):
            client = mailer.connect(settings(wire.url, MAIL_SENDER=sender), no_secret)
            assert GmailMailer(client).send_draft(GmailMailer(client).create_draft(mail()))

    def test_nothing_is_read_before_the_first_mail(self) -> None:
        client = mailer.connect(settings(), no_secret)
        with pytest.raises(AssertionError, match="the secret was read"):
            GmailMailer(client).has_draft("r-1")
