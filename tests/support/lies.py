"""Folders of a draw as a dishonest operator would publish them: each with one lie that its signatures do not betray."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import compress_G1, compress_G2
from py_ecc.optimized_bls12_381 import G2, multiply

from prizedraw.lottery.awards import Prize, award, seed
from prizedraw.lottery.pool import read_pool

Change = Callable[[dict[str, Any]], object]


def hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def nothing(_: dict[str, Any]) -> None:
    """Change nothing."""


BLS_SECRET = 0x1F3A_5C7E


LABELS = ["0" * 26, "1" * 26, "b" * 26, "c" * 26, "z" * 26]


POOL = "".join(f"{label}\tA,W\n" for label in LABELS).encode()


ANSWERS = {"Q1": "猫", "Q2": "９"}


SALT = bytes(range(16))


DRAND = {
    "kind": "drand",
    "chain": "ab" * 32,
    "public_key": "".join(f"{z:096x}" for z in compress_G2(multiply(G2, BLS_SECRET))),
    "period": 30,
    "genesis": 1_700_000_000,
}


QUICKNET_CHAIN = "52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971"


ROUND = 2_414_855  # of that chain, due at 2026-03-02T10:00:20Z


HARDWARE = {"kind": "hsm", "value": "12" * 32}


GIVEN = {"kind": "ward", "value": "3-1", "given_by": "文化観光課", "given_at": "2026-03-02T10:00:05Z"}


def bls_sign(round: int, secret: int = BLS_SECRET) -> str:
    message = hashlib.sha256(round.to_bytes(8, "big")).digest()
    domain = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
    return f"{compress_G1(multiply(hash_to_G1(message, domain, hashlib.sha256), secret)):096x}"


def drand_value(signature: str, round: int = ROUND) -> dict[str, Any]:
    return {
        "kind": "drand",
        "round": round,
        "signature": signature,
        "value": hash_of(bytes.fromhex(signature)),
    }


def publish(
    folder: Path,
    *,
    source: dict[str, Any] | None = None,
    given: dict[str, Any] = GIVEN,
    rules: Change = nothing,
    pool: bytes = POOL,
    commitment: Change = nothing,
    record: Change = nothing,
    asked: Change = nothing,
) -> ec.EllipticCurvePrivateKey:
    """
    Publish a draw; each change is made before what follows from its file is computed and everything is signed.

    Where Cloud KMS draws, what it was *asked* for is a file too.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    the_rules: dict[str, Any] = {
        "spec": "prizedraw/1",
        "campaign": "test",
        "prizes": [
            {"id": "A", "name": "原画", "quantity": 1, "reserves": 1},
            {"id": "W", "name": "バッジ", "quantity": 1, "reserves": 1},
        ],
        "opens_at": "2026-02-03T00:00:00Z",
        "closes_at": "2026-03-01T15:00:00Z",
        "draw_at": "2026-03-02T10:00:00Z",
        "eligibility": {},
        "quiz_hash": hash_of(SALT + rfc8785.dumps(ANSWERS)),
        "form_hash": "00" * 32,
        "evidence_key": hash_of(der),
        "randomness": source or {"kind": given["kind"]},
    }
    rules(the_rules)
    size = pool.count(b"\n")
    the_commitment: dict[str, Any] = {
        "spec": "prizedraw/1",
        "campaign": "test",
        "rules_hash": hash_of(rfc8785.dumps(the_rules)),
        "pool_size": size,
        "pool_hash": hash_of(pool),
        "received": size + 3,
        "duplicates": 1,
        "rejected": {"no_consent": 2},
        "ineligible": 0,
        "withdrawn": 0,
        "frozen_at": "2026-03-01T15:30:00Z",
        "draw_at": "2026-03-02T10:00:00Z",
        "code_hash": "00" * 32,
    }
    commitment(the_commitment)
    committed = rfc8785.dumps(the_commitment)
    value = given["value"].encode() if given["kind"] == "ward" else bytes.fromhex(given["value"])
    drawn = seed(value, committed)
    prizes = [Prize(id="A", name="原画", quantity=1, reserves=1), Prize(id="W", name="バッジ", quantity=1, reserves=1)]
    the_record: dict[str, Any] = {
        "spec": "prizedraw/1",
        "campaign": "test",
        "commitment_hash": hash_of(committed),
        "randomness": dict(given),
        "seed": drawn.hex(),
        "drawn_at": "2026-03-02T10:00:30Z",
        "quiz_salt": SALT.hex(),
        "awards": [
            {"prize": a.prize, "winners": list(a.winners), "reserves": list(a.reserves)}
            for a in award(read_pool(POOL, ["A", "W"]), prizes, drawn)
        ],
    }
    record(the_record)
    (folder / "pool.txt").write_bytes(pool)
    (folder / "evidence.pem").write_bytes(pem)
    for name, document in (("rules", the_rules), ("commitment", the_commitment), ("record", the_record)):
        write_signed(folder / f"{name}.json", rfc8785.dumps(document), key)
    if given["kind"] == "hsm":
        write_signed(folder / "randomness.json", file_of(given, committed, asked), key)
    return key


