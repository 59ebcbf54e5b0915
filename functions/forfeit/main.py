"""Let go of places; the next reserves move up. Called by the schedule, and by operators in the console."""

from functools import partial

from prizedraw import forfeit
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import kms
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[forfeit.ForfeitOrder]:
    """Hand `forfeit` its powers: labels, published files, a signature. It can open nothing."""
    return partial(
        forfeit.run,
        campaign=definition.load(settings.campaign_file),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        signer=kms.EvidenceSigner(kms.connect(settings), settings),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(forfeit.STEP, forfeit.ForfeitOrder, wire)
