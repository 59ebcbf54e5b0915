"""Keep the playbooks usable: what happened, what to do now, whom to call; and nothing named that is not there."""

import re
from pathlib import Path

import pytest

from infra.alerts import ALERTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "infra" / "terraform" / "playbooks").glob("*.md"))


def problems() -> set[str]:
    """Return the numbers of all problems in the code."""
    sources = (ROOT / "shared" / "prizedraw").rglob("*.py")
    return {code for path in sources for code in re.findall(r'"(E-\d{3})"', path.read_text(encoding="utf-8"))}


def test_every_alert_has_its_page_and_no_page_is_left_over() -> None:
    assert {page.stem for page in PAGES} == ALERTS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_playbook_says_what_to_do_and_whom_to_call(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert f"（{page.stem}）" in text.splitlines()[0]
    for heading in (
        ("## 何が起きたか", "## いますること", "## 連絡先")
        if page.stem != "breach"
        else ("## 連絡先", "## 最初の1時間", "## 法律上の期限")
    ):
        assert heading in text, heading


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_numbers_and_links_of_a_playbook_are_real(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"E-\d{3}", text)) <= problems()
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target


def test_the_deadlines_of_the_law_are_there() -> None:
    text = (ROOT / "infra" / "terraform" / "playbooks" / "breach.md").read_text(encoding="utf-8")
    for said in ("第26条", "第68条", "3〜5日以内", "30日以内", "60日以内", "100人"):
        assert said in text, said
