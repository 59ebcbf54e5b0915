"""
Read and add versions of the campaign's secrets in Secret Manager, CRC32C checked both ways.

A version read by its number is strongly consistent and never changes; `latest` and lists may lag for minutes, at
worst hours (https://cloud.google.com/secret-manager/docs/reference/consistency). `latest` is the newest version
whatever its state: if that one is disabled the service refuses, and no older one takes its place.
"""

from typing import Any

import google_crc32c

from prizedraw.adapters.google.grpc import PATIENCE_SECONDS, Connection, NoSuchResource
from prizedraw.adapters.google.later import Later
from prizedraw.errors import Again, Broken, Problem
from prizedraw.runtime.settings import Settings

AWAY = Problem("E-160", "秘密情報の保管サービス（Secret Manager）が応答しません。数分後にもう一度実行してください。")
REFUSED = Problem(
    "E-161", "秘密情報の保管サービス（Secret Manager）に断られました（{status}）。構築担当に連絡してください。"
)
DAMAGED = Problem(
    "E-162",
    "秘密情報の保管サービス（Secret Manager）との通信でデータが壊れました。数分後にもう一度実行してください。",
)
ABSENT = Problem(
    "E-163", "秘密情報「{secret}」がありません。構築（terraform apply）が済んでいるか構築担当に確かめてください。"
)
SecretManager = Connection[Any]


def _load() -> Any:
    from google.cloud import secretmanager_v1  # noqa: PLC0415  most calls need no secret

    return secretmanager_v1


secretmanager_v1 = Later(_load)
_PAGE = 25_000
"""The most versions that one list may hold; far more than one is ever made."""


def connect(settings: Settings, patience: float = PATIENCE_SECONDS) -> SecretManager:
    """Return the connection to Secret Manager; it is opened at the first call. *patience*: seconds a call may take."""
    return Connection(
        lambda: secretmanager_v1.SecretManagerServiceClient, settings, away=AWAY, refused=REFUSED, patience=patience
    )


class SecretReader:
    """A reader of secrets; it needs access to those secrets only."""

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._secret_manager = secret_manager
        self._settings = settings

    def latest(self, name: str) -> bytes | None:
        """
        Return the newest version of a secret that may be renewed, such as a credential; None if it has none.

        Raises:
            Again: Secret Manager is away, or a checksum does not match.
            Broken: it refuses, or the newest version is not enabled.
        """
        return self._access(name, "latest")

    def version(self, name: str, number: int) -> bytes | None:
        """
        Return one version (1 is the first) of a secret; None if it has fewer.

        Raises:
            Again: Secret Manager is away, or a checksum does not match.
            Broken: it refuses, or this version is not enabled.
        """
        return self._access(name, str(number))

    def _access(self, name: str, version: str) -> bytes | None:
        request = secretmanager_v1.AccessSecretVersionRequest(name=f"{self._settings.secret(name)}/versions/{version}")
        try:
            reply = self._secret_manager.call(
                secretmanager_v1.SecretManagerServiceClient.access_secret_version, request
            )
        except NoSuchResource:
            return None
        if reply.payload.data_crc32c != google_crc32c.value(reply.payload.data):
            raise Again(DAMAGED)
        data: bytes = reply.payload.data
        return data


class SecretWriter:
    """What adds versions to secrets and tells whether there are any; it reads none."""

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._secret_manager = secret_manager
        self._settings = settings

    def has_version(self, name: str) -> bool:
        """
        Tell whether a secret has any version, in whatever state; may lag behind `add`.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses, or there is no such secret.
        """
        request = secretmanager_v1.ListSecretVersionsRequest(parent=self._settings.secret(name), page_size=1)
        try:
            pages = self._secret_manager.call(secretmanager_v1.SecretManagerServiceClient.list_secret_versions, request)
        except NoSuchResource:
            raise Broken(ABSENT, secret=name) from None
        return bool(pages.versions)

    def add(self, name: str, data: bytes) -> int:
        """
        Add a version (at most 64 KiB), and return its number.

        Sent once: a lost reply may leave a version that a second call repeats under the next number.

        Raises:
            Again: not known whether it was added, or a checksum does not match.
            Broken: Secret Manager refuses, or there is no such secret.
        """
        return SecretVersions(self._secret_manager, self._settings, name).add(data)


class SecretVersions:
    """The versions of one secret, to be added, listed and destroyed; none is read."""

    def __init__(self, secret_manager: SecretManager, settings: Settings, name: str) -> None:
        self._secret_manager = secret_manager
        self._name = name
        self._secret = settings.secret(name)

    def add(self, data: bytes) -> int:
        """
        Add a version (at most 64 KiB), sending once, and return its number.

        Raises:
            Again: not known whether it was added, or a checksum does not match.
            Broken: Secret Manager refuses, or there is no such secret.
        """
        payload = secretmanager_v1.SecretPayload(data=data, data_crc32c=google_crc32c.value(data))
        request = secretmanager_v1.AddSecretVersionRequest(parent=self._secret, payload=payload)
        try:
            reply = self._secret_manager.call(
                secretmanager_v1.SecretManagerServiceClient.add_secret_version, request, repeat=False
            )
        except NoSuchResource:
            raise Broken(ABSENT, secret=self._name) from None
        if not reply.client_specified_payload_checksum:
            raise Again(DAMAGED)
        return number_of(reply)

    def listed(self) -> list[Any]:
        """
        Return all versions that there ever were, with their states, the first one first; may lag.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses, or there is no such secret.
        """
        request = secretmanager_v1.ListSecretVersionsRequest(parent=self._secret, page_size=_PAGE)
        try:
            page = self._secret_manager.call(secretmanager_v1.SecretManagerServiceClient.list_secret_versions, request)
        except NoSuchResource:
            raise Broken(ABSENT, secret=self._name) from None
        return sorted(page.versions, key=number_of)

    def destroy(self, number: int) -> None:
        """
        Destroy a version; do nothing if it is destroyed or absent.

        Raises:
            Again: Secret Manager is away.
            Broken: it refuses.
        """
        name = f"{self._secret}/versions/{number}"
        try:
            request = secretmanager_v1.DestroySecretVersionRequest(name=name)
            self._secret_manager.call(secretmanager_v1.SecretManagerServiceClient.destroy_secret_version, request)
        except NoSuchResource:
            return
        except Broken:
            # The service refuses to destroy twice, and so does the second try of a call whose reply was lost.
            get = secretmanager_v1.GetSecretVersionRequest(name=name)
            found = self._secret_manager.call(secretmanager_v1.SecretManagerServiceClient.get_secret_version, get)
            if not is_destroyed(found):
                raise


def is_destroyed(version: Any) -> bool:
    """Tell whether nothing is left of a version."""
    return bool(version.state == secretmanager_v1.SecretVersion.State.DESTROYED)


def number_of(version: Any) -> int:
    """Return the number of a version; the first is 1."""
    return int(version.name.rpartition("/")[2])
