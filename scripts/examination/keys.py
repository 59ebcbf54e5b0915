"""Examine keys: in hardware, in Japan, of the right kind; and their versions, before and after erasure."""

from collections.abc import Iterator, Mapping
from typing import Any

from examination.case import Case, Field, absent, by_name, compared, guarded, last, seconds
from examination.rows import Row, ok, wrong
from examination.terraform_root import Resource

_FIELDS: tuple[Field, ...] = (
    ("purpose", "purpose"),
    ("version_template.protection_level", "versionTemplate.protectionLevel"),
    ("version_template.algorithm", "versionTemplate.algorithm"),
    ("destroy_scheduled_duration", "destroyScheduledDuration", seconds),
    ("rotation_period", "rotationPeriod", seconds),
)
# What a key is made with, and what of it can be changed later; the rest means another key.
_FIXED = ("purpose", "versionTemplate.protectionLevel", "destroyScheduledDuration")
_GONE = ("DESTROYED", "DESTROY_SCHEDULED")


def where(key: Resource) -> dict[str, str]:
    """Return the parts by which `gcloud` finds a key: location, ring, key."""
    place, ring, name = str(key.told("id")).split("/")[3::2]
    return {"location": place, "ring": ring, "key": name}


def keys(case: Case) -> Iterator[Row]:
    """See that every key is there and as defined, with its versions in the state of their time; there are no others."""
    wanted = {key.told("id"): key for key in case.root.of_type("kms_crypto_key")}
    rings = {(parts["location"], parts["ring"]) for parts in map(where, wanted.values())}
    case.look.ahead(("keys", {"location": place, "ring": ring}) for place, ring in rings)
    case.look.ahead(("key-versions", where(key)) for key in wanted.values())
    bad: list[Row] = []
    for place, ring in sorted(rings):
        bad += guarded("keys", _ring, case, place, ring, wanted)
    yield from {row.en: row for row in bad}.values()
    if not bad:
        yield ok(
            "keys",
            f"鍵 {len(wanted)} 本は、すべて日本のHSMにあり、定義どおりです。",
            f"All {len(wanted)} keys lie in HSMs in Japan, as defined.",
        )


def _ring(case: Case, place: str, ring: str, wanted: Mapping[str, Resource]) -> Iterator[Row]:
    found = by_name(case.look.rows("keys", location=place, ring=ring))
    own = {last(id): key for id, key in wanted.items() if where(key)["location"] == place}
    for name in sorted(found.keys() - own):
        yield wrong(
            "keys",
            f"知らない鍵 {name}（{place}）があります。前の企画の鍵なら、past_campaigns に入れます。",
            f"There is a key that nobody defined: {name} ({place}). If a past campaign's, name it in past_campaigns.",
            f"gcloud kms keys list --keyring={ring} --location={place} --project={case.project}",
        )
    for name, key in sorted(own.items()):
        if name not in found:
            yield absent("keys", "鍵", name)
            continue
        for row in compared("keys", name, key, found[name], _FIELDS):
            fixed = any(f" {path} " in row.en for path in _FIXED)
            yield _another_key(row) if fixed else row
        yield from guarded("keys", _versions, case, key)


def _another_key(row: Row) -> Row:
    """Say of what is fixed when a key is made that only another key mends it."""
    return Row(
        row.check,
        row.state,
        f"{row.ja}鍵を作ったときに決まり、後から変えられません。",
        f"{row.en} It is fixed when a key is made.",
        command="put another campaign id into infra/terraform/terraform.tfvars and its file, then scripts/deploy",
    )


def _versions(case: Case, key: Resource) -> Iterator[Row]:
    versions = case.look.rows("key-versions", **where(key))
    parts, name = where(key), where(key)["key"]
    at = f"--key={name} --keyring={parts['ring']} --location={parts['location']} --project={case.project}"
    for version in versions:
        if version.get("protectionLevel") != "HSM":
            yield wrong(
                "keys",
                f"{name} の版 {last(version['name'])} が HSM にありません（{version.get('protectionLevel')}）。",
                f"Version {last(version['name'])} of {name} is no HSM key ({version.get('protectionLevel')}).",
                "put another campaign id into infra/terraform/terraform.tfvars and its file, then scripts/deploy",
            )
    if not any(version.get("state") == "ENABLED" for version in versions):
        yield from _unusable(case, name, at, versions)
    elif key.address.startswith("google_kms_crypto_key.campaign["):
        yield from _of_campaign(case, name, at, versions)


def _served(case: Case) -> set[str]:
    """Return the keys that are to be destroyed with the campaign that is served."""
    return {f"{case.campaign_id}-{keyset}" for keyset in case.root.local("keysets")}


def _unusable(case: Case, name: str, at: str, versions: list[dict[str, Any]]) -> Iterator[Row]:
    """Yield why a key cannot be used, unless erasure has begun and meant it so."""
    lasts = name.startswith("cmek-") or name.endswith("-evidence")
    if not lasts and not (name in _served(case) and case.before("erase_from")):
        return
    newest = versions[-1] if versions else {}
    state, version = newest.get("state"), last(newest.get("name")) or "1"
    verb = {"DESTROY_SCHEDULED": "restore", "DISABLED": "enable"}.get(str(state))
    if verb:
        yield wrong(
            "keys",
            f"{name} の版 {version} が {state} です。使えません。",
            f"Version {version} of {name} is {state}: it cannot be used.",
            f"gcloud kms keys versions {verb} {version} {at}",
        )
    else:
        yield wrong(
            "keys",
            f"{name} に使える版がありません（{state}）。封をしたものは、もう開けません。区と相談してください。",
            f"{name} has no version that can be used ({state}). What it sealed is lost: talk to the ward.",
            "infra/terraform/playbooks/breach.md",
        )


def _of_campaign(case: Case, name: str, at: str, versions: list[dict[str, Any]]) -> Iterator[Row]:
    if len(versions) > 1:
        yield wrong(
            "keys",
            f"{name} に版が {len(versions)} あります。一つだけのはずです。だれが作ったかを監査ログで調べてください。",
            f"{name} has {len(versions)} versions; it should have one. The audit log tells who made the others.",
            f"gcloud kms keys versions list {at}",
        )
    # After the period is over a key that still opens something is a promise that was not kept.
    if name in _served(case) and not case.before("ends") and versions[0].get("state") not in _GONE:
        yield wrong(
            "keys",
            f"取扱期間が終わったのに、{name} がまだ破棄されていません。erase を押してください。",
            f"The handling period is over, and {name} is not destroyed. Press erase.",
            f"gcloud functions call erase --gen2 --region={case.tokyo} --project={case.project} --data='{{}}'",
        )
