"""Hold the functions: who reaches them, as whom they run, what they are told, when they are called."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.grants import grants
from infra.planned import Plan, Resource, first
from infra.powers import POWERS
from infra.terraform import ROOT
from prizedraw.campaign.definition import MAILED_BEFORE

JST = ZoneInfo("Asia/Tokyo")
OPERATED = ("prepare", "freeze", "draw", "notify", "forfeit", "ship", "analyse", "erase", "status")
"""What operators press in the console."""
SCHEDULED = ("freeze", "draw", "notify", "forfeit", "analyse", "erase")
PUSHED = ("intake", "claim")

EVERYWHERE = {"CAMPAIGN", "GOOGLE_CLOUD_PROJECT", "LOCATION", "SCHEDULER_ACCOUNT", "TIMEOUT_SECONDS"}
UNSET = {"CAMPAIGNS", "MANIFEST", "LOCAL_GOOGLE_HTTP", "LOCAL_GOOGLE_GRPC"}
"""For rehearsals; in production the archive holds the files, and Google is Google."""


def functions(plan: Plan) -> dict[str, Resource]:
    """Return the functions by their names."""
    return {function.values["name"]: function for function in plan.of("cloudfunctions2_function")}


def reach(plan: Plan) -> Iterator[str]:
    """Yield functions that are open to more, or to fewer, than the design says."""
    own = functions(plan)
    invokers: dict[str, set[str]] = defaultdict(set)
    for grant in grants(plan):
        if grant.role == "roles/run.invoker":
            invokers[grant.on].add(grant.who)
    if own.keys() != POWERS.keys():
        yield f"functions: {sorted(own)} instead of {sorted(POWERS)}"
    for step, function in own.items():
        service = function.block_of("service_config")
        ingress = "ALLOW_ALL" if step in OPERATED else "ALLOW_INTERNAL_ONLY"
        if service.get("ingress_settings") != ingress:
            yield f"{function.address}: ingress {service.get('ingress_settings')}"
        if service.get("direct_vpc_egress") != "VPC_EGRESS_ALL_TRAFFIC":
            yield f"{function.address}: traffic leaves past the network"
        account = f"fn-{step}@{plan.variables['project_id']}.iam.gserviceaccount.com"
        if service.get("service_account_email") != account:
            yield f"{function.address}: runs as {service.get('service_account_email')}"
        callers = {"operators"} if step in OPERATED else set()
        callers |= {"scheduler"} if step in SCHEDULED else set()
        callers |= {f"push-{step}"} if step in PUSHED else set()
        found = invokers[f"service {step}"]
        if found != callers:
            yield f"{function.address}: called by {sorted(found)} instead of {sorted(callers)}"


def environments(plan: Plan) -> Iterator[str]:
    """Yield functions that are told too little, too much, or something wrong."""
    for step, function in functions(plan).items():
        if step not in POWERS:
            continue  # no step: `reach` says so
        service = function.block_of("service_config")
        values = _expected(plan) | {"TIMEOUT_SECONDS": str(service.get("timeout_seconds"))}
        unknown = first(function.unknown.get("service_config")).get("environment_variables") or {}
        told = service.get("environment_variables") or {}
        wanted = EVERYWHERE | used(step)
        names = told.keys() | {name for name, is_unknown in unknown.items() if is_unknown}
        if names != wanted:
            yield f"{function.address}: told {sorted(names)} instead of {sorted(wanted)}"
        yield from (
            f"{function.address}: {name} is {value}" for name, value in told.items() if value != values.get(name)
        )


def _expected(plan: Plan) -> dict[str, str]:
    project, campaign = plan.variables["project_id"], plan.variables["campaign"]
    buckets = {bucket.values["name"] for bucket in plan.of("storage_bucket")}
    return {
        "CAMPAIGN": campaign,
        "GOOGLE_CLOUD_PROJECT": project,
        "LOCATION": "asia-northeast1",
        "SCHEDULER_ACCOUNT": f"scheduler@{project}.iam.gserviceaccount.com",
        "MAIL_SENDER": plan.variables["mail_sender"],
        "NOTIFICATIONS_TOPIC": f"projects/{project}/topics/{campaign}-notifications",
        "DRAND_RELAYS": ",".join(plan.variables["drand_relays"]),
        **{
            f"{name.upper()}_BUCKET": f"{project}-{campaign}-{name}"
            for name in ("published", "claims", "exports", "reports")
            if f"{project}-{campaign}-{name}" in buckets
        },
    }


@cache
def used(step: str) -> set[str]:
    """Return the names that a step's adapters read by its settings, beside those that every function needs."""
    main = ROOT / "functions" / step / "main.py"
    fields, names = _fields_in(ast.parse(main.read_text(encoding="utf-8"))), _names_of_fields()
    return {names[field] for field in fields if field in names} - EVERYWHERE - UNSET


