"""
Nothing is believed because it lies there: planted reports, files and rows keep no data from going, and end nothing.

Findings 1, 5e and what is of their kind: each test plants what somebody could write, and looks at what `erase` makes
of it.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from prizedraw.erasure.filed import files_of
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import Attested, Overall, PlaceReport, PlaceState
from prizedraw.erasure.unlisted import UNSIGNED
from prizedraw.errors import Again, Broken
from prizedraw.evidence.canonical_json import canonical
from prizedraw.ports import Create, Delete, Replace
from prizedraw.records.analysis import Analysed
from prizedraw.records.entries import Entry
from prizedraw.records.erasure import Attestation, Erasing, ErasureRow
from prizedraw.records.fulfilment import Shipped
from prizedraw.records.lottery import AwardedPlace, Drawn
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime import journal, lease
from prizedraw.runtime.orders import Result
from prizedraw.times import stamp
from support import erasure, scripts, stages
from support.clock import DAY, HOUR
from support.erasure import ADMIN, BY_HAND, Ground, destroyed, drawn, ready
from support.fakes.keys import MemorySigner
from support.faults import Faults, Killed
from support.world import OPERATOR, agreed, confirmed, labels, sentences

VERIFY = scripts.load("verify_erasure")
FIRST = "erasure/001-report.json"


def codes(capsys: pytest.CaptureFixture[str], act: Callable[[], object]) -> list[str]:
    """Return the codes of the alarms that are raised while something is done."""
    capsys.readouterr()
    act()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line["code"] for line in lines if line["event"] == "alarm"]


def without_reports(made: Ground) -> None:
    """Let the schedule run `erase` while the bucket of the reports is away."""
    made.reports.away = 10**6
    with pytest.raises(Again):
        made.daily()
    made.reports.away = 0


def complete() -> Ground:
    """Return a campaign whose last report says 完了, a day after the last window."""
    made = destroyed()
    made.world.clock.wait(ADMIN)
    made.daily()
    assert made.last().state is Overall.COMPLETE
    return made


def forged(made: Ground, **changes: Any) -> bytes:
    """Return a report that agrees with itself and says 完了; all that it says is public, or free to invent."""
    like = complete().last()
    now = made.world.clock().replace(microsecond=0)
    places = tuple(
        replace(
            place,
            read_at=place.read_at and now,
            erased_at=place.erased_at and now - HOUR,
            until=None,
            attestation=place.attestation and Attested("佐藤 花子", now),
        )
        for place in like.places
    )
    key = json.loads(made.world.published.files["rules.json"])["evidence_key"]
    fields = {"number": 1, "made_at": now, "places": places, "evidence_key": key} | changes
    report = replace(like, **fields)
    assert report.state is Overall.COMPLETE
    return report.to_bytes()


def strangers(made: Ground) -> list[PlaceReport]:
    """Return what the last report says of files that have a name of ours and are not ours."""
    return [place for place in made.last().places if place.name.endswith(UNSIGNED)]


class TestAForgedReport:
    """Finding 1: `erase` signed a planted 完了 and never erased again."""

    @pytest.mark.parametrize("stage", [lambda: Ground(stages.taken_in()), drawn, erasure.delivered, ready])
    def test_is_neither_finished_nor_signed_nor_believed(
        self, stage: Callable[[], Ground], capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = stage()
        planted = forged(made)
        made.plant(FIRST, planted)
        signed = len(made.world.keys.signer.signed)
        assert "stranger" in codes(capsys, made.daily)
        assert planted not in made.world.keys.signer.signed[signed:]
        assert {name for name in made.reports.files if "/001-" in name} == {FIRST}
        assert "完了しています" not in sentences(made.erase())
        assert f"{FIRST}" in sentences(made.erase()), "an operator is shown its name"

    def test_on_the_day_of_erasure_everything_goes_all_the_same(self) -> None:
        made = ready()
        made.plant(FIRST, forged(made))
        made.daily()
        assert made.left() == {}
        assert made.last().number == 2
        assert made.last().state is Overall.PARTIAL
        (place,) = strangers(made)
        assert (place.state, place.after) == (PlaceState.OPEN, 1)

    def test_the_verifier_refuses_it_and_accepts_ours(self, tmp_path: Path) -> None:
        made = ready()
        made.plant(FIRST, forged(made))
        made.daily()
        files = {name.removeprefix("erasure/"): data for name, data in made.reports.files.items() if "erasure/" in name}
        for name in ("evidence.pem", "001-report.json", "002-report.json", "002-report.json.sig"):
            (tmp_path / name).write_bytes(files[name])
        (tmp_path / "rules.json").write_bytes(made.world.published.files["rules.json"])
        (tmp_path / "001-report.json.sig").write_bytes(MemorySigner().sign(files["001-report.json"]))
        options = ["--at", stamp(made.world.clock()), "--rules", str(tmp_path / "rules.json")]
        assert VERIFY.main([str(tmp_path / "001-report.json"), *options]) == 1
        assert VERIFY.main([str(tmp_path / "002-report.json"), *options]) == 0

    def test_an_answer_for_it_ends_the_alarm_and_lets_the_campaign_end(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = ready()
        made.plant(FIRST, forged(made))
        made.empty_by_hand()
        made.daily()
        made.attest(*BY_HAND)
        (place,) = strangers(made)
        confirmed(made.erase, attest=place.id, what="だれかが置いた偽の報告書。個人情報なし", by="山田 太郎")
        made.world.clock.wait(2 * DAY)
        assert codes(capsys, made.daily) == []
        made.world.clock.wait(ADMIN)
        made.daily()
        assert made.last().state is Overall.COMPLETE
        (place,) = strangers(made)
        assert place.state is PlaceState.DECLARED

    def test_status_asks_for_it_before_anything_is_due(self) -> None:
        made = Ground(stages.taken_in())
        made.plant(FIRST, forged(made))
        made.daily()
        said = sentences(made.world.status())
        assert "この企画の正しい署名がありません" in said


Plant = Callable[[Ground], object]

SECOND = "erasure/002-report.json"


def copied(made: Ground, name: str, to: str) -> str:
    """Let somebody copy a file of ours under another name, with the signature that it bears."""
    made.reports.files[to], made.reports.signatures[to] = made.reports.files[name], made.reports.signatures[name]
    return made.plant(to, made.reports.files[name], signed=True)


PLANTS: dict[str, Plant] = {
    "unsigned": lambda made: made.plant(SECOND, forged(made, number=2)),
    "no report at all": lambda made: made.plant(SECOND, "氏名,住所\n".encode()),
    "signed by another key": lambda made: (
        made.plant(SECOND, forged(made, number=2)),
        made.reports.signatures.update({SECOND: MemorySigner().sign(forged(made, number=2))}),
    ),
    "the bytes of report 1 under the name of 2": lambda made: copied(made, FIRST, SECOND),
    "ours by signature, of another number": lambda made: made.plant(SECOND, forged(made, number=3), signed=True),
    "ours by signature, of another campaign": lambda made: made.plant(
        SECOND, forged(made, number=2, campaign="another"), signed=True
    ),
    "ours by signature, naming another key": lambda made: made.plant(
        SECOND, forged(made, number=2, evidence_key="0" * 64), signed=True
    ),
    "ours by signature, of tomorrow": lambda made: made.plant(
        SECOND, forged(made, number=2, made_at=made.world.clock() + timedelta(hours=20)), signed=True
    ),
    "ours by signature, without a place": lambda made: made.plant(SECOND, one_place(made), signed=True),
    "ours by signature, and no report": lambda made: made.plant(SECOND, canonical({"number": 2}), signed=True),
    "a PDF before its report": lambda made: made.plant("erasure/002-report.pdf", b"%PDF"),
    "the PDF of report 1 under the name of 2": lambda made: copied(
        made, "erasure/001-report.pdf", "erasure/002-report.pdf"
    ),
    "a signature before its report": lambda made: made.plant("erasure/002-report.json.sig", b"0E"),
    "a number spelt otherwise": lambda made: made.plant("erasure/0002-report.json", forged(made, number=2)),
    "the highest number that JSON can hold": lambda made: made.plant(
        "erasure/9007199254740991-report.json", forged(made, number=2**53 - 1)
    ),
    "a longer number": lambda made: made.plant(f"erasure/{'9' * 900}-report.json", b"{}"),
    "a signature of the key": lambda made: made.plant("erasure/evidence.pem.sig", b"0E"),
}


def one_place(made: Ground) -> bytes:
    """Return a report of a key alone, as verifiers refuse it."""
    report = Report.from_bytes(forged(made, number=2))
    return replace(report, places=report.places[-1:]).to_bytes()


class TestStrangers:
    @pytest.mark.parametrize("plant", PLANTS.values(), ids=PLANTS.keys())
    def test_are_named_and_left_and_the_next_report_takes_a_free_number(
        self, plant: Plant, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = ready()
        made.daily()
        plant(made)
        before = dict(made.reports.files)
        made.mailbox.mails["answer"] = "thread"
        made.empty_by_hand()
        made.world.clock.wait(HOUR)
        assert codes(capsys, made.daily) == ["stranger"]
        assert made.mailbox.mails == {}
        assert {name: made.reports.files[name] for name in before} == before
        assert len(strangers(made)) == 1
        last = made.last().number
        assert set(files_of(last)) <= set(made.reports.files)
        assert set(files_of(last)).isdisjoint(before)
        made.world.clock.wait(HOUR)
        assert codes(capsys, made.daily) == ["stranger"]
        assert made.last().number == last, "no second report of it"

    @pytest.mark.parametrize(
        "name", ["erasure/001-report.pdf", "erasure/001-report.pdf.sig", "erasure/001-report.json.sig"]
    )
    def test_in_the_place_of_a_file_of_a_report_that_was_begun_let_another_be_made(self, name: str) -> None:
        made = ready()
        faults = Faults()
        faults.arm("reports.create#2.after")  # the key was the first
        with pytest.raises(Killed):
            made.daily(faults)
        assert {FIRST} == {name for name in made.reports.files if "/001-" in name}
        made.plant(name, b"planted")
        made.world.clock.wait(HOUR)
        made.daily()
        assert made.left() == {}
        assert made.reports.files[name] == b"planted"
        assert made.last().number == 2
        assert set(files_of(2)) <= set(made.reports.files)

    def test_a_foreign_key_beside_the_reports_is_named_and_they_are_made(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = ready()
        made.plant("erasure/evidence.pem", MemorySigner().public_pem())
        assert codes(capsys, made.daily) == ["stranger"]
        assert made.last().number == 1
        assert len(strangers(made)) == 1

    def test_planted_in_the_moment_of_the_report_it_is_not_signed_and_the_next_run_goes_on(self) -> None:
        made = ready()
        faults = Faults()
        faults.meanwhile("reports.create#2", lambda: made.plant(FIRST, forged(made)))
        with pytest.raises(Broken) as caught:
            made.daily(faults)
        assert caught.value.problem.code == "E-511"
        assert FIRST in caught.value.sentence
        assert made.left() == {}
        made.daily()
        assert made.last().number == 2

    def test_hundreds_do_not_keep_the_erasure_back(self) -> None:
        made = ready()
        for number in range(1, 300):
            made.plant(f"erasure/{number:03d}-report.json")
        made.daily()
        assert made.left() == {}
        assert made.last().number == 300


class TestTheDrawsFiles:
    """What has come is told by published files; one that is not ours is as if it were not there."""

    @pytest.mark.parametrize("end", [".json", ".restored.json"])
    @pytest.mark.parametrize("signature", [None, MemorySigner()])
    def test_a_planted_forfeit_or_return_does_not_keep_the_erasure_back(
        self, signature: MemorySigner | None, end: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = ready()
        name, data = f"forfeits/{labels(made.world)[0]}{end}", b"{}"
        made.world.published.plant(name, data, signature.sign(data) if signature else b"")
        made.inventories["bucket/published"].put("1", name)
        assert codes(capsys, made.daily) == ["stranger"]
        assert made.left() == {}
        assert made.last().state is Overall.PARTIAL

    @pytest.mark.parametrize("name", ["pool.txt.sig", "randomness.json", "forfeits/" + "0" * 26 + ".json.sig"])
    def test_anything_that_is_called_as_ours_is_looked_at(self, name: str) -> None:
        made = ready()
        made.world.published.plant(name, "氏名,住所\n".encode())
        made.inventories["bucket/published"].put("1", name)
        made.daily()
        assert [place.state for place in strangers(made)] == [PlaceState.OPEN]

    @pytest.mark.parametrize("name", ["pool.txt", "evidence.pem"])
    def test_a_signature_beside_a_file_of_which_no_step_writes_one_is_a_stranger(self, name: str) -> None:
        made = ready()
        world = made.world
        world.published.plant(f"{name}.sig", world.keys.signer.sign(world.published.files[name]))
        made.inventories["bucket/published"].put("1", f"{name}.sig")
        made.daily()
        assert [place.state for place in strangers(made)] == [PlaceState.OPEN]

    def test_before_the_record_stands_no_mark_lets_anything_go(self) -> None:
        """Finding 5, of `erase`: `Drawn`, `Analysed` and `Shipped` are only mirrors."""
        made, later = Ground(stages.frozen()), ready()
        for kind in (Drawn, Analysed):
            stored = later.world.state.get(kind, ONLY)
            assert stored is not None
            made.world.state.commit([Create(stored.record)])
        for several in (AwardedPlace, Shipped):
            made.world.state.commit([Create(record) for record in later.world.state.scan(several)])
        made.world.clock.now = made.world.campaign.erase_from_at + HOUR
        assert made.daily().result is Result.NOT_DUE
        assert made.left() == Ground(stages.frozen()).left()

    def test_an_analysis_is_one_only_by_its_file(self) -> None:
        made = ready()
        del made.reports.files["analysis.json"]
        made.daily()
        assert made.world.sealed.count(Entry) == 13
        made.reports.files["analysis.json"] = b"another"
        made.daily()
        assert made.world.sealed.count(Entry) == 13

    def test_a_page_of_the_status_is_one_only_by_its_row_of_the_journal(self) -> None:
        made = ready()
        made.world.status(save=True)
        pages = dict(made.world.reports.files)
        for name, page in pages.items():
            made.plant(name, page)
        made.daily()
        assert strangers(made) == []
        made.plant(min(pages).replace("2026-", "2027-"), b"<html>")
        made.world.clock.wait(DAY)
        made.daily()
        assert [place.state for place in strangers(made)] == [PlaceState.OPEN]

    @pytest.mark.parametrize("name", ["analysis.json", "analysis.html", "analysis.xlsx"])
    def test_a_file_called_as_an_analysis_that_nobody_made_keeps_complete_back(self, name: str) -> None:
        """Its name is one of ours; after an erasure before its time no analysis was made, whatever lies there."""
        made = drawn()
        made.plant(name, "山田 花子,東京都新宿区".encode())
        agreed(made.erase, early=True, reason="中止")
        [place] = [place for place in made.last().places if place.id.startswith("unknown-")]
        assert (place.state, place.name.endswith(UNSIGNED)) == (PlaceState.OPEN, True)

    def test_one_that_was_made_is_no_stranger(self) -> None:
        made = ready()
        made.plant("analysis.json", erasure.ANALYSIS)
        made.plant("analysis.html", b"<html>")
        made.daily()
        assert not [place for place in made.last().places if place.id.startswith("unknown-")]

    def test_who_holds_a_place_is_told_by_the_record(self) -> None:
        made = ready()
        for award in list(made.world.state.scan(AwardedPlace)):
            made.world.state.commit([Delete(AwardedPlace, award.id)])
        made.world.state.commit([Delete(Shipped, labels(erasure.delivered().world)[0])])
        made.daily()
        assert made.world.sealed.count(Entry) == 13

    def test_the_report_names_the_files_that_stand_and_no_mirror(self) -> None:
        made = ready()
        drawn = made.world.one(Drawn)
        made.world.state.commit([Replace(replace(drawn, record_hash="0" * 64))])
        made.daily()
        assert made.last().record_hash == drawn.record_hash

    def test_of_a_commitment_that_is_not_ours_nothing_is_said(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = Ground(stages.taken_in())
        made.world.published.plant("commitment.json", b"{}")
        made.inventories["bucket/published"].put("1", "commitment.json")
        agreed(made.erase, early=True, reason="企画の中止のため")
        assert made.left() == {}
        assert made.last().commitment_hash is None
        assert codes(capsys, made.daily) == ["stranger"]

    @pytest.mark.parametrize("name", ["rules.json", "evidence.pem"])
    def test_without_rules_or_key_everything_goes_and_only_the_report_is_broken(self, name: str) -> None:
        made = ready()
        made.erase(caller=OPERATOR)
        began = made.copy()
        began.erasers["bucket/claims"].away = 1
        began.daily()
        began.mailbox.mails["answer"] = "thread"
        began.world.published.plant(name, b"-" if name == "evidence.pem" else began.world.published.files[name])
        with pytest.raises(Broken) as caught:
            began.daily()
        assert caught.value.problem.code == "E-511"
        assert began.mailbox.mails == {}
        assert name in sentences(began.erase())

    def test_a_bucket_that_is_away_keeps_only_the_report_back(self) -> None:
        made = destroyed()
        made.mailbox.mails["answer"] = "thread"
        made.reports.away = 1
        with pytest.raises(Again):
            made.daily()
        assert made.mailbox.mails == {}
        made.daily()
        assert made.states()["mailbox"] == "window"

    def test_an_operator_is_not_told_that_nothing_was_drawn_because_a_bucket_is_away(self) -> None:
        made = ready()
        made.world.published.away = 1
        with pytest.raises(Again):
            made.erase()


class TestRows:
    """What an earlier report has told is not taken back by rows of `state`."""

    def end(self, made: Ground) -> None:
        made.world.clock.wait(HOUR)
        made.daily()
        assert (made.last().state, made.states()["mailbox-sent"]) == (Overall.PARTIAL, "window")
        assert made.place("mailbox-sent").before == 7

    def test_removed_ones_bring_no_end_nearer(self) -> None:
        made = destroyed()
        for row in list(made.world.state.scan(ErasureRow)):
            made.world.state.commit([Delete(ErasureRow, row.id)])
        self.end(made)
        assert made.place("entries").before == 13

    def test_added_ones_do_not_either(self) -> None:
        made = destroyed()
        early = stamp(made.world.clock() - 40 * DAY)
        made.world.state.commit(
            [Create(ErasureRow(f"mailbox-sent-000{n}", "mailbox-sent", early, 7, 7 - n % 2 * 7)) for n in (4, 5)]
        )
        self.end(made)

    @pytest.mark.parametrize("id", ["mailbox-sent-0009", "mailbox-sent-99999999999", "mailbox-sent-x", "x"])
    def test_one_with_any_id_keeps_nothing_from_going(self, id: str) -> None:
        made = ready()
        made.world.state.commit([Create(ErasureRow(id, "mailbox-sent", stamp(made.world.clock()), 0, 0))])
        made.daily()
        assert made.left() == {}
        assert made.rows("mailbox-sent")[-2:] == [(7, 7), (7, 0)] or id == "x"

    def test_nor_changed_ones(self) -> None:
        made = destroyed()
        for row in list(made.world.state.scan(ErasureRow)):
            made.world.state.commit([Replace(replace(row, at=stamp(made.world.clock() - 40 * DAY)))])
        self.end(made)


class TestPeoplesWords:
    """Finding 5e: forged attestations let 完了 be said in the name of 佐藤 花子."""

    def test_forged_attestations_count_for_nothing(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = ready()
        made.empty_by_hand()
        made.daily()
        now = stamp(made.world.clock())
        made.world.state.commit([Create(Attestation(place, "佐藤 花子", now, OPERATOR.principal)) for place in BY_HAND])
        made.world.clock.wait(2 * ADMIN)
        assert codes(capsys, made.daily) == ["overdue", "unproven"]
        assert made.last().state is Overall.PARTIAL
        assert {made.states()[place] for place in BY_HAND} == {"unattested"}
        assert "佐藤" not in made.reports.files["erasure/001-report.json"].decode()
        for said in (sentences(made.erase()), sentences(made.world.status())):
            assert "「LoGoフォームの登録」：記録がありますが" in said

    @pytest.mark.parametrize("field", ["principal", "at", "id"])
    def test_the_row_must_be_of_the_same_account_time_and_place(self, field: str) -> None:
        made = ready()
        made.attest("logo")
        (mark,) = made.world.state.scan(Attestation)
        others: dict[str, Any] = {"principal": "x@example.jp", "at": "2026-03-01T00:00:00Z", "id": "downloads"}
        made.world.state.commit([Delete(Attestation, mark.id)])
        made.world.state.commit([Create(replace(mark, **{field: others[field]}))])
        made.daily()
        assert {made.states()["logo"], made.states()["downloads"]} == {"unattested"}

    def test_whoever_really_was_there_can_still_say_so(self) -> None:
        made = ready()
        made.world.state.commit([Create(Attestation("logo", "佐藤 花子", stamp(made.world.clock()), "x"))])
        made.attest("logo")
        made.daily()
        found = made.place("logo").attestation
        assert found is not None
        assert found.by == "山田 太郎"

    def test_a_forged_answer_for_something_unknown_counts_for_nothing(self) -> None:
        made = ready()
        made.inventories["bucket"].put("/names")
        made.daily()
        unknown = made.last().places[-1].id
        made.world.state.commit([Create(Attestation(unknown, "佐藤 花子", stamp(made.world.clock()), "x", "空", 9))])
        made.daily()
        assert made.last().places[-1].state is PlaceState.OPEN
        confirmed(made.erase, attest=unknown, what="空", by="山田 太郎")
        made.daily()
        assert made.last().places[-1].state is PlaceState.DECLARED


class TestTheMark:
    """That everything is being erased is believed only if the journal names who let it begin."""

    @pytest.mark.parametrize("reason", ["", "企画の中止のため"])
    def test_a_planted_one_erases_nothing_and_rings(self, reason: str, capsys: pytest.CaptureFixture[str]) -> None:
        made = Ground(stages.taken_in())
        left, now = made.left(), stamp(made.world.clock())
        made.world.state.commit([Create(Erasing(ONLY, now, OPERATOR.principal, reason))])
        assert codes(capsys, made.daily) == ["unproven"]
        assert made.left() == left

    @pytest.mark.parametrize("action", ["begun", "begun early"])
    def test_nor_does_one_with_a_row_before_its_time_or_without_who_asked(self, action: str) -> None:
        made = Ground(stages.taken_in())
        left, now = made.left(), stamp(made.world.clock())
        row = journal.entry(made.world.clock, OPERATOR, "erase", action, hashes={"asked": "nobody"})
        reason = "x" if action == "begun early" else ""
        made.world.state.commit([Create(Erasing(ONLY, now, OPERATOR.principal, reason)), row])
        made.daily()
        assert made.left() == left

    def test_on_the_day_the_erasure_begins_over_a_planted_one(self) -> None:
        made = ready()
        made.world.state.commit([Create(Erasing(ONLY, "2026-01-01T00:00:00Z", "x"))])
        made.daily()
        assert made.left() == {}
        assert made.world.one(Erasing).principal != "x"
        begun = [row for row in made.world.state.scan(JournalRow) if row.action == "begun"]
        assert [(row.principal, row.at) for row in begun] == [
            (made.world.one(Erasing).principal, made.world.one(Erasing).began_at)
        ]


def _backup(made: Ground) -> None:
    """Let a backup of before the erasure be there again."""
    history = made.histories["sealed"]
    history.left, history.restorable_until = 1, made.world.clock() + 3 * DAY


FILLED: dict[str, tuple[str, Callable[[Ground], object]]] = {
    "a mail": ("mailbox", lambda made: made.mailbox.mails.update(answer="thread")),
    "an object": ("claims-bucket", lambda made: setattr(made.erasers["bucket/claims"], "left", 1)),
    "a document": (
        "entries",
        lambda made: made.world.sealed.commit([Create(next(ready().world.sealed.scan(Entry)))]),
    ),
    "a response": ("form", lambda made: setattr(made.form, "responses", 1)),
    "a restored database": ("", lambda made: made.inventories["database"].put("sealed-restored")),
    "a backup": ("history-sealed", _backup),
}
"""What fills again, and how."""


class TestAfterTheLastReport:
    """完了 ends nothing: each run reads every place again, and says what it has read."""

    def test_every_place_is_read_and_none_is_erased(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = complete()
        files, used = dict(made.reports.files), made.world.keys.count_unwraps("index")
        asked = {store: len(eraser.asked) for store, eraser in made.erasers.items()}
        made.mailbox.asked.clear()
        made.world.clock.wait(DAY)
        assert codes(capsys, made.daily) == []
        assert {store: eraser.asked[asked[store] :] for store, eraser in made.erasers.items()} == {
            store: ["look"] for store in made.erasers
        }
        assert made.mailbox.asked == ["look_sent", "look", "look_sent"]
        assert made.reports.files == files
        assert made.world.keys.count_unwraps("index") == used, "the keys are destroyed"

    @pytest.mark.parametrize(("place", "fill"), FILLED.values(), ids=FILLED.keys())
    def test_a_place_that_fills_again_is_an_alarm_and_a_new_report(
        self, place: str, fill: Callable[[Ground], object], capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = complete()
        number = made.last().number
        made.world.clock.wait(DAY)
        fill(made)
        assert "refilled" in codes(capsys, made.daily)
        assert made.last().number == number + 1
        assert (made.last().state is Overall.COMPLETE) == (place == "claims-bucket"), "where nothing can be restored"
        made.world.clock.wait(DAY)
        assert "refilled" not in codes(capsys, made.daily)

    def test_what_cannot_be_read_once_the_credentials_are_given_back_is_told_and_no_news(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = complete()
        last = made.last()
        made.mailbox.away = made.form.away = 10**6
        made.world.clock.wait(DAY)
        replies = []
        assert codes(capsys, lambda: replies.append(made.daily())) == []
        assert made.last() == last
        said = sentences(replies[0])
        assert "完了しています" not in said
        assert "その後の今回、読めない場所がありました" in said
        assert said.splitlines()[1].startswith("一部完了（")

    def test_a_bucket_that_is_away_for_a_day_makes_nothing_overdue(self, capsys: pytest.CaptureFixture[str]) -> None:
        """The mailbox cannot be read any more: its credentials were given back."""
        made = complete()
        made.mailbox.away = made.form.away = 10**6
        made.world.clock.wait(DAY)
        made.daily()
        made.world.clock.wait(DAY)
        assert codes(capsys, lambda: without_reports(made)) == []

    def test_what_is_overdue_rings_once_a_run(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = ready()
        made.daily()
        made.world.clock.wait(2 * DAY)
        assert codes(capsys, lambda: without_reports(made)) == ["overdue"]

    def test_a_stranger_is_no_place_that_fills_again_and_nothing_is_overdue_for_it(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = complete()
        made.world.clock.wait(DAY)
        made.plant(f"erasure/{made.last().number + 1:03d}-report.json", b"{}")
        for _ in range(2):
            assert codes(capsys, made.daily) == ["stranger"]
            made.world.clock.wait(DAY)
        (place,) = strangers(made)
        confirmed(made.erase, attest=place.id, what="だれかが置いた偽の報告書。個人情報なし", by="山田 太郎")
        assert codes(capsys, made.daily) == []
        assert made.last().state is Overall.COMPLETE

    def test_an_erasure_that_another_run_holds_up_for_ever_is_overdue(self, capsys: pytest.CaptureFixture[str]) -> None:
        made = ready()
        made.world.clock.wait(DAY)
        assert lease.acquire(made.world.state, "erase", made.world.clock, 400 * DAY) is not None

        def held() -> None:
            with pytest.raises(Again):
                made.daily()

        assert codes(capsys, held) == ["overdue"]
