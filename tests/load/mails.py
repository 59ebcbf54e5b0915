"""
Let `notify` write to many winners through a Gmail of which every tenth call fails: each is mailed exactly once.

The real functions run against the local Google, on a clock that is moved, from `prepare` to the draw; then the
schedule calls `notify` hour by hour until nothing is left. A call fails with 503, with or without its effect, or with a
dropped connection, with or without it.
"""

import io
import random
import time
from collections import Counter
from contextlib import ExitStack, redirect_stdout
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from bench.world import FILE, FORM, invented
from load.sizes import Sizes
from prizedraw.records.mail import MailRow
from prizedraw.rehearsal import inputs
from prizedraw.rehearsal.google.gmail import GmailFault
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.stage import build
from prizedraw.rehearsal.until_winners import Clock
from prizedraw.runtime import edge
from prizedraw.times import utc_now

FAILING = 0.1
FAULTS = tuple(GmailFault(status, applied=applied) for status in (503, 0) for applied in (False, True))
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MOST_HOURS = 24 * 7
PER_DAY = 2_000
SPARE = 20
"""So many entrants win nothing."""


def run(sizes: Sizes) -> dict[str, str]:
    """
    Write to the winners, and say what was counted.

    Raises:
        AssertionError: somebody got no mail, or two.
    """
    began = time.monotonic()
    luck, failed = random.Random(1), Counter[str]()

    def mishap(method: str) -> GmailFault | None:
        if luck.random() >= FAILING:
            return None
        failed[method] += 1
        return luck.choice(FAULTS)

    with ExitStack() as stack:
        clock = Clock(utc_now())
        google = LocalGoogle(clock)
        folder = Path(stack.enter_context(TemporaryDirectory()))
        campaign, text = inputs.read_campaign(_campaign_file(folder, sizes.winners), google.drand.randomness())
        (folder / f"{campaign.id}.yaml").write_text(text, encoding="utf-8")
        clock.now = campaign.opens_at - 3 * DAY
        stack.enter_context(google)
        environ = {**google.environ(campaign.id), "CAMPAIGNS": str(folder), "MANIFEST": str(folder / "campaign.yaml")}
        stack.enter_context(redirect_stdout(io.StringIO()))
        stage = build(stack, google, edge.Host(clock, clock.sleep), environ, emulator=False)
        functions = stage.functions
        google.forms.put_form(FORM)
        assert functions.press_and_confirm("prepare").status == 200
        for response in invented(sizes.winners + SPARE, only_good=True):
            google.forms.submit(response)
        for moment in (campaign.closes_at, campaign.closes_at + 20 * MINUTE):
            clock.move_to(moment)
            functions.push("intake", {"tick": "schedule"})
        clock.move_to(campaign.closes_at + HOUR)
        assert functions.schedule("freeze").status == 200
        clock.move_to(campaign.draw_at + MINUTE)
        assert functions.schedule("draw").status == 200
        google.gmail.mishaps = mishap
        calls, answers = len(google.gmail.calls), Counter[int]()
        for _ in range(MOST_HOURS):
            answered = functions.schedule("notify")
            answers[answered.status] += 1
            if answered.status == 200 and not answered.reply["counts"].get("残り", 0):
                break
            clock.move_to(clock.now + HOUR)
        calls = len(google.gmail.calls) - calls
        rows = [row for row in stage.open("state").scan(MailRow) if row.kind == "winner"]
        people = Counter(str(message_from_bytes(mail.raw)["To"]) for mail in google.gmail.sent)
    to_ward = campaign.ward.email
    winners = {person: number for person, number in people.items() if to_ward not in person}
    assert len(rows) == sizes.winners, f"{len(rows)} rows for {sizes.winners} winners"
    assert len(winners) == sizes.winners, f"{len(winners)} people were mailed, {sizes.winners} have won"
    assert set(winners.values()) == {1}, "somebody was mailed twice"
    states = ", ".join(f"{number:,} {state}" for state, number in Counter(row.state for row in rows).most_common())
    return {
        "winners; mailed; twice": f"{sizes.winners:,}; {len(winners):,}; 0",
        "calls of Gmail; failed": f"{calls:,}; {sum(failed.values()):,}",
        "runs of notify, by the hour": f"{sum(answers.values()):,}",
        "rows of their mails": states,
        "minutes, mails": f"{(time.monotonic() - began) / 60:.1f}",
    }


def _campaign_file(folder: Path, winners: int) -> Path:
    """Write a campaign that has one prize, for as many, asking nothing."""
    tree = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    tree["prizes"] = [{**tree["prizes"][-1], "quantity": winners, "reserves": 0, "requires": {"min_correct": 0}}]
    tree["mail"] |= {"per_day": PER_DAY, "per_minute": 100}
    file = folder / "campaign.yaml"
    file.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return file
