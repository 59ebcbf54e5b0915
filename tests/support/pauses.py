"""How long a policy of retries may wait before each further attempt, without waiting."""

import random
import time

import pytest
from google.api_core.retry import Retry


def pauses_of(policy: Retry, failure: Exception, failures: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let a call fail so many times and then succeed; return the limits below which each pause is drawn at random."""
    pauses: list[float] = []
    # Chance and the clock of the standard library, so that the limits are seen and nobody waits for them.
    monkeypatch.setattr(random, "uniform", lambda _, limit: limit)
    monkeypatch.setattr(time, "sleep", pauses.append)
    left = iter([failure] * failures)

    def call() -> str:
        for one in left:
            raise one
        return "here"

    assert policy(call)() == "here"
    return pauses
