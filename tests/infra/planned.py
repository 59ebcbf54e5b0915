"""
Look into a plan (`terraform show -json`): the resources that will be, and what depends on what.

Addresses: `google_storage_bucket.bucket["claims"]` is a resource, `google_storage_bucket.bucket` its block. What a plan
does not yet know (ids, mostly) is absent from the values; `refers` then tells which blocks an argument comes from.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any, TypeVar, cast

import hcl2

T = TypeVar("T")
_INDEX = re.compile(r"\[(?:\"[^\"]*\"|\d+)\]")
_LOCAL = re.compile(r"local\.(\w+)")
_NAMED = re.compile(r"(?:data\.)?google_\w+\.\w+|terraform_data\.\w+|local\.\w+|var\.\w+|module\.\w+(?:\.\w+)?")


@dataclass(frozen=True)
class Resource:
    """Hold one resource as it will be; *key* is its index where its block makes several."""

    address: str
    type: str
    key: str | int | None
    values: Mapping[str, Any] = field(repr=False)
    unknown: Mapping[str, Any] = field(repr=False)
    """What will be known after the apply, in the shape of the values: true where something stands."""

    @property
    def block(self) -> str:
        """Return the address of its block."""
        return _bare(self.address)

    @property
    def module(self) -> str:
        """Return the module that it stands in, empty for the root."""
        found = re.match(r"module\.(\w+)", self.address)
        return found[1] if found else ""

    def block_of(self, name: str) -> Mapping[str, Any]:
        """Return the one nested block of that name, empty if there is none."""
        return first(self.values.get(name))


class Plan:
    """
    Hold a plan.

    *written* is what a plan leaves out of the configuration; *campaign* is the campaign file's content.
    """

    def __init__(
        self,
        document: Mapping[str, Any],
        written: Mapping[str, Mapping[str, Any]],
        campaign: Mapping[str, Any],
    ) -> None:
        self.document = document
        self.campaign = campaign
        self._written = written
        self._reached: dict[str, frozenset[str]] = {}
        self._known: dict[tuple[str, str], tuple[object, Any]] = {}
        self._made: dict[str, Any] = {}
        unknown = {
            change["address"]: change["change"]["after_unknown"]
            for change in document["resource_changes"]
            if isinstance(change["change"]["after_unknown"], dict)
        }
        self.resources = list(_resources(document["planned_values"]["root_module"], unknown))
        self.variables: dict[str, Any] = {
            name: value.get("value") for name, value in document.get("variables", {}).items()
        }

    def spoilt(self, document: Mapping[str, Any]) -> "Plan":
        """Return a plan like this one of another document; what follows from the same configuration is kept."""
        twin = Plan(document, self._written, self.campaign)
        if document["configuration"] is self.document["configuration"]:
            names = ("_configured", "blocks", "graph", "_reached", "_known")
            twin.__dict__.update({name: getattr(self, name) for name in names})
        return twin

    def once(self, what: str, resource: Resource, make: Callable[[], T]) -> T:
        """Return what *make* makes of one resource; made again only when the resource is another."""
        values, made = self._known.get((what, resource.address), (None, None))
        if values is not resource.values:
            made = make()
            self._known[what, resource.address] = (resource.values, made)
        return cast("T", made)

    def whole(self, what: str, make: Callable[[], T]) -> T:
        """Return what *make* makes of the whole plan; made once."""
        if what not in self._made:
            self._made[what] = make()
        return cast("T", self._made[what])

    @cached_property
    def _by_type(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for resource in self.resources:
            found[resource.type].append(resource)
        return found

    def of(self, *types: str) -> list[Resource]:
        """Return the resources of some types (`google_` may be left out)."""
        wanted = {kind if kind.startswith(("google_", "terraform_")) else f"google_{kind}" for kind in types}
        return [resource for kind in sorted(wanted) for resource in self._by_type.get(kind, ())]

    @cached_property
    def blocks(self) -> dict[str, Mapping[str, Any]]:
        """Return every managed block of the configuration by its address."""
        return {address: block for address, block in self._configured if block["mode"] == "managed"}

    @cached_property
    def graph(self) -> dict[str, set[str]]:
        """Return what each block, local, variable and output refers to, by address."""
        edges: dict[str, set[str]] = defaultdict(set)
        for address, block in self._configured:
            prefix = _prefix(address)
            edges[address] |= {_within(prefix, name) for name in _references(block)}
        self._add_module("", self.document["configuration"]["root_module"], edges)
        for module, texts in self._written.items():
            prefix = f"module.{module}." if module else ""
            for address, text in texts.items():
                edges[prefix + address] |= {_within(prefix, found) for found in _NAMED.findall(str(text))}
        return edges

    def reach(self, start: str) -> frozenset[str]:
        """Return everything that *start* depends on, directly or through others."""
        if start not in self._reached:
            seen: set[str] = set()
            waiting = [start]
            while waiting:
                for name in self.graph.get(waiting.pop(), ()):
                    if name not in seen:
                        seen.add(name)
                        waiting.append(name)
            self._reached[start] = frozenset(seen)
        return self._reached[start]

    def refers(self, resource: Resource, argument: str) -> set[str]:
        """Return the blocks that one argument comes from, looked up through locals, variables and modules."""
        block = self.blocks[resource.block]
        prefix = _prefix(resource.block)
        named = {_within(prefix, name) for name in _references(block["expressions"].get(argument, {}))}
        if any(name.startswith(f"{prefix}each.") for name in named):
            named |= {_within(prefix, name) for name in _references(block.get("for_each_expression", {}))}
        return {name for name in named | {far for near in named for far in self.reach(near)} if name in self.blocks}

    def said(self, resource: Resource, argument: str) -> list[str]:
        """Return what one argument refers to, as it is written there."""
        expressions = self.blocks.get(resource.block, {}).get("expressions", {})
        return list(_references(expressions.get(argument, {})))

    def each(self, resource: Resource) -> str:
        """Return what a block's loop gives for one resource, as it is written; empty where no map is written."""
        module = self._written.get(resource.module, {})
        loop = module.get(f"each.{resource.block.rpartition(f'module.{resource.module}.')[2]}")
        entries = module.get(loop) if isinstance(loop, str) else loop
        named = {str(name).strip('"'): entry for name, entry in entries.items()} if isinstance(entries, Mapping) else {}
        return str(named.get(str(resource.key), ""))

    def lifecycle(self, block: str) -> Mapping[str, Any]:
        """Return the `lifecycle` of a block of the root, empty if there is none."""
        found: Mapping[str, Any] = self._written.get("", {}).get(f"lifecycle.{block}", {})
        return found

    @cached_property
    def _configured(self) -> list[tuple[str, Mapping[str, Any]]]:
        return list(_blocks(self.document["configuration"]["root_module"], ""))

    def _add_module(self, prefix: str, module: Mapping[str, Any], edges: dict[str, set[str]]) -> None:
        for name, call in module.get("module_calls", {}).items():
            inner = f"{prefix}module.{name}."
            outside = {_within(prefix, found) for found in _references(call.get("for_each_expression", {}))}
            outside |= {_within(prefix, found) for found in call.get("depends_on", ())}
            for argument, expression in call.get("expressions", {}).items():
                edges[f"{inner}var.{argument}"] |= {_within(prefix, found) for found in _references(expression)}
            for address, _ in _blocks(call["module"], inner):
                edges[address] |= outside
            for output, value in call["module"].get("outputs", {}).items():
                edges[f"{prefix}module.{name}.{output}"] |= {
                    _within(inner, found) for found in _references(value.get("expression", {}))
                } | {_within(inner, found) for found in value.get("depends_on", ())}
            # A dependency on the module as a whole is one on everything in it.
            edges[f"{prefix}module.{name}"] |= {address for address, _ in _blocks(call["module"], inner)}
            self._add_module(inner, call["module"], edges)