def file_of(given: dict[str, Any], committed: bytes, change: Change = nothing) -> bytes:
    """Return the file of what Cloud KMS gave for the draw of a commitment, changed."""
    document = {
        "spec": "prizedraw/1",
        "campaign": "test",
        "commitment_hash": hash_of(committed),
        "kind": "hsm",
        "value": given["value"],
        "asked_at": "2026-03-02T10:00:10Z",
    }
    change(document)
    return rfc8785.dumps(document)


def write_signed(path: Path, data: bytes, key: ec.EllipticCurvePrivateKey) -> None:
    path.write_bytes(data)
    path.with_name(path.name + ".sig").write_bytes(key.sign(data, ec.ECDSA(SHA256())))


def set_(**fields: Any) -> Change:
    return lambda document: document.update(fields)


def swap_winners(record: dict[str, Any]) -> None:
    a, w = record["awards"]
    a["winners"], w["winners"] = w["winners"], a["winners"]


def promote_reserve(record: dict[str, Any]) -> None:
    record["awards"][0]["winners"], record["awards"][0]["reserves"] = (
        record["awards"][0]["reserves"],
        record["awards"][0]["winners"],
    )


SECOND_TRIES = [
    " 3-1",
    "3-1\u3000",
    "3  1",
    "3 \u30001",
    "3\u00a01",
    "3\u20281",
    "3-1\n",
    "\ufeff3-1",
    "3\u200b-1",
    "3\u2060-1",
    "3\u00ad-1",
    "3\u034f-1",
    "3\u3164-1",
    "3\ufe0f-1",
    "3\u2800-1",
    "3\U000e0101-1",
    "3\ue000-1",
    "3\u0378-1",
    "\u304b\u3099",
    "e\u0301",
    "=?UTF-8?B?My0x?=",
    "3" * 201,
]
"""Texts that look like another one, or could come back from a mail as another one."""


