"""Say to operators in Japanese why places that look lapsed do not lapse by themselves, and by what to decide."""

from prizedraw.fulfilment.full_exports import is_full
from prizedraw.fulfilment.lapses import Lapsing
from prizedraw.fulfilment.many import FEW
from prizedraw.records.fulfilment import Import
from prizedraw.times import japanese, unstamp

WHOLE_LIST = "「未処理のみ」などで絞らずに、LoGoフォームの回答を全件、CSVに出力して置いてください。"


def shortcoming(file: Import) -> str:
    """Say why an imported file is not the whole list, or nothing if it may be."""
    if is_full(file):
        return ""
    lacks = "だれの登録かがはっきり分かる行が1件もありません"
    if file.missing:
        lacks = f"ほかのCSVにあった登録（確認が必要な行も含む）のうち{file.missing}件がありません"
    return f"{japanese(unstamp(file.dropped_at))}に置かれた登録ファイル（{file.rows}行）には、{lacks}。"


def withheld(lapsing: Lapsing) -> str:
    """Say why the schedule lets nobody go of those who look lapsed, with the numbers, and what to do."""
    number, together = len(lapsing.holders), lapsing.before + len(lapsing.holders)
    said = [f"登録期限を過ぎても登録が確認できない当選が{number}件ありますが、自動では失効しません。"]
    if lapsing.file is not None and (why := shortcoming(lapsing.file)):
        said += [f"{why}全件ではないため、登録がないとは言えません。{WHOLE_LIST}"]
    if lapsing.are_many:
        said += [
            f"これまでの期限切れ{lapsing.before}件と合わせて{together}件となり、当選{lapsing.places}件の三分の一"
            f"（{FEW}件までは除く）を超えるためです。"
        ]
    said += [
        (
            f"{numbers(lapsing)}。全件であることを確かめた上で失効させるには、"
            f"当選の失効（forfeit）を {{}} で実行してください。"
        )
    ]
    return "".join(said)


def numbers(lapsing: Lapsing) -> str:
    """Say by which numbers to decide: of the file, and of what is known."""
    file = lapsing.file
    rows, missing = (file.rows, file.missing) if file is not None else (0, 0)
    return (
        f"CSVの行数：{rows}、登録済みの当選：{lapsing.registered}件、"
        f"ほかのCSVだけにある登録：{missing}件、失効する当選：{len(lapsing.holders)}件"
    )
