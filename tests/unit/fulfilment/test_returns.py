"""
Who registered in time and lapsed all the same comes back while nobody else has the place; if not, they are owed.

A return is one signed file beside the forfeit, for an operator with a code; a run cut off anywhere is finished.
"""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from prizedraw.erasure import recorded
from prizedraw.errors import Broken, Refused
from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.withdrawals import signed
from prizedraw.lottery import forfeit_file
from prizedraw.lottery.restored_file import RestoredFile, label_of, name_of
from prizedraw.ports import Create, Delete
from prizedraw.records.fulfilment import Claim, Delivery, Forfeit, Restored, Shipped
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import stamp, unstamp
from support.absence import Register, label, returned
from support.builders import keys
from support.clock import DAY, HOUR, LEASE
from support.faults import NONE, Faults, cut_off
from support.replies import order_in
from support.verifier import verify
from support.world import SCHEDULER, sentences

FEW: dict[str, Any] = {"winners": 4, "reserves": 1}


def without(register: Register, *numbers: int) -> list[list[str]]:
    """Return the rows of the form but those of some winners."""
    return [row for row in register.form if row[0] not in {f"R-w{number}" for number in numbers}]


def slipped() -> Register:
    """
    Return a register after the last date: winners 3 and 4 lapsed by a file without their rows, which were in time.

    The only reserve had moved up for 3 and then lapsed; the place of 4 found nobody. The whole list came afterwards.
    """
    register = Register(**FEW)
    register.send("w", 1, 2, 3, 4)
    register.clock.now = register.deadline + HOUR
    register.drop(*without(register, 3, 4))
    register.tick()
    assert register.lapsed() == {"w003", "w004"}
    register.clock.now = register.campaign.claim_last_at + HOUR
    register.drop(*without(register, 3, 4))
    register.tick()
    assert register.lapsed() == {"w003", "w004", "r001"}
    register.export()
    return register


def taken() -> Register:
    """Return a register in which winner 4 lapsed by such a file, and the reserve has the place."""
    register = Register(**FEW)
    register.send("w", 1, 2, 3, 4)
    register.clock.now = register.deadline + HOUR
    register.drop(*without(register, 4))
    register.tick()
    register.export()
    return register


@pytest.fixture
def register() -> Register:
    return slipped()


def restore(register: Register, faults: Faults = NONE) -> Reply:
    return register.press(faults, restore="all")


def is_whole(register: Register) -> bool:
    """Hold the files of returns, their signatures and mirrors against each other, and against the journal."""
    files = {name: data for name, data in register.published.files.items() if label_of(name) is not None}
    for name, data in files.items():
        of = register.published.files[forfeit_file.name_of(label_of(name) or "")]
        assert RestoredFile.from_bytes(data, name).forfeit_hash == sha256_hex(of)
        assert register.published.files[name + ".sig"] == register.published.signatures[name]
    mirrored = {mark.id: mark.at for mark in register.state.scan(Restored)}
    assert mirrored == {f["label"]: f["at"] for f in map(json.loads, files.values())}
    rows = register.journal("restored")
    assert all(row.counts == {"restored": 1} for row in rows)
    return {row.hashes["restored"] for row in rows} == {*map(sha256_hex, files.values())}


