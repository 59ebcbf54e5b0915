"""
Fix the pool and commit to it, before the randomness exists.

The gate closes first (`intake` then takes nothing more), the ledger must balance against a read of the whole form
begun after closing, and pool and commitment are published once and for ever. docs/draw.md, files 2 and 3.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.manifest import read as read_manifest
from prizedraw.evidence.signed_files import publish, publish_signed
from prizedraw.lottery import awards
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import COMMITMENT, POOL, RULES, Commitment, Rules, postpone
from prizedraw.ports import Clock, Create, Delete, Publisher, Reader, Signer, Store
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.lottery import Freezing, Frozen
from prizedraw.records.running import ONLY, Lease
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.times import instant_of, japanese, japanese_until, moment_of, stamp, unstamp

STEP = "freeze"
NOT_PREPARED = Problem("E-401", "規則（rules.json）が公開されていません。構築担当に連絡してください。")
STILL_OPEN = Problem("E-402", "まだ応募の受付中です（締切：{closes}）。締切の後に実行してください。")
NOT_RECONCILED = Problem(
    "E-403",
    "締切後の照合がまだ済んでいません。定期実行の取り込み（intake）が終わるまで、20分ほど待って実行してください。",
)
DOES_NOT_BALANCE = Problem(
    "E-404",
    "フォームの件数（{form}件）と台帳の件数（{ledger}件）が合いません。次の照合（1時間以内）を待って再度実行し、"
    "続くようなら保守担当に連絡してください。",
)
GONE = Problem(
    "E-405",
    "フォームから消えた応募が{gone}件あります。フォームで回答を削除した人がいないか確かめてください。"
    '応募者本人の請求による削除なら erase で取り下げてください。応募を有効のまま進めるには {{"accept_gone": {gone}}} '
    "を付けて実行してください。",
)
INTAKE_RUNS = Problem("E-406", "応募の取り込みが実行中です。10分ほど待って、もう一度実行してください。")
POOL_DIFFERS = Problem(
    "E-407", "公開済みの抽選対象（pool.txt）と現在の応募が一致しません。作業を止めて保守担当に連絡してください。"
)
COUNTS_DIFFER = Problem(
    "E-408",
    "集計（{counted}件）と応募（{found}件）の数が一致しないため、応募を確定せず、照合をやり直します。"
    "30分ほど待って実行し、続くようなら保守担当に連絡してください。",
)
NONE_GONE = Problem("E-410", "フォームから消えた応募はありません。accept_gone を外して実行してください。")
COMMITMENT_DIFFERS = Problem(
    "E-412",
    "公開済みの確定記録（commitment.json）と現在の応募が一致しません。作業を止めて保守担当に連絡してください。",
)
RULES_DIFFER = Problem(
    "E-413",
    "定義ファイルが、公開済みの規則（rules.json）と一致しません。構築担当に連絡し、公開したときのものに戻してください。",
)


class FreezeOrder(Order):
    """Ask to freeze; *accept_gone* says how many vanished responses an operator has looked into."""

    accept_gone: int = 0


@dataclass(frozen=True)
class _Pool:
    """Hold the pool file and who is not in it."""

    data: bytes
    size: int
    ineligible: int


def run(
    order: FreezeOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    manifest: Path,
    sealed: Reader,
    state: Store,
    published: Publisher,
    signer: Signer,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Fix pool and commitment; a second call returns the first.

    Raises:
        Refused: entry is still open, or the reconciliation is missing or does not balance.
        Again: a run of `intake` or another freeze has not ended yet, or what was read needs another reconciliation.
        Broken: what is published differs from what the records say.
    """
    standing = state.get(Frozen, ONLY)
    if standing is not None:
        return _reply(Result.UNCHANGED, standing.record)
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    if clock() < campaign.closes_at:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (STILL_OPEN.sentence.format(closes=japanese_until(campaign.closes_at)),))
        raise Refused(STILL_OPEN, closes=japanese_until(campaign.closes_at))
    rules = _rules(published, campaign)
    code_hash = sha256_hex(read_manifest(manifest))
    reconciled = _reconciled(state, campaign)
    if reconciled is None:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (NOT_RECONCILED.sentence,))
        raise Refused(NOT_RECONCILED)
    _demand_balance(reconciled, order.accept_gone)
    decision: dict[str, str | int] = {
        "began_at": reconciled.began_at,
        "form_count": reconciled.form_count,
        "gone": order.accept_gone,
    }
    code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is not None:
        return _ask(code, order.accept_gone, reconciled)
    with lease.fenced(clock, times, (state, STEP)) as (hold,):
        standing = state.get(Frozen, ONLY)
        if standing is not None:
            return _reply(Result.UNCHANGED, standing.record)
        _close_gate(sealed, state, hold, clock)
        frozen = _fix(rules, code_hash, sealed, state, hold, published, signer, clock)
        counts = {"pool": frozen.pool_size, "ineligible": frozen.ineligible}
        hashes = {"commitment": frozen.commitment_hash}
        hold.commit([Create(frozen), journal.entry(clock, caller, STEP, "frozen", counts=counts, hashes=hashes)])
    return _reply(Result.DONE, frozen)


