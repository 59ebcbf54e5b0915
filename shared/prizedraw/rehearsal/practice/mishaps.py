"""Let things go wrong as they do in life: a mail comes back, a form is sent half filled, a response is deleted."""

import random
from enum import StrEnum

from prizedraw.ports import Document
from prizedraw.rehearsal.google.local_google import LocalGoogle


class Mishap(StrEnum):
    """What may go wrong."""

    RETURNED = "returned"
    HALF_FILLED = "half_filled"
    DELETED = "deleted"


def of_itself(chance: random.Random) -> set[Mishap]:
    """Choose what goes wrong of itself: one thing at least."""
    return set(chance.sample(list(Mishap), chance.randint(1, len(Mishap))))


def delete_response(google: LocalGoogle, form: str, chance: random.Random) -> bool:
    """Let somebody delete one response in the form's own page; tell whether there was one."""
    rows: list[Document] = google.forms.stored().get(form, [])
    if not rows:
        return False
    google.forms.remove(chance.choice(rows)["responseId"])
    return True
