"""
Make everything ready before opening: compare the form with the campaign file, make the keysets, publish the rules.

Key and rules bear the key's own signature from the moment at which they are published: what stands without it, be it
right to the byte, is not this step's.

It says in Japanese what is ready and what is not. Its grants end at opening, and what it has published stands. Asked
for HTML it makes the page on which the ward's site says how our mail looks, for which it needs nothing but the campaign
file: it can be had at any time.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import form_schema
from prizedraw.entries.form_fitness import passed_by, reach_faults, tells_reach
from prizedraw.entries.form_questions import Misfit, Mismatch
from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.key import EvidenceKey
from prizedraw.evidence.signed_files import EVIDENCE, SIGNATURE, UNSIGNED, copy_signature, publish_signed, read_signed
from prizedraw.lottery.files import Rules, quiz_hash
from prizedraw.lottery.names import RULES
from prizedraw.lottery.terms import randomness_of, terms_of
from prizedraw.ports import Clock, Form, KeysetMaker, PublicKey, Publisher, Replace, Signer, Store
from prizedraw.records.campaign import Prepared
from prizedraw.records.running import ONLY
from prizedraw.runtime import confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.times import japanese, stamp
from prizedraw.words import prepare as words
from prizedraw.words.prepare import Preparation

STEP = "prepare"
SALT_BYTES = 32

RULES_DIFFER = Problem(
    "E-202",
    "公開済みの規則（rules.json）が、定義ファイルまたは署名の鍵と一致しません。公開した規則は変更できません。"
    "定義ファイルを公開したときのものに戻すか、新しい記号（id）の企画として準備してください。",
)
TOO_LATE = Problem(
    "E-203",
    "応募の受付が始まっているため（{opens}）、準備の操作はできません。"
    "準備が済んでいるかは現在の状況（status）で確かめ、"
    "済んでいなければ構築担当に連絡してください。",
)
KEY_DIFFERS = Problem(
    "E-204",
    "公開済みの署名の鍵（evidence.pem）が、いまの署名の鍵と一致しません。作業を止めて構築担当に連絡してください。",
)
STRANGE_KEYS = Problem(
    "E-207",
    "この準備で作ったものではない鍵が保管されています（{keysets}）。使うと応募者の情報を他人に読まれるおそれがあるため、"
    "準備を止めました。構築担当に連絡し、だれが入れたかを監査ログで確かめ、新しい記号（id）の企画として準備してください。",
)


class PrepareOrder(Order):
    """The wish to make ready or, as *html*, for the page that the ward puts on its site."""

    format: Literal["json", "html"] = "json"


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The powers of one run, by name."""

    campaign: Campaign
    form: Form
    keysets: KeysetMaker
    state: Store
    published: Publisher
    signer: Signer
    public_key: PublicKey
    times: RunTimes
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class _Plan:
    """
    What is ready, what is missing and what would be written.

    *standing* is what is stored so far; its `prepared_at` is empty while a run has not finished.
    """

    mismatches: tuple[Mismatch, ...]
    missing_keysets: tuple[str, ...]
    standing: Prepared | None
    prepared: Prepared
    rules: bytes
    pem: bytes
    key: EvidenceKey
    rules_published: bool

    @property
    def is_complete(self) -> bool:
        return self.standing == self.prepared and self.rules_published and not self.missing_keysets


