"""What the steps are handed: seal, open, compute, make; on memory and on the real clients over the wire."""

import subprocess
import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import pytest
import tink
from google.cloud import kms_v1
from tink import proto_keyset_format, secret_key_access
from tink.proto import hmac_prf_pb2, hpke_pb2, tink_pb2

from prizedraw.adapters.keys.keyring import Keyring
from prizedraw.adapters.keys.keysets import (
    KEYSETS,
    PAIRS,
    PRFS,
    SECRETS,
    KeysetOpener,
    KeysetPrf,
    TinkKeysetMaker,
    generate_pair,
)
from prizedraw.errors import Again, Broken
from prizedraw.runtime.settings import Settings
from prizedraw.sealing import ContactOpener, ContactSealer, Purpose, context
from support.fakes.cloud_keys import CloudKeys
from support.fakes.keys import MemoryKeys, MemoryWrapping

CAMPAIGN = "rally-2026"
CANARY = "花子-hanako@example.jp"
CONTEXT = context(CAMPAIGN, Purpose.CONTACT, "0123456789abcdefghjkmnpqrs")
Keys = MemoryKeys | CloudKeys


@pytest.fixture
def cloud() -> Iterator[CloudKeys]:
    with CloudKeys() as keys:
        yield keys


@pytest.fixture(params=["memory", "google"])
def keys(request: pytest.FixtureRequest) -> Keys:
    """Serve a campaign whose keysets are made."""
    return MemoryKeys(CAMPAIGN) if request.param == "memory" else request.getfixturevalue("cloud")


@pytest.fixture(params=["memory", "google"])
def unmade(request: pytest.FixtureRequest) -> Iterator[Keys]:
    """Serve a campaign without keysets."""
    if request.param == "memory":
        yield MemoryKeys(CAMPAIGN, made=False)
    else:
        with CloudKeys(made=False) as cloud:
            yield cloud


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("plaintext", [b"", b"x", CANARY.encode(), bytes(100_000)])
def test_what_was_sealed_is_opened(keys: Keys, purpose: Purpose, plaintext: bytes) -> None:
    sealed = keys.sealer(purpose).seal(plaintext, CONTEXT)
    assert keys.opener(purpose).open(sealed, CONTEXT) == plaintext


def test_an_address_sealed_by_a_step_is_opened_by_another(keys: Keys) -> None:
    sealed = ContactSealer(CAMPAIGN, keys.sealer(Purpose.CONTACT)).seal("label", CANARY)
    assert ContactOpener(CAMPAIGN, keys.opener(Purpose.CONTACT)).open("label", sealed) == CANARY


def test_what_was_sealed_shows_neither_content_nor_context(keys: Keys) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(CANARY.encode(), CONTEXT)
    assert CANARY.encode() not in sealed
    assert CONTEXT not in sealed


def test_no_two_seals_are_alike(keys: Keys) -> None:
    sealer = keys.sealer(Purpose.CONTACT)
    assert sealer.seal(b"same", CONTEXT) != sealer.seal(b"same", CONTEXT)


@pytest.mark.parametrize(
    "other",
    [
        context(CAMPAIGN, Purpose.CONTACT, "another-record"),
        context(CAMPAIGN, Purpose.SURVEY, "0123456789abcdefghjkmnpqrs"),
        context("another-campaign", Purpose.CONTACT, "0123456789abcdefghjkmnpqrs"),
        CONTEXT[:-1],
        b"",
    ],
)
def test_what_was_moved_does_not_open(keys: Keys, other: bytes) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    with pytest.raises(Broken) as caught:
        keys.opener(Purpose.CONTACT).open(sealed, other)
    assert caught.value.problem.code == "E-159"


def test_what_was_sealed_for_one_purpose_does_not_open_for_another(keys: Keys) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    with pytest.raises(Broken):
        keys.opener(Purpose.SURVEY).open(sealed, CONTEXT)


@pytest.mark.parametrize("position", [0, 4, 5, 40, -1])
def test_what_was_changed_does_not_open(keys: Keys, position: int) -> None:
    sealed = bytearray(keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT))
    sealed[position] ^= 1
    with pytest.raises(Broken):
        keys.opener(Purpose.CONTACT).open(bytes(sealed), CONTEXT)


@pytest.mark.parametrize("length", [0, 4, 5, 37, -1])
def test_what_was_cut_does_not_open(keys: Keys, length: int) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    with pytest.raises(Broken):
        keys.opener(Purpose.CONTACT).open(sealed[:length], CONTEXT)


