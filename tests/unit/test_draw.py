"""The draw: once, by the public randomness, from the files that were committed to, for anybody to recompute."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from prizedraw import draw
from prizedraw.errors import Again, Broken, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import UNSIGNED
from prizedraw.lottery import awards, obtaining
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.opening import MIRROR_DIFFERS
from prizedraw.lottery.pool import read_pool
from prizedraw.lottery.published import FILES_DIFFER, Committed
from prizedraw.lottery.randomness import DrandValue, Hsm, HsmValue
from prizedraw.lottery.randomness_file import RandomnessFile
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.campaign import Prepared
from prizedraw.records.erasure import Erasing
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import stamp
from support.campaigns import OTHER_POST, WARD, campaign_with, chain
from support.clock import DAY, HOUR, MINUTE
from support.fakes.keys import MemorySigner
from support.faults import NONE, Faults, Killed, Way, beside, cut_off, interposed
from support.planted import Forged, foreign
from support.quick import some_of
from support.replies import order_in
from support.stages import drawn, frozen, good, prepared, reconciled
from support.verifier import verify
from support.world import OPERATOR, SCHEDULER, World, confirmed

PLACES = [("A", "winner", 2), ("A", "reserve", 1), ("B", "winner", 3), ("B", "reserve", 2)]
UNCOPIED = ["evidence.pem", "pool.txt"]
"""What bears a signature of which there is no copy beside it."""


@pytest.fixture
def world() -> World:
    return frozen()


def after(point: str) -> Faults:
    """Let the process die once it has passed a point."""
    faults = Faults()
    faults.arm(f"{point}.{Way.AFTER}")
    return faults


def act(world: World, faults: Faults = NONE) -> Reply:
    """Draw as the schedule does."""
    return world.draw(caller=SCHEDULER, faults=faults)


def record(world: World) -> DrawRecord:
    return DrawRecord.from_bytes(world.published.files["record.json"])


def mirrored(world: World) -> dict[tuple[str, str], list[str]]:
    """Return the labels of `state`'s awards by prize and place, in their order."""
    found: dict[tuple[str, str], list[str]] = {}
    for award in sorted(world.state.scan(AwardedPlace), key=lambda award: award.order):
        found.setdefault((award.prize, award.place), []).append(award.id)
    return found


def places(done: DrawRecord) -> dict[tuple[str, str], list[str]]:
    """Return the labels of a record in the same way."""
    found = {}
    for award in done.awards:
        found[award.prize, "winner"] = list(award.winners)
        found[award.prize, "reserve"] = list(award.reserves)
    return {place: labels for place, labels in found.items() if labels}


def are_signed(world: World) -> bool:
    """Tell whether every file bears our signature from its creation on, and every copy is of it."""
    files, signatures = world.published.files, world.published.signatures
    signed = ["commitment.json", "record.json", "rules.json"]
    signed += ["randomness.json"] if isinstance(record(world).randomness, HsmValue) else []
    assert sorted(files) == sorted([*UNCOPIED, *signed, *(f"{name}.sig" for name in signed)])
    assert {name: files[f"{name}.sig"] for name in signed} == {name: signatures[name] for name in signed}
    key = EvidenceKey(files["evidence.pem"])
    return all(key.verifies(files[name], signatures[name]) for name in [*UNCOPIED, *signed])


def is_whole(world: World) -> bool:
    """Hold everything that a draw leaves against each other."""
    done = record(world)
    assert are_signed(world)
    assert mirrored(world) == places(done)
    mirror = world.one(Drawn)
    assert mirror.record_hash == sha256_hex(world.published.files["record.json"])
    assert (mirror.winners, mirror.reserves) == (
        sum(len(award.winners) for award in done.awards),
        sum(len(award.reserves) for award in done.awards),
    )
    return [row[:2] for row in world.journal()].count(("draw", "drawn")) == 1


