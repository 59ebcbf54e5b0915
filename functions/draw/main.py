"""Order the pool by the public randomness and publish the record. Called by the schedule and by operators."""

from functools import partial

from prizedraw import draw
from prizedraw.adapters.drand import bls, relays
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import kms
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[DrawOrder]:
    """Hand `draw` its powers: published files, public randomness, a signature. It can open nothing."""
    cloud_kms = kms.connect(settings)
    return partial(
        draw.run,
        campaign=definition.load(settings.campaign_file),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        beacon=relays.Relays(settings.drand_relays),
        verify=bls.verify,
        random=kms.HardwareRandom(cloud_kms, settings),
        signer=kms.EvidenceSigner(cloud_kms, settings),
        clock=host.clock,
    )


main = edge.operator(draw.STEP, DrawOrder, wire)