def test_what_does_not_open_stops_nobody_else(keys: Keys) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    opener = keys.opener(Purpose.CONTACT)
    for _ in range(3):
        with pytest.raises(Broken):
            opener.open(sealed, b"moved")
    assert opener.open(sealed, CONTEXT) == b"data"
    assert keys.count_unwraps("contact") == 1
    assert keys.count_reads("contact-private") == 2  # the second found that there is no other version


@pytest.mark.parametrize("name", PRFS)
def test_a_keyed_value_is_the_same_in_every_instance(keys: Keys, name: str) -> None:
    value = keys.prf(name).value(b"data")
    assert len(value) == 32
    assert keys.prf(name).value(b"data") == value
    assert keys.prf(name).value(b"datb") != value


def test_keyed_values_of_two_keysets_differ(keys: Keys) -> None:
    assert keys.prf("index").value(b"data") != keys.prf("claim").value(b"data")


def test_each_campaign_has_keysets_of_its_own() -> None:
    one, other = MemoryKeys(CAMPAIGN), MemoryKeys(CAMPAIGN)
    assert one.prf("index").value(b"data") != other.prf("index").value(b"data")
    with pytest.raises(Broken):
        other.opener(Purpose.CONTACT).open(one.sealer(Purpose.CONTACT).seal(b"data", CONTEXT), CONTEXT)


def test_a_keyed_value_is_hmac_sha256() -> None:
    """RFC 4231, test case 6."""
    key = hmac_prf_pb2.HmacPrfKey(key_value=b"\xaa" * 131, params=hmac_prf_pb2.HmacPrfParams(hash=3))
    keyset = tink_pb2.Keyset(primary_key_id=1)
    made = keyset.key.add(key_id=1, status=tink_pb2.ENABLED, output_prefix_type=tink_pb2.RAW)
    made.key_data.type_url = "type.googleapis.com/google.crypto.tink.HmacPrfKey"
    made.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    made.key_data.value = key.SerializeToString()
    keys = MemoryKeys(CAMPAIGN, made=False)
    keys.secrets.add("index", keys.wrapping.wrap("index", keyset.SerializeToString()))
    expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    assert keys.prf("index").value(b"Test Using Larger Than Block-Size Key - Hash Key First").hex() == expected


def test_all_keysets_are_missing_until_they_are_made(unmade: Keys) -> None:
    assert unmade.maker.missing() == ["contact", "survey", "delivery", "index", "claim"]
    for number, name in enumerate(KEYSETS, start=1):
        unmade.maker.make(name)
        assert unmade.maker.missing() == list(KEYSETS[number:])


def test_a_keyring_hands_out_what_fits_together(cloud: CloudKeys) -> None:
    ring = Keyring(cloud.settings)
    sealed = ring.sealer(Purpose.CONTACT).seal(CANARY.encode(), CONTEXT)
    assert ring.opener(Purpose.CONTACT).open(sealed, CONTEXT) == CANARY.encode()
    assert ring.prf("index").value(b"x") == cloud.prf("index").value(b"x")
    assert ring.secret("contact-public")


def test_what_is_made_first_is_told_to_be_the_first(unmade: Keys) -> None:
    assert {name: unmade.maker.make(name) for name in KEYSETS} == dict.fromkeys(KEYSETS, True)


def test_there_is_no_other_keyset(unmade: Keys) -> None:
    with pytest.raises(ValueError, match="no keyset of that name"):
        unmade.maker.make("contact-private")
    assert all(unmade.stored(secret) == [] for secret in SECRETS)


def test_nothing_works_before_its_keyset_is_made(unmade: Keys) -> None:
    for use in (
        lambda: unmade.sealer(Purpose.CONTACT).seal(b"data", CONTEXT),
        lambda: unmade.opener(Purpose.CONTACT).open(b"data", CONTEXT),
        lambda: unmade.prf("index").value(b"data"),
    ):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.problem.code == "E-164"
        assert "prepare" in caught.value.sentence


