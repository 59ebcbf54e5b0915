import email.header
import re
import unicodedata
from datetime import UTC, datetime
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import compat32, default
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import jinja2.meta
import pytest
from hypothesis import given
from hypothesis import strategies as st

import prizedraw
from prizedraw.errors import Broken, Final
from prizedraw.mail.compose import IF_GIVEN, VALUES, Attachment, compose

MESSAGES = Path(prizedraw.__file__).parent / "mail" / "messages"
URL = "https://logoform.jp/form/example/000000?a=1&b=2"
VALUE = {
    "ward": "新宿区",
    "section": "文化観光産業部 文化観光課",
    "phone": "03-0000-0000",
    "hours": "平日 8:30〜17:00",
    "campaign": "新宿区立博物館・記念館スタンプラリー2026 抽選プレゼント",
    "contractor": "株式会社髙﨑𠮷通信社",
    "contractor_phone": "03-0000-0001",
    "prize": "A賞 複製原画",
    "code": "K7QM-4T9X-2HVD-8",
    "url": URL,
    "deadline": "3月11日（水）23:59",
    "by": "3/11",
    "deadline_english": "23:59 on March 11, 2026",
    "ship_by": "2026年3月25日（水）",
    "holder_number": "9RS-JT6-YVD",
    "draw_at": "3月2日（月）13:00",
    "rules_hash": "89abcdef01234567" * 4,
    "evidence_key": "76543210fedcba98" * 4,
    "opens_at": "2月3日（火）10:00",
    "closes_at": "3月1日（日）23:59",
    "commitment_hash": "0123456789abcdef" * 4,
    "record_hash": "fedcba9876543210" * 4,
    "received": "512",
    "pool_size": "487",
    "frozen_at": "3月1日（日）01:15",
    "randomness": "drand",
    "drawn_at": "3月2日（月）13:05",
    "winners": "55",
    "reserves": "25",
    "unawarded": "3",
    "mail_hours": "9時から20時",
}
CLAIMS = ("winner", "reminder", "promoted")
TO_ENTRANTS = (*CLAIMS, "changed", "receipt")
HOSTILE = [
    "＆ & <script>alert(1)</script>",
    "\"' onmouseover='x' \" <b>太字",
    "</p></div></body></html>",
    "{{ 7 * 7 }}{% include 'x' %}{# x #}",
    "&lt;b&gt; &#x27; %s {0}",
    "𠮷野・髙﨑・德彅の①㈱～－セット🎁👨‍👩‍👧",
    "とても長い名前の賞品、" * 30,
    "a long name of a prize " * 20,
    "x" * 300,
    "Subject: x; Bcc: a@example.com",
]


def composed(name: str = "winner", **changes: object) -> bytes:
    call: dict[str, object] = {
        "sender_name": "新宿区スタンプラリー事務局",
        "sender_address": "rally@example.jp",
        "to": "hanako@example.com",
        "values": VALUE,
        "reference": f"{name}-0123456789abcdefghjkmnpqrs",
        "date": datetime(2026, 3, 2, 4, 30, tzinfo=UTC),
    }
    return compose(name, **call | changes)  # type: ignore[arg-type]


def parsed(message: bytes) -> EmailMessage:
    read = BytesParser(policy=default).parsebytes(message)
    assert isinstance(read, EmailMessage)
    assert not any(part.defects for part in read.walk())
    return read


def plain_and_html(name: str = "winner", **values: str) -> tuple[str, str]:
    message = parsed(composed(name, values=VALUE | values))
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content().replace("\r\n", "\n"), html.get_content()


class Page(HTMLParser):
    """Collect from a page its tags, attributes and visible text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.shown: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.shown.append(data)

    @property
    def text(self) -> str:
        return "".join("".join(self.shown).split())

    @property
    def styles(self) -> list[dict[str, str]]:
        written = [value for name, value in self.attributes if name == "style"]
        return [dict(rule.split(":", 1) for rule in style.split(";") if rule) for style in written]


def columns(line: str) -> int:
    wide = sum(unicodedata.east_asian_width(c) in ("W", "F", "A") for c in line if unicodedata.combining(c) == 0)
    invisible = sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in line)
    return len(line) + wide - invisible


def luminance(colour: str) -> float:
    """Compute relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# What it is made of


