"""
Bugs that are planted, one at a time, to see that the storm finds them: each a small change of one file of the package.

A copy of the package is made in a folder of its own, the change is made there, and worlds are played on it in another
process until one breaks a promise. Our own code stays as it is. A change whose place is not there exactly once is an
error, so that none is planted in vain.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from support.storm.game import play

WHOLE = 2
"""So many worlds a hunt plays to their end first: what every end shows is found there."""
ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "shared" / "prizedraw"


@dataclass(frozen=True)
class Bug:
    """One bug: its *name*, and which text of which file is changed into which."""

    name: str
    file: str
    before: str
    after: str


BUGS = (
    Bug(
        "outbox: the draft's id is not stored before it is sent",
        "mail/outbox.py",
        "        self.room -= 1\n        self._write(row)  # (2)\n",
        "        self.room -= 1\n",
    ),
    Bug(
        "the last reserve moves up instead of the next",
        "fulfilment/holders.py",
        "self._waiting.pop(0)",
        "self._waiting.pop()",
    ),
    Bug(
        "one ledger row stays, and is counted away",
        "erasure/witnesses.py",
        "        return Found(self._store.count(self._kind))",
        "        return Found(max(0, self._store.count(self._kind) - (self._kind is LedgerRow)))",
    ),
    Bug(
        "the latest response is accepted",
        "entries/ledger.py",
        "            return one.created < other.created\n",
        "            return one.created > other.created\n",
    ),
    Bug(
        "any confirm code will do",
        "runtime/confirm.py",
        "    if any(_same(_bound(key, step, decision, slot, caller.principal), wanted) for slot in slots):\n"
        "        return None\n",
        "    if slots:\n        return None\n",
    ),
    Bug(
        "late claims count",
        "fulfilment/registrations.py",
        "            if sent_at >= instant_of(holder.deadline):\n",
        "            if sent_at < '0':\n",
    ),
    Bug(
        "who was shipped to loses the place by name",
        "forfeit.py",
        "    if state.get(Shipped, label) is not None:\n        raise Refused(ALREADY_SHIPPED)\n",
        "",
    ),
    Bug(
        "who was erased is written to",
        "mail/due.py",
        "lambda row: row.id in rows).without(withdrawn)",
        "lambda row: row.id in rows).without(withdrawn - withdrawn)",
    ),
    Bug(
        "mail at night",
        "mail/sending.py",
        "if letter.label != WARD and not hours.are_now(clock()):",
        "if letter.label == '' and not hours.are_now(clock()):",
    ),
    Bug(
        "the address stands in the clear in ledger rows",
        "entries/ids.py",
        "return LedgerRow(one.row, created, version, Outcome.ACCEPTED, address=one.entry, line=line, tag=tag)",
        "return LedgerRow(one.row, created, version, Outcome.ACCEPTED, address=one.entry, line=line, tag=tag, "
        "detail=one.judged.deliver)",
    ),
    Bug(
        "shipped parcels stand on the next list",
        "ship.py",
        "    return [holder for holder in current if holder.claimed and not holder.shipped][:MOST]",
        "    return [holder for holder in current if holder.claimed][:MOST]",
    ),
    Bug(
        "closing is later by an instant",
        "entries/judging.py",
        "        if created >= self._closes:\n",
        "        if created > self._closes:\n",
    ),
    Bug(
        "one secret is left out of the erasure",
        "erasure/places.py",
        '            "secret/claim",\n',
        "",
    ),
    Bug(
        "leases without fencing",
        "runtime/lease.py",
        "            self._version = self._store.commit([Replace(moved, self._version), *writes])  # (2)\n",
        "            self._version = self._store.commit([Replace(moved), *writes])\n",
    ),
    Bug(
        "past its time a run goes on, without fencing",
        "runtime/lease.py",
        "        if now >= self._lease.until:  # (3)\n            raise Again(SUPERSEDED)\n"
        "        self._write(replace(self._lease, commits=self._lease.commits + 1), writes)\n",
        "        self._store.commit([Replace(replace(self._lease, until=max(now, self._lease.until))), *writes])\n",
    ),
    Bug(
        "a CSV that is dropped after the end stays",
        "claim.py",
        "        return _after_the_end(file, caller, campaign, bucket, state, clock) or stopped\n",
        "        return stopped\n",
    ),
    Bug(
        "a parcel is recorded of who was erased",
        "ship.py",
        "        return tuple(holder for holder in held if holder.shipped or holder.label not in withdrawn)\n",
        "        return held\n",
    ),
    Bug(
        "what is due is not asked again before a mail",
        "mail/outbox.py",
        "        if not letter.is_due():\n            self.call_back(letter.id)\n            raise Overtaken\n",
        "",
    ),
    Bug(
        "keys are read before the stage is looked at",
        "claim.py",
        "    if not is_prepared(state, published):\n        raise Final(NOT_IMPORTED, why=words.UNPREPARED)\n",
        "",
    ),
    Bug(
        "a receipt a label, not a person",
        "mail/due.py",
        '        for (entry,) in self.sealed.project(Entry, ("id",)):\n'
        '            yield Letter("receipt", person_of(self.claim, entry), partial(self._writer.receipt, entry))\n',
        '        for entry, label in self.sealed.project(Entry, ("id", "label")):\n'
        '            yield Letter("receipt", label, partial(self._writer.receipt, entry))\n',
    ),
)


def changed(bug: Bug) -> str:
    """Return the text of a bug's file with the bug in it."""
    text = (PACKAGE / bug.file).read_text(encoding="utf-8")
    if text.count(bug.before) != 1:
        raise ValueError(f"{bug.name}: its place is there {text.count(bug.before)} times")
    return text.replace(bug.before, bug.after)


