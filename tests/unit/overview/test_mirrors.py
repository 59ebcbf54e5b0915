"""What `status` tells of files that are not ours, and of rows in `state` that say something else than the files."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.fulfilment import withdrawals
from prizedraw.overview.facts import Facts, read_facts
from prizedraw.ports import Create, Delete, Record, Replace, Write
from prizedraw.records.campaign import Prepared
from prizedraw.records.fulfilment import Forfeit, Restored, Withdrawal
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY
from prizedraw.times import instant_of, stamp
from support.absence import returned
from support.clock import HOUR, LEASE, MINUTE
from support.fakes.keys import MemorySigner
from support.faults import Faults, Killed
from support.stages import drawn, frozen, notified, prepared, reconciled, taken_in
from support.world import OPERATOR, SCHEDULER, World, confirmed, labels

LABEL = "0" * 26


def read(world: World) -> Facts:
    return read_facts(world.campaign, world.state, world.published, world.clock)


def differences(world: World) -> list[str]:
    return list(read(world).evidence.differences)


def red(world: World, *said: str) -> None:
    """Demand one sentence, which says this, and that `status` shows it red and first."""
    [sentence] = differences(world)
    assert all(one in sentence for one in said), sentence
    assert sentence.endswith("。")
    assert world.status().summary[1] == f"【注意】{sentence}"


def put(world: World, *writes: Write) -> None:
    world.state.commit(list(writes))


def of(world: World, kind: Any) -> Any:
    return world.one(kind)


class TestNothingDiffers:
    @pytest.mark.parametrize("make", [World, prepared, taken_in, reconciled, frozen, drawn, notified])
    def test_at_any_stage_that_the_steps_have_reached(self, make: Any) -> None:
        assert differences(make()) == []

    @pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
    def test_with_any_kind_of_randomness(self, kind: Any) -> None:
        assert differences(drawn(kind)) == []

    def test_after_a_forfeit_and_a_withdrawal(self) -> None:
        world = drawn()
        confirmed(world.forfeit, label=labels(world)[0], why="declined")
        at = stamp(world.clock())
        put(world, Create(withdrawals.signed(world.keys.signer, world.campaign.id, labels(world)[1], at)))
        world.clock.wait(2 * HOUR)
        assert differences(world) == []

    def test_who_holds_what_is_what_the_files_say(self) -> None:
        world = drawn()
        winner = labels(world)[0]
        put(world, Delete(AwardedPlace, winner))
        parcels = read(world).parcels
        assert parcels is not None
        assert parcels.standing.holder(winner) is not None


class TestFilesThatAreNotOurs:
    """Finding 3: what lies in the bucket unsigned had no alarm."""

    @pytest.mark.parametrize("name", ["rules.json", "commitment.json", "record.json"])
    @pytest.mark.parametrize("signature", [b"", MemorySigner().sign(b"x")], ids=["unsigned", "another's"])
    def test_finding_3_are_named_and_status_answers_from_the_mirrors(self, name: str, signature: bytes) -> None:
        world = drawn()
        before = world.status()
        world.published.plant(name, world.published.files[name], signature)
        red(world, f"ファイル {name} に、この企画の正しい署名がありません", "監査ログ", "控えによります")
        assert (world.status().counts, read(world).evidence.places) == (before.counts, None)

    def test_finding_3_each_planted_forfeit_is_named(self) -> None:
        world = drawn()
        for label in ("a", "b"):
            world.published.plant(f"forfeits/{label}.json", b"{}")
        assert ["forfeits/a.json" in differences(world)[0], "forfeits/b.json" in differences(world)[1]] == [True, True]
        assert len(differences(world)) == 2

    def test_finding_3_a_record_that_lies_there_before_the_draw(self) -> None:
        world = frozen()
        world.published.plant("record.json", b"{}")
        red(world, "record.json")

    def test_what_cloud_kms_gave_too(self) -> None:
        world = drawn("hsm")
        world.published.plant("randomness.json", world.published.files["randomness.json"])
        red(world, "randomness.json")

    def test_a_key_that_is_another_one(self) -> None:
        world = prepared()
        world.published.plant("evidence.pem", MemorySigner().public_pem())
        red(world, "evidence.pem")

    @pytest.mark.parametrize("name", ["commitment.json", "randomness.json", "forfeits/a.json"])
    def test_one_does_not_hide_what_differs_from_the_others(self, name: str) -> None:
        world = drawn("hsm")
        first = labels(world)[0]
        confirmed(world.forfeit, label=first, why="declined")
        world.published.plant(name, b"{}")
        forfeit = world.state.get(Forfeit, first)
        assert forfeit is not None
        put(world, Replace(replace(forfeit.record, why="unreachable")), Create(replace(forfeit.record, id=LABEL)))
        said = "".join(differences(world))
        assert f"ファイル {name} に" in said
        if name != "commitment.json":  # on which the record rests
            assert "失効の控えが1件ありますが、公開ファイルがありません" in said
            assert "失効の控えが、公開ファイルと1件で一致しません" in said

    def test_a_broken_commitment_does_not_hide_that_awards_were_added_before_the_draw(self) -> None:
        world = frozen()
        world.published.plant("randomness.json", b"{}")
        world.published.plant("commitment.json", b"{}")
        put(world, Create(AwardedPlace(LABEL, "tote", "winner", 1)))
        assert len(differences(world)) == 2

    def test_of_a_broken_forfeit_the_mirror_is_not_called_planted(self) -> None:
        world = drawn()
        first = labels(world)[0]
        confirmed(world.forfeit, label=first, why="declined")
        world.published.plant(f"forfeits/{first}.json", b"{}")
        [said] = differences(world)
        assert f"forfeits/{first}.json" in said


class TestMirrorsThatDiffer:
    """Finding 5: `status` was clean whatever stood in `state`."""

    @pytest.mark.parametrize(
        ("kind", "changes", "file"),
        [
            (Prepared, {"rules_hash": "ab" * 32}, "rules.json"),
            (Frozen, {"draw_at": "2026-03-01T16:00:00Z"}, "commitment.json"),
            (Frozen, {"pool_size": 1}, "commitment.json"),
            (Drawn, {"winners": 9}, "record.json"),
            (Drawn, {"record_hash": "ab" * 32}, "record.json"),
        ],
    )
    def test_finding_5_a_changed_record_is_told(self, kind: Any, changes: dict[str, Any], file: str) -> None:
        world = drawn()
        put(world, Replace(replace(of(world, kind), **changes)))
        red(world, f"公開ファイル {file} と一致しません", "公開ファイルのとおりに扱われます", "監査ログ")

    def test_finding_5a_a_swapped_award_is_told(self) -> None:
        world = drawn()
        winner = labels(world)[0]
        stored = world.state.get(AwardedPlace, winner)
        assert stored is not None
        put(world, Delete(AwardedPlace, winner), Create(replace(stored.record, id=LABEL)))
        red(world, "当選・補欠の控えが、公開ファイル record.json と2件で一致しません", winner, LABEL)

    def test_finding_5_a_forfeit_without_its_file_is_told(self) -> None:
        world = drawn()
        winner = labels(world)[0]
        put(world, Create(Forfeit(winner, "A", "declined", stamp(world.clock()))))
        red(world, "失効の控えが1件ありますが、公開ファイルがありません", winner, "効力がなく")

    def test_finding_5_a_changed_forfeit_is_told(self) -> None:
        world = drawn()
        label = labels(world)[0]
        confirmed(world.forfeit, label=label, why="declined")
        put(world, Replace(replace(next(world.state.scan(Forfeit)), why="lapsed")))
        red(world, "失効の控えが、公開ファイルと1件で一致しません", label)

    def test_a_return_without_its_file_is_told(self) -> None:
        world = drawn()
        put(world, Create(Restored(labels(world)[0], "A", stamp(world.clock()))))
        red(world, "戻した当選の控えのうち1件が、公開ファイルと一致しません", labels(world)[0])

    def test_a_changed_return_is_told(self) -> None:
        world = returned()
        assert differences(world) == []
        put(world, Replace(replace(next(world.state.scan(Restored)), at=stamp(world.clock() - HOUR))))
        red(world, "戻した当選の控えのうち1件が、公開ファイルと一致しません")

    def test_a_return_whose_mirror_is_missing_is_told_and_forfeit_finishes_it(self) -> None:
        world = returned()
        put(world, Delete(Restored, next(world.state.scan(Restored)).id))
        assert differences(world) == []
        world.clock.wait(2 * HOUR)
        red(world, "公開された「戻した当選」のうち1件に、控えまたは署名の写し（.sig）がありません")
        world.forfeit(caller=SCHEDULER)
        assert differences(world) == []

    def test_finding_5b_a_withdrawal_without_a_signature_is_told(self) -> None:
        world = drawn()
        put(world, Create(Withdrawal(LABEL, stamp(world.clock()))))
        red(world, "応募の取り下げの記録のうち1件に、正しい署名がありません", LABEL, "効力がなく")

    def test_finding_5b_a_row_of_a_mail_that_notify_did_not_write_is_told_once_it_was_found(self) -> None:
        world = notified()
        put(world, Create(MailRow("reminder-x", "reminder", "x", "sent", "", "", instant_of(world.clock()))))
        with pytest.raises(Exception, match="E-606"):
            world.notify()
        red(world, "このシステムが書いていないメールの送信の記録が1件見つかり、取り除かれました", "監査ログ")

    @pytest.mark.parametrize(
        "row",
        [
            AwardedPlace(LABEL, "A", "winner", 1),
            Forfeit(LABEL, "A", "declined", "2026-03-02T04:10:00Z"),
        ],
        ids=["an award", "a forfeit"],
    )
    def test_a_place_before_the_draw_is_told(self, row: Record) -> None:
        world = frozen()
        put(world, Create(row))
        red(world, "抽選の前なのに")

    @pytest.mark.parametrize(("kind", "file"), [(Frozen, "commitment.json"), (Drawn, "record.json")])
    def test_a_mirror_whose_file_is_not_there_is_told(self, kind: Any, file: str) -> None:
        world = drawn()
        mirror, before = of(world, kind), prepared() if kind is Frozen else frozen()
        put(before, Create(mirror))
        red(before, f"公開ファイル {file} がありません")

    def test_rules_that_vanished_are_told(self) -> None:
        world = prepared()
        del world.published.files["rules.json"]
        red(world, "公開ファイル rules.json がありません")

    def test_labels_are_named_up_to_ten(self) -> None:
        world = drawn()
        put(world, *(Create(Forfeit(f"{n:026}", "A", "declined", stamp(world.clock()))) for n in range(12)))
        red(world, "12件", f"{9:026}ほか")


class TestKilledRuns:
    """A run that was killed between file and mirror is no attack; the next one finishes it within the hour."""

    def test_a_draw_whose_mirror_is_missing_is_told_after_an_hour(self) -> None:
        world = drawn()
        put(world, Delete(Drawn, ONLY), *(Delete(AwardedPlace, award.id) for award in world.state.scan(AwardedPlace)))
        assert differences(world) == []
        world.clock.wait(HOUR)
        assert "公開ファイル record.json の控えがありません" in differences(world)[0]
        assert "抽選（draw）をもう一度" in differences(world)[0]

    def test_a_freeze_too(self) -> None:
        world = frozen()
        put(world, Delete(Frozen, ONLY))
        assert "公開ファイル commitment.json の控えがありません" in differences(world)[0]

    def test_a_forfeit_too_and_forfeit_finishes_it(self) -> None:
        world = drawn()
        code = world.forfeit(label=labels(world)[0], why="declined").confirm
        for at in range(20):
            cut = world.copy()
            with pytest.raises(Killed):
                cut.forfeit(code, OPERATOR, Faults(at=at), label=labels(world)[0], why="declined")
            if any(name.startswith("forfeits/") for name in cut.published.files):
                break
        assert differences(cut) == []
        cut.clock.wait(HOUR + MINUTE + LEASE)
        red(cut, "控えまたは署名の写し（.sig）がありません", "当選の失効（forfeit）を {} で実行してください")
        confirmed(cut.forfeit)
        assert differences(cut) == []

    @pytest.mark.parametrize("name", ["commitment.json", "record.json"])
    def test_a_copy_of_a_signature_that_is_missing_is_told_after_an_hour(self, name: str) -> None:
        world = drawn()
        del world.published.files[f"{name}.sig"]
        world.clock.wait(timedelta(hours=1))
        red(world, f"署名の写し {name}.sig がありません")


def test_an_empty_state_beside_empty_files_differs_in_nothing() -> None:
    world = World()
    world.state = Memory(world.campaign.id)
    assert differences(world) == []
