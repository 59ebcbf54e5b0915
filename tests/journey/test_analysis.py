"""What is published of entrants is what a recount finds, in page, workbook and charts; it shows well; none leaks."""

import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml

from support import personal_data, read_analysis
from support.attack import Attack
from support.builders import FILE
from support.rehearsing import played, read

HIDDEN, TOTAL = "＊", "合計"
JST = timezone(timedelta(hours=9))
CAMPAIGN = yaml.safe_load(FILE.read_text(encoding="utf-8"))
ASKS = CAMPAIGN["questions"]
THRESHOLD = CAMPAIGN["analysis"]["threshold"]
SURVEY = {question["id"]: question for question in ASKS["survey"]}


@pytest.fixture(scope="module")
def out(together: Path) -> Path:
    return played(together)


@pytest.fixture(scope="module")
def page(out: Path) -> str:
    return (out / "operator/analysis.html").read_text(encoding="utf-8")


# The recount: from what a rehearsal leaves alone, by the plainest code.


def counted(out: Path) -> list[dict[str, Any]]:
    """Return of each accepted response the version that counts: the last one before closing."""
    given, ledger = read(out / "input.json"), read(out / "ledger.json")
    closes = datetime.fromisoformat(yaml.safe_load((out / "campaign.yaml").read_text("utf-8"))["closes_at"])
    found = {}
    for event in given["history"]:
        if "response" in event and datetime.fromisoformat(event["at"][:19]).replace(tzinfo=UTC) < closes:
            found[event["response"]["responseId"]] = event["response"]
    return [row for id, row in found.items() if ledger[id]["outcome"] == "accepted"]


def fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


@dataclass(frozen=True)
class Entrant:
    """Hold one accepted response: its answers by the question's name, not blank, and its day."""

    answers: dict[str, list[str]]
    day: str

    def right(self, id: str) -> bool:
        accepted = next({fold(text) for text in q["answers"]} for q in ASKS["quiz"] if q["id"] == id)
        return len(self.answers[id]) == 1 and fold(self.answers[id][0]) in accepted

    @property
    def score(self) -> int:
        return sum(self.right(question["id"]) for question in ASKS["quiz"])

    def stands_for(self, prize: dict[str, Any]) -> bool:
        needs = prize["requires"]
        wish = needs.get("choice")
        wanted = wish is None or set(self.answers[wish["question"]]) & set(wish["answers"])
        return self.score >= needs["min_correct"] and bool(wanted)


@pytest.fixture(scope="module")
def entrants(out: Path) -> list[Entrant]:
    given = read(out / "input.json")
    ids = {
        i["title"]: i["questionItem"]["question"]["questionId"] for i in given["form"]["items"] if "questionItem" in i
    }
    names = {ASKS[name]["title"]: name for name in ("age_group", "area")}
    names |= {question["title"]: question["id"] for question in (*ASKS["quiz"], *ASKS["survey"])}
    found = []
    for row in counted(out):
        answers = {}
        for title, name in names.items():
            texts = row.get("answers", {}).get(ids[title], {}).get("textAnswers", {}).get("answers", [])
            answers[name] = [text["value"] for text in texts if text.get("value", "").strip()]
        created = datetime.fromisoformat(row["createTime"][:19]).replace(tzinfo=UTC).astimezone(JST)
        found.append(Entrant(answers, f"{created.month}/{created.day}（{'月火水木金土日'[created.weekday()]}）"))
    return found


def answered(name: str, option: str) -> Callable[[Entrant], bool]:
    """Say who answered a question with what a table calls so: an option, a group of them, one and none, or none."""
    groups = {group["name"]: group["options"] for group in ASKS.get(name, {}).get("groups", ())}
    options = groups.get(
        option, [option.removesuffix("・無回答"), "無回答"] if option.endswith("・無回答") else [option]
    )
    return lambda one: bool(set(options) & set(one.answers[name])) or ("無回答" in options and not one.answers[name])


