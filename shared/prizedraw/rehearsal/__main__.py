"""Rehearse a whole campaign on this machine: `./scripts/rehearse --help`."""

import argparse
import contextlib
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from prizedraw.campaign.definition import Campaign
from prizedraw.records.entries import REASON_WORDS, Outcome, Reconciliation
from prizedraw.records.mail import MailRow
from prizedraw.records.running import ONLY
from prizedraw.rehearsal import inputs, output, played, until_winners
from prizedraw.rehearsal.google.emulators import EmulatorMissing
from prizedraw.rehearsal.google.local_google import LocalGoogle
from prizedraw.rehearsal.hosting import ROOT
from prizedraw.rehearsal.stage import RehearsalStage, build, furnish
from prizedraw.rehearsal.until_erased import Ending
from prizedraw.rehearsal.until_parcels import Fulfil
from prizedraw.runtime import edge
from prizedraw.times import utc_now

UNUSABLE = 2
CAMPAIGN = ROOT / "infra" / "terraform" / "campaigns" / "shinjuku-rally-2026.yaml"


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/rehearse", description="Run a whole campaign on this machine.")
    parser.add_argument("--campaign", type=Path, default=CAMPAIGN, help="campaign file (YAML)")
    parser.add_argument("--responses", type=Path, help="responses as forms.responses.list returns them (JSON)")
    parser.add_argument("--claims", type=Path, help="a LoGoフォーム CSV; {code:N} is the N-th winner's claim code")
    parser.add_argument("--applicants", type=int, default=500, help="how many entrants to invent (500)")
    parser.add_argument("--seed", type=int, default=1, help="invent the same entrants again (1)")
    parser.add_argument("--store", choices=["memory", "firestore"], default="memory", help="where records lie (memory)")
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for what comes out (out)")
    return parser.parse_args(given)


@dataclass(frozen=True, kw_only=True)
class RehearsalResult:
    """What a rehearsal came to."""

    ledger: dict[str, dict[str, str | None]]
    reconciled: bool
    accounted: bool
    verified: bool
    said: str
    mails: dict[str, int]
    erased: bool = False
    reports_verified: bool = False

    @property
    def is_good(self) -> bool:
        """Tell whether everything reconciled, draw and reports verified, and the erasure came to its end."""
        return self.reconciled and self.accounted and self.verified and self.erased and self.reports_verified


def main(given: list[str] | None = None) -> int:
    """
    Rehearse; return 0 only if everything reconciled and verified, and everything personal was erased.

    2: what was given cannot be played, and a sentence says why.
    """
    args = arguments(given)
    console = Console(file=sys.stdout, highlight=False)
    try:
        return rehearse(args, console)
    except (inputs.Unusable, EmulatorMissing) as fault:
        console.print(str(fault), markup=False, soft_wrap=True)
        return UNUSABLE
    except until_winners.Failed as failure:
        said = f"リハーサルは途中で止まりました。{args.out}/logs.jsonl を見てください。\n{failure}"
        console.print(said, markup=False, soft_wrap=True)
        return 1


def rehearse(args: argparse.Namespace, console: Console) -> int:
    """Play the campaign, write down what is left, and hold it to account."""
    began = time.monotonic()
    clock = until_winners.Clock(utc_now())
    google = LocalGoogle(clock)
    # All is read before the folder is emptied: it may lie there, left by the rehearsal that is played again.
    campaign, text = inputs.read_campaign(args.campaign, google.drand.randomness())
    claims = inputs.read_claims(args.claims) if args.claims else None
    if args.responses:
        given = played.read(args.responses, campaign)
    else:
        given = played.invent(campaign, args.applicants, args.seed)
    output.empty(args.out)
    output.write_input(args.out, text, given)
    _say(console, given.notes)
    clock.now = campaign.opens_at - timedelta(days=7)
    with contextlib.ExitStack() as stack:
        workshop = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        places = furnish(workshop, campaign.id, text)
        stack.callback(lambda: output.write_calls(args.out, google.calls.rows()))
        stack.enter_context(google)
        environ = {**google.environ(campaign.id), **places}
        bars = stack.enter_context(_bars(console))
        stack.enter_context(_printed_to(args.out / "logs.jsonl"))
        host = edge.Host(clock, clock.sleep)
        stage = build(stack, google, host, environ, emulator=args.store == "firestore")
        playing = until_winners.Play(campaign, clock, stage, given, _shower(bars))
        following = Fulfil(playing, claims)
        ending = Ending(playing)
        try:
            playing.run()
            ending.after_draw()
            following.run()
        finally:
            _write(args.out, stage)
            output.write_fulfilment(args.out, following.exports, following.shipping_list, following.password)
        result = _result(args.out, playing)
        try:
            ending.run()
        finally:
            _write_ending(args.out, stage)
        reports_verified, said = output.verify_erasure(args.out, clock())
        result = replace(result, erased=ending.is_complete, reports_verified=reports_verified, said=result.said + said)
    _table(console, args, campaign, result, time.monotonic() - began)
    _say(console, (*given.notes, *playing.notes))
    return 0 if result.is_good else 1


