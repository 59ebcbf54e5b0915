"""
Publish a file with its signature in one request, once and for ever, and believe what stands only by its signature.

The signature travels with the bytes, as metadata of the object, so that there is no moment at which a file of ours
lies there unsigned: what stands without a valid one is not ours, however well it reads, and is never finished, signed,
mirrored or mailed. The `.sig` beside a file is a copy for who takes the files away, made once the file was judged.
"""

from prizedraw.errors import Broken, Problem
from prizedraw.evidence.key import EvidenceKey
from prizedraw.ports import PublishedFiles, Publisher, Signer

EVIDENCE = "evidence.pem"
SIGNATURE = ".sig"
"""What a signature's file name adds to the name of the file that it signs."""

TYPES = {
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".pem": "application/x-pem-file",
    ".pdf": "application/pdf",
}
_BINARY = "application/octet-stream"

VANISHED = Problem(
    "E-509", "公開ファイル {file} が公開用フォルダから消えました。作業を止めて保守担当に連絡してください。"
)
UNSIGNED = Problem(
    "E-511",
    "ファイル {file} に、この企画の正しい署名がありません。"
    "このシステムが作ったものではないおそれがあるため、使わずに作業を止めました。構築担当に連絡し、だれが置いたかを監査ログで確かめてください。",
)


def publish(published: Publisher, name: str, data: bytes) -> bytes:
    """
    Create a file that is nobody's evidence; return what stands there now, which is an earlier file if there was one.

    Raises:
        Broken: there was one a moment ago, and now there is none.
    """
    if published.create(name, data, _type_of(name)):
        return data
    standing = published.read(name)
    if standing is None:
        raise Broken(VANISHED, file=name)
    return standing


def publish_signed(published: Publisher, signer: Signer, key: EvidenceKey, name: str, data: bytes) -> bytes:
    """
    Create a file with its signature; return what stands there now, which is an earlier file of ours if there was one.

    Whoever calls must judge what is returned, and then make its `copy_signature`.

    Raises:
        Broken: what stands there bears no valid signature, or vanished.
    """
    standing = read_signed(published, key, name)
    if standing is None and not published.create(name, data, _type_of(name), signer.sign(data)):
        standing = read_signed(published, key, name)
        if standing is None:
            raise Broken(VANISHED, file=name)
    return data if standing is None else standing


def read_signed(published: PublishedFiles, key: EvidenceKey, name: str) -> bytes | None:
    """
    Return the bytes of a file that bears a valid signature; None if there is no such file.

    Raises:
        Broken: there is one, and its signature is missing or not of this *key*.
    """
    found = published.find(name)
    if found is None:
        return None
    if not key.verifies(found.data, found.signature):
        raise Broken(UNSIGNED, file=name)
    return found.data


def copy_signature(published: Publisher, name: str) -> None:
    """
    Put the signature that a file bears beside it, as a file of its own, if it is not there yet.

    Raises:
        Broken: another signature lies there, or the file vanished.
    """
    found = published.find(name)
    if found is None:
        raise Broken(VANISHED, file=name)
    if publish(published, name + SIGNATURE, found.signature) != found.signature:
        raise Broken(UNSIGNED, file=name + SIGNATURE)


def _type_of(name: str) -> str:
    return TYPES.get(name[name.rfind(".") :], _BINARY)
