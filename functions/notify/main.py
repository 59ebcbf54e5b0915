"""Send what is due: the ward's commitment and record, the winners' mails. Called by the schedule."""

import os
from functools import partial

from prizedraw import notify
from prizedraw.adapters import firestore, gmail, keysets, kms, secrets, storage
from prizedraw.campaign import definition
from prizedraw.mail import compose
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Order
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactOpener, Purpose


def wire(settings: Settings, host: edge.Host) -> edge.Step[Order]:
    """Hand `notify` its powers: open addresses, derive claim codes, read published files, send mail."""
    campaign = definition.load(settings.campaign_file)
    reader = secrets.SecretReader(secrets.connect(settings), settings)
    client = gmail.connect(settings, lambda: reader.latest("gmail") or b"")
    unwrapper = kms.KeysetUnwrapper(kms.connect(settings), settings)
    return partial(
        notify.run,
        campaign=campaign,
        sealed=host.database(firestore.Database, settings, "sealed"),
        state=host.database(firestore.Database, settings, "state"),
        published=storage.open_published(settings),
        contact=ContactOpener(campaign.id, keysets.KeysetOpener(reader, unwrapper, Purpose.CONTACT)),
        claim=keysets.KeysetPrf(reader, unwrapper, "claim"),
        mailer=gmail.GmailMailer(client),
        bounces=gmail.GmailBounces(client, compose.REFERENCE),
        sleep=host.sleep,
        clock=host.clock,
    )


main = edge.operator(notify.STEP, Order, wire, os.environ)
