"""
Destroy the versions of a Cloud KMS key, so that whatever was sealed with it can be opened nowhere, in no backup.

A version is disabled first, which ends its use at once, then scheduled for destruction; until that happens it can be
restored (https://cloud.google.com/kms/docs/destroy-restore). The service refuses to schedule twice, so the state is
read before and, after a refusal, again.

The account needs, on the key, `cloudkms.cryptoKeyVersions.list`, `get`, `update` (to disable) and `destroy`.
"""

from collections.abc import Iterator

from google.cloud.kms_v1 import (
    CryptoKeyVersion,
    DestroyCryptoKeyVersionRequest,
    GetCryptoKeyVersionRequest,
    KeyManagementServiceClient,
    ListCryptoKeyVersionsRequest,
    UpdateCryptoKeyVersionRequest,
)

from prizedraw.adapters.keys.kms import Kms
from prizedraw.errors import Broken
from prizedraw.ports import Found
from prizedraw.runtime.settings import Settings

State = CryptoKeyVersion.CryptoKeyVersionState
_GOING = {State.DESTROY_SCHEDULED, State.DESTROYED}
_EMPTY = {State.GENERATION_FAILED, State.IMPORT_FAILED}
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
        left = sum(version.state not in _GOING | _EMPTY for version in versions)
        return Found(left, max((v.destroy_time for v in versions if v.state == State.DESTROY_SCHEDULED), default=None))

    def erase(self) -> int:
        """Disable every version and schedule its destruction; one that is not generated yet stays and is counted."""
        return sum(self._destroy(version) for version in self._versions())

    def _destroy(self, version: CryptoKeyVersion) -> bool:
        if version.state not in {State.ENABLED, State.DISABLED}:
            return False
        try:
            if version.state == State.ENABLED:
                disabled = CryptoKeyVersion(name=version.name, state=State.DISABLED)
                mask = {"paths": ["state"]}
                self._kms.call_existing(
                    KeyManagementServiceClient.update_crypto_key_version,
                    UpdateCryptoKeyVersionRequest(crypto_key_version=disabled, update_mask=mask),
                )
            self._kms.call_existing(
                KeyManagementServiceClient.destroy_crypto_key_version, DestroyCryptoKeyVersionRequest(name=version.name)
            )
        except Broken:
            # Somebody else was first, or an earlier try of this call whose reply was lost.
            get = GetCryptoKeyVersionRequest(name=version.name)
            if self._kms.call_existing(KeyManagementServiceClient.get_crypto_key_version, get).state not in _GOING:
                raise
        return True

    def _versions(self) -> Iterator[CryptoKeyVersion]:
        """Yield all versions, page by page; the client's own pages would raise what is not translated."""
        token = ""
        while True:
            request = ListCryptoKeyVersionsRequest(parent=self._key, page_token=token)
            page = self._kms.call_existing(KeyManagementServiceClient.list_crypto_key_versions, request)
            yield from page.crypto_key_versions
            token = page.next_page_token
            if not token:
                return
