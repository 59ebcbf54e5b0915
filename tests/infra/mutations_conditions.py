"""Spoil the conditions that give each name of a file its one author."""

from collections.abc import Iterator

from infra import conditions
from infra.planned import Plan, Resource
from infra.spoilt import Document, Mutation, changed


def of_a_condition(document: Document, plan: Plan, resource: Resource) -> Iterator[Mutation]:
    """Widen a condition on files by a name, a folder, all files, another bucket; narrow it; lose its brackets."""
    said = resource.block_of("condition")
    expression = said["expression"]
    files = conditions.read(expression)
    if not files.names:
        return
    start = f"projects/_/buckets/{files.bucket}/objects/"
    first = f'"{start}{files.names[0]}"'
    tried = {
        "also another's file": expression.replace(first, f'{first} || resource.name == "{start}stranger.json"'),
        "also another's folder": f'{expression} || resource.name.startsWith("{start}others/")',
        "all files": f'resource.name.startsWith("{start}")',
        "all names that begin alike": f'resource.name.startsWith("{start}{files.names[0][:3]}")',
        "files that end alike": f'resource.name.endsWith("{files.names[0]}")',
        "another bucket's": expression.replace(files.bucket, f"{plan.variables['project_id']}-sources"),
        "whatever is no file": f'{expression} || resource.type != "storage.googleapis.com/Object"',
        "always, or its own": f"{expression} || true",
        "none of its own": expression.replace("resource.name", "!resource.name"),
        "one name less": expression.replace(first, f'"{start}nothing.json"'),
        "without brackets": expression.replace("(resource.name ==", "resource.name ==").replace(") && ", " && "),
    }
    for what, spoilt in tried.items():
        if spoilt != expression:
            condition = [{**said, "expression": spoilt}]
            yield f"let {resource.address} hold for {what}", changed(document, resource.address, condition=condition)
    for other in plan.of("storage_bucket_iam_member"):
        theirs = other.block_of("condition").get("expression") or ""
        if other.address != resource.address and conditions.read(theirs).names:
            condition = [{**said, "expression": theirs}]
            whose = f"let {resource.address} hold for what is {other.address}'s"
            yield whose, changed(document, resource.address, condition=condition)
