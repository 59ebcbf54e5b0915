"""A tab of Chromium that shows the page: choose files, read what it says, record what it asks for."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.browser import Tab

CHECKED = "!!document.querySelector('#verdict.bad, #verdict.consistent, #verdict.proven')"
NOW = "2026-06-01T00:00:00Z"


class PageTab:
    """The page in a *tab*, at an address, as if it were `NOW`."""

    def __init__(self, tab: Tab, address: str) -> None:
        self.tab = tab
        self.address = address
        tab.call("Network.enable")
        clock = f"Date.now = () => Date.parse('{NOW}');"
        tab.call("Page.addScriptToEvaluateOnNewDocument", source=clock)

    def open(self) -> None:
        """Open the page anew; what was shown before may not be taken for it."""
        self.tab.call("Page.bringToFront")  # keys reach no tab behind another
        self.tab.run("window.isOld = true")
        self.tab.open(self.address)
        self.tab.until(
            "!window.isOld && document.readyState === 'complete' && !!document.querySelector('h1')?.innerText"
        )

    def choose(self, selector: str, paths: Sequence[Path]) -> None:
        """Choose a folder, or files."""
        root = self.tab.call("DOM.getDocument")["root"]["nodeId"]
        field = self.tab.call("DOM.querySelector", nodeId=root, selector=selector)["nodeId"]
        self.tab.call("DOM.setFileInputFiles", nodeId=field, files=[str(path) for path in paths])

    def check(self, folder: Path) -> str:
        """Choose a folder and return the step that is red, or what the verdict is."""
        self.tab.run("document.querySelector('#verdict').className = ''")
        self.choose("#folder", [folder])
        return self.verdict()

    def verdict(self) -> str:
        """Wait until all is checked and return the step that is red, or what the verdict is."""
        self.tab.until(CHECKED)
        red: str | None = self.tab.run("document.querySelector('#step-list > .bad')?.id.slice(5)")
        verdict: str = self.tab.run("document.querySelector('#verdict').className.split(' ')[1]")
        assert (red is None) == (verdict != "bad")
        return red or verdict

    def states(self) -> dict[str, str]:
        """Return the state of each step."""
        found = "[...document.querySelectorAll('#step-list > li')].map((one) => [one.id.slice(5), one.className])"
        return dict(json.loads(self.tab.run(f"JSON.stringify({found})")))

    def text(self, selector: str) -> str:
        """Return what an element shows."""
        text: str = self.tab.run(f"document.querySelector({json.dumps(selector)}).innerText")
        return text

    def requests(self, events: Sequence[dict[str, Any]]) -> list[str]:
        """Return the addresses that this tab asked for, but for those that name no place (`data:`, `blob:`)."""
        asked = [one for one in events if one["method"] == "Network.requestWillBeSent"]
        own = [one["params"]["request"]["url"] for one in asked if one.get("sessionId") == self.tab._session]
        return [url for url in own if not url.startswith(("data:", "blob:"))]
