"""
Who is not in a CSV loses nothing by that alone: the list must be whole, and those who are missing few.

Named after the attack: one file with a header only, dropped after the deadline, took 43 places away for ever.
"""

import json
from typing import Any

import pytest

from prizedraw.errors import Refused
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.withdrawals import signed
from prizedraw.ports import Create
from prizedraw.records.fulfilment import Import, ShippingList
from prizedraw.runtime.orders import Message, Reply, Result
from prizedraw.times import stamp
from support.absence import Register, label
from support.builders import keys
from support.clock import DAY, HOUR, LEASE, MINUTE
from support.faults import Faults, cut_off
from support.world import ANOTHER, OPERATOR, SCHEDULER, agreed, confirmed, sentences

FOUR = range(1, 5)
EVERYBODY = range(1, 48)


@pytest.fixture
def late() -> Register:
    """Return a register an hour after the deadline: all 47 sent the form in time, the file of the 5th had four."""
    register = Register()
    register.send("w", *FOUR)
    register.clock.now += 3 * DAY
    register.export()
    register.send("w", *(number for number in EVERYBODY if number not in FOUR))
    register.clock.now = register.deadline + HOUR
    return register


class TestAHeaderOnlyFileAfterTheDeadline:
    def test_takes_none_of_43_places_away(self, late: Register) -> None:
        assert len(late.standing().holders) == 47
        assert late.standing().unfilled == {}
        late.drop()
        assert late.tick().result == Result.NOT_DUE
        assert late.lapsed() == set()
        assert not [name for name in late.published.files if name.startswith("forfeits/")]

    def test_leaves_the_alarm_on_the_43_with_its_numbers(self, late: Register) -> None:
        [before] = late.alarms()
        assert "登録が確認できない当選が43件あります" in before
        late.drop()
        [alarm] = late.alarms()
        assert alarm.startswith(
            "【至急】登録期限を過ぎても登録が確認できない当選が43件ありますが、自動では失効しません。"
        )
        assert "（0行）には、ほかのCSVにあった登録（確認が必要な行も含む）のうち4件がありません。" in alarm
        assert "当選47件の三分の一" in alarm
        assert "CSVの行数：0、登録済みの当選：4件、ほかのCSVだけにある登録：4件、失効する当選：43件" in alarm
        assert "全件、CSVに出力して置いてください" in alarm
        late.tick()
        assert late.alarms() == [alarm]

    def test_is_told_to_whoever_dropped_it(self, late: Register) -> None:
        reply = late.drop()
        assert "（0行）には、ほかのCSVにあった登録（確認が必要な行も含む）のうち4件がありません。" in sentences(reply)
        assert "このファイルを根拠に自動で失効する人はいません。" in sentences(reply)
        assert "「未処理のみ」などで絞らずに、LoGoフォームの回答を全件" in reply.next

    def test_raises_the_alarm_with_every_tick_of_the_schedule(
        self, late: Register, capsys: pytest.CaptureFixture[str]
    ) -> None:
        late.drop()
        capsys.readouterr()
        late.tick()
        [line] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert (line["event"], line["step"], line["code"]) == ("alarm", "forfeit", "lapses_withheld")
        assert line["counts"] == {"lapsing": 43, "before": 0, "places": 47}

    def test_raises_none_for_an_operator_who_is_there_nor_where_nobody_has_lapsed(
        self, late: Register, capsys: pytest.CaptureFixture[str]
    ) -> None:
        late.tick()
        late.drop()
        late.forfeit()
        assert "alarm" not in capsys.readouterr().out

    def test_after_which_the_whole_list_sets_all_right(self, late: Register) -> None:
        """The honest slip: nobody has lost anything, and the second file has everybody."""
        late.drop()
        late.tick()
        assert dict(late.export().counts) == {"取り込んだ登録": 43, "取り込み済みの登録（変更なし）": 4}
        assert late.tick().result == Result.NOT_DUE
        assert late.lapsed() == set()
        assert late.alarms() == []

    def test_is_no_proof_even_where_nobody_has_registered_yet_and_places_are_few(self) -> None:
        small = Register(winners=3, reserves=1)
        small.clock.now = small.deadline + HOUR
        small.drop()
        small.tick()
        assert small.lapsed() == set()
        assert "には、だれの登録かがはっきり分かる行が1件もありません。" in small.alarms()[0]
        assert confirmed(small.forfeit).counts["失効"] == 3

    @pytest.mark.parametrize("code", ["K7QM-4T9X-2HVD-8", "0000-0000-0000-0", "", "山田"])
    def test_is_no_proof_with_rows_of_nobody_either(self, code: str) -> None:
        """Who may drop files and knows no claim code invents the rows."""
        small = Register(winners=3, reserves=1)
        small.clock.now = small.deadline + HOUR
        small.drop(*(small.row("w", number, code=code) for number in (1, 2)))
        small.tick()
        assert small.lapsed() == set()
        assert any(
            "（2行）には、だれの登録かがはっきり分かる行が1件もありません。" in alarm for alarm in small.alarms()
        )

    def test_is_no_proof_either_once_the_addresses_of_the_shipped_are_erased(self) -> None:
        small = Register(winners=3, reserves=1)
        small.state.commit([Create(ShippingList("1", stamp(small.clock()), (label("w", 1),), "x.xlsx", "1"))])
        small.clock.now = small.deadline + HOUR
        small.drop()
        small.tick()
        assert small.lapsed() == set()


