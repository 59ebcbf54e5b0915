"""
Say how far the erasure is, from the records of `state` alone: for `status`, which reads no place itself.

What is told is what the last run of `erase` found. Only `erase` can say 完了, since it reads every place again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from prizedraw.campaign.definition import Campaign
from prizedraw.erasure.due import Due, due
from prizedraw.erasure.places import PLACES, Place, PlaceKind
from prizedraw.erasure.progress import Seen, judge, past, rows_of
from prizedraw.erasure.state import ENDED, PlaceReport, PlaceState
from prizedraw.ports import Found, Reader
from prizedraw.records.entries import Totals
from prizedraw.records.erasure import Attestation, ErasureRow, LinkedSheets
from prizedraw.records.running import ONLY
from prizedraw.times import japanese, japanese_until, unstamp
from prizedraw.words import places as place_words

ERASURE_OVERDUE_AFTER = timedelta(hours=24)
_GONE = ENDED | {PlaceState.WINDOW}


@dataclass(frozen=True)
class Remains:
    """
    Hold what the records say at the moment *now*: of each place what was last found, and *problems* by place.

    *withdrawn* counts the responses of people who were erased on request that the form still held at the last count.
    """

    campaign: Campaign
    now: datetime
    due: Due
    places: tuple[PlaceReport, ...]
    problems: Mapping[str, str]
    withdrawn: int

    @property
    def has_begun(self) -> bool:
        """Tell whether everything is being erased, so that the records of most other steps are gone."""
        return self.due.erasing is not None

    @property
    def is_overdue(self) -> bool:
        """Tell whether something that should have gone by now is still there, or nobody has said that it is not."""
        late = self.now >= self.campaign.erase_from_at + ERASURE_OVERDUE_AFTER
        return late and any(place.kind is not PlaceKind.TIME and place.state not in _GONE for place in self.places)

    def is_gone(self, *ids: str) -> bool:
        """Tell whether all of these places were found empty."""
        return all(place.state in _GONE for place in self.places if place.id in ids)

    def alarms(self) -> Iterator[str]:
        """Yield what somebody must look into."""
        if not self.has_begun and self.now >= self.campaign.erase_from_at + ERASURE_OVERDUE_AFTER:
            begins = japanese(self.campaign.erase_from_at)
            why = f"（残っている条件：{place_words.unmet(self.campaign, self.due)}）" if self.due.unmet else ""
            yield (
                f"消去の開始日（{begins}）を過ぎましたが、個人情報の消去が始まっていません{why}。"
                "erase を {} で実行し、表示に従ってください。"
            )
        for place in self.places:
            if place.id in self.problems:
                code = self.problems[place.id]
                yield (
                    f"「{place.name}」を消去または確認できませんでした（エラー番号：{code}）。次の定期実行でやり直します。"
                    "続くようなら保守担当に連絡してください。"
                )
        left = [p.name for p in self.places if p.kind is not PlaceKind.TIME and p.state not in _GONE]
        if left and self.now >= self.campaign.handling_ends_at:
            ends = japanese_until(self.campaign.handling_ends_at)
            yield f"【至急】個人情報の取扱期間（{ends} まで）が終わりましたが、消去が済んでいません：{'、'.join(left)}"
        if self.has_begun:
            yield from place_words.by_hand(self.places)

    def counts(self) -> dict[str, int]:
        """Count by Japanese names, once there is something to tell."""
        found = {"取り下げられ、フォームに残る回答": self.withdrawn} if self.withdrawn else {}
        return found | (place_words.counts(self.places) if self.has_begun else {})

    def stages(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, time and what became of it."""
        gone = sum(place.state in _GONE for place in self.places)
        windows = [place.until for place in self.places if place.state is PlaceState.WINDOW and place.until]
        until = f"、復元可能期間は {japanese_until(max(windows))} まで" if windows else ""
        said = f"{len(self.places)}か所のうち{gone}か所を消去済{until}" if gone else ""
        yield "個人情報の消去", f"{japanese(self.campaign.erase_from_at)} 以降", said

    def next(self) -> str:
        """Say what to press next for the erasure, or nothing."""
        if self.has_begun and all(place.state in ENDED for place in self.places):
            return "すべての場所の消去を確かめました。erase の完了の報告書を、署名とともに区に提出してください。"
        if self.has_begun:
            return "消去は定期実行の erase が毎日続けます。担当者の作業は、erase を {} で実行すると分かります。"
        todo = place_words.by_hand(self.places)
        removed = (
            "取り下げられた回答がフォームに残っています。フォームの回答の画面で削除してください。"
            if self.withdrawn
            else ""
        )
        return removed + "".join(todo)


def read(campaign: Campaign, state: Reader, now: datetime) -> Remains:
    """Read how far the erasure is."""
    now = now.replace(microsecond=0)
    found, rows = due(campaign, state, now), rows_of(state)
    attested = {mark.id: mark for mark in state.scan(Attestation)}
    sheets = state.get(LinkedSheets, ONLY)
    is_unlinked = sheets is not None and not sheets.record.sheets
    places, problems = [], {}
    for place in PLACES:
        mine = rows.get(place.id, [])
        last = past(mine).last
        if last is not None and last.problem:
            problems[place.id] = last.problem
        places.append(
            judge(
                place,
                due=found.place(place) and (last is not None or place.kind is not PlaceKind.TIME),
                rows=mine,
                seen=_seen(place, last, now, is_unlinked=is_unlinked),
                attestation=attested.get(place.id),
                now=now,
            )
        )
    return Remains(campaign, now, found, tuple(places), problems, _withdrawn(state))


def _seen(place: Place, last: ErasureRow | None, now: datetime, *, is_unlinked: bool) -> Seen | None:
    """Take what the last run found for what is seen."""
    if place.id == "sheet" and is_unlinked:
        return Seen(now, Found(0), none=True)
    if last is None:
        return None
    is_unread = last.after is None and (bool(last.problem) or place.kind is not PlaceKind.PERSON)
    until = unstamp(last.until) if last.until else None
    return Seen(unstamp(last.at), None if is_unread else Found(last.after, until), last.problem)


def _withdrawn(state: Reader) -> int:
    """Count the withdrawn responses that the last count still found in the form."""
    totals = state.get(Totals, ONLY)
    if totals is None:
        return 0
    return totals.record.withdrawn - (totals.record.gone - totals.record.gone_open)
