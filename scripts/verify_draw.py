#!/usr/bin/env python3
"""
Verify a prize draw from its published files (specification prizedraw/1, docs/draw.md). Anyone may run it, anywhere.

    python3 -I verify_draw.py DIR [--rules-hash HASH] [--evidence-key HASH] [--commitment-hash HASH]
                              [--answer-key FILE] [--at TIME] [--private-chain HASH] [--require-all]

DIR holds rules.json, commitment.json, record.json (each with its .sig), pool.txt, evidence.pem, forfeits/ if any, and
where Cloud KMS gave the randomness, randomness.json with its .sig.
Python 3.9 or later suffices. Signatures are checked where `cryptography` is installed, drand's where `py_ecc` is;
otherwise they are reported as 未確認 (not checked). --answer-key FILE (JSON) also checks that the quiz's answers are
those fixed before opening; they are not published, so without it that is left out. --at TIME (RFC 3339, UTC; else now)
is when you ask: nothing may lie ahead of it.

Whoever has the ward's mails gives the hashes that stand in them: --rules-hash and --evidence-key from the mail before
opening, --commitment-hash from the one before the draw. Files that were held against nothing only agree with each
other, whoever wrote them: they are called consistent. Proven is what was held against the hashes of rules and
commitment, with nothing left unchecked; --require-all demands that. A drand chain other than the specification's is
named and never OK, since its owners can know its values beforehand; --private-chain HASH says that you know this.

What is proved, step by step; the code carries the numbers, § is the section of docs/draw.md:

    (1) files             §1    every file is there
    (2) rules-form        §1.2  the rules are what the specification calls rules
    (3) commitment-form   §1.4  so is the commitment, and it is of the same campaign
    (4) rules-hash        §1.4  the commitment fixed these rules
    (5) freeze-time       §1.4  entry had closed by then, and the draw was at least an hour away
    (6) pool-hash         §1.4  the commitment fixed this pool
    (7) pool-form         §1.3  each entry stands in it once, for prizes of the rules
    (8) counts            §1.4  every response is in the pool or counted among those that are not
    (9) record-form       §1.5  the record is what the specification calls a record, of the same campaign
    (10) commitment-hash  §1.5  it is the draw of this commitment
    (11) draw-time        §1.5  nothing was drawn before its time
    (12) randomness       §2    the randomness is the one that the rules announced
    (13) seed             §3    the seed follows from randomness and commitment
    (14) awards           §3    winners and reserves follow from seed, pool and rules
    (15) quiz             §1.2  the quiz's answers are those fixed before opening
    (16) evidence-key     §1.7  the public key is the one that the rules name
    (17) signatures       §1.7  whoever holds that key signed rules, commitment, record and Cloud KMS's randomness
    (18) forfeits         §1.6  and each forfeit of a place that this record gave, each return of one that lapsed
    (19) beacon           §2    drand's network signed the round
    (20) strangers        §1    nothing lies beside them that the specification does not know
    (21) anchor           §5.1  they are the files whose hashes the ward was sent

The first step that fails ends the run.
Exit status: 0 all that could be checked is right (the last line says whether proven or only consistent), 1 refused (the
step is named), 2 wrong usage, 3 --require-all, and all is right, but held against no mail.
This file shares no code with the program that made the draw.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import hmac
import importlib
import io
import json
import re
import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

SPEC = "prizedraw/1"
SIGNED = ("rules.json", "commitment.json", "record.json")
GIVEN = "randomness.json"
HOUR, DAY = 3600, 86400
SAFE_INTEGER = 2**53 - 1  # RFC 8785, section 3.2.2.3: beyond it JSON readers differ
P256_DER = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")  # RFC 5480; 64 bytes follow
DRAND_DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"  # RFC 9380, for scheme bls-unchained-g1-rfc9380
QUICKNET = {  # https://api.drand.sh/v2/beacons/quicknet/info
    "kind": "drand",
    "chain": "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971",
    "public_key": "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
    "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a",
    "period": 3,
    "genesis": 1692803367,
}
OK, NG, NOT_CHECKED, OMITTED, NOT_APPLICABLE = "OK    ", "NG    ", "未確認", "省略  ", "対象外"  # equally wide
CAUTION = "注意  "
NEEDED = ("--rules-hash", "--commitment-hash")  # the rules name the key, so that --evidence-key adds nothing to them
MOST_NAMED = 5


class Refusal(Exception):
    """A check that failed; the argument says why, in Japanese."""


class Skipped(Exception):
    """A check that was not made; the arguments are a status and a reason."""


class Draw:
    """The files of a draw, and what the checks made so far have read from them."""

    rules: dict[str, Any]
    commitment: dict[str, Any]
    record: dict[str, Any]
    pool: dict[str, list[str]]  # for each label the prizes it stands for
    public_point: bytes  # of the evidence key, uncompressed (SEC 1, section 2.3.3)

    def __init__(
        self,
        folder: Path,
        answer_key: Path | None = None,
        mailed: dict[str, str] | None = None,
        private_chain: str | None = None,
        at: str | None = None,
    ) -> None:
        """Take the folder, and by option the hashes that were *mailed*; *at* is an RFC 3339 time, by default now."""
        self.folder = folder
        self.answer_key = answer_key.read_bytes() if answer_key else None
        self.given = {answer_key.resolve()} if answer_key else set()
        self.mailed = mailed or {}
        self.private_chain = private_chain
        self.at = seconds(at) if at else int(time.time())
        self.files: dict[str, bytes] = {}

    @property
    def hashes(self) -> dict[str, tuple[str, str]]:
        """Return what can be held against a mail: by option (or none, for the record) what it is, and its hash."""
        return {
            "--rules-hash": ("rules.json", sha256(self.files["rules.json"])),
            "--evidence-key": ("evidence key", self.rules["evidence_key"]),
            "--commitment-hash": ("commitment.json", sha256(self.files["commitment.json"])),
            "": ("record.json", sha256(self.files["record.json"])),
        }

    @property
    def is_private(self) -> bool:
        """Tell whether the randomness comes from a drand chain that is not the specification's."""
        source: dict[str, Any] = self.rules["randomness"]
        return source["kind"] == "drand" and source != QUICKNET


