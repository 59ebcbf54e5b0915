"""Change a plan's JSON in one place, in a copy that shares all else."""

from collections.abc import Callable, Iterator
from typing import Any

Document = dict[str, Any]
Mutation = tuple[str, Document]


def modules(module: Document) -> Iterator[Document]:
    """Yield a module and those within it."""
    yield module
    for child in module.get("child_modules", ()):
        yield from modules(child)


def find(document: Document, address: str) -> Document:
    """Return a resource of the plan."""
    for module in modules(document["planned_values"]["root_module"]):
        for resource in module.get("resources", ()):
            if resource["address"] == address:
                found: Document = resource
                return found
    raise KeyError(address)


def configured(document: Document, address: str) -> Document:
    """Return a block of the configuration."""
    module = document["configuration"]["root_module"]
    *modules, kind, name = (
        address.removeprefix("module.").split(".") if address.startswith("module.") else address.split(".")
    )
    for inner in modules:
        module = module["module_calls"][inner]["module"]
    block: Document = next(found for found in module["resources"] if found["address"] == f"{kind}.{name}")
    return block


def without(document: Document, address: str) -> Document:
    """Return the plan without a resource."""
    return edited(document, address, lambda _: [])


def changed(document: Document, address: str, **values: Any) -> Document:
    """Return the plan with arguments of a resource changed."""
    return edited(document, address, lambda found: [{**found, "values": {**found["values"], **values}}])


def nested(document: Document, address: str, block: str, **values: Any) -> Document:
    """Return the plan with arguments of a resource's one block changed."""
    [inner, *others] = find(document, address)["values"][block]
    return changed(document, address, **{block: [{**inner, **values}, *others]})


def add(document: Document, address: str, added: Document, what: str) -> Iterator[Mutation]:
    """Yield the plan with one more resource beside that of an address."""

    def both(found: Document) -> list[Document]:
        return [found, added]

    yield f"add {what} beside {address}", edited(document, address, both)


def edited(document: Document, address: str, edit: Callable[[Document], list[Document]]) -> Document:
    """Return the plan with one resource replaced; all else is the same objects."""

    def within(module: Document) -> Document:
        resources = [
            new for old in module.get("resources", ()) for new in (edit(old) if old["address"] == address else [old])
        ]
        return {**module, "resources": resources, "child_modules": [within(m) for m in module.get("child_modules", ())]}

    values = document["planned_values"]
    return {**document, "planned_values": {**values, "root_module": within(values["root_module"])}}


def put(values: Any, path: tuple[str | int, ...], value: str) -> None:
    """Lay a value at a path within values."""
    for part in path[:-1]:
        values = values[part]
    values[path[-1]] = value
