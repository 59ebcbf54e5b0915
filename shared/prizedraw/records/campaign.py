"""What `prepare` stores."""

from dataclasses import dataclass
from typing import Any, ClassVar

from prizedraw.records.flat import StampOrEmpty, flat, from_flat


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    What `prepare` resolved: question ids by their name in the campaign file, the hash of the form's schema.

    *prepared_at* is empty while `prepare` has not finished: the salt is kept before its hash is published. *keysets*
    are those that `prepare` has set out to make itself: it adopts no other.
    """

    COLLECTION: ClassVar[str] = "prepared"
    to_doc = flat
    from_doc: ClassVar[Any] = classmethod(from_flat)

    id: str
    questions: dict[str, str]
    form_hash: str
    rules_hash: str
    quiz_salt: str
    prepared_at: StampOrEmpty
    keysets: tuple[str, ...] = ()