def run(
    order: PrepareOrder,
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
        Broken: other rules than the campaign file's, another evidence key, or either without its signature, are
            published already, or somebody else has stored a keyset.
    """
    if order.format == "html":
        return _ward_page(campaign)
    desk = _Desk(
        campaign=campaign,
        form=form,
        keysets=keysets,
        state=state,
        published=published,
        signer=signer,
        public_key=public_key,
        times=times,
        clock=clock,
    )
    return words.reply(_prepare(order, caller, desk))


def _ward_page(campaign: Campaign) -> Reply:
    from prizedraw.words import ward_page  # noqa: PLC0415  loads Jinja, which nothing else here needs

    return Reply(Result.REPORT, (), page=ward_page.page(campaign))


def _prepare(order: Order, caller: Caller, desk: _Desk) -> Preparation:
    """Look what is missing, and make it if the form fits and the caller has the code."""
    if desk.clock() >= desk.campaign.opens_at:
        raise Refused(TOO_LATE, opens=japanese(desk.campaign.opens_at))
    form, code, is_new = desk.form.form(), None, False
    plan = _plan(desk, form)
    if not plan.mismatches and not plan.is_complete:
        code = _consent(order, caller, desk, plan)
        if code is None:
            with lease.fenced(desk.clock, desk.times, (desk.state, STEP)) as (hold,):
                plan = _plan(desk, form)
                if not plan.mismatches:
                    _make(desk, plan, hold, caller)
                    is_new = True
    return Preparation(
        campaign=desk.campaign,
        mismatches=plan.mismatches,
        missing_keysets=plan.missing_keysets,
        rules_published=plan.rules_published,
        rules_hash=plan.prepared.rules_hash,
        code=code,
        is_new=is_new,
        verified=form_schema.verifies_addresses(form),
        passed_by=tuple(passed_by(desk.campaign, form, plan.prepared.questions)),
        tells_reach=tells_reach(form),
    )


def _consent(order: Order, caller: Caller, desk: _Desk, plan: _Plan) -> str | None:
    # Not the rules' own hash: until the salt of the quiz hash is kept, it is another one at each call.
    unsalted = _rules(desk.campaign, plan.prepared.form_hash, bytes(SALT_BYTES), plan.key).to_bytes()
    decision = {"rules": sha256_hex(unsalted)}
    return confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )


def _make(desk: _Desk, plan: _Plan, hold: lease.Hold, caller: Caller) -> None:
    """
    Make what is missing. The salt is kept before its hash is published; the time is written when all is there.

    That keysets are ours is kept before they are made, and is taken back of those that turn out not to be.
    """
    hold.commit([Replace(replace(plan.prepared, prepared_at=""))])
    ours = list(plan.standing.keysets) if plan.standing else []
    for name in plan.missing_keysets:
        is_first = desk.keysets.make(name)
        if not is_first and name not in ours:
            hold.commit([Replace(replace(plan.prepared, prepared_at="", keysets=tuple(ours)))])
            raise Broken(STRANGE_KEYS, keysets=name)
        ours += [] if name in ours else [name]
    if publish_signed(desk.published, desk.signer, plan.key, EVIDENCE, plan.pem) != plan.pem:
        raise Broken(KEY_DIFFERS)
    if publish_signed(desk.published, desk.signer, plan.key, RULES, plan.rules) != plan.rules:
        raise Broken(RULES_DIFFER)
    copy_signature(desk.published, RULES)
    hashes = {"rules": plan.prepared.rules_hash, "form": plan.prepared.form_hash}
    hold.commit([Replace(plan.prepared), journal.entry(desk.clock, caller, STEP, "prepared", hashes=hashes)])


def _plan(desk: _Desk, form: Mapping[str, Any]) -> _Plan:
    """
    Compare what there is with what there should be. A half of a keyset that no run of this step made is not adopted.

    The salt is kept from the first run on. Once the rules are published the form is pinned too; until then what an
    earlier run left half done gives way to the form and the campaign file of now.
    """
    questions, mismatches = form_schema.resolve(desk.campaign, form)
    mismatches = reach_faults(form) + mismatches
    pem = desk.public_key.public_pem()
    key = EvidenceKey(pem)
    published_key = desk.published.find(EVIDENCE)
    if published_key is not None and published_key.data != pem:
        raise Broken(KEY_DIFFERS)
    if published_key is not None and not key.verifies(pem, published_key.signature):
        raise Broken(UNSIGNED, file=EVIDENCE)
    stored = desk.state.get(Prepared, ONLY)
    standing = stored.record if stored else None
    published = read_signed(desk.published, key, RULES)
    form_hash = form_schema.form_hash(form)
    if standing and published is not None and standing.form_hash != form_hash:
        mismatches.append(Mismatch(what=Misfit.CHANGED))
        form_hash = standing.form_hash
    salt = standing.quiz_salt if standing else secrets.token_hex(SALT_BYTES)
    rules = _rules(desk.campaign, form_hash, bytes.fromhex(salt), key).to_bytes()
    if published is not None and published != rules:
        raise Broken(RULES_DIFFER)
    found = desk.keysets.found()
    if strange := [name for name in found if found[name] and name not in (standing.keysets if standing else ())]:
        raise Broken(STRANGE_KEYS, keysets="、".join(strange))
    prepared = Prepared(ONLY, questions, form_hash, sha256_hex(rules), salt, stamp(desk.clock()), tuple(found))
    if standing and standing.prepared_at:
        unchanged = replace(prepared, prepared_at=standing.prepared_at) == standing
        prepared = standing if unchanged else prepared
    return _Plan(
        mismatches=tuple(mismatches),
        missing_keysets=tuple(name for name in found if not found[name]),
        standing=standing,
        prepared=prepared,
        rules=rules,
        pem=pem,
        key=key,
        rules_published=published is not None and desk.published.read(RULES + SIGNATURE) is not None,
    )


def _rules(campaign: Campaign, form_hash: str, salt: bytes, key: EvidenceKey) -> Rules:
    return Rules(
        campaign=campaign.id,
        **terms_of(campaign),
        quiz_hash=quiz_hash(salt, campaign.answer_key()),
        form_hash=form_hash,
        evidence_key=key.hash,
        randomness=randomness_of(campaign),
    )
