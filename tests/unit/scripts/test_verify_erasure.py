"""scripts/verify_erasure.py: accepts what is right, says what is not complete yet, names the step of what is wrong."""

import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.report import Report
from prizedraw.erasure.report_pdf import render
from prizedraw.erasure.state import PlaceReport, PlaceState, consistent
from prizedraw.times import stamp
from support import scripts
from support.erasure_reports import (
    BAD,
    CODE,
    COMPLETE,
    DAY,
    ENTRIES,
    ERASED,
    GOOD,
    HISTORY,
    KEY,
    LOGO,
    MADE,
    MAILBOX,
    PARTIAL,
    SCHEDULED,
    report,
)
from support.quick import some_of

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts/verify_erasure.py"
BARE = [sys.executable, "-I", "-S"]
"""A Python without site-packages: the standard library only."""
NOW = "2026-06-01T00:00:00Z"

SPEC = "prizedraw-erasure/2"

Change = Callable[[dict[str, Any]], object]
Verify = Callable[..., str]


VERIFY_ERASURE = scripts.load("verify_erasure")
STATES = {"scheduled": SCHEDULED, "partial": PARTIAL, "complete": COMPLETE}


def run(command: list[str], *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, str(SCRIPT), *map(str, arguments)], capture_output=True, encoding="utf-8", check=False, timeout=300
    )


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Verify:
    """Verify in this process, where all libraries are; return `ACCEPTED` or the step that refused."""

    def verify(path: Path, *options: str) -> str:
        status = VERIFY_ERASURE.main([str(path), "--at", NOW, *options])
        last = capsys.readouterr().out.splitlines()[-1]
        refused = re.match(r"REFUSED at step \d+ \[(.+)\]", last)
        assert status == {"ACCEPTED": 0, "NOT PROVEN": 3}.get(last.partition(";")[0], 1)
        return refused[1] if refused else last.partition(";")[0]

    return verify


def nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


