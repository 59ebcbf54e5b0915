"""What must have come before, in one sentence for all steps: nothing is done out of order."""

from prizedraw.errors import Problem

NOT_PREPARED = Problem("E-301", "まだ準備（prepare）が済んでいません。先に準備（prepare）を実行してください。")
NOT_DRAWN = Problem("E-750", "抽選がまだ行われていません。抽選（draw）が済んでから、もう一度実行してください。")
ONE_AT_A_TIME = Problem("E-105", "{names} は、一度に一つだけ入力してください。")
