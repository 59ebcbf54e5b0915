"""
Run a local Google on loopback: Forms, Drive, Gmail, Storage and a drand relay over HTTP; KMS, Secret Manager and the
Firestore Admin API over gRPC.

The functions' real clients reach it by two settings, `LOCAL_GOOGLE_HTTP` and `LOCAL_GOOGLE_GRPC`. All services look at
one clock, which a rehearsal moves.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from threading import Thread
from types import TracebackType
from typing import Any, Self

import grpc
from flask import Flask, request
from google.cloud.kms_v1 import CryptoKey
from werkzeug.serving import WSGIRequestHandler, make_server

from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS
from prizedraw.adapters.secrets.passwords import SECRET as PASSWORD
from prizedraw.ports import Clock
from prizedraw.rehearsal.calls import Calls
from prizedraw.rehearsal.google.drand import LocalDrand
from prizedraw.rehearsal.google.drive import LocalDrive
from prizedraw.rehearsal.google.firestore_admin import LocalFirestoreAdmin
from prizedraw.rehearsal.google.forms import LocalForms
from prizedraw.rehearsal.google.gmail import LocalGmail
from prizedraw.rehearsal.google.grpc_wire import Call
from prizedraw.rehearsal.google.kms import LocalKms
from prizedraw.rehearsal.google.secret_manager import LocalSecrets
from prizedraw.rehearsal.google.storage import LocalStorage
from prizedraw.runtime.settings import Settings

LOOPBACK = "127.0.0.1"
EVIDENCE = "evidence"
DATABASES = ("sealed", "state")
_THREADS = 16
_POLL_SECONDS = 0.05
"""How long a stop may take to be noticed."""
_Purpose = CryptoKey.CryptoKeyPurpose


class QuietRequests(WSGIRequestHandler):
    """A server's answers without a log line each: paths would show on the terminal of whoever rehearses."""

    def log(self, type: str, message: str, *args: Any) -> None:
        """Write nothing; the functions write lines of their own."""


class LocalGoogle:
    """
    The local services; as a context manager, served on two free ports of 127.0.0.1.

    The services are *forms*, *drive*, *gmail*, *storage*, *drand*, *kms*, *secrets* and *firestore_admin*; *calls* is
    who called what; *http* (`http://127.0.0.1:PORT`) and *grpc* (`127.0.0.1:PORT`) are their addresses, once started.
    What the services hold outlives a stop.
    """

    def __init__(self, clock: Clock, project: str = "rehearsal", location: str = "asia-northeast1") -> None:
        self.project = project
        self.location = location
        self.calls = Calls()
        self.forms = LocalForms(clock)
        self.drive = LocalDrive(clock, self.forms.delete_form)
        self.gmail = LocalGmail(clock)
        self.storage = LocalStorage(clock, self.calls)
        self.drand = LocalDrand(clock, project.encode())
        self.kms = LocalKms(clock)
        self.secrets = LocalSecrets(clock)
        self.firestore_admin = LocalFirestoreAdmin(clock)
        services: dict[str, LocalKms | LocalSecrets | LocalFirestoreAdmin]
        services = {"kms": self.kms, "secrets": self.secrets, "firestore_admin": self.firestore_admin}
        for name, service in services.items():
            service.on_call.append(partial(self._called, name))
        self.http = ""
        self.grpc = ""
        self._running = ExitStack()

    def __enter__(self) -> Self:
        """Start both servers; they answer when this returns."""
        with ExitStack() as starting:
            self.http = self._start_http(starting)
            self.grpc = self._start_grpc(starting)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop both servers."""
        self._running.close()

    def environ(self, campaign: str) -> dict[str, str]:
        """Return the environment that makes a function of *campaign* talk to this Google."""
        return {
            "CAMPAIGN": campaign,
            "GOOGLE_CLOUD_PROJECT": self.project,
            "LOCATION": self.location,
            "SCHEDULER_ACCOUNT": f"scheduler@{self.project}.iam.gserviceaccount.com",
            "MAIL_SENDER": "me",
            "PUBLISHED_BUCKET": f"{self.project}-{campaign}-published",
            "CLAIMS_BUCKET": f"{self.project}-{campaign}-claims",
            "EXPORTS_BUCKET": f"{self.project}-{campaign}-exports",
            "REPORTS_BUCKET": f"{self.project}-{campaign}-reports",
            "NOTIFICATIONS_TOPIC": f"projects/{self.project}/topics/{campaign}-notifications",
            "DRAND_RELAYS": f"{self.http}{self.drand.PREFIX}",
            "LOCAL_GOOGLE_HTTP": self.http,
            "LOCAL_GOOGLE_GRPC": self.grpc,
        }

    def provision(self, settings: Settings) -> None:
        """Make what Terraform makes for a campaign: KMS keys, empty secrets, buckets, databases; twice is harmless."""
        for keyset in KEYSETS:
            self.kms.create_key(settings.key(keyset), _Purpose.ENCRYPT_DECRYPT)
        self.kms.create_key(settings.key(EVIDENCE), _Purpose.ASYMMETRIC_SIGN)
        for secret in (*SECRETS, PASSWORD):
            self.secrets.create_secret(settings.secret(secret))
        buckets = (settings.published_bucket, settings.claims_bucket, settings.exports_bucket, settings.reports_bucket)
        for bucket in buckets:
            self.storage.create_bucket(bucket)
        for database in DATABASES:
            self.firestore_admin.create_database(f"projects/{self.project}/databases/{database}", self.location)

    def _called(self, service: str, call: Call) -> None:
        """Record a call over gRPC."""
        self.calls.record(service, call.method, call.resource)

    def _record(self) -> None:
        """Record a request by its route, and by the bucket where there is one; an upload is recorded by `storage`."""
        if request.path.startswith("/upload/storage/"):
            return
        rule = request.url_rule.rule if request.url_rule else "?"
        bucket = (request.view_args or {}).get("bucket", "")
        self.calls.record(request.blueprint or "?", f"{request.method} {rule}", bucket)

    def _start_http(self, running: ExitStack) -> str:
        app = Flask("local_google", static_folder=None)
        for service in (self.forms, self.drive, self.gmail, self.storage, self.drand):
            app.register_blueprint(service.blueprint())
        app.before_request(self._record)
        server = make_server(LOOPBACK, 0, app, threaded=True, request_handler=QuietRequests)
        thread = Thread(target=server.serve_forever, args=(_POLL_SECONDS,), daemon=True)
        thread.start()
        running.callback(server.server_close)
        running.callback(thread.join)
        running.callback(server.shutdown)
        return f"http://{LOOPBACK}:{server.port}"

    def _start_grpc(self, running: ExitStack) -> str:
        server = grpc.server(ThreadPoolExecutor(_THREADS))
        services = (self.kms, self.secrets, self.firestore_admin)
        server.add_generic_rpc_handlers(tuple(handler for service in services for handler in service.handlers()))
        port = server.add_insecure_port(f"{LOOPBACK}:0")
        server.start()
        running.callback(lambda: server.stop(grace=1).wait())
        return f"{LOOPBACK}:{port}"