def file_away(
    folder: Path, whole: Report, change: Change = nothing, *, pdf: bool = False, number: int = 1
) -> ec.EllipticCurvePrivateKey:
    """Write a report as the program would, signed; a change is made before it is signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    value = json.loads(replace(whole, evidence_key=hash_of(der)).to_bytes())
    change(value)
    data = rfc8785.dumps(value)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "evidence.pem").write_bytes(pem)
    write_signed(folder / f"{number:03}-report.json", data, key)
    if pdf:
        write_signed(folder / f"{number:03}-report.pdf", pdf_of(data), key)
    return key


def pdf_of(data: bytes) -> bytes:
    """Return what the script reads of a PDF."""
    return b"%%PDF-1.4\n<< /Keywords(prizedraw-erasure/2 sha256:%s) >>\n" % hash_of(data).encode()


def write_signed(path: Path, data: bytes, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(data)
    path.with_name(path.name + ".sig").write_bytes(key.sign(data, ec.ECDSA(SHA256())))


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def whole(places: tuple[PlaceReport, ...] = PARTIAL, **changes: Any) -> Report:
    """Return a report that has all places of the specification: those given, and of each other one that it was none."""
    made = report(places, **changes)
    kept = [place for place in places if place.id in VERIFY_ERASURE.LISTED]
    there = {place.id for place in kept}
    for id, kind in VERIFY_ERASURE.LISTED.items():
        if id not in there:
            like = {"key": KEY, "time": HISTORY}.get(kind)
            found = next((place for place in places if like and place.id == like.id), None)
            none = replace(ENTRIES, state=PlaceState.NONE, before=0, erased_at=None, read_at=made.made_at)
            kept.append(replace(found or none, id=id, kind=PlaceKind(kind)))
    return replace(made, places=tuple(kept))


def mailed(folder: Path) -> list[str]:
    """Return the option that the ward reads in its mail before opening about the report of a folder."""
    return ["--evidence-key", json.loads((folder / "001-report.json").read_bytes())["evidence_key"]]


def set_(**fields: Any) -> Change:
    return lambda value: value.update(fields)


def of_place(number: int, **fields: Any) -> Change:
    return lambda value: value["places"][number].update(fields)


class TestReports:
    @pytest.mark.parametrize("state", STATES)
    def test_of_each_state_are_accepted_with_every_check_made(self, state: str, tmp_path: Path) -> None:
        file_away(tmp_path, whole(STATES[state]), pdf=True)
        done = run([sys.executable, "-I"], tmp_path, "--require-all", "--at", NOW, *mailed(tmp_path))
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1].startswith(f"ACCEPTED; {state} at ")
        assert done.stdout.splitlines()[-1].endswith("; proven")
        assert "未確認" not in done.stdout

    @pytest.mark.parametrize("state", STATES)
    def test_are_accepted_by_the_standard_library_alone_which_says_what_it_did_not_check(
        self, state: str, tmp_path: Path
    ) -> None:
        file_away(tmp_path, report(STATES[state]), pdf=True)
        done = run(BARE, tmp_path, "--at", NOW)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1].endswith("; not checked: [signature], [pdf], [place-list]")
        assert "未確認 [signature] 報告書の署名：cryptography が必要です" in done.stdout

    def test_are_refused_where_everything_is_required_and_libraries_are_missing(self, tmp_path: Path) -> None:
        file_away(tmp_path, report())
        done = run(BARE, tmp_path, "--require-all", "--at", NOW)
        assert done.returncode == 1
        assert done.stdout.splitlines()[-1].startswith("REFUSED; partial at ")

    def test_the_checks_are_numbered_in_order(self, tmp_path: Path) -> None:
        file_away(tmp_path, report())
        lines = [one for one in run(BARE, tmp_path, "--at", NOW).stdout.splitlines() if re.match(r"[ \d]\d ", one)]
        assert [int(line[:2]) for line in lines] == list(range(1, len(lines) + 1)) == list(range(1, 17))

    def test_of_a_folder_the_one_with_the_highest_number_is_taken(self, tmp_path: Path) -> None:
        for number in (9, 10, 2):
            file_away(tmp_path, report(number=number), number=number)
        assert "report-form] 報告書が仕様どおり：第10号" in run(BARE, tmp_path, "--at", NOW).stdout

    def test_the_key_may_lie_in_the_folder_above(self, tmp_path: Path, verify: Verify) -> None:
        (tmp_path / "erasure").mkdir()
        file_away(tmp_path / "erasure", report())
        (tmp_path / "erasure/evidence.pem").rename(tmp_path / "evidence.pem")
        assert verify(tmp_path / "erasure/001-report.json") == "ACCEPTED"


class TestLastLines:
    def last(self, folder: Path, at: str) -> tuple[str, str]:
        japanese, english = run(BARE, folder, "--at", at).stdout.splitlines()[-2:]
        return japanese, english

    def test_of_a_complete_one(self, tmp_path: Path) -> None:
        file_away(tmp_path, report(COMPLETE))
        japanese, english = self.last(tmp_path, NOW)
        assert japanese.endswith(
            "2026年4月27日10:05の時点で「完了」：6か所のうち6か所が完了（うち1か所は担当者の申告による）。"
        )
        assert english.startswith(
            "ACCEPTED; complete at 2026-04-27T01:05:00Z: 6 of 6 places complete (1 by a person's word);"
        )

    def test_say_which_places_are_not_complete_and_until_when(self, tmp_path: Path) -> None:
        file_away(tmp_path, report())
        japanese, english = self.last(tmp_path, "2026-03-28T01:05:00Z")
        assert "「一部完了」：6か所のうち3か所が完了（うち1か所は担当者の申告による）、未完了は" in japanese
        assert "送信済みメール・下書き・不達の通知（復元可能期間 2026年4月22日10:00まで）" in japanese
        assert "mailbox (restorable until 2026-04-22T01:00:00Z)" in english
        assert "key-contact (restorable until 2026-03-29T01:00:00Z)" in english

    def test_say_which_windows_have_passed_since_and_claim_no_more_than_was_read(self, tmp_path: Path) -> None:
        file_away(tmp_path, report())
        japanese, english = self.last(tmp_path, "2026-03-29T01:00:00Z")
        assert "連絡先の鍵（Cloud KMS）（復元可能期間は2026年3月29日10:00に終了、その後の確認なし）" in japanese
        assert "key-contact (restorable until 2026-03-29T01:00:00Z, not re-read since)" in english
        assert "mailbox (restorable until 2026-04-22T01:00:00Z)," in english
        assert "3 of 6 places complete" in english

    def test_say_what_a_person_has_to_do(self, tmp_path: Path) -> None:
        unattested = replace(LOGO, state=PlaceState.UNATTESTED, attestation=None)
        unread = replace(ENTRIES, state=PlaceState.UNREAD, after=None, read_at=None)
        file_away(tmp_path, report((unattested, unread, MAILBOX, HISTORY, KEY)))
        japanese, english = self.last(tmp_path, NOW)
        assert "LoGoフォームの登録データ（担当者の確認待ち）、応募の記録（封をしたもの）（確認できず）" in japanese
        assert "logo (unattested), entries (unread)" in english

    def test_without_a_time_it_is_now(self, tmp_path: Path) -> None:
        file_away(tmp_path, report(COMPLETE))
        ahead = run(BARE, tmp_path, "--at", "2026-04-27T01:04:59Z")
        assert "REFUSED at step 3 [times]" in ahead.stdout
        assert run(BARE, tmp_path).returncode == 0


def test_the_steps_are_listed_and_tagged_with_the_numbers_that_are_printed() -> None:
    counted = [(f"{number}", step) for number, (step, *_) in enumerate(VERIFY_ERASURE.CHECKS, 1)]
    listed = re.findall(r"^ +\((\d+)\) +([a-z-]+) +§", VERIFY_ERASURE.__doc__ or "", re.MULTILINE)
    source = SCRIPT.read_text(encoding="utf-8")
    tagged = re.findall(r"^# \((\d+)\) §.*\n@check\(.*\)\ndef (\w+)\(", source, re.MULTILINE)
    assert listed == counted
    assert [(number, name.replace("_", "-")) for number, name in tagged] == counted


def test_the_sections_that_the_steps_name_are_those_of_the_specification() -> None:
    named = set(re.findall(r"§([0-9.]*[0-9])", SCRIPT.read_text(encoding="utf-8")))
    document = (ROOT / "docs/erasure.md").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"^##+ ([0-9.]*[0-9])", document, re.MULTILINE))
    assert named


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["/nowhere"],
            [str(SCRIPT), "--rules", "/nowhere"],
            [str(SCRIPT), "--pdf", "/nowhere"],
            [str(SCRIPT), "--at", "tomorrow"],
            [str(SCRIPT), "--at", "2026-02-30T00:00:00Z"],
            [str(SCRIPT), "--evidence-key", "abc"],
            [str(SCRIPT), "--evidence-key", "ａ" * 64],
            [str(SCRIPT), "--commitment-hash", ""],
            [str(SCRIPT), "--rules-hash", "a" * 64],
        ],
        ids=" ".join,
    )
    def test_wrong_usage_ends_with_2(self, arguments: list[str]) -> None:
        assert run(BARE, *arguments).returncode == 2

    def test_an_empty_folder_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        assert verify(tmp_path) == "files"

    def test_the_script_imports_nothing_of_ours(self) -> None:
        assert not re.search(r"^\s*(import|from) prizedraw", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)

    @pytest.mark.parametrize("python", [BARE, [sys.executable, "-I"]], ids=["bare", "with libraries"])
    def test_endless_nesting_is_refused(self, python: list[str], tmp_path: Path) -> None:
        file_away(tmp_path, report())
        (tmp_path / "001-report.json").write_bytes(b"[" * 100_000 + b"]" * 100_000)
        done = run(python, tmp_path)
        assert (done.returncode, done.stderr) == (1, "")
        assert "REFUSED at step 2 [report-form]" in done.stdout


class TestChangedBytes:
    FILES = ("001-report.json", "001-report.json.sig", "001-report.pdf", "001-report.pdf.sig", "evidence.pem")

    @pytest.mark.parametrize("name", FILES)
    def test_any_changed_byte_of_any_file_is_refused(self, name: str, tmp_path: Path, verify: Verify) -> None:
        short: dict[str, Any] = {"name": "名", "holds": "物", "method": "法", "evidence": "証"}
        small = report(tuple(replace(place, **short) for place in (ENTRIES, MAILBOX, HISTORY, LOGO, KEY)), kept=())
        file_away(tmp_path, small, pdf=True)
        data = (tmp_path / name).read_bytes()
        for changed in some_of(self.changes(data), 24):
            (tmp_path / name).write_bytes(changed)
            assert verify(tmp_path) != "ACCEPTED"
        (tmp_path / name).write_bytes(data)
        assert verify(tmp_path) == "ACCEPTED"

    @staticmethod
    def changes(data: bytes) -> Iterator[bytes]:
        for i, byte in enumerate(data):
            yield data[:i] + bytes([byte ^ (0x01 if i % 2 else 0x20)]) + data[i + 1 :]
        yield from (data + b"\n", data + b" ", b"\n" + data, data[:-1], data[1:], b"")

    @pytest.mark.parametrize("name", [name for name in FILES if name != "001-report.pdf"])
    def test_a_missing_file_is_refused(self, name: str, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, report(), pdf=True)
        (tmp_path / name).unlink()
        assert verify(tmp_path) == "files"

    def test_another_report_s_pdf_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        key = file_away(tmp_path, report())
        for other in (pdf_of(b"other"), b"%PDF-1.4\n", pdf_of((tmp_path / "001-report.json").read_bytes()) * 2):
            write_signed(tmp_path / "001-report.pdf", other, key)
            assert verify(tmp_path) == "pdf"

    def test_the_program_s_own_pdf_is_accepted_and_refused_once_changed(self, tmp_path: Path, verify: Verify) -> None:
        key = file_away(tmp_path, report())
        data = (tmp_path / "001-report.json").read_bytes()
        made = render(Report.from_bytes(data), hash_of(data))
        write_signed(tmp_path / "001-report.pdf", made, key)
        assert verify(tmp_path) == "ACCEPTED"
        for i in range(0, len(made), 997):
            changed = made[:i] + bytes([made[i] ^ 1]) + made[i + 1 :]
            (tmp_path / "001-report.pdf").write_bytes(changed)
            assert verify(tmp_path) == "pdf"

    def test_a_stranger_s_signature_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, report(), pdf=True)
        stranger = ec.generate_private_key(ec.SECP256R1())
        for name, step in (("001-report.pdf", "pdf"), ("001-report.json", "signature")):
            write_signed(tmp_path / name, (tmp_path / name).read_bytes(), stranger)
            assert verify(tmp_path) == step


LIES: list[tuple[str, tuple[PlaceReport, ...], Change]] = [
    ("report-form", PARTIAL, set_(spec="prizedraw-erasure/1")),
    ("report-form", PARTIAL, set_(spec="prizedraw-erasure/3")),
    ("report-form", PARTIAL, set_(note="")),
    ("report-form", PARTIAL, set_(number=0)),
    ("report-form", PARTIAL, set_(items=[])),
    ("report-form", PARTIAL, set_(title="\u202e了完")),
    ("report-form", PARTIAL, set_(made_at="2026-02-30T01:05:00Z")),
    ("report-form", PARTIAL, set_(handling={"begins": "2026-02-03", "ends": "2026-02-30"})),
    ("report-form", PARTIAL, set_(handling={"begins": "2026-04-03", "ends": "2026-03-30"})),
    ("report-form", PARTIAL, of_place(0, id="mailbox")),
    ("report-form", PARTIAL, of_place(0, before=True)),
    ("report-form", PARTIAL, of_place(0, state="gone")),
    ("report-form", PARTIAL, lambda r: r["places"].pop()),
    ("report-form", PARTIAL, lambda r: r["kept"][0].update(id="entries")),
    ("report-form", PARTIAL, lambda r: r["versions"]["archives"].update({"x.zip": "00"})),
    ("times", PARTIAL, set_(made_at="2026-03-28T01:04:59Z")),
    ("times", PARTIAL, set_(made_at="2026-06-01T00:00:01Z")),
    ("times", PARTIAL, set_(made_at="2026-03-29T01:05:01Z")),
    ("untouched", SCHEDULED, of_place(1, erased_at="2026-03-28T01:00:00Z")),
    ("counts", PARTIAL, of_place(0, after=1)),
    ("windows", PARTIAL, of_place(0, until="2026-03-28T01:05:01Z")),
    ("windows", PARTIAL, of_place(1, until="2026-03-28T01:05:00Z")),
    ("attestations", PARTIAL, of_place(3, attestation=None)),
    ("state", PARTIAL, set_(state="complete")),
    ("state", PARTIAL, set_(state="scheduled")),
    ("state", SCHEDULED, set_(state="partial")),
    ("state", COMPLETE, set_(state="partial")),
    ("evidence-key", PARTIAL, set_(evidence_key="00" * 32)),
    ("report-form", PARTIAL, set_(number=7)),
    ("report-form", PARTIAL, set_(places=[])),
    ("report-form", PARTIAL, set_(made_at="2026-03-28T10:05:00+09:00")),
    ("report-form", PARTIAL, set_(journal={"rows": -1, "hash": "06" * 32})),
    ("report-form", PARTIAL, of_place(0, name="応募\u200b")),
    ("times", PARTIAL, set_(made_at="2099-03-28T01:05:00Z")),
    ("times", PARTIAL, of_place(0, erased_at="2099-03-28T01:00:00Z")),
    ("times", PARTIAL, of_place(0, read_at="2099-03-28T01:00:00Z")),
    ("times", PARTIAL, of_place(3, attestation={"by": "山田", "at": "2099-03-28T01:00:00Z"})),
    ("times", PARTIAL, of_place(0, erased_at="2026-03-28T01:05:01Z")),
    ("counts", COMPLETE, of_place(0, after=None)),
    ("counts", COMPLETE, of_place(0, erased_at=None)),
    ("windows", COMPLETE, of_place(1, until="2099-01-01T00:00:00Z")),
    ("attestations", COMPLETE, of_place(3, attestation=None)),
    ("attestations", PARTIAL, of_place(0, attestation={"by": "山田", "at": "2026-03-28T01:00:00Z"})),
    ("place-list", PARTIAL, lambda r: r.update(places=r["places"][-1:], state="partial")),
    ("place-list", COMPLETE, lambda r: r.update(places=r["places"][-1:])),
    ("place-list", COMPLETE, lambda r: r.update(places=[place for place in r["places"] if place["id"] != "entries"])),
    ("place-list", COMPLETE, lambda r: r.update(places=[place for place in r["places"] if place["id"] != "mailbox"])),
    ("place-list", COMPLETE, lambda r: r.update(places=[place for place in r["places"] if place["id"] != "logo"])),
    ("place-list", COMPLETE, lambda r: r.update(places=[place for place in r["places"] if place["kind"] != "time"])),
    ("place-list", COMPLETE, of_place(0, id="everything")),
    (
        "place-list",
        COMPLETE,
        of_place(
            0,
            kind="person",
            before=None,
            after=None,
            erased_at=None,
            read_at=None,
            attestation={"by": "山田", "at": "2026-03-28T01:00:00Z"},
            state="declared",
        ),
    ),
    ("report-form", PARTIAL, lambda r: r["versions"].update(archives={})),
    ("report-form", PARTIAL, lambda r: r["versions"].update(code_hash="00" * 32)),
    ("report-form", PARTIAL, lambda r: r["versions"].update(code_hash="15" * 32)),
    ("report-form", PARTIAL, lambda r: r["versions"]["archives"].update({"draw.zip": "61" * 32})),
    ("report-form", PARTIAL, set_(journal={"rows": 0, "hash": "06" * 32})),
    ("report-form", PARTIAL, set_(journal={"rows": 9, "hash": hash_of(b"")})),
    ("report-form", PARTIAL, lambda r: r["people"].update(received=None)),
    ("report-form", PARTIAL, set_(record_hash=None)),
    ("report-form", PARTIAL, set_(earliest="2026-02-30")),
    ("report-form", PARTIAL, lambda r: r["contractor"].update(officer="")),
    ("times", COMPLETE, of_place(1, until="2026-03-28T00:59:59Z")),
    ("counts", COMPLETE, of_place(3, state="done")),
    ("counts", COMPLETE, of_place(3, after=0, read_at="2026-04-27T01:05:00Z")),
    ("counts", COMPLETE, of_place(0, state="declared")),
    ("windows", COMPLETE, of_place(3, until="2099-01-01T00:00:00Z")),
    ("attestations", COMPLETE, of_place(3, attestation={"by": "　", "at": "2026-03-28T01:00:00Z"})),
    ("attestations", COMPLETE, of_place(3, attestation={"by": "・・・", "at": "2026-03-28T01:00:00Z"})),
    ("period", COMPLETE, of_place(0, erased_at="2020-01-01T00:00:00Z")),
    ("period", COMPLETE, of_place(0, erased_at="2026-02-02T14:59:59Z")),
    ("period", COMPLETE, of_place(3, attestation={"by": "山田", "at": "2019-03-28T01:00:00Z"})),
    ("period", PARTIAL, set_(earliest="2026-04-21")),
    ("period", COMPLETE, set_(earliest="2026-04-26")),
    ("period", COMPLETE, set_(earliest="2026-04-28")),
    ("period", SCHEDULED, set_(handling={"begins": "2026-03-29", "ends": "2026-03-31"})),
]
"""The step that must refuse, the places of the report, and what is said otherwise than it was."""


class TestDishonestOperator:
    """Who holds the key can sign anything; what contradicts itself is refused all the same."""

    @pytest.mark.parametrize(("step", "places", "change"), LIES)
    def test_is_refused_at(
        self, step: str, places: tuple[PlaceReport, ...], change: Change, tmp_path: Path, verify: Verify
    ) -> None:
        file_away(tmp_path, report(places), change)
        assert verify(tmp_path) == step

    @pytest.mark.parametrize("state", ["waiting", "open", "unread", "unattested", "window"])
    @pytest.mark.parametrize("number", range(len(COMPLETE)))
    def test_cannot_call_complete_what_is_not(self, state: str, number: int, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, report(COMPLETE), of_place(number, state=state))
        assert verify(tmp_path) != "ACCEPTED"

    def test_cannot_leave_out_a_signature_s_own_encoding(self, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, report())
        file = tmp_path / "001-report.json.sig"
        sig = file.read_bytes()
        for other in (bytes([0x30, sig[1] + 1, 0x02, sig[3] + 1, 0]) + sig[4:], b"\x30\x81" + sig[1:]):
            file.write_bytes(other)
            assert verify(tmp_path) == "signature"


def judged(place: PlaceReport) -> bool:
    """Tell whether the script's checks of places let a place pass, whatever the program thinks of it."""
    value = {
        **{name: getattr(place, name) for name in ("id", "name", "kind", "state", "before", "after")},
        **{name: (at := getattr(place, name)) and stamp(at) for name in ("erased_at", "read_at", "until")},
        "attestation": place.attestation and {"by": place.attestation.by, "at": stamp(place.attestation.at)},
    }
    erasure = SimpleNamespace(report={"spec": SPEC, "made_at": stamp(MADE)}, at=NOW, places=[(value, "")])
    try:
        for name in ("times", "untouched", "counts", "windows", "attestations"):
            getattr(VERIFY_ERASURE, name)(erasure)
    except VERIFY_ERASURE.Refusal:
        return False
    return True


