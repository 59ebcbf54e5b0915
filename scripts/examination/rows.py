"""Tell what was found: one row a finding, in Japanese and in English."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from unicodedata import east_asian_width


class State(StrEnum):
    """Whether a row is well."""

    OK = "ok"
    WRONG = "wrong"
    UNSEEN = "could not be seen"


_MARKS = {State.OK: ("○", "正常"), State.WRONG: ("×", "異常"), State.UNSEEN: ("？", "未確認")}
STATUS = {State.OK: 0, State.WRONG: 1, State.UNSEEN: 2}
NOT_USABLE = 3


@dataclass(frozen=True)
class Row:
    """
    One finding of a check.

    *command* mends what is wrong; *needs* is the role, or the person, that could see what was not seen.
    """

    check: str
    state: State
    ja: str
    en: str
    command: str = ""
    needs: str = ""


def ok(check: str, ja: str, en: str) -> Row:
    """Say that all is well."""
    return Row(check, State.OK, ja, en)


def wrong(check: str, ja: str, en: str, command: str) -> Row:
    """Say what is wrong, and the command that mends it."""
    return Row(check, State.WRONG, ja, en, command=command)


def unseen(check: str, ja: str, en: str, needs: str) -> Row:
    """Say what could not be seen, and what that needs."""
    return Row(check, State.UNSEEN, ja, en, needs=needs)


def status(rows: Iterable[Row]) -> int:
    """Return the exit status: wrong is worse than not seen."""
    states = {row.state for row in rows}
    return STATUS[State.WRONG] if State.WRONG in states else STATUS[State.UNSEEN] if State.UNSEEN in states else 0


def text(rows: Sequence[Row], titles: dict[str, tuple[str, str]], lang: str) -> str:
    """Return the rows as a page for the screen, in `ja`, `en` or `both`."""
    lines: list[str] = []
    previous = ""
    for row in rows:
        if row.check != previous:
            ja, en = titles[row.check]
            heading = {"ja": ja, "en": en}.get(lang, f"{ja} / {en}")
            lines += ["", f"{heading}", "-" * min(_width(heading), 78)]
            previous = row.check
        lines += _row(row, lang)
    return "\n".join([*lines, "", _summary(rows, lang)]).lstrip("\n")


def _row(row: Row, lang: str) -> list[str]:
    mark, word = _MARKS[row.state]
    said = {"ja": [f"{mark} {word}：{row.ja}"], "en": [f"{mark} {row.state}: {row.en}"]}.get(
        lang, [f"{mark} {word}：{row.ja}", f"  {row.state}: {row.en}"]
    )
    if row.command:
        said.append(f"  {'直し方' if lang == 'ja' else 'mend'}: {row.command}")
    if row.needs:
        said.append(f"  {'要るもの' if lang == 'ja' else 'needs'}: {row.needs}")
    return said


def _summary(rows: Sequence[Row], lang: str) -> str:
    counts = {state: sum(row.state is state for row in rows) for state in State}
    ja = f"正常 {counts[State.OK]}・異常 {counts[State.WRONG]}・未確認 {counts[State.UNSEEN]}"
    en = f"{counts[State.OK]} ok, {counts[State.WRONG]} wrong, {counts[State.UNSEEN]} could not be seen"
    return {"ja": ja, "en": en}.get(lang, f"{ja} / {en}")


def as_json(rows: Sequence[Row]) -> str:
    """Return the rows for another program."""
    return json.dumps([vars(row) for row in rows], ensure_ascii=False, indent=1)


def _width(line: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in line)
