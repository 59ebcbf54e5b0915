"""The journal, who did what when: create-only rows that outlive erasure and hold no personal data of entrants."""

import secrets
from collections.abc import Mapping

from prizedraw.ports import Clock, Create
from prizedraw.records.running import JournalRow
from prizedraw.runtime.orders import Caller
from prizedraw.times import instant_of, stamp


def entry(
    clock: Clock,
    caller: Caller,
    step: str,
    action: str,
    *,
    counts: Mapping[str, int] | None = None,
    hashes: Mapping[str, str] | None = None,
    times: Mapping[str, str] | None = None,
) -> Create:
    """
    Return the write that records one act; it goes into the same commit as the act's own record where there is one.

    *action* is a fixed word of the step, with its reading in `records.running.ACT_WORDS`; *counts*, *hashes*
    and *times* are by fixed names. Ids sort by time.
    """
    now = clock()
    name = f"{instant_of(now)[:23].replace(':', '').replace('.', '-')}-{secrets.token_hex(4)}"
    told = (dict(counts or {}), dict(hashes or {}), dict(times or {}))
    return Create(JournalRow(name, stamp(now), step, caller.principal, action, *told))
