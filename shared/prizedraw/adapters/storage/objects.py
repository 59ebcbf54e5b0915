"""
Open a bucket of Cloud Storage, create an object in it once, download one checked, and translate the client's errors.

An object is created with `ifGenerationMatch=0`: the service refuses a second one of the same name, so that a repeated
upload does no harm (https://docs.cloud.google.com/storage/docs/request-preconditions). Checksums go both ways:
the service compares what arrived with our CRC32C before it stores, and we compare what we read with its own
(https://docs.cloud.google.com/storage/docs/data-validation).
"""

import base64
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import google_crc32c
import requests
from google.api_core.exceptions import (
    BadRequest,
    Conflict,
    Forbidden,
    GoogleAPICallError,
    PreconditionFailed,
    RetryError,
    Unauthorized,
)
from google.api_core.retry import Retry
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import GoogleAuthError

from prizedraw.adapters.google import arrival
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.adapters.google.later import Later
from prizedraw.errors import Again, Broken, Problem
from prizedraw.runtime.settings import Settings

PATIENCE_SECONDS = 20.0
TIMEOUT_SECONDS = (5, 30)
"""Connecting, and waiting for the next bytes."""

AWAY = Problem("E-180", "ファイル保管（Cloud Storage）が応答しません。しばらくしてから、もう一度実行してください。")
DENIED = Problem("E-181", "ファイル保管（Cloud Storage）の権限がありません。構築担当に連絡してください。")
ODD = Problem("E-182", "ファイル保管（Cloud Storage）の設定が正しくありません。構築担当に連絡してください。")
DAMAGED = Problem(
    "E-183", "ファイル保管（Cloud Storage）へ送る途中で内容が壊れ、保存されませんでした。もう一度実行してください。"
)

# The client would otherwise ask for the bucket's metadata in a thread of its own, for traces that nobody collects: a
# call more, a grant more (storage.buckets.get), and a thread that outlives the request.
os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")


def _load() -> Any:
    from google.cloud import storage  # noqa: PLC0415  most calls need no file
    from google.cloud.storage import exceptions, retry  # noqa: F401, PLC0415  by their names of storage

    return storage


storage = Later(_load)


def open_bucket(settings: Settings, name: str, unset: Problem = ODD, network: Arrival = arrival.GOOGLE) -> Any:
    """
    Return the client's view of the bucket *name*, with the function's own account; the bucket is not asked yet.

    *network* is waited for.

    Raises:
        Broken: *unset*, the name is empty.
    """
    if not name:
        raise Broken(unset)
    if settings.local_http:
        nobody = AnonymousCredentials()  # type: ignore[no-untyped-call]
        client = storage.Client(settings.project, nobody, client_options={"api_endpoint": settings.local_http})
    else:
        client = storage.Client(settings.project)
    network.wait_for(arrival.address_of(settings.local_http or "https://storage.googleapis.com"))
    return client.bucket(name)


def crc32c(data: bytes) -> str:
    """Return the CRC32C of *data* (RFC 3720, appendix B.4) as Cloud Storage writes it: big endian, base64."""
    return base64.b64encode(google_crc32c.value(data).to_bytes(4, "big")).decode()


@contextmanager
def translated() -> Iterator[None]:
    """Turn the client's exceptions into ours: away is `Again`, denied or misconfigured is `Broken`."""
    try:
        yield
    except (RetryError, Conflict, requests.RequestException):
        raise Again(AWAY) from None
    except GoogleAuthError as error:
        raise (Again(AWAY) if error.retryable else Broken(DENIED)) from None
    except (Forbidden, Unauthorized):
        raise Broken(DENIED) from None
    except GoogleAPICallError:
        raise Broken(ODD) from None


def backoff(patience: float) -> Retry:
    """Return what tries again on 408, 429, 5xx and lost connections, with growing pauses, for *patience* seconds."""
    retry: Retry = storage.retry.DEFAULT_RETRY.with_delay(initial=0.2, maximum=8.0, multiplier=2.0).with_timeout(
        patience
    )
    return retry


def create_once(
    blob: Callable[[], Any], data: bytes, content_type: str, retry: Retry, is_ours: Callable[[], bool]
) -> bool:
    """
    Create the object that *blob* names, and return True; return False, changing nothing, if there is one of its name.

    When an earlier try of this call may have been carried out though its reply was lost, the object that is met
    counts as our own if *is_ours* says so.

    Raises:
        Again: the service was away, or what arrived did not match our checksum and was not stored.
        Broken: not allowed.
    """
    lost: list[Exception] = []
    with translated():
        try:
            retry(lambda: _upload(blob(), data, content_type), on_error=lost.append)()
        except PreconditionFailed:
            return bool(lost) and is_ours()
        except BadRequest:
            raise Again(DAMAGED) from None
    return True


def _upload(blob: Any, data: bytes, content_type: str) -> None:
    """Send an object once; the client's `PreconditionFailed` says that there is one of that name."""
    # Given with the metadata, so that the service refuses what does not match, also above 8 MiB (a resumable
    # upload); the client's own check would compare only afterwards and then try to delete.
    blob.crc32c = crc32c(data)
    blob.upload_from_string(
        data, content_type, if_generation_match=0, checksum=None, retry=None, timeout=TIMEOUT_SECONDS
    )


class TooLarge(Exception):
    """The end of a download that brings more than is wanted."""


class _Bounded(io.BytesIO):
    """What is downloaded into; it takes *most* bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: Any, /) -> int:
        """Take the next bytes, unless they are too many."""
        if self.tell() + len(memoryview(data)) > self._most:
            raise TooLarge
        return super().write(data)


def download(blob: Any, *, raw: bool = False, most: int = sys.maxsize) -> bytes:
    """
    Return an object's bytes, asked for once; *raw*: what was uploaded compressed comes compressed.

    Raises:
        TooLarge: there are more than *most* bytes.
        ConnectionError: what came does not match its checksum, or came without one; worth another try.
    """
    try:
        into = _Bounded(most)
        blob.download_to_file(into, raw_download=raw, checksum="crc32c", retry=None, timeout=TIMEOUT_SECONDS)
    except storage.exceptions.DataCorruption:
        raise ConnectionError("checksum differs") from None
    if blob.crc32c is None:  # the client lets a reply without a checksum pass
        raise ConnectionError("checksum missing")
    return into.getvalue()
