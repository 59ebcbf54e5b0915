"""
Fetch drand's public randomness from its HTTP relays (https://docs.drand.love/dev-guide/API-Documentation/HTTP-API/).

What a relay says is not believed: the signature is verified by whoever uses it (`bls`). So any relay will do, and
one that is away or answers nonsense is passed over.
"""

import hashlib
import json
import re
import time
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from prizedraw.adapters.google import arrival
from prizedraw.adapters.google.arrival import Arrival
from prizedraw.errors import Again, Broken, Problem

CONNECT_SECONDS = 3.0
REPLY_SECONDS = 5.0
MOST_BYTES = 4096
"""A round takes about 250."""

UNREACHABLE = Problem("E-185", "公開乱数（drand）に接続できません。しばらくしてから、もう一度実行してください。")
BAD_RELAY = Problem(
    "E-186", "公開乱数（drand）の中継先の設定（DRAND_RELAYS）が正しくありません。構築担当に連絡してください。"
)
BAD_CHAIN = Problem(
    "E-187", "公開乱数（drand）のチェーンまたは回の指定が正しくありません。保守担当に連絡してください。"
)

_NOT_YET = (404, 425)
_CHAIN = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{96}")


class Relays:
    """
    drand's relays, asked one after another (port `Beacon`).

    *urls* (the settings' `drand_relays`) are `https://HOST[/PATH]`; plain HTTP only to 127.0.0.1. Each relay has
    *connect* seconds for the connection and *reply* seconds for an answer of at most `MOST_BYTES`. *network* is waited
    for before the first is asked.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        connect: float = CONNECT_SECONDS,
        reply: float = REPLY_SECONDS,
        network: Arrival = arrival.OUTSIDE,
    ) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._connect = connect
        self._reply = reply
        self._network = network

    def signatures(self, chain: str, round: int) -> Iterator[bytes]:
        """
        Yield the signature of a round (48 bytes) from each relay that has it, unverified; none if it is not there yet.

        *chain* is the chain's hash in lower-case hex. The next relay is asked only when the next signature is.

        Raises:
            Again: no relay gave an answer that could be understood.
            Broken: there is no relay, or one that may not be asked; *chain* or *round* cannot be one.
        """
        if not self._urls or not all(map(_is_allowed, self._urls)):
            raise Broken(BAD_RELAY)
        if not _CHAIN.fullmatch(chain) or round < 1:
            raise Broken(BAD_CHAIN)
        self._network.wait_for(*map(arrival.address_of, self._urls))
        answered = False
        for url in self._urls:
            try:
                status, body = self._fetch(f"{url}/{chain}/public/{round}")
            except (requests.RequestException, urllib3.exceptions.HTTPError):
                continue
            if status in _NOT_YET:
                answered = True
            elif status == requests.codes.ok and (signature := read_round(body, round)) is not None:
                answered = True
                yield signature
        if not answered:
            raise Again(UNREACHABLE)

    def _fetch(self, url: str) -> tuple[int, bytes]:
        """Return status and body; a body that is too long or too slow is cut off, and so not understood."""
        deadline = time.monotonic() + self._reply
        body = b""
        with requests.get(
            url,
            timeout=(self._connect, self._reply),
            allow_redirects=False,
            stream=True,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        ) as reply:
            while len(body) <= MOST_BYTES and time.monotonic() < deadline and (piece := reply.raw.read1(1024)):
                body += piece
            return reply.status_code, body


def read_round(body: bytes, round: int) -> bytes | None:
    """
    Read a relay's answer: `{"round": …, "signature": "<96 hex>", "randomness": "<SHA-256 of it>"}`.

    Returns None unless it is of this form and of this *round*; `randomness` may be absent.
    """
    if len(body) > MOST_BYTES:
        return None
    try:
        answer: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(answer, dict) or type(answer.get("round")) is not int or answer["round"] != round:
        return None
    text = answer.get("signature")
    if not isinstance(text, str) or not _SIGNATURE.fullmatch(text):
        return None
    signature = bytes.fromhex(text)
    if answer.get("randomness", digest := hashlib.sha256(signature).hexdigest()) != digest:
        return None
    return signature


def _is_allowed(url: str) -> bool:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  raises on an invalid port
    except ValueError:
        return False
    if parts.query or parts.fragment or parts.username or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname == "127.0.0.1")
