"""
Lay out the report of an erasure for the ward's files: 個人情報消去報告書, A4.

It says what the JSON says and nothing more; its metadata name the JSON's SHA-256, so that the two can be held together.
"""

from collections import Counter
from datetime import datetime
from functools import partial

from reportlab.lib.units import mm
from reportlab.platypus import KeepTogether, Spacer

from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.report import SPEC, Report, name_of
from prizedraw.erasure.state import ENDED, PlaceReport, PlaceState, state_words
from prizedraw.rendering.pdf import Cell, Paper, Story, pages
from prizedraw.times import JST, japanese_era

STATES = {
    PlaceState.WAITING: "時期待ち",
    PlaceState.OPEN: "残りあり",
    PlaceState.UNREAD: "今回確認できず",
    PlaceState.UNATTESTED: "担当者の確認待ち",
    PlaceState.WINDOW: "復元可能期間中",
    PlaceState.DONE: "完了",
    PlaceState.NONE: "該当なし",
}
_NONE = "―"


def render(report: Report, json_hash: str) -> bytes:
    """Return the report as PDF; *json_hash* is the SHA-256 of its JSON. The same report gives the same bytes."""
    number = f"{report.campaign} 消去報告 第{report.number}号"
    return pages(
        partial(_story, report, json_hash, number),
        footer=f"個人情報消去報告書　{number}",
        title=f"個人情報消去報告書（{number}）",
        author=report.contractor.name,
        subject=report.title,
        keywords=f"{SPEC} sha256:{json_hash}",
    )


def _story(report: Report, json_hash: str, number: str) -> Story:
    paper = Paper()
    parts = [
        *_cover(paper, report, number),
        *_unfinished(paper, report),
        *_places(paper, report),
        *_attestations(paper, report),
        *_kept(paper, report),
        *_program(paper, report),
        *_verification(paper, report, json_hash),
        *_signatures(paper, report),
    ]
    return parts + _stand_ins(paper)


def _stand_ins(paper: Paper) -> Story:
    """Explain what the font could not draw, if there was anything."""
    if not paper.missing:
        return []
    note = (
        f"※ {'、'.join(paper.missing.values())} は、この文書の書体では表せない文字です。"
        "かっこ内は文字番号（Unicode）で、元の文字は同じ報告書のJSONファイルにあります。"
    )
    return [Spacer(0, 5 * mm), paper.text(note, "small")]


def _cover(paper: Paper, report: Report, number: str) -> Story:
    title, details = state_words(report.places)
    told = ["、".join(details[start : start + 2]) for start in range(0, len(details), 2)]
    counts = Counter(place.state for place in report.places)
    tally = "、".join(f"{words} {counts[state]}" for state, words in STATES.items() if counts[state])
    return [
        paper.text(f"文書番号　{number}", "right"),
        paper.text(japanese_era(report.made_at), "right"),
        paper.text(f"{report.addressee.name}　{report.addressee.section}　御中", "address"),
        Spacer(0, 2 * mm),
        paper.text(report.contractor.name, "right"),
        paper.text(report.contractor.responsible, "right"),
        Spacer(0, 7 * mm),
        paper.text("個人情報消去報告書", "title"),
        Spacer(0, 5 * mm),
        paper.text("下記の業務で取り扱った個人情報の消去について、次のとおり報告します。"),
        Spacer(0, 3 * mm),
        paper.box([paper.text(title, "state"), *(paper.text(line, "detail") for line in told)]),
        *paper.heading("1　業務と個人情報"),
        paper.pairs(
            [
                ("業務", report.title),
                (
                    "個人情報の取扱期間",
                    f"{japanese_era(report.handling.begins)}から{japanese_era(report.handling.ends)}まで",
                ),
                ("対象となる方", report.subjects),
                ("取り扱った情報の項目", [(f"・{item}", "cell") for item in report.items]),
                ("この報告の基準日時", f"{_time(report.made_at)}（日本時間。以下同じ）"),
                ("保管していた場所", f"{len(report.places)}か所（{tally}）"),
                *_unknown(report),
            ]
        ),
    ]


def _unknown(report: Report) -> list[tuple[str, Cell]]:
    """Say on the first page how much nobody declared, and that of this there is only somebody's word."""
    found = [place for place in report.places if place.kind is PlaceKind.UNKNOWN]
    if not found:
        return []
    answered = sum(place.attestation is not None for place in found)
    told = f"{len(found)}か所。うち担当者の申告があるもの {answered}か所（中身はプログラムでは読んでいません）"
    return [("プログラムが知らない場所", told)]


def _unfinished(paper: Paper, report: Report) -> Story:
    left = [place for place in report.places if place.state not in ENDED]
    heading = paper.heading("2　まだ完了していない場所")
    if not left:
        return [*heading, paper.text("ありません。すべての場所が「完了」または「該当なし」です。")]
    rows = [(place.name, STATES[place.state], _time(place.until)) for place in left]
    return [*heading, paper.grid(("場所", "状態", "復元可能期間の終わり"), rows, (8, 5, 5))]