class TestARegistrationInTimeOfWhoHasLapsed:
    def test_is_imported_like_any_other_and_said_to_be_one(self) -> None:
        register = taken()
        assert register.imports()[-1].counts == {"imported": 1, "unchanged": 3, "let_go": 1}
        assert register.state.get(Claim, label("w", 4)) is not None
        assert register.sealed.get(Delivery, label("w", 4)) is not None

    def test_is_told_to_whoever_dropped_the_file(self, register: Register) -> None:
        register.send("w", 4, receipt="R-again", sent_at="2026/03/10 10:00", address="東京都新宿区 移転")
        reply = register.export()
        assert "期限内に登録していたのに失効した方の登録が1件ありました。お届け先は保管しました。" in reply.summary
        assert "現在の状況（status）を実行し、当選を戻せるかを見てください。" in reply.next

    @pytest.mark.parametrize("sent_at", ["2026/03/12 00:00", "2026/03/13 10:00"])
    def test_counts_only_if_it_was_sent_before_their_own_deadline(self, sent_at: str) -> None:
        register = Register(**FEW)
        register.send("w", 1, 2, 3)
        register.clock.now = register.deadline + HOUR
        register.export()
        register.tick()
        register.send("w", 4, sent_at=sent_at)
        register.export()
        assert register.imports()[-1].counts == {"unchanged": 3, "forfeited": 1}
        assert register.standing().owed == ()

    def test_of_a_reserve_that_had_moved_up_counts_until_its_own_deadline(self, register: Register) -> None:
        register.send("r", 1, sent_at="2026/03/18 23:59")
        register.export()
        assert register.imports()[-1].counts["let_go"] == 1
        assert [holder.label for holder in register.standing().owed] == [label("w", 3), label("w", 4), label("r", 1)]

    @pytest.mark.parametrize("why", ["declined", "ineligible", "unreachable"])
    def test_of_who_lost_the_place_for_another_reason_is_not_imported(self, why: str) -> None:
        register = Register(**FEW)
        register.press(label=label("w", 4), why=why)
        register.send("w", 4)
        register.export()
        assert register.imports()[-1].counts == {"forfeited": 1}

    def test_of_who_has_withdrawn_is_not_imported(self) -> None:
        register = taken()
        register.state.commit(
            [Create(signed(keys().signer, register.campaign.id, label("w", 4), stamp(register.clock())))]
        )
        register.state.commit([Delete(Claim, label("w", 4))])
        register.export()
        assert register.imports()[-1].counts == {"unchanged": 3, "forfeited": 1}
        assert register.standing().owed == ()


