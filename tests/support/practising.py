"""Practise a campaign: a small one, quickly analysed, and an operator's hands on the page."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from support.browser import CONTROL, SHIFT, Tab
from support.builders import FILE

NAME = "山田 太郎"
IDLE = (
    "document.body.getAttribute('aria-busy') === 'false' && !document.getElementById('busy').matches(':not([hidden])')"
)
ATTEST = re.compile(r'\{"attest": "[^}]*\}')


def small_campaign(folder: Path) -> Path:
    """Write a campaign file with few prizes and no question but those that decide on them."""
    tree = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    tree["questions"]["survey"] = [one for one in tree["questions"]["survey"] if one["id"] == "wish"]
    for prize, quantity in zip(tree["prizes"], (2, 4, 5), strict=True):
        prize |= {"quantity": quantity, "reserves": 3}
    path = folder / "small.yaml"
    path.write_text(yaml.safe_dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


class Hands:
    """An operator before the page."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab

    def settle(self) -> None:
        """Wait until the page has done what it was asked."""
        self.tab.until(IDLE, 110)

    def click(self, selector: str) -> None:
        """Press what a selector names, and wait."""
        self.tab.until(f"!document.querySelector({json.dumps(selector)}).disabled")
        self.tab.run(f"document.querySelector({json.dumps(selector)}).click()")
        self.settle()

    def reads(self, id: str) -> str:
        """Return what stands in a part of the page."""
        return str(self.tab.run(f"document.getElementById({json.dumps(id)}).innerText"))

    def reply(self) -> dict[str, Any]:
        """Return the reply that is shown as the console shows it."""
        found: dict[str, Any] = json.loads(self.reads_text("json"))
        return found

    def reads_text(self, id: str) -> str:
        """Return the text of a part, spaces and all."""
        return str(self.tab.run(f"document.getElementById({json.dumps(id)}).textContent"))

    def press(self, step: str, body: str = "{}") -> dict[str, Any]:
        """Choose a function, type a body, press."""
        self.click(f"input[value={step}]")
        self.tab.run(f"document.getElementById('body').value = {json.dumps(body)}")
        self.click("#function button.main")
        return self.reply()

    def press_and_confirm(self, step: str, body: str = "{}") -> dict[str, Any]:
        """Press, copy the code as `next` says, press again."""
        reply = self.press(step, body)
        if reply["confirm"] is None:
            return reply
        self.click("#copy")
        self.click("#function button.main")
        return self.reply()

    def attest_all(self) -> None:
        """Do by hand what `erase` asks for, and say so."""
        reply = self.press("erase")
        for body in dict.fromkeys(ATTEST.findall("".join([*reply["summary"], reply["next"]]))):
            order = json.loads(body) | {"by": NAME}
            if order["attest"] == "form":
                self.click("#delete-all")
            if order["attest"] == "logo":
                self.click("#clear-logo")
            self.press_and_confirm("erase", json.dumps(order, ensure_ascii=False))

    def mails(self) -> list[str]:
        """Return the texts of all mails."""
        ids = self.tab.run("fetch('/state').then((one) => one.json()).then((one) => one.mails.map((m) => m.id))")
        read = "fetch('/mails/{}').then((one) => one.json()).then((one) => one.text)"
        return [str(self.tab.run(read.format(id))) for id in ids]

    # With the keyboard alone.

    def part(self, name: str) -> None:
        """Go to a part of the page by the links at its top."""
        self.tab.run("document.querySelector('.skip').focus()")
        while self.tab.run("document.activeElement.hash") != f"#part-{name}":
            self.tab.press("Tab")
            assert self.tab.run("document.activeElement.matches('nav a')"), name
        self.tab.press("Enter")

    def focused(self) -> str:
        """Say where the focus is: an id, or the value of a radio button."""
        return str(self.tab.run("document.activeElement.id || document.activeElement.value || ''"))

    def tab_to(self, wanted: str, most: int = 60, *, back: bool = False) -> None:
        """Press Tab until the focus is there."""
        for _ in range(most):
            self.tab.press("Tab", SHIFT if back else 0)
            if self.focused() == wanted:
                return
        raise AssertionError(f"{wanted} is not reached by the keyboard")

    def type_over(self, text: str) -> None:
        """Replace what stands in the field that has the focus."""
        self.tab.press("a", CONTROL)
        self.tab.type(text)

    def enter(self) -> None:
        """Press Enter, and wait."""
        self.tab.press("Enter")
        self.settle()
