"""Examine what is written down and who is told: logs, audit logs, alerts, channels, the budget."""

from collections.abc import Iterator, Mapping
from typing import Any

from examination.case import APPLY, Case, Field, absent, by_name, compared, dig, flag, guarded, one_line
from examination.rows import Row, ok, wrong
from examination.terraform_root import Resource

_LOGS: tuple[Field, ...] = (
    ("retention_days", "retentionDays"),
    ("locked", "locked", flag),
    ("enable_analytics", "analyticsEnabled", flag),
    ("cmek_settings.kms_key_name", "cmekSettings.kmsKeyName"),
)
_FILTERS = (
    ("condition_matched_log.filter", "conditionMatchedLog.filter"),
    ("condition_threshold.filter", "conditionThreshold.filter"),
    ("condition_prometheus_query_language.query", "conditionPrometheusQueryLanguage.query"),
)


def logs(case: Case) -> Iterator[Row]:
    """See that all logs go into one bucket in Tokyo, kept long enough; every read and write of data is among them."""
    bad: list[Row] = []
    found = by_name(case.look.rows("log-buckets"))
    for one in case.root.of_type("logging_project_bucket_config"):
        name = str(one.get("bucket_id"))
        if name in found:
            bad += compared("logs", f"ログの保管場所 {name}", one, found[name], _LOGS)
        else:
            bad.append(absent("logs", "ログの保管場所", name))
    bad += guarded("logs", _sinks, case)
    bad += guarded("logs", _audit, case)
    bad += guarded("logs", _metrics, case)
    yield from bad
    if not bad:
        yield ok(
            "logs",
            "ログは東京の一か所に集められ、データの読み書きもすべて記録されています。",
            "Logs go to one place in Tokyo; every read and write of data is among them.",
        )


def _sinks(case: Case) -> Iterator[Row]:
    found = by_name(case.look.rows("sinks"))
    for one in case.root.of_type("logging_project_sink"):
        name = str(one.get("name"))
        sink = found.get(name)
        if sink is None:
            yield absent("logs", "シンク", name)
            continue
        filter = "" if sink.get("filter") == "(empty filter)" else str(sink.get("filter") or "")
        narrowed = filter != str(one.get("filter", "")) or bool(sink.get("exclusions"))
        if sink.get("destination") != one.get("destination") or sink.get("disabled") or narrowed:
            how = f"{sink.get('destination')}, disabled: {bool(sink.get('disabled'))}, narrowed: {narrowed}"
            yield wrong(
                "logs",
                f"シンク {name} が定義と違います（{how}）。ログが失われます。",
                f"The sink {name} is not as defined ({how}). Logs are lost.",
                APPLY,
            )


def _audit(case: Case) -> Iterator[Row]:
    policy = case.look.one("project-grants") or {}
    found = {str(row.get("service")): row.get("auditLogConfigs") or [] for row in policy.get("auditConfigs") or ()}
    for one in case.root.of_type("project_iam_audit_config"):
        wanted = {str(row["log_type"]) for row in one.blocks("audit_log_config")}
        rows = found.get(str(one.get("service")), [])
        missing = sorted(wanted - {str(row.get("logType")) for row in rows})
        if missing:
            yield wrong(
                "logs",
                f"監査ログに {', '.join(missing)} が記録されていません。",
                f"Audit logs do not take {', '.join(missing)}.",
                APPLY,
            )
    exempted = sorted({m for rows in found.values() for row in rows for m in row.get("exemptedMembers") or ()})
    if exempted:
        yield wrong(
            "logs",
            f"監査ログに残らない人がいます：{', '.join(exempted)}",
            f"Audit logs leave out what these do: {', '.join(exempted)}",
            APPLY,
        )


def _metrics(case: Case) -> Iterator[Row]:
    found = by_name(case.look.rows("metrics"))
    for one in case.root.of_type("logging_metric"):
        name = str(one.get("name"))
        if name not in found:
            yield absent("logs", "指標", name)
        elif one_line(found[name].get("filter")) != one_line(one.get("filter")):
            yield wrong("logs", f"指標 {name} の条件が違います。", f"The metric {name} has another filter.", APPLY)


def alerts(case: Case) -> Iterator[Row]:
    """See that every alert is on, watches what it should, and reaches everybody who is to be told."""
    bad: list[Row] = []
    channels = {str(row.get("name")): row for row in case.look.rows("channels")}
    wanted = {str(one.get("labels.email_address")) for one in case.root.of_type("monitoring_notification_channel")}
    by_address = {str(dig(row, "labels.email_address")): row for row in channels.values()}
    bad += [absent("alerts", "警報の宛先", address) for address in sorted(wanted - by_address.keys())]
    for address in sorted(wanted & by_address.keys()):
        if by_address[address].get("enabled") is False:
            bad.append(
                wrong(
                    "alerts",
                    f"警報の宛先 {address} が止められています。",
                    f"The channel to {address} is switched off.",
                    f"gcloud beta monitoring channels update {by_address[address]['name']} --enabled",
                )
            )
    found = {str(row.get("displayName")): row for row in case.look.rows("alerts")}
    for one in case.root.of_type("monitoring_alert_policy"):
        name = str(one.get("display_name"))
        if name in found:
            told = {
                str(dig(channels.get(str(id)), "labels.email_address"))
                for id in found[name].get("notificationChannels") or ()
            }
            bad += _alert(name, one, found[name], wanted - told)
        else:
            bad.append(absent("alerts", "警報", name))
    bad += guarded("alerts", _budget, case)
    yield from bad
    if not bad:
        yield ok(
            "alerts",
            f"警報 {len(found)} は {', '.join(sorted(wanted))} に届きます。届くことは、鳴らしてみないと分かりません。",
            f"{len(found)} alerts go to {', '.join(sorted(wanted))}. That they arrive, only a real one shows.",
        )


def _alert(name: str, one: Resource, found: Mapping[str, Any], untold: set[str]) -> Iterator[Row]:
    if not flag(found.get("enabled")):
        yield wrong(
            "alerts",
            f"警報 {name} が止められています。",
            f"The alert {name} is switched off.",
            f"gcloud alpha monitoring policies update {found.get('name')} --enabled",
        )
    if untold:
        yield wrong(
            "alerts",
            f"警報 {name} が {', '.join(sorted(untold))} に届きません。",
            f"The alert {name} does not reach {', '.join(sorted(untold))}.",
            APPLY,
        )
    condition = one.get("conditions")
    for written, seen in _FILTERS:
        text = dig(condition, written)
        if text is not None and one_line(text) != one_line(dig(found, f"conditions.{seen}")):
            yield wrong("alerts", f"警報 {name} の条件が違います。", f"The alert {name} has another condition.", APPLY)


def _budget(case: Case) -> Iterator[Row]:
    for one in case.root.of_type("billing_budget"):
        name = str(one.get("display_name"))
        found = case.look.rows("budgets", account=str(case.root.variable("billing_account")))
        if name not in {str(row.get("displayName")) for row in found}:
            yield absent("alerts", "予算", name)
