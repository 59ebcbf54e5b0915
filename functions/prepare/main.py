"""Make everything ready before opening. Pressed by operators in the console."""

from functools import partial

from prizedraw import prepare
from prizedraw.adapters.firestore import database
from prizedraw.adapters.forms import form
from prizedraw.adapters.google.http import reads
from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.storage import published
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[prepare.PrepareOrder]:
    """Hand `prepare` its powers: read the form, add keysets, publish the rules."""
    campaign = definition.load(settings.campaign_file)
    cloud_kms, manager = kms.connect(settings), versions.connect(settings)
    return partial(
        prepare.run,
        campaign=campaign,
        form=form.GoogleForm(settings, campaign.form.id, reads(host.patience)),
        keysets=keysets.TinkKeysetMaker(
            versions.SecretWriter(manager, settings), kms.KeysetWrapper(cloud_kms, settings)
        ),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        signer=kms.EvidenceSigner(cloud_kms, settings),
        public_key=kms.EvidencePublicKey(cloud_kms, settings),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(prepare.STEP, prepare.PrepareOrder, wire)