def demand(holds: bool, otherwise: str) -> None:
    """Refuse unless the condition *holds*."""
    if not holds:
        raise Refusal(otherwise)


Check = Callable[[Draw], object]
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


def seconds(text: str) -> int:
    """Return the Unix time of an RFC 3339 time in UTC; ValueError if there is no such day."""
    return int(datetime.fromisoformat(text[:-1] + "+00:00").timestamp())


def printable(names: list[str]) -> str:
    """List names of files, the first few; what a terminal would obey or hide is shown as 〓."""
    shown = ["".join(c if c.isprintable() else "〓" for c in name) for name in names[:MOST_NAMED]]
    return "、".join(shown) + ("ほか" if len(names) > MOST_NAMED else "")


# Canonical JSON (RFC 8785) and the shapes of the three files


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
    pattern (a string, all of it; ValueError for a time that does not exist), a constant, `int` (0 or more) or `dict`.
    """
    if isinstance(shape, dict):
        return isinstance(value, dict) and value.keys() == shape.keys() and all(fits(value[k], shape[k]) for k in shape)
    if isinstance(shape, list):
        return isinstance(value, list) and all(fits(element, shape[0]) for element in value)
    if isinstance(shape, tuple):
        return any(fits(value, one) for one in shape)
    if isinstance(shape, re.Pattern):
        matches = isinstance(value, str) and shape.fullmatch(value) is not None
        return matches and (shape is not TIME or seconds(value) is not None)
    return bool(value == shape or (type(value) is shape and (shape is dict or value >= 0)))


def read(data: bytes, shape: Any) -> Any:
    """Read JSON of a shape, demanding that the bytes are its canonical form: then no key occurs twice either."""
    try:
        value = json.loads(data.decode())
        demand(canonical(value) == data, "正規形のJSON（RFC 8785）ではありません")
        demand(fits(value, shape), "項目の過不足か、値の形の誤りがあります")
    except (ValueError, RecursionError):
        raise Refusal("正しいJSON、または正しい日時ではありません") from None
    return value


TEXT, HASH = re.compile("(?s).+"), re.compile("[0-9a-f]{64}")
TIME = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3])(:[0-5][0-9]){2}Z")
PRIZE, LABEL = re.compile("[A-Za-z0-9_-]{1,32}"), re.compile("[0-9a-hjkmnp-tv-z]{26}")
BLS_KEY, BLS_SIGNATURE = re.compile("[0-9a-f]{192}"), re.compile("[0-9a-f]{96}")
RULES = {
    "spec": SPEC,
    "campaign": TEXT,
    "prizes": [{"id": PRIZE, "name": TEXT, "quantity": int, "reserves": int}],
    **dict.fromkeys(("opens_at", "closes_at", "draw_at"), TIME),
    "eligibility": dict,
    **dict.fromkeys(("quiz_hash", "form_hash", "evidence_key"), HASH),
    "randomness": (
        {"kind": "drand", "chain": HASH, "public_key": BLS_KEY, "period": int, "genesis": int},
        {"kind": "ward"},
        {"kind": "hsm"},
    ),
}
UNTIL = "claims_until"
RULES_WITH_UNTIL = {**RULES, UNTIL: TIME}
COMMITMENT = {
    "spec": SPEC,
    "campaign": TEXT,
    **dict.fromkeys(("rules_hash", "pool_hash", "code_hash"), HASH),
    **dict.fromkeys(("pool_size", "received", "duplicates", "ineligible", "withdrawn"), int),
    "rejected": dict,
    **dict.fromkeys(("frozen_at", "draw_at"), TIME),
}
RECORD = {
    "spec": SPEC,
    "campaign": TEXT,
    "commitment_hash": HASH,
    "randomness": (
        {"kind": "drand", "round": int, "signature": BLS_SIGNATURE, "value": HASH},
        {"kind": "ward", "given_at": TIME, "given_by": TEXT, "value": TEXT},
        {"kind": "hsm", "value": HASH},
    ),
    "seed": HASH,
    "drawn_at": TIME,
    "quiz_salt": re.compile("([0-9a-f]{2}){16,64}"),
    "awards": [{"prize": PRIZE, "winners": [LABEL], "reserves": [LABEL]}],
}
RANDOMNESS = {
    "spec": SPEC,
    "campaign": TEXT,
    "commitment_hash": HASH,
    "kind": "hsm",
    "value": HASH,
    "asked_at": TIME,
}
FORFEIT = {
    "spec": SPEC,
    "campaign": TEXT,
    "record_hash": HASH,
    "prize": PRIZE,
    "label": LABEL,
    "why": ("declined", "ineligible", "unreachable", "withdrawn", "lapsed"),
    "at": TIME,
}
RETURN = {
    "spec": SPEC,
    "campaign": TEXT,
    "record_hash": HASH,
    "forfeit_hash": HASH,
    "prize": PRIZE,
    "label": LABEL,
    "at": TIME,
}
RESTORED = ".restored.json"


# The checks, in order


# (1) §1. Nothing below can be proved without one of them.
@check("公開ファイルがそろっている")
def files(draw: Draw) -> str:
    """Find every file."""
    wanted = (*SIGNED, *(name + ".sig" for name in SIGNED), "pool.txt", "evidence.pem")
    missing = [name for name in wanted if not (draw.folder / name).is_file()]
    demand(not missing, f"ありません（{'、'.join(missing)}）")
    draw.files = {name: (draw.folder / name).read_bytes() for name in wanted}
    return f"{len(wanted)}個"


# (2) §1.2. What was promised before entry opened.
@check("抽選規則 rules.json が仕様どおり")
def rules_form(draw: Draw) -> str:
    """Read the rules: prizes with different ids, times in order, a drand chain that is what it is called."""
    draw.rules = rules = read(draw.files["rules.json"], (RULES, RULES_WITH_UNTIL))
    ids = [prize["id"] for prize in rules["prizes"]]
    demand(0 < len(ids) == len(set(ids)), "賞がないか、賞のIDが重複しています")
    demand(rules["opens_at"] < rules["closes_at"] <= rules["draw_at"], "受付開始・締切・抽選の時刻の順が誤っています")
    demand(UNTIL not in rules or rules["draw_at"] < rules[UNTIL], "当選登録の最終期限が抽選の時刻より後ではありません")
    source = rules["randomness"]
    if source["kind"] == "drand":
        demand(source["period"] > 0 and source["genesis"] <= seconds(rules["draw_at"]), "drandの周期か開始の誤りです")
        demand(source["chain"] != QUICKNET["chain"] or source == QUICKNET, "drand quicknet の公開鍵などが違います")
    return f"賞{len(ids)}種、乱数 {source['kind']}"


# (3) §1.4. What was fixed when entry had closed.
@check("確定記録 commitment.json が仕様どおり")
def commitment_form(draw: Draw) -> None:
    """Read the commitment, of the same campaign."""
    draw.commitment = read(draw.files["commitment.json"], COMMITMENT)
    rejected = draw.commitment["rejected"].items()
    demand(all(re.fullmatch("[a-z_]{1,64}", reason) and fits(n, int) for reason, n in rejected), "却下の件数の誤りです")
    demand(draw.commitment["campaign"] == draw.rules["campaign"], "キャンペーン名が規則と違います")


# (4) §1.4. With another prize, number or time it would be another commitment, so another seed (13).
@check("確定記録の指す規則である")
def rules_hash(draw: Draw) -> None:
    """Compare the rules with those that the commitment names."""
    demand(sha256(draw.files["rules.json"]) == draw.commitment["rules_hash"], "確定時の規則と違います")


# (5) §1.4. The randomness must not exist when the pool is fixed, and nobody may pick the time of day.
@check("締切後に確定し、抽選時刻はその1時間以上あと")
def freeze_time(draw: Draw) -> str:
    """Compute when the draw was due: the rules' time, moved on by whole days to an hour or more after the freeze."""
    frozen, due = seconds(draw.commitment["frozen_at"]), seconds(draw.rules["draw_at"])
    demand(frozen >= seconds(draw.rules["closes_at"]), "締切前に確定しています")
    # (5) The fewest whole days that leave an hour.
    days = max(0, -((due - frozen - HOUR) // DAY))
    demand(seconds(draw.commitment["draw_at"]) == due + days * DAY, "抽選時刻が規則どおりではありません")
    return f"抽選 {draw.commitment['draw_at']}" + (f"（{days}日延期）" if days else "")


# (6) §1.4. One entry more or less would be another commitment, so another seed (13).
@check("確定記録の指す抽選対象一覧 pool.txt である")
def pool_hash(draw: Draw) -> None:
    """Compare the pool with the one that the commitment names."""
    demand(sha256(draw.files["pool.txt"]) == draw.commitment["pool_hash"], "確定時の抽選対象一覧と違います")


# (7) §1.3. Sorted and unique: there is one file for one set of entries.
@check("抽選対象一覧が仕様どおり")
def pool_form(draw: Draw) -> None:
    """Read the pool: `LABEL<TAB>PRIZE[,PRIZE…]<LF>`, sorted, each label once, known prizes in the rules' order."""
    ids = [prize["id"] for prize in draw.rules["prizes"]]
    lines = draw.files["pool.txt"].split(b"\n")
    demand(lines.pop() == b"", "最後の行がLFで終わっていません")
    draw.pool = {}
    for number, line in enumerate(lines, start=1):
        label, _, rest = line.decode("ascii", "replace").partition("\t")
        prizes = rest.split(",")
        demand(fits(label, LABEL) and prizes == [known for known in ids if known in prizes], f"{number}行目の誤りです")
        draw.pool[label] = prizes
    demand(lines == sorted(lines) and len(lines) == len(draw.pool), "並び順の誤り、または番号の重複があります")


# (8) §1.4. Nobody drops out between receipt and pool without being counted.
@check("届いた応募の内訳が合う")
def counts(draw: Draw) -> str:
    """Add up: every response received is in the pool or counted once among those that are not."""
    c = draw.commitment
    demand(c["pool_size"] == len(draw.pool), "抽選対象の件数が一覧と違います")
    outside = c["duplicates"] + sum(c["rejected"].values()) + c["ineligible"] + c["withdrawn"]
    demand(c["received"] == outside + c["pool_size"], "内訳の合計が、届いた応募の件数と一致しません")
    return f"届いた応募{c['received']}件、抽選対象{c['pool_size']}件"


# (9) §1.5. What came of the draw.
@check("抽選記録 record.json が仕様どおり")
def record_form(draw: Draw) -> None:
    """Read the record, of the same campaign."""
    draw.record = read(draw.files["record.json"], RECORD)
    demand(draw.record["campaign"] == draw.rules["campaign"], "キャンペーン名が規則と違います")


# (10) §1.5. This joins the record to (4) and (6).
@check("抽選記録の指す確定記録である")
def commitment_hash(draw: Draw) -> None:
    """Compare the commitment with the one that the record names."""
    demand(sha256(draw.files["commitment.json"]) == draw.record["commitment_hash"], "抽選時の確定記録と違います")


# (11) §1.5. With (5): an hour and more after the pool was fixed. What lies ahead has not happened.
@check("抽選時刻以後に抽選した")
def draw_time(draw: Draw) -> str:
    """Demand that nothing was drawn before it was due, and nothing in the future."""
    drawn_at = seconds(draw.record["drawn_at"])
    demand(drawn_at >= seconds(draw.commitment["draw_at"]), "抽選時刻より前に抽選しています")
    demand(drawn_at <= draw.at, "抽選した日時が、確かめる日時より後です（時計、または --at を確かめてください）")
    return f"実施 {draw.record['drawn_at']}"


def demand_public(draw: Draw) -> None:
    """Say that a chain is not the specification's: its owners can know every round beforehand, whatever they sign."""
    if draw.is_private:
        chain = draw.rules["randomness"]["chain"]
        reason = f"quicknetでない系列（{chain}）：持ち主は、値を前もって知ることができます"
        raise Skipped(CAUTION if draw.private_chain == chain else NOT_CHECKED, reason)


def hardware(draw: Draw) -> str:
    """Read what Cloud KMS gave as it was published before the record: bytes of this draw, asked for in its time."""
    if not (draw.folder / GIVEN).is_file():
        raise Skipped(
            NOT_CHECKED, f"{GIVEN} がありません（2026-11-28より前の抽選にはありません）。引き直しを否定できません"
        )
    demand((draw.folder / f"{GIVEN}.sig").is_file(), f"ありません（{GIVEN}.sig）")
    draw.files |= {name: (draw.folder / name).read_bytes() for name in (GIVEN, f"{GIVEN}.sig")}
    file = read(draw.files[GIVEN], RANDOMNESS)
    demand(file["campaign"] == draw.rules["campaign"], f"キャンペーン名が規則と違います（{GIVEN}）")
    demand(file["commitment_hash"] == sha256(draw.files["commitment.json"]), f"別の確定記録の乱数です（{GIVEN}）")
    demand(file["value"] == draw.record["randomness"]["value"], f"抽選記録の乱数と違います（{GIVEN}）")
    in_time = seconds(draw.commitment["draw_at"]) <= seconds(file["asked_at"]) <= seconds(draw.record["drawn_at"])
    demand(in_time, f"乱数を引いた時刻が、抽選時刻から抽選実施までの間にありません（{GIVEN}）")
    return f"hsm：{file['asked_at']} に引いたもの。その前にも引いていないことは、監査ログでしか確かめられません"


MOST_OF_WARD = 200
UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}  # categories, Unicode Standard, table 4-4
SEEN_AS_NOTHING = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U0001d159\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
BLANKS = " \u3000"


def demand_one_spelling(text: str) -> None:
    """Refuse a text of the ward's that looks like another one: each spelling gives another draw (§2.2)."""
    demand(len(text) <= MOST_OF_WARD, f"区の文字列が{MOST_OF_WARD}文字を超えています")
    demand(unicodedata.is_normalized("NFC", text), "区の文字列が正規形（NFC）ではありません")
    known = unicodedata.unidata_version
    hidden = [c for c in text if unicodedata.category(c) in UNSEEN or SEEN_AS_NOTHING.match(c)]
    shown = "、".join(f"U+{ord(c):04X}" for c in hidden[:MOST_NAMED])
    demand(not hidden, f"区の文字列に見えない文字、またはUnicode {known} にない文字があります（{shown}）")
    demand(not re.search(r"\A\s|\s\s|\s\Z", text), "区の文字列の前か後に空白があるか、空白が続いています")
    demand(not any(c.isspace() and c not in BLANKS for c in text), "区の文字列に、見分けのつかない空白があります")
    demand("=?" not in text, "区の文字列に、メールで別の文字になる並び（=?）があります")


# (12) §2. The rules fix the source, the commitment's time the round: nobody picks among values.
@check("規則の定めた乱数である")
def randomness(draw: Draw) -> str:
    """Demand the randomness that the rules announced: of drand the very round that the time of the draw fixes."""
    source, given, draw_at = draw.rules["randomness"], draw.record["randomness"], seconds(draw.commitment["draw_at"])
    demand(given["kind"] == source["kind"], "乱数の種類が規則と違います")
    if given["kind"] == "hsm":
        return hardware(draw)
    if given["kind"] == "ward":
        in_time = draw_at <= seconds(given["given_at"]) <= seconds(draw.record["drawn_at"])
        demand(in_time, "区から乱数を受け取った時刻が、抽選時刻から抽選実施までの間にありません")
        demand_one_spelling(given["value"])
        return f"ward：受領 {given['given_at']}"
    due = -((source["genesis"] - draw_at) // source["period"]) + 1  # ceil((draw_at - genesis) / period) + 1
    demand(given["round"] == due, "drandの回が規則どおりではありません")
    demand(given["value"] == sha256(bytes.fromhex(given["signature"])), "乱数が署名のSHA-256ではありません")
    demand_public(draw)
    return f"drand quicknet 第{given['round']}回"


# (13) §3, extract. Known to nobody before both the commitment and the randomness exist.
@check("種を再計算して一致")
def seed(draw: Draw) -> None:
    """Recompute the seed: HMAC-SHA256(key = randomness, message = SHA-256 of the commitment)."""
    given = draw.record["randomness"]
    key = given["value"].encode() if given["kind"] == "ward" else bytes.fromhex(given["value"])
    message = hashlib.sha256(draw.files["commitment.json"]).digest()
    demand(hmac.new(key, message, hashlib.sha256).hexdigest() == draw.record["seed"], "再計算した種と違います")


# (14) §3, expand. A rank depends on seed and label alone; all else is the walk below.
@check("当選と補欠を再計算して一致")
def awards(draw: Draw) -> str:
    """Recompute the awards: rank every label, walk the prizes for winners, then again for reserves."""
    key = bytes.fromhex(draw.record["seed"])
    ranked = sorted(draw.pool, key=lambda label: hmac.new(key, label.encode() + b"\x01", hashlib.sha256).digest())
    result = [{"prize": prize["id"], "winners": [], "reserves": []} for prize in draw.rules["prizes"]]
    held: set[str] = set()
    # (14) §3, walk 1. and 2.: first every prize's winners, then every prize's reserves; one person, one place.
    for places, size in (("winners", "quantity"), ("reserves", "reserves")):
        for award, prize in zip(result, draw.rules["prizes"]):  # noqa: B905 - strict= is not in Python 3.9
            free = [label for label in ranked if prize["id"] in draw.pool[label] and label not in held]
            award[places] = free[: prize[size]]
            held.update(award[places])
    demand(result == draw.record["awards"], "再計算した当選・補欠と違います")
    return f"当選{sum(len(a['winners']) for a in result)}件、補欠{sum(len(a['reserves']) for a in result)}件"


# (15) §1.2. The salt keeps the answers from being guessed from the hash before the record reveals it.
@check("クイズの正解が事前に固定したもの")
def quiz(draw: Draw) -> None:
    """Compare the quiz's answers with those fixed before opening: SHA-256(salt ‖ canonical JSON)."""
    if draw.answer_key is None:
        raise Skipped(OMITTED, "正解表が渡されていません（--answer-key FILE で確認できます）")
    try:
        message = bytes.fromhex(draw.record["quiz_salt"]) + canonical(json.loads(draw.answer_key.decode()))
    except (ValueError, RecursionError):
        raise Refusal("正解表が正しいJSONではありません") from None
    demand(sha256(message) == draw.rules["quiz_hash"], "受付開始前に固定した正解と違います")


# (16) §1.7. The rules name it before entry opens; a second key would be a second author.
@check("公開鍵 evidence.pem が規則の定めたもの")
def evidence_key(draw: Draw) -> None:
    """Compare the public key with the one that the rules name; of its many PEM spellings only the usual one counts."""
    pem = draw.files["evidence.pem"]
    try:
        der = base64.b64decode(b"".join(pem.split(b"\n")[1:-2]), validate=True)
    except binascii.Error:
        raise Refusal("PEM形式ではありません") from None
    text = base64.b64encode(der)
    rows = [b"-----BEGIN PUBLIC KEY-----", *(text[i : i + 64] for i in range(0, len(text), 64))]
    demand(pem == b"\n".join([*rows, b"-----END PUBLIC KEY-----", b""]), "正規のPEM形式ではありません")
    demand(der.startswith(P256_DER) and len(der) == len(P256_DER) + 64, "P-256の公開鍵ではありません")
    demand(sha256(der) == draw.rules["evidence_key"], "規則が定めた公開鍵と違います")
    draw.public_point = der[len(P256_DER) - 1 :]


def library(name: str) -> Any:
    """Import a module of a library that may be missing."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = name.partition(".")[0]
        raise Skipped(NOT_CHECKED, f"{package} が必要です（pip install {package}）") from None


def verify_signature(draw: Draw, data: bytes, signature: bytes) -> None:
    """Verify ECDSA P-256 over SHA-256; the library takes no second encoding of a signature (X.690, section 10)."""
    base = "cryptography.hazmat.primitives."
    hashes, ec = library(base + "hashes"), library(base + "asymmetric.ec")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), draw.public_point)
        key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except (library("cryptography.exceptions").InvalidSignature, ValueError):
        raise Refusal("署名が正しくありません") from None


# (17) §1.7. By the key of (16); until here the files agree, whoever wrote them.
@check("規則・確定記録・記録の署名")
def signatures(draw: Draw) -> None:
    """Verify the signatures of the three files by the evidence key, and that of (12)'s if there is one."""
    for name in (*SIGNED, *({GIVEN} & draw.files.keys())):
        verify_signature(draw, draw.files[name], draw.files[name + ".sig"])


def fault_of(award: dict[str, Any], changes: list[dict[str, Any]], last: str | None) -> str:
    """
    Walk through what changed about one prize; say what cannot have been, or nothing.

    *last* is the date from which on nobody moves up, None if it is not there yet.
    """
    waiting, holding, free = list(award["reserves"]), set(award["winners"]), 0
    lapsed: set[str] = set()
    order = award["winners"] + award["reserves"]
    # (18) §1.6. Of one second in the record's order, so that what happened together is doubted for nothing.
    in_order = sorted(changes, key=lambda c: (c["at"], "forfeit_hash" in c, order.index(c["label"])))
    for change in in_order:
        label = change["label"]
        if "forfeit_hash" in change:
            if label not in lapsed or not free:
                return f"戻された当選の賞 {award['prize']} は、その時、ほかの方のものです（{label}）"
            holding.add(label)
            lapsed.remove(label)
            free -= 1
        elif label in holding:
            holding.remove(label)
            lapsed.update([label] if change["why"] == "lapsed" else [])
            if waiting and (last is None or change["at"] < last):
                holding.add(waiting.pop(0))
            else:
                free += 1
        elif change["why"] == "lapsed":
            return f"当選していない補欠の期限切れです。先に空いた賞 {award['prize']} の失効が欠けています（{label}）"
        elif label in waiting:
            waiting.remove(label)
    return ""


def demand_possible(draw: Draw, forfeits: list[dict[str, Any]], returns: list[dict[str, Any]]) -> None:
    """
    Refuse a reserve's lapse if no place had come to it by then, and a return if somebody else had the place.

    From the last date for claims on nobody moves up. Rules of before 2026-11-29 do not say it: any is possible then,
    and a return may show that it had come.
    """
    lasts = [None, *sorted({forfeit["at"] for forfeit in forfeits})] if returns else [None]
    if UNTIL in draw.rules:
        lasts = [draw.rules[UNTIL]]
    faults = []
    for last in lasts:
        found = (
            fault_of(award, [c for c in forfeits + returns if c["prize"] == award["prize"]], last)
            for award in draw.record["awards"]
        )
        faults.append(next(filter(None, found), ""))
        if not faults[-1]:
            return
    raise Refusal(faults[0])


def demand_return(draw: Draw, name: str, value: dict[str, Any], forfeit: dict[str, Any] | None) -> None:
    """Demand of a return that it takes back the *forfeit* of its label, which lapsed before."""
    shown = printable([name])
    demand(name == value["label"] + RESTORED, f"ファイル名が中の番号と違います（{shown}）")
    demand(value["campaign"] == draw.rules["campaign"], f"キャンペーン名が規則と違います（{shown}）")
    demand(value["record_hash"] == sha256(draw.files["record.json"]), f"別の抽選記録のものです（{shown}）")
    if forfeit is None or forfeit["why"] != "lapsed":
        raise Refusal(f"期限切れで失効していない当選を戻しています（{shown}）")
    demand(value["forfeit_hash"] == sha256(canonical(forfeit)), f"別の失効を取り消しています（{shown}）")
    demand(value["prize"] == forfeit["prize"], f"失効した賞と違います（{shown}）")
    demand(seconds(value["at"]) > seconds(forfeit["at"]), f"失効より前に戻しています（{shown}）")
    demand(seconds(value["at"]) <= draw.at, f"戻した日時が、確かめる日時より後です（{shown}）")


# (18) §1.6. What changed since: signed one by one, and of a place that (14) gave.
@check("失効の記録とその署名")
def forfeits(draw: Draw) -> str:
    """
    Read each forfeit: signed, named after a label of this record, with the prize that it held or waited for.

    Then each return: it takes one back that lapsed, and gives a place to its label that nobody else has.
    """
    folder = draw.folder / "forfeits"
    if not folder.exists() and not folder.is_symlink():
        raise Skipped(NOT_APPLICABLE, "失効の記録はありません")
    demand(folder.is_dir(), "forfeits がフォルダーではありません")
    names = sorted(path.name for path in folder.iterdir())
    jsons = [name for name in names if name.endswith(".json")]
    wanted = sorted(jsons + [name + ".sig" for name in jsons])
    unpaired = sorted({*names} ^ {*wanted})
    demand(not unpaired, f"署名のない記録、記録のない署名、または余分なファイルがあります（{printable(unpaired)}）")
    demand(all((folder / name).is_file() for name in names), "forfeits の中にフォルダーがあります")
    prize_of = {label: a["prize"] for a in draw.record["awards"] for label in a["winners"] + a["reserves"]}
    record_hash = sha256(draw.files["record.json"])
    whys: dict[str, int] = {}
    read_so_far: dict[str, dict[str, Any]] = {}
    for name in (name for name in jsons if not name.endswith(RESTORED)):
        forfeit, shown = read((folder / name).read_bytes(), FORFEIT), printable([name])
        demand(name == forfeit["label"] + ".json", f"ファイル名が中の番号と違います（{shown}）")
        demand(forfeit["campaign"] == draw.rules["campaign"], f"キャンペーン名が規則と違います（{shown}）")
        demand(forfeit["record_hash"] == record_hash, f"別の抽選記録の失効です（{shown}）")
        demand(prize_of.get(forfeit["label"]) == forfeit["prize"], f"その賞の当選・補欠ではありません（{shown}）")
        demand(seconds(forfeit["at"]) >= seconds(draw.record["drawn_at"]), f"抽選より前の失効です（{shown}）")
        demand(seconds(forfeit["at"]) <= draw.at, f"失効の日時が、確かめる日時より後です（{shown}）")
        whys[forfeit["why"]] = whys.get(forfeit["why"], 0) + 1
        read_so_far[forfeit["label"]] = forfeit
    returns = {name: read((folder / name).read_bytes(), RETURN) for name in jsons if name.endswith(RESTORED)}
    for name, value in returns.items():
        demand_return(draw, name, value, read_so_far.get(value["label"]))
    demand_possible(draw, list(read_so_far.values()), list(returns.values()))
    for name in jsons:
        verify_signature(draw, (folder / name).read_bytes(), (folder / (name + ".sig")).read_bytes())
    parts = "、".join(f"{why} {number}" for why, number in sorted(whys.items()))
    back = f"、戻した当選 {len(returns)}件" if returns else ""
    return f"{len(read_so_far)}件" + (f"（{parts}）" if parts else "") + back


# (19) §2. By the key of the rules; with (12), that the value is the network's and not the operator's.
@check("drandの署名")
def beacon(draw: Draw) -> None:
    """Verify drand's BLS signature of the round, scheme bls-unchained-g1-rfc9380, by the key that the rules name."""
    source, given = draw.rules["randomness"], draw.record["randomness"]
    if source["kind"] != "drand":
        raise Skipped(NOT_APPLICABLE, "drandを使わない抽選です")
    # (19) Nothing is `read` from here on: py_ecc lifts Python's limit of recursion, which ends endless nesting there.
    hashing, points = library("py_ecc.bls.hash_to_curve"), library("py_ecc.bls.point_compression")
    curve, group = library("py_ecc.optimized_bls12_381"), library("py_ecc.bls.g2_primitives")
    message = hashlib.sha256(given["round"].to_bytes(8, "big")).digest()
    try:
        key = points.decompress_G2((int(source["public_key"][:96], 16), int(source["public_key"][96:], 16)))
        signature = points.decompress_G1(int(given["signature"], 16))
    except ValueError:
        raise Refusal("公開鍵か署名が曲線上の点ではありません") from None
    for point in (key, signature):
        demand(not curve.is_inf(point) and group.subgroup_check(point), "公開鍵か署名が正しい群の点ではありません")
    hashed = hashing.hash_to_G1(message, DRAND_DOMAIN, hashlib.sha256)
    demand(curve.pairing(curve.G2, signature) == curve.pairing(key, hashed), "drandの署名が正しくありません")
    demand_public(draw)


# (20) §1. A second commitment beside the first is what an operator would choose from.
@check("ほかのファイルが混ざっていない")
def strangers(draw: Draw) -> None:
    """Name what the specification does not know; a further file of the specification itself is refused."""
    known = {*draw.files, "forfeits"}
    beside = [path for path in draw.folder.iterdir() if path.resolve() not in draw.given]
    others = sorted(path.name for path in beside if path.name not in known)
    second = [name for name in others if is_ours(draw.folder / name)]
    demand(not second, f"同じ仕様の別のファイルがあります（{printable(second)}）")
    if others:
        raise Skipped(NOT_CHECKED, f"仕様にないもの：{printable(others)}。何も証明しません。別の場所に移してください")


def is_ours(path: Path) -> bool:
    """Tell whether a file says that it is one of this specification; (20) comes too late for `read`, see (19)."""
    try:
        marks = b'"spec":"' + SPEC.encode() + b'"'
        is_json = path.name.lower().endswith(".json") and path.is_file()
        return is_json and marks in re.sub(rb"\s", b"", path.read_bytes())
    except OSError:
        return False


# (21) §5.1. Until here the files agree with each other, whoever wrote them; the ward's inbox says when.
@check("区に届いたメールの値と一致する")
def anchor(draw: Draw) -> str:
    """Hold the files against the hashes that were mailed; without both of them nothing is proven."""
    for option, value in draw.mailed.items():
        name, found = draw.hashes[option]
        demand(value == found, f"{name} がメールの値と違います（{option}）")
    missing = [option for option in NEEDED if option not in draw.mailed]
    if missing:
        raise Skipped(OMITTED, f"{'と'.join(missing)} が渡されていません（区のメールにあります）")
    return "、".join(draw.hashes[option][0] for option in draw.mailed)


def verify(draw: Draw, require_all: bool) -> int:
    """Make the checks, print a line for each, and return the exit status."""
    unchecked, cautions = [], []
    for number, (step, name, function) in enumerate(CHECKS, start=1):
        try:
            status, detail = OK, function(draw)
        except Refusal as reason:
            print(f"{number:2} {NG} [{step}] {name}：{reason}")
            print(f"結果：拒否。手順{number} [{step}] が合いません（以降は確認していません）。")
            print(f"REFUSED at step {number} [{step}]; later steps were not looked at.")
            return 1
        except Skipped as reason:
            status, detail = reason.args
            unchecked += [f"[{step}]"] if status == NOT_CHECKED else []
            cautions += [f"[{step}]"] if status == CAUTION else []
        print(f"{number:2} {status} [{step}] {name}" + (f"：{detail}" if detail else ""))
    return conclude(draw, unchecked, cautions, require_all)


def conclude(draw: Draw, unchecked: list[str], cautions: list[str], require_all: bool) -> int:
    """Print the hashes to hold against the ward's mails, then what it comes to, and return the exit status."""
    print("区に届いたメールと見比べる値 / to hold against the ward's mails (SHA-256):")
    for option, (name, value) in draw.hashes.items():
        print(f"   {name:15} {value}" + ("（一致）" if option in draw.mailed else ""))
    missing = [option for option in NEEDED if option not in draw.mailed]
    proven = not (missing or unchecked)
    refused, demanded = bool(unchecked and require_all), bool(missing and require_all)
    japanese = ["拒否。" if refused else "確認した手順はすべて正しい。"]
    japanese += [f"確認していない手順：{'、'.join(unchecked)}。"] if unchecked else []
    japanese += [f"注意の要る手順：{'、'.join(cautions)}。"] if cautions else []
    english = ["REFUSED" if refused else "NOT PROVEN" if demanded else "ACCEPTED"]
    if proven:
        japanese += ["区に届いたメールの値とも一致し、証明されました。"]
        english += ["proven"]
    else:
        japanese += ["ファイルどうしは合いますが、証明されてはいません。"]
        japanese += ["区に届いたメールの値と照合してください。"] if missing else []
        english += ["consistent, not proven" + (f" (held against no {', '.join(missing)})" if missing else "")]
    english += [f"not checked: {', '.join(unchecked)}"] if unchecked else []
    english += [f"with caution: {', '.join(cautions)}"] if cautions else []
    print("結果：" + "".join(japanese))
    print("; ".join(english))
    return 1 if refused else 3 if demanded else 0


def hash_given(text: str) -> str:
    """Read a hash as it was copied from a mail: in either case, with blanks or line breaks."""
    value = re.sub(r"\s", "", text).lower()
    if not HASH.fullmatch(value):
        raise argparse.ArgumentTypeError("not 64 characters of hex")
    return value


def time_given(text: str) -> str:
    """Read a time."""
    try:
        demand(fits(text, TIME), "")
    except (Refusal, ValueError):
        raise argparse.ArgumentTypeError("not a time like 2026-04-30T00:00:00Z") from None
    return text


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and verify."""
    parser = argparse.ArgumentParser(description="公開された抽選を検証します。 Verify a published prize draw.")
    parser.add_argument("folder", metavar="DIR", type=Path, help="公開ファイルのあるフォルダ / the folder of the files")
    for name, what in (
        ("--rules-hash", "規則 rules.json のメールの値 / hash of the rules, from the ward's mail"),
        ("--evidence-key", "署名の鍵のメールの値 / hash of the evidence key, from the same mail"),
        ("--commitment-hash", "確定記録のメールの値 / hash of the commitment, from the ward's mail"),
        ("--private-chain", "quicknetでないと承知しているdrandの系列 / a drand chain known not to be quicknet"),
    ):
        parser.add_argument(name, metavar="HASH", type=hash_given, help=what)
    parser.add_argument("--answer-key", metavar="FILE", type=Path, help="クイズの正解表（JSON）/ the quiz's answers")
    parser.add_argument("--at", metavar="TIME", type=time_given, help="確かめる日時 / when you ask (now)")
    parser.add_argument("--require-all", action="store_true", help="証明を求める / demand proof, nothing unchecked")
    options = parser.parse_args(arguments)
    if not options.folder.is_dir() or (options.answer_key and not options.answer_key.is_file()):
        parser.error("no such folder or file")
    given = {
        "--rules-hash": options.rules_hash,
        "--evidence-key": options.evidence_key,
        "--commitment-hash": options.commitment_hash,
    }
    mailed = {name: value for name, value in given.items() if value}
    draw = Draw(options.folder, options.answer_key, mailed, options.private_chain, options.at)
    return verify(draw, options.require_all)


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main())
