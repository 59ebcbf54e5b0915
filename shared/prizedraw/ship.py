"""
Make the shipping list, and take back what was shipped. Pressed by operators; it opens the delivery addresses alone.

The list is recorded before any address is read: from then on no address on it changes (`claim` puts what comes later
up for review), so that the file, whenever it is made, says what the records say. A call that was killed is pressed
again and makes a new file with a new password; whatever older ones there are is removed then.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from pydantic import Field

from prizedraw.campaign.definition import Campaign
from prizedraw.errors import Again, Broken, Problem, Refused
from prizedraw.fulfilment import holders, pasted_codes, shipping_list
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Holder
from prizedraw.ports import Clock, Create, Exports, Passwords, Reader, Replace, Store
from prizedraw.records.fulfilment import Delivery, Shipped, ShippingList
from prizedraw.records.lottery import Drawn
from prizedraw.records.running import ONLY
from prizedraw.runtime import closed, confirm, journal, lease
from prizedraw.runtime.lease import RunTimes
from prizedraw.runtime.orders import Caller, Order, Reply, Result
from prizedraw.runtime.preconditions import NOT_DRAWN, ONE_AT_A_TIME
from prizedraw.sealing import DeliveryOpener
from prizedraw.times import JST, stamp
from prizedraw.words import ship as words
from prizedraw.words.ship import HandedOver

STEP = "ship"
PREFIX = "shipping-"
MOST = 20_000
"""The most parcels of one list: a record that names them all stays well below Firestore's 1 MiB."""
_DROPPED = str.maketrans("", "", "-:")

NO_LIST = Problem("E-772", "発送リストがまだ作られていません。先に本文を {{}} にして実行してください。")
NOBODY_NAMED = Problem(
    "E-773",
    "発送リストにある当選コードまたは番号が、一つも見つかりませんでした。発送リストの「当選コード」の列から写してください。",
)
NO_DELIVERY = Problem(
    "E-775",
    "登録済みの当選のうち{count}件で、お届け先の記録が見つかりません。作業を止めて保守担当に連絡してください。",
)
FILE_EXISTS = Problem("E-776", "書き出し用フォルダに同じ名前のファイルがあります。もう一度 {{}} から実行してください。")


class ShipOrder(Order):
    """Ask for a shipping list; or say what was shipped: everything on the list, or the rows that are pasted."""

    shipped: Literal["all"] | None = None
    shipped_rows: str | None = Field(default=None, max_length=200_000, repr=False)


@dataclass(frozen=True)
class _Desk:
    """Hold the powers of the step."""

    campaign: Campaign
    sealed: Reader
    state: Store
    delivery: DeliveryOpener = field(repr=False)
    exports: Exports
    passwords: Passwords
    times: RunTimes
    clock: Clock

    def holders(self) -> tuple[Holder, ...]:
        """Return who holds what now, in the rules' order of prizes."""
        return holders.read(self.campaign, self.state).holders

    def lists(self) -> list[ShippingList]:
        """Return all lists, the newest last."""
        return list(self.state.scan(ShippingList))

    def destinations(self, labels: Iterable[str]) -> dict[str, Destination]:
        """Open where the prizes of *labels* go; those whose delivery is not there (erased, say) are left out."""
        found = self.sealed.get_many(Delivery, list(labels))
        return {d.id: Destination.from_bytes(self.delivery.open(d.id, d.sealed)) for d in found.values()}


