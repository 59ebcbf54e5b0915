"""
Import a client library at its first use.

Google's libraries take longer to import than all else that a function does before its first answer, and most calls need
few of them: what is only asked, refused or not yet due needs no key, no secret, no file and no mail. Whoever needs one
waits for it in that call, as long as an import at the start would have taken; nobody else does.
"""

from collections.abc import Callable
from typing import Any

from prizedraw.adapters.google.once import Once


class Later:
    """What *load* imports and returns, a module, by its attributes."""

    def __init__(self, load: Callable[[], Any]) -> None:
        self._loaded = Once(load)

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the module, importing it if nobody has."""
        return getattr(self._loaded(), name)
