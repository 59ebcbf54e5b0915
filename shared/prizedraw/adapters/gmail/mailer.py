"""
Send mail through the Gmail API by the draft protocol, and read what bounced.

Gmail takes no idempotency key, and a send repeated after a lost reply is a second mail. Sending a draft consumes it,
so a draft is sent at most once: https://developers.google.com/workspace/gmail/api/guides/drafts. Creating and sending
are therefore posted once a call (`adapters/google/http`) and never retried here; reading is.

What Google answers with, and foreign exceptions, hold URIs, subjects and addresses. They are judged here and go no
further, not as a context either.
Reasons: https://developers.google.com/workspace/gmail/api/guides/handle-errors
"""

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

import google.auth
from google.api_core.exceptions import RetryError
from google.api_core.retry import Retry, if_exception_type
from google.auth import iam
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError, RefreshError, TransportError
from google.auth.transport.requests import Request
from requests.exceptions import RequestException

from prizedraw.adapters.google import refusals
from prizedraw.adapters.google.http import ApiCall, ApiWire, ErrorReply, delete, get, path_of, post
from prizedraw.adapters.google.later import Later
from prizedraw.adapters.google.refusals import JsonRefusal
from prizedraw.errors import Again, Problem
from prizedraw.ports import Bounce, Document, MailRejected
from prizedraw.runtime.settings import Settings
from prizedraw.times import moment_of

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials as UserCredentials
    from google.oauth2.service_account import Credentials as DelegatedCredentials

SCOPES = ("https://www.googleapis.com/auth/gmail.compose", "https://www.googleapis.com/auth/gmail.readonly")
"""Drafts and their sending; reading bounces. Neither can delete mail, drafts excepted."""
READS = Retry(predicate=if_exception_type(Again), initial=1.0, maximum=16.0, multiplier=2.0, timeout=60.0)
"""How reads are repeated: no new attempt begins later than *timeout* seconds after the first."""
AWAY = Problem("E-170", "メールサービス（Gmail）の応答を確認できませんでした。次の定期実行で自動的に確認し直します。")

_TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret
_IAM_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_PAGE = 500
_OURS = {"SENT", "DRAFT"}


def _load() -> Any:
    from google import oauth2  # noqa: PLC0415  most calls sign in nowhere
    from google.oauth2 import credentials, service_account  # noqa: F401, PLC0415  by their names of oauth2

    return oauth2


oauth2 = Later(_load)


def user_credentials(read_secret: Callable[[], bytes | None], scopes: Sequence[str] = SCOPES) -> "UserCredentials":
    """
    Return the credentials of the sender's own account from a JSON secret: client_id, client_secret, refresh_token.

    The refresh token must have been granted these *scopes*.

    Raises:
        MailRejected: `credentials`, there is no secret or it is not such JSON; its text is not repeated.
    """
    secret = read_secret()
    try:
        info = json.loads(secret or b"")
        made = oauth2.credentials.Credentials.from_authorized_user_info(info, scopes)
    except (ValueError, TypeError, AttributeError):
        made = None
    if made is None:
        raise MailRejected("credentials")
    return cast("UserCredentials", made)


def delegated_credentials(
    sender: str, source: Credentials, request: Callable[..., Any], scopes: Sequence[str] = SCOPES
) -> "DelegatedCredentials":
    """
    Return credentials that act as *sender* by domain-wide delegation, without a key file.

    The service account of *source* signs through the IAM Credentials API, which it must be allowed to do for itself
    (`roles/iam.serviceAccountTokenCreator`); the Admin console must list its client id with the *scopes*.
    Source: https://developers.google.com/identity/protocols/oauth2/service-account#delegatingauthority
    """

    def refused(*args: Any, **kwargs: Any) -> Any:
        """Tell a refusal to sign, which lasts, from an outage: the signer raises `TransportError` for both."""
        reply = request(*args, **kwargs)
        if reply.status in {400, 401, 403, 404}:
            raise RefreshError("signing refused")  # type: ignore[no-untyped-call]
        return reply

    # The metadata server tells the account's address only at a refresh.
    source.refresh(request)  # type: ignore[no-untyped-call]
    account = getattr(source, "service_account_email", "")
    if not account:
        raise MailRejected("credentials")  # a person's own login, which cannot sign
    signer = iam.Signer(refused, source, account)  # type: ignore[no-untyped-call]
    made = oauth2.service_account.Credentials(signer, account, _TOKEN_URI, scopes=list(scopes), subject=sender)
    return cast("DelegatedCredentials", made)


