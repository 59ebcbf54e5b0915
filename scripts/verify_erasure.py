#!/usr/bin/env python3
"""
Verify the report of an erasure (prizedraw-erasure/2, and /1; docs/erasure.md). Anyone may run it, anywhere.

    python3 -I verify_erasure.py REPORT [--evidence-key HASH] [--rules FILE] [--rules-hash HASH]
                                 [--commitment-hash HASH] [--pdf FILE] [--at TIME] [--require-all]

REPORT is `<NNN>-report.json`, or a folder, in which the report of the highest number is taken. Beside it lie its
.sig and evidence.pem; the PDF of the same name and its .sig are verified too if they are there. Python 3.9 or later
suffices, offline. Signatures are checked where `cryptography` is installed; otherwise they are reported as 未確認 (not
checked). --rules FILE, the rules.json of the draw, also checks that the report is of that draw and signed by the key
that its rules name. --at TIME (RFC 3339, UTC; else now) is when you ask: the last lines say which places were not
complete when the report was made, and whose time has passed since.

Whoever has the ward's mails gives the hashes that stand in them: --evidence-key, or --rules-hash together with --rules,
from the mail before opening; --commitment-hash from the one before the draw. A report that was held against nothing
only agrees with itself, whoever wrote it: it is called consistent. Proven is what was held against the key or the
rules, with nothing left unchecked; --require-all demands that.

What is proved, step by step; the code carries the numbers, § is the section of docs/erasure.md:

    (1) files         §1  report, signature and key are there
    (2) report-form   §2  the report is what the specification calls a report
    (3) times         §3  nothing lies ahead of the report, and what was counted was read that day
    (4) untouched     §3  nothing was done where the time has not come, or where there never was anything
    (5) counts        §3  what is called gone was counted as gone, and what is open was not
    (6) windows       §3  a window lies ahead where one is open, and behind where all is done
    (7) attestations  §3  whoever erased by hand gave a name and a time
    (8) state         §4  the state of the whole follows from the places
    (9) period        §4.1  nothing was erased before the data was handled; what was erased after it is told
    (10) evidence-key §5  the public key is the one that the report names
    (11) rules        §6.2  the draw's rules name it too, and the report is of that draw and counts what it counted
    (12) signature    §5  whoever holds that key signed the report
    (13) pdf          §5  and the PDF, which is of this report
    (14) place-list   §3.1  no place of the specification is left out, or erased by other means
    (15) strangers    §1  nothing lies beside it that the specification does not know, or that contradicts it
    (16) anchor       §6.1  it is by the key whose hash the ward was sent

The first step that fails ends the run.
Exit status: 0 all that could be checked is right (complete or not; the last line says whether proven or only
consistent), 1 refused (the step is named), 2 wrong usage, 3 --require-all, and all is right, but held against no mail.
This file shares no code with the program that made the report.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import importlib
import io
import json
import re
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

FIRST, SPEC = "prizedraw-erasure/1", "prizedraw-erasure/2"
DAY_SECONDS = 86400
SAFE_INTEGER = 2**53 - 1  # RFC 8785, section 3.2.2.3: beyond it JSON readers differ
P256_DER = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # RFC 5480; 64 bytes follow
JST = timezone(timedelta(hours=9))
OK, NG, NOT_CHECKED, OMITTED, CAUTION = "OK    ", "NG    ", "未確認", "省略  ", "注意  "  # equally wide
MOST_NAMED = 5
LISTED = {  # docs/erasure.md, section 3.1: the places of the specification, and through whom each becomes empty
    **dict.fromkeys(("form", "sheet", "logo", "downloads", "dead-letters"), "person"),
    **dict.fromkeys(("deliveries", "claims", "claims-bucket", "exports-bucket", "shipping-passwords"), "program"),
    **dict.fromkeys(("entries", "responses", "cursor", "mail-records", "requests", "keysets"), "program"),
    **dict.fromkeys(("mailbox-sent", "mailbox"), "program"),
    **dict.fromkeys(("history-sealed", "history-state"), "time"),
    "keys": "key",
}
LISTED_FIRST = {id: kind for id, kind in LISTED.items() if id != "mailbox-sent"}  # what prizedraw-erasure/1 listed
LEAST, LEAST_KINDS = ("entries", "mailbox", "logo"), ("time", "key")  # what no report was ever without

ENDED = ("done", "declared", "none")
OVERALL = {"scheduled": "予定", "partial": "一部完了", "complete": "完了"}
LEFT = {  # of each state that is not an end: in Japanese, in English
    "waiting": ("時期待ち", "waiting"),
    "open": ("残りあり", "open"),
    "unread": ("確認できず", "unread"),
    "unattested": ("担当者の確認待ち", "unattested"),
    "window": ("復元可能期間 {}まで", "restorable until {}"),
}
PASSED = ("復元可能期間は{}に終了、その後の確認なし", "restorable until {}, not re-read since")


class Refusal(Exception):
    """A check that failed; the argument says why, in Japanese."""


class Skipped(Exception):
    """A check that was not made; the arguments are a status and a reason."""


class Erasure:
    """Where the files of a report are, and what the checks made so far have read from them."""

    data: bytes
    signature: bytes
    pem: bytes
    report: dict[str, Any]
    public_point: bytes  # of the evidence key, uncompressed (SEC 1, section 2.3.3)

    def __init__(
        self, path: Path, rules: Path | None, pdf: Path | None, at: str, mailed: dict[str, str] | None = None
    ) -> None:
        self.folder = path if path.is_dir() else None
        self.path = newest(path) if path.is_dir() else path
        self.rules, self.at, self.mailed = rules, at, mailed or {}
        beside = self.path.with_suffix(".pdf")
        self.pdf = pdf or (beside if beside.is_file() else None)

    @property
    def hashes(self) -> dict[str, tuple[str, str]]:
        """Return what can be held against a mail: by option (or none, if no mail has it) what it is, and its hash."""
        known = {
            "--rules-hash": ("rules.json", sha256(self.rules.read_bytes()) if self.rules else None),
            "--evidence-key": ("evidence key", self.report["evidence_key"]),
            "--commitment-hash": ("commitment.json", self.report["commitment_hash"]),
            "record": ("record.json", self.report["record_hash"]),
            "report": (self.path.name, sha256(self.data)),
        }
        return {option: (name, value) for option, (name, value) in known.items() if value}

    @property
    def is_anchored(self) -> bool:
        """Tell whether the key was held against a mail, be it by way of the rules that name it."""
        return not self.mailed.keys().isdisjoint({"--evidence-key", "--rules-hash"})

    @property
    def places(self) -> Iterator[tuple[dict[str, Any], str]]:
        """Yield each place, and how a refusal names it."""
        return ((place, f"（{place['id']}：{place['name']}）") for place in self.report["places"])


def newest(folder: Path) -> Path:
    """Return the report with the highest number: its own, whatever it is called; of one number, what is called so."""

    def order(path: Path) -> tuple[int, bool, str]:
        named = int((re.match("[0-9]+", path.name) or ["0"])[0])
        try:
            number = json.loads(path.read_bytes())["number"]
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            number = None
        own = number if type(number) is int and number <= SAFE_INTEGER else named
        return own, own == named, path.name

    return max(folder.glob("*report.json"), key=order, default=folder / "report.json")


def demand(holds: bool, otherwise: str) -> None:
    """Refuse unless the condition *holds*."""
    if not holds:
        raise Refusal(otherwise)


def printable(names: list[str]) -> str:
    """List names, the first few; what a terminal would obey or hide is shown as 〓."""
    shown = ["".join(c if c.isprintable() else "〓" for c in name) for name in names[:MOST_NAMED]]
    return "、".join(shown) + ("ほか" if len(names) > MOST_NAMED else "")


Check = Callable[[Erasure], object]
CHECKS: list[tuple[str, str, Check]] = []


def check(name: str) -> Callable[[Check], Check]:
    """Add a function to the checks, under its own name and one in Japanese; what it returns is a detail to print."""

    def add(function: Check) -> Check:
        CHECKS.append((function.__name__.replace("_", "-"), name, function))
        return function

    return add


def sha256(data: bytes) -> str:
    """Return SHA-256 in lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def moment(text: str) -> datetime:
    """Return an RFC 3339 time in UTC; ValueError if there is no such day."""
    return datetime.fromisoformat(text[:-1] + "+00:00")


