"""Rehearse whole campaigns as their users do, and hold what comes out against judges that share no code with it."""

import json
import shutil
import subprocess
import sys
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from prizedraw.campaign import definition
from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.places import PLACES
from prizedraw.rehearsal import entrants, output
from support import oracle, personal_data
from support.builders import FILE
from support.quick import in_turn
from support.rehearsing import OTHER_KINDS, Done, Rehearse, played, played_with, read

ROOT = Path(__file__).resolve().parents[2]


def verify(folder: Path, *flags: str, isolated: bool = False) -> Done:
    python = [getattr(sys, "_base_executable", sys.executable), "-I", "-S"] if isolated else [sys.executable]
    command = [*python, str(ROOT / "scripts/verify_draw.py"), str(folder), *flags]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300)


@pytest.fixture(scope="module")
def campaign() -> Campaign:
    return definition.load(FILE)


@pytest.fixture(scope="module")
def out(together: Path) -> Path:
    return played(together)


@pytest.fixture(scope="module")
def versions(out: Path) -> list[dict[str, Any]]:
    """Return every version of every response, as `forms.responses.list` returned it."""
    return [seen["response"] for seen in read(out / "input.json")["history"]]


@pytest.fixture(scope="module")
def secrets(campaign: Campaign, versions: list[dict[str, Any]]) -> set[str]:
    """Return what nobody may find: every address that was typed, every free text of some length."""
    form = entrants.form_of(campaign)
    asked = [item for item in form["items"] if "questionItem" in item]
    ids = {item["title"]: item["questionItem"]["question"]["questionId"] for item in asked}
    free = {q.title for q in campaign.questions.survey if q.kind == "text"}
    found: set[str] = set()
    for row in versions:
        for title, question in ids.items():
            if title not in free | {campaign.questions.email.title}:
                continue
            given = row.get("answers", {}).get(question, {}).get("textAnswers", {}).get("answers", [])
            found |= {answer["value"] for answer in given if len(personal_data.folded(answer["value"])) > 5}
    found.discard("@example.jp")  # typed as an address, and the end of everybody's, operators included
    assert sum("@" in personal_data.folded(text) for text in found) > len(versions) / 2
    assert len(found) > len(versions)
    return found


def test_every_response_is_accounted_for_as_the_oracle_says(
    campaign: Campaign, versions: list[dict[str, Any]], out: Path
) -> None:
    expected = oracle.outcomes(FILE, entrants.form_of(campaign), versions)
    assert read(out / "ledger.json") == expected
    assert {row["outcome"] for row in expected.values()} == {"accepted", "duplicate", "rejected"}
    assert len({row["reason"] for row in expected.values()}) >= 5


def test_the_pool_is_who_the_oracle_says(campaign: Campaign, versions: list[dict[str, Any]], out: Path) -> None:
    pool = (out / "published/pool.txt").read_text(encoding="ascii").splitlines()
    standing = sorted(line.split("\t")[1] for line in pool)
    assert standing == sorted(oracle.standings(FILE, entrants.form_of(campaign), versions))


def test_a_stranger_accepts_the_draw_without_any_library(out: Path) -> None:
    done = verify(out / "published", isolated=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not checked: [randomness], [signatures], [forfeits], [beacon]" in done.stdout


def test_with_libraries_everything_is_checked(out: Path) -> None:
    chain = read(out / "published/rules.json")["randomness"]["chain"]
    mailed = [word for pair in output.anchor(out).items() for word in pair]
    assert len(mailed) == 6
    known = ["--private-chain", chain, "--require-all"]
    done = verify(out / "published", *mailed, *known)
    assert done.returncode == 0, done.stdout
    assert done.stdout.splitlines()[-1] == "ACCEPTED; proven; with caution: [randomness], [beacon]"
    assert verify(out / "published", *known).returncode == 3


@pytest.mark.parametrize("name", ["rules.json", "pool.txt", "commitment.json", "record.json"])
def test_a_stranger_refuses_a_changed_file(out: Path, tmp_path: Path, name: str) -> None:
    copy = shutil.copytree(out / "published", tmp_path / "published")
    data = bytearray((copy / name).read_bytes())
    place = data.find(b'"seed":"') + 10 if name == "record.json" else len(data) // 2
    data[place] = ord("1") if data[place] != ord("1") else ord("2")
    (copy / name).write_bytes(data)
    done = verify(copy, isolated=True)
    assert done.returncode == 1, done.stdout


def test_each_winner_gets_one_mail_with_their_own_code_and_the_ward_its_three(out: Path) -> None:
    mails = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted((out / "mail").glob("*.eml"))]
    kinds = [path.stem.split("-", 1)[1] for path in sorted((out / "mail").glob("*.eml"))]
    record = read(out / "published/record.json")
    winners = [label for award in record["awards"] for label in award["winners"]]
    assert kinds[:3] == ["rules", "commitment", "record"]
    assert kinds.count("winner") == len(winners)
    assert set(kinds) == {"rules", "commitment", "record", "winner", "promoted", "reminder"}
    letters = [(str(mail["To"]), kind) for mail, kind in zip(mails, kinds, strict=True)]
    assert len(set(letters)) == len(letters)
    for mail, kind in zip(mails[:3], kinds[:3], strict=True):
        attached = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
        assert attached[f"{kind}.json"] == (out / f"published/{kind}.json").read_bytes()


def test_the_ward_has_the_rules_before_entry_opens(campaign: Campaign, out: Path) -> None:
    [path] = (out / "mail").glob("*-rules.eml")
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert mail["Date"].datetime < campaign.opens_at


