"""Hold what is logged of functions and their network: what Google takes is asked for, and no flag stands for a log."""

import re
from collections.abc import Iterator

from infra.planned import Plan
from infra.platform import LOGS


def faults(plan: Plan) -> Iterator[str]:
    """Yield logs that are not taken though they could be, and flags that no log comes of."""
    networks = plan.of("compute_network")
    policies = [policy for policy in plan.of("dns_policy") if policy.values.get("enable_logging") is True]
    for network in networks:
        if not any(network.block in plan.graph.get(policy.block, ()) for policy in policies):
            yield f"{network.address}: names that are asked for are not logged"
    for nat in plan.of("compute_router_nat"):
        log = nat.block_of("log_config")
        if log.get("enable") is not True or log.get("filter") != "ALL":
            yield f"{nat.address}: connections are not logged"
    if not LOGS["firewall"].taken:
        for rule in plan.of("compute_network_firewall_policy_rule"):
            if rule.values.get("enable_logging"):
                yield f"{rule.address}: asks for a log that is never taken of functions"


def broken_promises(text: str) -> Iterator[str]:
    """Yield what a text for the ward says of logs that are not taken, and the logs that it leaves out."""
    for sentence in re.split(r"[。\n]", text):
        for kind, log in LOGS.items():
            said = log.word.removesuffix("の記録") in sentence and re.search("記録|ログ", sentence)
            if said and not log.taken and "ありません" not in sentence:
                yield f"{kind} is not logged: {sentence.strip()}"
    yield from (f"{log.word} is not named" for log in LOGS.values() if log.taken and log.word not in text)