def day_of(text: str) -> str:
    """Return the day of a time in Japan."""
    return moment(text).astimezone(JST).date().isoformat()


def in_japan(text: str) -> str:
    """Show a time to a Japanese reader."""
    local = moment(text).astimezone(JST)
    return f"{local.year}年{local.month}月{local.day}日{local:%H:%M}"


# Canonical JSON (RFC 8785) and the shape of a report


def canonical(value: Any) -> bytes:
    """Write canonical JSON: no blanks, keys sorted by their UTF-16 code units, no number but safe integers."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return b"{" + b",".join(canonical(key) + b":" + canonical(value[key]) for key in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(element) for element in value) + b"]"
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > SAFE_INTEGER):
        raise ValueError
    return json.dumps(value, ensure_ascii=False).encode()


def fits(value: Any, shape: Any) -> bool:
    """
    Tell whether a JSON value has a shape.

    A shape is a dict (exactly these fields), a list (any number of its one element), a tuple (one of these), a
    pattern (a string, all of it; ValueError for a time or day that does not exist), a constant, `int` (0 or more) or
    `dict`.
    """
    if isinstance(shape, dict):
        return isinstance(value, dict) and value.keys() == shape.keys() and all(fits(value[k], shape[k]) for k in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(element, shape[0]) for element in value)
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, re.Pattern):
        matches = isinstance(value, str) and shape.fullmatch(value) is not None
        exists = {TIME: moment, DAY: date.fromisoformat}.get(shape)
        return matches and (exists is None or exists(value) is not None)
    return bool(value == shape or (type(value) is shape and (shape is dict or value >= 0)))


def fits_report(value: Any) -> bool:
    """Tell whether a value has the shape of a report, of either specification; ValueError as in `fits`."""
    shape = REPORT_FIRST if isinstance(value, dict) and value.get("spec") == FIRST else REPORT
    return fits(value, shape)


def fits_time(value: Any) -> bool:
    """Tell whether a value of another file is a time."""
    try:
        return fits(value, TIME)
    except ValueError:
        return False


def read(data: bytes) -> Any:
    """Read JSON, demanding that the bytes are its canonical form: then no key occurs twice either."""
    try:
        value = json.loads(data.decode())
        demand(canonical(value) == data, "正規形のJSON（RFC 8785）ではありません")
    except (ValueError, RecursionError):
        raise Refusal("正しいJSONではありません") from None
    return value


TEXT = re.compile("[^\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]{1,1000}")
ID, ARCHIVE = re.compile("[a-z0-9][a-z0-9_-]{0,63}"), re.compile("[a-z0-9][a-z0-9._-]{0,63}")
HASH, DAY = re.compile("[0-9a-f]{64}"), re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z")
PLACE = {
    "id": ID,
    **dict.fromkeys(("name", "holds", "method", "evidence"), TEXT),
    "kind": ("program", "key", "time", "person", "unknown"),
    "state": (*LEFT, "done", "none"),
    **dict.fromkeys(("before", "after"), (None, int)),
    **dict.fromkeys(("erased_at", "read_at", "until"), (None, TIME)),
    "attestation": (None, {"by": TEXT, "at": TIME}),
}
REPORT_FIRST = {
    "spec": FIRST,
    "campaign": ID,
    **dict.fromkeys(("title", "subjects"), TEXT),
    "number": int,
    "made_at": TIME,
    "state": tuple(OVERALL),
    "addressee": {"name": TEXT, "section": TEXT},
    "contractor": {"name": TEXT, "responsible": TEXT},
    "handling": {"begins": DAY, "ends": DAY},
    "items": [TEXT],
    "places": [PLACE],
    "kept": [{"id": ID, **dict.fromkeys(("name", "holds", "reason", "until"), TEXT)}],
    "versions": {"code_hash": HASH, "archives": dict},
    **dict.fromkeys(("commitment_hash", "record_hash"), (None, HASH)),
    "journal": {"rows": int, "hash": HASH},
    "evidence_key": HASH,
}
REPORT = {
    **REPORT_FIRST,
    "spec": SPEC,
    "addressee": {"name": TEXT, "section": TEXT, "head": (None, TEXT)},
    "contract": dict.fromkeys(("name", "number", "work"), (None, TEXT)),
    "contractor": {
        **dict.fromkeys(("name", "responsible"), TEXT),
        **dict.fromkeys(("address", "representative", "officer"), (None, TEXT)),
    },
    "people": dict.fromkeys(("received", "accepted", "winners"), (None, int)),
    "processors": [{"name": TEXT, "does": TEXT}],
    "standard": TEXT,
    "earliest": DAY,
    "places": [{**PLACE, "passed": (None, int), "state": (*LEFT, *ENDED)}],
}


# The checks, in order


# (1) §1. Nothing below can be proved without one of them.
@check("報告書と署名と公開鍵がそろっている")
def files(erasure: Erasure) -> str:
    """Find the files; evidence.pem may also lie in the folder above."""
    path = erasure.path
    pems = [folder / "evidence.pem" for folder in (path.parent, path.parent.parent)]
    wanted = [path, path.with_name(path.name + ".sig"), next((pem for pem in pems if pem.is_file()), pems[0])]
    if erasure.pdf:
        wanted += [erasure.pdf, erasure.pdf.with_name(erasure.pdf.name + ".sig")]
    missing = [file.name for file in wanted if not file.is_file()]
    demand(not missing, f"ありません（{'、'.join(missing)}）")
    erasure.data, erasure.signature, erasure.pem = (file.read_bytes() for file in wanted[:3])
    return path.name


# (2) §2. The report as a whole; a key must be in it, or it would prove no erasure of copies.
@check("報告書が仕様どおり")
def report_form(erasure: Erasure) -> str:
    """Read the report; something is reported, each place once, a key among them."""
    erasure.report = report = read(erasure.data)
    try:
        demand(fits_report(report), "項目の過不足か、値の形の誤りがあります")
    except ValueError:
        raise Refusal("正しい日時ではありません") from None
    archives = report["versions"]["archives"].items()
    demand(all(fits(name, ARCHIVE) and fits(value, HASH) for name, value in archives), "プログラム一覧の誤りです")
    ids = [part["id"] for part in report["places"] + report["kept"]]
    demand(len(ids) == len(set(ids)), "場所、または残すものの重複があります")
    demand(report["number"] > 0 and report["items"] != [], "番号か、情報の項目の誤りです")
    named = re.fullmatch("([0-9]{3,})-report[.]json", erasure.path.name)
    demand(named is None or named[1] == f"{report['number']:03}", "ファイル名の番号が、中の番号と違います")
    demand(report["handling"]["begins"] <= report["handling"]["ends"], "取扱期間の誤りです")
    demand(any(place["kind"] == "key" for place in report["places"]), "鍵についての報告がありません")
    programs, journal = report["versions"], report["journal"]
    demand(programs["archives"] != {} and programs["code_hash"] != "0" * 64, "プログラムが示されていません")
    demand(journal["rows"] > 0 and journal["hash"] not in ("0" * 64, sha256(b"")), "業務の記録が示されていません")
    if report["spec"] == SPEC:
        manifest = canonical({"archives": programs["archives"]})
        demand(sha256(manifest) == programs["code_hash"], "プログラム一覧のハッシュ（code_hash）が、一覧と違います")
        known = {"received": "commitment", "accepted": "commitment", "winners": "record"}
        agree = all((report["people"][n] is None) == (report[f"{f}_hash"] is None) for n, f in known.items())
        demand(agree, "人数と、そのもとになる抽選のファイルの有無が合いません")
    return f"第{report['number']}号、{len(report['places'])}か所"


# (3) §3, of every place. A count proves nothing about a time after it was taken.
@check("日時の順が合う")
def times(erasure: Erasure) -> str:
    """Demand that nothing lies ahead of the report or of now, and that what was counted was read that day."""
    made_at = erasure.report["made_at"]
    demand(made_at <= erasure.at, "作成日時が、確かめる日時より後です（時計、または --at を確かめてください）")
    for p, name in erasure.places:
        known = [p["erased_at"], p["read_at"], p["attestation"] and p["attestation"]["at"]]
        demand(all(one <= made_at for one in known if one), f"報告書の作成より後の日時です{name}")
        ordered = not (p["erased_at"] and p["read_at"]) or p["erased_at"] <= p["read_at"]
        demand(ordered, f"消去した後に確認していません{name}")
        restorable = not (p["erased_at"] and p["until"]) or p["erased_at"] <= p["until"]
        demand(restorable, f"復元可能期間が、消去より前に終わっています{name}")
        read_at = p["read_at"] and moment(p["read_at"]).timestamp()
        fresh = read_at and read_at >= moment(made_at).timestamp() - DAY_SECONDS
        demand(p["after"] is None or bool(fresh), f"件数を、報告の前の1日以内に確認していません{name}")
    return f"作成 {made_at}"


# (4) §3, the rows waiting and none.
@check("手をつけていない場所の記載が合う")
def untouched(erasure: Erasure) -> None:
    """Demand that nothing was done where the time has not come, nor where there never was anything."""
    for p, name in erasure.places:
        if p["state"] in ("waiting", "none"):
            acts = (p["erased_at"], p["until"], p["attestation"])
            demand(acts == (None, None, None), f"消去の前なのに、消去などの記載があります{name}")
        if p["state"] == "none":
            never = not p["before"] and (p["after"] == 0 or (p["kind"] == "person" and p["after"] is None))
            demand(never, f"該当なしなのに、なかったことの確認がありません{name}")


# (5) §3, the rows open and unread; and *gone*, which window, done and unattested rest on.
@check("件数が状態と合う")
def counts(erasure: Erasure) -> None:
    """Demand that what is called gone was counted as gone, and what is open is not."""
    for p, name in erasure.places:
        state, kind, after = p["state"], p["kind"], p["after"]
        if kind == "unknown":
            undeclared(p, name, "done" if erasure.report["spec"] == FIRST else "declared")
            continue
        demand((state == "open") <= bool(after), f"残りありなのに、残りの件数がありません{name}")
        demand(state != "unread" or p["read_at"] is None, f"確認できずなのに、確認日時があります{name}")
        demand(kind != "time" or p["erased_at"] is None, f"期間の経過で消える場所に、消去日時があります{name}")
        if state == "declared":
            demand(kind == "person" and after is None, f"申告済なのに、プログラムが数えた件数があります{name}")
            continue
        if state == "done" and kind == "person" and erasure.report["spec"] == SPEC:
            demand(after == 0, f"担当者の申告だけなのに、完了とされています{name}")
        if state in ("window", "done", "unattested"):
            passing = kind == "time" and state == "window"  # backups that are still there, and have an end
            demand(not after or passing, f"消去済なのに、残りがあります{name}")
            demand(kind == "person" or after is not None, f"消去済なのに、読み直した件数がありません{name}")
            demand(
                kind not in ("program", "key") or p["erased_at"] is not None or p["before"] == 0,
                f"消去日時がありません{name}",
            )


def undeclared(p: dict[str, Any], name: str, end: str) -> None:
    """Demand what §3.2 demands of a thing that nobody declared: only a person's word ends it, and nobody erased it."""
    given = p["attestation"] is not None
    allowed = {
        "open": bool(p["after"]) and not given,
        "unattested": p["after"] == 0 and not given,
        "unread": p["read_at"] is None,
        end: given and p["after"] is not None,
    }
    demand(allowed.get(p["state"], False), f"申告のなかったものの状態が、件数や確認と合いません{name}")
    demand(p["erased_at"] is None and p["until"] is None, f"申告のなかったものに、消去などの日時があります{name}")


