"""
Read the conditions of grants: on a database, on files of a bucket, until a time; or all at once, joined by `&&`.

A file is named by itself, a folder by what its files begin with. Whatever else a condition says is an oddity: a
condition that is not understood may grant anything.
"""

import re
from dataclasses import dataclass, replace

_DATABASE = re.compile(r'resource\.name == "projects/[^/"]+/databases/(\w+)"')
_UNTIL = re.compile(r'request\.time < timestamp\("([^"]+)"\)')
_OBJECTS = r'"projects/_/buckets/([^/"]+)/objects/'
_FILE = re.compile(rf'resource\.name == {_OBJECTS}([^"]*[^/"])"|resource\.name\.startsWith\({_OBJECTS}([^"]+/)"\)')
MOST_OPERATORS = 12
"""Logical operators in one condition: https://docs.cloud.google.com/iam/docs/conditions-overview#limitations"""


@dataclass(frozen=True)
class Condition:
    """What a condition comes to; *names* are files, or folders, which end in a slash, of *bucket*."""

    database: str = ""
    bucket: str = ""
    names: tuple[str, ...] = ()
    until: str = ""
    oddity: str = ""


def read(expression: str) -> Condition:
    """Return what an expression says."""
    found = Condition()
    if not expression:
        return found
    if len(re.findall(r"&&|\|\||!", expression)) > MOST_OPERATORS:
        found = replace(found, oddity="a condition with more operators than IAM takes")
    parts = expression.split(" && ")
    for part in parts:
        if (database := _DATABASE.fullmatch(part)) and not found.database:
            found = replace(found, database=database[1])
        elif (until := _UNTIL.fullmatch(part)) and not found.until:
            found = replace(found, until=until[1])
        elif (files := _files(part, alone=len(parts) == 1)) and not found.names:
            buckets = {bucket for bucket, _ in files}
            oddity = found.oddity if len(buckets) == 1 else "a condition on several buckets"
            names = tuple(sorted(name for _, name in files))
            found = replace(found, bucket=min(buckets), names=names, oddity=oddity)
        else:
            found = replace(found, oddity=f"a condition nobody knows: {part}")
    return found


def _files(part: str, *, alone: bool) -> list[tuple[str, str]]:
    """Return the files that a part names; several of them beside another part stand in brackets."""
    inner = part[1:-1] if part.startswith("(") and part.endswith(")") else part
    said = [_FILE.fullmatch(one) for one in inner.split(" || ")]
    if not all(said) or (len(said) > 1 and inner is part and not alone):
        return []
    return [(one[1] or one[3], one[2] or one[4]) for one in said if one]
