"""The status: every phase says what to do next, each alarm comes exactly when it should, the page can be printed."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser
from typing import Any, get_args

import pytest

from prizedraw.entries.form_questions import Misfit, Mismatch
from prizedraw.errors import Again, Refused
from prizedraw.fulfilment.holders import NOBODY
from prizedraw.overview.facts import read_facts
from prizedraw.overview.mail import mail_section
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.campaign import Prepared
from prizedraw.records.entries import REASON_WORDS, FormWatch, LedgerRow, Reason, Reconciliation, Totals
from prizedraw.records.lottery import Drawn, Freezing
from prizedraw.records.mail import MailRow, MailState
from prizedraw.records.running import ACT_WORDS, ONLY, JournalRow
from prizedraw.runtime.orders import Message, Result
from prizedraw.times import instant_of, stamp
from prizedraw.words.publishing import Handout, HandoutName
from support import builders
from support.campaigns import CAMPAIGN
from support.clock import DAY, HOUR, MINUTE
from support.faults import Faults, Killed
from support.stages import drawn, frozen, prepared, reconciled, taken_in
from support.world import REPORTS_ADDRESS, SCHEDULER, World, confirmed

SECOND = timedelta(seconds=1)
OPENS, CLOSES, DRAW = CAMPAIGN.opens_at, CAMPAIGN.closes_at, CAMPAIGN.draw_at


def told() -> World:
    """Return a world in which every mail has gone out."""
    world = drawn()
    world.notify()
    return world


def committed() -> World:
    """Return a world whose ward has got the commitment, in the night of the freeze."""
    world = reconciled()
    world.freeze(caller=SCHEDULER)
    world.notify()
    return world


def following(world: World) -> str:
    """Return what is to be done next, a line each."""
    return "\n".join(world.status().next)


def warnings(world: World) -> list[str]:
    """Return the alarms, as the reply tells them."""
    return [line for line in world.status().summary if line.startswith("【")]


def put(world: World, record: Any) -> None:
    world.state.commit([Replace(record)])


class TestPhases:
    """What the operator reads at each phase where nothing is wrong."""

    @pytest.mark.parametrize(
        ("make", "says"),
        [
            pytest.param(World, "準備（prepare）を {} で実行し、", id="before preparation"),
            pytest.param(
                prepared,
                "rules.json・rules.json.sig・evidence.pem を区のホームページに掲載してください。",
                id="prepared",
            ),
            pytest.param(
                taken_in,
                "ほかに操作は要りません。締切（3月1日（日）23:59）まで、応募は自動で取り込まれます。",
                id="open",
            ),
            pytest.param(reconciled, "照合が終わると、応募の確定（freeze）が定期実行されます。", id="closed"),
            pytest.param(
                committed,
                "ほかに操作は要りません。抽選（draw）は3月2日（月）13:00以降に定期実行されます。",
                id="frozen",
            ),
            pytest.param(
                told,
                "［3月11日（水）23:59まで］"
                "LoGoフォームから出力したCSVを登録用フォルダ（claims）に置いてください。お届け先が取り込まれます。"
                "次の登録期限は3月11日（水）23:59です。",
                id="drawn",
            ),
        ],
    )
    def test_each_says_what_to_do_next_and_no_alarm(self, make: Callable[[], World], says: str) -> None:
        world = make()
        reply = world.status()
        assert reply.result == Result.REPORT
        assert says in following(world)
        assert warnings(world) == []
        assert "まず、" not in following(world)

    def test_a_freeze_that_the_schedule_has_missed_is_not_said_to_come_by_itself(self) -> None:
        world = reconciled()
        world.clock.now = CLOSES + 2 * HOUR
        assert any("応募が確定していません。" in line for line in warnings(world))
        assert "定期実行されます" not in following(world)

    def test_a_freeze_that_an_operator_must_let_go_on_is_a_task_at_once(self) -> None:
        world = reconciled()
        totals(gone=1, gone_open=1)(world)
        assert (
            "［3月2日（月）12:59まで］応募の確定（freeze）を {} で実行し、表示された理由に従ってください。"
            in following(world)
        )
        assert "定期実行されます" not in following(world)
        assert "操作は要りません" not in following(world)

    def test_with_the_ward_s_number_it_says_whom_to_ask(self) -> None:
        world = frozen("ward")
        assert (
            "区に、3月2日（月）13:00以降に数を決めるよう依頼し、その数を抽選（draw）に入力してください。"
            in following(world)
        )

    def test_while_the_ward_s_mails_are_under_way_it_says_so(self) -> None:
        assert "区への報告は、メールの送信（notify）の定期実行で送られます。" in following(drawn())

    def test_after_opening_without_preparation_it_sends_to_who_can_help(self) -> None:
        world = World()
        world.clock.now = world.campaign.opens_at
        assert "構築担当に連絡してください。" in following(world)
        assert "（prepare）を {}" not in following(world)

    def test_where_something_is_wrong_that_comes_first(self) -> None:
        world = drawn()
        world.clock.wait(DAY)
        said = world.status().next
        assert said[0] == "1. まず、注意が必要なことを確かめてください。"
        assert said[-2].startswith(f"{len(said) - 1}. ")
        assert said[-1].startswith("ほかに操作は要りません。"), "nobody does it, so it has no number"

    @pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen, drawn, told])
    @pytest.mark.parametrize("format", ["json", "html"])
    def test_nothing_is_written(self, make: Callable[[], World], format: Any) -> None:
        world = make()
        before, files = (world.state.dump(), world.sealed.dump()), dict(world.published.files)
        world.status(format)
        assert ((world.state.dump(), world.sealed.dump()), world.published.files) == (before, files)


class TestStages:
    def stages(self, world: World) -> dict[str, str]:
        return dict(line.split("：", 1) for line in world.status().summary[1:] if not line.startswith("【"))

    def test_all_are_to_come_at_first(self) -> None:
        assert self.stages(World()) == {
            "準備": "これから（2月3日（火）10:00まで）",
            "応募の受付": "これから（2月3日（火）10:00から3月1日（日）23:59まで）",
            "応募の確定": "これから（3月2日（月）00:00以降）",
            "抽選": "これから（3月2日（月）13:00以降）",
            "当選のお知らせ": "これから（抽選の後、9時から20時まで）",
            "個人情報の消去": "これから（3月27日（金）00:00以降）",
        }

    def test_all_are_done_in_the_end(self) -> None:
        assert self.stages(told()) == {
            "準備": "済（1月31日（土）10:00）",
            "応募の受付": "締切（15件、3月2日（月）01:00 集計）",
            "応募の確定": "済（3月2日（月）01:00）",
            "抽選": "済（3月2日（月）13:10）",
            "当選のお知らせ": "5通のうち5通を送信",
            "お届け先の登録": "これから（3月11日（水）23:59まで（最終 3月18日（水）23:59））",
            "発送": "これから（3月25日（水）23:59まで）",
            "集計": "これから（発送の後、3月26日（木）23:59まで）",
            "掲載と提出": "これから（ファイルができたとき）",
            "個人情報の消去": "これから（3月27日（金）00:00以降）",
        }

    def test_while_entry_is_open_the_count_has_its_time(self) -> None:
        assert self.stages(taken_in())["応募の受付"] == "受付中（15件、2月6日（金）10:00 集計）"

    def test_what_a_notification_brought_is_told_once_it_was_counted(self) -> None:
        world = taken_in()
        world.submit(builders.response("new", "new@example.jp", created=world.clock.now))
        world.clock.wait(5 * MINUTE)
        world.intake(Message({"eventType": "RESPONSES", "formId": world.campaign.form.id}))
        assert world.sealed.count(LedgerRow) == 16
        assert self.stages(world)["応募の受付"] == "受付中（15件、2月6日（金）10:00 集計）"
        world.clock.wait(5 * MINUTE)
        world.intake()
        assert self.stages(world)["応募の受付"] == "受付中（16件、2月6日（金）10:10 集計）"

    @pytest.mark.parametrize(
        ("make", "stage", "late"),
        [
            (World, "準備", lambda world: world.campaign.opens_at),
            (reconciled, "応募の確定", lambda world: CLOSES + 2 * HOUR),
            (committed, "抽選", lambda world: world.campaign.draw_at + HOUR),
            (told, "お届け先の登録", lambda world: world.campaign.claim_last_at),
            (told, "発送", lambda world: world.campaign.ship_by_at),
            (told, "集計", lambda world: world.campaign.erase_from_at),
            (told, "個人情報の消去", lambda world: world.campaign.erase_from_at + DAY),
        ],
    )
    def test_what_was_missed_is_not_said_to_be_to_come(
        self, make: Callable[[], World], stage: str, late: Callable[[World], datetime]
    ) -> None:
        world = make()
        world.clock.now = late(world) - MINUTE
        assert self.stages(world)[stage].startswith("これから（")
        world.clock.now = late(world)
        assert self.stages(world)[stage].startswith("まだ済んでいません（")
        assert "まだ済んでいません" in (world.status("html").page or "")

    def test_what_came_before_opening_is_not_entry(self) -> None:
        world = prepared()
        world.clock.now = world.campaign.opens_at - HOUR
        world.intake()
        assert self.stages(world)["応募の受付"].startswith("これから")
        world.clock.now = world.campaign.opens_at
        assert self.stages(world)["応募の受付"].startswith("受付中（0件")

    def test_a_preparation_that_was_cut_off_is_not_done(self) -> None:
        world = World()
        code = world.prepare().confirm
        with pytest.raises(Killed):
            world.prepare(code, faults=Faults(at=9))
        assert world.one(Prepared).prepared_at == ""
        assert self.stages(world)["準備"].startswith("これから")

    def test_without_winners_there_is_nobody_to_tell(self) -> None:
        world = drawn()
        facts = read_facts(world.campaign, world.state, world.published, world.clock)
        assert facts.parcels is not None
        facts = replace(facts, parcels=replace(facts.parcels, standing=NOBODY))
        assert [stage.done for stage in mail_section(facts).stages] == ["当選者はいません"]

    def test_a_mail_counts_when_it_went_out(self) -> None:
        world = drawn()
        world.mail.fail("create_draft", "message", 3)
        world.notify()
        assert self.stages(world)["当選のお知らせ"] == "5通のうち4通を送信"


class TestCounts:
    def test_there_are_none_at_first(self) -> None:
        assert World().status().counts == {}

    def test_all_are_there_in_the_end(self) -> None:
        assert told().status().counts == {
            "フォームの件数（前回の照合）": 15,
            "届いた応募": 15,
            "受け付けた応募": 13,
            "重複した応募": 1,
            "同意のない応募": 1,
            "取り下げられた応募": 0,
            "フォームから消えた応募": 0,
            "メールが届かないおそれのある宛先": 0,
            "抽選対象": 12,
            "どの賞品の条件も満たさない応募": 1,
            "当選": 5,
            "補欠": 3,
            "当選者のいない賞品（個）": 0,
            "当選のお知らせ（送信済み）": 5,
            "当選のお知らせ（これから）": 0,
            "当選の権利がある人（現在）": 5,
            "うち繰り上げ": 0,
            "失効・辞退などで手放された当選": 0,
            "お届け先の登録済み": 0,
            "確認が必要な登録": 0,
            "発送済み": 0,
        }

    def test_every_reason_has_a_japanese_name(self) -> None:
        assert set(REASON_WORDS) == set(Reason)
        world = reconciled()
        put(world, replace(world.one(Totals), rejected={reason.value: 1 for reason in Reason}))
        assert {"締切後の応募", "締切後に書き換えられた応募", "読み取れない応募"} <= set(world.status().counts)

    def test_addresses_that_mail_may_not_reach_are_counted(self) -> None:
        world = prepared()
        world.clock.now = OPENS + DAY
        addresses = ["da.me.@docomo.ne.jp", "a..b@ezweb.ne.jp", "da.me@docomo.ne.jp"]
        world.submit(*(builders.response(f"r{n}", address, created=OPENS) for n, address in enumerate(addresses)))
        world.intake()
        counts = world.status().counts
        assert (counts["受け付けた応募"], counts["メールが届かないおそれのある宛先"]) == (3, 2)

    def test_addresses_that_stay_refused_are_counted_by_kind_while_people_can_enter_again(self) -> None:
        world = prepared()
        world.clock.now = OPENS + DAY
        addresses = ["なし", "hanako.example.jp", "a..b@example.jp", "鈴木@example.jp", "hanako@example.jp"]
        world.submit(*(builders.response(f"r{n}", address, created=OPENS) for n, address in enumerate(addresses)))
        world.intake()
        said = world.status()
        kinds = {name: number for name, number in said.counts.items() if name.startswith("正しくないアドレス：")}
        assert sorted(kinds.values()) == [1, 1, 2]
        assert kinds["正しくないアドレス：「@」がない"] == 2
        assert "受け付けられない応募が4件あります" in "".join(said.next)
        assert not any("example" in line or "鈴木" in line for line in (*said.summary, *said.counts, *said.next))

    def test_prizes_without_a_winner_are_counted(self) -> None:
        world = drawn()
        put(world, replace(world.one(Drawn), unawarded={"A": 1, "B": 2}))
        assert world.status().counts["当選者のいない賞品（個）"] == 3


def mail(state: MailState, at: datetime, id: str = "winner-x", problem: str = "") -> MailRow:
    return MailRow(id, id.partition("-")[0], id.partition("-")[2], state.value, "", "", instant_of(at), problem)


def watching(world: World, **changes: Any) -> None:
    """Let `intake` have looked at the watch just now."""
    now = world.clock.now
    watch = FormWatch(ONLY, "w", "ACTIVE", instant_of(now + 5 * DAY), "", instant_of(now))
    put(world, replace(watch, **changes))


PREPARED = OPENS - 3 * DAY
Change = Callable[[World], object]


def nothing(world: World) -> None:
    """Change nothing."""


def unsent(*mails: str) -> Change:
    return lambda world: world.state.commit([Delete(MailRow, mail) for mail in mails])


def half_prepared(world: World) -> None:
    put(world, Prepared(ONLY, {}, "f", "r", "s", ""))


def totals(**changes: Any) -> Change:
    return lambda world: (watching(world), put(world, replace(world.one(Totals), **changes)))


def reconciliation(**changes: Any) -> Change:
    return lambda world: (watching(world), put(world, replace(world.one(Reconciliation), **changes)))


def watched(**changes: Any) -> Change:
    return lambda world: watching(world, **changes)


def postponed() -> World:
    """Return a world that was frozen so late that the draw has moved by a day, its ward told."""
    world = reconciled()
    world.clock.now = DRAW - HOUR / 2
    watching(world)
    world.intake()
    world.freeze(caller=SCHEDULER)
    world.notify()
    return world


def prepared_early() -> World:
    """Return a world that was prepared two months before opening, long before `notify` is called."""
    world = prepared()
    put(world, replace(world.one(Prepared), prepared_at=stamp(OPENS - 60 * DAY)))
    return world


def begun(world: World) -> None:
    put(world, Freezing(ONLY, instant_of(CLOSES)))
    watching(world)


def winners_unsent(world: World) -> None:
    world.state.commit([Delete(MailRow, row.id) for row in world.state.find(MailRow, "kind", "winner")])


def at_night(world: World) -> None:
    """Send one winner's mail an hour ago, of five."""
    winners_unsent(world)
    put(world, mail(MailState.SENT, world.clock.now - HOUR))


