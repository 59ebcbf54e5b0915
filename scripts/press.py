#!/usr/bin/env python3
"""
Press a function of the prize draw from Cloud Shell or a laptop, and read its answer as sentences.

    press [STEP] [--project PROJECT] [--code CODE] [--practice] [--folder FOLDER]

One file, Python's standard library and `gcloud` alone: it finds the function and an identity token by `gcloud`, sends
`{}`, shows what would happen, asks, and carries the confirm code. What else a step can be told stands in `STEPS`, and
is asked for in words. Without STEP it shows the status and offers what is due. Nothing that is typed is kept.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import ProxyHandler, Request, build_opener, urlopen

REGION = "asia-northeast1"
PRACTICE = "http://127.0.0.1:8766"
"""Where scripts/practise serves the functions."""
SECONDS = 1800
"""No function runs longer."""
JST = timezone(timedelta(hours=9))
TWO = "この操作には担当者が二人要ります"
"""How the reply begins that only another operator may let happen."""


@dataclass(frozen=True)
class Ask:
    """
    One thing that is asked for: the *key* of the order, the question, and what may be answered.

    *choices* are values by words; *kind*: a line, several lines, or a time.
    """

    key: str
    question: str
    choices: Mapping[str, str] = field(default_factory=dict)
    kind: str = "line"


@dataclass(frozen=True)
class Choice:
    """One way to press a step: in words, what is always sent, and what is asked for."""

    words: str
    sent: Mapping[str, Any] = field(default_factory=dict)
    asks: tuple[Ask, ...] = ()

    @property
    def keys(self) -> set[str]:
        """Return the keys of the order that it may send."""
        return {*self.sent, *(ask.key for ask in self.asks)}


@dataclass(frozen=True)
class Step:
    """
    A step that operators press: its name in words, and what it can be told beside `{}`.

    *asked*: what it asks about when it refuses, by the key under which the answer goes, as a question in words; the
    number that it named goes along if the operator says yes.
    """

    words: str
    choices: tuple[Choice, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


WHO = "管理番号（お知らせの終わりにある 9RS-JT6-YVD）"
WHYS = {"辞退": "declined", "資格なし": "ineligible", "連絡不能": "unreachable"}
MAILS = {
    "当選のお知らせ（繰り上げを含む）": "winner",
    "ご登録の期限のお知らせ": "reminder",
    "お届け先の変更のお知らせ": "changed",
}
PLACES = {
    "Googleフォームの回答": "form",
    "フォームの回答を写すスプレッドシート": "sheet",
    "LoGoフォームの登録": "logo",
    "担当者の端末・送り状のシステム・紙": "downloads",
    "配信できなかった通知": "dead-letters",
}
HANDOUTS = {
    "規則": "rules",
    "確定記録": "commitment",
    "抽選記録": "record",
    "失効と返還の記録": "forfeits",
    "集計": "analysis",
    "個人情報消去報告書": "report",
}
_NAME = Ask("by", "確かめた方の氏名（報告書に載ります）")

STEPS: dict[str, Step] = {
    "prepare": Step(
        "準備（規則の公開）",
        (Choice("区のホームページに載せるページを保存する", {"format": "html"}),),
    ),
    "freeze": Step(
        "応募の確定",
        asked={
            "accept_gone": "フォームから消えた応募{number}件について区と相談し、有効のまま進めると決まりましたか",
            "accept_doubts": "上の{number}件の点を実際の回答と見比べ、区と相談して、そのまま進めると決まりましたか",
        },
    ),
    "draw": Step(
        "抽選",
        (
            Choice(
                "区の数を入れて抽選する",
                asks=(
                    Ask("ward_value", "区の数（区が言ったとおりに、手で打って）"),
                    Ask("given_by", "知らせた区の職（例：文化観光課長。氏名は入れません）"),
                    Ask("given_at", "知らせを受けた日時（例：2026-03-02 13:05。空欄は、いま）", kind="time"),
                ),
            ),
            Choice("乱数の署名を貼り付けて抽選する", asks=(Ask("signature", "署名（96文字）"),)),
        ),
    ),
    "notify": Step(
        "メールの送信",
        (
            Choice(
                "お知らせを一人に再送する",
                asks=(Ask("resend", f"{WHO}または当選コード"), Ask("kind", "どのお知らせですか", MAILS)),
            ),
            Choice("当選コードがだれのものかを確かめる（辞退の電話など）", asks=(Ask("whose", "当選コード"),)),
            Choice("メールの見本を自分に送る（受付開始の前）", {"test": True}),
        ),
    ),
    "forfeit": Step(
        "当選の失効",
        (
            Choice("一人を失効させる（辞退など）", asks=(Ask("label", WHO), Ask("why", "理由", WHYS))),
            Choice("失効した当選を一人だけ戻す", asks=(Ask("restore", WHO),)),
            Choice("失効した当選を、戻せるだけ戻す", {"restore": "all"}),
        ),
    ),
    "ship": Step(
        "発送リストの作成、発送の記録",
        (
            Choice("リストの荷物をすべて発送した", {"shipped": "all"}),
            Choice(
                "一部だけ発送した", asks=(Ask("shipped_rows", "発送した方の当選コードまたは管理番号", kind="lines"),)
            ),
        ),
    ),
    "analyse": Step("集計"),
    "erase": Step(
        "個人情報の消去",
        (
            Choice("場所を消したことを申告する", asks=(Ask("attest", "どの場所ですか", PLACES), _NAME)),
            Choice(
                "プログラムが知らないものを申告する",
                asks=(Ask("attest", "表示された番号（unknown-…）"), Ask("what", "それが何か、どうしたか"), _NAME),
            ),
            Choice("一人を消去する（応募のメールアドレスで）", asks=(Ask("email", "応募のときのメールアドレス"),)),
            Choice("一人を消去する（当選者）", asks=(Ask("code", f"当選コードまたは{WHO}"),)),
            Choice(
                "一人の受付票を保存する（応募のメールアドレスで）",
                {"format": "html"},
                (Ask("email", "応募のときのメールアドレス"),),
            ),
            Choice("一人の受付票を保存する（当選者）", {"format": "html"}, (Ask("code", f"当選コードまたは{WHO}"),)),
            Choice(
                "時期より前に、すべてを消す（二人で）",
                {"early": True},
                (Ask("reason", "理由（個人情報を書かずに）"),),
            ),
        ),
    ),
    "status": Step(
        "現在の状況",
        (
            Choice("当選の権利がある方の一覧を見る", {"holders": True}),
            Choice("一人の状況を見る", asks=(Ask("holder", WHO),)),
            Choice("取扱者用の状況を、ページとしてここに保存する", {"format": "html"}),
            Choice("区に渡す状況報告を、報告用フォルダに保存する", {"save": True}),
            Choice("掲載・提出が済んだことを記録する", asks=(Ask("published", "どれですか", HANDOUTS),)),
            Choice("掲載・提出の記録を取り消す", asks=(Ask("took_back", "どれですか", HANDOUTS),)),
        ),
    ),
}
UNPRESSED = {"intake": "フォームの通知と定期実行で動きます", "claim": "CSVを登録用フォルダに置くと動きます"}


class Stopped(Exception):
    """The end of a press: what went wrong, and what to do, in Japanese."""


class Left(Exception):
    """The operator has left: end of input, or Ctrl-C."""


# The way to the function


@dataclass(frozen=True)
class Answer:
    """What came back: the status, its type, the bytes."""

    status: int
    kind: str
    data: bytes

    def reply(self) -> dict[str, Any]:
        """Return the reply, if it is one of ours; else nothing."""
        try:
            parsed = json.loads(self.data)
        except ValueError:
            return {}
        return parsed if isinstance(parsed, dict) and "result" in parsed else {}


def gcloud(*given: str) -> str:
    """Call gcloud; or say why it could not do it."""
    try:
        done = subprocess.run(  # noqa: S603  the words are ours, or of the one who presses
            ["gcloud", *given],  # noqa: S607  wherever it is installed
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    except FileNotFoundError:
        raise Stopped(
            "gcloud が見つかりません。コンソールの右上の Cloud Shell（>_ の印）で実行するか、"
            "構築担当に Google Cloud CLI の入れ方を尋ねてください。"
        ) from None
    except subprocess.TimeoutExpired:
        raise Stopped(NO_NETWORK) from None
    if done.returncode:
        raise Stopped(_why(done.stderr, " ".join(given)))
    return done.stdout.strip()


AGAIN = "もう一度実行してください。二重に実行されることはありません。"
NO_NETWORK = f"Google Cloud につながりません。ネットワークを確かめて、{AGAIN}"
NOT_SIGNED_IN = (
    "サインインしていません。`gcloud auth login` と入れ、事務局のアカウントでサインインしてから、やり直してください。"
)
NO_RIGHT = (
    "この機能を動かす権限がありません（403）。取扱者の一覧（グループ）に入っているか、取扱責任者に確かめてください。"
    "入ったばかりのときは、10分ほど待ってください。入っているのに続くときは、構築担当に連絡してください"
    "（組織の決まりで、この場所からは使えないことがあります）。"
)
NO_FUNCTION = (
    "機能が見つかりません（404）。プロジェクトの名前を確かめてください（--project プロジェクト）。"
    "合っていれば、構築担当に連絡してください。"
)
NO_PROJECT = (
    "どのプロジェクトか分かりません。`gcloud config set project プロジェクト` と入れるか、"
    "--project プロジェクト を付けてください。名前は構築担当が知っています。"
)
_SIGNS = (
    (r"gcloud auth login|active account|reauth|invalid_grant|invalid.{0,20}credential|UNAUTHENTICATED", NOT_SIGNED_IN),
    (r"PERMISSION_DENIED|\b403\b|does not have permission|forbidden", NO_RIGHT),
    (r"NOT_FOUND|\b404\b|could not be found|cannot find", NO_FUNCTION),
    (r"resolve|unreachable|timed out|network|connection|SSL", NO_NETWORK),
)


def _why(stderr: str, asked: str) -> str:
    """Say what gcloud's own words mean."""
    for sign, said in _SIGNS:
        if re.search(sign, stderr, re.IGNORECASE):
            return said
    return (
        f"gcloud がうまく動きませんでした（gcloud {asked}）。構築担当に、次の表示を見せてください。\n{stderr.strip()}"
    )


