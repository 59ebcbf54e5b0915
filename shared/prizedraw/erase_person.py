"""Erase one person on request."""

from prizedraw.erase_desk import Desk
from prizedraw.orders import Caller, Reply


def run(desk: Desk, caller: Caller, email: str | None, code: str | None, given: str | None, *, is_page: bool) -> Reply:
    """Erase one person."""
    raise NotImplementedError
