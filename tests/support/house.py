"""The house as tests know it: its floors, its steps, and what docs/architecture.md tells of it."""

import importlib
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


DOCS = ROOT / "docs"


TEXT = (DOCS / "architecture.md").read_text(encoding="utf-8")


def table(text: str, heading: str) -> list[list[str]]:
    """Return the rows of the table below a heading, without its head."""
    below = text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in below.splitlines() if line[:1] == "|"]
    return rows[2:]


def missing(home: str) -> bool:
    """Tell whether a home is not there: a path, or a name of the package that cannot be imported."""
    if "/" in home:
        return not list(ROOT.glob(re.sub(r"<[^>]+>", "*", home)))
    parts = home.split(".")
    for end in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(["prizedraw", *parts[:end]]))
        except ModuleNotFoundError:
            continue
        for name in parts[end:]:
            if not hasattr(found, name):
                return True
            found = getattr(found, name)
        return False
    return True


WORDS = ["prepare", "intake", "freeze", "draw", "notify", "claim", "forfeit", "ship", "analyse", "erase", "status"]
"""The steps in the order in which the data passes them; `status`, which looks at all, comes last."""


FLOORS: tuple[tuple[str, ...], ...] = (
    ("errors", "times", "typed"),
    ("ports",),
    ("campaign", "evidence", "records", "rendering", "sealing"),
    ("runtime",),
    ("lottery",),
    ("fulfilment",),
    ("adapters", "analysis", "entries", "mail"),
    ("erasure",),
    ("words",),
    ("overview",),
    ("erase_person",),
    ("prepare", "intake", "freeze", "draw", "notify", "claim", "forfeit", "ship", "analyse", "erase", "status"),
    ("rehearsal",),
)
"""The rooms by floor, the lowest first."""
