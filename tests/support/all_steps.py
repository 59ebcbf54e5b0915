"""All eleven steps on one campaign in memory, each behind the real edge: whatever is pressed has an HTTP status."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from prizedraw import analyse, claim, draw, erase, forfeit, freeze, intake, notify, prepare, ship, status
from prizedraw.adapters.drand import bls
from prizedraw.entries.ids import Envelopes
from prizedraw.lottery.obtaining import DrawOrder
from prizedraw.runtime import edge
from prizedraw.runtime.edge import Answer, Step
from prizedraw.runtime.orders import Order
from prizedraw.sealing import (
    ContactOpener,
    ContactSealer,
    DeliveryOpener,
    DeliverySealer,
    Purpose,
    SurveyOpener,
    SurveySealer,
)
from support.claims import row, written
from support.clock import TIMES, TIMES_OF_ERASE
from support.erasure import Ground, manifest, rendered
from support.fakes.claims import FakeClaims
from support.fakes.exports import FakeExports, FakePasswords
from support.fakes.keys import MemoryKeys
from support.requests import ENVIRON, OPERATOR, SCHEDULER, bearer, request
from support.world import REPORTS_ADDRESS

ORDERS: Mapping[str, Any] = {
    "prepare": prepare.PrepareOrder,
    "freeze": freeze.FreezeOrder,
    "draw": DrawOrder,
    "notify": notify.NotifyOrder,
    "forfeit": forfeit.ForfeitOrder,
    "ship": ship.ShipOrder,
    "analyse": Order,
    "erase": erase.ErasureOrder,
    "status": status.StatusOrder,
}
"""What operators and the schedule press."""
PUSHED = ("intake", "claim")
"""What Pub/Sub calls."""
STEPS = (*ORDERS, *PUSHED)


def destroyed(keys: MemoryKeys) -> MemoryKeys:
    """Return what is left of a campaign's keys once they are destroyed: the one that signs."""
    left = MemoryKeys("", made=False)
    left.signer = keys.signer
    return left


@dataclass
class Campaign:
    """A campaign and all that its functions reach; *has_keys*: they are not destroyed yet."""

    ground: Ground
    has_keys: bool = True
    bucket: FakeClaims = field(default_factory=FakeClaims)
    exports: FakeExports = field(default_factory=FakeExports)
    passwords: FakePasswords = field(default_factory=FakePasswords)

    def drop(self, *lines: list[str], name: str = "登録.csv") -> dict[str, str]:
        """Drop a CSV, and return what Cloud Storage announces."""
        generation = self.bucket.drop(name, written(*lines or [row("a1")]), self.ground.world.clock())
        return {"eventType": "OBJECT_FINALIZE", "objectId": name, "objectGeneration": generation}

    def press(self, step: str, body: Any, *, scheduled: bool = False) -> Answer:
        """Call a function of operators as the console does, or the scheduler."""
        main = edge.operator(step, ORDERS[step], self._wired(step), ENVIRON)
        return main(request(body, bearer(SCHEDULER if scheduled else OPERATOR)))

    def push(self, step: str, attributes: Mapping[str, str]) -> Answer:
        """Deliver a notification."""
        main = edge.subscriber(step, self._wired(step), ENVIRON)
        return main(request(json.dumps({"message": {"attributes": dict(attributes), "messageId": "1"}}).encode()))

    def _wired(self, step: str) -> Callable[..., Step[Any]]:
        return lambda settings, host: self._steps()[step]

    def _steps(self) -> dict[str, Step[Any]]:
        made, world = self.ground, self.ground.world
        keys = world.keys if self.has_keys else destroyed(world.keys)
        all_of: dict[str, Any] = {"campaign": world.campaign, "clock": world.clock, "state": world.state}
        timed = all_of | {"times": TIMES}
        sealing = Envelopes(
            ContactSealer(world.campaign.id, keys.sealer(Purpose.CONTACT)),
            SurveySealer(world.campaign.id, keys.sealer(Purpose.SURVEY)),
            keys.prf("index"),
        )
        published, sealed, signer = world.published, world.sealed, keys.signer
        delivery = partial(DeliveryOpener, world.campaign.id)
        return {
            "prepare": partial(
                prepare.run,
                **timed,
                form=world.form,
                keysets=keys.maker,
                published=published,
                signer=signer,
                public_key=signer,
            ),
            "intake": partial(intake.run, **timed, sealed=sealed, form=world.form, watches=world.form, sealing=sealing),
            "freeze": partial(
                freeze.run, **timed, manifest=world.manifest, sealed=sealed, published=published, signer=signer
            ),
            "draw": partial(
                draw.run,
                **all_of,
                published=published,
                beacon=world.beacon,
                verify=bls.verify,
                random=keys.random,
                signer=signer,
            ),
            "notify": partial(
                notify.run,
                **timed,
                sealed=sealed,
                published=published,
                contact=ContactOpener(world.campaign.id, keys.opener(Purpose.CONTACT)),
                claim=keys.prf("claim"),
                mailer=world.mail,
                bounces=world.bounces,
                sleep=world.clock.sleep,
            ),
            "claim": partial(
                claim.run,
                **timed,
                sealed=sealed,
                published=published,
                bucket=self.bucket,
                sealer=DeliverySealer(world.campaign.id, keys.sealer(Purpose.DELIVERY)),
                claim=keys.prf("claim"),
            ),
            "forfeit": partial(forfeit.run, **timed, published=published, signer=signer),
            "ship": partial(
                ship.run,
                **timed,
                sealed=sealed,
                published=published,
                delivery=delivery(keys.opener(Purpose.DELIVERY)),
                exports=self.exports,
                passwords=self.passwords,
            ),
            "analyse": partial(
                analyse.run,
                **all_of,
                sealed=sealed,
                survey=SurveyOpener(world.campaign.id, keys.opener(Purpose.SURVEY)),
                reports=made.reports,
            ),
            "erase": partial(
                erase.run,
                **all_of | {"times": TIMES_OF_ERASE},
                manifest=manifest(),
                sealed=sealed,
                published=published,
                reports=made.reports,
                signer=signer,
                index=keys.prf("index"),
                claim=keys.prf("claim"),
                form=made.form,
                sheets=made.sheets,
                mailbox=made.mailbox,
                histories=made.histories,
                erasers=made.erasers,
                inventories=made.inventories,
                render=rendered,
            ),
            "status": partial(status.run, **all_of, published=published, reports=made.reports, address=REPORTS_ADDRESS),
        }


def code_of(answer: Answer) -> str:
    """Return the code of a refusal, or empty."""
    try:
        return str(json.loads(answer[0]).get("code", ""))
    except ValueError:  # a page
        return ""
