"""Promises 4 and 5: mail and parcels go only to whom they may go to, and once."""

from datetime import datetime

from prizedraw.records.fulfilment import Claim, Delivery, Shipped, ShippingList
from prizedraw.times import JST, stamp
from support.storm.remembered import Remembered
from support.storm.seen import Letter

TO_HOLDERS = ("winner", "promoted", "reminder", "changed")


class PrizesPromise:
    """The promise to who won."""

    def __init__(self, seen: Remembered) -> None:
        self.seen, self.world = seen, seen.world
        self._shipped: set[str] = set()

    def mail_only_to_who_may_have_it(self, letter: Letter) -> None:
        """Look at a mail that leaves (4)."""
        world, run, said = self.world, self.world.running(), f"{letter.kind} {letter.nth} to {letter.label}"
        moments = [letter.at] if run is None or not run.struck else [letter.at, run.last_look[1]]
        if letter.label != "ward" and not any(9 <= moment.astimezone(JST).hour < 20 for moment in moments):
            world.break_promise("mail-at-night", said)
        same = [one for one in self.seen.letters if (one.kind, one.label) == (letter.kind, letter.label)]
        if any(one.nth == letter.nth for one in same) or len(same) > 2:
            world.break_promise("mail-twice", said)
        if letter.kind == "receipt":
            again = [one for one in self.seen.letters if one.kind == "receipt" and one.to == letter.to]
            if again and letter.to.lower() not in self.seen.forgotten:
                world.break_promise("receipt-twice", said)
        elif letter.kind in TO_HOLDERS:
            self._mail_of_a_prize(letter, said)
        elif letter.to != world.campaign.ward.email:
            world.break_promise("mail-to-another", said)

    def _mail_of_a_prize(self, letter: Letter, said: str) -> None:
        world = self.world
        if letter.label not in self.seen.holding_when_looked():
            world.break_promise("mail-to-non-holder", said)
        place = self.seen.places()[letter.label]
        if letter.kind in ("winner", "promoted") and (letter.kind == "winner") != place.is_winner:
            world.break_promise("wrong-kind-of-mail", said)
        if self.seen.has_pool and self.seen.addresses.get(letter.label) != letter.to.lower():
            world.break_promise("mail-to-another", f"{said}: {letter.to}")
        if letter.to.lower() in self.seen.forgotten:
            world.break_promise("mail-to-the-erased", said)
        if letter.kind == "reminder":
            self._not_registered(letter, said)
        if letter.code and self.seen.codes.setdefault(letter.label, letter.code) != letter.code:
            world.break_promise("code-changed", said)
        if letter.kind != "changed" and not letter.code:
            world.break_promise("mail-without-code", said)

    def _not_registered(self, letter: Letter, said: str) -> None:
        """Look whether who is reminded had registered when the run could still know."""
        run, claim = self.world.running(), self.world.state.get(Claim, letter.label)
        known = run.last_look[1] if run is not None else letter.at
        if claim is not None and claim.record.imported_at < stamp(known):
            self.world.break_promise("reminded-who-registered", said)

    def listed(self, name: str) -> None:
        """Look at a shipping list that was made (5)."""
        self.world.count("shipping list")
        made = next(one for one in self.world.state.scan(ShippingList) if one.object == name)
        run, holding = self.world.running(), self.seen.holding_when_looked()
        # No lease holds up a file: of a run that was overtaken it comes after parcels of a later list have left.
        is_late = run is not None and bool(run.struck)
        marks = self.world.state.scan(Shipped)
        shipped = {mark.id for mark in marks if not is_late or mark.at < made.made_at}
        for label in made.labels:
            if label not in holding:
                self.world.break_promise("listed-non-holder", label)
            if label in shipped:
                self.world.break_promise("listed-already-shipped", label)
            if not self._has_claimed(label):
                self.world.break_promise("listed-who-did-not-claim", label)

    def _has_claimed(self, label: str) -> bool:
        """Tell whether the winner's code stands in a usable row of a CSV that was dropped, and was sent in time."""
        code = self.seen.codes.get(label)
        return code is not None and any(self._stands(code, data) for data, _ in self.seen.people.dropped.values())

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

    def parcels(self) -> None:
        """Look at what was recorded as shipped, and at the addresses that are kept (5)."""
        listed = {label for one in self.world.state.scan(ShippingList) for label in one.labels}
        for mark in self.world.state.scan(Shipped):
            if mark.id not in self._shipped:
                self._shipped.add(mark.id)
                self.world.count("shipped")
                if mark.id not in self.seen.holding():
                    self.world.break_promise("shipped-to-non-holder", mark.id)
                if mark.id not in listed and self.seen.complete_since is None and listed:
                    self.world.break_promise("shipped-unlisted", mark.id)
                if self.seen.addresses.get(mark.id, "") in self.seen.forgotten:
                    self.world.break_promise("shipped-to-the-erased", mark.id)
        claims = {claim.id: claim.delivery for claim in self.world.state.scan(Claim)}
        for delivery in self.world.sealed.scan(Delivery):
            if self.seen.addresses.get(delivery.id, "") in self.seen.forgotten and delivery.id not in claims:
                self.world.break_promise("delivery-of-the-erased", delivery.id)
