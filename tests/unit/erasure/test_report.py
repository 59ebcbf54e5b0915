"""The report of an erasure as a file: written and read in one form alone."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785

from prizedraw.erasure import report as written
from prizedraw.erasure.filed import name_of
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.report import People, Report
from prizedraw.erasure.state import PlaceReport, PlaceState
from prizedraw.errors import Broken
from prizedraw.evidence.canonical_json import NOT_CANONICAL, UNWRITABLE
from support.erasure_reports import (
    COMPLETE,
    MADE,
    PARTIAL,
    SCHEDULED,
    report,
)

S = PlaceState


def changed(change: Callable[[dict[str, Any]], object]) -> bytes:
    value = json.loads(report().to_bytes())
    change(value)
    return rfc8785.dumps(value)


class TestFile:
    @pytest.mark.parametrize("places", [SCHEDULED, PARTIAL, COMPLETE], ids=["scheduled", "partial", "complete"])
    def test_is_canonical_and_read_back_as_it_was(self, places: tuple[PlaceReport, ...]) -> None:
        whole = report(places)
        data = whole.to_bytes()
        assert rfc8785.dumps(json.loads(data)) == data
        assert Report.from_bytes(data) == whole

    def test_holds_the_fields_of_the_specification(self) -> None:
        value = json.loads(report().to_bytes())
        assert value["spec"] == "prizedraw-erasure/2"
        assert (value["state"], value["made_at"], value["number"]) == ("partial", "2026-03-28T01:05:00Z", 1)
        assert value["handling"] == {"begins": "2026-02-03", "ends": "2026-03-31"}
        assert value["places"][3]["attestation"] == {"at": "2026-03-28T01:00:00Z", "by": "山田　花子"}
        assert value["places"][1]["until"] == "2026-04-22T01:00:00Z"

    def test_may_be_of_a_campaign_that_was_never_drawn(self) -> None:
        early = report(commitment_hash=None, record_hash=None, people=People())
        assert Report.from_bytes(early.to_bytes()) == early

    @pytest.mark.parametrize(
        "change",
        [
            lambda r: r.update(spec="prizedraw-erasure/1"),
            lambda r: r.update(state="complete"),
            lambda r: r.update(state="scheduled"),
            lambda r: r.update(note=""),
            lambda r: r.pop("subjects"),
            lambda r: r.update(number=0),
            lambda r: r.update(items=[]),
            lambda r: r.update(items=[""]),
            lambda r: r.update(campaign="Shinjuku 2026"),
            lambda r: r.update(title="一行目\n二行目"),
            lambda r: r.update(title="\u202e了完"),
            lambda r: r.update(title="あ" * 1001),
            lambda r: r.update(made_at="2026-03-28T10:05:00+09:00"),
            lambda r: r.update(made_at="2026-02-30T01:05:00Z"),
            lambda r: r["handling"].update(begins="2026-04-01"),
            lambda r: r["handling"].update(ends="2026-02-30"),
            lambda r: r["handling"].update(ends="20260331"),
            lambda r: r["addressee"].update(name=""),
            lambda r: r["contractor"].pop("responsible"),
            lambda r: r["contractor"].update(responsible=None),
            lambda r: r["contractor"].update(address=""),
            lambda r: r["contract"].pop("number"),
            lambda r: r["people"].update(received="500"),
            lambda r: r["people"].update(winners=-1),
            lambda r: r["people"].update(winners=None),
            lambda r: r["people"].update(received=None),
            lambda r: r.update(commitment_hash=None),
            lambda r: r["processors"][0].pop("does"),
            lambda r: r.update(standard=None),
            lambda r: r.update(earliest="2026-02-30"),
            lambda r: r["places"][0].update(passed=-1),
            lambda r: r["places"].pop(),
            lambda r: r["places"].append(r["places"][0]),
            lambda r: r["places"][0].update(id="a/b"),
            lambda r: r["places"][0].update(kind="other"),
            lambda r: r["places"][0].update(state="gone"),
            lambda r: r["places"][0].update(before=-1),
            lambda r: r["places"][0].update(before=True),
            lambda r: r["places"][3]["attestation"].update(by="山田\u200b花子"),
            lambda r: r["places"][3]["attestation"].pop("at"),
            lambda r: r["kept"][0].update(id="entries"),
            lambda r: r["kept"][0].update(until=None),
            lambda r: r["versions"].update(code_hash="0"),
            lambda r: r["versions"]["archives"].update({"../x": "00" * 32}),
            lambda r: r["versions"]["archives"].update({"a b": "00" * 32}),
            lambda r: r["versions"]["archives"].update({"x.zip": "00"}),
            lambda r: r.update(record_hash=""),
            lambda r: r["journal"].update(rows=-1),
            lambda r: r.update(evidence_key=None),
        ],
    )
    def test_another_is_not_read(self, change: Callable[[dict[str, Any]], object]) -> None:
        with pytest.raises(Broken) as caught:
            Report.from_bytes(changed(change), "erasure/001-report.json")
        assert caught.value.problem is written.MALFORMED

    def test_another_spelling_is_not_read(self) -> None:
        with pytest.raises(Broken) as caught:
            Report.from_bytes(report().to_bytes().replace(b'":', b'": ', 1))
        assert caught.value.problem is NOT_CANONICAL

    def test_what_json_cannot_hold_is_not_written(self) -> None:
        with pytest.raises(Broken) as caught:
            report(title="\ud800").to_bytes()
        assert caught.value.problem is UNWRITABLE

    @pytest.mark.parametrize("number", range(len(PARTIAL) + 1))
    def test_needs_a_key_among_its_places(self, number: int) -> None:
        keyless = tuple(place for place in PARTIAL if place.kind is not PlaceKind.KEY)[:number]
        with pytest.raises(Broken):
            report(keyless, made_at=MADE).to_bytes()

    def test_is_named_by_its_number(self) -> None:
        assert name_of(1, ".json") == "erasure/001-report.json"
        assert name_of(1234, ".pdf") == "erasure/1234-report.pdf"
