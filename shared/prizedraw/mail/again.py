"""
Find the one mail that an operator may have sent again: in the same words, to whoever still holds the place.

It goes at most twice, and only if whatever went before is known to have been sent: where that is open, a person looks
into the mailbox first (playbook mail-unknown). From then on it is a letter like others: once begun it is due until it
has left (`due`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from prizedraw.errors import Problem, Refused
from prizedraw.fulfilment import claim_code, holder_number
from prizedraw.fulfilment.holders import Holder, Places
from prizedraw.mail import hours
from prizedraw.mail.due import Notices
from prizedraw.mail.outbox import Letter
from prizedraw.records.mail import KIND_WORDS, MOST_AGAIN, TELL_OF_A_PRIZE, MailRow, MailState, row_id
from prizedraw.times import japanese_until

NOT_HOLDING = Problem(
    "E-607",
    "この方には、いま当選の権利がありません（補欠、失効、または本人の請求による消去）。お知らせは送りません。"
    '詳しくは、現在の状況（status）を {{"holder": "管理番号"}} で実行すると分かります。',
)
NOT_SENT = Problem(
    "E-608",
    "この方への「{mail}」は、送信済みであることを確かめられないため、再送しません。二重に届くおそれがあります。"
    '状況は、現在の状況（status）を {{"holder": "管理番号"}} で実行すると分かります。'
    "まだ送られていないものは、メールの送信（notify）の定期実行が送ります。"
    "「結果が確認できていません」のときは、手順書 mail-unknown のとおりに確かめてください。",
)
TOO_OFTEN = Problem(
    "E-609",
    "この方への「{mail}」は、すでに{most}回再送しています。これ以上は送れません。迷惑メールの設定などを確かめてもらい、"
    "別の連絡手段を区と相談してください。",
)
NOT_NOW = Problem("E-610", "個人あてのメールは、{span}の間だけ送ります。その時間に、もう一度実行してください。")
OVER = Problem(
    "E-611",
    "この方の登録の期限（{deadline}）を過ぎているため、再送しません。どうするかを、区と相談してください。",
)
NOBODYS_CODE = Problem(
    "E-612",
    "この当選コードで、いま当選の権利がある方はいません。管理番号（例：9RS-JT6-YVD）でも探してください。",
)
MISREAD = Problem(
    "E-615",
    "当選コードの最後の文字（確認用）が、ほかの文字と合いません。聞き間違いか打ち間違いです。もう一度、一文字ずつ確かめてください。"
    "O（オー）と0（ゼロ）、I（アイ）・L（エル）と1（イチ）は、どちらを入れてもかまいません。",
)
NO_CODE = Problem(
    "E-616",
    "当選コードの形ではありません。当選のお知らせの「当選コード」にある13文字を、本人に読み上げてもらってください。",
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The mail that would go again, and whose; *is_returned*: it came back before."""

    letter: Letter
    holder: Holder
    is_returned: bool


def find(typed: str, kind: str | None, notices: Notices, rows: Mapping[str, MailRow], now: datetime) -> Wanted:
    """
    Find the mail of a *kind*, or the one that told of the prize, to whom was *typed*: 管理番号, label or claim code.

    Raises:
        Refused: nothing is drawn; nobody who holds a place is named; or the mail may not go, or not now.
        Broken: a published file is not ours.
    """
    held = {holder.label: holder for holder in notices.standing(rows).holders}
    holder = held.get(_label(typed, notices, notices.places))
    if holder is None:
        raise Refused(NOT_HOLDING)
    kind = holder.letter if kind is None or kind in TELL_OF_A_PRIZE else kind
    sent = [row for nth in range(1, MOST_AGAIN + 2) if (row := rows.get(row_id(kind, holder.label, nth))) is not None]
    if not sent or any(row.state != MailState.SENT for row in sent):
        raise Refused(NOT_SENT, mail=KIND_WORDS[kind])
    if len(sent) > MOST_AGAIN:
        raise Refused(TOO_OFTEN, mail=KIND_WORDS[kind], most=MOST_AGAIN)
    if now >= holder.deadline:
        raise Refused(OVER, deadline=japanese_until(holder.deadline))
    if not hours.are_now(now):
        raise Refused(NOT_NOW, span=hours.SPAN)
    letter = notices.again(holder, kind, len(sent) + 1)
    return Wanted(letter=letter, holder=holder, is_returned=any(row.bounced for row in sent))


def whose(typed: str, notices: Notices) -> str:
    """
    Return the label of the award whose claim code was typed, whatever became of it.

    Raises:
        Refused: nothing is drawn, or it is no claim code, or nobody's.
    """
    places = notices.places
    if not claim_code.is_as_long(typed):
        raise Refused(NO_CODE)
    return _label(typed, notices, places)


def _label(typed: str, notices: Notices, places: Places) -> str:
    code = claim_code.normalise(typed)
    if code is None:
        if claim_code.is_as_long(typed):
            raise Refused(MISREAD)
        return holder_number.find(typed, places.awards)
    for label, place in places.awards.items():
        if claim_code.code_for(notices.claim, label, place.prize) == code:
            return label
    raise Refused(NOBODYS_CODE)