@pytest.mark.parametrize("name", VALUES)
def test_two_parts_say_it_both_in_utf8_and_base64(name: str) -> None:
    message = parsed(composed(name))
    assert message.get_content_type() == "multipart/alternative"
    parts = list(message.iter_parts())
    assert [part.get_content_type() for part in parts] == ["text/plain", "text/html"]
    for part in parts:
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "base64"


@pytest.mark.parametrize("name", VALUES)
def test_the_bytes_are_ascii_lines_of_78_ended_by_crlf(name: str) -> None:
    message = composed(name, attachments=[Attachment("a.json", b"{}" * 500)])
    assert message.isascii()
    assert max(map(len, message.split(b"\r\n"))) <= 78
    assert b"\n" not in message.replace(b"\r\n", b"")
    assert b"\r" not in message.replace(b"\r\n", b"")


@pytest.mark.parametrize("name", VALUES)
def test_the_lines_of_the_encoded_text_end_in_crlf_too(name: str) -> None:
    for part in parsed(composed(name)).iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert content.count(b"\n") == content.count(b"\r\n") > 20


def test_the_headers_name_sender_recipient_time_and_reference() -> None:
    message = parsed(composed("winner"))
    assert str(message["From"]) == "新宿区スタンプラリー事務局 <rally@example.jp>"
    assert str(message["To"]) == "hanako@example.com"
    assert str(message["Date"]) == "Mon, 02 Mar 2026 13:30:00 +0900"
    assert str(message["X-Prizedraw-Reference"]) == "winner-0123456789abcdefghjkmnpqrs"
    assert str(message["Auto-Submitted"]) == "auto-generated"
    assert {"Cc", "Bcc", "Reply-To"}.isdisjoint(message.keys())


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("winner", "【新宿区】当選のお知らせ（3/11までにお届け先のご登録を）「髙﨑𠮷ラリー」"),
        ("reminder", "【新宿区】ご登録は3/11まで（当選された賞品のお届け先）「髙﨑𠮷ラリー」"),
        ("promoted", "【新宿区】繰り上げ当選（3/11までにお届け先のご登録を）「髙﨑𠮷ラリー」"),
        ("changed", "【新宿区】お届け先の変更を受け付けました「髙﨑𠮷ラリー」"),
        ("receipt", "【新宿区】ご応募を受け付けました「髙﨑𠮷ラリー」"),
        ("rules", "【抽選記録】髙﨑𠮷ラリー 抽選の規則のお知らせ（受付開始前）"),
        ("commitment", "【抽選記録】髙﨑𠮷ラリー 抽選前の確定記録のお知らせ"),
        ("record", "【抽選記録】髙﨑𠮷ラリー 抽選結果の記録のお知らせ"),
    ],
)
def test_the_subject_says_what_it_is_about(name: str, subject: str) -> None:
    assert str(parsed(composed(name, values=VALUE | {"campaign": "髙﨑𠮷ラリー"}))["Subject"]) == subject


lines = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=120).filter(
    lambda text: bool(text.strip()) and not re.search(r"=\?[^?]*\?[bq]\?", text, re.IGNORECASE)
)


@pytest.mark.parametrize("title", ["（抽選） 新宿 第3弾 ×", "プレゼント 新宿 2026"])
def test_spaces_in_a_title_are_neither_lost_nor_doubled(title: str) -> None:
    message = parsed(composed("receipt", values=VALUE | {"campaign": title}))
    assert str(message["Subject"]) == f"【新宿区】ご応募を受け付けました「{title}」"


@given(lines)
def test_any_title_survives_in_the_subject(title: str) -> None:
    message = composed("receipt", values=VALUE | {"campaign": title})
    assert str(parsed(message)["Subject"]) == f"【新宿区】ご応募を受け付けました「{title}」"
    assert max(map(len, message.partition(b"\r\n\r\n")[0].split(b"\r\n"))) <= 78


@given(lines)
def test_any_sender_name_survives(name: str) -> None:
    name = " ".join(name.split())
    raw = BytesParser(policy=compat32).parsebytes(composed(sender_name=name))["From"]
    assert str(email.header.make_header(email.header.decode_header(raw))) == f"{name} <rally@example.jp>"


