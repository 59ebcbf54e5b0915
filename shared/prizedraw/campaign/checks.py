"""
State the rules of a campaign file: what a single value must look like, and how values must agree with each other.

A function for a single value returns what it read or raises `ValueError` with a Japanese sentence. The rules between
values walk the plain values of a file that may be wrong elsewhere, pass over what they cannot read, and yield all
that they find: nobody should have to mend a file fault by fault.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unicodedata import category
from urllib.parse import urlsplit

from prizedraw.campaign.yaml_text import Finding, Path
from prizedraw.times import JST
from prizedraw.typed.answers import graded, normal

KEY_DAYS = 3
"""Days between the start of erasure and the end of the handling period: keys are destroyed only after 24 hours."""

_DAY = re.compile(r"20\d\d-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d(?::\d\d)?\+09:00", re.ASCII)
_ADDRESS = re.compile(
    r"(?=[^@]{1,64}@.{1,190}$)[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*"
    r"@(?:[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?\.)+[a-z]{2,63}",
    re.ASCII | re.IGNORECASE,
)
TOTAL, UNANSWERED, OTHER = "合計", "無回答", "選択肢以外の回答"
"""What tables call all people, those who left a question open, and those whose answer is none of the options."""
_PERSONAL = re.compile(r"[@＠]|様|さん$|\d[\d\s()（）‐－ー-]{5,}\d")
"""What a post's name does not hold: marks of a person, of a telephone number, of an address."""
_LONGEST = 300


def start_of(day: date) -> datetime:
    """Return the first moment of a *day* in Japan, in UTC."""
    return datetime.combine(day, time(), JST).astimezone(UTC)


def day(value: object) -> date:
    """Read a date of the calendar, `2026-02-03`."""
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        raise ValueError("暦にない日付です。") from None
    raise ValueError('日付を "2026-02-03" の形で書いてください。')


def moment(value: object) -> datetime:
    """Read a time of day in Japan, `2026-02-03T10:00+09:00`, and return it in UTC. The offset must be written."""
    try:
        if isinstance(value, str) and _MOMENT.fullmatch(value):
            return datetime.fromisoformat(value).astimezone(UTC)
    except ValueError:
        raise ValueError("暦にない日付か時刻です。") from None
    raise ValueError('日時を "2026-02-03T10:00+09:00" の形で（日本時間の +09:00 まで）書いてください。')


def text(value: str) -> str:
    """Accept one line that is seen, and can be shown anywhere: no control characters, no space at the ends."""
    # Where nothing is seen (Hangul's filler, a variation selector), whoever left a quiz open would have answered it.
    if not graded(value):
        raise ValueError("文字が書かれていません。")
    if value != value.strip():
        raise ValueError("先頭か末尾に余分な空白があります。")
    if len(value) > _LONGEST:
        raise ValueError(f"長すぎます（{_LONGEST}字まで）。")
    if any(category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in value):
        raise ValueError("改行か、目に見えない制御文字があります。削除してください。")
    return value


def https_url(value: str) -> str:
    """Accept an absolute https URL of a public host, in ASCII, without user information."""
    try:
        parts = urlsplit(value)
        host = parts.hostname or ""
        valid = parts.scheme == "https" and "." in host and parts.username is None and parts.port in (None, 443)
    except ValueError:
        valid = False
    if not valid or not value.isascii() or not value.isprintable() or any(mark in value for mark in ' "<>\\'):
        raise ValueError("https:// で始まる URL を書いてください。")
    return value


def address(value: str) -> str:
    """Accept an e-mail address in ASCII: a dot-atom and a domain with a dot (RFC 5321, section 4.1.2)."""
    if not _ADDRESS.fullmatch(value):
        raise ValueError("メールアドレスとして正しくありません。")
    return value


def _at(tree: Any, *path: str | int) -> Any:
    """Return what stands at *path*, or None."""
    for part in path:
        if isinstance(part, int) or not isinstance(tree, dict):
            return None
        tree = tree.get(part)
    return tree


