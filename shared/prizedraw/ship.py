"""
Make the shipping list, and record what was shipped. Pressed by operators; no other step can open a delivery address.

The list is recorded before any address is read: from then on no address on it changes (`claim` puts what comes later
up for review), so that the file, whenever it is made, says what the records say. A call that was killed is pressed
again and makes a new file with a new password; whatever older ones there are is removed then.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.fulfilment import holder_number, holders, pasted_codes, shipping_list, withdrawals
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Holder, Places
from prizedraw.fulfilment.lapses import is_underway
from prizedraw.lottery.opening import open_draw
from prizedraw.ports import Clock, Create, Exports, Passwords, PublishedFiles, Reader, Replace, Store
from prizedraw.records.fulfilment import Claim, Delivery, Import, Shipped, ShippingList
from prizedraw.rendering import xlsx
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN, ONE_AT_A_TIME
from prizedraw.sealing import DeliveryOpener
from prizedraw.times import JST, stamp
from prizedraw.words import ship as words
from prizedraw.words.ship import HandedOver

if TYPE_CHECKING:
    from prizedraw.lottery.published import PublishedDraw, Recorded

STEP = "ship"
PREFIX = "shipping-"
MOST = 20_000
"""The most parcels of one list: a record that names them all stays well below Firestore's 1 MiB."""
_DROPPED = str.maketrans("", "", "-:")

NO_LIST = Problem("E-772", "発送リストがまだ作られていません。先に本文を {{}} にして実行してください。")
NOBODY_NAMED = Problem(
    "E-773",
    "発送リストにある当選コードまたは管理番号が、一つも見つかりませんでした。発送リストの「当選コード」の列から写してください。",
)
NO_DELIVERY = Problem(
    "E-775",
    "登録済みの当選のうち{count}件で、お届け先の記録が見つかりません。作業を止めて保守担当に連絡してください。",
)
NOT_OF_CLAIM = Problem(
    "E-777",
    "お届け先の記録のうち{count}件が、登録のときのものと一致しません。"
    "取り込みが途中で止まったか、書き換えられたおそれがあるため、発送リストは作りません。"
    "登録フォームのCSV（全件）をもう一度置くと、登録のとおりに書き直されます。"
    "直らないときや、心当たりのないときは、構築担当に連絡し、だれが書いたかを監査ログで確かめてください。",
)
STILL_IMPORTED = Problem(
    "E-778",
    "登録フォームのCSVを取り込んでいる途中のため、お届け先をまだ確かめられません。取り込みは自動で進みます。"
    "数分後に、もう一度 {{}} から実行してください。",
)
FILE_EXISTS = Problem("E-776", "書き出し用フォルダに同じ名前のファイルがあります。もう一度 {{}} から実行してください。")


class ShipOrder(Order):
    """An order for a shipping list; or word of what was shipped: all that is listed, or the rows that are pasted."""

    shipped: Literal["all"] | None = None
    shipped_rows: str | None = Field(default=None, max_length=200_000, repr=False)


@dataclass(frozen=True, kw_only=True)
class _ShippingPowers:
    """The powers of the step, and what it reads by them."""

    campaign: Campaign
    sealed: Reader
    state: Store
    draw: "PublishedDraw"
    recorded: "Recorded"
    delivery: DeliveryOpener = field(repr=False)
    exports: Exports
    passwords: Passwords
    times: RunTimes
    clock: Clock

    def holders(self) -> tuple[Holder, ...]:
        """
        Return who holds what now by the published files, in the rules' order of prizes.

        Without those who have withdrawn: their place is given up, although `forfeit` has not passed it on yet. What
        was shipped before stays shipped.
        """
        places = Places.of(self.draw, self.recorded, self.clock)
        held = holders.on_their_way(places.standing(self.campaign), self.state).holders
        withdrawn = self.withdrawn()
        return tuple(holder for holder in held if holder.shipped or holder.label not in withdrawn)

    def withdrawn(self) -> frozenset[str]:
        """Return who has withdrawn; of the address of one whose erasure was cut off nothing is said any more."""
        return withdrawals.read(self.campaign.id, self.state, self.draw.key)

    def lists(self) -> list[ShippingList]:
        """Return all lists, the newest last."""
        return list(self.state.scan(ShippingList))

    def destinations(self, labels: Iterable[str]) -> dict[str, Destination]:
        """
        Open where the prizes of *labels* go; those whose delivery is missing (erased, for example) are left out.

        Raises:
            Again: one is not yet what was written with its claim, since a file is being imported.
            Broken: one is not what was written with its claim; anybody can seal another place to a public key.
        """
        wanted = list(labels)
        deliveries, claims = self.sealed.get_many(Delivery, wanted).values(), self.state.get_many(Claim, wanted)
        strange = sum(d.id not in claims or claims[d.id].delivery != d.hash for d in deliveries)
        if strange and any(is_underway(file, self.clock()) for file in self.state.scan(Import)):
            raise Again(STILL_IMPORTED)
        if strange:
            raise Broken(NOT_OF_CLAIM, count=strange)
        return {d.id: Destination.from_bytes(self.delivery.open(d.id, d.sealed)) for d in deliveries}


