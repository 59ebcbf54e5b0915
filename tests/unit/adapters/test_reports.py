"""Which mails say that a letter came back, and which letter it was: hundreds of shapes, as mail systems write them."""

import re
import time
from email.message import Message
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import pytest

from prizedraw.adapters.gmail.mail_texts import texts_of
from prizedraw.adapters.gmail.reports import LARGEST, UNKNOWN, read
from support import no_returns, returned_mails
from support.returned_mails import HEADER, REFERENCE, RETURNING, SHAPES, STATUS, Letter, parts, said

RETURNED = list(returned_mails.returned())
UNMATCHED = list(returned_mails.without_letter())
NO_RETURN = list(no_returns.no_return())


def test_at_least_three_hundred_shapes_are_read() -> None:
    assert len({raw for _, raw, _ in RETURNED}) >= 300
    assert len({name for name, _, _ in RETURNED}) == len(RETURNED)
    assert len({raw for _, raw in NO_RETURN}) >= 100


@pytest.mark.parametrize(("raw", "status"), [row[1:] for row in RETURNED], ids=[row[0] for row in RETURNED])
def test_silence_does_not_count_as_delivered(raw: bytes, status: str) -> None:
    report = read(raw, HEADER)
    assert report is not None
    assert REFERENCE in report.references
    if status:
        assert report.status == status
    assert re.fullmatch(r"[45]\.\d{1,3}\.\d{1,3}", report.status)


@pytest.mark.parametrize("raw", [row[1] for row in UNMATCHED], ids=[row[0] for row in UNMATCHED])
def test_a_report_of_nobody_knows_what_is_one_all_the_same(raw: bytes) -> None:
    report = read(raw, HEADER)
    assert report is not None
    assert report.references == ()


@pytest.mark.parametrize("raw", [row[1] for row in NO_RETURN], ids=[row[0] for row in NO_RETURN])
def test_a_delay_an_absence_or_a_person_is_no_return(raw: bytes) -> None:
    assert read(raw, HEADER) is None


@pytest.mark.parametrize("maker", RETURNING, ids=lambda maker: maker.name)
@pytest.mark.parametrize("name", ["report, status, letter", "mixed, letter alone", "text, letter below"])
def test_a_report_cut_off_anywhere_names_our_letter_or_none(maker: returned_mails.Maker, name: str) -> None:
    raw = SHAPES[name](maker, Letter())
    for length in range(0, len(raw), 97):
        report = read(raw[:length], HEADER)
        assert report is None or all(REFERENCE.startswith(named) for named in report.references)


def test_several_letters_in_one_report_are_all_named() -> None:
    other = REFERENCE.replace("winner", "reminder")
    letters = [("Content-Type: message/rfc822", Letter(f"{HEADER}: {named}").whole) for named in (REFERENCE, other)]
    report = read(parts(RETURNING[2], "multipart/mixed", said(RETURNING[2]), *letters), HEADER)
    assert report is not None
    assert set(report.references) == {REFERENCE, other}


@pytest.mark.parametrize(
    "named",
    ["hanako@example.jp", "髙", "", "x" * 500, "a b@c", "-@x"],
    ids=["address", "kanji", "none", "long", "words", "-"],
)
def test_what_cannot_be_a_reference_is_none(named: str) -> None:
    report = read(SHAPES["report, status, letter"](RETURNING[2], Letter(f"{HEADER}: {named}")), HEADER)
    assert report is not None
    assert not set(report.references) - {"a"}


def test_a_report_as_large_as_what_it_returns_is_counted() -> None:
    raw = SHAPES["report, status, letter"](RETURNING[2], Letter()) + b"x" * LARGEST
    report = read(raw, HEADER)
    assert report is not None
    assert report.status == UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "<" * 500_000,
        "Action" * 80_000,
        "X-Prizedraw-Reference:" * 20_000,
        "a-" * 250_000,
        "> " * 250_000,
        "deliver " * 60_000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "message/delivery-status", "message/rfc822"])
def test_a_mail_made_to_exhaust_the_reader_takes_no_time(kind: str, text: str) -> None:
    raw = parts(RETURNING[2], "multipart/report", (f"Content-Type: {kind}", text))
    begin = time.process_time()
    read(raw, HEADER)
    assert time.process_time() - begin < 3


def test_the_fields_of_a_report_decide_and_not_its_words() -> None:
    delayed = replace_action("delayed")
    assert read(delayed, HEADER) is None
    assert read(replace_action("failed"), HEADER) is not None


def test_who_failed_counts_though_another_in_the_same_fields_got_it() -> None:
    """Some mail systems leave out the blank line between two recipients."""
    two = "delivered\nStatus: 2.0.0\nFinal-Recipient: rfc822; jiro@example.jp\nAction: failed"
    report = read(replace_action(two), HEADER)
    assert report is not None
    assert report.status == UNKNOWN


@pytest.mark.parametrize(
    "sign", ["X-Failed-Recipients: hanako@example.jp", "Content-Type: multipart/report; boundary=b"]
)
def test_one_sign_of_a_mail_system_is_enough_whoever_sends_it(sign: str) -> None:
    raw = f"From: relay@example.jp\r\nSubject: (no subject)\r\n{sign}\r\n\r\n{REFERENCE}\r\n".encode()
    report = read(raw, HEADER)
    assert report is not None
    assert report.references == (REFERENCE,)
    assert read(raw.replace(sign.encode(), b"X-Other: 1"), HEADER) is None


def replace_action(action: str) -> bytes:
    """A report whose words tell of a failure, and whose fields say *action*."""
    fields = returned_mails.FIELDS["usual"].replace("failed", action)
    return parts(
        RETURNING[2],
        returned_mails.REPORT,
        said(RETURNING[2]),
        (STATUS, fields),
        ("Content-Type: message/rfc822", Letter().whole),
    )


@pytest.mark.parametrize(("depth", "found"), [(1, ["bottom"]), (20, ["bottom"]), (21, [])])
def test_parts_are_taken_apart_to_a_depth(depth: int, found: list[str]) -> None:
    mail: Message = MIMEText("bottom")
    for _ in range(depth):
        outer = MIMEMultipart()
        outer.attach(mail)
        mail = outer
    texts = [text for text, _ in texts_of(mail)]
    assert [text.text for text in texts] == found
    assert "bottom" not in repr(texts)
