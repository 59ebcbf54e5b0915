"""Read what a function answers an operator."""

import json
from typing import Any

from prizedraw.runtime.orders import Reply


def told(reply: Reply) -> str:
    """Return what is to be done next, its sentences one after the other."""
    return reply.next if isinstance(reply.next, str) else "".join(reply.next)


def order_in(reply: Reply) -> Any:
    """Return the body that a reply tells to send next."""
    text = told(reply)
    return json.loads(text[text.index("{") : text.rindex("}") + 1])