class TestAsking:
    def test_shows_what_will_be_drawn_and_how_and_that_it_is_for_ever(self, world: World) -> None:
        reply = world.draw()
        assert reply.result == Result.ASK
        assert "抽選は一度だけで、やり直しはできません。" in reply.summary[0]
        assert "乱数：公開の乱数（drand）" in reply.summary
        assert reply.counts == {
            "抽選対象": 12,
            "A賞 複製原画 当選": 2,
            "A賞 複製原画 補欠": 1,
            "B賞 ピンバッジ 当選": 3,
            "B賞 ピンバッジ 補欠": 2,
        }
        assert f'本文を {{"confirm": "{reply.confirm}"}} にして' in reply.next

    @pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
    def test_nothing_is_written_or_asked_for(self, kind: Any) -> None:
        world = frozen(kind)
        before, files, asked = world.written(), dict(world.published.files), len(world.keys.random.drawn)
        world.draw(**(WARD if kind == "ward" else {}))
        assert (world.written(), world.published.files) == (before, files)
        assert (world.beacon.asked, len(world.keys.random.drawn)) == ([], asked)

    def test_repeats_the_ward_s_number_before_it_counts(self) -> None:
        reply = frozen("ward").draw(**WARD)
        assert "区が決めた数：「五つのさいころ 3-1-6-6-2」（17文字）" in reply.summary
        assert "知らせた区の職：文化観光課、数を決めた日時：3月2日（月）13:05" in reply.summary
        assert order_in(reply) == WARD | {"confirm": reply.confirm}

    @pytest.mark.parametrize("code", ["", "0000-0000"])
    def test_a_wrong_code_is_refused(self, world: World, code: str) -> None:
        with pytest.raises(Refused) as caught:
            world.draw(code)
        assert caught.value.problem.code == "E-140"
        assert "record.json" not in world.published.files

    def test_an_old_code_is_refused(self, world: World) -> None:
        code = world.draw().confirm
        world.clock.wait(16 * MINUTE)
        with pytest.raises(Refused):
            world.draw(code)

    @pytest.mark.parametrize(
        "change", [{"ward_value": "1"}, {"given_by": OTHER_POST}, {"given_at": "2026-03-02T13:06:00+09:00"}]
    )
    def test_a_code_is_for_the_number_that_was_shown(self, change: dict[str, Any]) -> None:
        world = frozen("ward")
        code = world.draw(**WARD).confirm
        with pytest.raises(Refused) as caught:
            world.draw(code, **(WARD | change))
        assert caught.value.problem.code == "E-140"
        assert world.draw(code, **WARD).result == Result.DONE


class TestOrderOfSteps:
    @pytest.mark.parametrize("stage", [World, prepared, reconciled])
    def test_not_before_the_freeze(self, stage: Callable[[], World]) -> None:
        world = stage()
        world.clock.now = world.campaign.draw_at + HOUR
        with pytest.raises(Refused) as caught:
            world.draw()
        assert caught.value.problem == draw.NOT_FROZEN
        assert "freeze" in caught.value.sentence
        assert act(world).result == Result.NOT_DUE

    def test_not_when_the_freeze_was_cut_off_after_its_commitment(self) -> None:
        """Its own next run ends it first."""
        world = reconciled()
        with pytest.raises(Killed):
            world.freeze(caller=SCHEDULER, faults=after("published.create#2"))
        assert "commitment.json" in world.published.files
        assert world.state.get(Frozen, ONLY) is None
        world.clock.now = world.campaign.draw_at + HOUR
        assert act(world).result == Result.NOT_DUE

    def test_not_before_its_time(self, world: World) -> None:
        world.clock.now = world.campaign.draw_at - timedelta(seconds=1)
        with pytest.raises(Refused) as caught:
            world.draw()
        assert caught.value.problem == draw.TOO_EARLY
        assert "3月2日（月）13:00" in caught.value.sentence
        assert act(world).result == Result.NOT_DUE
        world.clock.now = world.campaign.draw_at
        assert world.draw().result == Result.ASK

    def test_a_draw_that_a_late_freeze_moved_waits_for_the_new_time(self) -> None:
        world = reconciled()
        world.clock.now = world.campaign.draw_at
        world.freeze(caller=SCHEDULER)
        world.clock.now = world.campaign.draw_at + DAY - timedelta(seconds=1)
        assert act(world).result == Result.NOT_DUE
        world.clock.wait(2 * MINUTE)
        assert act(world).result == Result.DONE
        assert record(world).drawn_at >= world.campaign.draw_at + DAY

    def test_not_once_the_erasure_has_begun_but_what_was_drawn_is_told_as_ever(self, world: World) -> None:
        done = drawn()
        for one in (world, done):
            one.clock.wait(HOUR)
            one.state.commit([Create(Erasing(ONLY, stamp(one.clock()), SCHEDULER.principal))])
        reply = act(world)
        assert (reply.result, "record.json" in world.published.files) == (Result.UNCHANGED, False)
        assert "消去が始まっている" in reply.summary[0]
        assert "抽選は3月2日（月）13:10に行われました。" in act(done).summary

    def test_the_schedule_waits_for_the_ward_s_number(self) -> None:
        world = frozen("ward")
        reply = act(world)
        assert reply.result == Result.NOT_DUE
        assert "区が決めた数の入力を待っています。" in reply.summary
        assert '{"ward_value": "数", "given_by": "文化観光課"' in reply.next
        assert "record.json" not in world.published.files

    def test_the_schedule_draws_by_no_number_though_one_is_handed_to_it(self) -> None:
        """A number that nobody has seen repeated and confirmed does not count."""
        world = frozen("ward")
        reply = world.draw(caller=SCHEDULER, **WARD)
        assert (reply.result, "record.json" in world.published.files) == (Result.NOT_DUE, False)

    def test_the_ward_s_number_is_demanded_of_an_operator(self) -> None:
        with pytest.raises(Refused) as caught:
            frozen("ward").draw()
        assert caught.value.problem == obtaining.WARD_NEEDED

    def test_a_round_that_is_not_there_yet_leaves_everything_as_it_was(self, world: World) -> None:
        world.beacon.away = True
        code = world.draw().confirm
        before, files = world.written(), dict(world.published.files)
        with pytest.raises(Again):
            world.draw(code)
        assert (world.written(), world.published.files) == (before, files)
        world.beacon.away = False
        assert world.draw(code).result == Result.DONE


@pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
class TestResult:
    def test_a_stranger_accepts_the_files(self, kind: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert verify(drawn(kind), tmp_path) == 0
        out = capsys.readouterr().out
        caution = "; with caution: [randomness], [beacon]" if kind == "drand" else ""
        assert out.splitlines()[-1] == f"ACCEPTED; proven{caution}"
        assert "未確認" not in out
        assert "省略" not in out

    def test_is_what_the_lottery_computes(self, kind: Any) -> None:
        world = drawn(kind)
        done, files = record(world), world.published.files
        rules = Rules.from_bytes(files["rules.json"])
        pool = read_pool(files["pool.txt"], rules.prize_ids)
        assert done.seed == awards.seed(done.randomness.value, files["commitment.json"])
        assert done.awards == awards.award(pool, rules.prizes, done.seed)
        assert done.commitment_hash == sha256_hex(files["commitment.json"])
        assert done.quiz_salt.hex() == world.one(Prepared).quiz_salt
        assert done.drawn_at == world.clock.now.replace(microsecond=0)

    def test_is_mirrored(self, kind: Any) -> None:
        world = drawn(kind)
        assert is_whole(world)
        assert [(prize, place, len(mirrored(world)[prize, place])) for prize, place, _ in PLACES] == PLACES

    def test_is_told(self, kind: Any) -> None:
        world = frozen(kind)
        reply = confirmed(world.draw, **(WARD if kind == "ward" else {}))
        assert reply.result == Result.DONE
        assert "抽選は3月2日（月）13:10に行われました。" in reply.summary
        assert f"抽選記録のSHA-256：{sha256_hex(world.published.files['record.json'])}" in reply.summary
        assert reply.counts["B賞 ピンバッジ 当選"] == 3
        assert world.journal()[-1] == ("draw", "drawn", OPERATOR.principal)

    def test_a_second_call_returns_the_first(self, kind: Any) -> None:
        world = drawn(kind)
        files, before, asked = dict(world.published.files), world.written(), len(world.keys.random.drawn)
        world.clock.wait(DAY)
        other: dict[str, dict[str, Any]] = {"ward": WARD | {"ward_value": "もう一度"}, "drand": {}, "hsm": {}}
        for reply in (act(world), world.draw(), world.draw("0000-0000"), world.draw(**other[kind])):
            assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
            assert "抽選は3月2日（月）13:10に行われました。" in reply.summary
        assert (world.published.files, world.written()) == (files, before)
        assert len(world.keys.random.drawn) == asked


def test_the_randomness_is_the_one_that_the_rules_name() -> None:
    world = drawn("drand")
    value = record(world).randomness
    assert isinstance(value, DrandValue)
    assert value.signature == chain().signature(value.round)
    assert chain().time_of(value.round) >= Commitment.from_bytes(world.published.files["commitment.json"]).draw_at


def test_a_signature_that_is_pasted_draws_the_same() -> None:
    fetched, typed = frozen(), frozen()
    act(fetched)
    typed.beacon.away = True
    value = record(fetched).randomness
    assert isinstance(value, DrandValue)
    confirmed(typed.draw, signature=value.signature.hex())
    assert typed.published.files["record.json"] == fetched.published.files["record.json"]


def test_what_finds_no_taker_is_told() -> None:
    world = frozen("drand", 4)
    reply = act(world)
    assert [len(award.winners) + len(award.reserves) for award in record(world).awards] == [2, 2]
    assert world.one(Drawn).unawarded == {"B": 1}
    assert "「B賞 ピンバッジ」の当選者は、応募が足りないため1名少なくなりました。" in reply.summary
    assert is_whole(world)


def test_an_empty_pool_is_drawn_too() -> None:
    world = prepared()
    world.clock.now = world.campaign.closes_at + HOUR
    world.intake()
    world.freeze(caller=SCHEDULER)
    world.clock.now = world.campaign.draw_at + HOUR
    assert act(world).result == Result.DONE
    assert (world.one(Drawn).winners, world.one(Drawn).unawarded) == (0, {"A": 2, "B": 3})
    assert is_whole(world)


def alarm(call: Callable[[World], object], world: World) -> Broken:
    """Return the alarm, having looked that nothing was published, signed, written or asked of Cloud KMS for it."""
    files, before = dict(world.published.files), world.written()
    asked_of_kms = (len(world.keys.signer.signed), len(world.keys.random.drawn))
    with pytest.raises(Broken) as caught:
        call(world)
    assert (world.published.files, world.written()) == (files, before)
    assert (len(world.keys.signer.signed), len(world.keys.random.drawn)) == asked_of_kms
    return caught.value


PRESSED = [pytest.param(act, id="by the schedule"), pytest.param(World.draw, id="by an operator")]


class TestFilesThatDiffer:
    @pytest.mark.parametrize("call", PRESSED)
    @pytest.mark.parametrize("name", ["rules.json", "pool.txt", "commitment.json", "evidence.pem"])
    @pytest.mark.parametrize(
        "change", [lambda data: data[:-9] + data[-8:], lambda data: data[9:], lambda data: b"", None]
    )
    def test_each_is_named_and_nothing_is_drawn(
        self, world: World, name: str, change: Callable[[bytes], bytes] | None, call: Callable[[World], object]
    ) -> None:
        if change is None:
            del world.published.files[name]
        else:
            world.published.files[name] = change(world.published.files[name])
        assert name in alarm(call, world).sentence

    @foreign
    @pytest.mark.parametrize("call", PRESSED)
    @pytest.mark.parametrize("name", ["rules.json", "pool.txt", "commitment.json"])
    def test_what_we_did_not_sign_draws_nothing_be_it_right_to_the_byte(
        self, world: World, name: str, call: Callable[[World], object], forged: Forged
    ) -> None:
        data = world.published.files[name]
        world.published.plant(name, data, forged(world, data))
        error = alarm(call, world)
        assert error.problem == UNSIGNED
        assert f" {name} " in error.sentence

    def test_a_commitment_replaced_together_with_its_pool_is_noticed(self, world: World) -> None:
        """Even if somebody got it signed, it is not what was mirrored."""
        pool = world.published.files["pool.txt"]
        shorter = pool[: pool.rindex(b"\n", 0, -1) + 1]
        honest = Commitment.from_bytes(world.published.files["commitment.json"])
        forged = replace(honest, pool_hash=sha256_hex(shorter), pool_size=11, duplicates=2)
        world.plant("pool.txt", shorter)
        world.plant("commitment.json", forged.to_bytes())
        error = alarm(act, world)
        assert error.problem == MIRROR_DIFFERS
        assert "commitment.json" in error.sentence

    def test_rules_of_a_key_of_somebody_s_own_are_not_those_that_were_committed_to(self, world: World) -> None:
        stranger = MemorySigner()
        pem = stranger.public_pem()
        rules = replace(Rules.from_bytes(world.published.files["rules.json"]), evidence_key=EvidenceKey(pem).hash)
        world.published.plant("evidence.pem", pem, stranger.sign(pem))
        world.published.plant("rules.json", rules.to_bytes(), stranger.sign(rules.to_bytes()))
        error = alarm(act, world)
        assert error.problem == UNSIGNED
        assert " commitment.json " in error.sentence

    def test_a_record_changed_after_the_draw_is_noticed(self) -> None:
        world = drawn()
        world.published.files["record.json"] += b"\n"
        assert "record.json" in alarm(World.draw, world).sentence

    @foreign
    def test_a_record_that_lost_its_signature_after_the_draw_is_noticed(self, forged: Forged) -> None:
        world = drawn()
        data = world.published.files["record.json"]
        world.published.plant("record.json", data, forged(world, data))
        assert alarm(World.draw, world).problem == UNSIGNED

    def test_a_record_that_is_gone_is_noticed(self) -> None:
        world = drawn()
        del world.published.files["record.json"]
        error = alarm(World.draw, world)
        assert error.problem == FILES_DIFFER
        assert "record.json" in error.sentence


class TestMirrorsInState:
    """5c: who writes `state` chose the time of the draw, and with it the round. Now they can stop it, no more."""

    @pytest.mark.parametrize(
        "draw_at",
        [
            pytest.param("2026-03-01T16:30:00Z", id="hours early"),
            pytest.param("2026-02-20T04:00:00Z", id="a round that is known long since"),
            pytest.param("2026-03-02T04:00:01Z", id="a second later"),
            pytest.param("2026-03-09T04:00:00Z", id="a week later"),
        ],
    )
    @pytest.mark.parametrize("kind", ["drand", "ward", "hsm"])
    def test_a_changed_time_of_the_mirror_moves_neither_time_nor_round(self, kind: Any, draw_at: str) -> None:
        world = frozen(kind)
        true = world.one(Frozen)
        world.state.commit([Replace(replace(true, draw_at=draw_at))])
        for now in (world.campaign.draw_at - HOUR, world.campaign.draw_at + HOUR):
            world.clock.now = now
            for call in PRESSED:
                error = alarm(call.values[0], world)  # type: ignore[arg-type]
                assert error.problem == MIRROR_DIFFERS
        assert world.beacon.asked == []
        assert "record.json" not in world.published.files

    def test_put_right_the_draw_is_that_of_the_commitment(self, world: World) -> None:
        true = world.one(Frozen)
        world.state.commit([Replace(replace(true, draw_at="2026-02-20T04:00:00Z"))])
        with pytest.raises(Broken):
            act(world)
        world.state.commit([Replace(true)])
        assert act(world).result == Result.DONE
        value = record(world).randomness
        assert isinstance(value, DrandValue)
        assert chain().time_of(value.round) >= world.campaign.draw_at > chain().time_of(value.round - 1)

    @pytest.mark.parametrize(
        "change", [{"commitment_hash": "0" * 64}, {"pool_size": 11}, {"frozen_at": "2026-03-01T15:00:00Z"}]
    )
    def test_a_mirror_of_another_commitment_stops_the_draw(self, world: World, change: dict[str, Any]) -> None:
        world.state.commit([Replace(replace(world.one(Frozen), **change))])
        assert alarm(act, world).problem == MIRROR_DIFFERS

    @pytest.mark.parametrize("salt", ["00" * 32, "", "no hex"])
    @pytest.mark.parametrize("kind", ["drand", "hsm"])
    def test_a_changed_salt_is_not_revealed_for_ever(self, kind: Any, salt: str) -> None:
        world = frozen(kind)
        world.clock.now = world.campaign.draw_at + HOUR
        true, asked = world.one(Prepared), len(world.keys.random.drawn)
        world.state.commit([Replace(replace(true, quiz_salt=salt))])
        assert alarm(act, world).problem == draw.ANSWERS_DIFFER
        assert len(world.keys.random.drawn) == asked
        assert {"record.json", "randomness.json"}.isdisjoint(world.published.files)
        world.state.commit([Replace(true)])
        assert act(world).result == Result.DONE

    def test_a_mirror_of_the_freeze_without_its_commitment_is_an_alarm(self) -> None:
        world = reconciled()
        honest = frozen()
        world.state.commit([Create(honest.one(Frozen))])
        world.clock.now = world.campaign.draw_at + HOUR
        error = alarm(act, world)
        assert error.problem == FILES_DIFFER
        assert "commitment.json" in error.sentence

    def test_a_mirror_that_says_drawn_without_the_record_is_an_alarm(self, world: World) -> None:
        honest = world.copy()
        act(honest)
        world.state.commit([Create(honest.one(Drawn))])
        for call in PRESSED:
            error = alarm(call.values[0], world)  # type: ignore[arg-type]
            assert error.problem == FILES_DIFFER
            assert "record.json" in error.sentence

    def test_a_mirror_that_says_drawn_where_nothing_is_published_is_an_alarm(self, world: World) -> None:
        honest = world.copy()
        act(honest)
        empty = World()
        empty.state.commit([Create(honest.one(Drawn))])
        assert "rules.json" in alarm(act, empty).sentence

    @pytest.mark.parametrize(
        "change",
        [{"record_hash": "0" * 64}, {"drawn_at": "2026-03-02T04:00:00Z"}, {"winners": 6}, {"unawarded": {"A": 1}}],
    )
    def test_a_mirror_of_another_record_is_an_alarm(self, change: dict[str, Any]) -> None:
        world = drawn()
        world.state.commit([Replace(replace(world.one(Drawn), **change))])
        error = alarm(act, world)
        assert error.problem == MIRROR_DIFFERS
        assert "record.json" in error.sentence


def swapped(done: DrawRecord) -> DrawRecord:
    """Let winner and reserve of the first prize change places."""
    first, *rest = done.awards
    (reserve,), (one, two) = first.reserves, first.winners
    return replace(done, awards=(replace(first, winners=(reserve, two), reserves=(one,)), *rest))


class TestARecordThatSomebodyElsePutThere:
    """3: a file that lay there was taken for half-done work of ours, signed and acted on, or bricked the draw."""

    @pytest.mark.parametrize("call", PRESSED)
    @pytest.mark.parametrize("junk", [b"", b"{}", b"junk", b'{"spec":"prizedraw/1"}'])
    def test_junk_before_the_draw_is_named_and_gets_no_signature(
        self, world: World, junk: bytes, call: Callable[[World], object]
    ) -> None:
        world.published.plant("record.json", junk)
        error = alarm(call, world)
        assert error.problem == UNSIGNED
        assert " record.json " in error.sentence

    @foreign
    @pytest.mark.parametrize("call", PRESSED)
    def test_a_record_that_we_did_not_sign_is_not_signed_be_it_right_to_the_byte(
        self, world: World, call: Callable[[World], object], forged: Forged
    ) -> None:
        honest = world.copy()
        act(honest)
        data = honest.published.files["record.json"]
        world.published.plant("record.json", data, forged(world, data))
        error = alarm(call, world)
        assert error.problem == UNSIGNED
        assert " record.json " in error.sentence

    def test_put_there_while_the_draw_is_made_it_is_not_taken(self, world: World) -> None:
        honest = world.copy()
        act(honest)
        data = honest.published.files["record.json"]
        faults = Faults()
        faults.meanwhile("published.create#1", lambda: world.published.plant("record.json", data))
        with pytest.raises(Broken) as caught:
            act(world, faults)
        assert caught.value.problem == UNSIGNED
        assert "record.json.sig" not in world.published.files
        assert list(world.state.scan(AwardedPlace)) == []

    def test_a_copy_of_another_signature_that_lies_there_is_an_alarm(self, world: World) -> None:
        world.published.plant("record.json.sig", b"another")
        with pytest.raises(Broken) as caught:
            act(world)
        assert " record.json.sig " in caught.value.sentence
        assert list(world.state.scan(AwardedPlace)) == []

    def test_of_the_very_second_of_the_draw_it_is_finished(self, world: World) -> None:
        world.clock.now = world.campaign.draw_at
        with pytest.raises(Killed):
            act(world, after("published.create#1"))
        assert record(world).drawn_at == world.campaign.draw_at
        world.clock.wait(HOUR)
        assert act(world).result == Result.DONE
        assert is_whole(world)

    @pytest.mark.parametrize(
        "forge",
        [
            pytest.param(swapped, id="other winners"),
            pytest.param(lambda done: replace(done, seed=bytes(32)), id="another seed"),
            pytest.param(lambda done: replace(done, commitment_hash="0" * 64), id="another commitment"),
            pytest.param(lambda done: replace(done, quiz_salt=bytes(32)), id="another salt"),
            pytest.param(lambda done: replace(done, drawn_at=done.drawn_at - HOUR), id="before the draw"),
            pytest.param(lambda done: replace(done, drawn_at=done.drawn_at + HOUR), id="in the future"),
            pytest.param(lambda done: replace(done, randomness=HsmValue(b"x" * 32)), id="other randomness"),
        ],
    )
    def test_even_signed_by_us_it_is_an_alarm_and_is_not_mirrored(
        self, world: World, forge: Callable[[DrawRecord], DrawRecord]
    ) -> None:
        """What bears our signature is what we said, and still must be what this run would have made."""
        honest = world.copy()
        act(honest)
        world.plant("record.json", forge(record(honest)).to_bytes())
        error = alarm(act, world)
        assert error.problem == FILES_DIFFER
        assert "record.json" in error.sentence


def of_bytes(world: World, value: bytes) -> bytes:
    """Return the record of such a world as it would be if Cloud KMS had given these bytes."""
    files = world.published.files
    rules = Rules.from_bytes(files["rules.json"])
    assert isinstance(rules.randomness, Hsm)
    seed = awards.seed(value, files["commitment.json"])
    return DrawRecord(
        campaign=rules.campaign,
        commitment_hash=sha256_hex(files["commitment.json"]),
        randomness=HsmValue(value),
        seed=seed,
        drawn_at=world.clock.now,
        quiz_salt=bytes.fromhex(world.one(Prepared).quiz_salt),
        awards=awards.award(read_pool(files["pool.txt"], rules.prize_ids), rules.prizes, seed),
    ).to_bytes()


def asked(world: World, value: bytes) -> bytes:
    """Return the file that would say that Cloud KMS gave these bytes for the draw of such a world, a minute ago."""
    data = world.published.files["commitment.json"]
    committed = Committed(commitment=Commitment.from_bytes(data), data=data)
    return RandomnessFile(
        campaign=committed.commitment.campaign,
        commitment_hash=committed.hash,
        value=value,
        asked_at=world.clock.now - MINUTE,
    ).to_bytes()


class TestPlantedRandomness:
    """5d: who wrote `state` tried bytes until they suited and planted them; the draw was accepted by everybody."""

    CHOSEN = b"x" * 32

    @foreign
    @pytest.mark.parametrize("call", [act, lambda world: confirmed(world.draw)])
    def test_a_file_that_we_did_not_sign_draws_nothing(self, call: Callable[[World], object], forged: Forged) -> None:
        world = frozen("hsm")
        data = asked(world, self.CHOSEN)
        world.published.plant("randomness.json", data, forged(world, data))
        error = alarm(call, world)
        assert error.problem == UNSIGNED
        assert " randomness.json " in error.sentence
        assert self.CHOSEN not in world.keys.random.drawn

    def test_put_there_while_the_draw_is_made_it_is_not_taken(self) -> None:
        world, faults = frozen("hsm"), Faults()
        data = asked(world, self.CHOSEN)
        faults.meanwhile("published.create#1", lambda: world.published.plant("randomness.json", data))
        with pytest.raises(Broken) as caught:
            act(world, faults)
        assert caught.value.problem == UNSIGNED
        assert "record.json" not in world.published.files

    def test_nothing_in_state_is_taken_for_it(self) -> None:
        """There is no record of it any more: whatever is planted there, the bytes are those that are published."""
        world = frozen("hsm")
        act(world)
        given = RandomnessFile.from_bytes(world.published.files["randomness.json"])
        assert record(world).randomness == HsmValue(given.value)
        assert given.value == world.keys.random.drawn[-1]
        assert not any("randomness" in path for path in world.state.dump())

    def test_a_record_of_other_bytes_is_an_alarm_even_signed_by_us(self) -> None:
        world = frozen("hsm")
        world.plant("randomness.json", asked(world, b"y" * 32))
        world.plant("record.json", of_bytes(world, self.CHOSEN))
        assert alarm(act, world).problem == FILES_DIFFER

    def test_a_record_without_the_file_of_its_bytes_is_an_alarm_even_signed_by_us(self) -> None:
        world = frozen("hsm")
        world.plant("record.json", of_bytes(world, self.CHOSEN))
        assert alarm(act, world).problem == FILES_DIFFER

    def test_what_a_killed_run_published_and_signed_is_what_is_drawn_with(self) -> None:
        world = frozen("hsm")
        world.plant("randomness.json", asked(world, b"y" * 32))
        world.plant("record.json", of_bytes(world, b"y" * 32))
        assert act(world).result == Result.DONE
        assert record(world).randomness == HsmValue(b"y" * 32)


class TestCutOff:
    @pytest.mark.parametrize("kind", ["drand", "hsm"])
    def test_wherever_it_was_cut_off_the_next_run_ends_it(self, kind: Any) -> None:
        for where, world in cut_off(lambda: frozen(kind), act):
            standing = dict(world.published.files)
            kept = standing.get("randomness.json")
            world.clock.wait(MINUTE)
            assert act(world).result in (Result.DONE, Result.UNCHANGED), where
            assert standing.items() <= world.published.files.items(), where
            assert is_whole(world), where
            assert kept is None or RandomnessFile.from_bytes(kept).value == record(world).randomness.value, where
            assert act(world).result == Result.UNCHANGED, where

    def test_the_same_record_comes_out_however_often_it_is_cut_off(self) -> None:
        whole = frozen()
        act(whole)
        for where, world in cut_off(frozen, act):
            assert act(world).result in (Result.DONE, Result.UNCHANGED), where
            assert world.published.files["record.json"] == whole.published.files["record.json"], where

    def test_the_ward_s_number_need_not_be_typed_again_once_the_record_stands(self) -> None:
        def typed(world: World, faults: Faults) -> Reply:
            return world.draw(world.draw(**WARD).confirm, faults=faults, **WARD)

        for where, world in cut_off(lambda: frozen("ward"), typed):
            if "record.json" in world.published.files:
                assert act(world).result in (Result.DONE, Result.UNCHANGED), where
            else:
                assert act(world).result == Result.NOT_DUE, where
                assert confirmed(world.draw, **WARD).result == Result.DONE, where
            assert is_whole(world), where

    def test_an_operator_is_asked_before_the_rest_is_done(self, world: World) -> None:
        """Even then `{}` writes nothing."""
        with pytest.raises(Killed):
            act(world, after("published.create#1"))
        assert "record.json" in world.published.files
        before, files = world.written(), dict(world.published.files)
        asked = world.draw()
        assert asked.result == Result.ASK
        assert "抽選記録はすでに公開されています。" in asked.summary[0]
        assert (world.written(), world.published.files) == (before, files)
        assert world.draw(asked.confirm).result == Result.DONE
        assert is_whole(world)

    def test_the_code_of_a_run_that_was_cut_off_still_serves(self) -> None:
        for at in range(4):
            world = frozen()
            code = world.draw().confirm
            with pytest.raises(Killed):
                world.draw(code, faults=Faults(at))
            assert world.draw(code).result == Result.DONE, at

    @pytest.mark.parametrize("kind", ["drand", "hsm"])
    def test_two_at_once_end_as_one(self, kind: Any) -> None:
        def other(world: World) -> None:
            world.clock.wait(timedelta(seconds=1))
            act(world)

        for where, world in beside(lambda: frozen(kind), act, other):
            assert act(world).result == Result.UNCHANGED, where
            assert is_whole(world), where


@cache
def _large() -> World:
    prize = {"id": "A", "name": "記念品", "quantity": 700, "reserves": 500, "requires": {"min_correct": 0}}
    world = World(campaign_with("drand", prizes=[prize]))
    confirmed(world.prepare)
    world.submit(*(good(number) for number in range(1_250)))
    world.clock.now = world.campaign.closes_at + HOUR
    world.intake()
    world.freeze(caller=SCHEDULER)
    world.clock.now = world.campaign.draw_at + MINUTE
    return world


class TestTwelveHundredPlaces:
    """More than two batches."""

    def test_are_mirrored_in_batches(self) -> None:
        world, faults = _large().copy(), Faults()
        act(world, faults)
        assert faults.calls.count("state.commit") == 4
        assert {place: len(labels) for place, labels in mirrored(world).items()} == {
            ("A", "winner"): 700,
            ("A", "reserve"): 500,
        }

    @pytest.mark.parametrize(("way", "batch"), some_of(product(Way, [3, 4, 5, 6]), 4, kind=lambda case: case[0]))
    def test_are_ended_after_a_crash_in_the_middle(self, way: Way, batch: int) -> None:
        world = _large().copy()
        with pytest.raises((Killed, Again)):
            act(world, Faults(batch, way))
        assert act(world).result in (Result.DONE, Result.UNCHANGED)
        assert is_whole(world)

    def test_are_ended_where_only_some_of_a_batch_are_there(self) -> None:
        world = _large().copy()
        with pytest.raises(Killed):
            act(world, Faults(4, Way.BEFORE))
        held = list(world.state.scan(AwardedPlace))
        world.state.commit([Delete(AwardedPlace, award.id) for award in held[::7]])
        act(world)
        assert is_whole(world)


def test_the_draw_reads_few_documents(world: World) -> None:
    """Ten at most, whatever the size of pool and prizes: the pool is one file."""

    reads: list[int] = []

    def one(*_: object, **__: object) -> None:
        reads.append(1)

    each = dict.fromkeys(("get", "find", "scan", "project", "count"), one)
    world.state = interposed(world.state, **each, get_many=lambda _, ids: reads.append(len(ids)))
    act(world)
    assert 0 < sum(reads) <= 10


def test_a_missing_mirror_of_the_freeze_stops_the_draw(world: World) -> None:
    world.state.commit([Delete(Frozen, ONLY)])
    assert act(world).result == Result.NOT_DUE
