"""Hold the topics: who is pushed what, as whom, how often it is tried, and where it goes that cannot be delivered."""

from collections.abc import Iterator

from infra.functions import functions
from infra.planned import Plan, Resource, first
from infra.platform import PUSHED_TO

PUSHES = {"intake": "notifications", "claim": "claims"}
_LEAST_ATTEMPTS = 5


def faults(plan: Plan) -> Iterator[str]:
    """Yield what may be lost, pushed by anybody, or tried for ever."""
    campaign = plan.variables["campaign"]
    for topic in plan.of("pubsub_topic"):
        storage = topic.block_of("message_storage_policy")
        from_outside = topic.values["name"] == f"{campaign}-notifications"
        if storage.get("enforce_in_transit") is from_outside:
            yield f"{topic.address}: enforce_in_transit is {storage.get('enforce_in_transit')}"
    subscriptions = {
        found.values["name"].removeprefix(f"{campaign}-"): found for found in plan.of("pubsub_subscription")
    }
    if subscriptions.keys() != {*PUSHES, "dead-letters"}:
        yield f"subscriptions: {sorted(subscriptions)}"
    for name, subscription in subscriptions.items():
        if subscription.block_of("expiration_policy").get("ttl") != "":
            yield f"{subscription.address}: dropped when idle for a month"
        if name in PUSHES:
            yield from _push(plan, name, subscription)
    dead = subscriptions.get("dead-letters")
    if dead and "google_pubsub_topic.dead_letters" not in plan.refers(dead, "topic"):
        yield f"{dead.address}: keeps no dead letters"
    yield from _dropped_files(plan)


def _push(plan: Plan, step: str, subscription: Resource) -> Iterator[str]:
    push = subscription.block_of("push_config")
    account = f"push-{step}@{plan.variables['project_id']}.iam.gserviceaccount.com"
    if first(push.get("oidc_token")).get("service_account_email") != account:
        yield f"{subscription.address}: pushes without the account {account}"
    if f"module.{step}.google_cloudfunctions2_function.this" not in plan.refers(subscription, "push_config"):
        yield f"{subscription.address}: pushes to another function"
    calls = plan.document["configuration"]["root_module"]["module_calls"]
    if PUSHED_TO not in calls[step]["module"]["outputs"]["uri"]["expression"]["references"]:
        yield f"{subscription.address}: pushes to an address that a perimeter refuses"
    if f"google_pubsub_topic.{PUSHES[step]}" not in plan.refers(subscription, "topic"):
        yield f"{subscription.address}: listens to another topic"
    if not subscription.block_of("retry_policy").get("minimum_backoff"):
        yield f"{subscription.address}: tried again at once"
    letters = subscription.block_of("dead_letter_policy")
    dead = "google_pubsub_topic.dead_letters" in plan.refers(subscription, "dead_letter_policy")
    if not dead or (letters.get("max_delivery_attempts") or 0) < _LEAST_ATTEMPTS:
        yield f"{subscription.address}: has no dead letters"
    if "google_pubsub_topic_iam_member.dead_letters" not in plan.reach(subscription.block):
        yield f"{subscription.address}: its dead letters may be refused"
    function = functions(plan).get(step)
    timeout = function.block_of("service_config").get("timeout_seconds", 0) if function else 0
    if (subscription.values.get("ack_deadline_seconds") or 0) < timeout:
        yield f"{subscription.address}: delivers again while the function still works"


def _dropped_files(plan: Plan) -> Iterator[str]:
    told = plan.of("storage_notification")
    if [notification.values.get("event_types") for notification in told] != [["OBJECT_FINALIZE"]]:
        yield "files that are dropped are not announced once"
    for notification in told:
        if "google_pubsub_topic.claims" not in plan.refers(notification, "topic"):
            yield f"{notification.address}: announces elsewhere"
        if not str(notification.values.get("bucket")).endswith("-claims"):
            yield f"{notification.address}: announces another bucket's files"
