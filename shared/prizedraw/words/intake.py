"""Say in Japanese how a run of `intake` ended."""

from dataclasses import dataclass
from enum import Enum

from prizedraw.runtime.orders import Reply, Result


class End(Enum):
    """The ways in which a run ends, each with its sentence."""

    OTHER_FORM = "別のフォームの通知のため、何もしていません。"
    FROZEN = "応募は締め切られ、確定しています。フォームの通知を終了しました。"
    BUSY = "別の取り込みが実行中です。"
    JUST_READ = "締切後の照合を終えたばかりのため、その後の応募は次の回に取り込みます。"
    PULLED = "応募を取り込みました。"


@dataclass(frozen=True)
class Intake:
    """One run: how it ended, and how many rows of the ledger it wrote."""

    end: End
    written: int = 0


def reply(intake: Intake) -> Reply:
    """Say how the run ended; only a pull has changed anything, be it that all was read just before."""
    if intake.end in (End.PULLED, End.JUST_READ):
        return Reply(Result.DONE, (intake.end.value,), {"新しい・変わった応募": intake.written})
    return Reply(Result.UNCHANGED, (intake.end.value,))