def test_attachments_arrive_byte_for_byte() -> None:
    files = {
        "commitment.json": b'{"a":"\xe9\xab\x99\n"}',
        "commitment.json.sig": bytes(range(256)),
        "evidence.pem": b"-\n-",
    }
    message = parsed(composed("commitment", attachments=[Attachment(n, data) for n, data in files.items()]))
    assert message.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in message.iter_parts()] == [
        "multipart/alternative",
        "application/json",
        "application/octet-stream",
        "application/octet-stream",
    ]
    assert {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()} == files


# To whom


@pytest.mark.parametrize(
    ("to", "header"),
    [
        ("hanako@example.com", "hanako@example.com"),
        ("hanako+a.b_c-d@mail.example.co.jp", "hanako+a.b_c-d@mail.example.co.jp"),
        ("o'neil!#$%&*/=?^`{|}~@example.jp", "o'neil!#$%&*/=?^`{|}~@example.jp"),
        ("da.me.@docomo.ne.jp", '"da.me."@docomo.ne.jp'),
        ("a..b@docomo.ne.jp", '"a..b"@docomo.ne.jp'),
        (".a@ezweb.ne.jp", '".a"@ezweb.ne.jp'),
        ("a" * 64 + "@" + "b" * 60 + ".example.jp", "a" * 64 + "@" + "b" * 60 + ".example.jp"),
        ("a" * 62 + "..@docomo.ne.jp", '"' + "a" * 62 + '.."@docomo.ne.jp'),
    ],
)
def test_every_address_that_mail_can_reach_is_written_for_the_header(to: str, header: str) -> None:
    message = composed(to=to)
    assert re.findall(rb"\r\nTo:(?:\r\n)? (\S+)\r\n", message) == [header.encode()]
    (address,) = parsed(message)["To"].addresses
    assert f"{address.username}@{address.domain}" == to


@pytest.mark.parametrize(
    "to",
    [
        "",
        "hanako",
        "hanako@localhost",
        "@example.com",
        "a@b@example.com",
        "a@example.com,b@example.com",
        "a@example.com b@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com\n",
        "花子@example.com",
        "hanako@例え.jp",
        '"a b"@example.com',
        "Hanako <a@example.com>",
        "a" * 65 + "@example.com",
        "=?utf-8?q?a?=@example.com,",
    ],
)
def test_anything_else_is_refused_without_repeating_it(to: str) -> None:
    with pytest.raises(Final) as refusal:
        composed(to=to)
    assert refusal.value.problem.code == "E-693"
    assert refusal.value.facts == {}
    assert refusal.value.__context__ is None


# Nothing gets in


@pytest.mark.parametrize("key", sorted(VALUES["winner"] - {"url"}))
@pytest.mark.parametrize(
    "text",
    [
        "賞品\r\nBcc: b@example.com",
        "賞品\n\n■ 登録ページ",
        "賞品\rX",
        "賞品\x00",
        "賞品\x1b[2J",
        "賞品\x85X",
        "賞品\u2028X",
        "賞品\u202eX",
        "賞品\u2066X",
        "賞品\ud83d",
        "=?utf-8?q?x=0D=0ABcc:_b@example.com?=",
        "",
        " \u3000",
    ],
)
def test_a_value_that_is_not_one_line_of_text_is_refused(key: str, text: str) -> None:
    with pytest.raises(Final) as refusal:
        composed(values=VALUE | {key: text})
    assert refusal.value.problem.code == "E-692"
    assert refusal.value.facts == {"field": key}


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("sender_name", "事務局\r\nBcc: b@example.com"),
        ("sender_name", "=?utf-8?b?DQpCY2M6IGJAZXhhbXBsZS5jb20=?="),
        ("sender_name", ""),
        ("sender_address", "rally@example.jp\r\nBcc: b@example.com"),
        ("sender_address", "rally@example.jp, b@example.com"),
        ("sender_address", "ra..lly@example.jp"),
        ("sender_address", "rally"),
        ("reference", "winner\r\nBcc: b@example.com"),
        ("reference", "花子"),
        ("reference", ""),
        ("reference", "a" * 65),
    ],
)
def test_no_header_can_be_smuggled_in(argument: str, value: str) -> None:
    with pytest.raises(Final) as refusal:
        composed(**{argument: value})
    assert refusal.value.facts == {"field": argument}
    assert refusal.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    [
        "http://logoform.jp/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://logoform.jp/ 000",
        'https://logoform.jp/"onclick="x',
        "https://logoform.jp/<b>",
        "https://logoform.jp@evil.example/",
        "https://logoform.jp:x@evil.example/",
        "https://logoform.jp:[",
        "https://logoform.jp/\n",
        "https://ロゴ.jp/",
        "logoform.jp",
    ],
)
def test_only_an_https_url_in_one_piece_is_linked(url: str) -> None:
    with pytest.raises(Final) as refusal:
        composed(values=VALUE | {"url": url})
    assert refusal.value.facts == {"field": "url"}


