"""What a step has done it says, and what went wrong too, although its leases could not be given back."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from prizedraw.errors import Broken
from prizedraw.ports import Delete, Write
from prizedraw.records.fulfilment import Delivery
from prizedraw.records.running import Lease
from prizedraw.runtime.orders import Reply, Result
from prizedraw.times import instant_of
from support import erasure, parcels, stages
from support.builders import OPENS, Office, response
from support.claims import WINNERS, ClaimsDesk, row, written
from support.clock import DAY, LEASE
from support.erasure import Ground
from support.faults import Faults, Way, interposed
from support.parcels import standing
from support.replies import told
from support.stages import person
from support.world import SCHEDULER, World, confirmed

WAYS = [Way.AWAY, Way.LOST]
"""The reply is lost; the write that was to give the lease back arrived or not."""


@dataclass
class Claims(ClaimsDesk):
    """A desk of `claim` with a file that has been dropped."""

    def press(self, faults: Faults) -> Reply:
        return self.take(self.drop(written(*map(row, WINNERS))), faults)


def _office() -> Office:
    office = Office()
    office.form.submit(response("r1", person(1), created=OPENS + DAY))
    return office


def _drawn() -> World:
    world = stages.drawn()
    world.clock.wait(DAY)
    return world


def _decline(world: World, faults: Faults) -> Reply:
    [winner, *_] = [holder.label for holder in standing(world).holders]
    return confirmed(world.forfeit, label=winner, why="declined", faults=faults)


def _erase_person(made: Ground, faults: Faults) -> Reply:
    return confirmed(made.erase, email=person(1), faults=faults)


STEPS: dict[str, tuple[Callable[[], Any], Callable[[Any, Faults], Reply], int]] = {
    "prepare": (World, lambda world, faults: confirmed(world.prepare, faults=faults), 1),
    "intake": (_office, lambda office, faults: office.run(faults=faults), 1),
    "freeze": (stages.reconciled, lambda world, faults: world.freeze(caller=SCHEDULER, faults=faults), 1),
    "notify": (_drawn, lambda world, faults: world.notify(faults=faults), 1),
    "claim": (Claims, Claims.press, 2),
    "forfeit": (_drawn, _decline, 1),
    "ship": (parcels.depot, parcels.act, 1),
    "ship, taken back": (
        lambda: shipped_from(parcels.depot()),
        lambda depot, faults: parcels.act(depot, faults, shipped="all"),
        1,
    ),
    "erase": (erasure.ready, Ground.daily, 5),
    "erase, one person": (erasure.drawn, _erase_person, 4),
}
"""How a step comes to its work, how it is run, and how many leases it takes."""


def shipped_from(depot: parcels.Depot) -> parcels.Depot:
    """Return a depot with a list, from which parcels have gone."""
    parcels.act(depot)
    return depot


def run(step: str, way: Way | None) -> tuple[Any, Reply, Faults]:
    """Run a step, all of whose releases fail in a *way*."""
    make, act, leases = STEPS[step]
    points = releases(step)
    assert len(points) == leases
    made, faults = make(), Faults()
    for point in points:
        if way is not None:
            faults.arm(f"{point}.{way}")
    reply = act(made, faults)
    assert len(faults.fired) == (leases if way else 0)
    return made, reply, faults


@cache
def releases(step: str) -> tuple[str, ...]:
    """Name the points at which a step gives a lease back: it moves nothing but a lease, whose time is over with it."""
    make, act, _ = STEPS[step]
    made, faults, found = make(), Faults(), list[str]()
    place = made.world if isinstance(made, Ground) else made

    def look(writes: list[Write]) -> None:
        [first, *more] = [None if isinstance(write, Delete) else write.record for write in writes]
        if isinstance(first, Lease) and not more and first.until <= instant_of(place.clock()):
            found.append(faults.points[-1])

    for name in ("sealed", "state"):
        setattr(place, name, interposed(getattr(place, name), commit=look))
    act(made, faults)
    return tuple(found)


def said(reply: Reply) -> tuple[Any, ...]:
    """Return what a reply says, without hashes and codes, which differ each time."""
    text = "\n".join([*reply.summary, told(reply)])
    return reply.result, re.sub(r"[0-9a-f]{64}|\b[0-9]{4}-[0-9]{4}\b", "…", text), reply.counts


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_whose_leases_cannot_be_given_back_says_what_it_has_done(step: str, way: Way) -> None:
    _, expected, _ = run(step, None)
    assert expected.result is Result.DONE
    _, reply, _ = run(step, way)
    assert said(reply) == said(expected)


@pytest.mark.parametrize("step", STEPS)
def test_a_lease_that_was_not_given_back_ends_by_itself(step: str) -> None:
    made, _, _ = run(step, Way.AWAY)
    place = made.world if isinstance(made, Ground) else made
    place.clock.wait(LEASE * 4)
    now = instant_of(place.clock())
    assert all(held.until <= now for store in (place.sealed, place.state) for held in store.scan(Lease))


def _without_a_delivery() -> parcels.Depot:
    depot = parcels.depot()
    depot.sealed.commit([Delete(Delivery, standing(depot).holders[1].label)])
    return depot


@pytest.mark.parametrize("way", WAYS)
def test_an_alarm_is_heard_although_the_lease_cannot_be_given_back(way: Way) -> None:
    counted = Faults()
    with pytest.raises(Broken):
        parcels.act(_without_a_delivery(), counted)
    assert counted.calls[-1] == "state.commit"
    faults = Faults(len(counted.points) - 1, way)
    with pytest.raises(Broken) as caught:
        parcels.act(_without_a_delivery(), faults)
    assert faults.struck
    assert caught.value.problem.code == "E-775"