class TestAPartialExport:
    def test_of_what_was_not_yet_dealt_with_takes_nobody_s_place_away(self, late: Register) -> None:
        """未処理のみ: the four of the first file have been marked as done in the form."""
        late.form = [row for row in late.form if row[0] not in {f"R-w{n}" for n in (*FOUR, 46, 47)}]
        reply = late.export()
        assert "ほかのCSVにあった登録（確認が必要な行も含む）のうち4件がありません" in sentences(reply)
        late.tick()
        assert late.lapsed() == set()
        assert "失効する当選：2件" in late.alarms()[0]

    def test_of_another_form_is_none_of_this_one(self, late: Register) -> None:
        late.drop(*(late.row("w", n, code="K7QM-4T9X-2HVD-8") for n in FOUR))
        late.tick()
        assert late.lapsed() == set()

    def test_whose_receipts_are_invented_is_told_from_the_whole_list(self, late: Register) -> None:
        """Receipts may be counted up; each must stand beside the code of its winner."""
        late.drop(*(late.row("w", n, code=late.row("w", 40)[1]) for n in EVERYBODY))
        assert late.imports()[-1].missing == 4
        late.tick()
        assert late.lapsed() == set()

    def test_before_the_deadline_is_told_of_too(self) -> None:
        register = Register()
        register.send("w", *FOUR)
        register.clock.now += 3 * DAY
        register.export()
        register.drop(*register.form[:1])
        [alarm] = register.alarms()
        assert "ほかのCSVにあった登録（確認が必要な行も含む）のうち3件がありません" in alarm
        register.export()
        assert register.alarms() == []

    def test_is_told_no_more_once_everybody_is_there(self, late: Register) -> None:
        late.export()
        late.drop()
        assert late.alarms() == []

    def test_that_lacks_only_a_row_which_awaits_an_operator_is_partial(self, late: Register) -> None:
        late.form[0] = late.row("w", 1)
        late.send("w", 5, receipt="R-bad", phone="なし", sent_at="2026/03/10 12:00")
        late.form = [row for row in late.form if row[0] != "R-w5"]
        late.export()
        late.drop(*(row for row in late.form if row[0] != "R-bad"))
        assert late.imports()[-1].missing == 1

    def test_as_two_halves_is_not_the_whole_list_in_whatever_order_they_are_imported(self) -> None:
        """処理済 and 未処理 dropped one after the other: neither holds what the other does."""
        for newest_first in (False, True):
            register = Register()
            register.clock.now = register.deadline + HOUR
            register.send("w", *range(1, 46))
            first, second = register.announce(*register.form[:30]), register.announce(*register.form[30:])
            for message in (second, first) if newest_first else (first, second):
                register.take(message)
            register.tick()
            assert register.lapsed() == set(), newest_first
            assert len(register.alarms()) == 1, newest_first
            register.export()
            register.tick()
            assert register.lapsed() == {"w046", "w047"}, newest_first

    def test_that_came_before_the_whole_list_does_no_harm_and_after_it_makes_it_wait(self, late: Register) -> None:
        late.form = [row for row in late.form if row[0] != "R-w47"]
        late.export()
        late.drop(*late.form[:5])
        late.tick()
        assert late.lapsed() == set()
        late.export()
        late.tick()
        assert late.lapsed() == {"w047"}

    def test_whoever_has_withdrawn_need_not_be_in_it(self, late: Register) -> None:
        """Whoever is erased on request leaves the form too."""
        late.export()
        late.form = [row for row in late.form if row[0] != "R-w1"]
        late.state.commit([Create(signed(keys().signer, late.campaign.id, label("w", 1), stamp(late.clock())))])
        late.export()
        assert late.imports()[-1].missing == 0


