"""
Publish the reports of an erasure, 個人情報消去報告書: as JSON and as PDF, each with its signature, create-only.

A new report is made only when it says something else than the last one. What a killed run left unfinished of the last
one is finished first.
"""

import json
import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.report import (
    FOLDER,
    Addressee,
    Contractor,
    Handling,
    JournalDigest,
    KeptReport,
    Report,
    Versions,
    name_of,
)
from prizedraw.erasure.state import PlaceReport
from prizedraw.errors import Broken, Problem
from prizedraw.evidence import signed_files
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.manifest import read_manifest
from prizedraw.evidence.signed_files import EVIDENCE
from prizedraw.lottery.files import RULES, Rules
from prizedraw.ports import PublishedFiles, Reports
from prizedraw.records.lottery import Drawn, Frozen
from prizedraw.records.running import ONLY, JournalRow
from prizedraw.runtime.journal_digest import digest

SUBJECTS = "抽選プレゼントの応募者"
ITEMS = (
    "メールアドレス",
    "年代",
    "居住地域",
    "クイズとアンケートの回答",
    "当選者の氏名",
    "当選者の住所",
    "当選者の電話番号",
)
_NAME = re.compile(rf"{FOLDER}(\d{{3,}})-report\.json", re.ASCII)

NO_RULES = Problem(
    "E-541", "公開済みの規則（rules.json）が読めないため、消去報告書を作れません。保守担当に連絡してください。"
)


def as_pdf(report: Report, json_hash: str) -> bytes:
    """Lay a report out as PDF."""
    from prizedraw.erasure import report_pdf  # noqa: PLC0415  loads reportlab, which only a new report needs

    return report_pdf.render(report, json_hash)


def latest(reports: Reports) -> Report | None:
    """Return the last report that was begun, or None."""
    numbers = [int(match[1]) for name in reports.names(FOLDER) if (match := _NAME.fullmatch(name))]
    if not numbers:
        return None
    name = name_of(max(numbers))
    return Report.from_bytes(reports.read(name) or b"", name)


def publish(powers: Powers, places: Sequence[PlaceReport], now: datetime) -> tuple[Report, bool]:
    """
    Publish what *places* say at the moment *now*, unless the last report says it.

    Return the last report, and whether it is new.

    Raises:
        Broken: the report would contradict itself, or the rules or the manifest are missing.
    """
    last = latest(powers.reports)
    if last is not None:
        finish(powers, last)
        if _says(last.places) == _says(places):
            return last, False
    made = _report(powers, places, now, last.number + 1 if last is not None else 1)
    finish(powers, made)
    return made, True


def finish(powers: Powers, report: Report) -> None:
    """Publish whatever of a report's four files is not there yet, and the key that verifies them."""
    name, data = name_of(report.number), report.to_bytes()
    if (key := powers.published.read(EVIDENCE)) is not None:
        signed_files.publish(powers.reports, FOLDER + EVIDENCE, key)
    signed_files.publish_signed(powers.reports, powers.signer, name, data)
    signed_files.publish_signed(
        powers.reports, powers.signer, name.replace(".json", ".pdf"), powers.render(report, sha256_hex(data))
    )


def _says(places: Sequence[PlaceReport]) -> list[tuple[object, ...]]:
    """Return what makes a report a new one; when a place was last read, or how many are left in it, does not."""
    return [(p.id, p.state, p.erased_at, p.until, p.attestation) for p in places]


def _report(powers: Powers, places: Sequence[PlaceReport], now: datetime, number: int) -> Report:
    campaign, state = powers.campaign, powers.state
    frozen, drawn = state.get(Frozen, ONLY), state.get(Drawn, ONLY)
    return Report(
        campaign=campaign.id,
        title=campaign.title,
        number=number,
        made_at=now,
        addressee=Addressee(campaign.ward.name, campaign.ward.section),
        contractor=Contractor(campaign.contractor.name, campaign.contractor.responsible),
        handling=Handling(campaign.handling.begins, campaign.handling.ends),
        subjects=SUBJECTS,
        items=ITEMS,
        places=tuple(places),
        kept=tuple(KeptReport(kept.id, kept.name, kept.holds, kept.reason, kept.until) for kept in KEPT),
        versions=_versions(powers.manifest),
        commitment_hash=frozen.record.commitment_hash if frozen is not None else None,
        record_hash=drawn.record.record_hash if drawn is not None else None,
        journal=JournalDigest(*digest(state.scan(JournalRow))),
        evidence_key=_evidence_key(powers.published),
    )


def _versions(manifest: Path) -> Versions:
    data = read_manifest(manifest)
    return Versions(sha256_hex(data), json.loads(data)["archives"])


def _evidence_key(published: PublishedFiles) -> str:
    rules = published.read(RULES)
    if rules is None:
        raise Broken(NO_RULES)
    return Rules.from_bytes(rules).evidence_key
