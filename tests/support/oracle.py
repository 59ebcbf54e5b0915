"""
What must become of responses by the plainest reading of the rules: all of them at once, however slowly.

It shares no code with the package: what it needs of campaign file, form and rules it reads or states itself.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z", re.ASCII)
ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
ADDRESS = re.compile(rf"({ATOM}(?:\.{ATOM})*)@((?:{LABEL}\.)+{LABEL})", re.IGNORECASE)
OLD_CARRIER = re.compile(r"([a-z0-9][a-z0-9._?/+-]{0,63})@(docomo\.ne\.jp|ezweb\.ne\.jp|au\.com)", re.IGNORECASE)
EDITED, UNEDITED = "edited_after_closing", 1_000_000
STROKES = dict.fromkeys(map(ord, "ー‐‑‒–—―−─━"), "-")
NO_MAIL = ("test", "local", "localhost", "invalid", "onion", "arpa")


@dataclass(frozen=True)
class Verdict:
    """Say what becomes of a response and, if it stands in a queue, what it brings."""

    outcome: str
    reason: str | None
    address: str = ""
    prizes: tuple[str, ...] = ()
    answers: Mapping[str, list[str]] = field(default_factory=dict)


def outcomes(path: Path, form: Mapping[str, Any], versions: Iterable[Any]) -> dict[str, dict[str, str | None]]:
    """Return outcome and reason by response id, given every version of every response that was seen."""
    verdicts = judge(yaml.safe_load(path.read_text("utf-8")), form, versions)
    return {id: {"outcome": verdict.outcome, "reason": verdict.reason} for id, verdict in verdicts.items()}


def standings(path: Path, form: Mapping[str, Any], versions: Iterable[Any]) -> list[str]:
    """Return, for every accepted response that stands for a prize, which: `A,C`."""
    verdicts = judge(yaml.safe_load(path.read_text("utf-8")), form, versions)
    return [
        ",".join(verdict.prizes) for verdict in verdicts.values() if verdict.outcome == "accepted" and verdict.prizes
    ]


def judge(campaign: Mapping[str, Any], form: Mapping[str, Any], versions: Iterable[Any]) -> dict[str, Verdict]:
    """Judge each response by its last version in time, then let the earliest of each person hold the entry."""
    opens, closes = (nanos_of(datetime.fromisoformat(campaign[name])) for name in ("opens_at", "closes_at"))
    decisive: dict[str, tuple[tuple[bool, int], Any]] = {}
    for version in versions:
        created, last = nanos(version.get("createTime")), nanos(version.get("lastSubmittedTime"))
        late = created is not None and last is not None and untimely(created, last, opens, closes) == EDITED
        rank = (not late, -1 if last is None else last)
        if version["responseId"] not in decisive or rank > decisive[version["responseId"]][0]:
            decisive[version["responseId"]] = (rank, version)
    verdicts: dict[str, Verdict] = {}
    queues: dict[str, list[tuple[int, str]]] = {}
    for id, (_, version) in decisive.items():
        created, last = nanos(version.get("createTime")), nanos(version.get("lastSubmittedTime"))
        reason = "unreadable" if created is None or last is None else untimely(created, last, opens, closes)
        try:
            verdict = Verdict("rejected", reason) if reason else weighed(campaign, form, version)
        except (AttributeError, TypeError):
            verdict = Verdict("rejected", "unreadable")
        if verdict.reason is None:
            queues.setdefault(verdict.address.lower(), []).append((created or 0, id))
        verdicts[id] = verdict
    for queue in queues.values():
        for _, id in sorted(queue)[1:]:
            found = verdicts[id]
            verdicts[id] = Verdict("duplicate", None, found.address, found.prizes, found.answers)
    return verdicts


def nanos(text: Any) -> int | None:
    """Read a time as nanoseconds since the epoch."""
    match = TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    try:
        moment = datetime(*(int(part) for part in match.groups()[:6]), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None
    return nanos_of(moment) + int((match[7] or "0").ljust(9, "0"))


def nanos_of(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000_000


def untimely(created: int, last: int, opens: int, closes: int) -> str | None:
    if created < opens:
        return "before_opening"
    if created >= closes:
        return "after_closing"
    return EDITED if last >= closes and last - created > UNEDITED else None


def weighed(campaign: Mapping[str, Any], form: Mapping[str, Any], response: Mapping[str, Any]) -> Verdict:
    """Judge what a response in time says."""
    asks = campaign["questions"]
    by_title = {
        folded(item["title"]): item["questionItem"]["question"]["questionId"]
        for item in form["items"]
        if "questionItem" in item
    }
    given = response.get("answers", {})

    def texts(title: str) -> list[str]:
        rows = given.get(by_title[folded(title)], {}).get("textAnswers", {}).get("answers", [])
        return [row.get("value", "") for row in rows]

    if [folded(text) for text in texts(asks["consent"]["title"])] != [folded(asks["consent"]["answer"])]:
        return Verdict("rejected", "no_consent")
    asked = asks["email"]["source"] == "question"
    typed = texts(asks["email"]["title"]) if asked else [response.get("respondentEmail", "")]
    address = readable(typed[0]) if len(typed) == 1 else None
    if address is None:
        return Verdict("rejected", "bad_address")
    named = {name: asks[name]["title"] for name in ("age_group", "area")}
    named |= {question["id"]: question["title"] for question in (*asks["quiz"], *asks["survey"])}
    answers = {name: texts(title) for name, title in named.items()}
    score = sum(
        len(answers[question["id"]]) == 1
        and graded(answers[question["id"]][0]) in {graded(right) for right in question["answers"]}
        for question in asks["quiz"]
    )
    prizes = tuple(prize["id"] for prize in campaign["prizes"] if stands(prize["requires"], score, answers))
    return Verdict("accepted", None, address, prizes, {name: found for name, found in answers.items() if found})


def stands(requires: Mapping[str, Any], score: int, answers: Mapping[str, list[str]]) -> bool:
    wish = requires.get("choice")
    if score < requires["min_correct"]:
        return False
    return wish is None or bool({folded(a) for a in answers[wish["question"]]} & {folded(a) for a in wish["answers"]})


def readable(typed: str) -> str | None:
    """Return an address as mail is sent to it, if mail could be."""
    tidy = "".join(unicodedata.normalize("NFKC", typed).split())
    match = ADDRESS.fullmatch(tidy)
    if match is None or len(match[1]) > 64 or match[2].rpartition(".")[2].lower() in NO_MAIL or tidy[-1].isdigit():
        match = OLD_CARRIER.fullmatch(tidy) if ".." in tidy or ".@" in tidy else None
    return f"{match[1]}@{match[2].lower()}" if match else None


def graded(text: str) -> str:
    """Return what a quiz answer says, whoever cannot see what they typed."""
    seen = (c for c in text if unicodedata.category(c) != "Cf" and not 0xFE00 <= ord(c) <= 0xFE0F)
    return folded("".join(seen)).translate(STROKES)


def folded(text: str) -> str:
    once = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", once).split())