def rows(*states: MailState, ago: timedelta = timedelta(0), problem: str = "") -> Change:
    return lambda world: [
        put(world, mail(state, world.clock.now - ago, f"reminder-{number}", problem))
        for number, state in enumerate(states)
    ]


ALARMS: list[Any] = [
    # name, stage, moment, change, what is said, or None
    ("not prepared, before opening", World, OPENS - SECOND, nothing, None),
    ("not prepared, after opening", World, OPENS, nothing, "準備（prepare）が済んでいません。構築担当に連絡"),
    ("half prepared, before opening", World, OPENS - SECOND, half_prepared, "準備（prepare）が途中で止まっています。"),
    ("half prepared, after opening", World, OPENS, half_prepared, "準備（prepare）が済んでいません。構築担当に連絡"),
    ("no pull yet, at first", prepared, OPENS + 2 * HOUR - SECOND, nothing, None),
    ("no pull yet, two hours later", prepared, OPENS + 2 * HOUR, nothing, "一度も行われていません。"),
    ("pulled lately", taken_in, OPENS + 10 * DAY, watched(), None),
    (
        "silent for twelve hours",
        taken_in,
        OPENS + 10 * DAY,
        watched(checked_at=instant_of(OPENS + 10 * DAY - 12 * HOUR)),
        None,
    ),
    (
        "silent for longer",
        taken_in,
        OPENS + 10 * DAY,
        watched(checked_at=instant_of(OPENS + 10 * DAY - 12 * HOUR - SECOND)),
        "止まっているおそれがあります（最後の確認：2月12日（木）21:59）",
    ),
    ("silent before opening", prepared, OPENS - HOUR, watched(checked_at=instant_of(OPENS - 2 * DAY)), None),
    ("silent after the freeze", committed, DRAW - HOUR, watched(checked_at=instant_of(CLOSES - DAY)), None),
    ("watch lasts", taken_in, OPENS + DAY, watched(expires_at=instant_of(OPENS + 4 * DAY)), None),
    (
        "watch ends",
        taken_in,
        OPENS + DAY,
        watched(expires_at=instant_of(OPENS + 4 * DAY - SECOND)),
        "フォームの通知の期限（2月7日（土）09:59）が延びていません。",
    ),
    ("watch ends after closing", reconciled, CLOSES + HOUR, watched(expires_at=instant_of(CLOSES)), None),
    (
        "form changed",
        taken_in,
        OPENS + DAY,
        watched(alarm="form_changed"),
        "フォームの設問が準備のときから変わっています。",
    ),
    (
        "form closed",
        taken_in,
        OPENS + DAY,
        watched(alarm="form_closed"),
        "【至急】受付期間中ですが、だれも応募できません。",
    ),
    (
        "form closed, why",
        taken_in,
        OPENS + DAY,
        watched(alarm="form_closed", faults=(Mismatch(what=Misfit.NOT_ACCEPTING).to_doc(),)),
        "【至急】受付期間中です。フォームが回答を受け付けていないため、だれも応募できません。",
    ),
    (
        "form unanswerable, why, with a title that looks like a place to fill in",
        taken_in,
        OPENS + DAY,
        watched(alarm="form_unanswerable", faults=(Mismatch(what=Misfit.NOT_REQUIRED, title="{同意}").to_doc(),)),
        "設問「{同意}」が必須になっていません。",
    ),
    ("watch suspended", taken_in, OPENS + DAY, watched(alarm="watch_suspended"), "フォームの通知が停止しています。"),
    (
        "watch failed, and so could not be renewed",
        taken_in,
        OPENS + DAY,
        watched(alarm="watch_failed", expires_at=instant_of(OPENS + DAY)),
        "フォームの読み取り、または通知の登録に失敗",
    ),
    ("a word that is not known", taken_in, OPENS + DAY, watched(alarm="new"), "フォームの通知に異常があります。"),
    (
        "does not balance",
        reconciled,
        CLOSES + HOUR,
        reconciliation(form_count=16),
        "フォームの件数（16件）と台帳の件数（15件）",
    ),
    ("does not balance, frozen", committed, CLOSES + HOUR, reconciliation(form_count=16), None),
    ("gone", reconciled, CLOSES + HOUR, totals(gone=2, gone_open=2), "フォームから消えた応募が2件あります。"),
    ("gone and withdrawn", reconciled, CLOSES + HOUR, totals(gone=2, gone_open=0), None),
    ("unreadable", reconciled, CLOSES + HOUR, totals(rejected={"unreadable": 3}), "読み取れない応募が3件あります。"),
    ("rejected otherwise", reconciled, CLOSES + HOUR, totals(rejected={"no_consent": 3}), None),
    ("not frozen, at first", reconciled, CLOSES + 2 * HOUR - SECOND, watched(), None),
    (
        "not frozen, later",
        reconciled,
        CLOSES + 2 * HOUR,
        watched(),
        "応募が確定していません。応募の確定（freeze）を {} で実行し",
    ),
    ("freeze begun and not ended", reconciled, CLOSES + 2 * HOUR, begun, "応募が確定していません。"),
    ("rules unsent, at first", prepared, PREPARED + HOUR - SECOND, unsent("rules-ward"), None),
    (
        "rules unsent, an hour later",
        prepared,
        PREPARED + HOUR,
        unsent("rules-ward"),
        "【注意】規則がまだ区へ送られていません。受付開始（2月3日（火）10:00）の前に",
    ),
    (
        "rules unsent, prepared long before",
        prepared_early,
        OPENS - 30 * DAY + HOUR - SECOND,
        unsent("rules-ward"),
        None,
    ),
    (
        "rules unsent, an hour after notify is called",
        prepared_early,
        OPENS - 30 * DAY + HOUR,
        unsent("rules-ward"),
        "【注意】規則がまだ区へ",
    ),
    ("rules unsent, before opening", prepared, OPENS - SECOND, unsent("rules-ward"), "【注意】規則がまだ区へ"),
    (
        "rules unsent at opening",
        prepared,
        OPENS,
        unsent("rules-ward"),
        "【至急】受付開始の時刻を過ぎましたが、規則と署名の鍵のハッシュが区へ送られていません。",
    ),
    ("rules unsent after the draw", told, DRAW + HOUR, unsent("rules-ward"), "【至急】受付開始の時刻を過ぎましたが、"),
    ("rules sent", prepared, OPENS, nothing, None),
    ("commitment unsent, at first", committed, CLOSES + 2 * HOUR - SECOND, unsent("commitment-ward"), None),
    (
        "commitment unsent, an hour later",
        committed,
        CLOSES + 2 * HOUR,
        unsent("commitment-ward"),
        "確定記録がまだ区へ送られていません。抽選（3月2日（月）13:00）の前に",
    ),
    (
        "commitment unsent, before the draw",
        committed,
        DRAW - SECOND,
        unsent("commitment-ward"),
        "【注意】確定記録がまだ区へ",
    ),
    ("commitment unsent at the draw", committed, DRAW, unsent("commitment-ward"), "【至急】抽選の時刻を過ぎましたが"),
    (
        "commitment unsent after the draw",
        told,
        DRAW + HOUR,
        unsent("commitment-ward"),
        "【至急】抽選の時刻を過ぎましたが",
    ),
    ("commitment sent", committed, DRAW, nothing, None),
    (
        "draw moved",
        postponed,
        DRAW,
        nothing,
        "抽選は3月3日（火）13:00に延期されました（当初の予定は3月2日（月）13:00）。",
    ),
    ("not drawn, at first", committed, DRAW + HOUR - SECOND, nothing, None),
    (
        "not drawn, an hour later",
        committed,
        DRAW + HOUR,
        nothing,
        "抽選が行われていません。抽選（draw）を実行してください。",
    ),
    ("record unsent, at first", told, DRAW + 70 * MINUTE - SECOND, unsent("record-ward"), None),
    (
        "record unsent, an hour later",
        told,
        DRAW + 70 * MINUTE,
        unsent("record-ward"),
        "抽選記録がまだ区へ送られていません。",
    ),
    ("winners unsent, at first", told, DRAW + DAY, winners_unsent, None),
    (
        "winners unsent, a day later",
        told,
        DRAW + DAY + 11 * MINUTE,
        winners_unsent,
        "当選のお知らせが5通、送られないままです（管理番号：",
    ),
    ("winners unsent, but moving", told, DRAW + 2 * DAY, at_night, None),
    (
        "a mail refused",
        told,
        DRAW + DAY,
        rows(MailState.REFUSED, MailState.REFUSED),
        "送信を拒否されたメールが2通あります。",
    ),
    (
        "a mail unwritten",
        told,
        DRAW + DAY,
        rows(MailState.PLANNED, problem="E-601"),
        "作成できないメールが1通あります（エラー番号：E-601）。",
    ),
    ("a mail presumed sent", told, DRAW + DAY, rows(MailState.PRESUMED_SENT), "確認できなかったメールが1通あります"),
    ("a draft of an hour", told, DRAW + DAY, rows(MailState.DRAFTED, ago=HOUR), None),
    (
        "a draft of more",
        told,
        DRAW + DAY,
        rows(MailState.DRAFTED, ago=HOUR + SECOND),
        "送られていないメールが1通あります。",
    ),
]


