"""Examine functions and schedules: the code of this checkout, as defined, and called when it is due."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from examination.case import APPLY, Case, Field, absent, by_name, compared, dig, guarded, japanese, last
from examination.rows import Row, ok, unseen, wrong
from examination.terraform_root import Resource

_FIELDS: tuple[Field, ...] = (
    ("build_config.runtime", "buildConfig.runtime"),
    ("build_config.entry_point", "buildConfig.entryPoint"),
    ("build_config.service_account", "buildConfig.serviceAccount", last),
    ("build_config.docker_repository", "buildConfig.dockerRepository", last),
    ("service_config.service_account_email", "serviceConfig.serviceAccountEmail"),
    ("service_config.ingress_settings", "serviceConfig.ingressSettings"),
    ("service_config.available_memory", "serviceConfig.availableMemory"),
    ("service_config.timeout_seconds", "serviceConfig.timeoutSeconds"),
    ("service_config.max_instance_count", "serviceConfig.maxInstanceCount"),
    ("service_config.max_instance_request_concurrency", "serviceConfig.maxInstanceRequestConcurrency"),
    ("kms_key_name", "kmsKeyName"),
)
_OF_GOOGLES = {"LOG_EXECUTION_ID"}
"""Variables that the service sets by itself."""


def functions(case: Case) -> Iterator[Row]:
    """See that every function runs the code of this checkout, as defined; there are no others."""
    wanted = {str(one.get("name")): one for one in case.root.of_type("cloudfunctions2_function")}
    found = by_name(case.look.rows("functions"))
    bad = [
        wrong(
            "functions",
            f"知らない機能 {name} があります。",
            f"There is a function that nobody defined: {name}.",
            f"gcloud functions delete {name} --gen2 --region={_region(found[name])} --project={case.project}",
        )
        for name in sorted(found.keys() - wanted)
    ]
    for name, one in sorted(wanted.items()):
        bad += _function(case, name, one, found[name]) if name in found else [absent("functions", "機能", name)]
    bad += guarded("functions", _networks, case, wanted)
    yield from bad
    if not bad:
        code_hash = case.root.local("code_hash")
        yield ok(
            "functions",
            f"機能 {len(wanted)} は、この版のコードで、定義どおりです。code_hash：{code_hash}",
            f"All {len(wanted)} functions run this checkout's code, as defined. code_hash: {code_hash}",
        )


def _region(found: Mapping[str, Any]) -> str:
    return str(found.get("name")).split("/")[3] if str(found.get("name")).count("/") >= 3 else "REGION"  # noqa: PLR2004


def _function(case: Case, name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    if found.get("state") != "ACTIVE":
        said = "; ".join(str(row.get("message")) for row in found.get("stateMessages") or ())
        yield wrong(
            "functions",
            f"{name} の状態が {found.get('state')} です。{said}",
            f"{name} is {found.get('state')}. {said}",
            f"gcloud builds list --region={case.tokyo} --project={case.project} --limit=5  # what failed; then {APPLY}",
        )
    yield from _code(name, one, found)
    yield from _environment(name, one, found)
    yield from compared("functions", name, one, found, _FIELDS)


def _code(name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    """Hold the hash in the archive's name against the archive that this checkout builds."""
    source = dig(found, "buildConfig.source.storageSource") or {}
    wanted = one.get("build_config.source.storage_source")
    if source.get("bucket") != wanted["bucket"]:
        yield unseen(
            "functions",
            f"{name} のもとは、こちらの保管場所にありません（{source.get('bucket')}）。コードを比べられません。",
            f"{name} was made from a file of another bucket ({source.get('bucket')}): its code cannot be compared.",
            "scripts/deploy --plan-only, which tells whether it would change",
        )
    elif source.get("object") != wanted["object"]:
        yield wrong(
            "functions",
            f"{name} のコードが、この版のものではありません（{source.get('object')}）。",
            f"{name} does not run this checkout's code ({source.get('object')} instead of {wanted['object']}).",
            f"{APPLY}  # between opening and erasure first ask whether this checkout is the right one: git log",
        )


