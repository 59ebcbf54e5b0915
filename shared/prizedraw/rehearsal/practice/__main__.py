"""Practise a campaign in the browser: `./scripts/practise --help`."""

import argparse
import contextlib
import os
import signal
import sys
import webbrowser
from pathlib import Path
from threading import Event
from typing import TextIO

from prizedraw.rehearsal.google.local_google import LOOPBACK
from prizedraw.rehearsal.hosting import ROOT
from prizedraw.rehearsal.inputs import Unusable
from prizedraw.rehearsal.practice.desk import MOST_ENTRANTS, PracticeDesk
from prizedraw.rehearsal.practice.server import PortTaken, serving
from prizedraw.rehearsal.practice.world import Setting

UNUSABLE = 2
PORT = 8766
CAMPAIGN = ROOT / "infra" / "terraform" / "campaigns" / "shinjuku-rally-2026.yaml"


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="scripts/practise", description="Practise a campaign in the browser.")
    parser.add_argument("--campaign", type=Path, default=CAMPAIGN, help="campaign file (YAML)")
    parser.add_argument("--applicants", type=int, default=200, help="how many entrants to invent (200)")
    parser.add_argument("--seed", type=int, default=1, help="invent the same entrants and mishaps again (1)")
    parser.add_argument("--port", type=int, default=PORT, help=f"port of 127.0.0.1; 0 takes a free one ({PORT})")
    parser.add_argument("--no-browser", action="store_true", help="do not open a browser")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Serve the page until it is interrupted; 2: what was given cannot be played, and a sentence says why."""
    args = arguments(given)
    setting = Setting(file=args.campaign, applicants=args.applicants, seed=args.seed)
    if not 0 <= args.applicants <= MOST_ENTRANTS:
        return _unusable(f"--applicants は 0 から {MOST_ENTRANTS} までの整数で指定してください。")
    # Started in the background, a shell lets it ignore the first; the second is how anything else is ended.
    for sign in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sign, signal.default_int_handler)
    _say("練習の準備をしています。しばらくお待ちください。")
    try:
        _serve(setting, args.port, opens=not args.no_browser)
    except Unusable as fault:
        return _unusable(str(fault))
    except PortTaken:
        return _unusable(f"ポート {args.port} は使われています。--port で別の番号を指定してください。")
    except KeyboardInterrupt:
        with contextlib.suppress(BrokenPipeError):  # whoever read along may have left first
            _say("練習を終わりました。")
    return 0


def _serve(setting: Setting, port: int, *, opens: bool) -> None:
    """Serve until interrupted; what the functions write goes nowhere, since nobody practises reading it."""
    shown = sys.stdout
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(Path(os.devnull).open("w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        desk = stack.enter_context(PracticeDesk(setting))
        served = stack.enter_context(serving(desk, port))
        address = f"http://{LOOPBACK}:{served}"
        _say(f"{address} をブラウザで開いてください。終わるときは Ctrl+C を押します。", shown)
        if opens and _has_screen():
            webbrowser.open(address)
        Event().wait()


def _has_screen() -> bool:
    """Tell whether a browser would open in a window, and not take this terminal."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _unusable(sentence: str) -> int:
    _say(sentence)
    return UNUSABLE


def _say(sentence: str, to: TextIO | None = None) -> None:
    (to or sys.stdout).write(f"{sentence}\n")
    (to or sys.stdout).flush()


if __name__ == "__main__":
    sys.exit(main())
