"""
Erase the campaign's own mailbox through the Gmail API, past the bin.

An identity of its own does it: only the scope `https://mail.google.com/` may delete, and nothing else of this product
has that scope. An administrator of the Workspace can restore for 25 more days, which Gmail does not tell
(https://support.google.com/a/answer/112445).

`batchDelete` does not promise that a message was there or went, so nothing is believed until it is listed anew
(https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/batchDelete). Drafts appear among
the messages too, but go by their own ids. All deletions may be repeated.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice

from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.gmail.mailer import GmailClient, mailbox
from prizedraw.adapters.google.http import delete, get, post
from prizedraw.errors import Again, Broken, Problem
from prizedraw.ports import Document, Found, MailRejected
from prizedraw.runtime.settings import Settings

SCOPES = ("https://mail.google.com/",)
SECRET = "gmail-eraser"  # noqa: S105  the secret's name
PAGE = 1000
"""The most ids that one `batchDelete` takes."""

BUSY = Problem("E-171", "メールサービス（Gmail）の利用上限に達しました。次の定期実行で続きから消去します。")
DENIED = Problem(
    "E-172",
    "メールの消去が許可されていません。消去用の認証情報（シークレット gmail-eraser またはドメイン全体の委任）が"
    "有効か、構築担当に確かめてください。",
)

_LISTED = 500
_SENT = "{in:sent from:mailer-daemon from:postmaster}"
"""What was sent, and what mail systems wrote about it: nobody waits for an answer to these."""


def connect(settings: Settings, read_secret: Callable[[], bytes | None]) -> GmailClient:
    """Return the client of the sender's mailbox with the eraser's identity; *read_secret* reads `SECRET`."""
    return mailer.connect(settings, read_secret, SCOPES)


class CampaignMailbox:
    """
    What the mailbox holds since the moment *since* (port `Mailbox`): sent, drafts, received, spam and bin.

    The mailbox must be the campaign's own: whatever came or went since then is taken for its mail.

    Every call raises `Again` where Gmail is away or its quota is used up, and `Broken` where it is not allowed.
    """

    def __init__(self, client: GmailClient, since: datetime) -> None:
        self._client = client
        # In seconds, and one earlier: whether `after` includes its moment is not documented.
        self._query = f"in:anywhere after:{int(since.timestamp()) - 1}"
        self._asked: set[str] = set()

    def look(self) -> Found:
        """Count the messages, drafts among them; `until` is None, since Gmail does not tell."""
        with _judged():
            drafted = {draft["message"]["id"] for draft in self._drafts()}
            return Found(len(drafted.union(self._messages())))

    def look_sent(self) -> Found:
        """Count the mails that were sent, and the reports of mails that came back."""
        with _judged():
            return Found(sum(1 for _ in self._messages(_SENT)))

    def erase_sent(self) -> int:
        """Delete up to `PAGE` of those; what was deleted before and is still listed is passed over."""
        with _judged():
            return self._delete(self._messages(_SENT))

    def erase(self) -> int:
        """
        Delete up to `PAGE` drafts, or else messages.

        What this object deleted before and Gmail still lists is passed over, so that a caller that goes on until 0
        comes to an end; `look` counts it.
        """
        with _judged():
            drafts = list(islice((d for d in self._drafts() if d["id"] not in self._asked), PAGE))
            for draft in drafts:
                self._delete_draft(draft)
            if drafts:
                return len(drafts)
            return self._delete(self._messages())

    def erase_mails(self, ids: Sequence[str]) -> int:
        """Delete the threads of these messages, with what came back or was answered; pass over what is gone."""
        with _judged():
            return sum(self._erase_thread(mail) for mail in ids)

    def _erase_thread(self, mail: str) -> int:
        found = self._client.read(get(mailbox("messages", mail), format="minimal", fields="threadId"))
        if found is None:
            return 0
        thread = mailbox("threads", found["threadId"])
        standing = self._client.read(get(thread, format="minimal", fields="messages/id"))
        self._client.read(delete(thread))
        return len((standing or {}).get("messages", ()))

    def _delete(self, mails: Iterator[str]) -> int:
        ids = list(islice((mail for mail in mails if mail not in self._asked), PAGE))
        if ids:
            self._client.read(post(mailbox("messages", "batchDelete"), {"ids": ids}))
        self._asked.update(ids)
        return len(ids)

    def _delete_draft(self, draft: Document) -> None:
        self._client.read(delete(mailbox("drafts", draft["id"])))
        self._asked.update((draft["id"], draft["message"]["id"]))

    def _drafts(self) -> Iterator[Document]:
        return self._listed("drafts", "nextPageToken,drafts(id,message/id)")

    def _messages(self, which: str = "") -> Iterator[str]:
        return (mail["id"] for mail in self._listed("messages", "nextPageToken,messages/id", which))

    def _listed(self, kind: str, fields: str, which: str = "") -> Iterator[Document]:
        """Yield what the search finds among `drafts` or `messages`, all pages; *which* narrows it."""
        query = f"{self._query} {which}".strip()
        asked: dict[str, str | int] = {"q": query, "includeSpamTrash": "true", "maxResults": _LISTED, "fields": fields}
        while True:
            page = self._client.read(get(mailbox(kind), **asked))
            if page is None:
                raise MailRejected("credentials")  # no such mailbox
            yield from page.get(kind, ())
            if not page.get("nextPageToken"):
                return
            asked["pageToken"] = page["nextPageToken"]


@contextmanager
def _judged() -> Iterator[None]:
    """Turn Gmail's refusals into ours: a quota passes, anything else is an alarm."""
    try:
        yield
    except MailRejected as refusal:
        raise (Again(BUSY) if refusal.kind == "quota" else Broken(DENIED)) from None
