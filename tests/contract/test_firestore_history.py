"""What of a database can still be read after its documents are gone, on the fake and on the real client."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from prizedraw.adapters.firestore import history
from prizedraw.adapters.firestore.history import DatabaseHistory
from prizedraw.errors import Again, Broken
from prizedraw.ports import Found, History
from prizedraw.rehearsal.google.firestore_admin import HOUR, WEEK, State
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from support.clock import BRIEF_SECONDS, Clock
from support.fakes.places import FakeHistory

SEALED = "projects/rehearsal/databases/sealed"
STATE = "projects/rehearsal/databases/state"
TOKYO = "asia-northeast1"


@dataclass(frozen=True)
class Wire:
    google: LocalGoogle
    clock: Clock
    history: DatabaseHistory
    settings: Settings


@pytest.fixture
def wire() -> Iterator[Wire]:
    clock = Clock(datetime(2026, 3, 27, 1, 2, 3, tzinfo=UTC))
    with LocalGoogle(clock) as google:
        settings = Settings.from_env(google.environ("test"))
        google.provision(settings)
        admin = history.connect(settings)
        yield Wire(google, clock, DatabaseHistory(admin, settings, "sealed"), settings)


@dataclass(frozen=True)
class Case:
    history: History
    back_up: Callable[[timedelta], object]
    switch_recovery_on: Callable[[], object]
    clock: Clock


@pytest.fixture(params=["fake", "firestore"])
def case(request: pytest.FixtureRequest) -> Case:
    if request.param == "firestore":
        wire: Wire = request.getfixturevalue("wire")
        admin = wire.google.firestore_admin
        return Case(
            wire.history,
            lambda lasts: admin.back_up(SEALED, lasts),
            lambda: admin.set_recovery(SEALED, recovery=True),
            wire.clock,
        )
    clock = Clock(datetime(2026, 3, 27, 1, 2, 3, tzinfo=UTC))
    fake = FakeHistory(clock=clock)

    def back_up(lasts: timedelta) -> None:
        fake.left, fake.made_at, fake.restorable_until = 1, clock.now, clock.now + lasts

    return Case(fake, back_up, lambda: setattr(fake, "retention", WEEK), clock)


class TestEveryHistory:
    def test_without_backups_there_is_nothing_but_old_versions(self, case: Case) -> None:
        assert case.history.look(case.clock.now + HOUR) == Found(0)
        assert case.history.retention == HOUR

    def test_recovery_lengthens_the_life_of_old_versions(self, case: Case) -> None:
        case.switch_recovery_on()
        assert case.history.retention == WEEK

    def test_a_backup_is_there_until_it_expires(self, case: Case) -> None:
        case.back_up(WEEK)
        assert case.history.look(case.clock.now + HOUR) == Found(1, case.clock.now + WEEK)

    @pytest.mark.parametrize("later", [timedelta(0), timedelta(microseconds=1), HOUR])
    def test_a_backup_made_with_the_last_deletion_or_after_it_holds_nothing(self, case: Case, later: timedelta) -> None:
        deleted_at = case.clock.now
        case.clock.now += later
        case.back_up(WEEK)
        assert case.history.look(deleted_at) == Found(0)


class TestFirestore:
    def test_an_expired_backup_is_gone(self, wire: Wire) -> None:
        wire.google.firestore_admin.back_up(SEALED, WEEK)
        wire.clock.now += WEEK
        assert wire.history.look(wire.clock.now + HOUR) == Found(0)

    def test_a_deleted_backup_is_gone(self, wire: Wire) -> None:
        wire.google.firestore_admin.back_up(SEALED, WEEK)
        wire.google.firestore_admin.delete_backups()
        assert wire.history.look(wire.clock.now + HOUR) == Found(0)

    def test_the_last_of_several_backups_ends_the_window_unfinished_ones_too(self, wire: Wire) -> None:
        for days, state in ((3, State.READY), (9, State.CREATING), (5, State.NOT_AVAILABLE)):
            wire.google.firestore_admin.back_up(SEALED, timedelta(days=days), state)
        assert wire.history.look(wire.clock.now + HOUR) == Found(3, wire.clock.now + timedelta(days=9))

    def test_another_database_s_backups_are_another_place(self, wire: Wire) -> None:
        wire.google.firestore_admin.back_up(STATE, WEEK)
        assert wire.history.look(wire.clock.now + HOUR) == Found(0)

    def test_only_the_deployment_s_location_is_asked(self, wire: Wire) -> None:
        wire.history.look(wire.clock.now + HOUR)
        (call,) = wire.google.firestore_admin.calls
        assert (call.method, call.resource) == ("ListBackups", f"projects/rehearsal/locations/{TOKYO}")

    def test_a_location_that_cannot_be_asked_leaves_everything_open(self, wire: Wire) -> None:
        wire.google.firestore_admin.back_up(SEALED, WEEK)
        wire.google.firestore_admin.unreachable.append(TOKYO)
        assert wire.history.look(wire.clock.now + HOUR) == Found(None)

    def test_a_database_that_is_not_there_is_an_alarm(self, wire: Wire) -> None:
        admin = history.connect(wire.settings)
        with pytest.raises(Broken) as caught:
            _ = DatabaseHistory(admin, wire.settings, "another").retention
        assert caught.value.facts == {"status": "NOT_FOUND"}

    @pytest.mark.parametrize("method", ["GetDatabase", "ListBackups"])
    @pytest.mark.parametrize("status", ["PERMISSION_DENIED", "NOT_FOUND"])
    def test_a_refusal_is_an_alarm_that_names_the_status(self, wire: Wire, method: str, status: str) -> None:
        wire.google.firestore_admin.fail_next(method, grpc.StatusCode[status])
        with pytest.raises(Broken) as caught:
            _ = (wire.history.look(wire.clock.now + HOUR), wire.history.retention)
        assert (caught.value.problem.code, caught.value.facts) == ("E-177", {"status": status})

    @pytest.mark.parametrize("method", ["GetDatabase", "ListBackups"])
    def test_a_service_that_stays_away_may_be_tried_later(self, wire: Wire, method: str) -> None:
        wire.google.firestore_admin.fail_next(method, grpc.StatusCode.UNAVAILABLE, times=100)
        hurried = DatabaseHistory(history.connect(wire.settings, BRIEF_SECONDS), wire.settings, "sealed")
        with pytest.raises(Again) as caught:
            _ = hurried.retention if method == "GetDatabase" else hurried.look(wire.clock.now + HOUR)
        assert caught.value.problem.code == "E-176"

    def test_a_service_that_is_away_for_a_moment_is_asked_again(self, wire: Wire) -> None:
        wire.google.firestore_admin.fail_next("ListBackups", grpc.StatusCode.UNAVAILABLE)
        assert wire.history.look(wire.clock.now + HOUR) == Found(0)
