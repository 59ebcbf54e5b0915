"""
Publish the reports of an erasure, 個人情報消去報告書: as JSON and as PDF, each with its signature, create-only.

Each file is created with its signature in the one request; the `.sig` beside it is a copy. A new report is made only
when it says something else than the last one that is ours (`filed`), and takes the next free number. What a killed run
left unfinished of that one is finished first, and known by its signature: whatever else lies there is never touched.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from prizedraw.erasure import foreseen, passed
from prizedraw.erasure.believed import Believed
from prizedraw.erasure.filed import FOLDER, Filed, name_of
from prizedraw.erasure.kept import KEPT
from prizedraw.erasure.powers import Powers
from prizedraw.erasure.report import (
    Addressee,
    Contract,
    Contractor,
    Handling,
    JournalDigest,
    KeptReport,
    People,
    Processor,
    Report,
    Versions,
)
from prizedraw.erasure.state import Overall, PlaceReport, PlaceState
from prizedraw.errors import Broken, Problem
from prizedraw.evidence import signed_files
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.manifest import read_manifest
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE
from prizedraw.lottery.published import PublishedDraw
from prizedraw.records.running import JournalRow
from prizedraw.runtime.journal_digest import digest

SUBJECTS = "抽選プレゼントの応募者（当選者を含みます）"
STANDARD = (
    "復元できない方法で消去します。データベースのメールアドレス、回答、お届け先は暗号化して保管しており、全件を削除したうえで鍵を破棄し、"
    "写しが残っていても読めない状態にします（暗号化消去。NIST SP 800-88 の Cryptographic Erase）。"
    "そのほかの場所は完全に削除し、復元できる期間が過ぎたことを確かめます。"
)
PROCESSORS = (
    Processor(
        "Google（Google Cloud、Googleフォーム、Gmail）",
        "応募の受付、データの保管と処理、メールの送信。データベース、鍵、ファイルは東京リージョン（日本国内）に置いています",
    ),
    Processor("株式会社トラストバンク（LoGoフォーム）", "当選者のお届け先（氏名、住所、電話番号）の登録の受付"),
)
"""Whom every campaign rests on; the campaign file adds whom the contractor has engaged besides."""
ITEMS = (
    "メールアドレス",
    "年代",
    "居住地域",
    "クイズとアンケートの回答",
    "当選者の氏名",
    "当選者の住所",
    "当選者の電話番号",
)
_UNSEEN = frozenset({PlaceState.UNREAD, PlaceState.WAITING})
"""What a place is after 完了 if it could not be read, and the past of a database in which one could not."""

NO_RULES = Problem(
    "E-541", "公開済みの規則（rules.json）が読めないため、消去報告書を作れません。保守担当に連絡してください。"
)
STANDS = Problem(
    "E-556",
    "消去報告書 {file} を作ろうとしたところ、同じ名前の別のファイルができていました。"
    "消去は進んでいます。もう一度実行してください。続くようなら保守担当に連絡してください。",
)


def publish(powers: Powers, believed: Believed, places: Sequence[PlaceReport], now: datetime) -> tuple[Report, bool]:
    """
    Publish what *places* say at the moment *now*, unless the last report of ours says it.

    Return the last report, and whether it is new.

    Raises:
        Broken: the report would contradict itself, or there are no rules, or something was planted in this moment.
    """
    draw, filed = believed.draw, believed.filed
    if draw is None:
        raise Broken(NO_RULES)
    if filed.last is not None:
        _finish(powers, draw, filed.last, filed)
        if not is_news(filed, places):
            return filed.last, False
    made = _report(powers, draw, believed, places, now)
    _finish(powers, draw, made, Filed())
    return made, True


def is_news(filed: Filed, places: Sequence[PlaceReport]) -> bool:
    """
    Tell whether *places* say something that the last report does not say, or that report can never be whole.

    After one that says 完了 it is no news that a place cannot be read any more: the credentials are given back then.
    """
    last = filed.last
    if last is None or not filed.is_whole:
        return True
    unread = {p.id for p in places if p.state in _UNSEEN} if last.state is Overall.COMPLETE else set()
    return _says(last.places, unread) != _says(places, unread)


def _finish(powers: Powers, draw: PublishedDraw, report: Report, filed: Filed) -> None:
    """Publish whatever of a report's four files does not stand yet, and the key that verifies them."""
    signed_files.publish(powers.reports, FOLDER + EVIDENCE, draw.key.pem)
    data = report.to_bytes()
    _file(powers, draw, filed, name_of(report.number), lambda: data)
    _file(powers, draw, filed, name_of(report.number, ".pdf"), lambda: powers.render(report, sha256_hex(data)))


def _file(powers: Powers, draw: PublishedDraw, filed: Filed, name: str, make: Callable[[], bytes]) -> None:
    """Create one file with its signature, and the copy of that; nothing where a stranger lies."""
    if name in filed.strangers:
        return
    if name not in filed.names:
        data = make()
        if signed_files.publish_signed(powers.reports, powers.signer, draw.key, name, data) != data:
            raise Broken(STANDS, file=name)
    if name + SIGNATURE not in filed.names | filed.strangers:
        signed_files.copy_signature(powers.reports, name)


def _says(places: Sequence[PlaceReport], but: Collection[str]) -> list[tuple[object, ...]]:
    """Return what makes a report a new one; when a place was last read, or how many are left in it, does not."""
    return [(p.id, p.state, p.erased_at, p.until, p.attestation) for p in places if p.id not in but]


def _report(
    powers: Powers, draw: PublishedDraw, believed: Believed, places: Sequence[PlaceReport], now: datetime
) -> Report:
    campaign, ward, contractor = powers.campaign, powers.campaign.ward, powers.campaign.contractor
    rows = list(powers.state.scan(JournalRow))
    went = passed.passed(rows, believed.told)
    places = [replace(place, passed=went.get(place.id)) for place in places]
    return Report(
        campaign=campaign.id,
        title=campaign.title,
        number=believed.filed.free,
        made_at=now,
        addressee=Addressee(ward.name, ward.section, ward.head),
        contract=Contract(campaign.contract.name, campaign.contract.number, campaign.contract.work),
        contractor=Contractor(
            contractor.name,
            contractor.responsible,
            contractor.address,
            contractor.representative,
            contractor.officer,
        ),
        handling=Handling(campaign.handling.begins, campaign.handling.ends),
        subjects=SUBJECTS,
        people=_people(believed),
        items=ITEMS,
        processors=(*PROCESSORS, *(Processor(one.name, one.does) for one in campaign.subcontractors)),
        standard=STANDARD,
        earliest=foreseen.earliest(campaign, places, now),
        places=tuple(places),
        kept=tuple(KeptReport(kept.id, kept.name, kept.holds, kept.reason, kept.until) for kept in KEPT),
        versions=_versions(powers.manifest),
        commitment_hash=believed.committed.hash if believed.committed is not None else None,
        record_hash=believed.recorded.hash if believed.recorded is not None else None,
        journal=JournalDigest(*digest(rows)),
        evidence_key=draw.key.hash,
    )


def _people(believed: Believed) -> People:
    """Count the people by the draw's own files, which bear a signature."""
    if believed.committed is None:
        return People()
    commitment = believed.committed.commitment
    accepted = commitment.pool_size + commitment.ineligible
    if believed.recorded is None:
        return People(commitment.received, accepted)
    return People(commitment.received, accepted, sum(len(a.winners) for a in believed.recorded.record.awards))


def _versions(manifest: Path) -> Versions:
    data = read_manifest(manifest)
    return Versions(sha256_hex(data), json.loads(data)["archives"])