# (6) §3, the rows window and done: what can be restored is not gone.
@check("復元可能期間が状態と合う")
def windows(erasure: Erasure) -> None:
    """Demand that a window lies ahead of the report where one is open, and behind it where all is done."""
    for p, name in erasure.places:
        ahead = p["until"] is not None and p["until"] > erasure.report["made_at"]
        demand((p["state"] == "window") <= ahead, f"復元可能期間の終わりが、作成日時より後にありません{name}")
        demand(not (p["state"] in ("done", "declared") and ahead), f"完了なのに、復元可能期間が終わっていません{name}")


# (7) §3, the rows of the kind person: what no program can read is somebody's word, with a name.
@check("担当者の確認が状態と合う")
def attestations(erasure: Erasure) -> str:
    """Demand a name and a time from whoever erased by hand, before that counts."""
    attested = 0
    for p, name in erasure.places:
        person, given = p["kind"] in ("person", "unknown"), p["attestation"] is not None
        demand(person or not given, f"担当者が消去する場所ではありません{name}")
        demand(p["state"] != "unattested" or (person and not given), f"確認待ちの記載の誤りです{name}")
        ended = p["state"] in ("window", "done", "declared")
        demand(not (person and ended) or given, f"担当者の確認がありません{name}")
        named = not given or any(letter.isalpha() for letter in p["attestation"]["by"])
        demand(named, f"確認した担当者の氏名がありません{name}")
        attested += given
    return f"{attested}か所"


