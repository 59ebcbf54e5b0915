"""
What is promised to the ward, each promise a method that says it; whatever breaks one is named with what was seen.

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
11. When the faults stop, who does as the replies say comes to 完了 (`obedient`).
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from prizedraw.entries.ids import Envelopes
from prizedraw.records.entries import Entry, LedgerRow, Totals
from prizedraw.records.fulfilment import Claim, Delivery, Shipped, ShippingList
from prizedraw.records.running import ONLY
from prizedraw.runtime.orders import Result
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose, SurveySealer
from prizedraw.times import JST
from support import oracle, personal_data
from support.storm import seen
from support.storm.people import MARKS, People
from support.storm.world import Answered, StormWorld

BUSY = {"E-150", "E-200", "E-406", "E-408", "E-552", "E-553", "E-778"}
"""A 503 that says: another run is at it, or an earlier one left something open. Come again."""
TO_HOLDERS = ("winner", "promoted", "reminder", "changed")
ERASED = {"entries", "responses", "deliveries", "claims", "reviews", "shipping_lists", "cursor", "mails", "requests"}
"""The collections of which nothing may be left."""
QUIET = {"journal", "confirm", "leases"}
"""The collections that a look may add to."""


class Promises:
    """All that is promised of one world, and what must be remembered to tell."""

    def __init__(self, world: StormWorld, people: People) -> None:
        self.world = world
        self.people = people
        self.codes: dict[str, str] = {}
        self.letters: list[seen.Letter] = []
        self.addresses: dict[str, str] = {}
        """By label, to whom mail may go: what the oracle said when the pool was fixed."""
        self.created: dict[str, int] = {}
        """By name, at which event a published file was created."""
        self.forgotten: dict[str, int] = {}
        """By address, at which event its person was erased."""
        self.complete_since: int | None = None
        self._files: dict[str, bytes] = {}
        self._certain: list[Any] = []
        self._doubtful: list[Any] = []
        self._shown = 0
        self._shipped: set[str] = set()
        self._has_pool = False
        self._stage = ""
        world.mail.on_sent = self.on_mail
        world.published.on_created = self.on_published
        world.exports.on_created = self.on_export

    # When something happens.

    def on_answer(self, answered: Answered) -> None:
        """Look at an answer, and at what it changed."""
        self._no_failure(answered)
        self._read_of_form(answered)
        if not self.world.is_nested:
            self._pool()
        if answered.step == "erase":
            self._erased(answered)

    def on_mail(self, id: str, data: bytes) -> None:
        """Look at a mail that leaves."""
        letter = seen.letter(data, self.world.clock.now)
        if letter is not None:
            self._mail_only_to_who_may_have_it(letter)
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

    def on_export(self, name: str) -> None:
        """Look at a shipping list."""
        self.world.count("shipping list")
        made = next(one for one in self.world.state.scan(ShippingList) if one.object == name)
        holding, shipped = self._holding_when_looked(), {mark.id for mark in self.world.state.scan(Shipped)}
        for label in made.labels:
            if label not in holding:
                self.world.break_promise("listed-non-holder", label)
            if label in shipped:
                self.world.break_promise("listed-already-shipped", label)
            if not self._has_claimed(label):
                self.world.break_promise("listed-who-did-not-claim", label)

    def after_action(self) -> None:
        """Look at what stands."""
        self._published_never_changes()
        self._one_holder_a_place()
        self._parcels()
        self._nothing_comes_back()
        stage = f"{sorted(self.world.published.files)[-1:]} {self.complete_since is None}"
        if stage != self._stage:
            self._stage = stage
            self.nothing_personal()

    # 1 and 2.

    def _read_of_form(self, answered: Answered) -> None:
        new, self._shown = self.world.form.shown[self._shown :], len(self.world.form.shown)
        is_clean = answered.status == 200 and not answered.run.struck and not self.world.is_nested
        (self._certain if is_clean else self._doubtful).extend(new)
        if answered.step == "intake" and is_clean and new and "commitment.json" not in self.world.published.files:
            self.ledger_is_the_form()
        is_tick = answered.step == "intake" and "tick" in answered.body and answered.result == Result.DONE
        if is_tick and is_clean:
            self._totals_are_the_ledger()

    def envelopes(self) -> Envelopes:
        """Return what `intake` holds."""
        id, keys = self.world.campaign.id, self.world.keys
        return Envelopes(
            ContactSealer(id, keys.sealer(Purpose.CONTACT)),
            SurveySealer(id, keys.sealer(Purpose.SURVEY)),
            keys.prf("index"),
        )

    def ledger_is_the_form(self) -> None:
        """Compare what is stored with the judgement of the oracle (1)."""
        world, envelopes = self.world, self.envelopes()
        rows = {row.id: row for row in world.sealed.scan(LedgerRow)}
        withdrawn = {id for id, row in rows.items() if row.outcome.value == "withdrawn"}
        row_of = {row["responseId"]: envelopes.row_id(row["responseId"]) for row in self._certain + self._doubtful}
        if withdrawn and not self.forgotten and not world.tally.get("erasing a person"):
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
            self.addresses[held.label] = address
            if address in self.forgotten:  # they have entered anew, and consented anew
                del self.forgotten[address]

    def _totals_are_the_ledger(self) -> None:
        """Compare what was counted with what there is, after a tick (1): between two, `status` says when that was."""
        totals, rows = self.world.state.get(Totals, ONLY), list(self.world.sealed.scan(LedgerRow))
        received = totals.record.received if totals is not None else None
        if received != len(rows):
            self.world.break_promise("wrong-totals", f"{received} received, {len(rows)} rows")

    def _pool(self) -> None:
        """Compare the pool with what is accepted, once it is fixed (2)."""
        files = self.world.published.files
        if self._has_pool or "commitment.json" not in files:
            return
        self._has_pool = True
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

    # 3.

    def places(self) -> dict[str, seen.Place]:
        """Return the places of the record."""
        return seen.places(self.world.published.files)

    def holding(self, until: int | None = None) -> dict[str, str]:
        """Return who holds what by the files, as of an event."""
        files, last = self.world.published.files, self.world.campaign.claim_last_at
        return seen.holding(files, last) if until is None else seen.holding(files, last, self.created, until)

    def _holding_when_looked(self) -> set[str]:
        """Return who holds a place now, or held one when the run that is on last looked."""
        run = self.world.running()
        earlier = self.holding(run.last_look[0]) if run is not None else {}
        return {*self.holding(), *earlier}

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

    # 4.

    def _mail_only_to_who_may_have_it(self, letter: seen.Letter) -> None:
        world, run, said = self.world, self.world.running(), f"{letter.kind} {letter.nth} to {letter.label}"
        moments = [letter.at] if run is None or not run.struck else [letter.at, run.last_look[1]]
        if letter.label != "ward" and not any(9 <= moment.astimezone(JST).hour < 20 for moment in moments):
            world.break_promise("mail-at-night", said)
        same = [one for one in self.letters if (one.kind, one.label) == (letter.kind, letter.label)]
        if any(one.nth == letter.nth for one in same) or len(same) > 2:
            world.break_promise("mail-twice", said)
        if letter.kind == "receipt":
            again = [one for one in self.letters if one.kind == "receipt" and one.to == letter.to]
            if again and letter.to.lower() not in self.forgotten:
                world.break_promise("receipt-twice", said)
        elif letter.kind in TO_HOLDERS:
            self._mail_of_a_prize(letter, said)
        elif letter.to != world.campaign.ward.email:
            world.break_promise("mail-to-another", said)

    def _mail_of_a_prize(self, letter: seen.Letter, said: str) -> None:
        world = self.world
        if letter.label not in self._holding_when_looked():
            world.break_promise("mail-to-non-holder", said)
        place = self.places()[letter.label]
        if letter.kind in ("winner", "promoted") and (letter.kind == "winner") != place.is_winner:
            world.break_promise("wrong-kind-of-mail", said)
        if self._has_pool and self.addresses.get(letter.label) != letter.to.lower():
            world.break_promise("mail-to-another", f"{said}: {letter.to}")
        if letter.to.lower() in self.forgotten:
            world.break_promise("mail-to-the-erased", said)
        if letter.code and self.codes.setdefault(letter.label, letter.code) != letter.code:
            world.break_promise("code-changed", said)
        if letter.kind != "changed" and not letter.code:
            world.break_promise("mail-without-code", said)

    # 5.

    def _has_claimed(self, label: str) -> bool:
        """Tell whether the winner's code stands in a usable row of a CSV that was dropped, and was sent in time."""
        code = self.codes.get(label)
        return code is not None and any(self._stands(code, data) for data, _ in self.people.dropped.values())

    def _stands(self, code: str, data: bytes) -> bool:
        for encoding in ("utf-8", "cp932"):
            text = data.decode(encoding, "replace")
            for line in text.splitlines():
                cells = line.split(",")
                if len(cells) < 7 or cells[2].upper().replace(" ", "-") != code or not cells[5].strip():
                    continue
                day = datetime.strptime(cells[1][:10], "%Y/%m/%d").replace(tzinfo=JST)
                if day < self.world.campaign.claim_last_at:
                    return True
        return False

    def _parcels(self) -> None:
        listed = {label for one in self.world.state.scan(ShippingList) for label in one.labels}
        for mark in self.world.state.scan(Shipped):
            if mark.id not in self._shipped:
                self._shipped.add(mark.id)
                self.world.count("shipped")
                if mark.id not in self.holding():
                    self.world.break_promise("shipped-to-non-holder", mark.id)
                if mark.id not in listed and self.complete_since is None and listed:
                    self.world.break_promise("shipped-unlisted", mark.id)
                if self.addresses.get(mark.id, "") in self.forgotten:
                    self.world.break_promise("shipped-to-the-erased", mark.id)
        claims = {claim.id: claim.delivery for claim in self.world.state.scan(Claim)}
        for delivery in self.world.sealed.scan(Delivery):
            if self.addresses.get(delivery.id, "") in self.forgotten and delivery.id not in claims:
                self.world.break_promise("delivery-of-the-erased", delivery.id)

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

    # 10.

    def _erased(self, answered: Answered) -> None:
        body = answered.body if isinstance(answered.body, dict) else {}
        if body.get("confirm") and ("email" in body or "code" in body):
            self.world.count("erasing a person")
            if answered.status == 200 and answered.result.startswith(("実行しました", "すでに")):
                self._remember_the_erased(body)
        is_all = answered.status == 200 and ("個人情報の消去は完了" in answered.said or "\n完了" in answered.said)
        if is_all and not answered.run.struck and answered.result.startswith(("実行しました", "すでに")):
            self.complete_since = self.world.events
            if left := self.left():
                self.world.break_promise("left-after-complete", str(left))

    def _remember_the_erased(self, body: dict[str, Any]) -> None:
        address = str(body.get("email", "")).lower()
        if "code" in body:
            typed = str(body["code"])
            label = next((one for one, code in self.codes.items() if code == typed), typed)
            address = self.addresses.get(label, "")
        if address:
            self.forgotten[address] = self.world.events
            contact = ContactOpener(self.world.campaign.id, self.world.keys.opener(Purpose.CONTACT))
            held = (entry.candidate for entry in self.world.sealed.scan(Entry))
            if address in (contact.open(one.label, one.contact).lower() for one in held):
                self.world.break_promise("still-there-after-erasure", address)

    def left(self) -> dict[str, int]:
        """Count what personal data is left, by where."""
        world = self.world
        found: Counter[str] = Counter()
        for store in (world.sealed, world.state):
            found.update(path.split("/")[2] for path in store.dump() if path.split("/")[2] in ERASED)
        for name, eraser in world.erasers().items():
            found[name] += eraser.look().count or 0
        found["mailbox"] = len(world.mail.there())
        found["form"] = 0 if world.form.is_deleted else len(world.form.rows)
        return {name: number for name, number in found.items() if number}

    def _nothing_comes_back(self) -> None:
        is_quiet = self.complete_since is not None and self.people.filled_at <= self.complete_since
        if is_quiet and (left := self.left()):
            self.world.break_promise("came-back", str(left))
