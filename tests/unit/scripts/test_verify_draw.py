"""
scripts/verify_draw.py: accepts what is right, with and without libraries, and names the step of what is not.

`LIES` are what a dishonest operator could publish, who holds the key and signs everything anew; `SPOILT` is what
somebody could do to a folder afterwards. Of both there are more than forty.
"""

import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from prizedraw.lottery import ward_text
from support import scripts
from support.lies import (
    ANSWERS,
    BLS_SECRET,
    DRAND,
    GIVEN,
    HARDWARE,
    LIES,
    ROUND,
    SECOND_TRIES,
    SPOILT,
    bls_sign,
    drand_value,
    file_of,
    forfeit,
    hash_of,
    lapse,
    place,
    publish,
    return_,
    set_,
    write_signed,
)
from support.quick import some_of

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "scripts/verify_draw.py"
VECTORS = sorted(path for path in (ROOT / "tests/vectors/draw").iterdir() if path.is_dir())
WARD = VECTORS[1]
BARE = [sys.executable, "-I", "-S"]
"""A Python without site-packages: the standard library only."""

NOW = "2026-06-01T00:00:00Z"
CONSISTENT = "ACCEPTED; consistent, not proven (held against no --rules-hash, --commitment-hash)"


VERIFY_DRAW = scripts.load("verify_draw")


def run(command: list[str], *arguments: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*command, str(SCRIPT), *map(str, arguments)], capture_output=True, encoding="utf-8", check=False, timeout=300
    )


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """
    Verify in this process, where all libraries are; return the step that refused, or what it comes to.

    That is `ACCEPTED` if the files agree, everything was checked, and nothing was held against the ward's mails.
    """

    def verify(folder: Path, *options: str) -> str:
        status = VERIFY_DRAW.main([str(folder), "--at", NOW, *options])
        last = capsys.readouterr().out.splitlines()[-1]
        refused = re.match(r"REFUSED at step \d+ \[(.+)\]", last)
        assert status == {"ACCEPTED": 0, "NOT PROVEN": 3}.get(last.partition(";")[0], 1)
        return refused[1] if refused else "ACCEPTED" if last == CONSISTENT else last

    return verify


def mailed(folder: Path) -> list[str]:
    """Return the options that the ward reads in its mails about the files of a folder."""
    rules = (folder / "rules.json").read_bytes()
    hashes = {
        "--rules-hash": hash_of(rules),
        "--evidence-key": json.loads(rules)["evidence_key"],
        "--commitment-hash": hash_of((folder / "commitment.json").read_bytes()),
    }
    return [word for pair in hashes.items() for word in pair]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WARD, tmp_path / "copy"))


class TestVectors:
    @pytest.mark.parametrize("folder", VECTORS, ids=lambda path: path.name)
    def test_are_accepted_with_every_check_made(self, folder: Path) -> None:
        done = run([sys.executable, "-I"], folder, *mailed(folder))
        assert done.returncode == 0, done.stdout + done.stderr
        is_older = folder.name == "1-0-hsm"
        unproven = "consistent, not proven; not checked: [randomness]"
        assert done.stdout.splitlines()[-1] == f"ACCEPTED; {unproven if is_older else 'proven'}"
        assert done.stdout.count("未確認") == is_older
        required = run([sys.executable, "-I"], folder, "--require-all", *mailed(folder))
        assert required.returncode == is_older, required.stdout

    @pytest.mark.parametrize("folder", VECTORS, ids=lambda path: path.name)
    def test_are_accepted_by_the_standard_library_alone_which_says_what_it_did_not_check(self, folder: Path) -> None:
        done = run(BARE, folder)
        assert done.returncode == 0, done.stdout + done.stderr
        unchecked = {"4-200-drand": "[signatures], [beacon]", "1-0-hsm": "[randomness], [signatures]"}
        last = f"{CONSISTENT}; not checked: {unchecked.get(folder.name, '[signatures]')}"
        assert done.stdout.splitlines()[-1] == last
        assert "17 未確認 [signatures] 規則・確定記録・記録の署名：cryptography が必要です" in done.stdout

    def test_are_refused_where_everything_is_required_and_libraries_are_missing(self) -> None:
        done = run(BARE, WARD, "--require-all", *mailed(WARD))
        last = "REFUSED; consistent, not proven; not checked: [signatures]"
        assert (done.returncode, done.stdout.splitlines()[-1]) == (1, last)

    def test_bare_python_has_no_libraries(self) -> None:
        command = [*BARE, "-c", "import cryptography"]
        assert b"ModuleNotFoundError" in subprocess.run(command, capture_output=True, check=False).stderr

    def test_the_checks_are_numbered_in_order(self) -> None:
        lines = [line for line in run(BARE, WARD).stdout.splitlines() if re.match(r"[ \d]\d ", line)]
        assert [int(line[:2]) for line in lines] == list(range(1, len(lines) + 1)) == list(range(1, 22))