def condition(sheet: str, row: str, column: str) -> Callable[[Entrant], bool]:
    """Say who is counted in a cell, by the words of its headings."""
    tests: list[Callable[[Entrant], bool]] = []
    if sheet == "day" and row != TOTAL:
        tests.append(lambda one: one.day == row)
    elif sheet == "age" and row != TOTAL:
        tests.append(answered("age_group", row))
    elif sheet == "area" and row != TOTAL:
        tests.append(answered("area", row))
    elif sheet == "area-age":
        tests += [answered("area", row)] * (row != TOTAL) + [answered("age_group", column)] * (column != TOTAL)
    elif sheet == "score" and row != TOTAL:
        tests.append(lambda one: f"{one.score}問正解" == row)
    elif sheet == "quiz" and column != TOTAL:
        id = next(q["id"] for n, q in enumerate(ASKS["quiz"], 1) if row == f"問{n} {q['title']}")
        tests.append(
            {
                "正解": lambda one: one.right(id),
                "不正解": lambda one: bool(one.answers[id]) and not one.right(id),
                "無回答": lambda one: not one.answers[id],
            }[column]
        )
    elif sheet == "prizes":
        prizes = [prize for prize in CAMPAIGN["prizes"] if prize["name"] == row]
        tests.append(
            lambda one: one.stands_for(prizes[0]) if prizes else not any(map(one.stands_for, CAMPAIGN["prizes"]))
        )
    elif sheet.startswith("survey-"):
        id, *by = sheet.removeprefix("survey-").split("-")
        if SURVEY[id]["kind"] == "text" and row != TOTAL:
            tests.append(
                {"記入あり": lambda one: bool(one.answers[id]), "記入なし": lambda one: not one.answers[id]}[row]
            )
        elif not by and row != TOTAL:
            tests.append(answered(id, row))
        elif by:
            tests += [answered(by[0], row)] * (row != TOTAL) + [answered(id, column)] * (column not in (TOTAL, "人数"))
    return lambda one: all(test(one) for test in tests)


@pytest.fixture(scope="module")
def recount(out: Path, page: str, entrants: list[Entrant]) -> dict[str, dict[tuple[str, str], int]]:
    """Count every cell of every table anew."""
    found: dict[str, dict[tuple[str, str], int]] = {}
    for sheet, cells in read_analysis.tables(page).items():
        places = [place for place in cells if place[1] != "割合"]
        found[sheet] = {place: sum(map(condition(sheet, *place), entrants)) for place in places}
    found["course"] = {(row, "件数"): number for row, number in course(out, entrants).items()}
    found["passed-over"] = {(row, "件数"): number for row, number in passed_over(out).items()}
    return found


def course(out: Path, entrants: list[Entrant]) -> dict[str, int]:
    record = read(out / "published/record.json")
    shipped = next(
        json.loads(line)
        for line in reversed((out / "operator/replies.jsonl").read_text("utf-8").splitlines())
        if '"step": "ship"' in line
    )
    forfeits = [read(path) for path in (out / "published/forfeits").glob("*.json")]
    winners = sum(len(award["winners"]) for award in record["awards"])
    promoted = len(list((out / "mail").glob("*-promoted.eml")))
    return {
        "届いた応募": len(read(out / "ledger.json")),
        "受け付けた応募": len(entrants),
        "抽選の対象": len((out / "published/pool.txt").read_text("ascii").splitlines()),
        "当選": winners,
        "お届け先の登録": winners - len(forfeits) + promoted,
        "発送": shipped["reply"]["counts"]["発送済み"],
    }


def passed_over(out: Path) -> dict[str, int]:
    words = {
        "duplicate": "重複した応募",
        "before_opening": "受付開始前の応募",
        "after_closing": "締切後の応募",
        "edited_after_closing": "締切後に書き換えられた応募",
        "no_consent": "同意のない応募",
        "bad_address": "メールアドレスが正しくない応募",
        "unreadable": "読み取れない応募",
        "withdrawn": "取り下げられた応募",
    }
    rows = [
        row["reason"] or row["outcome"] for row in read(out / "ledger.json").values() if row["outcome"] != "accepted"
    ]
    return {text: rows.count(word) for word, text in words.items()} | {TOTAL: len(rows)}


def rounded(count: str, whole: int) -> str:
    """Round as the page says it does: 割合は小数第2位を四捨五入."""
    exact = Decimal(100 * int(count.replace(",", ""))) / Decimal(whole)
    return f"{exact.quantize(Decimal('0.1'), ROUND_HALF_UP)}％"


