"""Promises 1 and 2: what is stored is what the form says, and what was committed to is all that was accepted."""

import json
from collections import Counter
from typing import Any

from prizedraw.records.entries import Entry, LedgerRow, Totals
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Result
from prizedraw.sealing import ContactOpener, Purpose
from support import oracle
from support.storm.remembered import Remembered
from support.storm.world import Answered


class EntriesPromise:
    """The promise to who entered; what runs surely read of the form is told from what they may have read."""

    def __init__(self, seen: Remembered) -> None:
        self.seen, self.world = seen, seen.world
        self._certain: list[Any] = []
        self._doubtful: list[Any] = []
        self._shown = 0

    def read_of_form(self, answered: Answered) -> None:
        """Take note of what a run was shown of the form, and look at what it made of it."""
        new, self._shown = self.world.form.shown[self._shown :], len(self.world.form.shown)
        is_clean = answered.status == 200 and not answered.run.struck and not self.world.is_nested
        (self._certain if is_clean else self._doubtful).extend(new)
        if answered.step == "intake" and is_clean and new and "commitment.json" not in self.world.published.files:
            self.ledger_is_the_form()
        is_tick = answered.step == "intake" and "tick" in answered.body and answered.result == Result.DONE
        if is_tick and is_clean:
            self._totals_are_the_ledger()

    def ledger_is_the_form(self) -> None:
        """Compare what is stored with the judgement of the oracle (1)."""
        world, envelopes = self.world, self.seen.envelopes
        rows = {row.id: row for row in world.sealed.scan(LedgerRow)}
        withdrawn = {id for id, row in rows.items() if row.outcome.value == "withdrawn"}
        row_of = {row["responseId"]: envelopes.row_id(row["responseId"]) for row in self._certain + self._doubtful}
        if withdrawn and not self.seen.forgotten and not world.tally.get("erasing a person"):
            world.break_promise("withdrawn-unasked", str(len(withdrawn)))
        sure = [row for row in self._certain if row_of[row["responseId"]] not in withdrawn]
        more = [row for row in self._doubtful if row_of[row["responseId"]] not in withdrawn]
        strict, loose = (oracle.judge(world.tree, world.questions, rows) for rows in (sure, sure + more))
        for id, verdict in strict.items():
            row = rows.get(row_of[id])
            found = (row.outcome.value, row.reason and row.reason.value) if row is not None else None
            if found not in ((verdict.outcome, verdict.reason), (loose[id].outcome, loose[id].reason)):
                world.break_promise("wrong-outcome", f"{id} is {found}, not {verdict.outcome} {verdict.reason}")
        accepted = {v.address.lower(): v for v in strict.values() if v.outcome == "accepted"}
        maybe = {v.address.lower(): v for v in loose.values() if v.outcome == "accepted"}
        contact = ContactOpener(world.campaign.id, world.keys.opener(Purpose.CONTACT))
        for entry in world.sealed.scan(Entry):
            held = entry.candidate
            address = contact.open(held.label, held.contact).lower()
            stands = [v.prizes for v in (accepted.get(address), maybe.get(address)) if v is not None]
            if held.prizes not in stands:
                world.break_promise("wrong-entry", f"{address} stands for {held.prizes}, not {stands}")
            self.seen.addresses[held.label] = address
            if address in self.seen.forgotten:  # they have entered anew, and consented anew; a receipt is due anew
                del self.seen.forgotten[address]
                self.seen.forget_receipts(address)

    def _totals_are_the_ledger(self) -> None:
        """Compare what was counted with what there is, after a tick (1): between two, `status` says when that was."""
        totals, rows = self.world.state.get(Totals, ONLY), list(self.world.sealed.scan(LedgerRow))
        received = totals.record.received if totals is not None else None
        if received != len(rows):
            self.world.break_promise("wrong-totals", f"{received} received, {len(rows)} rows")

    def pool(self) -> None:
        """Compare the pool with what is accepted, once it is fixed (2)."""
        files = self.world.published.files
        if self.seen.has_pool or "commitment.json" not in files:
            return
        self.seen.has_pool = True
        self.ledger_is_the_form()
        self._totals_are_the_ledger()
        entries = [entry.candidate for entry in self.world.sealed.scan(Entry)]
        expected = sorted(f"{one.label}\t{','.join(one.prizes)}\n" for one in entries if one.prizes)
        if files["pool.txt"].decode() != "".join(expected):
            self.world.break_promise("wrong-pool", "the pool is not what is accepted")
        said = json.loads(files["commitment.json"])
        outcomes = Counter(row.outcome.value for row in self.world.sealed.scan(LedgerRow))
        if (said["received"], said["duplicates"]) != (sum(outcomes.values()), outcomes["duplicate"]):
            self.world.break_promise("wrong-pool", "the commitment counts otherwise")
