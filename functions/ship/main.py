"""Make the shipping list, and take back what was shipped. Pressed by operators in the console."""

from functools import partial

from prizedraw import ship
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keyring
from prizedraw.adapters.secrets import passwords
from prizedraw.adapters.storage import exports, published
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import DeliveryOpener, Purpose


def wire(settings: Settings, host: edge.Host) -> edge.Step[ship.ShipOrder]:
    """Hand `ship` its powers: read who won, open deliveries, put a file and its password where operators take them."""
    campaign = definition.load(settings.campaign_file)
    keys = keyring.Keyring(settings)
    return partial(
        ship.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        delivery=DeliveryOpener(campaign.id, keys.opener(Purpose.DELIVERY)),
        exports=exports.ExportsBucket(settings),
        passwords=passwords.ShippingPasswords(keys.secrets, settings),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(ship.STEP, ship.ShipOrder, wire)
