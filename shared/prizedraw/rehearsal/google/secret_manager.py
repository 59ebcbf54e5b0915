"""
Stand in for Secret Manager: secrets with numbered versions and states, checksums both ways, and its lag.

`latest` is the newest version whatever its state, and the real service's lists and `latest` may lag behind an
addition, while a version read by its number does not
(https://cloud.google.com/secret-manager/docs/reference/consistency): `lag` makes it so.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import google_crc32c
import grpc
from google.cloud import secretmanager_v1

from prizedraw.ports import Clock
from prizedraw.rehearsal.google.grpc_wire import Handlers, Refusal, Wire

State = secretmanager_v1.SecretVersion.State
_LIMIT = 64 * 1024
_PROJECT_NUMBER = "123456789012"


@dataclass
class _SecretVersion:
    number: int
    created: datetime
    data: bytes = field(repr=False)
    checksum_given: bool
    state: int = State.ENABLED
    destroyed: datetime | None = None
    destroy_at: datetime | None = None


class LocalSecrets:
    """
    The secrets. Replies name the project by its number, as the real service does.

    Tests read `calls` and `refusals`, and ask for faults with `fail_next` and `corrupt_next` (see `Wire`).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._secrets: dict[str, list[_SecretVersion]] = {}
        self._waits: dict[str, timedelta] = {}
        self._seen: dict[str, int] = {}
        self._wire = Wire()
        self.calls = self._wire.calls
        self.refusals = self._wire.refusals
        self.on_call = self._wire.on_call
        self.fail_next = self._wire.fail_next
        self.corrupt_next = self._wire.corrupt_next

    def create_secret(self, name: str, destroy_wait: timedelta = timedelta(0)) -> None:
        """
        Create an empty secret by its full resource name, as Terraform does; one that exists stays.

        *destroy_wait*: its `version_destroy_ttl`; what is destroyed is disabled first, and goes after that time.
        """
        self._secrets.setdefault(name, [])
        self._waits.setdefault(name, destroy_wait)

    def add_version(self, name: str, data: bytes) -> None:
        """Add a version as a person at the console would, without a call."""
        self._secrets[name].append(
            _SecretVersion(len(self._secrets[name]) + 1, self._clock(), data, checksum_given=False)
        )

    def stored(self, name: str) -> list[bytes]:
        """Return what the versions of a secret hold, the first version first; a destroyed one is empty."""
        return [version.data for version in self._secrets[name]]

    def names(self) -> list[str]:
        """Name the secrets."""
        return sorted(self._secrets)

    def lag(self, name: str) -> None:
        """Let lists and `latest` show what a secret has now, whatever is added, until `catch_up`."""
        self._seen[name] = len(self._secrets[name])

    def catch_up(self, name: str) -> None:
        """End the lag of a secret."""
        self._seen.pop(name, None)

    def handlers(self) -> Handlers:
        """Return what a gRPC server needs to serve this."""
        v1 = secretmanager_v1
        methods = {
            "AddSecretVersion": (self._add, v1.AddSecretVersionRequest, v1.SecretVersion),
            "AccessSecretVersion": (self._access, v1.AccessSecretVersionRequest, v1.AccessSecretVersionResponse),
            "ListSecrets": (self._secrets_of, v1.ListSecretsRequest, v1.ListSecretsResponse),
            "ListSecretVersions": (self._list, v1.ListSecretVersionsRequest, v1.ListSecretVersionsResponse),
            "GetSecretVersion": (self._get, v1.GetSecretVersionRequest, v1.SecretVersion),
            "DisableSecretVersion": (self._disable, v1.DisableSecretVersionRequest, v1.SecretVersion),
            "DestroySecretVersion": (self._destroy, v1.DestroySecretVersionRequest, v1.SecretVersion),
        }
        return self._wire.handlers("google.cloud.secretmanager.v1.SecretManagerService", methods)

    def _add(self, request: secretmanager_v1.AddSecretVersionRequest) -> secretmanager_v1.SecretVersion:
        versions = self._versions(request.parent)
        data, checksum = request.payload.data, request.payload.data_crc32c
        given = "data_crc32c" in request.payload
        if given and checksum != google_crc32c.value(data):
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "The checksum does not match the data that arrived.")
        if not 0 < len(data) <= _LIMIT:
            raise Refusal(grpc.StatusCode.INVALID_ARGUMENT, "The payload must have 1 to 65536 bytes.")
        version = _SecretVersion(len(versions) + 1, self._clock(), data, given)
        versions.append(version)
        return _shown(request.parent, version)

    def _access(
        self, request: secretmanager_v1.AccessSecretVersionRequest
    ) -> secretmanager_v1.AccessSecretVersionResponse:
        version = self._version(request.name)
        if version.state != State.ENABLED:
            text = f"Secret Version [{request.name}] is in {State(version.state).name} state."
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, text)
        return secretmanager_v1.AccessSecretVersionResponse(
            name=_numbered(_parent(request.name), version),
            payload=secretmanager_v1.SecretPayload(data=version.data, data_crc32c=google_crc32c.value(version.data)),
        )

    def _secrets_of(self, request: secretmanager_v1.ListSecretsRequest) -> secretmanager_v1.ListSecretsResponse:
        """Answer all from `page_token` on or `page_size` of them, by name."""
        names = [name for name in self.names() if name.startswith(f"{request.parent}/secrets/")]
        begin = int(request.page_token or 0)
        end = begin + (request.page_size or len(names))
        shown = [name.replace(request.parent, f"projects/{_PROJECT_NUMBER}", 1) for name in names[begin:end]]
        return secretmanager_v1.ListSecretsResponse(
            secrets=[secretmanager_v1.Secret(name=name) for name in shown],
            next_page_token=str(end) if end < len(names) else "",
            total_size=len(names),
        )

    def _list(self, request: secretmanager_v1.ListSecretVersionsRequest) -> secretmanager_v1.ListSecretVersionsResponse:
        """Answer the newest first, all from `page_token` on or `page_size` of them."""
        versions = self._listed(request.parent)[::-1]
        begin = int(request.page_token or 0)
        end = begin + (request.page_size or len(versions))
        return secretmanager_v1.ListSecretVersionsResponse(
            versions=[_shown(request.parent, version) for version in versions[begin:end]],
            next_page_token=str(end) if end < len(versions) else "",
            total_size=len(versions),
        )

    def _get(self, request: secretmanager_v1.GetSecretVersionRequest) -> secretmanager_v1.SecretVersion:
        return _shown(_parent(request.name), self._version(request.name))

    def _disable(self, request: secretmanager_v1.DisableSecretVersionRequest) -> secretmanager_v1.SecretVersion:
        version = self._undestroyed(request.name)
        version.state = State.DISABLED
        return _shown(_parent(request.name), version)

    def _destroy(self, request: secretmanager_v1.DestroySecretVersionRequest) -> secretmanager_v1.SecretVersion:
        version = self._undestroyed(request.name)
        wait = self._waits[_parent(request.name)]
        if wait:
            version.state, version.destroy_at = State.DISABLED, version.destroy_at or self._clock() + wait
        else:
            version.state, version.destroyed, version.data = State.DESTROYED, self._clock(), b""
        return _shown(_parent(request.name), version)

    def _versions(self, secret: str) -> list[_SecretVersion]:
        if secret not in self._secrets:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"Secret [{secret}] not found.")
        for version in self._secrets[secret]:
            if version.destroy_at is not None and version.destroy_at <= self._clock():
                version.state, version.destroyed, version.data = State.DESTROYED, version.destroy_at, b""
                version.destroy_at = None
        return self._secrets[secret]

    def _listed(self, secret: str) -> list[_SecretVersion]:
        return self._versions(secret)[: self._seen.get(secret)]

    def _version(self, name: str) -> _SecretVersion:
        secret, number = _parent(name), name.rpartition("/")[2]
        if number == "latest":
            found = self._listed(secret)[-1:]
        else:
            found = [version for version in self._versions(secret) if str(version.number) == number]
        if not found:
            raise Refusal(grpc.StatusCode.NOT_FOUND, f"Secret [{secret}] not found or has no versions.")
        return found[0]

    def _undestroyed(self, name: str) -> _SecretVersion:
        version = self._version(name)
        if version.state == State.DESTROYED:
            raise Refusal(grpc.StatusCode.FAILED_PRECONDITION, f"Secret Version [{name}] is in DESTROYED state.")
        return version


def _parent(version: str) -> str:
    return version.partition("/versions/")[0]


def _numbered(secret: str, version: _SecretVersion) -> str:
    """Name a version as replies do: the project by its number."""
    _, _, rest = secret.removeprefix("projects/").partition("/")
    return f"projects/{_PROJECT_NUMBER}/{rest}/versions/{version.number}"


def _shown(secret: str, version: _SecretVersion) -> secretmanager_v1.SecretVersion:
    return secretmanager_v1.SecretVersion(
        name=_numbered(secret, version),
        state=version.state,
        create_time=version.created,
        destroy_time=version.destroyed,
        scheduled_destroy_time=version.destroy_at,
        client_specified_payload_checksum=version.checksum_given,
    )
