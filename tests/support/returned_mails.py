"""
Write mails that come to a sender's mailbox, in the shapes in which mail systems of the world write them.

Every text is invented; the shapes (who sends, in which parts, which fields, which encoding) are those of real systems.
`returned` are reports that a letter came back; what arrives beside them is in `support.no_returns`.
"""

import base64
import quopri
from collections.abc import Callable, Iterator
from dataclasses import dataclass

HEADER = "X-Prizedraw-Reference"
REFERENCE = "winner-0123456789abcdefghjkmnpqrs-0123456789"
CRLF = "\r\n"


@dataclass(frozen=True)
class Maker:
    """How one mail system writes: its sender, envelope, subject and words."""

    name: str
    sender: str
    subject: str
    says: str
    null_path: bool = True
    charset: str = "utf-8"


RETURNING = (
    Maker(
        "exim",
        "Mail Delivery System <Mailer-Daemon@mx.example.net>",
        "Mail delivery failed: returning message to sender",
        "A message that you sent could not be delivered to one or more of its recipients.\n"
        "  hanako@example.jp\n    all hosts have been failing for a long time (last: 550 5.1.1 no such mailbox)",
    ),
    Maker(
        "qmail",
        "MAILER-DAEMON@mx.example.net",
        "failure notice",
        "Hi. This is the program for mail at mx.example.net.\nI could not reach these people. I am giving up.\n"
        "<hanako@example.jp>:\n192.0.2.1 does not like the recipient.\nRemote host said: 550 nobody of that name",
    ),
    Maker(
        "postfix",
        "MAILER-DAEMON@mx.example.net (Mail Delivery System)",
        "Undelivered Mail Returned to Sender",
        "This is the mail system at mx.example.net.\nYour message was not delivered.\n"
        "<hanako@example.jp>: host mx[192.0.2.1] said: 550 5.1.1 User unknown",
    ),
    Maker(
        "sendmail",
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.net>",
        "Returned mail: see transcript for details",
        "   ----- Addresses with permanent fatal errors -----\n<hanako@example.jp>\n    (550 5.1.1 User unknown)",
    ),
    Maker(
        "opensmtpd",
        "Mailer Daemon <MAILER-DAEMON@mx.example.net>",
        "Delivery status notification: error",
        "Hello, an error has kept your mail from one recipient:\nhanako@example.jp: 550 Invalid recipient",
        null_path=False,
    ),
    Maker(
        "exchange",
        "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.onmicrosoft.com>",
        "Undeliverable: your letter",
        "Your message to hanako@example.jp couldn't be delivered.\nhanako wasn't found at example.jp.",
    ),
    Maker(
        "m365",
        "postmaster@example.onmicrosoft.com",
        "配信不能: お知らせ",
        "example.jp へのメッセージを配信できませんでした。\n宛先 hanako が見つかりませんでした。550 5.1.10",
    ),
    Maker(
        "old exchange", "System Administrator", "Undeliverable: letter", "The recipient could not be reached: hanako."
    ),
    Maker(
        "gmail",
        "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
        "Delivery Status Notification (Failure)",
        "** Address not found **\nYour message wasn't delivered to hanako@example.jp since nobody found it.",
    ),
    Maker(
        "yahoo japan",
        "MAILER-DAEMON@yahoo.example",
        "Failure Notice",
        "大変申し訳ございませんが、次の宛先にメールを送信できませんでした。\nhanako@example.jp\n554 delivery error",
        charset="iso-2022-jp",
    ),
    Maker(
        "docomo",
        "Mail Administrator <postmaster@docomo.example>",
        "Undelivered Mail / メール送信エラー",
        "お客様のメールは、あて先不明のためお届けできませんでした。\nhanako@example.jp",
        charset="iso-2022-jp",
    ),
    Maker(
        "kddi",
        "Mail Delivery Subsystem <no-reply@ezweb.example>",
        "Mail System Error - Returned Mail",
        "次のあて先に配信できませんでした。\nhanako@example.jp  user unknown",
        charset="iso-2022-jp",
    ),
    Maker(
        "biglobe",
        "postmaster@biglobe.example",
        "Returned mail: User unknown",
        "Your letter did not reach hanako@example.jp. The mailbox does not exist.",
    ),
    Maker(
        "mcafee",
        "postmaster@gateway.example.net",
        "Undeliverable mail",
        "The gateway at example.net could not deliver this mail to hanako@example.jp: User unknown.",
        null_path=False,
    ),
    Maker(
        "x5",
        "Mail Delivery Subsystem <post.master@x5.example>",
        "=?utf-8?B?" + base64.b64encode("メールが配信できません".encode()).decode() + "?=",
        "hanako@example.jp への配信に失敗しました。",
        null_path=False,
    ),
    Maker(
        "domino",
        "Postmaster@domino.example.jp",
        "DELIVERY FAILURE: User hanako not listed in public Name & Address Book",
        "Your message could not be delivered because: no such user in the directory.",
        null_path=False,
    ),
    Maker(
        "notes",
        "MAILER-DAEMON@notes.example.jp",
        "NDN: お知らせ",
        "配信不能: hanako はこのサーバーに存在しません。",
        charset="iso-2022-jp",
    ),
    Maker(
        "no-reply",
        "メール配信システム <no-reply@mx.example.jp>",
        "メールを送信できませんでした",
        "hanako@example.jp 宛てのメールは、宛先不明のため届けられませんでした。",
        null_path=False,
    ),
    Maker(
        "noreply+bounce",
        "noreply@relay.example.com",
        "Delivery failed",
        "Delivery to hanako@example.jp failed permanently. Mailbox full.",
        null_path=False,
    ),
    Maker(
        "a name of a person",
        "Support Desk <helpdesk@example.co.jp>",
        "Mail could not be delivered",
        "The message could not be delivered to hanako@example.jp: recipient address rejected.",
    ),
    Maker(
        "courier",
        '"Courier mail server at mx.example.net" <@>',
        "NOTICE: mail delivery status.",
        "This is a delivery status notification from mx.example.net.\n<hanako@example.jp>:\n  550 User unknown.",
    ),
    Maker(
        "imail",
        "Postmaster <postmaster@imail.example>",
        "Undeliverable Mail",
        "Unknown user: hanako@example.jp",
        null_path=False,
    ),
)


