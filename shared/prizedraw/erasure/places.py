"""
Every place where personal data of entrants rests (what is kept on purpose stands in `kept`).

Each store has a machine name: `sealed/<collection>` and `state/<collection>` of the two databases, `history/<database>`
for their old versions and backups, `bucket/<role>`, `secret/<name>`, `key/<name>`, `topic/<role>`, `log/<bucket>`, and
`form`, `sheet`, `mailbox`, `mailbox/sent`; `outside/<what>` is out of the program's reach. Every store of the code and
of the infrastructure stands in exactly one place or is kept; a test demands it. The order is the order of erasing.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class PlaceKind(StrEnum):
    """Through whom a place becomes empty."""

    PROGRAM = "program"
    """Erased and counted by the program."""
    KEY = "key"
    """The versions of a Cloud KMS key: those neither destroyed nor about to be are counted."""
    TIME = "time"
    """Nobody can erase it earlier: backups and version windows, which pass by themselves."""
    PERSON = "person"
    """Erased by a person, who attests it; re-read by the program where it can be."""
    UNKNOWN = "unknown"
    """Nobody declared it, and it is there (`unlisted`): a person says what it is. None of `PLACES` is of this kind."""


class When(StrEnum):
    """When the purpose of what a place holds has ended."""

    DRAWN = "drawn"
    CLAIMED = "claimed"
    """The winners are drawn, and the last day on which anybody can register is over."""
    SHIPPED = "shipped"
    """Every prize whose winner registered has been handed over, and nobody can register any more."""
    ERASING = "erasing"


SINCE = {
    When.DRAWN: "抽選の後",
    When.CLAIMED: "登録の最終期限の後",
    When.SHIPPED: "発送の後",
    When.ERASING: "消去の開始日以降",
}
"""How operators and the ward read it."""


ADMIN_RESTORES = timedelta(days=25)
"""An administrator of Google Workspace can restore deleted mail (https://support.google.com/a/answer/112445) and files
(https://support.google.com/a/answer/6052340) for so long."""


@dataclass(frozen=True, slots=True)
class Place:
    """
    One place: what it *holds*, from *when* on and how it is erased, what the *evidence* is, in Japanese.

    *window*: how long after the erasure somebody can still restore it, where the place itself cannot tell.
    """

    id: str
    name: str
    holds: str
    when: When
    kind: PlaceKind
    method: str
    evidence: str
    stores: tuple[str, ...]
    window: timedelta | None = None


def _records(id: str, name: str, holds: str, when: When, *stores: str) -> Place:
    """Describe collections of the databases, which the program erases and counts."""
    evidence = "削除の前と後に件数を数え直し、0件であること"
    return Place(id, name, holds, when, PlaceKind.PROGRAM, "データベースから全件を削除", evidence, stores)


def _folder(id: str, name: str, holds: str, store: str) -> Place:
    """Describe a bucket whose purpose ends with the shipping."""
    evidence = "ファイルの一覧を読み直して0件であること、復元できる期間が過ぎていること"
    method = "過去の版を含むすべてのファイルを削除"
    return Place(id, name, holds, When.SHIPPED, PlaceKind.PROGRAM, method, evidence, (store,))


def _past(database: str, holds: str) -> Place:
    """Describe what can still be read of a database after a deletion."""
    name = f"データベース {database} の過去の版とバックアップ"
    evidence = "バックアップの一覧が空であること、最後の削除から保持期間が過ぎていること"
    method = "保持期間の経過により自動で消滅"
    return Place(
        f"history-{database}", name, holds, When.ERASING, PlaceKind.TIME, method, evidence, (f"history/{database}",)
    )


PLACES: tuple[Place, ...] = (
    Place(
        "form",
        "Googleフォームの回答",
        "応募者のメールアドレス、年代、居住地域、クイズとアンケートの回答",
        When.DRAWN,
        PlaceKind.PERSON,
        "フォームの所有者が、回答をすべて削除するか、フォームをごみ箱からも削除",
        "フォームの回答を読み直して0件であること（読めないときは担当者の確認）、担当者の確認",
        ("form",),
        ADMIN_RESTORES,
    ),
    Place(
        "sheet",
        "フォームの回答を写すスプレッドシート",
        "フォームの回答と同じ",
        When.DRAWN,
        PlaceKind.PERSON,
        "所有者が、スプレッドシートをごみ箱からも削除",
        "スプレッドシートが見つからないこと、担当者の確認",
        ("sheet",),
        ADMIN_RESTORES,
    ),
    Place(
        "mailbox-sent",
        "送ったメールと、届かずに戻ったメール",
        "当選者などへのメール（メールアドレス、当選コードを含む）、届かずに戻ったメール",
        When.CLAIMED,
        PlaceKind.PROGRAM,
        "登録の最終期限が過ぎた後、ごみ箱に入れずにすべて削除",
        "メールを検索し直して0通であること、管理者が復元できる25日間が過ぎていること",
        ("mailbox/sent",),
        ADMIN_RESTORES,
    ),
    Place(
        "logo",
        "LoGoフォームの登録",
        "当選者の氏名、住所、電話番号",
        When.SHIPPED,
        PlaceKind.PERSON,
        "区または受託者の担当者が、LoGoフォームの回答をすべて削除",
        "担当者の確認（プログラムからは読めません）",
        ("outside/logo",),
    ),
    Place(
        "downloads",
        "担当者の端末・送り状のシステム・紙",
        "LoGoフォームから出力したCSV、発送リスト、フォームの回答を書き出したファイル、送り状の控えとその発行システムの記録",
        When.SHIPPED,
        PlaceKind.PERSON,
        "担当者が、端末のファイル（ごみ箱とバックアップを含む）と送り状のシステムの記録を削除し、紙は裁断または溶解",
        "担当者の確認（プログラムからは読めません）",
        ("outside/downloads",),
    ),
    _records(
        "deliveries",
        "お届け先",
        "当選者の氏名、住所、電話番号（暗号化済み）",
        When.SHIPPED,
        "sealed/deliveries",
    ),
    _records(
        "claims",
        "当選者の登録の控え",
        "登録の送信日時、受付番号と行の鍵付きハッシュ、発送リストに載った記号",
        When.SHIPPED,
        "state/claims",
        "state/reviews",
        "state/shipping_lists",
    ),
    _folder(
        "claims-bucket",
        "登録用フォルダ（claims）",
        "LoGoフォームから出力したCSV（当選者の氏名、住所、電話番号）",
        "bucket/claims",
    ),
    _folder(
        "exports-bucket",
        "書き出し用フォルダ（exports）",
        "発送リスト（当選者の氏名、住所、電話番号。パスワード付き）",
        "bucket/exports",
    ),
    Place(
        "shipping-passwords",
        "発送リストのパスワード",
        "発送リストを開くためのパスワード",
        When.SHIPPED,
        PlaceKind.PROGRAM,
        "すべてのバージョンを破棄",
        "破棄されていないバージョンが0件であること",
        ("secret/shipping-password",),
    ),
    _records(
        "entries",
        "応募",
        "応募者のメールアドレス、年代、居住地域、回答（いずれも暗号化済み）、アドレスの鍵付きハッシュ",
        When.ERASING,
        "sealed/entries",
    ),
    _records(
        "responses",
        "応募の台帳",
        "回答の番号とアドレスの鍵付きハッシュ、回答の日時、重複した応募の暗号化済みの内容",
        When.ERASING,
        "sealed/responses",
    ),
    _records(
        "cursor",
        "取り込みの位置",
        "最後に取り込んだ回答の日時、取り込み済みの回答の鍵付きハッシュ",
        When.ERASING,
        "state/cursor",
    ),
    _records(
        "mail-records",
        "メールの送信の記録",
        "送信したメールの番号と日時（宛先の記号ごと）",
        When.ERASING,
        "state/mails",
    ),
    _records(
        "requests",
        "本人の請求による消去の控え",
        "受付番号、消去した応募の鍵付きハッシュと日時",
        When.ERASING,
        "state/requests",
    ),
    Place(
        "dead-letters",
        "配信できなかった通知（Pub/Sub の dead-letters）",
        "処理できなかった通知（登録用フォルダに置かれたファイルの名前。個人情報を含む名前でも付けられます）",
        When.ERASING,
        PlaceKind.PERSON,
        "構築担当が、最後のものから7日が過ぎるのを待つか、残っているメッセージを消去（パージ）",
        "担当者の確認（プログラムからは読めません）",
        ("topic/dead-letters",),
    ),
    Place(
        "mailbox",
        "送信用のメールボックスに残るもの",
        "返信、下書きなど、そのほかに残るすべて（メールアドレスを含む）",
        When.ERASING,
        PlaceKind.PROGRAM,
        "取扱期間の初めからのメールと下書きを、ごみ箱に入れずにすべて削除",
        "メールを検索し直して0通であること、管理者が復元できる25日間が過ぎていること",
        ("mailbox",),
        ADMIN_RESTORES,
    ),
    _past("sealed", "削除した応募、台帳、お届け先の、削除前の版（暗号化済みで、鍵を破棄した後は開けません）"),
    _past("state", "削除した送信の記録、登録の控えの、削除前の版"),
    Place(
        "keysets",
        "暗号化の鍵束（Secret Manager）",
        "Cloud KMSの鍵で包まれた鍵束",
        When.ERASING,
        PlaceKind.PROGRAM,
        "すべてのバージョンを破棄",
        "破棄されていないバージョンが0件であること",
        (
            *(f"secret/{pair}-{half}" for pair in ("contact", "survey", "delivery") for half in ("private", "public")),
            "secret/index",
            "secret/claim",
        ),
    ),
    Place(
        "keys",
        "暗号化の鍵（Cloud KMS）",
        "鍵束を包む鍵（メールアドレス、回答、お届け先、照合、当選コードの5本）",
        When.ERASING,
        PlaceKind.KEY,
        "すべてのバージョンを無効にし、破棄を予約。24時間後に復元できなくなります",
        "すべてのバージョンの状態が「破棄済み（DESTROYED）」であること",
        ("key/contact", "key/survey", "key/delivery", "key/index", "key/claim"),
    ),
)
