"""
Look at what of a Firestore database can still be read after its documents are gone: old versions and backups.

Old versions of a document stay readable for an hour, or for seven days with point-in-time recovery
(https://firebase.google.com/docs/firestore/pitr); nobody can cut that short. A backup lies in the database's location
until it expires or is deleted (https://firebase.google.com/docs/firestore/backups).

Other databases of the project, such as one that a backup was restored to, can be listed.

The account needs `datastore.databases.getMetadata`, `datastore.databases.list` and `datastore.backups.list`.
"""

from datetime import datetime, timedelta
from typing import Any

from prizedraw.adapters.google.grpc import PATIENCE_SECONDS, Connection
from prizedraw.adapters.google.later import Later
from prizedraw.errors import Again, Problem
from prizedraw.ports import Found, Listed
from prizedraw.runtime.settings import Settings

AWAY = Problem(
    "E-176", "データベースの管理サービス（Firestore）が応答しません。しばらくしてから、もう一度実行してください。"
)
REFUSED = Problem(
    "E-177", "データベースの管理サービス（Firestore）に断られました（{status}）。構築担当に連絡してください。"
)
Admin = Connection[Any]


def _load() -> Any:
    from google.cloud import firestore_admin_v1  # noqa: PLC0415  only an erasure that is due looks back

    return firestore_admin_v1


firestore_admin_v1 = Later(_load)


def connect(settings: Settings, patience: float = PATIENCE_SECONDS) -> Admin:
    """Return the connection to the Firestore Admin API; it is opened at the first call. *patience*: as in `kms`."""
    return Connection(
        lambda: firestore_admin_v1.FirestoreAdminClient, settings, away=AWAY, refused=REFUSED, patience=patience
    )


class DatabaseHistory:
    """
    A look at the past of one database, such as `sealed` (port `History`).

    Every call raises `Again` where Firestore is away, and `Broken` where it refuses or there is no such database.
    """

    def __init__(self, admin: Admin, settings: Settings, database: str) -> None:
        self._admin = admin
        self._location = f"projects/{settings.project}/locations/{settings.location}"
        self._database = f"projects/{settings.project}/databases/{database}"

    @property
    def retention(self) -> timedelta:
        """Tell for how long after a deletion the deleted version can be read."""
        request = firestore_admin_v1.types.GetDatabaseRequest(name=self._database)
        period: timedelta = self._admin.call_existing(
            firestore_admin_v1.FirestoreAdminClient.get_database, request
        ).version_retention_period
        return period

    def look(self, before: datetime) -> Found:
        """
        Count the backups, unfinished ones too, whose snapshot is of a time before *before*; later ones hold nothing.

        `until` is when the last of them expires. Nothing is known, so that `count` is None, where the service could not
        ask the database's location.
        """
        reply = self._admin.call_existing(
            firestore_admin_v1.FirestoreAdminClient.list_backups,
            firestore_admin_v1.types.ListBackupsRequest(parent=self._location),
        )
        if reply.unreachable:
            return Found(None)
        expiries = [
            backup.expire_time
            for backup in reply.backups
            if backup.database == self._database and backup.snapshot_time < before
        ]
        return Found(len(expiries), max(expiries, default=None))


class DatabaseList:
    """
    The databases of the project, restored copies too (port `Inventory`).

    Raises as `DatabaseHistory` does, and `Again` where a location could not be asked.
    """

    def __init__(self, admin: Admin, settings: Settings) -> None:
        self._admin = admin
        self._project = f"projects/{settings.project}"

    def listed(self) -> list[Listed]:
        """List the databases by their ids."""
        request = firestore_admin_v1.types.ListDatabasesRequest(parent=self._project)
        reply = self._admin.call_existing(firestore_admin_v1.FirestoreAdminClient.list_databases, request)
        if reply.unreachable:
            raise Again(AWAY)
        return [Listed(database.name.rpartition("/")[2]) for database in reply.databases]