@pytest.mark.parametrize("name", VALUES)
def test_a_missing_value_is_named_not_shown_as_nothing(name: str) -> None:
    for key in VALUES[name]:
        with pytest.raises(Broken) as broken:
            composed(name, values={k: v for k, v in VALUE.items() if k != key})
        assert broken.value.facts == {"name": name, "names": key}


@pytest.mark.parametrize("name", ["layout", "nothing", "../winner", ""])
def test_there_is_no_other_message(name: str) -> None:
    with pytest.raises(Broken) as broken:
        composed(name)
    assert broken.value.problem.code == "E-690"


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_is_shown_as_it_is(name: str, text: str) -> None:
    shown = sorted(VALUES[name] - {"url", "randomness", "by"})
    plain, html = plain_and_html(name, **dict.fromkeys(shown, text))
    friendly = Page(plain_and_html(name)[1])
    page = Page(html)
    assert page.tags == friendly.tags
    assert len(page.attributes) == len(friendly.attributes)
    assert page.text.count("".join(text.split())) >= len(shown)
    assert "".join(text.split()) in "".join(plain.split())


# How it reads


@pytest.mark.parametrize("name", VALUES)
def test_every_value_that_a_message_needs_is_in_both_parts(name: str) -> None:
    plain, html = plain_and_html(name)
    for key in VALUES[name] - {"randomness", "by"}:
        assert "".join(VALUE[key].split()) in "".join(plain.split())
        assert "".join(VALUE[key].split()) in Page(html).text
    reference = f"配信記号：{name}-0123456789abcdefghjkmnpqrs"
    assert reference in plain
    assert reference in Page(html).text


@pytest.mark.parametrize("name", VALUES)
def test_whoever_may_hold_a_place_reads_by_which_number_to_ask_and_where_it_is_published(name: str) -> None:
    plain, html = plain_and_html(name)
    for text in ("".join(plain.split()), Page(html).text):
        assert ("管理番号：9RS-JT6-YVD" in text) == (name in (*CLAIMS, "changed"))
        assert ("お問い合わせのときは、管理番号をお知らせください。" in text) == (name in (*CLAIMS, "changed"))
        assert ("公開される抽選の記録にも、はじめの8文字がこれと同じ番号で" in text) == (name in (*CLAIMS, "changed"))


@pytest.mark.parametrize("kind", ["drand", "private", "ward", "hsm"])
@pytest.mark.parametrize("name", VALUES)
def test_the_page_says_every_line_of_the_text(name: str, kind: str) -> None:
    plain, html = plain_and_html(name, randomness=kind)
    page = Page(html).text
    for line in plain.splitlines():
        words = re.sub(r"^\s*(?:■|・|\d\.|─+)\s*", "", line)
        assert "".join(words.split()) in page


