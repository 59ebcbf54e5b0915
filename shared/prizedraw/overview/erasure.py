"""The erasure: what the last run of `erase` found, what is late, and what only a person can do."""

from collections.abc import Iterator

from prizedraw.erasure.places import PlaceKind
from prizedraw.erasure.recorded import LATE_AFTER
from prizedraw.erasure.state import PlaceState
from prizedraw.overview.facts import Facts
from prizedraw.overview.section import Section, Stage, Task
from prizedraw.times import japanese, japanese_until
from prizedraw.words import places as place_words


def erasure_section(facts: Facts) -> Section:
    """Tell how far the erasure is. Only `erase` can say 完了, since it reads every place again."""
    withdrawn = _withdrawn(facts)
    counts = {"取り下げられ、フォームに残る回答": withdrawn} if withdrawn else {}
    return Section(
        alarms=tuple(_alarms(facts)),
        counts=counts | (place_words.counts(facts.erasure.places) if facts.is_erasing else {}),
        stages=(_stage(facts),),
        tasks=tuple(_tasks(facts, withdrawn)),
        waiting=_waiting(facts),
    )


def _alarms(facts: Facts) -> Iterator[str]:
    campaign, erasure = facts.campaign, facts.erasure
    if not facts.is_erasing and facts.now >= campaign.erase_from_at + LATE_AFTER:
        begins = japanese(campaign.erase_from_at)
        why = f"（残っている条件：{place_words.unmet(campaign, erasure.due)}）" if erasure.due.unmet else ""
        yield (
            f"消去の開始日（{begins}）を過ぎましたが、個人情報の消去が始まっていません{why}。"
            "個人情報の消去（erase）を {} で実行し、表示に従ってください。"
        )
    for place in erasure.places:
        if place.id in erasure.problems:
            code = erasure.problems[place.id]
            yield (
                f"「{place.name}」を消去または確認できませんでした（エラー番号：{code}）。次の定期実行でやり直します。"
                "続くようなら保守担当に連絡してください。"
            )
    if erasure.refilled:
        where, last = "、".join(f"「{name}」" for name in erasure.refilled), japanese(max(erasure.refilled.values()))
        yield (
            f"個人情報の消去を始めた後に、{where}にファイルが置かれました（最後は{last}）。使わずに消去しています。"
            "置いた方の端末やLoGoフォームに同じものが残っていれば削除し、区に知らせてください。"
        )
    if erasure.left and facts.now >= campaign.handling_ends_at:
        ends, left = japanese_until(campaign.handling_ends_at), "、".join(place.name for place in erasure.left)
        yield f"【至急】個人情報の取扱期間（{ends}まで）が終わりましたが、消去が済んでいません：{left}"
    yield from place_words.unproven(erasure.unproven)
    if not facts.is_erasing:
        yield from place_words.by_hand([p for p in erasure.places if p.kind is PlaceKind.UNKNOWN])


def _stage(facts: Facts) -> Stage:
    places = facts.erasure.places
    gone = sum(place.is_gone for place in places)
    windows = [place.until for place in places if place.state is PlaceState.WINDOW and place.until]
    until = f"、復元可能期間は{japanese_until(max(windows))}まで" if windows else ""
    none = sum(place.state is PlaceState.NONE for place in places)
    word = sum(place.state is PlaceState.DECLARED for place in places)
    beside = "".join(f"、{n}か所は{what}" for n, what in ((word, "担当者の申告"), (none, "該当なし")) if n)
    said = f"{len(places)}か所のうち{gone - none - word}か所を消去済{beside}{until}" if gone else ""
    begins = facts.campaign.erase_from_at
    return Stage("個人情報の消去", f"{japanese(begins)}以降", said, is_late=facts.now >= begins + LATE_AFTER)


def _tasks(facts: Facts, withdrawn: int) -> Iterator[Task]:
    """Yield what only a person can do; of what nobody declared the alarms tell until everything is being erased."""
    until = facts.campaign.handling_ends_at
    places = [place for place in facts.erasure.places if place.id not in facts.erasure.unread]
    if withdrawn and not facts.is_erasing and "form" not in facts.erasure.gone | facts.erasure.unread:
        yield Task("取り下げられた回答がフォームに残っています。フォームの回答の画面で削除してください。", until=until)
    for sentence in place_words.by_hand([p for p in places if facts.is_erasing or p.kind is not PlaceKind.UNKNOWN]):
        yield Task(sentence, until=until)


def _waiting(facts: Facts) -> str:
    said = "、".join(f"「{place.name}」" for place in facts.erasure.left if place.id in facts.erasure.unread)
    if said:
        return f"{said}は申告済みです。次の個人情報の消去（erase）の定期実行で確かめます。"
    if not facts.is_erasing:
        return ""
    if facts.erasure.is_complete:
        word = sum(place.state is PlaceState.DECLARED for place in facts.erasure.places)
        return f"すべての場所の消去を確かめました{f'（うち{word}か所は、担当者の申告によります）' if word else ''}。"
    return "個人情報の消去（erase）は、定期実行が毎日続けます。"


def _withdrawn(facts: Facts) -> int:
    """Count the withdrawn responses that the last count still found in the form."""
    totals = facts.totals
    return totals.withdrawn - (totals.gone - totals.gone_open) if totals is not None else 0
