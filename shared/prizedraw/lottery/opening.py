"""
Open the published files of a draw: what reads and judges them is loaded once rules are published.

`MIRROR_DIFFERS` is told where `state` speaks of a file that is not there or not the same; where there is none, nothing
else is loaded that could tell it.
"""

from typing import TYPE_CHECKING

from prizedraw.errors import Problem
from prizedraw.lottery.names import RULES
from prizedraw.ports import PublishedFiles

if TYPE_CHECKING:
    from prizedraw.lottery.published import PublishedDraw


MIRROR_DIFFERS = Problem(
    "E-517",
    "保管している控えが、公開ファイル {file} と一致しません。書き換えられたおそれがあるため、作業を止めました。"
    "構築担当に連絡し、だれが書いたかを監査ログで確かめてください。",
)


def open_draw(files: PublishedFiles) -> "PublishedDraw | None":
    """
    Read rules and key; None if no rules are published.

    Raises:
        Again: the files cannot be read.
        Broken: rules or key are not ours.
    """
    rules = files.find(RULES)
    if rules is None:
        return None
    from prizedraw.lottery.published import PublishedDraw  # noqa: PLC0415  before there are rules nothing needs it

    return PublishedDraw.of(files, rules)
