"""All parts of the procedure together: what is wrong, how many there are, how far each stage is, what is to be done."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from prizedraw.overview.analysis import analysis_section
from prizedraw.overview.campaign import campaign_section
from prizedraw.overview.entries import entries_section
from prizedraw.overview.erasure import erasure_section
from prizedraw.overview.evidence import evidence_section
from prizedraw.overview.facts import Facts
from prizedraw.overview.lottery import lottery_section
from prizedraw.overview.mail import mail_section
from prizedraw.overview.publishing import publishing_section
from prizedraw.overview.section import Section, Stage
from prizedraw.words import status as words


def _fulfilment_section(facts: Facts) -> Section:
    """Tell how far the prizes are on their way; nothing before the draw."""
    if facts.parcels is None:
        return Section()
    from prizedraw.overview.fulfilment import fulfilment_section  # noqa: PLC0415  nothing before the draw needs it

    return fulfilment_section(facts, facts.parcels)


PARTS: tuple[Callable[[Facts], Section], ...] = (
    evidence_section,
    campaign_section,
    entries_section,
    lottery_section,
    mail_section,
    _fulfilment_section,
    analysis_section,
    publishing_section,
    erasure_section,
)
"""What the files say of it all, then the parts of the procedure, in its order."""

TO_THE_END = PARTS[-2:]
"""What is to be handed out, and the erasure: they speak while everything is being erased, too."""


@dataclass(frozen=True, kw_only=True)
class Told:
    """What all parts have to tell; *next* are whole sentences, the most urgent first."""

    alarms: tuple[str, ...]
    counts: Mapping[str, int]
    stages: tuple[Stage, ...]
    next: tuple[str, ...]


def tell(facts: Facts) -> Told:
    """Put together what each part has to tell."""
    of_part = {part: part(facts) for part in PARTS}
    sections = list(of_part.values())
    # Once everything is being erased, what the other parts look for is gone, and would be missed for nothing.
    speaking = [of_part[part] for part in TO_THE_END] if facts.is_erasing else sections
    alarms = tuple(sentence for section in speaking for sentence in section.alarms)
    tasks = sorted((task for section in speaking for task in section.tasks), key=lambda task: task.at)
    return Told(
        alarms=alarms,
        counts={name: number for section in sections for name, number in section.counts.items()},
        stages=tuple(stage for section in sections for stage in section.stages),
        next=words.following(
            [words.dated(task.what, facts.now, until=task.until, since=task.since) for task in tasks],
            "".join(section.waiting for section in speaking),
            is_wrong=bool(alarms),
        ),
    )
