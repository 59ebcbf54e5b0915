"""What an envelope with answers holds."""

import json
from collections.abc import Sequence


def sealed(day: str = "2026-02-03", **answers: str | Sequence[str]) -> bytes:
    """Return what an envelope holds."""
    given = {name: [value] if isinstance(value, str) else value for name, value in answers.items()}
    return json.dumps({"day": day, "answers": given}, ensure_ascii=False).encode()
