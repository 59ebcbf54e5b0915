"""Keep the operators' handbook true: the replies that it quotes are those that a rehearsal gives."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import check_campaign
from infra.functions import OPERATED
from infra.recorded import replies
from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign, check
from prizedraw.mail.reminders import BEFORE, csv_days, first_begins, first_file_from
from prizedraw.times import JST, japanese, japanese_day

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "operators.ja.md").read_text(encoding="utf-8")
QUOTED = [
    (step, json.loads(block)) for step, block in re.findall(r"<!-- reply (\w+) -->\n```json\n(.*?)```", TEXT, re.DOTALL)
]
_CHANGING = re.compile(
    r"[0-9a-f]{64}|\b[0-9a-hjkmnp-tv-z]{26}\b|\b[0-9A-Z]{4}-[0-9A-Z]{4}\b|\b[0-9A-Z]{3}-[0-9A-Z]{3}-[0-9A-Z]{3}\b|shipping-\d{8}T\d{6}Z|\d+件|\d+行目"
)


def steady(value: Any) -> str:
    """Return a reply's sentence without what is another one each time: hashes, labels, codes, counts."""
    return _CHANGING.sub("…", str(value))


@pytest.fixture(scope="session")
def given(together: Path) -> list[dict[str, Any]]:
    return replies(together)


def said(step: str, given: list[dict[str, Any]]) -> list[dict[str, set[str]]]:
    """Return what a step replied, each reply as its sentences by field."""
    return [
        {
            name: {steady(v) for v in (value if isinstance(value, list) else [value])}
            for name, value in row["reply"].items()
        }
        for row in given
        if row["step"] == step
    ]


@pytest.mark.parametrize("number", range(len(QUOTED)))
def test_quoted_replies_are_what_is_replied(number: int, given: list[dict[str, Any]]) -> None:
    step, reply = QUOTED[number]
    wanted = {
        name: {steady(v) for v in (value if isinstance(value, list) else [value])} for name, value in reply.items()
    }
    candidates = said(step, given)
    assert any(all(sentences <= one.get(name, set()) for name, sentences in wanted.items()) for one in candidates), (
        wanted
    )


def test_enough_is_quoted() -> None:
    assert len(QUOTED) >= 7
    assert {step for step, _ in QUOTED} <= set(OPERATED)


def test_every_function_that_is_pressed_has_its_page() -> None:
    for step in OPERATED:
        assert re.search(rf"^### {step}：", TEXT, re.MULTILINE), step


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", TEXT):
        assert (ROOT / "docs" / target).exists(), target


# The calendar: what the handbook, `scripts/check_campaign` and the code say of the days on which a CSV is dropped.


def told_days(line: str) -> list[str]:
    """Return the days that a line names as `3月8日`."""
    return re.findall(r"\d+月\d+日", line)


def calendar_faults(text: str, campaign: Campaign) -> Iterator[str]:
    """Yield where the handbook's days are not those by which the code acts."""
    days = [day for day, _ in csv_days(campaign)]
    wanted = [f"{day.month}月{day.day}日" for day in days]
    drops = [line for line in text.splitlines() if line.startswith("| ") and "CSV" in line and "の翌日" in line]
    if len(drops) != 2:
        yield f"{len(drops)} rows tell when the CSV is dropped"
    yield from (f"{line}: not {wanted}" for line in drops if told_days(line)[-3:] != wanted)
    reminded = first_begins(campaign).astimezone(JST)
    row = f"| 期限のお知らせ（{reminded.month}月{reminded.day}日 {reminded.hour}時から） |"
    if row not in text:
        yield f"no row {row}"
    if f"登録期限の{BEFORE.days}日前の{reminded.hour}時から" not in text:
        yield "reminders begin otherwise"


EXAMPLE = check((ROOT / "infra/terraform/campaigns/shinjuku-rally-2026.yaml").read_bytes())


def test_the_calendar_is_that_of_the_code() -> None:
    """The handbook had the CSV dropped on the day before the deadline, two days after the reminders."""
    assert isinstance(EXAMPLE, Campaign)
    assert list(calendar_faults(TEXT, EXAMPLE)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [("3月8日", "3月10日"), ("3月19日", "3月18日"), ("3月9日 9時", "3月10日 9時"), ("3日前の9時", "前日の9時")],
)
def test_another_day_in_the_handbook_is_seen(before: str, after: str) -> None:
    assert isinstance(EXAMPLE, Campaign)
    assert before in TEXT
    assert list(calendar_faults(TEXT.replace(before, after), EXAMPLE))


def test_the_check_of_a_campaign_file_tells_the_same_days() -> None:
    assert isinstance(EXAMPLE, Campaign)
    said = "\n".join(check_campaign.summary(EXAMPLE))
    assert f"期限のお知らせ　　{japanese(first_begins(EXAMPLE))}から" in said
    [line] = [line for line in said.splitlines() if "ＣＳＶを置く日" in line]
    assert re.findall(r"\d+/\d+（.）", line) == [japanese_day(day) for day, _ in csv_days(EXAMPLE)]


def test_a_csv_of_each_day_serves_its_purpose() -> None:
    """The first is fresh when reminders begin; the others come after the deadline that they prove the lapse of."""
    assert isinstance(EXAMPLE, Campaign)
    before, after, last = (start_of(day) for day, _ in csv_days(EXAMPLE))
    assert first_file_from(first_begins(EXAMPLE)) == before < first_begins(EXAMPLE)
    assert (after, last) == (EXAMPLE.claim_deadline_at, EXAMPLE.claim_last_at)
