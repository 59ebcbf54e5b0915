"""
Make everything ready before opening: hold the form against the campaign file, make the keysets, publish the rules.

It says in Japanese what is ready and what is not. Its grants end at opening, and what it has published stands.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE, publish, publish_signed
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import RULES, Rules, quiz_hash
from prizedraw.lottery.randomness import source_of
from prizedraw.ports import Clock, Form, KeysetMaker, PublicKey, Publisher, Replace, Signer, Store
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from prizedraw.runtime import confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.times import japanese, stamp

STEP = "prepare"
SALT_BYTES = 32

RULES_DIFFER = Problem(
    "E-202",
    "公開済みの規則（rules.json）が、定義ファイルまたは署名の鍵と一致しません。公開した規則は変更できません。"
    "定義ファイルを公開したときのものに戻すか、新しい記号（id）の企画として準備してください。",
)
TOO_LATE = Problem(
    "E-203",
    "応募の受付が始まっているため（{opens}）、準備の操作はできません。準備が済んでいるかは status で確かめ、"
    "済んでいなければ構築担当に連絡してください。",
)
KEY_DIFFERS = Problem(
    "E-204",
    "公開済みの署名の鍵（evidence.pem）が、いまの署名の鍵と一致しません。作業を止めて構築担当に連絡してください。",
)


@dataclass(frozen=True)
class _Plan:
    """
    Hold what is ready, what is missing and what would be written.

    *standing* is what is stored so far; its `prepared_at` is empty while a run is not through.
    """

    faults: tuple[str, ...]
    missing_keysets: tuple[str, ...]
    standing: Prepared | None
    prepared: Prepared
    rules: bytes
    pem: bytes
    rules_published: bool

    @property
    def is_complete(self) -> bool:
        return self.standing == self.prepared and self.rules_published and not self.missing_keysets


def run(
    order: Order,
    caller: Caller,
    *,
    campaign: Campaign,
    form: Form,
    keysets: KeysetMaker,
    state: Store,
    published: Publisher,
    signer: Signer,
    public_key: PublicKey,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Say what is ready; with the confirm code make what is missing. Run again, it makes only what is still missing.

    After opening nothing is touched, since the grants have ended.

    Raises:
        Refused: entry has opened, or the form cannot be read.
        Again: another run is preparing.
        Broken: other rules than the campaign file's, or another evidence key, are published already.
    """
    if clock() >= campaign.opens_at:
        raise Refused(TOO_LATE, opens=japanese(campaign.opens_at))
    look = partial(_plan, campaign, form.form(), keysets, state, published, public_key, clock)
    plan = look()
    if plan.faults:
        return _not_ready(plan)
    if plan.is_complete:
        return _ready(Result.UNCHANGED, campaign, plan)
    # Not the rules' own hash: until the salt of the quiz hash is kept, it is another one at each call.
    unsalted = _rules(campaign, plan.prepared.form_hash, bytes(SALT_BYTES), plan.pem).to_bytes()
    decision = {"rules": sha256_hex(unsalted)}
    code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is not None:
        return _ask(code, campaign, plan)
    with lease.fenced(clock, times, (state, STEP)) as (hold,):
        plan = look()
        if plan.faults:
            return _not_ready(plan)
        _make(plan, caller, keysets, hold, published, signer, clock)
    return _ready(Result.DONE, campaign, plan)


def _make(
    plan: _Plan,
    caller: Caller,
    keysets: KeysetMaker,
    hold: lease.Hold,
    published: Publisher,
    signer: Signer,
    clock: Clock,
) -> None:
    """Make what is missing. The salt is kept before its hash is published; the time is written when all is there."""
    for name in plan.missing_keysets:
        keysets.make(name)
    hold.commit([Replace(replace(plan.prepared, prepared_at=""))])
    if publish(published, EVIDENCE, plan.pem) != plan.pem:
        raise Broken(KEY_DIFFERS)
    if publish_signed(published, signer, RULES, plan.rules) != plan.rules:
        raise Broken(RULES_DIFFER)
    hashes = {"rules": plan.prepared.rules_hash, "form": plan.prepared.form_hash}
    hold.commit([Replace(plan.prepared), journal.entry(clock, caller, STEP, "prepared", hashes=hashes)])


