"""The published files of a draw: each is believed by its signature, and if it fits those before it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import UNSIGNED
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment, DrawRecord, Rules
from prizedraw.lottery.forfeit_file import ForfeitFile, name_of
from prizedraw.lottery.opening import open_draw
from prizedraw.lottery.published import FILES_DIFFER, Committed, PublishedDraw, Recorded
from prizedraw.lottery.randomness import HsmValue
from prizedraw.lottery.randomness_file import NAME, RandomnessFile
from prizedraw.lottery.restored_file import RestoredFile
from prizedraw.records.fulfilment import Forfeit, Why
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from support.clock import DAY, HOUR, SECOND
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished
from support.planted import Forged, foreign
from support.stages import drawn, frozen, prepared, reconciled
from support.world import World


@pytest.fixture
def world() -> World:
    return drawn("hsm")


def opened(world: World) -> PublishedDraw:
    draw = open_draw(world.published)
    assert draw is not None
    return draw


def committed(world: World) -> Committed:
    found = opened(world).commitment(world.clock)
    assert found is not None
    return found


def recorded(world: World) -> Recorded:
    found = opened(world).record(world.clock)
    assert found is not None
    return found


def forfeited(world: World, **changes: Any) -> ForfeitFile:
    """Return a forfeit of the first winner, changed."""
    done = recorded(world)
    first = next(done.places())
    file = ForfeitFile(
        campaign=done.record.campaign,
        record_hash=done.hash,
        prize=first.prize,
        label=first.id,
        why=Why.DECLINED,
        at=world.clock.now.replace(microsecond=0),
    )
    return replace(file, **changes)


def test_what_was_read_shows_no_file_as_a_whole(world: World) -> None:
    for read in (committed(world), recorded(world)):
        assert "data=" not in repr(read)
        assert read.data.decode() not in repr(read)
    assert "files=" not in repr(opened(world))


READ: dict[str, Callable[[World], object]] = {
    "rules.json": opened,
    "evidence.pem": opened,
    "commitment.json": committed,
    "pool.txt": lambda world: opened(world).pool(committed(world).commitment),
    "randomness.json": lambda world: opened(world).randomness(committed(world), world.clock.now),
    "record.json": recorded,
}
"""How each file is read."""


def alarm(world: World, name: str) -> Broken:
    """Return the alarm that reading a file gives, which must name it."""
    with pytest.raises(Broken) as caught:
        READ[name](world)
    assert f" {name} " in caught.value.sentence
    return caught.value


class TestWhatIsThere:
    def test_is_read(self, world: World) -> None:
        files = world.published.files
        draw = opened(world)
        assert (draw.rules, draw.rules_hash) == (Rules.from_bytes(files["rules.json"]), sha256_hex(files["rules.json"]))
        assert draw.key.hash == draw.rules.evidence_key
        assert committed(world).commitment == Commitment.from_bytes(files["commitment.json"])
        assert (committed(world).data, committed(world).hash) == (
            files["commitment.json"],
            sha256_hex(files["commitment.json"]),
        )
        assert draw.pool(committed(world).commitment).size == committed(world).commitment.pool_size
        assert recorded(world).record == DrawRecord.from_bytes(files["record.json"])
        assert (recorded(world).data, recorded(world).hash) == (files["record.json"], sha256_hex(files["record.json"]))

    def test_what_is_not_there_yet_is_none(self) -> None:
        assert open_draw(FakePublished()) is None
        assert opened(prepared()).commitment(prepared().clock) is None
        assert opened(reconciled()).commitment(reconciled().clock) is None
        before = frozen("hsm")
        assert opened(before).record(before.clock) is None
        assert opened(before).randomness(committed(before), before.clock.now) is None
        done = drawn()
        assert opened(done).forfeits(recorded(done), done.clock) == []
        assert opened(done).forfeit(name_of("0" * 26), recorded(done), done.clock.now) is None

    def test_the_mirrors_say_the_same(self, world: World) -> None:
        assert committed(world).mirror() == world.one(Frozen)
        assert recorded(world).mirror(opened(world).rules.prizes) == world.one(Drawn)
        assert {place.id: place for place in recorded(world).places()} == {
            place.id: place for place in world.state.scan(AwardedPlace)
        }

    def test_places_come_by_prize_place_and_rank(self, world: World) -> None:
        shown = [(place.prize, place.place, place.order) for place in recorded(world).places()]
        assert shown == [
            ("A", "winner", 1),
            ("A", "winner", 2),
            ("A", "reserve", 1),
            *(("B", "winner", number) for number in (1, 2, 3)),
            *(("B", "reserve", number) for number in (1, 2)),
        ]


@foreign
@pytest.mark.parametrize("name", [name for name in READ if name != "evidence.pem"])
def test_what_we_did_not_sign_is_not_read_be_it_right_to_the_byte(world: World, name: str, forged: Forged) -> None:
    data = world.published.files[name]
    world.published.plant(name, data, forged(world, data))
    assert alarm(world, name).problem == UNSIGNED


@pytest.mark.parametrize("junk", [b"", b"junk", b"{}", b"[" * 10_000])
@pytest.mark.parametrize("name", list(READ))
def test_junk_is_an_alarm_whoever_signed_it(world: World, name: str, junk: bytes) -> None:
    world.published.plant(name, junk)
    alarm(world, name)
    world.plant(name, junk)
    alarm(world, name)


class TestRulesAndKey:
    def test_the_key_is_the_one_that_the_rules_pin(self, world: World) -> None:
        other = MemorySigner()
        world.published.plant("evidence.pem", other.public_pem(), other.sign(other.public_pem()))
        assert alarm(world, "evidence.pem").problem == UNSIGNED

    def test_rules_without_a_key_are_an_alarm(self, world: World) -> None:
        del world.published.files["evidence.pem"]
        assert alarm(world, "evidence.pem").problem == UNSIGNED

    def test_rules_and_key_of_a_stranger_carry_nothing_of_ours(self, world: World) -> None:
        """They agree with each other; what was signed before by the true key does not agree with them."""
        other = MemorySigner()
        pem = other.public_pem()
        data = replace(opened(world).rules, evidence_key=EvidenceKey(pem).hash).to_bytes()
        world.published.plant("evidence.pem", pem, other.sign(pem))
        world.published.plant("rules.json", data, other.sign(data))
        assert opened(world).key.hash == EvidenceKey(pem).hash
        for name in ("commitment.json", "record.json"):
            assert alarm(world, name).problem == UNSIGNED


class TestCommitment:
    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda c: {"campaign": "another-2026"}, id="another campaign"),
            pytest.param(lambda c: {"rules_hash": "0" * 64}, id="other rules"),
            pytest.param(lambda c: {"draw_at": c.draw_at + DAY}, id="a day later than its freeze makes it"),
            pytest.param(lambda c: {"draw_at": c.draw_at + SECOND}, id="a second later"),
            pytest.param(lambda c: {"draw_at": c.draw_at - HOUR}, id="an hour early"),
            pytest.param(lambda c: {"frozen_at": c.frozen_at + 2 * DAY}, id="frozen after its draw was due"),
        ],
    )
    def test_of_another_draw_is_an_alarm(self, world: World, change: Callable[[Commitment], dict[str, Any]]) -> None:
        made = committed(world).commitment
        changes = change(made)
        if changes.get("frozen_at"):
            changes["draw_at"] = changes["frozen_at"] + HOUR
            world.clock.now = changes["draw_at"]
        world.plant("commitment.json", replace(made, **changes).to_bytes())
        assert alarm(world, "commitment.json").problem == FILES_DIFFER

    def test_frozen_before_closing_is_an_alarm(self, world: World) -> None:
        made, rules = committed(world).commitment, opened(world).rules
        world.plant("commitment.json", replace(made, frozen_at=rules.closes_at).to_bytes())
        assert committed(world).commitment.frozen_at == rules.closes_at
        world.plant("commitment.json", replace(made, frozen_at=rules.closes_at - SECOND).to_bytes())
        assert alarm(world, "commitment.json").problem == FILES_DIFFER

    def test_frozen_later_than_now_is_an_alarm(self, world: World) -> None:
        made, now = committed(world).commitment, world.clock.now.replace(microsecond=0)
        moved = replace(made, frozen_at=now, draw_at=postpone(opened(world).rules.draw_at, now))
        world.plant("commitment.json", moved.to_bytes())
        assert committed(world).commitment == moved
        moved = replace(made, frozen_at=now + SECOND, draw_at=postpone(opened(world).rules.draw_at, now + SECOND))
        world.plant("commitment.json", moved.to_bytes())
        assert alarm(world, "commitment.json").problem == FILES_DIFFER

    def test_of_a_late_freeze_is_read(self, world: World) -> None:
        made, rules = committed(world).commitment, opened(world).rules
        late = rules.draw_at + 3 * DAY
        world.clock.now = late + DAY
        moved = replace(made, frozen_at=late, draw_at=postpone(rules.draw_at, late))
        world.plant("commitment.json", moved.to_bytes())
        assert committed(world).commitment.draw_at == rules.draw_at + 4 * DAY


class TestPool:
    def test_that_is_not_the_one_committed_to_is_an_alarm(self, world: World) -> None:
        pool = world.published.files["pool.txt"]
        world.plant("pool.txt", pool[: pool.rindex(b"\n", 0, -1) + 1])
        assert alarm(world, "pool.txt").problem == FILES_DIFFER

    def test_that_is_gone_is_an_alarm(self, world: World) -> None:
        del world.published.files["pool.txt"]
        assert alarm(world, "pool.txt").problem == FILES_DIFFER


class TestForfeitsThatAreNotRead:
    def test_are_told_to_be_there_or_not(self, world: World) -> None:
        first, second, *_ = recorded(world).places()
        world.published.plant(name_of(first.id), b"whatever it says")
        assert [opened(world).is_given_up(label) for label in (first.id, second.id)] == [True, False]


class TestReturn:
    @pytest.mark.parametrize(("seconds", "good"), [(-1, False), (0, False), (1, True), (60, True), (61, False)])
    def test_is_of_after_its_forfeit_and_of_no_time_ahead(self, world: World, seconds: int, good: bool) -> None:
        forfeit = forfeited(world, why=Why.LAPSED)
        file = RestoredFile(
            campaign=forfeit.campaign,
            record_hash=forfeit.record_hash,
            forfeit_hash=sha256_hex(forfeit.to_bytes()),
            prize=forfeit.prize,
            label=forfeit.label,
            at=forfeit.at + seconds * SECOND,
        )
        draw, done, now = opened(world), recorded(world), forfeit.at + 60 * SECOND
        if good:
            assert draw.restored_of(file.label, file.to_bytes(), done, forfeit, now) == file
            return
        with pytest.raises(Broken) as caught:
            draw.restored_of(file.label, file.to_bytes(), done, forfeit, now)
        assert caught.value.problem == FILES_DIFFER


class TestRandomness:
    @staticmethod
    def asked(world: World, **changes: Any) -> None:
        """Plant the file of what Cloud KMS gave, changed."""
        file = RandomnessFile.from_bytes(world.published.files[NAME])
        world.plant(NAME, replace(file, **changes).to_bytes())

    @pytest.mark.parametrize("changes", [{"commitment_hash": "0" * 64}, {"campaign": "another-2026"}])
    def test_of_another_draw_is_an_alarm(self, world: World, changes: dict[str, Any]) -> None:
        self.asked(world, **changes)
        assert alarm(world, NAME).problem == FILES_DIFFER

    @pytest.mark.parametrize(
        ("at", "good"),
        [
            (lambda draw_at, now: draw_at, True),
            (lambda draw_at, now: now, True),
            (lambda draw_at, now: draw_at - SECOND, False),
            (lambda draw_at, now: now + SECOND, False),
        ],
    )
    def test_is_asked_for_from_the_draw_until_now(
        self, world: World, at: Callable[[datetime, datetime], datetime], good: bool
    ) -> None:
        self.asked(world, asked_at=at(committed(world).commitment.draw_at, world.clock.now))
        if good:
            assert READ[NAME](world) == RandomnessFile.from_bytes(world.published.files[NAME])
        else:
            assert alarm(world, NAME).problem == FILES_DIFFER


class TestRecord:
    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"campaign": "another-2026"}, id="another campaign"),
            pytest.param({"commitment_hash": "0" * 64}, id="another commitment"),
            pytest.param({"awards": ()}, id="no prizes"),
        ],
    )
    def test_of_another_draw_is_an_alarm(self, world: World, changes: dict[str, Any]) -> None:
        world.plant("record.json", replace(recorded(world).record, **changes).to_bytes())
        assert alarm(world, "record.json").problem == FILES_DIFFER

    def test_with_its_prizes_in_another_order_is_an_alarm(self, world: World) -> None:
        done = recorded(world).record
        world.plant("record.json", replace(done, awards=done.awards[::-1]).to_bytes())
        assert alarm(world, "record.json").problem == FILES_DIFFER

    def test_by_another_kind_of_randomness_is_an_alarm(self) -> None:
        world = drawn("drand")
        world.plant("record.json", replace(recorded(world).record, randomness=HsmValue(b"x" * 32)).to_bytes())
        assert alarm(world, "record.json").problem == FILES_DIFFER

    def test_is_drawn_at_its_time_or_later(self, world: World) -> None:
        done, draw_at = recorded(world).record, committed(world).commitment.draw_at
        world.plant("record.json", replace(done, drawn_at=draw_at).to_bytes())
        assert recorded(world).record.drawn_at == draw_at
        world.plant("record.json", replace(done, drawn_at=draw_at - SECOND).to_bytes())
        assert alarm(world, "record.json").problem == FILES_DIFFER

    def test_is_drawn_by_now(self, world: World) -> None:
        done, now = recorded(world).record, world.clock.now.replace(microsecond=0)
        world.plant("record.json", replace(done, drawn_at=now).to_bytes())
        assert recorded(world).record.drawn_at == now
        world.plant("record.json", replace(done, drawn_at=now + SECOND).to_bytes())
        assert alarm(world, "record.json").problem == FILES_DIFFER

    def test_without_its_commitment_is_an_alarm(self, world: World) -> None:
        del world.published.files["commitment.json"]
        with pytest.raises(Broken) as caught:
            recorded(world)
        assert caught.value.problem == FILES_DIFFER
        assert " commitment.json " in caught.value.sentence


class TestForfeits:
    @staticmethod
    def plant(world: World, file: ForfeitFile) -> str:
        name = name_of(file.label)
        world.plant(name, file.to_bytes())
        return name

    def refused(self, world: World, name: str) -> Broken:
        with pytest.raises(Broken) as one:
            opened(world).forfeit(name, recorded(world), world.clock.now)
        with pytest.raises(Broken) as all_of_them:
            opened(world).forfeits(recorded(world), world.clock)
        assert f" {name} " in one.value.sentence
        assert one.value.sentence == all_of_them.value.sentence
        return one.value

    def test_are_read_by_name(self, world: World) -> None:
        labels = [place.id for place in recorded(world).places()]
        prize_of = {place.id: place.prize for place in recorded(world).places()}
        files = [forfeited(world, label=label, prize=prize_of[label]) for label in (labels[0], labels[3], labels[-1])]
        names = [self.plant(world, file) for file in files]
        world.published.plant(f"{names[0]}.sig", b"copies are passed over")
        found = opened(world).forfeits(recorded(world), world.clock)
        assert found == sorted(files, key=lambda file: file.label)
        assert opened(world).forfeit(names[1], recorded(world), world.clock.now) == files[1]

    def test_are_mirrored(self, world: World) -> None:
        file = forfeited(world)
        assert file.mirror() == Forfeit(file.label, file.prize, "declined", "2026-03-02T04:10:00Z")

    @foreign
    def test_that_we_did_not_sign_are_an_alarm(self, world: World, forged: Forged) -> None:
        file = forfeited(world)
        world.published.plant(name_of(file.label), file.to_bytes(), forged(world, file.to_bytes()))
        assert self.refused(world, name_of(file.label)).problem == UNSIGNED

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"campaign": "another-2026"}, id="of another campaign"),
            pytest.param({"record_hash": "0" * 64}, id="of another record"),
            pytest.param({"label": "0" * 26}, id="of a label without a place"),
            pytest.param({"prize": "B"}, id="of another prize"),
        ],
    )
    def test_of_another_draw_are_an_alarm(self, world: World, changes: dict[str, Any]) -> None:
        name = self.plant(world, forfeited(world, **changes))
        assert self.refused(world, name).problem == FILES_DIFFER

    def test_named_after_another_label_are_an_alarm(self, world: World) -> None:
        world.plant(name_of("0" * 26), forfeited(world).to_bytes())
        with pytest.raises(Broken):
            opened(world).forfeits(recorded(world), world.clock)

    @pytest.mark.parametrize(
        ("after", "good"),
        [(timedelta(0), True), (HOUR, True), (-SECOND, False), (HOUR + SECOND, False), (9999 * DAY, False)],
    )
    def test_lie_between_the_record_and_now(self, world: World, after: timedelta, good: bool) -> None:
        world.clock.now = recorded(world).record.drawn_at + HOUR
        file = forfeited(world, at=recorded(world).record.drawn_at + after)
        name = self.plant(world, file)
        if good:
            assert opened(world).forfeit(name, recorded(world), world.clock.now) == file
        else:
            assert self.refused(world, name).problem == FILES_DIFFER
