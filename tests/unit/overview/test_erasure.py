"""What `status` tells of the erasure: what was last found, what a person must do, no alarm over what is gone."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from prizedraw.erasure.state import PlaceState
from prizedraw.overview.erasure import erasure_section
from prizedraw.overview.facts import Facts, read_facts
from prizedraw.ports import Delete, Replace
from prizedraw.records.analysis import Analysed
from prizedraw.records.entries import Totals
from prizedraw.records.erasure import LinkedSheets
from prizedraw.records.running import ERASED_UNREAD, ONLY
from prizedraw.runtime import journal
from prizedraw.times import japanese, stamp
from support import erasure, stages
from support.clock import DAY, HOUR, MINUTE
from support.erasure import BY_HAND, Ground, destroyed, ready
from support.world import ANOTHER, SCHEDULER, agreed, confirmed, sentences


def read(made: Ground) -> Facts:
    return read_facts(made.world.campaign, made.world.state, made.world.published, made.world.clock)


def alarms(made: Ground) -> list[str]:
    return list(erasure_section(read(made)).alarms)


def tasks(made: Ground) -> list[str]:
    """Return what is to be done by people, as the status says it."""
    return [line for line in made.world.status().next if "」：" in line]


def withdrawn_from(made: Ground) -> Ground:
    """Let one response have been withdrawn that was still in the form when entries were last counted."""
    totals = made.world.one(Totals)
    made.world.state.commit([Replace(replace(totals, withdrawn=totals.withdrawn + 1))])
    return made


def said_of_withdrawn(made: Ground) -> bool:
    return any("取り下げられた回答がフォームに残っています。" in line for line in made.world.status().next)


def states(made: Ground) -> dict[str, PlaceState]:
    return {place.id: place.state for place in read(made).erasure.places}


@pytest.mark.parametrize("make", [erasure.drawn, erasure.delivered, ready, destroyed], ids=lambda make: "")
def test_what_is_told_is_what_the_last_run_reported(make: Callable[[], Ground]) -> None:
    made = make()
    made.daily()
    said = {place.id: place.state for place in made.last().places}
    assert states(made) == said


def test_before_any_run_nothing_is_known() -> None:
    made = erasure.drawn()
    assert states(made)["form"] is PlaceState.UNREAD
    assert states(made)["entries"] is PlaceState.WAITING
    assert alarms(made) == []


def test_a_window_closes_by_itself_as_time_passes() -> None:
    made = destroyed()
    until = made.place("mailbox-sent").until
    assert until is not None
    made.world.clock.now = until - MINUTE
    assert states(made)["mailbox-sent"] is PlaceState.WINDOW
    made.world.clock.now = until
    assert states(made)["mailbox-sent"] is PlaceState.DONE


def test_a_form_without_a_sheet_has_none() -> None:
    made = erasure.drawn()
    made.world.state.commit([Replace(LinkedSheets(ONLY, ()))])
    assert states(made)["sheet"] is PlaceState.NONE


class TestAlarms:
    def test_are_none_while_all_goes_well(self) -> None:
        for made in (Ground(stages.taken_in()), erasure.drawn(), erasure.delivered(), ready()):
            made.daily()
            made.empty_by_hand()
            if read(made).is_erasing:
                made.attest(*BY_HAND)
                made.daily()
            assert alarms(made) == []

    def test_a_file_that_the_daily_run_found_in_a_folder_after_the_end(self) -> None:
        made = destroyed()
        assert alarms(made) == []
        made.world.clock.wait(DAY)
        made.erasers["bucket/claims"].left = 1
        made.daily()
        (said,) = alarms(made)
        assert "「登録用フォルダ（claims）」にファイルが置かれました" in said
        assert said in "".join(made.world.status().summary)

    def test_a_file_that_was_dropped_after_the_end_and_that_claim_has_erased(self) -> None:
        made = destroyed()
        dropped = made.world.clock() - HOUR
        times = {"dropped_at": stamp(dropped)}
        entry = journal.entry(made.world.clock, SCHEDULER, "claim", ERASED_UNREAD, counts={"bytes": 9}, times=times)
        made.world.state.commit([entry])
        (said,) = alarms(made)
        assert f"「登録用フォルダ（claims）」にファイルが置かれました（最後は{japanese(made.world.clock())}）" in said
        assert "LoGoフォームに同じものが残っていれば削除し、区に知らせてください。" in said

    def test_none_for_what_was_dropped_and_taken_before_the_end(self) -> None:
        made = erasure.delivered()
        for left in (1, 0, 1, 0):
            made.erasers["bucket/claims"].left = left
            made.world.clock.wait(DAY)
            made.daily()
        assert alarms(made) == []

    def test_an_erasure_that_has_not_begun_a_day_after_its_date(self) -> None:
        made = ready()
        made.world.clock.now = made.world.campaign.erase_from_at + DAY - MINUTE
        assert alarms(made) == []
        made.world.clock.wait(MINUTE)
        assert len(alarms(made)) == 1
        assert "消去が始まっていません" in alarms(made)[0]
        made.world.state.commit([Delete(Analysed, ONLY)])
        assert "集計が済んでいません" in alarms(made)[0]

    def test_a_place_that_was_not_erased_or_read(self) -> None:
        made = ready()
        made.mailbox.denied = True
        made.daily()
        assert sum("「送ったメールと、届かずに戻ったメール」" in line and "E-181" in line for line in alarms(made)) == 1
        made.mailbox.denied = False
        made.daily()
        assert not any("送ったメール" in line for line in alarms(made))

    def test_what_a_person_must_still_do(self) -> None:
        made = ready()
        made.daily()
        assert [line.partition("］")[2].partition("」")[0] for line in tasks(made)] == [
            "「Googleフォームの回答",
            "「フォームの回答を写すスプレッドシート",
            "「LoGoフォームの登録",
            "「担当者の端末・送り状のシステム・紙",
            "「配信できなかった通知（Pub/Sub の dead-letters）",
        ]
        made.empty_by_hand()
        made.attest(*BY_HAND)
        made.daily()
        assert tasks(made) == []

    def test_what_somebody_has_just_said_is_not_asked_again(self) -> None:
        made = ready()
        made.daily()
        made.empty_by_hand()
        made.attest(*BY_HAND)
        assert tasks(made) == []
        said = "「Googleフォームの回答」、「フォームの回答を写すスプレッドシート」は申告済みです。"
        assert said in "".join(made.world.status().next)
        made.daily()
        assert "申告済みです" not in "".join(made.world.status().next)

    def test_withdrawn_responses_are_to_be_deleted_until_the_form_is_said_to_be_empty(self) -> None:
        made = withdrawn_from(erasure.drawn())
        made.daily()
        assert said_of_withdrawn(made)
        made.empty_by_hand()
        assert said_of_withdrawn(made), "nobody has looked or said so"
        made.attest("form")
        assert not said_of_withdrawn(made), "somebody has said so, and the next run looks"
        made.form.responses = 1
        made.world.clock.wait(DAY)
        made.daily()
        assert said_of_withdrawn(made), "the next run has found one"

    def test_withdrawn_responses_are_gone_with_the_form_though_they_are_counted_no_more(self) -> None:
        made = withdrawn_from(erasure.drawn())
        made.empty_by_hand()
        made.attest("form")
        made.daily()
        assert "form" in read(made).erasure.gone
        assert not said_of_withdrawn(made)

    def test_no_withdrawn_response_is_no_task(self) -> None:
        made = erasure.drawn()
        made.daily()
        assert not said_of_withdrawn(made)

    def test_the_end_of_the_handling_period_is_urgent(self) -> None:
        made = ready()
        made.mailbox.denied = True
        made.daily()
        made.world.clock.now = made.world.campaign.handling_ends_at
        urgent = [line for line in alarms(made) if line.startswith("【至急】")]
        assert len(urgent) == 1
        assert "3月31日（火）23:59" in urgent[0]
        assert "送ったメール" in urgent[0]
        assert "応募の台帳" not in urgent[0]


class TestStatus:
    def test_names_what_was_erased_and_misses_nothing(self) -> None:
        made = ready()
        made.empty_by_hand()
        made.daily()
        made.attest(*BY_HAND)
        made.daily()
        reply = made.world.status()
        assert not any(line.startswith("【") for line in reply.summary)
        assert "当選のお知らせ：送信の記録は消去済" in reply.summary
        assert any(
            line.startswith("個人情報の消去：21か所のうち18か所を消去済、3か所は担当者の申告、復元可能期間は4月21日")
            for line in reply.summary
        )
        assert "当選のお知らせ（これから）" not in reply.counts
        assert reply.counts["消去済・復元可能期間中の場所"] > 0
        assert "個人情報の消去（erase）は、定期実行が毎日続けます。" in "".join(reply.next)

    def test_in_the_end_says_what_to_hand_in(self) -> None:
        made = destroyed()
        made.world.clock.wait(erasure.ADMIN)
        made.daily()
        assert "すべての場所の消去を確かめました（うち4か所は、担当者の申告によります）。" in "".join(
            made.world.status().next
        )
        assert "毎日続けます" not in "".join(made.world.status().next)

    def test_a_report_is_handed_in_once_when_only_windows_are_open_and_once_in_the_end(self) -> None:
        made = destroyed()
        first = made.last().made_at
        assert self.handing_in(made) == f"［{japanese(first)}から］"
        made.world.status(published="report")
        assert self.handing_in(made) is None
        made.world.clock.wait(erasure.ADMIN)
        made.daily()
        assert made.last().made_at > first
        assert self.handing_in(made) == f"［{japanese(made.last().made_at)}から］", "when it was made, not first read"
        made.world.clock.wait(DAY)
        made.daily()
        made.world.status(published="report")
        assert self.handing_in(made) is None

    def handing_in(self, made: Ground) -> str | None:
        """Return the date of the task to hand in a report, if there is one."""
        said = (line for line in made.world.status().next if "erasure/ にある最も新しい報告書" in line)
        return next((re.sub(r"^\d+\. ", "", line).partition("報告用")[0] for line in said), None)

    def test_no_report_is_asked_for_while_a_person_has_not_said_that_a_place_is_empty(self) -> None:
        made = ready()
        made.daily()
        assert self.handing_in(made) is None

    def test_keeps_what_is_known_of_the_campaign(self) -> None:
        made = ready()
        before = made.world.status().counts
        made.daily()
        after = made.world.status().counts
        for name in ("届いた応募", "抽選対象", "当選", "発送済み", "お届け先の登録済み"):
            assert after[name] == before[name], name

    def test_after_the_addresses_are_gone_nobody_is_missed(self) -> None:
        made = erasure.delivered()
        made.daily()
        reply = made.world.status()
        assert not any("登録が確認できない" in line or "未発送" in line for line in reply.summary)
        assert "発送：5件のうち5件" in reply.summary
        assert any(line.startswith("個人情報の消去：21か所のうち6か所を消去済") for line in reply.summary)

    def test_says_that_deliveries_will_be_erased_until_they_are(self) -> None:
        made = erasure.delivered()
        for is_erased in (False, True):
            said = "".join(made.world.status().next)
            assert "登録のあった賞品はすべて発送済みです。" in said
            assert ("お届け先の記録は、個人情報の消去（erase）の定期実行が消去します。" in said) is not is_erased
            made.daily()

    def test_says_what_to_do_in_the_form_after_the_draw(self) -> None:
        made = erasure.drawn()
        made.daily()
        assert '"attest": "form"' in "".join(made.world.status().next)

    def test_translates_what_the_journal_says_of_it(self) -> None:
        made = ready()
        confirmed(made.erase, email=stages.person(3))
        made.daily()
        made.attest("logo")
        page = made.world.status("html").page
        assert page is not None
        for words in (
            "個人情報の消去の開始",
            "応募者一人の照会",
            "本人の請求による消去",
            "消去の確認（担当者）",
            "消去報告書の作成",
        ):
            assert words in page
        assert "erase（" not in page

    def test_an_early_erasure_is_named_so(self) -> None:
        made = erasure.drawn()
        agreed(made.erase, early=True, reason="中止のため")
        page = made.world.status("html").page
        assert page is not None
        assert "時期の前の消去の求め（別の担当者の確認が要る）" in page
        assert "個人情報の消去の開始（時期の前）" in page
        assert ANOTHER.principal in page
        made.world.clock.wait(HOUR)
        assert "消去" in sentences(made.world.status())
