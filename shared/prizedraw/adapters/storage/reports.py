"""
Keep reports for the ward in their bucket, create-only, as published files are kept in theirs (`published`).

The account needs to create, get and list objects there, and can neither change nor remove one.
"""

from prizedraw.adapters.storage.objects import PATIENCE_SECONDS, open_bucket
from prizedraw.adapters.storage.published import CreateOnlyBucket
from prizedraw.errors import Problem
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-191", "報告用バケットの設定（REPORTS_BUCKET）がありません。構築担当に連絡してください。")


def open_reports(settings: Settings, patience: float = PATIENCE_SECONDS) -> CreateOnlyBucket:
    """Return what keeps the reports (port `Reports`)."""
    return CreateOnlyBucket(lambda: open_bucket(settings, settings.reports_bucket, NO_BUCKET), patience)


def address_of(settings: Settings) -> str:
    """
    Return where a browser opens the files, up to and with the last slash, for who is signed in and may read them.

    https://docs.cloud.google.com/storage/docs/access-control/cookie-based-authentication
    """
    return f"https://storage.cloud.google.com/{settings.reports_bucket}/"
