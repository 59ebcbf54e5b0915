"""Send what is due: the ward's commitment and record, the winners' mails. Called by the schedule."""

import os
from functools import partial

from prizedraw import notify
from prizedraw.adapters.firestore import database
from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.mail import compose
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Order
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactOpener, Purpose


def wire(settings: Settings, host: edge.Host) -> edge.Step[Order]:
    """Hand `notify` its powers: open addresses, derive claim codes, read published files, send mail."""
    campaign = definition.load(settings.campaign_file)
    reader = versions.SecretReader(versions.connect(settings), settings)
    client = mailer.connect(settings, lambda: reader.latest("gmail") or b"")
    unwrapper = kms.KeysetUnwrapper(kms.connect(settings), settings)
    return partial(
        notify.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        contact=ContactOpener(campaign.id, keysets.KeysetOpener(reader, unwrapper, Purpose.CONTACT)),
        claim=keysets.KeysetPrf(reader, unwrapper, "claim"),
        mailer=mailer.GmailMailer(client),
        bounces=mailer.GmailBounces(client, compose.REFERENCE),
        sleep=host.sleep,
        clock=host.clock,
    )


main = edge.operator(notify.STEP, Order, wire, os.environ)
