"""
Lay out the report of an erasure for the ward's files: 個人情報消去報告書, A4.

Page one is the letter: to whom, from whom, how far it is, and what of that is only somebody's word. All else is
annexes. It says what the JSON says and nothing more; its metadata name the JSON's SHA-256, so that the two can be held
together. What is not in the JSON is left as a blank to be filled in by hand.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, TypeAlias

from prizedraw.erasure.filed import name_of
from prizedraw.erasure.passed import UNITS
from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.report import SPEC, Report
from prizedraw.erasure.report_words import on_the_period
from prizedraw.erasure.state import ENDED, PlaceReport, PlaceState, declared, state_title
from prizedraw.rendering import pdf
from prizedraw.times import japanese_era, japanese_time

STATES = {
    PlaceState.WAITING: "時期待ち",
    PlaceState.OPEN: "残りあり",
    PlaceState.UNREAD: "今回確認できず",
    PlaceState.UNATTESTED: "担当者の確認待ち",
    PlaceState.WINDOW: "復元可能期間中",
    PlaceState.DONE: "完了",
    PlaceState.DECLARED: "申告済",
    PlaceState.NONE: "該当なし",
}
ANNEXES = (
    "担当者の申告と、まだ完了していない場所",
    "場所ごとの消去の記録",
    "残すものとその理由",
    "使用したプログラムと記録",
    "この報告書の確かめ方",
)
_NONE, _LINE = "―", "＿" * 12

Line: TypeAlias = tuple[str | None, str]
"""A text, None for a blank, and how it looks: plain, `bold` or `small`."""
Cell: TypeAlias = list[Line]


def render(report: Report, json_hash: str) -> bytes:
    """Return the report as PDF; *json_hash* is the SHA-256 of its JSON. The same report gives the same bytes."""
    number = f"{report.campaign} 消去報告 第{report.number}号"
    made = report.made_at.astimezone(UTC)
    date = {name: getattr(made, name) for name in ("year", "month", "day", "hour", "minute", "second")}
    return pdf.typeset(
        "erasure-report",
        {
            "meta": {
                "title": f"個人情報消去報告書（{number}）",
                "author": report.contractor.name,
                "subject": report.title,
                "keywords": f"{SPEC} sha256:{json_hash}",
                "date": date,
            },
            "footer": f"個人情報消去報告書　{number}",
            **_letter(report, number),
            "annexes": _annexes(report, json_hash),
        },
    )


def _letter(report: Report, number: str) -> dict[str, Any]:
    """Say what stands on page one."""
    ward, contractor = report.addressee, report.contractor
    title, details = state_title(report.places)
    return {
        "issued": [f"文書番号　{number}", f"発行日　{japanese_era(report.made_at)}"],
        "addressee": [(f"（宛先）{ward.head or _LINE}", ""), (f"{ward.name} {ward.section}　扱い", "")],
        "contractor": [
            ("所在地", (contractor.address, ""), ""),
            ("受託者", (contractor.name, "bold"), ""),
            ("代表者", (contractor.representative, ""), "印"),
            ("取扱責任者", (contractor.responsible, ""), ""),
            ("同　氏名", (contractor.officer, ""), ""),
        ],
        "title": "個人情報消去報告書",
        "opening": "下記の業務で取り扱った個人情報の消去について、次のとおり報告します。",
        "state": title,
        "details": ["、".join(details), *on_the_period(report)],
        "facts": {"header": ("項目", "内容"), "rows": [([(name, "bold")], cell) for name, cell in _facts(report)]},
        "seals": [(who, "　　年　　月　　日", "氏名", "印") for who in ("提出者（受託者）", "受領者（区）")],
    }


def _facts(report: Report) -> list[tuple[str, Cell]]:
    contract, begins, ends = report.contract, *map(japanese_era, (report.handling.begins, report.handling.ends))
    return [
        ("契約件名", [(contract.name, "")]),
        ("契約番号", [(contract.number, "")]),
        ("登録業務の名称", [(contract.work, "")]),
        ("企画・取扱期間", [(report.title, ""), (f"個人情報の取扱期間：{begins}から{ends}まで", "")]),
        ("対象となる方", [(report.subjects, ""), (_people(report), "")]),
        ("情報の項目", [("、".join(report.items), "")]),
        ("消去の方法と基準", [(report.standard, "")]),
        ("再委託・クラウド", [(f"{one.name}：{one.does}", "") for one in report.processors]),
        ("保管していた場所", [(_tally(report), ""), *_unknown(report)]),
        ("申告による場所", _by_word(report)),
        ("基準日時", [(f"{_time(report.made_at)}（日本時間。別紙の日時も同じ）", "")]),
        ("別紙", [("　".join(f"{n} {title}" for n, title in enumerate(ANNEXES, start=1)), "")]),
    ]


def _people(report: Report) -> str:
    people = report.people
    said = [
        f"{words}{number:,}{unit}"
        for words, number, unit in (
            ("届いた応募", people.received, "件"),
            ("受け付けた応募者", people.accepted, "人"),
            ("当選者", people.winners, "人"),
        )
        if number is not None
    ]
    return "、".join(said) or "人数は、確定した応募の記録がないため示せません"


def _tally(report: Report) -> str:
    counts = Counter(place.state for place in report.places)
    told = "、".join(f"{words} {counts[state]}" for state, words in STATES.items() if counts[state])
    return f"{len(report.places)}か所（{told}）。場所ごとの記録は別紙2"


def _unknown(report: Report) -> list[Line]:
    """Say on the first page how much nobody declared, and that of this there is only somebody's word."""
    found = [place for place in report.places if place.kind is PlaceKind.UNKNOWN]
    if not found:
        return []
    answered = sum(place.attestation is not None for place in found)
    told = f"プログラムが知らない場所 {len(found)}か所。うち担当者の申告があるもの {answered}か所"
    return [(f"{told}（中身はプログラムでは読んでいません）", "")]


