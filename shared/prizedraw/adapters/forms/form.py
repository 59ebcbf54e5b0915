"""
Read a Google Form and keep its watch alive, over the Forms API, version 1.

Reference: https://developers.google.com/workspace/forms/api/reference/rest/v1/forms. Every reply is cut by a `fields`
mask to what the steps use. The answer key of a quiz is left out: the hash of the form is published before the draw, and
short answers could be guessed from it. Pictures are left out because their addresses change from hour to hour.

Reads are repeated with exponential backoff and jitter for a minute; calls that change something are made once. The
texts of foreign exceptions hold addresses of requests, so none of them is chained or repeated.
"""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import TypeVar

from google.api_core.retry import Retry

from prizedraw.adapters.forms.response_page import rows_of
from prizedraw.adapters.google.http import READS, Api, ApiWire, ErrorReply, NotShared, delete, get, path_of, post
from prizedraw.adapters.google.refusals import sentence
from prizedraw.errors import Again, Broken, PrizedrawError, Problem, Refused
from prizedraw.ports import Document, Watch
from prizedraw.runtime.settings import Settings
from prizedraw.times import instant

SCOPES = (
    "https://www.googleapis.com/auth/forms.body.readonly",
    "https://www.googleapis.com/auth/forms.responses.readonly",
)
PAGE_SIZE = 5000
"""The most that one page may hold; the service may give fewer and a token all the same."""

_CHOICES = "type,options(value,isOther,goToAction,goToSectionId)"
_QUESTION = (
    f"questionId,required,choiceQuestion({_CHOICES}),textQuestion,scaleQuestion,ratingQuestion,"
    "dateQuestion,timeQuestion,fileUploadQuestion,rowQuestion"
)
FORM_FIELDS = (
    "formId,info(title,documentTitle),linkedSheetId,responderUri,publishSettings,settings,items(itemId,title,"
    f"pageBreakItem,questionItem/question({_QUESTION}),questionGroupItem(questions({_QUESTION}),grid/columns({_CHOICES})))"
)
IDS_FIELDS = "nextPageToken,responses/responseId"
RESPONSES_FIELDS = "nextPageToken,responses(responseId,createTime,lastSubmittedTime,respondentEmail,answers)"
WATCH_FIELDS = "id,eventType,state,expireTime,target/topic/topicName"
WATCHES_FIELDS = f"watches({WATCH_FIELDS})"

NOT_SHARED = Problem(
    "E-165",
    "Googleフォームを開けません。フォームの「共有」で、この機能の実行用サービスアカウントを「編集者」として追加してから、"
    "もう一度実行してください。追加済みの場合は、キャンペーンファイルのフォームIDが正しいか確認してください。",
)
AWAY = Problem("E-166", "Googleフォームのサービスが混み合っているか、応答がありません。しばらくしてからやり直します。")
UNAUTHORISED = Problem(
    "E-167",
    "この機能には Google Forms API を使う許可がありません（APIの有効化、実行用アカウント、スコープのいずれか）。"
    "構築担当に連絡してください。",
)
REJECTED = Problem(
    "E-168", "Google Forms API が想定外の返事をしました（状態コード {status}）。保守担当に連絡してください。"
)
ELSEWHERE = Problem(
    "E-169",
    "フォームの通知が、この仕組みのものではない宛先に設定されています。回答の取り込みは定期実行で続きます。"
    "構築担当に連絡してください。",
)

T = TypeVar("T")


def _gone(error: ErrorReply) -> bool:
    """Tell whether the reply says that there is no such watch: 404, or the 403 that a second delete gets."""
    return error.status == HTTPStatus.NOT_FOUND or (
        error.status == HTTPStatus.FORBIDDEN and "Watch not found" in sentence(error.content)
    )


def _exists(error: ErrorReply) -> bool:
    """Tell whether the reply says that this account has its watch on the form already."""
    return error.status == HTTPStatus.BAD_REQUEST and "already exists" in sentence(error.content)


def _api(settings: Settings, retry: Retry) -> Api:
    wire = ApiWire("forms.googleapis.com", settings, SCOPES)
    return Api(wire, retry, away=AWAY, unauthorised=UNAUTHORISED, rejected=REJECTED)


def _shared(read: Callable[[], T]) -> T:
    """Read what must be there and shared."""
    try:
        return read()
    except NotShared:
        raise Refused(NOT_SHARED) from None


def _judged(api: Api, error: ErrorReply) -> PrizedrawError:
    """Translate an error reply to a call that changes something."""
    judged = api.judged(error)
    return Refused(NOT_SHARED) if isinstance(judged, NotShared) else judged


