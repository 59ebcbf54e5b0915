"""
Say to operators in Japanese what `claim` did with a CSV, and what became of each of its rows.

The words stand for what `Import.counts`, `Import.problem` and `Review.reason` hold; nothing that a person typed is
among them.
"""

from collections.abc import Mapping
from datetime import datetime

from prizedraw.fulfilment.csv_limits import MOST_BYTES, MOST_CELL, MOST_COLUMNS, MOST_ROWS
from prizedraw.fulfilment.lapses import is_underway
from prizedraw.records.fulfilment import Claim, Import, Review
from prizedraw.records.verdicts import Doubt, Unread, Verdict
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import japanese, unstamp
from prizedraw.words.lapses import WHOLE_LIST, shortcoming

TO_LOOK_AT = "【要確認】"
COUNTS: Mapping[str, str] = {
    Verdict.IMPORTED: "取り込んだ登録",
    Verdict.UNCHANGED: "取り込み済みの登録（変更なし）",
    Verdict.LATE: "期限後の登録",
    Verdict.UNKNOWN_CODE: "該当者のない当選コード",
    Verdict.BAD_CODE: "正しくない当選コード",
    Verdict.DUPLICATE: "同じ当選コードの重複",
    Verdict.CONFLICT: "取り込み済みの登録と内容が違う行",
    Verdict.RECEIPT_REUSED: "別の当選コードで使われた受付番号",
    Verdict.LISTED: "発送リスト作成後の変更",
    Verdict.FORFEITED: "失効した当選の登録",
    Verdict.RESERVE: "繰り上がっていない補欠の登録",
    Verdict.HALF_FILLED: "空欄のある登録",
    Verdict.BAD_TIME: "読み取れない送信日時",
    Verdict.BAD_POSTAL_CODE: "正しくない郵便番号",
    Verdict.BAD_PHONE: "正しくない電話番号",
    Verdict.BAD_TEXT: "使えない文字のある登録",
    Verdict.UNEVEN: "列の数が合わない行",
    Verdict.BAD_RECEIPT: "受付番号が失われた登録",
    Doubt.NO_SUCH_POSTAL_CODE: f"{TO_LOOK_AT}一覧にない郵便番号",
    Doubt.POSTAL_CODE_ELSEWHERE: f"{TO_LOOK_AT}郵便番号と住所の食い違い",
    Doubt.PHONE_NOT_IN_USE: f"{TO_LOOK_AT}使われていない形の電話番号",
    Doubt.ZERO_RESTORED: f"{TO_LOOK_AT}先頭の0を補った郵便番号",
    Doubt.LETTERS_LOST: f"{TO_LOOK_AT}失われた文字があるおそれのある登録",
    Doubt.DESTINATION_CHANGED: f"{TO_LOOK_AT}後から変わったお届け先",
    Doubt.LET_GO: f"{TO_LOOK_AT}期限内に登録していたのに失効した当選",
}

_AS_EXPORTED = "表計算ソフトで保存し直したCSVのときは、保存し直す前の、出力したままのファイルを置き直してください。"
_AGAIN = "そうでなければ、フォームから登録し直してもらってください。"
REVIEW_WORDS: Mapping[str, str] = {
    Verdict.LATE: "送信日時が登録期限を過ぎています。取り込みません。",
    Verdict.UNKNOWN_CODE: "当選コードに該当する当選者がいません。当選メールのコードを本人に確かめてください。",
    Verdict.BAD_CODE: "当選コードに書き間違いがあります。当選メールのコードを本人に確かめてください。",
    Verdict.DUPLICATE: "同じ当選コードの登録がほかにあり、送信日時が最も新しいものを採用しています。"
    "別の人が同じコードを使っていないか確かめてください。",
    Verdict.CONFLICT: "受付番号と送信日時が同じで内容の違う登録があります。どちらが正しいか本人に確かめ、"
    "フォームから登録し直してもらってください。",
    Verdict.RECEIPT_REUSED: "同じ受付番号が別の当選コードにも使われています。"
    "CSVが書き換えられていないか確かめてください。",
    Verdict.LISTED: "発送リストに載った後に届いた変更のため、取り込みません。"
    "必要なら配送業者に届け先の変更を依頼してください。",
    Verdict.FORFEITED: "辞退・期限切れなどで失効した当選です。取り込みません。",
    Verdict.RESERVE: "補欠のままの番号です（繰り上がっていません）。取り込みません。",
    Verdict.HALF_FILLED: "空欄があります。フォームから登録し直してもらってください。",
    Verdict.BAD_TIME: "送信日時を読み取れません（2026/03/05 12:34 の形ではありません）。" + _AS_EXPORTED,
    Verdict.BAD_POSTAL_CODE: f"郵便番号が7桁の数字ではありません。{_AS_EXPORTED}{_AGAIN}",
    Verdict.BAD_PHONE: f"電話番号として読み取れません。{_AS_EXPORTED}{_AGAIN}",
    Verdict.BAD_TEXT: "使えない文字（制御文字、文字化け）があるか、長すぎます。"
    "フォームから登録し直してもらってください。",
    Verdict.UNEVEN: "列の数が見出しと合わず、どの欄か確かではありません"
    "（引用符のないカンマや改行、途中で切れたファイルなど）。フォームの内容と見比べ、出力し直してください。",
    Verdict.BAD_RECEIPT: "受付番号が失われています（表計算ソフトが、長い数を 1.23E+11 のような形に変えたためです）。"
    + _AS_EXPORTED,
}

