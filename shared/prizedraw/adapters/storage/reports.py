"""
Keep reports for the ward in their bucket, create-only, as published files are kept in theirs (`storage`).

The account needs to create, get and list objects there, and can neither change nor remove one.
"""

from google.cloud.storage import Bucket

from prizedraw.adapters.storage.published import PATIENCE_SECONDS, CreateOnlyBucket, open_bucket
from prizedraw.errors import Broken, Problem
from prizedraw.runtime.settings import Settings

NO_BUCKET = Problem("E-191", "報告用バケットの設定（REPORTS_BUCKET）がありません。構築担当に連絡してください。")


def open_reports(settings: Settings, patience: float = PATIENCE_SECONDS) -> CreateOnlyBucket:
    """Return what keeps the reports (port `Reports`)."""
    return CreateOnlyBucket(lambda: _reports(settings), patience)


def _reports(settings: Settings) -> Bucket:
    if not settings.reports_bucket:
        raise Broken(NO_BUCKET)
    return open_bucket(settings, settings.reports_bucket)