class TestAReturn:
    def test_is_asked_first(self, register: Register) -> None:
        before = register.published.files.copy()
        asked = register.forfeit(restore="all")
        assert asked.result == Result.ASK
        assert (
            f"管理番号 {number_of(label('w', 3))}「A賞」：期限内の登録があったため、失効した当選を戻します。"
            in asked.summary
        )
        assert asked.counts == {"失効": 0, "戻す当選": 2}
        assert order_in(asked) == {
            "restore": "all",
            "confirm": asked.confirm,
        }
        assert register.published.files == before

    def test_is_one_signed_file_beside_the_forfeit(self, register: Register) -> None:
        reply = register.press(restore=label("w", 3))
        assert reply.result == Result.DONE
        assert (
            f"管理番号 {number_of(label('w', 3))}「A賞」：期限内の登録があったため、失効した当選を戻しました。"
            in reply.summary
        )
        assert "当選を戻したことを、区に知らせてください" in reply.next
        name = f"forfeits/{label('w', 3)}.restored.json"
        assert register.published.files[name] == canonical(
            {
                "spec": "prizedraw/1",
                "campaign": register.campaign.id,
                "record_hash": sha256_hex(register.published.files["record.json"]),
                "forfeit_hash": sha256_hex(register.published.files[f"forfeits/{label('w', 3)}.json"]),
                "prize": "A",
                "label": label("w", 3),
                "at": stamp(register.clock()),
            }
        )
        assert is_whole(register)

    def test_gives_the_place_back_as_it_was(self, register: Register) -> None:
        restore(register)
        found = register.standing().holder(label("w", 3))
        assert found is not None
        assert (found.deadline, found.promoted) == (register.deadline, False)
        assert (found.claimed, found.restored) == (True, True)
        assert register.standing().unfilled == {}
        assert (register.standing().owed, register.alarms()) == ((), [])

    def test_of_one_leaves_the_other_to_be_pressed(self, register: Register) -> None:
        [alarm, *_] = register.alarms()
        assert "失効した当選が2件あり、賞品がまだ残っています" in alarm
        assert '当選の失効（forfeit）を {"restore": "all"} で実行' in alarm
        register.press(restore=label("w", 4))
        assert "失効した当選が1件あり" in register.alarms()[0]

    def test_is_read_as_people_paste_it(self, register: Register) -> None:
        register.press(restore=f" {label('w', 4).upper()} ")
        assert register.holds("w", 4)

    def test_a_second_time_changes_nothing(self, register: Register) -> None:
        register.press(restore=label("w", 4))
        before = register.published.files.copy()
        reply = register.press(restore=label("w", 4))
        assert reply.result == Result.UNCHANGED
        assert f"管理番号 {number_of(label('w', 4))}「A賞」は、" in sentences(reply)
        assert register.published.files == before

    def test_comes_with_no_lapse_that_nobody_has_asked_for(self, register: Register) -> None:
        """What is due besides is another button: who gives back does not let go."""
        other = Register(**FEW)
        other.send("w", 1, 4)
        other.clock.now = other.deadline + HOUR
        other.drop(*without(other, 4))
        other.tick()
        register = other
        register.export()
        assert {"w002", "w003", "w004"} == register.lapsed()
        register.press(restore=label("w", 4))
        assert register.lapsed() == {"w002", "w003", "w004"}
        assert register.holds("w", 4)

    def test_is_of_a_later_second_than_the_lapse(self) -> None:
        """Files tell no more than seconds, and one that is no later than its forfeit would stop the work."""
        register = Register(**FEW)
        register.send("w", 1, 2, 3, 4)
        register.clock.now = register.campaign.claim_last_at + HOUR
        register.drop(*without(register, 4))
        register.tick()
        register.export()
        [lapse] = register.state.scan(Forfeit)
        register.clock.now = unstamp(lapse.at) + timedelta(milliseconds=999)
        with pytest.raises(Refused):
            register.forfeit(restore=label("w", 4))
        register.clock.wait(timedelta(milliseconds=1))
        assert register.forfeit(restore=label("w", 4)).result == Result.ASK

    def test_is_never_the_schedule_s(self, register: Register) -> None:
        register.forfeit(caller=SCHEDULER, restore="all")
        register.tick()
        assert not list(register.state.scan(Restored))

    def test_is_shipped_like_any_other(self, register: Register) -> None:
        restore(register)
        assert [h.label for h in register.standing().holders if h.claimed] == [label("w", n) for n in (1, 2, 3, 4)]

    def test_a_verifier_accepts_it(self, tmp_path: Path) -> None:
        assert verify(returned(), tmp_path) == 0


