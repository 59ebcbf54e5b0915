"""
Put files into the exports bucket, from which operators take them away; its lifecycle removes them after a day.

The account needs to create, list and delete objects there, and cannot read one. Uploads are create-only and carry
their CRC32C, as in `storage`.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from google.api_core.exceptions import BadRequest, NotFound, PreconditionFailed
from google.cloud.storage import Bucket

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.published import (
    DAMAGED,
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    backoff,
    crc32c,
    open_bucket,
    translated,
    upload,
)
from prizedraw.errors import Again, Broken, Problem
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-188", "書き出し用バケットの設定（EXPORTS_BUCKET）がありません。構築担当に連絡してください。")

T = TypeVar("T")


class ExportsBucket:
    """
    Keep files for operators (port `Exports`); the bucket is opened at the first call.

    Every call tries again for *patience* seconds, and raises `Again` after that. It raises `Broken` where the account
    may not do it, or no bucket is set.
    """

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: _exports(settings))
        self._retry = backoff(patience)

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """
        Create the file and return True; return False, changing nothing, if there is one of that name.

        When an earlier try of this call may have been carried out though its reply was lost, the file that is met
        counts as our own if its checksum is ours.

        Raises:
            Again: the service was away, or what arrived did not match our checksum and was not stored.
            Broken: not allowed.
        """
        lost: list[Exception] = []
        with translated():
            try:
                self._repeat(lambda: upload(self._bucket(), name, data, content_type), lost.append)
            except PreconditionFailed:
                return bool(lost) and self._listed(name).get(name) == crc32c(data)
            except BadRequest:
                raise Again(DAMAGED) from None
        return True

    def names(self, prefix: str = "") -> list[str]:
        """List the files whose names begin with *prefix*, sorted; all pages."""
        with translated():
            return sorted(self._listed(prefix))

    def delete(self, name: str) -> None:
        """
        Remove a file; absent is well too.

        Raises:
            Again: the service was away.
            Broken: not allowed.
        """
        with translated():
            try:
                self._repeat(lambda: self._bucket().blob(name).delete(retry=None, timeout=TIMEOUT_SECONDS))
            except NotFound:
                return

    def _listed(self, prefix: str) -> dict[str, Any]:
        """Return the checksums of the files whose names begin with *prefix*."""
        found = self._bucket().list_blobs(
            prefix=prefix or None,
            fields="items(name,crc32c),nextPageToken",
            retry=self._retry,
            timeout=TIMEOUT_SECONDS,
        )
        return {blob.name: blob.crc32c for blob in found}

    def _repeat(self, attempt: Callable[[], T], on_error: Callable[[Exception], object] | None = None) -> T:
        result: T = self._retry(attempt, on_error=on_error)()
        return result


def _exports(settings: Settings) -> Bucket:
    if not settings.exports_bucket:
        raise Broken(NO_BUCKET)
    return open_bucket(settings, settings.exports_bucket)
