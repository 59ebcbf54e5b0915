"""Put together, from the settings alone, what erases the buckets, secrets and keys of a campaign, and its mailbox."""

from collections.abc import Callable

from prizedraw.adapters.firestore import history
from prizedraw.adapters.firestore.history import DatabaseHistory, DatabaseList
from prizedraw.adapters.gmail import eraser
from prizedraw.adapters.gmail.eraser import CampaignMailbox
from prizedraw.adapters.keys.eraser import KeyEraser
from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS
from prizedraw.adapters.keys.kms import Kms
from prizedraw.adapters.secrets.eraser import SecretEraser
from prizedraw.adapters.secrets.inventory import SecretList
from prizedraw.adapters.secrets.passwords import SECRET as PASSWORD
from prizedraw.adapters.secrets.versions import SecretManager
from prizedraw.adapters.storage.eraser import BucketEraser
from prizedraw.adapters.storage.inventory import BucketList, ObjectList
from prizedraw.campaign.checks import start_of
from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Eraser, Inventory
from prizedraw.runtime.settings import Settings

DATABASES = ("sealed", "state")


def erasers(settings: Settings, kms: Kms, manager: SecretManager) -> dict[str, Eraser]:
    """Return what erases each bucket, secret and key, by its machine name in `places`."""
    buckets = {"claims": settings.claims_bucket, "exports": settings.exports_bucket}
    return {
        **{f"bucket/{role}": BucketEraser(settings, name) for role, name in buckets.items()},
        **{f"secret/{name}": SecretEraser(manager, settings, name) for name in (*SECRETS, PASSWORD)},
        **{f"key/{name}": KeyEraser(kms, settings, name) for name in KEYSETS},
    }


def histories(settings: Settings) -> dict[str, DatabaseHistory]:
    """Return what looks at the past of each database, by its name."""
    admin = history.connect(settings)
    return {name: DatabaseHistory(admin, settings, name) for name in DATABASES}


def inventories(settings: Settings, manager: SecretManager) -> dict[str, Inventory]:
    """Return what lists the databases, buckets and secrets of the project, and the objects of the kept buckets."""
    return {
        "database": DatabaseList(history.connect(settings), settings),
        "bucket": BucketList(settings),
        "bucket/published": ObjectList(settings, settings.published_bucket),
        "bucket/reports": ObjectList(settings, settings.reports_bucket),
        "secret": SecretList(manager, settings),
    }


def mailbox(settings: Settings, campaign: Campaign, read: Callable[[str], bytes | None]) -> CampaignMailbox:
    """Return what erases the campaign's mailbox from the first day of handling on; *read* reads a secret."""
    client = eraser.connect(settings, lambda: read(eraser.SECRET))
    return CampaignMailbox(client, start_of(campaign.handling.begins))
