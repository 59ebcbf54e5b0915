"""What operators press with, as they do: one file, a gcloud on the path, real functions behind it, answers typed in."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask, Response, request

from prizedraw.fulfilment.holder_number import number_of
from prizedraw.lottery.files import DrawRecord
from prizedraw.records.mail import MailRow
from prizedraw.rehearsal.hosting import OPERATOR, ROOT, SECOND_OPERATOR, token
from support.local_campaign import Staged, staged
from support.quick import in_turn
from support.serving import served

GCLOUD = """#!/usr/bin/env python3
import json, os, sys
told = json.loads(os.environ["FAKE_GCLOUD"])
asked = " ".join(sys.argv[1:])
with open(os.environ["GCLOUD_ASKED"], "a") as file:
    file.write(asked + "\\n")
for begins, (code, out, err) in told.items():
    if asked.startswith(begins):
        print(out)
        print(err, file=sys.stderr)
        sys.exit(code)
sys.exit("gcloud was asked: " + asked)
"""


class Laptop:
    """A machine with press on it, in a folder of its own, and a gcloud that says what it is told to say."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told: dict[str, tuple[int, str, str]] = {}
        (folder / "bin").mkdir()
        (folder / "bin" / "gcloud").write_text(GCLOUD, encoding="utf-8")
        (folder / "bin" / "gcloud").chmod(0o755)
        (folder / "press").write_bytes((ROOT / "scripts" / "press.py").read_bytes())
        self.asked = folder / "asked"

    def signed_in(self, where: str, principal: str = OPERATOR) -> None:
        """Let gcloud know a project, its functions, and who is signed in."""
        self.told = {"config get-value project": (0, "rehearsal", ""), "auth print": (0, token(principal), "")}
        for step in ("status", "notify", "forfeit", "ship", "erase", "freeze"):
            self.told[f"functions describe {step} "] = (0, f"{where}/{step}/", "")

    def press(self, *given: str, says: str = "", path: str | None = None) -> "subprocess.CompletedProcess[str]":
        """Press, and type *says*, a line an answer."""
        environ = {
            "PATH": path if path is not None else f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "FAKE_GCLOUD": json.dumps(self.told),
            "GCLOUD_ASKED": str(self.asked),
            "PYTHONUTF8": "1",
            "NO_PROXY": "*",
        }
        return subprocess.run(
            [sys.executable, "-I", "-S", "press", *given],
            cwd=self.folder,
            env=environ,
            input=says,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )

    def reads(self, *given: str, says: str = "") -> str:
        """Press, and return what is read on the screen."""
        done = self.press(*given, says=says)
        assert done.returncode == 0, done.stdout + done.stderr
        assert not re.search(r'\{"|": ', done.stdout), "JSON is shown"
        return done.stdout


@pytest.fixture
def laptop(tmp_path: Path) -> Laptop:
    (tmp_path / "laptop").mkdir()
    return Laptop(tmp_path / "laptop")


def winner(world: Staged) -> tuple[str, str]:
    """Return label and number of the first who has won."""
    published = world.google.storage.objects(world.stage.settings.published_bucket)
    record = DrawRecord.from_bytes(published["record.json"].data)
    label = next(label for award in record.awards for label in award.winners)
    return label, number_of(label)


def mails(world: Staged, label: str) -> list[str]:
    return sorted(row.id for row in world.stage.open("state").scan(MailRow) if row.label == label)


@in_turn("an operator's day")
def test_an_operator_s_day_from_the_first_look_to_the_last(laptop: Laptop, tmp_path: Path) -> None:
    with staged(tmp_path, applicants=20) as world:
        world.play.run()
        assert world.stage.functions._server is not None
        where = f"http://127.0.0.1:{world.stage.functions._server.port}"
        laptop.signed_in(where)
        label, number = winner(world)

        looks_and_leaves(laptop)
        has_a_mail_sent_again(laptop, world, label, number)
        lists_the_holders_and_saves_the_page(laptop, number)
        changes_nothing_by_no(laptop, world, number)
        lets_somebody_go(laptop, number)
        practises(laptop, world, number)
        needs_another_for_what_needs_two(laptop, where)
    assert "functions describe status --region asia-northeast1 --project rehearsal" in laptop.asked.read_text()


def looks_and_leaves(laptop: Laptop) -> None:
    shown = laptop.reads(says="0\n")
    assert "プロジェクト rehearsal で押します。" in shown
    assert "── status（現在の状況）──\n結果：現在の状況です" in shown
    assert "\n次にすること\n  1. " in shown
    numbers = [line for line in shown.split("件数\n")[1].split("\n\n")[0].splitlines() if line.startswith("  ")]
    assert len({len(re.sub(r"[^\x00-\x7f]", "xx", line)) for line in numbers}) == 1, "the counts are not in columns"
    assert "状況を詳しく見る、掲載・提出を記録する\n  0. 終わる" in shown


