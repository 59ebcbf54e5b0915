"""Examine what keeps data: buckets, databases and their backups, secrets, the repository; and where all of it lies."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from examination.case import (
    APPLY,
    Case,
    Field,
    absent,
    by_name,
    compared,
    dig,
    flag,
    guarded,
    last,
    lowered,
    seconds,
)
from examination.rows import Row, ok, wrong
from examination.terraform_root import Resource

_BUCKET: tuple[Field, ...] = (
    ("location", "location", lowered),
    ("public_access_prevention", "iamConfiguration.publicAccessPrevention"),
    ("uniform_bucket_level_access", "iamConfiguration.uniformBucketLevelAccess.enabled", flag),
    ("versioning.enabled", "versioning.enabled", flag),
    ("retention_policy.retention_period", "retentionPolicy.retentionPeriod"),
    ("retention_policy.is_locked", "retentionPolicy.isLocked", flag),
    ("soft_delete_policy.retention_duration_seconds", "softDeletePolicy.retentionDurationSeconds"),
    ("encryption.default_kms_key_name", "encryption.defaultKmsKeyName"),
    ("lifecycle_rule.action.type", "lifecycle.rule.action.type"),
    ("lifecycle_rule.condition.age", "lifecycle.rule.condition.age"),
)
_GOOGLES_BUCKETS = ("gcf-v2-sources-", "gcf-v2-uploads-", "run-sources-", "gcf-sources-")
"""Buckets that Google makes to build functions; where they lie is held, the rest is Google's."""
_DATABASE: tuple[Field, ...] = (
    ("location_id", "locationId"),
    ("type", "type"),
    ("point_in_time_recovery_enablement", "pointInTimeRecoveryEnablement"),
    ("delete_protection_state", "deleteProtectionState"),
    ("cmek_config.kms_key_name", "cmekConfig.kmsKeyName"),
)


def buckets(case: Case) -> Iterator[Row]:
    """See that every bucket is in Tokyo, closed, under our key, and keeps what it must and no more."""
    wanted = {str(one.get("name")): one for one in case.root.of_type("storage_bucket")}
    found = by_name(case.look.rows("buckets"))
    bad = []
    for name, one in sorted(wanted.items()):
        if name not in found:
            bad.append(absent("buckets", "バケット", name))
            continue
        bad += compared("buckets", name, one, found[name], _BUCKET)
        if not one.has("lifecycle_rule") and dig(found[name], "lifecycle.rule"):
            bad.append(
                wrong(
                    "buckets",
                    f"{name} に、定義にない自動削除の規則があります。",
                    f"{name} has a lifecycle rule that nobody defined.",
                    f"gcloud storage buckets update gs://{name} --clear-lifecycle",
                )
            )
    for name in sorted(found.keys() - wanted):
        if not name.startswith(_GOOGLES_BUCKETS):
            bad.append(
                wrong(
                    "buckets",
                    f"知らないバケット {name} があります。中身を確かめてください。",
                    f"There is a bucket that nobody defined: {name}. See what is in it.",
                    f"gcloud storage buckets describe gs://{name}",
                )
            )
    yield from bad
    if not bad:
        yield ok("buckets", f"バケット {len(wanted)} は定義どおりです。", f"All {len(wanted)} buckets are as defined.")


def databases(case: Case) -> Iterator[Row]:
    """See that both databases are as defined; backups are made while they should be and end in time."""
    wanted = {str(one.get("name")): one for one in case.root.of_type("firestore_database")}
    found = by_name(case.look.rows("databases"))
    bad: list[Row] = []
    for name, one in sorted(wanted.items()):
        if name in found:
            bad += compared("databases", f"データベース {name}", one, found[name], _DATABASE)
            bad += guarded("databases", _schedule, case, name)
        else:
            bad.append(absent("databases", "データベース", name))
    bad += [
        wrong(
            "databases",
            f"知らないデータベース {name} があります。消去の対象に入っていません。",
            f"There is a database that nobody defined: {name}. Erasure does not know it.",
            f"gcloud firestore databases delete --database='{name}' --project={case.project}",
        )
        for name in sorted(found.keys() - wanted)
    ]
    bad += guarded("databases", _backups, case)
    yield from bad
    if not bad:
        yield ok(
            "databases",
            "データベースとバックアップは定義どおりです。",
            "Databases and their backups are as defined.",
        )


def _schedule(case: Case, name: str) -> Iterator[Row]:
    rows = case.look.rows("backup-schedules", database=name)
    wanted = [one for one in case.root.of_type("firestore_backup_schedule") if one.get("database") == name]
    if not wanted and rows:
        yield wrong(
            "databases",
            f"{name} のバックアップが止まっていません。消えるはずのものが残ります。",
            f"Backups of {name} go on: what is erased would stay in them.",
            f"gcloud firestore backups schedules delete --database={name} --backup-schedule={last(rows[0]['name'])}"
            f" --project={case.project}",
        )
    for one in wanted:
        kept = seconds(one.get("retention"))
        if not any("dailyRecurrence" in row and seconds(row.get("retention")) == kept for row in rows):
            yield wrong(
                "databases",
                f"{name} の毎日のバックアップ（{kept} 秒保存）がありません。",
                f"{name} has no daily backup that is kept for {kept} seconds.",
                APPLY,
            )


def _backups(case: Case) -> Iterator[Row]:
    for row in case.look.rows("backups", location=case.tokyo):
        ends = datetime.fromisoformat(str(row["expireTime"]).replace("Z", "+00:00"))
        if not case.before("erase_from") and ends > case.moment("ends"):
            yield wrong(
                "databases",
                f"取扱期間の後まで残るバックアップがあります（{row['expireTime']} まで）。",
                f"A backup outlives the handling period (until {row['expireTime']}).",
                f"gcloud firestore backups delete --backup={last(row['name'])} --location={case.tokyo}"
                f" --project={case.project}",
            )


