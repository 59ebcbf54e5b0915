"""Pull, judge, seal and store responses. Pushed by Pub/Sub: notifications of the form, and a Scheduler tick."""

import os
from functools import partial

from prizedraw import campaign, edge, intake
from prizedraw.adapters import firestore, forms, keysets, kms, secrets
from prizedraw.ledger import Sealing
from prizedraw.orders import Message
from prizedraw.sealing import ContactSealer, Purpose, SurveySealer
from prizedraw.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[Message]:
    """Hand `intake` its powers: read the form, keep its watch, seal for two purposes, index, write."""
    rules = campaign.load(settings.campaign_file)
    reader = secrets.SecretReader(secrets.connect(settings), settings)
    unwrapper = kms.KeysetUnwrapper(kms.connect(settings), settings)
    return partial(
        intake.run,
        campaign=rules,
        sealed=host.database(firestore.Database, settings, "sealed"),
        state=host.database(firestore.Database, settings, "state"),
        form=forms.GoogleForm(settings, rules.form.id),
        watches=forms.GoogleWatches(settings, rules.form.id),
        sealing=Sealing(
            ContactSealer(rules.id, keysets.KeysetSealer(reader, Purpose.CONTACT)),
            SurveySealer(rules.id, keysets.KeysetSealer(reader, Purpose.SURVEY)),
            keysets.KeysetPrf(reader, unwrapper, "index"),
        ),
        clock=host.clock,
    )


main = edge.subscriber(intake.STEP, wire, os.environ)
