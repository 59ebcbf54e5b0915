"""
Read a database as far as it can be read: what is no record keeps nothing from being erased.

Whoever can write the database can leave any document there, and to delete one it need not be read. So, while everything
is being erased,

1. a document that is no record counts as if it were not there: nobody's word, nobody's mark. What is not there never
   lets anything be erased early;
2. what this run writes where one lies replaces it, so that none can keep a row, a mark or a lease from being written;
3. those that are still there at the end of the run are named (`Illegible`), and no report is made beside them: it
   could not say that everything was read;
4. the form's spreadsheets, which nobody else remembers, and the key of the codes are not read past.
"""

from collections.abc import Iterator, Sequence

from prizedraw.errors import Broken, Problem
from prizedraw.ports import Create, Delete, ListedStore, R, Record, Replace, Stored, Write
from prizedraw.records.erasure import LinkedSheets
from prizedraw.records.flat import NoRecord
from prizedraw.records.running import ConfirmKey
from prizedraw.runtime.lease import batches

ILLEGIBLE = Problem(
    "E-558",
    "時期の来た個人情報の消去は行いましたが、データベースの記録（{collections}）に正しい形でないものが残っているため、"
    "消去報告書を作れません。保守担当に連絡してください。その記録が取り除かれれば、もう一度実行するか、"
    "次の定期実行を待つと、報告書ができます。",
)
_NEEDED = (LinkedSheets, ConfirmKey)  # (4)


class Illegible:
    """The documents that a run has met and could not read, by their collection; each until it is replaced or gone."""

    def __init__(self) -> None:
        self._met: set[tuple[str, str]] = set()

    def add(self, kind: type[Record], id: str) -> None:
        """Remember one."""
        self._met.add((kind.COLLECTION, id))

    def drop(self, kind: type[Record], id: str) -> None:
        """Forget one that is no longer there."""
        self._met.discard((kind.COLLECTION, id))

    def has(self, kind: type[Record], id: str) -> bool:
        """Tell whether one was met there."""
        return (kind.COLLECTION, id) in self._met

    @property
    def problem(self) -> Broken | None:
        """Return what is to be told of them; None if there is none."""
        names = sorted({collection for collection, _ in self._met})
        return Broken(ILLEGIBLE, collections="、".join(names)) if names else None


class Legible:
    """What can be read of a database (port `ListedStore`); what cannot is left out, and added to *illegible*."""

    def __init__(self, store: ListedStore, illegible: Illegible) -> None:
        self._store = store
        self._illegible = illegible
        self.count, self.project, self.listed, self.snapshot = store.count, store.project, store.listed, store.snapshot

    def get(self, kind: type[R], id: str) -> Stored[R] | None:
        """Return one record with its version, or None."""
        try:
            return self._store.get(kind, id)
        except NoRecord:
            self._illegible.add(kind, id)
            if kind in _NEEDED:
                raise
            return None  # (1)

    def get_many(self, kind: type[R], ids: Sequence[str]) -> dict[str, R]:
        """Return those of *ids* that are records."""
        try:
            return self._store.get_many(kind, ids)
        except NoRecord:
            return {id: stored.record for id in ids if (stored := self.get(kind, id)) is not None}

    def find(self, kind: type[R], field: str, value: str | bool) -> list[R]:
        """Return the records whose *field* equals *value*, in the order of their ids."""
        try:
            return self._store.find(kind, field, value)
        except NoRecord:
            return [record for record in self.scan(kind) if getattr(record, field) == value]

    def scan(self, kind: type[R]) -> Iterator[R]:
        """Yield every record, in the order of ids."""
        last = ""
        try:
            for record in self._store.scan(kind):
                yield record
                last = record.id
        except NoRecord:
            rest = sorted(id for (id,) in self._store.project(kind, ("id",)) if id > last)
            for some in batches(rest):
                yield from self.get_many(kind, some).values()

    def commit(self, writes: Sequence[Write]) -> object:
        """Make all *writes* or none, as the database does; what cannot be read stands in no one's way."""
        made = self._store.commit([self._over(write) for write in writes])
        for write in writes:
            self._illegible.drop(*_target(write))
        return made

    def _over(self, write: Write) -> Write:  # (2)
        return Replace(write.record) if isinstance(write, Create) and self._illegible.has(*_target(write)) else write


def _target(write: Write) -> tuple[type[Record], str]:
    return (write.kind, write.id) if isinstance(write, Delete) else (type(write.record), write.record.id)
