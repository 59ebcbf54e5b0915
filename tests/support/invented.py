"""The entrants of a rehearsal, counted without rehearsing: who answers well, in the version that counts."""

import json
from datetime import UTC, datetime, timedelta, timezone

from prizedraw.analysis.tally import Tally
from prizedraw.campaign.definition import Campaign
from prizedraw.rehearsal.entrants import ResponseKind, form_of, history_of

JST = timezone(timedelta(hours=9))
ACCEPTED = {ResponseKind.GOOD, ResponseKind.OLD_CARRIER, ResponseKind.EDITED, ResponseKind.MOVED}


def tally(campaign: Campaign, size: int, seed: int) -> Tally:
    """Count those of *size* invented responses that are accepted."""
    form = form_of(campaign)
    titles = {i["questionItem"]["question"]["questionId"]: i["title"] for i in form["items"] if "questionItem" in i}
    names = {asked.title: asked.name for asked in campaign.asked()}
    last = {
        press.response["responseId"]: press.response
        for press in history_of(campaign, form, size, seed)
        if press.kind in ACCEPTED
    }
    counted = Tally(campaign)
    for response in last.values():
        given = {
            names[titles[id]]: [text["value"] for text in answer["textAnswers"]["answers"]]
            for id, answer in response.get("answers", {}).items()
        }
        created = datetime.fromisoformat(response["createTime"][:19]).replace(tzinfo=UTC)
        said = {"day": created.astimezone(JST).date().isoformat(), "answers": given}
        counted.add(json.dumps(said).encode(), campaign.stands_for(given))
    return counted
