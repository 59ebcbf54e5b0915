"""Hold the network: functions speak to Google by its private addresses; `draw` alone also to the relays."""

import re
from collections.abc import Iterator

from infra.planned import Plan, Resource, first

VIPS = {"199.36.153.4/30", "199.36.153.8/30"}
EVERYWHERE = "0.0.0.0/0"


def faults(plan: Plan) -> Iterator[str]:
    """Yield ways out that nobody asked for."""
    drand = plan.campaign["randomness"]["kind"] == "drand"
    networks = {network.key: network for network in plan.of("compute_network")}
    if networks.keys() != ({"closed", "relays"} if drand else {"closed"}):
        yield f"networks: {sorted(map(str, networks))}"
    for network in networks.values():
        if network.values.get("delete_default_routes_on_create") is not True or network.values.get(
            "auto_create_subnetworks"
        ):
            yield f"{network.address}: comes with a way out"
    for route in plan.of("compute_route"):
        destination = route.values["dest_range"]
        if destination not in VIPS and not (drand and destination == EVERYWHERE and _is_relays(plan, route)):
            yield f"{route.address}: leads to {destination}"
    for subnetwork in plan.of("compute_subnetwork"):
        if not subnetwork.values.get("private_ip_google_access"):
            yield f"{subnetwork.address}: without private access"
    yield from _rules(plan, drand)
    for step, function in {f.values["name"]: f for f in plan.of("cloudfunctions2_function")}.items():
        said = " ".join(plan.graph.get(f"module.{step}.var.network", set()))
        wanted = "local.relays" if step == "draw" else "local.closed"
        if said != wanted:
            yield f"{function.address}: in the network {said}"


def _is_relays(plan: Plan, route: Resource) -> bool:
    return any('["relays"]' in found for found in plan.said(route, "network"))


def _rules(plan: Plan, drand: bool) -> Iterator[str]:
    allowed = {re.sub(r"^https://([^/]+).*", r"\1", url) for url in plan.variables["drand_relays"]} if drand else set()
    denied, ways = set(), set()
    for rule in plan.of("compute_network_firewall_policy_rule"):
        match, action = rule.block_of("match"), rule.values.get("action")
        ranges = {*(match.get("dest_ip_ranges") or ()), *(match.get("src_ip_ranges") or ())}
        names = set(match.get("dest_fqdns") or ())
        if (
            action == "deny"
            and ranges == {EVERYWHERE}
            and first(match.get("layer4_configs")).get("ip_protocol") == "all"
        ):
            denied.add((rule.key, rule.values.get("direction")))
        elif (
            action != "allow" or rule.values.get("direction") != "EGRESS" or not ranges <= VIPS or not names <= allowed
        ):
            yield f"{rule.address}: {action} {sorted(ranges | names)}"
        elif [(c.get("ip_protocol"), c.get("ports")) for c in match["layer4_configs"]] != [("tcp", ["443"])]:
            yield f"{rule.address}: more than TLS"
        elif names != (allowed if "relays" in rule.block else set()):
            yield f"{rule.address}: allows {sorted(names)}"
        else:
            ways.add((rule.block.rpartition(".")[2], rule.key))
    networks = sorted(str(network.key) for network in plan.of("compute_network"))
    wanted_ways = {("google", name) for name in networks} | ({("relays", 0)} if drand else set())
    if ways != wanted_ways:
        yield f"ways out: {sorted(map(str, ways))}"
    wanted = {(f"{name}-{direction}", direction) for name in networks for direction in ("EGRESS", "INGRESS")}
    if denied != wanted:
        yield f"not everything else is denied: {sorted(map(str, wanted - denied))}"
