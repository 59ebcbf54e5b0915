"""Order the pool by the public randomness and publish the record. Called by the schedule and by operators."""

import os
from functools import partial

from prizedraw import draw
from prizedraw.adapters import bls, drand, firestore, kms, storage
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[DrawOrder]:
    """Hand `draw` its powers: published files, public randomness, a signature. It can open nothing."""
    cloud_kms = kms.connect(settings)
    return partial(
        draw.run,
        state=host.database(firestore.Database, settings, "state"),
        published=storage.open_published(settings),
        beacon=drand.Relays(settings.drand_relays),
        verify=bls.verify,
        random=kms.HardwareRandom(cloud_kms, settings),
        signer=kms.EvidenceSigner(cloud_kms, settings),
        clock=host.clock,
    )


main = edge.operator(draw.STEP, DrawOrder, wire, os.environ)
