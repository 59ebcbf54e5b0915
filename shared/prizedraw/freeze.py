"""
Fix the pool and commit to it, before the randomness exists (docs/draw.md, files 2 and 3).

That no entry is left out and none is slipped in rests on these steps, each on those before it:

1. *Closing.* Entry is over, and the published rules still are those of the campaign file, by which `intake` judged.
2. *Reconciliation.* The ledger balances against a read of the whole form that began after closing, what is stored is
   what that read has judged, nothing came in since, and an operator has looked into every response that vanished, and
   into what no honest form is likely to give.
3. *Lease.* One freeze goes on at a time; a run that was overtaken writes nothing more.
4. *Gate.* Once `Freezing` is stored no run of `intake` begins; then a look shows that none is still going.
5. *Pool.* All entries are read while nobody writes, they are as many as were counted, and make the very pool that the
   reconciliation foretold.
6. *Publication.* First the pool, then the commitment, each created once, with its signature. What stands there, of this
   run or one that was killed, must bear ours, and be what this run found, at a time at which this step could have found
   it and by the code that runs now; only then it is mirrored into `state`.

A run may be killed anywhere: the next one takes all steps again, and finishes what stands. That the freeze is done is
said by the commitment; a mirror without it, or of another, is an alarm.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from prizedraw.campaign.definition import Campaign
from prizedraw.entries import reconciled
from prizedraw.entries.doubts import doubts_at_freeze
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.manifest import read_manifest
from prizedraw.evidence.signed_files import copy_signature, publish_signed, read_signed
from prizedraw.lottery.draw_time import postpone
from prizedraw.lottery.files import Commitment, Rules
from prizedraw.lottery.names import COMMITMENT, POOL
from prizedraw.lottery.opening import MIRROR_DIFFERS, open_draw
from prizedraw.lottery.pool import read_pool, write_pool
from prizedraw.lottery.published import FILES_DIFFER, Committed, PublishedDraw
from prizedraw.lottery.terms import terms_of
from prizedraw.ports import Clock, Create, Delete, Publisher, Reader, Signer, Store
from prizedraw.records.entries import Entry, LedgerRow, Outcome, Reconciliation, Totals
from prizedraw.records.lottery import Freezing, Frozen
from prizedraw.records.running import ONLY, Lease
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply
from prizedraw.times import instant_of, japanese_until, moment_of
from prizedraw.words import doubts as doubt_words
from prizedraw.words import freeze as words
from prizedraw.words.freeze import FinishedFreeze, ProposedFreeze

STEP = "freeze"
NOT_PREPARED = Problem("E-401", "規則（rules.json）が公開されていません。構築担当に連絡してください。")
STILL_OPEN = Problem("E-402", "まだ応募の受付中です（締切：{closes}）。締切の後に実行してください。")
INTAKE_RUNS = Problem("E-406", "応募の取り込みが実行中です。10分ほど待って、もう一度実行してください。")
POOL_DIFFERS = Problem(
    "E-407", "公開済みの抽選対象（pool.txt）と現在の応募が一致しません。作業を止めて保守担当に連絡してください。"
)
COUNTS_DIFFER = Problem(
    "E-408",
    "集計（{counted}件）と応募（{found}件）の数が一致しないため、応募を確定せず、照合をやり直します。"
    "30分ほど待って実行し、続くようなら保守担当に連絡してください。",
)
COMMITMENT_DIFFERS = Problem(
    "E-412",
    "公開済みの確定記録（commitment.json）と現在の応募が一致しません。作業を止めて保守担当に連絡してください。",
)
CODE_DIFFERS = Problem(
    "E-419",
    "公開済みの確定記録（commitment.json）は、いま配置されているものとは別のプログラムが作ったことになっています。"
    "作業を止めて構築担当に連絡し、確定したときのプログラムに戻すか、だれが置いたかを監査ログで確かめてください。",
)
RULES_DIFFER = Problem(
    "E-413",
    "定義ファイルが、公開済みの規則（rules.json）と一致しません。構築担当に連絡し、公開したときのものに戻してください。",
)

DOUBTFUL = Problem(
    "E-416",
    "ふつうの応募では考えにくい点が{number}件あります。{doubts}確かめたうえで、そのまま進めるなら "
    '{{"accept_doubts": {number}}} を付けて実行してください。',
)
NONE_DOUBTFUL = Problem("E-417", "確かめが要る点はありません。accept_doubts を外して実行してください。")
POOL_UNEXPECTED = Problem(
    "E-418",
    "応募の内容が、締切後の照合のときから変わっているため、応募を確定せず、照合をやり直します。"
    "30分ほど待って実行し、続くようなら保守担当に連絡してください。",
)

_TIME_MENDS = (STILL_OPEN, reconciled.NOT_RECONCILED)
"""What the schedule only waits for, where an operator is refused."""


class FreezeOrder(Order):
    """
    An order to freeze.

    *accept_gone* says how many vanished responses an operator has looked into, *accept_doubts* how many doubts.
    """

    accept_gone: int = 0
    accept_doubts: int = 0

    def accepted(self) -> dict[str, int]:
        """Return what an operator accepts, as it stands in the body."""
        return {name: number for name in ("accept_gone", "accept_doubts") if (number := getattr(self, name))}


@dataclass(frozen=True, kw_only=True)
class _Desk:
    """The powers of one run, by name."""

    campaign: Campaign
    manifest: Path
    sealed: Reader
    state: Store
    published: Publisher
    signer: Signer
    times: RunTimes
    clock: Clock


@dataclass(frozen=True, kw_only=True)
class _Pool:
    """The pool file, how many lines it has, and how many entries stand for nothing and are not in it."""

    data: bytes
    size: int
    ineligible: int

    @property
    def entries(self) -> int:
        return self.size + self.ineligible


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
        Broken: what is published is not ours, or differs from what the records say.
    """
    desk = _Desk(
        campaign=campaign,
        manifest=manifest,
        sealed=sealed,
        state=state,
        published=published,
        signer=signer,
        times=times,
        clock=clock,
    )
    standing = _standing(desk)
    if standing is None and (stopped := closed.stopped(state)) is not None:
        return stopped
    try:
        return words.reply(standing or _freeze(order, caller, desk), by_ward=campaign.randomness.kind == "ward")
    except Refused as refusal:
        if caller.scheduled and refusal.problem in _TIME_MENDS:
            return words.not_due(refusal)
        raise


