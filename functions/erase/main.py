"""Erase everything personal and report it, or one person on request. Called by the schedule daily, and by operators."""

from functools import partial

from prizedraw import erase
from prizedraw.adapters import drive, erasers
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keyring, kms
from prizedraw.adapters.storage import published, reports
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[erase.ErasureOrder]:
    """Hand `erase` its powers: look at every place and empty it, know people by keyed values, sign the report."""
    campaign, keys = definition.load(settings.campaign_file), keyring.Keyring(settings)
    return partial(
        erase.run,
        campaign=campaign,
        manifest=settings.manifest,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        reports=reports.open_reports(settings),
        signer=kms.EvidenceSigner(keys.kms, settings),
        index=keys.prf("index"),
        claim=keys.prf("claim"),
        form=drive.GoogleFormFile(settings, campaign.form.id, clock=host.clock),
        sheets=drive.SheetFile(settings, clock=host.clock),
        mailbox=erasers.mailbox(settings, campaign, keys.secret),
        histories=erasers.histories(settings),
        erasers=erasers.erasers(settings, keys.kms, keys.secrets),
        inventories=erasers.inventories(settings, keys.secrets),
        times=settings.run_times,
        clock=host.clock,
    )


main = edge.operator(erase.STEP, erase.ErasureOrder, wire)