def secrets(case: Case) -> Iterator[Row]:
    """See that every secret lies in Tokyo and Osaka under our keys, and keysets are there when entry opens."""
    wanted = {str(one.get("secret_id")): one for one in case.root.of_type("secret_manager_secret")}
    found = by_name(case.look.rows("secrets"))
    case.look.ahead(("secret-versions", {"secret": name}) for name in wanted if name in found)
    bad: list[Row] = []
    for name, one in sorted(wanted.items()):
        if name not in found:
            bad.append(absent("secrets", "シークレット", name))
            continue
        bad += guarded("secrets", _secret, case, name, one, found[name])
    bad += [
        wrong(
            "secrets",
            f"知らないシークレット {name} があります。",
            f"There is a secret that nobody defined: {name}.",
            f"gcloud secrets delete {name} --project={case.project}",
        )
        for name in sorted(found.keys() - wanted)
    ]
    yield from {row.en: row for row in bad}.values()
    if not bad:
        yield ok(
            "secrets",
            f"シークレット {len(wanted)} は東京と大阪にあり、定義どおりです。",
            f"All {len(wanted)} secrets lie in Tokyo and Osaka, as defined.",
        )


def _secret(case: Case, name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    there = {str(row.get("location")): dig(row, "customerManagedEncryption.kmsKeyName") for row in _replicas(found)}
    wanted = {
        str(row["location"]): dig(row, "customer_managed_encryption.kms_key_name")
        for row in one.get("replication.user_managed")["replicas"]
    }
    if there != wanted:
        yield wrong(
            "secrets",
            f"{name} の置き場所または鍵が定義と違います（{', '.join(sorted(there)) or '自動'}）。作り直しが要ります。",
            f"{name} lies elsewhere, or under other keys, than defined ({', '.join(sorted(there)) or 'automatic'}).",
            f"gcloud secrets delete {name} --project={case.project} && {APPLY}  # only before prepare: its value goes",
        )
    if found.get("versionDestroyTtl"):
        yield wrong(
            "secrets",
            f"{name} は、破棄しても {found['versionDestroyTtl']} の間は残ります。",
            f"{name} keeps what is destroyed for {found['versionDestroyTtl']}.",
            f"gcloud secrets update {name} --remove-version-destroy-ttl --project={case.project}",
        )
    yield from _versions(case, name)


def _replicas(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    replication = found.get("replication") or {}
    managed = replication.get("userManaged") or {}
    return list(managed.get("replicas") or ())


def _versions(case: Case, name: str) -> Iterator[Row]:
    """Yield what is wrong with the versions of a keyset while it is needed."""
    keysets = {f"{case.campaign_id}-{one}" for one in case.root.local("keyset_secrets")}
    if name not in keysets or case.before("opens_at") or not case.before("erase_from"):
        return
    enabled = [row for row in case.look.rows("secret-versions", secret=name) if row.get("state") == "ENABLED"]
    if len(enabled) != 1:
        yield wrong(
            "secrets",
            f"{name} の使える版が {len(enabled)} です。一つだけのはずです。",
            f"{name} has {len(enabled)} versions that can be read; it should have one.",
            f"gcloud secrets versions list {name} --project={case.project}  # enable the one that prepare made:"
            f" gcloud secrets versions enable 1 --secret={name} --project={case.project}",
        )


def repositories(case: Case) -> Iterator[Row]:
    """See that the functions' images lie in Tokyo under our key."""
    found = by_name(case.look.rows("repositories", location=case.tokyo))
    bad: list[Row] = []
    for one in case.root.of_type("artifact_registry_repository"):
        name = str(one.get("repository_id"))
        if name in found:
            fields: tuple[Field, ...] = (("kms_key_name", "kmsKeyName"), ("format", "format"))
            bad += compared("repositories", name, one, found[name], fields)
        else:
            bad.append(absent("repositories", "リポジトリ", name))
    yield from bad
    if not bad:
        yield ok("repositories", "リポジトリは定義どおりです。", "The repository is as defined.")


def locations(case: Case) -> Iterator[Row]:
    """See that whatever the project holds lies in Tokyo or Osaka, what Google made by itself too."""
    bad: list[Row] = []
    for call, path in (
        ("buckets", "location"),
        ("databases", "locationId"),
        ("functions", "name"),
        ("log-buckets", "name"),
    ):
        bad += guarded("locations", _abroad, case, call, path)
    yield from bad
    if not bad:
        yield ok(
            "locations",
            "バケット・データベース・機能・ログは、すべて日本（東京・大阪）にあります。",
            "Buckets, databases, functions and logs all lie in Japan (Tokyo, Osaka).",
        )


def _abroad(case: Case, call: str, path: str) -> Iterator[Row]:
    what = {"buckets": "バケット", "databases": "データベース", "functions": "機能", "log-buckets": "ログ"}[call]
    for row in case.look.rows(call):
        said = str(row.get(path, ""))
        place = (said.rpartition("/locations/")[2].split("/")[0] if "/locations/" in said else said).lower()
        if place not in case.places:
            name = last(row.get("name"))
            moved = call == "log-buckets" and name in ("_Required", "_Default")
            command = (
                "apply infra/terraform/org, then make another project: the place of these logs is fixed when it is made"
                if moved
                else APPLY
            )
            yield wrong(
                "locations",
                f"{what} {name} が日本の外（{place}）にあります。",
                f"{name} ({call}) lies outside Japan: {place}.",
                command,
            )
