"""
Look at the form's file and at spreadsheets: how many responses are left, and whether the file lies in the bin.

The Forms API cannot delete a response; the owner does, or deletes the form. A file in its owner's bin can still be read
by whoever it is shared with, its responses too, and stays there for 30 days
(https://developers.google.com/workspace/drive/api/guides/delete). Drive tells when it was binned in shared drives only.

Drive and Forms say "not found" of what is gone and of what is no longer shared. Nothing is concluded from it here.

The form and the sheet must be shared with the account; beside the scopes of `forms` it needs `SCOPES`.
"""

from datetime import datetime, timedelta

from google.api_core.retry import Retry

from prizedraw.adapters.forms.form import GoogleForm
from prizedraw.adapters.google.http import READS, Api, ApiWire, NotShared, get, path_of
from prizedraw.errors import Problem, Refused
from prizedraw.ports import Clock, Document, Found
from prizedraw.runtime.settings import Settings
from prizedraw.times import instant, moment_of, utc_now

SCOPES = ("https://www.googleapis.com/auth/drive.metadata.readonly",)
BIN = timedelta(days=30)
"""How long a file lies in the bin before it goes for good."""

AWAY = Problem("E-173", "Googleドライブが混み合っているか、応答がありません。しばらくしてからやり直します。")
UNAUTHORISED = Problem(
    "E-174",
    "この機能には Google Drive API を使う許可がありません（APIの有効化、実行用アカウント、スコープのいずれか）。"
    "構築担当に連絡してください。",
)
REJECTED = Problem(
    "E-175", "Google Drive API が想定外の返事をしました（状態コード {status}）。保守担当に連絡してください。"
)

_FIELDS = "trashed,trashedTime"


class DriveFile:
    """
    A look at one file (port `Witness`): `count` is 1 while it is there, None once it is gone or no longer shared.

    `until` is the latest moment at which the owner can still take it out of the bin.
    """

    def __init__(self, api: Api, file_id: str, clock: Clock) -> None:
        self._api = api
        # A file in a shared drive is "not found" for whoever does not claim to know shared drives.
        self._call = get(path_of("drive", "v3", "files", file_id), fields=_FIELDS, supportsAllDrives="true")
        self._clock = clock

    def look(self) -> Found:
        """
        Ask Drive for the file.

        Raises:
            Again: Drive is away.
            Broken: the account may not use the API.
        """
        file = self._file()
        return Found(None) if file is None else Found(1, self._until(file))

    def binned_until(self) -> datetime | None:
        """Tell until when the file can be taken out of the bin; None if it is not there, or Drive cannot tell."""
        file = self._file()
        return None if file is None else self._until(file)

    def _file(self) -> Document | None:
        try:
            return self._api.read(self._call)
        except NotShared:
            return None

    def _until(self, file: Document) -> datetime | None:
        if not file.get("trashed"):
            return None
        since = file.get("trashedTime")
        # Since when it lies in a bin of My Drive is not told: from now on it is 30 days at most.
        return (moment_of(instant(since)) if since else self._clock()) + BIN


class GoogleFormFile:
    """A look at the form's file (port `FormFile`)."""

    def __init__(self, settings: Settings, form_id: str, retry: Retry = READS, clock: Clock = utc_now) -> None:
        self._form = GoogleForm(settings, form_id, retry)
        self._file = DriveFile(_api(settings, retry), form_id, clock)

    def look(self) -> Found:
        """
        Count the responses, also of a form in the bin, without fetching what they say.

        Raises:
            Again: Forms or Drive is away.
            Broken: the account may not use one of the two.
        """
        count: int | None = None
        try:
            count = self._form.count()
        except Refused:
            count = None  # gone, or no longer ours to read
        return Found(count, self._file.binned_until())

    def linked_sheet(self) -> str:
        """
        Return the id of the linked spreadsheet, empty if there is none.

        Raises:
            Refused: the form is gone or not shared with this function's account.
            Again: Forms is away.
            Broken: the account may not use the API.
        """
        return str(self._form.form().get("linkedSheetId", ""))


class SheetFile:
    """A look at spreadsheets by their ids (port `Sheets`)."""

    def __init__(self, settings: Settings, retry: Retry = READS, clock: Clock = utc_now) -> None:
        self._api = _api(settings, retry)
        self._clock = clock

    def of(self, sheet_id: str) -> DriveFile:
        """Return what looks at one spreadsheet."""
        return DriveFile(self._api, sheet_id, self._clock)


def _api(settings: Settings, retry: Retry) -> Api:
    wire = ApiWire("www.googleapis.com", settings, SCOPES)
    return Api(wire, retry, away=AWAY, unauthorised=UNAUTHORISED, rejected=REJECTED)
