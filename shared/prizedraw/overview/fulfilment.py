"""
Say how far the prizes are on their way: who has registered, what waits for an operator, what was sent.

Everything is derived from the records of `state`, in one place with `status`; people appear as labels only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import holders, lapses
from prizedraw.fulfilment.holders import Standing
from prizedraw.ports import Reader
from prizedraw.records.fulfilment import Forfeit, Import, Review, Shipped, ShippingList
from prizedraw.times import japanese_until
from prizedraw.words import claim as words

MOST_NAMED = 10
MOST_REVIEWS = 50
SHIP_SOON = timedelta(days=2)


@dataclass(frozen=True)
class Parcels:
    """Hold what the records say at the moment *now*, after the draw; *reviews* are the first of *to_review*."""

    campaign: Campaign
    now: datetime
    standing: Standing
    forfeits: tuple[Forfeit, ...]
    imports: tuple[Import, ...]
    reviews: tuple[Review, ...]
    to_review: int
    in_review: frozenset[str]
    lists: int
    shipped: int

    @property
    def claimed(self) -> int:
        """Count those who hold a place and have registered."""
        return sum(holder.claimed for holder in self.standing.holders)

    def counts(self) -> dict[str, int]:
        """Count by Japanese names."""
        promoted = sum(holder.promoted for holder in self.standing.holders)
        return {
            "当選の権利がある人（現在）": len(self.standing.holders),
            "うち繰り上げ": promoted,
            "失効した当選": len(self.forfeits),
            "お届け先の登録済み": self.claimed,
            "確認が必要な登録": self.to_review,
            "発送済み": self.shipped,
        }

    def alarms(self) -> Iterator[str]:
        """Yield what somebody must look into."""
        complete = [lapses.dropped_at(file) for file in self.imports if file.complete]
        for file in self.imports:
            if not file.complete and lapses.dropped_at(file) >= max(complete, default=lapses.dropped_at(file)):
                yield f"登録のCSV：{words.problem_of(file, self.now)}"
        if self.to_review:
            rows = "　".join(map(words.reason_of, self.reviews))
            more = "　ほか" if self.to_review > len(self.reviews) else ""
            yield f"確認が必要な登録が{self.to_review}件あります（最新のCSVの行番号）。{rows}{more}"
        overdue = lapses.overdue(self.standing, self.now)
        if stuck := "、".join(holder.label for holder in overdue if holder.label in self.in_review):
            yield (
                f"登録に不備があり、期限を過ぎた当選があります（記号：{stuck}）。自動では失効しません。"
                "登録し直してもらうか、forfeit で失効させてください。"
            )
        waiting = [holder for holder in overdue if holder.label not in self.in_review]
        if waiting and not lapses.lapsed(self.standing, self.imports, self.now, self.in_review):
            named = "、".join(holder.label for holder in waiting[:MOST_NAMED])
            yield (
                f"登録期限を過ぎても登録が確認できない当選が{len(waiting)}件あります（記号：{named}）。"
                "期限の後にLoGoフォームから出力したCSVを置いてください。取り込んだ後、失効と繰り上げが自動で行われます。"
            )
        for prize, number in self.standing.unfilled.items():
            name = self.campaign.prize(prize).name
            yield f"「{name}」は補欠がいなくなり、{number}個の当選者がいません（抽選のやり直しは行いません）。"
        left = self.claimed - sum(holder.shipped for holder in self.standing.holders)
        if left and self.now >= self.campaign.ship_by_at - SHIP_SOON:
            yield f"発送の期限（{japanese_until(self.campaign.ship_by_at)}）が近づいていますが、{left}件が未発送です。"

    def stages(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, time and what became of it."""
        everybody = len(self.standing.holders)
        said = f"{everybody}件のうち{self.claimed}件" if self.imports else ""
        due = f"{self.campaign.claim_deadline_text} まで（最終 {self.campaign.claim_last_text}）"
        yield "お届け先の登録", due, said
        sent = f"{self.claimed}件のうち{self.shipped}件" if self.shipped else ""
        yield "発送", f"{japanese_until(self.campaign.ship_by_at)} まで", sent

    def next(self) -> str:
        """Say what to press next for the parcels, or nothing."""
        if self.claimed and self.claimed == sum(holder.shipped for holder in self.standing.holders):
            return "登録のあった賞品はすべて発送済みです。お届け先の記録は、定期実行の erase が消去します。"
        if self.now >= self.campaign.claim_last_at and self.claimed:
            if self.lists:
                return '発送リストの賞品を運送会社に渡したら、ship を {"shipped": "all"} で実行してください。'
            return "登録の受付が終わりました。ship を {} で実行して、発送リストを作ってください。"
        return (
            "LoGoフォームから出力したCSVを登録用フォルダ（claims）に置くと、お届け先が取り込まれます。"
            f"次の登録期限は {japanese_until(self._next_deadline())} です。"
        )

    def _next_deadline(self) -> datetime:
        open_still = [holder.deadline for holder in self.standing.holders if holder.deadline > self.now]
        return min(open_still, default=self.campaign.claim_last_at)


def read(campaign: Campaign, state: Reader, now: datetime) -> Parcels:
    """Read how far the prizes are from the records of `state`."""
    reviews = sorted(state.scan(Review), key=lambda review: (review.at, review.row))
    return Parcels(
        campaign,
        now,
        holders.read(campaign, state),
        tuple(state.scan(Forfeit)),
        tuple(state.scan(Import)),
        tuple(reviews[-MOST_REVIEWS:]),
        len(reviews),
        frozenset(review.label for review in reviews if review.label),
        sum(1 for _ in state.scan(ShippingList)),
        state.count(Shipped),
    )
