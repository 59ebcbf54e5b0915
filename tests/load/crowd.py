"""Invent a crowd that presses the form's button one after the other, a second apart, and corrects itself at times."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from bench.world import CAMPAIGN, FORM
from prizedraw.ports import Document
from prizedraw.rehearsal import entrants
from prizedraw.times import instant_of

EDITED_EVERY = 20
"""So often somebody edits what was sent ten presses ago."""
EDITED_BEFORE = 10


def presses(count: int, until: datetime) -> Iterator[Document]:
    """
    Yield *count* responses and the edits among them, in the order of their times, the last at *until*.

    The mixture is the rehearsal's: people who are known, no consent, addresses that are none.
    """
    history = entrants.history_of(CAMPAIGN, FORM, count, seed=1)
    rows = list({press.response["responseId"]: press.response for press in history}.values())[:count]
    random.Random(1).shuffle(rows)
    created: dict[str, str] = {}
    for number, row in enumerate(rows):
        at = until - timedelta(seconds=count - number)
        created[row["responseId"]] = instant_of(at)
        yield _timed(row, created, at)
        if number % EDITED_EVERY == EDITED_BEFORE:
            yield _timed(rows[number - EDITED_BEFORE], created, at + timedelta(milliseconds=500))


def _timed(row: Document, created: dict[str, str], at: datetime) -> Document:
    times = {"createTime": created[row["responseId"]], "lastSubmittedTime": instant_of(at)}
    return {**row, **times}