def has_a_mail_sent_again(laptop: Laptop, world: Staged, label: str, number: str) -> None:
    typed = number.lower().replace("-", " ")
    shown = laptop.reads("notify", says=f"2\n{typed}\n1\nｈａｉ\n0\n")
    assert f"・管理番号 {number} の方への「当選のお知らせ」を、もう一度送ります。" in shown
    assert "実行しますか [はい／いいえ]" in shown
    assert "結果：実行しました" in shown
    assert mails(world, label) == [f"winner-{label}", f"winner-{label}-2"]


def lists_the_holders_and_saves_the_page(laptop: Laptop, number: str) -> None:
    shown = laptop.reads("status", says=f"2\n3\n{number}\n4\n0\n")
    assert f"・管理番号 {number}　" in shown
    assert "・当選のお知らせ（再送）：送信済み" in shown
    [path] = laptop.folder.glob("status-*.html")
    assert f"保存しました：{path.name}" in shown
    assert path.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert path.stat().st_mode & 0o077 == 0


def changes_nothing_by_no(laptop: Laptop, world: Staged, number: str) -> None:
    before = world.google.storage.objects(world.stage.settings.published_bucket).keys()
    shown = laptop.reads("forfeit", says=f"2\n{number}\n1\nたぶん\nいいえ\n0\n")
    assert "「はい」か「いいえ」と入れてください。" in shown
    assert "実行しませんでした。何も変わっていません。" in shown
    assert world.google.storage.objects(world.stage.settings.published_bucket).keys() == before


def lets_somebody_go(laptop: Laptop, number: str) -> None:
    misheard = number[:-1] + ("2" if number[-1] != "2" else "3")
    shown = laptop.reads("forfeit", says=f"2\n{misheard}\n1\n2\n{number}\n1\nはい\n0\n")
    assert "結果：実行しませんでした（E-759）" in shown
    assert f"・失効：管理番号 {number}" in shown
    assert "辞退" in shown
    assert shown.count("結果：実行しました") == 1


def practises(laptop: Laptop, world: Staged, number: str) -> None:
    """Press on a practice world, which asks for no token and no gcloud, at the address that was given."""
    app = Flask(__name__)

    @app.post("/functions/<step>")
    def pressed(step: str) -> Response:
        assert "Authorization" not in request.headers
        answered = world.stage.functions.press(step, request.get_json())
        return Response(answered.text, answered.status, content_type="application/json; charset=utf-8")

    before = laptop.asked.read_text()
    with served(app) as address:
        shown = laptop.reads("status", "--practice", address, says=f"3\n{number}\n0\n")
    assert "練習の世界で押します。" in shown
    assert "失効しています（辞退" in shown
    assert laptop.asked.read_text() == before


def needs_another_for_what_needs_two(laptop: Laptop, where: str) -> None:
    asks = "8\n区が企画の中止を決めたため\n"
    shown = laptop.reads("erase", says=f"{asks}0\n")
    assert "この操作には担当者が二人要ります。別の担当者に" in shown
    found = re.search(r"press erase --code ([0-9A-Z]{4}-[0-9A-Z]{4})", shown)
    assert found is not None
    assert "実行しますか" not in shown, "neither of what is due nor of what another must let happen"
    shown = laptop.reads("erase", "--code", found[1], says=f"{asks}はい\n0\n")
    assert "（E-142）" in shown
    laptop.signed_in(where, SECOND_OPERATOR)
    shown = laptop.reads("erase", "--code", found[1], says=f"{asks}はい\n0\n")
    assert "E-14" not in shown


GONE = 'フォームから消えた応募が2件あります。有効のまま進めるには {"accept_gone": 2} を付けて実行してください。'
DOUBTS = '考えにくい点が1件あります。そのまま進めるなら {"accept_doubts": 1} を付けて実行してください。'


@pytest.mark.parametrize(
    ("says", "sent", "ends"),
    [
        (
            "はい\nはい\nはい\n",
            [{}, {"accept_gone": 2}, {"accept_gone": 2, "accept_doubts": 1}],
            "結果：実行しました\n",
        ),
        ("はい\nいいえ\n", [{}, {"accept_gone": 2}], "何も変わっていません。\n"),
        ("いいえ\n", [{}], "何も変わっていません。\n"),
    ],
)
def test_what_a_freeze_asks_back_is_asked_in_words_and_carried(
    says: str, sent: list[dict[str, int]], ends: str, laptop: Laptop
) -> None:
    app, bodies = Flask(__name__), []

    @app.post("/freeze/")
    def frozen() -> dict[str, str | list[str]]:
        body = request.get_json()
        if "confirm" in body:
            return {"result": "実行しました"}
        bodies.append(body)
        for key, why in (("accept_gone", GONE), ("accept_doubts", DOUBTS)):
            if key not in body:
                return {"result": "実行しませんでした", "summary": [why]}
        return {
            "result": "確認待ちです",
            "confirm": "A3TC-Y95Z",
            "next": '本文を {"confirm": "A3TC-Y95Z"} にして実行してください。',
        }

    with served(app) as where:
        laptop.signed_in(where)
        shown = laptop.reads("freeze", says=says)
    assert bodies == sent
    assert "フォームから消えた応募2件について区と相談し、有効のまま進めると決まりましたか [はい／いいえ]" in shown
    assert shown.endswith(ends)