def _places(paper: Paper, report: Report) -> Story:
    header = ("", "場所／保管していた情報", "消去の方法／証跡", "消去前・後の件数", "消去日時・確認日時", "状態")
    rows = [_place(number, place) for number, place in enumerate(report.places, start=1)]
    return [*paper.heading("3　場所ごとの消去の記録"), paper.grid(header, rows, (8, 42, 42, 18, 44, 26))]


def _place(number: int, place: PlaceReport) -> list[Cell]:
    until = [("復元可能期間の終わり", "small"), (_time(place.until), "cell")] if place.until else []
    return [
        str(number),
        [(place.name, "cell"), (place.holds, "small")],
        [(place.method, "cell"), (f"証跡：{place.evidence}", "small")],
        [(f"前 {_count(place.before)}", "cell"), (f"後 {_count(place.after)}", "cell")],
        [(f"消去 {_time(place.erased_at)}", "cell"), (f"確認 {_time(place.read_at)}", "cell"), *until],
        STATES[place.state],
    ]


def _attestations(paper: Paper, report: Report) -> Story:
    heading = paper.heading("4　担当者による確認")
    rows = [
        (_attested(place), place.attestation.by, _time(place.attestation.at))
        if place.attestation
        else (_attested(place), "まだありません" if place.state not in ENDED else _NONE, _NONE)
        for place in report.places
        if place.kind in (PlaceKind.PERSON, PlaceKind.UNKNOWN)
    ]
    if not rows:
        return [*heading, paper.text("担当者が消去を確認する場所はありません。")]
    note = paper.text("人の手で消去し、消去を確かめた担当者が記名した場所です。")
    if any(place.kind is PlaceKind.UNKNOWN for place in report.places):
        note = paper.text(
            "人の手で消去し、消去を確かめた担当者が記名した場所と、プログラムが知らないもので、何であるかを担当者が"
            "申告したものです。知らないものの中身を、プログラムは読んでいません。"
        )
    return [*heading, note, paper.grid(("場所", "確認した担当者", "確認した日時"), rows, (8, 5, 5))]


def _attested(place: PlaceReport) -> Cell:
    return [(place.name, "cell"), (place.method, "small")] if place.kind is PlaceKind.UNKNOWN else place.name


def _kept(paper: Paper, report: Report) -> Story:
    heading = paper.heading("5　残すものとその理由")
    rows = [([(kept.name, "cell"), (kept.holds, "small")], kept.reason, kept.until) for kept in report.kept]
    if not rows:
        return [*heading, paper.text("ありません。")]
    return [*heading, paper.grid(("残すもの／内容", "残す理由", "残す期間"), rows, (7, 8, 4))]


def _program(paper: Paper, report: Report) -> Story:
    rows: list[tuple[str, Cell]] = [
        ("プログラム一覧", report.versions.code_hash),
        *((name, digest) for name, digest in sorted(report.versions.archives.items())),
        ("抽選の確定書", report.commitment_hash or _NONE),
        ("抽選の記録", report.record_hash or _NONE),
        (f"操作の記録（{report.journal.rows:,}行）", report.journal.hash),
    ]
    note = paper.text("消去に使用したプログラムと、あわせて保存する記録です。値はそれぞれのSHA-256です。")
    return [*paper.heading("6　使用したプログラムと記録"), note, paper.pairs(rows)]


def _verification(paper: Paper, report: Report, json_hash: str) -> Story:
    data, pdf = (name_of(report.number, end).rpartition("/")[2] for end in (".json", ".pdf"))
    check = "openssl dgst -sha256 -verify evidence.pem"
    return [
        *paper.heading("7　この報告書の確かめ方"),
        paper.text(
            f"同じ内容のJSONファイル（{data}）があり、このPDFとともに電子署名（ECDSA P-256、SHA-256。"
            "名前に .sig が付くファイル）を付けてあります。次のどれも、インターネットへの接続を必要としません。"
        ),
        Spacer(0, 1.5 * mm),
        paper.pairs(
            [
                ("JSONのSHA-256", json_hash),
                ("署名鍵のSHA-256", report.evidence_key),
                ("内容と署名の検証", f"python3 -I verify_erasure.py {data}"),
                ("JSONの署名だけの検証", f"{check} -signature {data}.sig {data}"),
                ("PDFの署名だけの検証", f"{check} -signature {pdf}.sig {pdf}"),
                ("署名鍵の確認", "openssl pkey -pubin -in evidence.pem -outform DER | openssl dgst -sha256"),
            ]
        ),
    ]


def _signatures(paper: Paper, report: Report) -> Story:
    blank = (
        ("", "body"),
        ("年　　　月　　　日", "right"),
        ("", "body"),
        ("氏名　　　　　　　　　　　　　　　　　印", "body"),
    )
    submitter = (("提出者", "cell"), (report.contractor.name, "body"), (report.contractor.responsible, "body"), *blank)
    receiver = (("受領者", "cell"), (report.addressee.name, "body"), (report.addressee.section, "body"), *blank)
    return [KeepTogether([*paper.heading("8　提出と受領"), paper.beside(submitter, receiver)])]


def _count(number: int | None) -> str:
    return _NONE if number is None else f"{number:,}件"


def _time(moment: datetime | None) -> str:
    return f"{japanese_era(moment)} {moment.astimezone(JST):%H:%M}" if moment else _NONE
