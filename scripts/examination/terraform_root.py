"""
Read a Terraform root as it would be applied: which resources there will be, with what values.

What Google alone chooses is unknown; addresses that follow from names (accounts, keys, topics, service agents) are
written out here, so that a live project can be held against them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from build_archives import MANIFEST, PRESS, build
from examination import campaign_file, expressions
from examination.addresses import TOLD
from examination.expressions import Things, Unknown, value_of
from examination.hcl import Block, Node, NotUnderstood, read


@dataclass
class Resource:
    """One resource as it will be; its values are worked out when they are asked for."""

    root: "Root" = field(repr=False)
    address: str
    type: str
    key: str | int | None
    block: Block = field(repr=False)
    each: Any = field(repr=False, default=None)

    def has(self, name: str) -> bool:
        """Tell whether an argument, or a block, is written and not null."""
        return self.get(name) is not None

    def get(self, name: str, otherwise: Any = None) -> Any:
        """Return an argument's value, a block's values as a map, or *otherwise*; `a.b` looks into a block."""
        head, _, rest = name.partition(".")
        if head in self.block.attributes:
            found = value_of(self.block.attributes[head], self.names)
        else:
            inner = self.blocks(head)
            found = inner[0] if inner else None
        for part in filter(None, rest.split(".")):
            found = found.get(part) if isinstance(found, Mapping) else None
        return otherwise if found is None else found

    def blocks(self, kind: str) -> list[dict[str, Any]]:
        """Return the blocks of one kind, `dynamic` ones worked out, as maps."""
        return _inner(self.block, kind, self.names)

    def told(self, name: str) -> Any:
        """Return what other resources read of this one: an argument, or what follows from the arguments."""
        if name in self.block.attributes:
            return self.get(name)
        made = TOLD.get(self.type, {}).get(name)
        if made is None:
            raise Unknown(f"{self.address}.{name}")
        return made(self)

    def names(self, name: str) -> Any:
        """Return what a name stands for within this resource."""
        if name == "each":
            return {"key": self.key, "value": self.each}
        if name == "count":
            return {"index": self.key}
        return self.root.names(name)


def _inner(block: Block, kind: str, names: expressions.Names) -> list[dict[str, Any]]:
    found = [_values(inner, names) for inner in block.inner(kind)]
    for loop in block.inner("dynamic"):
        if loop.labels != (kind,):
            continue
        for key, value in expressions.pairs_of(value_of(loop.attributes["for_each"], names)):
            one = {"key": value if isinstance(key, int) else key, "value": value}
            found.append(_values(loop.inner("content")[0], expressions.also_named(names, {kind: one})))
    return found


def _values(block: Block, names: expressions.Names) -> dict[str, Any]:
    """Work out a block; what is unknown in it is left out."""
    found: dict[str, Any] = {}
    for name, node in block.attributes.items():
        try:
            found[name] = value_of(node, names)
        except Unknown:
            continue
    kinds = {inner.labels[0] if inner.kind == "dynamic" else inner.kind for inner in block.blocks}
    for kind in kinds - found.keys():
        inner = _inner(block, kind, names)
        found |= {kind: inner[0] if len(inner) == 1 else inner} if inner else {}
    return found


class Root:
    """A folder of pages with its variables; a module is a root within one."""

    def __init__(self, folder: Path, given: Mapping[str, Any], *, within: str = "", names: Any = None) -> None:
        self.folder, self.within, self._outside = folder, within, names
        self.given = given
        pages = [read(path) for path in sorted(folder.glob("*.tf")) if path.name != "zz_override.tf"]
        self._blocks = [block for page in pages for block in page.blocks]
        self._locals: dict[str, Node] = {}
        for block in self._blocks:
            if block.kind == "locals":
                self._locals |= block.attributes
        self._known: dict[str, Any] = {}

    @classmethod
    def of(cls, folder: Path, *tfvars: Path, also: Mapping[str, Any] | None = None) -> "Root":
        """Read a root with files of variables; a later one goes before the earlier, *also* before all."""
        given = {name: value_of(node, _nothing) for file in tfvars for name, node in read(file).attributes.items()}
        return cls(folder, given | dict(also or {}))

    def variable(self, name: str) -> Any:
        """Return a variable's value: given, or its default."""
        for block in self._blocks:
            if block.kind == "variable" and block.labels == (name,):
                if name in self.given:
                    value = self.given[name]
                    return self._outside(value) if self._outside else value
                if "default" in block.attributes:
                    return value_of(block.attributes["default"], _nothing)
                raise NotUnderstood(f"the variable {name} is not given")
        raise NotUnderstood(f"there is no variable {name}")

    def variables(self) -> list[str]:
        """Return the names of the variables."""
        return [block.labels[0] for block in self._blocks if block.kind == "variable"]

    def local(self, name: str) -> Any:
        """Return a local value."""
        if name not in self._locals:
            raise NotUnderstood(f"there is no local {name}")
        if name not in self._known:
            self._known[name] = value_of(self._locals[name], self.names)
        return self._known[name]

    def names(self, name: str) -> Any:
        """Return what a name stands for in these pages."""
        if name == "var":
            return Things(self.variable)
        if name == "local":
            return Things(self.local)
        if name == "path":
            return {"module": str(self.folder), "root": str(self.folder)}
        if name == "module":
            return Things(lambda module: Things(self.modules[module].output))
        if name == "data":
            return Things(lambda kind: self._named(f"data.{kind}"))
        if name.startswith(("google_", "terraform_")):
            return self._named(name)
        raise NotUnderstood(f"{self.folder.name}: there is no {name}")

    def _named(self, kind: str) -> Things:
        return Things(lambda name: self._instances(f"{self.within}{kind}.{name}"))

    def _instances(self, address: str) -> Any:
        found = self._by_block.get(address)
        if found is None:
            raise NotUnderstood(f"there is no {address}")
        if len(found) == 1 and found[0].key is None:
            return Things(found[0].told)
        if all(isinstance(one.key, int) for one in found):
            return [Things(one.told) for one in found]
        return {one.key: Things(one.told) for one in found}

    def output(self, name: str) -> Any:
        """Return what a module tells outside."""
        for block in self._blocks:
            if block.kind == "output" and block.labels == (name,):
                return value_of(block.attributes["value"], self.names)
        raise NotUnderstood(f"there is no output {name}")

    @cached_property
    def modules(self) -> dict[str, "Root"]:
        """Return the modules by their names."""
        found = {}
        for block in self._blocks:
            if block.kind == "module":
                folder = self.folder / str(value_of(block.attributes["source"], _nothing))
                found[block.labels[0]] = Root(
                    folder,
                    {name: node for name, node in block.attributes.items() if name not in ("source", "depends_on")},
                    within=f"{self.within}module.{block.labels[0]}.",
                    names=lambda node: value_of(node, self.names),
                )
        return found

    @cached_property
    def _by_block(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = {}
        for block in self._blocks:
            if block.kind in ("resource", "data"):
                kind, name = block.labels
                address = f"{self.within}{'data.' if block.kind == 'data' else ''}{kind}.{name}"
                found[address] = _Lazy(self, address, kind, block)
        return found

    def of_type(self, *types: str) -> list[Resource]:
        """Return the resources of some types (without `google_`), those of modules among them."""
        wanted = {f"google_{kind}" for kind in types}
        own = [
            one
            for address, several in self._by_block.items()
            if not address.startswith(f"{self.within}data.")
            and address.removeprefix(self.within).split(".")[0] in wanted
            for one in several
        ]
        return own + [one for module in self.modules.values() for one in module.of_type(*types)]

    def resources(self) -> Iterator[Resource]:
        """Yield every resource, those of modules among them."""
        for address, several in self._by_block.items():
            if not address.startswith(f"{self.within}data."):
                yield from several
        for module in self.modules.values():
            yield from module.resources()

    def project(self) -> str:
        """Return the project that a resource belongs to."""
        platform = self.given.get("platform")
        return str(self.variable("platform")["project"] if platform is not None else self.variable("project_id"))


class _Lazy(list[Resource]):
    """The resources of one block, made when they are looked at: what they are repeated over may refer to others."""

    def __init__(self, root: Root, address: str, kind: str, block: Block) -> None:
        super().__init__()
        self._made = False
        self._what = (root, address, kind, block)

    def _make(self) -> None:
        if not self._made:
            self._made = True
            self.extend(_repeated(*self._what))

    def __iter__(self) -> Iterator[Resource]:
        self._make()
        return super().__iter__()

    def __len__(self) -> int:
        self._make()
        return super().__len__()

    def __getitem__(self, key: Any) -> Any:
        self._make()
        return super().__getitem__(key)


def _repeated(root: Root, address: str, kind: str, block: Block) -> Iterator[Resource]:
    if "count" in block.attributes:
        for number in range(value_of(block.attributes["count"], root.names)):
            yield Resource(root, f"{address}[{number}]", kind, number, block)
    elif "for_each" in block.attributes:
        over = value_of(block.attributes["for_each"], root.names)
        pairs = sorted(over.items()) if isinstance(over, Mapping) else [(one, one) for one in expressions.as_set(over)]
        for key, value in pairs:
            yield Resource(root, f'{address}["{key}"]', kind, key, block, value)
    else:
        yield Resource(root, address, kind, None, block)


def _nothing(name: str) -> Any:
    raise NotUnderstood(f"{name} cannot stand here")


@cache
def _archives() -> dict[str, bytes]:
    """Build the archives of this checkout; what lies in the folder of the last deployment may be older."""
    archives, manifest = build()
    return {**archives, MANIFEST: manifest, PRESS.name: PRESS.read_bytes()}


def _bytes(path: str) -> bytes:
    file = Path(path)
    return _archives()[file.name] if file.parent.name == ".build" else file.read_bytes()


def _exists(path: str) -> bool:
    file = Path(path)
    return file.name in _archives() if file.parent.name == ".build" else file.is_file()


expressions.also(
    file=lambda path: _bytes(path).decode(),
    fileexists=_exists,
    filesha256=lambda path: sha256(_bytes(path)).hexdigest(),
    yamldecode=campaign_file.parsed,
)
