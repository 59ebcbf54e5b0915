"""Set the stage of a rehearsal: databases, local Google, functions; and look in where no function may."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.memory import Memory
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.secrets.passwords import SECRET as PASSWORD
from prizedraw.entries.ids import Envelopes
from prizedraw.fulfilment import claim_code
from prizedraw.ports import Document, ListedStore
from prizedraw.rehearsal.calls import Calls, RecordedStore
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import ROOT, Answered, Functions
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer

DATABASES = ("sealed", "state")
STEPS = ("prepare", "intake", "freeze", "draw", "notify", "claim", "forfeit", "ship", "analyse", "erase", "status")


@dataclass
class Stores:
    """The two databases, in memory or in Google's emulator."""

    memory: Mapping[str, Memory] | None
    emulator: FirestoreEmulator | None

    def open(self, settings: Settings, name: str) -> ListedStore:
        """Open a database as a function does."""
        return self.memory[name] if self.memory is not None else database.Database(settings, name)

    def recorded(self, calls: Calls) -> Callable[[Settings, str], ListedStore]:
        """Return what opens a database for the functions, and records in *calls* what they do with it."""
        return lambda settings, name: RecordedStore(self.open(settings, name), calls, name)

    def dump(self, settings: Settings) -> dict[str, Document]:
        """Return every stored document, raw, by database and path."""
        found: dict[str, Document] = {}
        for name in DATABASES:
            documents: Mapping[str, Document] = {}
            if self.memory is not None:
                documents = self.memory[name].dump()
            elif self.emulator is not None:
                documents = self.emulator.dump(name)
            found |= {f"{name}/{path}": document for path, document in documents.items()}
        return found


@dataclass
class RehearsalStage:
    """All that a campaign plays on."""

    google: LocalGoogle
    settings: Settings
    stores: Stores
    functions: Functions
    replies: list[Answered] = field(default_factory=list)

    def open(self, name: str) -> ListedStore:
        """Open a database as a function does."""
        return self.stores.open(self.settings, name)

    def sealing(self) -> Envelopes:
        """Return what `intake` holds: only with the index keyset can a response be found by its id."""
        reader = versions.SecretReader(versions.connect(self.settings), self.settings)
        unwrapper = kms.KeysetUnwrapper(kms.connect(self.settings), self.settings)
        return Envelopes(
            ContactSealer(self.settings.campaign, keysets.KeysetSealer(reader, Purpose.CONTACT)),
            SurveySealer(self.settings.campaign, keysets.KeysetSealer(reader, Purpose.SURVEY)),
            keysets.KeysetPrf(reader, unwrapper, "index"),
        )

    def password(self) -> str:
        """Return the password of the shipping list, as an operator looks it up in Secret Manager."""
        reader = versions.SecretReader(versions.connect(self.settings), self.settings)
        return (reader.latest(PASSWORD) or b"").decode()

    def codes(self) -> Callable[[str, str], str]:
        """Return how a claim code follows from label and prize: what the winners' mails said."""
        reader = versions.SecretReader(versions.connect(self.settings), self.settings)
        prf = keysets.KeysetPrf(reader, kms.KeysetUnwrapper(kms.connect(self.settings), self.settings), "claim")
        return partial(claim_code.code_for, prf)


def furnish(workshop: Path, campaign: str, text: str) -> dict[str, str]:
    """
    Write the campaign file *text* and build the real archives, since the commitment names the code that draws.

    Return what the environment of the functions says of them.
    """
    (workshop / f"{campaign}.yaml").write_text(text, encoding="utf-8")
    script = str(ROOT / "scripts" / "build_archives.py")
    subprocess.run([sys.executable, script, "--out", str(workshop)], check=True, capture_output=True)  # noqa: S603  ours
    return {"CAMPAIGNS": str(workshop), "MANIFEST": str(workshop / "manifest.json")}


def build(
    stack: ExitStack, google: LocalGoogle, host: edge.Host, environ: Mapping[str, str], *, emulator: bool
) -> RehearsalStage:
    """Provision what Terraform would, start what must run, and serve the functions until *stack* is closed."""
    running = stack.enter_context(FirestoreEmulator()) if emulator else None
    environ = dict(environ)
    if running is not None:
        environ["FIRESTORE_EMULATOR_HOST"] = running.host
    settings = Settings.from_env(environ)
    google.provision(settings)
    stores = Stores(None if running else {name: Memory(settings.campaign) for name in DATABASES}, running)
    calls = google.calls
    host = replace(host, stores=stores.recorded(calls))
    functions = stack.enter_context(Functions(list(STEPS), environ, host))
    functions.on_press.append(calls.serve)
    functions.on_answer.append(lambda _: calls.serve(""))
    stage = RehearsalStage(google, settings, stores, functions)
    functions.on_answer.append(stage.replies.append)
    return stage
