"""The randomness of each kind: only what the rules name, only from the draw on, and no second choice."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from prizedraw.adapters.drand import bls
from prizedraw.errors import Again, Broken, Refused
from prizedraw.evidence.signed_files import UNSIGNED, VANISHED
from prizedraw.lottery import obtaining
from prizedraw.lottery.asked_once import AskedOnce
from prizedraw.lottery.obtaining import DrawOrder, Obtain
from prizedraw.lottery.opening import open_draw
from prizedraw.lottery.published import FILES_DIFFER
from prizedraw.lottery.randomness import DrandValue, Hsm, HsmValue, Source, Ward, WardValue
from prizedraw.lottery.randomness_file import NAME, RandomnessFile
from prizedraw.ports import Publisher
from support.campaigns import OTHER_POST, WARD, ChainBeacon, chain, chain_rules
from support.clock import Clock
from support.fakes.keys import MemoryRandom, MemorySigner
from support.faults import LOST, Faults, Killed, Way, interposed
from support.stages import frozen
from support.world import World

DRAW_AT = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
NOW = DRAW_AT + timedelta(minutes=10)
ROUND = chain_rules().round(DRAW_AT)


@dataclass
class Desk:
    """Sit where the randomness is obtained, ten minutes after the time of a draw whose pool is frozen."""

    world: World = field(default_factory=lambda: frozen("hsm"))
    clock: Clock = field(default_factory=lambda: Clock(NOW))
    random: MemoryRandom = field(default_factory=MemoryRandom)

    def __post_init__(self) -> None:
        self.beacon = ChainBeacon(self.clock)
        draw = open_draw(self.world.published)
        assert draw is not None
        committed = draw.commitment(self.world.clock)
        assert committed is not None
        self.draw, self.committed = draw, committed

    def obtain(self, faults: Faults | None = None, published: Publisher | None = None) -> Obtain:
        published = published or self.world.published
        asked = AskedOnce(
            random=self.random,
            published=faults.before(published, "published") if faults else published,
            signer=self.world.keys.signer,
            clock=self.clock,
            draw=self.draw,
            committed=self.committed,
        )
        return Obtain(
            beacon=self.beacon,
            verify=bls.verify,
            asked=asked,
            clock=self.clock,
            posts=(WARD["given_by"], OTHER_POST),
        )

    def asked(self, **changes: Any) -> bytes:
        """Return a file of what Cloud KMS gave for this draw, with some of it changed."""
        fields: dict[str, Any] = {
            "campaign": self.draw.rules.campaign,
            "commitment_hash": self.committed.hash,
            "value": b"k" * 32,
            "asked_at": DRAW_AT,
        }
        return RandomnessFile(**fields | changes).to_bytes()

    def value(self, source: Source, **given: str) -> Any:
        order = DrawOrder(**given)
        self.obtain().demand_fitting(order, source, DRAW_AT)
        return self.obtain().value(order, source, DRAW_AT)

    def refused(self, source: Source, **given: str) -> Refused:
        with pytest.raises(Refused) as caught:
            self.obtain().demand_fitting(DrawOrder(**given), source, DRAW_AT)
        return caught.value


@pytest.fixture
def desk() -> Desk:
    return Desk()


def pasted(round: int = ROUND) -> str:
    return chain().signature(round).hex()


class TestDrand:
    def test_is_fetched_for_the_first_round_at_or_after_the_draw(self, desk: Desk) -> None:
        assert desk.value(chain_rules()) == DrandValue(ROUND, chain().signature(ROUND))
        assert desk.beacon.asked == [(chain().chain, ROUND)]
        assert chain().time_of(ROUND) >= DRAW_AT > chain().time_of(ROUND - 1)

    def test_may_be_pasted_and_then_nobody_is_asked(self, desk: Desk) -> None:
        assert desk.value(chain_rules(), signature=pasted()) == DrandValue(ROUND, chain().signature(ROUND))
        assert desk.beacon.asked == []

    def test_a_relay_that_lies_is_passed_over(self, desk: Desk) -> None:
        desk.beacon.lies = [chain().signature(ROUND + 1), bytes(48), b"", b"x" * 48, b"x" * 1000]
        assert desk.value(chain_rules()).signature == chain().signature(ROUND)

    def test_where_all_lie_it_is_tried_again_later(self, desk: Desk) -> None:
        desk.beacon.lies = [chain().signature(ROUND - 1)]
        desk.clock.now = DRAW_AT - timedelta(minutes=1)
        with pytest.raises(Again) as caught:
            desk.value(chain_rules())
        assert caught.value.problem == obtaining.NO_ROUND
        assert f"第{ROUND}回" in caught.value.sentence

    def test_a_round_that_is_not_there_yet_is_tried_again_later(self, desk: Desk) -> None:
        desk.clock.now = DRAW_AT - timedelta(seconds=1)
        with pytest.raises(Again) as caught:
            desk.value(chain_rules())
        assert caught.value.problem == obtaining.NO_ROUND

    def test_relays_that_are_away_are_asked_again_later(self, desk: Desk) -> None:
        desk.beacon.away = True
        with pytest.raises(Again) as caught:
            desk.value(chain_rules())
        assert caught.value.problem == LOST

    @pytest.mark.parametrize(
        "signature",
        [
            pytest.param(pasted(ROUND - 1), id="of the round before"),
            pytest.param(pasted(ROUND + 1), id="of the round after"),
            pytest.param("00" * 48, id="zeros"),
            pytest.param("c0" + "00" * 47, id="the point at infinity"),
            pytest.param(f"{int(pasted()[:2], 16) ^ 0x20:02x}{pasted()[2:]}", id="the other root"),
        ],
    )
    def test_a_wrong_signature_is_refused_before_anything_is_done(self, desk: Desk, signature: str) -> None:
        problem = desk.refused(chain_rules(), signature=signature)
        assert problem.problem == obtaining.BAD_SIGNATURE
        assert f"第{ROUND}回" in problem.sentence
        with pytest.raises(Refused):
            desk.obtain().value(DrawOrder(signature=signature), chain_rules(), DRAW_AT)

    @pytest.mark.parametrize(
        "signature", ["", "ab", pasted().upper(), pasted() + "00", pasted()[:-1] + "g", pasted() + "\n"]
    )
    def test_what_is_no_signature_is_not_even_read(self, signature: str) -> None:
        with pytest.raises(ValidationError):
            DrawOrder(signature=signature)


NUMBER_READ_OUT = "五つのさいころ 3-1-6-6-2"
READABLE = [
    NUMBER_READ_OUT,
    "7",
    "31662",
    "3・1・6　6・2（五投目まで）",
    "３１６６２",
    "𠮷の札、髙﨑の札",
    "🎲 3-1",
    "x" * 200,
    "\u304c",  # が, of one piece
]
VARIANTS = {
    "ends with a zero width space": f"{NUMBER_READ_OUT}\u200b",
    "ends with a line feed": f"{NUMBER_READ_OUT}\n",
    "ends with a blank": f"{NUMBER_READ_OUT} ",
    "ends with a wide blank": f"{NUMBER_READ_OUT}\u3000",
    "ends with an override": f"{NUMBER_READ_OUT}\u202e",
    "ends with a variation selector": f"{NUMBER_READ_OUT}\ufe0f",
    "ends with another variation selector": f"{NUMBER_READ_OUT}\U000e0100",
    "begins with a blank": f" {NUMBER_READ_OUT}",
    "begins with a byte order mark": f"\ufeff{NUMBER_READ_OUT}",
    "two blanks": NUMBER_READ_OUT.replace(" ", "  "),
    "a wide blank after a blank": NUMBER_READ_OUT.replace(" ", " \u3000"),
    "a no-break space": NUMBER_READ_OUT.replace(" ", "\u00a0"),
    "a thin space": NUMBER_READ_OUT.replace(" ", "\u2009"),
    "a tab": NUMBER_READ_OUT.replace(" ", "\t"),
    "a line separator": NUMBER_READ_OUT.replace(" ", "\u2028"),
    "a soft hyphen": NUMBER_READ_OUT.replace("3-", "3\u00ad-"),
    "a joiner": NUMBER_READ_OUT.replace("3-", "3\u034f-"),
    "a Hangul filler": NUMBER_READ_OUT.replace("3-", "3\u3164-"),
    "a halfwidth Hangul filler": NUMBER_READ_OUT.replace("3-", "3\uffa0-"),
    "a blank of Braille": NUMBER_READ_OUT.replace("3-", "3\u2800-"),
    "a vowel of Khmer that is not shown": NUMBER_READ_OUT.replace("3-", "3\u17b4-"),
    "a selector of Mongolian": NUMBER_READ_OUT.replace("3-", "3\u180b-"),
    "a tag": NUMBER_READ_OUT.replace("3-", "3\U000e0033-"),
    "a null notehead": NUMBER_READ_OUT.replace("3-", "3\U0001d159-"),
    "a private character": NUMBER_READ_OUT.replace("3-", "3\ue000-"),
    "what is not assigned": NUMBER_READ_OUT.replace("3-", "3\u0378-"),
    "a NUL": NUMBER_READ_OUT.replace("3-", "3\x00-"),
    "a letter in two pieces": NUMBER_READ_OUT.replace("五", "か\u3099"),
    "a compatibility ideograph": NUMBER_READ_OUT.replace("五", "\ufa19"),
    "what a mail program would decode": "=?utf-8?q?3-1-6?=",
    "blanks alone": "  ",
}


def given(**changes: str | None) -> dict[str, str]:
    return {name: value for name, value in (WARD | changes).items() if value is not None}


class TestWard:
    def test_takes_the_text_to_the_letter_by_whom_and_when(self, desk: Desk) -> None:
        value = desk.value(Ward(), **given(ward_value="３-1　6"))
        assert value == WardValue(text="３-1　6", given_by="文化観光課", given_at=DRAW_AT + timedelta(minutes=5))
        assert value.value == "３-1　6".encode()

    @pytest.mark.parametrize("text", READABLE)
    def test_what_can_be_read_is_taken(self, desk: Desk, text: str) -> None:
        assert desk.value(Ward(), **given(ward_value=text)).text == text

    @pytest.mark.parametrize("text", [pytest.param(text, id=id) for id, text in VARIANTS.items()])
    def test_invisible_variants_of_the_ward_s_number_are_refused(self, desk: Desk, text: str) -> None:
        assert desk.refused(Ward(), **given(ward_value=text)).problem == obtaining.WARD_UNFIT
        with pytest.raises(Refused):
            desk.obtain().value(DrawOrder(**given(ward_value=text)), Ward(), DRAW_AT)
        value = WardValue(text=text, given_by=WARD["given_by"], given_at=DRAW_AT)
        assert not desk.obtain().is_due(value, Ward(), DRAW_AT, NOW)

    @pytest.mark.parametrize(
        "given_by",
        ["文化観光課 山田 太郎 090-1234-5678", "文化観光課 ", "文化観光課\u200b", "別の課", "x"],
    )
    def test_the_ward_s_number_comes_from_a_post_and_never_from_free_text(self, desk: Desk, given_by: str) -> None:
        problem = desk.refused(Ward(), **given(given_by=given_by))
        assert problem.problem == obtaining.NOT_A_POST
        assert "「文化観光課」・「文化資源係長」" in problem.sentence
        assert "山田" not in problem.sentence
        value = WardValue(text="3-1-6", given_by=given_by, given_at=DRAW_AT)
        assert not desk.obtain().is_due(value, Ward(), DRAW_AT, NOW)

    def test_another_post_of_the_list_may_give_it_too(self, desk: Desk) -> None:
        assert desk.value(Ward(), **given(given_by=OTHER_POST)).given_by == OTHER_POST

    @pytest.mark.parametrize(
        "missing", [["ward_value"], ["given_by"], ["given_at"], ["given_by", "given_at"], list(WARD)]
    )
    def test_every_field_is_needed(self, desk: Desk, missing: list[str]) -> None:
        problem = desk.refused(Ward(), **given(**dict.fromkeys(missing)))
        assert problem.problem == obtaining.WARD_NEEDED
        assert '{"ward_value": "数", "given_by": "文化観光課"' in problem.sentence
        assert "「文化観光課」・「文化資源係長」 のどれか" in problem.sentence

    @pytest.mark.parametrize("field", list(WARD))
    def test_an_empty_field_is_not_read(self, field: str) -> None:
        with pytest.raises(ValidationError):
            DrawOrder(**given(**{field: ""}))

    @pytest.mark.parametrize(
        "given_at",
        [
            "2026-03-02T13:00:00+09:00",
            "2026-03-02T13:10:00+09:00",
            "2026-03-02T04:05:00Z",
            "2026-03-02T04:05:00+00:00",
            "2026-03-01T23:05:00-05:00",
            "2026-03-02T13:05+09:00",
            "2026-03-02T13:10:00.999999+09:00",
        ],
    )
    def test_from_the_draw_until_now_in_any_zone(self, desk: Desk, given_at: str) -> None:
        value = desk.value(Ward(), **given(given_at=given_at))
        assert DRAW_AT <= value.given_at <= NOW
        assert value.given_at.microsecond == 0

    @pytest.mark.parametrize(
        "given_at",
        [
            pytest.param("2026-03-02T12:59:59+09:00", id="a second before the draw"),
            pytest.param("2026-03-02T13:10:01+09:00", id="a second from now"),
            pytest.param("2026-03-02T13:05:00Z", id="JST written as UTC"),
            pytest.param("2025-03-02T13:05:00+09:00", id="last year"),
            pytest.param("2026-03-03T13:05:00+09:00", id="tomorrow"),
        ],
    )
    def test_not_before_the_draw_and_not_in_the_future(self, desk: Desk, given_at: str) -> None:
        problem = desk.refused(Ward(), **given(given_at=given_at))
        assert problem.problem == obtaining.WARD_TOO_EARLY
        assert "3月2日（月）13:00" in problem.sentence

    @pytest.mark.parametrize(
        "given_at",
        [
            "2026-03-02T13:05:00",
            "2026-03-02",
            "13:05",
            "3月2日 13時5分",
            "2026-02-30T13:05:00+09:00",
            "２０２６-03-02T13:05:00+09:00",
            "0001-01-01T00:00:00+09:00",
            "9999-12-31T23:59:59-09:00",
            "\x00",
            "x" * 40,
        ],
    )
    def test_a_time_without_zone_or_none_at_all_is_refused_with_an_example(self, desk: Desk, given_at: str) -> None:
        problem = desk.refused(Ward(), **given(given_at=given_at))
        assert problem.problem == obtaining.WARD_NEEDED
        assert "+09:00" in problem.sentence

    @pytest.mark.parametrize("text", ["\ud800", "五つの\udfff"])
    def test_text_that_is_no_unicode_is_not_read(self, text: str) -> None:
        with pytest.raises(ValidationError):
            DrawOrder(**given(ward_value=text))


class TestHsm:
    def test_gives_32_bytes_and_publishes_them_signed_before_they_are_used(self, desk: Desk) -> None:
        value = desk.value(Hsm())
        assert desk.random.drawn == [value.value]
        files = desk.world.published
        assert files.files[NAME] == desk.asked(value=value.value, asked_at=NOW)
        assert desk.draw.key.verifies(files.files[NAME], files.signatures[NAME])
        assert files.files[f"{NAME}.sig"] == files.signatures[NAME]
        assert files.created[-2:] == [NAME, f"{NAME}.sig"]

    def test_is_asked_once(self, desk: Desk) -> None:
        first = desk.value(Hsm())
        desk.clock.wait(timedelta(hours=1))
        assert desk.value(Hsm()) == first
        assert len(desk.random.drawn) == 1

    @pytest.mark.parametrize("way", [Way.AFTER, Way.LOST])
    def test_is_asked_once_even_by_a_run_that_died_when_the_bytes_were_kept(self, desk: Desk, way: Way) -> None:
        for _ in (NAME, f"{NAME}.sig"):
            with pytest.raises((Killed, Again)):
                desk.obtain(Faults(0, way)).value(DrawOrder(), Hsm(), DRAW_AT)
        assert [desk.value(Hsm()).value] == desk.random.drawn
        assert f"{NAME}.sig" in desk.world.published.files

    @pytest.mark.parametrize("way", [Way.BEFORE, Way.AWAY])
    def test_bytes_that_were_not_kept_have_drawn_nothing(self, desk: Desk, way: Way) -> None:
        """Nobody has seen them: they were in the memory of the run that died, and in no log."""
        with pytest.raises((Killed, Again)):
            desk.obtain(Faults(0, way)).value(DrawOrder(), Hsm(), DRAW_AT)
        assert NAME not in desk.world.published.files
        assert desk.value(Hsm()).value == desk.random.drawn[1]

    def test_of_two_at_once_one_gives_the_bytes(self, desk: Desk) -> None:
        beside: list[HsmValue] = []
        faults = Faults(0, meanwhile=lambda: beside.append(desk.value(Hsm())))
        value = desk.obtain(faults).value(DrawOrder(), Hsm(), DRAW_AT)
        assert [value] == beside
        assert len(desk.random.drawn) == 2

    def test_a_file_that_vanishes_is_an_alarm_and_no_draw(self, desk: Desk) -> None:
        def gone(name: str) -> None:
            desk.world.published.files.pop(name, None)

        with pytest.raises(Broken) as caught:
            desk.obtain(published=interposed(desk.world.published, find=gone)).value(DrawOrder(), Hsm(), DRAW_AT)
        assert caught.value.problem == VANISHED
        assert NAME in caught.value.sentence

    def test_nothing_is_asked_before_the_draw_needs_it(self, desk: Desk) -> None:
        assert desk.obtain().asked.standing() is None
        assert desk.random.drawn == []


class TestPlantedRandomness:
    """5d: bytes that somebody put there first, after some tries, drew the lots. Only a file that we signed does."""

    def refused(self, desk: Desk) -> Broken:
        before = dict(desk.world.published.files)
        with pytest.raises(Broken) as caught:
            desk.obtain().value(DrawOrder(), Hsm(), DRAW_AT)
        with pytest.raises(Broken):
            desk.obtain().is_due(HsmValue(b"k" * 32), Hsm(), DRAW_AT, NOW)
        assert (desk.random.drawn, desk.world.published.files) == ([], before)
        assert NAME in caught.value.sentence
        return caught.value

    def test_unsigned_is_not_used(self, desk: Desk) -> None:
        desk.world.published.plant(NAME, desk.asked())
        assert self.refused(desk).problem == UNSIGNED

    def test_signed_by_another_key_is_not_used(self, desk: Desk) -> None:
        desk.world.published.plant(NAME, desk.asked(), MemorySigner().sign(desk.asked()))
        assert self.refused(desk).problem == UNSIGNED

    def test_with_our_signature_of_another_file_is_not_used(self, desk: Desk) -> None:
        desk.world.published.plant(NAME, desk.asked(), desk.world.published.signatures["rules.json"])
        assert self.refused(desk).problem == UNSIGNED

    @pytest.mark.parametrize(
        "changes",
        [
            pytest.param({"commitment_hash": "0" * 64}, id="of another commitment"),
            pytest.param({"campaign": "another-2026"}, id="of another campaign"),
            pytest.param({"asked_at": DRAW_AT - timedelta(seconds=1)}, id="asked before the draw"),
            pytest.param({"asked_at": NOW + timedelta(seconds=1)}, id="asked in the future"),
        ],
    )
    def test_signed_by_us_but_not_of_this_draw_is_not_used(self, desk: Desk, changes: dict[str, Any]) -> None:
        desk.world.plant(NAME, desk.asked(**changes))
        assert self.refused(desk).problem == FILES_DIFFER

    @pytest.mark.parametrize("asked_at", [DRAW_AT, NOW])
    def test_signed_by_us_and_of_this_draw_is_what_a_run_that_died_left(self, desk: Desk, asked_at: datetime) -> None:
        desk.world.plant(NAME, desk.asked(asked_at=asked_at))
        assert desk.value(Hsm()) == HsmValue(b"k" * 32)
        assert desk.random.drawn == []


def foreign() -> Iterator[Any]:
    for name, value in WARD.items():
        yield pytest.param(chain_rules(), {name: value}, id=f"drand {name}")
        yield pytest.param(Hsm(), {name: value}, id=f"hsm {name}")
    yield pytest.param(Hsm(), {"signature": pasted()}, id="hsm signature")
    yield pytest.param(Ward(), {"signature": pasted()}, id="ward signature alone")
    yield pytest.param(Ward(), WARD | {"signature": pasted()}, id="ward signature beside its own")
    yield pytest.param(chain_rules(), WARD | {"signature": pasted()}, id="drand all")


@pytest.mark.parametrize(("source", "typed"), list(foreign()))
def test_a_field_of_another_kind_is_refused(desk: Desk, source: Source, typed: dict[str, str]) -> None:
    problem = desk.refused(source, **typed)
    assert problem.problem == obtaining.NOT_WANTED
    assert source.kind in problem.sentence


@pytest.mark.parametrize("source", [chain_rules(), Hsm()], ids=["drand", "hsm"])
def test_without_fields_all_is_well(desk: Desk, source: Source) -> None:
    desk.obtain().demand_fitting(DrawOrder(), source, DRAW_AT)
    assert (desk.random.drawn, desk.beacon.asked) == ([], [])


OURS = DrandValue(ROUND, chain().signature(ROUND))
NUMBER = WardValue(text="3-1-6", given_by="文化観光課", given_at=DRAW_AT)


@pytest.mark.parametrize(
    ("value", "source", "due"),
    [
        pytest.param(OURS, chain_rules(), True, id="the chain's round"),
        pytest.param(
            DrandValue(ROUND + 1, chain().signature(ROUND + 1)), chain_rules(), False, id="another round of the chain"
        ),
        pytest.param(DrandValue(ROUND, chain().signature(ROUND + 1)), chain_rules(), False, id="another's signature"),
        pytest.param(OURS, Ward(), False, id="drand where the ward draws"),
        pytest.param(NUMBER, Ward(), True, id="the ward's, at the draw"),
        pytest.param(WardValue(text="3", given_by=OTHER_POST, given_at=NOW), Ward(), True, id="the ward's, now"),
        pytest.param(
            WardValue(text="3", given_by=OTHER_POST, given_at=DRAW_AT - timedelta(seconds=1)),
            Ward(),
            False,
            id="the ward's, too early",
        ),
        pytest.param(
            WardValue(text="3", given_by=OTHER_POST, given_at=NOW + timedelta(seconds=1)),
            Ward(),
            False,
            id="the ward's, of the future",
        ),
        pytest.param(NUMBER, Hsm(), False, id="the ward's where Cloud KMS draws"),
        pytest.param(HsmValue(b"k" * 32), Hsm(), True, id="the bytes that were kept"),
        pytest.param(HsmValue(b"x" * 32), Hsm(), False, id="other bytes"),
        pytest.param(HsmValue(b"k" * 32), chain_rules(), False, id="bytes where the chain draws"),
    ],
)
def test_a_record_is_judged_by_where_its_randomness_must_come_from(
    desk: Desk, value: Any, source: Source, due: bool
) -> None:
    desk.world.plant(NAME, desk.asked())
    assert desk.obtain().is_due(value, source, DRAW_AT, NOW) is due


def test_bytes_of_a_record_that_nobody_kept_are_not_due(desk: Desk) -> None:
    assert not desk.obtain().is_due(HsmValue(b"k" * 32), Hsm(), DRAW_AT, NOW)


def test_a_record_is_not_older_than_its_randomness(desk: Desk) -> None:
    desk.world.plant(NAME, desk.asked(asked_at=NOW))
    assert not desk.obtain().is_due(HsmValue(b"k" * 32), Hsm(), DRAW_AT, NOW - timedelta(seconds=1))
    given_now = WardValue(text="3", given_by=OTHER_POST, given_at=NOW)
    assert not desk.obtain().is_due(given_now, Ward(), DRAW_AT, NOW - timedelta(seconds=1))