# (8) §4. Recomputed, not believed: (3) to (7) have shown that each place may say what it says.
@check("全体の状態を再計算して一致")
def state(erasure: Erasure) -> str:
    """Recompute how far the erasure has come: complete, if every place is; partial, if only the program is done."""
    places = erasure.report["places"]
    ours = [p for p in places if p["kind"] in ("program", "key")]
    empty = () if erasure.report["spec"] == FIRST else (0,)  # before: there never was anything when it was read
    erased = all(
        p["state"] in ("window", *ENDED) or (p["state"] == "unread" and (p["erased_at"] or p["before"] in empty))
        for p in ours
    )
    complete = all(p["state"] in ENDED for p in places)
    expected = "complete" if complete else "partial" if erased else "scheduled"
    demand(erasure.report["state"] == expected, f"場所ごとの状態からは「{OVERALL[expected]}」です")
    return OVERALL[expected]


# (9) §4.1. What the ward was told: until when the data is handled. An erasure after it is told, and is no forgery.
@check("消去が、個人情報の取扱期間のうちに行われている")
def period(erasure: Erasure) -> str:
    """Demand that nothing was done before the period of handling; tell what was erased after it, or ends after it."""
    report, late = erasure.report, []
    begins, ends = report["handling"]["begins"], report["handling"]["ends"]
    for p, name in erasure.places:
        acts = [act for act in (p["erased_at"], p["attestation"] and p["attestation"]["at"]) if act]
        early = p["kind"] != "unknown" and any(day_of(act) < begins for act in acts)
        demand(not early, f"取扱期間が始まる前の消去、または確認です{name}")
        late += [p["id"]] if any(day_of(act) > ends for act in acts) else []
    demand(day_of(report["made_at"]) >= begins, "取扱期間が始まる前の報告書です")
    if report["spec"] == SPEC:
        windows = [day_of(p["until"]) for p in report["places"] if p["state"] == "window"]
        least = max([day_of(report["made_at"]), *windows])
        demand(report["earliest"] >= least, "完了を確かめられる日（earliest）が、復元可能期間の終わりより前です")
        complete = report["state"] == "complete"
        demand(not complete or report["earliest"] == least, "完了した日（earliest）が、報告書の日と違います")
    if late:
        raise Skipped(CAUTION, f"取扱期間（{ends} まで）の後に消去、または確認した場所：{'、'.join(late)}")
    return f"{begins} から {ends} まで"


