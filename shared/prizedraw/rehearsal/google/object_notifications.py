"""
Announce objects that were stored, with the attributes that Cloud Storage gives its Pub/Sub notifications.

https://docs.cloud.google.com/storage/docs/pubsub-notifications#attributes
"""

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

Hook = Callable[[dict[str, str]], None]


class ObjectNotifications:
    """The announcements in the order of the writes, until `deliver` hands them to every hook."""

    def __init__(self) -> None:
        self.hooks: list[Hook] = []
        self._waiting: SimpleQueue[dict[str, str]] = SimpleQueue()

    def stored(self, resource: dict[str, Any]) -> None:
        """Record an object, by its resource (`objects.get`)."""
        self._waiting.put(
            {
                "eventType": "OBJECT_FINALIZE",
                "payloadFormat": "JSON_API_V1",
                "bucketId": resource["bucket"],
                "objectId": resource["name"],
                "objectGeneration": resource["generation"],
                "eventTime": resource["timeCreated"],
            }
        )

    def deliver(self) -> None:
        """Hand out what waits. A hook may run a function that reads the object: hold no lock meanwhile."""
        while True:
            try:
                attributes = self._waiting.get_nowait()
            except Empty:
                return
            for hook in self.hooks:
                hook(dict(attributes))