@pytest.mark.parametrize("kind", ["drand", "private", "ward", "hsm"])
@pytest.mark.parametrize("name", VALUES)
def test_no_line_is_wider_than_35_characters_but_the_url(name: str, kind: str) -> None:
    long = f"{URL}&key={'f' * 64}"
    plain, _ = plain_and_html(name, randomness=kind, url=long)
    assert {line for line in plain.splitlines() if columns(line) > 70} <= {long}
    assert "\n\n\n" not in plain


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("text", [text for text in HOSTILE if not text.isascii() or " " in text])
def test_long_values_are_wrapped(name: str, text: str) -> None:
    shown = sorted(VALUES[name] - {"url", "randomness", "by"})
    plain, _ = plain_and_html(name, **dict.fromkeys(shown, text))
    rows = plain.splitlines()
    assert max(map(columns, rows)) <= 70
    assert not [row for row in rows if row[:1] in tuple("、。）」\u200d\ufe0f")]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("あ" * 35, "いう"),
        ("あ" * 33 + " ", "Nintendo Switch"),
        ("あ" * 33, "Switch版"),
        ("あ" * 34, "あ。い"),
        ("あ" * 34, "「限定」"),
        ("あ" * 33, "👨‍👩‍👧の絵"),
        ("あ" * 34, "か\u3099。"),
        ("a b " * 17 + "a ", "bcde"),
    ],
)
def test_rows_end_where_a_reader_expects_it(first: str, second: str) -> None:
    assert f"\n{first.rstrip()}\n{second}\n" in plain_and_html(prize=first + second)[0]


@pytest.mark.parametrize("name", CLAIMS)
def test_code_and_url_stand_alone_on_their_lines(name: str) -> None:
    rows = plain_and_html(name)[0].splitlines()
    for alone in (VALUE["code"], URL):
        at = rows.index(alone)
        assert rows[at - 1] == rows[at + 1] == ""
        assert "\n".join(rows).count(alone) == 1


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_letter_tells_things_in_the_order_in_which_they_are_needed(name: str) -> None:
    order = [
        "当選",
        VALUE["prize"],
        "3月11日（水）23:59まで",
        VALUE["code"],
        URL,
        "You have won a prize",
        "やさしい 日本語",
        "ご注意",
        "むずかしい方",
        "お問い合わせ\n",
        "電話：03-0000-0000",
        "受付時間：平日 8:30〜17:00",
        "本物のメールの見分け方",
        "rally@example.jp",
        "logoform.jp\n",
        "送信専用",
        "主催：新宿区",
        "運営：株式会社髙﨑𠮷通信社",
    ]
    plain, _ = plain_and_html(name)
    at = 0
    for words in order:
        at = plain.index(words, at) + len(words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("winner", "おめでとうございます。次の賞品に当選されました。"),
        ("reminder", "まだ確認できていません。"),
        ("promoted", "先に当選された方が賞品を受け取られなかったため、"),
        ("promoted", "ほかの当選者の方の期限とは異なります。"),
        ("changed", "変更した覚えのない方"),
        ("receipt", "ご応募を受け付けました。"),
        ("rules", "抽選の規則（rules.json）をお届けします。"),
        ("rules", "消さずに保存してください。"),
        ("commitment", "消さずに保存してください。"),
        ("record", "抽選を行い、結果の記録を作成しました。"),
    ],
)
def test_only_the_letter_meant_says(name: str, words: str) -> None:
    to_keep = ["rules", "commitment", "record"]
    assert [other for other in VALUES if words in plain_and_html(other)[0]] in ([name], to_keep)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("drand", "公開される前に、その値を知ることはできません。"),
        ("private", "この系列の持ち主は、値を前もって知ることができます。"),
        ("ward", "このメールへの返信でお知らせください。"),
        ("hsm", "外から確かめることはできません。"),
    ],
)
def test_the_ward_is_told_what_the_draw_will_use_and_what_is_asked_of_it(kind: str, words: str) -> None:
    kinds = ("drand", "private", "ward", "hsm")
    for part in (0, 1):
        assert [k for k in kinds if words in plain_and_html("commitment", randomness=k)[part]] == [kind]


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("drand", "系列は、仕様で定めた quicknet です。"),
        ("private", "この系列の持ち主は、値を前もって知ることができます。"),
        ("ward", "お手続きは、確定記録のメールでお知らせします。"),
        ("hsm", "値そのものを、外から確かめることはできません。"),
    ],
)
def test_the_ward_is_told_with_the_rules_where_the_randomness_will_come_from(kind: str, words: str) -> None:
    kinds = ("drand", "private", "ward", "hsm")
    for part in (0, 1):
        assert [k for k in kinds if words in plain_and_html("rules", randomness=k)[part]] == [kind]