@contextlib.contextmanager
def _printed_to(path: Path) -> Iterator[None]:
    """Write all that the functions print to *path*."""
    with path.open("w", encoding="utf-8") as file, contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
        yield


def _bars(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)


def _shower(bars: Progress) -> until_winners.Progress:
    tasks: dict[str, TaskID] = {}

    def show(name: str, done: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = bars.add_task(name)
        bars.update(tasks[name], completed=done, total=max(total, 1) if done < total or total else 1)

    return show


def _say(console: Console, notes: Iterable[str]) -> None:
    """Say what is odd about what was given."""
    for note in notes:
        console.print(f"【注意】{note}", markup=False, soft_wrap=True)


def _write(out: Path, stage: RehearsalStage) -> None:
    """Write down what is left, also of a rehearsal that failed."""
    output.write_published(out, stage.google.storage.objects(stage.settings.published_bucket))
    output.write_reports(out, stage.google.storage.objects(stage.settings.reports_bucket))
    kinds = {row.message: row.kind for row in stage.open("state").scan(MailRow) if row.message}
    output.write_mail(out, stage.google.gmail.sent, kinds)
    output.write_state(out, "before-erasure", stage.stores.dump(stage.settings))
    output.write_replies(out, stage.replies)


def _write_ending(out: Path, stage: RehearsalStage) -> None:
    """Write down what is left after the erasure, and what it said of itself."""
    output.write_reports(out, stage.google.storage.objects(stage.settings.reports_bucket))
    output.write_state(out, "after-erasure", stage.stores.dump(stage.settings))
    output.write_replies(out, stage.replies)


def _result(out: Path, playing: until_winners.Play) -> RehearsalResult:
    """Hold the rehearsal to account."""
    stage = playing.stage
    ledger = output.ledger(stage.open("sealed"), stage.sealing(), sorted(playing.read))
    (out / "ledger.json").write_text(json.dumps(ledger, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    stored = stage.open("state").get(Reconciliation, ONLY)
    verified, said = output.verify(out, playing.clock(), stage.google.drand.chain)
    mails: dict[str, int] = {}
    for row in stage.open("state").scan(MailRow):
        mails[row.kind] = mails.get(row.kind, 0) + 1
    return RehearsalResult(
        ledger=ledger,
        reconciled=stored is not None and stored.record.balances,
        accounted=len(ledger) == len(playing.read),
        verified=verified,
        said=said,
        mails=mails,
    )


_OUTCOMES: Mapping[str, str] = {
    Outcome.ACCEPTED: "受け付けた応募",
    Outcome.DUPLICATE: "重複した応募",
    Outcome.WITHDRAWN: "取り下げられた応募",
    **REASON_WORDS,
}
_MAILS: Mapping[str, str] = {
    "rules": "区への規則",
    "commitment": "区への確定記録",
    "record": "区への抽選記録",
    "receipt": "応募の受付",
    "winner": "当選",
    "promoted": "繰り上げ当選",
    "reminder": "ご登録の期限",
    "changed": "お届け先の変更",
}
"""How the rows of the table are called, in their order."""


def _table(
    console: Console,
    args: argparse.Namespace,
    campaign: Campaign,
    result: RehearsalResult,
    seconds: float,
) -> None:
    """Show what the rehearsal came to."""
    outcomes = Counter(row["reason"] or row["outcome"] for row in result.ledger.values())
    table = Table(title=campaign.title, show_header=False)
    for outcome, name in _OUTCOMES.items():
        if outcomes[outcome]:
            table.add_row(name, str(outcomes[outcome]))
    for kind in sorted(result.mails, key=list(_MAILS).index):
        table.add_row(f"メール：{_MAILS[kind]}", str(result.mails[kind]))
    table.add_row("照合（フォーム＝台帳）", _mark(result.reconciled and result.accounted))
    table.add_row("抽選の検証（scripts/verify_draw.py）", _mark(result.verified))
    table.add_row("個人情報の消去", "完了" if result.erased else "未完了")
    table.add_row("消去報告書の検証（scripts/verify_erasure.py）", _mark(result.reports_verified))
    table.add_row("かかった時間", f"{seconds:.1f} 秒")
    console.print(table)
    if not (result.verified and result.reports_verified):
        console.print(result.said, markup=False, soft_wrap=True)
    console.print(f"結果は {args.out}/ にあります。", markup=False, soft_wrap=True)
    console.print(output.write_page(args.out), markup=False, soft_wrap=True)


def _mark(good: bool) -> str:
    return "一致" if good else "不一致"


if __name__ == "__main__":
    sys.exit(main())
