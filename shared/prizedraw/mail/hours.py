"""The hours in which people are written to, as numbers and in words: replies, mails and papers have both from here."""

from datetime import datetime

from prizedraw.times import JST

FIRST, LAST = 9, 20
"""Full hours, JST: from the first on, until the last begins."""

SPAN = f"{FIRST}時から{LAST}時"


def are_now(moment: datetime) -> bool:
    """Tell whether people may be written to at this *moment*."""
    return FIRST <= moment.astimezone(JST).hour < LAST
