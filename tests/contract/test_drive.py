"""
What can be told of the form's file and of spreadsheets, on the fakes and on the real clients over the wire.

The wire ends at the local Forms and Drive on loopback; every request and reply of Drive is held against Google's
discovery document.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from prizedraw.adapters.drive import GoogleFormFile, SheetFile
from prizedraw.adapters.google.http import READS
from prizedraw.errors import Again, Broken, Refused
from prizedraw.ports import FormFile, Found, Sheets
from prizedraw.rehearsal.google.field_masks import parse_fields
from prizedraw.rehearsal.google.json_wire import DROPPED
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from support import google_discovery
from support.clock import BRIEF_SECONDS, Clock
from support.fakes.places import FakeFormFile, FakeSheets

FORM, SHEET = "1FAIpQ-form", "1BxiM-sheet"
QUICK = READS.with_delay(initial=0.001, maximum=0.002)
HURRIED = QUICK.with_timeout(BRIEF_SECONDS)
MONTH = timedelta(days=30)
SECOND = timedelta(seconds=1)
ADDRESS = "canary.taro@example.jp"
DOCUMENT = google_discovery.load("drive.v3")


@dataclass(frozen=True)
class Wire:
    """The form and the sheets, each also as one sees them who soon gives up."""

    google: LocalGoogle
    clock: Clock
    form: GoogleFormFile
    hurried_form: GoogleFormFile
    sheets: SheetFile
    hurried_sheets: SheetFile

    def submit(self, count: int) -> None:
        for _ in range(count):
            self.google.forms.submit({"respondentEmail": ADDRESS, "answers": {}})


@pytest.fixture
def wire() -> Iterator[Wire]:
    clock = Clock(datetime(2026, 3, 5, 1, 2, 3, tzinfo=UTC))
    with LocalGoogle(clock) as google:
        settings = Settings.from_env(google.environ("test"))
        google.forms.put_form({"formId": FORM, "info": {"title": "応募", "documentTitle": "応募"}})
        google.drive.put_file(FORM)
        google.drive.put_file(SHEET)
        yield Wire(
            google,
            clock,
            GoogleFormFile(settings, FORM, QUICK, clock=clock),
            GoogleFormFile(settings, FORM, HURRIED, clock=clock),
            SheetFile(settings, QUICK, clock=clock),
            SheetFile(settings, HURRIED, clock=clock),
        )
    for call in google.drive.calls:
        google_discovery.check_request(DOCUMENT, call.verb, call.path, call.query, call.body)
        google_discovery.check_fields(DOCUMENT, "File", parse_fields(call.query["fields"]))


@dataclass(frozen=True)
class Case:
    """One look at both implementations for the contract: the form's file, and what its owner does."""

    form: FormFile
    submit: Callable[[int], object]
    link: Callable[[str], object]
    remove_all: Callable[[], object]
    lose: Callable[[], object]
    sheets: Sheets
    lose_sheet: Callable[[], object]


