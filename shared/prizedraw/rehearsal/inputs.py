"""
Read what a rehearsal is given: a campaign file, and responses exactly as `forms.responses.list` returns them.

Where nothing is given, entrants are invented. The campaign file that the functions get differs in one point: a
rehearsal has no drand, so its randomness comes from a test chain.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from prizedraw.campaign import definition
from prizedraw.campaign.definition import Campaign
from prizedraw.ports import Document
from prizedraw.rehearsal import entrants
from prizedraw.rehearsal.entrants import Submission
from prizedraw.times import instant, moment_of


class Unusable(Exception):
    """A file that cannot be used; the text says why in Japanese, a line a fault."""


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


def read_responses(path: Path, campaign: Campaign) -> tuple[Document, list[Submission]]:
    """
    Return the form and the submissions that a file holds: a list of responses, or `{"form": …, "responses": […]}`.

    A response is there from its last submission on: its earlier versions cannot be known from it.
    """
    try:
        given = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        raise Unusable(f"{path}：JSONとして読み込めません。") from None
    form: Any = None
    if isinstance(given, dict):
        form, given = given.get("form"), given.get("responses", [])
    if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
        raise Unusable(f"{path}：応募（responses）の一覧ではありません。")
    if form is not None and not isinstance(form, dict):
        raise Unusable(f"{path}：フォーム（form）が forms.get の形ではありません。")
    form = {**(form or entrants.form_of(campaign)), "formId": campaign.form.id}
    return form, [Submission(_at(row, campaign), row) for row in given]


def read_claims(path: Path) -> bytes:
    """Return a claims CSV as it is."""
    try:
        return path.read_bytes()
    except OSError:
        raise Unusable(f"{path}：読み込めません。") from None


def invent(campaign: Campaign, count: int, seed: int) -> tuple[Document, list[Submission]]:
    """Return an invented form and *count* invented responses, edits at their time."""
    form = entrants.form_of(campaign)
    return form, entrants.history_of(campaign, form, count, seed)


def _at(response: Document, campaign: Campaign) -> datetime:
    """Return when a response is there; one with unreadable times comes in the middle."""
    try:
        return moment_of(instant(response["lastSubmittedTime"]))
    except (KeyError, TypeError, ValueError):
        return campaign.opens_at + (campaign.closes_at - campaign.opens_at) / 2


def span(campaign: Campaign) -> list[datetime]:
    """Return the moments at which the Scheduler's tick comes while entry is open: every six hours."""
    moments, at = [], campaign.opens_at
    while at < campaign.closes_at:
        moments.append(at)
        at += timedelta(hours=6)
    return moments
