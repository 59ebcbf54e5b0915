"""What a storm came to, in figures: as a line while it rages, as tables for `docs/reliability.md`."""

import platform
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from support.storm.bugs import Find
from support.storm.game import Played

BEGIN, END = "<!-- storm {0} -->", "<!-- /storm {0} -->"
EVENTS = {
    "fault": "a run met a fault",
    "killed": "a run was killed",
    "overlap": "a run was held up while others went on",
    "edit": "a response was edited",
    "deleted": "a response was deleted in the form",
    "mail: winner": "a winner was written to",
    "mail: promoted": "a reserve moved up and was written to",
    "mail: reminder": "somebody was reminded",
    "bounced": "a mail came back",
    "forfeited": "a place was given up",
    "restored": "a place was given back",
    "shipping list": "a shipping list was made",
    "shipped": "a parcel was recorded",
    "erasing a person": "one person was erased",
}


@dataclass
class Figures:
    """The sums of all worlds from a *seed* on, of so many *actions* each."""

    seed: int
    actions: int
    worlds: int = 0
    done: int = 0
    presses: int = 0
    seconds: float = 0.0
    busy: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    ends: Counter[str] = field(default_factory=Counter)
    worlds_with: Counter[str] = field(default_factory=Counter)

    def add(self, played: Played) -> None:
        """Count one world."""
        self.worlds += 1
        self.done += len(played.actions)
        self.presses += played.presses
        self.busy += played.seconds
        self.ends[played.ended or "violation"] += 1
        self.worlds_with.update(played.tally.keys())
        if played.violation is not None:
            self.kinds[played.violation[0]] += 1

    def line(self, seconds: float) -> str:
        """Return how far it is."""
        broken = sum(self.kinds.values())
        return f"{self.worlds} worlds, {self.done} actions, {self.done / seconds:.0f} a second, {broken} violations "

    def table(self) -> str:
        """Return the table."""
        ends = ", ".join(f"{number} {end}" for end, number in self.ends.most_common())
        rows = [
            (
                "worlds",
                f"{self.worlds} (seeds {self.seed} to {self.seed + self.worlds - 1}), {self.actions} actions each",
            ),
            ("actions", f"{self.done:,}"),
            ("presses of functions, those to the end included", f"{self.presses:,}"),
            ("time", f"{self.seconds:,.0f} s: {self.done / max(self.seconds, 0.001):.1f} actions a second"),
            ("Python", f"{platform.python_version()}"),
            ("ends", ends),
            ("violations", ", ".join(f"{kind}: {n}" for kind, n in self.kinds.most_common()) or "0"),
        ]
        rows += [(f"worlds in which {said}", str(self.worlds_with[name])) for name, said in EVENTS.items()]
        return "\n".join(["| | |", "| --- | --- |", *(f"| {name} | {value} |" for name, value in rows)])


def planted_table(found: Mapping[str, Find], most: int, seed: int) -> str:
    """Return after how many worlds, from a *seed* on, each planted bug was found."""
    rows = [
        f"| {name} | {find.after} | {find.kind} | {'its end' if find.at_end else 'what happens'} |"
        if find.after
        else f"| {name} | **missed** in {most} | – | – |"
        for name, find in found.items()
    ]
    head = f"| planted bug | found after worlds, from seed {seed} | as | in |"
    return "\n".join([head, "| --- | --- | --- | --- |", *rows])


def write(figures: Figures, path: Path) -> None:
    """Write the figures into a page, between its two marks."""
    _replace(path, "figures", figures.table())


def write_planted(table: str, path: Path) -> None:
    """Write the table of planted bugs into a page."""
    _replace(path, "planted", table)


def _replace(path: Path, name: str, text: str) -> None:
    begin, end = BEGIN.format(name), END.format(name)
    page = path.read_text(encoding="utf-8")
    found = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    path.write_text(found.sub(lambda _: f"{begin}\n\n{text}\n\n{end}", page), encoding="utf-8")