@pytest.fixture(params=["fake", "google"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "fake":
        fake, sheets = FakeFormFile(), FakeSheets({SHEET})

        def put(field: str, value: Any) -> None:
            setattr(fake, field, value)

        return Case(
            fake,
            lambda count: put("responses", count),
            lambda sheet: put("sheet", sheet),
            lambda: put("responses", 0),
            lambda: put("responses", None),
            sheets,
            sheets.there.clear,
        )
    wire: Wire = request.getfixturevalue("wire")
    return Case(
        wire.form,
        wire.submit,
        lambda sheet: wire.google.forms.put_form({"formId": FORM, "linkedSheetId": sheet}),
        lambda: wire.google.forms.remove_all(FORM),
        lambda: wire.google.drive.delete(FORM),
        wire.sheets,
        lambda: wire.google.drive.delete(SHEET),
    )


class TestEveryFormFile:
    def test_counts_the_responses_that_are_left(self, case: Case) -> None:
        assert case.form.look() == Found(0)
        case.submit(3)
        assert case.form.look() == Found(3)
        case.remove_all()
        assert case.form.look() == Found(0)

    def test_a_form_that_is_gone_or_not_shared_tells_nothing(self, case: Case) -> None:
        case.submit(3)
        case.lose()
        assert case.form.look() == Found(None)
        with pytest.raises(Refused) as caught:
            case.form.linked_sheet()
        assert caught.value.problem.code == "E-165"

    def test_names_the_linked_sheet_or_none(self, case: Case) -> None:
        assert case.form.linked_sheet() == ""
        case.link(SHEET)
        assert case.form.linked_sheet() == SHEET

    def test_a_sheet_is_there_until_it_cannot_be_seen_any_more(self, case: Case) -> None:
        assert case.sheets.of(SHEET).look() == Found(1)
        case.lose_sheet()
        assert case.sheets.of(SHEET).look() == Found(None)
        assert case.sheets.of("another").look() == Found(None)


class TestTheForm:
    def test_responses_are_counted_over_all_pages_and_never_fetched(self, wire: Wire) -> None:
        wire.submit(7)
        wire.google.forms.page_limit = 3
        assert wire.form.look() == Found(7)
        asked = [call.query["fields"] for call in wire.google.forms.calls]
        assert asked == ["nextPageToken,responses/responseId"] * 3

    def test_a_form_in_the_bin_can_still_be_read_and_taken_back(self, wire: Wire) -> None:
        wire.submit(2)
        wire.google.drive.bin(FORM)
        assert wire.form.look() == Found(2, wire.clock.now + MONTH)
        wire.google.drive.take_back(FORM)
        assert wire.form.look() == Found(2)

    def test_a_bin_that_does_not_say_since_when_lasts_a_month_from_now(self, wire: Wire) -> None:
        wire.google.drive.bin(FORM)
        wire.clock.now += timedelta(days=10)
        assert wire.form.look() == Found(0, wire.clock.now + MONTH)

    def test_the_bin_of_a_shared_drive_says_since_when(self, wire: Wire) -> None:
        wire.google.drive.put_file("shared", in_shared_drive=True)
        wire.google.drive.bin("shared")
        began = wire.clock.now
        wire.clock.now += timedelta(days=10)
        assert wire.sheets.of("shared").look() == Found(1, began + MONTH)

    def test_what_lay_in_the_bin_for_a_month_is_gone_with_its_responses(self, wire: Wire) -> None:
        wire.submit(2)
        wire.google.drive.bin(FORM)
        wire.clock.now += MONTH - SECOND
        assert wire.form.look().count == 2
        wire.clock.now += SECOND
        assert wire.google.drive.ids() == [SHEET]
        assert wire.form.look() == Found(None)
        assert wire.google.forms.stored() == {}

    def test_a_form_that_forms_hides_may_still_lie_in_the_bin(self, wire: Wire) -> None:
        wire.google.forms.unshare(FORM)
        wire.google.drive.bin(FORM)
        assert wire.form.look() == Found(None, wire.clock.now + MONTH)

    def test_what_is_no_longer_shared_looks_like_what_is_gone(self, wire: Wire) -> None:
        wire.submit(2)
        wire.google.forms.unshare(FORM)
        wire.google.drive.unshare(FORM)
        assert wire.form.look() == Found(None)
        assert wire.google.forms.stored()[FORM]


@pytest.mark.parametrize("service", ["forms", "drive"])
class TestFaults:
    def test_a_service_that_is_away_for_a_moment_is_asked_again(self, wire: Wire, service: str) -> None:
        wire.submit(1)
        for status in (429, 500, 503, DROPPED):
            getattr(wire.google, service).fail(status)
            assert wire.form.look() == Found(1)

    def test_a_service_that_stays_away_may_be_tried_later(self, wire: Wire, service: str) -> None:
        getattr(wire.google, service).fail(503, 100_000)
        with pytest.raises(Again):
            wire.hurried_form.look()

    def test_an_account_that_may_not_use_the_api_is_an_alarm(self, wire: Wire, service: str) -> None:
        getattr(wire.google, service).fail(401)
        with pytest.raises(Broken) as caught:
            wire.form.look()
        assert caught.value.problem.code == {"forms": "E-167", "drive": "E-174"}[service]

    def test_an_answer_that_nobody_expects_is_an_alarm_that_names_it(self, wire: Wire, service: str) -> None:
        getattr(wire.google, service).fail(418)
        with pytest.raises(Broken) as caught:
            wire.form.look()
        assert caught.value.facts == {"status": 418}


class TestDrive:
    @pytest.mark.parametrize(
        ("reason", "error"),
        [("rateLimitExceeded", Again), ("userRateLimitExceeded", Again), ("accessNotConfigured", Broken)],
    )
    def test_a_403_is_told_by_its_reason(self, wire: Wire, reason: str, error: type[Exception]) -> None:
        wire.google.drive.fail(403, 100_000, reason=reason)
        with pytest.raises(error):
            wire.hurried_sheets.of(SHEET).look()

    def test_a_403_for_the_file_is_as_good_as_a_404(self, wire: Wire) -> None:
        wire.google.drive.fail(403, reason="insufficientFilePermissions")
        assert wire.sheets.of(SHEET).look() == Found(None)

    def test_only_the_state_of_the_file_is_asked_for(self, wire: Wire) -> None:
        wire.sheets.of(SHEET).look()
        (call,) = wire.google.drive.calls
        assert (call.verb, call.path) == ("GET", f"/drive/v3/files/{SHEET}")
        assert call.query["fields"] == "trashed,trashedTime"


def test_the_fakes_can_be_away() -> None:
    fake = FakeFormFile(responses=1, away=1)
    with pytest.raises(Again):
        fake.look()
    assert (fake.look(), fake.asked) == (Found(1), ["look", "look"])
    with pytest.raises(Again):
        FakeSheets({SHEET}, away=1).of(SHEET).look()