def test_what_found_no_keyset_finds_it_once_it_is_made(unmade: Keys) -> None:
    sealer, opener, prf = unmade.sealer(Purpose.CONTACT), unmade.opener(Purpose.CONTACT), unmade.prf("index")
    for use in (
        lambda: sealer.seal(b"data", CONTEXT),
        lambda: opener.open(b"data", CONTEXT),
        lambda: prf.value(b"data"),
    ):
        with pytest.raises(Broken):
            use()
    unmade.maker.make("contact")
    unmade.maker.make("index")
    assert opener.open(sealer.seal(b"data", CONTEXT), CONTEXT) == b"data"
    assert prf.value(b"data") == unmade.prf("index").value(b"data")


def test_a_private_half_and_a_prf_rest_wrapped_and_a_public_half_holds_no_secret(keys: Keys) -> None:
    for secret in SECRETS:
        (stored,) = keys.stored(secret)
        if secret.endswith("-public"):
            assert proto_keyset_format.parse_without_secret(stored).keyset_info().key_info
        else:
            with pytest.raises(tink.TinkError):
                proto_keyset_format.parse(stored, secret_key_access.TOKEN)


@pytest.mark.parametrize("pair", PAIRS)
def test_a_death_between_the_halves_leaves_the_pair_missing_and_making_it_again_heals(unmade: Keys, pair: str) -> None:
    unmade.fail_add(skip=1)
    with pytest.raises(Again):
        unmade.maker.make(pair)
    assert pair in unmade.maker.missing()
    assert (len(unmade.stored(f"{pair}-private")), unmade.stored(f"{pair}-public")) == (1, [])

    unmade.maker.make(pair)
    assert pair not in unmade.maker.missing()
    assert len(unmade.stored(f"{pair}-private")) == 2
    purpose = Purpose(pair)
    opener = unmade.opener(purpose)
    for _ in range(3):
        assert opener.open(unmade.sealer(purpose).seal(b"data", CONTEXT), CONTEXT) == b"data"
    assert unmade.count_unwraps(pair) == 2  # the orphan and the one that matches


def test_a_death_before_anything_is_stored_leaves_the_keyset_missing(unmade: Keys) -> None:
    unmade.fail_add()
    with pytest.raises(Again):
        unmade.maker.make("index")
    assert "index" in unmade.maker.missing()
    unmade.maker.make("index")
    assert "index" not in unmade.maker.missing()
    assert len(unmade.prf("index").value(b"data")) == 32


@pytest.mark.parametrize(("name", "skip"), [("contact", 0), ("contact", 1), ("index", 0)])
def test_a_lost_reply_is_healed_by_making_what_is_still_missing(unmade: Keys, name: str, skip: int) -> None:
    unmade.fail_add(skip=skip, after=True)
    with pytest.raises(Again):
        unmade.maker.make(name)
    if name in unmade.maker.missing():
        unmade.maker.make(name)
    assert name not in unmade.maker.missing()
    if name == "index":
        assert unmade.prf(name).value(b"data") == unmade.prf(name).value(b"data")
    else:
        sealed = unmade.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
        assert unmade.opener(Purpose.CONTACT).open(sealed, CONTEXT) == b"data"


def test_making_a_keyset_that_is_there_changes_nothing(keys: Keys) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    value = keys.prf("index").value(b"data")
    keys.maker.make("contact")
    keys.maker.make("index")
    assert keys.opener(Purpose.CONTACT).open(sealed, CONTEXT) == b"data"
    assert keys.opener(Purpose.CONTACT).open(keys.sealer(Purpose.CONTACT).seal(b"new", CONTEXT), CONTEXT) == b"new"
    assert keys.prf("index").value(b"data") == value


def test_two_runs_that_make_the_same_pair_side_by_side_leave_one_that_works(unmade: Keys) -> None:
    """Both saw it missing: private of the one, private and public of the other, then public of the one."""
    unmade.fail_add(skip=1)
    with pytest.raises(Again):
        unmade.maker.make("contact")
    unmade.maker.make("contact")
    _put(unmade, "contact-public", generate_pair()[1])
    assert (len(unmade.stored("contact-private")), len(unmade.stored("contact-public"))) == (2, 2)
    sealed = unmade.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    assert unmade.opener(Purpose.CONTACT).open(sealed, CONTEXT) == b"data"


def test_a_list_that_lags_makes_no_second_key() -> None:
    with CloudKeys(made=False) as lagging:
        for secret in ("index", "contact-public"):
            lagging.local_secrets.lag(lagging.settings.secret(secret))
        lagging.maker.make("index")
        lagging.maker.make("contact")
        value = lagging.prf("index").value(b"data")
        sealed = lagging.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
        for name in lagging.maker.missing():
            lagging.maker.make(name)
        assert len(lagging.stored("index")) == 2
        assert lagging.prf("index").value(b"data") == value
        assert lagging.opener(Purpose.CONTACT).open(sealed, CONTEXT) == b"data"


