"""
Read whether a mail reports that a letter was not delivered, and which letter it was.

Reports come as RFC 3464 has them and in every other way: without the part that machines read, with it empty, in a
plain `multipart/mixed`, as a text in any language with the letter below it. So a report is looked for by these signs,
in this order (the code bears their numbers):

1. *Action.* Where the fields of RFC 3464 stand, they decide: `failed` is a return, `delayed` or `delivered` is none.
2. *Other automatic mail* is none: answers in somebody's absence, receipts for reading, complaints, demands to confirm.
3. *Delay.* A text that says that delivery is still tried is none, unless it also says that it was given up.
4. *Sender.* A mail system that bears the name of one is believed; of others, which people use too, a sign of failure is
   wanted: its words, or the letter attached as a whole.

Whose letter it was is said by its reference: in our header, wherever that is quoted, or at the foot of the letter.
The reference cannot be guessed, so that whoever forges a report changes nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message

from prizedraw.adapters.gmail.mail_texts import headers_of, readable, texts_of

LARGEST = 2**20
MOST_PARTS = 50
_NO_FAILURE = frozenset({"delayed", "delivered", "relayed", "expanded", "deliverable"})
"""Actions of RFC 3464, and Postfix's own; whatever else is said there (`expired`), the letter is not coming."""
UNKNOWN = "5.0.0"
"""The status of a failure that names none (RFC 3463: other undefined status, permanent)."""

_MOST_WORDS = 2**16
_MOST_REFERENCES = 20
_STATUS_PARTS = ("message/delivery-status", "message/global-delivery-status", "message/x-delivery-status")
_LETTER_PARTS = ("message/rfc822", "message/global", "message/partial", "text/rfc822-headers", "message/rfc822-headers")
_OTHER_REPORTS = re.compile(r"disposition-notification|feedback-report", re.I)

_ACTION = re.compile(r"^[ \t>]*Action[ \t]*:\s*([a-z]+)", re.I | re.M)
_STATUS = re.compile(r"^[ \t>]*Status[ \t]*:\s*([245]\.\d{1,3}\.\d{1,3})(?!\d)", re.I | re.M | re.A)
_CODE = re.compile(r"(?:\b[45]\d\d[ -]\(?#?|#|\()([45]\.\d{1,3}\.\d{1,3})(?![\d.])", re.A)
_TOKEN = re.compile(
    r"(?<![A-Za-z0-9-])([a-z]{4,12}-(?:[0-9a-z]{26}(?:-[2-9])?|ward)-[0-9a-f]{10})(?![A-Za-z0-9])", re.A
)
_QUOTED = re.compile(
    r"^[ \t>|]*(?:X-Prizedraw-Reference|Received|Return-Path|DKIM-Signature|MIME-Version)[ \t]*:", re.I | re.M
)