class TestNumbers:
    def test_what_counts_is_not_what_the_form_held_in_the_end(self, out: Path) -> None:
        """Else the recount would not tell earlier versions from later ones."""
        left = {row["responseId"]: row for row in read(out / "input.json")["responses"]}
        assert sum(row != left[row["responseId"]] for row in counted(out)) >= 2

    def test_the_tables_are_all_there(self, page: str) -> None:
        tables = read_analysis.tables(page)
        crossed = {
            f"survey-{id}-{by}" for id, q in SURVEY.items() if q["kind"] != "text" for by in ("age_group", "area")
        }
        alone = {"course", "passed-over", "prizes", "day", "age", "area", "area-age", "score", "quiz"}
        assert tables.keys() == alone | {f"survey-{id}" for id in SURVEY} | crossed
        assert len(tables["day"]) == 2 * (27 + 1)
        for sheet in crossed:
            labels = {place[1] for place in tables[sheet]}
            question = SURVEY[sheet.split("-")[1]]
            merged = question.get("unanswered_with")
            options = {*question["options"]} - {merged} | {f"{merged}・無回答" if merged else "無回答"}
            assert labels - {"選択肢以外の回答"} in (options | {TOTAL}, options | {"人数"})
            groups = {group["name"] for group in ASKS[sheet.split("-")[2]]["groups"]}
            assert {place[0] for place in tables[sheet]} == groups | {TOTAL}

    def test_every_number_is_what_the_recount_says(self, page: str, recount: dict[str, Any]) -> None:
        wrong = []
        shown = 0
        for sheet, cells in read_analysis.tables(page).items():
            for place, number in recount[sheet].items():
                if cells[place] != HIDDEN:
                    shown += 1
                    wrong += [(sheet, place, cells[place], number)] * (cells[place] != f"{number:,}")
        assert wrong == []
        assert shown > 200

    def test_every_part_is_of_its_whole(self, page: str, entrants: list[Entrant]) -> None:
        parts = {
            (s, p): t for s, cells in read_analysis.tables(page).items() for p, t in cells.items() if p[1] == "割合"
        }
        assert parts
        tables = read_analysis.tables(page)
        for (sheet, (row, _)), text in parts.items():
            count = tables[sheet][row, "人数"]
            expected = HIDDEN if count == HIDDEN else rounded(count, len(entrants))
            assert text == expected, (sheet, row)

    def test_every_part_of_a_row_is_of_its_total(self, page: str) -> None:
        tables, several = read_analysis.tables(page), 0
        for sheet, parts in read_analysis.parts(page).items():
            for (row, column), text in parts.items():
                total = next(tables[sheet][row, last] for last in (TOTAL, "人数") if (row, last) in tables[sheet])
                assert text == rounded(tables[sheet][row, column], int(total.replace(",", ""))), (sheet, row, column)
                several += 1
        assert several > 50

    def test_the_workbook_says_the_same(self, out: Path, page: str) -> None:
        data = read(out / "operator/analysis.json")
        titles = {sheet["title"]: sheet["id"] for section in data["sections"] for sheet in section["sheets"]}
        sheets = {
            titles[title]: counts
            for title, counts in read_analysis.sheets((out / "operator/analysis.xlsx").read_bytes()).items()
        }
        tables = {
            sheet: {place: text for place, text in cells.items() if place[1] != "割合"}
            for sheet, cells in read_analysis.tables(page).items()
        }
        assert sheets == tables

    def test_the_truth_holds_no_number_that_is_withheld(self, out: Path, page: str) -> None:
        data = read(out / "operator/analysis.json")
        for sheet in (sheet for section in data["sections"] for sheet in section["sheets"]):
            shown = read_analysis.tables(page)[sheet["id"]]
            for row, cells in zip(sheet["rows"], sheet["cells"], strict=True):
                for column, cell in zip(sheet["columns"], cells, strict=True):
                    assert shown[row, column] == (HIDDEN if cell is None else f"{cell:,}")


class TestSuppression:
    def test_no_number_below_the_threshold_is_told_but_zero(self, page: str, recount: dict[str, Any]) -> None:
        small = 0
        for sheet, cells in read_analysis.tables(page).items():
            for place, number in recount[sheet].items():
                if 0 < number < THRESHOLD and sheet not in ("course", "passed-over"):
                    small += 1
                    assert cells[place] == HIDDEN, (sheet, place)
        assert small > 50

    def test_an_attack_of_another_make_tells_no_withheld_number_closely(self, out: Path) -> None:
        """By all that is published, the pool too; what the pool tells by itself is no fault of the tables."""
        lines = (out / "published/pool.txt").read_text("ascii").splitlines()
        pool = Counter(tuple(line.split("\t")[1].split(",")) for line in lines)
        published = read(out / "operator/analysis.json")
        pool[()] = published["population"] - len(lines)
        intervals = Attack(published, CAMPAIGN, pool).intervals()
        assert len(intervals) > 50
        for place, ((low, high), (least, most)) in intervals.items():
            assert high - low >= min(THRESHOLD, most - least) - 1e-6, place

    def test_no_withheld_number_stands_alone_in_what_adds_up(self, page: str) -> None:
        for sheet, cells in read_analysis.tables(page).items():
            rows, columns = ({place[axis] for place in cells} - {"割合"} for axis in (0, 1))
            if (
                sheet == "prizes"
                or SURVEY.get(sheet.removeprefix("survey-").split("-")[0], {}).get("kind") == "choices"
            ):
                rows = set()  # the columns of what may be chosen together do not add up
            if sheet != "quiz" and TOTAL in {place[0] for place in cells}:
                for column in columns:
                    assert [cells[row, column] for row, _ in _unique(cells)].count(HIDDEN) != 1, (sheet, column)
            for row in rows if len(columns) > 2 else ():
                assert [cells[row, column] for column in columns].count(HIDDEN) != 1, (sheet, row)

    def test_what_is_withheld_is_small_or_protects_what_is(self, page: str, recount: dict[str, Any]) -> None:
        """A large number is withheld only beside another one, in its row or its column, unless it is a total itself."""
        for sheet, cells in read_analysis.tables(page).items():
            hidden = {place for place, text in cells.items() if text == HIDDEN and place[1] != "割合"}
            for row, column in hidden:
                if recount[sheet][row, column] >= THRESHOLD:
                    beside = [place for place in hidden if (place[0] == row) != (place[1] == column)]
                    assert beside or row == TOTAL or column in (TOTAL, "人数"), (sheet, row, column)


