"""Who holds what follows from the record and the forfeits, in the record's order; nobody is drawn anew."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prizedraw.adapters.memory import Memory
from prizedraw.errors import Broken
from prizedraw.fulfilment.holders import Holder, Places, Standing, derive, read_mirrors
from prizedraw.lottery.opening import open_draw
from prizedraw.ports import Delete, Record, Replace, Write
from prizedraw.records.fulfilment import Claim, Forfeit, Restored, Shipped, ShippingList, Why
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY
from prizedraw.times import instant, stamp
from support.builders import TREE, campaign
from support.fakes.keys import MemorySigner
from support.fakes.published import FakePublished
from support.stages import drawn, frozen
from support.world import World, confirmed

PRIZES = [
    {"id": "A", "name": "A賞", "quantity": 2, "reserves": 3, "requires": {"min_correct": 0}},
    {"id": "B", "name": "B賞", "quantity": 1, "reserves": 1, "requires": {"min_correct": 0}},
]
CLAIM = TREE["claim"] | {"deadline": "2026-03-11", "last": "2026-03-18"}
CAMPAIGN = campaign(prizes=PRIZES, claim=CLAIM)


def jst(text: str) -> datetime:
    """Return a moment in Japan: `03-12 00:00`."""
    return datetime.fromisoformat(f"2026-{text}+09:00").astimezone(UTC)


DRAWN = jst("03-02 13:00")
AT = "2026-03-05T00:00:00Z"
AWARDS = (
    *(AwardedPlace(f"a-winner-{n}", "A", "winner", n) for n in (1, 2)),
    *(AwardedPlace(f"a-reserve-{n}", "A", "reserve", n) for n in (1, 2, 3)),
    AwardedPlace("b-winner-1", "B", "winner", 1),
    AwardedPlace("b-reserve-1", "B", "reserve", 1),
)
PRIZE_OF = {award.id: award.prize for award in AWARDS}


def forfeit(label: str, at: str = "03-04 10:00", why: Why = Why.DECLINED) -> Forfeit:
    return Forfeit(label, PRIZE_OF[label], why.value, stamp(jst(at)))


def back(label: str, at: str) -> Restored:
    return Restored(label, PRIZE_OF[label], stamp(jst(at)))


def standing(*changes: Forfeit | Restored, awards: Iterable[AwardedPlace] = AWARDS) -> Standing:
    return derive(CAMPAIGN, DRAWN, awards, changes)


def labels(found: Standing) -> list[str]:
    return [holder.label for holder in found.holders]


class TestWithoutForfeits:
    def test_the_winners_hold_what_they_won(self) -> None:
        assert standing() == Standing(
            (
                Holder("a-winner-1", "A", DRAWN, jst("03-12 00:00"), promoted=False),
                Holder("a-winner-2", "A", DRAWN, jst("03-12 00:00"), promoted=False),
                Holder("b-winner-1", "B", DRAWN, jst("03-12 00:00"), promoted=False),
            ),
            {},
        )

    def test_whoever_has_just_won_has_done_nothing_yet_and_was_told_nothing(self) -> None:
        for one in standing().holders:
            assert not any((one.claimed, one.listed, one.shipped, one.changed, one.restored, one.told))

    def test_a_reserve_holds_nothing(self) -> None:
        assert standing().holder("a-reserve-1") is None
        assert standing().holder("nobody") is None

    def test_places_that_the_draw_left_open_are_nobody_s(self) -> None:
        assert standing(awards=[]) == Standing((), {})


class TestAReturn:
    """A lapsed place is given back, as it was held, if nobody else has it by then."""

    def lapsed(self) -> list[Forfeit]:
        """Let the winner of B lapse, then its only reserve, who had moved up."""
        return [
            forfeit("b-winner-1", "03-12 08:00", Why.LAPSED),
            forfeit("b-reserve-1", "03-19 08:00", Why.LAPSED),
        ]

    def test_gives_back_what_was_held_with_its_own_deadline(self) -> None:
        found = standing(*self.lapsed(), back("b-winner-1", "03-20 10:00"))
        assert found.holder("b-winner-1") == Holder(
            "b-winner-1", "B", DRAWN, jst("03-12 00:00"), promoted=False, restored=True
        )
        assert found.unfilled == {}
        assert [holder.label for holder in found.lapsed] == ["b-reserve-1"]

    def test_gives_it_to_a_reserve_that_had_moved_up_too(self) -> None:
        found = standing(*self.lapsed(), back("b-reserve-1", "03-20 10:00"))
        assert [(h.label, h.promoted, h.deadline) for h in found.holders if h.prize == "B"] == [
            ("b-reserve-1", True, jst("03-19 00:00"))
        ]

    def test_whoever_lapsed_is_remembered_as_they_held_it_in_the_record_s_order(self) -> None:
        found = standing(*reversed(self.lapsed()))
        assert [(h.label, h.deadline) for h in found.lapsed] == [
            ("b-winner-1", jst("03-12 00:00")),
            ("b-reserve-1", jst("03-19 00:00")),
        ]
        assert found.without(["b-winner-1"]).lapsed == found.lapsed[1:]

    @pytest.mark.parametrize(
        ("changes", "returned"),
        [
            ([("b-winner-1", "03-13 10:00")], []),
            ([("b-winner-1", "03-20 10:00"), ("b-reserve-1", "03-20 11:00")], ["b-winner-1"]),
            ([("a-winner-1", "03-20 10:00")], []),
            ([("b-winner-1", "03-19 08:00")], ["b-winner-1"]),
        ],
        ids=["the reserve has it", "two for one place", "who holds one", "at the moment at which it came free"],
    )
    def test_gives_nobody_what_another_has(self, changes: list[tuple[str, str]], returned: list[str]) -> None:
        found = standing(*self.lapsed(), *(back(label, at) for label, at in changes))
        assert [holder.label for holder in found.holders if holder.restored] == returned
        assert len(labels(found)) == 2 + len(returned)

    @pytest.mark.parametrize("why", [why for why in Why if why is not Why.LAPSED])
    def test_is_of_a_lapse_alone(self, why: Why) -> None:
        moved_up = forfeit("b-reserve-1", "03-19 08:00", Why.LAPSED)
        found = standing(forfeit("b-winner-1", "03-12 08:00", why), moved_up, back("b-winner-1", "03-20 10:00"))
        assert found.holder("b-winner-1") is None
        assert found.unfilled == {"B": 1}


class TestAForfeit:
    @pytest.mark.parametrize("why", Why)
    def test_lets_the_next_reserve_of_that_prize_move_up(self, why: Why) -> None:
        found = standing(forfeit("a-winner-1", "03-04 10:00", why))
        assert labels(found) == ["a-winner-2", "a-reserve-1", "b-winner-1"]
        promoted = found.holder("a-reserve-1")
        assert promoted == Holder("a-reserve-1", "A", jst("03-04 10:00"), jst("03-14 00:00"), promoted=True)
        assert found.unfilled == {}

    def test_moves_nobody_up_for_another_prize(self) -> None:
        assert labels(standing(forfeit("b-winner-1"))) == ["a-winner-1", "a-winner-2", "b-reserve-1"]

    def test_of_a_promoted_reserve_lets_the_one_after_it_move_up(self) -> None:
        chain = [
            forfeit("a-winner-1", "03-04 10:00"),
            forfeit("a-reserve-1", "03-05 10:00"),
            forfeit("a-reserve-2", "03-06 10:00"),
        ]
        found = standing(*chain)
        assert labels(found) == ["a-winner-2", "a-reserve-3", "b-winner-1"]
        assert found.holders[1].since == jst("03-06 10:00")

    def test_of_a_reserve_before_its_turn_lets_it_be_passed_over(self) -> None:
        found = standing(forfeit("a-reserve-1", "03-03 10:00"), forfeit("a-winner-1", "03-04 10:00"))
        assert labels(found) == ["a-winner-2", "a-reserve-2", "b-winner-1"]

    def test_of_a_reserve_alone_changes_nothing(self) -> None:
        assert standing(forfeit("a-reserve-2")) == standing()

    def test_of_several_winners_takes_the_reserves_in_the_record_s_order(self) -> None:
        later_first = [forfeit("a-winner-1", "03-05 10:00"), forfeit("a-winner-2", "03-04 10:00")]
        found = standing(*later_first)
        assert labels(found) == ["a-reserve-1", "a-reserve-2", "b-winner-1"]
        assert [holder.since for holder in found.holders[:2]] == [jst("03-04 10:00"), jst("03-05 10:00")]

    def test_when_the_reserves_are_used_up_leaves_the_place_open(self) -> None:
        found = standing(forfeit("b-winner-1", "03-04 10:00"), forfeit("b-reserve-1", "03-05 10:00"))
        assert labels(found) == ["a-winner-1", "a-winner-2"]
        assert found.unfilled == {"B": 1}

    def test_counts_each_place_that_stays_open(self) -> None:
        everybody = [forfeit(label, f"03-04 10:{minute:02}") for minute, label in enumerate(PRIZE_OF)]
        assert standing(*everybody) == Standing((), {"A": 2, "B": 1})

    def test_in_one_second_with_another_has_one_outcome(self) -> None:
        together = [forfeit(label, "03-12 00:10") for label in ("a-winner-1", "a-winner-2", "a-reserve-1")]
        assert labels(standing(*together)) == ["a-reserve-2", "a-reserve-3", "b-winner-1"]

    def test_in_one_second_with_another_comes_in_the_record_s_order(self) -> None:
        """Winners before reserves, though their labels stand the other way round: who moved up lapsed too."""
        together = [forfeit(label, "03-12 00:10", Why.LAPSED) for label in ("b-reserve-1", "b-winner-1")]
        found = standing(*together)
        assert [holder.label for holder in found.lapsed] == ["b-winner-1", "b-reserve-1"]
        assert found.unfilled == {"B": 1}

    def test_of_a_label_that_the_record_does_not_know_changes_nothing(self) -> None:
        assert standing(Forfeit("nobody", "A", Why.DECLINED.value, stamp(jst("03-04 10:00")))) == standing()


class TestCounting:
    """How many places the draw gave away, and how many people have let go of: what one operator may do follows."""

    def test_a_place_that_found_nobody_left_was_given_away_all_the_same(self) -> None:
        found = standing(forfeit("b-winner-1", "03-04 10:00"), forfeit("b-reserve-1", "03-05 10:00"))
        assert (len(found.holders), found.places) == (2, 3)

    def test_what_operators_let_go_of_by_name_is_neither_what_lapsed_nor_what_was_withdrawn(self) -> None:
        gone = [forfeit(label, why=why) for label, why in zip(PRIZE_OF, Why, strict=False)]
        assert {one.why for one in gone} == set(Why)
        places = Places(drawn_at=DRAWN, awards={}, forfeits={one.id: one for one in gone}, restored={})
        by_name = [one.id for one in gone if one.why not in (Why.LAPSED, Why.WITHDRAWN)]
        assert places.named() == len(by_name) == 3
        assert places.named(but=by_name[:1]) == 2


class TestAPromotedReserve:
    @pytest.mark.parametrize(
        ("at", "deadline"),
        [
            ("03-02 13:00", "03-12 00:00"),  # as long as the first winners
            ("03-04 00:00", "03-14 00:00"),
            ("03-04 23:59", "03-14 00:00"),  # to the end of a day, whatever the hour
            ("03-09 10:00", "03-19 00:00"),
            ("03-10 10:00", "03-19 00:00"),  # and never beyond the last claim date
            ("03-18 23:59", "03-19 00:00"),
        ],
    )
    def test_has_as_many_days_as_the_first_winners_had(self, at: str, deadline: str) -> None:
        promoted = standing(forfeit("a-winner-1", at)).holder("a-reserve-1")
        assert promoted is not None
        assert (promoted.since, promoted.deadline) == (jst(at), jst(deadline))

    @pytest.mark.parametrize("at", ["03-19 00:00", "03-25 10:00"])
    def test_is_there_no_more_after_the_last_claim_date(self, at: str) -> None:
        found = standing(forfeit("a-winner-1", at))
        assert labels(found) == ["a-winner-2", "b-winner-1"]
        assert found.unfilled == {"A": 1}

    def test_loses_no_day_by_a_draw_that_was_late(self) -> None:
        late = derive(CAMPAIGN, jst("03-03 00:30"), AWARDS, [forfeit("a-winner-1", "03-04 10:00")])
        assert late.holders[1].deadline == jst("03-14 00:00")


class TestTheOrder:
    @given(st.permutations(AWARDS), st.lists(st.sampled_from(sorted(PRIZE_OF)), unique=True), st.data())
    @settings(max_examples=200)
    def test_in_which_records_come_does_not_matter(
        self, awards: list[AwardedPlace], given_up: list[str], data: st.DataObject
    ) -> None:
        times = st.integers(0, 20 * 24 * 60)
        forfeits = [
            Forfeit(label, PRIZE_OF[label], Why.LAPSED.value, stamp(DRAWN + timedelta(minutes=data.draw(times))))
            for label in given_up
        ]
        found = standing(*forfeits)
        assert standing(*data.draw(st.permutations(forfeits)), awards=awards) == found
        assert set(labels(found)).isdisjoint(given_up)
        assert len(set(labels(found))) == len(found.holders)
        for prize, quantity in (("A", 2), ("B", 1)):
            holding = [holder for holder in found.holders if holder.prize == prize]
            assert len(holding) + found.unfilled.get(prize, 0) == quantity
            assert all(PRIZE_OF[holder.label] == prize for holder in holding)
            # Whoever waits still, waits behind all who have moved up.
            waiting = [a.order for a in AWARDS if a.prize == prize and a.place == "reserve" and a.id not in given_up]
            promoted = sorted(int(holder.label[-1]) for holder in holding if holder.promoted)
            assert promoted == sorted(waiting)[: len(promoted)]
            assert all(DRAWN <= holder.since < holder.deadline <= CAMPAIGN.claim_last_at for holder in holding)


class TestReadingMirrors:
    @staticmethod
    def stored(*records: Record) -> Memory:
        state = Memory(CAMPAIGN.id)
        state.commit([Replace(record) for record in records])
        return state

    def test_nobody_holds_anything_before_the_draw(self) -> None:
        assert read_mirrors(CAMPAIGN, self.stored(*AWARDS)) == Standing((), {})

    def test_some_can_be_left_out(self) -> None:
        everybody = standing()
        assert [h.label for h in everybody.without({"a-winner-1", "nobody"}).holders] == ["a-winner-2", "b-winner-1"]
        assert everybody.without(()) == everybody

    def test_it_tells_how_far_each_prize_is_on_its_way(self) -> None:
        drawn = Drawn(ONLY, "hash", stamp(DRAWN), winners=3, reserves=4, unawarded={})
        claims = [Claim(label, "A", instant(AT), "r", AT) for label in ("a-winner-2", "a-reserve-1")]
        found = read_mirrors(
            CAMPAIGN,
            self.stored(
                drawn,
                *AWARDS,
                *claims,
                forfeit("a-winner-1", "03-04 10:00"),
                ShippingList("1", AT, ("a-winner-2",), "x.xlsx", "1"),
                ShippingList("2", AT, ("a-reserve-1", "a-winner-2"), "y.xlsx", "2"),
                Shipped("a-winner-2", "A", AT),
            ),
        )
        far = {holder.label: (holder.claimed, holder.listed, holder.shipped) for holder in found.holders}
        assert far == {
            "a-winner-2": (True, True, True),
            "a-reserve-1": (True, True, False),
            "b-winner-1": (False, False, False),
        }
        assert found.holder("a-reserve-1") == Holder(
            "a-reserve-1", "A", jst("03-04 10:00"), jst("03-19 00:00"), promoted=True, claimed=True, listed=True
        )  # and has until the last day, not having been told

    def test_a_mark_of_somebody_who_holds_nothing_gives_them_nothing(self) -> None:
        drawn = Drawn(ONLY, "hash", stamp(DRAWN), winners=3, reserves=4, unawarded={})
        state = self.stored(drawn, *AWARDS, Claim("a-winner-1", "A", instant(AT), "r", AT), forfeit("a-winner-1"))
        assert read_mirrors(CAMPAIGN, state).holder("a-winner-1") is None


class TestReadingFiles:
    """Finding 5: who holds what is what the signed files say, whatever stands in `state`."""

    def test_they_say_what_their_mirrors_say(self) -> None:
        world = drawn()
        assert Places.published(open_draw(world.published), world.clock) == Places.mirrored(world.state)
        assert world.standing() == read_mirrors(world.campaign, world.state)
        assert len(world.standing().holders) == 5

    def test_nobody_holds_anything_before_the_draw_or_before_there_are_rules(self) -> None:
        assert frozen().standing() == Standing((), {})
        assert World().standing() == Standing((), {})

    def test_it_tells_how_far_each_prize_is_on_its_way(self) -> None:
        world = drawn()
        one, other = (holder.label for holder in world.standing().holders[:2])
        world.state.commit([Replace(Claim(one, "A", instant(AT), "r", AT)), Replace(Shipped(other, "A", AT))])
        assert [(h.claimed, h.shipped) for h in world.standing().holders[:3]] == [
            (True, False),
            (True, True),
            (False, False),
        ]

    @pytest.mark.parametrize(
        "planted",
        [
            lambda winner: Replace(AwardedPlace("0" * 26, "A", "winner", 1)),
            lambda winner: Delete(AwardedPlace, winner),
            lambda winner: Replace(Forfeit(winner, "A", "declined", "2026-03-02T05:00:00Z")),
            lambda winner: Delete(Drawn, ONLY),
            lambda winner: Replace(Drawn(ONLY, "hash", "2026-03-01T00:00:00Z", winners=1, reserves=0, unawarded={})),
        ],
        ids=["a friend", "no winner", "a forfeit", "no draw", "another draw"],
    )
    def test_finding_5_planted_rows_change_nothing(self, planted: Callable[[str], Write]) -> None:
        world = drawn()
        before = world.standing()
        world.state.commit([planted(before.holders[0].label)])
        assert world.standing() == before

    @pytest.mark.parametrize("name", ["record.json", "commitment.json", "rules.json", "evidence.pem"])
    def test_a_file_that_is_not_ours_is_named(self, name: str) -> None:
        world = drawn()
        other = MemorySigner().public_pem() if name.endswith(".pem") else world.published.files[name] + b" "
        world.published.plant(name, other, world.published.signatures.get(name, b""))
        with pytest.raises(Broken) as caught:
            world.standing()
        assert name in caught.value.sentence

    def test_a_forfeit_that_is_made_while_they_are_read_is_not_of_the_future(self) -> None:
        world = drawn()
        label, before = world.standing().holders[0].label, world.clock.now

        class Slow(FakePublished):
            def names(self, prefix: str = "") -> list[str]:
                world.clock.wait(timedelta(minutes=1))
                return super().names(prefix)

        draw = open_draw(Slow(world.published.files, signatures=world.published.signatures))
        world.clock.wait(timedelta(seconds=30))
        confirmed(world.forfeit, label=label, why="declined")
        world.clock.now = before
        places = Places.published(draw, world.clock)
        assert places is not None
        assert places.standing(world.campaign).holder(label) is None
