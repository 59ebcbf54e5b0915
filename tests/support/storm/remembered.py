"""What is remembered of a world, and who holds what in it: what the promises are judged by."""

from functools import cached_property

from prizedraw.entries.ids import Envelopes
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer
from support.storm import seen
from support.storm.people import People
from support.storm.world import StormWorld


class Remembered:
    """What was seen of one world."""

    def __init__(self, world: StormWorld, people: People) -> None:
        self.world = world
        self.people = people
        self.codes: dict[str, str] = {}
        """By label, the claim code that a mail said."""
        self.letters: list[seen.Letter] = []
        self.addresses: dict[str, str] = {}
        """By label, to whom mail may go: what the oracle said when the pool was fixed."""
        self.created: dict[str, int] = {}
        """By name, at which event a published file was created."""
        self.forgotten: dict[str, int] = {}
        """By address, at which event its person was erased."""
        self.has_pool = False
        """Whether the pool is fixed, and was compared."""
        self.complete_since: int | None = None
        """At which event 完了 was said."""

    @cached_property
    def envelopes(self) -> Envelopes:
        """What `intake` holds; it still knows rows when the keys are destroyed, as people do."""
        id, keys = self.world.campaign.id, self.world.keys
        return Envelopes(
            ContactSealer(id, keys.sealer(Purpose.CONTACT)),
            SurveySealer(id, keys.sealer(Purpose.SURVEY)),
            keys.prf("index"),
        )

    def forget_receipts(self, address: str) -> None:
        """Let a receipt to this address be the first again."""
        self.letters = [one for one in self.letters if one.kind != "receipt" or one.to.lower() != address]

    def places(self) -> dict[str, seen.Place]:
        """Return the places of the record."""
        return seen.places(self.world.published.files)

    def holding(self, until: int | None = None) -> dict[str, str]:
        """Return who holds what by the files, as of an event."""
        files, last = self.world.published.files, self.world.campaign.claim_last_at
        return seen.holding(files, last) if until is None else seen.holding(files, last, self.created, until)

    def holding_when_looked(self) -> set[str]:
        """Return who holds a place now, or held one when the run that is on last looked."""
        run = self.world.running()
        earlier = self.holding(run.last_look[0]) if run is not None else {}
        return {*self.holding(), *earlier}
