"""
Destroy the versions of a secret in Secret Manager.

The account needs, on the secret, `secretmanager.versions.list`, `get` and `destroy`; it cannot read one.
"""

from typing import Any

from prizedraw.adapters.secrets.versions import SecretManager, SecretVersions, is_destroyed, number_of
from prizedraw.ports import Found
from prizedraw.runtime.settings import Settings


class SecretEraser:
    """
    The eraser of one secret of the campaign, named as in `Settings.secret` (port `Eraser`).

    Every call raises `Again` where Secret Manager is away, and `Broken` where it refuses or there is no such secret.
    """

    def __init__(self, secret_manager: SecretManager, settings: Settings, secret: str) -> None:
        self._versions = SecretVersions(secret_manager, settings, secret)

    def look(self) -> Found:
        """
        Count the versions that nobody has destroyed; lists may lag behind an addition.

        `until` is when the last of those goes whose destruction the secret delays (`version_destroy_ttl`).
        """
        listed = self._versions.listed()
        delayed = [v.scheduled_destroy_time for v in listed if v.scheduled_destroy_time and not is_destroyed(v)]
        return Found(len(_left(listed)), max(delayed, default=None))

    def erase(self) -> int:
        """Destroy every version that is not destroyed already."""
        left = _left(self._versions.listed())
        for number in left:
            self._versions.destroy(number)
        return len(left)


def _left(listed: list[Any]) -> list[int]:
    return [number_of(v) for v in listed if not is_destroyed(v) and not v.scheduled_destroy_time]
