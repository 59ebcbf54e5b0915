"""Tell where the campaign stands. Pressed by operators in the console, as often as they like."""

from functools import partial

from prizedraw import status
from prizedraw.adapters.firestore import database
from prizedraw.adapters.storage import published, reports
from prizedraw.campaign import definition
from prizedraw.runtime import edge
from prizedraw.runtime.settings import Settings


def wire(settings: Settings, host: edge.Host) -> edge.Step[status.StatusOrder]:
    """Hand `status` its powers: read `state` and the published files, write the journal, keep pages for the ward."""
    return partial(
        status.run,
        campaign=definition.load(settings.campaign_file),
        state=host.database(database.Database, settings, "state"),
        published=published.open_published(settings),
        reports=reports.open_reports(settings),
        address=reports.address_of(settings),
        clock=host.clock,
    )


main = edge.operator(status.STEP, status.StatusOrder, wire)
