"""
Take CSV files from the claims bucket, one generation at a time, and erase them once they have been imported.

Every call names the generation that was announced: what was written over since is another file, with an announcement
of its own (https://docs.cloud.google.com/storage/docs/request-preconditions). The account needs to get and delete
objects there, and to list them: without that the service answers 403, not 404, where there is no file.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from google.api_core.exceptions import NotFound

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    backoff,
    download,
    open_bucket,
    translated,
)
from prizedraw.errors import Problem
from prizedraw.ports import Dropped
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-189", "登録ファイル用バケットの設定（CLAIMS_BUCKET）がありません。構築担当に連絡してください。")

T = TypeVar("T")


class DroppedFiles:
    """
    The files that operators drop (port `ClaimsBucket`); the bucket is opened at the first call.

    Every call tries again for *patience* seconds, and raises `Again` after that. It raises `Broken` where the account
    may not do it, or no bucket is set.
    """

    def __init__(self, settings: Settings, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: open_bucket(settings, settings.claims_bucket, NO_BUCKET))
        self._retry = Once(lambda: backoff(patience))

    def look(self, name: str, generation: str) -> Dropped | None:
        """
        Describe the file from its metadata; None if it is not there, or is another generation by now.

        Raises:
            Again: the service was away.
            Broken: not allowed.
        """
        return self._unless_gone(lambda: self._look(name, generation))

    def read(self, name: str, generation: str) -> bytes | None:
        """
        Return the stored bytes, or None; what was uploaded compressed comes compressed.

        Raises:
            Again: the service was away, or what came did not match its checksum.
            Broken: not allowed.
        """
        # Raw: a small file that was uploaded with gzip could grow beyond every limit.
        return self._unless_gone(lambda: download(self._blob(name, generation), raw=True))

    def erase(self, name: str, generation: str) -> None:
        """
        Remove that generation for good, whatever has taken its name since; do nothing if it is absent.

        Raises:
            Again: the service was away; a second call finishes the work.
            Broken: not allowed.
        """
        self._unless_gone(lambda: self._blob(name, generation).delete(retry=None, timeout=TIMEOUT_SECONDS))

    def _blob(self, name: str, generation: str) -> Any:
        return self._bucket().blob(name, generation=int(generation))

    def _look(self, name: str, generation: str) -> Dropped:
        blob = self._blob(name, generation)
        blob.reload(retry=None, timeout=TIMEOUT_SECONDS)
        return Dropped(blob.size, blob.time_created)

    def _unless_gone(self, attempt: Callable[[], T]) -> T | None:
        with translated():
            try:
                result: T = self._retry()(attempt)()
            except NotFound:
                return None
        return result
