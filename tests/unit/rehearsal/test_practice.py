"""What is practised by: the schedule's calls, and how things go wrong."""

import random
import re
from datetime import timedelta
from pathlib import Path

import pytest

from infra.functions import OPERATED
from prizedraw.campaign import definition
from prizedraw.rehearsal.practice import mishaps
from prizedraw.rehearsal.practice.mishaps import Mishap
from prizedraw.rehearsal.practice.showing import FOLDERS, NOT_PRESSED, STEP_NAMES
from prizedraw.rehearsal.practice.timetable import Tick, landmarks, ticks
from prizedraw.rehearsal.practice.world import parse_moment
from prizedraw.rehearsal.stage import STEPS
from prizedraw.times import JST, japanese
from support.builders import FILE

ROOT = Path(__file__).resolve().parents[3]
SCHEDULES = (ROOT / "infra" / "terraform" / "schedules.tf").read_text(encoding="utf-8")
CAMPAIGN = definition.load(FILE)


def calls(step: str) -> list[Tick]:
    return [tick for tick in ticks(CAMPAIGN, CAMPAIGN.opens_at - timedelta(days=90)) if tick.step == step]


class TestTimetable:
    def test_every_step_with_a_schedule_has_its_calls(self) -> None:
        scheduled = set(re.findall(r"^    (\w+) += \"", SCHEDULES.split("cron = {")[1], re.MULTILINE))
        assert {tick.step for tick in ticks(CAMPAIGN, CAMPAIGN.opens_at - timedelta(days=90))} == scheduled
        assert len(scheduled) == 7

    @pytest.mark.parametrize("step", ["intake", "freeze", "draw", "notify", "forfeit", "analyse", "erase"])
    def test_minutes_and_hours_are_those_of_cron(self, step: str) -> None:
        line = re.search(rf"^    {step} += \"(.+?)\"(?: #|$)", SCHEDULES.split("cron = {")[1], re.MULTILINE)
        assert line is not None
        minute, hour = re.sub(r"\$\{formatdate.*?\)\)\}", "5", line[1].replace('\\"', '"')).split()[:2]
        minutes = {int(minute)} if minute.isdecimal() else set(range(0, 60, int(minute.removeprefix("*/"))))
        local = [tick.at.astimezone(JST) for tick in calls(step)]
        assert {at.minute for at in local} == minutes
        assert {at.hour for at in local} == ({int(hour)} if hour.isdecimal() else set(range(24)))

    @pytest.mark.parametrize(
        ("step", "first", "last"),
        [
            ("intake", "2月1日（日）00:00", "3月31日（火）23:50"),
            ("freeze", "3月2日（月）00:20", "3月8日（日）23:20"),
            ("draw", "3月2日（月）00:05", "3月8日（日）23:05"),
            ("notify", "1月1日（木）00:30", "3月31日（火）23:30"),
            ("forfeit", "3月1日（日）08:00", "3月31日（火）08:00"),
            ("erase", "3月1日（日）06:00", None),
        ],
    )
    def test_days_are_those_of_cron(self, step: str, first: str, last: str | None) -> None:
        found = calls(step)
        assert japanese(found[0].at) == first
        if last is not None:
            assert japanese(found[-1].at) == last
        assert found == sorted(found)

    def test_a_person_is_stopped_for_in_the_order_of_time(self) -> None:
        stops = landmarks(CAMPAIGN)
        assert stops == sorted(stops)
        assert [japanese(stop.at) for stop in stops][:5] == [
            "2月3日（火）10:00",
            "3月2日（月）00:00",
            "3月2日（月）13:00",
            "3月8日（日）10:00",
            "3月10日（火）10:00",
        ]


class TestNames:
    def test_every_step_has_its_name_in_the_order_of_the_story(self) -> None:
        assert tuple(STEP_NAMES) == STEPS
        assert set(STEPS) - set(OPERATED) == set(NOT_PRESSED)

    def test_folders_are_called_as_replies_call_them(self) -> None:
        words = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "shared" / "prizedraw").rglob("*.py"))
        assert all(words.count(name) > 1 for name in FOLDERS.values())


class TestMishaps:
    def test_one_thing_at_least_goes_wrong_and_the_seed_says_what(self) -> None:
        met = [mishaps.of_itself(random.Random(seed)) for seed in range(50)]
        assert all(met)
        assert set().union(*met) == set(Mishap)
        assert met == [mishaps.of_itself(random.Random(seed)) for seed in range(50)]


@pytest.mark.parametrize("text", ["", "2026-13-01T00:00", "明日", "next"])
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_moment(text) is None


def test_a_moment_is_of_japan() -> None:
    moment = parse_moment("2026-03-02T13:05")
    assert moment is not None
    assert japanese(moment) == "3月2日（月）13:05"
