"""
Obtain the randomness that the rules name, of any of the three kinds, at the draw and not before (docs/draw.md).

- drand: the *round* (1) follows from the rules, and its *signature* (2) is verified against the key in the rules, so
  it may be fetched from any relay or pasted with the same trust. `randomness` lists the steps.
- ward: the text is taken to the letter, if it has one spelling alone (`ward_text`), comes from a post that the campaign
  file names, and was drawn at `draw_at` or later.
- hsm: what Cloud KMS gave is published before it is used, so it is asked once (`asked_once`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import Field

from prizedraw.errors import Again, Problem, Refused
from prizedraw.lottery import ward_text
from prizedraw.lottery.asked_once import AskedOnce
from prizedraw.lottery.randomness import Drand, DrandValue, HsmValue, Source, Value, Ward, WardValue
from prizedraw.ports import Beacon, Clock, Verifier
from prizedraw.runtime.orders import Order
from prizedraw.times import japanese

NO_ROUND = Problem("E-504", "公開の乱数（drand 第{round}回）がまだ取得できません。しばらく待って実行してください。")
BAD_SIGNATURE = Problem(
    "E-520",
    "入力された乱数の署名が正しくありません。drand 第{round}回の signature をそのまま貼り付けてください。",
)
WARD_NEEDED = Problem(
    "E-521",
    '区が決めた数が必要です。{{"ward_value": "数", "given_by": "{post}", "given_at": "2026-03-02T13:05:00+09:00"}} '
    "の形で入力してください（given_by は数を知らせた区の職で、{posts} のどれかをそのまま写します。"
    "given_at は区が数を決めた日時で、日本時間の +09:00 まで書きます）。",
)
WARD_TOO_EARLY = Problem(
    "E-522", "区が数を決めた日時（given_at）が正しくありません。抽選時刻の{at}から現在までの日時を入力してください。"
)
WARD_UNFIT = Problem(
    "E-526",
    "区が決めた数（ward_value）に使えない文字があります。改行、目に見えない文字、先頭や末尾の空白、続いた空白は使えません。"
    "貼り付けず、区が言ったとおりに打ち直してください。濁点などの形が違うときも、打ち直すと直ります。",
)
NOT_A_POST = Problem(
    "E-527",
    "数を知らせた区の職（given_by）は、{posts} のどれか一つをそのまま写してください（氏名や電話番号は書きません）。",
)
NOT_WANTED = Problem("E-523", "この抽選では、入力された乱数の項目は使いません（乱数の種類：{kind}）。")


class DrawOrder(Order):
    """
    An order to draw.

    With `ward` randomness *ward_value*, *given_by* (a post of the campaign file) and *given_at* (RFC 3339, with its
    offset) are needed; with drand *signature* may be pasted, and is verified like one that was fetched.
    """

    ward_value: str | None = Field(default=None, min_length=1, max_length=ward_text.MOST_CHARACTERS)
    given_by: str | None = Field(default=None, min_length=1, max_length=100)
    given_at: str | None = Field(default=None, min_length=1, max_length=40)
    signature: str | None = Field(default=None, pattern=r"^[0-9a-f]{96}$")


def ward_needed(posts: Sequence[str]) -> Refused:
    """Return the refusal that says what to type of the ward's number, and which *posts* may have given it."""
    return Refused(WARD_NEEDED, post=next(iter(posts), "区の職"), posts=_named(posts))


def _named(posts: Sequence[str]) -> str:
    return "・".join(f"「{post}」" for post in posts) or "定義ファイルの職"


