"""Analysis: published once, from the answers alone, whatever is killed; nothing typed freely leaves."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache, partial
from typing import Any

import pytest

from prizedraw import analyse
from prizedraw.analysis.file import NAME, Analysis
from prizedraw.errors import Again, Broken, Refused
from prizedraw.fulfilment import holders
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.analysis import Analysed
from prizedraw.records.entries import Entry, LedgerRow
from prizedraw.records.erasure import Erasing
from prizedraw.records.fulfilment import Claim, Shipped
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.sealing import Purpose, SurveyOpener, SurveySealer
from prizedraw.times import stamp
from support import personal_data, visitors
from support.clock import DAY, HOUR
from support.fakes.keys import MemoryKeys
from support.fakes.published import FakePublished
from support.faults import NONE, Faults, Way, beside, cut_off
from support.stages import person
from support.visitors import CAMPAIGN, SECRET
from support.world import OPERATOR, SCHEDULER, World, confirmed, sentences

KILLED: tuple[Way, ...] = (Way.BEFORE, Way.LOST)
FILES = ["analysis.html", "analysis.json", "analysis.xlsx"]


class Office(World):
    """A world with a reports bucket."""

    reports: FakePublished


BRIEF = partial(visitors.drawn, is_brief=True)


def office(make: Callable[[], World] = BRIEF) -> Office:
    """Return a drawn world at the last claim date, with a bucket."""
    world = make()
    made = Office(**{field.name: getattr(world, field.name) for field in fields(world) if field.init})
    made.reports = FakePublished()
    made.clock.now = CAMPAIGN.claim_last_at + HOUR
    return made


def press(
    world: World, confirm: str | None = None, *, caller: Caller = OPERATOR, faults: Faults = NONE, **changes: Any
) -> Reply:
    """Run `analyse`."""
    assert isinstance(world, Office)
    powers: dict[str, Any] = {
        "campaign": world.campaign,
        "sealed": world.sealed,
        "state": faults.before(world.state, "state"),
        "survey": SurveyOpener(world.campaign.id, world.keys.opener(Purpose.SURVEY)),
        "reports": faults.before(world.reports, "reports"),
        "clock": world.clock,
    }
    return analyse.run(Order(confirm=confirm), caller, **(powers | changes))


def act(world: World, faults: Faults = NONE) -> Reply:
    """Let the schedule press."""
    return press(world, caller=SCHEDULER, faults=faults)


def published(world: World) -> Analysis:
    assert isinstance(world, Office)
    return Analysis.from_bytes(world.reports.files[NAME])


def acts(world: World) -> list[str]:
    """Return what the journal says of this step."""
    return [action for step, action, _ in world.journal() if step == "analyse"]


@pytest.fixture
def world() -> Office:
    return office()


class TestAsking:
    def test_says_what_would_be_published_and_publishes_nothing(self, world: Office) -> None:
        reply = press(world)
        assert reply.result == Result.ASK
        assert reply.counts == {"集計する応募": 40, "当選": 5, "お届け先の登録済み": 0, "発送済み": 0}
        assert "3人未満の数と、差し引きでそれが分かる数は伏せます。" in sentences(reply)
        assert f'{{"confirm": "{reply.confirm}"}}' in reply.next
        assert (world.reports.files, world.state.get(Analysed, ONLY)) == ({}, None)

    def test_opens_no_envelope(self, world: Office) -> None:
        press(world, survey=None)

    def test_what_loads_slowly_is_not_loaded(self) -> None:
        loaded = "import sys, prizedraw.analyse; print(*{name.partition('.')[0] for name in sys.modules})"
        said = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True).stdout
        assert "pydantic" in said.split()
        assert not {"matplotlib", "numpy", "scipy", "xlsxwriter", "jinja2"} & set(said.split())

    def test_with_the_code_it_is_published(self, world: Office) -> None:
        assert confirmed(partial(press, world)).result == Result.DONE
        assert sorted(world.reports.files) == FILES

    def test_the_code_dies_when_another_parcel_is_shipped(self, world: Office) -> None:
        code = press(world).confirm
        ship(world, 1)
        with pytest.raises(Refused):
            press(world, code)
        assert world.reports.files == {}

    def test_before_the_draw_it_is_refused_in_japanese(self) -> None:
        world = office(visitors.frozen)
        with pytest.raises(Refused) as caught:
            press(world)
        assert caught.value.problem.code == "E-750"
        assert press(world, caller=SCHEDULER).result == Result.NOT_DUE

    def test_before_the_draw_no_file_is_looked_at(self) -> None:
        world = office(visitors.frozen)
        world.reports.away = 1
        with pytest.raises(Refused):
            press(world)
        assert world.reports.away == 1

    @pytest.mark.parametrize("caller", [OPERATOR, SCHEDULER])
    def test_once_everything_is_being_erased_it_says_so_and_publishes_nothing(
        self, caller: Caller, world: Office
    ) -> None:
        world.state.commit([Create(Erasing(ONLY, stamp(world.clock()), SCHEDULER.principal))])
        reply = press(world, caller=caller)
        assert (reply.result, reply.confirm) == (Result.UNCHANGED, None)
        assert "消去が始まっている" in reply.summary[0]
        assert (world.reports.files, acts(world)) == ({}, [])

    def test_too_early_it_warns_that_the_parcels_are_not_counted(self, world: Office) -> None:
        warning = "発送がまだ終わっていません"
        claim(world, 2)
        assert warning in sentences(press(world))
        ship(world, 2)
        assert warning not in sentences(press(world))


def claim(world: World, many: int) -> None:
    """Let winners register."""
    for holder in holders.read_mirrors(world.campaign, world.state).holders[:many]:
        world.state.commit(
            [Create(Claim(holder.label, holder.prize, "2026-03-05T00:00:00.000000000Z", "ab", stamp(world.clock.now)))]
        )


def ship(world: World, many: int) -> None:
    """Hand parcels to the carrier."""
    for holder in holders.read_mirrors(world.campaign, world.state).holders[:many]:
        world.state.commit([Replace(Shipped(holder.label, holder.prize, stamp(world.clock.now)))])


class TestTheSchedule:
    def test_waits_until_nobody_can_claim_any_more(self, world: Office) -> None:
        claim(world, 2)
        ship(world, 2)
        world.clock.now = CAMPAIGN.claim_last_at - HOUR
        assert act(world).result == Result.NOT_DUE
        world.clock.now = CAMPAIGN.claim_last_at
        assert act(world).result == Result.DONE

    def test_waits_for_the_parcels_but_not_beyond_their_last_day(self, world: Office) -> None:
        claim(world, 2)
        ship(world, 1)
        assert act(world).result == Result.NOT_DUE
        world.clock.now = CAMPAIGN.ship_by_at - HOUR
        reply = act(world)
        assert reply.result == Result.NOT_DUE
        assert "3月25日（水）23:59" in sentences(reply)
        world.clock.now = CAMPAIGN.ship_by_at
        assert act(world).result == Result.DONE
        assert [row[0] for row in published(world).sections[0].sheets[0].cells][-3:] == [5, 2, 1]

    def test_still_acts_when_erasure_is_due_since_that_waits_for_it(self, world: Office) -> None:
        world.clock.now = CAMPAIGN.erase_from_at + DAY
        assert act(world).result == Result.DONE


class TestPublishing:
    def test_tells_what_lies_where(self, world: Office) -> None:
        reply = act(world)
        mark = world.one(Analysed)
        assert reply.counts == {
            "集計した応募": 40,
            "表": len(published(world).sheets),
            "伏せた数": published(world).hidden,
        }
        assert all(name in sentences(reply) for name in (*FILES, mark.hash))
        assert "これより多くを示せる選び方はありません。" in sentences(reply)
        assert (mark.entries, mark.made_at) == (40, stamp(world.clock.now))
        assert sorted(acts(world)) == ["analysed", "begun"]
        assert {row[2] for row in world.journal() if row[0] == "analyse"} == {SCHEDULER.principal}

    def test_types_are_said(self, world: Office) -> None:
        act(world)
        assert world.reports.content_types == {
            "analysis.json": "application/json",
            "analysis.html": "text/html; charset=utf-8",
            "analysis.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }

    def test_a_second_call_returns_the_first_whatever_has_happened_since(self, world: Office) -> None:
        first = act(world)
        files = dict(world.reports.files)
        world.clock.wait(3 * DAY)
        for label, *_ in list(world.sealed.project(Entry, ["id"])):
            world.sealed.commit([Delete(Entry, label)])
        ship(world, 3)
        for reply in (act(world), press(world), press(world, "0000-0000")):
            assert reply.result == Result.UNCHANGED
            assert (reply.summary, reply.counts) == (first.summary, first.counts)
        assert world.reports.files == files
        assert acts(world).count("analysed") == 1

    def test_nobody_entered(self) -> None:
        world = office(partial(visitors.drawn, 0))
        assert act(world).result == Result.DONE
        assert published(world).population == 0

    def test_status_tells(self, world: Office) -> None:
        assert "集計：これから" in sentences(world.status())
        act(world)
        assert "集計：済（3月19日（木）01:00）" in sentences(world.status())

    def test_status_is_red_while_it_is_missing_after_the_parcels(self, world: Office) -> None:
        world.clock.now = CAMPAIGN.ship_by_at + 2 * HOUR
        assert "集計が済んでいません" in sentences(world.status())
        act(world)
        assert "集計が済んでいません" not in sentences(world.status())


@cache
def clean() -> dict[str, bytes]:
    world = office()
    act(world)
    return world.reports.files


class TestEveryFault:
    def test_leaves_something_that_the_next_call_finishes(self) -> None:
        for name, world in cut_off(office, act, KILLED):
            assert isinstance(world, Office)
            standing = dict(world.reports.files)
            world.clock.wait(HOUR)
            act(world)
            files = world.reports.files
            assert sorted(files) == FILES, name
            assert standing.items() <= files.items(), name
            assert files == (clean() if NAME in standing else files), name
            assert world.one(Analysed).made_at == published(world).made_at, name
            assert acts(world).count("analysed") == 1, name

    def test_another_run_beside_changes_nothing(self) -> None:
        for name, world in beside(office, act, act):
            assert isinstance(world, Office)
            assert world.reports.files == clean(), name
            assert acts(world).count("analysed") == 1, name

    def test_an_operator_finishes_what_the_schedule_began(self, world: Office) -> None:
        act(world)
        files = dict(world.reports.files)
        del world.reports.files["analysis.xlsx"]
        world.state.commit([Delete(Analysed, ONLY)])
        world.clock.wait(DAY)
        assert confirmed(partial(press, world)).result == Result.DONE
        assert world.reports.files == files


class TestPlanted:
    """Who can create a file in the reports bucket puts one there before the analysis is made."""

    def test_a_truth_that_no_run_has_named_is_not_believed_nor_made_into_a_page(self, world: Office) -> None:
        other = office()
        act(other)
        forged = other.reports.files[NAME].replace(b'"population":40', b'"population":41')
        for data in (forged, b"{}", b""):
            world.reports.plant(NAME, data)
            for caller in (OPERATOR, SCHEDULER):
                with pytest.raises(Broken) as caught:
                    press(world, caller=caller)
                assert (caught.value.problem.code, caught.value.facts) == ("E-805", {"file": NAME})
        assert sorted(world.reports.files) == [NAME]
        assert (acts(world), world.state.get(Analysed, ONLY)) == ([], None)

    def test_nor_one_that_is_put_there_while_the_run_goes_on(self, world: Office) -> None:
        planting = Faults(0, meanwhile=lambda: world.reports.plant(NAME, b"{}"))
        with pytest.raises(Broken) as caught:
            act(world, planting)
        assert caught.value.problem.code == "E-805"
        assert world.state.get(Analysed, ONLY) is None

    @pytest.mark.parametrize("name", ["analysis.html", "analysis.xlsx"])
    def test_a_page_or_workbook_is_not_taken_for_ours(self, name: str, world: Office) -> None:
        world.reports.plant(name, "<table><tr><td>山田 花子".encode())
        with pytest.raises(Broken) as caught:
            act(world)
        assert (caught.value.problem.code, caught.value.facts) == ("E-805", {"file": name})
        assert world.state.get(Analysed, ONLY) is None


class TestWhatIsWrong:
    def test_an_envelope_that_does_not_open_stops_it(self, world: Office) -> None:
        entry = next(iter(world.sealed.scan(Entry)))
        other = next(e for e in world.sealed.scan(Entry) if e.id != entry.id)
        moved = Entry(
            entry.id,
            entry.response,
            type(entry.candidate)(
                **{
                    field.name: getattr(other.candidate if field.name == "survey" else entry.candidate, field.name)
                    for field in fields(entry.candidate)
                }
            ),
        )
        world.sealed.commit([Replace(moved)])
        with pytest.raises(Broken):
            act(world)
        assert world.reports.files == {}

    @pytest.mark.parametrize(
        "plaintext", [b"", b"[]", b'{"day":"2026-02-03"}', b'{"day":"2020-01-01","answers":{}}', b"\xff"]
    )
    def test_an_envelope_that_holds_something_else_stops_it(self, plaintext: bytes, world: Office) -> None:
        entry = next(iter(world.sealed.scan(Entry)))
        c = entry.candidate
        sealed = SurveySealer(CAMPAIGN.id, world.keys.sealer(Purpose.SURVEY)).seal(c.label, plaintext)
        changed = type(c)(c.label, c.prizes, c.doubtful, c.contact, sealed)
        world.sealed.commit([Replace(Entry(entry.id, entry.response, changed))])
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-120"

    def test_entries_that_are_missing_stop_it(self, world: Office) -> None:
        world.sealed.commit([Delete(Entry, next(iter(world.sealed.scan(Entry))).id)])
        with pytest.raises(Again) as caught:
            act(world)
        assert caught.value.problem.code == "E-803"
        assert "応募の記録（39件）と台帳（40件）" in caught.value.sentence

    def test_after_erasure_there_is_nothing_to_count(self, world: Office) -> None:
        for kind in (Entry, LedgerRow):
            for record in list(world.sealed.scan(kind)):
                world.sealed.commit([Delete(kind, record.id)])
        with pytest.raises(Refused) as caught:
            press(world)
        assert caught.value.problem.code == "E-804"

    def test_a_truth_that_was_replaced_is_an_alarm(self, world: Office) -> None:
        act(world)
        world.reports.files[NAME] = world.reports.files[NAME].replace(b'"population":40', b'"population":41')
        with pytest.raises(Broken) as caught:
            act(world)
        assert caught.value.problem.code == "E-805"

    def test_one_that_vanished_too(self, world: Office) -> None:
        act(world)
        del world.reports.files[NAME]
        with pytest.raises(Broken):
            press(world)

    @pytest.mark.parametrize("code", ["", "0000-0000", "確認コード"])
    def test_a_wrong_code_is_refused(self, code: str, world: Office) -> None:
        with pytest.raises(Refused):
            press(world, code)
        assert world.reports.files == {}


class TestSecrets:
    def test_nothing_typed_freely_and_nobody_stands_anywhere(self, world: Office) -> None:
        reply = act(world)
        labels = [entry.candidate.label for entry in world.sealed.scan(Entry)]
        needles = [SECRET, *(person(number) for number in range(40)), *labels]
        texts = [file.decode("utf-8", "replace") for file in world.reports.files.values()]
        state = [
            json.dumps(doc, default=repr, ensure_ascii=False)
            for path, doc in world.state.dump().items()
            if "analys" in path or "journal" in path
        ]
        assert personal_data.found(needles, [*texts, *state, json.dumps(reply.to_json(), ensure_ascii=False)]) == set()
        assert personal_data.found(needles, [texts[0] + SECRET]) == {SECRET}

    def test_only_the_survey_keyset_is_used(self, world: Office) -> None:
        world.keys.wrapping.calls.clear()
        act(world)
        assert {used.name for used in world.keys.wrapping.calls} <= {"survey"}


def test_answers_sealed_to_a_planted_key_are_found_out_before_the_day_of_the_analysis() -> None:
    """Finding 13, of the other pair."""
    world = office()
    world.clock.now = CAMPAIGN.draw_at + DAY
    assert act(world).result == Result.NOT_DUE
    stranger = SurveySealer(world.campaign.id, MemoryKeys(world.campaign.id).sealer(Purpose.SURVEY))
    for entry in list(world.sealed.scan(Entry)):
        sealed = stranger.seal(entry.candidate.label, b"{}")
        world.sealed.commit([Replace(replace(entry, candidate=replace(entry.candidate, survey=sealed)))])
    with pytest.raises(Broken) as caught:
        act(world)
    assert caught.value.problem.code == "E-159"