@pytest.mark.parametrize(("make", "moment", "change", "says"), [pytest.param(*row[1:], id=row[0]) for row in ALARMS])
def test_an_alarm_comes_exactly_when_it_should(
    make: Callable[[], World], moment: datetime, change: Change, says: str | None
) -> None:
    world = make()
    world.clock.now = moment
    change(world)
    said = warnings(world)
    assert len(said) == (says is not None), said
    assert says is None or says in said[0]


@pytest.mark.parametrize("state", [MailState.DRAFTED, MailState.REFUSED, MailState.PLANNED])
def test_a_commitment_whose_mail_did_not_go_out_is_unsent(state: MailState) -> None:
    """A row alone is no mail."""
    world = committed()
    world.clock.now = DRAW
    put(world, mail(state, DRAW, "commitment-ward"))
    assert warnings(world)[0].startswith("【至急】")


@pytest.mark.parametrize("state", [MailState.SENT, MailState.PRESUMED_SENT])
def test_a_commitment_whose_mail_went_out_is_sent(state: MailState) -> None:
    world = committed()
    world.clock.now = DRAW
    put(world, mail(state, DRAW, "commitment-ward"))
    assert not [line for line in warnings(world) if "確定記録" in line]


def test_the_most_urgent_comes_first_and_is_not_called_a_mere_caution() -> None:
    world = told()
    world.clock.now = DRAW + 2 * DAY
    unsent("commitment-ward", "record-ward")(world)
    rows(MailState.REFUSED)(world)
    said = warnings(world)
    assert [line[:4] for line in said] == ["【至急】", "【注意】", "【注意】"]
    assert not any("【注意】【" in line for line in said)


