"""Publish files in a bucket, create-only, and read them back checked (`bucket` says how)."""

from collections.abc import Callable

from google.api_core.exceptions import NotFound
from google.cloud.storage import Bucket

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    backoff,
    create_once,
    download,
    open_bucket,
    translated,
)
from prizedraw.errors import Problem
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-184", "公開用バケットの設定（PUBLISHED_BUCKET）がありません。構築担当に連絡してください。")


class CreateOnlyBucket:
    """
    Files that never change, in the bucket that *open_it* gives at the first call (ports `Publisher`, `Reports`).

    Every call tries again on 408, 429, 5xx and lost connections, with growing pauses, for *patience* seconds, and
    raises `Again` after that. It raises `Broken` where the account may not do it, or no bucket is set. To read, the
    account needs `storage.objects.list` too: without it the service answers 403, not 404, where there is no file.
    """

    def __init__(self, open_it: Callable[[], Bucket], patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(open_it)
        self._retry = backoff(patience)

    def read(self, name: str) -> bytes | None:
        """
        Return a file's bytes, or None if there is no such file.

        Raises:
            Again: the service was away, or what came did not match its checksum.
            Broken: not allowed.
        """
        with translated():
            try:
                data: bytes = self._retry(lambda: download(self._bucket().blob(name)))()
            except NotFound:
                return None
        return data

    def names(self, prefix: str = "") -> list[str]:
        """List the files whose names begin with *prefix*, sorted; all pages."""
        with translated():
            found = self._bucket().list_blobs(
                prefix=prefix or None,
                fields="items(name),nextPageToken",
                retry=self._retry,
                timeout=TIMEOUT_SECONDS,
            )
            return sorted(blob.name for blob in found)

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """
        Create the file and return True; return False, changing nothing, if there is one of that name.

        One that is met after a lost reply counts as our own if its bytes are ours.

        Raises:
            Again: the service was away, or what arrived did not match our checksum and was not stored.
            Broken: not allowed.
        """
        return create_once(
            lambda: self._bucket().blob(name), data, content_type, self._retry, lambda: self.read(name) == data
        )


def open_published(settings: Settings, patience: float = PATIENCE_SECONDS) -> CreateOnlyBucket:
    """Return what keeps the published files (ports `PublishedFiles` and `Publisher`)."""
    return CreateOnlyBucket(lambda: open_bucket(settings, settings.published_bucket, NO_BUCKET), patience)
