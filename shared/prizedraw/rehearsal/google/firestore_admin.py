"""
Stand in for the Firestore Admin API: databases with their retention, and backups that expire.

Reference: https://cloud.google.com/firestore/docs/reference/rpc/google.firestore.admin.v1
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.cloud.firestore_admin_v1 import types

from prizedraw.ports import Clock
from prizedraw.rehearsal.google.grpc_wire import Handlers, Method, Refusal, Wire

HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
Enablement = types.Database.PointInTimeRecoveryEnablement
State = types.Backup.State


@dataclass
class _Database:
    location: str
    recovery: bool


class LocalFirestoreAdmin:
    """
    The databases that Terraform made, and the backups that a schedule or a person made of them.

    *unreachable* are the locations that a list cannot ask. Tests read `calls`, and ask for faults with `fail_next`.
    """

    def __init__(self, clock: Clock) -> None:
        self.unreachable: list[str] = []
        self._clock = clock
        self._databases: dict[str, _Database] = {}
        self._backups: dict[str, types.Backup] = {}
        self._wire = Wire()
        self.calls = self._wire.calls
        self.on_call = self._wire.on_call
        self.fail_next = self._wire.fail_next

    def create_database(self, name: str, location: str, *, recovery: bool = False) -> None:
        """
        Create a database by its full resource name; one that exists stays.

        *recovery*: point-in-time recovery, so that old versions stay readable for seven days instead of an hour.
        """
        self._databases.setdefault(name, _Database(location, recovery))

    def set_recovery(self, name: str, *, recovery: bool) -> None:
        """Switch point-in-time recovery, as a person at the console may."""
        self._databases[name].recovery = recovery

    def back_up(self, database: str, retention: timedelta, state: int = State.READY) -> datetime:
        """Make a backup of a database and return when it expires."""
        where = f"{_project(database)}/locations/{self._databases[database].location}"
        now = self._clock()
        name = f"{where}/backups/{secrets.token_hex(8)}"
        self._backups[name] = types.Backup(
            name=name, database=database, snapshot_time=now, expire_time=now + retention, state=state
        )
        return now + retention

    def delete_backups(self) -> None:
        """Delete every backup, as a person at the console may."""
        self._backups.clear()

    def handlers(self) -> Handlers:
        """Return what a gRPC server needs to serve this."""
        methods: dict[str, tuple[Method, Any, Any]] = {
            "GetDatabase": (self._get, types.GetDatabaseRequest, types.Database),
            "ListDatabases": (self._databases_of, types.ListDatabasesRequest, types.ListDatabasesResponse),
            "ListBackups": (self._list, types.ListBackupsRequest, types.ListBackupsResponse),
        }
        return self._wire.handlers("google.firestore.admin.v1.FirestoreAdmin", methods)

    def _get(self, request: types.GetDatabaseRequest) -> types.Database:
        if request.name not in self._databases:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"Database {request.name} does not exist.")
        database = self._databases[request.name]
        on, off = Enablement.POINT_IN_TIME_RECOVERY_ENABLED, Enablement.POINT_IN_TIME_RECOVERY_DISABLED
        period = WEEK if database.recovery else HOUR
        return types.Database(
            name=request.name,
            location_id=database.location,
            type_=types.Database.DatabaseType.FIRESTORE_NATIVE,
            version_retention_period=period,
            earliest_version_time=self._clock() - period,
            point_in_time_recovery_enablement=on if database.recovery else off,
        )

    def _databases_of(self, request: types.ListDatabasesRequest) -> types.ListDatabasesResponse:
        """List the databases of a project, whoever made them; a location that cannot be asked is named."""
        found = [name for name in self._databases if _project(name) == request.parent]
        here = [name for name in found if self._databases[name].location not in self.unreachable]
        return types.ListDatabasesResponse(
            databases=[types.Database(name=name) for name in here], unreachable=sorted(self.unreachable)
        )

    def _list(self, request: types.ListBackupsRequest) -> types.ListBackupsResponse:
        """List the backups of one location, or of all (`-`); what cannot be asked is named."""
        project, _, location = request.parent.partition("/locations/")
        now = self._clock()
        found = [
            backup
            for name, backup in self._backups.items()
            if name.startswith(f"{project}/locations/{'' if location == '-' else location + '/'}")
            and _location(name) not in self.unreachable
            and backup.expire_time > now
        ]
        asked = [where for where in self.unreachable if location in ("-", where)]
        return types.ListBackupsResponse(backups=found, unreachable=[f"{project}/locations/{where}" for where in asked])


def _project(name: str) -> str:
    return name.partition("/databases/")[0]


def _location(backup: str) -> str:
    return backup.split("/")[3]