_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|mail[-_]?daemon|\bmdaemon|mail (?:delivery )?(?:sub)?system|mail deliver|mail administrator"
    r"|system (?:administrator|attendant)|microsoftexchange[0-9a-f]{8,}|double-bounce|mail router",
    re.I,
)
_SYSTEM = re.compile(
    r"post[-_.]?master|(?:^|[<\"\s])(?:no[-_.]?reply|do[-_.]?not[-_.]?reply|bounces?|mail[-_]?admin"
    r"|admin|administrator|root|daemon|system|mailer|smtp|mta|exim|mail|errors?|delivery|notification)[-+@=]",
    re.I,
)
_FAILURE = re.compile(
    r"undeliver|not(?: be)?(?: been)? (?:delivered|deliverable|sent|reached)|n.t(?: be)?(?: been)? (?:delivered|sent)"
    r"|deliver\w*(?: to [^\n]{1,80})? (?:has |have )?(?:permanently )?(?:failed|failure|error)|fail\w* (?:to )?deliver"
    r"|failure notice|failed (?:permanently|recipient)"
    r"|(?:can ?not|can.t|could ?n[o']t|could not|unable to) (?:be )?deliver"
    r"|returned (?:mail|message|to (?:the )?sender)|(?:mail|message) returned|return to sender|did(?: not|n.t) reach"
    r"|user unknown|unknown (?:user|recipient|address)|no such (?:user|person|recipient|address)|not exist|n.t exist"
    r"|mailbox (?:is )?(?:full|unavailable|not found|disabled)|over quota|permanent (?:fatal )?(?:error|failure)"
    r"|(?:recipient|address|message|mail|was|been) rejected|giving up|no longer (?:active|in use|valid)"
    r"|mail (?:system|delivery) error|(?:was|wasn.t|not|n.t) found|refused|blocked|bounced"
    r"|不達|不能|未達|宛先不明|あて先不明|宛て先不明|存在しま?せ|存在しない|見つかりません|リターンメール|エラーメール"
    r"|(?:配信|配送|配達|送信|送達|届け|転送)(?:が|は|を|に|も)?(?:でき|失敗|エラー|不可|されません|されず|られません|なかった)"
    r"|届きません|届かなかった|届いていません|拒否|容量を超え|容量が?いっぱい|容量超過|戻り|返送",
    re.I,
)
_DELAY = re.compile(
    r"\bdelayed|\(delay\)|delivery[- ]delay|still (?:being |trying|retrying)|(?:will|to) (?:be |keep |continue |try )?"
    r"(?:retr(?:y|ied|ying)|trying|try again|attempted again|attempting)|will try (?:to (?:re)?send|delivering)"
    r"|(?:need not|not need to|don.t need to|no need to) re-?send|not yet been delivered|has not been delivered yet"
    r"|for the (?:last|past) \d+ (?:hour|minute|day)|warning message only|warning: (?:could not|message)"
    r"|遅延|遅れて|再送を?(?:試|続|行)|再度(?:配信|送信)を試|引き続き(?:配信|送信|再送)",
    re.I,
)
_GIVEN_UP = re.compile(
    r"giv(?:en|ing) up|gave up|no (?:further|more) (?:delivery )?attempt|no longer (?:be )?(?:tr(?:y|ied)|attempt|retr)"
    r"|will not (?:be )?(?:retr|tr(?:y|ied)|attempt)|permanent|returned to (?:the )?sender"
    r"|retry time(?:out)? (?:not reached|exceeded)|expired|too long|failed after"
    r"|delivery (?:has )?failed|was not delivered|could not be delivered"
    r"|undeliverable|断念|中止|打ち切|できませんでした",
    re.I,
)
_SUBJECT_DELAY = re.compile(r"\bdelayed|\(delay\)|\bdelay\b|^\W*warning\b|遅延|遅れ", re.I)
_SUBJECT_REPLY = re.compile(
    r"\bauto(?:mat(?:ic|ed))?[- _:]?(?:repl|respon|answer)|\bout[- ]of[- ](?:the[- ])?office|\bvacation\b|\bon leave\b"
    r"|\babsen(?:t|ce)|abwesen|自動(?:応答|返信|返答|送信)|不在|休暇|休業|留守",
    re.I,
)
_SUBJECT_CONFIRM = re.compile(
    r"\bplease (?:confirm|verify)|\bconfirm(?:ation)? (?:required|needed|request|your)|challenge|認証の?お願い", re.I
)
_CONFIRM = re.compile(
    r"(?:is|are) being held|(?:has|have) not been (?:verified|confirmed)"
    r"|(?:to |please )(?:confirm|verify) (?:that )?(?:your|you|this)"
    r"|prove (?:that )?you are|awaiting (?:your )?(?:confirm|verif)|boxbe|spam ?arrest|tmda",
    re.I,
)
_REPLY_HEADERS = (
    "X-Autoreply",
    "X-Autorespond",
    "X-Autoresponder",
    "X-Auto-Reply-From",
    "X-Vacation",
    "X-Mail-Autoreply",
)


@dataclass(frozen=True, slots=True)
class ReturnReport:
    """
    A report that a letter came back: the *references* that stand in it, and the status code (RFC 3463).

    Without a reference nobody can tell from the mail which letter it was.
    """

    references: tuple[str, ...]
    status: str


@dataclass(frozen=True, kw_only=True)
class _Signs:
    """What a mail shows: its headers, what it says itself (*said*), the fields of RFC 3464, all that it holds."""

    head: Message
    said: str = field(repr=False)
    fields: str = field(repr=False)
    whole: tuple[str, ...] = field(repr=False)
    has_letter: bool


def read(raw: bytes, header: str) -> ReturnReport | None:
    """Read a mail; None if it reports no failure. *header* is the header by which we name our letters."""
    signs = _signs(raw)
    status = _failure(signs)
    return None if status is None else ReturnReport(tuple(_references(signs, header)), status)