@cache
def _names_of_fields() -> dict[str, str]:
    """Return which name each field of the settings is read from."""
    source = (ROOT / "shared" / "prizedraw" / "runtime" / "settings.py").read_text(encoding="utf-8")
    return dict(re.findall(r"(\w+)=.*?environ\.get\(\"([A-Z_]+)\"", source))


Named = tuple[str, str]
"""A function or class: its module, dotted, and its name there."""


def _fields_in(main: ast.Module) -> set[str]:
    """Return the fields of the settings that are read by what `main.py` builds, however deep."""
    wire = next(node for node in main.body if isinstance(node, ast.FunctionDef) and node.name == "wire")
    found = _read_directly(wire)
    waiting = _mentioned(wire, _bindings(main))
    seen: set[Named] = set()
    while waiting:
        module, name = one = waiting.pop()
        if one in seen:
            continue
        seen.add(one)
        tree = ast.parse(_file(module).read_text(encoding="utf-8"))
        tops = {top.name: top for top in tree.body if isinstance(top, ast.FunctionDef | ast.ClassDef)}
        if name in tops:
            found |= _read_directly(tops[name])
            waiting += _mentioned(tops[name], {top: (module, top) for top in tops} | _bindings(tree))
    assert len(seen) > 2, "nothing was followed"
    return found


def _file(module: str) -> Path:
    return ROOT.joinpath("shared", *module.split(".")).with_suffix(".py")


def _bindings(tree: ast.Module) -> dict[str, Named]:
    """Return what each name that is imported from the adapters stands for; of a module the name is empty."""
    bound = {}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("prizedraw.adapters"):
            for alias in node.names:
                whole = f"{node.module}.{alias.name}"
                bound[alias.asname or alias.name] = (whole, "") if _file(whole).exists() else (node.module, alias.name)
    return bound


def _mentioned(node: ast.AST, bound: dict[str, Named]) -> list[Named]:
    """Return the functions and classes of the adapters that are named within *node*."""
    found = [bound[n.id] for n in ast.walk(node) if isinstance(n, ast.Name) and n.id in bound and bound[n.id][1]]
    for inner in ast.walk(node):
        if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            module, name = bound.get(inner.value.id, ("", "none"))
            found += [(module, inner.attr)] if not name else []
    return found


def _read_directly(node: ast.AST) -> set[str]:
    return {
        inner.attr
        for inner in ast.walk(node)
        if isinstance(inner, ast.Attribute) and ast.unparse(inner.value).endswith("settings")
    }


def schedules(plan: Plan) -> Iterator[str]:
    """Yield schedules that are absent, of another zone, call something else, or miss the campaign's times."""
    jobs = {job.values["name"]: job for job in plan.of("cloud_scheduler_job")}
    if jobs.keys() != {*SCHEDULED, "intake"}:
        yield f"schedules: {sorted(jobs)}"
    for step, job in jobs.items():
        if job.values.get("time_zone") != "Asia/Tokyo":
            yield f"{job.address}: in {job.values.get('time_zone')}"
        if job.values.get("paused"):
            yield f"{job.address}: paused"
        if step in SCHEDULED:
            yield from _caller(plan, step, job)
        elif job.block_of("pubsub_target").get("attributes") != {"tick": "schedule"}:
            yield f"{job.address}: no tick"
        elif "google_pubsub_topic.notifications" not in plan.refers(job, "pubsub_target"):
            yield f"{job.address}: ticks elsewhere"
        missed = plan.once("cron", job, partial(_missed, plan, step, str(job.values.get("schedule"))))
        yield from (f"{job.address}: does not fire between {begin} and {end}" for begin, end in missed)