def test_an_instance_reads_and_unwraps_each_keyset_once_whatever_it_does(keys: Keys) -> None:
    sealer, opener, prf = keys.sealer(Purpose.CONTACT), keys.opener(Purpose.CONTACT), keys.prf("index")
    assert [keys.count_reads(secret) for secret in SECRETS] == [0] * len(SECRETS)  # nothing before the first use

    def entry(number: int) -> tuple[bytes, bytes]:
        data = str(number).encode()
        return opener.open(sealer.seal(data, CONTEXT), CONTEXT), prf.value(data)

    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(entry, range(200)))
    assert [data for data, _ in made] == [str(number).encode() for number in range(200)]
    assert len({value for _, value in made}) == 200
    used = ("contact-public", "contact-private", "index")
    assert {secret: keys.count_reads(secret) for secret in SECRETS} == {s: int(s in used) for s in SECRETS}
    assert {name: keys.count_unwraps(name) for name in KEYSETS} == {n: int(n in ("contact", "index")) for n in KEYSETS}


def test_sealing_alone_asks_no_key_service(cloud: CloudKeys) -> None:
    cloud.sealer(Purpose.SURVEY).seal(b"data", CONTEXT)
    assert cloud.local_kms.calls == []


def test_making_reads_and_unwraps_nothing(unmade: Keys) -> None:
    for name in unmade.maker.missing():
        unmade.maker.make(name)
    assert all(unmade.count_reads(secret) == 0 for secret in SECRETS)
    assert all(unmade.count_unwraps(name) == 0 for name in KEYSETS)


def test_a_service_that_was_away_at_the_first_use_is_asked_again_at_the_next(cloud: CloudKeys) -> None:
    sealer, opener, prf = cloud.sealer(Purpose.CONTACT), cloud.opener(Purpose.CONTACT), cloud.prf("index")
    cloud.local_secrets.fail_next("AccessSecretVersion", grpc.StatusCode.DEADLINE_EXCEEDED)
    with pytest.raises(Again):
        sealer.seal(b"data", CONTEXT)
    sealed = sealer.seal(b"data", CONTEXT)
    for use in (lambda: opener.open(sealed, CONTEXT), lambda: prf.value(b"data")):
        cloud.local_kms.fail_next("Decrypt", grpc.StatusCode.DEADLINE_EXCEEDED)
        with pytest.raises(Again):
            use()
        assert use()


def test_a_disabled_key_opens_nothing_and_seals_still(cloud: CloudKeys) -> None:
    sealed = cloud.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    state = kms_v1.CryptoKeyVersion.CryptoKeyVersionState.DISABLED
    version = {"name": f"{cloud.settings.key('contact')}/cryptoKeyVersions/1", "state": state}
    request = {"crypto_key_version": version, "update_mask": {"paths": ["state"]}}
    cloud.kms.call(kms_v1.KeyManagementServiceClient.update_crypto_key_version, request)
    with pytest.raises(Broken) as caught:
        cloud.opener(Purpose.CONTACT).open(sealed, CONTEXT)
    assert caught.value.facts == {"status": "FAILED_PRECONDITION"}
    assert cloud.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)


def test_once_its_key_is_destroyed_nothing_opens_ever_again(cloud: CloudKeys) -> None:
    sealed = cloud.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    for name in ("contact", "index"):
        version = {"name": f"{cloud.settings.key(name)}/cryptoKeyVersions/1"}
        cloud.kms.call(kms_v1.KeyManagementServiceClient.destroy_crypto_key_version, version)
    cloud.clock.wait(timedelta(hours=24))
    for use in (lambda: cloud.opener(Purpose.CONTACT).open(sealed, CONTEXT), lambda: cloud.prf("index").value(b"x")):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.facts == {"status": "FAILED_PRECONDITION"}


def test_a_secret_that_was_never_built_is_named(cloud: CloudKeys) -> None:
    elsewhere = Settings(**{**vars(cloud.settings), "campaign": "unbuilt"})
    writer = type(cloud.writer)(cloud.secret_manager, elsewhere)
    with pytest.raises(Broken) as caught:
        TinkKeysetMaker(writer, cloud.wrapper).missing()
    assert "contact-public" in caught.value.sentence


