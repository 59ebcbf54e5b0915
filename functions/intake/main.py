"""Pull, judge, seal and store responses. Pushed by Pub/Sub: notifications of the form, and a Scheduler tick."""

from functools import partial

from prizedraw import intake
from prizedraw.adapters.firestore import database
from prizedraw.adapters.forms import form
from prizedraw.adapters.google.http import reads
from prizedraw.adapters.keys import keyring
from prizedraw.campaign import definition
from prizedraw.entries.ids import Envelopes
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Message
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer


def wire(settings: Settings, host: edge.Host) -> edge.Step[Message]:
    """Hand `intake` its powers: read the form, keep its watch, seal for two purposes, index, write."""
    campaign = definition.load(settings.campaign_file)
    keys = keyring.Keyring(settings)
    retry = reads(host.patience)
    return partial(
        intake.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        form=form.GoogleForm(settings, campaign.form.id, retry),
        watches=form.GoogleWatches(settings, campaign.form.id, retry),
        sealing=Envelopes(
            ContactSealer(campaign.id, keys.sealer(Purpose.CONTACT)),
            SurveySealer(campaign.id, keys.sealer(Purpose.SURVEY)),
            keys.prf("index"),
        ),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.subscriber(intake.STEP, wire)
