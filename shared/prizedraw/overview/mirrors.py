"""
The published files against their mirrors in `state`: who writes either without the other is seen here.

The steps act by the files, so that a row of `state` that differs changes neither who wins nor who is written to; but
somebody has written it, and what is counted by it is wrong.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Broken
from prizedraw.evidence.signed_files import SIGNATURE
from prizedraw.fulfilment import withdrawals
from prizedraw.fulfilment.holders import Places
from prizedraw.lottery import restored_file
from prizedraw.lottery.forfeit_file import FOLDER, ForfeitFile, label_of, name_of
from prizedraw.lottery.names import COMMITMENT, RECORD, RULES
from prizedraw.lottery.opening import open_draw
from prizedraw.lottery.published import Committed, PublishedDraw, Recorded
from prizedraw.lottery.randomness import Hsm
from prizedraw.overview.files import Evidence, only
from prizedraw.overview.section import OVERDUE_AFTER, named
from prizedraw.ports import Clock, PublishedFiles, R, Reader
from prizedraw.records.campaign import Prepared
from prizedraw.records.fulfilment import Forfeit, Restored
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import JournalRow
from prizedraw.times import japanese, unstamp

T = TypeVar("T")

_WHO = "構築担当に連絡し、だれが書いたかを監査ログで確かめてください。"
_AS_FILED = f"当選者とお知らせは公開ファイルのとおりに扱われます。{_WHO}"


def read_evidence(campaign: Campaign, state: Reader, published: PublishedFiles, clock: Clock) -> Evidence:
    """Read the files, and hold what `state` says against them."""
    # Mirrors first: each is written after its file, so that what they tell of is there when the files are read.
    reading = _Reading(mirrors=_read_mirrors(state), published=published, clock=clock)
    reading.read()
    differences = [*reading.faults, *_of_mirrors(reading)]
    withdrawn: frozenset[str] = frozenset()
    if reading.draw is not None:
        differences += _of_withdrawals(campaign, state, reading.draw)
        withdrawn = withdrawals.read(campaign.id, state, reading.draw.key)
    differences += _of_mails(state)
    return Evidence(places=reading.places, withdrawn=withdrawn, differences=tuple(differences))


@dataclass(frozen=True, kw_only=True)
class _Mirrors:
    """What `state` says of the files; awards and forfeits by label, and of the rules their hash, once it is final."""

    rules_hash: str
    frozen: Frozen | None
    drawn: Drawn | None
    awards: Mapping[str, AwardedPlace]
    forfeits: Mapping[str, Forfeit]
    restored: Mapping[str, Restored]


def _read_mirrors(state: Reader) -> _Mirrors:
    prepared = only(state, Prepared)
    return _Mirrors(
        rules_hash=prepared.rules_hash if prepared is not None and prepared.prepared_at else "",
        frozen=only(state, Frozen),
        drawn=only(state, Drawn),
        awards={row.id: row for row in state.scan(AwardedPlace)},
        forfeits={row.id: row for row in state.scan(Forfeit)},
        restored={row.id: row for row in state.scan(Restored)},
    )


@dataclass(kw_only=True)
class _Reading:
    """
    What was read of the files, one after the other; *faults* tell which could not be believed.

    *forfeits* and *restored* are by label, as the mirrors of their files; *doubted* are the labels of which one of the
    two cannot be believed.
    """

    mirrors: _Mirrors
    published: PublishedFiles
    clock: Clock
    draw: PublishedDraw | None = None
    committed: Committed | None = None
    recorded: Recorded | None = None
    places: Places | None = None
    names: frozenset[str] = frozenset()
    forfeits: dict[str, Forfeit] = field(default_factory=dict)
    restored: dict[str, Restored] = field(default_factory=dict)
    doubted: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)

    def read(self) -> None:
        """Read each file on its own, so that one that is not ours does not hide another."""
        self.names = frozenset(self.published.names())
        if RULES not in self.names:
            return
        self.draw = draw = self._tried(lambda: open_draw(self.published))
        if draw is None:
            return
        self.committed = committed = self._tried(partial(draw.commitment, self.clock))
        if committed is not None and isinstance(draw.rules.randomness, Hsm):
            self._tried(lambda: draw.randomness(committed, self.clock()))
        self.recorded = recorded = self._tried(partial(draw.record, self.clock))
        if recorded is not None:
            self._read_changes(draw, recorded)
            if not self.faults:
                self.places = Places.after(recorded, self.forfeits.values(), self.restored.values())

    def _read_changes(self, draw: PublishedDraw, recorded: Recorded) -> None:
        """Read the forfeits, and then the returns, each of which takes back one."""
        names = sorted(name for name in self.names if name.startswith(FOLDER))
        now, files = self.clock(), dict[str, ForfeitFile]()  # after they were listed, as `PublishedDraw.forfeits` does
        for name in names:
            if (label := label_of(name)) is not None:
                file = self._tried(partial(draw.forfeit, name, recorded, now))
                if file is None:
                    self.doubted.add(label)
                else:
                    files[label], self.forfeits[label] = file, file.mirror()
        for name in names:
            label = restored_file.label_of(name)
            if label is not None and label not in self.doubted:
                back = self._tried(partial(draw.restored, label, recorded, files.get(label), now))
                if back is None:
                    self.doubted.add(label)
                else:
                    self.restored[label] = back.mirror()

    def _tried(self, read: Callable[[], T | None]) -> T | None:
        """Return what *read* returns; None, and a fault, if the file cannot be believed."""
        try:
            return read()
        except Broken as error:
            if (said := _unbelieved(error)) not in self.faults:
                self.faults.append(said)
            return None

    def believable(self, found: Mapping[str, T]) -> Mapping[str, T]:
        """Return what was *found* in `state` of labels of which no file is in doubt."""
        return {label: one for label, one in found.items() if label not in self.doubted}

    def lacks(self, name: str, since: datetime) -> bool:
        """Tell whether a file that should be there *since* that time is missing, and no run is about to make it."""
        return name not in self.names and self.clock() >= since + OVERDUE_AFTER


def _of_mirrors(reading: _Reading) -> Iterator[str]:
    """Yield how rules, commitment, record, places and forfeits differ from what `state` says of them."""
    said, now = reading.mirrors, reading.clock()
    if said.rules_hash and RULES not in reading.names:
        yield _missing(RULES, "準備の記録")
    elif said.rules_hash and reading.draw is not None and said.rules_hash != reading.draw.rules_hash:
        yield _differs(RULES, "準備の記録（規則のハッシュ）")
    if reading.committed is not None:
        at = reading.committed.commitment.frozen_at
        yield from _one(said.frozen, reading.committed.mirror(), COMMITMENT, at, now)
        yield from _of_copy(reading, COMMITMENT, at)
    elif said.frozen is not None and COMMITMENT not in reading.names:
        yield _missing(COMMITMENT, "応募の確定の控え")
    if reading.draw is not None and reading.recorded is not None:
        at = reading.recorded.record.drawn_at
        yield from _one(said.drawn, reading.recorded.mirror(reading.draw.rules.prizes), RECORD, at, now)
        yield from _of_copy(reading, RECORD, at)
        if said.drawn is not None or now >= at + OVERDUE_AFTER:
            yield from _of_awards(said.awards, reading.recorded)
    elif RECORD not in reading.names:
        if said.drawn is not None:
            yield _missing(RECORD, "抽選の控え")
        if said.awards or said.forfeits or said.restored:
            yield f"抽選の前なのに、当選または失効の控えがあります。{_WHO}"
    if reading.recorded is not None:
        yield from _of_forfeits(reading)
        yield from _of_returns(reading)


def _one(found: R | None, expected: R, file: str, at: datetime, now: datetime) -> Iterator[str]:
    """Yield that a mirror differs; one that is missing is a run that was killed, unless it is missing for long."""
    if found is None and now >= at + OVERDUE_AFTER:
        yield (
            f"公開ファイル {file} の控えがありません（{japanese(at)}の分）。"
            "応募の確定（freeze）または抽選（draw）をもう一度 {} で実行してください。"
            "続くようなら保守担当に連絡してください。"
        )
    elif found is not None and found != expected:
        yield _differs(file, "控え")


def _of_copy(reading: _Reading, file: str, at: datetime) -> Iterator[str]:
    if reading.lacks(file + SIGNATURE, at):
        yield (
            f"公開用フォルダに署名の写し {file}{SIGNATURE} がありません。"
            "応募の確定（freeze）または抽選（draw）をもう一度 {} で実行してください。"
            "続くようなら保守担当に連絡してください。"
        )


def _of_awards(found: Mapping[str, AwardedPlace], recorded: Recorded) -> Iterator[str]:
    wanted = {place.id: place for place in recorded.places()}
    differing = [id for id in sorted(wanted.keys() | found.keys()) if wanted.get(id) != found.get(id)]
    if differing:
        yield (
            f"当選・補欠の控えが、公開ファイル {RECORD} と{len(differing)}件で一致しません"
            f"（記号：{named(differing)}）。{_AS_FILED}"
        )


def _of_forfeits(reading: _Reading) -> Iterator[str]:
    """Yield how forfeits differ, but those of which a file cannot be believed: they are told already."""
    filed, found = reading.forfeits, reading.believable(reading.mirrors.forfeits)
    planted = sorted(found.keys() - filed.keys())
    changed = sorted(id for id in found.keys() & filed.keys() if found[id] != filed[id])
    if planted:
        yield (
            f"失効の控えが{len(planted)}件ありますが、公開ファイルがありません（記号：{named(planted)}）。"
            f"この失効は効力がなく、当選はそのままです。{_WHO}"
        )
    if changed:
        yield f"失効の控えが、公開ファイルと{len(changed)}件で一致しません（記号：{named(changed)}）。{_AS_FILED}"
    killed = sorted(
        id
        for id, forfeit in filed.items()
        if reading.clock() >= unstamp(forfeit.at) + OVERDUE_AFTER
        and (id not in found or name_of(id) + SIGNATURE not in reading.names)
    )
    if killed:
        yield (
            f"公開された失効のうち{len(killed)}件に、控えまたは署名の写し（.sig）がありません（記号：{named(killed)}）。"
            "当選の失効（forfeit）を {} で実行してください。続くようなら保守担当に連絡してください。"
        )


def _of_returns(reading: _Reading) -> Iterator[str]:
    """Yield the same of places that were given back."""
    filed, found = reading.restored, reading.believable(reading.mirrors.restored)
    if strange := sorted(id for id, row in found.items() if filed.get(id) != row):
        yield (
            f"戻した当選の控えのうち{len(strange)}件が、公開ファイルと一致しません（記号：{named(strange)}）。"
            f"{_AS_FILED}"
        )
    killed = sorted(
        id
        for id, back in filed.items()
        if reading.clock() >= unstamp(back.at) + OVERDUE_AFTER
        and (id not in found or restored_file.name_of(id) + SIGNATURE not in reading.names)
    )
    if killed:
        yield (
            f"公開された「戻した当選」のうち{len(killed)}件に、控えまたは署名の写し（.sig）がありません（記号：{named(killed)}）。"
            "当選の失効（forfeit）を {} で実行してください。続くようなら保守担当に連絡してください。"
        )


def _of_withdrawals(campaign: Campaign, state: Reader, draw: PublishedDraw) -> Iterator[str]:
    if strange := withdrawals.strange(campaign.id, state, draw.key):
        yield (
            f"応募の取り下げの記録のうち{len(strange)}件に、正しい署名がありません（記号：{named(strange)}）。"
            f"この記録は効力がなく、当選はそのままです。{_WHO}"
        )


def _of_mails(state: Reader) -> Iterator[str]:
    """Yield which rows of mails `notify` did not believe; it has removed them, and the mails have gone."""
    rows = [row for row in state.scan(JournalRow) if (row.step, row.action) == ("notify", "disowned")]
    if rows:
        number, last = sum(row.counts.get("mails", 0) for row in rows), japanese(unstamp(rows[-1].at))
        yield (
            f"このシステムが書いていないメールの送信の記録が{number}件見つかり、取り除かれました（最後は{last}）。"
            f"メールは送るべきものが送られます。{_WHO}"
        )


def _unbelieved(error: Broken) -> str:
    return f"公開ファイルを確かめられません。{error.sentence}この画面の件数は、保管している控えによります。"


def _missing(file: str, what: str) -> str:
    return f"{what}がありますが、公開ファイル {file} がありません。書き換えられたか、消されたおそれがあります。{_WHO}"


def _differs(file: str, what: str) -> str:
    return f"{what}が、公開ファイル {file} と一致しません。{_AS_FILED}"
