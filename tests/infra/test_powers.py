"""Hold three tellings of the same powers against each other: the table, the ports in the code, the calls made."""

import ast
from pathlib import Path

import pytest

from infra import in_code
from infra.powers import CREATE, POWERS, SPARE, Need, needs_of
from infra.recorded import PERMISSIONS, needs, outside, rehearsed
from infra.stores import LASTING
from prizedraw.adapters.keys.keysets import KEYSETS, PRFS, SECRETS
from prizedraw.rehearsal.google.authors import AUTHORS
from support.rehearsing import OTHER_KINDS, other_kinds

_NO_CREDENTIALS = "the local Gmail asks for no credentials"
_ONE_PERSON = "used when one person asks to be erased, which no rehearsal plays"
_LOST_REPLY = "asked only when the answer to a destruction was lost: what became of it"
UNSEEN: dict[Need, str] = {
    Need("notify", "secretmanager.versions.access", "secret gmail"): _NO_CREDENTIALS,
    Need("notify", "iam.serviceAccounts.signBlob", "account notify"): _NO_CREDENTIALS,
    Need("erase", "secretmanager.versions.access", "secret gmail-eraser"): _NO_CREDENTIALS,
    Need("erase", "iam.serviceAccounts.signBlob", "account erase"): _NO_CREDENTIALS,
    Need("erase", "storage.objects.delete", "bucket claims"): "claim erases what was dropped; erase only what it left",
    **{Need("erase", "cloudkms.cryptoKeyVersions.useToDecrypt", f"key {name}"): _ONE_PERSON for name in PRFS},
    **{Need("erase", "secretmanager.versions.access", f"secret {name}"): _ONE_PERSON for name in PRFS},
    **{Need("erase", "cloudkms.cryptoKeyVersions.get", f"key {name}"): _LOST_REPLY for name in KEYSETS},
    **{
        Need("erase", "secretmanager.versions.get", f"secret {name}"): _LOST_REPLY
        for name in (*SECRETS, "shipping-password")
    },
}
"""Powers whose use no rehearsal can show, each with its reason."""


@pytest.mark.parametrize("step", in_code.steps())
def test_a_step_is_handed_what_the_table_says(step: str) -> None:
    assert in_code.powers_in(step) == set(POWERS[step])


@pytest.fixture(scope="module")
def calls(together: Path) -> list[dict[str, str]]:
    return [call for kind in ("drand", *other_kinds()) for call in rehearsed(kind, together)]


def test_every_call_has_its_power_and_every_power_its_call(calls: list[dict[str, str]]) -> None:
    have = needs(calls)
    wanted = {need for step in in_code.steps() for need in needs_of(step, POWERS[step])}
    assert have - wanted == set()
    unseen = UNSEEN.keys() & wanted
    assert wanted - have == unseen or (len(other_kinds()) < len(OTHER_KINDS) and wanted - have > unseen)


def test_a_step_reaches_beside_google_cloud_what_the_table_says(calls: list[dict[str, str]]) -> None:
    told = {
        (step, word.removeprefix("reach "))
        for step in in_code.steps()
        for word in POWERS[step]
        if word.startswith("reach ")
    }
    assert outside(calls) == told


def test_every_step_was_called(calls: list[dict[str, str]]) -> None:
    assert {call["step"] for call in calls} == set(in_code.steps())


def test_only_these_write_or_open_what_is_sealed() -> None:
    """Restate in the design's own words what the table comes to."""

    def may(permission: str, on: str) -> set[str]:
        return {
            need.step
            for step in POWERS
            for need in needs_of(step, POWERS[step])
            if (need.permission, need.on) == (permission, on)
        }

    assert may("datastore.entities.update", "database sealed") == {"intake", "claim", "erase"}
    assert may("datastore.entities.get", "database sealed") == {
        "intake", "claim", "erase", "freeze", "notify", "ship", "analyse",
    }  # fmt: skip
    opens = "cloudkms.cryptoKeyVersions.useToDecrypt"
    assert may(opens, "key contact") == {"notify"}
    assert may(opens, "key survey") == {"analyse"}
    assert may(opens, "key delivery") == {"ship"}
    assert may("cloudkms.cryptoKeyVersions.useToEncrypt", "key contact") == {"prepare"}
    assert may("secretmanager.versions.add", "secret contact-public") == {"prepare"}
    assert may("cloudkms.cryptoKeyVersions.destroy", "key contact") == {"erase"}


def test_a_name_is_created_by_one_step() -> None:
    """The names of the table are apart, and are those that the local Storage knows."""
    told = {
        (need.step, *need.on.removeprefix("object ").split("/", 1))
        for step in POWERS
        for need in needs_of(step, POWERS[step])
        if need.on.startswith("object ")
    }
    assert {
        need.permission for step in POWERS for need in needs_of(step, POWERS[step]) if need.on.startswith("object ")
    } == {CREATE}
    known = {(step, bucket, name) for bucket in LASTING for step, names in AUTHORS[bucket].items() for name in names}
    assert told == known
    assert len({(bucket, name) for _, bucket, name in known}) == len(known)


def test_no_step_both_wraps_and_unwraps() -> None:
    for step, words in POWERS.items():
        permissions = {(need.permission.rpartition(".")[2], need.on) for need in needs_of(step, words)}
        wraps = {on for verb, on in permissions if verb == "useToEncrypt"}
        unwraps = {on for verb, on in permissions if verb == "useToDecrypt"}
        assert not wraps & unwraps, step


@pytest.mark.parametrize("need", [*SPARE, *UNSEEN], ids=str)
def test_exceptions_have_a_reason(need: Need) -> None:
    assert len((SPARE | UNSEEN)[need]) > 20
    assert need.step in POWERS


def test_a_power_of_an_unknown_adapter_is_not_overlooked() -> None:
    main = ast.parse("def wire(settings, host):\n    return partial(x.run, spy=cameras.Camera(settings))\n")
    with pytest.raises(AssertionError, match=r"cameras\.Camera"):
        in_code.powers_of("draw", main, {})


def test_a_store_that_may_be_written_is_not_taken_for_one_that_is_read() -> None:
    main = ast.parse(
        "def wire(settings, host):\n"
        "    return partial(x.run, sealed=host.database(firestore.Database, settings, 'sealed'))\n"
    )
    assert in_code.powers_of("draw", main, {"sealed": "Reader"}) == {"read database sealed"}
    assert in_code.powers_of("draw", main, {"sealed": "Store"}) == {"write database sealed"}


def test_calls_are_translated_to_permissions() -> None:
    name = "projects/p/locations/l/keyRings/prizedraw/cryptoKeys/c-claim/cryptoKeyVersions/1"
    rows = [
        {"step": "draw", "service": "kms", "method": "Decrypt", "resource": name},
        {
            "step": "draw",
            "service": "secrets",
            "method": "AccessSecretVersion",
            "resource": "projects/p/secrets/c-index/versions/1",
        },
        {"step": "draw", "service": "kms", "method": "GenerateRandomBytes", "resource": "projects/p/locations/l"},
        {"step": "draw", "service": "drand", "method": "GET /", "resource": ""},
    ]
    assert {(need.permission, need.on) for need in needs(rows, "c")} == {
        (PERMISSIONS["kms", "Decrypt"][0], "key claim"),
        ("secretmanager.versions.access", "secret index"),
        ("cloudkms.locations.generateRandomBytes", "project"),
    }
    assert outside(rows) == {("draw", "drand")}
