"""Logs: one JSON line per event, from fields that have no room for what a person wrote."""

import inspect
import json
from collections.abc import Callable
from typing import Any

import pytest

from prizedraw.runtime import logs
from prizedraw.runtime.logs import Event

FIELDS = {"severity", "event", "step", "code", "kind", "where", "counts"}


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_full_line_has_the_fixed_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.emit(Event.BROKEN, step="draw", code="E-199", kind="KeyError", where=["draw.py:7"], counts={"応募": 3})
    assert lines(capsys) == [
        {
            "severity": "CRITICAL",
            "event": "broken",
            "step": "draw",
            "code": "E-199",
            "kind": "KeyError",
            "where": ["draw.py:7"],
            "counts": {"応募": 3},
        }
    ]


def test_what_is_empty_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    logs.emit(Event.DONE, step="status")
    assert lines(capsys) == [{"severity": "INFO", "event": "done", "step": "status"}]


def test_there_is_no_field_for_free_text() -> None:
    parameters = inspect.signature(logs.emit).parameters
    assert set(parameters) - {"event"} == FIELDS - {"severity", "event"}
    assert not [p for p in parameters.values() if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]


@pytest.mark.parametrize(
    ("event", "severity"),
    [
        (Event.DONE, "INFO"),
        (Event.ASKED, "INFO"),
        (Event.REFUSED, "WARNING"),
        (Event.AGAIN, "WARNING"),
        (Event.DROPPED, "ERROR"),
        (Event.BROKEN, "CRITICAL"),
        (Event.ALARM, "CRITICAL"),
    ],
)
def test_the_severity_follows_from_the_event(event: Event, severity: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.emit(event, step="intake")
    assert lines(capsys)[0]["severity"] == severity


def test_every_event_has_a_severity(capsys: pytest.CaptureFixture[str]) -> None:
    for event in Event:
        logs.emit(event, step="intake")
    assert len(lines(capsys)) == len(Event)


def test_a_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    logs.emit(Event.DONE, step="intake", counts={"改行\n": 1})
    assert capsys.readouterr().out.count("\n") == 1


def _fail(depth: int, fail: Callable[[], None]) -> None:
    if depth:
        _fail(depth - 1, fail)
    else:
        fail()


def _with_a_secret() -> None:
    address = "taro@example.jp"
    raise ValueError(address)


def test_places_name_files_and_lines_and_nothing_else() -> None:
    with pytest.raises(ValueError, match="taro") as caught:
        _with_a_secret()
    found = logs.places(caught.value.__traceback__)
    assert [place.rpartition(":")[0] for place in found] == ["test_logs.py", "test_logs.py"]
    assert all(place.rpartition(":")[2].isdigit() for place in found)


def test_of_a_deep_traceback_the_innermost_places_stay() -> None:
    with pytest.raises(ValueError, match="taro") as caught:
        _fail(30, _with_a_secret)
    found = logs.places(caught.value.__traceback__, most=5)
    assert len(found) == 5
    raised_at = inspect.getsourcelines(_with_a_secret)[1] + 2
    assert found[-1] == f"test_logs.py:{raised_at}"


def test_no_traceback_has_no_places() -> None:
    assert logs.places(None) == []
