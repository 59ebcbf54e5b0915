"""Which modules are held, and against which tests: the core of the product, by the part that it belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT / "shared"


@dataclass(frozen=True)
class Part:
    """
    Modules that the same tests are about. `lottery.*` is the whole folder; tests are files or folders below tests/.

    *apart*: the tests start threads or gRPC.
    """

    modules: Sequence[str]
    tests: Sequence[str]
    apart: bool = False

    def spelt_out(self) -> list[str]:
        """Return each module by its name."""
        found: list[str] = []
        for module in self.modules:
            folder = module.removesuffix(".*")
            if folder == module:
                found.append(module)
                continue
            files = sorted(Path(SHARED / "prizedraw" / folder.replace(".", "/")).glob("*.py"))
            found += [f"{folder}.{file.stem}" for file in files if file.stem != "__init__"]
        return found


UNASKED = ("unit/analysis/test_tally.py::test_memory_does_not_grow_with_what_is_typed",)
"""Tests that measure memory: noting which lines they run takes some too."""

ASKED_FIRST = {
    "mail.letter_writer": "unit/mail/test_due.py",
    "mail.references": "unit/mail/test_due.py",
    "lottery.asked_once": "unit/lottery/test_obtaining.py",
    "lottery.forfeit_file": "unit/lottery/test_published.py",
    "entries.ids": "unit/entries/test_ledger.py",
    "fulfilment.b2cloud": "unit/fulfilment/test_shipping_list.py",
    "fulfilment.csv_limits": "unit/fulfilment/test_claim_csv.py",
    "records.verdicts": "unit/fulfilment/test_registrations.py",
    "adapters.gmail.eraser": "contract/test_gmail_eraser.py",
    "adapters.gmail.mail_texts": "contract/test_mail.py",
    "adapters.gmail.mailer": "contract/test_mail.py",
    "adapters.keys.eraser": "contract/test_key_eraser.py",
    "adapters.keys.keyring": "contract/test_keys.py",
    "adapters.keys.keysets": "contract/test_keys.py",
    "adapters.storage.claims": "contract/test_claims_bucket.py",
    "adapters.storage.eraser": "contract/test_bucket_eraser.py",
    "adapters.storage.inventory": "contract/test_inventories.py",
    "adapters.storage.objects": "contract/test_exports.py",
    "adapters.google.grpc": "contract/test_kms.py",
    "adapters.google.http": "contract/test_form.py",
    "adapters.google.later": "contract/test_own_account.py",
    "adapters.google.once": "contract/test_own_account.py",
    "adapters.drand.relays": "contract/test_beacon.py",
    "adapters.secrets.eraser": "contract/test_secret_eraser.py",
    "adapters.secrets.inventory": "contract/test_inventories.py",
    "adapters.secrets.versions": "contract/test_secrets.py",
    "adapters.erasers": "unit/erasure/test_places.py",
    "adapters.firestore.connection": "contract/test_store_faults.py",
    "adapters.firestore.database": "contract/test_store.py",
    "adapters.firestore.documents": "contract/test_store.py",
    "adapters.firestore.history": "contract/test_firestore_history.py",
}
"""Modules whose own tests are in a file of another name."""

_OF_A_DRAW = (
    *("unit/lottery", "unit/evidence", "unit/test_sealing.py", "unit/test_draw.py", "unit/test_freeze.py"),
    *("unit/fulfilment/test_returns.py", "unit/fulfilment/test_destination.py"),
)

CORE: dict[str, Part] = {
    "lottery": Part(("lottery.*", "draw", "freeze"), _OF_A_DRAW),
    "evidence": Part(("evidence.*", "sealing"), _OF_A_DRAW),
    "entries": Part(
        tuple(f"entries.{name}" for name in ("judging", "ledger", "comparing", "ids", "doubts", "reconciled")),
        ("unit/entries",),
    ),
    "mail": Part(
        tuple(
            f"mail.{name}"
            for name in (
                *("outbox", "due", "letter_writer", "again", "reminders", "sending"),
                *("receipts", "references", "row_marks", "returned"),
            )
        ),
        ("unit/mail", "unit/test_notify.py"),
    ),
    "fulfilment": Part(
        ("fulfilment.*", "records.verdicts", "claim", "forfeit", "ship"),
        ("unit/fulfilment", "unit/test_claim.py", "unit/test_forfeit.py", "unit/test_ship.py"),
    ),
    "analysis": Part(
        tuple(
            f"analysis.{name}" for name in ("disclosure", "withholding", "least_loss", "attacker", "folding", "tally")
        ),
        tuple(
            f"unit/analysis/test_{name}.py"
            for name in (
                "attacker",
                "disclosure",
                "folding",
                "least_loss",
                "make",
                "parts",
                "tables",
                "tally",
                "withholding",
            )
        ),
    ),
    "erasure": Part(
        tuple(f"erasure.{name}" for name in ("sweep", "judging", "unlisted", "witnesses")),
        ("unit/erasure", "unit/test_erase.py"),
    ),
    "runtime": Part(
        tuple(f"runtime.{name}" for name in ("edge", "lease", "confirm", "closed", "journal")),
        ("unit/runtime",),
    ),
    "adapters": Part(
        ("adapters.gmail.*", "adapters.forms.*", "adapters.keys.*", "adapters.storage.*"),
        (
            "unit/adapters",
            *(f"contract/test_{name}.py" for name in ("mail", "gmail_eraser", "form", "kms", "keys", "key_eraser")),
            *(f"contract/test_{name}.py" for name in ("exports", "published", "reports", "claims_bucket")),
            *(f"contract/test_{name}.py" for name in ("bucket_eraser", "inventories", "own_account")),
        ),
        apart=True,
    ),
    "calls": Part(
        ("adapters.google.*", "adapters.drand.*", "adapters.secrets.*", "adapters.drive", "adapters.erasers"),
        (
            *("unit/adapters", "unit/erasure/test_places.py", "contract/test_secrets.py", "contract/test_passwords.py"),
            *(f"contract/test_{name}.py" for name in ("secret_eraser", "inventories", "drive", "beacon")),
            *(f"contract/test_{name}.py" for name in ("own_account", "form", "kms")),
        ),
        apart=True,
    ),
    "firestore": Part(
        ("adapters.firestore.*",),
        tuple(f"contract/test_{name}.py" for name in ("store", "store_faults", "firestore_history", "inventories")),
        apart=True,
    ),
}