def test_recording_a_parcel_asks_for_no_new_list(laptop: Laptop) -> None:
    """`{}` offers to make a list anew, which ends the one before: who says what was sent is not asked for it."""
    app, bodies = Flask(__name__), []

    @app.post("/ship/")
    def shipping() -> dict[str, str]:
        bodies.append(request.get_json())
        return {"result": "確認待ちです", "confirm": "A3TC-Y95Z"} if len(bodies) < 3 else {"result": "実行しました"}

    with served(app) as where:
        laptop.signed_in(where)
        shown = laptop.reads("ship", says="2\nはい\n0\n")
    assert bodies == [{}, {"shipped": "all"}, {"shipped": "all", "confirm": "A3TC-Y95Z"}]
    assert shown.count("実行しますか") == 1
    assert "  1. いま表示された内容を実行する\n" in shown
    assert shown.rindex("  1. いまの状況を見る\n") > shown.index("結果：実行しました"), "the numbers stay"


SIGNED_OUT = (1, "", "ERROR: (gcloud.auth.print-identity-token) You do not currently have an active account selected.")
NO_RIGHT = (
    1,
    "",
    "ERROR: (gcloud.functions.describe) ResponseError: status=[403], code=[Ok], message=[PERMISSION_DENIED]",
)
NO_FUNCTION = (1, "", "ERROR: (gcloud.functions.describe) ResponseError: status=[404], code=[Ok], message=[NOT_FOUND]")
NO_NETWORK = (1, "", "ERROR: gcloud crashed (TransportError): Failed to resolve 'oauth2.googleapis.com'")


@pytest.mark.parametrize(
    ("begins", "told", "says"),
    [
        ("config get-value project", (0, "", "(unset)"), "gcloud config set project"),
        ("auth print", SIGNED_OUT, "gcloud auth login"),
        ("functions describe", NO_RIGHT, "（403）。取扱者の一覧"),
        ("functions describe", NO_FUNCTION, "機能が見つかりません（404）"),
        ("functions describe", NO_NETWORK, "ネットワークを確かめて"),
        ("functions describe", (1, "", "ERROR: something new"), "構築担当に、次の表示を見せてください。"),
    ],
)
def test_what_gcloud_cannot_do_is_said_with_what_to_do(
    begins: str, told: tuple[int, str, str], says: str, laptop: Laptop
) -> None:
    laptop.signed_in("http://127.0.0.1:9")
    laptop.told = {begins: told} | laptop.told
    laptop.told |= {begins: told}
    done = laptop.press("status")
    assert done.returncode == 1
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_without_gcloud_it_says_where_there_is_one(laptop: Laptop, tmp_path: Path) -> None:
    done = laptop.press("status", path=str(tmp_path))
    assert (done.returncode, "gcloud が見つかりません" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (401, "サインインしていません"),
        (403, "権限がありません（403）"),
        (404, "機能が見つかりません（404）"),
        (429, "数分待って"),
        (500, "機能が誤りを返しました（500）。もう一度実行し（二重に実行されることはありません）"),
        (503, "数分待って"),
        (504, "途中までの作業は失われず、二重に実行されることもありません"),
    ],
)
def test_what_google_answers_in_the_function_s_place_is_said_with_what_to_do(
    status: int, says: str, laptop: Laptop
) -> None:
    app = Flask(__name__)
    app.add_url_rule("/status/", "status", lambda: Response("<html>Error</html>", status), methods=["POST"])
    with served(app) as where:
        laptop.signed_in(where)
        done = laptop.press("status")
    assert done.returncode == 1
    assert says in done.stderr


def test_no_network_and_no_practice_world_are_told_apart(laptop: Laptop) -> None:
    laptop.signed_in("http://127.0.0.1:9")
    assert "ネットワークを確かめて" in laptop.press("status").stderr
    assert "./scripts/practise" in laptop.press("status", "--practice", "http://127.0.0.1:9").stderr


@pytest.mark.parametrize(("step", "says"), [("intake", "intake は押しません"), ("drow", "という機能はありません")])
def test_what_nobody_presses_is_said(step: str, says: str, laptop: Laptop) -> None:
    done = laptop.press(step)
    assert (done.returncode, says in done.stderr) == (1, True)
