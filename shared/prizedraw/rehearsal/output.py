"""
Write down what a rehearsal left behind, so that anybody can look: published files, mails, pages, raw records.

Also hold the result to account: the draw is verified by the stand-alone script, every response is accounted for, and
nothing personal may stand anywhere but in sealed values.
"""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

from prizedraw.entries.ids import Envelopes
from prizedraw.erasure.filed import FOLDER
from prizedraw.evidence.signed_files import EVIDENCE
from prizedraw.lottery.names import RULES
from prizedraw.ports import Document, Reader
from prizedraw.records.entries import LedgerRow
from prizedraw.rehearsal.google.buckets import StoredObject
from prizedraw.rehearsal.google.mailbox import SentMail
from prizedraw.rehearsal.hosting import ROOT, Answered
from prizedraw.rehearsal.inputs import Unusable
from prizedraw.rehearsal.played import Played
from prizedraw.times import stamp

_HASH = re.compile(r"^[0-9a-f]{64}\b", re.MULTILINE)

MARK = ".rehearsal"
PAGE = "verify.html"
"""A folder that holds this file was made by a rehearsal and may be replaced by one."""


def empty(out: Path) -> None:
    """
    Make *out* an empty folder; what an earlier rehearsal left in it goes.

    Raises:
        Unusable: it is no folder, holds something other than an earlier rehearsal, or cannot be written to.
    """
    try:
        if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
            raise Unusable(f"{out} には別のファイルがあります。空のフォルダを --out に指定してください。")
        for path in sorted(out.rglob("*"), reverse=True) if out.exists() else ():
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
        for folder in ("published", "mail", "operator", "state", "claims"):
            (out / folder).mkdir(parents=True)
        (out / MARK).touch()
    except OSError:
        raise Unusable(f"{out} に書き込めません。書き込める空のフォルダを --out に指定してください。") from None


def write_input(out: Path, campaign: str, given: Played) -> None:
    """Write what is played: the campaign file as the functions get it, and form, responses and what happens to them."""
    (out / "campaign.yaml").write_text(campaign, encoding="utf-8")
    text = json.dumps(given.to_document(), ensure_ascii=True, indent=1)
    (out / "input.json").write_text(text + "\n", encoding="utf-8")


def write_published(out: Path, objects: Mapping[str, StoredObject]) -> None:
    """Write the published files as they lie in the bucket."""
    _write_objects(out / "published", objects)


def write_page(out: Path) -> str:
    """Lay the page that checks the draw beside the published files, if `scripts/build_page` built it; say which."""
    built = ROOT / ".build" / "verify_page" / PAGE
    if not built.is_file():
        return f"抽選を確かめるページ（{PAGE}）はありません。scripts/build_page が、つながるネットワークで作ります。"
    (out / PAGE).write_bytes(built.read_bytes())
    return f"抽選を確かめるページは {out}/{PAGE} です。ブラウザで開き、{out}/published を選びます。"


def _write_objects(folder: Path, objects: Mapping[str, StoredObject]) -> None:
    for name, stored in objects.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(stored.data)


def write_reports(out: Path, objects: Mapping[str, StoredObject]) -> None:
    """Write the reports for the ward as they lie in the bucket, and the last one on the erasure once more, by name."""
    _write_objects(out / "operator", objects)
    last = max((name for name in objects if name.endswith("-report.json")), default="").removesuffix(".json")
    for end in (".json", ".json.sig", ".pdf", ".pdf.sig") if last else ():
        (out / "operator" / f"erasure-report{end}").write_bytes(objects[last + end].data)
    if last:
        (out / "operator" / EVIDENCE).write_bytes(objects[FOLDER + EVIDENCE].data)


def write_mail(out: Path, sent: Iterable[SentMail], kinds: Mapping[str, str]) -> None:
    """Write each mail that was sent as `NNNN-<kind>.eml`; *kinds* by Gmail's message id."""
    for number, mail in enumerate(sent, 1):
        (out / "mail" / f"{number:04d}-{kinds.get(mail.id, 'unknown')}.eml").write_bytes(mail.raw)