# (10) §5. Of the report; whose key it is, (11) shows.
@check("公開鍵 evidence.pem が報告書の示すもの")
def evidence_key(erasure: Erasure) -> None:
    """Compare the public key with the one the report names; of its many PEM spellings only the usual one counts."""
    pem = erasure.pem
    try:
        der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]), validate=True)
    except binascii.Error:
        raise Refusal("PEM形式ではありません") from None
    text = base64.b64encode(der)
    rows = [b"-----BEGIN PUBLIC KEY-----", *(text[i : i + 64] for i in range(0, len(text), 64))]
    demand(pem == b"\n".join([*rows, b"-----END PUBLIC KEY-----", b""]), "正規のPEM形式ではありません")
    demand(der.startswith(P256_DER) and len(der) == len(P256_DER) + 64, "P-256の公開鍵ではありません")
    demand(sha256(der) == erasure.report["evidence_key"], "報告書が示す公開鍵と違います")
    erasure.public_point = der[len(P256_DER) - 1 :]


# (11) §6.2. The rules named the key before entry opened: that is where the trust in it comes from.
@check("抽選の規則が定めた公開鍵で、同じ抽選の報告である")
def rules(erasure: Erasure) -> str:
    """Compare the report with the draw: key and name in its rules, and the files beside them."""
    if erasure.rules is None:
        raise Skipped(OMITTED, "抽選の規則が渡されていません（--rules FILE で確認できます）")
    given, report = read(erasure.rules.read_bytes()), erasure.report
    demand(isinstance(given, dict), "抽選の規則ではありません")
    demand(given.get("evidence_key") == report["evidence_key"], "規則が定めた公開鍵と違います")
    demand(given.get("campaign") == report["campaign"], "別のキャンペーンの規則です")
    in_time = [day_of(at) for at in (given.get("opens_at"), given.get("draw_at")) if fits_time(at)]
    handled = all(report["handling"]["begins"] <= day <= report["handling"]["ends"] for day in in_time)
    demand(handled, "受付の開始か抽選の日が、個人情報の取扱期間の外です")
    compared, programs = [], {report["versions"]["code_hash"]}
    for name in ("commitment", "record"):
        file = erasure.rules.with_name(f"{name}.json")
        if file.is_file():
            demand(sha256(file.read_bytes()) == report[f"{name}_hash"], f"報告書が示す {file.name} と違います")
            content = read(file.read_bytes())
            demand(is_earlier(content, report), f"{file.name} が、それを示す報告書より後の日時です")
            counts_of_draw(erasure, name, content if isinstance(content, dict) else {})
            compared.append(file.name)
            programs |= {content["code_hash"]} if isinstance(content, dict) and "code_hash" in content else set()
    said = "、".join(["rules.json", *compared])
    if len(programs) > 1:
        changed = "プログラム（code_hash）が、応募を確定したときと違います。配備し直した記録を確かめてください"
        raise Skipped(CAUTION, f"{said}。{changed}")
    return said