class TestTwoImplementations:
    @pytest.mark.parametrize("place", GOOD, ids=lambda place: f"{place.id}-{place.state}")
    def test_agree_on_what_is_good(self, place: PlaceReport) -> None:
        assert judged(place)

    @pytest.mark.parametrize("place", BAD.values(), ids=BAD.keys())
    def test_agree_on_what_is_bad(self, place: PlaceReport) -> None:
        assert not judged(place)

    @pytest.mark.parametrize("kind", PlaceKind)
    def test_agree_on_every_combination(self, kind: PlaceKind) -> None:
        passed = 0
        for state, before, after, erased_at, read_at, until, attestation in product(
            PlaceState,
            (None, 0, 3),
            (None, 0, 2),
            (None, ERASED, MADE + DAY),
            (None, MADE, MADE - 2 * DAY),
            (None, MADE, MADE + DAY),
            (None, LOGO.attestation),
        ):
            place = replace(
                MAILBOX,
                kind=kind,
                state=state,
                before=before,
                after=after,
                erased_at=erased_at,
                read_at=read_at,
                until=until,
                attestation=attestation,
            )
            assert judged(place) == consistent(place, MADE), place
            passed += judged(place)
        # Nothing but a person's word ends what nobody declared: three ways to be open, three to be gone, six each to
        # be unread and answered for.
        assert passed == 18 if kind is PlaceKind.UNKNOWN else passed > 30


