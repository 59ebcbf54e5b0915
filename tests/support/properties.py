"""
How tests of properties (Hypothesis) choose their examples: by chance, always the same ones, or by the day.

`dev` draws anew each time, and keeps what failed in `.hypothesis/` of this checkout. `ci` draws the same examples
everywhere and keeps nothing, so that a run says of the code alone whether it is sound. `day` draws by a seed, the day's
if none is given, which the run prints: what it finds can be found again from its log. `quick` is `dev` with a quarter
of the examples, for a quick run that names none.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import HealthCheck, settings


def register_profiles() -> None:
    """Make the four profiles known, and `dev` the one of a run that names none."""
    # From Hypothesis's own default by name: where CI is set in the environment, it would start from another.
    # An example takes as long as the machine is busy; whatever hangs ends by the limit of its test.
    plain, slow = settings.get_profile("default"), [HealthCheck.too_slow]
    settings.register_profile("dev", plain, deadline=None, suppress_health_check=slow, print_blob=True)
    settings.register_profile("ci", settings.get_profile("dev"), derandomize=True, database=None)
    settings.register_profile("day", settings.get_profile("dev"), database=None)
    settings.register_profile("quick", settings.get_profile("dev"), max_examples=25)
    settings.load_profile("dev")


@dataclass(frozen=True)
class Chosen:
    """What a run was told: a profile and a seed, either of them perhaps not."""

    profile: str | None
    seed: str | None

    def on(self, now: datetime | None = None) -> "Chosen":
        """Return this with the day's seed, if that is wanted."""
        wanted = self.profile == "day" and self.seed is None
        return Chosen(self.profile, f"{now or datetime.now(UTC):%Y%m%d}") if wanted else self

    @property
    def again(self) -> str:
        """Return the command that draws the same examples again."""
        options = {"--hypothesis-profile": self.profile, "--hypothesis-seed": self.seed}
        return " ".join(["./scripts/test", *(f"{name}={given}" for name, given in options.items() if given)])

    def header(self) -> list[str]:
        """Say at the head of a log how to repeat a run by seed."""
        return [f"hypothesis seed {self.seed}; again: {self.again}"] if self.seed else []

    def advice(self, failed: list[str]) -> list[str]:
        """Say after a failure how to see it again, and why one checkout may be red where another is green."""
        ids = " ".join(sorted(set(failed)))
        if self.seed or self.profile not in (None, "dev"):
            return [f"The same examples again: {self.again} {ids}"]
        return [
            "What failed is kept in .hypothesis/ of this checkout, and tried first from now on; nobody else has it.",
            f"The examples that everybody has: {Chosen('ci', None).again} {ids}",
            "Mend the cause, or keep the example as a test of its own; to forget what was kept: rm -r .hypothesis",
        ]