LIES: list[tuple[str, dict[str, Any]]] = [
    ("rules-form", {"rules": set_(opens_at="2026-03-01T15:00:00Z")}),
    ("rules-form", {"rules": set_(closes_at="2026-03-02T10:00:01Z")}),
    ("rules-form", {"rules": set_(opens_at="2026-02-30T00:00:00Z")}),
    ("rules-form", {"rules": set_(prizes=[])}),
    ("rules-form", {"rules": lambda rules: rules["prizes"][1].update(id="A")}),
    ("rules-form", {"rules": lambda rules: rules["prizes"][1].update(quantity=True)}),
    ("rules-form", {"rules": set_(eligibility={"quiz": 1.5})}),
    ("rules-form", {"rules": set_(eligibility=[])}),
    ("rules-form", {"rules": set_(note="")}),
    ("rules-form", {"rules": set_(randomness={**DRAND, "chain": QUICKNET_CHAIN})}),
    ("rules-form", {"rules": set_(randomness={**DRAND, "period": 0})}),
    ("rules-form", {"rules": set_(randomness={**DRAND, "genesis": 1_800_000_000})}),
    ("commitment-form", {"commitment": set_(campaign="other")}),
    ("commitment-form", {"commitment": set_(rejected={"no_consent": -2})}),
    ("commitment-form", {"commitment": set_(rejected={"no_consent": "2"})}),
    ("rules-hash", {"commitment": set_(rules_hash="00" * 32)}),
    ("freeze-time", {"commitment": set_(frozen_at="2026-03-01T14:59:59Z")}),
    ("freeze-time", {"commitment": set_(frozen_at="2026-03-02T09:00:01Z")}),
    ("freeze-time", {"commitment": set_(draw_at="2026-03-03T10:00:00Z")}),
    ("freeze-time", {"commitment": set_(draw_at="2026-03-02T10:00:01Z")}),
    ("pool-hash", {"commitment": set_(pool_hash="00" * 32)}),
    ("pool-form", {"pool": POOL.replace(b"A,W", b"W,A", 1)}),
    ("pool-form", {"pool": POOL.replace(b"A,W", b"A,X", 1)}),
    ("pool-form", {"pool": POOL.replace(b"A,W", b"", 1)}),
    ("pool-form", {"pool": POOL.replace(b"A,W", b"A,A", 1)}),
    ("pool-form", {"pool": POOL.replace(b"\n", b"\r\n")}),
    ("pool-form", {"pool": POOL[:-1]}),
    ("pool-form", {"pool": POOL + b"\n"}),
    ("pool-form", {"pool": POOL.replace(b"bbb", b"bib")}),
    ("pool-form", {"pool": b"".join(reversed(POOL.splitlines(keepends=True)))}),
    ("pool-form", {"pool": POOL + POOL.splitlines(keepends=True)[-1]}),
    ("pool-form", {"pool": POOL.replace(b"z", "ｚ".encode())}),
    ("counts", {"commitment": set_(pool_size=4, received=7)}),
    ("counts", {"commitment": set_(received=9)}),
    ("record-form", {"record": set_(campaign="other")}),
    ("record-form", {"record": set_(quiz_salt="00")}),
    ("record-form", {"given": {**GIVEN, "given_at": "2026-13-02T10:00:05Z"}}),
    ("record-form", {"record": set_(spec="prizedraw/2")}),
    ("commitment-hash", {"record": set_(commitment_hash="00" * 32)}),
    ("draw-time", {"record": set_(drawn_at="2026-03-02T09:59:59Z")}),
    ("randomness", {"record": set_(randomness={"kind": "hsm", "value": "00" * 32})}),
    ("randomness", {"given": {**GIVEN, "given_at": "2026-03-02T09:59:59Z"}}),
    ("randomness", {"given": {**GIVEN, "given_at": "2026-03-02T10:00:31Z"}}),
    ("randomness", {"source": DRAND, "given": drand_value("ab" * 48, ROUND + 1)}),
    ("randomness", {"source": DRAND, "given": drand_value("ab" * 48, ROUND - 1)}),
    ("randomness", {"source": DRAND, "given": {**drand_value("ab" * 48), "value": "00" * 32}}),
    ("seed", {"record": set_(seed="00" * 32)}),
    ("seed", {"record": lambda record: record["randomness"].update(value="6-6")}),
    ("awards", {"record": swap_winners}),
    ("awards", {"record": promote_reserve}),
    ("awards", {"record": lambda record: record["awards"].reverse()}),
    ("awards", {"record": lambda record: record["awards"].pop()}),
    ("awards", {"record": lambda record: record["awards"][0].update(reserves=[])}),
    (
        "awards",
        {"record": lambda record: record["awards"][0]["winners"].append(record["awards"][0]["winners"][0])},
    ),
    ("evidence-key", {"rules": set_(evidence_key="00" * 32)}),
    ("draw-time", {"record": set_(drawn_at="2026-06-01T00:00:01Z")}),
    ("draw-time", {"record": set_(drawn_at="2099-03-02T10:00:30Z")}),
    (
        "draw-time",
        {
            "commitment": set_(frozen_at="2099-03-02T08:00:00Z", draw_at="2099-03-02T10:00:00Z"),
            "record": set_(drawn_at="2099-03-02T10:00:30Z"),
        },
    ),
    ("randomness", {"given": {**GIVEN, "given_at": "2099-03-02T10:00:05Z"}}),
    ("record-form", {"given": {**GIVEN, "value": ""}}),
    ("record-form", {"record": set_(drawn_at="2026-03-02T24:00:00Z")}),
    (
        "rules-form",
        {"rules": set_(randomness={**DRAND, "chain": QUICKNET_CHAIN, "period": 3, "genesis": 1_692_803_367})},
    ),
    ("commitment-form", {"commitment": set_(frozen_at="2026-02-29T15:30:00Z")}),
    ("freeze-time", {"commitment": set_(frozen_at="1970-01-01T00:00:00Z")}),
    ("randomness", {"given": HARDWARE, "asked": set_(value="34" * 32)}),
    ("randomness", {"given": HARDWARE, "asked": set_(value="12" * 31)}),
    ("randomness", {"given": HARDWARE, "asked": set_(commitment_hash="00" * 32)}),
    ("randomness", {"given": HARDWARE, "asked": set_(campaign="other")}),
    ("randomness", {"given": HARDWARE, "asked": set_(asked_at="2026-03-02T09:59:59Z")}),
    ("randomness", {"given": HARDWARE, "asked": set_(asked_at="2026-03-02T10:00:31Z")}),
    ("randomness", {"given": HARDWARE, "asked": set_(asked_at="2026-03-02T10:00:10+00:00")}),
    ("randomness", {"given": HARDWARE, "asked": set_(kind="ward")}),
    ("randomness", {"given": HARDWARE, "asked": set_(spec="prizedraw/2")}),
    ("randomness", {"given": HARDWARE, "asked": set_(tries=14)}),
    ("randomness", {"given": HARDWARE, "asked": lambda file: file.pop("asked_at")}),
    ("seed", {"given": HARDWARE, "record": set_(seed="00" * 32)}),
    (
        "seed",
        {
            "given": HARDWARE,
            "record": lambda record: record["randomness"].update(value="34" * 32),
            "asked": set_(value="34" * 32),
        },
    ),
    *(("randomness", {"given": {**GIVEN, "value": text}}) for text in SECOND_TRIES),
    ("rules-form", {"rules": set_(claims_until="2026-03-02T10:00:00Z")}),
    ("rules-form", {"rules": set_(claims_until="2026-03-18")}),
    ("rules-form", {"rules": set_(claims_until=None)}),
]
"""The step that must refuse, and what is published otherwise than it was."""


