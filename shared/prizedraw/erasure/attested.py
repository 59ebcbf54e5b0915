"""
Believe what people said in this step only together with the journal: a record alone may have been planted.

Each word of a person is stored in one commit with the row of the journal that names them. So a record without its row
is nobody's word: it counts as if it were not there, and whoever is asked for that word again may give it. Record and
row lie in the same database: what is left to somebody who writes both is told in docs/erasure.md, section 7.

1. An attestation has a row `attested` of that place alone, of the same account and second.
2. The mark that everything is being erased has a row `begun` of the same account and second, and did not come before
   the campaign's date; or, with a reason, a row `begun early` that names the row of another account that asked for it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Reader
from prizedraw.records.erasure import Attestation, Erasing
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.times import unstamp

STEP = "erase"
"""As the journal names it."""

ASKED_EARLY, BEGUN, BEGUN_EARLY, ATTESTED = "asked early", "begun", "begun early", "attested"
"""The acts of people in the journal, by which their words are believed."""

TEXT = re.compile("[^\x00-\x1f\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]{1,1000}")
"""One line, without a character that is not seen or turns the direction of writing."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """
    What people said: the attestations by place, and the mark that everything is being erased.

    *unproven* names the records for which there is no row: places, and `erasing`.
    """

    attested: Mapping[str, Attestation] = field(default_factory=dict)
    erasing: Erasing | None = None
    unproven: tuple[str, ...] = ()


def read(campaign: Campaign, state: Reader) -> Words:
    """Read what people said, and leave out what the journal does not know."""
    rows = [row for row in state.scan(JournalRow) if row.step == STEP]
    marks, begun = list(state.scan(Attestation)), state.get(Erasing, ONLY)
    proven = {mark.id: mark for mark in marks if _attested(mark, rows)}
    erasing = begun.record if begun is not None and _began(campaign, begun.record, rows) else None
    unproven = [mark.id for mark in marks if mark.id not in proven]
    unproven += ["erasing"] if begun is not None and erasing is None else []
    return Words(attested=proven, erasing=erasing, unproven=tuple(unproven))


def _attested(mark: Attestation, rows: Iterable[JournalRow]) -> bool:  # (1)
    wanted = (ATTESTED, mark.principal, mark.at, {mark.id: 1})
    return any((row.action, row.principal, row.at, row.counts) == wanted for row in rows)


def _began(campaign: Campaign, mark: Erasing, rows: list[JournalRow]) -> bool:  # (2)
    acts = [row for row in rows if (row.principal, row.at) == (mark.principal, mark.began_at)]
    if not mark.reason:
        return unstamp(mark.began_at) >= campaign.erase_from_at and any(row.action == BEGUN for row in acts)
    asked = {row.id: row.principal.casefold() for row in rows if row.action == ASKED_EARLY}
    others = {id for id, who in asked.items() if who != mark.principal.casefold()}
    return any(row.action == BEGUN_EARLY and row.hashes.get("asked") in others for row in acts)
