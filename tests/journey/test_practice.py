"""
Practise a campaign in the page of `./scripts/practise`, from the empty form to 完了, in a real Chromium.

And ask the same server without a browser: what it answers as the functions do, and whom it turns away.
"""

import base64
import http.client
import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msoffcrypto
import pytest

from prizedraw.rehearsal.practice.mishaps import Mishap
from support.browser import Chromium, Tab
from support.practising import Hands, small_campaign
from support.quick import in_turn

APPLICANTS, SEED = 40, 4
JSON = {"Content-Type": "application/json"}


class Asked:
    """An answer of the server."""

    def __init__(self, reply: http.client.HTTPResponse) -> None:
        self.status = reply.status
        self.headers = reply.headers
        self.data = reply.read()

    @property
    def document(self) -> Any:
        return json.loads(self.data)


class Asker:
    """Somebody who asks the server at a port."""

    def __init__(self, port: int) -> None:
        self.port = port

    def get(self, path: str, **headers: str) -> Asked:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: str = "{}", headers: dict[str, str] | None = None) -> Asked:
        return self._ask("POST", path, body, JSON if headers is None else headers)

    def _ask(self, verb: str, path: str, body: str | None, headers: dict[str, str]) -> Asked:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(verb, path, body.encode() if body is not None else None, named)
        asked = Asked(connection.getresponse())
        connection.close()
        return asked


@pytest.fixture(scope="module")
def campaign_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_campaign(tmp_path_factory.mktemp("campaign"))