def test_the_steps_are_listed_and_tagged_with_the_numbers_that_are_printed() -> None:
    counted = [(f"{number}", step) for number, (step, *_) in enumerate(VERIFY_DRAW.CHECKS, 1)]
    listed = re.findall(r"^ +\((\d+)\) +([a-z-]+) +§", VERIFY_DRAW.__doc__ or "", re.MULTILINE)
    source = SCRIPT.read_text(encoding="utf-8")
    tagged = re.findall(r"^# \((\d+)\) §.*\n@check\(.*\)\ndef (\w+)\(", source, re.MULTILINE)
    assert listed == counted
    assert [(number, name.replace("_", "-")) for number, name in tagged] == counted


def test_the_sections_that_the_steps_name_are_those_of_the_specification() -> None:
    named = set(re.findall(r"§([0-9.]*[0-9])", SCRIPT.read_text(encoding="utf-8")))
    document = (ROOT / "docs/draw.md").read_text(encoding="utf-8")
    assert named <= set(re.findall(r"^##+ ([0-9.]*[0-9])", document, re.MULTILINE))
    assert named


class TestUsage:
    @pytest.mark.parametrize(
        "arguments",
        [
            [],
            ["/nowhere"],
            [str(WARD), "--answer-key", "/nowhere"],
            [str(SCRIPT)],
            [str(WARD), "--at", "tomorrow"],
            [str(WARD), "--at", "2026-02-30T00:00:00Z"],
            [str(WARD), "--rules-hash", "abc"],
            [str(WARD), "--rules-hash", "g" * 64],
            [str(WARD), "--rules-hash", ""],
            [str(WARD), "--commitment-hash", "ａ" * 64],
        ],
    )
    def test_wrong_usage_ends_with_2(self, arguments: list[str]) -> None:
        assert run(BARE, *arguments).returncode == 2

    def test_the_script_imports_nothing_of_ours(self) -> None:
        assert not re.search(r"^\s*(import|from) prizedraw", SCRIPT.read_text(encoding="utf-8"), re.MULTILINE)


class TestChangedBytes:
    FILES = sorted(path.name for path in WARD.iterdir())

    @pytest.mark.parametrize("name", FILES)
    def test_any_changed_byte_of_any_file_is_refused(self, name: str, copy: Path, verify: Callable[..., str]) -> None:
        data = (WARD / name).read_bytes()
        for changed in some_of(self.changes(data), 24):
            (copy / name).write_bytes(changed)
            assert verify(copy) != "ACCEPTED"
        (copy / name).write_bytes(data)
        assert verify(copy) == "ACCEPTED"

    @staticmethod
    def changes(data: bytes) -> Iterator[bytes]:
        for i, byte in enumerate(data):
            for mask in (0x01, 0x20, 0x80):
                yield data[:i] + bytes([byte ^ mask]) + data[i + 1 :]
        yield from (data + b"\n", data + b" ", b"\n" + data, data[:-1], data[1:], b"")

    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_is_refused(self, name: str, copy: Path, verify: Callable[..., str]) -> None:
        (copy / name).unlink()
        assert verify(copy) == "files"

    @pytest.mark.parametrize("python", [BARE, [sys.executable, "-I"]], ids=["bare", "with libraries"])
    def test_endless_nesting_is_refused(self, python: list[str], copy: Path) -> None:
        (copy / "rules.json").write_bytes(b"[" * 100_000 + b"]" * 100_000)
        done = run(python, copy)
        assert (done.returncode, done.stderr) == (1, "")
        assert "REFUSED at step 2 [rules-form]" in done.stdout

    def test_the_standard_library_alone_refuses_all_but_what_only_a_signature_holds(self, copy: Path) -> None:
        """Of the record: when it was drawn, the salt, by whom and when the ward's text was given."""
        driver = """if True:
            import contextlib, io, pathlib, runpy, sys
            main, folder = runpy.run_path(sys.argv[1])["main"], pathlib.Path(sys.argv[2])
            for name in ("rules.json", "pool.txt", "commitment.json", "record.json", "evidence.pem"):
                data = (folder / name).read_bytes()
                for i, byte in enumerate(data):
                    (folder / name).write_bytes(data[:i] + bytes([byte ^ 1]) + data[i + 1:])
                    with contextlib.redirect_stdout(io.StringIO()) as out:
                        status = main([str(folder)])
                    print(name, i, status, out.getvalue().splitlines()[-1].split(";")[0].split(" (")[0])
                (folder / name).write_bytes(data)
        """
        command = [*BARE, "-c", driver, str(SCRIPT), str(copy)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True)
        record = (WARD / "record.json").read_bytes()
        free = [
            re.search(rb'"%s":"(.*?)"' % field, record)
            for field in (b"drawn_at", b"quiz_salt", b"given_by", b"given_at")
        ]
        unprotected = {i for match in free if match for i in range(*match.span(1))}
        seen: dict[str, set[str]] = {}
        for line in done.stdout.splitlines():
            name, i, status, verdict = line.split(" ", 3)
            if status == "0":
                assert (name, int(i) in unprotected) == ("record.json", True)
            else:
                seen.setdefault(name, set()).add(re.sub(r".*\[(.*)\]", r"\1", verdict))
        assert seen == {
            "rules.json": {"rules-form", "commitment-form", "rules-hash"},
            "pool.txt": {"pool-hash"},
            "commitment.json": {
                "commitment-form",
                "rules-hash",
                "freeze-time",
                "pool-hash",
                "counts",
                "commitment-hash",
            },
            "record.json": {"record-form", "commitment-hash", "draw-time", "randomness", "seed", "awards"},
            "evidence.pem": {"evidence-key"},
        }


