"""Hold a Google Cloud project as Terraform leaves it, on loopback: local Google, Firestore's emulator, a campaign."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.world import CAMPAIGN, FILE, FORM
from prizedraw.adapters.keys import kms
from prizedraw.adapters.keys.keysets import TinkKeysetMaker
from prizedraw.adapters.secrets import versions
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from prizedraw.times import utc_now


class Entry(Enum):
    """Where the days of entry lie: functions in processes of their own go by the real clock."""

    TO_COME = ("", "2026-0")
    """At this century's end."""
    OPEN = ("opens_at|begins", "2026-0")
    """Opened, and until this century's end."""
    OVER = ("", "")

    def dated(self, text: str) -> str:
        """Return the text of a campaign file with its days moved, but those in the lines that begin with *kept*."""
        kept, moved = self.value
        if not moved:
            return text
        far = re.sub(f'"{moved}', '"2096-0', text)
        return re.sub(rf'^( *(?:{kept}): )"2096-0', r'\1"2026-0', far, flags=re.MULTILINE) if kept else far


@dataclass
class Project:
    """Hold what functions are pointed at by *environ*, and a *folder* for their archives."""

    google: LocalGoogle
    emulator: FirestoreEmulator
    environ: dict[str, str]
    folder: Path

    def make_keysets(self) -> None:
        """Make all keysets, as `prepare` does, which would refuse to once entry has opened."""
        settings = Settings.from_env(self.environ)
        wrapper = kms.KeysetWrapper(kms.connect(settings), settings)
        maker = TinkKeysetMaker(versions.SecretWriter(versions.connect(settings), settings), wrapper)
        for name in maker.missing():
            maker.make(name)


@contextmanager
def project(entry: Entry) -> Iterator[Project]:
    """Provide a project until the block ends; its campaign's days of entry lie as *entry* says."""
    with TemporaryDirectory() as folder, LocalGoogle(utc_now) as google, FirestoreEmulator() as emulator:
        campaigns = Path(folder) / "campaigns"
        campaigns.mkdir()
        text = FILE.read_text(encoding="utf-8")
        (campaigns / FILE.name).write_text(entry.dated(text), encoding="utf-8")
        environ = {
            **google.environ(CAMPAIGN.id),
            "FIRESTORE_EMULATOR_HOST": emulator.host,
            "CAMPAIGNS": str(campaigns),
        }
        google.provision(Settings.from_env(environ))
        google.forms.put_form(FORM)
        yield Project(google, emulator, environ, Path(folder) / "functions")
