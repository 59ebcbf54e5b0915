"""
Keep the password of the shipping list in Secret Manager, where operators look it up.

The account needs to add, list and destroy versions of that secret (`secretmanager.secretVersionManager`); it cannot
read one. Versions are numbered in the order in which they were added, and lists may lag behind
(https://cloud.google.com/secret-manager/docs/reference/consistency).
"""

import google_crc32c
from google.cloud.secretmanager_v1 import (
    AddSecretVersionRequest,
    DestroySecretVersionRequest,
    GetSecretVersionRequest,
    ListSecretVersionsRequest,
    SecretManagerServiceClient,
    SecretPayload,
    SecretVersion,
)

from prizedraw.adapters.google_grpc import Missing
from prizedraw.adapters.secrets import ABSENT, DAMAGED, SecretManager
from prizedraw.errors import Again, Broken
from prizedraw.settings import Settings

SECRET = "shipping-password"  # noqa: S105  the secret's name
_PAGE = 25_000
"""The most versions that one list may hold; far more than one is ever made."""


class ShippingPasswords:
    """Keep passwords as versions of one secret (port `Passwords`)."""

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._secret_manager = secret_manager
        self._secret = settings.secret(SECRET)

    def add(self, password: str) -> int:
        """
        Add a version and return its number.

        Sent once: a lost reply may leave a version that nobody knows of; `versions` shows it.

        Raises:
            Again: not known whether it was added, or a checksum does not match.
            Broken: Secret Manager refuses, or there is no such secret.
        """
        data = password.encode()
        payload = SecretPayload(data=data, data_crc32c=google_crc32c.value(data))
        request = AddSecretVersionRequest(parent=self._secret, payload=payload)
        try:
            reply = self._secret_manager.call(SecretManagerServiceClient.add_secret_version, request, repeat=False)
        except Missing:
            raise Broken(ABSENT, secret=SECRET) from None
        if not reply.client_specified_payload_checksum:
            raise Again(DAMAGED)
        return _number(reply)

    def versions(self) -> list[int]:
        """
        Return the numbers of the versions that are not destroyed, sorted.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses, or there is no such secret.
        """
        request = ListSecretVersionsRequest(parent=self._secret, page_size=_PAGE)
        try:
            pages = self._secret_manager.call(SecretManagerServiceClient.list_secret_versions, request)
        except Missing:
            raise Broken(ABSENT, secret=SECRET) from None
        return sorted(_number(v) for v in pages.versions if v.state != SecretVersion.State.DESTROYED)

    def destroy(self, version: int) -> None:
        """
        Destroy a version; destroyed or absent is well too.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses.
        """
        name = f"{self._secret}/versions/{version}"
        try:
            request = DestroySecretVersionRequest(name=name)
            self._secret_manager.call(SecretManagerServiceClient.destroy_secret_version, request)
        except Missing:
            return
        except Broken:
            # The service refuses to destroy twice, and so does the second try of a call whose reply was lost.
            get = GetSecretVersionRequest(name=name)
            found = self._secret_manager.call(SecretManagerServiceClient.get_secret_version, get)
            if found.state != SecretVersion.State.DESTROYED:
                raise


def _number(version: SecretVersion) -> int:
    return int(version.name.rpartition("/")[2])
