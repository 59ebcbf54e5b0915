"""`scripts/check_campaign FILE` says in Japanese what is wrong with a campaign file, or what it says."""

import contextlib
import io
import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

import check_campaign
from support.quick import in_turn

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts/check_campaign.py"
FILE = ROOT / "infra/terraform/campaigns/shinjuku-rally-2026.yaml"

Done = subprocess.CompletedProcess[str]


def started(*arguments: str | Path, cwd: Path = ROOT) -> Done:
    """Run the script as its wrapper does, in the environment that runs the tests."""
    command = [sys.executable, SCRIPT, *arguments]
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "shared"), "PYTHONUTF8": "1"}
    return subprocess.run(command, cwd=cwd, env=environ, capture_output=True, encoding="utf-8", check=False)


def run(*arguments: str | Path) -> Done:
    """Run it in this process."""
    given, out, errors = list(map(str, arguments)), io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
        status = check_campaign.main(given)
    return Done(given, status, out.getvalue(), errors.getvalue())


@cache
def said_of_the_example() -> str:
    return run(FILE).stdout


def test_a_good_file_is_summed_up_on_one_screen() -> None:
    done = started(FILE)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) <= 40
    assert (
        lines[0] == "誤りはありません：新宿区立博物館・記念館スタンプラリー2026 抽選プレゼント（shinjuku-rally-2026）"
    )
    for said in (
        "2026年2月3日（火）から2026年3月31日（火）まで",
        "2月3日（火）10:00から3月1日（日）23:59まで（見込み 500名）",
        "3月2日（月）13:00、公開の乱数 drand",
        "3月11日（水）23:59まで、繰り上げは3月18日（水）23:59まで",
        "2026年3月25日（水）まで",
        "2026年3月27日（金）",
        "1. [A] A賞 全問正解 描きおろし複製原画：当選5名、補欠5名（クイズ5問以上正解）",
        "（クイズ3問以上正解、「希望する賞品」がピンバッジかどちらでもよい）",
        "こころ／こゝろ／ココロ／心",
        "株式会社第一通信社",
        "早ければ2026年4月13日（月）（返信がメールボックスに残っていれば2026年4月21日（火））",
        "取扱期間の後です。消去と鍵の破棄は期間内に終え、Googleが復元できる期間が過ぎるのを待ちます",
        "手書きの欄になる項目：契約番号、所在地、代表者、取扱責任者の氏名",
    ):
        assert said in done.stdout


def test_what_the_ward_will_see_is_foretold() -> None:
    """By invented entrants, for the number that is expected: each crossing with the share of people in shown cells."""
    said = said_of_the_example()
    shares = [int(share) for share in re.findall(r"(\d+)%", said)]
    assert len(shares) == 1 + 2 * 4
    assert shares[0] >= 80
    assert "お住まいの地域と年代：" in said
    assert "アンケート（年代別）：希望する賞品 " in said


@in_turn("groups that are advised")
def test_coarser_groups_are_advised_where_little_will_be_seen(tmp_path: Path) -> None:
    tree = yaml.safe_load(FILE.read_text(encoding="utf-8")) | {"expected_entrants": 40}
    path = tmp_path / "few.yaml"
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    said = run(path).stdout
    assert (
        "年代と居住地域の組（groups）の数を減らすか、人数の少ない選択肢を同じ組にすると、見える人が増えます。" in said
    )
    for name in ("age_group", "area"):
        tree["questions"][name].pop("groups")
    path.write_text(json.dumps(tree, ensure_ascii=False), encoding="utf-8")
    assert "年代と居住地域の組（groups）を書くと、見える人が増えます。" in run(path).stdout