def is_earlier(given: Any, report: dict[str, Any]) -> bool:
    """Tell whether a file of the draw is not younger than the report that has its hash."""
    times = [given.get(name) for name in ("frozen_at", "drawn_at")] if isinstance(given, dict) else []
    return all(at <= report["made_at"] for at in times if isinstance(at, str))


def counts_of_draw(erasure: Erasure, name: str, content: dict[str, Any]) -> None:
    """Hold what the report counts, and when, against the commitment or the record, which are signed too."""
    report, places = erasure.report, {place["id"]: place for place in erasure.report["places"]}
    if name == "record":
        if fits_time(content.get("drawn_at")):
            for p, place in erasure.places:
                acts = [p["erased_at"], p["attestation"] and p["attestation"]["at"]]
                late = p["kind"] == "unknown" or all(act >= content["drawn_at"] for act in acts if act)
                demand(late, f"抽選より前の消去、または確認です{place}")
        awards = content.get("awards")
        if isinstance(awards, list) and report["spec"] == SPEC:
            demand(
                report["people"]["winners"] == sum(len(award["winners"]) for award in awards), "当選者の数が違います"
            )
        return
    numbers: dict[str, int] = {
        key: content[key] for key in ("received", "pool_size", "ineligible") if type(content.get(key)) is int
    }
    if len(numbers) < 3:  # noqa: PLR2004  no commitment of a draw; `verify_draw` says so
        return
    counted = {"responses": numbers["received"], "entries": numbers["pool_size"] + numbers["ineligible"]}
    asked = (places.get("requests") or {}).get("before")
    for id, number in counted.items():
        before = places[id]["before"] if id in places else None
        # One person's erasure on request takes their entry, and is counted there; nothing else lessens them.
        least = number - (asked or 0) if id == "entries" else number
        fitting = before is None or least <= before <= number
        demand(fitting, f"消去前の件数が、commitment.json の件数（{number}）と合いません（{id}：{before}）")
    keys = [p for p in report["places"] if p["kind"] == "key" and p["state"] != "waiting"]
    encrypted = numbers["received"] > 0 and keys != []
    demand(not encrypted or any(p["before"] != 0 for p in keys), "応募があったのに、暗号化の鍵がなかったとされています")
    if report["spec"] == SPEC:
        people = (report["people"]["received"], report["people"]["accepted"])
        demand(people == (counted["responses"], counted["entries"]), "応募の件数が、commitment.json と違います")


def library(name: str) -> Any:
    """Import a module of a library that may be missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise Skipped(NOT_CHECKED, f"{package} が必要です（pip install {package}）") from None


def verify_signature(erasure: Erasure, data: bytes, signature: bytes) -> None:
    """Verify ECDSA P-256 over SHA-256; the library takes no second encoding of a signature (X.690, section 10)."""
    base = "cryptography.hazmat.primitives."
    hashes, ec = library(base + "hashes"), library(base + "asymmetric.ec")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), erasure.public_point)
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except (library("cryptography.exceptions").InvalidSignature, ValueError):
        raise Refusal("署名が正しくありません") from None


# (12) §5. By the key of (10); until here the report agrees with itself, whoever wrote it.
@check("報告書の署名")
def signature(erasure: Erasure) -> None:
    """Verify the report's signature by the evidence key."""
    verify_signature(erasure, erasure.data, erasure.signature)


# (13) §5. The hash joins the PDF to the JSON, which counts.
@check("PDFが同じ報告書のもので、署名がある")
def pdf(erasure: Erasure) -> None:
    """Demand that the PDF names the SHA-256 of this JSON, once, and verify its signature."""
    if erasure.pdf is None:
        raise Skipped(OMITTED, "PDFがありません（--pdf FILE で確認できます）")
    data = erasure.pdf.read_bytes()
    named = re.findall(rb"/Keywords ?\(([^()]*)\)", data)
    demand(named == [f"{erasure.report['spec']} sha256:{sha256(erasure.data)}".encode()], "別の報告書のPDFです")
    verify_signature(erasure, data, erasure.pdf.with_name(erasure.pdf.name + ".sig").read_bytes())