class TestRules:
    @pytest.fixture
    def rules(self, tmp_path: Path) -> Path:
        """Publish a draw and file a report of it away."""
        (tmp_path / "published").mkdir()
        hashes: dict[str, Any] = {}
        for name in ("commitment", "record"):
            (tmp_path / f"published/{name}.json").write_bytes(b"{}")
            hashes[f"{name}_hash"] = hash_of(b"{}")
        file_away(tmp_path, report(**hashes))
        key = json.loads((tmp_path / "001-report.json").read_bytes())["evidence_key"]
        file = tmp_path / "published/rules.json"
        file.write_bytes(rfc8785.dumps({"campaign": "shinjuku-rally-2026", "evidence_key": key}))
        return file

    def test_of_the_same_draw_are_accepted(self, tmp_path: Path, rules: Path, verify: Verify) -> None:
        told = run(BARE, tmp_path, "--at", NOW, "--rules", rules).stdout
        assert "同じ抽選の報告である：rules.json、commitment.json、record.json" in told
        assert verify(tmp_path, "--rules", str(rules)) == "ACCEPTED"

    def test_may_lie_alone(self, tmp_path: Path, rules: Path, verify: Verify) -> None:
        for name in ("commitment.json", "record.json"):
            rules.with_name(name).unlink()
        assert verify(tmp_path, "--rules", str(rules)) == "ACCEPTED"

    @pytest.mark.parametrize("name", ["commitment.json", "record.json"])
    def test_with_other_files_beside_them_are_refused(
        self, name: str, tmp_path: Path, rules: Path, verify: Verify
    ) -> None:
        rules.with_name(name).write_bytes(b"[]")
        assert verify(tmp_path, "--rules", str(rules)) == "rules"

    @pytest.mark.parametrize(
        ("name", "field", "time", "step"),
        [
            ("commitment", "frozen_at", "2026-03-28T01:05:00Z", "ACCEPTED"),
            ("commitment", "frozen_at", "2026-03-28T01:05:01Z", "rules"),
            ("record", "drawn_at", "2026-03-28T01:00:00Z", "ACCEPTED"),
            ("record", "drawn_at", "2026-03-28T01:00:01Z", "rules"),
        ],
    )
    def test_no_file_of_the_draw_is_younger_than_the_report_that_names_it(
        self, time: str, step: str, name: str, field: str, tmp_path: Path, rules: Path, verify: Verify
    ) -> None:
        data = rfc8785.dumps({field: time})
        rules.with_name(f"{name}.json").write_bytes(data)
        other = {"commitment": "record", "record": "commitment"}[name]
        hashes: dict[str, Any] = {f"{name}_hash": hash_of(data), f"{other}_hash": hash_of(b"{}")}
        file_away(tmp_path, report(**hashes))
        key = json.loads((tmp_path / "001-report.json").read_bytes())["evidence_key"]
        rules.write_bytes(rfc8785.dumps({"campaign": "shinjuku-rally-2026", "evidence_key": key}))
        assert verify(tmp_path / "001-report.json", "--rules", str(rules)) == step

    @pytest.mark.parametrize(("code", "told"), [(CODE, False), ("16" * 32, True)])
    def test_another_program_than_froze_the_entries_is_told(
        self, code: str, told: bool, tmp_path: Path, rules: Path, verify: Verify
    ) -> None:
        data = rfc8785.dumps({"code_hash": code})
        rules.with_name("commitment.json").write_bytes(data)
        file_away(tmp_path, report(commitment_hash=hash_of(data), record_hash=hash_of(b"{}")))
        key = json.loads((tmp_path / "001-report.json").read_bytes())["evidence_key"]
        rules.write_bytes(rfc8785.dumps({"campaign": "shinjuku-rally-2026", "evidence_key": key}))
        said = run(BARE, tmp_path / "001-report.json", "--at", NOW, "--rules", rules).stdout
        assert ("注意   [rules]" in said) == ("応募を確定したときと違います" in said) == told
        assert verify(tmp_path / "001-report.json", "--rules", str(rules)) == "ACCEPTED"

    @pytest.mark.parametrize(
        "data",
        [
            b"[]",
            b"",
            b'{"campaign": 1}',
            rfc8785.dumps({"campaign": "shinjuku-rally-2026", "evidence_key": "00" * 32}),
        ],
    )
    def test_of_another_key_or_none_are_refused(self, data: bytes, tmp_path: Path, rules: Path, verify: Verify) -> None:
        rules.write_bytes(data)
        assert verify(tmp_path, "--rules", str(rules)) == "rules"

    def test_of_another_campaign_are_refused(self, tmp_path: Path, rules: Path, verify: Verify) -> None:
        rules.write_bytes(rules.read_bytes().replace(b"2026", b"2027"))
        assert verify(tmp_path, "--rules", str(rules)) == "rules"


