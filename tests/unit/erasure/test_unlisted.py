"""What nobody declared is seen, told by its machine name, and keeps 完了 back until somebody has said what it is."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from prizedraw.adapters.firestore.documents import collection_of
from prizedraw.erasure import unlisted
from prizedraw.erasure.inventory import MOST, NAMES
from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Attested, Overall, PlaceReport, PlaceState, consistent
from prizedraw.erasure.unlisted import LISTS, UNSIGNED, Sighting, Unknown
from prizedraw.errors import Again, Refused
from prizedraw.overview.erasure import erasure_section
from prizedraw.overview.facts import read_facts
from prizedraw.ports import Create
from prizedraw.records.erasure import Attestation, ErasureRow, Unlisted
from prizedraw.records.running import JournalRow
from prizedraw.runtime.orders import Result
from prizedraw.times import stamp
from support import erasure, stages
from support.clock import DAY
from support.erasure import Ground
from support.erasure_reports import COMPLETE, MADE, report
from support.world import OPERATOR, confirmed, sentences

CSV = "当選者の名簿（山田 太郎ほか）.csv"
"""A name that must stand in no report, no document, and no reply to the schedule."""
WHAT = "動作確認用の空のもの。個人情報なし"

Plant = Callable[[Ground], object]

PLANTED: dict[str, tuple[Plant, str]] = {
    "a collection beside those of the campaign, in sealed": (
        lambda made: made.world.sealed.plant(f"campaigns/{made.world.campaign.id}/entries_backup/1"),
        "sealed/entries_backup",
    ),
    "a collection beside those of the campaign, in state": (
        lambda made: made.world.state.plant(f"campaigns/{made.world.campaign.id}/entries_backup/1"),
        "state/entries_backup",
    ),
    "a collection of the wrong database": (
        lambda made: made.world.state.plant(f"campaigns/{made.world.campaign.id}/entries/1"),
        "state/entries",
    ),
    "a collection below a document": (
        lambda made: made.world.sealed.plant(f"campaigns/{made.world.campaign.id}/leases/intake/copies/1"),
        "sealed/leases/*/copies",
    ),
    "a collection at the root": (lambda made: made.world.sealed.plant("people/1"), "sealed//people"),
    "another campaign": (lambda made: made.world.sealed.plant("campaigns/copy/entries/1"), "sealed//campaigns/*"),
    "a restored copy of a database": (
        lambda made: made.inventories["database"].put("sealed-restored"),
        "database/sealed-restored",
    ),
    "a file of names in published": (
        lambda made: made.inventories["bucket/published"].put("17001", CSV),
        "bucket/published#17001",
    ),
    "a file of names in reports": (
        lambda made: made.inventories["bucket/reports"].put("17002", CSV),
        "bucket/reports#17002",
    ),
    "a file that is called almost as ours": (
        lambda made: made.inventories["bucket/reports"].put("17003", "erasure/001-report.csv"),
        "bucket/reports#17003",
    ),
    "a bucket": (lambda made: made.inventories["bucket"].put("/ward-names"), "bucket//ward-names"),
    "a secret": (lambda made: made.inventories["secret"].put("/names"), "secret//names"),
}
"""What somebody left, and the machine name by which it is told."""


def ended(plant: Plant | None = None) -> Ground:
    """Return a campaign a day after the last window, with something beside the places since the erasure."""
    made = erasure.destroyed()
    if plant is not None:
        plant(made)
    made.world.clock.wait(erasure.ADMIN)
    made.daily()
    return made


def of(made: Ground) -> list[PlaceReport]:
    """Return what the last report says of things that nobody declared."""
    return [place for place in made.last().places if place.kind is PlaceKind.UNKNOWN]


def answer(made: Ground, place: str, what: str = WHAT, by: str = "山田 太郎") -> None:
    confirmed(made.erase, attest=place, what=what, by=by)


class TestComplete:
    def test_without_anything_unknown_it_is_complete(self) -> None:
        made = ended()
        assert (made.last().state, of(made)) == (Overall.COMPLETE, [])
        assert all(inventory.asked for inventory in made.inventories.values())

    @pytest.mark.parametrize(("plant", "name"), PLANTED.values(), ids=PLANTED.keys())
    def test_is_not_said_with_personal_data_in_unlisted_places(self, plant: Plant, name: str) -> None:
        made = ended(plant)
        (place,) = of(made)
        assert made.last().state is Overall.PARTIAL
        assert (place.state, place.after) == (PlaceState.OPEN, 1)
        assert place.name.endswith(f" {name}")

    @pytest.mark.parametrize(("plant", "name"), PLANTED.values(), ids=PLANTED.keys())
    def test_is_said_once_an_operator_has_answered_and_the_answer_is_told_as_declared(
        self, plant: Plant, name: str
    ) -> None:
        made = ended(plant)
        (place,) = of(made)
        answer(made, place.id)
        made.daily()
        (place,) = of(made)
        assert made.last().state is Overall.COMPLETE
        assert place.attestation == Attested("山田 太郎", made.world.clock())
        assert (place.state, place.after, place.method) == (PlaceState.DECLARED, 1, f"担当者の申告：{WHAT}")

    def test_a_thing_that_is_gone_is_still_asked_about(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        del made.inventories["bucket"].there["/names"]
        made.daily()
        (place,) = of(made)
        assert (place.state, place.before, place.after) == (PlaceState.UNATTESTED, 1, 0)
        answer(made, place.id, "区の資料の写し。削除した")
        made.daily()
        assert made.last().state is Overall.COMPLETE

    def test_an_answer_does_not_hold_for_what_comes_later(self) -> None:
        made = ended(lambda made: made.world.sealed.plant("people/1"))
        (place,) = of(made)
        answer(made, place.id)
        made.world.sealed.plant("people/2")
        made.daily()
        (place,) = of(made)
        assert (place.state, place.attestation) == (PlaceState.OPEN, None)
        assert place.method.endswith("何であったかを申告")
        answer(made, place.id)
        made.daily()
        assert made.last().state is Overall.COMPLETE

    def test_what_was_said_to_be_removed_and_comes_back_is_open_again(self) -> None:
        made = ended(lambda made: made.world.sealed.plant("people/1"))
        made.world.sealed.remove("people/1")
        (place,) = of(made)
        answer(made, place.id, "削除した")
        made.world.sealed.plant("people/1")
        made.daily()
        assert [place.state for place in of(made)] == [PlaceState.OPEN]

    @pytest.mark.parametrize("source", ["database", "bucket", "bucket/published", "bucket/reports", "secret"])
    def test_is_not_said_while_something_cannot_be_listed(self, source: str) -> None:
        made = erasure.destroyed()
        made.world.clock.wait(erasure.ADMIN)
        made.inventories[source].away = 10**6
        made.daily()
        (place,) = of(made)
        assert (place.id, place.state, made.last().state) == (LISTS, PlaceState.UNREAD, Overall.PARTIAL)
        facts = read_facts(made.world.campaign, made.world.state, made.world.published, made.world.clock)
        assert any("E-180" in alarm for alarm in erasure_section(facts).alarms)
        made.inventories[source].away = 0
        made.daily()
        assert (made.last().state, of(made)) == (Overall.COMPLETE, [])

    def test_what_could_not_be_listed_again_is_unread_though_somebody_answered(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        answer(made, of(made)[0].id)
        made.inventories["bucket"].away = 10**6
        made.daily()
        assert {place.state for place in of(made)} == {PlaceState.UNREAD}

    @pytest.mark.parametrize(
        "planted",
        [
            Unlisted("unknown-0123456789abcdef", "sealed/people", "2026-03-28T00:00:00Z"),
            Unlisted(Unknown("nowhere", 1).id, "nowhere", "2026-03-28T00:00:00Z"),
            Unlisted(Unknown("sealed/山田 太郎", 1).id, "sealed/山田 太郎", "2026-03-28T00:00:00Z"),
            Unlisted(Unknown("bucket/reports#x", 1).id, "bucket/reports#x", "2026-03-28T00:00:00Z"),
            Unlisted("people", "sealed/people", "2026-03-28T00:00:00Z"),
        ],
        ids=lambda row: row.name.partition("#")[0].encode("ascii", "replace").decode(),
    )
    def test_a_row_that_no_run_can_have_written_is_none(self, planted: Unlisted) -> None:
        made = ended(lambda made: made.world.state.commit([Create(planted)]))
        assert (made.last().state, of(made)) == (Overall.COMPLETE, [])
        facts = read_facts(made.world.campaign, made.world.state, made.world.published, made.world.clock)
        assert not any(place.kind is PlaceKind.UNKNOWN for place in facts.erasure.places)
        with pytest.raises(Refused):
            made.erase(attest=Unknown(planted.name, 1).id, what=WHAT, by="山田 太郎")

    def test_a_row_that_somebody_planted_for_what_is_there_is_written_over(self) -> None:
        def plant(made: Ground) -> None:
            made.inventories["bucket"].put("/names")
            made.world.state.commit([Create(Unlisted(Unknown("bucket//names", 1).id, "山田 太郎", "x"))])

        made = ended(plant)
        answer(made, of(made)[0].id)
        made.daily()
        assert (made.last().state, of(made)[0].name) == (Overall.COMPLETE, "知らないバケット bucket//names")

    @pytest.mark.parametrize(("plant", "name"), PLANTED.values(), ids=PLANTED.keys())
    def test_every_name_that_is_given_is_known_again(self, plant: Plant, name: str) -> None:
        made = ended(plant)
        assert [one.name for one in unlisted.remembered(made.world.state).values()] == [name]

    def test_an_answer_of_a_place_of_the_list_answers_for_nothing_else(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        made.world.state.commit([Create(Attestation("names", "x", stamp(made.world.clock()), "x"))])
        made.daily()
        assert made.last().state is Overall.PARTIAL


class TestNames:
    def test_the_name_of_a_file_stands_in_no_report_and_no_document(self) -> None:
        made = ended(lambda made: made.inventories["bucket/published"].put("17001", CSV))
        answer(made, of(made)[0].id)
        reply = made.daily()
        kept = repr((made.reports.files, made.world.written(), reply)).encode().decode("unicode_escape", "ignore")
        assert "名簿" not in json.dumps([str(made.last()), sentences(reply)], ensure_ascii=False)
        assert "山田 太郎ほか" not in kept

    def test_an_operator_is_shown_it_to_find_the_file_by(self) -> None:
        made = ended(lambda made: made.inventories["bucket/published"].put("17001", CSV))
        assert CSV in sentences(made.erase())
        assert CSV in sentences(made.erase(attest=of(made)[0].id, what=WHAT, by="山田 太郎"))

    def test_what_may_be_somebody_s_address_is_told_by_a_hash(self) -> None:
        made = ended(lambda made: made.world.sealed.plant("taro@example.jp/1"))
        (place,) = of(made)
        assert "taro" not in place.name
        assert place.name.startswith("知らないコレクション sealed//?#")

    def test_hundreds_of_files_are_told_as_one(self) -> None:
        def plant(made: Ground) -> None:
            for number in range(500):
                made.inventories["bucket/reports"].put(f"{number:05d}", f"{number}.csv")

        made = ended(plant)
        assert len(of(made)) == MOST + 1
        more = next(place for place in of(made) if place.name.endswith("#more"))
        assert more.after == 500 - MOST

    def test_any_number_of_files_hides_none_that_is_called_as_ours(self) -> None:
        def plant(made: Ground) -> None:
            for number in range(MOST + 1):
                made.inventories["bucket/reports"].put(f"{number:05d}", f"{number}.csv")
            made.plant("erasure/009-report.json")

        made = ended(plant)
        assert [place.state for place in of(made) if place.name.endswith(UNSIGNED)] == [PlaceState.OPEN]

    def test_before_everything_is_due_neither(self) -> None:
        made = Ground(stages.taken_in())
        for number in range(MOST + 1):
            made.inventories["bucket/reports"].put(f"{number:05d}", f"{number}.csv")
        made.plant("erasure/009-report.json")
        made.daily()
        assert "erasure/009-report.json" in sentences(made.erase())

    def test_of_those_that_nobody_answered_for_all_come_to_be_named(self) -> None:
        """What was named once is not told to be gone because another one takes its place in the list."""

        def plant(made: Ground) -> None:
            for number in range(MOST + 2):
                made.inventories["bucket/reports"].put(f"{number:05d}", f"{number}.csv")

        made = ended(plant)
        assert "31.csv" not in sentences(made.erase())
        for place in of(made)[:2]:
            answer(made, place.id)
        assert "31.csv" in sentences(made.erase())
        for number in range(2):
            made.inventories["bucket/reports"].put(f"00000{number}", f"early{number}.csv")
        made.daily()
        assert [place.after for place in of(made)].count(0) == 0
        assert sum(place.after or 0 for place in of(made)) == MOST + 4

    def test_every_file_that_a_step_wrote_is_known(self) -> None:
        made = ended()
        for source, files in (("bucket/published", made.world.published.files), ("bucket/reports", made.reports.files)):
            assert [name for name in files if not NAMES[source].fullmatch(name)] == []
            assert files

    @pytest.mark.parametrize(
        ("source", "name"),
        [
            ("bucket/published", "rules.json\n"),
            ("bucket/published", "forfeits/yamada-taro.json"),
            ("bucket/published", "forfeits/yamada-taro.restored.json"),
            ("bucket/published", f"forfeits/{'0' * 26}.restored.csv"),
            ("bucket/published", "backup/rules.json"),
            ("bucket/reports", "analysis.csv"),
            ("bucket/reports", "analysis.json.sig"),
            ("bucket/reports", "analysis.xlsx.sig"),
            ("bucket/reports", "erasure/names.json"),
        ],
    )
    def test_a_name_that_no_step_writes_is_unknown(self, source: str, name: str) -> None:
        assert not NAMES[source].fullmatch(name)

    @pytest.mark.parametrize("end", ["", ".sig"])
    def test_a_forfeit_and_a_return_are_known(self, end: str) -> None:
        for kind in ("json", "restored.json"):
            assert NAMES["bucket/published"].fullmatch(f"forfeits/{'0' * 26}.{kind}{end}")

    def test_buckets_that_google_makes_for_programs_are_known_and_no_others_of_their_kind(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/gcf-v2-sources-123456789012-asia-northeast1"))
        assert of(made) == []
        made = ended(lambda made: made.inventories["bucket"].put("/gcf-v2-sources-names"))
        assert len(of(made)) == 1

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("campaigns/rally/entries/1", "entries"),
            ("campaigns/rally/entries/1/notes/2", "entries/*/notes"),
            ("campaigns/other/entries/1", "/campaigns/*"),
            ("campaigns/rally", "/campaigns"),
            ("people/1/notes/2", "/people/*/notes"),
        ],
    )
    def test_a_collection_is_named_without_the_ids_of_documents(self, path: str, name: str) -> None:
        assert collection_of(path, "rally") == name


class TestWords:
    def test_the_operator_is_told_what_to_press(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        said = sentences(made.erase())
        assert f'"attest": "{of(made)[0].id}", "what": ' in said
        assert "プログラムが知らないものです" in said

    def test_status_asks_for_it_too(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        facts = read_facts(made.world.campaign, made.world.state, made.world.published, made.world.clock)
        assert any(of(made)[0].id in task.what for task in erasure_section(facts).tasks)
        assert {place.id: place.state for place in facts.erasure.places} == made.states() | {
            place.id: place.state for place in of(made)
        }

    def test_a_second_answer_changes_nothing(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        place = of(made)[0].id
        answer(made, place)
        reply = made.erase(attest=place, what="別のもの", by="佐藤 花子")
        assert reply.result is Result.UNCHANGED
        assert "山田 太郎" in sentences(reply)

    def test_who_answered_is_journaled(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        place = of(made)[0].id
        answer(made, place)
        (row,) = [row for row in made.world.state.scan(JournalRow) if place in row.counts]
        assert (row.action, row.principal) == ("attested", OPERATOR.principal)

    @pytest.mark.parametrize(
        ("order", "code"),
        [
            ({"attest": "unknown-0123456789abcdef", "what": WHAT, "by": "山田 太郎"}, "E-554"),
            ({"what": "", "by": "山田 太郎"}, "E-555"),
            ({"what": WHAT, "by": " "}, "E-547"),
        ],
    )
    def test_an_order_that_lacks_something_is_refused(self, order: dict[str, str], code: str) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        typed: dict[str, Any] = {"attest": of(made)[0].id, **order}
        with pytest.raises(Refused) as caught:
            made.erase(**typed)
        assert caught.value.problem.code == code

    def test_nobody_answers_while_its_list_cannot_be_made(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        place = of(made)[0].id
        made.inventories["bucket"].there.clear()
        made.inventories["bucket"].away = 1
        with pytest.raises(Again):
            made.erase(attest=place, what=WHAT, by="山田 太郎")

    def test_of_a_thing_that_nobody_has_seen_every_list_must_be_made(self) -> None:
        made = ended()
        made.inventories["secret"].away = 1
        with pytest.raises(Again):
            made.erase(attest=Unknown("bucket//names", 1).id, what=WHAT, by="山田 太郎")

    def test_for_an_answer_only_the_list_in_which_it_stands_is_made(self) -> None:
        """A database is listed by reading every document."""
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        place = of(made)[0].id
        for inventory in made.inventories.values():
            inventory.asked.clear()
        answer(made, place)
        assert {source for source, inventory in made.inventories.items() if inventory.asked} == {"bucket"}


class TestReport:
    PLACE = replace(
        COMPLETE[0],
        id="unknown-0123456789abcdef",
        kind=PlaceKind.UNKNOWN,
        before=3,
        after=3,
        erased_at=None,
        read_at=MADE,
        until=None,
        state=PlaceState.DECLARED,
        attestation=Attested("山田 太郎", MADE),
    )
    GOOD = (
        PLACE,
        replace(PLACE, after=0),
        replace(PLACE, state=PlaceState.OPEN, attestation=None),
        replace(PLACE, state=PlaceState.UNATTESTED, after=0, attestation=None),
        replace(PLACE, state=PlaceState.UNREAD, after=None, read_at=None),
    )

    @pytest.mark.parametrize("place", GOOD, ids=lambda place: place.state.value)
    def test_may_hold_something_unknown_as_it_can_be(self, place: PlaceReport) -> None:
        assert consistent(place, MADE)
        made_at = report(COMPLETE).made_at
        made = report((*COMPLETE, replace(place, read_at=place.read_at and made_at)))
        assert Report.from_bytes(made.to_bytes()) == made
        assert (made.state is Overall.COMPLETE) == (place.state is PlaceState.DECLARED)

    @pytest.mark.parametrize(
        "place",
        [
            replace(PLACE, attestation=None),
            replace(PLACE, after=None),
            replace(PLACE, erased_at=MADE),
            replace(PLACE, until=MADE),
            replace(PLACE, state=PlaceState.OPEN),
            replace(PLACE, state=PlaceState.OPEN, after=0, attestation=None),
            replace(PLACE, state=PlaceState.UNATTESTED, after=0),
            replace(PLACE, state=PlaceState.UNATTESTED, attestation=None),
            replace(PLACE, state=PlaceState.WAITING, attestation=None),
            replace(PLACE, state=PlaceState.NONE, before=0, after=0, attestation=None),
            replace(PLACE, state=PlaceState.WINDOW, until=MADE + DAY),
        ],
    )
    def test_holds_nothing_unknown_that_contradicts_itself(self, place: PlaceReport) -> None:
        assert not consistent(place, MADE)

    def test_none_of_the_declared_places_is_of_the_kind(self) -> None:
        assert PlaceKind.UNKNOWN not in {place.kind for place in PLACES}
        ids = [*(place.id for place in PLACES), *(kept.id for kept in KEPT)]
        assert not any(unlisted.is_id(id) or id == LISTS for id in ids)

    def test_a_thing_has_the_same_id_in_every_run(self) -> None:
        assert Unknown("sealed//people", 1).id == Unknown("sealed//people", 2, "x").id
        assert unlisted.is_id(Unknown("sealed//people", 1).id)

    def test_what_a_person_finds_it_by_is_in_no_text_of_it(self) -> None:
        assert "山田" not in repr(Unknown("bucket//file", 1, "山田の名簿.csv"))

    def test_what_is_gone_is_not_seen_by_the_last_look_nor_what_no_run_has_looked_at(self) -> None:
        left, gone, new = (Unlisted(Unknown(f"bucket//{n}", 1).id, f"bucket//{n}", stamp(MADE)) for n in range(3))
        rows = {
            one.id: [ErasureRow(f"{one.id}-0001", one.id, stamp(MADE), 3, after, "", "")]
            for one, after in ((left, 3), (gone, 0))
        }
        seen = unlisted.last_look(rows, {one.id: one for one in (left, gone, new)}, MADE)
        assert {one.name: one.count for one in seen.unknown.values()} == {left.name: 3}

    @pytest.mark.parametrize(("answered", "state"), [(1, PlaceState.OPEN), (2, PlaceState.DECLARED)])
    def test_an_answer_for_less_than_there_is_now_is_not_repeated(self, answered: int, state: PlaceState) -> None:
        one = Unknown("bucket//names", 2)
        mark = Attestation(one.id, "山田 太郎", stamp(MADE), "hanako@contractor.example", WHAT, answered)
        (place,) = unlisted.reports(Sighting(MADE, {one.id: one}), {}, {}, {one.id: mark})
        assert (place.state, place.attestation is not None, WHAT in place.method) == (state, *[answered == 2] * 2)

    def test_of_what_is_gone_and_was_never_counted_there_was_nothing(self) -> None:
        one = Unlisted(Unknown("bucket//names", 1).id, "bucket//names", stamp(MADE))
        (place,) = unlisted.reports(Sighting(MADE, {}), {one.id: one}, {}, {})
        assert (place.state, place.before, place.after) == (PlaceState.UNATTESTED, 0, 0)

    def test_what_was_seen_is_remembered_once(self) -> None:
        made = ended(lambda made: made.inventories["bucket"].put("/names"))
        made.daily()
        assert [one.name for one in made.world.state.scan(Unlisted)] == ["bucket//names"]