@dataclass(frozen=True)
class Project:
    """The functions of a project on Google Cloud."""

    name: str

    @classmethod
    def chosen(cls, given: str | None) -> "Project":
        """Return the one that was *given*, or gcloud's own."""
        name = given or gcloud("config", "get-value", "project", "--quiet")
        if not name or name == "(unset)":
            raise Stopped(NO_PROJECT)
        return cls(name)

    def send(self, step: str, body: Mapping[str, Any]) -> Answer:
        """Call a function as whoever is signed in."""
        where = ("--region", REGION, "--project", self.name)
        url = gcloud("functions", "describe", step, *where, "--format=value(serviceConfig.uri)")
        if not url:
            raise Stopped(NO_FUNCTION)
        token = gcloud("auth", "print-identity-token")
        return _post(url, body, {"Authorization": f"Bearer {token}"}, practice=False)


@dataclass(frozen=True)
class Practice:
    """The functions of a practice world on this machine: no token, and no real person."""

    address: str

    def send(self, step: str, body: Mapping[str, Any]) -> Answer:
        """Call a function of the practice world."""
        return _post(f"{self.address}/functions/{step}", body, {}, practice=True)


def _post(url: str, body: Mapping[str, Any], headers: Mapping[str, str], *, practice: bool) -> Answer:
    data = json.dumps(body, ensure_ascii=False).encode()
    request = Request(url, data, {"Content-Type": "application/json", **headers}, method="POST")  # noqa: S310  https, or loopback
    opened = build_opener(ProxyHandler({})).open if practice else urlopen
    try:
        with opened(request, timeout=SECONDS) as answered:
            return Answer(answered.status, answered.headers.get_content_type(), answered.read())
    except HTTPError as error:
        with error:
            return Answer(error.code, error.headers.get_content_type(), error.read())
    except TimeoutError:
        raise Stopped(SLOW) from None
    except (URLError, HTTPException, OSError) as error:
        if isinstance(getattr(error, "reason", None), TimeoutError):
            raise Stopped(SLOW) from None
        if practice:
            raise Stopped(
                "練習の世界が動いていません。別の画面で ./scripts/practise を動かしてから、やり直してください。"
            ) from None
        raise Stopped(NO_NETWORK) from None


