"""The list of places: every store that the code knows stands in exactly one, and each is told in whole sentences."""

import ast
import re
from collections import Counter
from pathlib import Path

import pytest

from prizedraw.adapters import erasers
from prizedraw.adapters.gmail import eraser
from prizedraw.adapters.keys import keysets
from prizedraw.adapters.keys.kms import connect as connect_kms
from prizedraw.adapters.secrets import passwords
from prizedraw.adapters.secrets.versions import connect as connect_secrets
from prizedraw.erasure import witnesses
from prizedraw.erasure.attested import TEXT
from prizedraw.erasure.kept import KEPT, Kept
from prizedraw.erasure.places import PLACES, Place, PlaceKind, When
from prizedraw.runtime.settings import Settings

PACKAGE = Path(__file__).parents[3] / "shared" / "prizedraw"
MODULES = sorted(PACKAGE.rglob("*.py"))
LISTED: tuple[Place | Kept, ...] = (*PLACES, *KEPT)
STORES = [store for one in LISTED for store in one.stores]
SETTINGS = Settings.from_env(
    {
        "CAMPAIGN": "rally",
        "GOOGLE_CLOUD_PROJECT": "ward",
        "LOCATION": "asia-northeast1",
        "SCHEDULER_ACCOUNT": "scheduler@ward.iam.gserviceaccount.com",
    }
)
BOTH = {"leases"}
"""Collections of both databases."""
SEALED = {"entries", "responses", "deliveries"} | BOTH


def collections(source: str) -> set[str]:
    """Return the collections that a module declares."""
    return set(re.findall(r'^    COLLECTION: ClassVar\[str\] = "(\w+)"$', source, re.MULTILINE))


def declared() -> set[str]:
    found = set().union(*(collections(file.read_text(encoding="utf-8")) for file in MODULES))
    return {f"sealed/{name}" for name in found & SEALED} | {f"state/{name}" for name in found - SEALED | BOTH}


def test_no_store_stands_in_two_places() -> None:
    assert [store for store, number in Counter(STORES).items() if number > 1] == []


def test_every_collection_of_the_code_has_its_place() -> None:
    assert len(MODULES) > 150
    assert len(declared()) > 25
    assert {store for store in STORES if store.startswith(("sealed/", "state/"))} == declared()


def test_a_collection_that_is_declared_is_seen() -> None:
    assert collections('class Extra:\n    COLLECTION: ClassVar[str] = "extras"\n') == {"extras"}


def test_no_module_declares_a_collection_in_another_way() -> None:
    for file in MODULES:
        tree = ast.parse(file.read_text(encoding="utf-8"))
        named = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.AnnAssign | ast.Assign) and "COLLECTION" in ast.unparse(node).partition("=")[0]
        ]
        in_protocol = file.name == "ports.py"
        assert len(named) == len(collections(file.read_text(encoding="utf-8"))) + in_protocol, file.name


def test_every_secret_and_key_has_its_place() -> None:
    secrets = {*keysets.SECRETS, passwords.SECRET, eraser.SECRET, "gmail"}
    assert {store for store in STORES if store.startswith("secret/")} == {f"secret/{name}" for name in secrets}
    keys = {*keysets.KEYSETS, "evidence", "cmek"}
    assert {store for store in STORES if store.startswith("key/")} == {f"key/{name}" for name in keys}


def test_every_bucket_and_topic_of_the_settings_has_its_place() -> None:
    buckets = {name.removesuffix("_bucket") for name in Settings.__dataclass_fields__ if name.endswith("_bucket")}
    assert {store for store in STORES if store.startswith("bucket/")} == {f"bucket/{n}" for n in buckets | {"sources"}}
    topics = {name.removesuffix("_topic") for name in Settings.__dataclass_fields__ if name.endswith("_topic")}
    assert {f"topic/{name}" for name in topics} <= set(STORES)


def test_what_the_program_erases_is_what_the_step_and_the_function_reach() -> None:
    erased = {store for place in PLACES if place.kind in (PlaceKind.PROGRAM, PlaceKind.KEY) for store in place.stores}
    reached = {f"sealed/{kind.COLLECTION}" for kind in witnesses.SEALED}
    reached |= {f"state/{kind.COLLECTION}" for kind in witnesses.STATE}
    reached |= set(erasers.erasers(SETTINGS, connect_kms(SETTINGS), connect_secrets(SETTINGS)))
    assert erased == reached | {"mailbox", "mailbox/sent"}


def test_the_past_of_each_database_is_looked_at() -> None:
    looked = {store for place in PLACES if place.kind is PlaceKind.TIME for store in place.stores}
    assert looked == {f"history/{name}" for name in erasers.histories(SETTINGS)}


def test_what_a_person_must_attest_is_the_form_its_sheet_and_what_no_program_reaches() -> None:
    assert [place.id for place in PLACES if place.kind is PlaceKind.PERSON] == [
        "form",
        "sheet",
        "logo",
        "downloads",
        "dead-letters",
    ]


def test_keys_go_last_and_their_secrets_before_them() -> None:
    assert [place.id for place in PLACES][-2:] == ["keysets", "keys"]
    assert "key/evidence" not in {store for place in PLACES for store in place.stores}


def test_places_go_in_the_order_in_which_their_purpose_ends() -> None:
    order = [list(When).index(place.when) for place in PLACES]
    assert order == sorted(order)


def test_ids_are_each_once() -> None:
    ids = [one.id for one in LISTED]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.id)
def test_a_place_is_told_in_words_that_a_report_takes(place: Place) -> None:
    assert all(TEXT.fullmatch(text) for text in (place.name, place.holds, place.method, place.evidence))
    assert place.stores


@pytest.mark.parametrize("kept", KEPT, ids=lambda kept: kept.id)
def test_what_is_kept_has_a_reason_and_an_end(kept: Kept) -> None:
    assert all(TEXT.fullmatch(text) for text in (kept.name, kept.holds, kept.reason, kept.until))
    assert kept.stores
