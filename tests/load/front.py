"""
Stand between Pub/Sub and two instances of a function, as Cloud Run does, and let a third of the pushes fail.

Half of those that fail are refused before an instance sees them; of the other half the work is done and the answer is
lost, which for Pub/Sub is the same.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from json import loads
from threading import Lock

from bench.deployed import Instance
from prizedraw.rehearsal.hosting import PUBSUB

REFUSED, LOST = 1 / 6, 1 / 6
AWAY = 503
SECONDS = 600.0


class Front:
    """The way to *instances*, in turn; *answers* by message, *taken*: the messages that came through."""

    def __init__(self, instances: Sequence[Instance]) -> None:
        self.answers: defaultdict[str, list[int]] = defaultdict(list)
        self.replies: Counter[str] = Counter()
        self.taken: set[str] = set()
        self.refused = self.lost = 0
        self._instances = instances
        self._random = random.Random(1)
        self._turn = 0
        self._lock = Lock()

    def deliver(self, body: bytes) -> int:
        """Deliver one push, or not; return what Pub/Sub is answered."""
        message: str = loads(body)["message"]["messageId"]
        with self._lock:
            luck = self._random.random()
            self._turn += 1
            instance = self._instances[self._turn % len(self._instances)]
        status = AWAY
        if luck >= REFUSED:
            answered, text = instance.ask(body, SECONDS, PUBSUB)
            status = int(answered)
            with self._lock:
                self.replies[f"{status} {' '.join(loads(text).get('summary', []))}"] += 1
        with self._lock:
            self.refused += luck < REFUSED
            if REFUSED <= luck < REFUSED + LOST:
                self.lost += 1
                status = AWAY
            self.answers[message].append(status)
            if status == 200:
                self.taken.add(message)
        return status