def _plan(
    campaign: Campaign,
    form: Mapping[str, Any],
    keysets: KeysetMaker,
    state: Store,
    published: Publisher,
    public_key: PublicKey,
    clock: Clock,
) -> _Plan:
    """
    Compare what there is with what there should be.

    The salt is kept from the first run on. Once the rules are published the form is pinned too; until then what an
    earlier run left half done gives way to the form and the campaign file of now.
    """
    questions, faults = form_schema.resolve(campaign, form)
    pem = public_key.public_pem()
    if published.read(EVIDENCE) not in (None, pem):
        raise Broken(KEY_DIFFERS)
    stored = state.get(Prepared, ONLY)
    standing = published.read(RULES)
    form_hash = form_schema.form_hash(form)
    if stored and standing is not None and stored.record.form_hash != form_hash:
        faults.append("フォームの設問が、準備したときから変わっています。フォームを元に戻してください。")
        form_hash = stored.record.form_hash
    salt = stored.record.quiz_salt if stored else secrets.token_hex(SALT_BYTES)
    rules = _rules(campaign, form_hash, bytes.fromhex(salt), pem).to_bytes()
    if standing is not None and standing != rules:
        raise Broken(RULES_DIFFER)
    prepared = Prepared(ONLY, questions, form_hash, sha256_hex(rules), salt, stamp(clock()))
    if stored and stored.record.prepared_at:
        unchanged = replace(prepared, prepared_at=stored.record.prepared_at) == stored.record
        prepared = stored.record if unchanged else prepared
    return _Plan(
        tuple(faults),
        tuple(keysets.missing()),
        stored.record if stored else None,
        prepared,
        rules,
        pem,
        standing is not None and published.read(RULES + SIGNATURE) is not None,
    )


def _rules(campaign: Campaign, form_hash: str, salt: bytes, pem: bytes) -> Rules:
    der = load_pem_public_key(pem).public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Rules(
        campaign=campaign.id,
        prizes=tuple(Prize(p.id, p.name, p.quantity, p.reserves) for p in campaign.prizes),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        draw_at=campaign.draw_at,
        eligibility={"sentences": campaign.eligibility_text()},
        quiz_hash=quiz_hash(salt, campaign.answer_key()),
        form_hash=form_hash,
        evidence_key=sha256_hex(der),
        randomness=source_of(campaign.randomness.model_dump(mode="json")),
    )


def _missing(plan: _Plan) -> tuple[str, ...]:
    lines = []
    if plan.missing_keysets:
        lines.append(f"まだ作られていない鍵：{'、'.join(plan.missing_keysets)}")
    if not plan.rules_published:
        lines.append("規則（rules.json）はまだ公開されていません。")
    return tuple(lines)


def _not_ready(plan: _Plan) -> Reply:
    return Reply(
        Result.REFUSED,
        ("次の点がそろっていないため、準備を進められません。", *plan.faults, *_missing(plan)),
        {"直すところ": len(plan.faults)},
        next="上の点を直してから、もう一度 {} で実行してください。",
    )


def _ask(code: str, campaign: Campaign, plan: _Plan) -> Reply:
    return Reply(
        Result.ASK,
        (
            "フォームと定義ファイルは一致しています。",
            *_missing(plan),
            "実行すると、鍵を作り、規則を公開します。公開した規則は変更できません。",
            f"受付：{campaign.entry_period_text}、抽選：{campaign.draw_text}",
        ),
        {prize.name: prize.quantity for prize in campaign.prizes},
        next=confirm.press(code),
        confirm=code,
    )


def _ready(result: Result, campaign: Campaign, plan: _Plan) -> Reply:
    return Reply(
        result,
        (
            "準備は整っています。",
            "フォームと定義ファイルは一致しています。鍵はすべてあります。規則は公開用フォルダにあります。",
            f"規則のSHA-256：{plan.prepared.rules_hash}",
        ),
        next=f"{japanese(campaign.opens_at)} の受付開始まで、フォームの設問を変えないでください。"
        "rules.json・rules.json.sig・evidence.pem を区のホームページに掲載してください。",
    )
