"""Let go of places; the next reserves move up. Called by the schedule, and by operators in the console."""

import os
from functools import partial

from prizedraw import forfeit
from prizedraw.adapters import firestore, kms, storage
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[forfeit.ForfeitOrder]:
    """Hand `forfeit` its powers: labels, published files, a signature. It can open nothing."""
    return partial(
        forfeit.run,
        campaign=definition.load(settings.campaign_file),
        state=host.database(firestore.Database, settings, "state"),
        published=storage.open_published(settings),
        signer=kms.EvidenceSigner(kms.connect(settings), settings),
        clock=host.clock,
    )


main = edge.operator(forfeit.STEP, forfeit.ForfeitOrder, wire, os.environ)
