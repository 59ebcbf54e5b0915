"""
Keep objects as a bucket of Cloud Storage does: generations, versioning, soft deletion, retention.

Reference: https://docs.cloud.google.com/storage/docs/object-versioning and /soft-delete, /bucket-lock, /object-holds.
"""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import google_crc32c

from prizedraw.rehearsal.google.json_wire import ApiError

NOTHING = timedelta(0)


@dataclass(frozen=True)
class StoredObject:
    """One object; *generation* grows with every write to the bucket. *held*: under a temporary hold."""

    name: str
    data: bytes = field(repr=False)
    content_type: str
    generation: int
    created: datetime
    content_encoding: str = ""
    held: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)

    @property
    def crc32c(self) -> str:
        """Return the CRC32C, big endian, base64."""
        return base64.b64encode(google_crc32c.value(self.data).to_bytes(4, "big")).decode()

    @property
    def md5(self) -> str:
        """Return the MD5, base64."""
        return base64.b64encode(hashlib.md5(self.data, usedforsecurity=False).digest()).decode()

    def resource(self, bucket: str) -> dict[str, Any]:
        """Return the object's metadata as the API gives it; 64-bit numbers are strings there."""
        created = zulu(self.created)
        return {
            "kind": "storage#object",
            "id": f"{bucket}/{self.name}/{self.generation}",
            "bucket": bucket,
            "name": self.name,
            "generation": str(self.generation),
            "metageneration": "1",
            "contentType": self.content_type,
            "size": str(len(self.data)),
            "crc32c": self.crc32c,
            "md5Hash": self.md5,
            "timeCreated": created,
            "updated": created,
            **({"contentEncoding": self.content_encoding} if self.content_encoding else {}),
            **({"metadata": dict(self.metadata)} if self.metadata else {}),
        }


@dataclass(frozen=True, kw_only=True)
class SoftlyDeleted:
    """An object that was deleted at *soft* and can be restored until *hard*."""

    stored: StoredObject
    soft: datetime
    hard: datetime


@dataclass(kw_only=True)
class Bucket:
    """
    The objects of one bucket: *live* by their names, *noncurrent* and *softly_deleted* ones in their order.

    The service's defaults differ: a bucket that is made without saying otherwise keeps what was deleted for seven days.
    """

    name: str
    versioning: bool = False
    soft_delete: timedelta = NOTHING
    retention: timedelta = NOTHING
    live: dict[str, StoredObject] = field(default_factory=dict)
    noncurrent: list[StoredObject] = field(default_factory=list)
    softly_deleted: list[SoftlyDeleted] = field(default_factory=list)

    def hold(self, made: StoredObject) -> None:
        """Put an object in its place, over the one of its name; that one goes as if deleted without a generation."""
        if made.name in self.live:
            self.delete(made.name, None, made.created)
        self.live[made.name] = made

    def find(self, name: str, generation: str | None) -> StoredObject | None:
        """Return the live object, or the named generation, live or noncurrent."""
        if generation is None:
            return self.live.get(name)
        return next((o for o in self.versions() if (o.name, str(o.generation)) == (name, generation)), None)

    def versions(self) -> Iterator[StoredObject]:
        """Yield every generation, live and noncurrent."""
        yield from self.live.values()
        yield from self.noncurrent

    def delete(self, name: str, generation: str | None, now: datetime) -> None:
        """Delete one generation for good, or, without one, what is live; a retention policy or hold refuses it."""
        found = self.find(name, generation)
        if found is None:
            raise ApiError(404, f"No such object: {self.name}/{name}", reason="notFound")
        if found.held:
            raise ApiError(
                403, f"Object '{self.name}/{name}' is under active Temporary hold.", reason="objectUnderActiveHold"
            )
        if found.created + self.retention > now:
            raise ApiError(
                403, f"Object '{self.name}/{name}' is under a retention policy.", reason="retentionPolicyNotMet"
            )
        if found is self.live.get(name):
            del self.live[name]
        else:
            self.noncurrent.remove(found)
        if self.versioning and generation is None:
            self.noncurrent.append(found)
        elif self.soft_delete:
            self.softly_deleted.append(SoftlyDeleted(stored=found, soft=now, hard=now + self.soft_delete))

    def expire(self, before: datetime, now: datetime) -> None:
        """Delete every live object that was stored before a moment."""
        for stored in [one for one in self.live.values() if one.created < before and not one.held]:
            self.delete(stored.name, None, now)

    def restorable(self, now: datetime) -> list[dict[str, Any]]:
        """Return the resources of what can be restored; without a policy there is no asking."""
        if not self.soft_delete:
            raise ApiError(400, "Soft delete policy is required to list soft-deleted versions", reason="invalid")
        self.softly_deleted = [gone for gone in self.softly_deleted if gone.hard > now]
        return [
            {**gone.stored.resource(self.name), "softDeleteTime": zulu(gone.soft), "hardDeleteTime": zulu(gone.hard)}
            for gone in self.softly_deleted
        ]


def zulu(moment: datetime) -> str:
    """Write a moment as the API does."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