COMMITMENT = {"received": 500, "pool_size": 440, "ineligible": 1, "frozen_at": "2026-03-02T00:30:00Z"}
RECORD = {"drawn_at": "2026-03-02T04:05:00Z", "awards": [{"prize": "A", "winners": ["a"] * 75, "reserves": ["b"]}]}
RULES = {"opens_at": "2026-02-03T01:00:00Z", "draw_at": "2026-03-02T04:00:00Z", "campaign": "shinjuku-rally-2026"}
RESPONSES = replace(ENTRIES, id="responses", before=500)
REQUESTS = replace(ENTRIES, id="requests", before=2)
HELD = (*COMPLETE, RESPONSES, REQUESTS)


class TestAgainstTheDraw:
    """What is consistent in itself is held against the signed files beside it."""

    def told(self, folder: Path, change: Change, commitment: Any = None, record: Any = None, **rules: Any) -> str:
        draw = {"commitment": COMMITMENT | (commitment or {}), "record": RECORD | (record or {})}
        written = {name: rfc8785.dumps(value) for name, value in draw.items()}
        for name, data in written.items():
            (folder / f"{name}.json").write_bytes(data)
        hashes: dict[str, Any] = {f"{name}_hash": hash_of(data) for name, data in written.items()}
        made = ERASED + 30 * DAY
        file_away(folder, report(tuple(replace(p, read_at=p.read_at and made) for p in HELD), **hashes), change)
        key = json.loads((folder / "001-report.json").read_bytes())["evidence_key"]
        (folder / "rules.json").write_bytes(rfc8785.dumps(RULES | {"evidence_key": key} | rules))
        return run(BARE, folder / "001-report.json", "--at", NOW, "--rules", folder / "rules.json").stdout

    def test_a_true_one_is_accepted(self, tmp_path: Path) -> None:
        assert "ACCEPTED" in self.told(tmp_path, nothing)

    @pytest.mark.parametrize("before", [439, 440, 441])
    def test_who_was_erased_on_request_may_be_missing_among_the_entries(self, before: int, tmp_path: Path) -> None:
        assert "ACCEPTED" in self.told(tmp_path, of_place(0, before=before))

    @pytest.mark.parametrize(
        "change",
        [
            of_place(0, state="none", before=0, erased_at=None),
            of_place(0, before=0, erased_at=None),
            of_place(0, before=438),
            of_place(0, before=442),
            of_place(0, before=2**53 - 1),
            of_place(6, before=3),
            of_place(6, before=499),
            of_place(6, before=501),
            of_place(5, state="none", before=0, erased_at=None, until=None),
            of_place(0, erased_at="2026-03-02T04:04:59Z"),
            of_place(3, attestation={"by": "山田", "at": "2026-02-20T00:00:00Z"}),
            lambda r: r["people"].update(received=501),
            lambda r: r["people"].update(accepted=440),
            lambda r: r["people"].update(winners=74),
        ],
    )
    def test_a_lie_that_they_show_is_refused(self, change: Change, tmp_path: Path) -> None:
        assert "REFUSED at step 11 [rules]" in self.told(tmp_path, change)

    @pytest.mark.parametrize(
        "rules", [{"opens_at": "2026-02-01T00:00:00Z"}, {"draw_at": "2026-03-31T15:00:00Z"}], ids=str
    )
    def test_a_period_that_the_draw_lies_outside_of_is_refused(self, rules: Any, tmp_path: Path) -> None:
        assert "REFUSED at step 11 [rules]" in self.told(tmp_path, nothing, **rules)


