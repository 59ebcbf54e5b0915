"""A mail is read as a mail program reads it."""

from email.message import EmailMessage
from email.policy import SMTP

from prizedraw.rehearsal.practice import mail_reading

LONG = "新宿区立博物館・記念館スタンプラリー事務局"


def written() -> bytes:
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"{LONG} <rally@example.jp>"
    mail["To"] = "hanako@example.jp"
    mail["Subject"] = f"【新宿区】当選のお知らせ（{LONG}）"
    mail.set_content("当選コード：0000\n")
    mail.add_alternative("<p>当選コード：0000</p>", subtype="html")
    mail.add_attachment(b"{}", maintype="application", subtype="json", filename="規則.json")
    return bytes(mail)


def test_a_folded_name_is_one_again() -> None:
    found = mail_reading.headings(written())
    assert found.sender == f"{LONG} <rally@example.jp>"
    assert found.subject == f"【新宿区】当選のお知らせ（{LONG}）"
    assert found.to == "hanako@example.jp"


def test_text_page_and_attachments_are_told_apart() -> None:
    found = mail_reading.read(written())
    assert found.text.strip() == "当選コード：0000"
    assert found.page.strip() == "<p>当選コード：0000</p>"
    assert [(one.name, one.content_type, one.data) for one in found.attachments] == [
        ("規則.json", "application/json", b"{}")
    ]


def test_a_mail_without_anything_is_read_too() -> None:
    found = mail_reading.read(b"\r\n")
    assert (found.sender, found.subject, found.text, found.page, found.attachments) == ("", "", "", "", ())