Written = dict[str, dict[str, Any]]
"""By module (`""` is the root), by address: locals, loops (`each.ADDRESS`), what blocks repeat within (`dynamic`)."""


def written_in(folder: Path) -> Written:
    """Return what a plan leaves out of the configuration of a root and of its modules."""
    folders = {"": folder} | {path.name: path for path in (folder / "modules").glob("*") if path.is_dir()}
    return {module: dict(_written(path)) for module, path in folders.items()}


def _written(folder: Path) -> Iterator[tuple[str, Any]]:
    for page in sorted(folder.glob("*.tf")):
        parsed = hcl2.loads(page.read_text(encoding="utf-8"))
        for block in parsed.get("locals", ()):
            yield from ((f"local.{name}", value) for name, value in block.items())
        for address, body in _bodies(parsed):
            if "dynamic" in str(body):
                yield address, list(_dynamic(body))
            if body.get("lifecycle"):
                yield f"lifecycle.{address}", first(body["lifecycle"])
            if isinstance(body.get("for_each"), Mapping):
                yield f"each.{address}", {str(name).strip('"'): entry for name, entry in body["for_each"].items()}
            elif local := _LOCAL.search(str(body.get("for_each"))):
                yield f"each.{address}", f"local.{local[1]}"


def _bodies(parsed: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for blocks in parsed.get("resource", ()):
        for kind, named in blocks.items():
            for name, body in named.items():
                yield f"{kind}.{name}".replace('"', ""), body


def _dynamic(body: Any) -> Iterator[str]:
    """Yield the `dynamic` blocks within a block, as text."""
    if isinstance(body, Mapping):
        for name, inner in body.items():
            if name == "dynamic":
                yield str(inner)
            else:
                yield from _dynamic(inner)
    elif isinstance(body, list):
        for inner in body:
            yield from _dynamic(inner)


def first(blocks: Any) -> Mapping[str, Any]:
    """Return the one nested block of a list, empty if there is none."""
    found: Mapping[str, Any] = blocks[0] if isinstance(blocks, list) and blocks else {}
    return found or {}


def leaves(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Yield every plain value within a value, with its path."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from leaves(inner, (*path, number))
    else:
        yield path, value


def _resources(module: Mapping[str, Any], unknown: Mapping[str, Any]) -> Iterator[Resource]:
    for found in module.get("resources", ()):
        if found["mode"] == "managed":
            address = found["address"]
            yield Resource(address, found["type"], found.get("index"), found["values"], unknown.get(address, {}))
    for child in module.get("child_modules", ()):
        yield from _resources(child, unknown)


def _blocks(module: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for block in module.get("resources", ()):
        yield prefix + block["address"], block
    for name, call in module.get("module_calls", {}).items():
        yield from _blocks(call["module"], f"{prefix}module.{name}.")


@cache
def _bare(address: str) -> str:
    return _INDEX.sub("", address)


def _prefix(address: str) -> str:
    found = re.match(r"(?:module\.\w+\.)+", address)
    return found[0] if found else ""


def _references(value: Any) -> Iterator[str]:
    """Yield what a block of the configuration refers to, wherever it stands in it."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if name == "references":
                # Terraform names `module.m.output` and then `module.m`; only the output is meant.
                yield from (found for found in inner if not (found.startswith("module.") and found.count(".") == 1))
            elif name == "depends_on":
                yield from inner
            else:
                yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _within(prefix: str, name: str) -> str:
    """Return the address of what is called *name* within a module, without what follows the block's own name."""
    bare = _INDEX.sub("", name)
    parts = bare.split(".")
    length = 3 if parts[0] in {"data", "module"} else 2
    return prefix + ".".join(parts[:length])