def run(
    order: ShipOrder,
    caller: Caller,
    *,
    campaign: Campaign,
    sealed: Reader,
    state: Store,
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
        Broken: a delivery that was claimed is not there, or does not open.
    """
    if caller.scheduled:
        return Reply(Result.NOT_DUE, ("発送リストは、担当者がコンソールから作ります。",))
    if (stopped := closed.stopped(state)) is not None:
        return stopped
    if state.get(Drawn, ONLY) is None:
        raise Refused(NOT_DRAWN)
    desk = _Desk(campaign, sealed, state, delivery, exports, passwords, times, clock)
    if order.shipped is not None and order.shipped_rows is not None:
        raise Refused(ONE_AT_A_TIME, names="shipped・shipped_rows")
    if order.shipped is None and order.shipped_rows is None:
        return _list(order, caller, desk)
    return _take_back(order, caller, desk)


def _list(order: ShipOrder, caller: Caller, desk: _Desk) -> Reply:
    """Show who is ready to be shipped to, and with the code make their list."""
    found = desk.holders()
    ready = _ready(found)
    if not ready:
        return words.nobody(found)
    decision: dict[str, str | int] = {"labels": _digest(ready), "lists": len(desk.lists())}
    code = confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )
    if code is not None:
        return words.ask(code, desk.campaign, found, ready, desk.lists(), desk.clock())
    with lease.fenced(desk.clock, desk.times, (desk.state, lease.AWARDS)) as (hold,):
        return _make(desk, hold, caller)


def _digest(parcels: Iterable[Holder]) -> str:
    return hashlib.sha256(" ".join(holder.label for holder in parcels).encode()).hexdigest()


def _ready(found: Iterable[Holder]) -> list[Holder]:
    return [holder for holder in found if holder.claimed and not holder.shipped][:MOST]


def _make(desk: _Desk, hold: lease.Hold, caller: Caller) -> Reply:
    """Record the list, then make its file and password, then say that it is there, then remove what it replaces."""
    older, found, now = desk.lists(), desk.holders(), desk.clock()
    ready = _ready(found)
    if not ready:
        return words.nobody(found)
    number = int(older[-1].id) + 1 if older else 1
    name = f"{PREFIX}{stamp(now).translate(_DROPPED)}-{number:04d}.xlsx"
    made = ShippingList(f"{number:04d}", stamp(now), tuple(h.label for h in ready), name, password_version="")
    hold.commit([Create(made)])
    prizes = {h.label: desk.campaign.prize(h.prize).name for h in ready}
    destinations = desk.destinations(made.labels)
    if missing := len(prizes) - len(destinations):
        raise Broken(NO_DELIVERY, count=missing)
    parcels = [shipping_list.Parcel(prizes[label], destinations[label]) for label in made.labels]
    table = shipping_list.table(desk.campaign.shipping.style, parcels, now.astimezone(JST).date())
    password = shipping_list.new_password()
    data = shipping_list.locked(shipping_list.workbook(table), password)
    version = desk.passwords.add(password)
    hold.commit([])  # a run that was superseded ends here, before its file appears beside the other's
    if not desk.exports.create(name, data, shipping_list.CONTENT_TYPE):
        raise Again(FILE_EXISTS)
    made = replace(made, password_version=str(version))
    counts, hashes = {"parcels": len(parcels)}, {"file": hashlib.sha256(data).hexdigest()}
    hold.commit([Replace(made), journal.entry(desk.clock, caller, STEP, "listed", counts=counts, hashes=hashes)])
    _remove(desk, older, version)
    return words.made(desk.campaign, made, ready, table.doubtful, replaced=bool(older))


def _remove(desk: _Desk, older: list[ShippingList], version: int) -> None:
    """
    Remove the files of older lists, and destroy every password before *version*.

    Those of runs that died without writing them down are among the versions that are listed; the last one that was
    written down is destroyed even if the list does not show it yet.
    """
    replaced = {made.object for made in older}
    for name in desk.exports.names(PREFIX):
        if name in replaced:
            desk.exports.delete(name)
    known = [int(made.password_version) for made in older if made.password_version][-1:]
    for old in sorted({*known, *desk.passwords.versions()}):
        if old < version:
            desk.passwords.destroy(old)


def _take_back(order: ShipOrder, caller: Caller, desk: _Desk) -> Reply:
    """Show what would be marked as shipped, and with the code mark it."""
    over = _handed_over(order, desk)
    if not over.new:
        return words.marked(over, desk.holders(), Result.UNCHANGED)
    decision = {"shipped": _digest(over.new)}
    code = confirm.consent(
        order.confirm, caller=caller, step=STEP, decision=decision, state=desk.state, clock=desk.clock
    )
    if code is not None:
        return words.ask_back(code, desk.campaign, over)
    with lease.fenced(desk.clock, desk.times, (desk.state, lease.AWARDS)) as (hold,):
        over = _handed_over(order, desk)
        at = stamp(desk.clock())
        for batch in lease.batches(over.new):
            entry = journal.entry(desk.clock, caller, STEP, "shipped", counts={"parcels": len(batch)})
            hold.commit([*(Create(Shipped(h.label, h.prize, at)) for h in batch), entry])
    return words.marked(over, desk.holders(), Result.DONE)


def _handed_over(order: ShipOrder, desk: _Desk) -> HandedOver:
    """Find out whom the order means: all of the newest list that has a file, or those whose code was pasted."""
    lists = desk.lists()
    finished = [made for made in lists if made.password_version]
    if not finished:
        raise Refused(NO_LIST)
    named, file = pasted_codes.Named(finished[-1].labels, ()), finished[-1].object
    if order.shipped_rows is not None:
        listed = dict.fromkeys(label for made in lists for label in made.labels)
        codes = {to.code: label for label, to in desk.destinations(listed).items()}
        named = pasted_codes.read(order.shipped_rows, codes)
        file = ""
        if not named.labels:
            raise Refused(NOBODY_NAMED)
    held = {holder.label: holder for holder in desk.holders()}
    known = [label for label in named.labels if label in held and held[label].shipped]
    new = [held[label] for label in named.labels if label in held and not held[label].shipped]
    lost = tuple(label for label in named.labels if label not in held)
    return HandedOver(tuple(new), len(known), lost, named.unread, file)