def _items(tree: Any, *path: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the maps of a list, each with its path."""
    items = _at(tree, *path)
    for index, item in enumerate(items if isinstance(items, tuple) else ()):
        if isinstance(item, dict):
            yield (*path, index), item


def _when(tree: Any, path: Path) -> datetime | None:
    """Return a date (as its first moment) or a moment, or None if it is missing or wrong."""
    value = _at(tree, *path)
    try:
        return moment(value) if "T" in str(value) else start_of(day(value))
    except ValueError:
        return None


_ORDER: tuple[tuple[Path, Path, bool, str], ...] = (
    (("handling", "begins"), ("opens_at",), True, "受付の開始は、個人情報の取扱期間の開始日以後にしてください。"),
    (("opens_at",), ("closes_at",), False, "受付の締切は、受付の開始より後にしてください。"),
    (("closes_at",), ("draw_at",), False, "抽選は、受付の締切より後にしてください。"),
    (("draw_at",), ("claim", "deadline"), False, "登録期限は、抽選の日より後の日にしてください。"),
    (("claim", "deadline"), ("claim", "last"), True, "繰り上げを含む最終期限は、登録期限以後にしてください。"),
    (("claim", "last"), ("ship_by",), False, "発送の期限は、登録の最終期限より後の日にしてください。"),
    (("ship_by",), ("erase_from",), False, "消去の開始は、発送の期限より後の日にしてください。"),
)


def dates(tree: Any) -> Iterator[Finding]:
    """Demand that the days of a campaign follow each other within the handling period."""
    for before, after, same, sentence in _ORDER:
        first, second = _when(tree, before), _when(tree, after)
        if first and second and not (first < second or (same and first == second)):
            yield Finding(after, sentence)
    erase, end = _when(tree, ("erase_from",)), _when(tree, ("handling", "ends"))
    if erase and end and erase + timedelta(days=KEY_DAYS) > end:
        sentence = f"消去の開始は、鍵の破棄を待つため、取扱期間の終わりの{KEY_DAYS}日前までにしてください。"
        yield Finding(("erase_from",), sentence)


def _questions(tree: Any) -> Iterator[tuple[Path, str, dict[str, Any]]]:
    """Yield every question: path, name, map."""
    for name in ("email", "consent", "age_group", "area"):
        if isinstance(question := _at(tree, "questions", name), dict):
            yield ("questions", name), name, question
    for group in ("quiz", "survey"):
        for path, question in _items(tree, "questions", group):
            yield path, str(question.get("id", "")), question


def _again(named: Iterable[tuple[Path, Any]], sentence: str) -> Iterator[Finding]:
    """Find values that were there before, told apart by their normal form."""
    seen: set[str] = set()
    for path, value in named:
        key = normal(value) if isinstance(value, str) else ""
        if key and key in seen:
            yield Finding(path, sentence)
        seen.add(key)


def _parts(tree: Any, path: Path) -> list[tuple[Path, Any]]:
    """List the values of a list or map, each with its path."""
    parts = _at(tree, path[-1])
    pairs = parts.items() if isinstance(parts, dict) else enumerate(parts) if isinstance(parts, tuple) else ()
    return [((*path, key), value) for key, value in pairs]


def names(tree: Any) -> Iterator[Finding]:
    """Demand that ids, titles, names and options are told apart."""
    asked = list(_questions(tree))
    ids = [((*path, "id") if "id" in question else path, name) for path, name, question in asked]
    yield from _again(ids, "同じ id の設問があります（email、consent、age_group、area も使えません）。")
    yield from _again(
        [((*path, "title"), question.get("title")) for path, _, question in asked], "同じ題の設問があります。"
    )
    for path, _, question in asked:
        yield from _again(_parts(question, (*path, "options")), "同じ選択肢があります。")
    prizes = list(_items(tree, "prizes"))
    for key, sentence in (("id", "同じ id の賞品があります。"), ("name", "同じ名前の賞品があります。")):
        yield from _again([((*path, key), prize.get(key)) for path, prize in prizes], sentence)
    yield from _again(_parts(_at(tree, "claim"), ("claim", "columns")), "同じ見出しがあります。")


def kinds(tree: Any) -> Iterator[Finding]:
    """Demand that a question has what its kind needs, and nothing that it does not use."""
    email = _at(tree, "questions", "email")
    if isinstance(email, dict):
        if email.get("source") == "question" and "title" not in email:
            yield Finding(("questions", "email"), "source が question のときは、設問の題（title）が要ります。")
        if email.get("source") == "respondent" and "title" in email:
            yield Finding(("questions", "email", "title"), "source が respondent のときは、題（title）を書きません。")
    for path, question in _items(tree, "questions", "survey"):
        if question.get("kind") in ("choice", "choices") and "options" not in question:
            yield Finding(path, "選択肢（options）が要ります。")
        if question.get("kind") == "text" and "options" in question:
            yield Finding((*path, "options"), "自由記述（text）の設問には、選択肢を書きません。")


def groups(tree: Any) -> Iterator[Finding]:
    """Demand that each option of ages and areas is in one group, if there are any, and that no answer has its place."""
    for name in ("age_group", "area"):
        place: Path = ("questions", name, "groups")
        question = _at(tree, "questions", name)
        options = [option for _, option in _parts(question, ("options",)) if isinstance(option, str)]
        listed = [(path, group) for path, group in _parts(question, place) if isinstance(group, dict)]
        if not listed or len(set(map(normal, options))) < len(options):
            continue
        if len(listed) == 1:
            yield Finding(place, "組は2つ以上にしてください。まとめないなら、groups を書きません。")
        yield from _again([((*path, "name"), group.get("name")) for path, group in listed], "同じ名前の組があります。")
        for path, group in listed:
            if group.get("name") in (TOTAL, OTHER, UNANSWERED):
                yield Finding((*path, "name"), f"「{group['name']}」は集計の表で使う言葉です。別の名前にしてください。")
        inside = [part for path, group in listed for part in _parts(group, (*path, "options"))]
        grouped = [(path, option) for path, option in inside if isinstance(option, str)]
        yield from _again(grouped, "この選択肢は、ほかの組にも入っています。一つの組だけに入れてください。")
        for path, option in grouped:
            if option not in (*options, UNANSWERED):
                yield Finding(path, f"この設問の選択肢にありません（答えなかった人は「{UNANSWERED}」と書きます）。")
        for number, option in enumerate(options):
            if option not in [one for _, one in grouped]:
                yield Finding(
                    ("questions", name, "options", number), "この選択肢は、どの組（groups）にも入っていません。"
                )


def answers(tree: Any) -> Iterator[Finding]:
    """Demand that what is said of a survey question's answers fits its kind and its options."""
    for path, question in _items(tree, "questions", "survey"):
        for key in ("ordered", "unanswered_with"):
            if question.get(key) and question.get("kind") != "choice":
                yield Finding((*path, key), "一つ選ぶ設問（choice）だけに書けます。")
        option = question.get("unanswered_with")
        if option is not None and isinstance(question.get("options"), tuple) and option not in question["options"]:
            yield Finding((*path, "unanswered_with"), "この設問の選択肢にありません。")


def conditions(tree: Any) -> Iterator[Finding]:
    """Demand that somebody can stand for each prize."""
    quiz = _at(tree, "questions", "quiz")
    asked = {name: question for _, name, question in _questions(tree)}
    for path, prize in _items(tree, "prizes"):
        least = _at(prize, "requires", "min_correct")
        if isinstance(least, int) and isinstance(quiz, tuple) and least > len(quiz):
            sentence = f"クイズは{len(quiz)}問しかないため、誰も条件を満たせません。"
            yield Finding((*path, "requires", "min_correct"), sentence)
        choice = _at(prize, "requires", "choice")
        if not isinstance(choice, dict) or not isinstance(choice.get("question"), str):
            continue
        place = (*path, "requires", "choice")
        options = asked.get(choice["question"], {}).get("options")
        if choice["question"] not in asked:
            yield Finding((*place, "question"), "この id の設問はありません。")
        elif not isinstance(options, tuple):
            yield Finding((*place, "question"), "条件にできるのは、選択肢のある設問だけです。")
        else:
            for where, answer in _parts(choice, (*place, "answers")):
                if answer not in options:
                    yield Finding(where, "その設問の選択肢にありません。")


def sending(tree: Any) -> Iterator[Finding]:
    """Demand that the mail limits carry what is to be sent."""
    limit = _at(tree, "mail", "per_day")
    if not isinstance(limit, int):
        return
    opens, closes, draw = (_when(tree, (name,)) for name in ("opens_at", "closes_at", "draw_at"))
    expected = _at(tree, "expected_entrants")
    if _at(tree, "mail", "receipts") is True and opens and closes and opens < closes and isinstance(expected, int):
        days = _days(opens, closes)
        if limit * days < expected:
            sentence = f"受付のメールは送れません：{days}日間で{limit * days}通までのところ、見込みは{expected}通です。"
            yield Finding(("mail", "receipts"), sentence)
    deadline = _when(tree, ("claim", "deadline"))
    counts = [prize.get("quantity") for _, prize in _items(tree, "prizes")]
    winners = sum(count for count in counts if isinstance(count, int))
    if draw and deadline and draw < deadline and limit * (days := _days(draw, deadline)) < winners:
        sentence = (
            f"当選のメールを登録期限の前日までに送りきれません：{days}日間で{limit * days}通、当選者は{winners}人です。"
        )
        yield Finding(("mail", "per_day"), sentence)


def _days(begin: datetime, end: datetime) -> int:
    """Count the days in Japan from *begin* up to the last moment before *end*."""
    last = (end - timedelta(microseconds=1)).astimezone(JST).date()
    return (last - begin.astimezone(JST).date()).days + 1


def beacon(tree: Any) -> Iterator[Finding]:
    """Demand that the beacon runs before the draw."""
    genesis, draw = _at(tree, "randomness", "genesis"), _when(tree, ("draw_at",))
    if isinstance(genesis, int) and draw and genesis >= draw.timestamp():
        yield Finding(("randomness", "genesis"), "乱数の開始時刻が抽選より後です。")


def posts(tree: Any) -> Iterator[Finding]:
    """Demand that the ward's number comes from a post that is named, and that no person is."""
    if _at(tree, "randomness", "kind") != "ward":
        return
    if _at(tree, "randomness", "given_by") in (None, ()):
        sentence = "区の数（ward）では、数を知らせてくる区の職の一覧（given_by）が要ります。"
        yield Finding(("randomness",), f'{sentence}例：given_by: の次の行に、一段下げて - "文化観光課長"')
        return
    named = _parts(_at(tree, "randomness"), ("randomness", "given_by"))
    yield from _again(named, "同じ職があります。")
    for path, post in named:
        if isinstance(post, str) and _PERSONAL.search(post):
            yield Finding(path, "職の名前だけを書いてください（氏名・電話番号・メールアドレスは公開されます）。")


def findings(tree: Any) -> Iterator[Finding]:
    """Apply all rules between values to the plain values of a file."""
    for rule in (dates, names, kinds, groups, answers, conditions, sending, beacon, posts):
        yield from rule(tree)