def mailbox(*parts: str) -> str:
    """Return the path of something in the mailbox that the credentials open."""
    return path_of("gmail", "v1", "users", "me", *parts)


class GmailClient:
    """The requests for one mailbox, their errors judged; *credentials* is called at the first of them."""

    def __init__(self, settings: Settings, credentials: Callable[[], Credentials | None], retry: Retry = READS) -> None:
        self._wire = ApiWire("gmail.googleapis.com", settings, SCOPES, credentials)
        self._retry = retry

    def send(self, call: ApiCall) -> Document | None:
        """
        Send a call once; None if Gmail says that the thing is not there.

        Raises:
            MailRejected: refused for certain.
            Again: no reply, an unreadable one, or an error that leaves the outcome open.
        """
        failure: MailRejected | Again | None
        try:
            answer = self._wire.send(call)
            reply = answer.json() if answer.content else {}  # as after a deletion
            return reply if isinstance(reply, dict) else {}
        except ErrorReply as error:
            failure = _judge(error.status, error.content)
        except GoogleAuthError as error:
            away = error.retryable or isinstance(error, TransportError) or isinstance(error.__cause__, TransportError)
            failure = Again(AWAY) if away else MailRejected("credentials")
        except (RequestException, OSError, ValueError):  # ValueError: the reply is no JSON
            failure = Again(AWAY)
        if failure is None:
            return None
        raise failure  # outside the except: what Google said is not even its context

    def read(self, call: ApiCall) -> Document | None:
        """Send what does no harm when it is repeated, and again while Gmail is away."""
        try:
            reply: Document | None = self._retry(lambda: self.send(call))()
        except RetryError:
            raise Again(AWAY) from None
        return reply


def connect(settings: Settings, read_secret: Callable[[], bytes | None], scopes: Sequence[str] = SCOPES) -> GmailClient:
    """
    Return the client of the sender's mailbox for what *scopes* allow; nothing is read or sent yet.

    `MAIL_SENDER` unset (`me`): the OAuth user of the secret. An address: domain-wide delegation to it, the secret is
    not read. On a local Google: no credentials.
    """

    def credentials() -> Credentials | None:
        if settings.local_http:
            return None
        if settings.mail_sender == "me":
            return user_credentials(read_secret, scopes)
        source, _ = google.auth.default(scopes=[_IAM_SCOPE])
        return delegated_credentials(settings.mail_sender, source, Request(), scopes)

    return GmailClient(settings, credentials)


def _judge(status: int, content: bytes) -> MailRejected | Again | None:
    """
    Judge an HTTP error: refused for certain, open, or None where Gmail itself says that the thing is not there.

    `failedPrecondition` is how Gmail answers an account without a mailbox or without delegation. What is not Gmail's
    own word says nothing about a letter or a draft: at most, as a 403, that nobody is let through.
    """
    match refusals.judge(status, content):
        case JsonRefusal.THROTTLED:
            return MailRejected("quota")
        case JsonRefusal.NOT_ALLOWED | JsonRefusal.PRECONDITION | JsonRefusal.FORBIDDEN:
            return MailRejected("credentials")
        case JsonRefusal.INVALID:
            return MailRejected("message")
        case JsonRefusal.ABSENT:
            return None
        case JsonRefusal.UNEXPLAINED if status == HTTPStatus.FORBIDDEN:
            return MailRejected("credentials")
        case _:
            return Again(AWAY)


