"""
Tell whether each requirements.txt is what its requirements.in asks for, without a network (scripts/lock --check).

A lock's first line holds the hash of what was asked when it was made: a requirement that was added, changed or removed
since shows there; a pin that was changed by hand shows where it no longer fits what is asked. Whether newer versions
exist is no fault.
"""

import argparse
import hashlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
STAMP = "# Made by scripts/lock; hash of what was asked: "
_HASH = re.compile(r"--hash=(sha256:[0-9a-f]{64})\b")


def locks(root: Path) -> list[Path]:
    """Return every lock of the tree, also one that was never made."""
    folders = (root, root / "shared" / "verify_page", *sorted((root / "functions").iterdir()))
    return [file.with_suffix(".txt") for folder in folders for file in sorted(folder.glob("requirements*.in"))]


def asked(lock: Path) -> list[Requirement]:
    """Return what the lock's .in asks for."""
    lines = lock.with_suffix(".in").read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in (line.partition("#")[0].strip() for line in lines) if line]


def stamp(lock: Path) -> str:
    """Return the first line of a lock; comments and order of its .in do not count."""
    wanted = "\n".join(sorted(str(requirement) for requirement in asked(lock)))
    return STAMP + hashlib.sha256(wanted.encode()).hexdigest()


def pins(text: str) -> Iterator[tuple[Requirement, list[str]]]:
    """Yield each pin of a lock, with its hashes."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            yield Requirement(line.partition(" --hash")[0].strip()), _HASH.findall(line)


def faults(lock: Path) -> Iterator[str]:
    """Yield what is wrong with a lock, each a sentence."""
    if not lock.exists():
        yield "was never made"
        return
    text = lock.read_text(encoding="utf-8")
    if text.partition("\n")[0] != stamp(lock):
        yield f"was made when {lock.with_suffix('.in').name} asked for something else"
    pinned: dict[str, list[str]] = {}
    for pin, hashes in pins(text):
        (version,) = [specifier.version for specifier in pin.specifier if specifier.operator == "=="] or [""]
        if len(pin.specifier) != 1 or not version or version.endswith("*"):
            yield f"{pin} is not one version"
        if not hashes:
            yield f"{pin} has no hash"
        pinned.setdefault(canonicalize_name(pin.name), []).append(version)
    for requirement in asked(lock):
        versions = pinned.get(canonicalize_name(requirement.name), [])
        if not versions:
            yield f"{requirement.name} is asked for and not pinned"
        yield from (
            f"{requirement.name} is pinned to {version}, and {requirement.specifier} is asked for"
            for version in versions
            if version and not requirement.specifier.contains(version, prereleases=True)
        )


def main() -> int:
    """Check the locks, or stamp those that were just made."""
    parser = argparse.ArgumentParser(description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--check", action="store_true", help="say what is wrong; 1 if anything is")
    what.add_argument("--stamp", action="store_true", help="write the first line of locks just made")
    if parser.parse_args().stamp:
        for lock in locks(ROOT):
            text = lock.read_text(encoding="utf-8")
            rest = text.partition("\n")[2] if text.startswith(STAMP) else text
            lock.write_text(f"{stamp(lock)}\n{rest}", encoding="utf-8")
        return 0
    found = [f"{lock.relative_to(ROOT)}: {fault}" for lock in locks(ROOT) for fault in faults(lock)]
    print("\n".join(found) if found else f"{len(locks(ROOT))} locks are what is asked for.")
    if found:
        print("Run scripts/lock.", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
