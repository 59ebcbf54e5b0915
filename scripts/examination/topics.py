"""Examine topics and subscriptions: where messages lie, to whom they go, and what happens to those nobody can take."""

from collections.abc import Iterator, Mapping
from typing import Any

from examination.case import APPLY, Case, Field, absent, by_name, compared, dig, flag, guarded, seconds
from examination.functions import uri_of
from examination.rows import Row, ok, wrong
from examination.terraform_root import Resource

_TOPIC: tuple[Field, ...] = (
    ("kms_key_name", "kmsKeyName"),
    ("message_storage_policy.allowed_persistence_regions", "messageStoragePolicy.allowedPersistenceRegions"),
    ("message_storage_policy.enforce_in_transit", "messageStoragePolicy.enforceInTransit", flag),
)
_SUBSCRIPTION: tuple[Field, ...] = (
    ("topic", "topic"),
    ("ack_deadline_seconds", "ackDeadlineSeconds"),
    ("message_retention_duration", "messageRetentionDuration", seconds),
    ("dead_letter_policy.dead_letter_topic", "deadLetterPolicy.deadLetterTopic"),
    ("dead_letter_policy.max_delivery_attempts", "deadLetterPolicy.maxDeliveryAttempts"),
    ("push_config.oidc_token.service_account_email", "pushConfig.oidcToken.serviceAccountEmail"),
)


def messages(case: Case) -> Iterator[Row]:
    """See that topics and subscriptions are as defined, and dropped files announced."""
    bad = [*_all(case, "topics", "pubsub_topic", "トピック", _TOPIC)]
    bad += guarded("messages", _subscriptions, case)
    bad += guarded("messages", _notifications, case)
    yield from bad
    if not bad:
        yield ok("messages", "トピックと購読は定義どおりです。", "Topics and subscriptions are as defined.")


def _all(case: Case, call: str, type: str, what: str, fields: tuple[Field, ...]) -> Iterator[Row]:
    found = by_name(case.look.rows(call))
    for one in case.root.of_type(type):
        name = str(one.get("name"))
        if name in found:
            yield from compared("messages", name, one, found[name], fields)
        else:
            yield absent("messages", what, name)


def _subscriptions(case: Case) -> Iterator[Row]:
    yield from _all(case, "subscriptions", "pubsub_subscription", "購読", _SUBSCRIPTION)
    found = by_name(case.look.rows("subscriptions"))
    for one in case.root.of_type("pubsub_subscription"):
        name = str(one.get("name"))
        if name in found:
            yield from guarded("messages", _subscription, case, name, one, found[name])


def _subscription(case: Case, name: str, one: Resource, found: Mapping[str, Any]) -> Iterator[Row]:
    if found.get("detached") or found.get("state", "ACTIVE") != "ACTIVE":
        yield wrong(
            "messages",
            f"購読 {name} が働いていません（{found.get('state')}）。",
            f"The subscription {name} does not work ({found.get('state')}).",
            f"gcloud pubsub subscriptions delete {name} --project={case.project} && {APPLY}",
        )
    if (found.get("expirationPolicy") or {}).get("ttl"):
        yield wrong(
            "messages",
            f"購読 {name} は、使われないと {found['expirationPolicy']['ttl']} で消えます。",
            f"The subscription {name} goes after {found['expirationPolicy']['ttl']} without use.",
            f"gcloud pubsub subscriptions update {name} --expiration-period=never --project={case.project}",
        )
    step = name.removeprefix(f"{case.campaign_id}-")
    if one.has("push_config") and (uri := uri_of(case, step)) and dig(found, "pushConfig.pushEndpoint") != uri:
        yield wrong(
            "messages",
            f"購読 {name} の宛先が {step} ではありません（{dig(found, 'pushConfig.pushEndpoint')}）。",
            f"The subscription {name} does not push to {step} ({dig(found, 'pushConfig.pushEndpoint')}).",
            APPLY,
        )


def _notifications(case: Case) -> Iterator[Row]:
    for one in case.root.of_type("storage_notification"):
        bucket, topic = str(one.get("bucket")), str(one.get("topic"))
        rows = case.look.rows("notifications", bucket=bucket)
        found = [row.get("Notification Configuration", row) for row in rows]
        if not any(str(row.get("topic", "")).endswith(topic) for row in found):
            yield wrong(
                "messages",
                f"バケット {bucket} に置かれたファイルが知らされません。",
                f"Files dropped in {bucket} are not announced.",
                APPLY,
            )


def dead_letters(case: Case) -> Iterator[Row]:
    """See that what nobody can take is kept, and that somebody is told of the first one."""
    wanted = [one for one in case.root.of_type("pubsub_subscription") if not one.has("push_config")]
    found = by_name(case.look.rows("subscriptions"))
    alerts = {str(row.get("displayName")): row for row in case.look.rows("alerts")}
    watch = alerts.get("dead-letters", {})
    for one in wanted:
        name = str(one.get("name"))
        if name not in found:
            yield absent("dead-letters", "購読", name)
            continue
        filter = str(dig(watch, "conditions.conditionThreshold.filter") or "")
        if not flag(watch.get("enabled")) or f'"{name}"' not in filter:
            yield wrong(
                "dead-letters",
                f"{name} に取り置かれた知らせを、だれにも知らせません（警報 dead-letters）。",
                f"Nobody is told of what is left in {name} (alert dead-letters).",
                APPLY,
            )
        else:
            place = f"https://console.cloud.google.com/cloudpubsub/subscription/detail/{name}?project={case.project}"
            yield ok(
                "dead-letters",
                f"一件でも取り置かれれば警報が鳴ります。gcloud では数えられません。数はここに：{place}",
                f"One message left raises the alert. gcloud cannot count them; this page does: {place}",
            )
