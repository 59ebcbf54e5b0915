"""
Off a local Google each client goes to Google, with the function's own account, and Gmail is reached as its sender.

Nothing leaves this machine: a proxy on loopback is all that the clients find, and it lets nothing through.
"""

import socket
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, redirect, request
from google.api_core.retry import Retry, if_exception_type
from google.cloud.kms_v1 import KeyManagementServiceClient
from google.oauth2.credentials import Credentials
from requests import RequestException
from werkzeug import Response

from prizedraw.adapters.drive import SheetFile
from prizedraw.adapters.forms.form import GoogleForm
from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.gmail.mailer import GmailClient, GmailMailer
from prizedraw.adapters.google.arrival import Address, Arrival, address_of
from prizedraw.adapters.google.grpc import Connection
from prizedraw.adapters.google.http import ApiWire, ErrorReply, delete, get, path_of, post
from prizedraw.adapters.storage.objects import open_bucket, translated
from prizedraw.errors import Again, Broken, Problem
from prizedraw.ports import MailRejected
from prizedraw.runtime.settings import Settings
from support.gmail_wire import settings
from support.own_account import WayOut, own_account
from support.serving import certificate, served

AWAY, REFUSED = Problem("E-995", "応答がありません。"), Problem("E-996", "断られました。{status}")
SENDER, SIGNING = "draw@city.example.jp", "iamcredentials.googleapis.com"
ONCE = Retry(predicate=if_exception_type(Again), initial=0.01, maximum=0.01, timeout=0.1)


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WayOut]:
    with own_account(tmp_path) as made:
        for name, value in made.environ.items():
            monkeypatch.setenv(name, value)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "127.0.0.1")
        yield made


def of_kms(here: Settings) -> Any:
    connection = Connection(lambda: KeyManagementServiceClient, here, away=AWAY, refused=REFUSED, patience=1.0)
    return connection.call(KeyManagementServiceClient.get_crypto_key, {"name": "projects/p/locations/l/keyRings/r"})


def of_forms(here: Settings) -> Any:
    return GoogleForm(here, "1Form", ONCE).form()


def of_storage(here: Settings) -> Any:
    with translated():
        return open_bucket(here, "claims").blob("x").download_as_bytes(retry=None)


def of_gmail(here: Settings) -> Any:
    return GmailMailer(GmailClient(here, lambda: Credentials("token"))).create_draft(b"")


def of_drive(here: Settings) -> Any:
    return SheetFile(here, ONCE).of("1Sheet").look()


CALLS: dict[str, Callable[[Settings], Any]] = {
    "cloudkms.googleapis.com": of_kms,
    "forms.googleapis.com": of_forms,
    "gmail.googleapis.com": of_gmail,
    "www.googleapis.com": of_drive,
    "storage.googleapis.com": of_storage,
}


@pytest.mark.parametrize("host", CALLS)
def test_a_client_asks_google_itself_with_the_function_s_account(host: str, out: WayOut) -> None:
    with pytest.raises(Again):
        CALLS[host](settings())
    assert host in out.hosts
    assert set(out.hosts) <= {host, SIGNING}  # google-auth asks there, beside, in which regions the account may act.


@pytest.mark.parametrize("local", ["", "127.0.0.1:9"], ids=["Google", "local"])
def test_a_new_instance_waits_for_the_way_to_whom_it_is_about_to_ask(local: str, out: WayOut) -> None:
    """Whoever waits for another way does so in vain, each instance for a minute and a half."""
    tried: list[Address] = []
    here = settings(f"http://{local}" if local else "", LOCAL_GOOGLE_GRPC=local)

    def network() -> Arrival:
        return Arrival(connect=lambda address, _: tried.append(address))

    kms = Connection(
        lambda: KeyManagementServiceClient, here, away=AWAY, refused=REFUSED, patience=0.2, network=network()
    )
    with pytest.raises(Again):
        kms.call(KeyManagementServiceClient.get_crypto_key, {"name": "projects/p/locations/l/keyRings/r"})
    with pytest.raises(RequestException):
        ApiWire("forms.googleapis.com", here, (), network=network()).send(get("v1/forms/1Form"))
    open_bucket(here, "claims", network=network())
    hosts = ("cloudkms.googleapis.com", "forms.googleapis.com", "storage.googleapis.com")
    assert tried == [address_of(local or host) for host in hosts]