SLOW = (
    "時間内に返事がありませんでした。機能はまだ動いていることがあります。10分ほど待って、もう一度実行してください。"
    "途中までの作業は失われず、二重に実行されることもありません。"
)
_BY_STATUS: dict[int, str] = {
    HTTPStatus.UNAUTHORIZED: NOT_SIGNED_IN,
    HTTPStatus.FORBIDDEN: NO_RIGHT,
    HTTPStatus.NOT_FOUND: NO_FUNCTION,
    HTTPStatus.TOO_MANY_REQUESTS: "混み合っています。数分待って、もう一度実行してください。",
    HTTPStatus.SERVICE_UNAVAILABLE: f"混み合っているか、動き出す途中です。数分待って、{AGAIN}",
    HTTPStatus.GATEWAY_TIMEOUT: SLOW,
}


def _understood(answer: Answer) -> dict[str, Any]:
    """Return our reply, a refusal too; or say what another answer means."""
    reply = answer.reply()
    if reply:
        return reply
    said = _BY_STATUS.get(answer.status)
    raise Stopped(
        said
        or f"機能が誤りを返しました（{answer.status}）。もう一度実行し（二重に実行されることはありません）、"
        "続くようなら保守担当に連絡してください。"
    )


# What is shown


def width(text: str) -> int:
    """Count the columns of a terminal: full-width characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "FWA" else 1 for c in text if not unicodedata.combining(c))


def padded(text: str, columns: int) -> str:
    """Fill *text* up with blanks to so many columns."""
    return text + " " * max(0, columns - width(text))


_NAMES = "|".join(name for step in STEPS.values() for name in re.split("、|（.*", step.words) if name) + "|発送"
_COMMAND = re.compile(
    rf"(?:(?:(?:{_NAMES})（)?(?P<step>[a-z]+)）? ?を(?P<again>もう一度)? )?(?:本文を )?(?P<json>\{{[^{{}}]*\}}) ?"
    r"(?:で|にして)(?=実行|します|、|。|\s|$)"
)
_ASKED = re.compile(r' ?\{"(?P<key>[a-z_]+)": (?P<number>\d+)\} ?を付けて実行してください')
"""How a refusal says what an operator may accept: asked here as a question (`Step.asked`)."""
_REASONS = re.compile(r'理由：(?:"[a-z]+"（[^）]*）、?)+')
"""What may be typed as a reason: chosen from a list here."""
_AS_PAGE = re.compile(r'同じ本文に "format": "html" を加えて実行すると')


def plain(text: str, step: str) -> str:
    """Say what is to be pressed in the words of this screen instead of JSON."""

    def spoken(found: re.Match[str]) -> str:
        named = found["step"] or step
        try:
            body = json.loads(found["json"])
        except ValueError:
            return found[0]
        if named not in STEPS:
            return found[0]
        name = f"{named}（{STEPS[named].words}）"
        if not body:
            return f"{name} を" + (found["again"] or "")
        for choice in STEPS[named].choices:
            fixed = all(body.get(key) == value for key, value in choice.sent.items())
            if fixed and set(body) - {"confirm"} <= choice.keys:
                return f"{name} の「{choice.words}」を選んで"
        return found[0]

    text = _ASKED.sub("、次の質問に「はい」と答えてください", _REASONS.sub("", text))
    return _COMMAND.sub(spoken, _AS_PAGE.sub("「一人の受付票を保存する」を選んで実行すると", text))


def sentences(text: str) -> list[str]:
    """Split a text after each full stop that stands in no bracket."""
    found, depth, begun = [], 0, 0
    for at, character in enumerate(text):
        depth += (character in "（「『【") - (character in "）」』】")
        if character == "。" and depth <= 0:
            found.append(text[begun : at + 1])
            begun = at + 1
    return [one for one in (*found, text[begun:]) if one.strip()]


def show(step: str, reply: Mapping[str, Any]) -> None:
    """Print a reply: what it came to, each sentence, the counts in columns, and what to do next, numbered."""
    print(f"\n── {step}（{STEPS[step].words}）──")
    print(f"結果：{reply['result']}" + (f"（{reply['code']}）" if reply.get("code") else ""))
    for line in reply.get("summary") or ():
        print(f"・{plain(line, step)}")
    counts = reply.get("counts") or {}
    if counts:
        print("\n件数")
        columns = max(map(width, counts))
        digits = max(len(f"{number:,}") for number in counts.values())
        for name, number in counts.items():
            print(f"  {padded(name, columns)}  {number:>{digits},}")
    todo, rest = _following(step, reply)
    if todo or rest:
        print("\n次にすること")
    for number, sentence in enumerate(todo, 1):
        print(f"  {number}. {sentence}")
    if rest:
        print(f"  {rest}")


def _following(step: str, reply: Mapping[str, Any]) -> tuple[list[str], str]:
    """
    Return what is to be done next, a sentence each, and what is nothing to be done: from the words on that say so.

    What is numbered already loses its number; that a code is to be typed is not said, since this carries it.
    """
    said = reply.get("next") or ""
    found = sentences(said) if isinstance(said, str) else [re.sub(r"^\d+\. ", "", one) for one in said]
    if str(said).startswith(TWO):
        return [], ""
    found = [plain(one, step) for one in found if '"confirm"' not in one]
    at = next((n for n, one in enumerate(found) if _NOTHING.search(one)), len(found))
    return [one for one in found[:at] if one.strip()], "".join(found[at:])


_NOTHING = re.compile(r"操作は要りません。")
"""The words that tell that what follows goes on by itself."""


def save(step: str, answer: Answer, folder: Path) -> None:
    """Keep a page or a file that came back, under a name of its own, and say where."""
    ending = {"text/html": "html", "application/pdf": "pdf", "text/csv": "csv", "text/plain": "txt"}.get(
        answer.kind, "bin"
    )
    path = folder / f"{step}-{datetime.now(JST):%Y%m%d-%H%M%S}.{ending}"
    path.write_bytes(answer.data)
    path.chmod(0o600)
    print(f"\n保存しました：{path}")
    if "CLOUD_SHELL" in os.environ:
        print(f"パソコンに取り出すには、次のとおり入れます：cloudshell download {path}")
    print("ブラウザーで開くと、印刷できます。使い終えたら、消してください。")


# What is asked


def typed(question: str) -> str:
    """Ask for one line."""
    try:
        return input(f"{question}：").strip()
    except (EOFError, KeyboardInterrupt):
        raise Left from None


def agrees(question: str) -> bool:
    """Ask はい／いいえ until it is one of them."""
    while True:
        answer = unicodedata.normalize("NFKC", typed(f"{question} [はい／いいえ]")).casefold()
        if answer in ("はい", "hai", "yes", "y"):
            return True
        if answer in ("いいえ", "iie", "no", "n"):
            return False
        print("「はい」か「いいえ」と入れてください。")


def chosen(question: str, words: Sequence[str], last: str = "やめる") -> int | None:
    """Let one of *words* be chosen by its number; None if the *last*, which does nothing, was."""
    print(f"\n{question}")
    for number, one in enumerate(words, 1):
        print(f"  {number}. {one}")
    print(f"  0. {last}")
    while True:
        answer = unicodedata.normalize("NFKC", typed("番号"))
        if answer.isascii() and answer.isdigit() and int(answer) <= len(words):
            return int(answer) - 1 if int(answer) else None
        print(f"0から{len(words)}までの番号を入れてください。")


def answers(choice: Choice) -> dict[str, Any] | None:
    """Ask for all that a choice needs; None if the operator stops."""
    body = dict(choice.sent)
    for ask in choice.asks:
        value = _answer(ask)
        if value is None:
            return None
        body[ask.key] = value
    return body


def _answer(ask: Ask) -> str | None:
    if ask.choices:
        at = chosen(ask.question, list(ask.choices))
        return None if at is None else list(ask.choices.values())[at]
    if ask.kind == "lines":
        print(f"\n{ask.question}（一行に一つ。貼り付けて、最後に空の行）")
        return "\n".join(iter(lambda: typed("").strip(), "")) or None
    while True:
        value = typed(ask.question)
        if ask.kind != "time":
            return value or None
        if (moment := _moment(value)) is not None:
            return moment
        print("その形では読み取れません。例のとおりに入れてください。")


def _moment(value: str) -> str | None:
    """Read a time in Japan; nothing typed is now."""
    if not value:
        return datetime.now(JST).isoformat(timespec="seconds")
    try:
        moment = datetime.fromisoformat(unicodedata.normalize("NFKC", value).replace("/", "-"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=JST)).isoformat(timespec="seconds")


# One press


@dataclass(frozen=True)
class Desk:
    """Where functions are pressed, where what comes back is kept, and a code that somebody else was shown."""

    functions: Project | Practice
    folder: Path
    code: str | None = None

    def press(self, step: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Press and show; where a code is due, ask and press with it."""
        reply = self._send(step, body)
        return self.agree(step, body, reply)

    def agree(self, step: str, body: Mapping[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
        """Ask what a reply leaves open: whether it is to be done, or what was refused is known; then press again."""
        code = reply.get("confirm")
        if not code:
            return self._accept(step, body, reply)
        if str(reply.get("next", "")).startswith(TWO):
            if self.code is None:
                print(f"\n{TWO}。別の担当者に、15分以内に、ご自分のアカウントで、次のとおり実行してもらってください。")
                print(f"  {self._command} {step} --code {code}　（同じことを選び、同じとおりに答える）")
                return reply
            code = self.code
        if agrees("\n実行しますか"):
            return self._send(step, {**body, "confirm": code})
        print("実行しませんでした。何も変わっていません。")
        return reply

    @property
    def _command(self) -> str:
        """Return how this is called here."""
        return "./scripts/press --practice" if isinstance(self.functions, Practice) else "python3 press"

    def _accept(self, step: str, body: Mapping[str, Any], reply: dict[str, Any]) -> dict[str, Any]:
        """Ask about what was refused, and press with the number that was named, if the operator knows of it."""
        asked = STEPS[step].asked
        for found in _ASKED.finditer(" ".join(reply.get("summary") or ())):
            key, number = found["key"], int(found["number"])
            if key in asked and body.get(key) != number:
                if agrees(f"\n{asked[key].format(number=number)}"):
                    return self.press(step, {**body, key: number})
                print("実行しませんでした。何も変わっていません。")
        return reply

    def _send(self, step: str, body: Mapping[str, Any]) -> dict[str, Any]:
        print(f"\n{step} を呼び出しています。お待ちください（長いと1分半ほど）…", flush=True)
        answer = self.functions.send(step, body)
        if answer.status == HTTPStatus.OK and answer.kind != "application/json":
            save(step, answer, self.folder)
            return {}
        reply = _understood(answer)
        show(step, reply)
        return reply

    def step(self, step: str, last: str = "終わる") -> None:
        """
        Press a step, and then whatever else it can be told, until the operator has done.

        What `{}` would do is one of the things to choose from, where there are others: who came for another is not
        asked about it.
        """
        if not STEPS[step].choices:
            self.press(step, {})
            return
        self.choose(step, self._send(step, {}), last)

    def choose(self, step: str, reply: dict[str, Any], last: str) -> None:
        """Offer what a step can be told, and first what `{}` has shown that it would do, or to look anew."""
        choices = STEPS[step].choices
        while True:
            first = _SHOWN if reply.get("confirm") else _LOOK
            at = chosen(f"{step} でできること", [first, *(choice.words for choice in choices)], last)
            if at is None:
                return
            if at:
                body = answers(choices[at - 1])
                if body is not None:
                    self.press(step, body)
                    reply = {}
            elif reply.get("confirm"):
                self.agree(step, {}, reply)
                reply = {}
            else:
                reply = self._send(step, {})

    def status(self) -> None:
        """Show where all stands, and offer what is due, until the operator has done."""
        while True:
            reply = self._send("status", {})
            due = list(_due(reply))
            at = chosen("どれを押しますか", [*(f"{step}（{STEPS[step].words}）" for step in due), _MORE], "終わる")
            if at is None:
                return
            if at < len(due):
                self.step(due[at], _BACK)
            else:
                self.choose("status", {}, _BACK)


_SHOWN, _LOOK, _BACK = "いま表示された内容を実行する", "いまの状況を見る", "前に戻る"
_MORE = "状況を詳しく見る、掲載・提出を記録する"


def _due(reply: Mapping[str, Any]) -> Iterator[str]:
    """Yield the steps that a status names in what is to be done, in its order."""
    todo, _ = _following("", reply)
    said = " ".join([*todo, *(line for line in reply.get("summary", ()) if line.startswith("【"))])
    named = re.findall(r"(?<![a-z])[a-z]+(?![a-z])", said)
    yield from dict.fromkeys(step for step in named if step in STEPS and step != "status")


def main(given: Sequence[str] | None = None) -> int:
    """Press what was asked for; 0 if an answer came, 1 if not."""
    parser = argparse.ArgumentParser(prog="press", description="抽選プレゼントの機能を押し、返事を読みます。")
    parser.add_argument("step", nargs="?", help=f"機能の名前（{' '.join(STEPS)}）。なければ status")
    parser.add_argument("--project", help="Google Cloud のプロジェクト。なければ gcloud の設定のもの")
    parser.add_argument("--code", help="二人で行うとき、一人目に表示された確認コード")
    parser.add_argument("--practice", nargs="?", const=PRACTICE, metavar="ADDRESS", help="練習の世界で押す")
    parser.add_argument("--folder", type=Path, default=Path(), help="返ってきたページを保存するフォルダ")
    asked = parser.parse_args(given)
    if asked.practice and "://" not in asked.practice:  # `--practice STEP`: no address, but what is to be pressed
        asked.step, asked.practice = asked.practice, PRACTICE
    try:
        if asked.step in UNPRESSED:
            raise Stopped(f"{asked.step} は押しません。{UNPRESSED[asked.step]}。")
        if asked.step is not None and asked.step not in STEPS:
            raise Stopped(f"「{asked.step}」という機能はありません。次のどれかです：{'、'.join(STEPS)}")
        place = Practice(asked.practice.rstrip("/")) if asked.practice else Project.chosen(asked.project)
        desk = Desk(place, asked.folder, asked.code)
        print(f"プロジェクト {place.name} で押します。" if isinstance(place, Project) else "練習の世界で押します。")
        if asked.step is None:
            desk.status()
        else:
            desk.step(asked.step)
    except Stopped as stop:
        print(f"\n{stop}", file=sys.stderr)
        return 1
    except (Left, KeyboardInterrupt):
        print("\n終わります。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