class GmailMailer:
    """The sending of mail by the draft protocol (port `Mailer`)."""

    def __init__(self, client: GmailClient) -> None:
        self._client = client

    def create_draft(self, message: bytes) -> str:
        """Store an RFC 5322 *message* as a draft and return its id (`drafts.create`)."""
        body = {"message": {"raw": base64.urlsafe_b64encode(message).decode("ascii")}}
        reply = self._client.send(post(mailbox("drafts"), body))
        if reply is None:
            raise MailRejected("credentials")  # no such mailbox
        return _id(reply)

    def send_draft(self, draft_id: str) -> str | None:
        """Send the draft and return the message id; None if there is no such draft (`drafts.send`)."""
        kind = ""
        reply = None
        try:
            reply = self._client.send(post(mailbox("drafts", "send"), {"id": draft_id}))
        except MailRejected as refusal:
            kind = refusal.kind
        # Google does not document how a draft that was sent before is refused: 404, or a 400.
        if kind == "message" and not self.has_draft(draft_id):
            return None
        if kind:
            raise MailRejected(kind)
        return None if reply is None else _id(reply)

    def has_draft(self, draft_id: str) -> bool:
        """Tell whether the draft is still unsent (`drafts.get`)."""
        draft = self._client.read(get(mailbox("drafts", draft_id), format="minimal"))
        return draft is not None

    def delete_draft(self, draft_id: str) -> None:
        """Remove a draft for good; do nothing if it is absent (`drafts.delete`)."""
        self._client.read(delete(mailbox("drafts", draft_id)))


def _id(reply: Document) -> str:
    """Return the id of a reply; without one nothing is known."""
    found = reply.get("id")
    if not isinstance(found, str) or not found:
        raise Again(AWAY)
    return found


class GmailBounces:
    """The delivery failures in the sender's mailbox; *header* is the header by which we name our mails."""

    def __init__(self, client: GmailClient, header: str) -> None:
        self._client = client
        self._header = header

    def since(self, moment: str, is_over: Callable[[], bool] = lambda: False) -> Iterator[Bounce]:
        """
        Yield the failures that arrived at the instant *moment* or later, newest first, one request each mail.

        All that came in is looked at, whoever its sender: no list of the names of mail systems is ever whole. A report
        is mail from outside and may be forged: it proves nothing unless the reference cannot be guessed. One that names
        several letters is yielded for each, one that names none once, with no reference. Before each mail *is_over* is
        asked whether to end here.

        Raises:
            MailRejected: `quota` or `credentials`; nothing may be concluded.
        """
        from prizedraw.adapters.gmail import reports  # noqa: PLC0415  most calls look for no returned mail

        arrived = moment_of(moment).timestamp()
        # In seconds, and spam too: a report from elsewhere may land there.
        query = f"-in:sent -in:drafts after:{int(arrived) - 1}"
        for mail_id in self._ids(query):
            if is_over():
                return
            mail = self._mail(mail_id)
            if mail is None or int(mail["internalDate"]) < int(arrived * 1000) or _OURS & set(mail.get("labelIds", ())):
                continue
            report = reports.read(base64.urlsafe_b64decode(mail["raw"] + "=="), self._header)
            if report is not None:
                yield from (Bounce(named, report.status, mail_id) for named in report.references or ("",))

    def _mail(self, mail_id: str) -> Document | None:
        return self._client.read(get(mailbox("messages", mail_id), format="raw"))

    def _ids(self, query: str) -> Iterator[str]:
        """Yield the ids of the messages that a search finds, page by page."""
        asked: dict[str, str | int] = {"q": query, "maxResults": _PAGE, "includeSpamTrash": "true"}
        while True:
            page = self._client.read(get(mailbox("messages"), **asked)) or {}
            yield from (mail["id"] for mail in page.get("messages", ()))
            if not page.get("nextPageToken"):
                return
            asked["pageToken"] = page["nextPageToken"]
