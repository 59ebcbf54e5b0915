"""Read `manifest.json`: which code runs, so that the commitment and the erasure report can name it."""

from pathlib import Path

from prizedraw.errors import Broken, Problem

NO_MANIFEST = Problem("E-409", "プログラムの一覧（manifest.json）がありません。構築担当に連絡してください。")


def read_manifest(manifest: Path) -> bytes:
    """
    Return the bytes of the manifest; their SHA-256 is the `code_hash` of the commitment.

    Raises:
        Broken: the archive was built without one.
    """
    if not manifest.is_file():
        raise Broken(NO_MANIFEST)
    return manifest.read_bytes()
