"""
Keep the watches of the local Forms.

https://developers.google.com/workspace/forms/api/reference/rest/v1/forms.watches
"""

from dataclasses import dataclass
from datetime import datetime

from prizedraw.ports import Document


@dataclass(frozen=True, kw_only=True)
class LocalWatch:
    """One watch; *cause* is an error that still lasts, so that a renewal fails."""

    id: str
    form: str
    owner: str
    topic: str
    event: str
    created: datetime
    expires: datetime
    error: str = ""
    cause: str = ""

    def reply(self) -> Document:
        """Describe the watch as the service does; enum fields that are not set are left out."""
        doc = {
            "id": self.id,
            "target": {"topic": {"topicName": self.topic}},
            "eventType": self.event,
            "createTime": zulu(self.created),
            "expireTime": zulu(self.expires),
            "state": "SUSPENDED" if self.error else "ACTIVE",
        }
        return doc | ({"errorType": self.error} if self.error else {})


def zulu(moment: datetime) -> str:
    """Write a time as the service does: 0, 3 or 6 decimals, as few as hold it."""
    text = f"{moment:%Y-%m-%dT%H:%M:%S}"
    micros = f"{moment.microsecond:06d}"
    if micros == "000000":
        return f"{text}Z"
    return f"{text}.{micros.removesuffix('000')}Z"