@contextmanager
def practised(campaign: Path) -> Iterator[int]:
    """Run the command as a person does, even in the background, where a shell ignores Ctrl+C; give the port."""
    options = ["--campaign", str(campaign), "--applicants", str(APPLICANTS), "--seed", str(SEED), "--port", "0"]
    command = [sys.executable, "-m", "prizedraw.rehearsal.practice", *options, "--no-browser"]
    behind = ["bash", "-c", 'trap "" INT; exec "$@"', "bash", *command]
    with subprocess.Popen(behind, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout is not None
        try:
            found = re.search(r"http://127\.0\.0\.1:(\d+) ", running.stdout.readline() + running.stdout.readline())
            assert found, "it did not start"
            yield int(found[1])
        finally:
            running.send_signal(signal.SIGINT)
            try:
                ended = running.wait(60)
            except subprocess.TimeoutExpired:
                running.kill()
                raise
        assert ended == 0
        assert running.stdout.read() == "練習を終わりました。\n"


@pytest.fixture(scope="module")
def port(campaign_file: Path) -> Iterator[int]:
    with practised(campaign_file) as port:
        yield port


@pytest.fixture
def asker(port: int) -> Asker:
    return Asker(port)


class TestWithoutABrowser:
    def test_a_function_answers_as_itself(self, asker: Asker) -> None:
        asked = asker.post("/functions/prepare")
        assert asked.status == 200
        assert asked.headers["Content-Type"].startswith("application/json")
        assert asked.document["result"] == "確認待ちです（まだ何も実行していません）"
        assert asked.document["confirm"] in asked.document["next"]

    def test_a_mistake_is_answered_by_the_function(self, asker: Asker) -> None:
        asked = asker.post("/functions/status", "{confirm")
        assert (asked.status, asked.document["code"]) == (400, "E-130")

    def test_a_step_out_of_order_is_refused_as_in_the_console(self, asker: Asker) -> None:
        asked = asker.post("/functions/draw")
        assert (asked.status, asked.document["code"]) == (409, "E-501")

    def test_a_page_comes_back_as_a_page(self, asker: Asker) -> None:
        asked = asker.post("/functions/status", '{"format": "html"}')
        assert asked.headers["Content-Type"].startswith("text/html")
        assert "<h1>現在の状況（取扱者用）</h1>" in asked.data.decode()
        again = asker.get("/page")
        assert again.data == asked.data
        assert again.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")

    def test_the_caller_is_the_operator_who_was_chosen(self, asker: Asker) -> None:
        code = asker.post("/functions/prepare").document["confirm"]
        assert asker.post("/do/operator", '{"operator": "second-operator@example.jp"}').status == 200
        try:
            refused = asker.post("/functions/prepare", json.dumps({"confirm": code}))
        finally:
            asker.post("/do/operator", '{"operator": "operator@example.jp"}')
        assert refused.status == 409

    @pytest.mark.parametrize("path", ["/functions/nothing", "/do/nothing", "/functions/../state"])
    def test_what_is_not_there_is_not_found(self, asker: Asker, path: str) -> None:
        assert asker.post(path).status in (404, 405)

    @pytest.mark.parametrize(
        "path",
        ["/mails/1", "/mails/1/page", "/mails/1/attachments/0", "/folders/published/no.json", "/folders/x/y",
         "/secrets/shipping-password/1", "/folders/published/..%2f..%2fetc%2fpasswd"],
    )  # fmt: skip
    def test_what_nobody_made_is_not_found(self, asker: Asker, path: str) -> None:
        assert asker.get(path).status == 404

    @pytest.mark.parametrize(
        ("what", "order"),
        [
            ("clock", {"to": "2026-01-01T00:00"}),
            ("clock", {"to": "いつか"}),
            ("clock", {"to": "9999-12-31T23:59"}),
            ("clock", {}),
            ("claims", {"name": "a.csv", "data": "%%%"}),
            ("claims", {"name": "", "data": ""}),
            ("operator", {"operator": "scheduler@example.jp"}),
            ("mishap", {"kind": "returned"}),
            ("mishap", {"kind": "fire"}),
            ("form", {"delete": 1}),
            ("register", {}),
            ("enter", {"code": "0000-0000-0000-0", "name": "", "postal_code": "x", "address": "x", "phone": "x"}),
            ("enter", {}),
            ("delete-registration", {"receipt": "1"}),
            ("mend-mailboxes", {}),
            ("start", {"applicants": -1}),
            ("start", {"seed": "1"}),
            ("clock", []),
        ],
    )
    def test_what_cannot_be_done_is_said(self, asker: Asker, what: str, order: Any) -> None:
        asked = asker.post(f"/do/{what}", json.dumps(order))
        assert asked.status == 409
        assert asked.document["said"].endswith(("。", "）。"))


class TestWhoIsTurnedAway:
    """Other sites' pages, names that were made to point at this machine, and forms."""

    @pytest.mark.parametrize("host", ["rebound.example", "rebound.example:{port}", "127.0.0.1", "127.0.0.1:1", ""])
    def test_another_name(self, asker: Asker, host: str) -> None:
        for path in ("/", "/state"):
            assert asker.get(path, Host=host.format(port=asker.port)).status == 403

    @pytest.mark.parametrize(
        "origin", ["http://rebound.example", "null", "https://127.0.0.1:{port}", "http://127.0.0.1:1"]
    )
    def test_another_site_s_page(self, asker: Asker, origin: str) -> None:
        headers = {**JSON, "Origin": origin.format(port=asker.port)}
        assert asker.post("/functions/status", headers=headers).status == 403

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_a_request_that_another_site_began(self, asker: Asker, site: str) -> None:
        assert asker.get("/state", Sec_Fetch_Site=site).status == 403
        assert asker.get("/", Sec_Fetch_Site=site).status == 200

    @pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded", "text/json"])
    def test_what_a_form_may_post(self, asker: Asker, content_type: str) -> None:
        for path in ("/functions/status", "/do/clock"):
            assert asker.post(path, headers={"Content-Type": content_type}).status == 415

    def test_our_own_page_is_let_in(self, asker: Asker) -> None:
        for name in ("127.0.0.1", "localhost"):
            headers = {**JSON, "Origin": f"http://{name}:{asker.port}", "Sec-Fetch-Site": "same-origin"}
            assert asker.post("/functions/status", headers=headers).status == 200

    @pytest.mark.parametrize("path", ["/", "/practice.js", "/practice.css", "/state", "/nothing"])
    def test_every_answer_says_what_it_may_do(self, asker: Asker, path: str) -> None:
        headers = asker.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"

    def test_what_the_functions_made_may_do_nothing(self, asker: Asker) -> None:
        policy = asker.get("/status").headers["Content-Security-Policy"]
        assert policy.startswith("sandbox; default-src 'none'")
        assert "script" not in policy

    def test_the_page_names_nothing_outside(self, asker: Asker) -> None:
        for path in ("/", "/practice.js", "/practice.css"):
            assert re.findall(rb"https?://|//[a-z]+\.", asker.get(path).data) == []


# In a browser.

WIDTHS = (360, 700, 1280)


@in_turn("a practice in a browser")
def test_a_campaign_from_the_empty_form_to_the_end_of_the_erasure(campaign_file: Path, tmp_path: Path) -> None:
    """Each act goes on where the one before has come."""
    with practised(campaign_file) as port, Chromium(tmp_path / "profile") as chromium:
        tab, asker = chromium.tab(), Asker(port)
        tab.open(f"http://127.0.0.1:{port}/")
        hands = Hands(tab)
        hands.settle()
        begin_anew_at_an_empty_form(hands)
        the_clock_waits_for_what_comes_first(hands)
        prepare_with_the_keyboard_alone(hands)
        time_goes_on_with_the_keyboard_too(hands)
        until_the_winners_are_told_on_a_phone(hands)
        a_mail_is_read_as_in_a_mail_program(hands)
        a_mail_comes_back(hands)
        a_winner_registers_and_moves_with_the_keyboard_alone(hands, asker)
        a_response_is_deleted_in_the_list(hands)
        a_page_that_comes_back_is_seen(hands, asker)
        one_operator_alone_does_not_erase_everything(hands)
        a_csv_is_dropped_and_gone(hands, asker, tmp_path)
        parcels_go(hands, asker)
        all_is_erased(hands)
        nothing_was_fetched_from_elsewhere_and_nothing_was_complained_of(tab, port)


def demand_it_fits(tab: Tab) -> None:
    """Demand that at no width anything is wider than the page."""
    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    for width in WIDTHS:
        tab.resize(width)
        assert tab.run(wider) == 0, width
    tab.resize(1280)


def begin_anew_at_an_empty_form(hands: Hands) -> None:
    hands.tab.run("document.querySelector('#start').closest('details').open = true")
    hands.click("#start button")
    assert "はじめから始めました。" in hands.reads("said")
    assert hands.reads("form-count") == "回答 0件"
    assert hands.reads("mail-count") == "0通"
    assert "prepare" in hands.reads("todo")


def the_clock_waits_for_what_comes_first(hands: Hands) -> None:
    now = hands.reads("now")
    hands.click("#go-next")
    assert "時計を止めています。準備（prepare）が済んでいません。" in hands.reads("moved")
    assert hands.reads("now") == now


def prepare_with_the_keyboard_alone(hands: Hands) -> None:
    hands.tab.run("document.activeElement.blur(); getSelection().removeAllRanges()")
    hands.tab_to("status")
    hands.tab.press("ArrowDown")
    assert hands.focused() == "prepare"
    hands.tab_to("empty")
    hands.enter()
    reply = hands.reply()
    assert reply["confirm"]
    hands.tab_to("copy")
    hands.enter()
    assert hands.focused() == "body"
    assert json.loads(hands.tab.run("document.activeElement.value")) == {"confirm": reply["confirm"]}
    hands.tab.press("Tab")
    hands.enter()
    assert "実行しました" in hands.reads("sentences")
    hands.tab_to("body", back=True)
    hands.type_over('{"confirm": A3TC}')
    hands.tab.press("Tab")
    hands.enter()
    assert hands.reply()["code"] == "E-130"
    assert "実行しませんでした E-130" in hands.reads("sentences")


def time_goes_on_with_the_keyboard_too(hands: Hands) -> None:
    hands.tab.run("document.activeElement.blur(); document.getElementById('go-next').focus()")
    hands.enter()
    assert "notify（メールの送信） 実行しました" in hands.reads("moved")
    assert hands.focused() == "go-next"
    hands.enter()
    assert "受付開始になりました。" in hands.reads("moved")
    demand_it_fits(hands.tab)


def until_the_winners_are_told_on_a_phone(hands: Hands) -> None:
    hands.tab.resize(360)
    frozen = drawn = False
    for _ in range(12):
        hands.click("#go-next")
        moved = hands.reads("moved")
        frozen = frozen or "freeze（応募の確定） 実行しました" in moved
        if "freeze（応募の確定） 実行しませんでした" in moved:
            wanted = re.search(r'\{"accept_\w+": \d+\}', hands.reads_text("moved"))
            assert wanted
            frozen = hands.press_and_confirm("freeze", wanted[0])["result"] == "実行しました"
        drawn = drawn or "draw（抽選） 実行しました" in moved
        if drawn and int(hands.reads("mail-count").removesuffix("通")) > 5:
            break
    assert frozen
    assert drawn
    demand_it_fits(hands.tab)


def a_mail_is_read_as_in_a_mail_program(hands: Hands) -> None:
    subjects = hands.reads("mails").splitlines()
    assert any("Delivery Status Notification" in one for one in subjects)
    rows = "[...document.querySelectorAll('#mails button')]"
    hands.tab.run(f"{rows}.find((row) => row.textContent.includes('当選のお知らせ')).id = 'of-a-winner'")
    hands.click("#of-a-winner")
    assert "当選のお知らせ" in hands.reads("subject")
    assert hands.focused() == "mail"
    frame = "document.getElementById('mail-page')"
    assert hands.tab.run(f"{frame}.getAttribute('sandbox')") == ""
    assert hands.tab.run(f"{frame}.contentDocument") is None
    hands.click("#as-text")
    assert "当選コード" in hands.reads("mail-text")
    assert hands.tab.run(f"{frame}.hidden") is True
    demand_it_fits(hands.tab)


def a_mail_comes_back(hands: Hands) -> None:
    hands.click(f"[data-mishap={Mishap.RETURNED}]")
    assert "戻ってきました" in hands.reads("said")
    hands.click("#go-day")
    assert "届いていません" in hands.reads("todo")


def a_winner_registers_and_moves_with_the_keyboard_alone(hands: Hands, asker: Asker) -> None:
    """By the code of a mail, twice with another address; one of the rows is deleted again."""
    code = next(found[1] for one in hands.mails() if (found := re.search(r"■ 当選コード\s+(\S+)", one)))
    before = registrations(asker)
    for address in ("新宿5-18-21", "梅田3-1-3"):
        hands.part("logo")
        hands.tab_to("enter-summary")
        if not hands.tab.run("document.getElementById('enter-summary').parentElement.open"):
            hands.enter()
        for typed in (code, "山田 太郎", "160-0022", address, "03-1234-5678"):
            hands.tab.press("Tab")
            hands.tab.type(typed)
        hands.enter()
        assert "登録が送信されました。" in hands.reads("said")
    newest = registrations(asker)[0]
    assert (newest["code"], newest["name"], len(registrations(asker))) == (code, "山田 太郎", len(before) + 2)
    demand_it_fits(hands.tab)
    hands.click("#registrations li:first-child button")
    assert len(registrations(asker)) == len(before) + 1
    hands.click("#mend-mailboxes")
    assert "受け取れるようになりました。" in hands.reads("said")


def registrations(asker: Asker) -> list[dict[str, str]]:
    """Return what was sent by the LoGo form, the newest first."""
    found: list[dict[str, str]] = asker.get("/state").document["registrations"]
    return found


def a_response_is_deleted_in_the_list(hands: Hands) -> None:
    count = int(hands.reads("form-count").removeprefix("回答 ").removesuffix("件"))
    hands.click("#responses li:first-child button")
    assert hands.reads("form-count") == f"回答 {count - 1}件"


def a_page_that_comes_back_is_seen(hands: Hands, asker: Asker) -> None:
    hands.click("input[value=status]")
    hands.tab.run("document.getElementById('body').value = '{\"format\": \"html\"}'")
    hands.click("#function button.main")
    assert hands.tab.run("document.getElementById('replied-page').hidden") is False
    assert hands.reads_text("json").startswith("<!DOCTYPE html>")
    demand_it_fits(hands.tab)
    hands.press("status", '{"save": true}')
    assert hands.tab.run("document.getElementById('replied-page').hidden") is True
    links = hands.tab.run("[...document.querySelectorAll('#sentences a')].map((one) => one.pathname)")
    assert [Path(link).parts[:4] for link in links] == [("/", "folders", "reports", "status")] * 2
    assert all(asker.get(link).headers["Content-Type"] == "text/html; charset=utf-8" for link in links)


def one_operator_alone_does_not_erase_everything(hands: Hands) -> None:
    order = json.dumps({"early": True, "reason": "区が企画の中止を決めたため"}, ensure_ascii=False)
    assert hands.press_and_confirm("erase", order)["code"] == "E-142"
    second = "input[value='second-operator@example.jp']"
    hands.click(second)
    assert "始めると" not in hands.reads("sentences")
    reply = hands.press("erase", order)
    assert "担当者が二人要ります" in reply["next"]
    hands.click("input[value='operator@example.jp']")
    assert hands.tab.run(f'document.querySelector("{second}").checked') is False


def a_csv_is_dropped_and_gone(hands: Hands, asker: Asker, tmp_path: Path) -> None:
    hands.click("#register")
    hands.click(f"[data-mishap={Mishap.HALF_FILLED}]")
    path = tmp_path / "export.csv"
    path.write_bytes(asker.get("/logo.csv").data)
    hands.tab.choose_file("#csv", path)
    hands.tab.until("document.getElementById('said').textContent.includes('export.csv を置きました')")
    hands.settle()
    assert "空欄があります" in hands.reads("todo")
    claims = next(one for one in asker.get("/state").document["folders"] if one["kind"] == "claims")
    assert claims["files"] == []


def parcels_go(hands: Hands, asker: Asker) -> None:
    for _ in range(20):
        if "最終期限" in hands.reads("moved"):
            break
        hands.click("#go-next")
        if "期限" in hands.reads("moved"):
            hands.click("#export")
    assert "発送リスト" in hands.press_and_confirm("ship")["summary"][0]
    exports = next(one for one in asker.get("/state").document["folders"] if one["kind"] == "exports")
    listed = asker.get(f"/folders/exports/{exports['files'][0]['name']}")
    assert "attachment" in listed.headers["Content-Disposition"]
    hands.click("#passwords button")
    password = hands.tab.run("document.querySelector('#passwords code').textContent")
    assert is_opened(listed.data, password)
    assert hands.press_and_confirm("ship", '{"shipped": "all"}')["result"] == "実行しました"


def all_is_erased(hands: Hands) -> None:
    for _ in range(30):
        if "「完了」しました" in hands.reads("todo"):
            break
        hands.click("#go-next")
        if "個人情報の消去を始める日" in hands.reads("moved") or "erase（個人情報の消去） 実行" in hands.reads("moved"):
            hands.attest_all()
    assert "「完了」しました" in hands.reads("todo")
    hands.click("#go-next")
    assert "この先に予定はありません。" in hands.reads("moved")
    assert "analysis.html" in hands.reads("folders")
    demand_it_fits(hands.tab)


def nothing_was_fetched_from_elsewhere_and_nothing_was_complained_of(tab: Tab, port: int) -> None:
    fetched = tab.run("performance.getEntriesByType('resource').map((one) => one.name)")
    assert len(fetched) > 20
    assert {name.split("/")[2] for name in fetched} == {f"127.0.0.1:{port}"}
    refused = [error for error in tab.errors if "Failed to load resource" not in error]
    assert refused == []


def is_opened(data: bytes, password: str) -> bool:
    """Tell whether a password opens a workbook."""
    file = msoffcrypto.OfficeFile(io.BytesIO(data))
    file.load_key(password=password, verify_password=True)
    return True


def test_a_file_is_dropped_to_the_byte(asker: Asker) -> None:
    data = base64.b64encode(b"\x00\xff,").decode()
    assert asker.post("/do/claims", json.dumps({"name": "名前.csv", "data": data})).status == 200
