"""
Publish files in a bucket, create-only, and read them back checked (`objects` says how).

A file's signature is custom metadata of its object (https://docs.cloud.google.com/storage/docs/metadata#custom-metadata),
sent in the one request that creates it; to change it later the account would need `storage.objects.update`.
"""

import base64
import binascii
from collections.abc import Callable
from typing import Any

from google.api_core.exceptions import NotFound

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import (
    PATIENCE_SECONDS,
    TIMEOUT_SECONDS,
    TooLarge,
    backoff,
    create_once,
    download,
    open_bucket,
    translated,
)
from prizedraw.errors import Problem
from prizedraw.ports import PublishedFile
from prizedraw.runtime.settings import Settings

SIGNATURE_KEY = "evidence-signature"
"""The name of the custom metadata that holds the signature, in base64."""

MOST_BYTES = 64 * 1024 * 1024
"""The size of the largest file that is read: the pool of a million entries with several prizes each is smaller."""

NO_BUCKET = Problem("E-184", "公開用バケットの設定（PUBLISHED_BUCKET）がありません。構築担当に連絡してください。")


class CreateOnlyBucket:
    """
    Files that never change, in the bucket that *open_it* gives at the first call (ports `Publisher`, `Reports`).

    Every call tries again on 408, 429, 5xx and lost connections, with growing pauses, for *patience* seconds, and
    raises `Again` after that. It raises `Broken` where the account may not do it, or no bucket is set. To read, the
    account needs `storage.objects.list` too: without it the service answers 403, not 404, where there is no file.
    """

    def __init__(self, open_it: Callable[[], Any], patience: float = PATIENCE_SECONDS, most: int = MOST_BYTES) -> None:
        self._bucket = Once(open_it)
        self._most = most
        self._retry = Once(lambda: backoff(patience))

    def read(self, name: str) -> bytes | None:
        """
        Return a file's bytes, or None if there is no such file; of one that is too large none of them, as `find`.

        Raises:
            Again: the service was away, or what came did not match its checksum.
            Broken: not allowed.
        """
        with translated():
            try:
                data: bytes = self._retry()(lambda: self._downloaded(self._bucket().blob(name)))()
            except NotFound:
                return None
        return data

    def find(self, name: str) -> PublishedFile | None:
        """
        Return a file's bytes with the signature that it bears, both of one generation; None if there is no such file.

        One that is larger than any step's, or grows so on the way, is found empty: it can never be taken away, and must
        not end every run that looks at it for want of memory.

        Raises:
            Again: the service was away, or what came did not match its checksum.
            Broken: not allowed.
        """
        with translated():
            try:
                return self._retry()(lambda: self._found(name))()
            except NotFound:
                return None

    def _found(self, name: str) -> PublishedFile:
        described = self._bucket().blob(name)
        described.reload(retry=None, timeout=TIMEOUT_SECONDS)
        data = self._downloaded(self._bucket().blob(name, generation=described.generation))
        return PublishedFile(data, _signature_of(described))

    def _downloaded(self, blob: Any) -> bytes:
        try:
            return download(blob, most=self._most)
        except TooLarge:
            return b""

    def names(self, prefix: str = "") -> list[str]:
        """List the files whose names begin with *prefix*, sorted; all pages."""
        with translated():
            found = self._bucket().list_blobs(
                prefix=prefix or None,
                fields="items(name),nextPageToken",
                retry=self._retry(),
                timeout=TIMEOUT_SECONDS,
            )
            return sorted(blob.name for blob in found)

    def create(self, name: str, data: bytes, content_type: str, signature: bytes = b"") -> bool:
        """
        Create the file with its signature and return True; return False, changing nothing, if there is one of its name.

        One that is met after a lost reply counts as our own if its bytes and its signature are ours.

        Raises:
            Again: the service was away, or what arrived did not match our checksum and was not stored.
            Broken: not allowed.
        """
        ours = PublishedFile(data, signature)
        return create_once(
            lambda: self._signed(name, signature), data, content_type, self._retry(), lambda: self.find(name) == ours
        )

    def _signed(self, name: str, signature: bytes) -> Any:
        blob = self._bucket().blob(name)
        if signature:
            blob.metadata = {SIGNATURE_KEY: base64.b64encode(signature).decode()}
        return blob


def _signature_of(blob: Any) -> bytes:
    """Return the signature that an object bears; none if there is none, or what stands there is not base64."""
    try:
        return base64.b64decode((blob.metadata or {}).get(SIGNATURE_KEY, ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def open_published(settings: Settings, patience: float = PATIENCE_SECONDS) -> CreateOnlyBucket:
    """Return what keeps the published files (ports `PublishedFiles` and `Publisher`)."""
    return CreateOnlyBucket(lambda: open_bucket(settings, settings.published_bucket, NO_BUCKET), patience)
