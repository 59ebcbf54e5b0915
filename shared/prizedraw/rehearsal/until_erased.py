"""
Play the erasure: the form is emptied after the draw, addresses go after the parcels, the rest on its date, keys last.

The schedule calls `erase` every day until it says that all is done. What only people can do, people do here: the form's
owner deletes the responses, operators attest what no program can see.
"""

from dataclasses import dataclass, field

import requests

from prizedraw.erasure import filed
from prizedraw.erasure.places import PLACES, PlaceKind
from prizedraw.erasure.report import Report
from prizedraw.erasure.state import ENDED, Overall, PlaceState
from prizedraw.records.erasure import Erasing
from prizedraw.records.running import ONLY
from prizedraw.rehearsal.hosting import SECOND_OPERATOR
from prizedraw.rehearsal.until_winners import DAY, HOUR, Failed, Play
from prizedraw.runtime.orders import Result

OPERATOR_NAME = "山田 太郎"
EARLY = {"early": True, "reason": "リハーサルを終えるため"}
MOST_DAYS = 60
"""Longer than anything can be restored."""
MOST_RUNS = 100
"""How often a day an erasure may need to go on."""


@dataclass
class Ending:
    """The play so far, and the *reports* that were made, in their order."""

    play: Play
    reports: list[Report] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Tell whether the last report says that all is done."""
        return bool(self.reports) and self.reports[-1].state is Overall.COMPLETE

    def after_draw(self) -> None:
        """Let the schedule ask for the form's responses, its owner delete them, and an operator attest it."""
        self._nobody_alone()
        self._schedule()
        if self.play.submissions:
            self._attest("form", requests.codes.conflict)
        self._empty("form")
        self._attest("form")

    def run(self) -> None:
        """
        Erase everything, until the day from which nothing can be restored.

        Raises:
            Failed: it did not come to an end, or went on after it.
        """
        play, campaign = self.play, self.play.campaign
        self._schedule()
        self._attest_all()
        play.clock.move_to(campaign.erase_from_at + HOUR)
        self._schedule()
        if play.stage.open("state").get(Erasing, ONLY) is None:
            play.demand("erase", play.stage.functions.press_and_confirm("erase", EARLY, SECOND_OPERATOR))
            self._schedule()
        for _ in range(MOST_DAYS):
            play.progress("消去", sum(place.state in ENDED for place in self._last().places), len(PLACES))
            self._attest_all()
            if self.is_complete:
                break
            play.clock.move_to(play.clock.now + DAY)
            self._schedule()
        else:
            raise Failed("erase: not complete after two months")
        self._nothing_follows()
        play.report()
        play.demand("status", play.stage.functions.press("status", {"format": "html"}))

    def _nobody_alone(self) -> None:
        """Let one operator try to erase everything before its time: without another one nothing happens."""
        order = {"early": True, "reason": "区が企画の中止を決めたため"}
        answered = self.play.stage.functions.press_and_confirm("erase", order)
        if answered.status != requests.codes.conflict:
            raise Failed(f"erase: one operator alone began before its time: {answered.status}")

    def _nothing_follows(self) -> None:
        """Let the schedule call once more: what is complete stays as it is."""
        files = self._files()
        self.play.clock.move_to(self.play.clock.now + DAY)
        self._schedule()
        if self._files() != files:
            raise Failed("erase: a report was made after the last one")

    def _schedule(self) -> None:
        """Let the schedule call until a run comes to its end, and keep a new report."""
        functions = self.play.stage.functions
        for _ in range(MOST_RUNS):
            answered = self.play.demand("erase", functions.schedule("erase"))
            if answered.reply["result"] != Result.CONTINUES:
                break
        else:
            raise Failed("erase: no end")
        if self._files() and (not self.reports or self._last() != self.reports[-1]):
            self.reports.append(self._last())

    def _attest_all(self) -> None:
        """Let people empty what the last report asks them to, and attest it."""
        waiting = {PlaceState.OPEN, PlaceState.UNATTESTED}
        for place in self._last().places:
            if place.kind is PlaceKind.PERSON and place.state in waiting:
                self._empty(place.id)
                self._attest(place.id)

    def _empty(self, place: str) -> None:
        """Do what the owner of a place is asked to: delete the responses, or every spreadsheet for good."""
        google, form = self.play.stage.google, self.play.campaign.form.id
        if place == "form":
            google.forms.remove_all(form)
        if place == "sheet":
            for file in google.drive.ids():
                if file != form:
                    google.drive.delete(file)

    def _attest(self, place: str, refused: int | None = None) -> None:
        order = {"attest": place, "by": OPERATOR_NAME}
        answered = self.play.stage.functions.press_and_confirm("erase", order)
        if refused is None:
            self.play.demand("erase", answered)
        elif answered.status != refused:
            raise Failed(f"erase: {place} was attested though something is left: {answered.status}")

    def _last(self) -> Report:
        """Return the last report as it was published."""
        name = max(name for name in self._files() if name.endswith("-report.json"))
        return Report.from_bytes(self._files()[name], name)

    def _files(self) -> dict[str, bytes]:
        """Return the reports' files by their names in the bucket."""
        stage = self.play.stage
        stored = stage.google.storage.objects(stage.settings.reports_bucket)
        return {name: found.data for name, found in stored.items() if name.startswith(filed.FOLDER)}
