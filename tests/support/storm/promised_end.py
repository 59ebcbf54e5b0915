"""Promise 10: who is erased is forgotten, and after 完了 nothing is left and nothing comes back."""

from collections import Counter
from typing import Any

from prizedraw.records.entries import Entry
from prizedraw.sealing import ContactOpener, Purpose
from support.storm.remembered import Remembered
from support.storm.world import Answered

ERASED = {"entries", "responses", "deliveries", "claims", "reviews", "shipping_lists", "cursor", "mails", "requests"}
"""The collections of which nothing may be left."""


class EndPromise:
    """The promise that all ends."""

    def __init__(self, seen: Remembered) -> None:
        self.seen, self.world = seen, seen.world

    def answered(self, answered: Answered) -> None:
        """Look at what an answer says of the end."""
        if answered.step == "erase":
            self._erased(answered)
        if answered.step == "claim" and answered.status == 200 and not answered.run.struck:
            self._file_is_gone(answered)

    def _file_is_gone(self, answered: Answered) -> None:
        """Look for a dropped file that was dealt with, or that came when everything was being erased."""
        name, generation = answered.body.get("objectId"), answered.body.get("objectGeneration")
        is_settled = not answered.code  # one that cannot be read stays for a person
        there = self.world.claims.files.get(name)
        if is_settled and there is not None and there[0] == generation:
            self.world.break_promise("file-stays", f"{name} {generation}")

    def _erased(self, answered: Answered) -> None:
        body = answered.body if isinstance(answered.body, dict) else {}
        if body.get("confirm") and ("email" in body or "code" in body):
            self.world.count("erasing a person")
            if answered.status == 200 and answered.result.startswith(("実行しました", "すでに")):
                self._remember_the_erased(body)
        is_all = answered.status == 200 and ("個人情報の消去は完了" in answered.said or "\n完了" in answered.said)
        if is_all and not answered.run.struck and answered.result.startswith(("実行しました", "すでに")):
            self.seen.complete_since = self.world.events
            if left := self.left():
                self.world.break_promise("left-after-complete", str(left))

    def _remember_the_erased(self, body: dict[str, Any]) -> None:
        address = str(body.get("email", "")).lower()
        if "code" in body:
            typed = str(body["code"])
            label = next((one for one, code in self.seen.codes.items() if code == typed), typed)
            address = self.seen.addresses.get(label, "")
        if address:
            self.seen.forgotten[address] = self.world.events
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

    def nothing_comes_back(self) -> None:
        """Look whether anything came back that nobody put there."""
        is_quiet = self.seen.complete_since is not None and self.seen.people.filled_at <= self.seen.complete_since
        if is_quiet and (left := self.left()):
            self.world.break_promise("came-back", str(left))
