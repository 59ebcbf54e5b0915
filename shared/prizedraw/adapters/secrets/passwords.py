"""
Keep the password of the shipping list in Secret Manager, where operators look it up.

The account needs to add, list and destroy versions of that secret (`secretmanager.secretVersionManager`); it cannot
read one. Versions are numbered in the order in which they were added, and lists may lag behind
(https://cloud.google.com/secret-manager/docs/reference/consistency).
"""

from prizedraw.adapters.secrets.versions import SecretManager, SecretVersions, is_destroyed, number_of
from prizedraw.runtime.settings import Settings

SECRET = "shipping-password"  # noqa: S105  the secret's name


class ShippingPasswords:
    """The passwords, as versions of one secret (port `Passwords`)."""

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._versions = SecretVersions(secret_manager, settings, SECRET)

    def add(self, password: str) -> int:
        """
        Add a version and return its number.

        Sent once: a lost reply may leave a version that nobody knows of; `versions` shows it.

        Raises:
            Again: not known whether it was added, or a checksum does not match.
            Broken: Secret Manager refuses, or there is no such secret.
        """
        return self._versions.add(password.encode())

    def versions(self) -> list[int]:
        """
        Return the numbers of the versions that are not destroyed, sorted.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses, or there is no such secret.
        """
        listed = self._versions.listed()
        return [number_of(version) for version in listed if not is_destroyed(version)]

    def destroy(self, version: int) -> None:
        """
        Destroy a version; do nothing if it is destroyed or absent.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses.
        """
        self._versions.destroy(version)
