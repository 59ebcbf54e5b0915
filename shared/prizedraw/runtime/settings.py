"""
A function's settings, read from its environment, all faults at once.

The names are the same in every function; Terraform sets for each step those that the step uses.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from prizedraw.errors import Broken, Problem
from prizedraw.runtime.lease import RunTimes, run_times

INCOMPLETE = Problem("E-101", "設定が足りません（環境変数：{names}）。構築担当に連絡してください。")
ROOT = Path(__file__).resolve().parents[2]
"""The root of the archive: main.py, campaigns/ and manifest.json lie there."""

_NAMES = {
    "campaign": "CAMPAIGN",
    "project": "GOOGLE_CLOUD_PROJECT",
    "location": "LOCATION",
    "scheduler_account": "SCHEDULER_ACCOUNT",
}
_SECONDS = re.compile(r"[1-9]\d{1,3}", re.ASCII)
_TIMEOUT_SECONDS = 540
"""How long a function may run where its page does not say otherwise (`modules/function`)."""
_LOOPBACK = {
    "LOCAL_GOOGLE_HTTP": re.compile(r"http://127\.0\.0\.1:\d+", re.ASCII),
    "LOCAL_GOOGLE_GRPC": re.compile(r"127\.0\.0\.1:\d+", re.ASCII),
}


@dataclass(frozen=True)
class Settings:
    """
    What every function is told. Resource names follow from `project`, `location` and `campaign`.

    *timeout* is how long a call may run before the platform ends it.

    *local_http* (`http://127.0.0.1:PORT`) and *local_grpc* (`127.0.0.1:PORT`) name a Google on loopback, for
    rehearsals and tests only: they must be loopback, and are empty in production.
    """

    campaign: str
    project: str
    location: str
    scheduler_account: str
    timeout: timedelta
    campaigns: Path
    manifest: Path
    mail_sender: str
    published_bucket: str
    claims_bucket: str
    exports_bucket: str
    reports_bucket: str
    notifications_topic: str
    drand_relays: tuple[str, ...]
    local_http: str
    local_grpc: str

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Read the settings.

        Raises:
            Broken: a name that every function needs is absent, the timeout is no number of seconds, or a local address
                is not loopback; all are named.
        """
        missing = [name for name in _NAMES.values() if not environ.get(name)]
        local = {name: environ.get(name, "") for name in _LOOPBACK}
        timeout = environ.get("TIMEOUT_SECONDS", str(_TIMEOUT_SECONDS))
        if not _SECONDS.fullmatch(timeout):
            missing.append("TIMEOUT_SECONDS")
        missing += [name for name, form in _LOOPBACK.items() if local[name] and not form.fullmatch(local[name])]
        if missing:
            raise Broken(INCOMPLETE, names="、".join(missing))
        return cls(
            **{field: environ[name] for field, name in _NAMES.items()},
            timeout=timedelta(seconds=int(timeout)),
            campaigns=Path(environ.get("CAMPAIGNS", ROOT / "campaigns")),
            manifest=Path(environ.get("MANIFEST", ROOT / "manifest.json")),
            mail_sender=environ.get("MAIL_SENDER", "me"),
            published_bucket=environ.get("PUBLISHED_BUCKET", ""),
            claims_bucket=environ.get("CLAIMS_BUCKET", ""),
            exports_bucket=environ.get("EXPORTS_BUCKET", ""),
            reports_bucket=environ.get("REPORTS_BUCKET", ""),
            notifications_topic=environ.get("NOTIFICATIONS_TOPIC", ""),
            drand_relays=tuple(filter(None, environ.get("DRAND_RELAYS", "").split(","))),
            local_http=local["LOCAL_GOOGLE_HTTP"],
            local_grpc=local["LOCAL_GOOGLE_GRPC"],
        )

    @property
    def run_times(self) -> RunTimes:
        """Return how long one run may take."""
        return run_times(self.timeout)

    @property
    def campaign_file(self) -> Path:
        """Return the path of the campaign file."""
        return self.campaigns / f"{self.campaign}.yaml"

    def key(self, name: str) -> str:
        """Return the resource name of a Cloud KMS key: contact, survey, delivery, index, claim or evidence."""
        ring = f"projects/{self.project}/locations/{self.location}/keyRings/prizedraw"
        return f"{ring}/cryptoKeys/{self.campaign}-{name}"

    def secret(self, name: str) -> str:
        """Return the resource name of a secret of this campaign."""
        return f"projects/{self.project}/secrets/{self.campaign}-{name}"
