"""Ask `gcloud`, and tell apart what its answers and refusals mean. Only calls of the list are made, and they read."""

import json
import re
import subprocess
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from examination.calls import CALLS, READING, Call

_SECONDS = 120
_ALWAYS = ("--format=json", "--quiet")


@dataclass(frozen=True)
class Answer:
    """What a command gave back."""

    status: int
    out: str = ""
    err: str = ""


Run = Callable[[Sequence[str]], Answer]
"""Run `gcloud` with arguments: the port to the world."""


class NotUsable(Exception):
    """Say, in Japanese and in English, why nothing can be examined here, and what to do."""

    def __init__(self, ja: str, en: str) -> None:
        super().__init__(en)
        self.ja, self.en = ja, en


class Unseen(Exception):
    """Say why one reply could not be had (in both languages), and what it *needs*."""

    def __init__(self, call: Call, ja: str, en: str, needs: str) -> None:
        super().__init__(en)
        self.call, self.ja, self.en, self.needs = call, ja, en, needs


NO_GCLOUD = NotUsable(
    "gcloud がありません。Cloud Shell で実行するか、https://cloud.google.com/sdk/docs/install から入れてください。",
    "There is no gcloud. Run this in Cloud Shell, or install it: https://cloud.google.com/sdk/docs/install",
)
NOT_SIGNED_IN = NotUsable(
    "Google Cloud にサインインしていません。 gcloud auth login を実行してから、もう一度実行してください。",
    "Not signed in to Google Cloud. Run gcloud auth login, then this again.",
)
NO_NETWORK = NotUsable(
    "Google Cloud に届きません。ネットワークとプロキシの設定を確かめてから、もう一度実行してください。",
    "Google Cloud cannot be reached. See to the network and the proxy settings, then run this again.",
)

NOT_BORROWED = NotUsable(
    "サービスアカウントを借りられません（CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT）。借りる役割"
    " roles/iam.serviceAccountTokenCreator があるかを確かめるか、unset してください。",
    "The service account cannot be borrowed (CLOUDSDK_AUTH_IMPERSONATE_SERVICE_ACCOUNT). See to"
    " roles/iam.serviceAccountTokenCreator on it, or unset the variable.",
)
_BORROWS = re.compile(r"Failed to impersonate")
_SIGNED_OUT = re.compile(
    r"do not currently have an active account|auth login|Reauthentication|invalid_grant|refreshing your current auth"
    r"|invalid authentication credentials",
    re.IGNORECASE,
)
_NETWORK = re.compile(
    r"NameResolutionError|Failed to resolve|Max retries exceeded|ConnectionError|Unable to find the server"
    r"|Network is unreachable|gaierror|Could not reach|ProxyError",
)
_PERIMETER = re.compile(r"vpcServiceControlsUniqueIdentifier|prohibited by organization's policy")
_QUOTA = re.compile(r"RESOURCE_EXHAUSTED|Quota exceeded|rateLimitExceeded|\b429\b", re.IGNORECASE)
_API_OFF = re.compile(r"SERVICE_DISABLED|has not been used in project|is not enabled|API \[([\w.]+)\] not enabled")
_DENIED = re.compile(
    r"PERMISSION_DENIED|\b403\b|does not have (?:\S+ )?permission|Permission .{0,80} denied|forbidden", re.I
)
_ABSENT = re.compile(r"NOT_FOUND|\b404\b|does not exist|not found|Cannot find", re.IGNORECASE)


def run(arguments: Sequence[str]) -> Answer:
    """
    Run the `gcloud` of the path.

    Raises:
        NotUsable: there is none.
    """
    try:
        done = subprocess.run(  # noqa: S603 (arguments of the list of calls)
            ["gcloud", *arguments],  # noqa: S607 (the one that the person uses)
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_SECONDS,
            check=False,
        )
    except (FileNotFoundError, PermissionError) as error:
        raise NO_GCLOUD from error
    except subprocess.TimeoutExpired:
        return Answer(1, err=f"no answer for {_SECONDS} seconds")
    return Answer(done.returncode, done.stdout, done.stderr)


def arguments_of(call: Call, **parts: str) -> list[str]:
    """Return a call's arguments, filled in. Anything but a call that reads is refused."""
    if CALLS.get(call.name) != call or call.command[-1] not in READING:
        raise AssertionError(f"{call.name} is no call that only reads")
    return [*(word.format(**parts) for word in call.words.split()), *_ALWAYS]


