"""The evidence: whether the published files are ours, and whether the records say what they say."""

from prizedraw.overview.facts import Facts
from prizedraw.overview.section import Section


def evidence_section(facts: Facts) -> Section:
    """Tell of every difference."""
    return Section(alarms=facts.evidence.differences)
