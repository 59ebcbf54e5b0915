"""5,000 responses, of all that the world sends: invented entrants, and by hand what goes wrong."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from prizedraw.ports import Document
from prizedraw.rehearsal import entrants
from support.builders import CAMPAIGN, CLOSES, FORM, IDS, OPENS, RIGHT, response, zulu

DAY = timedelta(days=1)
NOON = OPENS + 5 * DAY

GONE = frozenset({"accepted-0", "refused-0", "spelling-0", "waits-there", "text-0"})
"""Responses that their form's owner deletes later: holders, duplicates, rejected ones."""

LATE = timedelta(days=3)
"""How long after its time a response whose id begins with `late-seen` turns up in the form."""

Submissions = list[Document]
"""Versions of responses in the order in which the form received them."""

SPELLINGS = (
    "{0}@example.jp",
    "{0}@EXAMPLE.jp",
    " {0}@example.jp\u3000",
    "{0}＠example.jp",
    "{0} @ example.jp",
    "{0}@example．jp",
)
REFUSED = (
    "",
    "なし",
    "taro@",
    "@example.jp",
    "t\u0430ro@example.jp",
    "ta\x00ro@example.jp",
    "taro@example.jp\u202e",
    "taro@exa\ud800mple.jp",
    "taro@example.jp,hanako@example.jp",
    "x" * 65 + "@example.jp",
    "da.me.@example.jp",
    "🎉@example.jp",
    "taro@[127.0.0.1]",
)
ACCEPTED = ("da.me.@docomo.ne.jp", "a..b@docomo.ne.jp", "k.@ezweb.ne.jp", "plus+tag@example.jp", "dot.ted@example.jp")
TEXTS = (
    '=HYPERLINK("http://example.com")',
    "＝１＋１",
    "\tタブで始まる",
    "\x00\x01\x1f",
    "\ud800\udfff\ud83d",
    "\u202eさかさ",
    "🎉👨‍👩‍👧‍👦𠮷髙﨑",
    "長" * 400_000,
    "'; DROP TABLE entries; --",
    "<script>alert(1)</script>",
)


def submissions(count: int, seed: int) -> Submissions:
    """Return the submissions of *count* responses."""
    special = list(_special())
    people = len({row["responseId"] for row in special})
    history = entrants.history_of(CAMPAIGN, FORM, count - people, seed)
    rows = [press.response for press in history] + special
    shuffled = random.Random(seed)
    return sorted(rows, key=lambda row: (str(row.get("lastSubmittedTime")), shuffled.random()))


def _special() -> Iterator[Document]:
    """Yield what is not invented elsewhere; an edit is a second version of its response."""
    for number, spelling in enumerate(SPELLINGS):
        yield response(f"spelling-{number}", spelling.format("onaji"), NOON + timedelta(minutes=number))
    for number, address in enumerate(REFUSED):
        yield response(f"refused-{number}", address, NOON)
    for number, address in enumerate(ACCEPTED):
        yield response(f"accepted-{number}", address, NOON, **RIGHT)
    for number, text in enumerate(TEXTS):
        yield response(f"text-{number}", f"text{number}@example.jp", NOON, comments=text, **RIGHT)
    yield from _times()
    yield from _edits()
    yield from _late()
    yield from _odd()


def _times() -> Iterator[Document]:
    """Yield every boundary, times of every precision, and ties."""
    for number, nanos in enumerate(["", ".1", ".12", ".123", ".1234", ".12345", ".123456", ".1234567", ".12345678"]):
        yield response(f"nanos-{number}", "nanos@example.jp", zulu(NOON, nanos), zulu(NOON, nanos))
    edges = {
        "before-opening": zulu(OPENS - timedelta(seconds=1), ".999999999"),
        "at-opening": zulu(OPENS),
        "last-instant": zulu(CLOSES - timedelta(seconds=1), ".999"),
        "at-closing": zulu(CLOSES),
    }
    for name, time in edges.items():
        yield response(name, f"{name}@example.jp", time, time)
    yield response("late-edit", "late-edit@example.jp", NOON, CLOSES + timedelta(minutes=1))
    for name in ("tie-b", "tie-a", "tie-c"):
        yield response(name, "tie@example.jp", zulu(NOON, ".000005"), zulu(NOON, ".000005"))
    # The tie's last response is seen days after the first ones.
    yield response("tie-0", "tie@example.jp", zulu(NOON, ".000005"), NOON + 9 * DAY)


def _edits() -> Iterator[Document]:
    """Yield edits of the address, of the consent and of the answers."""
    later = NOON + 2 * DAY
    yield response("to-free", "from@example.jp", NOON)
    yield response("waits-there", "from@example.jp", NOON + timedelta(hours=1), **RIGHT)
    yield response("to-free", "free@example.jp", NOON, later)
    yield response("holds", "taken@example.jp", NOON + timedelta(hours=2))
    yield response("to-taken-earlier", "elsewhere@example.jp", NOON)
    yield response("to-taken-earlier", "taken@example.jp", NOON, later)
    yield response("to-taken-later", "elsewhere2@example.jp", NOON + timedelta(hours=5))
    yield response("to-taken-later", "taken@example.jp", NOON + timedelta(hours=5), later)
    yield response("regrets", "regrets@example.jp", NOON)
    yield response("regrets", "regrets@example.jp", NOON, later, consent="同意しない")
    yield response("agrees", "agrees@example.jp", NOON, consent=None)
    yield response("agrees", "agrees@example.jp", NOON, later)
    yield response("learns", "learns@example.jp", NOON)
    yield response("learns", "learns@example.jp", NOON, later, **RIGHT)
    yield response("seen-in-time", "seen@example.jp", NOON, **RIGHT)
    yield response("seen-in-time", "other@example.jp", NOON, CLOSES + timedelta(seconds=5))


def _late() -> Iterator[Document]:
    """Yield responses of one person of which the earlier one turns up later, and an old version after a new one."""
    yield response("late-seen-first", "patient@example.jp", NOON, **RIGHT)
    yield response("seen-first", "PATIENT@example.jp", NOON + timedelta(hours=1))
    yield response("late-seen-alone", "alone@example.jp", NOON)
    yield response("late-seen-third", "patient@example.jp", NOON + timedelta(hours=2))


def _odd() -> Iterator[Document]:
    """Yield shapes that a reader may stumble over."""
    consent, email = IDS["consent"], IDS["email"]
    garbage: list[Any] = [7, [], "text", {email: 7}, {email: {"textAnswers": 3}}, {consent: {"textAnswers": {}}}]
    for number, answers in enumerate(garbage):
        yield response(f"garbage-{number}") | {"answers": answers}
    yield {name: value for name, value in response("no-answers").items() if name != "answers"}
    yield response("ungraded", "ungraded@example.jp") | {"totalScore": 5}
    yield response("unknown-option", "unknown@example.jp", wish="昔の選択肢", age_group="不明", **RIGHT)
    yield response("many-options", "many@example.jp", museums=["新宿歴史博物館", "林芙美子記念館", "知らない館"])
    nested: Any = "底"
    for _ in range(300):
        nested = [nested]
    deep = response("nested", "nested@example.jp")
    deep["answers"][IDS["wish"]] = nested
    yield deep
    yield response("oversized", "oversized@example.jp", museums=["大きい" * 100] * 3_000, **RIGHT)
    yield response("bad-time", "time@example.jp", "2026-02-30T00:00:00Z")
    yield response("no-zulu", "zulu@example.jp", "2026-02-10T00:00:00+09:00")
