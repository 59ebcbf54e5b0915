"""
Tell who is reminded that their days to register end: those who are missing in a CSV that is fresh, and nobody else.

Who has registered is known from the claim form's CSV alone, which a person drops. So a reminder waits for one that was
dropped on the day of the reminder or the day before, after the letter that told the holder of their prize; `status`
asks for it from the day before on. What still waits when no hour of mail is left before the deadline is never sent.

1. The time has come: so long before the deadline, and so long after the first letter (`begins`).
2. The newest CSV that was imported to its end is fresh, and no newer one may still bring registrations.
3. It holds all that was ever imported: in a part of the list whoever is left out looks like one who did not register.
   A list of nobody, while nobody registered, is believed here: a reminder too many does less harm than none at all.
4. No record says that the holder registered, or is listed for shipping, or shipped to.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment.holders import Holder, Standing
from prizedraw.fulfilment.lapses import dropped_at, may_bring_more
from prizedraw.mail import hours
from prizedraw.records.fulfilment import Import
from prizedraw.records.mail import SENT, MailRow, MailState, row_id
from prizedraw.times import JST

KIND = "reminder"
BEFORE = timedelta(days=3)
"""A reminder goes so long before the deadline to register, and later if that was missed."""
AFTER = timedelta(days=1)
"""A reminder follows the first letter by at least this long."""
FRESH_DAYS = timedelta(days=1)
"""So many days before that of the reminder the CSV may have been dropped."""


def begins(holder: Holder) -> datetime | None:
    """Return from when on a holder may be reminded (1); None while no letter has told them of their prize."""
    return None if holder.told is None else by_day(max(holder.deadline - BEFORE, holder.told + AFTER))


def first_begins(campaign: Campaign) -> datetime:
    """Return from when on the first winners are reminded, if they are told in good time."""
    return by_day(campaign.claim_deadline_at - BEFORE)


def first_file_from(moment: datetime) -> datetime:
    """Return from when on a CSV may be dropped for the reminders that begin at a *moment*: the morning before."""
    return start_of(moment.astimezone(JST).date() - FRESH_DAYS)


def csv_days(campaign: Campaign) -> list[tuple[date, str]]:
    """List the days on which a CSV of the whole list is dropped, each with what for: what check and handbook say."""
    before = first_file_from(first_begins(campaign))
    return [
        (before.astimezone(JST).date(), "（期限のお知らせの前日。遅くとも当日）"),
        (campaign.claim.deadline + FRESH_DAYS, "（登録期限の翌日）"),
        (campaign.claim.last + FRESH_DAYS, "（最終期限の翌日）"),
    ]


def by_day(moment: datetime) -> datetime:
    """Return a *moment*, or the first after it, at which people are written to."""
    local = moment.astimezone(JST)
    opens = start_of(local.date()) + timedelta(hours=hours.FIRST)
    if local.hour >= hours.LAST:
        return opens + timedelta(days=1)
    return max(moment, opens)


@dataclass(frozen=True, kw_only=True)
class Reminders:
    """Who is reminded by now, or has been (*due*), and who would be by a fresh CSV (*waiting*), soon or by now."""

    due: tuple[Holder, ...]
    waiting: tuple[Holder, ...]


def reminders(standing: Standing, imports: Iterable[Import], rows: Mapping[str, MailRow], now: datetime) -> Reminders:
    """Tell who is reminded by now, and who waits for a CSV; *rows* say which mails have gone."""
    files = list(imports)
    tells = _tells(files, now)
    due, waiting = [], []
    for holder in standing.holders:
        begin, row = begins(holder), rows.get(row_id(KIND, holder.label))
        if row is not None and row.state in SENT:
            due.append(holder)
        elif begin is None or holder.is_settled or _is_over(holder, now):
            continue
        elif now >= begin and tells(holder, now):
            due.append(holder)
        elif now >= first_file_from(begin) and not tells(holder, begin) and not _is_refused(row):
            waiting.append(holder)
    return Reminders(due=tuple(due), waiting=tuple(waiting))


def _is_over(holder: Holder, now: datetime) -> bool:
    """Tell whether nothing is left to remind of: they have registered (4), or no mail can go before their deadline."""
    return holder.claimed or holder.listed or holder.shipped or by_day(now) >= holder.deadline


def _is_refused(row: MailRow | None) -> bool:
    return row is not None and row.state == MailState.REFUSED


def _tells(files: list[Import], now: datetime) -> Callable[[Holder, datetime], bool]:
    """Return what tells whether somebody may be reminded at a moment by the CSVs that are there *now* (2), (3)."""
    newest = max((file for file in files if file.complete), key=dropped_at, default=None)
    if newest is None or newest.missing:
        return lambda holder, at: False
    came = dropped_at(newest)
    if any(may_bring_more(file, came, now) for file in files if not file.complete):
        return lambda holder, at: False
    return lambda holder, at: holder.told is not None and holder.told < came and came >= first_file_from(max(at, now))
