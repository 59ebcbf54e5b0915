"""
Say again what each step may do, as the design has it: one line a power, in words.

The plan's grants, the ports in the code and the calls of a rehearsal are each held against this table, in both
directions. Whoever gives a step a power changes this table too, and somebody reads that line.
"""

from dataclasses import dataclass
from itertools import chain

from prizedraw.adapters.keys.keysets import KEYSETS, SECRETS


@dataclass(frozen=True, order=True)
class Need:
    """
    Name one permission of one step on one resource: `key contact`, `bucket claims`, `project`, a file or a folder of
    files (`object published/rules.json`, `object published/forfeits/`).
    """

    step: str
    permission: str
    on: str

    def __str__(self) -> str:
        return f"{self.step}: {self.permission} on {self.on}"


def _each(verb: str, kind: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{verb} {kind} {name}" for name in names)


def _signed(*names: str) -> tuple[str, ...]:
    return tuple(one for name in names for one in (name, f"{name}.sig"))


MADE = tuple(name for name in SECRETS if not name.endswith("-private"))
"""The secrets that `prepare` asks for versions: the last half of a keyset to be made tells of both."""

POWERS: dict[str, tuple[str, ...]] = {
    "prepare": (
        "write database state",
        *_each("encrypt with", "key", *KEYSETS),
        "sign with key evidence",
        "see key evidence",
        *_each("add to", "secret", *SECRETS),
        *_each("list", "secret", *MADE),
        "read bucket published",
        *_each("create", "object", *_signed("published/rules.json"), "published/evidence.pem"),
        "reach forms",
    ),
    "intake": (
        "write database sealed",
        "write database state",
        *_each("read", "secret", "contact-public", "survey-public", "index"),
        "decrypt with key index",
        "reach forms",
    ),
    "freeze": (
        "read database sealed",
        "write database state",
        "sign with key evidence",
        "read bucket published",
        *_each("create", "object", "published/pool.txt", *_signed("published/commitment.json")),
    ),
    "draw": (
        "write database state",
        "sign with key evidence",
        "read bucket published",
        *_each("create", "object", *_signed("published/randomness.json", "published/record.json")),
        "random project",
        "reach drand",
    ),
    "notify": (
        "read database sealed",
        "write database state",
        *_each("read", "secret", "contact-private", "claim", "gmail"),
        *_each("decrypt with", "key", "contact", "claim"),
        "read bucket published",
        "sign as account notify",
        "reach gmail",
    ),
    "claim": (
        "write database sealed",
        "write database state",
        *_each("read", "secret", "claim", "delivery-public"),
        "decrypt with key claim",
        "read bucket published",
        "read bucket claims",
        "delete in bucket claims",
    ),
    "forfeit": (
        "write database state",
        "sign with key evidence",
        "read bucket published",
        "create object published/forfeits/",
    ),
    "ship": (
        "read database sealed",
        "write database state",
        "read secret delivery-private",
        "decrypt with key delivery",
        "add to secret shipping-password",
        "list secret shipping-password",
        "destroy in secret shipping-password",
        "read bucket published",
        "list bucket exports",
        "create in bucket exports",
        "delete in bucket exports",
    ),
    "analyse": (
        "read database sealed",
        "write database state",
        "read secret survey-private",
        "decrypt with key survey",
        "read bucket reports",
        *_each("create", "object", *(f"reports/analysis.{end}" for end in ("html", "json", "xlsx"))),
    ),
    "erase": (
        "write database sealed",
        "write database state",
        "see backups project",
        "list stores project",
        *_each("read", "secret", "claim", "index", "gmail-eraser"),
        *_each("decrypt with", "key", "claim", "index"),
        *_each("destroy", "key", *KEYSETS),
        *_each("destroy", "secret", *SECRETS, "shipping-password"),
        *_each("empty", "bucket", "claims", "exports"),
        "sign with key evidence",
        "read bucket published",
        "read bucket reports",
        "create object reports/erasure/",
        "sign as account erase",
        "reach forms",
        "reach drive",
        "reach gmail",
    ),
    "status": ("write database state", "read bucket published", "create object reports/status/"),
}

CREATE = "storage.objects.create"
_READ = ("datastore.entities.get", "datastore.entities.list")
_WRITE = ("datastore.entities.create", "datastore.entities.update", "datastore.entities.delete")
_VERSIONS = "cloudkms.cryptoKeyVersions"
_MEANS: dict[str, tuple[str, ...]] = {
    "read database": _READ,
    "write database": (*_READ, *_WRITE),
    "encrypt with key": (f"{_VERSIONS}.useToEncrypt",),
    "decrypt with key": (f"{_VERSIONS}.useToDecrypt",),
    "sign with key": (f"{_VERSIONS}.useToSign",),
    "see key": (f"{_VERSIONS}.viewPublicKey",),
    "random project": ("cloudkms.locations.generateRandomBytes",),
    "read secret": ("secretmanager.versions.access",),
    "add to secret": ("secretmanager.versions.add",),
    "list secret": ("secretmanager.versions.list",),
    "destroy in secret": ("secretmanager.versions.destroy",),
    "read bucket": ("storage.objects.get", "storage.objects.list"),
    "list bucket": ("storage.objects.list",),
    "create in bucket": (CREATE,),
    "create object": (CREATE,),
    "delete in bucket": ("storage.objects.delete",),
    "empty bucket": ("storage.objects.list", "storage.objects.delete"),
    "destroy key": tuple(f"{_VERSIONS}.{verb}" for verb in ("destroy", "get", "list", "update")),
    "destroy secret": tuple(f"secretmanager.versions.{verb}" for verb in ("destroy", "get", "list")),
    "see backups project": ("datastore.backups.list",),
    "list stores project": ("datastore.databases.list", "secretmanager.secrets.list", "storage.buckets.list"),
    "sign as account": ("iam.serviceAccounts.signBlob",),
}


def needs_of(step: str, words: tuple[str, ...] | frozenset[str]) -> set[Need]:
    """Translate words to permissions; what is reached outside Google Cloud needs none."""
    return set(chain.from_iterable(_needs(step, word) for word in words))


def _needs(step: str, word: str) -> list[Need]:
    if word.startswith("reach "):
        return []
    if word in _MEANS:
        return [Need(step, permission, "project") for permission in _MEANS[word]]
    verb, name = word.rsplit(" ", 1)
    kind = verb.rsplit(" ", 1)[1]
    return [Need(step, permission, f"{kind} {name}") for permission in _MEANS[verb]]


def holds(word: str, kind: str, mail_sender: str) -> bool:
    """Tell whether a power is used with a campaign's *kind* of randomness and with this sender of mail."""
    return {
        "random project": kind == "hsm",
        "reach drand": kind == "drand",
        "read secret gmail": mail_sender == "me",
        "read secret gmail-eraser": mail_sender == "me",
        "sign as account notify": mail_sender != "me",
        "sign as account erase": mail_sender != "me",
    }.get(word, True)


_MANAGES = "roles/secretmanager.secretVersionManager brings it along: "
_SPARE_OF_SHIP = {
    "disable": _MANAGES + "who may destroy a password may as well disable it",
    "enable": _MANAGES + "only ship itself could have disabled one",
    "get": _MANAGES + "it tells of a version what a list tells too",
}
_LISTS = "one role for all that prepare adds to; a list tells that there are versions, not what they hold"
SPARE: dict[Need, str] = (
    {
        Need("ship", f"secretmanager.versions.{verb}", "secret shipping-password"): why
        for verb, why in _SPARE_OF_SHIP.items()
    }
    | {
        Need(
            "erase", "datastore.backups.get", "project"
        ): "roles/datastore.backupsViewer brings it along: one of a list"
    }
    | {Need("prepare", "secretmanager.versions.list", f"secret {name}"): _LISTS for name in SECRETS if name not in MADE}
)
"""Permissions that a role brings along and no call uses, each with the reason why it may."""

ROLES: dict[str, frozenset[str]] = {
    "roles/datastore.viewer": frozenset(_READ),
    "roles/datastore.user": frozenset((*_READ, *_WRITE)),
    "roles/datastore.backupsViewer": frozenset({"datastore.backups.get", "datastore.backups.list"}),
    "roles/cloudkms.cryptoKeyEncrypter": frozenset({f"{_VERSIONS}.useToEncrypt"}),
    "roles/cloudkms.cryptoKeyDecrypter": frozenset({f"{_VERSIONS}.useToDecrypt"}),
    "roles/cloudkms.cryptoKeyEncrypterDecrypter": frozenset({f"{_VERSIONS}.useToEncrypt", f"{_VERSIONS}.useToDecrypt"}),
    "roles/cloudkms.signer": frozenset({f"{_VERSIONS}.useToSign"}),
    "roles/cloudkms.publicKeyViewer": frozenset({f"{_VERSIONS}.viewPublicKey"}),
    "roles/cloudkms.signerVerifier": frozenset(
        {f"{_VERSIONS}.useToSign", f"{_VERSIONS}.useToVerify", f"{_VERSIONS}.viewPublicKey"}
    ),
    "roles/secretmanager.secretAccessor": frozenset({"secretmanager.versions.access"}),
    "roles/secretmanager.secretVersionAdder": frozenset({"secretmanager.versions.add"}),
    "roles/secretmanager.viewer": frozenset({"secretmanager.versions.get", "secretmanager.versions.list"}),
    "roles/secretmanager.secretVersionManager": frozenset(
        f"secretmanager.versions.{verb}" for verb in ("add", "destroy", "disable", "enable", "get", "list")
    ),
    "roles/storage.objectViewer": frozenset({"storage.objects.get", "storage.objects.list"}),
    "roles/storage.objectCreator": frozenset({CREATE}),
    "roles/storage.objectAdmin": frozenset(f"storage.objects.{verb}" for verb in ("create", "delete", "get", "update")),
    "roles/storage.objectUser": frozenset(
        f"storage.objects.{verb}" for verb in ("create", "delete", "get", "list", "update")
    ),
    "roles/iam.serviceAccountTokenCreator": frozenset(
        f"iam.serviceAccounts.{verb}"
        for verb in ("getAccessToken", "getOpenIdToken", "implicitDelegation", "signBlob", "signJwt")
    ),
}
"""What predefined roles hold that bears on data: https://docs.cloud.google.com/iam/docs/roles-permissions"""
