"""Publish a file together with its signature, once and for ever, so that a crash between the two heals."""

from prizedraw.errors import Broken, Problem
from prizedraw.ports import Publisher, Signer

EVIDENCE = "evidence.pem"
SIGNATURE = ".sig"
"""What a signature's file name adds to the name of the file that it signs."""

TYPES = {
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".pem": "application/x-pem-file",
    ".pdf": "application/pdf",
}

VANISHED = Problem(
    "E-509", "公開ファイル {file} が公開用フォルダから消えました。作業を止めて保守担当に連絡してください。"
)


def publish(published: Publisher, name: str, data: bytes) -> bytes:
    """
    Create a file; return what stands there now, which is an earlier file if there was one.

    Raises:
        Broken: there was one a moment ago, and now there is none.
    """
    kind = TYPES.get(name[name.rfind(".") :], "application/octet-stream")
    if published.create(name, data, kind):
        return data
    standing = published.read(name)
    if standing is None:
        raise Broken(VANISHED, file=name)
    return standing


def publish_signed(published: Publisher, signer: Signer, name: str, data: bytes) -> bytes:
    """
    Create a file and its ECDSA signature; return what stands there now.

    Other bytes than *data* are not signed: whoever calls must first judge them, and may then call with them.
    """
    standing = publish(published, name, data)
    if standing == data and published.read(name + SIGNATURE) is None:
        published.create(name + SIGNATURE, signer.sign(data), "application/octet-stream")
    return standing
