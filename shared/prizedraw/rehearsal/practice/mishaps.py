"""Let things go wrong as they do in life: a mail comes back, a form is sent half filled, a response is deleted."""

import random
from collections.abc import Sequence
from enum import StrEnum

from prizedraw.ports import Document
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.google.mailbox import SentMail


class Mishap(StrEnum):
    """What may go wrong."""

    RETURNED = "returned"
    HALF_FILLED = "half_filled"
    DELETED = "deleted"


def of_itself(chance: random.Random) -> set[Mishap]:
    """Choose what goes wrong of itself: one thing at least."""
    return set(chance.sample(list(Mishap), chance.randint(1, len(Mishap))))


def return_mail(google: LocalGoogle, letters: Sequence[SentMail], chance: random.Random) -> bool:
    """Let one of some letters come back to its sender; tell whether there was one."""
    if not letters:
        return False
    google.gmail.bounce(chance.choice(letters).recipients[0])
    return True


def delete_response(google: LocalGoogle, form: str, chance: random.Random) -> bool:
    """Let somebody delete one response in the form's own page; tell whether there was one."""
    rows: list[Document] = google.forms.stored().get(form, [])
    if not rows:
        return False
    google.forms.remove(chance.choice(rows)["responseId"])
    return True
