"""Erase everything personal and report it, or one person on request. Called by the schedule daily, and by operators."""

import os
from functools import partial

from prizedraw import erase
from prizedraw.adapters import drive, erasers
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keysets, kms
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.storage import published, reports
from prizedraw.campaign import definition
from prizedraw.erasure import report_pdf
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[erase.ErasureOrder]:
    """Hand `erase` its powers: look at every place and empty it, know people by keyed values, sign the report."""
    campaign = definition.load(settings.campaign_file)
    cloud_kms, manager = kms.connect(settings), versions.connect(settings)
    reader, unwrapper = versions.SecretReader(manager, settings), kms.KeysetUnwrapper(cloud_kms, settings)
    return partial(
        erase.run,
        campaign=campaign,
        manifest=settings.manifest,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        reports=reports.open_reports(settings),
        signer=kms.EvidenceSigner(cloud_kms, settings),
        index=keysets.KeysetPrf(reader, unwrapper, "index"),
        claim=keysets.KeysetPrf(reader, unwrapper, "claim"),
        form=drive.GoogleFormFile(settings, campaign.form.id, clock=host.clock),
        sheets=drive.SheetFile(settings, clock=host.clock),
        mailbox=erasers.mailbox(settings, campaign, reader.latest),
        histories=erasers.histories(settings),
        erasers=erasers.erasers(settings, cloud_kms, manager),
        render=report_pdf.render,
        clock=host.clock,
    )


main = edge.operator(erase.STEP, erase.ErasureOrder, wire, os.environ)
