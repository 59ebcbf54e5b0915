"""
Play what follows the draw: winners register, one declines, one lets it lapse, reserves move up, parcels go out.

The operator drops the export of the claim form as it grows, presses `forfeit` for whoever declined, and `ship`.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from prizedraw.fulfilment import holders
from prizedraw.fulfilment.holders import Holder
from prizedraw.mail.reminders import first_begins, first_file_from
from prizedraw.records.fulfilment import Import
from prizedraw.rehearsal import winners
from prizedraw.rehearsal.until_winners import DAY, HOUR, Failed, Play
from prizedraw.rehearsal.winners import SentForm
from prizedraw.times import JST
from prizedraw.words import claim as words

MORNING = timedelta(hours=10)


@dataclass
class Fulfil:
    """The play so far, and the exports that were dropped, in their order."""

    play: Play
    claims: bytes | None
    exports: list[bytes] = field(default_factory=list)
    announced: list[dict[str, str]] = field(default_factory=list)
    sent: list[SentForm] = field(default_factory=list)
    shipping_list: bytes = field(default=b"", repr=False)
    password: str = field(default="", repr=False)

    def run(self) -> None:
        """Play every stage."""
        self.until_shipped()
        self._analyse()

    def until_shipped(self) -> None:
        """Play what happens until everything is on its way."""
        play, campaign = self.play, self.play.campaign
        play.stage.google.storage.on_object(self.announced.append)
        if self.claims is not None:
            self._from_file(self.claims)
        elif self.holders():
            self._invented()
        play.clock.move_to(campaign.claim_last_at + HOUR)
        self._lapse()
        self._ship()

    def holders(self) -> tuple[Holder, ...]:
        """Return who holds what now."""
        return holders.read_mirrors(self.play.campaign, self.play.stage.open("state")).holders

    def _from_file(self, data: bytes) -> None:
        """
        Drop a CSV that somebody wrote, after the first deadline; its N-th code is the N-th winner's.

        There is none before, by which anybody could be reminded. Numbers go on with the reserves who move up then. They
        are told, and their rows come in a second export; who has none sends an invented one.
        """
        play, campaign = self.play, self.play.campaign
        code = play.stage.codes()
        known = {holder.label: code(holder.label, holder.prize) for holder in self.holders()}
        self._remind()
        play.clock.move_to(campaign.claim_deadline_at + HOUR)
        first = winners.sent_so_far(data, list(known.values()))
        self._drop(first)
        self._lapse()
        play.clock.move_to(_morning(campaign.claim_deadline_at + DAY))
        play.tell()
        moved_up = [holder for holder in self.holders() if holder.label not in known]
        known |= {holder.label: code(holder.label, holder.prize) for holder in moved_up}
        second = winners.filled(data, list(known.values()))
        silent = [known[h.label] for h in moved_up if known[h.label].encode() not in second]
        rows = [winners.register(n, one, play.clock(), receipts_from=90_001) for n, one in enumerate(silent)]
        whole = winners.appended(second, campaign.claim.columns, rows)
        if rows and whole is None:
            play.note(
                f"--claims のCSVの見出しか文字コードが違うため、繰り上がった{len(rows)}人の登録を書き足せません。"
            )
        if numbers := winners.unfilled(second):
            named = "、".join(f"{{code:{number}}}" for number in numbers)
            play.note(f"--claims の {named} に当たる当選者はいません（当選と繰り上げは{len(known)}人です）。")
        play.clock.move_to(campaign.claim_last_at - HOUR)
        if (whole or second) != first:
            self._drop(whole or second)

    def _invented(self) -> None:
        campaign, clock = self.play.campaign, self.play.clock
        everybody = self.holders()
        self.play.progress("お届け先", 0, len(everybody))
        if len(everybody) > 1:
            self._decline(everybody[0])
        silent = everybody[-1].label
        clock.move_to(first_file_from(first_begins(campaign)) + MORNING)
        self.play.tell()
        self.play.demand("status", self.play.stage.functions.press("status"))
        self._register([h for h in self.holders() if h.label != silent][::2])
        self._drop(winners.export(campaign, self.sent))
        self._remind()
        clock.move_to(_morning(campaign.claim_deadline_at - DAY))
        self._register([h for h in self.holders() if h.label != silent])
        self.sent += winners.mistakes(clock())
        clock.move_to(campaign.claim_deadline_at + HOUR)
        self._drop(winners.export(campaign, self.sent))
        self._lapse()
        clock.move_to(_morning(campaign.claim_deadline_at + DAY))
        self.play.tell()
        self._register(list(self.holders()))
        clock.move_to(campaign.claim_last_at - HOUR)
        self._drop(winners.export(campaign, self.sent))

    def _decline(self, holder: Holder) -> None:
        self.play.clock.move_to(_morning(self.play.clock() + DAY))
        self._demand("forfeit", {"label": holder.label, "why": "declined"})
        self._demand("forfeit", {"label": holder.label, "why": "declined"})
        self.play.tell()

    def _remind(self) -> None:
        """Let who is missing in the CSV of the day before be reminded."""
        self.play.clock.move_to(first_begins(self.play.campaign) + HOUR)
        self.play.tell()

    def _lapse(self) -> None:
        """Let the schedule look for places that lapsed."""
        self.play.demand("forfeit", self.play.stage.functions.schedule("forfeit"))

    def _register(self, people: list[Holder]) -> None:
        """Let winners send the form who have not sent it yet."""
        code = self.play.stage.codes()
        known = {row.code.upper().replace(" ", "-") for row in self.sent}
        for holder in people:
            theirs = code(holder.label, holder.prize)
            if theirs not in known:
                self.sent.append(winners.register(len(self.sent), theirs, self.play.clock()))

    def _drop(self, data: bytes) -> None:
        """Drop an export in the claims bucket, and deliver what Storage announces."""
        self.exports.append(data)
        stage = self.play.stage
        name = f"export-{len(self.exports)}.csv"
        stage.google.storage.put(stage.settings.claims_bucket, name, data, "text/csv")
        while self.announced:
            attributes = self.announced.pop(0)
            if attributes["bucketId"] == stage.settings.claims_bucket:
                self.play.demand("claim", stage.functions.push("claim", attributes))
        for file in stage.open("state").scan(Import):
            if file.problem:
                self.play.note(words.problem_of(file, self.play.clock()))
        self.play.progress("お届け先", sum(h.claimed for h in self.holders()), len(self.holders()))

    def _ship(self) -> None:
        self.play.progress("発送", 0, 1)
        stage = self.play.stage
        self.play.demand("status", stage.functions.press("status"))
        for _ in range(2):
            self._demand("ship", {})
        if not any(holder.claimed for holder in self.holders()):
            self.play.progress("発送", 1, 1)
            return
        files = stage.google.storage.objects(stage.settings.exports_bucket)
        if len(files) != 1:
            raise Failed(f"ship: {len(files)} files instead of one")
        self.shipping_list = next(iter(files.values())).data
        self.password = stage.password()
        self._demand("ship", {"shipped": "all"})
        self.play.report()
        self.play.progress("発送", 1, 1)

    def _analyse(self) -> None:
        """Let the schedule publish the analysis, which waited for the parcels, and press once more, to no effect."""
        self.play.progress("集計", 0, 1)
        stage = self.play.stage
        self.play.demand("analyse", stage.functions.press("analyse"))
        self.play.demand("analyse", stage.functions.schedule("analyse"))
        first = stage.google.storage.objects(stage.settings.reports_bucket)
        self.play.clock.move_to(self.play.clock.now + HOUR)
        self._demand("analyse", {})
        if stage.google.storage.objects(stage.settings.reports_bucket) != first:
            raise Failed("analyse: the second call changed what is published")
        self.play.report()
        self.play.progress("集計", 1, 1)

    def _demand(self, step: str, body: dict[str, str]) -> None:
        self.play.demand(step, self.play.stage.functions.press_and_confirm(step, body))


def _morning(day: datetime) -> datetime:
    """Return 10:00 JST of a day."""
    return day.astimezone(JST).replace(hour=0, minute=0, second=0, microsecond=0) + MORNING
