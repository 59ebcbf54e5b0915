"""The local Google starts on loopback, is provisioned as Terraform would, and answers the services' real clients."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import grpc
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from prizedraw.adapters.drand.bls import verify
from prizedraw.adapters.drand.relays import Relays
from prizedraw.adapters.forms.form import GoogleForm
from prizedraw.adapters.gmail import mailer
from prizedraw.adapters.keys import kms
from prizedraw.adapters.keys.keysets import KEYSETS, KeysetOpener, KeysetPrf, KeysetSealer, TinkKeysetMaker
from prizedraw.adapters.secrets import versions
from prizedraw.adapters.storage.published import open_published
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import Purpose
from support.clock import Clock
from support.fakes.beacon import first_signature

CAMPAIGN = "stamprally-2026"


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 3, 12, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def google(clock: Clock) -> Iterator[LocalGoogle]:
    with LocalGoogle(clock, project="rehearsal-1", location="asia-northeast1") as started:
        yield started


@pytest.fixture(scope="module")
def settings(google: LocalGoogle) -> Settings:
    settings = Settings.from_env(google.environ(CAMPAIGN))
    google.provision(settings)
    return settings


def message() -> bytes:
    mail = EmailMessage()
    mail["To"], mail["Subject"] = "winner@example.com", "当選のお知らせ"
    mail.set_content("おめでとうございます。")
    return mail.as_bytes()


def no_secret() -> bytes:
    raise AssertionError("the local Gmail needs no credentials")


def test_the_settings_name_loopback_and_this_campaign(google: LocalGoogle, settings: Settings) -> None:
    assert settings.local_http == google.http
    assert settings.local_grpc == google.grpc
    assert google.http.startswith("http://127.0.0.1:")
    assert google.grpc.startswith("127.0.0.1:")
    assert (settings.campaign, settings.project, settings.location) == (CAMPAIGN, "rehearsal-1", "asia-northeast1")
    assert settings.drand_relays == (f"{google.http}/drand",)
    assert settings.notifications_topic.startswith("projects/rehearsal-1/topics/")
    assert settings.published_bucket


def test_forms_answers(google: LocalGoogle, settings: Settings) -> None:
    google.forms.put_form({"formId": "form-1", "info": {"title": "スタンプラリー"}, "items": []})
    assert GoogleForm(settings, "form-1").form()["info"]["title"] == "スタンプラリー"


def test_gmail_answers(google: LocalGoogle, settings: Settings) -> None:
    sender = mailer.GmailMailer(mailer.connect(settings, no_secret))
    draft = sender.create_draft(message())
    assert sender.has_draft(draft)
    assert sender.send_draft(draft)
    assert not sender.has_draft(draft)
    assert len(google.gmail.sent) == 1


def test_storage_answers(google: LocalGoogle, settings: Settings) -> None:
    published = open_published(settings)
    assert published.create("rules.json", b"{}", "application/json")
    assert published.names("rules") == ["rules.json"]
    assert google.storage.objects(settings.published_bucket)["rules.json"].data == b"{}"


def test_drand_answers(google: LocalGoogle, settings: Settings) -> None:
    signature = first_signature(Relays(settings.drand_relays), google.drand.chain, 1000)
    assert signature is not None
    assert verify(google.drand.public_key, 1000, signature)


def test_kms_and_secret_manager_answer(google: LocalGoogle, settings: Settings) -> None:
    manager, keys = versions.connect(settings), kms.connect(settings)
    maker = TinkKeysetMaker(versions.SecretWriter(manager, settings), kms.KeysetWrapper(keys, settings))
    assert maker.missing() == list(KEYSETS)
    for name in KEYSETS:
        maker.make(name)
    assert maker.missing() == []
    reader, unwrapper = versions.SecretReader(manager, settings), kms.KeysetUnwrapper(keys, settings)
    for purpose in Purpose:
        sealed = KeysetSealer(reader, purpose).seal(b"plain", b"context")
        assert KeysetOpener(reader, unwrapper, purpose).open(sealed, b"context") == b"plain"
    for name in ("index", "claim"):
        assert len(KeysetPrf(reader, unwrapper, name).value(b"data")) == 32


def test_the_evidence_key_signs(google: LocalGoogle, settings: Settings) -> None:
    keys = kms.connect(settings)
    signature = kms.EvidenceSigner(keys, settings).sign(b"commitment")
    public = load_pem_public_key(kms.EvidencePublicKey(keys, settings).public_pem())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert isinstance(public.curve, ec.SECP256R1)
    public.verify(signature, b"commitment", ec.ECDSA(SHA256()))


def test_all_services_look_at_one_clock(google: LocalGoogle, settings: Settings, clock: Clock) -> None:
    clock.now += timedelta(days=1)
    open_published(settings).create("pool.txt", b"", "text/plain")
    assert google.storage.objects(settings.published_bucket)["pool.txt"].created == clock.now
    seconds = int(clock.now.timestamp())
    latest = (seconds - google.drand.genesis) // google.drand.period + 1
    relays = Relays(settings.drand_relays)
    assert first_signature(relays, google.drand.chain, latest) is not None
    assert first_signature(relays, google.drand.chain, latest + 1) is None


def test_provisioning_again_keeps_what_is_there(google: LocalGoogle, settings: Settings) -> None:
    published = open_published(settings)
    published.create("record.json", b"{}", "application/json")
    pem = kms.EvidencePublicKey(kms.connect(settings), settings).public_pem()
    google.provision(settings)
    assert published.read("record.json") == b"{}"
    assert kms.EvidencePublicKey(kms.connect(settings), settings).public_pem() == pem


def test_an_address_that_is_no_service_is_not_found(google: LocalGoogle) -> None:
    assert requests.get(f"{google.http}/nothing", timeout=60).status_code == 404


def test_two_can_run_beside_each_other_and_stop(clock: Clock) -> None:
    with LocalGoogle(clock) as one, LocalGoogle(clock) as other:
        assert one.http != other.http
        assert one.grpc != other.grpc
        one.storage.create_bucket("b")
        url = f"{one.http}/storage/v1/b/b/o"
        assert requests.get(url, timeout=60).status_code == 200
        assert requests.get(url.replace(one.http, other.http), timeout=60).status_code == 404
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=60)
    with grpc.insecure_channel(one.grpc) as channel, pytest.raises(grpc.FutureTimeoutError):
        grpc.channel_ready_future(channel).result(timeout=0.3)


def test_nothing_is_written_to_the_terminal(google: LocalGoogle, capfd: pytest.CaptureFixture[str]) -> None:
    requests.get(f"{google.http}/nothing", timeout=60)
    assert capfd.readouterr() == ("", "")