def test_nothing_personal_stands_in_the_clear(out: Path, secrets: set[str]) -> None:
    assert personal_data.found(secrets, personal_data.texts_of(out)) == set()


@pytest.mark.parametrize("shape", [str, lambda text: text.encode().hex(), lambda text: text.upper().replace("@", "＠")])
def test_a_leak_that_is_planted_is_found(out: Path, tmp_path: Path, secrets: set[str], shape: Any) -> None:
    copy = shutil.copytree(out / "state", tmp_path / "state")
    secret = sorted(text for text in secrets if "@" in text)[0]
    state = read(copy / "before-erasure.json")
    state[next(iter(state))]["note"] = shape(secret)
    (copy / "before-erasure.json").write_text(json.dumps(state), encoding="utf-8")
    assert personal_data.folded(secret) in map(
        personal_data.folded, personal_data.found(secrets, personal_data.texts_of(copy))
    )


def test_the_sealed_values_are_there(out: Path) -> None:
    state = read(out / "state/before-erasure.json")
    entries = [document for path, document in state.items() if "/entries/" in path]
    assert entries
    assert all(set(entry) == {"response", "label", "prizes", "doubtful", "contact", "survey"} for entry in entries)
    assert len({len(entry["contact"]) for entry in entries}) == 1


def test_what_is_left_after_the_erasure_is_kept_on_purpose(out: Path) -> None:
    before, after = (
        {"/".join(path.split("/")[::3][:2]) for path in read(out / f"state/{when}-erasure.json")}
        for when in ("before", "after")
    )
    erased = {store for place in PLACES for store in place.stores}
    assert {"sealed/entries", "sealed/responses", "state/mails"} <= before & erased
    assert after & erased == set()
    assert after >= {"state/journal", "state/erasures", "state/awards"}


def test_the_last_report_is_whole_and_says_that_all_is_done(out: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(out / "operator/erasure", tmp_path / "erasure")
    last = read(out / "operator/erasure-report.json")
    assert last["state"] == "complete"
    assert {place["state"] for place in last["places"]} <= {"done", "declared", "none"}
    for end in (".json", ".json.sig", ".pdf", ".pdf.sig"):
        copy = out / f"operator/erasure-report{end}"
        assert copy.read_bytes() == (folder / f"{last['number']:03}-report{end}").read_bytes()
    assert (out / "operator/evidence.pem").read_bytes() == (out / "published/evidence.pem").read_bytes()
    data = bytearray((folder / f"{last['number']:03}-report.json").read_bytes())
    key = ["--evidence-key", output.anchor(out)["--evidence-key"]]
    script = [sys.executable, str(ROOT / "scripts/verify_erasure.py"), str(folder), *key, "--require-all"]
    assert subprocess.run(script, capture_output=True, check=False, timeout=300).returncode == 0
    data[len(data) // 2] ^= 1
    (folder / f"{last['number']:03}-report.json").write_bytes(data)
    assert subprocess.run(script, capture_output=True, check=False, timeout=300).returncode == 1


def test_every_log_line_is_json_of_fixed_fields(out: Path) -> None:
    fields = {"severity", "event", "step", "code", "kind", "where", "counts"}
    lines = (out / "logs.jsonl").read_text(encoding="utf-8").splitlines()
    assert lines
    assert all(set(json.loads(line)) <= fields for line in lines)


@in_turn("the store of the emulator")
@pytest.mark.emulator
@pytest.mark.usefixtures("firestore_emulator")
def test_the_emulator_gives_the_same_ledger(rehearse: Rehearse, out: Path, tmp_path: Path) -> None:
    done = rehearse(tmp_path / "out", "--responses", str(out / "input.json"), "--store", "firestore")
    assert done.returncode == 0, done.stdout + done.stderr
    assert read(tmp_path / "out/ledger.json") == read(out / "ledger.json")


@pytest.mark.parametrize("kind", [pytest.param(kind, marks=in_turn(f"randomness: {kind}")) for kind in OTHER_KINDS])
def test_the_other_kinds_of_randomness_and_receipts(together: Path, kind: str) -> None:
    out = played_with(kind, together)
    assert read(out / "published/record.json")["randomness"]["kind"] == kind
    outcomes = [row["outcome"] for row in read(out / "ledger.json").values()]
    receipts = [message_from_bytes(mail.read_bytes())["To"] for mail in (out / "mail").glob("*-receipt.eml")]
    assert len(receipts) == len(set(receipts)) == outcomes.count("accepted") > 20


@in_turn("nobody entered")
def test_a_campaign_that_nobody_entered_comes_to_its_end(rehearse: Rehearse, tmp_path: Path) -> None:
    (tmp_path / "given.json").write_text("[]", encoding="utf-8")
    done = rehearse(tmp_path / "out", "--responses", str(tmp_path / "given.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "out/published/pool.txt").read_bytes() == b""
    assert read(tmp_path / "out/operator/erasure-report.json")["state"] == "complete"


def test_a_file_that_is_none_is_refused_in_japanese(rehearse: Rehearse, tmp_path: Path) -> None:
    """The sentences are in `test_odd_input`."""
    (tmp_path / "given.json").write_text('"text"', encoding="utf-8")
    done = rehearse(tmp_path / "out", "--responses", str(tmp_path / "given.json"))
    assert done.returncode == 2
    assert "given.json：応募（responses）の一覧ではありません。" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_folder_with_other_things_in_it_is_left_alone(rehearse: Rehearse, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep", encoding="utf-8")
    assert rehearse(tmp_path).returncode == 2
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "keep"
