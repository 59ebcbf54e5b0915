"""
Keep the password of the shipping list in Secret Manager, where operators look it up.

The account needs to add, list and destroy versions of that secret (`secretmanager.secretVersionManager`); it cannot
read one. Versions are numbered in the order in which they were added, and lists may lag behind
(https://cloud.google.com/secret-manager/docs/reference/consistency).
"""

import google_crc32c
from google.cloud.secretmanager_v1 import (
    AddSecretVersionRequest,
    SecretManagerServiceClient,
    SecretPayload,
    SecretVersion,
)

from prizedraw.adapters.google.grpc import Missing
from prizedraw.adapters.secrets.versions import ABSENT, DAMAGED, SecretManager, SecretVersions, number_of
from prizedraw.errors import Again, Broken
from prizedraw.runtime.settings import Settings

SECRET = "shipping-password"  # noqa: S105  the secret's name


class ShippingPasswords:
    """Keep passwords as versions of one secret (port `Passwords`)."""

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._secret_manager = secret_manager
        self._secret = settings.secret(SECRET)
        self._versions = SecretVersions(secret_manager, settings, SECRET)

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
        return number_of(reply)

    def versions(self) -> list[int]:
        """
        Return the numbers of the versions that are not destroyed, sorted.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses, or there is no such secret.
        """
        listed = self._versions.listed()
        return [number_of(version) for version in listed if version.state != SecretVersion.State.DESTROYED]

    def destroy(self, version: int) -> None:
        """
        Destroy a version; destroyed or absent is well too.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses.
        """
        self._versions.destroy(version)
