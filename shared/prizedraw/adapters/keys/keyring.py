"""Bring a campaign's keysets to a function: one client of each service, each keyset read when it is first used."""

from prizedraw.adapters.keys import kms
from prizedraw.adapters.keys.keysets import KeysetOpener, KeysetPrf, KeysetSealer
from prizedraw.adapters.secrets import versions
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import Purpose


class Keyring:
    """The keysets of a campaign, as far as the grants of a function reach; *kms* and *secrets* are the clients."""

    def __init__(self, settings: Settings) -> None:
        self.kms = kms.connect(settings)
        self.secrets = versions.connect(settings)
        self._reader = versions.SecretReader(self.secrets, settings)
        self._unwrapper = kms.KeysetUnwrapper(self.kms, settings)

    def sealer(self, purpose: Purpose) -> KeysetSealer:
        """Return what seals for *purpose*, by the public half of its keyset."""
        return KeysetSealer(self._reader, purpose)

    def opener(self, purpose: Purpose) -> KeysetOpener:
        """Return what opens for *purpose*, by the private half of its keyset."""
        return KeysetOpener(self._reader, self._unwrapper, purpose)

    def prf(self, name: str) -> KeysetPrf:
        """Return the keyed hash *name*: `index` or `claim`."""
        return KeysetPrf(self._reader, self._unwrapper, name)

    def secret(self, name: str) -> bytes | None:
        """Return the newest version of another secret of the campaign; None if it has none."""
        return self._reader.latest(name)