def test_a_keyset_of_another_campaign_is_refused() -> None:
    keys = MemoryKeys(CAMPAIGN)
    sealed = keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    elsewhere = MemoryWrapping("another", keys.wrapping.keys)
    with pytest.raises(Broken):
        KeysetOpener(keys.secrets, elsewhere, Purpose.CONTACT).open(sealed, CONTEXT)
    with pytest.raises(Broken):
        KeysetPrf(keys.secrets, elsewhere, "index").value(b"data")


@pytest.mark.parametrize("planted", ["private", "prf", "garbage", "cut"])
def test_a_public_secret_that_holds_anything_else_seals_nothing(planted: str) -> None:
    keys = MemoryKeys(CAMPAIGN)
    private = keys.wrapping.unwrap("contact", keys.stored("contact-private")[0])
    prf = keys.wrapping.unwrap("index", keys.stored("index")[0])
    public = keys.stored("contact-public")[0]
    wrong = {"private": private, "prf": prf, "garbage": b"\xff\x01garbage", "cut": public[:-3]}
    keys.secrets.versions["contact-public"] = [wrong[planted]]
    with pytest.raises(Broken) as caught:
        keys.sealer(Purpose.CONTACT).seal(b"data", CONTEXT)
    assert caught.value.problem.code == "E-158"
    assert caught.value.__suppress_context__


def test_a_keyset_of_another_kind_neither_opens_nor_computes() -> None:
    keys = MemoryKeys(CAMPAIGN)
    private = keys.wrapping.unwrap("contact", keys.stored("contact-private")[0])
    prf = keys.wrapping.unwrap("index", keys.stored("index")[0])
    keys.secrets.versions["contact-private"] = [keys.wrapping.wrap("contact", prf)]
    keys.secrets.versions["index"] = [keys.wrapping.wrap("index", private)]
    for use in (
        lambda: keys.opener(Purpose.CONTACT).open(b"data", CONTEXT),
        lambda: keys.prf("index").value(b"data"),
    ):
        with pytest.raises(Broken) as caught:
            use()
        assert caught.value.problem.code == "E-158"


def test_halves_that_do_not_belong_together_are_not_stored() -> None:
    keys = MemoryKeys(CAMPAIGN, made=False)
    maker = TinkKeysetMaker(keys.secrets, keys.wrapping, lambda: (generate_pair()[0], generate_pair()[1]))
    with pytest.raises(Broken) as caught:
        maker.make("contact")
    assert caught.value.problem.code == "E-158"
    assert all(keys.stored(secret) == [] for secret in SECRETS)


def test_the_pairs_are_hpke_x25519_hkdf_sha256_aes_256_gcm() -> None:
    """RFC 9180: an encapsulated key of 32 bytes, a tag of 16; Tink puts 5 bytes of key id before them."""
    keys = MemoryKeys(CAMPAIGN)
    for pair in PAIRS:
        (key,) = tink_pb2.Keyset.FromString(keys.stored(f"{pair}-public")[0]).key
        params = hpke_pb2.HpkePublicKey.FromString(key.key_data.value).params
        suite = (hpke_pb2.DHKEM_X25519_HKDF_SHA256, hpke_pb2.HKDF_SHA256, hpke_pb2.AES_256_GCM)
        assert (params.kem, params.kdf, params.aead) == suite
        assert len(keys.sealer(Purpose(pair)).seal(b"", CONTEXT)) == 5 + 32 + 16


def test_an_error_repeats_nothing_that_was_sealed(keys: Keys) -> None:
    sealed = keys.sealer(Purpose.CONTACT).seal(CANARY.encode(), CANARY.encode())
    with pytest.raises(Broken) as caught:
        keys.opener(Purpose.CONTACT).open(sealed, CONTEXT)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value) + caught.value.sentence
    assert CANARY not in shown
    assert "hanako" not in shown


def test_sealing_and_computing_bring_in_no_client() -> None:
    code = (
        "import sys, prizedraw.adapters.keys.keysets\n"
        "names = ('google.cloud.kms_v1', 'google.cloud.secretmanager_v1', 'google.auth', 'grpc', 'requests')\n"
        "print([name for name in names if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _put(keys: Keys, secret: str, data: bytes) -> None:
    (keys.secrets if isinstance(keys, MemoryKeys) else keys.writer).add(secret, data)
