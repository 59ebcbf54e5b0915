"""
Stand in for Google Drive on loopback: `files.get`, over files that their owner puts in the bin and deletes.

A file in the bin can be read as before by whoever it is shared with, and goes for good after 30 days; when it was put
there is told of files in shared drives only. What is gone and what is not shared is "not found" alike.
Reference: https://developers.google.com/workspace/drive/api/reference/rest/v3/files
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import RLock

from flask import Blueprint, request

from prizedraw.ports import Clock, Document
from prizedraw.rehearsal.google.json_wire import ApiError, JsonWire
from prizedraw.rehearsal.google.watches import zulu

BIN = timedelta(days=30)


@dataclass
class _DriveFile:
    in_shared_drive: bool
    is_shared: bool = True
    binned: datetime | None = None


class LocalDrive:
    """
    The files by their ids; *on_delete* is told of every one that goes for good, since a form's responses go with it.

    Tests read `calls`, and ask for faults with `fail` (see `JsonWire`).
    """

    def __init__(self, clock: Clock, on_delete: Callable[[str], object] = lambda _: None) -> None:
        self._clock = clock
        self._on_delete = on_delete
        self._lock = RLock()
        self._files: dict[str, _DriveFile] = {}
        self._wire = JsonWire(self._lock)
        self.calls = self._wire.calls
        self.fail = self._wire.fail
        self.recover = self._wire.recover

    def put_file(self, file_id: str, *, in_shared_drive: bool = False) -> None:
        """Make a file, shared with every account; one that exists stays."""
        self._files.setdefault(file_id, _DriveFile(in_shared_drive))

    def unshare(self, file_id: str) -> None:
        """Take the access to a file away from every account."""
        self._files[file_id].is_shared = False

    def bin(self, file_id: str) -> None:
        """Put a file in the bin, as its owner does."""
        self._files[file_id].binned = self._clock()

    def take_back(self, file_id: str) -> None:
        """Take a file out of the bin, as its owner does."""
        self._files[file_id].binned = None

    def delete(self, file_id: str) -> None:
        """Delete a file for good, as its owner does in the bin; do nothing if it is not there."""
        if self._files.pop(file_id, None) is not None:
            self._on_delete(file_id)

    def ids(self) -> list[str]:
        """Name the files that are there, in the bin or not."""
        self._empty_bin()
        return sorted(self._files)

    def blueprint(self) -> Blueprint:
        """Return the routes, under the service's own paths."""
        routes = Blueprint("drive", __name__)
        routes.add_url_rule("/drive/v3/files/<file>", "get", self._wire.served(self._get), methods=["GET"])
        return routes

    def _get(self, file: str) -> Document:
        self._empty_bin()
        found = self._files.get(file)
        knows_shared_drives = request.args.get("supportsAllDrives", "").lower() == "true"
        if found is None or not found.is_shared or (found.in_shared_drive and not knows_shared_drives):
            raise ApiError(404, f"File not found: {file}.", reason="notFound")
        document: Document = {"kind": "drive#file", "id": file, "trashed": found.binned is not None}
        if found.binned is not None and found.in_shared_drive:
            document["trashedTime"] = zulu(found.binned)
        return document

    def _empty_bin(self) -> None:
        now = self._clock()
        for file_id, file in list(self._files.items()):
            if file.binned is not None and file.binned + BIN <= now:
                self.delete(file_id)
