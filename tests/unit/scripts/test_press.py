"""What `press` asks for is what the steps take, and what it shows reads as sentences and columns."""

import json
import re
from typing import Any, get_args

import pytest

import press
from infra.functions import OPERATED, PUSHED
from prizedraw.erase import ErasureOrder
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.forfeit import ForfeitOrder
from prizedraw.freeze import FreezeOrder
from prizedraw.fulfilment.reasons import BY_OPERATOR
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.notify import NotifyOrder
from prizedraw.prepare import PrepareOrder
from prizedraw.records.fulfilment import WHY_WORDS
from prizedraw.records.mail import TELL_OF_A_PRIZE, AgainKind
from prizedraw.runtime import confirm
from prizedraw.runtime.orders import Order
from prizedraw.ship import ShipOrder
from prizedraw.status import StatusOrder
from prizedraw.words.publishing import NAMES, Handout

ORDERS: dict[str, Any] = {
    "prepare": PrepareOrder,
    "freeze": FreezeOrder,
    "draw": DrawOrder,
    "notify": NotifyOrder,
    "forfeit": ForfeitOrder,
    "ship": ShipOrder,
    "analyse": Order,
    "erase": ErasureOrder,
    "status": StatusOrder,
}


class TestTheTable:
    def test_the_steps_are_those_that_operators_press(self) -> None:
        assert tuple(press.STEPS) == OPERATED == tuple(ORDERS)
        assert tuple(press.UNPRESSED) == PUSHED

    @pytest.mark.parametrize("step", ORDERS)
    def test_whatever_a_step_takes_can_be_told_and_nothing_else(self, step: str) -> None:
        told = {key for choice in press.STEPS[step].choices for key in choice.keys} | press.STEPS[step].asked.keys()
        assert told | {"confirm"} == set(ORDERS[step].model_fields) | {"confirm"}

    @pytest.mark.parametrize("step", ORDERS)
    def test_every_choice_is_an_order_that_the_step_reads(self, step: str) -> None:
        for choice in press.STEPS[step].choices:
            body = dict(choice.sent)
            for ask in choice.asks:
                values: list[int | str] = list(ask.choices.values()) or ["0" * 96]
                for value in values:
                    body[ask.key] = "x" if ask.key != "signature" and value == "0" * 96 else value
                    ORDERS[step].model_validate(body)

    def test_the_reasons_are_those_that_an_operator_may_give(self) -> None:
        assert {WHY_WORDS[why]: why.value for why in BY_OPERATOR} == press.WHYS

    def test_the_mails_are_those_that_may_go_again(self) -> None:
        kinds = {kind for kind in get_args(AgainKind) if kind not in TELL_OF_A_PRIZE} | {TELL_OF_A_PRIZE[0]}
        assert set(press.MAILS.values()) == kinds

    def test_what_is_handed_out_is_what_the_status_knows(self) -> None:
        assert {NAMES[what]: what.value for what in Handout} == press.HANDOUTS

    def test_the_places_are_those_that_a_person_empties(self) -> None:
        by_people = {place.id for place in PLACES if place.kind is PlaceKind.PERSON}
        assert set(press.PLACES.values()) == by_people

    def test_what_needs_two_is_known_by_how_the_reply_begins(self) -> None:
        assert confirm.press_by_another("A3TC-Y95Z").startswith(press.TWO)
        assert not confirm.press("A3TC-Y95Z").startswith(press.TWO)


