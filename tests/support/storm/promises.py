"""
What is promised to the ward; whatever breaks a promise is named with what was seen.

 1. The ledger is the form: each response is judged as the rules say, and the earliest valid one of a person counts.
 2. What was committed to is all that was accepted, and what was drawn follows from it.
 3. One holder a place; nobody holds two; who moves up is the next.
 4. Mail goes only to who holds what it tells of, at the address of their entry; no kind of it twice, none at night.
 5. A parcel goes only to who claimed it and holds it, once; nobody loses what was shipped to them.
 6. What is published never changes, and anybody can verify it.
 7. Nothing personal lies where it must not.
 8. A code lets happen what it was shown for, and only to whom; looking changes nothing.
 9. A person's mistake is never a failure of the system, in whatever order things are pressed.
10. After 完了 nothing is left, and nothing comes back.
11. When the faults stop, who does as the replies say comes to 完了.

Each promise is a method that says it: 1 and 2 are in `promised_entries`, 4 and 5 in `promised_prizes`, 10 in
`promised_end`, 11 in `obedient`, the others here. What they are judged by is in `remembered`.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from prizedraw.records.fulfilment import Shipped
from support import personal_data
from support.storm import seen
from support.storm.people import MARKS, People
from support.storm.promised_end import EndPromise
from support.storm.promised_entries import EntriesPromise
from support.storm.promised_prizes import PrizesPromise
from support.storm.remembered import Remembered
from support.storm.world import Answered, StormWorld

BUSY = {"E-150", "E-200", "E-406", "E-408", "E-552", "E-553", "E-778"}
"""A 503 that says: another run is at it, or an earlier one left something open. Come again."""
QUIET = {"journal", "confirm", "leases"}
"""The collections that a look may add to."""


class Promises(Remembered):
    """All that is promised of one world, looked at whenever something happens."""

    def __init__(self, world: StormWorld, people: People) -> None:
        super().__init__(world, people)
        self.entries, self.prizes, self.end = EntriesPromise(self), PrizesPromise(self), EndPromise(self)
        self._files: dict[str, bytes] = {}
        self._stage = ""
        world.mail.on_sent = self.on_mail
        world.published.on_created = self.on_published
        world.exports.on_created = self.prizes.listed

    # When something happens.

    def on_answer(self, answered: Answered) -> None:
        """Look at an answer, and at what it changed."""
        self._no_failure(answered)
        self.entries.read_of_form(answered)
        if not self.world.is_nested:
            self.entries.pool()
        self.end.answered(answered)

    def on_mail(self, id: str, data: bytes) -> None:
        """Look at a mail that leaves."""
        letter = seen.letter(data, self.world.clock.now)
        if letter is not None:
            self.prizes.mail_only_to_who_may_have_it(letter)
            self.letters.append(letter)
            self.world.count(f"mail: {letter.kind}")

    def on_published(self, name: str) -> None:
        """Look at a file that is published."""
        self.created[name] = self.world.events
        given_up = seen.GIVEN_UP.fullmatch(name)
        if given_up is not None:
            self.world.count("restored" if given_up[2] else "forfeited")
            if not given_up[2] and self.world.state.get(Shipped, given_up[1]) is not None:
                self.world.break_promise("shipped-and-forfeited", given_up[1])

    def after_action(self) -> None:
        """Look at what stands."""
        self._published_never_changes()
        self._one_holder_a_place()
        self.prizes.parcels()
        self.end.nothing_comes_back()
        stage = f"{sorted(self.world.published.files)[-1:]} {self.complete_since is None}"
        if stage != self._stage:
            self._stage = stage
            self.nothing_personal()

    # 3.

    def _one_holder_a_place(self) -> None:
        offers = {prize.id: prize.quantity for prize in self.world.campaign.prizes}
        for prize, number in Counter(self.holding().values()).items():
            if number > offers[prize]:
                self.world.break_promise("too-many-holders", f"{number} of {offers[prize]} hold {prize}")
        everybody = [label for award in self._awards() for kind in ("winners", "reserves") for label in award[kind]]
        if len(everybody) != len(set(everybody)):
            self.world.break_promise("two-places", "somebody stands twice in the record")

    def _awards(self) -> list[dict[str, Any]]:
        record = self.world.published.files.get("record.json")
        return list(json.loads(record)["awards"]) if record else []

    # 6.

    def _published_never_changes(self) -> None:
        files = self.world.published.files
        for name, data in self._files.items():
            if files.get(name) != data:
                self.world.break_promise("published-changed", name)
        self._files = dict(files)

    def files_verify(self) -> None:
        """Verify all that is published."""
        published = self.world.published
        if "rules.json" in published.files:
            for wrong in seen.unsound(published.files, published.signatures):
                self.world.break_promise("unsound-files", wrong)

    # 7.

    def nothing_personal(self) -> None:
        """Search everything for what could name a person, but the places that are there for it."""
        world = self.world
        logs = world.logs.getvalue()
        texts = [logs, *(answered.text for answered in world.answers[-200:])]
        stored = [*world.sealed.dump().items(), *world.state.dump().items()]
        texts += personal_data.leaves([list(map(list, stored))])
        texts += [*world.published.files, *world.reports.files, *world.exports.files]
        texts += [data.decode("utf-8", "replace") for data in world.published.files.values()]
        texts += [data.decode("utf-8", "replace") for data in world.reports.files.values()]
        for found in sorted(personal_data.found(MARKS, texts)):
            world.break_promise("personal-data", found)

    # 8.

    def _state_of_affairs(self) -> Any:
        world = self.world
        stored = {**world.sealed.dump(), **{f"state {path}": doc for path, doc in world.state.dump().items()}}
        kept = {path: doc for path, doc in stored.items() if not any(f"/{name}/" in path for name in QUIET)}
        secrets = {name: len(versions) for name, versions in world.keys.secrets.versions.items()}
        folders = [dict(bucket.files) for bucket in (world.published, world.reports, world.exports)]
        return kept, secrets, folders, dict(world.passwords.kept), world.mail.there(), list(world.claims.files)

    @contextmanager
    def unchanged(self, what: str) -> Iterator[None]:
        """Demand that nothing changes."""
        before = self._state_of_affairs()
        yield
        if self._state_of_affairs() != before:
            self.world.break_promise("changed-by-a-look", what)

    # 9.

    def _no_failure(self, answered: Answered) -> None:
        self.world.count("fault" if answered.run.struck else "calm")
        if answered.status == 0:
            self.world.count("killed")
        if answered.code == "E-199":
            self.world.break_promise("unexpected-error", f"{answered.step} {answered.body}")
        is_busy = answered.status == 503 and answered.code in BUSY
        if answered.status >= 500 and not answered.run.struck and not is_busy:
            said = f"{answered.step} {answered.body}: {answered.status} {answered.code}"
            self.world.break_promise(f"{answered.status}-without-fault", said)
