"""
Read from `functions/<step>/main.py` which powers a step is handed, and from its port whether it may write.

What is built there by an adapter is a power; the keyword that it is handed as, and the annotation of that keyword in
`shared/prizedraw/<step>.py`, say how much of it the step can use. An adapter that is unknown here is a fault.
"""

import ast
from collections.abc import Callable

from infra.powers import MADE
from infra.terraform import ROOT
from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS
from prizedraw.rehearsal.google.authors import AUTHORS

PORTS = {
    "Reader": "read",
    "Store": "write",
    "SnapshotStore": "write",
    "ListedStore": "write",
    "PublishedFiles": "read",
    "Publisher": "write",
}

CREATES = "create in bucket {}, its own names"
"""Said of a port; which names are a step's own, the local Storage knows (`rehearsal/google/authors.py`)."""

CARRIERS = {
    "definition.load", "versions.connect", "kms.connect", "versions.SecretWriter", "kms.KeysetWrapper",
    "keyring.Keyring", "ContactSealer", "ContactOpener", "SurveySealer", "SurveyOpener",
    "DeliverySealer", "DeliveryOpener", "Envelopes", "partial", "bls.verify",
    "reads", "reports.address_of",
}  # fmt: skip
"""What is built on the way and opens nothing by itself."""


def _published(port: str, _: list[str]) -> list[str]:
    return ["read bucket published"] + ([CREATES.format("published")] if PORTS[port] == "write" else [])


WORDS: dict[str, Callable[[str, list[str]], list[str]]] = {
    "host.database": lambda port, given: [f"{PORTS[port]} database {given[2]}"],
    "published.open_published": _published,
    "kms.EvidenceSigner": lambda *_: ["sign with key evidence"],
    "kms.EvidencePublicKey": lambda *_: ["see key evidence"],
    "kms.HardwareRandom": lambda *_: ["random project"],
    "keys.sealer": lambda _, given: [f"read secret {given[0]}-public"],
    "keys.opener": lambda _, given: [f"read secret {given[0]}-private", f"decrypt with key {given[0]}"],
    "keys.prf": lambda _, given: [f"read secret {given[0]}", f"decrypt with key {given[0]}"],
    "keysets.TinkKeysetMaker": lambda *_: [
        *(f"encrypt with key {name}" for name in KEYSETS),
        *(f"add to secret {name}" for name in SECRETS),
        *(f"list secret {name}" for name in MADE),
    ],
    "keys.secret": lambda _, given: [f"read secret {given[0]}"],
    "claims.DroppedFiles": lambda *_: ["read bucket claims", "delete in bucket claims"],
    "exports.ExportsBucket": lambda *_: [f"{verb} bucket exports" for verb in ("list", "create in", "delete in")],
    "passwords.ShippingPasswords": lambda *_: [
        f"{verb} secret shipping-password" for verb in ("add to", "list", "destroy in")
    ],
    "reports.open_reports": lambda port, _: [
        *(["read bucket reports"] if port != "Creator" else []),
        CREATES.format("reports"),
    ],
    "form.GoogleForm": lambda *_: ["reach forms"],
    "form.GoogleWatches": lambda *_: ["reach forms"],
    "mailer.GmailMailer": lambda *_: ["reach gmail"],
    "mailer.GmailBounces": lambda *_: ["reach gmail"],
    "drive.GoogleFormFile": lambda *_: ["reach forms", "reach drive"],
    "drive.SheetFile": lambda *_: ["reach drive"],
    "erasers.mailbox": lambda *_: ["reach gmail", "read secret gmail-eraser", "sign as account erase"],
    "erasers.histories": lambda *_: ["see backups project"],
    "erasers.inventories": lambda *_: ["list stores project", "read bucket published", "read bucket reports"],
    "erasers.erasers": lambda *_: [
        *(f"destroy key {name}" for name in KEYSETS),
        *(f"destroy secret {name}" for name in (*SECRETS, "shipping-password")),
        *(f"empty bucket {name}" for name in ("claims", "exports")),
    ],
    "relays.Relays": lambda *_: ["reach drand"],
}


def steps() -> list[str]:
    """Return the steps that have a function."""
    return sorted(path.parent.name for path in (ROOT / "functions").glob("*/main.py"))


def powers_in(step: str) -> set[str]:
    """Return the powers that `main.py` hands to a step, in words."""
    main = ast.parse((ROOT / "functions" / step / "main.py").read_text(encoding="utf-8"))
    body = ast.parse((ROOT / "shared" / "prizedraw" / f"{step}.py").read_text(encoding="utf-8"))
    return powers_of(step, main, _annotations(body))


def powers_of(step: str, main: ast.Module, ports: dict[str, str]) -> set[str]:
    """Return the powers in a `main.py`, its step's keywords being annotated with *ports*."""
    wire = next(node for node in main.body if isinstance(node, ast.FunctionDef) and node.name == "wire")
    handed = {
        id(inner): keyword.arg or ""
        for call in ast.walk(wire)
        if isinstance(call, ast.Call) and _name(call.func) == "partial"
        for keyword in call.keywords
        for inner in ast.walk(keyword.value)
    }
    found: set[str] = set()
    for call in (node for node in ast.walk(wire) if isinstance(node, ast.Call)):
        name = _name(call.func)
        if name == "mailer.connect":
            found.add(f"sign as account {step}")
        elif name in WORDS:
            words = WORDS[name](ports.get(handed.get(id(call), ""), ""), [_plain(given) for given in call.args])
            found |= {one for word in words for one in _own(step, word)}
        elif name not in CARRIERS:
            raise AssertionError(f"functions/{step}/main.py builds {name}: say in in_code.py which power that is")
    return found


def _own(step: str, word: str) -> list[str]:
    """Return a power with the step's own names, where it is one to create files of which it is the author."""
    for bucket, authors in AUTHORS.items():
        if word == CREATES.format(bucket):
            return [f"create object {bucket}/{name}" for name in authors.get(step, ())] or [
                f"create in bucket {bucket}"
            ]
    return [word]


def _annotations(module: ast.Module) -> dict[str, str]:
    run = next(node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "run")
    return {given.arg: ast.unparse(given.annotation) for given in run.args.kwonlyargs if given.annotation}


def _name(node: ast.expr) -> str:
    return ast.unparse(node)


def _plain(node: ast.expr) -> str:
    """Return a constant, or the value of `Purpose.CONTACT` (`contact`)."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    return node.attr.lower() if isinstance(node, ast.Attribute) else ""
