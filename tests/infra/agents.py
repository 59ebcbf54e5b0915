"""Hold what Google does in the project as itself, and as whom it builds: each identity has its role, and no other."""

from collections.abc import Iterator

from infra.granted import UNKNOWN, is_grant, lines, member_of, template
from infra.planned import Plan, Resource
from infra.platform import ACTS, AGENTS, BUILDER, Acts

BUILDS = "serviceAccount:builder@{project}.iam.gserviceaccount.com"
_ACCOUNT = "google_service_account.builder"
_READ = {"storage.googleapis.com": "data.google_storage_project_service_account.agent"}
SEEN, SETTLED, BUILDABLE = "terraform_data.agents_seen", "terraform_data.settled", "terraform_data.buildable"
_IDENTITIES = "google_project_service_identity.agent"

Row = tuple[str, ...]


def rows(plan: Plan) -> set[Row]:
    """Return the grants of a plan: on what, which role, to whom, on which condition."""
    return {tuple(grant.split(" | ")) for grant in lines(plan)}


def agents(plan: Plan) -> Iterator[str]:
    """Yield service agents that nobody asks for, that lack their role, or that hold another's."""
    have = rows(plan)
    asked = {identity.values["service"] for identity in plan.of("project_service_identity")}
    enabled = {service.values["service"] for service in plan.of("project_service")}
    for api, agent in AGENTS.items():
        if (api in asked) != (agent.made == "asked" and api in enabled):
            yield f"agent of {api}: {'asked for' if api in asked else 'not asked for'}"
        needs = agent.made == "asked" and api in asked and agent.role is not None
        if needs and ("project", agent.role, agent.member, "-") not in have:
            yield f"agent of {api}: made without {agent.role}"
        if agent.made == "read" and _READ[api] not in plan.graph:
            yield f"agent of {api}: not asked for by {_READ[api]}"
    yield from (f"agent of {api}: nobody knows it" for api in asked - AGENTS.keys())
    known = {agent.member: agent for agent in AGENTS.values()}
    for on, role, member, _ in have:
        if member == UNKNOWN or ("service-{number}@" in member and member not in known):
            yield f"{role} on {on}: for an agent that nobody knows"
        if role.lower().endswith(".serviceagent") and (member not in known or known[member].role != role):
            yield f"{role}: held by {member}"
    for grant in plan.of("project_iam_member"):
        if str(grant.values.get("role")).endswith(".serviceAgent") and grant.block not in plan.reach(SETTLED):
            yield f"{grant.address}: nothing waits for it"
    yield from _unseen(plan)


def _unseen(plan: Plan) -> Iterator[str]:
    """Yield grants to agents that may be made before IAM sees the agent."""
    if _IDENTITIES not in plan.reach(SEEN):
        yield f"{SEEN}: waits for no agent"
    for grant in plan.resources:
        if is_grant(grant) and "service-{number}@" in member_of(plan, grant) and SEEN not in plan.reach(grant.block):
            yield f"{grant.address}: may come before IAM sees the agent"


def builds(plan: Plan) -> Iterator[str]:
    """Yield functions that could not be built, and what their builder may do besides."""
    needed: set[Row] = {(right.on, right.role, BUILDS, right.condition) for right in BUILDER}
    held = {row for row in rows(plan) if row[2] == BUILDS}
    yield from (f"builds lack {row[1]} on {row[0]}, {row[3]}" for row in sorted(needed - held))
    yield from (f"builds hold {row[1]} on {row[0]}, {row[3]}" for row in sorted(held - needed))
    for function in plan.of("cloudfunctions2_function"):
        if _ACCOUNT not in plan.refers(function, "build_config"):
            yield f"{function.address}: built by another account"
        if BUILDABLE not in plan.reach(function.block):
            yield f"{function.address}: may be built before its builder's grants are seen"
    for grant in plan.resources:
        if grant.block.endswith("_iam_member.builder") and grant.block not in plan.reach(BUILDABLE):
            yield f"{grant.address}: no function waits for it"
    if "google_project_iam_member.builder_sources" not in plan.reach(BUILDABLE):
        yield "no function waits until its builder may read the sources"


def acts(plan: Plan) -> Iterator[str]:
    """Yield what a service would do as its agent, and may not."""
    have = rows(plan)
    for act in ACTS:
        for resource in plan.of(act.kind):
            if not act.block or resource.values.get(act.block):
                yield from _act(plan, act, resource, have)


def _act(plan: Plan, act: Acts, resource: Resource, have: set[Row]) -> Iterator[str]:
    if not act.argument:
        places = {f"subscription {template(plan, str(resource.values['name']))}"}
    else:
        blocks = plan.refers(resource, act.block or act.argument)
        topics = [topic for topic in plan.of("pubsub_topic") if topic.block in blocks]
        places = {f"topic {template(plan, str(topic.values['name']))}" for topic in topics}
    for place in places or {UNKNOWN}:
        if (place, act.role, AGENTS[act.api].member, "-") not in have:
            yield f"{resource.address}: its service lacks {act.role} on {place}"
    grants = {
        grant.block
        for grant in plan.of("pubsub_topic_iam_member")
        if act.api in " ".join(plan.said(grant, "member")) or "storage_agent" in " ".join(plan.said(grant, "member"))
    }
    if act.argument and not grants & plan.reach(resource.block):
        yield f"{resource.address}: may be made before its service may do it"