class TestTheFriend:
    """An operator cuts the rows of some, so that the next reserve, whom they know, moves up."""

    def test_does_not_move_up_by_rows_that_were_imported_before(self, late: Register) -> None:
        late.drop(*(row for row in late.form if row[0] != "R-w1"))
        late.tick()
        assert late.lapsed() == set()
        assert not late.holds("r", 1)
        assert late.imports()[-1].missing == 1

    def test_who_moves_up_by_rows_that_nobody_had_seen_is_found_by_the_next_whole_list(self, late: Register) -> None:
        late.drop(*(row for row in late.form if row[0] != "R-w47"))
        late.tick()
        assert (late.lapsed(), late.holds("r", 1)) == ({"w047"}, True)
        reply = late.export()
        assert "期限内に登録していたのに失効した方の登録が1件ありました" in sentences(reply)
        [alarm] = late.alarms()
        assert f"期限内に登録したのに失効した方が1人います（管理番号：{number_of(label('w', 47))}）" in alarm
        assert "賞品をどうするかは区が決めます" in alarm

    def test_leaves_a_trace_of_when_the_file_was_dropped(self, late: Register) -> None:
        late.drop(*(row for row in late.form if row[0] != "R-w47"))
        file = late.imports()[-1]
        late.tick()
        [forfeited], imported = late.journal("forfeited"), late.journal("imported")[-1]
        assert forfeited.times == imported.times == {"dropped_at": file.dropped_at}
        assert forfeited.hashes["file"] == imported.hashes["file"] == file.id
        assert (imported.counts["rows"], imported.counts["missing"]) == (46, 0)


class TestFewAndMany:
    def silent(self, number: int) -> Register:
        """Return a register whose list is whole, after the deadline, in which so many never registered."""
        register = Register()
        register.send("w", *range(1, 48 - number))
        register.clock.now = register.deadline + HOUR
        register.export()
        return register

    @pytest.mark.parametrize(("number", "lapse"), [(1, True), (15, True), (16, False), (43, False)])
    def test_a_third_may_lapse_by_schedule_and_no_more(self, number: int, lapse: bool) -> None:
        register = self.silent(number)
        register.tick()
        assert len(register.lapsed()) == (number if lapse else 0)
        assert bool(register.alarms()[:1] and register.alarms()[0].startswith("【至急】")) == (not lapse)

    def test_many_need_a_second_operator(self) -> None:
        register = self.silent(16)
        asked = register.forfeit()
        assert "賞品を受け取る権利のある47名のうち16名が、一度に失効します" in sentences(asked)
        assert "期限切れの根拠：CSVの行数：31、登録済みの当選：31件、" in sentences(asked)
        with pytest.raises(Refused) as caught:
            register.forfeit(asked.confirm)
        assert caught.value.problem.code == "E-142"
        assert register.lapsed() == set()
        assert agreed(register.forfeit).counts["失効"] == 16
        assert {row.principal for row in register.journal("forfeited")} == {ANOTHER.principal}

    def test_a_few_a_day_do_not_add_up_to_everybody(self) -> None:
        """Reserves move up and let it lapse too: those who lapsed before count."""
        register = Register(winners=47, reserves=20)
        register.send("w", *range(1, 38))
        register.clock.now = register.deadline + HOUR
        register.export()
        register.tick()
        assert len(register.lapsed()) == 10
        register.clock.now = register.campaign.claim_last_at + HOUR
        register.export()
        register.tick()
        assert len(register.lapsed()) == 10
        [alarm, *_] = register.alarms()
        assert (
            "これまでの期限切れ10件と合わせて20件となり、当選47件の三分の一（3件までは除く）を超えるためです。" in alarm
        )
        assert confirmed(register.forfeit).counts["失効"] == 10
        assert register.journal("forfeited")[-1].principal == OPERATOR.principal

    def test_without_proof_one_operator_may_let_go_of_few_having_read_the_numbers(self, late: Register) -> None:
        late.form = [row for row in late.form if row[0] not in ("R-w1", "R-w47")]
        late.export()
        asked = late.forfeit()
        assert "【重要】" in sentences(asked)
        assert "ほかのCSVにあった登録（確認が必要な行も含む）のうち1件がありません" in sentences(asked)
        assert "ほかのCSVだけにある登録：1件、失効する当選：1件" in sentences(asked)
        assert late.forfeit(asked.confirm).counts["失効"] == 1
        assert late.lapsed() == {"w047"}

    def test_a_code_dies_with_the_file_whose_numbers_were_read(self, late: Register) -> None:
        late.form = [row for row in late.form if row[0] != "R-w47"]
        late.export()
        asked = late.forfeit()
        late.drop(*late.form[:3])
        with pytest.raises(Refused) as caught:
            late.forfeit(asked.confirm)
        assert caught.value.problem.code == "E-140"

    def test_without_any_file_after_the_deadline_nobody_lapses_for_anybody(self, late: Register) -> None:
        for caller in (SCHEDULER, OPERATOR):
            reply = late.forfeit(caller=caller)
            assert reply.confirm is None
            assert reply.counts == {"期限を過ぎた未登録": 43}
        assert late.lapsed() == set()


