"""The draw's arithmetic: seed, rank, order, awards."""

import hashlib
import hmac
import tracemalloc
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from prizedraw.lottery.awards import Award, Prize, award, order, rank, seed
from prizedraw.lottery.pool import read_pool, write_pool
from prizedraw.typed.crockford import SMALL

A, B, C = (letter * 26 for letter in "abc")
SEED = hashlib.sha256(b"any seed").digest()

labels = st.text(alphabet=SMALL, min_size=26, max_size=26)
IDS = ("A", "B-1", "c_2", "W")
standings = st.sets(st.sampled_from(IDS)).map(lambda chosen: [prize for prize in IDS if prize in chosen])
entries = st.dictionaries(labels, standings, max_size=60)
prizes = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=4, max_size=4).map(
    lambda sizes: [
        Prize(id=prize, name="賞", quantity=size[0], reserves=size[1]) for prize, size in zip(IDS, sizes, strict=True)
    ]
)


def sort_everything_and_walk(
    entries: dict[str, Sequence[str]], prizes: Sequence[Prize], seed: bytes
) -> tuple[Award, ...]:
    """Do what the specification says, in its words and without any care for time or memory."""
    ranked = order(entries, seed)
    winners: dict[str, list[str]] = {prize.id: [] for prize in prizes}
    reserves: dict[str, list[str]] = {prize.id: [] for prize in prizes}
    held: set[str] = set()
    for places, size in ((winners, "quantity"), (reserves, "reserves")):
        for prize in prizes:
            for label in ranked:
                if len(places[prize.id]) < getattr(prize, size) and prize.id in entries[label] and label not in held:
                    places[prize.id].append(label)
                    held.add(label)
    return tuple(Award(prize=p.id, winners=tuple(winners[p.id]), reserves=tuple(reserves[p.id])) for p in prizes)


class TestRank:
    def test_is_hmac_sha256_of_the_label_and_one(self) -> None:
        assert rank(A, SEED) == hmac.new(SEED, A.encode() + b"\x01", hashlib.sha256).digest()

    def test_orders_the_example_of_draft_thomson_elegy_vrs_00(self) -> None:
        """The rank is that draft's (HKDF-Expand): https://www.ietf.org/archive/id/draft-thomson-elegy-vrs-00.html."""
        chain = [b"totally not a bikeshed"]
        for _ in range(9):
            chain.append(hashlib.sha256(chain[-1]).digest())
        prk = hmac.digest(chain[9], b"1.2.3.4.5.6./" * 3, "sha256")
        colours = ["lightpink", "bisque", "mediumvioletred", "darkgoldenrod", "blue", "lavenderblush"]
        assert order(colours, prk) == [
            "lavenderblush",
            "blue",
            "darkgoldenrod",
            "mediumvioletred",
            "bisque",
            "lightpink",
        ]

    @given(st.sets(labels, min_size=1, max_size=30), st.data())
    def test_removing_one_never_reorders_the_others(self, pool: set[str], data: st.DataObject) -> None:
        gone = data.draw(st.sampled_from(sorted(pool)))
        assert order(pool - {gone}, SEED) == [label for label in order(pool, SEED) if label != gone]


class TestSeed:
    def test_is_hmac_sha256_of_the_commitments_hash(self) -> None:
        expected = hmac.new(b"dice", hashlib.sha256(b"{}").digest(), hashlib.sha256).digest()
        assert seed(b"dice", b"{}") == expected

    def test_changes_with_randomness_and_with_commitment(self) -> None:
        assert len({seed(b"1", b"{}"), seed(b"2", b"{}"), seed(b"1", b"[]")}) == 3


class TestAward:
    @given(entries, prizes, st.binary(min_size=32, max_size=32))
    def test_is_exactly_what_sorting_everything_gives(
        self, entries: dict[str, Sequence[str]], prizes: list[Prize], seed: bytes
    ) -> None:
        pool = read_pool(write_pool(entries.items()), IDS)
        standing = {label: chosen for label, chosen in entries.items() if chosen}
        assert award(pool, prizes, seed) == sort_everything_and_walk(standing, prizes, seed)

    def test_is_so_too_where_many_rows_are_dropped_on_the_way(self) -> None:
        entries = {hashlib.sha256(str(i).encode()).hexdigest()[:26]: IDS[i % 4 :] for i in range(5000)}
        prizes = [
            Prize(id="A", name="賞", quantity=3, reserves=2),
            Prize(id="B-1", name="賞", quantity=1, reserves=7),
            Prize(id="c_2", name="賞", quantity=0, reserves=1),
            Prize(id="W", name="賞", quantity=20, reserves=0),
        ]
        pool = read_pool(write_pool(entries.items()), IDS)
        assert award(pool, prizes, SEED) == sort_everything_and_walk(dict(entries), prizes, SEED)

    def test_is_so_too_of_a_prize_that_takes_all_places_there_are(self) -> None:
        """Its last reserve is the last by rank that is kept at all."""
        labels = [hashlib.sha256(str(i).encode()).hexdigest()[:26] for i in range(500)]
        pool = read_pool(write_pool((label, ["A"]) for label in labels), IDS)
        for places in range(1, 12):
            prize = Prize(id="A", name="賞", quantity=1, reserves=places - 1)
            [award_] = award(pool, [prize], SEED)
            assert [*award_.winners, *award_.reserves] == order(labels, SEED)[:places]

    def test_gives_one_person_one_place(self) -> None:
        pool = read_pool(f"{A}\tA,W\n".encode(), IDS)
        prizes = [Prize(id="A", name="賞", quantity=1, reserves=1), Prize(id="W", name="賞", quantity=1, reserves=1)]
        assert award(pool, prizes, SEED) == (
            Award(prize="A", winners=(A,), reserves=()),
            Award(prize="W", winners=(), reserves=()),
        )

    def test_gives_all_winners_places_before_any_reserves(self) -> None:
        pool = read_pool(write_pool((label, ["A", "W"]) for label in (A, B, C)), IDS)
        first, second, third = order((A, B, C), SEED)
        prizes = [Prize(id="A", name="賞", quantity=1, reserves=2), Prize(id="W", name="賞", quantity=1, reserves=1)]
        assert award(pool, prizes, SEED) == (
            Award(prize="A", winners=(first,), reserves=(third,)),
            Award(prize="W", winners=(second,), reserves=()),
        )

    def test_follows_the_rules_order_of_prizes(self) -> None:
        pool = read_pool(write_pool((label, ["A", "W"]) for label in (A, B)), IDS)
        first, second = order((A, B), SEED)
        prizes = [Prize(id="W", name="賞", quantity=1, reserves=0), Prize(id="A", name="賞", quantity=1, reserves=0)]
        assert award(pool, prizes, SEED) == (
            Award(prize="W", winners=(first,), reserves=()),
            Award(prize="A", winners=(second,), reserves=()),
        )

    def test_takes_memory_that_does_not_grow_with_the_pool(self) -> None:
        peaks = []
        for size in (2_000, 20_000):
            data = write_pool((hashlib.sha256(str(i).encode()).hexdigest()[:26], ["A"]) for i in range(size))
            tracemalloc.start()
            award(read_pool(data, IDS), [Prize(id="A", name="賞", quantity=10, reserves=5)], SEED)
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert peaks[1] < peaks[0] + 20_000
