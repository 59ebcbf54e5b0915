"""Name what becomes of a CSV of registrations and of each of its rows (in Japanese: `words.claim`)."""

from enum import StrEnum


class Verdict(StrEnum):
    """What became of one row; each row has exactly one."""

    IMPORTED = "imported"
    UNCHANGED = "unchanged"
    LATE = "late"
    UNKNOWN_CODE = "unknown_code"
    BAD_CODE = "bad_code"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    RECEIPT_REUSED = "receipt_reused"
    LISTED = "listed"
    FORFEITED = "forfeited"
    RESERVE = "reserve"
    HALF_FILLED = "half_filled"
    BAD_TIME = "bad_time"
    BAD_POSTAL_CODE = "bad_postal_code"
    BAD_PHONE = "bad_phone"
    BAD_TEXT = "bad_text"
    UNEVEN = "uneven"
    BAD_RECEIPT = "bad_receipt"

    @property
    def needs_review(self) -> bool:
        """Tell whether an operator must look at the row."""
        return self not in (Verdict.IMPORTED, Verdict.UNCHANGED)


class Doubt(StrEnum):
    """What is odd about a row that was imported as it is: counted, and told by row on the shipping list."""

    NO_SUCH_POSTAL_CODE = "no_such_postal_code"
    POSTAL_CODE_ELSEWHERE = "postal_code_elsewhere"
    PHONE_NOT_IN_USE = "phone_not_in_use"
    ZERO_RESTORED = "zero_restored"
    LETTERS_LOST = "letters_lost"
    DESTINATION_CHANGED = "destination_changed"
    LET_GO = "let_go"


class Unread(StrEnum):
    """Why a file is not (yet) imported; it stays in the bucket."""

    RUNNING = "running"
    GONE = "gone"
    BEFORE_DRAW = "before_draw"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    TOO_MANY_ROWS = "too_many_rows"
    TOO_WIDE = "too_wide"
    NOT_CSV = "not_csv"
    ENCODING = "encoding"
    BROKEN = "broken"
    NO_HEADER = "no_header"
    DOUBLE_HEADER = "double_header"