def _caller(plan: Plan, step: str, job: Resource) -> Iterator[str]:
    target = job.block_of("http_target")
    token = first(target.get("oidc_token"))
    account = f"scheduler@{plan.variables['project_id']}.iam.gserviceaccount.com"
    if token.get("service_account_email") != account:
        yield f"{job.address}: calls as {token.get('service_account_email')}"
    if job.module != step or f"module.{step}.google_cloudfunctions2_function.this" not in plan.refers(
        job, "http_target"
    ):
        yield f"{job.address}: calls another function"
    timeout = (
        functions(plan)[step].block_of("service_config").get("timeout_seconds", 0) if step in functions(plan) else 0
    )
    if int(str(job.values.get("attempt_deadline", "0s")).removesuffix("s")) < timeout:
        yield f"{job.address}: gives up before the function does"
    if target.get("body") != "e30=":
        yield f"{job.address}: sends another body than {{}}"


Window = tuple[datetime, datetime]


def _missed(plan: Plan, step: str, cron: str) -> list[Window]:
    return [window for window in _windows(plan).get(step, []) if not _fires(cron, *window)]


def _windows(plan: Plan) -> dict[str, list[Window]]:
    """Return for each step the spans of time in each of which it must be called at least once."""
    at = {name: datetime.fromisoformat(plan.campaign[name]) for name in ("opens_at", "closes_at", "draw_at")}
    dates = {"erase_from": plan.campaign["erase_from"], "ends": plan.campaign["handling"]["ends"]}
    day = {name: datetime.fromisoformat(f"{text}T00:00+09:00") for name, text in dates.items()}
    hour, quarter, week = timedelta(hours=1), timedelta(minutes=15), timedelta(days=7)
    last = datetime.fromisoformat(f"{plan.campaign['claim']['last']}T00:00+09:00") + timedelta(days=1)
    return {
        "intake": list(_spans(at["opens_at"], at["closes_at"] + 2 * hour, quarter)),
        "freeze": [
            (at["closes_at"], at["closes_at"] + 2 * hour),
            (at["closes_at"] + 24 * hour, at["closes_at"] + 26 * hour),
        ],
        "draw": [(at["draw_at"], at["draw_at"] + hour), (at["draw_at"] + 24 * hour, at["draw_at"] + 25 * hour)],
        "notify": [
            *_spans(at["opens_at"] - MAILED_BEFORE, at["opens_at"], hour),  # the ward gets the rules before opening
            *_spans(at["closes_at"], last, hour),
        ],
        "forfeit": list(_spans(at["draw_at"], last + 2 * 24 * hour, 24 * hour)),
        "analyse": list(_spans(at["draw_at"], day["ends"], 24 * hour)),
        "erase": list(_spans(at["draw_at"], day["ends"] + 4 * week, 24 * hour)),
    }


def _spans(begin: datetime, end: datetime, length: timedelta) -> Iterator[Window]:
    while begin + length <= end:
        yield begin, begin + length
        begin += length


@cache
def _fires(cron: str, begin: datetime, end: datetime) -> bool:
    """Tell whether a cron line, read in Japan's time, fires in a span; days of the week are not asked for here."""
    parts = cron.split()
    if len(parts) != 5 or parts[4] != "*":
        return False
    minutes, hours, days, months, _ = parts
    moment, end = begin.astimezone(JST), end.astimezone(JST)
    moment += timedelta(seconds=-moment.second % 60)
    while moment < end:
        asked = ((moment.month, months), (moment.day, days), (moment.hour, hours), (moment.minute, minutes))
        if all(_matches(number, part) for number, part in asked):
            return True
        moment += timedelta(minutes=1)
    return False


def _matches(number: int, part: str) -> bool:
    if part.startswith("*/"):
        return number % int(part[2:]) == 0
    for piece in part.split(","):
        low, _, high = piece.partition("-")
        if piece == "*" or int(low) <= number <= int(high or low):
            return True
    return False
