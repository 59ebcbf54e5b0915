"""Tell when so many places are let go of that one person, or the schedule, must not decide it alone."""

FEW = 3
"""So many at once are never many: in a small campaign a third is soon reached by people who simply declined."""


def are_many(losing: int, holding: int) -> bool:
    """Tell whether *losing* of *holding* who hold a place are many: more than a third of them, and more than `FEW`."""
    return losing > FEW and 3 * losing > holding
