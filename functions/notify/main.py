"""Send what is due, to the ward and to winners. Called by the schedule, and by operators for samples and resends."""

from functools import partial

from prizedraw import notify
from prizedraw.adapters.firestore import database
from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.keys import keyring
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.mail import references
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactOpener, Purpose


def wire(settings: Settings, host: edge.Host) -> edge.Step[notify.NotifyOrder]:
    """Hand `notify` its powers: open addresses, derive claim codes, read published files, send mail."""
    campaign = definition.load(settings.campaign_file)
    keys = keyring.Keyring(settings)
    client = mailer.connect(settings, lambda: keys.secret("gmail"))
    return partial(
        notify.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        contact=ContactOpener(campaign.id, keys.opener(Purpose.CONTACT)),
        claim=keys.prf("claim"),
        mailer=mailer.GmailMailer(client),
        bounces=mailer.GmailBounces(client, references.REFERENCE),
        sleep=host.sleep,
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(notify.STEP, notify.NotifyOrder, wire)
