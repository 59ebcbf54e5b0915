"""Fix the pool and commit to it. Called by the schedule after closing, and by operators in the console."""

from functools import partial

from prizedraw import freeze
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import kms
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[freeze.FreezeOrder]:
    """Hand `freeze` its powers: read entries without opening them, publish and sign."""
    return partial(
        freeze.run,
        campaign=definition.load(settings.campaign_file),
        manifest=settings.manifest,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        signer=kms.EvidenceSigner(kms.connect(settings), settings),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(freeze.STEP, freeze.FreezeOrder, wire)