class TestRefusing:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"restore": label("w", 1)}, "E-756"),
            ({"restore": label("r", 1)}, "E-756"),
            ({"restore": label("z", 1)}, "E-751"),
            ({"restore": "hanako@example.jp"}, "E-758"),
            ({"restore": ""}, "E-758"),
            ({"restore": "all", "label": label("w", 3), "why": "declined"}, "E-105"),
            ({"restore": "all", "label": label("w", 3)}, "E-105"),
            ({"restore": "all", "why": "declined"}, "E-105"),
        ],
    )
    def test_what_names_no_lapse_of_somebody_who_registered(
        self, given: dict[str, Any], code: str, register: Register
    ) -> None:
        with pytest.raises(Refused) as caught:
            register.forfeit(**given)
        assert caught.value.problem.code == code
        assert not list(register.state.scan(Restored))

    def test_who_did_not_register_in_time(self) -> None:
        register = Register(**FEW)
        register.send("w", 1, 2, 3)
        register.clock.now = register.campaign.claim_last_at + HOUR
        register.export()
        register.tick()
        with pytest.raises(Refused) as caught:
            register.forfeit(restore=label("w", 4))
        assert caught.value.problem.code == "E-756"

    def test_a_place_that_the_next_one_has(self) -> None:
        register = taken()
        with pytest.raises(Refused) as caught:
            register.forfeit(restore=label("w", 4))
        assert caught.value.problem.code == "E-757"
        reply = register.press(restore="all")
        assert (reply.result, reply.confirm) == (Result.REPORT, None)
        assert reply.summary == ("戻せる当選は、いまはありません。",)
        [alarm] = register.alarms()
        assert "期限内に登録したのに失効した方が1人います" in alarm
        assert "賞品をどうするかは区が決めます。" in alarm

    def test_more_than_there_are_places(self, register: Register) -> None:
        """Three are owed for two places; the record's order decides."""
        register.send("r", 1, sent_at="2026/03/18 12:00")
        register.export()
        assert restore(register).counts["戻した当選"] == 2
        assert {mark.id for mark in register.state.scan(Restored)} == {label("w", 3), label("w", 4)}
        with pytest.raises(Refused) as caught:
            register.forfeit(restore=label("r", 1))
        assert caught.value.problem.code == "E-757"

    def test_a_code_of_another_label(self, register: Register) -> None:
        code = register.forfeit(restore=label("w", 3)).confirm
        with pytest.raises(Refused):
            register.forfeit(code, restore=label("w", 4))
        assert not list(register.state.scan(Restored))

    def test_whoever_is_back_is_not_let_go_of_again(self, register: Register) -> None:
        restore(register)
        with pytest.raises(Refused) as caught:
            register.forfeit(label=label("w", 3), why="declined")
        assert caught.value.problem.code == "E-755"

    def test_who_withdrew_does_not_come_back(self, register: Register) -> None:
        register.state.commit(
            [Create(signed(keys().signer, register.campaign.id, label("w", 3), stamp(register.clock())))]
        )
        with pytest.raises(Refused) as caught:
            register.forfeit(restore=label("w", 3))
        assert caught.value.problem.code == "E-756"


class TestErasing:
    def shipped(self, register: Register) -> bool:
        return recorded.by_mirrors(register.campaign, register.state).shipped

    def ship(self, register: Register, *numbers: int) -> None:
        at = stamp(register.clock())
        register.state.commit([Create(Shipped(label("w", number), "A", at)) for number in numbers])

    def test_waits_for_who_is_back_to_be_shipped_to(self, register: Register) -> None:
        self.ship(register, 1, 2)
        assert self.shipped(register)
        restore(register)
        assert not self.shipped(register)
        self.ship(register, 3, 4)
        assert self.shipped(register)

    def test_does_not_wait_for_who_is_back_and_was_erased_on_request(self, register: Register) -> None:
        restore(register)
        self.ship(register, 1, 2, 3)
        register.state.commit([Delete(Claim, label("w", 4))])
        assert self.shipped(register)


class TestCutOffAnywhere:
    def test_the_same_button_finishes(self) -> None:
        wanted = slipped()
        restore(wanted)
        for where, register in cut_off(slipped, restore, fewest=8):
            register.clock.wait(LEASE)
            restore(register)
            assert register.standing() == wanted.standing(), where
            assert is_whole(register), where

    def test_the_schedule_finishes_what_an_operator_began_and_no_more(self) -> None:
        for where, register in cut_off(slipped, restore, fewest=8):
            register.clock.wait(LEASE)
            begun = {label_of(name) for name in register.published.files if label_of(name)}
            register.tick()
            assert {mark.id for mark in register.state.scan(Restored)} == begun, where
            assert is_whole(register), where

    def test_an_import_of_who_has_lapsed_comes_to_the_same_end(self) -> None:
        def made() -> tuple[Register, Any]:
            register = Register(**FEW)
            register.send("w", 1, 2, 3, 4)
            register.clock.now = register.deadline + HOUR
            register.drop(*without(register, 4))
            register.tick()
            return register, register.announce(*register.form)

        def take(made: tuple[Register, Any], faults: Faults) -> Reply:
            return made[0].take(made[1], faults)

        for where, (register, message) in cut_off(made, take, fewest=6):
            register.clock.wait(LEASE)
            for _ in range(2):
                register.take(message)
            assert register.imports()[-1].counts == {"imported": 1, "unchanged": 3, "let_go": 1}, where
            assert [holder.label for holder in register.standing().owed] == [label("w", 4)], where


