"""What can be seen of a world from outside, read by code that shares nothing with the steps: files, mails, rows."""

import base64
import email
import email.message
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

REFERENCE = re.compile(r"([a-z]+)-(ward|[0-9a-z]{26})(?:-(\d))?-[0-9a-f]{10}")
CODE = re.compile(r"(?<![0-9A-Z-])([0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z])(?![0-9A-Z-])")
GIVEN_UP = re.compile(r"forfeits/([0-9a-z]{26})(\.restored)?\.json")


@dataclass(frozen=True)
class Letter:
    """A mail that left: which *kind*, to which *label*, the *nth* time; to whom, and the claim code that it says."""

    kind: str
    label: str
    nth: int
    to: str
    code: str
    at: datetime


def letter(data: bytes, at: datetime) -> Letter | None:
    """Read a mail; None if its reference is none of a letter's."""
    message = email.message_from_bytes(data)
    named = REFERENCE.fullmatch(str(message["X-Prizedraw-Reference"]))
    if named is None:
        return None
    code = ""
    if named[1] in ("winner", "promoted", "reminder"):
        first = next(part for part in message.walk() if part.get_content_type() == "text/plain")
        found = CODE.search(base64.b64decode(str(first.get_payload())).decode())
        code = found[1] if found else ""
    to = str(message["To"]).replace('"', "").strip("<> ")
    return Letter(named[1], named[2], int(named[3] or 1), to, code, at)


@dataclass(frozen=True)
class Place:
    """A place of the record: which prize, and whether of a winner."""

    prize: str
    is_winner: bool
    order: int


def places(files: Mapping[str, bytes]) -> dict[str, Place]:
    """Return the places of the record, by label."""
    if "record.json" not in files:
        return {}
    found: dict[str, Place] = {}
    for award in json.loads(files["record.json"])["awards"]:
        for kind in ("winners", "reserves"):
            for label in award[kind]:
                found[label] = Place(award["prize"], kind == "winners", len(found))
    return found


def holding(
    files: Mapping[str, bytes], last: datetime, only: Mapping[str, int] | None = None, until: int = 0
) -> dict[str, str]:
    """
    Return who holds which prize by the published files (docs/draw.md, section 1.6).

    *last*: from when on nobody moves up. With *only*, of the files whose number is *until* at most.
    """
    everybody = places(files)
    held = {label: place.prize for label, place in everybody.items() if place.is_winner}
    waiting = [label for label, place in everybody.items() if not place.is_winner]
    free: dict[str, int] = {}
    changes = []
    for name, data in files.items():
        named = GIVEN_UP.fullmatch(name)
        if named is None or (only is not None and only[name] > until):
            continue
        said = json.loads(data)
        changes.append((said["at"], bool(named[2]), everybody[named[1]].order, named[1], said["prize"]))
    waiting.sort(key=lambda label: everybody[label].order)
    for at, is_return, _, label, prize in sorted(changes):
        if is_return:
            if free.get(prize, 0):
                free[prize] -= 1
                held[label] = prize
            continue
        if label in waiting:
            waiting.remove(label)
        if held.pop(label, None) is None:
            continue
        following = [one for one in waiting if everybody[one].prize == prize]
        if following and _moment(at) < last:
            waiting.remove(following[0])
            held[following[0]] = prize
        else:
            free[prize] = free.get(prize, 0) + 1
    return held


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def unsound(files: Mapping[str, bytes], signatures: Mapping[str, bytes]) -> list[str]:
    """Return what is not as `docs/draw.md` has it: a signature, a hash, the pool, or the order of the draw."""
    if "evidence.pem" not in files:
        return [name for name in files if name != "evidence.pem"]
    key = load_pem_public_key(files["evidence.pem"])
    assert isinstance(key, ec.EllipticCurvePublicKey)
    wrong = [f"signature of {name}" for name, data in files.items() if not _signs(key, data, files, signatures, name)]
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    if "commitment.json" in files:
        said = json.loads(files["commitment.json"])
        lines = files["pool.txt"].decode().splitlines()
        wrong += ["rules_hash"] * (said["rules_hash"] != hashes["rules.json"])
        wrong += ["pool"] * (said["pool_hash"] != hashes["pool.txt"] or said["pool_size"] != len(lines))
        wrong += ["order of the pool"] * (lines != sorted(set(lines)))
    if "record.json" in files:
        record = json.loads(files["record.json"])
        wrong += ["commitment_hash"] * (record["commitment_hash"] != hashes["commitment.json"])
        wrong += ["awards"] * (record["awards"] != _drawn(files, record))
    return wrong


def _signs(
    key: ec.EllipticCurvePublicKey, data: bytes, files: Mapping[str, bytes], signatures: Mapping[str, bytes], name: str
) -> bool:
    if name == "evidence.pem":
        return True
    if name.endswith(".sig"):
        return signatures.get(name.removesuffix(".sig")) == data
    try:
        key.verify(signatures.get(name, b""), data, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _drawn(files: Mapping[str, bytes], record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Draw again, by the plainest reading of the specification."""
    given = record["randomness"]
    value = given["value"].encode() if given["kind"] == "ward" else bytes.fromhex(given["value"])
    seed = hmac.digest(value, bytes.fromhex(record["commitment_hash"]), "sha256")
    stands = {}
    for line in files["pool.txt"].decode().splitlines():
        label, _, prizes = line.partition("\t")
        stands[label] = prizes.split(",")
    ranked = sorted(stands, key=lambda label: hmac.digest(seed, label.encode() + b"\x01", "sha256"))
    taken: set[str] = set()
    offers = json.loads(files["rules.json"])["prizes"]
    drawn: dict[str, dict[str, Any]] = {offer["id"]: {"prize": offer["id"]} for offer in offers}
    for kind, number in (("winners", "quantity"), ("reserves", "reserves")):
        for offer in offers:
            free = (label for label in ranked if label not in taken and offer["id"] in stands[label])
            chosen = [label for _, label in zip(range(offer[number]), free, strict=False)]
            taken.update(chosen)
            drawn[offer["id"]][kind] = chosen
    return list(drawn.values())
