"""
Wait for the network of an instance that has just started, before the first request is sent.

With direct VPC egress no connection may come about for a minute and more after an instance starts
(https://docs.cloud.google.com/run/docs/configuring/vpc-direct-vpc, limitations). The wait is at the connection and not
at the request: what has not been sent cannot be sent twice, so that even what may not be repeated can be waited for.
"""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from urllib.parse import urlsplit

START_SECONDS = 90.0
"""How long an instance waits for its network, all services together: well within every step's budget."""

_CONNECT_SECONDS = 5.0
_PAUSE_SECONDS = 0.5
_HTTPS = 443

Address = tuple[str, int]
"""Host and port."""


def address_of(url: str) -> Address:
    """Return host and port of a URL, or of `HOST` or `HOST:PORT`; the port is 443 where none is said."""
    parts = urlsplit(url if "//" in url else f"//{url}")
    return parts.hostname or "", parts.port or _HTTPS


class Arrival:
    """
    The moment from which an instance reaches a network, waited for at most *patience* seconds.

    Once one connection has come about, or the patience is used up, nobody waits any more: a service that is away later
    is met with the patience of its own adapter.
    """

    def __init__(
        self,
        patience: float = START_SECONDS,
        connect: Callable[[Address, float], object] | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._patience = patience
        self._connect = connect or _connect
        self._sleep = sleep
        self._clock = clock
        self._lock = Lock()
        self._is_over = False

    def skip(self) -> None:
        """Wait for nothing: the network is known to be there."""
        self._is_over = True

    def wait_for(self, *addresses: Address) -> None:
        """
        Return once one of the *addresses* lets itself be connected to, or nobody is to wait any longer.

        Nothing is raised where none does: the call itself will meet the same, and its adapter says what that means.
        """
        if self._is_over:
            return
        with self._lock:
            until = self._clock() + self._patience
            while not self._is_over:
                self._is_over = any(self._reaches(address, until) for address in addresses) or self._clock() >= until
                if not self._is_over:
                    self._sleep(_PAUSE_SECONDS)

    def _reaches(self, address: Address, until: float) -> bool:
        left = until - self._clock()
        if left > 0:
            with suppress(OSError):
                self._connect(address, min(_CONNECT_SECONDS, left))
                return True
        return False


def _connect(address: Address, seconds: float) -> None:
    socket.create_connection(address, timeout=seconds).close()


GOOGLE = Arrival()
"""Of this instance, on the way to Google's services."""

OUTSIDE = Arrival()
"""Of this instance, on the way through Cloud NAT, which takes its own time."""
