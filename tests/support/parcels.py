"""The depot from which prizes are shipped: a drawn world whose winners have registered, and `ship` run on it."""

from dataclasses import fields
from typing import Any

from prizedraw import ship
from prizedraw.campaign.definition import Campaign
from prizedraw.fulfilment import claim_code
from prizedraw.fulfilment.destination import Destination
from prizedraw.fulfilment.holders import Standing
from prizedraw.ports import Replace
from prizedraw.records.fulfilment import Claim, Delivery
from prizedraw.records.lottery import AwardedPlace
from prizedraw.runtime.orders import Caller, Reply
from prizedraw.sealing import DeliveryOpener, DeliverySealer, Purpose
from prizedraw.ship import ShipOrder
from prizedraw.times import stamp
from support.clock import DAY, TIMES
from support.fakes.exports import FakeExports, FakePasswords
from support.faults import NONE, Disturbance
from support.letters import tell
from support.stages import drawn
from support.world import OPERATOR, World


class Depot(World):
    """A world with an exports bucket and passwords."""

    exports: FakeExports
    passwords: FakePasswords


def depot(registered: int | None = None, campaign: Campaign | None = None) -> Depot:
    """
    Return a drawn world in which so many winners have registered, all by default, in the order of their prizes.

    All have been told.
    """
    world = drawn()
    given = {field.name: getattr(world, field.name) for field in fields(world) if field.init}
    made = Depot(**given | ({"campaign": campaign} if campaign else {}))
    made.exports, made.passwords = FakeExports(), FakePasswords()
    tell(made.state, standing(made).holders, made.clock(), made.keys.prf("claim"))
    made.clock.wait(3 * DAY)
    for holder in standing(made).holders[:registered]:
        register(made, holder.label)
    return made


def standing(world: World) -> Standing:
    return world.standing()


def code_of(world: World, label: str) -> str:
    stored = world.state.get(AwardedPlace, label)
    assert stored is not None
    return claim_code.code_for(world.keys.prf("claim"), label, stored.record.prize)


def destination(world: World, label: str, **changes: str) -> Destination:
    """Return where the prize of a label goes: every person is another one."""
    own = label[:4]
    return Destination(
        **{
            "code": code_of(world, label),
            "name": f"山田 花子{own}",
            "postal_code": "１６２－００４１",
            "address": f"東京都新宿区早稲田鶴巻町１２３\n{own}号室",
            "phone": f"090-1234-{own}",
            "postal_digits": "1620041",
            "phone_national": "090-1234-5678",
            "extension": "",
        }
        | changes
    )


def register(world: World, label: str, **changes: str) -> Destination:
    """Let a winner register, as `claim` leaves it."""
    to = destination(world, label, **changes)
    stored = world.state.get(AwardedPlace, label)
    assert stored is not None
    sealer = DeliverySealer(world.campaign.id, world.keys.sealer(Purpose.DELIVERY))
    prize = stored.record.prize
    delivery = Delivery(label, prize, sealer.seal(label, to.to_bytes()))
    world.sealed.commit([Replace(delivery)])
    sent_at = f"{stamp(world.clock.now)[:-1]}.000000000Z"
    claim = Claim(label, prize, sent_at, "ab" * 32, stamp(world.clock.now), delivery=delivery.hash)
    world.state.commit([Replace(claim)])
    return to


def press(
    world: Depot,
    confirm: str | None = None,
    *,
    caller: Caller = OPERATOR,
    faults: Disturbance = NONE,
    **given: Any,
) -> Reply:
    """Run `ship`."""
    return ship.run(
        ShipOrder.model_validate({"confirm": confirm, **given}),
        caller,
        campaign=world.campaign,
        sealed=world.sealed,
        state=faults.before(world.state, "state"),
        published=faults.before(world.published, "published"),
        delivery=DeliveryOpener(world.campaign.id, world.keys.opener(Purpose.DELIVERY)),
        exports=faults.before(world.exports, "exports"),
        passwords=faults.before(world.passwords, "passwords"),
        times=TIMES,
        clock=world.clock,
    )


def act(world: World, faults: Disturbance = NONE, **given: Any) -> Reply:
    """Press twice, whatever is there already."""
    assert isinstance(world, Depot)
    reply = press(world, faults=faults, **given)
    return press(world, reply.confirm, faults=faults, **given) if reply.confirm else reply