def test_it_is_waited_for_by_connecting_once_and_leaving_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5.0)
        Arrival().wait_for(server.getsockname())
        near, _ = server.accept()
        with near:
            assert near.recv(1) == b""


@pytest.mark.parametrize("taken", [True, False], ids=["and taken then", "and for good"])
def test_a_token_that_is_refused_is_renewed_once_and_the_call_sent_once_more(
    taken: bool, out: WayOut, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have been revoked, or have run out on its way; of what was refused so nothing was done."""
    app, asked = Flask("refusing"), []

    @app.post("/v1/letters")
    def answer() -> tuple[dict[str, str], int]:
        asked.append(request.headers["Authorization"])
        return {}, 200 if taken and len(asked) == 2 else 401

    tls = certificate(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[0]))
    with served(app, tls) as url:
        wire = ApiWire(url.removeprefix("https://"), settings(), ("https://www.googleapis.com/auth/gmail.send",))
        with nullcontext() if taken else pytest.raises(ErrorReply):
            wire.send(post("v1/letters", {}))
    assert (len(asked), out.tokens) == (2, 2)


@pytest.mark.parametrize("status", [300, 307])
def test_nothing_is_sent_a_second_time_to_wherever_a_reply_points(status: int) -> None:
    """What was posted has been read by then, and a mail would go out twice."""
    app, asked = Flask("moved"), []

    @app.post("/<path:where>")
    def answer(where: str) -> Response:
        asked.append(where)
        return redirect("/elsewhere", status)

    with served(app) as url, pytest.raises(ErrorReply) as caught:
        ApiWire("gmail.googleapis.com", settings(url), ()).send(post("here", {}))
    assert (caught.value.status, asked) == (status, ["here"])


def test_an_id_stays_in_its_place_and_replies_are_asked_for_compressed() -> None:
    app, asked = Flask("here"), []

    @app.get("/<path:where>")
    def answer(where: str) -> dict[str, str]:
        asked.append((request.environ["RAW_URI"], request.accept_encodings.best, "gzip" in request.user_agent.string))
        return {}

    with served(app) as url:
        ApiWire("forms.googleapis.com", settings(url), ()).send(get(path_of("v1", "forms", "a/b?c#d"), fields="x,y"))
    assert asked == [("/v1/forms/a%2Fb%3Fc%23d?fields=x%2Cy", "gzip", True)]


def test_what_is_deleted_may_be_answered_with_nothing_at_all() -> None:
    app = Flask("here")
    app.add_url_rule("/gmail/v1/users/me/drafts/<draft>", methods=["DELETE"], view_func=lambda draft: "")
    with served(app) as url:
        client = GmailClient(settings(url), lambda: None, ONCE)
        GmailMailer(client).delete_draft("d")
        assert client.send(delete(mailer.mailbox("drafts", "d"))) == {}


def test_who_has_no_account_is_told_so_and_nobody_is_asked(out: WayOut, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/absent.json")
    with pytest.raises(Broken) as caught:
        of_forms(settings())
    assert caught.value.problem.code == "E-167"
    with pytest.raises(MailRejected) as rejected:
        GmailMailer(mailer.connect(settings(MAIL_SENDER=SENDER), bytes)).create_draft(b"")
    assert rejected.value.kind == "credentials"
    assert out.hosts == []


def test_a_sender_s_mailbox_is_reached_by_a_signature_that_is_asked_for_and_no_secret_is_read(out: WayOut) -> None:
    """Keyless delegation: the account gets a token of its own, and has what lets it act as the sender signed."""

    def secret() -> bytes:
        raise AssertionError("the secret was read")

    client = mailer.connect(settings(MAIL_SENDER=SENDER), secret)
    with pytest.raises(Again):
        GmailMailer(client).create_draft(b"")
    assert set(out.hosts) == {SIGNING}  # Without it Gmail is not even asked.
    assert out.tokens == 1