def test_what_the_report_of_the_erasure_needs_may_be_given(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    text = text.replace("contract:\n", 'contract:\n  number: "7新文観契第123号"\n').replace(
        "contractor:\n",
        'contractor:\n  address: "東京都"\n  representative: "代表取締役 見本 一郎"\n  officer: "見本 花子"\n',
    )
    path = tmp_path / "whole.yaml"
    path.write_text(text + 'subcontractors:\n  - name: "運送会社"\n    does: "賞品の配送"\n', encoding="utf-8")
    done = run(path)
    assert done.returncode == 0, done.stdout
    assert "手書きの欄" not in done.stdout


def test_a_period_that_ends_after_the_windows_is_not_pointed_at(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(
        FILE.read_text(encoding="utf-8").replace('ends: "2026-03-31"', 'ends: "2026-04-30"'), encoding="utf-8"
    )
    said = run(path).stdout
    assert "早ければ2026年4月13日（月）" in said
    assert "取扱期間の後です" not in said


def test_examples_left_standing_are_pointed_out(tmp_path: Path) -> None:
    assert said_of_the_example().count("注意：") == 7
    text = FILE.read_text(encoding="utf-8")
    for example, real in (
        ("example.jp", "rally.city.shinjuku.lg.jp"),
        ("1ExampleFormId", "1xxxxxxxxxxxxx"),
        ("form/example/", "form/abc/"),
        ("03-0000-", "03-1234-"),
        ('source: "question"\n    title: "メールアドレス"', 'source: "respondent"'),
        ("receipts: false", "receipts: true"),
    ):
        text = text.replace(example, real)
    path = tmp_path / "real.yaml"
    path.write_text(text, encoding="utf-8")
    assert "注意：" not in run(path).stdout


def test_a_drand_chain_of_one_s_own_is_not_called_public(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    path = tmp_path / "private.yaml"
    chain = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"
    path.write_text(text.replace(chain, "ab" * 32), encoding="utf-8")
    said = run(path).stdout
    assert "公開の乱数 drand" not in said
    assert "公開でない drand の系列（持ち主は、値を前もって知ることができます）" in said
    assert "注意：乱数の drand が、仕様で定めた系列（quicknet）ではありません。" in said


def test_what_a_typed_address_allows_is_said_and_receipts_are_recommended(tmp_path: Path) -> None:
    said = said_of_the_example()
    assert "他人のアドレスで先に（わざと誤答で）応募されると、本人の応募は重複となり" in said
    assert "receipts: true をお勧めします。" in said
    path = tmp_path / "many.yaml"
    text = FILE.read_text(encoding="utf-8").replace("expected_entrants: 500", "expected_entrants: 100000")
    path.write_text(text.replace("per_day: 500", "per_day: 100"), encoding="utf-8")
    assert "見込みの応募者全員には送れません" in run(path).stdout


def test_the_posts_that_may_give_the_ward_s_number_are_shown(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8")
    start = text.index("randomness:\n")
    posts = 'randomness:\n  kind: "ward"\n  given_by:\n    - "文化観光課長"\n    - "文化資源係長"\n'
    path = tmp_path / "ward.yaml"
    path.write_text(text[:start] + posts + text[text.index("\n#", start) :], encoding="utf-8")
    assert "文化観光課長、文化資源係長" in run(path).stdout
    path.write_text(path.read_text(encoding="utf-8").replace(posts, 'randomness:\n  kind: "ward"\n'), encoding="utf-8")
    done = run(path)
    assert done.returncode == 1
    assert "randomness（乱数）：区の数（ward）では、数を知らせてくる区の職の一覧（given_by）が要ります。" in done.stdout


def test_faults_are_listed_with_their_lines(tmp_path: Path) -> None:
    text = FILE.read_text(encoding="utf-8").replace("quantity: 20", "quantity: 0").replace('"drand"', '"dice"')
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    line = text[: text.index("quantity: 0")].count("\n") + 1
    done = started("bad.yaml", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (1, "")
    heading, first, second = done.stdout.splitlines()
    assert heading == "2件の誤りがあります。"
    assert first == f"{line}行目 prizes[1].quantity（賞品2番目・当選者数）：1以上にしてください。"
    assert second.endswith('randomness.kind（乱数・種類）："drand", "ward", "hsm" のどれかを書いてください。')


@pytest.mark.parametrize("data", [b"\x82\xa0: 1", b"\xff\xfe", b"a: [", b""], ids=["cp932", "utf-16", "yaml", "empty"])
def test_an_unreadable_file_is_a_fault_and_no_traceback(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bad.yaml"
    path.write_bytes(data)
    done = run(path)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("1件の誤りがあります。\n1行目 ")


@pytest.mark.parametrize("arguments", [[], ["a", "b"]], ids=["none", "two"])
def test_one_file_is_wanted(arguments: list[str]) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("使い方：")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        done = run(path)
        assert (done.returncode, done.stdout) == (2, "")
        assert "ファイルを開けません" in done.stderr