def _standing(desk: _Desk) -> FinishedFreeze | None:
    """Return the freeze that was mirrored, once it is known that its commitment stands."""
    stored = desk.state.get(Frozen, ONLY)
    if stored is None:
        return None
    published = open_draw(desk.published)
    committed = published.commitment(desk.clock) if published else None
    if committed is None:
        raise Broken(FILES_DIFFER, file=COMMITMENT)
    if committed.mirror() != stored.record:
        raise Broken(MIRROR_DIFFERS, file=COMMITMENT)
    return FinishedFreeze(frozen=stored.record, is_new=False)


def _freeze(order: FreezeOrder, caller: Caller, desk: _Desk) -> ProposedFreeze | FinishedFreeze:
    """Take the steps that stand above, the last four only with the code."""
    closes_at = desk.campaign.closes_at
    if desk.clock() < closes_at:  # (1)
        raise Refused(STILL_OPEN, closes=japanese_until(closes_at))
    published = _published(desk)
    rules = published.rules
    code_hash = sha256_hex(read_manifest(desk.manifest))
    reconciliation = reconciled.latest(desk.campaign, desk.state)  # (2)
    reconciled.demand_balance(reconciliation, order.accept_gone)
    reconciled.demand_agreement(reconciliation, rules.form_hash)
    _demand_sense(reconciliation, rules, order.accept_doubts)
    decision: dict[str, str | int] = {
        "began_at": reconciliation.began_at,
        "form_count": reconciliation.form_count,
        "gone": order.accept_gone,
        "doubts": order.accept_doubts,
        "pool": reconciliation.pool_hash,
    }
    code = confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )
    if code is not None:
        return ProposedFreeze(code=code, accepted=order.accepted(), reconciliation=reconciliation)
    with lease.fenced(desk.clock, desk.times, (desk.state, STEP)) as (hold,):  # (3)
        if (standing := _standing(desk)) is not None:
            return standing
        _close_gate(desk, hold)  # (4)
        pool = _pool(desk.sealed, rules)  # (5)
        totals = _demand_expected(desk, published, pool, reconciliation, hold)
        frozen = _publish(desk, published, pool, totals, code_hash).mirror()  # (6)
        counts = {"pool": frozen.pool_size, "ineligible": frozen.ineligible, **order.accepted()}
        hashes = {"commitment": frozen.commitment_hash}
        hold.commit([Create(frozen), journal.entry(desk.clock, caller, STEP, "frozen", counts=counts, hashes=hashes)])
    return FinishedFreeze(frozen=frozen, is_new=True)


def _published(desk: _Desk) -> PublishedDraw:
    """Read the published rules, if they still are what the campaign file says and `intake` has judged by."""
    published = open_draw(desk.published)
    if published is None:
        raise Refused(NOT_PREPARED)
    rules = published.rules
    expected = replace(rules, **terms_of(desk.campaign))
    before = replace(expected, claims_until=None)  # as they were published before rules said it
    if rules not in (expected, before):
        raise Broken(RULES_DIFFER)
    return published


def _demand_sense(reconciliation: Reconciliation, rules: Rules, accept_doubts: int) -> None:
    """Refuse unless an operator has looked into whatever no honest form is likely to give."""
    doubts = doubts_at_freeze(reconciliation, rules.form_hash)
    if len(doubts) != accept_doubts:
        said = "".join(doubt_words.doubt(one, reconciliation.totals) for one in doubts)
        raise Refused(DOUBTFUL, number=len(doubts), doubts=said) if doubts else Refused(NONE_DOUBTFUL)


