"""
What anybody may give to a rehearsal is played to the parcels, or refused with a sentence that names what is wrong.

Analysis and erasure of whole campaigns are tried elsewhere (`test_rehearsal`, `test_analysis`, `test_erasure`).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from prizedraw.campaign import definition
from prizedraw.rehearsal import __main__, entrants, inputs, output, played, winners
from prizedraw.rehearsal.entrants import Submission
from prizedraw.rehearsal.until_erased import Ending
from prizedraw.rehearsal.until_parcels import Fulfil
from prizedraw.times import instant_of
from support import oracle
from support.builders import FILE, FORM, IDS, RIGHT, response
from support.local_campaign import Staged, Stager
from support.quick import in_turn, some_of

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SMALL = (
    FILE.read_text("utf-8")
    .replace("quantity: 20", "quantity: 2")
    .replace("quantity: 50", "quantity: 3")
    .replace('opens_at: "2026-02-03T', 'opens_at: "2026-02-26T')
)
"""The campaign with ten winners, and with few days of entry, so that it is soon played."""

CHECKED = definition.check(SMALL)
assert isinstance(CHECKED, definition.Campaign)
CAMPAIGN: definition.Campaign = CHECKED
OPENS, CLOSES = CAMPAIGN.opens_at, CAMPAIGN.closes_at
NOON = OPENS + timedelta(hours=2)


def people(count: int, **answers: list[str]) -> list[dict[str, Any]]:
    """Return good responses of different people, an hour apart."""
    right: dict[str, Any] = {**RIGHT, "wish": ["どちらでもよい"], **answers}
    return [response(f"r{n}", f"r{n}@example.jp", NOON + n * HOUR, **right) for n in range(count)]


@dataclass
class Shape:
    """
    What is given as `--responses`, `--claims` and `--campaign`, and what must come of it.

    *outcomes* is how many responses end how; *notes* are words of what whoever rehearses is told, in their order.
    """

    responses: Any
    outcomes: dict[str, int]
    claims: bytes | None = None
    campaign: str = SMALL
    winners: int = 0
    notes: tuple[str, ...] = ()


FOREIGN = "1ARealFormOfSomebodyElse000000000000000000000"
ELSEWHERE = json.loads(json.dumps(people(3)).replace(IDS["consent"], "0badcafe").replace(IDS["email"], "0badcaff"))
for _row in ELSEWHERE:
    _row["answers"] = {id: _row["answers"][id] for id in ("0badcafe", "0badcaff")}
GRID = {"itemId": "0000aaaa", "title": "格子", "questionGroupItem": {"questions": [{"questionId": "0000aaab"}]}}

PLAYED = {
    "a page with formId, and one response twice": Shape(
        {"responses": [{**row, "formId": FOREIGN} for row in (*people(3), *people(2))], "nextPageToken": "x"},
        {"accepted": 3},
        winners=3,
        notes=("続きのページ",),
    ),
    "a list without its form": Shape(ELSEWHERE, {"unreadable": 3}, notes=("設問のものでもありません",)),
    "nobody eligible": Shape(people(4, wish=[], history=["わかりません"]), {"accepted": 4}),
    "a form with more than is asked, answers of no shape": Shape(
        {
            "form": {**FORM, "formId": FOREIGN, "items": [*FORM["items"], GRID]},
            "responses": [
                *people(1),
                {"responseId": "bare"},
                {"responseId": "list", "answers": [1], "lastSubmittedTime": 3},
            ],
        },
        {"accepted": 1, "no_consent": 1, "unreadable": 1},
        winners=1,
    ),
    "claims in CP932, some for nobody": Shape(
        people(3),
        {"accepted": 3},
        claims="受付番号,当選コード,氏名,郵便番号,住所,電話番号,送信日時\r\n"
        "1,{code:1},髙﨑 花子,160-0022,東京都新宿区新宿5-18-21,090-1234-5678,2026/03/05 12:00:00\r\n"
        "2,{code:4},山田 花子,160-0022,東京都新宿区新宿5-18-21,090-1234-5678,2026/03/05 12:00:00\r\n".encode("cp932"),
        winners=3,
        notes=("{code:4}",),
    ),
    "claims that are a workbook": Shape(
        people(1), {"accepted": 1}, claims=b"PK\x03\x04 xl/workbook.xml", winners=1, notes=("登録ファイル",)
    ),
    "claims where nobody won": Shape([], {}, claims=b"{code:1}", notes=("登録ファイル", "{code:1}")),
}


@dataclass
class Course:
    """How a campaign went, up to the parcels."""

    staged: Staged
    ledger: dict[str, dict[str, str | None]]
    following: Fulfil
    record: dict[str, Any] = field(default_factory=dict)

    def mails(self, kind: str) -> list[str]:
        """Return whom the mails of a kind went to."""
        found = [message_from_bytes(mail.raw, policy=default) for mail in self.staged.google.gmail.sent]
        return [str(mail["To"]) for mail in found if f"{kind}-" in str(mail["X-Prizedraw-Reference"])]


def go(staged: Stager, folder: Path, shape: Shape) -> Course:
    """Play a shape up to the parcels."""
    (folder / "campaign.yaml").write_text(shape.campaign, "utf-8")
    (folder / "given.json").write_text(json.dumps(shape.responses), "utf-8")
    given = (folder / "campaign.yaml", folder / "given.json")
    with staged(folder, given=given) as on:
        on.play.run()
        Ending(on.play).after_draw()
        following = Fulfil(on.play, shape.claims)
        following.until_shipped()
        ledger = output.ledger(on.stage.open("sealed"), on.stage.sealing(), sorted(on.play.read))
        files = on.google.storage.objects(on.stage.settings.published_bucket)
        return Course(on, ledger, following, json.loads(files["record.json"].data))


@pytest.mark.parametrize("name", some_of(PLAYED, 3))
def test_what_is_odd_is_played_to_the_parcels(staged: Stager, tmp_path: Path, name: str) -> None:
    shape = PLAYED[name]
    course = go(staged, tmp_path, shape)
    found: dict[str, int] = {}
    for row in course.ledger.values():
        word = str(row["reason"] or row["outcome"])
        found[word] = found.get(word, 0) + 1
    assert found == shape.outcomes
    assert sum(len(award["winners"]) for award in course.record["awards"]) == shape.winners
    assert len(course.mails("winner")) == shape.winners
    told = [*course.staged.play.played.notes, *course.staged.play.notes]
    assert len(told) == len(shape.notes)
    assert all(word in note for word, note in zip(shape.notes, told, strict=True))


def test_reserves_who_move_up_by_given_claims_are_written_to_and_claim(staged: Stager, tmp_path: Path) -> None:
    """Of ten winners nine register; the reserve who moves up has a row of their own, `{code:11}`."""
    rows = [winners.register(n, f"{{code:{n}}}", CAMPAIGN.claim_deadline_at - DAY) for n in (*range(1, 10), 11)]
    text = winners.export(CAMPAIGN, rows)
    course = go(staged, tmp_path, Shape(people(30), {}, claims=text))
    holders = course.following.holders()
    promoted = [holder for holder in holders if holder.promoted]
    assert len(promoted) == len(course.mails("promoted")) == 1
    assert len(holders) == 10
    assert all(holder.claimed and holder.shipped for holder in holders)
    assert len(course.following.exports) == 2
    assert course.following.exports[0].count(b"\r\n") == 10
    assert course.staged.play.notes == []


def test_a_reserve_who_moves_up_without_a_row_sends_an_invented_one(staged: Stager, tmp_path: Path) -> None:
    rows = [winners.register(3 * n, f"{{code:{n}}}", CAMPAIGN.claim_deadline_at - DAY) for n in range(1, 10)]
    claims = winners.export(CAMPAIGN, rows).decode("utf-8-sig").encode("cp932", "replace")
    course = go(staged, tmp_path, Shape(people(30), {}, claims=claims))
    holders = course.following.holders()
    assert len(course.mails("promoted")) == sum(holder.promoted for holder in holders) == 1
    assert all(holder.claimed and holder.shipped for holder in holders)


# Again, and recounted.


def timeline() -> list[Submission]:
    """Return what a list of responses cannot tell: edits in time and late, two deletions, one after closing."""
    history = [p for p in entrants.history_of(CAMPAIGN, FORM, 100, seed=4) if p.kind not in ("good", "early")]
    late = [p for p in history if p.kind == "edited_late"]
    assert late
    first, second = people(3)[:2]
    last_minute = response("minute", "minute@example.jp", CLOSES - MINUTE, **RIGHT)
    edited = {**last_minute, "lastSubmittedTime": instant_of(CLOSES + MINUTE), "answers": first["answers"]}
    return [
        *history,
        *(Submission(NOON, row) for row in (first, second)),
        Submission(CLOSES - MINUTE, last_minute),
        Submission(CLOSES + MINUTE, edited),
        Submission(NOON + DAY, {"responseId": first["responseId"]}, is_deletion=True),
        Submission(CLOSES + 2 * MINUTE, {"responseId": second["responseId"]}, is_deletion=True),
    ]


@in_turn("an input played again")
def test_input_json_is_what_was_played_and_plays_the_same(staged: Stager, tmp_path: Path) -> None:
    """Versions and deletions included: the second play starts from what the first one left, and nothing else."""
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    ours = played.Played(form=FORM, submissions=sorted(timeline(), key=lambda press: press.at))
    course = go(staged, tmp_path / "first", Shape(ours.to_document(), {}))
    out = tmp_path / "out"
    output.empty(out)
    output.write_input(out, (tmp_path / "first/campaign.yaml").read_text("utf-8"), course.staged.play.played)
    left = json.loads((out / "input.json").read_text("utf-8"))
    again = go(staged, tmp_path / "second", Shape(left, {}))
    assert again.ledger == course.ledger
    assert {row["responseId"] for row in left["responses"]} == course.ledger.keys() - {"r0", "r1"}

    # A recount: of each response the last version before closing counts, whatever came later.
    versions = [event["response"] for event in left["history"] if "response" in event]
    expected = oracle.outcomes(out / "campaign.yaml", left["form"], versions)
    assert course.ledger == expected
    assert expected["minute"] == {"outcome": "accepted", "reason": None}
    assert len(versions) > len(left["responses"]) + 5


# What cannot be played.


def faulty(text: str) -> Callable[[Path], list[str]]:
    """Give a text as `--responses`."""

    def given(folder: Path) -> list[str]:
        (folder / "given.json").write_text(text, "utf-8")
        return ["--responses", str(folder / "given.json")]

    return given


def with_form(**changes: Any) -> Callable[[Path], list[str]]:
    """Give a form that was changed, without responses."""
    return faulty(json.dumps({"form": {**FORM, **changes}, "responses": []}))


def campaign_of(text: str) -> Callable[[Path], list[str]]:
    def given(folder: Path) -> list[str]:
        (folder / "campaign.yaml").write_text(text, "utf-8")
        return ["--campaign", str(folder / "campaign.yaml"), "--applicants", "3"]

    return given


MIXED = json.dumps([{"responseId": "a", "formId": "1a"}, {"responseId": "b", "formId": "1b"}])
TORN = json.dumps({"responses": people(1), "history": []})
UNTIMED = json.dumps({"history": [{"at": "昨日", "response": people(1)[0]}]})

REFUSED = {
    "no JSON": (faulty("{"), "given.json：JSONとして読み込めません"),
    "no list": (faulty('{"responses": 3}'), "given.json：応募（responses）の一覧ではありません"),
    "something else": (faulty('{"items": []}'), "given.json：応募（responses）の一覧ではありません"),
    "a number in the list": (faulty("[1]"), "応募（responses）の1件目が"),
    "no response id": (faulty('[{"responseId": "a"}, {"answers": {}}]'), "応募（responses）の2件目に responseId"),
    "pages in a list": (faulty('[{"responses": []}]'), "応募（responses）の1件目に responseId"),
    "an id that is no text": (faulty('[{"responseId": "\\ud800"}]'), "文字として正しくありません"),
    "two forms": (faulty(MIXED), "2つのフォームが混ざっています"),
    "a form of no shape": (faulty('{"form": [], "responses": []}'), "フォーム（form）が forms.get の形ではありません"),
    "history and responses differ": (faulty(TORN), "食い違っています"),
    "history without a time": (faulty(UNTIMED), "経過（history）の1件目の時刻（at）"),
    "a form without questions": (with_form(items=[]), "設問「メールアドレス」がフォームに見つかりません"),
    "responses that are not there": (lambda _: ["--responses", "nowhere.json"], "nowhere.json"),
    "claims that are not there": (lambda _: ["--claims", "nowhere.csv"], "nowhere.csv：読み込めません"),
    "a folder as claims": (lambda folder: ["--claims", str(folder)], "読み込めません"),
    "a campaign that is none": (campaign_of("id: 3"), "campaign.yaml"),
    "fewer than nobody": (lambda _: ["--applicants", "-1"], "--applicants"),
    "too few mails a day": (campaign_of(SMALL.replace("per_day: 500", "per_day: 1")), "mail.per_day"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_played_is_refused_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given, sentence = REFUSED[name]
    assert __main__.main(["--out", str(tmp_path / "out"), *given(tmp_path)]) == 2
    printed = capsys.readouterr().out
    assert sentence in printed
    assert "Traceback" not in printed


def test_what_is_in_the_way_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").write_text("keep", "utf-8")
    assert __main__.main(["--out", str(tmp_path / "out")]) == 2
    assert "書き込めません" in capsys.readouterr().out
    assert (tmp_path / "out").read_text("utf-8") == "keep"


def test_what_was_left_is_read_before_its_folder_is_emptied(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    output.empty(out)
    output.write_input(out, SMALL, played.Played(form={**FORM, "items": []}, submissions=[]))
    again = ["--campaign", str(out / "campaign.yaml"), "--responses", str(out / "input.json"), "--out", str(out)]
    assert __main__.main(again) == 2
    assert "準備（prepare）が整いません" in capsys.readouterr().out
    assert json.loads((out / "input.json").read_text("utf-8"))["form"]["items"] == []
    assert isinstance(definition.check((out / "campaign.yaml").read_text("utf-8")), definition.Campaign)
    assert inputs.read_campaign(out / "campaign.yaml", {"kind": "hsm"})[0].id == CAMPAIGN.id
