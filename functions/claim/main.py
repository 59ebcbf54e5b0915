"""Import the addresses that winners registered. Pushed by Pub/Sub: Cloud Storage announces a file that was dropped."""

from functools import partial

from prizedraw import claim
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keyring
from prizedraw.adapters.storage import claims, published
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Message
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import DeliverySealer, Purpose


def wire(settings: Settings, host: edge.Host) -> edge.Step[Message]:
    """Hand `claim` its powers: take the dropped file, read who won, derive codes, seal for delivery, write, erase."""
    campaign = definition.load(settings.campaign_file)
    keys = keyring.Keyring(settings)
    return partial(
        claim.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        bucket=claims.DroppedFiles(settings),
        sealer=DeliverySealer(campaign.id, keys.sealer(Purpose.DELIVERY)),
        claim=keys.prf("claim"),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.subscriber(claim.STEP, wire)