def _environment(name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    wanted = one.get("service_config.environment_variables") or {}
    there = dig(found, "serviceConfig.environmentVariables") or {}
    for variable in sorted((wanted.keys() | there.keys()) - _OF_GOOGLES):
        if wanted.get(variable) != there.get(variable):
            yield wrong(
                "functions",
                f"{name} の環境変数 {variable} が「{there.get(variable)}」です。定義は「{wanted.get(variable)}」です。",
                f"{name}: the variable {variable} is {there.get(variable)!r}, not {wanted.get(variable)!r}.",
                APPLY,
            )


_ANNOTATED = "run.googleapis.com/"


def _networks(case: Case, wanted: Mapping[str, Resource]) -> Iterator[Row]:
    """See that every function speaks through its network alone; the service below it tells."""
    services = case.look.rows("services", location=case.tokyo)
    found = {str(dig(row, "metadata.name")): dig(row, "spec.template.metadata.annotations") or {} for row in services}
    for name in sorted(wanted.keys() & found.keys()):
        interfaces = json.loads(found[name].get(f"{_ANNOTATED}network-interfaces") or "[{}]")
        there = (last(interfaces[0].get("network")), found[name].get(f"{_ANNOTATED}vpc-access-egress"))
        network = last(wanted[name].get("service_config.direct_vpc_network_interface.network"))
        if there != (network, "all-traffic"):
            yield wrong(
                "functions",
                f"{name} の通信が、定義のネットワーク {network} を通りません（{there[0] or 'なし'}、{there[1]}）。",
                f"{name} does not speak through its network {network} alone ({there[0] or 'none'}, {there[1]}).",
                APPLY,
            )


_SCHEDULE: tuple[Field, ...] = (("schedule", "schedule"), ("time_zone", "timeZone"))


def schedules(case: Case) -> Iterator[Row]:
    """See that every schedule runs, is due when defined, and its last call was answered well."""
    wanted = {str(one.get("name")): one for one in case.root.of_type("cloud_scheduler_job")}
    found = by_name(case.look.rows("schedules", location=case.tokyo))
    bad = [
        wrong(
            "schedules",
            f"知らないスケジュール {name} があります。",
            f"There is a schedule that nobody defined: {name}.",
            f"gcloud scheduler jobs delete {name} --location={case.tokyo} --project={case.project}",
        )
        for name in sorted(found.keys() - wanted)
    ]
    for name, one in sorted(wanted.items()):
        bad += _schedule(case, name, one, found[name]) if name in found else [absent("schedules", "スケジュール", name)]
    yield from bad
    if not bad:
        due = [f"{name} {japanese(found[name].get('scheduleTime'))}" for name in sorted(wanted)]
        yield ok("schedules", f"次の予定（日本時間）：{'、'.join(due)}", f"Next due (in Japan): {', '.join(due)}")


def _schedule(case: Case, name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    yield from compared("schedules", name, one, found, _SCHEDULE)
    at = f"{name} --location={case.tokyo} --project={case.project}"
    if found.get("state") != "ENABLED":
        yield wrong(
            "schedules",
            f"{name} が止められています（{found.get('state')}）。",
            f"{name} is {found.get('state')}.",
            f"gcloud scheduler jobs resume {at}",
        )
    code = dig(found, "status.code")
    if code:
        yield wrong(
            "schedules",
            f"{name} の前回（{japanese(found.get('lastAttemptTime'))}）の呼び出しが失敗しました（コード {code}）。",
            f"The last call of {name} ({japanese(found.get('lastAttemptTime'))}) failed (code {code}).",
            f'gcloud logging read \'resource.type="cloud_scheduler_job" AND resource.labels.job_id="{name}"\''
            f" --project={case.project} --limit=5  # why; when mended: gcloud scheduler jobs run {at}",
        )
    topic = one.get("pubsub_target.topic_name")
    if topic and topic != dig(found, "pubsubTarget.topicName"):
        yield wrong("schedules", f"{name} の宛先が違います。", f"{name} goes elsewhere than to {topic}.", APPLY)


def uri_of(case: Case, name: str) -> str:
    """Return the address of a function as the service tells it, empty if it does not."""
    for row in case.look.rows("functions"):
        if last(row.get("name")) == name:
            return str(dig(row, "serviceConfig.uri") or "")
    return ""
