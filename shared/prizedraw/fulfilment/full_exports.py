"""
Tell whether a CSV holds the whole list of the claim form, as far as that can be known.

Anybody who may drop a file can drop a part of the list, by mistake (a filter was left on, the wrong form) or not, and
whoever is left out of it looks like one who never registered. So that a file is not believed for what it does not hold,
it must hold all that is known to stand in the list: each registration that was imported from any file, and each one in
time that waits for an operator, by label and receipt (受付番号). Who cuts the list must know both of every one of them.

What was never imported from any file cannot be missed; therefore few may lapse by schedule (`lapses`).
"""

from collections.abc import Collection, Iterable

from prizedraw.records.fulfilment import Claim, Import, Review
from prizedraw.records.verdicts import Verdict

_OF_NOBODY = (Verdict.UNEVEN, Verdict.BAD_CODE, Verdict.UNKNOWN_CODE, Verdict.HALF_FILLED)
"""What becomes of rows that do not tell whose they are, or may not."""


def missing(
    holds: Collection[tuple[str, str]],
    rows: Collection[str],
    claims: Iterable[Claim],
    reviews: Iterable[Review],
    withdrawn: Collection[str],
) -> int:
    """
    Count the registrations that are known of and that a file does not hold; *holds* are its labels and receipts.

    *rows* are the ids of its rows: a row that awaits an operator is also known by what it says, should a spreadsheet
    have destroyed its receipt. Whoever has *withdrawn* may have been taken out of the list.
    """
    known = {(claim.id, claim.receipt) for claim in claims}
    known |= {(r.label, r.receipt) for r in reviews if r.label and r.receipt and r.id not in rows}
    return sum(label not in withdrawn for label, _ in known.difference(holds))


def named(file: Import) -> int:
    """Count the rows that name a place by its claim code; anybody can write others, who knows none."""
    return file.rows - sum(file.counts.get(verdict.value, 0) for verdict in _OF_NOBODY)


def is_full(file: Import) -> bool:
    """Tell whether an imported file holds all that is known of; one that names nobody proves nothing."""
    return file.complete and not file.missing and named(file) > 0