def place(folder: Path, prize: int, kind: str) -> tuple[str, str]:
    """Return prize and label of the first winner or reserve of a prize."""
    award = json.loads((folder / "record.json").read_bytes())["awards"][prize]
    return award["prize"], award[kind][0]


def forfeit(folder: Path, at_prize: int = 0, kind: str = "winners", **changes: Any) -> dict[str, Any]:
    """Return the forfeit of a place, as it should be but for the *changes*."""
    name, label = place(folder, at_prize, kind)
    return {
        "spec": "prizedraw/1",
        "campaign": "test",
        "record_hash": hash_of((folder / "record.json").read_bytes()),
        "prize": name,
        "label": label,
        "why": "declined",
        "at": "2026-03-12T00:00:00Z",
    } | changes


def lapse(folder: Path, at_prize: int = 0, kind: str = "winners", at: str = "2026-03-12T00:00:00Z") -> dict[str, Any]:
    return forfeit(folder, at_prize, kind, why="lapsed", at=at)


def return_(of: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return what gives back the place of a forfeit, as it should be but for the *changes*."""
    return {
        "spec": "prizedraw/1",
        "campaign": "test",
        "record_hash": of["record_hash"],
        "forfeit_hash": hash_of(rfc8785.dumps(of)),
        "prize": of["prize"],
        "label": of["label"],
        "at": "2026-03-19T00:00:00Z",
    } | changes


def second(name: str) -> Callable[[Path], object]:
    """Return what lays another file of the specification beside the first."""
    return lambda folder: (folder / name).write_bytes((folder / "commitment.json").read_bytes())


def by_another(folder: Path) -> None:
    """Sign everything that stands with another key, and lay that key beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / "evidence.pem").write_bytes(pem)
    for path in sorted(folder.glob("*.json")):
        write_signed(path, path.read_bytes(), key)


SPOILT: list[tuple[str, Callable[[Path], object]]] = [
    ("strangers", second("commitment-2.json")),
    ("strangers", second("commitment (1).json")),
    ("strangers", second("COMMITMENT-OLD.JSON")),
    ("evidence-key", by_another),
    ("forfeits", lambda folder: (folder / "forfeits").write_bytes(b"")),
    ("signatures", lambda folder: (folder / "record.json.sig").write_bytes((folder / "rules.json.sig").read_bytes())),
    ("commitment-form", lambda folder: (folder / "commitment.json").write_bytes((folder / "rules.json").read_bytes())),
    ("files", lambda folder: ((folder / "pool.txt").unlink(), (folder / "pool.txt").mkdir())),
]
"""The step that must refuse, and what is done to a folder that was right."""