def _unique(cells: read_analysis.Numbers) -> list[tuple[str, str]]:
    return [(row, "") for row in dict.fromkeys(place[0] for place in cells)]


class TestCharts:
    def test_every_single_column_has_its_bars(self, page: str) -> None:
        bars = read_analysis.bars(page)
        single = {sheet for sheet, cells in read_analysis.tables(page).items() if len({c for _, c in cells}) <= 2}
        assert {sheet for sheet in single if sheet not in bars} == set()
        assert {"day", "age", "survey-source", "quiz", "survey-satisfaction-area"} <= bars.keys()

    def test_every_bar_is_as_long_as_its_number(self, page: str) -> None:
        found = 0
        for sheet, bars in read_analysis.bars(page).items():
            cells = read_analysis.tables(page)[sheet]
            column = next(column for _, column in cells)
            if sheet == "quiz" or column not in ("人数", "件数"):
                continue
            told = {r: int(n.replace(",", "")) for (r, c), n in cells.items() if c == column and n != HIDDEN}
            told.pop(TOTAL, None)
            assert bars.keys() == told.keys(), sheet
            for row, [(_, length)] in bars.items():
                assert length == pytest.approx(100 * told[row] / max(told.values()), abs=0.01), (sheet, row)
                found += 1
        assert found > 40

    def test_of_questions_the_right_answers_are_drawn_and_of_scales_all(self, page: str) -> None:
        bars, parts = read_analysis.bars(page), read_analysis.parts(page)
        for row, [(_, length)] in bars["quiz"].items():
            assert length == pytest.approx(float(parts["quiz"][row, "正解"].rstrip("％")), abs=0.06)
        for pieces in bars["survey-satisfaction-age_group"].values():
            assert sum(length for _, length in pieces) == pytest.approx(100, abs=0.05)

    def test_what_is_withheld_is_hatched_and_larger_parts_are_darker(self, page: str) -> None:
        tables, shades = read_analysis.tables(page), read_analysis.shades(page)
        for sheet, cells in tables.items():
            for place, text in cells.items():
                if place[1] != "割合":
                    assert (shades[sheet][place] == "hidden") == (text == HIDDEN), (sheet, place)
        told = sorted(
            (int(text), shades["area-age"][place])
            for place, text in tables["area-age"].items()
            if text != HIDDEN and TOTAL not in place
        )
        assert [shade for _, shade in told] == sorted(shade for _, shade in told)


class TestThePage:
    def test_is_self_contained(self, page: str) -> None:
        assert not re.search(r"<(script|link|img|iframe|object|embed|base|form)\b", page, re.IGNORECASE)
        outside = re.findall(r"(?:href|src|url|@import)\s*[=(]?\s*[\"']?(?!#)([a-z]+:[^\"')\s]*)", page, re.IGNORECASE)
        assert outside == []
        assert set(re.findall(r"https?://[^\"'\s<>]+", page)) <= {
            "http://www.w3.org/2000/svg",
            "http://www.w3.org/1999/xlink",
        }

    def test_every_id_is_unique_and_every_reference_has_its_target(self, page: str) -> None:
        ids = re.findall(r'\bid="([^"]+)"', page)
        assert len(ids) == len(set(ids))
        wanted = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', page))
        assert {one or other for one, other in wanted} <= set(ids)