def test_every_alarm_says_what_to_do() -> None:
    for row in ALARMS:
        if row[4] is not None:
            world = row[1]()
            world.clock.now = row[2]
            row[3](world)
            [said] = warnings(world)
            assert re.search(r"(てください。|失われません。|送ります。|できません。|みなしています）。)$", said), said


class Reader(HTMLParser):
    """A reader of tags, attributes and text that demands that tags are closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += attrs
        if tag != "meta":
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style" and data.strip():
            self.text.append(data.strip())


def page_of(world: World) -> str:
    page = world.status("html").page
    assert page is not None
    return page


class TestPage:
    @pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen, drawn, told])
    def test_is_whole_and_needs_nothing_from_elsewhere(self, make: Callable[[], World]) -> None:
        page = page_of(make())
        read = Reader(page)
        assert page.startswith("<!DOCTYPE html>")
        assert ("lang", "ja") in read.attributes
        assert not {name for name, _ in read.attributes} & {"src", "href", "srcset", "action", "onload", "onclick"}
        assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img", page)

    def test_says_what_the_reply_says(self) -> None:
        world = told()
        world.clock.wait(DAY)
        rows(MailState.REFUSED)(world)
        reply, text = world.status(), Reader(page_of(world)).text
        assert set(reply.counts) <= set(text)
        assert set(reply.next) <= set(text)
        assert [line.removeprefix("【注意】") for line in warnings(world)] == [
            line for line in text if line.startswith("送信を拒否された")
        ]
        assert "2026年3月3日（火）13:10 現在" in text

    def test_says_when_nothing_is_wrong_or_there(self) -> None:
        text = Reader(page_of(World())).text
        assert text.count("まだありません。") == 2
        assert "ありません。" in text

    def test_shows_numbers_with_commas(self) -> None:
        world = reconciled()
        put(world, replace(world.one(Totals), received=123_456))
        assert "123,456" in Reader(page_of(world)).text

    def test_shows_the_journal_in_japanese_and_in_the_time_of_japan(self) -> None:
        world = told()
        text = Reader(page_of(world)).text
        start = text.index("実行した人") + 1
        shown = [text[i : i + 3] for i in range(start, start + 15, 3)]
        assert shown == [
            ["2026年1月31日（土）10:00", "準備（規則の公開）", "hanako@contractor.example"],
            ["2026年1月31日（土）10:00", "メールの送信", "自動（定期実行）"],
            ["2026年3月2日（月）01:00", "応募の確定", "自動（定期実行）"],
            ["2026年3月2日（月）13:10", "抽選", "hanako@contractor.example"],
            ["2026年3月2日（月）13:10", "メールの送信", "自動（定期実行）"],
        ]

    def test_every_act_of_the_steps_has_a_japanese_name(self) -> None:
        world = told()
        assert {(row.step, row.action) for row in world.state.scan(JournalRow)} <= set(ACT_WORDS)

    def test_an_act_of_a_step_to_come_stands_as_it_is(self) -> None:
        world = told()
        world.state.commit([Create(JournalRow("9", "2026-03-20T03:00:00Z", "new", "x@example.jp", "acted", {}, {}))])
        assert "new（acted）" in Reader(page_of(world)).text

    @pytest.mark.parametrize(
        "hostile", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "&lt;", "</style>"]
    )
    def test_shows_hostile_text_as_text(self, hostile: str) -> None:
        world = told()
        world.campaign = world.campaign.model_copy(update={"title": hostile})
        world.state.commit([Create(JournalRow("9", "2026-03-20T03:00:00Z", hostile, hostile, "x", {}, {}))])
        read = Reader(page_of(world))
        assert hostile in read.text
        assert "img" not in str(read.attributes)
        assert "49" not in read.text

    def test_holds_nothing_personal(self) -> None:
        assert "person" not in page_of(told())


def labels(world: World) -> set[str]:
    """Return the labels of the winners."""
    return {row.label for row in world.state.find(MailRow, "kind", "winner")}


def let_go(world: World, label: str) -> None:
    """Let an operator record that a winner declined."""
    world.clock.wait(MINUTE)
    confirmed(world.forfeit, label=label, why="declined")


def saved(world: World) -> dict[str, str]:
    """Save the pages, and return what lies in the folder, by the end of its name."""
    world.status(save=True)
    return {name.rpartition("-")[2]: data.decode() for name, data in world.reports.files.items()}


class TestSaving:
    def test_keeps_both_pages_where_a_browser_opens_them(self) -> None:
        world = told()
        reply = world.status(save=True)
        assert reply.result == Result.DONE
        links = [line.partition("：")[2] for line in reply.summary[1:3]]
        assert [link.removeprefix(REPORTS_ADDRESS) for link in links] == sorted(world.reports.files)
        assert all(link.startswith(REPORTS_ADDRESS) for link in links)
        assert set(world.reports.content_types.values()) == {"text/html; charset=utf-8"}

    def test_keeps_the_page_that_is_shown(self) -> None:
        world = told()
        shown = page_of(world)
        assert saved(world)["status.html"] == shown

    def test_counts_the_reports_and_writes_each_down(self) -> None:
        world = told()
        summaries = []
        for _ in range(3):
            summaries.append(world.status(save=True).summary[0])
            world.clock.wait(DAY)
        assert [f"第{n}号" in said for n, said in enumerate(summaries, 1)] == [True] * 3
        assert len(world.reports.files) == 6
        assert [row.counts for row in world.state.scan(JournalRow) if row.step == "status"] == [
            {"number": n} for n in (1, 2, 3)
        ]

    def test_a_killed_run_leaves_a_number_and_no_page_and_the_next_goes_on(self) -> None:
        world = told()
        world.reports.away = 1
        with pytest.raises(Again):
            world.status(save=True)
        assert world.reports.files == {}
        assert "第2号" in world.status(save=True).summary[0]
        assert len(world.reports.files) == 2


class TestWhatTheWardReads:
    @pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen, drawn, told])
    def test_has_no_command_no_account_and_no_western_year(self, make: Callable[[], World]) -> None:
        page = saved(make())["report.html"]
        text = " ".join(Reader(page).text)
        assert not re.search(r"[{}]|gserviceaccount|@|20\d\d年", text), text
        assert not re.search(r"https?:|//|url\(|@import|<script|<link|<img", page)

    def test_is_a_paper_with_a_number_a_date_and_who_to_whom(self) -> None:
        text = Reader(saved(told())["report.html"]).text
        assert text[1:4] == ["状況報告 第1号", "令和8年3月2日", "新宿区 文化観光産業部 文化観光課 御中"]
        assert "受託者　株式会社第一通信社" in text

    def test_says_who_acted_without_a_name(self) -> None:
        text = Reader(saved(told())["report.html"]).text
        start = text.index("実施") + 1
        assert text[start : start + 6] == [
            "令和8年1月31日 10:00",
            "準備（規則の公開）",
            "担当者",
            "令和8年1月31日 10:00",
            "メールの送信",
            "自動（定期実行）",
        ]

    def test_rows_of_one_second_stand_in_the_order_of_the_procedure(self) -> None:
        world = told()
        at = stamp(world.clock())
        for id, action in (("a", "shipped"), ("b", "listed")):
            world.state.commit([Create(JournalRow(id, at, "ship", "x@example.jp", action, {}, {}))])
        text = Reader(saved(world)["report.html"]).text
        assert text.index("発送リストの作成") < text.index("発送の記録")

    def test_rows_that_read_alike_stand_once_and_say_how_many(self) -> None:
        """Five rows 個人情報の消去 of one minute, one for each place, made a wall."""
        world = told()
        for id, minute in (("a", 0), ("b", 0), ("c", 0), ("d", 1)):
            at = stamp(world.clock() + minute * MINUTE)
            world.state.commit([Create(JournalRow(id, at, "ship", "x@example.jp", "listed", {}, {}))])
        for page in saved(world).values():
            text = Reader(page).text
            assert text.index("発送リストの作成（3回）") < text.index("発送リストの作成")

    def test_times_are_written_in_one_way(self) -> None:
        """The stages said 23:59 and the acts 1時00分."""
        assert not re.search(r"\d時\d+分", " ".join(Reader(saved(told())["report.html"]).text))

    def test_counts_what_is_looked_into_and_leaves_it_to_be_told(self) -> None:
        world = told()
        assert "特にありません。予定どおり進んでいます。" in Reader(saved(world)["report.html"]).text
        world = told()
        rows(MailState.REFUSED)(world)
        text = " ".join(Reader(saved(world)["report.html"]).text)
        assert "確かめている事項が1件あります。" in text
        assert "拒否" not in text


class TestHandingOut:
    """What was put on the ward's page, or handed in, leaves the list once somebody has said so."""

    @pytest.mark.parametrize(
        ("make", "what", "file"),
        [(prepared, "rules", "rules.json"), (committed, "commitment", "commitment.json"), (told, "record", "pool.txt")],
    )
    def test_leaves_the_list_when_said_and_stands_among_the_stages(
        self, make: Callable[[], World], what: str, file: str
    ) -> None:
        world = make()
        assert f'{{"published": "{what}"}}' in following(world)
        reply = world.status(published=what)
        assert reply.result == Result.DONE
        assert file not in following(world)
        assert any(line.startswith("掲載と提出：担当者の申告：") for line in world.status().summary)

    def test_has_a_word_for_each_that_a_body_can_say(self) -> None:
        assert list(get_args(HandoutName)) == [what.value for what in Handout]

    def test_comes_back_when_taken_back(self) -> None:
        world = prepared()
        world.status(published="rules")
        world.clock.wait(MINUTE)
        world.status(took_back="rules")
        assert "rules.json" in following(world)

    def test_is_asked_for_again_when_there_is_more_of_it(self) -> None:
        world = told()
        first, second, *_ = sorted(labels(world))
        let_go(world, first)
        world.status(published="forfeits")
        assert "forfeits/" not in following(world)
        let_go(world, second)
        assert "forfeits/ にある2組のファイル" in following(world)

    def test_of_what_is_not_there_is_refused_and_nothing_is_written(self) -> None:
        world = prepared()
        before = world.state.dump()
        with pytest.raises(Refused) as caught:
            world.status(published="record")
        assert caught.value.problem.code == "E-542"
        assert world.state.dump() == before

    def test_two_things_at_once_are_refused(self) -> None:
        world = prepared()
        with pytest.raises(Refused) as caught:
            world.status(published="rules", save=True)
        assert caught.value.problem.code == "E-540"
        assert world.reports.files == {}

    def test_has_its_date_and_comes_in_the_order_of_dates(self) -> None:
        dates = [line.partition("［")[2].partition("］")[0] for line in told().status().next]
        assert dates == [
            "2月3日（火）09:59まで。過ぎています",
            "3月2日（月）12:59まで。過ぎています",
            "3月2日（月）13:10から",
            "3月11日（水）23:59まで",
        ]
