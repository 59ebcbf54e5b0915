"""Forfeits: one signed file each, the next reserve moves up, and a run cut off anywhere is finished by the next."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from prizedraw.errors import Again, Broken, Refused
from prizedraw.evidence.canonical_json import canonical, sha256_hex
from prizedraw.fulfilment import withdrawals
from prizedraw.fulfilment.holder_number import number_of
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.lottery.forfeit_file import ForfeitFile, label_of, name_of
from prizedraw.ports import Create, Delete, Record, Replace
from prizedraw.records.erasure import Erasing
from prizedraw.records.fulfilment import Claim, Forfeit, Import, Review, Shipped, ShippingList, Why, Withdrawal
from prizedraw.records.lottery import AwardedPlace
from prizedraw.records.running import ONLY, JournalRow, Lease
from prizedraw.records.verdicts import Unread
from prizedraw.runtime import lease
from prizedraw.runtime.orders import Caller, Reply, Result
from prizedraw.times import stamp, unstamp
from support.clock import DAY, HOUR, LEASE, MINUTE
from support.fakes.keys import MemorySigner
from support.faults import NONE, Faults, at_first, beside, cut_off, interposed
from support.replies import order_in, told
from support.stages import drawn, frozen, notified
from support.verifier import verify
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, agreed, confirmed, sentences

SECOND = timedelta(seconds=1)


def press(
    world: World,
    confirm: str | None = None,
    *,
    caller: Caller = OPERATOR,
    faults: Faults = NONE,
    clock: Callable[[], datetime] | None = None,
    **given: Any,
) -> Reply:
    """Run `forfeit`."""
    return world.forfeit(confirm, caller, faults, clock, **given)


def let_go(world: World, label: str, why: str = "declined", faults: Faults = NONE) -> Reply:
    """Press twice, whatever is there already."""
    reply = press(world, label=label, why=why, faults=faults)
    return press(world, reply.confirm, label=label, why=why, faults=faults) if reply.confirm else reply


def tick(world: World, faults: Faults = NONE) -> Reply:
    return press(world, caller=SCHEDULER, faults=faults)


def standing(world: World) -> Standing:
    return world.standing()


def places(world: World) -> dict[str, list[str]]:
    """Return the labels of the record: by prize, winners and then reserves, in its order."""
    record = json.loads(world.published.files["record.json"])
    return {award["prize"]: award["winners"] + award["reserves"] for award in record["awards"]}


def held(world: World, prize: str = "B") -> set[str]:
    return {holder.label for holder in standing(world).holders if holder.prize == prize}


def holder(world: World, label: str) -> Holder:
    found = standing(world).holder(label)
    assert found is not None
    return found


def forfeits(world: World) -> dict[str, tuple[str, str]]:
    """Return what is mirrored: prize and reason by label."""
    return {mark.id: (mark.prize, mark.why) for mark in world.state.scan(Forfeit)}


def put(world: World, *records: Record) -> None:
    world.state.commit([Create(record) for record in records])


def csv(dropped_at: datetime, *, complete: bool = True, id: str = "") -> Import:
    return Import(id or f"file-{dropped_at.timestamp():.0f}", stamp(dropped_at), 7, {"claimed": 7}, complete)


def withdrawal(world: World, label: str) -> Withdrawal:
    """Return the mark that somebody has withdrawn, as `erase` signs it."""
    return withdrawals.signed(world.keys.signer, world.campaign.id, label, stamp(world.clock.now))


def claim(label: str, prize: str = "B") -> Claim:
    return Claim(label, prize, "2026-03-05T00:00:00.000000000Z", "ab" * 32, "2026-03-05T01:00:00Z")


def on_list(*labels: str) -> ShippingList:
    return ShippingList("0001", "2026-03-05T00:00:00Z", labels, "shipping.xlsx", "1")


@pytest.fixture
def world() -> World:
    """Return a drawn world whose winners have been told."""
    return notified()


@pytest.fixture
def b(world: World) -> list[str]:
    """Return the labels of prize B: three winners, two reserves."""
    return places(world)["B"]


def is_whole(world: World) -> bool:
    """Hold files, signatures and mirror against each other."""
    files = {label: data for name, data in world.published.files.items() if (label := label_of(name))}
    read = {label: ForfeitFile.from_bytes(data, name_of(label)) for label, data in files.items()}
    key = load_pem_public_key(world.keys.signer.public_pem())
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for label, data in files.items():
        key.verify(world.published.files[name_of(label) + ".sig"], data, ec.ECDSA(SHA256()))
    mirrored = {mark.id: mark for mark in world.state.scan(Forfeit)}
    assert mirrored == {label: Forfeit(label, f.prize, f.why.value, stamp(f.at)) for label, f in read.items()}
    return sum(action == "forfeited" for _, action, _ in world.journal()) == len(files)


class TestOneAfterTheOther:
    """An operator who wants a friend among the reserves to win names one place after the other."""

    def test_one_operator_alone_gets_no_further_than_three_or_a_third(self, world: World, b: list[str]) -> None:
        for label in b[:3]:
            let_go(world, label)
        a = places(world)["A"][0]
        asked = press(world, label=a, why="unreachable")
        assert "これまでの3件と合わせて4件となり、当選5件の三分の一" in sentences(asked)
        with pytest.raises(Refused) as caught:
            press(world, asked.confirm, label=a, why="unreachable")
        assert caught.value.problem.code == "E-142"
        assert press(world, asked.confirm, caller=ANOTHER, label=a, why="unreachable").result == Result.DONE

    def test_reserves_that_are_passed_over_count_too(self, world: World, b: list[str]) -> None:
        for label in (b[3], b[4], b[0]):
            let_go(world, label)
        assert told(press(world, label=b[1], why="ineligible")).startswith("この操作には担当者が二人要ります。")

    def test_nor_is_one_who_did_it_kept_from_what_lapses_later(self, world: World, b: list[str]) -> None:
        for label in b[:3]:
            let_go(world, label)
        agreed(partial(press, world, label=places(world)["A"][0], why="unreachable"))
        world.clock.now = world.campaign.claim_deadline_at + MINUTE
        put(world, csv(world.clock.now))
        assert confirmed(partial(press, world)).counts["失効"] == 1

    def test_what_lapsed_was_chosen_by_nobody(self, world: World, b: list[str]) -> None:
        world.clock.now = world.campaign.claim_deadline_at + MINUTE
        put(world, *(claim(label) for label in b[:2]), csv(world.clock.now))
        assert tick(world).counts["失効"] == 3
        assert let_go(world, b[0]).result == Result.DONE


class TestByAnOperator:
    def test_is_asked_first_and_told_who_would_move_up(self, world: World, b: list[str]) -> None:
        reply = press(world, label=b[0], why="declined")
        assert reply.result == Result.ASK
        assert f"失効：管理番号 {number_of(b[0])}「B賞 ピンバッジ」（辞退）" in reply.summary
        assert (
            f"繰り上げ：管理番号 {number_of(b[3])} に「B賞 ピンバッジ」。登録期限は3月11日（水）23:59です。"
            in reply.summary
        )
        assert order_in(reply) == {
            "confirm": reply.confirm,
            "label": b[0],
            "why": "declined",
        }
        assert forfeits(world) == {}
        assert not [name for name in world.published.files if name.startswith("forfeits/")]

    def test_a_mail_to_who_moves_up_is_promised_where_somebody_does(self, world: World, b: list[str]) -> None:
        promised = "繰り上げのお知らせは"
        while (reply := let_go(world, b.pop(0))).counts["繰り上げ"]:
            assert isinstance(reply.next, str)
            assert reply.next.startswith(promised)
        assert promised not in reply.next

    @pytest.mark.parametrize("why", ["declined", "ineligible", "unreachable"])
    def test_publishes_one_signed_file_and_mirrors_it(self, why: str, world: World, b: list[str]) -> None:
        reply = let_go(world, b[1], why)
        assert reply.result == Result.DONE
        file = world.published.files[f"forfeits/{b[1]}.json"]
        assert file == canonical(
            {
                "spec": "prizedraw/1",
                "campaign": world.campaign.id,
                "record_hash": sha256_hex(world.published.files["record.json"]),
                "prize": "B",
                "label": b[1],
                "why": why,
                "at": stamp(world.clock.now),
            }
        )
        assert world.keys.signer.signed[-1] == file
        assert forfeits(world) == {b[1]: ("B", why)}
        assert ("forfeit", "forfeited", OPERATOR.principal) in world.journal()
        assert is_whole(world)

    def test_the_journal_names_the_file_by_its_hash_and_no_list_for_it_was_by_none(
        self, world: World, b: list[str]
    ) -> None:
        put(world, csv(world.clock.now))
        let_go(world, b[0])
        (entry,) = [row for row in world.state.scan(JournalRow) if row.action == "forfeited"]
        assert entry.hashes == {"forfeit": sha256_hex(world.published.files[name_of(b[0])])}
        assert entry.counts == {"declined": 1}

    def test_lets_the_next_reserve_of_the_prize_move_up(self, world: World, b: list[str]) -> None:
        a = held(world, "A")
        reply = let_go(world, b[0])
        assert held(world) == {b[1], b[2], b[3]}
        assert held(world, "A") == a
        assert (
            f"繰り上げ：管理番号 {number_of(b[3])} に「B賞 ピンバッジ」。登録期限は3月11日（水）23:59です。"
            in reply.summary
        )
        assert (reply.counts["失効"], reply.counts["繰り上げ"]) == (1, 1)
        assert holder(world, b[3]).promoted

    @pytest.mark.parametrize(
        ("typed", "why"),
        [
            (str.upper, "Declined"),
            (lambda label: f"　{label}\n", "辞退"),
            (lambda label: "".join(chr(ord(c) + 0xFEE0) for c in label), "ｄｅｃｌｉｎｅｄ"),
        ],
        ids=["upper case", "spaces and Japanese", "full width"],
    )
    def test_reads_labels_and_reasons_as_people_paste_them(
        self, typed: Callable[[str], str], why: str, world: World, b: list[str]
    ) -> None:
        let_go(world, typed(b[0]), why)
        assert forfeits(world) == {b[0]: ("B", "declined")}

    def test_a_reserve_that_declines_before_its_turn_is_passed_over(self, world: World, b: list[str]) -> None:
        reply = let_go(world, b[3])
        assert reply.counts["繰り上げ"] == 0
        assert held(world) == set(b[:3])
        let_go(world, b[0])
        assert held(world) == {b[1], b[2], b[4]}

    def test_when_the_reserves_are_used_up_it_says_so_and_draws_nobody(self, world: World, b: list[str]) -> None:
        record = world.published.files["record.json"]
        for label in b[:2]:
            let_go(world, label)
        reply = let_go(world, b[2])
        assert "「B賞 ピンバッジ」1点は、補欠が残っていないため、受け取る方がいません。新たな抽選は行いません。" in (
            reply.summary
        )
        assert held(world) == {b[3], b[4]}
        assert standing(world).unfilled == {"B": 1}
        assert world.published.files["record.json"] == record

    def test_after_the_last_claim_date_nobody_moves_up(self, world: World, b: list[str]) -> None:
        world.clock.now = world.campaign.claim_last_at
        reply = let_go(world, b[0])
        assert "繰り上げの最終期限を過ぎているため、受け取る方がいません" in sentences(reply)
        assert held(world) == {b[1], b[2]}

    @pytest.mark.parametrize(
        ("since", "deadline"),
        [
            (timedelta(0), "3月11日（水）23:59"),
            (2 * DAY, "3月13日（金）23:59"),
            (7 * DAY, "3月18日（水）23:59"),
            (15 * DAY, "3月18日（水）23:59"),
        ],
    )
    def test_who_moves_up_has_as_many_days_but_never_beyond_the_last_date(
        self, since: timedelta, deadline: str, world: World, b: list[str]
    ) -> None:
        world.clock.wait(since)
        reply = let_go(world, b[0])
        assert f"登録期限は{deadline}です。" in sentences(reply)

    def test_a_second_forfeit_changes_nothing_and_tells_of_the_first(self, world: World, b: list[str]) -> None:
        let_go(world, b[0], "declined")
        before = (world.written(), world.published.files.copy())
        world.clock.wait(DAY)
        reply = press(world, label=b[0], why="unreachable")
        assert reply.result == Result.UNCHANGED
        assert reply.summary == (
            f"管理番号 {number_of(b[0])}「B賞 ピンバッジ」は、3月2日（月）13:10に失効しています（辞退）。",
        )
        assert (world.written(), world.published.files) == before

    def test_who_stands_on_the_shipping_list_can_still_decline_and_the_operator_is_warned(
        self, world: World, b: list[str]
    ) -> None:
        put(world, claim(b[0]), on_list(b[0], b[1]))
        warning = f"管理番号 {number_of(b[0])} は発送リストに載っています。"
        assert warning in sentences(press(world, label=b[0], why="declined"))
        assert warning in sentences(let_go(world, b[0]))
        assert b[0] not in held(world)

    def test_two_at_once_take_turns(self, world: World, b: list[str]) -> None:
        code = press(world, label=b[0], why="declined").confirm
        assert lease.acquire(world.state, lease.AWARDS, world.clock, LEASE) is not None
        with pytest.raises(Again) as caught:
            press(world, code, label=b[0], why="declined")
        assert caught.value.problem.code == "E-200"
        assert forfeits(world) == {}


class TestHowAPersonIsNamed:
    """O1: the label belonged to nobody on the telephone; the 管理番号 of the mail does."""

    @pytest.mark.parametrize("typed", ["{number}", "{label}", " {LABEL} ", "winner-{label}-0123456789"])
    def test_by_the_number_the_label_or_the_reference_of_the_mail(self, typed: str, world: World, b: list[str]) -> None:
        named = typed.format(number=number_of(b[0]), label=b[0], LABEL=b[0].upper())
        assert confirmed(world.forfeit, label=named, why="辞退").result == Result.DONE
        assert b[0] not in held(world)

    def test_once_more_by_the_number_nothing_is_changed(self, world: World, b: list[str]) -> None:
        let_go(world, b[0])
        assert press(world, label=number_of(b[0]), why="declined").result == Result.UNCHANGED

    def test_a_number_that_was_misheard_is_told_from_one_that_nobody_has(self, world: World, b: list[str]) -> None:
        misheard = number_of(b[0])[:-1] + ("2" if number_of(b[0])[-1] != "2" else "3")
        with pytest.raises(Refused) as caught:
            press(world, label=misheard, why="declined")
        assert caught.value.problem.code == "E-759"

    def test_the_refusal_sends_to_a_list_that_there_is(self, world: World, b: list[str]) -> None:
        with pytest.raises(Refused) as caught:
            press(world, label="0" * 26, why="declined")
        assert '現在の状況（status）を {"holders": true} で実行' in caught.value.sentence
        assert any(number_of(b[0]) in line for line in world.status(holders=True).summary)


class TestOnceEverythingIsBeingErased:
    """Nobody loses a place any more, whenever the erasure began."""

    @pytest.mark.parametrize("caller", [OPERATOR, SCHEDULER])
    @pytest.mark.parametrize("is_late", [True, False])
    def test_it_says_so_and_lets_go_of_nobody(self, caller: Caller, is_late: bool, world: World, b: list[str]) -> None:
        put(world, withdrawal(world, b[0]))
        code = press(world).confirm if caller is OPERATOR else None
        mark, real = Erasing(ONLY, stamp(world.clock()), SCHEDULER.principal), world.state
        if is_late:  # between the first look and the lease
            world.state = interposed(real, get=at_first(Lease, lambda: put(world, mark)))
        else:
            put(world, mark)
        reply = press(world, code, caller=caller)
        world.state = real
        assert reply.result is Result.UNCHANGED
        assert "消去が始まっている" in reply.summary[0]
        assert forfeits(world) == {}


class TestRefusing:
    @pytest.mark.parametrize(
        ("given", "code"),
        [
            ({"label": "0" * 26, "why": "declined"}, "E-751"),
            ({"label": "hanako@example.jp", "why": "declined"}, "E-758"),
            ({"label": "K7QM-4T9X-2HVD-8", "why": "declined"}, "E-760"),
            ({"label": "", "why": "declined"}, "E-758"),
            ({"why": "declined"}, "E-752"),
        ],
    )
    def test_what_names_no_place(self, given: dict[str, Any], code: str, world: World) -> None:
        with pytest.raises(Refused) as caught:
            press(world, **given)
        assert caught.value.problem.code == code
        assert forfeits(world) == {}

    @pytest.mark.parametrize("why", [None, "", "lapsed", "withdrawn", "期限までの登録なし", "because"])
    def test_what_is_no_reason_of_an_operator(self, why: str | None, world: World, b: list[str]) -> None:
        with pytest.raises(Refused) as caught:
            press(world, label=b[0], why=why)
        assert '"declined"（辞退）、"ineligible"（資格なし）、"unreachable"（連絡不能）' in caught.value.sentence

    def test_a_label_that_is_in_the_pool_but_was_not_drawn(self, world: World) -> None:
        pool = [line.split("\t")[0] for line in world.published.files["pool.txt"].decode().splitlines()]
        drawn_labels = {label for labels in places(world).values() for label in labels}
        loser = next(label for label in pool if label not in drawn_labels)
        with pytest.raises(Refused) as caught:
            press(world, label=loser, why="declined")
        assert caught.value.problem.code == "E-751"

    def test_a_prize_that_is_on_its_way(self, world: World, b: list[str]) -> None:
        put(world, claim(b[0]), Shipped(b[0], "B", "2026-03-06T00:00:00Z"))
        with pytest.raises(Refused) as caught:
            press(world, label=b[0], why="declined")
        assert caught.value.problem.code == "E-753"

    def test_before_the_draw(self) -> None:
        world = frozen()
        with pytest.raises(Refused) as caught:
            press(world)
        assert caught.value.problem.code == "E-750"
        assert tick(world).result == Result.NOT_DUE

    @pytest.mark.parametrize("code", ["", "0000-0000", "確認コード"])
    def test_a_wrong_code(self, code: str, world: World, b: list[str]) -> None:
        with pytest.raises(Refused):
            press(world, code, label=b[0], why="declined")
        assert forfeits(world) == {}

    def test_a_code_that_somebody_else_was_shown(self, world: World, b: list[str]) -> None:
        code = press(world, label=b[0], why="declined").confirm
        with pytest.raises(Refused) as caught:
            press(world, code, caller=ANOTHER, label=b[0], why="declined")
        assert caught.value.problem.code == "E-141"
        assert forfeits(world) == {}

    @pytest.mark.parametrize("other", [{"label": 1, "why": "declined"}, {"label": 0, "why": "ineligible"}])
    def test_a_code_for_another_place_or_reason(self, other: dict[str, Any], world: World, b: list[str]) -> None:
        code = press(world, label=b[0], why="declined").confirm
        with pytest.raises(Refused):
            press(world, code, label=b[other["label"]], why=other["why"])
        assert forfeits(world) == {}


def a_registers(world: World) -> None:
    """Let the two winners of A register, so that the three of B are few enough to lapse by schedule."""
    put(world, *(claim(label, "A") for label in places(world)["A"][:2]))


class TestLapsing:
    """By schedule: the deadline passed, and a CSV that was dropped after it did not bring the winner."""

    @pytest.fixture
    def late(self, world: World) -> World:
        world.clock.now = world.campaign.claim_deadline_at + MINUTE
        return world

    def test_nothing_lapses_before_the_deadline(self, world: World) -> None:
        world.clock.now = world.campaign.claim_deadline_at - SECOND
        put(world, csv(world.clock.now))
        assert tick(world).result == Result.NOT_DUE
        assert forfeits(world) == {}

    def test_without_a_csv_nobody_lapses_and_it_is_asked_for(self, late: World, b: list[str]) -> None:
        put(late, *(claim(label) for label in b[:2]))
        assert tick(late).result == Result.NOT_DUE
        reply = press(late)
        assert reply.result == Result.REPORT
        assert reply.counts == {"期限を過ぎた未登録": 3}
        assert "期限の後に書き出した登録フォームのCSV（全件）を取り込むと、登録のない方が失効します。" in sentences(
            reply
        )
        assert forfeits(late) == {}

    @pytest.mark.parametrize(
        ("after", "lapses"), [(-DAY, False), (-SECOND, False), (timedelta(0), True), (MINUTE, True)]
    )
    def test_only_a_csv_dropped_at_the_deadline_or_later_tells(
        self, after: timedelta, lapses: bool, late: World
    ) -> None:
        a_registers(late)
        put(late, csv(late.campaign.claim_deadline_at + after))
        tick(late)
        assert bool(forfeits(late)) == lapses

    def test_who_has_registered_is_left_alone(self, late: World, b: list[str], tmp_path: Path) -> None:
        a = places(late)["A"]
        put(late, claim(b[0]), claim(b[1]), claim(a[0], "A"), claim(a[1], "A"), csv(late.clock.now))
        reply = tick(late)
        assert reply.result == Result.DONE
        assert forfeits(late) == {b[2]: ("B", "lapsed")}
        assert held(late) == {b[0], b[1], b[3]}
        assert f"失効：管理番号 {number_of(b[2])}「B賞 ピンバッジ」（期限までの登録なし）" in reply.summary
        assert ("forfeit", "forfeited", SCHEDULER.principal) in late.journal()
        assert is_whole(late)
        assert verify(late, tmp_path) == 0

    @pytest.mark.parametrize("before", [timedelta(0), MINUTE])
    def test_the_journal_names_the_list_by_which_a_place_lapsed(self, before: timedelta, late: World) -> None:
        proof = csv(late.clock.now - before)
        put(late, proof)
        a_registers(late)
        tick(late)
        rows = [row for row in late.state.scan(JournalRow) if row.action == "forfeited"]
        assert rows
        assert {row.hashes["file"] for row in rows} == {proof.id}
        assert all(row.times == {"dropped_at": proof.dropped_at} for row in rows)

    def test_who_is_listed_or_shipped_does_not_lapse_even_without_a_claim_mark(self, late: World, b: list[str]) -> None:
        put(late, on_list(b[0]), Shipped(b[1], "B", "2026-03-06T00:00:00Z"), csv(late.clock.now))
        tick(late)
        assert {b[0], b[1]} <= held(late)

    def test_whose_row_in_time_an_operator_must_look_at_keeps_the_place(self, late: World, b: list[str]) -> None:
        a_registers(late)
        put(late, csv(late.campaign.claim_deadline_at))
        put(late, Review("r7", "file", 7, "bad_phone", "2026-03-12T00:00:00Z", b[0]))
        tick(late)
        assert set(forfeits(late)) == {b[1], b[2]}

    def test_a_half_imported_file_holds_everything_up(self, late: World) -> None:
        put(late, csv(late.clock.now), csv(late.clock.now - MINUTE, complete=False))
        assert tick(late).result == Result.NOT_DUE
        assert forfeits(late) == {}

    def test_but_not_for_ever_once_a_newer_one_is_through(self, late: World) -> None:
        a_registers(late)
        put(late, csv(late.clock.now, complete=False))
        late.clock.wait(2 * DAY)
        assert tick(late).result == Result.NOT_DUE
        put(late, csv(late.clock.now))
        assert tick(late).result == Result.DONE

    @pytest.mark.parametrize(("older", "lapses"), [(MINUTE, True), (-MINUTE, False)])
    def test_a_file_that_could_not_be_read_holds_up_only_what_was_dropped_before_it(
        self, older: timedelta, lapses: bool, late: World
    ) -> None:
        a_registers(late)
        late.clock.wait(DAY)
        unread = csv(late.clock.now - older, complete=False)
        put(late, csv(late.clock.now), replace(unread, problem=Unread.ENCODING.value))
        assert (tick(late).result == Result.DONE) == lapses

    def test_a_promoted_reserve_has_a_deadline_of_its_own(self, late: World, b: list[str]) -> None:
        a_registers(late)
        put(late, *(claim(label) for label in b[1:3]), csv(late.clock.now))
        tick(late)
        assert b[3] in held(late)
        late.clock.now = late.campaign.claim_deadline_at + 9 * HOUR
        late.notify()
        deadline = holder(late, b[3]).deadline
        assert deadline == late.campaign.claim_last_at
        late.clock.now = deadline - SECOND
        put(late, csv(late.clock.now))
        assert tick(late).result == Result.NOT_DUE
        late.clock.now = deadline + SECOND
        put(late, csv(late.clock.now))
        reply = tick(late)
        assert b[3] in forfeits(late)
        assert held(late) == set(b[1:3])
        assert "繰り上げの最終期限を過ぎているため" in sentences(reply)

    def test_an_operator_may_press_for_the_schedule_with_a_code(self, late: World, b: list[str]) -> None:
        put(late, *(claim(label) for label in b[:2]), csv(late.clock.now))
        reply = confirmed(partial(press, late))
        assert reply.counts["失効"] == 3
        assert {why for _, why in forfeits(late).values()} == {"lapsed"}

    def test_one_operator_alone_does_not_take_every_place_away(self, late: World) -> None:
        put(late, csv(late.clock.now))
        asked = press(late)
        assert "賞品を受け取る権利のある5名のうち5名が、一度に失効します" in sentences(asked)
        assert "15分以内に、別の担当者が、ご自分のアカウントで" in asked.next
        with pytest.raises(Refused) as caught:
            press(late, asked.confirm)
        assert caught.value.problem.code == "E-142"
        assert forfeits(late) == {}

    def test_two_operators_may_let_go_of_many_and_the_journal_names_both(self, late: World) -> None:
        put(late, csv(late.clock.now))
        assert agreed(partial(press, late)).counts["失効"] == 5
        rows = list(late.state.scan(JournalRow))
        (asked,) = (row for row in rows if row.action == "asked many")
        assert (asked.principal, asked.counts) == (OPERATOR.principal, {"forfeits": 5})
        done = [row for row in rows if row.action == "forfeited"]
        assert {(row.principal, row.hashes["asked"]) for row in done} == {(ANOTHER.principal, asked.id)}
        assert len(done) == 5

    def test_what_one_person_consented_to_is_not_followed_by_more(self, late: World, b: list[str]) -> None:
        put(late, *(claim(label) for label in b[:2]), csv(late.clock.now))
        code = press(late).confirm
        withdrawing = Faults(0, meanwhile=lambda: put(late, withdrawal(late, b[0])))
        before = set(b[:2])
        press(late, code, faults=withdrawing)
        assert withdrawing.struck
        assert before <= held(late)

    def test_a_code_for_those_that_lapsed_dies_when_one_of_them_registers(self, late: World, b: list[str]) -> None:
        put(late, *(claim(label) for label in b[1:]), csv(late.clock.now))
        code = press(late).confirm
        put(late, claim(b[0]))
        with pytest.raises(Refused) as caught:
            press(late, code)
        assert caught.value.problem.code == "E-140"

    def test_who_registers_between_code_and_act_keeps_the_place(self, late: World, b: list[str]) -> None:
        a_registers(late)
        put(late, csv(late.clock.now))
        registering = Faults(0, meanwhile=lambda: put(late, claim(b[0])))
        press(late, caller=SCHEDULER, faults=registering)
        assert registering.struck
        assert b[0] in held(late)
        assert b[1] in forfeits(late)

    def test_everything_is_read_once_before_the_lease_and_once_under_it(self, late: World, b: list[str]) -> None:
        put(late, csv(late.clock.now))
        read: Counter[type[Record]] = Counter()
        late.state = interposed(late.state, scan=lambda kind: read.update([kind]))
        asked = press(late)
        kinds = (Claim, Import, Review, Withdrawal)
        assert [read[kind] for kind in kinds] == [1] * 4
        assert press(late, asked.confirm, caller=ANOTHER).result == Result.DONE
        assert [read[kind] for kind in kinds] == [3] * 4

    def test_long_work_stops_in_time_and_goes_on_at_the_next_tick(self, late: World) -> None:
        put(late, *(withdrawal(late, holder.label) for holder in standing(late).holders))
        start, calls = late.clock.now, iter(range(1000))
        slow = press(late, caller=SCHEDULER, clock=lambda: start + next(calls) * timedelta(seconds=20))
        assert slow.result == Result.CONTINUES
        assert 0 < slow.counts["失効"] < 5
        assert slow.counts["残り"] == 5 - slow.counts["失効"]
        late.clock.wait(timedelta(hours=1))
        assert tick(late).result == Result.DONE
        assert len(forfeits(late)) == 5

    def test_the_schedule_lets_go_of_nobody_by_name(self, world: World, b: list[str]) -> None:
        press(world, caller=SCHEDULER, label=b[0], why="declined")
        assert forfeits(world) == {}


class TestWithdrawing:
    def test_who_withdrew_loses_a_place_or_a_turn(self, world: World, b: list[str]) -> None:
        put(world, withdrawal(world, b[0]), withdrawal(world, b[3]))
        reply = tick(world)
        assert reply.result == Result.DONE
        assert forfeits(world) == {b[0]: ("B", "withdrawn"), b[3]: ("B", "withdrawn")}
        assert held(world) == {b[1], b[2], b[4]}
        assert tick(world).result == Result.NOT_DUE

    def test_who_holds_nothing_or_has_the_prize_already_is_not_looked_at(self, world: World, b: list[str]) -> None:
        put(world, Shipped(b[0], "B", stamp(world.clock.now)), withdrawal(world, b[0]))
        put(world, withdrawal(world, "0" * 26))
        assert tick(world).result == Result.NOT_DUE
        assert forfeits(world) == {}

    def test_it_is_called_withdrawn_even_if_the_deadline_passed_too(self, world: World, b: list[str]) -> None:
        world.clock.now = world.campaign.claim_deadline_at
        a_registers(world)
        put(world, withdrawal(world, b[0]), csv(world.clock.now))
        tick(world)
        assert forfeits(world)[b[0]] == ("B", "withdrawn")
        assert forfeits(world)[b[1]] == ("B", "lapsed")


def lapsing() -> World:
    """Return a world in which one winner of B withdrew and another lapsed."""
    world = notified()
    world.clock.now = world.campaign.claim_deadline_at
    b, a = places(world)["B"], places(world)["A"]
    put(world, claim(b[0]), claim(a[0], "A"), claim(a[1], "A"), csv(world.clock.now))
    put(world, withdrawal(world, b[1]))
    return world


def decline(world: World, faults: Faults = NONE) -> Reply:
    return let_go(world, places(world)["B"][0], faults=faults)


class TestCutOffAnywhere:
    @pytest.mark.parametrize(("make", "act"), [(drawn, decline), (lapsing, tick)], ids=["operator", "schedule"])
    def test_the_same_button_finishes(self, make: Callable[[], World], act: Callable[[World, Faults], Reply]) -> None:
        wanted = make()
        act(wanted, NONE)
        for where, world in cut_off(make, act):
            world.clock.wait(LEASE)
            act(world, NONE)
            assert forfeits(world) == forfeits(wanted), where
            assert held(world) == held(wanted), where
            assert is_whole(world), where

    def test_the_schedule_finishes_what_an_operator_began(self) -> None:
        for where, world in cut_off(drawn, decline):
            world.clock.wait(LEASE)
            begun = any(name.startswith("forfeits/") for name in world.published.files)
            tick(world)
            assert bool(forfeits(world)) == begun, where
            assert is_whole(world), where

    def test_what_was_begun_keeps_its_first_time_and_reason(self, world: World, b: list[str]) -> None:
        (_, cut) = next(
            (where, cut) for where, cut in cut_off(drawn, decline) if f"forfeits/{b[0]}.json" in cut.published.files
        )
        file = cut.published.files[f"forfeits/{b[0]}.json"]
        cut.clock.wait(DAY)
        reply = let_go(cut, b[0], "unreachable")
        assert cut.published.files[f"forfeits/{b[0]}.json"] == file
        assert "（辞退）" in sentences(reply)
        assert cut.state.get(Forfeit, b[0]).record.at == stamp(cut.clock.now - DAY)  # type: ignore[union-attr]

    def test_another_run_at_any_moment_forfeits_nothing_twice(self) -> None:
        def other(world: World) -> None:
            world.clock.wait(LEASE)
            tick(world)

        for where, world in beside(lapsing, tick, other):
            world.clock.wait(LEASE)
            tick(world)
            assert len(forfeits(world)) == 2, where
            assert is_whole(world), where


def forged(world: World, **changes: Any) -> tuple[str, bytes]:
    """Return name and bytes of a forfeit that reads like one of ours, but for *changes*."""
    value = {
        "spec": "prizedraw/1",
        "campaign": world.campaign.id,
        "record_hash": sha256_hex(world.published.files["record.json"]),
        "prize": "B",
        "label": places(world)["B"][0],
        "why": "declined",
        "at": stamp(world.clock.now),
    } | changes
    return f"forfeits/{value['label']}.json", canonical(value)


class TestFilesThatAreNotOurs:
    """Finding 3: labels are public, and who could write the bucket alone had a forfeit signed and executed."""

    def assert_it_stops(self, world: World, name: str) -> None:
        before = places(world), list(world.keys.signer.signed), world.written()
        with pytest.raises(Broken) as caught:
            tick(world)
        assert name in caught.value.sentence
        with pytest.raises(Broken):
            press(world)
        assert (places(world), list(world.keys.signer.signed), world.written()) == before
        assert f"{name}.sig" not in world.published.files

    def test_finding_3_a_planted_forfeit_is_neither_signed_nor_executed(self, world: World) -> None:
        name, data = forged(world)
        world.published.plant(name, data)
        self.assert_it_stops(world, name)

    def test_finding_3_one_with_a_signature_of_another_key_neither(self, world: World) -> None:
        name, data = forged(world)
        world.published.plant(name, data, MemorySigner().sign(data))
        self.assert_it_stops(world, name)

    def test_finding_3_one_with_a_signature_of_ours_over_something_else_neither(self, world: World) -> None:
        name, data = forged(world)
        world.published.plant(name, data, world.published.signatures["record.json"])
        world.published.plant(f"{name}.sig", world.published.signatures["record.json"])
        before = forfeits(world)
        with pytest.raises(Broken):
            tick(world)
        assert forfeits(world) == before

    @pytest.mark.parametrize(
        "changes",
        [
            {"campaign": "other"},
            {"record_hash": "00" * 32},
            {"prize": "A"},
            {"label": "0" * 26},
            {"at": "2026-03-02T03:59:59Z"},
            {"at": "2099-01-01T00:00:00Z"},
            {"why": "disliked"},
            {"spec": "prizedraw/2"},
            {"note": "x"},
            {"label": "x"},
            {"at": "yesterday"},
        ],
        ids=str,
    )
    def test_finding_3_what_this_step_could_not_have_said_stops_it_even_signed(
        self, changes: dict[str, Any], world: World
    ) -> None:
        name, data = forged(world, **changes)
        world.plant(name, data)
        self.assert_it_stops(world, name)

    def test_a_good_one_under_another_name_stops_it_too(self, world: World, b: list[str]) -> None:
        world.plant(f"forfeits/{b[1]}.json", forged(world)[1])
        with pytest.raises(Broken):
            tick(world)

    def test_one_that_a_killed_run_signed_is_finished(self, world: World, b: list[str]) -> None:
        world.plant(*forged(world))
        tick(world)
        assert forfeits(world) == {b[0]: ("B", "declined")}
        assert is_whole(world)

    def test_nothing_is_forfeited_under_another_record(self, world: World, b: list[str]) -> None:
        world.published.files["record.json"] += b" "
        with pytest.raises(Broken) as caught:
            let_go(world, b[0])
        assert "record.json" in caught.value.sentence
        assert forfeits(world) == {}


class TestRowsThatAreNotOurs:
    """Finding 5: what `state` says of places decides nothing."""

    @pytest.mark.parametrize("forger", [None, MemorySigner()], ids=["unsigned", "signed by another key"])
    def test_finding_5b_a_planted_withdrawal_costs_nobody_the_prize(
        self, forger: MemorySigner | None, world: World, b: list[str]
    ) -> None:
        at = stamp(world.clock.now)
        signed = withdrawals.signed(forger, world.campaign.id, b[0], at) if forger else Withdrawal(b[0], at)
        put(world, signed)
        assert tick(world).result == Result.NOT_DUE
        assert press(world).result == Result.REPORT
        assert forfeits(world) == {}
        assert b[0] in held(world)

    def test_finding_5b_nor_one_that_was_signed_for_somebody_else(self, world: World, b: list[str]) -> None:
        put(world, replace(withdrawal(world, "0" * 26), id=b[0]))
        tick(world)
        assert b[0] in held(world)

    def test_finding_5_a_planted_forfeit_row_takes_no_place_away(self, world: World, b: list[str]) -> None:
        put(world, Forfeit(b[0], "B", "declined", stamp(world.clock.now)))
        assert tick(world).result == Result.NOT_DUE
        assert f"失効：管理番号 {number_of(b[0])}「B賞 ピンバッジ」（辞退）" in sentences(
            press(world, label=b[0], why="declined")
        )

    def test_finding_5_it_does_not_keep_who_let_go_from_losing_it_either(self, world: World, b: list[str]) -> None:
        put(world, Forfeit(b[0], "B", "lapsed", stamp(world.clock.now)))
        let_go(world, b[0], "declined")
        assert forfeits(world) == {b[0]: ("B", "declined")}
        assert is_whole(world)

    def test_finding_5_a_swapped_award_row_gives_no_place_to_let_go_of(self, world: World, b: list[str]) -> None:
        pool = [line.split("\t")[0] for line in world.published.files["pool.txt"].decode().splitlines()]
        friend = next(label for label in pool if label not in {one for of in places(world).values() for one in of})
        world.state.commit([Delete(AwardedPlace, b[0]), Create(AwardedPlace(friend, "B", "winner", 1))])
        with pytest.raises(Refused) as caught:
            press(world, label=friend, why="declined")
        assert caught.value.problem.code == "E-751"
        assert let_go(world, b[0]).counts["繰り上げ"] == 1

    def test_finding_5_a_changed_forfeit_row_is_put_right(self, world: World, b: list[str]) -> None:
        let_go(world, b[0])
        world.state.commit([Replace(Forfeit(b[0], "B", "lapsed", "2026-03-20T00:00:00Z"))])
        tick(world)
        assert forfeits(world) == {b[0]: ("B", "declined")}


def forfeit_file(label: str) -> ForfeitFile:
    at = unstamp("2026-03-12T00:00:00Z")
    return ForfeitFile(campaign="rally", record_hash="ab" * 32, prize="B", label=label, why=Why.LAPSED, at=at)


class TestTheFile:
    def test_is_read_back_as_it_was_written(self, world: World, b: list[str]) -> None:
        file = forfeit_file(b[0])
        assert ForfeitFile.from_bytes(file.to_bytes(), name_of(b[0])) == file
        assert label_of(name_of(b[0])) == b[0]

    @pytest.mark.parametrize("name", ["forfeits/a.json.sig", "record.json", "forfeits/", "a.json"])
    def test_other_names_are_no_labels(self, name: str) -> None:
        assert label_of(name) is None

    def test_what_cannot_be_published_is_not_written(self) -> None:
        with pytest.raises(Broken):
            forfeit_file("not a label").to_bytes()
