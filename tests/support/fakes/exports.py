"""Keep exported files and their passwords in memory."""

from dataclasses import dataclass, field

from prizedraw.errors import Again, Problem

AWAY = Problem("E-180", "ファイル保管が応答しません。")


@dataclass
class FakeExports:
    """
    Be an `Exports` over a dictionary; nothing that a step can call reads a file back.

    *files* and *content_types* are by name, *created* and *deleted* the names in order. *away*: so many of the next
    calls raise `Again` and do nothing.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    content_types: dict[str, str] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    away: int = 0

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        self._answer()
        if name in self.files:
            return False
        self.files[name], self.content_types[name] = data, content_type
        self.created.append(name)
        return True

    def names(self, prefix: str = "") -> list[str]:
        self._answer()
        return sorted(name for name in self.files if name.startswith(prefix))

    def delete(self, name: str) -> None:
        self._answer()
        if self.files.pop(name, None) is not None:
            self.deleted.append(name)

    def _answer(self) -> None:
        if self.away > 0:
            self.away -= 1
            raise Again(AWAY)


@dataclass
class FakePasswords:
    """
    Be a `Passwords` over a dictionary from version to password; a destroyed one is None.

    *lag*: so many of the newest versions are not listed yet. *away*: so many of the next calls raise `Again`.
    """

    kept: dict[int, str | None] = field(default_factory=dict)
    lag: int = 0
    away: int = 0

    def add(self, password: str) -> int:
        self._answer()
        self.kept[len(self.kept) + 1] = password
        return len(self.kept)

    def versions(self) -> list[int]:
        self._answer()
        listed = sorted(self.kept)[: len(self.kept) - self.lag]
        return [version for version in listed if self.kept[version] is not None]

    def destroy(self, version: int) -> None:
        self._answer()
        if version in self.kept:
            self.kept[version] = None

    def live(self) -> dict[int, str]:
        """Return the passwords that can still be read."""
        return {version: password for version, password in self.kept.items() if password is not None}

    def _answer(self) -> None:
        if self.away > 0:
            self.away -= 1
            raise Again(AWAY)