def _by_word(report: Report) -> Cell:
    """Name the places of which there is only a person's word, with who gave it and when."""
    found = declared(report.places)
    if not found:
        return [("ありません", "")]
    return [(f"{place.name}：{_who(place)}", "") for place in found]


def _who(place: PlaceReport) -> str:
    said = place.attestation
    return f"{said.by}（{_time(said.at)}）" if said is not None else ""


def _annexes(report: Report, json_hash: str) -> list[dict[str, Any]]:
    parts = [
        [*_words_of_people(report), *_unfinished(report)],
        _places(report),
        _kept(report),
        _program(report),
        _verification(report, json_hash),
    ]
    titles = [f"別紙{n}　{title}" for n, title in enumerate(ANNEXES, start=1)]
    return [{"title": title, "parts": part} for title, part in zip(titles, parts, strict=True)]


def _table(header: Sequence[str], rows: Sequence[Sequence[Cell | str]], widths: Sequence[int]) -> dict[str, Any]:
    plain = [[[(cell, "")] if isinstance(cell, str) else cell for cell in row] for row in rows]
    return {"header": header, "rows": plain, "widths": widths}


def _words_of_people(report: Report) -> list[dict[str, Any]]:
    heading = {"heading": "担当者の申告"}
    rows = [
        (_attested(place), place.attestation.by, _time(place.attestation.at), _read_again(place))
        if place.attestation
        else (_attested(place), "まだありません" if place.state not in ENDED else _NONE, _NONE, _read_again(place))
        for place in report.places
        if place.kind in (PlaceKind.PERSON, PlaceKind.UNKNOWN)
    ]
    if not rows:
        return [heading, {"text": "担当者が消去を申告する場所はありません。"}]
    note = "人の手で消去した場所について、消去を確かめた担当者が記名したものです。"
    if any(place.kind is PlaceKind.UNKNOWN for place in report.places):
        note += "プログラムが知らないものは、何であるかを担当者が申告したもので、中身をプログラムは読んでいません。"
    header = ("場所", "申告した担当者", "申告した日時", "プログラムの読み直し")
    return [heading, {"text": note}, _table(header, rows, (60, 32, 39, 43))]


def _attested(place: PlaceReport) -> Cell:
    return [(place.name, ""), (place.method, "small")] if place.kind is PlaceKind.UNKNOWN else [(place.name, "")]


def _read_again(place: PlaceReport) -> str:
    """Say what the program read of a place beside a person's word."""
    if place.kind is PlaceKind.UNKNOWN and place.after is not None:
        return f"{place.after:,}件あり（中身は読めません）" if place.after else "0件（中身は読めません）"
    if place.after is None:
        return "読めません（申告のみ）" if place.attestation else "読めていません"
    return f"{place.after:,}件（{_time(place.read_at)}）"