def write_fulfilment(out: Path, exports: Iterable[bytes], shipping_list: bytes, password: str) -> None:
    """Write the exports of the claim form as they were dropped, the shipping list, and its password apart from it."""
    for number, data in enumerate(exports, 1):
        (out / "claims" / f"{number}.csv").write_bytes(data)
    if shipping_list:
        (out / "operator" / "shipping.xlsx").write_bytes(shipping_list)
        (out / "operator" / "shipping-password.txt").write_text(password + "\n", encoding="ascii")


def write_state(out: Path, stage: str, documents: Mapping[str, Document]) -> None:
    """Write every stored document, raw, bytes in base64."""
    text = json.dumps(documents, ensure_ascii=False, indent=1, sort_keys=True, default=_plain)
    (out / "state" / f"{stage}.json").write_text(text + "\n", encoding="utf-8")


def write_calls(out: Path, rows: Iterable[Document]) -> None:
    """Write which step called what of Google, and how often: what its grants must cover, and no more."""
    with (out / "calls.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def _plain(value: Any) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    raise TypeError(type(value).__name__)


def ledger(sealed: Reader, sealing: Envelopes, response_ids: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """
    Say per response id what became of it: outcome and reason.

    Only a rehearsal can: it knows the response ids beforehand, and holds the index keyset.
    """
    by_row = {sealing.row_id(response_id): response_id for response_id in response_ids}
    found: dict[str, dict[str, str | None]] = {}
    for row_id, row in sealed.get_many(LedgerRow, list(by_row)).items():
        reason = row.reason.value if row.reason is not None else None
        found[by_row[row_id]] = {"outcome": row.outcome.value, "reason": reason}
    return found


def write_replies(out: Path, replies: Iterable[Answered]) -> None:
    """Write what functions answered: JSON a line each, pages as files, the last of each step."""
    with (out / "operator" / "replies.jsonl").open("w", encoding="utf-8") as file:
        for answered in replies:
            if answered.reply:
                line = {"step": answered.step, "status": answered.status, "reply": answered.reply}
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
            else:
                (out / "operator" / f"{answered.step}.html").write_text(answered.text, encoding="utf-8")


def anchor(out: Path) -> dict[str, str]:
    """Return what the ward reads in its two mails, by option of the verifiers; what did not come is not there."""
    asked = {"rules": ("--rules-hash", "--evidence-key"), "commitment": ("--commitment-hash",)}
    found: dict[str, str] = {}
    for kind, options in asked.items():
        for path in sorted((out / "mail").glob(f"*-{kind}.eml"))[:1]:
            body = message_from_bytes(path.read_bytes(), policy=default).get_body(("plain",))
            hashes = _HASH.findall(body.get_content()) if body is not None else []
            found |= dict(zip(options, hashes, strict=False))
    return found


def verify(out: Path, at: datetime, chain: str) -> tuple[bool, str]:
    """
    Run the stand-alone verifier on the published files, as the ward does, with what stood in its mails.

    Return whether it accepts, and what it said. *chain* is the local drand's, which is no public one.
    """
    mailed = [word for pair in anchor(out).items() for word in pair]
    known = ["--private-chain", chain, "--at", stamp(at), "--require-all"]
    return _run("verify_draw.py", str(out / "published"), *mailed, *known)


def verify_erasure(out: Path, at: datetime) -> tuple[bool, str]:
    """Run the stand-alone verifier on every report of the erasure, as if at the moment *at*; return as `verify`."""
    mailed = [word for pair in anchor(out).items() for word in pair]
    rules = ["--rules", str(out / "published" / RULES), *mailed, "--at", stamp(at), "--require-all"]
    reports = sorted((out / "operator" / FOLDER).glob("*-report.json"))
    said = [_run("verify_erasure.py", str(report), *rules) for report in reports]
    return bool(said) and all(accepted for accepted, _ in said), "\n".join(text for _, text in said)


def _run(script: str, *arguments: str) -> tuple[bool, str]:
    run = subprocess.run(  # noqa: S603  our own script, our own folder
        [sys.executable, str(ROOT / "scripts" / script), *arguments],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    return run.returncode == 0, run.stdout + run.stderr