@dataclass
class Look:
    """A project as `gcloud` shows it; each reply is asked for once. On *seed* the organisation's calls are counted."""

    run: Run
    project: str
    seed: str
    threads: int = 8
    _known: dict[tuple[str, ...], Any] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def at(self, name: str, **parts: str) -> Any:
        """
        Return a reply, or None of what is not there.

        Raises:
            Unseen: it could not be had.
            NotUsable: nothing can be had.
        """
        call = CALLS[name]
        arguments = arguments_of(call, **{"project": self.project, "seed": self.seed, **parts})
        key = tuple(arguments)
        with self._lock:
            known = self._known.get(key, self)
        if known is self:
            try:
                known = _understood(call, self.run(arguments))
            except Unseen as unseen:
                known = unseen
            with self._lock:
                self._known[key] = known
        if isinstance(known, Unseen):
            raise known
        return known

    def rows(self, name: str, **parts: str) -> list[dict[str, Any]]:
        """
        Return a reply that is a list of things.

        Raises:
            Unseen: it could not be had, or is no such list.
        """
        found = self.at(name, **parts)
        if found is None:
            return []
        if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
            raise _unreadable(CALLS[name])
        return found

    def one(self, name: str, **parts: str) -> dict[str, Any] | None:
        """
        Return a reply that is one thing, None if it is not there.

        Raises:
            Unseen: it could not be had, or is no thing.
        """
        found = self.at(name, **parts)
        if found is not None and not isinstance(found, dict):
            raise _unreadable(CALLS[name])
        return found

    def ahead(self, wanted: Iterable[tuple[str, dict[str, str]]]) -> None:
        """Ask for many replies at once, so that they are known when they are looked at."""
        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(self._try, wanted))

    def _try(self, wanted: tuple[str, dict[str, str]]) -> None:
        try:
            self.at(wanted[0], **wanted[1])
        except Unseen:
            return


def _understood(call: Call, answer: Answer) -> Any:
    if answer.status == 0:
        try:
            return json.loads(answer.out or "null")
        except ValueError as error:
            raise _unreadable(call) from error
    text = answer.err
    if _NETWORK.search(text):
        raise NO_NETWORK
    if _BORROWS.search(text):
        raise NOT_BORROWED
    if _SIGNED_OUT.search(text):
        raise NOT_SIGNED_IN
    raise_of_refusal(call, text)
    return None


def raise_of_refusal(call: Call, text: str) -> None:
    """Raise what a refusal means; return if it says that there is no such thing."""
    if _PERIMETER.search(text):
        raise Unseen(
            call,
            "VPC Service Controls の境界が、この場所からの呼び出しを断りました。",
            "The perimeter of VPC Service Controls refused a call from here.",
            "an address that the perimeter's access level admits",
        )
    if _QUOTA.search(text):
        raise Unseen(
            call,
            "呼び出しの上限に達しました。",
            "The quota for such calls is used up.",
            "a minute's wait, then scripts/doctor again",
        )
    api = _API_OFF.search(text)
    if api:
        raise Unseen(
            call,
            "この呼び出しに要る API が有効ではありません。",
            "An API that this call needs is not enabled.",
            f"gcloud services enable {_api_of(call, text)}",
        )
    if _DENIED.search(text):
        where = {"project": "the project"}.get(call.on, f"the {call.on}")
        raise Unseen(call, "見る権限がありません。", "No permission to see it.", f"{call.role} on {where}")
    if not _ABSENT.search(text):
        first = next((line.strip() for line in text.splitlines() if line.strip()), "no word")
        raise Unseen(
            call,
            f"gcloud が失敗しました（{first[:160]}）。",
            f"gcloud failed ({first[:160]}).",
            "gcloud components update, then scripts/doctor again",
        )


def _api_of(call: Call, text: str) -> str:
    found = re.search(r"([a-z]+\.googleapis\.com)", text)
    return found[1] if found else f"the API of gcloud {' '.join(call.command)}"


def _unreadable(call: Call) -> Unseen:
    return Unseen(
        call,
        "gcloud の返事を読めませんでした。",
        "gcloud's reply could not be read.",
        "gcloud components update, then scripts/doctor again",
    )