def test_the_ward_reads_its_number_by_whom_and_when_in_the_mail_of_the_record() -> None:
    given = {"number": "五つのさいころ 3-1-6-6-2", "given_by": "文化観光課長", "given_at": "3月2日（月）13:05"}
    plain, html = plain_and_html("record", **given)
    assert "\n\n五つのさいころ 3-1-6-6-2\n\n" in plain
    for text in given.values():
        assert text in plain
        assert "".join(text.split()) in Page(html).text
    assert "抽選に使った数" not in "".join(plain_and_html("record"))


def test_the_ward_reads_which_posts_may_give_its_number() -> None:
    given = {"randomness": "ward", "posts": "文化観光課長、文化資源係長"}
    for part in plain_and_html("commitment", **given):
        assert "文化観光課長、文化資源係長 のどれか" in part
    assert "のどれか" not in "".join(plain_and_html("commitment", randomness="ward"))


@pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
def test_letters_to_the_ward_may_be_answered(kind: str) -> None:
    for name in VALUES:
        assert ("送信専用" in plain_and_html(name, randomness=kind)[0]) == (name in TO_ENTRANTS)


# On a phone


@pytest.mark.parametrize("name", TO_ENTRANTS)
def test_the_first_20_characters_of_the_subject_say_news_and_deadline(name: str) -> None:
    """Of the subject a phone shows 15 to 25 characters; the news began at the 37th, and no date stood there."""
    first = str(parsed(composed(name))["Subject"])[:20]
    news = {
        "winner": "当選のお知らせ",
        "promoted": "繰り上げ当選",
        "reminder": "ご登録",
        "changed": "お届け先の変更",
        "receipt": "ご応募を受け付け",
    }
    assert news[name] in first
    assert ("3/11まで" in first) is (name in CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_what_a_phone_shows_before_the_letter_is_opened_says_deadline_and_prize(name: str) -> None:
    """Without a preheader a phone shows the campaign's title again."""
    html = plain_and_html(name)[1]
    first = re.findall(r'<div style="display:none;[^>]*>(.*?)</div>', html)
    assert len(first) == 1
    assert first[0].startswith("3月11日（水）23:59までに")
    assert VALUE["prize"] in first[0]
    assert html.index(first[0]) < html.index("<h1")


@pytest.mark.parametrize("name", CLAIMS)
def test_code_and_button_come_before_anything_that_is_long(name: str) -> None:
    """The button stood at 1,280 of 2,722 px, below it the code again had to be looked for."""
    page = Page(plain_and_html(name)[1]).text
    assert page.index(VALUE["code"]) < page.index("登録ページを開く") < page.index("English")
    button = page.index("登録ページを開く")
    assert button < 360, "so many characters fit into the first screen of a phone, title and boxes included"


@pytest.mark.parametrize("name", CLAIMS)
def test_who_cannot_use_the_form_and_who_reads_little_japanese_are_told_what_to_do(name: str) -> None:
    """There was no other way than the form, and no line in English or in easy Japanese."""
    for part in plain_and_html(name):
        assert "ご自分での入力がむずかしい方" in part
        assert "担当者が代わりに入力します。" in part
        assert "by 23:59 on March 11, 2026 (Japan time)" in " ".join(part.split())
        assert "やさしい 日本語" in part
    hard = ("譲", "行き違い", "ご容赦", "にて", "下記", "うけたまわ")
    assert not [word for word in hard if word in "".join(plain_and_html(name))]


@pytest.mark.parametrize("name", CLAIMS)
def test_a_word_is_not_torn_from_how_it_is_read(name: str) -> None:
    """At the width of a phone a line began with the reading of the word above."""
    html = plain_and_html(name)[1]
    readings = re.findall(r"\S+?（[ぁ-ん]+）", html)
    assert len(readings) >= 5
    assert [one for one in readings if not one.startswith('style="white-space:nowrap;">')] == []


@pytest.mark.parametrize("name", CLAIMS)
def test_on_paper_the_button_keeps_its_ground(name: str) -> None:
    """A printer drops grounds: the white word on it came out in pale grey."""
    [button] = [style for style in Page(plain_and_html(name)[1]).styles if style.get("color") == "#ffffff"]
    assert button["print-color-adjust"] == button["-webkit-print-color-adjust"] == "exact"


@pytest.mark.parametrize("name", CLAIMS)
def test_the_ward_s_page_is_named_where_there_is_one(name: str) -> None:
    """All that proved the mail was the mail itself."""
    page = "https://www.city.example.jp/rally.html"
    for part in plain_and_html(name, page=page):
        assert page in part
    assert "のホームページでも、お知らせしています。" not in "".join(plain_and_html(name))
    with pytest.raises(Final):
        composed(name, values=VALUE | {"page": "http://example.jp"})


@pytest.mark.parametrize("name", ["rules", "commitment", "record"])
def test_the_ward_can_check_a_file_without_a_command_prompt_and_knows_of_stripped_attachments(name: str) -> None:
    plain, html = plain_and_html(name)
    assert '<span style="white-space:nowrap;">-Algorithm</span>' in html, "an option is not torn after its hyphen"
    for part in ("".join(plain.split()), Page(html).text):
        assert f"Get-FileHash{name}.json-AlgorithmSHA256" in part
        assert f"certutil-hashfile{name}.jsonSHA256" in part
        assert "添付ファイルが" in part
        assert "LGWAN" in part


# How it looks


@pytest.mark.parametrize("name", VALUES)
def test_the_page_reaches_for_nothing_but_the_claim_url(name: str) -> None:
    _, html = plain_and_html(name)
    page = Page(html)
    assert {"img", "script", "link", "style", "iframe", "form", "object", "svg"}.isdisjoint(page.tags)
    assert not {key for key, _ in page.attributes} & {"src", "srcset", "background", "action", "onclick", "class"}
    links = [value for key, value in page.attributes if key == "href"]
    assert links == ([URL, URL] if name in CLAIMS else [])
    assert html.count("http") == (3 if name in CLAIMS else 0)
    assert "page" not in VALUES[name], "the ward's page is named as text, and opened by whoever types or finds it"
    assert "url(" not in html
    assert "@import" not in html


@pytest.mark.parametrize("name", VALUES)
def test_the_page_is_japanese_and_made_for_phones_and_dark_screens(name: str) -> None:
    page = Page(plain_and_html(name)[1])
    assert page.tags[0] == "html"
    assert ("lang", "ja") in page.attributes
    assert ("content", "width=device-width, initial-scale=1") in page.attributes
    assert ("content", "light dark") in page.attributes
    assert page.tags.count("h1") == 1


@pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
@pytest.mark.parametrize("name", VALUES)
def test_letters_are_large_and_stand_out(name: str, kind: str) -> None:
    styles = Page(plain_and_html(name, randomness=kind)[1]).styles
    sizes = [int(style["font-size"].removesuffix("px")) for style in styles if "font-size" in style]
    assert min(sizes) >= 16
    for style in styles:
        assert ("color" in style) == ("background-color" in style), (
            "one without the other is unreadable on dark screens"
        )
        if "color" in style:
            dark, light = sorted(luminance(style[key]) for key in ("color", "background-color"))
            assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("name", VALUES)
def test_bars_and_borders_are_seen_on_white_and_on_dark_grounds(name: str) -> None:
    """The bars before the headings were 2.9 to 1 on a dark screen."""
    html = plain_and_html(name)[1]
    colours = set(re.findall(r"(?:solid|dashed) (#[0-9a-f]{6})", html))
    assert colours
    for colour in colours:
        for ground in ("#ffffff", "#121212"):
            dark, light = sorted(luminance(one) for one in (colour, ground))
            assert (light + 0.05) / (dark + 0.05) >= 3, (colour, ground)


@pytest.mark.parametrize("name", [*VALUES, "layout"])
def test_the_templates_ask_for_nothing_else(name: str) -> None:
    known = set().union(*VALUES.values(), *IF_GIVEN.values()) | {
        "sender_address",
        "reference",
        "subject",
        "host",
        "parts",
        "test",
    }
    environment = jinja2.Environment(autoescape=True)
    for path in (MESSAGES / name).iterdir():
        assert jinja2.meta.find_undeclared_variables(environment.parse(path.read_text("utf-8"))) <= known


@pytest.mark.parametrize("name", VALUES)
def test_a_message_is_a_subject_and_two_bodies(name: str) -> None:
    assert {path.name for path in (MESSAGES / name).iterdir()} == {"subject.txt", "body.txt", "body.html"}