# (14) §3.1. (8) believes the places that there are; a place that is left out has no state.
@check("仕様の保管場所がすべて挙げられている")
def place_list(erasure: Erasure) -> str:
    """Compare the places with the specification's: none left out, none of another kind; name those that it lacks."""
    places = {place["id"]: place["kind"] for place in erasure.report["places"]}
    listed = LISTED_FIRST if erasure.report["spec"] == FIRST else LISTED
    for id, kind in places.items():
        demand(listed.get(id, kind) == kind, f"仕様では、消去のしかたの種類が違います（{id}：{kind}）")
    lost = [id for id in LEAST if id not in places] + [kind for kind in LEAST_KINDS if kind not in places.values()]
    demand(not lost, f"欠くことのできない保管場所がありません（{'、'.join(lost)}）")
    missing, unknown = [id for id in listed if id not in places], [id for id in places if id not in listed]
    besides = [f"仕様の一覧にない場所：{'、'.join(unknown)}"] if unknown else []
    if missing:
        raise Skipped(NOT_CHECKED, "。".join([f"報告のない場所：{'、'.join(missing)}", *besides]))
    if unknown:
        raise Skipped(CAUTION, besides[0])
    return f"{len(places)}か所"


# (15) §1. Only where a folder was given: of a single file nothing is said of what lies beside it.
@check("ほかのファイルが混ざっておらず、前の報告書と食い違わない")
def strangers(erasure: Erasure) -> None:
    """Name what the specification does not know or nobody signed, and hold earlier reports against this one."""
    if erasure.folder is None:
        raise Skipped(OMITTED, "フォルダーでなく、1つのファイルを渡されています")
    ours = re.compile("([0-9]{3,})-report[.](json|pdf)([.]sig)?|evidence[.]pem")
    names = [path.name for path in erasure.folder.iterdir() if path.is_file() and ours.fullmatch(path.name)]
    others = sorted({path.name for path in erasure.folder.iterdir()} - {*names})
    numbered = {(match[1], int(match[1])) for name in names if (match := re.match("([0-9]+)-", name))}
    demand(len(numbered) == len({number for _, number in numbered}), "同じ番号の報告書が2つあります")
    notes = [f"仕様にないもの：{printable(others)}"] if others else []
    try:
        unsigned = [path.name for path in sorted(erasure.folder.glob("*-report.*")) if not is_like(erasure, path)]
        notes += [f"正しい署名のないもの：{printable(unsigned)}"] if unsigned else []
    except Skipped as reason:
        raise Skipped(NOT_CHECKED, "。".join([*notes, f"ほかの報告書の署名：{reason.args[1]}"])) from None
    if notes:
        raise Skipped(NOT_CHECKED, f"{'、'.join(notes)}。何も証明しません。別の場所に移してください")


def is_like(erasure: Erasure, path: Path) -> bool:
    """Tell whether another report in the folder is by the same key; refuse if it then contradicts this one."""
    named = re.fullmatch("([0-9]{3,})-report[.](json|pdf)", path.name)
    if named is None or path in (erasure.path, erasure.pdf):
        return True
    beside = path.with_name(path.name + ".sig")
    data, signature = path.read_bytes(), beside.read_bytes() if beside.is_file() else b""
    try:
        verify_signature(erasure, data, signature)
    except Refusal:
        return False
    if named[2] == "json":
        other, mine = read(data), erasure.report
        try:
            demand(fits_report(other), f"仕様どおりではありません（{path.name}）")
        except ValueError:
            raise Refusal(f"正しい日時ではありません（{path.name}）") from None
        demand(f"{other['number']:03}" == named[1], f"ファイル名の番号が、中の番号と違います（{path.name}）")
        demand(other["campaign"] == mine["campaign"], f"別のキャンペーンの報告書です（{path.name}）")
        in_order = (other["number"] < mine["number"]) == (other["made_at"] <= mine["made_at"])
        demand(in_order or other["made_at"] == mine["made_at"], f"作成日時が、番号の順ではありません（{path.name}）")
    elif path.with_suffix(".json").is_file():
        digest = sha256(path.with_suffix(".json").read_bytes())
        demand(digest.encode() in data, f"別の報告書のPDFです（{path.name}）")
    return True


# (16) §6.1. Until here the report agrees with itself, whoever wrote it: anybody can make a key.
@check("区に届いたメールの値と一致する")
def anchor(erasure: Erasure) -> str:
    """Hold the report against the hashes that were mailed; without that of the key, or the rules, nothing is proven."""
    for option, value in erasure.mailed.items():
        name, found = erasure.hashes.get(option, (option, None))
        demand(value == found, f"{name} がメールの値と違います（{option}）")
    if not erasure.is_anchored:
        raise Skipped(OMITTED, "--evidence-key が渡されていません（受付開始の前に区に届いたメールにあります）")
    return "、".join(erasure.hashes[option][0] for option in erasure.mailed)


# What it comes to


def unfinished(erasure: Erasure) -> list[tuple[str, str]]:
    """Say of each place that is not complete what it waits for, in Japanese and in English."""
    told = []
    for p in erasure.report["places"]:
        if p["state"] not in ENDED:
            passed = p["state"] == "window" and p["until"] <= erasure.at
            japanese, english = PASSED if passed else LEFT[p["state"]]
            until = p["until"] or erasure.at
            told.append((f"{p['name']}（{japanese.format(in_japan(until))}）", f"{p['id']} ({english.format(until)})"))
    return told


def is_declared(place: dict[str, Any]) -> bool:
    """Tell whether there is only a person's word that a place is empty, or harmless."""
    unread = place["after"] is None or place["kind"] == "unknown"
    return place["state"] in ENDED and place["attestation"] is not None and unread