_STUCK = "取り込みが止まっています。同じファイルをもう一度置いてください（二重には取り込まれません）。"
_PROBLEMS: Mapping[str, str] = {
    Unread.RUNNING: "取り込みが終わっていません。自動で再開されます。",
    Unread.GONE: "取り込みの途中でファイルが削除または上書きされました。同じファイルをもう一度置いてください。",
    Unread.BEFORE_DRAW: "抽選の前に置かれたため、取り込んでいません。",
    Unread.EMPTY: "ファイルが空です。",
    Unread.TOO_LARGE: f"ファイルが大きすぎます（{MOST_BYTES // 1024**2}MBまで）。"
    "別のファイルではないか確かめてください。",
    Unread.TOO_MANY_ROWS: f"行が多すぎます（{MOST_ROWS // 10_000}万行まで）。別のファイルではないか確かめてください。",
    Unread.TOO_WIDE: f"{{detail}}行目の列が多すぎるか（{MOST_COLUMNS:,}列まで）、欄が長すぎます"
    f'（{MOST_CELL:,}文字まで）。引用符（"）が閉じられているか、別のファイルではないかを確かめてください。',
    Unread.NOT_CSV: "CSVではありません（ExcelやZIPなどの形式です）。CSVとして出力し直してください。",
    Unread.ENCODING: "文字コードがUTF-8でもShift_JIS（CP932）でもないか、混ざっています。出力し直してください。",
    Unread.BROKEN: '{detail}行目のあたりで、引用符（"）が閉じていないか、余分にあります。出力し直してください。',
    Unread.NO_HEADER: "1行目に見出し「{detail}」がありません。フォームの項目名か、定義ファイルを直してください。",
    Unread.DOUBLE_HEADER: "1行目に見出し「{detail}」が2つ以上あります。1つにしてください。",
}

UNPREPARED = "準備（prepare）の前に置かれたため、取り込んでいません。登録用フォルダから削除してください。"


def nothing() -> Reply:
    """Say that the notification is of no file that is there to be imported."""
    return Reply(Result.UNCHANGED, ("取り込むファイルはありません。",))


def already() -> Reply:
    """Say that the file has been imported and erased."""
    return Reply(Result.UNCHANGED, ("このファイルはすでに取り込み、消去しました。",))


def erased_unread() -> Reply:
    """Say that the file came when nothing is imported any more, and is gone."""
    return Reply(
        Result.DONE,
        ("個人情報の消去が始まっているため、置かれたファイルを、取り込まずに消去しました。",),
        next="現在の状況（status）を実行し、案内に従ってください。",
    )


def taken_away(file: Import, now: datetime) -> Reply:
    """Say that somebody has removed or replaced the file before it was imported."""
    return Reply(Result.UNCHANGED, (problem_of(file, now),))


def imported(file: Import) -> Reply:
    """Say what became of the rows of a file that was imported and erased, and what somebody must look at."""
    reviews = sum(file.counts.get(verdict, 0) for verdict in Verdict if verdict.needs_review)
    following = (
        [(f"確認が必要な行が{reviews}件あります。現在の状況（status）を実行し、行番号と理由を見てください。")]
        if reviews
        else []
    )
    summary = [
        f"{japanese(unstamp(file.dropped_at))}に置かれた登録ファイル（{file.rows}行）を取り込み、"
        "ファイルを消去しました。"
    ]
    if partial := shortcoming(file):
        summary += [f"{partial}このファイルを根拠に自動で失効する人はいません。"]
        following += [WHOLE_LIST]
    if let_go := file.counts.get(Doubt.LET_GO, 0):
        summary += [f"期限内に登録していたのに失効した方の登録が{let_go}件ありました。お届け先は保管しました。"]
        following += ["現在の状況（status）を実行し、当選を戻せるかを見てください。"]
    return Reply(
        Result.DONE,
        tuple(summary),
        counts_of(file.counts),
        "".join(following) or "操作は要りません。",
    )


def counts_of(counts: Mapping[str, int]) -> dict[str, int]:
    """Return the *counts* of an import by their Japanese names, in a fixed order; zeros are left out."""
    return {words: counts[name] for name, words in COUNTS.items() if counts.get(name)}


def problem_of(file: Import, now: datetime) -> str:
    """Say of a file that is not imported which one it is, by when it came and its size, and what to do."""
    dropped_at = unstamp(file.dropped_at)
    if not file.problem or file.problem == Unread.RUNNING:
        why = _PROBLEMS[Unread.RUNNING] if is_underway(file, now) else _STUCK
    else:
        why = _PROBLEMS[file.problem].format(detail=file.detail)
    return f"{japanese(dropped_at)}に置かれた登録ファイル（{file.size:,}バイト）：{why}"


def reason_of(review: Review) -> str:
    """Say which row an operator must look at, and why."""
    return f"{review.row}行目：{REVIEW_WORDS[review.reason]}"


def doubts_of(claim: Claim) -> str:
    """Say which row an operator must look at before its prize is shipped, and why."""
    return f"{claim.number}行目：{'・'.join(COUNTS[doubt].removeprefix(TO_LOOK_AT) for doubt in claim.doubts)}"