def _signs(raw: bytes) -> _Signs:
    """
    Take a mail apart, leniently.

    What was made to keep the reader busy, since its time grows with lines times depth, is only looked at from outside.
    """
    head = headers_of(raw)
    if len(raw) > LARGEST or raw.lower().count(b"content-type:") > MOST_PARTS:
        text = raw[:_MOST_WORDS].decode("latin-1")
        return _Signs(head=head, said="", fields="", whole=(text,), has_letter=False)
    said: list[str] = []
    fields: list[str] = []
    whole: list[str] = []
    has_letter = False
    for part, is_letter in texts_of(message_from_bytes(raw)):
        whole.append(part.text)
        has_letter = has_letter or is_letter or part.kind in _LETTER_PARTS
        if part.kind in _STATUS_PARTS and not is_letter:
            fields.append(part.text)
        elif part.kind not in _LETTER_PARTS and not is_letter:
            said.append(part.text)
    own = " ".join(said)[:_MOST_WORDS]
    # A text that quotes the letter below itself says nothing more of its own there.
    quoted = _QUOTED.search(own)
    everything = raw.decode("latin-1")
    whole.append(everything)
    if fields and not _ACTION.search("\n\n".join(fields)):
        # What begins with a blank is no header to `email`, and is dropped.
        fields.append(everything[everything.lower().rfind("/delivery-status") :].partition("\n--")[0])
    return _Signs(
        head=head,
        said=own[: quoted.start()] if quoted else own,
        fields="\n\n".join(fields) or own,
        whole=tuple(whole),
        has_letter=has_letter or quoted is not None,
    )


def _failure(signs: _Signs) -> str | None:
    """Return the status with which a letter came back; None if the mail reports no failure."""
    actions = {action.lower() for action in _ACTION.findall(signs.fields)}
    if actions:  # (1)
        return _failed_status(signs.fields) if actions - _NO_FAILURE else None
    told = _STATUS.search(signs.fields)
    if (told and told[1].startswith("2.")) or _is_other_automatic(signs):
        return None
    if _is_delay(signs) or not _comes_from_mail_system(signs):
        return None
    code = told or _CODE.search(signs.said)
    return code[1] if code else UNKNOWN


def _failed_status(fields: str) -> str:
    """Return the status of the first recipient that failed, by the block of fields that says so."""
    for block in re.split(r"\r?\n[ \t]*\r?\n", fields):
        action = _ACTION.search(block)
        if action and action[1].lower() not in _NO_FAILURE:
            found = _STATUS.search(block)
            return found[1] if found and not found[1].startswith("2.") else UNKNOWN
    return UNKNOWN


def _is_other_automatic(signs: _Signs) -> bool:
    """Tell whether a mail is an automatic one of another kind (2)."""
    head, subject = signs.head, readable(signs.head, "Subject")
    if _OTHER_REPORTS.search(str(head.get("Content-Type", ""))):
        return True
    submitted = str(head.get("Auto-Submitted", "")).lower()
    return (
        any(name in head for name in _REPLY_HEADERS)
        or "auto_reply" in str(head.get("Precedence", "")).lower()
        or "vacation" in submitted
        or bool(_SUBJECT_REPLY.search(subject) or _SUBJECT_CONFIRM.search(subject) or _CONFIRM.search(signs.said))
    )


def _is_delay(signs: _Signs) -> bool:
    """Tell whether a mail says that delivery is still being tried (3)."""
    if _SUBJECT_DELAY.search(readable(signs.head, "Subject")):
        return True
    return bool(_DELAY.search(signs.said)) and not _GIVEN_UP.search(signs.said)


def _comes_from_mail_system(signs: _Signs) -> bool:
    """Tell whether a mail system sent it to say that a letter did not arrive (4)."""
    head = signs.head
    sender = readable(head, "From")
    kind = str(head.get("Content-Type", "")).lower()
    if _DAEMON.search(sender) or "X-Failed-Recipients" in head or kind.startswith("multipart/report"):
        return True
    is_null = str(head.get("Return-Path", "x")).strip() == "<>"
    if not (is_null or _SYSTEM.search(sender)):
        return False
    return signs.has_letter or bool(_FAILURE.search(readable(head, "Subject")) or _FAILURE.search(signs.said))


def _references(signs: _Signs, header: str) -> Iterator[str]:
    """Yield what may be a reference of ours, each once; whether it is one, only its maker can tell."""
    named = re.compile(
        re.escape(header) + r"[ \t]*:[ \t]*(?:=?\r?\n[ \t>|]+)?([A-Za-z0-9._-]{1,128})(?=[\s<&\"')\],;]|$)", re.I | re.A
    )
    seen: set[str] = set()
    for pattern in (named, _TOKEN):
        for text in signs.whole:
            for found in pattern.finditer(text):
                if found[1] not in seen and len(seen) < _MOST_REFERENCES:
                    seen.add(found[1])
                    yield found[1]
