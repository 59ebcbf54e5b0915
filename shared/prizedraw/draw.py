"""
Order the pool by the public randomness and publish the record. There is no redraw.

This step sees opaque labels and no person. It draws from the published files alone, as anybody else could, after it
has held them against each other. docs/draw.md, files 4 to 7.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from prizedraw.errors import Broken, Problem, Refused
from prizedraw.evidence.canonical_json import sha256_hex
from prizedraw.evidence.signed_files import publish, publish_signed
from prizedraw.lottery import awards, obtaining
from prizedraw.lottery.awards import Prize
from prizedraw.lottery.files import COMMITMENT, POOL, RECORD, RULES, Commitment, DrawRecord, Rules
from prizedraw.lottery.obtaining import WARD_NEEDED, DrawOrder
from prizedraw.lottery.randomness import Value, Ward
from prizedraw.mail import hours
from prizedraw.ports import MAX_WRITES, Beacon, Clock, Conflict, Create, Publisher, RandomBytes, Signer, Store, Verifier
from prizedraw.records.campaign import Prepared
from prizedraw.records.lottery import AwardedPlace, Drawn, Frozen
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, confirm, journal
from prizedraw.runtime.orders import Caller, Reply, Result
from prizedraw.times import japanese, stamp, unstamp

STEP = "draw"

NOT_FROZEN = Problem("E-501", "応募がまだ確定していません。先に freeze を実行してください。")
TOO_EARLY = Problem("E-502", "抽選は {at} 以降に行えます。それまでは抽選に使う乱数がまだ存在しません。")
FILES_DIFFER = Problem(
    "E-503",
    "公開ファイル {file} が、確定した内容と一致しません。抽選の作業を止めました。保守担当に連絡してください。",
)

_KINDS = {
    "drand": "公開の乱数（drand）",
    "ward": "区が決めた数",
    "hsm": "クラウドの鍵管理装置（Cloud KMS）の乱数",
}


@dataclass(frozen=True)
class _Files:
    """Hold the published files, each checked against the others."""

    rules: Rules
    commitment: Commitment
    commitment_data: bytes = field(repr=False)
    pool: awards.Pool = field(repr=False)


def run(
    order: DrawOrder,
    caller: Caller,
    *,
    state: Store,
    published: Publisher,
    beacon: Beacon,
    verify: Verifier,
    random: RandomBytes,
    signer: Signer,
    clock: Clock,
) -> Reply:
    """
    Draw once; a second call returns the first record.

    Raises:
        Refused: not frozen, too early, or what the operator typed does not serve.
        Again: the public randomness cannot be had yet.
        Broken: the published files do not fit each other, or what the records say of them.
    """
    drawn = state.get(Drawn, ONLY)
    if drawn is not None:
        return _told(published, drawn.record)
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    frozen, prepared = state.get(Frozen, ONLY), state.get(Prepared, ONLY)
    if frozen is None or prepared is None:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (NOT_FROZEN.sentence,))
        raise Refused(NOT_FROZEN)
    at = unstamp(frozen.record.draw_at)
    if clock() < at:
        if caller.scheduled:
            return Reply(Result.NOT_DUE, (TOO_EARLY.sentence.format(at=japanese(at)),))
        raise Refused(TOO_EARLY, at=japanese(at))
    files = _checked(published, frozen.record)
    source = files.rules.randomness
    obtain = obtaining.Obtain(beacon, verify, random, state, clock)
    standing, mine = published.read(RECORD), b""
    if standing is None:
        if isinstance(source, Ward) and caller.scheduled:
            return Reply(Result.NOT_DUE, ("区が決めた数の入力を待っています。",), next=WARD_NEEDED.sentence.format())
        obtain.demand_fitting(order, source, at)
    given = (order.ward_value, order.given_by, order.given_at, order.signature)
    decision = {"commitment": frozen.record.commitment_hash, "given": sha256_hex(repr(given).encode())}
    code = confirm.consent(order.confirm, caller=caller, step=STEP, decision=decision, state=state, clock=clock)
    if code is not None:
        return _ask(code, order, files, standing is not None)
    if standing is None:
        value = obtain.value(order, source, at)
        mine = _record(files, value, prepared.record, clock()).to_bytes()
        standing = publish(published, RECORD, mine)
    record = DrawRecord.from_bytes(standing)
    if standing != mine:
        _demand_ours(record, files, prepared.record, obtain)
    publish_signed(published, signer, RECORD, standing)
    done = _drawn(record, files.rules.prizes, standing)
    _mirror(record, done, caller, state, clock)
    return _reply(Result.DONE, record, done, files.rules.prizes)


def _checked(published: Publisher, frozen: Frozen) -> _Files:
    """Read commitment, rules and pool, and hold each against the one before."""
    data = published.read(COMMITMENT)
    if data is None or sha256_hex(data) != frozen.commitment_hash:
        raise Broken(FILES_DIFFER, file=COMMITMENT)
    commitment = Commitment.from_bytes(data)
    rules, pool = published.read(RULES), published.read(POOL)
    if rules is None or sha256_hex(rules) != commitment.rules_hash:
        raise Broken(FILES_DIFFER, file=RULES)
    if pool is None or sha256_hex(pool) != commitment.pool_hash:
        raise Broken(FILES_DIFFER, file=POOL)
    read = Rules.from_bytes(rules)
    return _Files(read, commitment, data, awards.read_pool(pool, read.prize_ids))


def _demand_ours(record: DrawRecord, files: _Files, prepared: Prepared, obtain: obtaining.Obtain) -> None:
    """Hold a record that another run published, or one that died, against what this run would have published."""
    draw_at = files.commitment.draw_at
    due = obtain.is_due(record.randomness, files.rules.randomness, draw_at)
    in_time = draw_at <= record.drawn_at <= obtain.clock()
    if not due or not in_time or record != _record(files, record.randomness, prepared, record.drawn_at):
        raise Broken(FILES_DIFFER, file=RECORD)


def _record(files: _Files, value: Value, prepared: Prepared, now: datetime) -> DrawRecord:
    seed = awards.seed(value.value, files.commitment_data)
    return DrawRecord(
        campaign=files.rules.campaign,
        commitment_hash=sha256_hex(files.commitment_data),
        randomness=value,
        seed=seed,
        drawn_at=now.replace(microsecond=0),
        quiz_salt=bytes.fromhex(prepared.quiz_salt),
        awards=awards.award(files.pool, files.rules.prizes, seed),
    )


def _told(published: Publisher, drawn: Drawn) -> Reply:
    """Return the record that was drawn, once it is known to be the one that stands."""
    data, rules = published.read(RECORD), published.read(RULES)
    if data is None or sha256_hex(data) != drawn.record_hash:
        raise Broken(FILES_DIFFER, file=RECORD)
    return _reply(Result.UNCHANGED, DrawRecord.from_bytes(data), drawn, Rules.from_bytes(rules or b"").prizes)


def _mirror(record: DrawRecord, drawn: Drawn, caller: Caller, state: Store, clock: Clock) -> None:
    """Mirror the published record into `state`; what a crash left half done, or another run does too, is no fault."""
    places = list(_places(record))
    for start in range(0, len(places), MAX_WRITES):
        batch = places[start : start + MAX_WRITES]
        try:
            state.commit([Create(award) for award in batch])
        except Conflict:
            known = state.get_many(AwardedPlace, [award.id for award in batch])
            if missing := [Create(award) for award in batch if award.id not in known]:
                state.commit(missing)
    hashes = {"record": drawn.record_hash, "commitment": record.commitment_hash}
    counts = {"winners": drawn.winners, "reserves": drawn.reserves}
    with suppress(Conflict):
        state.commit([Create(drawn), journal.entry(clock, caller, STEP, "drawn", counts=counts, hashes=hashes)])


def _places(record: DrawRecord) -> Iterator[AwardedPlace]:
    for award in record.awards:
        for place, labels in (("winner", award.winners), ("reserve", award.reserves)):
            for number, label in enumerate(labels, 1):
                yield AwardedPlace(label, award.prize, place, number)


def _drawn(record: DrawRecord, prizes: tuple[Prize, ...], data: bytes) -> Drawn:
    offered = {prize.id: prize.quantity for prize in prizes}
    return Drawn(
        ONLY,
        record_hash=sha256_hex(data),
        drawn_at=stamp(record.drawn_at),
        winners=sum(len(award.winners) for award in record.awards),
        reserves=sum(len(award.reserves) for award in record.awards),
        unawarded={
            a.prize: offered[a.prize] - len(a.winners) for a in record.awards if len(a.winners) < offered[a.prize]
        },
    )


def _ask(code: str, order: DrawOrder, files: _Files, standing: bool) -> Reply:
    summary = [
        "抽選を行います。抽選は一度だけで、やり直しはできません。",
        f"乱数：{_KINDS[files.rules.randomness.kind]}",
    ]
    if standing:
        summary = ["抽選記録はすでに公開されています。途中で止まった当選者の登録を続けます。結果は変わりません。"]
    elif order.ward_value is not None:
        summary.append(f"区が決めた数：「{order.ward_value}」（{order.given_by}、{order.given_at}）")
    return Reply(
        Result.ASK,
        tuple(summary),
        {"抽選対象": files.commitment.pool_size}
        | {f"{prize.name} 当選": prize.quantity for prize in files.rules.prizes}
        | {f"{prize.name} 補欠": prize.reserves for prize in files.rules.prizes},
        next=confirm.press(code, order.model_dump(exclude_none=True)),
        confirm=code,
    )


def _reply(result: Result, record: DrawRecord, drawn: Drawn, prizes: tuple[Prize, ...]) -> Reply:
    names = {prize.id: prize.name for prize in prizes}
    counts = {}
    for award in record.awards:
        counts[f"{names[award.prize]} 当選"] = len(award.winners)
        counts[f"{names[award.prize]} 補欠"] = len(award.reserves)
    return Reply(
        result,
        (
            f"抽選は {japanese(record.drawn_at)} に行われました。",
            f"抽選記録のSHA-256：{drawn.record_hash}",
            *(
                f"「{names[prize]}」の当選者は、応募が足りないため{number}名少なくなりました。"
                for prize, number in drawn.unawarded.items()
            ),
        ),
        counts,
        next=f"当選のお知らせは notify が定期実行で送ります（{hours.SPAN}まで）。状況は status で確かめられます。",
    )
