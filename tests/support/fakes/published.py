"""Keep published files in memory."""

from dataclasses import dataclass, field

from prizedraw.errors import Again, Problem
from prizedraw.ports import PublishedFile

AWAY = Problem("E-180", "ファイル保管が応答しません。")


@dataclass
class FakePublished:
    """
    Be a `Publisher` (and so `PublishedFiles`) over a dictionary.

    *files*, *content_types* and *signatures* are by name, *created* the names in the order of their creation. *away*:
    so many of the next calls raise `Again` and do nothing; *replies_lost*: so many of the next creations are made, then
    raise it.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    signatures: dict[str, bytes] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    away: int = 0
    replies_lost: int = 0

    def read(self, name: str) -> bytes | None:
        self._answer()
        return self.files.get(name)

    def find(self, name: str) -> PublishedFile | None:
        self._answer()
        return PublishedFile(self.files[name], self.signatures.get(name, b"")) if name in self.files else None

    def names(self, prefix: str = "") -> list[str]:
        self._answer()
        return sorted(name for name in self.files if name.startswith(prefix))

    def create(self, name: str, data: bytes, content_type: str, signature: bytes = b"") -> bool:
        self._answer()
        if name in self.files:
            return False
        self.files[name], self.content_types[name] = data, content_type
        if signature:
            self.signatures[name] = signature
        self.created.append(name)
        if self.replies_lost > 0:
            self.replies_lost -= 1
            raise Again(AWAY)
        return True

    def _answer(self) -> None:
        if self.away > 0:
            self.away -= 1
            raise Again(AWAY)

    def plant(self, name: str, data: bytes, signature: bytes = b"") -> None:
        """Put a file there past the port, in place of what stands: somebody else's, or signed as *signature* says."""
        self.files[name] = data
        self.signatures.pop(name, None)
        if signature:
            self.signatures[name] = signature
