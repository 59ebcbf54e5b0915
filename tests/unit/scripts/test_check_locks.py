"""Whether a lock is what was asked for, by files alone."""

from pathlib import Path

import pytest

from check_locks import ROOT, faults, locks, stamp

HASH = f"--hash=sha256:{'0' * 64}"


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """Return a lock that is what its .in asks for."""
    (tmp_path / "requirements.in").write_text("# why\nPyYAML\nrequests>=2.30  # and why\n", encoding="utf-8")
    lock = tmp_path / "requirements.txt"
    pins = f"pyyaml==6.0.3 \\\n    {HASH}\nrequests==2.34.2 ; python_full_version < '3.12' \\\n    {HASH}\n"
    lock.write_text(f"{stamp(lock)}\n{pins}", encoding="utf-8")
    return lock


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_all_of_ours_are() -> None:
    assert len(locks(ROOT)) >= 14
    assert [fault for lock in locks(ROOT) for fault in faults(lock)] == []


def test_one_that_is_what_was_asked_for_is_well(lock: Path) -> None:
    assert list(faults(lock)) == []


def test_order_and_comments_do_not_count(lock: Path) -> None:
    lock.with_suffix(".in").write_text("requests>=2.30\n\n# other words\nPyYAML\n", encoding="utf-8")
    assert list(faults(lock)) == []


def test_what_was_never_made_is_named(lock: Path) -> None:
    lock.unlink()
    assert list(faults(lock)) == ["was never made"]


def test_a_requirement_that_came_is_not_pinned(lock: Path) -> None:
    change(lock.with_suffix(".in"), "PyYAML\n", "PyYAML\nrich\n")
    assert list(faults(lock)) == [
        "was made when requirements.in asked for something else",
        "rich is asked for and not pinned",
    ]


@pytest.mark.parametrize(("old", "new"), [("PyYAML\n", ""), ("requests>=2.30", "requests>=2.31")])
def test_a_requirement_that_went_or_changed_is_seen(old: str, new: str, lock: Path) -> None:
    change(lock.with_suffix(".in"), old, new)
    assert list(faults(lock)) == ["was made when requirements.in asked for something else"]


def test_a_pin_that_does_not_fit_is_seen(lock: Path) -> None:
    change(lock, "requests==2.34.2", "requests==2.29.0")
    assert list(faults(lock)) == ["requests is pinned to 2.29.0, and >=2.30 is asked for"]


@pytest.mark.parametrize("loose", ["pyyaml>=6", "pyyaml", "pyyaml==6.*"])
def test_a_pin_is_one_version(loose: str, lock: Path) -> None:
    change(lock, "pyyaml==6.0.3", loose)
    assert f"{loose} is not one version" in list(faults(lock))


def test_a_pin_has_hashes(lock: Path) -> None:
    change(lock, f"pyyaml==6.0.3 \\\n    {HASH}", "pyyaml==6.0.3")
    assert list(faults(lock)) == ["pyyaml==6.0.3 has no hash"]