def _rules(published: Publisher, campaign: Campaign) -> bytes:
    """Return the published rules, if they still are what the campaign file says and `intake` has judged by."""
    data = published.read(RULES)
    if data is None:
        raise Refused(NOT_PREPARED)
    rules = Rules.from_bytes(data)
    said = replace(
        rules,
        prizes=tuple(Prize(p.id, p.name, p.quantity, p.reserves) for p in campaign.prizes),
        opens_at=campaign.opens_at,
        closes_at=campaign.closes_at,
        draw_at=campaign.draw_at,
        eligibility={"sentences": campaign.eligibility_text()},
    )
    if rules != said:
        raise Broken(RULES_DIFFER)
    return data


def _reconciled(state: Reader, campaign: Campaign) -> Reconciliation | None:
    """Return the reconciliation on which the freeze rests; None if none began late enough, or more came since."""
    stored = state.get(Reconciliation, ONLY)
    totals = state.get(Totals, ONLY)
    if stored is None or totals is None or moment_of(stored.record.began_at) < campaign.settled_at:
        return None
    found = stored.record
    return found if totals.record.received == found.totals["received"] else None


def _demand_balance(found: Reconciliation, accept_gone: int) -> None:
    """Refuse unless every response is accounted for, and every one that vanished has been looked into."""
    if not found.balances:
        ledger = found.totals["received"] - found.totals["gone"]
        raise Refused(DOES_NOT_BALANCE, form=found.form_count, ledger=ledger)
    gone = found.totals["gone_open"]
    if gone != accept_gone:
        raise Refused(GONE, gone=gone) if gone else Refused(NONE_GONE)


def _close_gate(sealed: Reader, state: Reader, hold: lease.Hold, clock: Clock) -> None:
    """Let no run of `intake` begin, and make sure that none is still going."""
    if state.get(Freezing, ONLY) is None:
        hold.commit([Create(Freezing(ONLY, instant_of(clock())))])
    intake = sealed.get(Lease, lease.INTAKE)
    if intake is not None and instant_of(clock()) < intake.record.until:
        raise Again(INTAKE_RUNS)


def _fix(
    rules_data: bytes,
    code_hash: str,
    sealed: Reader,
    state: Reader,
    hold: lease.Hold,
    published: Publisher,
    signer: Signer,
    clock: Clock,
) -> Frozen:
    """Publish pool and commitment; finish what an earlier run left half done, if it is what this run finds."""
    rules = Rules.from_bytes(rules_data)
    pool = _pool(sealed, rules)
    totals = state.get(Totals, ONLY)
    standing = published.read(COMMITMENT)
    counted, found = _compared(sealed, totals.record, pool) if totals else (0, pool.size + pool.ineligible)
    if totals is None or counted != found:
        if standing is not None or published.read(POOL) is not None:
            raise Broken(POOL_DIFFERS)
        # A run of `intake` died between its entries and its totals: open the gate, so that it reads everything again.
        hold.commit([Delete(Freezing, ONLY), Delete(Reconciliation, ONLY)])
        raise Again(COUNTS_DIFFER, counted=counted, found=found)
    if publish(published, POOL, pool.data) != pool.data:
        raise Broken(POOL_DIFFERS)
    mine = _commitment(rules, rules_data, pool, totals.record, code_hash, clock())
    standing = standing or publish(published, COMMITMENT, mine.to_bytes())
    commitment = Commitment.from_bytes(standing)
    fixed = {name: getattr(commitment, name) for name in ("frozen_at", "code_hash")}
    if commitment != replace(mine, **fixed, draw_at=postpone(rules.draw_at, commitment.frozen_at)):
        raise Broken(COMMITMENT_DIFFERS)
    publish_signed(published, signer, COMMITMENT, standing)
    return Frozen(
        ONLY,
        commitment_hash=sha256_hex(standing),
        pool_size=commitment.pool_size,
        ineligible=commitment.ineligible,
        frozen_at=stamp(commitment.frozen_at),
        draw_at=stamp(commitment.draw_at),
    )


