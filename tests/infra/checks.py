"""Gather all that a plan is held against: functions that yield faults, none of which calls anything."""

from collections.abc import Callable, Iterator

from infra import (
    agents,
    alerts,
    authors,
    erased,
    functions,
    granted,
    grants,
    names,
    network,
    order,
    places,
    stores,
    taken,
    topics,
)
from infra.planned import Plan

Check = Callable[[Plan], Iterator[str]]

CHECKS: dict[str, Check] = {
    "every location is in Japan": places.faults,
    "the steps are granted what the table says": grants.wrong_powers,
    "prepare's grants end at opening": grants.wrong_times,
    "each name has one author": authors.faults,
    "all grants were read": granted.faults,
    "nothing is public, basic or a key": grants.forbidden,
    "nobody stays owner": grants.owners,
    "Google's agents have their roles": agents.agents,
    "functions can be built": agents.builds,
    "services may do what they are asked to": agents.acts,
    "names are taken": names.names,
    "numbers are taken": names.limits,
    "what is for ever is guarded": names.forever,
    "logs that are promised are taken": taken.faults,
    "buckets are closed": stores.buckets,
    "databases cannot be lost": stores.databases,
    "every store has its place": erased.faults,
    "keys lie in hardware": stores.keys,
    "accesses are logged": stores.logs,
    "functions are reached by whom they must": functions.reach,
    "functions are told what they use": functions.environments,
    "schedules follow the campaign": functions.schedules,
    "keys are granted before they are used": order.keys,
    "APIs are enabled before they are used": order.apis,
    "topics lose nothing": topics.faults,
    "the network leads nowhere else": network.faults,
    "alerts say what to do": alerts.faults,
}


def faults(plan: Plan) -> list[str]:
    """Return every fault of a plan."""
    return [f"{name}: {fault}" for name, check in CHECKS.items() for fault in check(plan)]