def _unfinished(report: Report) -> list[dict[str, Any]]:
    left = [place for place in report.places if place.state not in ENDED]
    heading = {"heading": "まだ完了していない場所"}
    if not left:
        return [heading, {"text": "ありません。すべての場所が「完了」「申告済」「該当なし」のどれかです。"}]
    rows = [(place.name, STATES[place.state], _time(place.until)) for place in left]
    return [heading, _table(("場所", "状態", "復元可能期間の終わり"), rows, (84, 45, 45))]


def _places(report: Report) -> list[dict[str, Any]]:
    note = (
        "「通過」は業務の記録で数えたもの、「前」は消去の時期に初めて確認した時、「後」は今回読み直した時の件数です。"
        "「―」は数えていないことを表します。「申告済」は、プログラムでは読めず、担当者の申告だけによるものです。"
    )
    header = ("番号・場所", "消去の方法と証跡", "件数", "日時", "状態")
    rows = [_place(number, place) for number, place in enumerate(report.places, start=1)]
    return [{"text": note}, _table(header, rows, (42, 45, 23, 37, 27))]


def _place(number: int, place: PlaceReport) -> list[Cell]:
    went = [(f"通過 {place.passed:,}{UNITS.get(place.id, '件')}", "")] if place.passed is not None else []
    until: Cell = [("復元可能期間の終わり", "small"), (_time(place.until), "")] if place.until else []
    state: Cell = [(STATES[place.state], "bold")]
    if place.attestation is not None:
        state += [(f"申告：{place.attestation.by}", ""), (_time(place.attestation.at), "")]
    return [
        [(f"{number}　{place.name}", "bold"), (place.holds, "small")],
        [(place.method, ""), (f"証跡：{place.evidence}", "small")],
        [*went, (f"前 {_count(place.before)}", ""), (f"後 {_count(place.after)}", "")],
        [*_when("消去", place.erased_at), *_when("確認", place.read_at), *until],
        state,
    ]


def _kept(report: Report) -> list[dict[str, Any]]:
    rows: list[list[Cell | str]] = [
        [[(kept.name, "bold"), (kept.holds, "small")], kept.reason, kept.until] for kept in report.kept
    ]
    if not rows:
        return [{"text": "ありません。"}]
    return [_table(("残すものと内容", "残す理由", "残す期間"), rows, (64, 72, 38))]


def _program(report: Report) -> list[dict[str, Any]]:
    rows: list[tuple[str, str]] = [
        ("プログラム一覧", report.versions.code_hash),
        *((name, digest) for name, digest in sorted(report.versions.archives.items())),
        ("抽選の確定記録", report.commitment_hash or _NONE),
        ("抽選記録", report.record_hash or _NONE),
        (f"業務の記録（{report.journal.rows:,}行）", report.journal.hash),
    ]
    note = "消去に使用したプログラムと、あわせて保存する記録です。値はそれぞれのSHA-256です。"
    return [{"text": note}, _table(("名前", "SHA-256"), rows, (40, 134))]


def _verification(report: Report, json_hash: str) -> list[dict[str, Any]]:
    data, paper = (name_of(report.number, end).rpartition("/")[2] for end in (".json", ".pdf"))
    check = "openssl dgst -sha256 -verify evidence.pem"
    note = (
        f"同じ内容のJSONファイル（{data}）があり、このPDFとともに電子署名（ECDSA P-256、SHA-256。"
        "名前に .sig が付くファイル）を付けてあります。次のどれも、インターネットへの接続を必要としません。"
    )
    rows = [
        ("JSONのSHA-256", json_hash),
        ("署名鍵のSHA-256", report.evidence_key),
        ("内容と署名の検証", f"python3 -I verify_erasure.py {data}"),
        ("ブラウザーでの検証", f"verify.html を開き、{data}、{data}.sig、evidence.pem を選びます（主な決まりだけ）"),
        ("JSONの署名だけの検証", f"{check} -signature {data}.sig {data}"),
        ("PDFの署名だけの検証", f"{check} -signature {paper}.sig {paper}"),
        ("署名鍵の確認", "openssl pkey -pubin -in evidence.pem -outform DER | openssl dgst -sha256"),
    ]
    return [{"text": note}, _table(("項目", "値、または入力する命令"), rows, (40, 134))]


def _when(what: str, moment: datetime | None) -> Cell:
    return [(what, "small"), (_time(moment), "")] if moment else [(f"{what} {_NONE}", "")]


def _count(number: int | None) -> str:
    return _NONE if number is None else f"{number:,}件"


def _time(moment: datetime | None) -> str:
    return f"{japanese_era(moment)} {japanese_time(moment)}" if moment else _NONE
