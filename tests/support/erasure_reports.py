"""Reports of an erasure as they could be, to be spoiled by tests."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.report import (
    Addressee,
    Contract,
    Contractor,
    Handling,
    JournalDigest,
    KeptReport,
    People,
    Processor,
    Report,
    Versions,
)
from prizedraw.erasure.state import Attested, PlaceReport, PlaceState
from prizedraw.times import JST

MADE = datetime(2026, 3, 28, 1, 5, tzinfo=UTC)
ERASED = MADE - timedelta(minutes=5)
DAY = timedelta(days=1)

ENTRIES = PlaceReport(
    id="entries",
    name="応募の記録（封をしたもの）",
    holds="応募者のメールアドレス・年代・居住地域・回答を、目的ごとの鍵で封をした値",
    kind=PlaceKind.PROGRAM,
    method="すべての記録を削除し、読み直して0件を確かめる",
    evidence="消去台帳の行、読み直した件数",
    state=PlaceState.DONE,
    before=441,
    after=0,
    erased_at=ERASED,
    read_at=MADE,
)
MAILBOX = replace(
    ENTRIES,
    id="mailbox",
    name="送信済みメール・下書き・不達の通知",
    holds="応募者・当選者のメールアドレスと当選の案内",
    before=233,
    state=PlaceState.WINDOW,
    until=ERASED + 25 * DAY,
)
KEY = replace(
    ENTRIES,
    id="key-contact",
    name="連絡先の鍵（Cloud KMS）",
    holds="メールアドレスの封を開く鍵",
    kind=PlaceKind.KEY,
    method="鍵のすべての版を無効にし、破棄を予約する",
    evidence="Cloud KMS が答えた版の状態",
    before=1,
    state=PlaceState.WINDOW,
    until=ERASED + DAY,
)
HISTORY = replace(
    ENTRIES,
    id="history",
    name="データベースの版とバックアップ",
    holds="消去した記録の以前の版",
    kind=PlaceKind.TIME,
    method="期間の経過により消える",
    evidence="保持期間とバックアップの一覧",
    before=None,
    erased_at=None,
    state=PlaceState.WINDOW,
    until=ERASED + 7 * DAY,
)
LOGO = replace(
    ENTRIES,
    id="logo",
    name="LoGoフォームの登録データ",
    holds="当選者の住所、氏名、電話番号",
    kind=PlaceKind.PERSON,
    method="担当者が削除し、記名して確認する",
    evidence="担当者の記名と日時",
    before=None,
    after=None,
    erased_at=None,
    read_at=None,
    state=PlaceState.DECLARED,
    attestation=Attested("山田　花子", ERASED),
)
SHEET = replace(
    LOGO,
    id="sheet",
    name="フォームに連携したスプレッドシート",
    holds="フォームの回答の写し",
    state=PlaceState.NONE,
    attestation=None,
)
ARCHIVES = {"draw.zip": "60" * 32, "erase.zip": "f8" * 32}
CODE = hashlib.sha256(json.dumps({"archives": ARCHIVES}, separators=(",", ":")).encode()).hexdigest()
KEPT = (
    KeptReport("journal", "操作の記録", "いつ、だれが、どの操作をしたか", "後から確かめるため", "契約の定める期間"),
    KeptReport("draw", "抽選の公開ファイル", "規則、確定書、抽選記録", "だれでも検証できるようにするため", "期限なし"),
)


def waiting(place: PlaceReport) -> PlaceReport:
    """Return a place whose time has not come."""
    return replace(
        place, state=PlaceState.WAITING, after=None, erased_at=None, read_at=None, until=None, attestation=None
    )


def ended(place: PlaceReport) -> PlaceReport:
    """Return a place as it is read a month later, when its window is past."""
    if place.state is PlaceState.NONE:
        return place
    read_at = place.read_at and place.read_at + 30 * DAY
    state = place.state if place.state is PlaceState.DECLARED else PlaceState.DONE
    return replace(place, state=state, read_at=read_at)


PARTIAL = (ENTRIES, MAILBOX, HISTORY, LOGO, SHEET, KEY)
SCHEDULED = (ENTRIES, *map(waiting, PARTIAL[1:]))
COMPLETE = tuple(map(ended, PARTIAL))


def report(places: tuple[PlaceReport, ...] = PARTIAL, **changes: Any) -> Report:
    """Return a report of places, made when they were last read."""
    made_at = max((place.read_at for place in places if place.read_at), default=MADE)
    windows = [place.until for place in places if place.until and place.state is PlaceState.WINDOW]
    return replace(
        Report(
            campaign="shinjuku-rally-2026",
            title="新宿区立博物館・記念館スタンプラリー2026 抽選プレゼント",
            number=1,
            made_at=made_at,
            addressee=Addressee("新宿区", "文化観光産業部 文化観光課", "新宿区長"),
            contract=Contract("抽選プレゼント企画に係る業務の委託", "7新文観契第123号", "回遊促進事業"),
            contractor=Contractor(
                "株式会社第一通信社",
                "個人情報取扱責任者（スタンプラリー事務局長）",
                "東京都千代田区架空町1-2-3",
                "代表取締役 見本 一郎",
                "見本 花子",
            ),
            handling=Handling(date(2026, 2, 3), date(2026, 3, 31)),
            subjects="抽選プレゼント応募者",
            people=People(500, 441, 75),
            items=("応募者のメールアドレス、年代、居住地域", "当選者の住所、氏名、電話番号"),
            processors=(Processor("Google", "受付と保管"), Processor("株式会社トラストバンク", "登録の受付")),
            standard="復元できない方法で消去し、暗号化の鍵を破棄する（暗号化消去）",
            earliest=max(made_at, *windows).astimezone(JST).date() if windows else made_at.astimezone(JST).date(),
            places=places,
            kept=KEPT,
            versions=Versions(CODE, ARCHIVES),
            commitment_hash="61" * 32,
            record_hash="59" * 32,
            journal=JournalDigest(412, "06" * 32),
            evidence_key="9f" * 32,
        ),
        **changes,
    )


S, SECOND = PlaceState, timedelta(seconds=1)
UNREAD = replace(ENTRIES, state=S.UNREAD, after=None, read_at=None)
OPEN = replace(ENTRIES, state=S.OPEN, after=3)
UNATTESTED = replace(LOGO, state=S.UNATTESTED, attestation=None)

GOOD = [
    *PARTIAL,
    *map(waiting, PARTIAL),
    UNREAD,
    OPEN,
    UNATTESTED,
    replace(UNREAD, until=MADE + DAY),
    replace(OPEN, erased_at=None),
    replace(OPEN, kind=PlaceKind.PERSON),
    replace(UNATTESTED, after=0, read_at=MADE),
    replace(LOGO, state=S.WINDOW, until=MADE + 30 * DAY),
    replace(LOGO, state=S.DONE, after=0, read_at=MADE),
    replace(LOGO, until=MADE),
    replace(ENTRIES, passed=3),
    replace(HISTORY, after=2),
    replace(HISTORY, state=S.DONE, until=None),
    replace(HISTORY, state=S.DONE, until=MADE),
    replace(ENTRIES, before=0, erased_at=None),
    replace(ENTRIES, state=S.NONE, before=0, erased_at=None),
    replace(ENTRIES, read_at=MADE - DAY, erased_at=MADE - 2 * DAY),
    replace(waiting(ENTRIES), after=441, read_at=MADE),
]
"""Places that may be in a report made at `MADE`."""
BAD = {
    "erased after it was read": replace(ENTRIES, read_at=ERASED - SECOND),
    "read after the report": replace(ENTRIES, read_at=MADE + SECOND),
    "erased after the report": replace(UNREAD, erased_at=MADE + SECOND),
    "attested after the report": replace(LOGO, attestation=Attested("山田", MADE + SECOND)),
    "counted, but not read": replace(ENTRIES, read_at=None),
    "read too long ago": replace(ENTRIES, read_at=MADE - DAY - SECOND, erased_at=MADE - 2 * DAY),
    "done, but something is left": replace(ENTRIES, after=1),
    "done, but not counted": replace(ENTRIES, after=None),
    "done, but never erased": replace(ENTRIES, erased_at=None),
    "done inside its window": replace(ENTRIES, until=MADE + SECOND),
    "declared by nobody": replace(LOGO, attestation=None),
    "declared, but read": replace(LOGO, after=0, read_at=MADE),
    "declared where the program erases": replace(ENTRIES, state=S.DECLARED),
    "declared inside its window": replace(LOGO, until=MADE + SECOND),
    "called done by a person's word alone": replace(LOGO, state=S.DONE),
    "done by a person who did not attest it": replace(LOGO, state=S.DONE, after=0, read_at=MADE, attestation=None),
    "done by a person, and something is left": replace(LOGO, after=1, read_at=MADE),
    "done by time, and backups are left": replace(HISTORY, state=S.DONE, until=None, after=1),
    "done by time, and nobody looked": replace(HISTORY, state=S.DONE, until=None, after=None),
    "a window without an end": replace(MAILBOX, until=None),
    "a window that is past": replace(MAILBOX, until=MADE),
    "a window, but something is left": replace(MAILBOX, after=1),
    "a window of time that nobody looked at": replace(HISTORY, after=None),
    "a window of a person who did not attest it": replace(LOGO, state=S.WINDOW, until=MADE + DAY, attestation=None),
    "attested where the program erases": replace(ENTRIES, attestation=LOGO.attestation),
    "erased what only time erases": replace(HISTORY, erased_at=ERASED),
    "open, but nothing is left": replace(OPEN, after=0),
    "open, but not counted": replace(OPEN, after=None),
    "unread, but read": replace(UNREAD, read_at=MADE),
    "unattested where the program erases": replace(UNATTESTED, kind=PlaceKind.PROGRAM),
    "unattested, but attested": replace(LOGO, state=S.UNATTESTED),
    "unattested, but something is left": replace(UNATTESTED, after=1, read_at=MADE),
    "waiting, but erased": replace(waiting(ENTRIES), erased_at=ERASED),
    "waiting, but restorable": replace(waiting(ENTRIES), until=MADE + DAY),
    "waiting, but attested": replace(waiting(LOGO), attestation=LOGO.attestation),
    "never there, but counted": replace(SHEET, before=1),
    "never there, but found": replace(SHEET, after=1, read_at=MADE),
    "never there, but erased": replace(SHEET, erased_at=ERASED),
    "never there, but attested": replace(SHEET, attestation=LOGO.attestation),
    "never there, but restorable": replace(SHEET, until=MADE + DAY),
    "never there, and the program did not look": replace(ENTRIES, state=S.NONE, before=0, erased_at=None, after=None),
}
"""Places that contradict themselves in a report made at `MADE`."""