class TestPeriod:
    def test_what_was_erased_after_it_is_told_and_no_forgery(self, tmp_path: Path) -> None:
        late = replace(ENTRIES, erased_at=MADE + 5 * DAY, read_at=MADE + 30 * DAY)
        file_away(tmp_path, report((late, *COMPLETE[1:])))
        said = run(BARE, tmp_path, "--at", NOW).stdout
        assert " 9 注意   [period]" in said
        assert "取扱期間（2026-03-31 まで）の後に消去、または確認した場所：entries" in said
        assert "ACCEPTED" in said

    def test_the_last_second_of_it_is_in_it(self, tmp_path: Path) -> None:
        last = replace(ENTRIES, erased_at=datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC), read_at=MADE + 30 * DAY)
        file_away(tmp_path, report((last, *COMPLETE[1:])))
        assert " 9 OK     [period]" in run(BARE, tmp_path, "--at", NOW).stdout


class TestTheReportsOwnNumber:
    def test_an_older_one_that_was_renamed_is_not_the_newest(self, tmp_path: Path) -> None:
        file_away(tmp_path, report(number=4), number=4)
        for end in ("", ".sig"):
            (tmp_path / f"004-report.json{end}").rename(tmp_path / f"099-report.json{end}")
        file_away(tmp_path, report(number=5), number=5)
        said = run([sys.executable, "-I"], tmp_path, "--at", NOW).stdout
        assert "報告書と署名と公開鍵がそろっている：005-report.json" in said
        assert "099-report.json" in said

    @pytest.mark.parametrize("data", [b"", b"[]", b'{"number": "9"}', b'{"number": 1e400}', b"[" * 100_000])
    def test_what_has_none_goes_by_its_name(self, data: bytes, tmp_path: Path) -> None:
        file_away(tmp_path, report())
        (tmp_path / "002-report.json").write_bytes(data)
        assert VERIFY_ERASURE.newest(tmp_path).name == "002-report.json"


class TestTheFirstSpecification:
    """Reports that were made before stay what they were."""

    FOLDER = ROOT / "tests/vectors/erasure"

    def test_its_vector_is_accepted(self) -> None:
        told = run([sys.executable, "-I"], self.FOLDER / "001-report.json", "--at", NOW).stdout
        assert "ACCEPTED" in told
        assert VERIFY_ERASURE.FIRST in (self.FOLDER / "001-report.json").read_text(encoding="utf-8")

    def test_has_another_vector_with_what_is_new(self) -> None:
        folder = ROOT / "tests/vectors/erasure-2"
        told = run([sys.executable, "-I"], folder / "003-report.json", "--at", NOW).stdout
        assert "ACCEPTED" in told
        assert "（うち4か所は担当者の申告による）" in told
        data = (folder / "003-report.json").read_bytes()
        assert Report.from_bytes(data).to_bytes() == data