def planted(bug: Bug, folder: Path) -> Path:
    """
    Copy the package into *folder* with the bug in it; return what goes onto the path.

    What was compiled is copied too: only the file with the bug is compiled anew, being younger than what it was.
    """
    shutil.copytree(PACKAGE, folder / "prizedraw")
    (folder / "prizedraw" / bug.file).write_text(changed(bug), encoding="utf-8")
    return folder


@dataclass(frozen=True)
class Find:
    """
    What a hunt came to: *after* how many worlds the bug was found (0: not at all), as which *kind* of violation.

    *seed* is that of the world; *at_end*: when it was brought to its end, not while anything happened in it.
    """

    after: int = 0
    kind: str = ""
    seed: int = 0
    at_end: bool = False


def hunt(worlds: int, seed: int, actions: int) -> Find:
    """
    Play worlds on the package that is imported, until a promise breaks.

    Of the first ones all is played; then of each only what happens in it; then all of the others.
    """
    seeds = range(seed, seed + worlds)
    parts = [(seeds[:WHOLE], True), (seeds[WHOLE:], False), (seeds[WHOLE:], True)]
    for some, has_end in parts:
        for one in some:
            played = play(one, number=actions, has_end=has_end)
            if played.violation is not None:
                return Find(one - seed + 1, played.violation[0], one, bool(played.ended))
    return Find()


def hunted(bug: Bug, worlds: int, seed: int, *, timeout: float = 1800) -> Find:
    """Hunt on the package with a bug in it, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = planted(bug, Path(folder))
        environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(path), str(ROOT / "tests")])}
        order = ["-m", "support.storm", "--hunt", "--worlds", str(worlds), "--seed", str(seed), "--processes", "1"]
        ran = subprocess.run(
            [sys.executable, *order],
            env=environ,
            capture_output=True,
            text=True,
            timeout=timeout,
            cwd=folder,
            check=False,
        )
        if ran.returncode not in (0, 1):
            raise RuntimeError(ran.stderr[-2000:])
        return Find(**json.loads(ran.stdout.splitlines()[-1]))
