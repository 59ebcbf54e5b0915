"""Publish tables and charts of what the entrants answered. By schedule, or pressed by operators in the console."""

from functools import partial

from prizedraw import analyse
from prizedraw.adapters.firestore import database
from prizedraw.adapters.keys import keyring
from prizedraw.adapters.storage import reports
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.orders import Order
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import Purpose, SurveyOpener


def wire(settings: Settings, host: edge.Host) -> edge.Step[Order]:
    """Hand `analyse` its powers: read entries, open their answers, create reports."""
    campaign = definition.load(settings.campaign_file)
    keys = keyring.Keyring(settings)
    return partial(
        analyse.run,
        campaign=campaign,
        sealed=host.database(database.Database, settings, "sealed"),
        state=host.database(database.Database, settings, "state"),
        survey=SurveyOpener(campaign.id, keys.opener(Purpose.SURVEY)),
        reports=reports.open_reports(settings),
        clock=host.clock,
    )


main = edge.operator(analyse.STEP, Order, wire)
