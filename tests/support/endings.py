"""
What a campaign in memory has come to, as it may be compared: without ciphertexts, ids, signatures and the time.

`end` is all of it; `amiss` and `miscounted` name what in it does not agree with the rest.
"""

import json
from collections import Counter
from email import message_from_bytes
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from prizedraw.entries import ledger
from prizedraw.ports import Document
from prizedraw.records.entries import Candidate, Entry, LedgerRow, Outcome, Totals
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY
from prizedraw.sealing import ContactOpener, Purpose, context
from support.world import World


def end(world: World) -> dict[str, Any]:
    """Return what a campaign has come to, without what is drawn at random each time: ciphertexts, ids, signatures."""
    demand_signatures(world)
    mails = {row.id: row.state.replace("presumed_", "") for row in world.state.scan(MailRow)}
    drafts = [kind for kind in mails.values() if kind not in ("sent", "refused")]
    return {
        "files": {name: timeless(name, data) for name, data in world.files().items()},
        "names": sorted(world.published.files),
        "rows": {row.id: ledger_row(row) for row in world.sealed.scan(LedgerRow)},
        "entries": {
            entry.id: (entry.response, candidate(world, entry.candidate)) for entry in world.sealed.scan(Entry)
        },
        "mails": Counter(letter_of(data) for data in world.mail.sent.values()),
        "mail rows": mails,
        "drafts in doubt": drafts,
        "journal": Counter((step, action) for step, action, _ in world.journal() if step != "notify"),
        "state": {
            path: without_times(doc) for path, doc in world.state.dump().items() if path.split("/")[2] in _LASTING
        },
        "watches": world.form.list(),
    }


_LASTING = {"totals", "reconciliations", "frozen", "drawn", "awards", "prepared"}
_TIMES = {"counted_at", "began_at", "ended_at", "asked_at"}


def without_times(document: Document) -> Document:
    """Leave out when it was counted."""
    return {
        name: without_times(value) if isinstance(value, dict) else value
        for name, value in document.items()
        if name not in _TIMES
    }


def ledger_row(row: LedgerRow) -> tuple[Any, ...]:
    return (row.outcome, row.reason, row.address, row.created, row.version, row.gone, row.waiting and row.waiting.label)


def candidate(world: World, held: Candidate) -> tuple[Any, ...]:
    """Open what is sealed, since the ciphertext is another one each time."""
    contact = ContactOpener(world.campaign.id, world.keys.opener(Purpose.CONTACT)).open(held.label, held.contact)
    bound = context(world.campaign.id, Purpose.SURVEY, held.label)
    return held.label, held.prizes, held.doubtful, contact, world.keys.opener(Purpose.SURVEY).open(held.survey, bound)


def letter_of(data: bytes) -> tuple[Any, ...]:
    """Return whom a mail is for and what it holds, without its date and the signatures that are attached."""
    message = message_from_bytes(data)
    parts = [(part.get_filename(), part.get_payload(decode=True)) for part in message.walk()]
    said = tuple((name, content) for name, content in parts if not (name or "").endswith(".sig"))
    return (message["To"], message["Subject"], message["X-Prizedraw-Reference"], said)


def timeless(name: str, data: bytes) -> bytes:
    """Leave out when Cloud KMS was asked: by a run that died, before the one that drew."""
    return json.dumps(without_times(json.loads(data))).encode() if name == "randomness.json" else data


def demand_signatures(world: World) -> None:
    """Verify what each file bears, and that the copies beside them are of it."""
    files, signatures = world.published.files, world.published.signatures
    key = load_pem_public_key(files["evidence.pem"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    for name, data in files.items():
        if name.endswith(".sig"):
            assert data == signatures[name.removesuffix(".sig")], name
        else:
            key.verify(signatures[name], data, ec.ECDSA(SHA256()))


def amiss(world: World) -> list[str]:
    """Return what is amiss in the databases after a run of `intake`: entries without rows, totals that are old."""
    accepted = {row.id: row.address for row in world.sealed.scan(LedgerRow) if row.outcome is Outcome.ACCEPTED}
    entries = {entry.response: entry.id for entry in world.sealed.scan(Entry)}
    whole = entries == accepted and len(entries) == world.sealed.count(Entry)
    shown, counted = world.state.get(Totals, ONLY), ledger.count(world.sealed, world.clock)
    is_true = shown is None or without_times(shown.record.to_doc()) == without_times(counted.to_doc())
    return [fault for fault, happened in (("entries", not whole), ("totals", not is_true)) if happened]


MOMENTS = (("commitment.json", "frozen_at"), ("record.json", "drawn_at"))


def read(world: World, name: str) -> Any:
    return json.loads(world.published.files[name])


def miscounted(world: World) -> list[str]:
    """Return in what the commitment differs from what is stored: what was committed to must be all that there is."""
    rows, entries = list(world.sealed.scan(LedgerRow)), list(world.sealed.scan(Entry))
    eligible = sorted(
        f"{held.label}\t{','.join(held.prizes)}\n" for held in (e.candidate for e in entries) if held.prizes
    )
    stored = {
        "received": len(rows),
        "duplicates": sum(row.outcome is Outcome.DUPLICATE for row in rows),
        "rejected": dict(Counter(row.reason.value for row in rows if row.reason)),
        "ineligible": len(entries) - len(eligible),
        "pool_hash": sha256("".join(eligible).encode()).hexdigest(),
    }
    committed = read(world, "commitment.json")
    return [f"committed {name}" for name, value in stored.items() if committed[name] != value]
