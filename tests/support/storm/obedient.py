"""
An operator who only does what replies say, once the faults have stopped: it must lead to 完了 (promise 11).

The schedule goes on, notifications come again until they are taken, and people empty by hand what they are asked to.
"""

import json
import re
from datetime import datetime, timedelta
from typing import Any

from prizedraw.records.entries import LedgerRow, Outcome
from prizedraw.times import JST
from support.clock import DAY, MINUTE
from support.storm.player import SCHEDULED, Player
from support.storm.world import Answered

ROUNDS = 60
CARRYING_ON = ("forfeit", "notify")
"""The steps that are called again in the hour in which people did something."""
ORDER = re.compile(r"（(prepare|freeze|draw|forfeit|ship|analyse|erase|status|notify)）を (\{[^{}]*\}) で")
NUMBERS = re.compile(r"（管理番号：([^）]*)）")
FIRST = "先に本文を {} にして実行してください"
BY_NAME = {"確かめた方の氏名": "山田 太郎", "それが何で、個人情報がないこと、または削除したこと": "試しに置いたもの"}


class Obedient:
    """Whoever follows; *done* is what was pressed in this round."""

    def __init__(self, player: Player) -> None:
        self.player = player
        self.world = player.world
        self.said = ""
        self._dropped: datetime | None = None

    def lead_to_the_end(self) -> bool:
        """Follow until all is done; return whether it is."""
        world, was_prepared = self.world, self.world.is_prepared
        world.wait(31 * MINUTE)
        for _ in range(ROUNDS):
            is_busy = self._round()
            world.promises.after_action()
            was_prepared |= world.is_prepared
            is_lost = not was_prepared and world.clock.now >= world.campaign.opens_at
            if world.violations or is_lost:
                return False
            if world.promises.complete_since is not None and not self.player.people.notices:
                return True
            self._go_on(is_busy)
        return False

    def afterwards(self) -> None:
        """Let somebody drop a file once more, and the schedule go on: it goes at once, and nothing comes back."""
        people = self.player.people
        people.put("遅れた登録.csv", people.export())
        self._deliver()
        self.world.promises.after_action()
        for step in SCHEDULED:
            self.player.scheduled(step)
        self.world.promises.after_action()

    def _go_on(self, is_busy: bool) -> None:
        """Go to the next morning, or over the days on which nothing is to be done."""
        now = self.world.clock.now
        morning = now.astimezone(JST).replace(hour=9, minute=40, second=0, microsecond=0)
        morning += timedelta(0) if morning > now else DAY
        ahead = [moment for moment in self.player.boundaries() if (moment - now) > DAY]
        if not is_busy and ahead:
            later = min(ahead).astimezone(JST).replace(hour=9, minute=40, second=0, microsecond=0)
            morning = max(morning, later)
        elif not is_busy:
            morning += 6 * DAY
        self.world.clock.now = morning.astimezone(now.tzinfo)

    def _round(self) -> bool:
        """Let one day be, and go on in the same hour with what was done; return whether anybody had to do anything."""
        self._deliver()
        for step in SCHEDULED:
            self.player.scheduled(step)
        answered = self.world.press("status", {})
        self.said = answered.said
        is_any = self._follow(answered)
        if is_any:
            self.world.wait(11 * MINUTE)
            for step in CARRYING_ON:
                self.player.scheduled(step)
        return is_any

    def _deliver(self) -> None:
        notices = self.player.people.notices
        for step, attributes in list(notices):
            if self.world.push(step, attributes).status == 200:
                notices.remove((step, attributes))

    def _follow(self, answered: Answered) -> bool:
        """Do what a reply says; return whether it was anything."""
        is_any = False
        for sentence in answered.said.split("\n"):
            is_any |= self._obey(sentence)
        return is_any

    def _obey(self, sentence: str) -> bool:
        world, people, now, is_any = self.world, self.player.people, self.world.clock.now, False
        if "CSV" in sentence and re.search("置いて|置き直し", sentence) and self._dropped != now:
            self._dropped = now
            people.put(f"全件{len(people.dropped)}.csv", people.export())
            self._deliver()
            is_any = True
        if "フォームの回答の画面で削除" in sentence:
            return self._delete_withdrawn()
        if "その数を抽選（draw）に入力" in sentence and "commitment.json" in world.published.files:
            due = json.loads(world.published.files["commitment.json"])["draw_at"]
            if now >= datetime.fromisoformat(due.replace("Z", "+00:00")):
                return self._press("draw", self.player.operator.ward_number())
        numbers = NUMBERS.search(sentence)
        if numbers is not None and ("自動では失効しません" in sentence or '"why": "unreachable"' in sentence):
            for number in numbers[1].split("、"):
                self._press("forfeit", {"label": number, "why": "unreachable"})
            return True
        for step, text in ORDER.findall(sentence):
            body = {name: BY_NAME.get(value, value) for name, value in json.loads(text).items()}
            if "理由" in body.values() or "管理番号" in body.values() or (step == "status" and "published" not in body):
                continue
            if "attest" in body:
                self._empty(body["attest"])
            is_any |= self._press(step, body)
        return is_any

    def _press(self, step: str, body: dict[str, Any]) -> bool:
        answered = self.player.operator.confirmed(step, body)
        if step == "freeze" and answered.status == 409:
            self.player.as_asked(step, answered)
        if answered.status == 409 and body and FIRST in answered.said:
            answered = self.player.operator.confirmed(step, {})
        return answered.status != 409

    def _empty(self, place: str) -> None:
        """Do by hand what is asked of the owner of a place."""
        if place == "form":
            self.world.form.empty()
        if place == "sheet":
            self.world.sheets.there.clear()

    def _delete_withdrawn(self) -> bool:
        """Delete the responses of who has withdrawn, as the form's owner finds them."""
        envelopes = self.world.promises.envelopes
        gone = {row.id for row in self.world.sealed.scan(LedgerRow) if row.outcome is Outcome.WITHDRAWN}
        ids = [id for id in self.world.form.rows if envelopes.row_id(id) in gone]
        for id in ids:
            self.world.form.remove(id)
        return bool(ids)