@dataclass(frozen=True)
class Letter:
    """What came back, as far as it is quoted."""

    named: str = f"{HEADER}: {REFERENCE}"

    @property
    def head(self) -> str:
        return f"From: draw@city.example.jp\nTo: hanako@example.jp\nSubject: invented\n{self.named}\nMIME-Version: 1.0"

    @property
    def whole(self) -> str:
        return f"{self.head}\nContent-Type: text/plain; charset=utf-8\n\ninvented text\n"


FIELDS = {
    "usual": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; hanako@example.jp\nAction: failed\nStatus: 5.1.1",
    "folded": "Reporting-MTA:\n dns; mx\n\nFinal-Recipient:\n\trfc822; hanako@example.jp\nAction:\n failed\n"
    "Status:\n 5.1.1",
    "odd case": "REPORTING-MTA: DNS; mx\n\nFINAL-RECIPIENT: RFC822; hanako@example.jp\nACTION: FAILED\nSTATUS: 5.1.1",
    "a comment": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; h@x.jp\nAction: failed (gone)\nStatus: 5.1.1 (no)",
    "expired": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; hanako@example.jp\nAction: expired\nStatus: 4.4.7",
    "no status": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; hanako@example.jp\nAction: failed",
    "no action": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; hanako@example.jp\nStatus: 5.1.1",
    "one block": "Reporting-MTA: dns; mx\nFinal-Recipient: rfc822; hanako@example.jp\nAction: failed\nStatus: 5.1.1",
    "failed after delivered": "Reporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; a@example.jp\nAction: delivered\n"
    "Status: 2.0.0\n\nFinal-Recipient: rfc822; hanako@example.jp\nAction: failed\nStatus: 5.1.1",
    "indented": "Reporting-MTA: dns; mx\n\n Final-Recipient: rfc822; h@example.jp\n Action: failed\n Status: 5.1.1",
}


def encoded(text: str, charset: str, encoding: str) -> tuple[str, str]:
    """Return the header lines of a text part, and its body."""
    data = text.encode(charset, "replace")
    head = f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}"
    if encoding == "base64":
        return head, base64.encodebytes(data).decode()
    if encoding == "quoted-printable":
        return head, quopri.encodestring(data).decode()
    return head, data.decode("latin-1")


def mail(maker: Maker, kind: str, body: str, more: str = "") -> bytes:
    """Write a mail from a maker; the body's lines stand as they are."""
    path = "Return-Path: <>\n" if maker.null_path else ""
    head = f"{path}From: {maker.sender}\nTo: draw@city.example.jp\nSubject: {maker.subject}\n{more}"
    return f"{head}MIME-Version: 1.0\n{kind}\n\n{body}".replace("\n", CRLF).encode("utf-8", "replace")


def parts(maker: Maker, kind: str, *parts: tuple[str, str], more: str = "") -> bytes:
    """Write a mail of several parts, each its header lines and its body."""
    body = "".join(f"--b1\n{head}\n\n{text}\n\n" for head, text in parts) + "--b1--\n"
    return mail(maker, f'Content-Type: {kind}; boundary="b1"', body, more)


def said(maker: Maker, encoding: str = "") -> tuple[str, str]:
    """Return the part in which a maker speaks."""
    usual = "7bit" if maker.charset == "iso-2022-jp" else "base64"
    return encoded(maker.says, maker.charset, encoding or usual)


