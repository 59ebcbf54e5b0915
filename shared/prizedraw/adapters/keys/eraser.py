"""
Destroy the versions of a Cloud KMS key, so that whatever was sealed with it can be opened nowhere, in no backup.

A version is disabled first, which ends its use at once, then scheduled for destruction; until that happens it can be
restored (https://cloud.google.com/kms/docs/destroy-restore). The service refuses to schedule twice, so the state is
read before and, after a refusal, again.

The account needs, on the key, `cloudkms.cryptoKeyVersions.list`, `get`, `update` (to disable) and `destroy`.
"""

from collections.abc import Iterator
from typing import Any

from prizedraw.adapters.keys.kms import Kms, kms_v1
from prizedraw.errors import Broken
from prizedraw.ports import Found
from prizedraw.runtime.settings import Settings

_GOING = ("DESTROY_SCHEDULED", "DESTROYED")
_EMPTY = ("GENERATION_FAILED", "IMPORT_FAILED")
"""Versions that never held a key, and that the service will not destroy."""


class KeyEraser:
    """
    The eraser of one key of the campaign, named as in `Settings.key` (port `Eraser`).

    Every call raises `Again` where Cloud KMS is away, and `Broken` where it refuses or there is no such key.
    """

    def __init__(self, kms: Kms, settings: Settings, key: str) -> None:
        self._kms = kms
        self._key = settings.key(key)

    def look(self) -> Found:
        """Count the versions that nobody has scheduled; `until` is when the last of the scheduled ones is destroyed."""
        versions = list(self._versions())
        left = sum(not _is(version, *_GOING, *_EMPTY) for version in versions)
        return Found(left, max((v.destroy_time for v in versions if _is(v, "DESTROY_SCHEDULED")), default=None))

    def erase(self) -> int:
        """Disable every version and schedule its destruction; one that is not generated yet stays and is counted."""
        return sum(self._destroy(version) for version in self._versions())

    def _destroy(self, version: Any) -> bool:
        if not _is(version, "ENABLED", "DISABLED"):
            return False
        try:
            if _is(version, "ENABLED"):
                disabled = kms_v1.CryptoKeyVersion(
                    name=version.name, state=kms_v1.CryptoKeyVersion.CryptoKeyVersionState.DISABLED
                )
                mask = {"paths": ["state"]}
                self._kms.call_existing(
                    kms_v1.KeyManagementServiceClient.update_crypto_key_version,
                    kms_v1.UpdateCryptoKeyVersionRequest(crypto_key_version=disabled, update_mask=mask),
                )
            self._kms.call_existing(
                kms_v1.KeyManagementServiceClient.destroy_crypto_key_version,
                kms_v1.DestroyCryptoKeyVersionRequest(name=version.name),
            )
        except Broken:
            # Somebody else was first, or an earlier try of this call whose reply was lost.
            get = kms_v1.GetCryptoKeyVersionRequest(name=version.name)
            now = self._kms.call_existing(kms_v1.KeyManagementServiceClient.get_crypto_key_version, get)
            if not _is(now, *_GOING):
                raise
        return True

    def _versions(self) -> Iterator[Any]:
        """Yield all versions, page by page; the client's own pages would raise what is not translated."""
        token = ""
        while True:
            request = kms_v1.ListCryptoKeyVersionsRequest(parent=self._key, page_token=token)
            page = self._kms.call_existing(kms_v1.KeyManagementServiceClient.list_crypto_key_versions, request)
            yield from page.crypto_key_versions
            token = page.next_page_token
            if not token:
                return


def _is(version: Any, *states: str) -> bool:
    """Tell whether a version is in one of the *states*."""
    known = kms_v1.CryptoKeyVersion.CryptoKeyVersionState
    return version.state in [known[name] for name in states]
