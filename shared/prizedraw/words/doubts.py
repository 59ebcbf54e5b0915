"""Say to operators in Japanese what is doubtful about the entries, before they are fixed."""

from collections.abc import Mapping
from typing import Any

from prizedraw.entries.doubts import EntriesDoubt, main_reason
from prizedraw.records.entries import REASON_WORDS


def doubt(one: EntriesDoubt, totals: Mapping[str, Any]) -> str:
    """Say what is doubtful about the entries, and what to look at."""
    match one:
        case EntriesDoubt.NOBODY:
            return (
                f"届いた応募{totals['received']}件のうち、受け付けたものが1件もありません。"
                "フォームの設問と定義ファイルが合っているか、実際の回答と見比べてください。"
            )
        case EntriesDoubt.ONE_REASON:
            reason = main_reason(totals)
            word = REASON_WORDS[reason] if reason is not None else ""
            number = totals["rejected"].get(reason, 0)
            return (
                f"応募の半数を超える{number}件が、同じ理由（{word}）で対象外です。"
                "フォームの設問と定義ファイルが合っているか、実際の回答と見比べてください。"
            )
        case EntriesDoubt.FORM_CHANGED:
            return (
                "フォームの設問が、公開した規則（rules.json）のときと違います。"
                "元に戻せるものは戻し、次の照合（1日以内）を待ってください。"
            )
