"""
List the secrets of the project in Secret Manager; what they hold is not read.

The account needs `secretmanager.secrets.list` on the project.
"""

from prizedraw.adapters.secrets.versions import SecretManager, secretmanager_v1
from prizedraw.ports import Listed
from prizedraw.runtime.settings import Settings

_PAGE = 25_000


class SecretList:
    """
    The secrets of the project (port `Inventory`).

    Every call raises `Again` where Secret Manager is away, and `Broken` where it refuses.
    """

    def __init__(self, secret_manager: SecretManager, settings: Settings) -> None:
        self._secret_manager = secret_manager
        self._project = f"projects/{settings.project}"
        self._prefix = f"{settings.campaign}-"

    def listed(self) -> list[Listed]:
        """List the secrets: those of the campaign as in `Settings.secret`, others by `/` and their names."""
        found: list[Listed] = []
        token = ""
        while True:
            request = secretmanager_v1.ListSecretsRequest(parent=self._project, page_size=_PAGE, page_token=token)
            page = self._secret_manager.call_existing(secretmanager_v1.SecretManagerServiceClient.list_secrets, request)
            found += [Listed(self._named(secret.name.rpartition("/")[2])) for secret in page.secrets]
            token = page.next_page_token
            if not token:
                return found

    def _named(self, secret: str) -> str:
        return secret.removeprefix(self._prefix) if secret.startswith(self._prefix) else f"/{secret}"