def _compared(sealed: Reader, totals: Totals, pool: _Pool) -> tuple[int, int]:
    """Return a number of the *totals* and what it is now: the first that is another one now, if any is."""
    pairs = [
        (totals.received, sealed.count(LedgerRow)),
        (totals.duplicates, sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value)),
        (totals.accepted, pool.size + pool.ineligible),
    ]
    return next(((counted, found) for counted, found in pairs if counted != found), pairs[0])


def _pool(sealed: Reader, rules: Rules) -> _Pool:
    """Read labels and prizes of all entries, while nobody writes, into the pool file."""
    before = sealed.get(Lease, lease.INTAKE)
    ineligible = 0

    def standing() -> Iterator[tuple[str, list[str]]]:
        nonlocal ineligible
        for label, prizes in sealed.project(Entry, ("label", "prizes")):
            if not prizes:
                ineligible += 1
            yield label, prizes

    data = awards.write_pool(standing())
    after = sealed.get(Lease, lease.INTAKE)
    if (before and before.record) != (after and after.record):
        raise Again(INTAKE_RUNS)
    return _Pool(data, awards.read_pool(data, rules.prize_ids).size, ineligible)


def _commitment(
    rules: Rules, rules_data: bytes, pool: _Pool, totals: Totals, code_hash: str, now: datetime
) -> Commitment:
    frozen_at = now.replace(microsecond=0)
    return Commitment(
        campaign=rules.campaign,
        rules_hash=sha256_hex(rules_data),
        pool_size=pool.size,
        pool_hash=sha256_hex(pool.data),
        received=totals.received,
        duplicates=totals.duplicates,
        rejected=totals.rejected,
        ineligible=pool.ineligible,
        withdrawn=totals.withdrawn,
        frozen_at=frozen_at,
        draw_at=postpone(rules.draw_at, frozen_at),
        code_hash=code_hash,
    )


def _ask(code: str, accept_gone: int, reconciled: Reconciliation) -> Reply:
    totals = reconciled.totals
    return Reply(
        Result.ASK,
        (
            "応募を確定します。確定すると、応募の追加や変更はできなくなります。",
            f"照合（{japanese(moment_of(reconciled.began_at))} 開始）は、フォームと台帳で一致しています。",
        ),
        {
            "フォームの件数": reconciled.form_count,
            "受け付けた応募": totals["accepted"],
            "重複": totals["duplicates"],
            "対象外（理由あり）": sum(totals["rejected"].values()),
            "取り下げ": totals["withdrawn"],
        },
        next=confirm.press(code, {"accept_gone": accept_gone} if accept_gone else {}),
        confirm=code,
    )


def _reply(result: Result, frozen: Frozen) -> Reply:
    at = japanese(unstamp(frozen.draw_at))
    return Reply(
        result,
        (
            "応募を確定し、抽選対象の一覧と確定記録を公開用フォルダに置きました。",
            f"確定記録のSHA-256：{frozen.commitment_hash}",
            f"抽選は {at} 以降に行えます。確定記録は notify が区へメールで送ります。",
        ),
        {"抽選対象": frozen.pool_size, "条件を満たさない応募": frozen.ineligible},
        next=f"{at} を過ぎてから draw を実行してください（定期実行でも行われます）。",
    )