class TestLeaks:
    @pytest.fixture
    def typed(self, out: Path) -> set[str]:
        """Return every address and every free text of some length."""
        given = read(out / "input.json")
        free = {q["title"] for q in ASKS["survey"] if q["kind"] == "text"} | {ASKS["email"]["title"]}
        ids = {
            item["questionItem"]["question"]["questionId"]
            for item in given["form"]["items"]
            if "questionItem" in item and item["title"] in free
        }
        texts = (
            answer["value"]
            for row in (event["response"] for event in given["history"] if "response" in event)
            for id in ids & row.get("answers", {}).keys()
            for answer in row["answers"][id].get("textAnswers", {}).get("answers", [])
        )
        return {text for text in texts if len(personal_data.folded(text)) > 5}

    def test_nothing_typed_freely_is_in_any_file(self, out: Path, page: str, typed: set[str]) -> None:
        assert len(typed) > 200
        sheets = read_analysis.sheets((out / "operator/analysis.xlsx").read_bytes())
        texts = [
            page,
            (out / "operator/analysis.json").read_text("utf-8"),
            json.dumps(list(map(str, sheets.items())), ensure_ascii=False),
        ]
        assert personal_data.found(typed, texts) == set()

    def test_one_that_is_planted_is_found(self, page: str, typed: set[str]) -> None:
        secret = max(typed, key=len)
        assert personal_data.found(typed, [page + secret]) == {secret} | {
            text for text in typed if personal_data.folded(text) in personal_data.folded(secret)
        }


# In a browser.

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MEASURE = """<script>addEventListener("load", () => {
  const all = (what) => [...document.querySelectorAll(what)];
  const root = document.documentElement;
  const lines = (node) => {
    const text = document.createRange();
    text.selectNodeContents(node);
    return new Set([...text.getClientRects()].map((box) => Math.round(box.bottom / 8))).size;
  };
  const isTorn = (one) => [...one.childNodes].some((node) => node.nodeType === 3 && lines(node) > 1);
  const isOut = (one) => !one.closest(".scroll") && one.getBoundingClientRect().right > root.clientWidth + 1;
  root.dataset.measured = JSON.stringify({
    overflow: root.scrollWidth - root.clientWidth,
    requests: performance.getEntriesByType("resource").length,
    unseen: all(".bar").filter((one) => one.getBoundingClientRect().width < 80).length,
    outside: all("body *").filter(isOut).length,
    torn: all("th.n").filter(isTorn).length,
  });
});</script>"""
FRAME = """<body><iframe src="page.html" style="width:{width}px;height:2000px;border:0"></iframe><script>
onload = () => document.body.dataset.found = frames[0].document.documentElement.dataset.measured;
</script>"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


def measured(page: str, width: int, folder: Path) -> dict[str, int]:
    """Open a page in a frame of a width, in Chromium; return what is wrong with it there."""
    if CHROMIUM is None:
        if os.environ.get("REQUIRE_CHROMIUM"):
            pytest.fail("chromium is not installed")
        pytest.skip("NOT TESTED IN A BROWSER: chromium is not installed")
    open_to_scripts = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', MEASURE, page)
    assert open_to_scripts != page
    (folder / "page.html").write_text(open_to_scripts, encoding="utf-8")
    (folder / "frame.html").write_text(FRAME.format(width=width), encoding="utf-8")
    flags = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-quic"
    more = "--disable-component-update --disable-sync --virtual-time-budget=20000"
    command = [CHROMIUM, *flags.split(), *more.split(), f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/frame.html"
        done = subprocess.run([*command, url], capture_output=True, text=True, check=False, timeout=300)
        server.shutdown()
    match = re.search(r'data-found="([^"]+)"', done.stdout)
    assert match, done.stdout[-500:] + done.stderr[-2000:]
    found: dict[str, int] = json.loads(match[1].replace("&quot;", '"'))
    return found


class TestInABrowser:
    @pytest.mark.parametrize("width", [360, 700, 1280])
    def test_nothing_overflows_and_nothing_is_fetched(self, page: str, tmp_path: Path, width: int) -> None:
        assert measured(page, width, tmp_path) == {"overflow": 0, "requests": 0, "unseen": 0, "outside": 0, "torn": 0}

    def test_what_is_too_wide_or_fetched_is_seen(self, page: str, tmp_path: Path) -> None:
        (tmp_path / "pixel.png").write_bytes(b"")
        bad = page.replace("<header>", '<p style="width: 500px">広い</p><img src="pixel.png"><header>')
        found = measured(bad, 360, tmp_path)
        assert found["overflow"] > 100
        assert (found["requests"], found["outside"]) == (1, 1)
        assert found["torn"] == 0
        assert measured(page.replace("min-width:calc(", "max-width:calc(-2em + "), 360, tmp_path)["torn"] > 0
