"""Mails and pages fit a phone, a window and a wide screen, and tear nothing that is read in one piece (Chromium)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support import erasure
from support.browser import Chromium, Tab
from support.stages import prepared
from support.world import OPERATOR, confirmed

WIDTHS = (360, 700, 1280)
TORN = """
[...document.querySelectorAll({selector})].filter((one) => {{
  const text = document.createRange();
  text.selectNodeContents(one);
  const lines = new Set([...text.getClientRects()].map((box) => Math.round(box.bottom / 8)));
  return lines.size > 1;
}}).map((one) => one.textContent)
"""
"""The elements whose text stands on more lines than one."""


def samples() -> dict[str, str]:
    """Return one mail of each kind, as its HTML."""
    world = prepared()
    before = len(world.letters())
    confirmed(world.notify, caller=OPERATOR, test=True)
    found = {}
    for kind, letter in zip(world.kinds_sent()[before:], world.letters()[before:], strict=True):
        body = letter.get_body(("html",))
        assert body is not None
        found[kind] = body.get_content()
    return found


def pages() -> dict[str, str]:
    """Return the ward's page, and both pages of the status of a campaign that is being erased."""
    made = erasure.ready()
    made.daily()
    before = set(made.world.reports.files)
    made.world.status(save=True)
    saved = {name.rpartition("-")[2]: data for name, data in made.world.reports.files.items() if name not in before}
    ward = made.world.prepare(format="html").page
    assert ward is not None
    return {"ward.html": ward} | {name: data.decode() for name, data in saved.items()}


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    with Chromium(tmp_path_factory.mktemp("profile")) as chromium:
        yield chromium.tab()


def shown(tab: Tab, html: str, width: int, folder: Path) -> int:
    """Show a page at a width, and return how many pixels it is too wide."""
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    tab.resize(width)
    tab.call("Emulation.setScrollbarsHidden", hidden=True)
    tab.run("window.isOld = true")
    tab.open(file.as_uri())
    tab.until("!window.isOld && document.readyState === 'complete'")
    too_wide: int = tab.run("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return too_wide


def torn(tab: Tab, selector: str) -> list[str]:
    """Return the texts of the elements that stand on two lines or more."""
    lines: list[str] = tab.run(TORN.format(selector=repr(selector)))
    return lines


@pytest.mark.parametrize("width", WIDTHS)
def test_a_mail_fits_and_no_word_is_torn_from_its_reading(tab: Tab, tmp_path: Path, width: int) -> None:
    mails = samples()
    assert len(mails) >= 7
    for kind, html in mails.items():
        assert shown(tab, html, width, tmp_path) == 0, kind
        assert torn(tab, "span") == [], kind


@pytest.mark.parametrize("width", WIDTHS)
def test_a_page_fits_and_tears_no_date_and_no_account(tab: Tab, tmp_path: Path, width: int) -> None:
    """At 700 px and on paper the last letter of an account stood alone, and the hour below its day."""
    found = pages()
    assert sorted(found) == ["report.html", "status.html", "ward.html"]
    for name, html in found.items():
        assert shown(tab, html, width, tmp_path) == 0, name
        assert torn(tab, ".whole, .journal td:first-child, .journal td:last-child") == [], name


def test_what_is_too_wide_or_torn_is_seen(tab: Tab, tmp_path: Path) -> None:
    text = "一行では入りきらない長い文を、ここに書きます。"
    page = f'<!DOCTYPE html><meta charset="utf-8"><p style="width: 500px">広い</p><p class="whole">{text * 2}</p>'
    assert shown(tab, page, 360, tmp_path) > 100
    assert torn(tab, ".whole") == [text * 2]
