"""A whole campaign in this process, real functions on a local Google, so that a test can look everywhere."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from prizedraw.ports import Document
from prizedraw.rehearsal import inputs, played
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.stage import RehearsalStage, build
from prizedraw.rehearsal.until_winners import Clock, Play
from prizedraw.runtime import edge
from prizedraw.times import utc_now
from support import archives
from support.builders import FILE


@dataclass
class Staged:
    """
    A campaign that is about to be played.

    *logs* is what the functions print, *temporary* the folder in which they would leave temporary files.
    """

    play: Play
    logs: Path
    temporary: Path

    @property
    def stage(self) -> RehearsalStage:
        return self.play.stage

    @property
    def google(self) -> LocalGoogle:
        return self.play.stage.google

    def documents(self) -> dict[str, Document]:
        """Return every stored document, raw, by database and path."""
        return self.stage.stores.dump(self.stage.settings)


Stager = Callable[..., AbstractContextManager[Staged]]
"""What `staged` is: the fixture of that name hands it out, with its time limit."""


@contextmanager
def staged(
    folder: Path,
    applicants: int = 60,
    seed: int = 11,
    *,
    keeps_versions: bool = False,
    given: tuple[Path, Path] | None = None,
) -> Iterator[Staged]:
    """
    Set the stage in *folder*; with *keeps_versions* the buckets keep old versions, and deleted objects for a week.

    *given*, a campaign file and one of responses, is played in place of the campaign of the repository and of what is
    invented.
    """
    clock = Clock(utc_now())
    google = LocalGoogle(clock)
    campaign, text = inputs.read_campaign(given[0] if given else FILE, google.drand.randomness())
    clock.now = campaign.opens_at - timedelta(days=7)
    playing = played.read(given[1], campaign) if given else played.invent(campaign, applicants, seed)
    workshop, temporary, logs = folder / "workshop", folder / "tmp", folder / "logs.jsonl"
    for made in (workshop, temporary):
        made.mkdir()
    (workshop / f"{campaign.id}.yaml").write_text(text, encoding="utf-8")
    shutil.copytree(archives.built(), workshop, dirs_exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_temporary_files_in(temporary))
        stack.enter_context(google)
        places = {"CAMPAIGNS": str(workshop), "MANIFEST": str(workshop / "manifest.json")}
        environ = {**google.environ(campaign.id), **places}
        if keeps_versions:
            for name in ("CLAIMS_BUCKET", "EXPORTS_BUCKET"):
                google.storage.create_bucket(environ[name], versioning=True, soft_delete=timedelta(days=7))
        file = stack.enter_context(logs.open("w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(file))
        stack.enter_context(contextlib.redirect_stderr(file))
        stage = build(stack, google, edge.Host(clock, clock.sleep), environ, emulator=False)
        yield Staged(Play(campaign, clock, stage, playing, lambda *_: None), logs, temporary)


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    variable = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(folder)
    try:
        yield
    finally:
        tempfile.tempdir = before
        os.environ.pop("TMPDIR")
        if variable is not None:
            os.environ["TMPDIR"] = variable
