"""
Erase a bucket: every generation of every object, noncurrent ones too, and say what can still be restored.

To delete a live object without its generation makes it noncurrent where versioning is on; with it, it goes
(https://docs.cloud.google.com/storage/docs/object-versioning). Under a soft delete policy it can be restored until its
`hardDeleteTime`, and nobody can shorten that (https://docs.cloud.google.com/storage/docs/soft-delete). Where a bucket
has no such policy, the service refuses to list what it softly deleted. To switch the policy off hides what it holds:
it must be off from the bucket's creation.

The account needs `storage.objects.list` and `storage.objects.delete`. Lists are strongly consistent.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from google.api_core.exceptions import BadRequest, Forbidden, NotFound

from prizedraw.adapters.google.once import Once
from prizedraw.adapters.storage.objects import PATIENCE_SECONDS, TIMEOUT_SECONDS, backoff, open_bucket, translated
from prizedraw.errors import Broken, Problem
from prizedraw.ports import Found
from prizedraw.runtime.settings import Settings

PAGE = 100
"""How many generations go at a time: each is a request of its own."""

HELD = Problem(
    "E-178",
    "ファイル保管（Cloud Storage）の保持期間または保留（ホールド）のため、消去できないファイルがあります。"
    "構築担当に連絡してください。",
)
NO_BUCKET = Problem("E-179", "消去するバケットの設定がありません。構築担当に連絡してください。")

_HELD = {"retentionPolicyNotMet", "objectUnderActiveHold"}
_NO_POLICY = "Soft delete policy is required"


class BucketEraser:
    """
    The eraser of one bucket (port `Eraser`); it is opened at the first call.

    Every call tries again for *patience* seconds, and raises `Again` after that. It raises `Broken` where the account
    may not do it, there is no such bucket, or none is set.
    """

    def __init__(self, settings: Settings, bucket: str, patience: float = PATIENCE_SECONDS) -> None:
        self._bucket = Once(lambda: open_bucket(settings, bucket, NO_BUCKET))
        self._retry = Once(lambda: backoff(patience))

    def look(self) -> Found:
        """Count the generations; `until` is when the last of the softly deleted ones goes for good."""
        with translated():
            return Found(sum(1 for _ in self._generations()), self._restorable_until())

    def erase(self) -> int:
        """
        Delete up to `PAGE` generations; one that is gone already counts as deleted.

        What is held back by a retention policy or a hold is passed over.

        Raises:
            Again: the service was away; a second call goes on.
            Broken: not allowed, or all that is left is held back.
        """
        gone, held = 0, False
        with translated():
            for blob in self._generations():
                if gone == PAGE:
                    break
                if self._delete(blob):
                    gone += 1
                else:
                    held = True
        if held and not gone:
            raise Broken(HELD)
        return gone

    def _generations(self) -> Iterator[Any]:
        found: Iterator[Any] = self._bucket().list_blobs(
            versions=True, fields="items(name,generation),nextPageToken", retry=self._retry(), timeout=TIMEOUT_SECONDS
        )
        return found

    def _restorable_until(self) -> datetime | None:
        found = self._bucket().list_blobs(
            soft_deleted=True,
            fields="items(name,generation,hardDeleteTime),nextPageToken",
            retry=self._retry(),
            timeout=TIMEOUT_SECONDS,
        )
        try:
            return max((blob.hard_delete_time for blob in found), default=None)
        except BadRequest as error:
            if _NO_POLICY in str(error.message):
                return None
            raise

    def _delete(self, blob: Any) -> bool:
        """Delete one generation; False if it is held back."""
        try:
            self._retry()(lambda: blob.delete(retry=None, timeout=TIMEOUT_SECONDS))()
        except NotFound:
            return True
        except Forbidden as error:
            if _HELD & {str(detail.get("reason")) for detail in error.errors}:
                return False
            raise
        return True
