"""The load, a fiftieth of it: nothing is lost, nothing comes twice. `scripts/load` puts all of it on."""

import pytest

from load import mails, pushes
from load.sizes import QUICK
from prizedraw.rehearsal.google.emulators import FirestoreEmulator
from prizedraw.rehearsal.google.pubsub import PubsubEmulator
from support.quick import in_turn


@in_turn("a load on two instances")
@pytest.mark.emulator
def test_responses_and_notifications_through_two_instances(
    firestore_emulator: FirestoreEmulator, pubsub_emulator: PubsubEmulator
) -> None:
    assert firestore_emulator.host != pubsub_emulator.host, "the load starts its own; without these it is skipped"
    figures = pushes.run(QUICK)
    assert figures["lost; twice; with another outcome than must be"].startswith("0; 0; 0 (of 2,000 rows")


@in_turn("a load on two instances")
def test_winners_through_a_gmail_that_fails() -> None:
    figures = mails.run(QUICK)
    assert figures["winners; mailed; twice"] == "50; 50; 0"
