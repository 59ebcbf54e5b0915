#!/usr/bin/env python3
"""
Build one archive per function: main.py, its requirements, and only the modules that it reaches.

Standard library only. An archive is byte-identical on every rebuild (sorted names, fixed times and modes, stored not
compressed, so that no zlib version shows), and holds the campaign files and `manifest.json`. The manifest lists the
SHA-256 of every archive *as it is without the manifest*; its own SHA-256 is the `code_hash` of the commitment, so that
the code that drew the winners can be named.

    scripts/build_archives.py [--out DIR]      writes DIR/<step>.zip and DIR/manifest.json, prints a table

Beside them it lays what operators press with, which is in no archive and no manifest.
"""

import argparse
import ast
import hashlib
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT / "shared"
CAMPAIGNS = ROOT / "infra" / "terraform" / "campaigns"
MANIFEST = "manifest.json"
PRESS = ROOT / "scripts" / "press.py"
DATA = {
    "prizedraw.mail.compose": "prizedraw/mail/messages",
    "prizedraw.rendering.html": "prizedraw/rendering/templates",
    "prizedraw.rendering.pdf": "prizedraw/rendering/papers",
}
"""Which module reads which folder; of the folders, templates only."""
TEMPLATES = (".html", ".txt", ".typ")


@cache
def module_file(name: str) -> Path | None:
    """Return the file of a module of our package, or None if there is no such module."""
    path = SHARED / Path(*name.split("."))
    return next(filter(Path.is_file, (path / "__init__.py", path.with_name(f"{path.name}.py"))), None)


@cache
def imported(file: Path) -> tuple[str, ...]:
    """Return the dotted names that a source file imports; of `from a import b` both `a` and `a.b`."""
    return tuple(_imported(file))


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level or node.module is None:
                raise SystemExit(f"{file}: relative imports are not followed")
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached(main: Path) -> dict[str, Path]:
    """Return the modules of our package that *main* reaches, packages included, with their files."""
    found: dict[str, Path] = {}
    waiting = [main]
    while waiting:
        for name in imported(waiting.pop()):
            parts = name.split(".")
            for length in range(1, len(parts) + 1):
                module = ".".join(parts[:length])
                file = module_file(module) if parts[0] == "prizedraw" else None
                if file is not None and module not in found:
                    found[module] = file
                    waiting.append(file)
    return found


def members(function: Path) -> dict[str, bytes]:
    """Return the files of a function's archive, without the manifest, by their names."""
    modules = reached(function / "main.py")
    ours = list(modules.values())
    for module in DATA.keys() & modules.keys():
        ours += [file for file in (SHARED / DATA[module]).rglob("*") if file.suffix in TEMPLATES]
    files = {name: function / name for name in ("main.py", "requirements.txt")}
    files |= {file.relative_to(SHARED).as_posix(): file for file in ours}
    files |= {f"campaigns/{file.name}": file for file in CAMPAIGNS.glob("*.yaml")}
    return {name: file.read_bytes() for name, file in files.items()}


def zipped(files: dict[str, bytes]) -> bytes:
    """Return a ZIP archive that depends on names and contents alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return buffer.getvalue()


def build() -> tuple[dict[str, bytes], bytes]:
    """Return every function's archive by its file name, and the manifest."""
    functions = sorted(main.parent for main in ROOT.glob("functions/*/main.py"))
    contents = {f"{function.name}.zip": members(function) for function in functions}
    hashes = {name: hashlib.sha256(zipped(files)).hexdigest() for name, files in contents.items()}
    manifest = json.dumps({"archives": hashes}, sort_keys=True, separators=(",", ":")).encode()
    return {name: zipped({**files, MANIFEST: manifest}) for name, files in contents.items()}, manifest


def main() -> int:
    """Build, write and report."""
    parser = argparse.ArgumentParser(description="Build the functions' archives.")
    parser.add_argument("--out", type=Path, default=ROOT / "infra" / "terraform" / ".build")
    out = parser.parse_args().out
    archives, manifest = build()
    out.mkdir(parents=True, exist_ok=True)
    for name, data in archives.items():
        (out / name).write_bytes(data)
        print(f"{hashlib.sha256(data).hexdigest()}  {len(data):>8}  {name}")
    (out / MANIFEST).write_bytes(manifest)
    (out / PRESS.name).write_bytes(PRESS.read_bytes())
    print(f"{hashlib.sha256(manifest).hexdigest()}  {len(manifest):>8}  {MANIFEST} (code_hash)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