class GoogleForm:
    """One form and its responses, to be read (port `Form`)."""

    def __init__(self, settings: Settings, form_id: str, retry: Retry = READS) -> None:
        self._api = _api(settings, retry)
        self._path = path_of("v1", "forms", form_id)

    def form(self) -> Document:
        """
        Return the form, cut to `FORM_FIELDS`.

        Raises:
            Refused: the form is not there or not shared with this function's account.
            Again: the service is away.
            Broken: the request or the account is not accepted.
        """
        return _shared(lambda: self._api.read(get(self._path, fields=FORM_FIELDS)))

    def responses(self, since: str | None = None) -> Iterator[Document]:
        """
        Yield the responses of all pages, cut to `RESPONSES_FIELDS`, in no order.

        *since* is an instant (9 decimals): responses last submitted then or later, edited ones too. The filter goes
        with each page token, as the service demands. Nothing is yielded for a form without responses. A page is asked
        for when all responses of the one before it were taken.

        Raises:
            Refused: the form is not there or not shared with this function's account.
            Again: the service is away; what was yielded already comes again with the next call.
            Broken: the request or the account is not accepted.
        """
        return self._rows(RESPONSES_FIELDS, {} if since is None else {"filter": f"timestamp >= {since}"})

    def count(self) -> int:
        """
        Count the responses without fetching what they say.

        Raises:
            Refused: the form is not there or not shared with this function's account.
            Again: the service is away.
            Broken: the request or the account is not accepted.
        """
        return sum(1 for _ in self._rows(IDS_FIELDS, {}))

    def _rows(self, fields: str, narrowed: dict[str, str]) -> Iterator[Document]:
        query: dict[str, str | int] = {"pageSize": PAGE_SIZE, "fields": fields, **narrowed}
        while True:
            page = _shared(lambda: self._api.read_bytes(get(f"{self._path}/responses", **query)))
            try:
                rest = yield from rows_of(page)
            except ValueError:
                raise Again(AWAY) from None
            if not (token := rest.get("nextPageToken")):
                return
            query["pageToken"] = token


class GoogleWatches:
    """The watch on one form's responses that notifies this deployment's topic (port `Watches`)."""

    def __init__(self, settings: Settings, form_id: str, retry: Retry = READS) -> None:
        self._api = _api(settings, retry)
        self._path = path_of("v1", "forms", form_id, "watches")
        self._topic = settings.notifications_topic

    def list(self) -> list[Watch]:
        """
        Return this project's watches on the form's responses that notify this deployment's topic.

        Raises:
            Refused: the form is not there or not shared with this function's account.
            Again: the service is away.
            Broken: the request, the account or a watch is not as expected.
        """
        return [_watch(row) for row in self._rows() if _topic_of(row) == self._topic]

    def create(self) -> Watch:
        """
        Make the watch, or return the one that this account has already.

        The topic must exist in this project, and let `forms-notifications@system.gserviceaccount.com` publish.

        Raises:
            Refused: the form is not there or not shared with this function's account as editor.
            Again: not known whether it was made; the next call finds it.
            Broken: the existing watch notifies another topic, or the topic is not accepted.
        """
        target = {"topic": {"topicName": self._topic}}
        body = {"watch": {"target": target, "eventType": "RESPONSES"}}
        try:
            made = self._api.send(post(self._path, body, fields=WATCH_FIELDS))
        except ErrorReply as error:
            if not _exists(error):
                raise _judged(self._api, error) from None
        else:
            return _watch(made)
        return self._existing()

    def renew(self, id: str) -> Watch | None:
        """
        Renew the watch for seven days from now, or return None if it has expired or is gone.

        Raises:
            Refused: the form is no longer shared with this function's account.
            Again: not known whether it was renewed.
            Broken: the watch is suspended and its cause is still there, or the request is not accepted.
        """
        try:
            renewed = self._api.send(post(f"{self._path}/{path_of(id)}:renew", {}, fields=WATCH_FIELDS))
        except ErrorReply as error:
            if _gone(error):
                return None
            raise _judged(self._api, error) from None
        return _watch(renewed)

    def delete(self, id: str) -> None:
        """
        End the watch; do nothing if it is gone.

        Raises:
            Refused: the form is no longer shared with this function's account.
            Again: not known whether it was ended.
            Broken: the request or the account is not accepted.
        """
        try:
            self._api.send(delete(f"{self._path}/{path_of(id)}"))
        except ErrorReply as error:
            if not _gone(error):
                raise _judged(self._api, error) from None

    def _existing(self) -> Watch:
        """Find the watch that the service says is there; an active one first, then the one that lives longest."""
        rows = self._rows()
        ours = [_watch(row) for row in rows if _topic_of(row) == self._topic]
        if ours:
            return max(ours, key=lambda watch: (watch.state == "ACTIVE", watch.expires_at))
        if rows:
            raise Broken(ELSEWHERE)
        raise Again(AWAY)

    def _rows(self) -> tuple[Document, ...]:
        """Return the watches on the form's responses as the service describes them, whatever their topic."""
        reply = _shared(lambda: self._api.read(get(self._path, fields=WATCHES_FIELDS)))
        return tuple(row for row in reply.get("watches", ()) if row.get("eventType") == "RESPONSES")


def _topic_of(row: Document) -> str | None:
    """Name the topic that a watch notifies."""
    name: str | None = row.get("target", {}).get("topic", {}).get("topicName")
    return name


def _watch(row: Document) -> Watch:
    """Translate a watch; its expiry becomes an instant."""
    try:
        return Watch(row["id"], row.get("state", "STATE_UNSPECIFIED"), instant(row["expireTime"]))
    except (KeyError, ValueError):
        raise Broken(REJECTED, status=HTTPStatus.OK) from None
