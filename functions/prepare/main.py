"""Make everything ready before opening. Pressed by operators in the console."""

import os
from functools import partial

from prizedraw import prepare
from prizedraw.adapters import firestore, forms, keysets, kms, secrets, storage
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Order
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[Order]:
    """Hand `prepare` its powers: read the form, add keysets, publish the rules."""
    campaign = definition.load(settings.campaign_file)
    cloud_kms, manager = kms.connect(settings), secrets.connect(settings)
    return partial(
        prepare.run,
        campaign=campaign,
        form=forms.GoogleForm(settings, campaign.form.id),
        keysets=keysets.TinkKeysetMaker(
            secrets.SecretWriter(manager, settings), kms.KeysetWrapper(cloud_kms, settings)
        ),
        state=host.database(firestore.Database, settings, "state"),
        published=storage.open_published(settings),
        signer=kms.EvidenceSigner(cloud_kms, settings),
        public_key=kms.EvidencePublicKey(cloud_kms, settings),
        clock=host.clock,
    )


main = edge.operator(prepare.STEP, Order, wire, os.environ)