class TestSaying:
    @pytest.mark.parametrize(
        ("text", "step", "said"),
        [
            (
                'ship を {"shipped": "all"} で実行してください。',
                "status",
                "ship（発送リストの作成、発送の記録） の「リストの荷物をすべて発送した」を選んで実行してください。",
            ),
            (
                'リストの荷物をすべて発送したら、本文を {"shipped": "all"} にして実行してください。',
                "ship",
                "リストの荷物をすべて発送したら、ship（発送リストの作成、発送の記録） の"
                "「リストの荷物をすべて発送した」を選んで実行してください。",
            ),
            ("ship を {} で実行して、", "status", "ship（発送リストの作成、発送の記録） を実行して、"),
            (
                "送ったら発送の記録（ship）を {} で実行して、",
                "status",
                "送ったらship（発送リストの作成、発送の記録） を実行して、",
            ),
            ("終わったら個人情報の消去（erase）を {} で", "status", "終わったらerase（個人情報の消去） を"),
            (
                '辞退などで一人を失効させるには、{"label": "管理番号", "why": "理由"} で実行してください。',
                "forfeit",
                "辞退などで一人を失効させるには、forfeit（当選の失効） の「一人を失効させる（辞退など）」を選んで"
                "実行してください。",
            ),
            (
                "応募の確定（freeze）または抽選（draw）をもう一度 {} で実行してください。",
                "status",
                "応募の確定（freeze）またはdraw（抽選） をもう一度実行してください。",
            ),
            ("何もありません。", "status", "何もありません。"),
            (
                '応募を有効のまま進めるには {"accept_gone": 3} を付けて実行してください。',
                "freeze",
                "応募を有効のまま進めるには、次の質問に「はい」と答えてください。",
            ),
            (
                '一部だけのときは、本文を {"shipped_rows": "当選コードの列を貼り付け"} にして実行してください。',
                "ship",
                "一部だけのときは、ship（発送リストの作成、発送の記録） の「一部だけ発送した」を選んで"
                "実行してください。",
            ),
            ('続けます。理由："declined"（辞退）、"unreachable"（連絡不能）', "forfeit", "続けます。"),
            (
                '同じ本文に "format": "html" を加えて実行すると表示されます。',
                "erase",
                "「一人の受付票を保存する」を選んで実行すると表示されます。",
            ),
        ],
    )
    def test_json_is_said_in_the_words_of_the_screen(self, text: str, step: str, said: str) -> None:
        assert press.plain(text, step) == said

    @pytest.mark.parametrize(
        "step", ["prepare", "freeze", "draw", "notify", "forfeit", "ship", "analyse", "erase", "status"]
    )
    def test_the_japanese_word_of_a_step_is_said_once(self, step: str) -> None:
        name = re.split("、|（", press.STEPS[step].words)[0]
        said = press.plain(f"{name}（{step}）を {{}} で実行してください。", "status")
        assert said == f"{step}（{press.STEPS[step].words}） を実行してください。"

    def test_what_it_does_not_know_stays(self) -> None:
        assert press.plain('notify を {"new": 1} で実行', "status") == 'notify を {"new": 1} で実行'

    def test_sentences_end_where_no_bracket_is_open(self) -> None:
        assert press.sentences("一つ（二つ。三つ）。四つ。") == ["一つ（二つ。三つ）。", "四つ。"]
        assert press.sentences("終わりのない") == ["終わりのない"]
        assert press.sentences("") == []

    def test_columns_count_full_width_letters_twice(self) -> None:
        assert (press.width("発送 A賞"), press.width("ﾊﾟ"), press.width("か\u3099")) == (8, 2, 2)
        assert press.padded("発送", 6) == "発送  "

    def test_counts_stand_in_columns(self, capsys: pytest.CaptureFixture[str]) -> None:
        press.show("status", {"result": "現在の状況です", "counts": {"発送済み": 5, "うち繰り上げ": 1200}})
        assert "  発送済み          5\n  うち繰り上げ  1,200\n" in capsys.readouterr().out

    def test_what_comes_next_is_numbered(self, capsys: pytest.CaptureFixture[str]) -> None:
        press.show("ship", {"result": "実行しました", "next": "一つ。二つ。"})
        assert capsys.readouterr().out.endswith("次にすること\n  1. 一つ。\n  2. 二つ。\n")

    def test_what_is_nothing_to_be_done_has_no_number(self, capsys: pytest.CaptureFixture[str]) -> None:
        press.show(
            "status", {"result": "現在の状況です", "next": ["1. 一つ。", "ほかに操作は要りません。待つだけです。"]}
        )
        assert capsys.readouterr().out.endswith("  1. 一つ。\n  ほかに操作は要りません。待つだけです。\n")
        press.show("status", {"result": "現在の状況です", "next": "操作は要りません。手引きにあります。"})
        assert capsys.readouterr().out.endswith("次にすること\n  操作は要りません。手引きにあります。\n")

    def test_the_code_is_not_told_since_it_is_carried(self, capsys: pytest.CaptureFixture[str]) -> None:
        reply = {"result": "確認待ちです", "confirm": "A3TC-Y95Z"}
        press.show(
            "erase", reply | {"next": '一つ。15分以内に、本文を {"confirm": "A3TC-Y95Z"} にして実行してください。'}
        )
        assert capsys.readouterr().out.endswith("次にすること\n  1. 一つ。\n")

    def test_what_is_numbered_already_is_numbered_once(self, capsys: pytest.CaptureFixture[str]) -> None:
        press.show("status", {"result": "現在の状況です", "next": ["1. まず一つ。二つ。", "2. 次。"]})
        assert capsys.readouterr().out.endswith("次にすること\n  1. まず一つ。二つ。\n  2. 次。\n")


class TestTimes:
    @pytest.mark.parametrize(
        ("typed", "sent"),
        [
            ("2026-03-02 13:05", "2026-03-02T13:05:00+09:00"),
            ("２０２６/０３/０２ １３：０５", "2026-03-02T13:05:00+09:00"),
            ("2026-03-02T13:05:00+09:00", "2026-03-02T13:05:00+09:00"),
            ("3月2日", None),
        ],
    )
    def test_a_time_is_of_japan(self, typed: str, sent: str | None) -> None:
        assert press._moment(typed) == sent


def test_an_answer_that_is_not_ours_is_no_reply() -> None:
    for data in (b"<html>", b"[]", b'{"error": 1}', b""):
        assert press.Answer(200, "text/html", data).reply() == {}
    assert press.Answer(200, "application/json", json.dumps({"result": "x"}).encode()).reply() == {"result": "x"}


def test_the_steps_that_are_due_are_offered_in_their_order() -> None:
    reply = {
        "next": ["1. ship を {} で実行してください。", "ほかに操作は要りません。erase は定期実行が続けます。"],
        "summary": ["【注意】forfeit で失効させてください。", "notify：済"],
    }
    assert list(press._due(reply)) == ["ship", "forfeit"]


class TestTheCommandLine:
    """Where the step may stand, and what `--practice` takes."""

    @pytest.mark.parametrize("given", [["--practice", "intake"], ["intake", "--practice"], ["--practice=intake"]])
    def test_a_step_may_follow_practice(self, given: list[str], capsys: pytest.CaptureFixture[str]) -> None:
        assert press.main(given) == 1
        assert "intake は押しません。" in capsys.readouterr().err
