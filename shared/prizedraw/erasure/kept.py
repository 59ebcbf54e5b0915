"""What is kept after the erasure, with the reason and the end of each."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kept:
    """What outlives the erasure, why that harms nobody, and *until* when."""

    id: str
    name: str
    holds: str
    reason: str
    until: str
    stores: tuple[str, ...]


_TEN_YEARS = "区の文書の保存期間が終わるまで"

KEPT: tuple[Kept, ...] = (
    Kept(
        "published",
        "公開用フォルダ（published）",
        "規則、抽選対象の記号の一覧、確定記録、抽選記録、失効とその取り消しの記録、署名と公開鍵",
        "抽選を後から確かめるために要ります。無作為に決めた記号だけで、鍵を破棄した後は、記号だけからは誰のものか分かりません。"
        "ただし、辞退、失効、資格なしの記録（記号、賞品、理由、日時）と当選者が一人の賞品は、"
        "その出来事を知っている人には誰の記号か分かり、その方の正解数と希望する賞品の範囲が分かります",
        _TEN_YEARS,
        ("bucket/published",),
    ),
    Kept(
        "reports",
        "報告用フォルダ（reports）",
        "集計表（少人数の欄は伏せたもの）と、この報告書",
        "個人を識別できない集計と、消去の証拠です",
        _TEN_YEARS,
        ("bucket/reports",),
    ),
    Kept(
        "draw-records",
        "抽選と発送の記録",
        "記号ごとの当選、失効、取り下げ、発送の日付、件数の集計、登録ファイルの行数",
        "記号と件数だけで、公開用フォルダの内容と同じ範囲です。状況報告に使います",
        "環境の撤去まで",
        (
            *(f"state/{name}" for name in ("prepared", "watch", "totals", "reconciliations", "freezing", "frozen")),
            *(f"state/{name}" for name in ("awards", "drawn", "forfeits", "withdrawals", "imports")),
            "state/restored",
            "state/shipped",
            "state/analysed",
        ),
    ),
    Kept(
        "journal",
        "業務の記録",
        "誰が（担当者のアカウント）いつ何をしたか、件数とハッシュ。消去の記録、担当者の確認、プログラムが知らないものの番号、回答を写すスプレッドシートの番号",
        "応募者の情報を含みません。消去したことの証拠です",
        _TEN_YEARS,
        ("state/journal", "state/erasures", "state/attestations", "state/unlisted", "state/erasing", "state/sheets"),
    ),
    Kept(
        "controls",
        "プログラムと、その制御用の記録",
        "プログラム本体、同時に実行しないための印、確認コードの鍵、戻ったメールを読み終えた日時、保管場所を暗号化する鍵",
        "応募者の情報を含みません",
        "環境の撤去まで",
        ("bucket/sources", "sealed/leases", "state/leases", "state/confirm", "state/returns", "key/cmek"),
    ),
    Kept(
        "logs",
        "システムのログと監査ログ",
        "いつ、どのアカウントが、どの操作をしたか。記録の名前は鍵付きハッシュか記号です",
        "個人情報を書かない決まった項目だけを記録しています。鍵を破棄した後は、記録だけからは誰のものか分かりません。"
        "担当者が一人の方について行った操作（辞退の記録など）は、その出来事を知っている人には誰のことか分かります",
        "各ログの保持期間が終わるまで（監査ログは400日）",
        ("log/prizedraw", "log/_Required"),
    ),
    Kept(
        "workspace-log",
        "Google Workspaceのメールログ",
        "送信したメールの日時、件名、宛先のアドレス（本文は含みません）",
        "組織の管理者だけが見られるGoogleの記録で、個別に消す方法がありません",
        "30日で自動的に消えます",
        ("outside/workspace-log",),
    ),
    Kept(
        "messages",
        "処理の通知（Pub/Sub）",
        "フォームに回答があったことの通知、登録用フォルダに置かれたファイルの名前",
        "回答の内容を含みません。ファイルの名前には個人情報を書かない決まりです",
        "7日で自動的に消えます",
        ("topic/notifications", "topic/claims"),
    ),
    Kept(
        "evidence-key",
        "署名の鍵（evidence）",
        "規則、抽選記録、この報告書に署名した鍵",
        "応募者の情報を暗号化していません。公開鍵で、署名を後から確かめられます",
        "環境の撤去まで（確かめるには公開鍵だけで足ります）",
        ("key/evidence",),
    ),
    Kept(
        "mail-credentials",
        "メールの送信と消去の認証情報",
        "送信用アカウントの認証情報",
        "応募者の情報を含みません。メールボックスが空であることを読み直すために、完了まで要ります",
        "完了の報告の後、管理者が無効にします",
        ("secret/gmail", "secret/gmail-eraser"),
    ),
    Kept(
        "rules-mail",
        "取扱期間の前に区と交わした、規則のメール",
        "規則（rules.json）と公開鍵、それぞれのハッシュ、区の担当のアドレス",
        "応募の前のもので、応募者の情報を含みません。規則を前もって知らせたことの控えです",
        "完了の報告の後、管理者がアカウントを止めるまで",
        ("outside/rules-mail",),
    ),
    Kept(
        "recipients",
        "受け取った方の手元",
        "当選者などに届いたメールと荷物、運送会社の配送の記録、区に届いた規則、確定記録と抽選記録",
        "本人、運送会社、区がそれぞれ管理するもので、受託者の手元にはありません",
        "それぞれの定めによります",
        ("outside/recipients",),
    ),
)