class TestOldBehaviour:
    def test_a_whole_list_lets_the_few_go_who_are_not_in_it(self, late: Register) -> None:
        late.form = [row for row in late.form if row[0] not in ("R-w46", "R-w47")]
        late.export()
        assert late.tick().counts["失効"] == 2
        assert late.lapsed() == {"w046", "w047"}
        assert late.holds("r", 1)
        assert late.holds("r", 2)
        assert late.alarms() == []

    @pytest.mark.parametrize("changes", [{"dropped_at": "2026-03-01T00:00:00Z"}, {}])
    def test_what_was_imported_before_this_was_counted_is_read(self, changes: dict[str, Any]) -> None:
        stored = {"dropped_at": "2026-03-12T00:00:00Z", "rows": 3, "counts": {}, "complete": True} | changes
        assert Import.from_doc("x", stored).missing == 0


def test_of_two_files_dropped_at_once_the_one_that_proves_less_counts(late: Register) -> None:
    late.form = [row for row in late.form if row[0] != "R-w47"]
    whole = late.announce(*late.form)
    late.clock.now -= MINUTE
    half = late.announce(*late.form[:2])
    for message in (whole, half):
        late.take(message)
    assert {file.dropped_at for file in late.imports()[-2:]} == {late.imports()[-1].dropped_at}
    late.tick()
    assert late.lapsed() == set()


def test_what_a_file_does_not_hold_is_counted_the_same_wherever_its_import_is_cut_off() -> None:
    """A later registration takes the place of the one that is missing: the next run must still know of it."""

    def made() -> tuple[Register, Message]:
        register = Register(winners=4, reserves=1)
        register.send("w", 1, 2)
        register.export()
        later = register.row("w", 1, receipt="R-later", sent_at="2026/03/06 10:00", address="東京都新宿区 移転")
        return register, register.announce(later, register.form[1])

    def take(made: tuple[Register, Message], faults: Faults) -> Reply:
        return made[0].take(made[1], faults)

    for where, (register, message) in cut_off(made, take, fewest=6):
        register.clock.wait(LEASE)
        for _ in range(2):
            register.take(message)
        assert register.imports()[-1].missing == 1, where


def test_a_file_that_is_imported_late_takes_from_a_newer_one_the_name_of_the_whole_list_once() -> None:
    def made() -> tuple[Register, Message]:
        register = Register(winners=4, reserves=1)
        register.send("w", 1, 2, 3)
        older = register.announce(*register.form[:2])
        register.drop(register.form[2])
        return register, older

    def take(made: tuple[Register, Message], faults: Faults) -> Reply:
        return made[0].take(made[1], faults)

    for where, (register, older) in cut_off(made, take, fewest=6):
        register.clock.wait(LEASE)
        for _ in range(2):
            register.take(older)
        assert [file.missing for file in register.imports()] == [1, 2], where
