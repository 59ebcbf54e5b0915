"""Read a mail as a mail program does: headings, text, HTML, attachments."""

from dataclasses import dataclass, field
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default


@dataclass(frozen=True, kw_only=True)
class AttachedFile:
    """A file that came with a mail."""

    name: str
    content_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Headings:
    """What a list of mails shows of one."""

    sender: str
    to: str
    subject: str


@dataclass(frozen=True, kw_only=True)
class ReadMail(Headings):
    """A mail as it is shown; *page* is its HTML, empty if it has none."""

    text: str = field(repr=False)
    page: str = field(repr=False)
    attachments: tuple[AttachedFile, ...] = ()


def headings(raw: bytes) -> Headings:
    """
    Read the headings alone, which is quick.

    They are decoded apart: the newer parser leaves a space where an encoded name was folded, and RFC 2047 (6.2) none.
    """
    message = BytesHeaderParser().parsebytes(raw)
    sender, to, subject = (str(make_header(decode_header(message[name] or ""))) for name in ("From", "To", "Subject"))
    return Headings(sender=sender, to=to, subject=subject)


def read(raw: bytes) -> ReadMail:
    """Read a mail; of a report on a mail that came back its first part is the text."""
    message = message_from_bytes(raw, policy=default)
    head = headings(raw)
    return ReadMail(
        sender=head.sender,
        to=head.to,
        subject=head.subject,
        text=_body(message, "plain"),
        page=_body(message, "html"),
        attachments=tuple(_attachments(message)),
    )


def _body(message: EmailMessage, kind: str) -> str:
    for part in message.walk():
        if part.get_content_type() == f"text/{kind}" and not part.is_attachment():
            return str(part.get_content())
    return ""


def _attachments(message: EmailMessage) -> list[AttachedFile]:
    return [
        AttachedFile(
            name=part.get_filename() or "attachment",
            content_type=part.get_content_type(),
            data=_data(part),
        )
        for part in message.walk()
        if part.is_attachment() and not part.is_multipart()
    ]


def _data(part: EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""
