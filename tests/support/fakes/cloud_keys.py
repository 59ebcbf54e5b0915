"""Run the real clients of Cloud KMS and Secret Manager against the local ones over gRPC on loopback."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import grpc

from prizedraw.adapters.keys import kms
from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS, KeysetOpener, KeysetPrf, KeysetSealer, TinkKeysetMaker
from prizedraw.adapters.secrets import versions
from prizedraw.rehearsal.google.grpc_wire import Call
from prizedraw.rehearsal.google.kms import LocalKms
from prizedraw.rehearsal.google.kms import Purpose as KeyPurpose
from prizedraw.rehearsal.google.secret_manager import LocalSecrets
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import Purpose
from support.clock import Clock

CAMPAIGN = "rally-2026"


def settings_for(local_grpc: str, campaign: str = CAMPAIGN) -> Settings:
    """Return the settings of a function whose Google is on loopback."""
    return Settings(
        campaign=campaign,
        project="ward",
        location="asia-northeast1",
        scheduler_account="scheduler@ward.iam.gserviceaccount.com",
        campaigns=Path("campaigns"),
        manifest=Path("manifest.json"),
        timeout=timedelta(minutes=9),
        mail_sender="me",
        published_bucket="",
        claims_bucket="",
        exports_bucket="",
        reports_bucket="",
        notifications_topic="",
        drand_relays=(),
        local_http="",
        local_grpc=local_grpc,
    )


class CloudKeys:
    """Hand out the key ports of one campaign, as the functions build them, and the local services behind them."""

    def __init__(self, made: bool = True) -> None:
        self.clock = Clock(datetime(2026, 2, 3, tzinfo=UTC))
        self.local_kms = LocalKms(self.clock)
        self.local_secrets = LocalSecrets(self.clock)
        self._server = grpc.server(ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers((*self.local_kms.handlers(), *self.local_secrets.handlers()))
        self.settings = settings_for(f"127.0.0.1:{self._server.add_insecure_port('127.0.0.1:0')}")
        for name in KEYSETS:
            self.local_kms.create_key(self.settings.key(name), KeyPurpose.ENCRYPT_DECRYPT)
        self.local_kms.create_key(self.settings.key("evidence"), KeyPurpose.ASYMMETRIC_SIGN)
        for name in SECRETS:
            self.local_secrets.create_secret(self.settings.secret(name))
        self.kms = kms.connect(self.settings)
        self.secret_manager = versions.connect(self.settings)
        self.reader = versions.SecretReader(self.secret_manager, self.settings)
        self.writer = versions.SecretWriter(self.secret_manager, self.settings)
        self.wrapper = kms.KeysetWrapper(self.kms, self.settings)
        self.unwrapper = kms.KeysetUnwrapper(self.kms, self.settings)
        self.signer = kms.EvidenceSigner(self.kms, self.settings)
        self.public_key = kms.EvidencePublicKey(self.kms, self.settings)
        self.random = kms.HardwareRandom(self.kms, self.settings)
        self.maker = TinkKeysetMaker(self.writer, self.wrapper)
        self._made = made

    def __enter__(self) -> Self:
        self._server.start()
        for name in KEYSETS if self._made else ():
            self.maker.make(name)
        self.local_kms.calls.clear()
        self.local_secrets.calls.clear()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop(grace=1).wait()

    def sealer(self, purpose: Purpose) -> KeysetSealer:
        """Seal for one purpose."""
        return KeysetSealer(self.reader, purpose)

    def opener(self, purpose: Purpose) -> KeysetOpener:
        """Open for one purpose."""
        return KeysetOpener(self.reader, self.unwrapper, purpose)

    def prf(self, name: str) -> KeysetPrf:
        """Compute keyed values with `index` or `claim`."""
        return KeysetPrf(self.reader, self.unwrapper, name)

    def stored(self, secret: str) -> list[bytes]:
        """Return the versions of a secret."""
        return self.local_secrets.stored(self.settings.secret(secret))

    def fail_add(self, skip: int = 0, after: bool = False) -> None:
        """Fail the addition after the next *skip* ones; with *after*, once it is stored."""
        self.local_secrets.fail_next("AddSecretVersion", grpc.StatusCode.UNAVAILABLE, after=after, skip=skip)

    def count_reads(self, secret: str) -> int:
        """Count the versions of a secret that were read, or asked for."""
        return _count(self.local_secrets.calls, "AccessSecretVersion", f"{self.settings.secret(secret)}/")

    def count_unwraps(self, keyset: str) -> int:
        """Count the unwrappings of a keyset."""
        return _count(self.local_kms.calls, "Decrypt", self.settings.key(keyset))


def _count(calls: list[Call], method: str, resource: str) -> int:
    return sum(call.method == method and call.resource.startswith(resource) for call in calls)