class TestPlaceList:
    """The list of places is the specification's, not the report's own."""

    def test_a_report_of_one_place_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        """A key alone, by a key of one's own: it verified with all that could be required."""
        file_away(tmp_path, report(COMPLETE), lambda value: value.update(places=value["places"][-1:]))
        assert verify(tmp_path) == verify(tmp_path, *mailed(tmp_path), "--require-all") == "place-list"

    def last(self, folder: Path, *options: str) -> tuple[int, str]:
        done = run([sys.executable, "-I"], folder, "--at", NOW, *mailed(folder), *options)
        return done.returncode, done.stdout

    def test_all_of_them_are_accepted_and_counted(self, tmp_path: Path) -> None:
        file_away(tmp_path, whole(COMPLETE))
        status, said = self.last(tmp_path, "--require-all")
        assert status == 0
        assert f"14 OK     [place-list] 仕様の保管場所がすべて挙げられている：{len(PLACES)}か所" in said

    @pytest.mark.parametrize("left_out", [id for id in VERIFY_ERASURE.LISTED if id not in VERIFY_ERASURE.LEAST])
    def test_one_that_is_left_out_is_named_and_keeps_proven_back(self, left_out: str, tmp_path: Path) -> None:
        def leave_out(value: dict[str, Any]) -> None:
            value["places"] = [place for place in value["places"] if place["id"] != left_out]
            if left_out == "keys":
                value["places"].append(whole_of(COMPLETE[-1]))

        file_away(tmp_path, whole(COMPLETE), leave_out)
        status, said = self.last(tmp_path, "--require-all")
        assert (status, said.splitlines()[-1].startswith("REFUSED; complete at ")) == (1, True)
        assert f"報告のない場所：{left_out}" in said
        assert said.splitlines()[-1].endswith("consistent, not proven; not checked: [place-list]")

    def test_one_that_the_specification_does_not_know_is_named(self, tmp_path: Path) -> None:
        more = {**whole_of(ENTRIES), "id": "attic", "state": "none", "before": 0, "erased_at": None}
        file_away(tmp_path, whole(PARTIAL), lambda value: value["places"].append(more))
        status, said = self.last(tmp_path, "--require-all")
        assert status == 0
        assert "14 注意   [place-list]" in said
        assert "仕様の一覧にない場所：attic" in said

    @pytest.mark.parametrize("left", [0, 7])
    def test_what_nobody_declared_ends_with_a_person_s_word(self, left: int, tmp_path: Path) -> None:
        file_away(tmp_path, whole(COMPLETE), lambda value: value["places"].append(unlisted(before=left, after=left)))
        status, said = self.last(tmp_path, "--require-all")
        assert status == 0
        assert f"仕様の一覧にない場所：{UNLISTED}" in said
        assert said.splitlines()[-1].startswith("ACCEPTED; complete at ")

    @pytest.mark.parametrize(
        "fields",
        [
            {"attestation": None},
            {"after": None, "read_at": None},
            {"erased_at": "2026-05-01T00:00:00Z"},
            {"until": "2026-05-01T00:00:00Z"},
            {"state": "none"},
            {"state": "window"},
            {"state": "open", "after": 3},
            {"state": "open", "after": 0, "attestation": None},
            {"state": "unattested", "after": 3, "attestation": None},
        ],
        ids=str,
    )
    def test_no_other_word_ends_it(self, fields: dict[str, Any], tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, whole(COMPLETE), lambda value: value["places"].append(unlisted(**fields)))
        assert verify(tmp_path) in ("times", "untouched", "counts", "windows", "state")

    def test_is_the_product_s(self) -> None:
        assert {place.id: place.kind.value for place in PLACES} == VERIFY_ERASURE.LISTED


UNLISTED = "unknown-0123456789abcdef"


def unlisted(**fields: Any) -> dict[str, Any]:
    """Return a place that nobody declared, answered for in a report that is complete, with other *fields*."""
    last = whole_of(COMPLETE[-1])
    answer = {"by": "山田 太郎", "at": last["read_at"]}
    given = {"kind": "unknown", "state": "declared", "before": 1, "after": 1, "attestation": answer}
    return last | {"id": UNLISTED, "erased_at": None, "until": None} | given | fields


def whole_of(place: PlaceReport) -> dict[str, Any]:
    """Return a place as it stands in a report of all places at their end, or of some on their way."""
    places = COMPLETE if place in COMPLETE else PARTIAL
    value = json.loads(report(places).to_bytes())["places"]
    return dict(next(one for one in value if one["id"] == place.id))


