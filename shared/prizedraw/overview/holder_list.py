"""
List who holds a place by their 管理番号, and how far each is: what an operator looks at with a person on the telephone.

It is what the published files say; where these cannot be believed nobody is listed by `state` alone. Nothing personal
is in it.
"""

from collections.abc import Iterator

from prizedraw.errors import Problem, Refused
from prizedraw.fulfilment import holder_number
from prizedraw.fulfilment.holders import Holder, Places
from prizedraw.overview.facts import Facts
from prizedraw.overview.parcels import Parcels
from prizedraw.records.mail import TO_PEOPLE, MailRow, row_ids
from prizedraw.runtime.orders import Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN
from prizedraw.words import holders as words

NOT_BELIEVED = Problem(
    "E-881",
    "公開用フォルダのファイルを確かめられないため、当選の権利がある方を表示できません。"
    "現在の状況（status）を {{}} で実行し、【注意】のとおりにしてください。",
)
ERASING = Problem("E-882", "個人情報の消去が始まり、お知らせや登録の控えが消えているため、表示できません。")


def reply(typed: str | None, facts: Facts) -> Reply:
    """
    Tell of all who hold a place now, or of the one that was *typed*, whatever became of their place.

    Raises:
        Refused: nothing is drawn, the files cannot be believed, all is being erased, or nobody has that number.
    """
    if facts.parcels is None:
        raise Refused(NOT_DRAWN)
    places = facts.evidence.places
    if places is None:
        raise Refused(NOT_BELIEVED)
    if facts.is_erasing:
        raise Refused(ERASING)
    standing = facts.parcels.standing.without(facts.parcels.withdrawn)
    if typed is None:
        lines = tuple(_line(facts, facts.parcels, holder) for holder in standing.holders)
        return words.listed(lines, len(standing.holders))
    label = holder_number.find(typed, places.awards)
    holder = standing.holder(label)
    about = _line(facts, facts.parcels, holder) if holder is not None else _former(facts, places, label)
    return Reply(Result.REPORT, (about, *_mails(facts, label)), next=words.NEXT_OF_ONE)


def _line(facts: Facts, parcels: Parcels, holder: Holder) -> str:
    row = facts.mails.get(f"{holder.letter}-{holder.label}")
    return words.line(
        holder,
        facts.campaign.prize(holder.prize).name,
        is_returned=row is not None and bool(row.bounced),
        in_review=holder.label in parcels.in_review,
    )


def _former(facts: Facts, places: Places, label: str) -> str:
    """Say what became of somebody who holds no place now."""
    prize = facts.campaign.prize(places.awards[label].prize).name
    if facts.parcels is not None and label in facts.parcels.withdrawn:
        return words.withdrawn(label, prize)
    forfeit = places.forfeits.get(label)
    return words.reserve(label, prize) if forfeit is None else words.lost(label, prize, forfeit)


def _mails(facts: Facts, label: str) -> Iterator[str]:
    """Yield what became of each mail to one person, in the order of the kinds."""
    rows: list[MailRow] = [facts.mails[id] for id in row_ids(label) if id in facts.mails]
    yield from map(words.mail, sorted(rows, key=lambda row: (TO_PEOPLE.index(row.kind), row.id)))
