"""The file of a return: as it is specified, and of the label that its name says."""

from datetime import UTC, datetime

import pytest

from prizedraw.errors import Broken
from prizedraw.lottery.files import MALFORMED
from prizedraw.lottery.restored_file import RestoredFile, label_of, name_of

LABEL, OTHER = "0" * 26, "z" * 26
FILE = RestoredFile(
    campaign="shinjuku-rally-2026",
    record_hash="ab" * 32,
    forfeit_hash="cd" * 32,
    prize="A",
    label=LABEL,
    at=datetime(2026, 3, 9, 1, tzinfo=UTC),
)


def test_is_read_as_it_was_written() -> None:
    assert RestoredFile.from_bytes(FILE.to_bytes(), name_of(LABEL)) == FILE
    assert label_of(name_of(LABEL)) == LABEL


def test_under_another_label_s_name_it_is_malformed() -> None:
    with pytest.raises(Broken) as caught:
        RestoredFile.from_bytes(FILE.to_bytes(), name_of(OTHER))
    assert caught.value.problem == MALFORMED