def moment_given(text: str | None) -> datetime | None:
    """Read when the ward drew its number, to the second; None if it is no moment with its offset."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC).replace(microsecond=0) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, kw_only=True)
class Obtain:
    """
    The powers to obtain randomness, and to judge what others say it was.

    *posts* are those of the ward from which its number is taken (`Campaign.posts`).
    """

    beacon: Beacon
    verify: Verifier
    asked: AskedOnce
    clock: Clock
    posts: tuple[str, ...] = ()

    def demand_fitting(self, order: DrawOrder, source: Source, draw_at: datetime) -> None:
        """
        Refuse what the operator typed unless it fits the kind that the rules name, before anything is done.

        Raises:
            Refused: a field of another kind, a signature that is not that of the chain's round, or a ward's number
                that is incomplete, from before the draw, by no post of the ward's, or has a second spelling.
        """
        ward = (order.ward_value, order.given_by, order.given_at)
        unwanted = any(ward) and not isinstance(source, Ward)
        if unwanted or (order.signature is not None and not isinstance(source, Drand)):
            raise Refused(NOT_WANTED, kind=source.kind)
        if isinstance(source, Drand) and order.signature is not None:
            self._pasted(order.signature, source, source.round(draw_at))
        if isinstance(source, Ward):
            self._demand_ward(order, draw_at)

    def value(self, order: DrawOrder, source: Source, draw_at: datetime) -> Value:
        """
        Return the randomness.

        Raises:
            Refused: a pasted signature is not that of the chain's round; the ward's number as `demand_fitting` says.
            Again: no relay has the round yet, or none gave a signature that is the chain's.
            Broken: the file of what Cloud KMS gave is not ours, or not of this draw.
        """
        if isinstance(source, Drand):
            return self._drand(order.signature, source, source.round(draw_at))  # (1)
        if isinstance(source, Ward):
            return self._demand_ward(order, draw_at)
        return self.asked.value()

    def is_due(self, value: Value, source: Source, draw_at: datetime, drawn_at: datetime) -> bool:
        """
        Tell whether the *value* of a record of *drawn_at* is what the rules' *source* gave, as far as can be told.

        Raises:
            Broken: the file of what Cloud KMS gave is not ours, or not of this draw.
        """
        if isinstance(source, Drand):
            if not isinstance(value, DrandValue) or value.round != source.round(draw_at):  # (1)
                return False
            return self.verify(source.public_key, value.round, value.signature)  # (2)
        if isinstance(source, Ward):
            return isinstance(value, WardValue) and self._ward_fault(value, draw_at, drawn_at) is None
        given = self.asked.standing()
        return value == HsmValue(given.value) and given.asked_at <= drawn_at if given else False

    def _demand_ward(self, order: DrawOrder, draw_at: datetime) -> WardValue:
        given_at = moment_given(order.given_at)
        if order.ward_value is None or order.given_by is None or given_at is None:
            raise ward_needed(self.posts)
        value = WardValue(text=order.ward_value, given_by=order.given_by, given_at=given_at)
        if (fault := self._ward_fault(value, draw_at, self.clock())) is not None:
            raise fault
        return value

    def _ward_fault(self, value: WardValue, draw_at: datetime, drawn_at: datetime) -> Refused | None:
        """Return why a ward's number is not taken, or None."""
        if not draw_at <= value.given_at <= drawn_at:
            return Refused(WARD_TOO_EARLY, at=japanese(draw_at))
        if value.given_by not in self.posts:
            return Refused(NOT_A_POST, posts=_named(self.posts))
        return None if ward_text.is_fit(value.text) else Refused(WARD_UNFIT)

    def _drand(self, pasted: str | None, source: Drand, number: int) -> DrandValue:
        if pasted is not None:
            return self._pasted(pasted, source, number)
        for signature in self.beacon.signatures(source.chain, number):
            if self.verify(source.public_key, number, signature):  # (2)
                return DrandValue(number, signature)
        raise Again(NO_ROUND, round=number)

    def _pasted(self, pasted: str, source: Drand, number: int) -> DrandValue:
        signature = bytes.fromhex(pasted)
        if not self.verify(source.public_key, number, signature):  # (2)
            raise Refused(BAD_SIGNATURE, round=number)
        return DrandValue(number, signature)
