"""
Write mails that carry our reference and report no return: delays, answers in absence, demands to confirm, people.

As in `support.returned_mails`, every text is invented and the shapes are real.
"""

from collections.abc import Iterator
from dataclasses import replace

from support.returned_mails import (
    FIELDS,
    HEADER,
    HEADERS,
    LETTER,
    REFERENCE,
    REPORT,
    RETURNING,
    SHAPES,
    STATUS,
    Letter,
    Maker,
    encoded,
    mail,
    parts,
    said,
)


def no_return() -> Iterator[tuple[str, bytes]]:
    """Yield what carries our reference and is no return."""
    yield from _delays()
    yield from _other_automatic()
    yield from _people()


_DELAYS = (
    (
        "Warning: message 1abc delayed 24 hours",
        "Your message has not yet been delivered. No action is required of you.",
    ),
    (
        "Delayed Mail (still being retried)",
        "THIS IS A WARNING ONLY. You need not resend. It will be retried for 5 days.",
    ),
    ("Delivery Status Notification (Delay)", "Delivery to hanako@example.jp has been delayed. It will be retried."),
    ("Warning: could not send message for past 4 hours", "The mail is still trying. You do not need to resend it."),
    ("Mail notice", "This is not a failure. We will keep trying for 3 more days to deliver to hanako@example.jp."),
    ("配信の遅延", "hanako@example.jp への配信が遅延しています。引き続き配信を試みます。"),
    (
        "メールに関するお知らせ",
        "送信先のサーバーが混雑しています。再送を試みています。再度お送りいただく必要はありません。",
    ),
)


def _delays() -> Iterator[tuple[str, bytes]]:
    delayed = FIELDS["usual"].replace("failed", "delayed").replace("5.1.1", "4.4.1")
    for maker in RETURNING[:6]:
        for subject, text in _DELAYS:
            slow = replace(maker, subject=subject, says=text, charset="utf-8")
            yield (
                f"{maker.name}: delay, {subject}",
                parts(slow, REPORT, said(slow), (STATUS, delayed), (LETTER, Letter().whole)),
            )
            yield f"{maker.name}: delay in words, {subject}", SHAPES["mixed, letter alone"](slow, Letter())
    for action in ("delivered", "relayed", "expanded", "Delayed", "deliverable"):
        fields = FIELDS["usual"].replace("failed", action).replace("5.1.1", "2.0.0")
        yield (
            f"a report that it was {action}",
            parts(RETURNING[2], REPORT, said(RETURNING[2]), (STATUS, fields), (LETTER, Letter().whole)),
        )


def _other_automatic() -> Iterator[tuple[str, bytes]]:
    absent = (
        ("Out of Office: your letter", "I am away until Monday.", ""),
        ("Automatic reply: your letter", "Thank you. I read mail again next week.", "X-Auto-Response-Suppress: All\n"),
        ("Re: your letter", "I am on holiday.", "Auto-Submitted: auto-replied (vacation)\n"),
        ("Re: your letter", "I am on holiday.", "Auto-Submitted: auto-replied\nX-Autorespond: your letter\n"),
        ("Re: your letter", "I am on holiday.", "Precedence: auto_reply\n"),
        ("【自動応答】お知らせ", "本日は不在です。", "Auto-Submitted: auto-replied\n"),
        ("不在のお知らせ", "3月10日まで休暇をいただいております。", ""),
        ("Abwesenheitsnotiz", "Ich bin nicht im Büro.", "Auto-Submitted: auto-replied\n"),
        ("Re: your letter", "Thank you for writing. A colleague will answer.", "Auto-Submitted: auto-replied\n"),
    )
    for subject, text, more in absent:
        for path in (True, False):
            maker = Maker("absent", "Hanako <hanako@example.jp>", subject, text, null_path=path)
            head, body = encoded(f"{text}\n\n> 管理番号：{REFERENCE}\n", "utf-8", "8bit")
            yield f"absent, {subject}, {more.strip()}, {path}", mail(maker, head, body, more)
    confirming = (
        ("Please confirm your message", "Your message is being held because its sender has not been verified.", True),
        ("Re: your letter (verification required)", "To verify you are a person, answer this mail.", True),
        ("Confirmation required", "Please confirm that you sent this mail by this link.", False),
    )
    for subject, text, path in confirming:
        maker = Maker("confirm", "hanako-confirm@example.jp", subject, text, null_path=path)
        yield f"challenge, {subject}", SHAPES["mixed, letter alone"](maker, Letter())
    reader = Maker(
        "reader", "Hanako <hanako@example.jp>", "Read: your letter", "The letter was displayed.", null_path=False
    )
    for path in (True, False):
        maker = replace(reader, null_path=path)
        yield (
            f"read receipt, {path}",
            parts(
                maker,
                "multipart/report; report-type=disposition-notification",
                said(maker),
                (
                    "Content-Type: message/disposition-notification",
                    "Disposition: manual-action/MDN-sent-manually; displayed",
                ),
                (HEADERS, Letter().head),
            ),
        )
    complaint = Maker("complaint", "feedback@provider.example", "complaint about message", "This is an abuse report.")
    yield (
        "complaint",
        parts(
            complaint,
            "multipart/report; report-type=feedback-report",
            said(complaint),
            ("Content-Type: message/feedback-report", "Feedback-Type: abuse"),
            (LETTER, Letter().whole),
        ),
    )
    ticket = Maker(
        "ticket", "no-reply@desk.example.jp", "お問い合わせを受け付けました", "担当者から連絡します。", null_path=False
    )
    for path in (True, False):
        maker = replace(ticket, null_path=path)
        head, body = encoded(f"{maker.says}\n\n> 管理番号：{REFERENCE}\n", "utf-8", "8bit")
        yield f"a desk that took a letter for a question, {path}", mail(maker, head, body)


def _people() -> Iterator[tuple[str, bytes]]:
    person = Maker("person", "Hanako <hanako@example.jp>", "Re: 当選のお知らせ", "", null_path=False)
    for text in (
        "ありがとうございます。",
        "前のメールは届きませんでした。",
        "It could not be delivered, my friend says.",
        "拒否します。",
    ):
        head, body = encoded(f"{text}\n\n> 管理番号：{REFERENCE}\n> {HEADER}: {REFERENCE}\n", "utf-8", "base64")
        for path in ("", "Return-Path: <hanako@example.jp>\n"):
            yield f"a person, {text}, {path.strip()}", mail(person, head, body, path)
    yield "a person who forwards the letter", SHAPES["mixed, letter alone"](person, Letter())
    news = Maker("news", "no-reply@news.example.jp", "今週のお知らせ", "新しい店が開きます。", null_path=False)
    yield "news", mail(news, *said(news))
