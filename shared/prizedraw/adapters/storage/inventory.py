"""
List what lies in a bucket that is kept, and the buckets of the project.

The account needs `storage.objects.list` on the bucket, and `storage.buckets.list` on the project. Lists are strongly
consistent.
"""

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import PATIENCE_SECONDS, TIMEOUT_SECONDS, backoff, open_bucket, translated
from prizedraw.ports import Listed
from prizedraw.runtime.settings import Settings


class ObjectList:
    """
    The objects of one bucket, noncurrent ones too (port `Inventory`).

    Every call tries again for *patience* seconds, and raises as `BucketEraser` does.
    """

    def __init__(self, settings: Settings, bucket: str, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: open_bucket(settings, bucket))
        self._retry = Once(lambda: backoff(patience))

    def listed(self) -> list[Listed]:
        """List the objects by their generations: the name of a file is whatever somebody typed, and only `shown`."""
        with translated():
            found = self._bucket().list_blobs(
                versions=True,
                fields="items(name,generation),nextPageToken",
                retry=self._retry(),
                timeout=TIMEOUT_SECONDS,
            )
            return [Listed(str(blob.generation), shown=blob.name) for blob in found]


class BucketList:
    """The buckets of the project (port `Inventory`); raises as `ObjectList` does."""

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: open_bucket(settings, settings.published_bucket))
        self._roles = {
            settings.published_bucket: "published",
            settings.reports_bucket: "reports",
            settings.claims_bucket: "claims",
            settings.exports_bucket: "exports",
            f"{settings.project}-sources": "sources",
        }
        self._retry = Once(lambda: backoff(patience))

    def listed(self) -> list[Listed]:
        """List the buckets: those of the campaign by their roles, others by `/` and their names."""
        with translated():
            found = self._bucket().client.list_buckets(
                fields="items(name),nextPageToken", retry=self._retry(), timeout=TIMEOUT_SECONDS
            )
            return [Listed(self._roles.get(bucket.name, f"/{bucket.name}")) for bucket in found]
