"""Hold that each name in the kept buckets has one author, the one that the local Storage knows too, and no other."""

from collections import defaultdict
from collections.abc import Iterator

from infra.grants import custom_roles, grants
from infra.planned import Plan
from infra.powers import CREATE, ROLES
from infra.stores import LASTING
from prizedraw.rehearsal.google.authors import AUTHORS, covers

ANYTHING = ""


def faults(plan: Plan) -> Iterator[str]:
    """Yield who may create what is another's, or nobody's, and who may not create what is their own."""
    held = _held(plan)
    told = {(bucket, name): step for bucket in LASTING for step, names in AUTHORS[bucket].items() for name in names}
    for (bucket, name), who in sorted(held.items()):
        for one in sorted(who - {told.get((bucket, name), "")}):
            yield f"{one} may create {name or 'anything'} in {bucket}"
    for (bucket, name), step in sorted(told.items()):
        if step not in held.get((bucket, name), ()):
            yield f"{step} may not create {name} in {bucket}"
    for bucket in LASTING:
        names = [name for place, name in held if place == bucket]
        yield from (
            f"{one} and {name} in {bucket} are not apart" for one in names for name in names if _within(one, name)
        )


def _within(one: str, name: str) -> bool:
    return one != name and covers(one, name)


def _held(plan: Plan) -> dict[tuple[str, str], set[str]]:
    """Return who is granted to create what: by bucket and name, `ANYTHING` where the grant names no file."""
    roles = ROLES | custom_roles(plan)
    found: dict[tuple[str, str], set[str]] = defaultdict(set)
    for grant in grants(plan):
        if CREATE in roles.get(grant.role, ()):
            for bucket in LASTING:
                if grant.on in (f"bucket {bucket}", "project"):
                    for name in grant.names or (ANYTHING,):
                        found[bucket, name].add(grant.who)
    return dict(found)