class TestFilesThatAreNotOurs:
    def forged(self, register: Register, **changes: Any) -> tuple[str, bytes]:
        value = {
            "spec": "prizedraw/1",
            "campaign": register.campaign.id,
            "record_hash": sha256_hex(register.published.files["record.json"]),
            "forfeit_hash": sha256_hex(register.published.files[f"forfeits/{label('w', 4)}.json"]),
            "prize": "A",
            "label": label("w", 4),
            "at": stamp(register.clock()),
        } | changes
        return name_of(str(value["label"])), canonical(value)

    @pytest.mark.parametrize(
        "changes",
        [
            {"campaign": "other"},
            {"record_hash": "00" * 32},
            {"forfeit_hash": "00" * 32},
            {"prize": "B"},
            {"label": label("w", 1)},
            {"label": label("w", 3)},
            {"at": "2026-03-02T04:00:00Z"},
            {"at": "2099-01-01T00:00:00Z"},
            {"spec": "prizedraw/2"},
            {"why": "lapsed"},
            {"label": "x"},
            {"at": "yesterday"},
        ],
        ids=str,
    )
    def test_stop_the_work_even_if_they_are_signed(self, changes: dict[str, Any], register: Register) -> None:
        name, data = self.forged(register, **changes)
        register.published.plant(name, data, keys().signer.sign(data))
        with pytest.raises(Broken) as caught:
            register.tick()
        assert name in caught.value.sentence
        assert not list(register.state.scan(Restored))

    def test_stop_the_work_under_the_name_of_another(self, register: Register) -> None:
        name, data = self.forged(register)[0], self.forged(register, label=label("w", 3))[1]
        register.published.plant(name, data, keys().signer.sign(data))
        with pytest.raises(Broken) as caught:
            register.tick()
        assert name in caught.value.sentence
        assert not list(register.state.scan(Restored))

    def test_stop_the_work_unsigned_however_well_they_read(self, register: Register) -> None:
        register.published.plant(*self.forged(register))
        for act in (register.tick, lambda: restore(register)):
            with pytest.raises(Broken) as caught:
                act()
            assert caught.value.problem.code == "E-511"

    def test_a_signed_one_is_taken_up(self, register: Register) -> None:
        name, data = self.forged(register)
        register.published.plant(name, data, keys().signer.sign(data))
        register.tick()
        assert register.holds("w", 4)
        assert is_whole(register)

    @pytest.mark.parametrize("plant", [Restored, Forfeit])
    def test_a_planted_row_gives_no_place(self, plant: type, register: Register) -> None:
        taker = label("r", 1)
        rows: dict[type, Callable[[], Any]] = {
            Restored: lambda: Restored(taker, "A", stamp(register.clock())),
            Forfeit: lambda: Forfeit(label("w", 1), "A", "lapsed", stamp(register.clock() - DAY)),
        }
        register.state.commit([Create(rows[plant]())])
        assert restore(register).counts["戻した当選"] == 2
        assert {label_of(name) for name in register.published.files if label_of(name)} == {label("w", 3), label("w", 4)}


def test_the_names_of_forfeits_and_returns_are_told_apart() -> None:
    name = name_of(label("w", 1))
    assert (label_of(name), forfeit_file.label_of(name)) == (label("w", 1), None)
    name = forfeit_file.name_of(label("w", 1))
    assert (label_of(name), forfeit_file.label_of(name)) == (None, label("w", 1))
    assert label_of(name_of(label("w", 1)) + ".sig") is None