def tell(erasure: Erasure, unchecked: list[str], verdict: tuple[str, str]) -> None:
    """Print the hashes to hold against the mails, then in two lines what is complete and what not yet."""
    report, left, missing = erasure.report, unfinished(erasure), not erasure.is_anchored
    print("区に届いたメールと見比べる値 / to hold against the ward's mails (SHA-256):")
    for option, (name, value) in erasure.hashes.items():
        print(f"   {name:15} {value}" + ("（一致）" if option in erasure.mailed else ""))
    whole = len(report["places"])
    declared = sum(is_declared(place) for place in report["places"])
    counted = f"{whole}か所のうち{whole - len(left)}か所が完了"
    counted += f"（うち{declared}か所は担当者の申告による）" if declared else ""
    rest = f"、未完了は{'、'.join(japanese for japanese, _ in left)}" if left else ""
    note = f"確認していない手順：{'、'.join(unchecked)}。" if unchecked else ""
    proven = not (unchecked or missing)
    degree = "区に届いたメールの値とも一致し、証明されました。" if proven else "証明されてはいません。"
    degree += "区に届いたメールの値と照合してください。" if missing else ""
    asked = f"{in_japan(report['made_at'])}の時点で"
    print(f"結果：{verdict[0]}{note}{degree}{asked}「{OVERALL[report['state']]}」：{counted}{rest}。")
    english = [f"{report['state']} at {report['made_at']}: {whole - len(left)} of {whole} places complete"]
    english[0] += f" ({declared} by a person's word)" if declared else ""
    english += [f"not yet: {', '.join(place for _, place in left)}"] if left else []
    english += ["proven" if proven else "consistent, not proven" + (" (held against no mail)" if missing else "")]
    english += [f"not checked: {', '.join(unchecked)}"] if unchecked else []
    print("; ".join([verdict[1], *english]))


def verify(erasure: Erasure, require_all: bool) -> int:
    """Make the checks, print a line for each, and return the exit status."""
    unchecked = []
    for number, (step, name, function) in enumerate(CHECKS, start=1):
        try:
            status, detail = OK, function(erasure)
        except Refusal as reason:
            print(f"{number:2} {NG} [{step}] {name}：{reason}")
            print(f"結果：拒否。手順{number} [{step}] が合いません（以降は確認していません）。")
            print(f"REFUSED at step {number} [{step}]; later steps were not looked at.")
            return 1
        except Skipped as reason:
            status, detail = reason.args
            unchecked += [f"[{step}]"] if status == NOT_CHECKED else []
        print(f"{number:2} {status} [{step}] {name}" + (f"：{detail}" if detail else ""))
    refused, demanded = bool(unchecked and require_all), require_all and not erasure.is_anchored
    right = "確認した手順はすべて正しい。"
    tell(
        erasure,
        unchecked,
        ("拒否。", "REFUSED") if refused else (right, "NOT PROVEN") if demanded else (right, "ACCEPTED"),
    )
    return 1 if refused else 3 if demanded else 0


def hash_given(text: str) -> str:
    """Read a hash as it was copied from a mail: in either case, with blanks or line breaks."""
    value = re.sub(r"\s", "", text).lower()
    if not HASH.fullmatch(value):
        raise argparse.ArgumentTypeError("not 64 characters of hex")
    return value


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and verify."""
    parser = argparse.ArgumentParser(description="個人情報消去報告書を検証します。 Verify the report of an erasure.")
    parser.add_argument("report", metavar="REPORT", type=Path, help="報告書のJSON、またはそのフォルダ / JSON or folder")
    parser.add_argument("--rules", metavar="FILE", type=Path, help="抽選の規則 rules.json / the rules of the draw")
    parser.add_argument("--pdf", metavar="FILE", type=Path, help="報告書のPDF / the report as PDF")
    parser.add_argument("--at", metavar="TIME", help="確かめる日時（例 2026-04-30T00:00:00Z）/ when you ask (now)")
    for name, what in (
        ("--evidence-key", "署名の鍵のメールの値 / hash of the evidence key, from the ward's mail"),
        ("--rules-hash", "規則のメールの値（--rules とともに）/ hash of the rules, from the same mail; with --rules"),
        ("--commitment-hash", "確定記録のメールの値 / hash of the commitment, from the ward's mail"),
    ):
        parser.add_argument(name, metavar="HASH", type=hash_given, help=what)
    parser.add_argument("--require-all", action="store_true", help="証明を求める / demand proof, nothing unchecked")
    options = parser.parse_args(arguments)
    if not options.report.exists() or any(file and not file.is_file() for file in (options.rules, options.pdf)):
        parser.error("no such folder or file")
    if options.rules_hash and not options.rules:
        parser.error("--rules-hash needs --rules")
    at = options.at or time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        demand(fits(at, TIME), "")
    except (Refusal, ValueError):
        parser.error("--at is not a time like 2026-04-30T00:00:00Z")
    given = {
        "--rules-hash": options.rules_hash,
        "--evidence-key": options.evidence_key,
        "--commitment-hash": options.commitment_hash,
    }
    mailed = {name: value for name, value in given.items() if value}
    return verify(Erasure(options.report, options.rules, options.pdf, at, mailed), options.require_all)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