class TestStrangers:
    @pytest.mark.parametrize("name", ["note.txt", "report.json.bak", "001-report.json.old", "01-report.json.sig"])
    def test_are_named_and_keep_proven_back(self, name: str, tmp_path: Path) -> None:
        file_away(tmp_path, whole())
        (tmp_path / name).write_bytes(b"")
        done = run([sys.executable, "-I"], tmp_path, "--at", NOW, *mailed(tmp_path), "--require-all")
        assert done.returncode == 1
        assert f"仕様にないもの：{name}。" in done.stdout
        assert done.stdout.splitlines()[-1].endswith("; not checked: [strangers]")

    def test_earlier_reports_are_none(self, tmp_path: Path) -> None:
        file_away(tmp_path, whole(number=2), number=2)
        key = file_away(tmp_path, whole(number=1), pdf=True)
        write_signed(
            tmp_path / "002-report.json",
            rfc8785.dumps(json.loads((tmp_path / "001-report.json").read_bytes()) | {"number": 2}),
            key,
        )
        done = run([sys.executable, "-I"], tmp_path, "--at", NOW, *mailed(tmp_path), "--require-all")
        assert done.returncode == 0, done.stdout

    def folder(self, path: Path, **earlier: Any) -> ec.EllipticCurvePrivateKey:
        """File reports 1 and 2 by one key away, complete last; *earlier* are fields of the first."""
        key = file_away(path, whole(COMPLETE, number=2), pdf=True, number=2)
        value = json.loads((path / "002-report.json").read_bytes())
        first = json.loads(whole().to_bytes()) | {"evidence_key": value["evidence_key"]} | earlier
        write_signed(path / "001-report.json", rfc8785.dumps(first), key)
        write_signed(path / "001-report.pdf", pdf_of((path / "001-report.json").read_bytes()), key)
        return key

    def test_earlier_reports_in_their_order_are_right(self, tmp_path: Path, verify: Verify) -> None:
        self.folder(tmp_path)
        key = json.loads((tmp_path / "002-report.json").read_bytes())["evidence_key"]
        assert verify(tmp_path, "--evidence-key", key, "--require-all") == "ACCEPTED"

    @pytest.mark.parametrize("number", ["001", "003"])
    def test_the_same_bytes_under_another_number_are_refused(self, number: str, tmp_path: Path, verify: Verify) -> None:
        """A signature binds bytes, and not the name under which they lie."""
        self.folder(tmp_path)
        for end in (".json", ".json.sig"):
            (tmp_path / f"{number}-report{end}").write_bytes((tmp_path / f"002-report{end}").read_bytes())
        assert verify(tmp_path) == "strangers"

    def test_a_report_made_before_the_one_before_it_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        self.folder(tmp_path, made_at="2026-04-27T01:05:01Z")
        assert verify(tmp_path) == "strangers"
        assert verify(tmp_path / "002-report.json") == "ACCEPTED", "which a single file does not show"

    @pytest.mark.parametrize("fields", [{"campaign": "another"}, {"spec": "prizedraw-erasure/3"}], ids=str)
    def test_an_earlier_one_that_is_signed_and_says_otherwise_is_refused(
        self, fields: dict[str, Any], tmp_path: Path, verify: Verify
    ) -> None:
        self.folder(tmp_path, **fields)
        assert verify(tmp_path) == "strangers"

    def test_one_that_has_a_higher_number_than_its_name_is_the_newest_and_refused(
        self, tmp_path: Path, verify: Verify
    ) -> None:
        self.folder(tmp_path, number=3)
        assert verify(tmp_path) == "report-form"

    @pytest.mark.parametrize("name", ["001-report.json", "001-report.pdf"])
    @pytest.mark.parametrize("signed", [False, True])
    def test_an_earlier_one_unsigned_or_by_another_key_is_named_and_keeps_proven_back(
        self, signed: bool, name: str, tmp_path: Path
    ) -> None:
        self.folder(tmp_path)
        if signed:
            write_signed(tmp_path / name, (tmp_path / name).read_bytes(), ec.generate_private_key(ec.SECP256R1()))
        else:
            (tmp_path / f"{name}.sig").unlink()
        key = json.loads((tmp_path / "002-report.json").read_bytes())["evidence_key"]
        done = run([sys.executable, "-I"], tmp_path, "--at", NOW, "--evidence-key", key, "--require-all")
        assert done.returncode == 1
        assert f"正しい署名のないもの：{name}。" in done.stdout

    def test_the_pdf_of_another_report_among_earlier_ones_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        key = self.folder(tmp_path)
        write_signed(tmp_path / "001-report.pdf", (tmp_path / "002-report.pdf").read_bytes(), key)
        assert verify(tmp_path) == "strangers"

    def test_without_the_library_earlier_ones_are_not_checked(self, tmp_path: Path) -> None:
        self.folder(tmp_path)
        said = run(BARE, tmp_path, "--at", NOW).stdout
        assert "未確認 [strangers]" in said
        assert "ほかの報告書の署名：cryptography が必要です" in said

    def test_an_unsigned_report_is_refused(self, tmp_path: Path, verify: Verify) -> None:
        """Finding 1: it needs nothing but what is public to agree with itself."""
        file_away(tmp_path, whole(COMPLETE))
        (tmp_path / "001-report.json.sig").unlink()
        assert verify(tmp_path) == "files"
        (tmp_path / "001-report.json.sig").write_bytes(b"")
        assert verify(tmp_path) == "signature"

    def test_two_of_one_number_are_refused(self, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, whole())
        (tmp_path / "0001-report.pdf").write_bytes(b"")
        assert verify(tmp_path) == "strangers"

    def test_beside_a_single_file_nothing_is_looked_for(self, tmp_path: Path, verify: Verify) -> None:
        file_away(tmp_path, whole())
        (tmp_path / "note.txt").write_bytes(b"")
        options = [*mailed(tmp_path), "--require-all"]
        assert verify(tmp_path / "001-report.json", *options) == "ACCEPTED"


class TestAnchor:
    """A report that was held against nothing is consistent; only the ward's mail makes it proven."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        file_away(tmp_path, whole(COMPLETE))
        return tmp_path

    def last(self, folder: Path, *options: str) -> tuple[int, str]:
        done = run([sys.executable, "-I"], folder, "--at", NOW, *options)
        return done.returncode, done.stdout.splitlines()[-1]

    def test_without_it_nothing_is_proven(self, folder: Path) -> None:
        status, last = self.last(folder)
        assert (status, last.endswith("; consistent, not proven (held against no mail)")) == (0, True)
        status, last = self.last(folder, "--require-all")
        assert (status, last.startswith("NOT PROVEN; complete at ")) == (3, True)

    def test_with_it_all_is(self, folder: Path) -> None:
        status, last = self.last(folder, "--require-all", *mailed(folder))
        assert (status, last.endswith("; proven")) == (0, True)

    def test_by_another_key_it_is_refused(self, folder: Path) -> None:
        assert self.last(folder, "--evidence-key", "0" * 64)[1].startswith("REFUSED at step 16 [anchor]")

    def test_of_another_draw_it_is_refused(self, folder: Path) -> None:
        commitment = json.loads((folder / "001-report.json").read_bytes())["commitment_hash"]
        assert self.last(folder, *mailed(folder), "--commitment-hash", commitment)[0] == 0
        assert self.last(folder, *mailed(folder), "--commitment-hash", "0" * 64)[0] == 1

    def test_a_commitment_that_anybody_can_name_is_no_anchor(self, folder: Path) -> None:
        commitment = json.loads((folder / "001-report.json").read_bytes())["commitment_hash"]
        assert self.last(folder, "--require-all", "--commitment-hash", commitment)[0] == 3

    def test_the_rules_of_the_mail_are_one_and_others_are_not(self, folder: Path) -> None:
        (folder / "published").mkdir()
        rules = folder / "published/rules.json"
        key = mailed(folder)[1]
        rules.write_bytes(rfc8785.dumps({"campaign": "shinjuku-rally-2026", "evidence_key": key}))
        given = [str(folder / "001-report.json"), "--at", NOW, "--rules", str(rules)]
        python = [sys.executable, "-I"]
        assert run(python, *given, "--require-all").returncode == 3
        right = hash_of(rules.read_bytes())
        assert run(python, *given, "--require-all", "--rules-hash", right).returncode == 0
        assert run(python, *given, "--rules-hash", "0" * 64).returncode == 1

    def test_the_hashes_are_printed_to_be_held_against_the_mails(self, folder: Path) -> None:
        said = run(BARE, folder, "--at", NOW).stdout
        value = json.loads((folder / "001-report.json").read_bytes())
        for name in ("evidence_key", "commitment_hash", "record_hash"):
            assert value[name] in said
        assert hash_of((folder / "001-report.json").read_bytes()) in said


def test_at_least_forty_lies_are_told_apart() -> None:
    assert len(LIES) >= 40
    assert {step for step, *_ in LIES} >= {name for name, *_ in VERIFY_ERASURE.CHECKS} - {
        "files",
        "rules",
        "signature",
        "pdf",
        "strangers",
        "anchor",
    }, "each step refuses something; these have tests of their own"
