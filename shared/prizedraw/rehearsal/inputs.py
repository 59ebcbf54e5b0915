"""
Read the files that a rehearsal is given: a campaign file, an export of the claim form; `played` reads the responses.

The campaign file that the functions get differs in one point: a rehearsal has no drand, so its randomness comes from a
test chain.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from prizedraw.campaign import definition
from prizedraw.campaign.definition import Campaign


class Unusable(Exception):
    """Something given that cannot be played; the text says why in Japanese, a line a fault."""


def read_campaign(path: Path, randomness: dict[str, Any]) -> tuple[Campaign, str]:
    """Return the campaign, with drand's chain replaced by the test chain *randomness*, and its YAML text."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Unusable(f"{path}：読み込めません。") from None
    checked = definition.check(text)
    if not isinstance(checked, Campaign):
        raise Unusable("\n".join(f"{path}：{fault}" for fault in checked))
    if checked.randomness.kind != "drand":
        return checked, text
    tree = yaml.safe_load(text)
    tree["randomness"] = randomness
    changed = yaml.safe_dump(tree, allow_unicode=True, sort_keys=False)
    rechecked = definition.check(changed)
    if not isinstance(rechecked, Campaign):
        raise Unusable("\n".join(f"{path}：{fault}" for fault in rechecked))
    return rechecked, changed


def read_claims(path: Path) -> bytes:
    """Return a claims CSV as it is."""
    try:
        return path.read_bytes()
    except OSError:
        raise Unusable(f"{path}：読み込めません。") from None


def span(campaign: Campaign) -> list[datetime]:
    """Return the moments at which the Scheduler's tick comes while entry is open: every six hours."""
    moments, at = [], campaign.opens_at
    while at < campaign.closes_at:
        moments.append(at)
        at += timedelta(hours=6)
    return moments