def run(
    order: ShipOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Reader,
    state: Store,
    published: PublishedFiles,
    delivery: DeliveryOpener,
    exports: Exports,
    passwords: Passwords,
    times: RunTimes,
    clock: Clock,
) -> Reply:
    """
    Show what would be listed, and with the code make the list; or mark what was shipped, with a code too.

    Raises:
        Refused: nothing is drawn, or what was pasted names nobody on a list.
        Again: another run decides about places, or a service is away; the same call may be made again.
        Broken: a delivery that was claimed is not there, is not that of its claim, or does not open; or a published
            file bears no valid signature of ours, or does not fit the others.
    """
    if caller.scheduled:
        return words.by_hand()
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    draw = open_draw(published)
    recorded = draw.record(clock) if draw is not None else None
    if draw is None or recorded is None:
        raise Refused(NOT_DRAWN)
    powers = _ShippingPowers(
        campaign=campaign,
        sealed=sealed,
        state=state,
        draw=draw,
        recorded=recorded,
        delivery=delivery,
        exports=exports,
        passwords=passwords,
        times=times,
        clock=clock,
    )
    if order.shipped is not None and order.shipped_rows is not None:
        raise Refused(ONE_AT_A_TIME, names="shipped・shipped_rows")
    if order.shipped is None and order.shipped_rows is None:
        return _list(order, caller, powers)
    return _take_back(order, caller, powers)


def _list(order: ShipOrder, caller: Caller, powers: _ShippingPowers) -> Reply:
    """Show who is ready to be shipped to, and with the code make their list."""
    current = powers.holders()
    ready = _ready(current)
    if not ready:
        return words.nobody(current)
    decision: dict[str, str | int] = {"labels": _digest(ready), "lists": len(powers.lists())}
    code = confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        powers.destinations([ready[0].label])  # an address that was sealed to another key is found out before acting
        return words.ask(code, powers.campaign, current, ready, powers.lists(), powers.clock())
    with lease.fenced(powers.clock, powers.times, (powers.state, lease.AWARDS)) as (hold,):
        return _make(powers, hold, caller)


def _digest(parcels: Iterable[Holder]) -> str:
    """Return a hash of the labels, in their order: what a confirm code stands for."""
    return hashlib.sha256(" ".join(holder.label for holder in parcels).encode()).hexdigest()


def _ready(current: Iterable[Holder]) -> list[Holder]:
    """Return those whose prize can be sent now, as many as one list takes."""
    return [holder for holder in current if holder.claimed and not holder.shipped][:MOST]


def _for_packing(ready: Sequence[Holder], destinations: Mapping[str, Destination]) -> list[str]:
    """Return the labels prize by prize, in the rules' order, and of one prize by postal code."""
    prizes = list(dict.fromkeys(holder.prize for holder in ready))
    of_prize = sorted(ready, key=lambda h: (prizes.index(h.prize), destinations[h.label].postal_digits))
    return [holder.label for holder in of_prize]