REPORT = "multipart/report; report-type=delivery-status"
STATUS, LETTER, HEADERS = (
    f"Content-Type: {kind}" for kind in ("message/delivery-status", "message/rfc822", "text/rfc822-headers")
)
Shape = Callable[[Maker, Letter], bytes]


def _below(divider: str, quote: str = "", only_head: bool = False) -> Shape:
    """Write a text of one part, the letter below it."""

    def write(maker: Maker, letter: Letter) -> bytes:
        text = letter.head if only_head else letter.whole
        quoted = "\n".join(quote + line for line in text.split("\n"))
        head, body = encoded(f"{maker.says}\n\n{divider}\n\n{quoted}\n", maker.charset, said(maker)[0].split()[-1])
        return mail(maker, head, body)

    return write


SHAPES: dict[str, Shape] = {
    "report, status, letter": lambda m, x: parts(m, REPORT, said(m), (STATUS, FIELDS["usual"]), (LETTER, x.whole)),
    "report, status, headers": lambda m, x: parts(m, REPORT, said(m), (STATUS, FIELDS["usual"]), (HEADERS, x.head)),
    "report, no status": lambda m, x: parts(m, REPORT, said(m), (LETTER, x.whole)),
    "report, empty status": lambda m, x: parts(m, REPORT, said(m), (STATUS, ""), (LETTER, x.whole)),
    "report without its type": lambda m, x: parts(m, "multipart/report", said(m), (LETTER, x.whole)),
    "mixed, status, letter": lambda m, x: parts(
        m, "multipart/mixed", said(m), (STATUS, FIELDS["usual"]), (LETTER, x.whole)
    ),
    "mixed, letter alone": lambda m, x: parts(m, "multipart/mixed", said(m), (LETTER, x.whole)),
    "mixed, headers alone": lambda m, x: parts(m, "multipart/mixed", said(m), (HEADERS, x.head)),
    "mixed, letter as a text": lambda m, x: parts(
        m, "multipart/mixed", said(m), ("Content-Type: text/plain; name=original.txt", x.whole)
    ),
    "report, letter encoded as a whole": lambda m, x: parts(
        m,
        REPORT,
        said(m),
        (STATUS, FIELDS["usual"]),
        (f"{LETTER}\nContent-Transfer-Encoding: base64", base64.encodebytes(x.whole.encode()).decode()),
    ),
    "text, letter below": _below("------ This is a copy of the message, including all the headers. ------"),
    "text, headers below": _below("--- Below this line are its headers.", only_head=True),
    "text, letter quoted": _below("----- Original message -----", quote="> "),
    "report, broken boundary": lambda m, x: parts(
        m, REPORT, said(m), (STATUS, FIELDS["usual"]), (LETTER, x.whole)
    ).replace(b'boundary="b1"', b'boundary="b2"'),
}
ENCODINGS = ("7bit", "8bit", "base64", "quoted-printable")
NAMINGS = {
    "folded": f"{HEADER}:\n {REFERENCE}",
    "odd case": f"{HEADER.upper()}: {REFERENCE}",
    "no blank": f"{HEADER}:{REFERENCE}",
    "only at the foot": "X-Other: 1",
}


def returned() -> Iterator[tuple[str, bytes, str]]:
    """Yield the shapes of reports: a name, the mail, and its status where the shape has one (else empty)."""
    for maker in RETURNING:
        for name, shape in SHAPES.items():
            yield f"{maker.name}: {name}", shape(maker, Letter()), "5.1.1" if "status, " in name else ""
        for encoding in ENCODINGS[2:]:
            text = parts(maker, "multipart/mixed", said(maker, encoding), (LETTER, Letter().whole))
            yield f"{maker.name}: its words in {encoding}", text, ""
    for maker in RETURNING[2::6]:
        for name, fields in FIELDS.items():
            status = {"expired": "4.4.7", "no status": "5.0.0"}.get(name, "5.1.1")
            yield (
                f"{maker.name}: fields, {name}",
                parts(maker, REPORT, said(maker), (STATUS, fields), (LETTER, Letter().whole)),
                status,
            )
        for name, named in NAMINGS.items():
            letter = Letter(named)
            whole = letter.whole + (f"管理番号：{REFERENCE}\n" if "foot" in name else "")
            yield f"{maker.name}: reference {name}", parts(maker, REPORT, said(maker), (LETTER, whole)), ""


def without_letter() -> Iterator[tuple[str, bytes]]:
    """Yield reports from which nobody can tell which letter came back."""
    for maker in RETURNING:
        if maker.name == "old exchange":
            continue  # a name without an address, and words that anybody may write
        head, body = said(maker)
        yield f"{maker.name}: words alone", mail(maker, head, body)
        yield f"{maker.name}: fields alone", parts(maker, REPORT, said(maker), (STATUS, FIELDS["usual"]))
        yield f"{maker.name}: another's letter", SHAPES["report, status, letter"](maker, Letter("X-Other: 1"))
