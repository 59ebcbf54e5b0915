"""Hold what keeps data, and the keys: encrypted, closed, kept as long as is said and no longer."""

from collections.abc import Iterator
from datetime import date

from infra.planned import Plan, first
from prizedraw.adapters.keys.keysets import KEYSETS

FLEETING = {"claims": 7, "exports": 1}
"""The buckets that people fill or empty, and after how many days whatever is left in them goes by itself."""
LASTING = ("published", "reports")
LOGGED = {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
_DAY = 86400


def buckets(plan: Plan) -> Iterator[str]:
    """Yield buckets that are open, keep what was erased, or lose what must stay."""
    prefix = f"{plan.variables['project_id']}-{plan.variables['campaign']}-"
    names = {bucket.values["name"].removeprefix(prefix) for bucket in plan.of("storage_bucket")}
    wanted = {*FLEETING, *LASTING, f"{plan.variables['project_id']}-sources"}
    if names != wanted:
        yield f"buckets: {sorted(names)} instead of {sorted(wanted)}"
    for bucket in plan.of("storage_bucket"):
        name = bucket.values["name"].removeprefix(prefix)
        if bucket.values.get("public_access_prevention") != "enforced":
            yield f"{bucket.address}: may be made public"
        if bucket.values.get("uniform_bucket_level_access") is not True:
            yield f"{bucket.address}: grants on single files are possible"
        if bucket.values.get("force_destroy") is not False:
            yield f"{bucket.address}: is destroyed with what is in it"
        if name in FLEETING:
            if bucket.block_of("versioning").get("enabled") is not False:
                yield f"{bucket.address}: keeps versions of what was erased"
            if bucket.block_of("soft_delete_policy").get("retention_duration_seconds") != 0:
                yield f"{bucket.address}: keeps what was deleted"
        if name in LASTING and int(bucket.block_of("retention_policy").get("retention_period") or 0) < 30 * _DAY:
            yield f"{bucket.address}: what is published could be removed"
        age = first(bucket.block_of("lifecycle_rule").get("condition")).get("age")
        if name in FLEETING and age != FLEETING[name]:
            yield f"{bucket.address}: what is left there lives for {age} days, not {FLEETING[name]}"


def databases(plan: Plan) -> Iterator[str]:
    """Yield databases that can be lost, or that keep what was erased past the handling period."""
    names = sorted(database.values["name"] for database in plan.of("firestore_database"))
    if names != ["sealed", "state"]:
        yield f"databases: {names}"
    for database in plan.of("firestore_database"):
        values = database.values
        if (
            values.get("delete_protection_state") != "DELETE_PROTECTION_ENABLED"
            or values.get("deletion_policy") != "PREVENT"
        ):
            yield f"{database.address}: can be deleted"
        if values.get("point_in_time_recovery_enablement") != "POINT_IN_TIME_RECOVERY_DISABLED":
            yield f"{database.address}: keeps old versions for a week"
    campaign = plan.campaign
    window = date.fromisoformat(campaign["handling"]["ends"]) - date.fromisoformat(campaign["erase_from"])
    backed_up = {schedule.values["database"] for schedule in plan.of("firestore_backup_schedule")}
    if backed_up != set(names):
        yield f"backups of {sorted(backed_up)}"
    for schedule in plan.of("firestore_backup_schedule"):
        if int(schedule.values["retention"].removesuffix("s")) > window.days * _DAY:
            yield f"{schedule.address}: a backup outlives the handling period"


def keys(plan: Plan) -> Iterator[str]:
    """Yield keys that are not in hardware, that rotate, or whose destruction can be undone for more than a day."""
    campaign = plan.variables["campaign"]
    named = {key.values["name"]: key for key in plan.of("kms_crypto_key")}
    for name in (*KEYSETS, "evidence"):
        if f"{campaign}-{name}" not in named:
            yield f"no key {name}"
    for name, key in named.items():
        template = key.block_of("version_template")
        if template.get("protection_level") != "HSM":
            yield f"{key.address}: not in an HSM"
        if name.startswith(f"{campaign}-") and name != f"{campaign}-evidence":
            if key.values.get("rotation_period"):
                yield f"{key.address}: rotates, and one version would no longer be all"
            if key.values.get("destroy_scheduled_duration") != f"{_DAY}s":
                yield f"{key.address}: its destruction can be undone for {key.values.get('destroy_scheduled_duration')}"
            if key.values.get("purpose") != "ENCRYPT_DECRYPT":
                yield f"{key.address}: {key.values.get('purpose')}"
        elif name == f"{campaign}-evidence":
            made = (key.values.get("purpose"), template.get("algorithm"))
            if made != ("ASYMMETRIC_SIGN", "EC_SIGN_P256_SHA256"):
                yield f"{key.address}: {made}"
        elif not key.values.get("rotation_period"):
            yield f"{key.address}: never rotates"


def logs(plan: Plan) -> Iterator[str]:
    """Yield what keeps an access from being logged, or a log from being kept."""
    audited = [config for config in plan.of("project_iam_audit_config") if config.values["service"] == "allServices"]
    logged = {
        log["log_type"]
        for config in audited
        for log in config.values["audit_log_config"]
        if not log.get("exempted_members")
    }
    if logged != LOGGED:
        yield f"audit logs: {sorted(logged)} of {sorted(LOGGED)}"
    kept = plan.of("logging_project_bucket_config")
    if not kept or any((bucket.values.get("retention_days") or 0) < 365 for bucket in kept):
        yield "logs are kept for less than a year"
    sinks = {sink.values["name"]: sink for sink in plan.of("logging_project_sink")}
    default = sinks.get("_Default")
    if (
        default is None
        or default.values.get("filter")
        or default.values.get("exclusions")
        or default.values.get("disabled")
    ):
        yield "not every log goes to the bucket"
    elif not any(
        name.startswith("google_logging_project_bucket_config.") for name in plan.refers(default, "destination")
    ):
        yield f"{default.address}: leads elsewhere"