def _close_gate(desk: _Desk, hold: lease.Hold) -> None:
    """Let no run of `intake` begin, and make sure that none is still going."""
    if desk.state.get(Freezing, ONLY) is None:
        hold.commit([Create(Freezing(ONLY, instant_of(desk.clock())))])
    intake = desk.sealed.get(Lease, lease.INTAKE)
    if intake is not None and instant_of(desk.clock()) < intake.record.until:
        raise Again(INTAKE_RUNS)


def _pool(sealed: Reader, rules: Rules) -> _Pool:
    """Read labels and prizes of all entries, while nobody writes, into the pool file."""
    before = sealed.get(Lease, lease.INTAKE)
    ineligible = 0

    def entries() -> Iterator[tuple[str, list[str]]]:
        nonlocal ineligible
        for label, prizes in sealed.project(Entry, ("label", "prizes")):
            if not prizes:
                ineligible += 1
            yield label, prizes

    data = write_pool(entries())
    after = sealed.get(Lease, lease.INTAKE)
    if (before and before.record) != (after and after.record):
        raise Again(INTAKE_RUNS)
    return _Pool(data=data, size=read_pool(data, rules.prize_ids).size, ineligible=ineligible)


def _demand_expected(
    desk: _Desk, published: PublishedDraw, pool: _Pool, reconciliation: Reconciliation, hold: lease.Hold
) -> Totals:
    """Return the totals, if ledger and entries are as many as they say, and the pool is what the ledger stands for."""
    totals = desk.state.get(Totals, ONLY)
    counted, present = _compared(desk.sealed, totals.record, pool) if totals else (0, pool.entries)
    is_expected = sha256_hex(pool.data) == reconciliation.pool_hash
    if totals is not None and counted == present and is_expected:
        return totals.record
    if any(read_signed(desk.published, published.key, name) is not None for name in (COMMITMENT, POOL)):
        raise Broken(POOL_DIFFERS)
    # A run of `intake` died between its entries and its totals, or somebody wrote an entry: open the gate, so that it
    # reads everything again, the entries too.
    hold.commit([Delete(Freezing, ONLY), Delete(Reconciliation, ONLY)])
    raise Again(COUNTS_DIFFER, counted=counted, found=present) if counted != present else Again(POOL_UNEXPECTED)


def _compared(sealed: Reader, totals: Totals, pool: _Pool) -> tuple[int, int]:
    """Return a number of the *totals* and what it is now: the first that is another one now, if any is."""
    pairs = [
        (totals.received, sealed.count(LedgerRow)),
        (totals.duplicates, sealed.count(LedgerRow, outcome=Outcome.DUPLICATE.value)),
        (totals.accepted, pool.entries),
    ]
    return next(((counted, present) for counted, present in pairs if counted != present), pairs[0])


def _publish(desk: _Desk, published: PublishedDraw, pool: _Pool, totals: Totals, code_hash: str) -> Committed:
    """Publish pool and commitment; finish what an earlier run left half done, if it is what this run finds."""
    rules, key = published.rules, published.key
    # Read before the pool is published: beside a commitment that is not ours, nothing is created.
    standing = read_signed(desk.published, key, COMMITMENT)
    if publish_signed(desk.published, desk.signer, key, POOL, pool.data) != pool.data:
        raise Broken(POOL_DIFFERS)
    mine = _commitment(published, pool, totals, code_hash, desk.clock())
    standing = standing or publish_signed(desk.published, desk.signer, key, COMMITMENT, mine.to_bytes())
    commitment = Commitment.from_bytes(standing)
    # Its time is that of the run that published it: all else this run has found itself.
    expected = replace(mine, frozen_at=commitment.frozen_at, draw_at=postpone(rules.draw_at, commitment.frozen_at))
    if replace(commitment, code_hash=code_hash) != expected:
        raise Broken(COMMITMENT_DIFFERS)
    if not _closed_at(desk) <= commitment.frozen_at <= desk.clock():
        raise Broken(COMMITMENT_DIFFERS)
    if commitment.code_hash != code_hash:
        raise Broken(CODE_DIFFERS)
    copy_signature(desk.published, COMMITMENT)
    return Committed(commitment=commitment, data=standing)


def _closed_at(desk: _Desk) -> datetime:
    """Return the earliest time that a commitment can bear: the gate was closed, and everything in time was read."""
    freezing = desk.state.get(Freezing, ONLY)
    closed = moment_of(freezing.record.began_at) if freezing else desk.clock()
    return max(closed.replace(microsecond=0), desk.campaign.settled_at)


def _commitment(published: PublishedDraw, pool: _Pool, totals: Totals, code_hash: str, now: datetime) -> Commitment:
    frozen_at = now.replace(microsecond=0)
    return Commitment(
        campaign=published.rules.campaign,
        rules_hash=published.rules_hash,
        pool_size=pool.size,
        pool_hash=sha256_hex(pool.data),
        received=totals.received,
        duplicates=totals.duplicates,
        rejected=totals.rejected,
        ineligible=pool.ineligible,
        withdrawn=totals.withdrawn,
        frozen_at=frozen_at,
        draw_at=postpone(published.rules.draw_at, frozen_at),
        code_hash=code_hash,
    )
