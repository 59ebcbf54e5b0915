"""Make what is expensive at its first use, and only once: a client, a keyset that needs a call of Cloud KMS."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """
    What *make* returned when it was called at the first use, and once, whatever number of threads ask.

    An error of *make* reaches the caller and is not kept: the next use tries again. Nothing is made at construction,
    since the server imports a function before it forks its worker, and a gRPC channel does not survive a fork
    (https://grpc.github.io/grpc/python/grpc.html#fork-support).
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = Lock()
        self._made: tuple[T] | None = None

    def __call__(self) -> T:
        """Return what was made, making it if nobody has."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    self._made = (self._make(),)
        return self._made[0]
