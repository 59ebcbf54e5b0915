"""
Read, at the beginning of a run, what it may believe: the draw's files, the reports that stand, what people said.

A planted file cannot be taken away, since what is published stays for years; so none may keep the erasure back. What
is not ours is left aside as if it were not there, and named as a stranger. Where a bucket is away, or rules and key
themselves are not to be believed, the *problem* is raised once everything that is due all the same was erased: no
report is made without them.
"""

from dataclasses import replace

from prizedraw.erasure import attested
from prizedraw.erasure.believed import REPORTS, Believed
from prizedraw.erasure.filed import read_filed
from prizedraw.erasure.powers import Powers
from prizedraw.errors import Again
from prizedraw.lottery.opening import open_draw


def believe(powers: Powers) -> Believed:
    """Read what may be believed; what cannot be read is left aside, with the problem."""
    found = Believed(now=powers.now(), words=attested.read(powers.campaign, powers.state))
    found.draw = found.attempt(lambda: open_draw(powers.published), None)
    draw = found.draw
    if draw is not None:
        from prizedraw.erasure import came  # noqa: PLC0415  before there are rules nothing has come

        found.came = came.read(powers, found, draw)
    if found.problem is None:
        found.filed = found.attempt(lambda: read_filed(powers.reports, draw, powers.clock), found.filed)
        found.strangers[REPORTS] |= found.filed.strangers
    return found


def believe_or_wait(powers: Powers) -> Believed:
    """Read what may be believed, for an operator, who can come again: raise `Again` if a service is away."""
    believed = believe(powers)
    if isinstance(believed.problem, Again):
        raise believed.problem
    return believed


def believe_anew(powers: Powers, found: Believed) -> Believed:
    """Return the same with what people have said meanwhile."""
    return replace(found, now=powers.now(), words=attested.read(powers.campaign, powers.state))
