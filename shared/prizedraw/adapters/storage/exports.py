"""
Put files into the exports bucket, from which operators take them away; its lifecycle removes them after a day.

The account needs to create, list and delete objects there, and cannot read one. Uploads are create-only and carry
their CRC32C (`objects` says how).
"""

from typing import Any

from google.api_core.exceptions import NotFound

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    backoff,
    crc32c,
    create_once,
    open_bucket,
    translated,
)
from prizedraw.errors import Problem
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-188", "書き出し用バケットの設定（EXPORTS_BUCKET）がありません。構築担当に連絡してください。")


class ExportsBucket:
    """
    Files for operators (port `Exports`); the bucket is opened at the first call.

    Every call tries again for *patience* seconds, and raises `Again` after that. It raises `Broken` where the account
    may not do it, or no bucket is set.
    """

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: open_bucket(settings, settings.exports_bucket, NO_BUCKET))
        self._retry = Once(lambda: backoff(patience))

    def create(self, name: str, data: bytes, content_type: str) -> bool:
        """
        Create the file and return True; return False, changing nothing, if there is one of that name.

        One that is met after a lost reply counts as our own if its checksum is ours.

        Raises:
            Again: the service was away, or what arrived did not match our checksum and was not stored.
            Broken: not allowed.
        """
        return create_once(
            lambda: self._bucket().blob(name),
            data,
            content_type,
            self._retry(),
            lambda: self._listed(name).get(name) == crc32c(data),
        )

    def names(self, prefix: str = "") -> list[str]:
        """List the files whose names begin with *prefix*, sorted; all pages."""
        with translated():
            return sorted(self._listed(prefix))

    def delete(self, name: str) -> None:
        """
        Remove a file; do nothing if it is absent.

        Raises:
            Again: the service was away.
            Broken: not allowed.
        """
        with translated():
            try:
                self._retry()(lambda: self._bucket().blob(name).delete(retry=None, timeout=TIMEOUT_SECONDS))()
            except NotFound:
                return

    def _listed(self, prefix: str) -> dict[str, Any]:
        """Return the checksums of the files whose names begin with *prefix*."""
        found = self._bucket().list_blobs(
            prefix=prefix or None,
            fields="items(name,crc32c),nextPageToken",
            retry=self._retry(),
            timeout=TIMEOUT_SECONDS,
        )
        return {blob.name: blob.crc32c for blob in found}