def _make(powers: _ShippingPowers, hold: lease.Hold, caller: Caller) -> Reply:
    """Record the list, then make its password and file, then record these, then remove what they replace."""
    older, current, now = powers.lists(), powers.holders(), powers.clock()
    ready = _ready(current)
    if not ready:
        return words.nobody(current)
    number = int(older[-1].id) + 1 if older else 1
    name = f"{PREFIX}{stamp(now).translate(_DROPPED)}-{number:04d}.xlsx"
    new = ShippingList(f"{number:04d}", stamp(now), tuple(h.label for h in ready), name, password_version="")
    hold.commit([Create(new)])
    prizes = {h.label: powers.campaign.prize(h.prize).name for h in ready}
    changed = {h.label for h in ready if h.changed}
    destinations = powers.destinations(new.labels)
    if missing := len(prizes) - len(destinations):
        raise Broken(NO_DELIVERY, count=missing)
    parcels = [
        shipping_list.Parcel(prizes[label], destinations[label], label in changed, holder_number.number_of(label))
        for label in _for_packing(ready, destinations)
    ]
    table = shipping_list.table(powers.campaign.shipping.style, parcels, now.astimezone(JST).date())
    password = shipping_list.new_password()
    data = shipping_list.locked(shipping_list.workbook(table), password)
    version = powers.passwords.add(password)
    hold.commit([])  # a run that was superseded ends here, before its file appears beside the other's
    if not powers.exports.create(name, data, xlsx.CONTENT_TYPE):
        raise Again(FILE_EXISTS)
    new = replace(new, password_version=str(version))
    counts, hashes = {"parcels": len(parcels)}, {"file": hashlib.sha256(data).hexdigest()}
    hold.commit([Replace(new), journal.entry(powers.clock, caller, STEP, "listed", counts=counts, hashes=hashes)])
    _remove(powers, older, version)
    return words.made(powers.campaign, new, ready, table, replaced=bool(older))


def _remove(powers: _ShippingPowers, older: list[ShippingList], version: int) -> None:
    """
    Remove the files of older lists, and destroy every password before *version*.

    Passwords of runs that died before recording them are among the versions that are listed; the last one that was
    recorded is destroyed even if the list does not show it yet.
    """
    replaced = {old.object for old in older}
    for name in powers.exports.names(PREFIX):
        if name in replaced:
            powers.exports.delete(name)
    recorded = [int(old.password_version) for old in older if old.password_version][-1:]
    for one in sorted({*recorded, *powers.passwords.versions()}):
        if one < version:
            powers.passwords.destroy(one)


def _take_back(order: ShipOrder, caller: Caller, powers: _ShippingPowers) -> Reply:
    """Show what would be marked as shipped, and with the code mark it."""
    over = _handed_over(order, powers)
    if not over.new:
        return words.marked(over, powers.holders(), Result.UNCHANGED)
    decision = {"shipped": _digest(over.new)}
    code = confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=powers.state, clock=powers.clock
    )
    if code is not None:
        return words.ask_back(code, powers.campaign, over)
    with lease.fenced(powers.clock, powers.times, (powers.state, lease.AWARDS)) as (hold,):
        over = _handed_over(order, powers)
        at = stamp(powers.clock())
        for batch in lease.batches(over.new):
            entry = journal.entry(powers.clock, caller, STEP, "shipped", counts={"parcels": len(batch)})
            hold.commit([*(Create(Shipped(h.label, h.prize, at)) for h in batch), entry])
    return words.marked(over, powers.holders(), Result.DONE)


def _handed_over(order: ShipOrder, powers: _ShippingPowers) -> HandedOver:
    """Find out whom the order means: all of the newest list that has a file, or those whose code was pasted."""
    lists = powers.lists()
    finished = [one for one in lists if one.password_version]
    if not finished:
        raise Refused(NO_LIST)
    named, file = pasted_codes.Named(finished[-1].labels, ()), finished[-1].object
    if order.shipped_rows is not None:
        withdrawn = powers.withdrawn()
        listed = dict.fromkeys(label for one in lists for label in one.labels if label not in withdrawn)
        codes = {to.code: label for label, to in powers.destinations(listed).items()}
        named = pasted_codes.parse(order.shipped_rows, codes)
        file = ""
        if not named.labels:
            raise Refused(NOBODY_NAMED)
    held = {holder.label: holder for holder in powers.holders()}
    holding = [held[label] for label in named.labels if label in held]
    return HandedOver(
        new=tuple(holder for holder in holding if not holder.shipped),
        before=sum(holder.shipped for holder in holding),
        lost=tuple(label for label in named.labels if label not in held),
        unread=named.unread,
        file=file,
    )