# What a dishonest operator, who holds the key and signs everything anew, could publish


class TestDishonestOperator:
    def test_an_honest_draw_is_accepted(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        assert verify(tmp_path) == "ACCEPTED"

    def test_so_is_one_postponed_by_a_day(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        later = set_(frozen_at="2026-03-02T09:00:01Z", draw_at="2026-03-03T10:00:00Z")
        given = {**GIVEN, "given_at": "2026-03-03T10:00:00Z"}
        publish(tmp_path, commitment=later, given=given, record=set_(drawn_at="2026-03-03T10:00:00Z"))
        assert verify(tmp_path) == "ACCEPTED"

    @pytest.mark.parametrize(("step", "changes"), LIES)
    def test_is_refused_at(
        self, step: str, changes: dict[str, Any], tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        publish(tmp_path, **changes)
        assert verify(tmp_path) == step

    @pytest.mark.parametrize("name", ["rules.json", "commitment.json", "record.json"])
    def test_each_file_needs_its_own_signature(self, name: str, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        stranger = ec.generate_private_key(ec.SECP256R1())
        write_signed(tmp_path / name, (tmp_path / name).read_bytes(), stranger)
        assert verify(tmp_path) == "signatures"

    def test_a_signature_encoded_another_way_is_refused(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        sig = (tmp_path / "record.json.sig").read_bytes()
        r_length = sig[3]
        padded = bytes([0x30, sig[1] + 1, 0x02, r_length + 1, 0]) + sig[4:]  # a zero more before r
        long_form = b"\x30\x81" + sig[1:]  # the length in two bytes
        for other in (padded, long_form):
            (tmp_path / "record.json.sig").write_bytes(other)
            assert verify(tmp_path) == "signatures"

    def test_a_key_of_another_curve_is_refused(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        public = ec.generate_private_key(ec.SECP384R1()).public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        publish(tmp_path, rules=set_(evidence_key=hash_of(der)))
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / "evidence.pem").write_bytes(pem)
        assert verify(tmp_path) == "evidence-key"

    def test_pem_with_a_comment_is_refused(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        pem = (tmp_path / "evidence.pem").read_bytes()
        (tmp_path / "evidence.pem").write_bytes(b"the key\n" + pem)
        assert verify(tmp_path) == "evidence-key"


class TestTheWardsText:
    @pytest.mark.parametrize(
        "text", ["五つのさいころ 3-1-6-6-2", "が", "さいころ\u30003と1", "é", "−３", "\U0001f3b2", "3" * 200]
    )
    def test_with_one_spelling_is_accepted(self, text: str, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path, given={**GIVEN, "value": text})
        assert verify(tmp_path) == "ACCEPTED"

    def test_says_which_character_it_is_and_which_unicode_is_known(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        publish(tmp_path, given={**GIVEN, "value": "3\u200b-1"})
        assert VERIFY_DRAW.main([str(tmp_path), "--at", NOW]) == 1
        said = capsys.readouterr().out
        assert f"見えない文字、またはUnicode {unicodedata.unidata_version} にない文字があります（U+200B）" in said
        assert "\u200b" not in said

    def test_is_refused_exactly_where_the_draw_refuses_it(self) -> None:
        """Each character of the planes that hold any, alone and between others; the script shares no code with us."""
        ranges = (range(1, 0xD800), range(0xE000, 0x10100), range(0x1D000, 0x1E000), range(0xE0000, 0xE1100))
        texts = [text for points in ranges for at in points for text in (chr(at), f"3{chr(at)}1", f"3 {chr(at)}")]
        differ = [text for text in [*texts, *SECOND_TRIES, "3" * 200] if is_refused(text) == ward_text.is_fit(text)]
        assert differ == []


def is_refused(text: str) -> bool:
    try:
        VERIFY_DRAW.demand_one_spelling(text)
    except VERIFY_DRAW.Refusal:
        return True
    return False


class TestHardware:
    """What Cloud KMS gave is a file, signed before the record was made."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        publish(tmp_path, given=HARDWARE)
        return tmp_path

    def test_with_its_file_everything_is_checked(self, folder: Path, verify: Callable[..., str]) -> None:
        assert verify(folder) == "ACCEPTED"
        assert verify(folder, *mailed(folder), "--require-all") == "ACCEPTED; proven"
        said = run([sys.executable, "-I"], folder, "--at", NOW).stdout
        assert "hsm：2026-03-02T10:00:10Z に引いたもの。" in said

    @pytest.mark.parametrize("asked_at", ["2026-03-02T10:00:00Z", "2026-03-02T10:00:30Z"])
    def test_it_was_asked_for_from_the_draw_on_until_the_record(
        self, asked_at: str, tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        publish(tmp_path, given=HARDWARE, asked=set_(asked_at=asked_at))
        assert verify(tmp_path) == "ACCEPTED"

    def test_without_its_file_it_is_named_and_never_proven(self, folder: Path, verify: Callable[..., str]) -> None:
        for name in ("randomness.json", "randomness.json.sig"):
            (folder / name).unlink()
        last = "consistent, not proven; not checked: [randomness]"
        assert verify(folder, *mailed(folder)) == f"ACCEPTED; {last}"
        assert verify(folder, *mailed(folder), "--require-all") == f"REFUSED; {last}"
        assert "randomness.json がありません" in run(BARE, folder, "--at", NOW).stdout

    def test_without_its_signature_it_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        (folder / "randomness.json.sig").unlink()
        assert verify(folder) == "randomness"

    def test_signed_by_another_key_it_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        data = (folder / "randomness.json").read_bytes()
        write_signed(folder / "randomness.json", data, ec.generate_private_key(ec.SECP256R1()))
        assert verify(folder) == "signatures"

    def test_with_the_signature_of_another_file_it_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        (folder / "randomness.json.sig").write_bytes((folder / "record.json.sig").read_bytes())
        assert verify(folder) == "signatures"

    def test_any_changed_byte_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        for name in ("randomness.json", "randomness.json.sig"):
            data = (folder / name).read_bytes()
            for at in range(len(data)):
                (folder / name).write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
                assert verify(folder) in ("randomness", "signatures")
            (folder / name).write_bytes(data)

    @pytest.mark.parametrize(
        "draw",
        [
            pytest.param({}, id="of the ward"),
            pytest.param({"source": DRAND, "given": drand_value(bls_sign(ROUND))}, id="of drand"),
        ],
    )
    def test_beside_a_draw_that_does_not_use_it_it_is_a_stranger(
        self, draw: dict[str, Any], tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        key = publish(tmp_path, **draw)
        committed = (tmp_path / "commitment.json").read_bytes()
        write_signed(tmp_path / "randomness.json", file_of(HARDWARE, committed), key)
        assert verify(tmp_path) == "strangers"

    def test_a_second_one_beside_it_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        (folder / "randomness-2.json").write_bytes((folder / "randomness.json").read_bytes())
        assert verify(folder) == "strangers"


class TestDrand:
    @pytest.fixture
    def private(self, tmp_path: Path) -> Path:
        """Publish a draw by a chain of one's own, whose owner knew the round when the pool was fixed."""
        publish(tmp_path, source=DRAND, given=drand_value(bls_sign(ROUND)))
        return tmp_path

    def test_a_chain_of_one_s_own_is_named_and_never_ok(self, private: Path, verify: Callable[..., str]) -> None:
        said = run([sys.executable, "-I"], private, "--at", NOW, *mailed(private)).stdout
        for step in ("randomness", "beacon"):
            [line] = [
                line for line in said.splitlines() if f"[{step}]" in line and "手順" not in line and ";" not in line
            ]
            assert "未確認" in line
            assert f"quicknetでない系列（{DRAND['chain']}）：持ち主は、値を前もって知ることができます" in line
        unproven = "consistent, not proven; not checked: [randomness], [beacon]"
        assert verify(private, *mailed(private)) == f"ACCEPTED; {unproven}"
        assert verify(private, *mailed(private), "--require-all") == f"REFUSED; {unproven}"

    def test_who_knows_it_may_own_to_it_and_it_stays_named(self, private: Path, verify: Callable[..., str]) -> None:
        known = ["--private-chain", str(DRAND["chain"])]
        last = "ACCEPTED; proven; with caution: [randomness], [beacon]"
        assert verify(private, *mailed(private), *known, "--require-all") == last
        said = run([sys.executable, "-I"], private, "--at", NOW, *known).stdout
        assert len(re.findall(r"注意 .*quicknetでない系列", said)) == 2

    def test_another_one_than_the_one_that_is_known_is_not(self, private: Path, verify: Callable[..., str]) -> None:
        known = ["--private-chain", "cd" * 32]
        assert verify(private, *mailed(private), *known, "--require-all").startswith("REFUSED; consistent, not proven")

    @pytest.mark.parametrize(
        ("source", "signature"),
        [
            pytest.param(DRAND, bls_sign(ROUND, BLS_SECRET + 1), id="another key's signature"),
            pytest.param(DRAND, bls_sign(ROUND + 1), id="another round's signature"),
            pytest.param(DRAND, "ab" * 48, id="no point of the curve"),
            pytest.param(DRAND, "c0" + "00" * 47, id="the point at infinity"),
            pytest.param(
                {**DRAND, "public_key": "c0" + "00" * 95}, "c0" + "00" * 47, id="infinity for the key too, which fits"
            ),
        ],
    )
    def test_what_the_chain_did_not_sign_is_refused(
        self, source: dict[str, Any], signature: str, tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        publish(tmp_path, source=source, given=drand_value(signature))
        assert verify(tmp_path) == "beacon"


class TestQuiz:
    def test_the_fixed_answers_are_accepted(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        (tmp_path / "answers").write_text(json.dumps(ANSWERS, indent=2), encoding="utf-8")
        assert verify(tmp_path, "--answer-key", str(tmp_path / "answers")) == "ACCEPTED"

    @pytest.mark.parametrize("answers", ['{"Q1":"犬","Q2":"９"}', '{"Q1":1.5}', "not JSON", ""])
    def test_others_are_refused(self, answers: str, tmp_path: Path, verify: Callable[..., str]) -> None:
        publish(tmp_path)
        (tmp_path / "answers").write_text(answers, encoding="utf-8")
        assert verify(tmp_path, "--answer-key", str(tmp_path / "answers")) == "quiz"


class TestForfeits:
    @pytest.fixture
    def key(self, tmp_path: Path) -> ec.EllipticCurvePrivateKey:
        key = publish(tmp_path)
        (tmp_path / "forfeits").mkdir()
        return key

    @pytest.fixture
    def folder(self, tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Path:
        """Publish a forfeit of the winner and of the reserve of prize A."""
        for value in (forfeit(tmp_path), forfeit(tmp_path, kind="reserves", why="lapsed")):
            write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        return tmp_path

    def test_signed_ones_are_accepted_and_counted(self, folder: Path, verify: Callable[..., str]) -> None:
        told = run([sys.executable, "-I"], folder, "--at", NOW).stdout
        assert "18 OK     [forfeits] 失効の記録とその署名：2件（declined 1、lapsed 1）" in told
        assert verify(folder) == "ACCEPTED"

    @pytest.mark.parametrize("why", ["declined", "ineligible", "unreachable", "withdrawn", "lapsed"])
    def test_every_reason_of_the_specification_is_known(
        self, why: str, tmp_path: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        value = forfeit(tmp_path, 1, why=why, at="2026-03-02T10:00:30Z")
        write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert verify(tmp_path) == "ACCEPTED"

    def test_an_empty_folder_is_no_fault(
        self, tmp_path: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        assert verify(tmp_path) == "ACCEPTED"

    def test_without_libraries_their_signatures_are_not_checked_but_all_the_rest(
        self, folder: Path, key: ec.EllipticCurvePrivateKey
    ) -> None:
        assert run(BARE, folder).stdout.splitlines()[-1] == f"{CONSISTENT}; not checked: [signatures], [forfeits]"
        value = forfeit(folder, record_hash="00" * 32)
        write_signed(folder / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert "REFUSED at step 18 [forfeits]" in run(BARE, folder).stdout

    @pytest.mark.parametrize(
        "changes",
        [
            {"spec": "prizedraw/2"},
            {"campaign": "other"},
            {"record_hash": "00" * 32},
            {"prize": "W"},
            {"prize": "X"},
            {"label": "5" * 26},
            {"label": "not a label"},
            {"why": "disliked"},
            {"why": None},
            {"at": "2026-03-02T10:00:29Z"},
            {"at": "2026-06-01T00:00:01Z"},
            {"at": "2099-01-01T00:00:00Z"},
            {"at": "2026-02-30T00:00:00Z"},
            {"at": "2026-03-12T00:00:00+09:00"},
            {"note": ""},
        ],
        ids=str,
    )
    def test_one_that_is_wrong_is_refused_though_it_is_signed(
        self,
        changes: dict[str, Any],
        tmp_path: Path,
        key: ec.EllipticCurvePrivateKey,
        verify: Callable[..., str],
    ) -> None:
        value = forfeit(tmp_path, **changes)
        write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert verify(tmp_path) == "forfeits"

    @pytest.mark.parametrize("field", ["spec", "campaign", "record_hash", "prize", "label", "why", "at"])
    def test_no_field_may_be_missing(
        self, field: str, tmp_path: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        value = forfeit(tmp_path)
        name = f"{value['label']}.json"
        del value[field]
        write_signed(tmp_path / "forfeits" / name, rfc8785.dumps(value), key)
        assert verify(tmp_path) == "forfeits"

    def test_a_second_one_of_the_same_label_under_another_name_is_refused(
        self, folder: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        write_signed(folder / "forfeits" / f"{'5' * 26}.json", rfc8785.dumps(forfeit(folder)), key)
        assert verify(folder) == "forfeits"

    def test_another_key_s_signature_is_refused(self, folder: Path, verify: Callable[..., str]) -> None:
        value = forfeit(folder)
        stranger = ec.generate_private_key(ec.SECP256R1())
        write_signed(folder / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), stranger)
        assert verify(folder) == "forfeits"

    def test_a_reserve_that_lapsed_before_its_turn_tells_that_a_forfeit_is_missing(
        self, tmp_path: Path, key: ec.EllipticCurvePrivateKey, capsys: pytest.CaptureFixture[str]
    ) -> None:
        value = forfeit(tmp_path, kind="reserves", why="lapsed")
        write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert VERIFY_DRAW.main([str(tmp_path), "--at", NOW]) == 1
        said = capsys.readouterr().out
        assert "REFUSED at step 18 [forfeits]" in said
        assert f"先に空いた賞 A の失効が欠けています（{value['label']}）" in said

    def test_one_that_let_it_move_up_only_later_does_not_make_up_for_it(
        self, tmp_path: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        for value in (
            forfeit(tmp_path, kind="reserves", why="lapsed"),
            forfeit(tmp_path, at="2026-03-12T00:00:01Z"),
        ):
            write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert verify(tmp_path) == "forfeits"

    @pytest.mark.parametrize(("winner", "reserve"), [("0" * 26, "z" * 26), ("z" * 26, "0" * 26)])
    def test_those_of_one_second_come_in_the_record_s_order(self, winner: str, reserve: str) -> None:
        """Whatever their labels are: the winner's comes first, so that the reserve had a place to lose."""
        award = {"prize": "A", "winners": [winner], "reserves": [reserve]}
        at = "2026-03-12T00:00:00Z"
        together = [{"prize": "A", "label": label, "why": "lapsed", "at": at} for label in (winner, reserve)]
        assert VERIFY_DRAW.fault_of(award, together, None) == ""

    @pytest.mark.parametrize("why", ["withdrawn", "declined", "ineligible", "unreachable"])
    def test_a_reserve_that_is_passed_over_for_another_reason_tells_nothing(
        self, why: str, tmp_path: Path, key: ec.EllipticCurvePrivateKey, verify: Callable[..., str]
    ) -> None:
        value = forfeit(tmp_path, kind="reserves", why=why)
        write_signed(tmp_path / "forfeits" / f"{value['label']}.json", rfc8785.dumps(value), key)
        assert verify(tmp_path) == "ACCEPTED"

    @pytest.mark.parametrize("make", [lambda path: path.write_bytes(b""), lambda path: path.symlink_to("/nowhere")])
    def test_a_file_that_is_called_forfeits_is_refused(
        self, make: Callable[[Path], object], copy: Path, verify: Callable[..., str]
    ) -> None:
        make(copy / "forfeits")
        assert verify(copy) == "forfeits"

    def test_a_name_that_a_terminal_would_obey_is_not_printed(self, folder: Path) -> None:
        (folder / "forfeits" / "\x1b[2Jx").write_bytes(b"")
        told = run(BARE, folder, "--at", NOW).stdout
        assert "REFUSED at step 18" in told
        assert "\x1b" not in told

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda folder, file: folder.joinpath(file + ".sig").unlink(), id="unsigned"),
            pytest.param(
                lambda folder, file: (
                    folder.joinpath(file).unlink(),
                    folder.joinpath(file).mkdir(),
                ),
                id="a folder of its name",
            ),
            pytest.param(lambda folder, file: folder.joinpath("deep").mkdir(), id="a folder that does not belong"),
            pytest.param(lambda folder, file: folder.joinpath(file).unlink(), id="removed"),
            pytest.param(
                lambda folder, file: folder.joinpath(file).write_bytes(
                    folder.joinpath(file).read_bytes().replace(b"declined", b"lapsed")
                ),
                id="changed",
            ),
            pytest.param(
                lambda folder, file: folder.joinpath(file).write_bytes(
                    folder.joinpath(file).read_bytes().replace(b":", b": ")
                ),
                id="not canonical",
            ),
            pytest.param(lambda folder, file: folder.joinpath(file).write_bytes(b"[]"), id="no object"),
            pytest.param(
                lambda folder, file: folder.joinpath("note.txt").write_bytes(b""), id="a file that does not belong"
            ),
        ],
    )
    def test_others_are_refused(
        self, spoil: Callable[[Path, str], object], folder: Path, verify: Callable[..., str]
    ) -> None:
        spoil(folder / "forfeits", forfeit(folder)["label"] + ".json")
        assert verify(folder) == "forfeits"


class TestReturns:
    @pytest.fixture
    def key(self, tmp_path: Path) -> ec.EllipticCurvePrivateKey:
        key = publish(tmp_path)
        (tmp_path / "forfeits").mkdir()
        return key

    @pytest.fixture
    def put(self, tmp_path: Path, key: ec.EllipticCurvePrivateKey) -> Callable[..., Path]:
        """Publish forfeits and returns, each named as it should be."""

        def put(*values: dict[str, Any]) -> Path:
            for value in values:
                end = ".restored.json" if "forfeit_hash" in value else ".json"
                path = tmp_path / "forfeits" / f"{value['label']}{end}"
                write_signed(path, rfc8785.dumps(value), key)
            return tmp_path

        return put

    @pytest.fixture
    def both(self, tmp_path: Path, put: Callable[..., Path]) -> dict[str, Any]:
        """Let the winner of A lapse, and then its only reserve, who had moved up; return the winner's forfeit."""
        value = lapse(tmp_path)
        put(value, lapse(tmp_path, kind="reserves", at="2026-03-18T15:00:00Z"))
        return value

    def test_of_a_place_that_nobody_has_is_accepted_and_counted(
        self, both: dict[str, Any], put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        folder = put(return_(both))
        told = run([sys.executable, "-I"], folder, "--at", NOW).stdout
        assert "18 OK     [forfeits] 失効の記録とその署名：2件（lapsed 2）、戻した当選 1件" in told
        assert verify(folder) == "ACCEPTED"

    def test_of_a_place_that_lapsed_when_nobody_moved_up_any_more_is_accepted(
        self, tmp_path: Path, put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        value = lapse(tmp_path)
        assert verify(put(value, return_(value))) == "ACCEPTED"

    @pytest.mark.parametrize(
        "changes",
        [
            {"spec": "prizedraw/2"},
            {"campaign": "other"},
            {"record_hash": "00" * 32},
            {"forfeit_hash": "00" * 32},
            {"prize": "W"},
            {"label": "5" * 26},
            {"label": "not a label"},
            {"at": "2026-03-11T23:59:59Z"},
            {"at": "2026-03-12T00:00:00Z"},
            {"at": "2026-03-18T15:00:00+09:00"},
            {"at": "2026-06-01T00:00:01Z"},
            {"why": "lapsed"},
            {"note": ""},
        ],
        ids=str,
    )
    def test_one_that_is_wrong_is_refused_though_it_is_signed(
        self, changes: dict[str, Any], both: dict[str, Any], put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        assert verify(put(return_(both, **changes))) == "forfeits"

    @pytest.mark.parametrize("field", ["spec", "campaign", "record_hash", "forfeit_hash", "prize", "at"])
    def test_no_field_may_be_missing(
        self,
        field: str,
        both: dict[str, Any],
        tmp_path: Path,
        key: ec.EllipticCurvePrivateKey,
        verify: Callable[..., str],
    ) -> None:
        value = return_(both)
        del value[field]
        write_signed(tmp_path / "forfeits" / f"{value['label']}.restored.json", rfc8785.dumps(value), key)
        assert verify(tmp_path) == "forfeits"

    @pytest.mark.parametrize("why", ["declined", "ineligible", "unreachable", "withdrawn"])
    def test_only_a_lapse_is_taken_back(
        self, why: str, tmp_path: Path, put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        value = forfeit(tmp_path, why=why)
        moved_up = lapse(tmp_path, kind="reserves", at="2026-03-18T15:00:00Z")
        assert verify(put(value, moved_up, return_(value))) == "forfeits"

    def test_one_without_its_forfeit_is_refused(
        self, both: dict[str, Any], put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        folder = put(return_(both))
        for end in (".json", ".json.sig"):
            (folder / "forfeits" / f"{both['label']}{end}").unlink()
        assert verify(folder) == "forfeits"

    def test_of_a_place_that_a_reserve_has_is_refused(
        self, both: dict[str, Any], put: Callable[..., Path], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """That the reserve lapsed later tells that it had moved up before."""
        folder = put(return_(both, at="2026-03-13T00:00:00Z"))
        assert VERIFY_DRAW.main([str(folder), "--at", NOW]) == 1
        assert f"戻された当選の賞 A は、その時、ほかの方のものです（{both['label']}）" in capsys.readouterr().out

    def test_the_last_date_for_claims_is_the_same_for_all_prizes(
        self, tmp_path: Path, put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        """The reserve of W moved up on the 12th, so that the reserve of A did so too."""
        value = lapse(tmp_path)
        folder = put(value, return_(value, at="2026-03-13T00:00:00Z"), lapse(tmp_path, 1))
        assert verify(folder) == "ACCEPTED"
        put(lapse(tmp_path, 1, "reserves", at="2026-03-18T15:00:00Z"))
        assert verify(folder) == "forfeits"

    @pytest.mark.parametrize(("until", "accepted"), [("2026-03-12T00:00:00Z", True), ("2026-03-12T00:00:01Z", False)])
    def test_where_the_rules_say_the_last_date_it_decides(
        self, until: str, accepted: bool, tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        """A lapse at that moment lets nobody move up, so that its place can be given back; a second before, one did."""
        key = publish(tmp_path, rules=set_(claims_until=until))
        (tmp_path / "forfeits").mkdir()
        value = lapse(tmp_path)
        for one, end in ((value, ""), (return_(value), ".restored")):
            write_signed(tmp_path / "forfeits" / f"{value['label']}{end}.json", rfc8785.dumps(one), key)
        assert verify(tmp_path) == ("ACCEPTED" if accepted else "forfeits")

    def test_two_for_one_place_are_refused(
        self, tmp_path: Path, both: dict[str, Any], put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        other = lapse(tmp_path, kind="reserves", at="2026-03-18T15:00:00Z")
        assert verify(put(return_(both), return_(other))) == "forfeits"

    def test_of_a_place_of_another_prize_is_refused(
        self, tmp_path: Path, put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        free = lapse(tmp_path, 1), lapse(tmp_path, 1, "reserves", at="2026-03-18T15:00:00Z")
        of = free[0]
        label = place(tmp_path, 0, "winners")[1]
        assert verify(put(*free, return_(of, label=label))) == "forfeits"

    def test_another_key_s_signature_is_refused(
        self, both: dict[str, Any], put: Callable[..., Path], verify: Callable[..., str]
    ) -> None:
        folder = put(return_(both))
        name = folder / "forfeits" / f"{both['label']}.restored.json"
        write_signed(name, name.read_bytes(), ec.generate_private_key(ec.SECP256R1()))
        assert verify(folder) == "forfeits"

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda file: file.with_name(file.name + ".sig").unlink(), id="unsigned"),
            pytest.param(lambda file: file.unlink(), id="removed, its signature left"),
            pytest.param(lambda file: file.write_bytes(file.read_bytes().replace(b":", b": ")), id="not canonical"),
            pytest.param(lambda file: file.write_bytes(b"[]"), id="no object"),
            pytest.param(lambda file: file.rename(file.with_name("again.restored.json")), id="another name"),
            pytest.param(
                lambda file: file.write_bytes(file.with_name(file.name.replace(".restored", "")).read_bytes()),
                id="a forfeit",
            ),
        ],
    )
    def test_others_are_refused(
        self,
        spoil: Callable[[Path], object],
        both: dict[str, Any],
        put: Callable[..., Path],
        verify: Callable[..., str],
    ) -> None:
        folder = put(return_(both))
        spoil(folder / "forfeits" / f"{both['label']}.restored.json")
        assert verify(folder) == "forfeits"


# What somebody could do to a folder that was right


@pytest.mark.parametrize(("step", "spoil"), SPOILT)
def test_a_folder_that_was_spoilt_is_refused_at(
    step: str, spoil: Callable[[Path], object], copy: Path, verify: Callable[..., str]
) -> None:
    spoil(copy)
    assert verify(copy) == step


def test_at_least_forty_lies_are_told_apart() -> None:
    assert len(LIES) + len(SPOILT) >= 80
    assert {step for step, _ in [*LIES, *SPOILT]} >= {name for name, *_ in VERIFY_DRAW.CHECKS} - {
        "quiz",
        "beacon",
        "anchor",
    }, "each step refuses something; these have tests of their own"


class TestStrangers:
    @pytest.mark.parametrize("name", ["note.txt", "answer-key", ".DS_Store", "verify.html", "record.json.bak"])
    def test_are_named_and_keep_proven_back(self, name: str, copy: Path, verify: Callable[..., str]) -> None:
        (copy / name).write_bytes(b"{}")
        assert f"仕様にないもの：{name}。" in run(BARE, copy, "--at", NOW).stdout
        last = "consistent, not proven; not checked: [strangers]"
        assert verify(copy, *mailed(copy)) == f"ACCEPTED; {last}"
        assert verify(copy, *mailed(copy), "--require-all") == f"REFUSED; {last}"

    def test_a_folder_is_one_too(self, copy: Path, verify: Callable[..., str]) -> None:
        (copy / "more").mkdir()
        assert verify(copy).endswith("not checked: [strangers]")

    def test_what_a_terminal_would_obey_or_hide_is_not_printed(self, copy: Path) -> None:
        (copy / "a\x1b[1A\u202eb.txt").write_bytes(b"")
        told = run(BARE, copy, "--at", NOW).stdout
        assert "a〓[1A〓b.txt" in told
        assert "\x1b" not in told

    def test_of_many_the_first_are_named(self, copy: Path) -> None:
        for number in range(9):
            (copy / f"{number}.txt").write_bytes(b"")
        assert "0.txt、1.txt、2.txt、3.txt、4.txtほか。" in run(BARE, copy, "--at", NOW).stdout


class TestAnchor:
    """A folder that was held against nothing is consistent; only the ward's mails make it proven."""

    def test_a_forged_folder_is_consistent_and_never_proven(self, tmp_path: Path, verify: Callable[..., str]) -> None:
        """Own key, own rules, own pool and record: it verified with all that could be required."""
        publish(tmp_path, given=HARDWARE)
        assert verify(tmp_path) == "ACCEPTED"
        assert verify(tmp_path, "--require-all") == CONSISTENT.replace("ACCEPTED", "NOT PROVEN")

    def test_held_against_the_mails_of_the_real_draw_it_is_refused(
        self, tmp_path: Path, verify: Callable[..., str]
    ) -> None:
        publish(tmp_path, given=HARDWARE)
        real = mailed(WARD)
        for at in range(0, len(real), 2):
            assert verify(tmp_path, *real[at : at + 2]) == "anchor"

    def test_the_hashes_are_printed_to_be_held_against_the_mails(self) -> None:
        told = run(BARE, WARD).stdout
        for value in [*mailed(WARD)[1::2], hash_of((WARD / "record.json").read_bytes())]:
            assert value in told
        assert "（一致）" not in told
        assert run(BARE, WARD, *mailed(WARD)).stdout.count("（一致）") == 3

    def test_may_be_copied_with_blanks_and_in_capitals(self, verify: Callable[..., str]) -> None:
        spread = [word if word.startswith("--") else " ".join(re.findall("..", word.upper())) for word in mailed(WARD)]
        assert verify(WARD, *spread, "--require-all") == "ACCEPTED; proven"

    @pytest.mark.parametrize("left_out", ["--rules-hash", "--commitment-hash"])
    def test_of_rules_and_commitment_both_are_needed(self, left_out: str, verify: Callable[..., str]) -> None:
        """Several commitments can be signed, and rules be made after opening: each mail tells of one of them."""
        given = mailed(WARD)
        at = given.index(left_out)
        last = verify(WARD, *given[:at], *given[at + 2 :])
        assert last == f"ACCEPTED; consistent, not proven (held against no {left_out})"

    def test_the_key_alone_proves_no_draw(self, verify: Callable[..., str]) -> None:
        given = mailed(WARD)
        at = given.index("--evidence-key")
        assert verify(WARD, *given[at : at + 2]) == "ACCEPTED"

    def test_the_exit_status_says_why_what_is_required_was_not_given(self) -> None:
        python = [sys.executable, "-I"]
        assert run(python, WARD).returncode == 0
        assert run(python, WARD, "--require-all").returncode == 3
        assert run(python, WARD, "--require-all", *mailed(WARD)).returncode == 0
        assert run(python, WARD, "--require-all", "--rules-hash", "0" * 64).returncode == 1


def test_nothing_is_drawn_later_than_one_asks(tmp_path: Path, verify: Callable[..., str]) -> None:
    publish(tmp_path)
    assert verify(tmp_path, "--at", "2026-03-02T10:00:30Z") == "ACCEPTED"
    assert verify(tmp_path, "--at", "2026-03-02T10:00:29Z") == "draw-time"
