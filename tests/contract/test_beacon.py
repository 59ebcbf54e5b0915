"""A beacon gives a round's signature once it is there; relays that are away, late or talk nonsense are passed over."""

import hashlib
import json
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest

from prizedraw.adapters.drand.bls import verify
from prizedraw.adapters.drand.relays import MOST_BYTES, Relays, read_round
from prizedraw.adapters.google.arrival import Address, Arrival
from prizedraw.errors import Again, Broken
from prizedraw.ports import Beacon
from prizedraw.rehearsal.google.drand import LocalDrand, chain_hash
from prizedraw.rehearsal.google.local_google import LocalGoogle
from support.clock import Clock
from support.fakes.beacon import QUICKNET_CHAIN, QUICKNET_KEY, ROUND, SIGNATURE, FakeBeacon, first_signature

NOWHERE = "http://127.0.0.1:9"
ANSWER = {"round": ROUND, "randomness": hashlib.sha256(SIGNATURE).hexdigest(), "signature": SIGNATURE.hex()}
CHAIN = "ab" * 32


@pytest.fixture(scope="module")
def clock() -> Clock:
    return Clock(datetime(2026, 3, 12, 4, 0, tzinfo=UTC))


@pytest.fixture(scope="module")
def google(clock: Clock) -> Iterator[LocalGoogle]:
    with LocalGoogle(clock) as started:
        yield started


@pytest.fixture
def drand(google: LocalGoogle) -> LocalDrand:
    local = google.drand
    local.down = local.wrong_signature = local.wrong_round = False
    local.calls.clear()
    return local


@pytest.fixture
def relay(google: LocalGoogle, drand: LocalDrand) -> str:
    return f"{google.http}{drand.PREFIX}"


class RawRelay:
    """A relay that answers every connection with the same bytes, piece by piece."""

    def __init__(self, *pieces: bytes, pause: float = 0.0) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._pieces, self._pause = pieces, pause
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                for piece in self._pieces:
                    try:
                        connection.sendall(piece)
                    except OSError:
                        break
                    time.sleep(self._pause)

    def close(self) -> None:
        self._socket.close()


def http(status: str, body: bytes, *headers: str, length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


@pytest.fixture
def raw(request: pytest.FixtureRequest) -> Any:
    def start(*pieces: bytes, pause: float = 0.0) -> str:
        relay = RawRelay(*pieces, pause=pause)
        request.addfinalizer(relay.close)
        return relay.url

    return start


class TestEveryBeacon:
    @pytest.fixture(params=["fake", "relays"])
    def known(self, request: pytest.FixtureRequest) -> tuple[Beacon, str, bytes, int, int]:
        """Return a beacon, its chain and key, a round that is there and one that is not yet."""
        if request.param == "fake":
            return FakeBeacon(), QUICKNET_CHAIN, QUICKNET_KEY, ROUND, ROUND + 1
        drand: LocalDrand = request.getfixturevalue("drand")
        seconds = int(request.getfixturevalue("clock").now.timestamp())
        latest = (seconds - drand.genesis) // drand.period + 1
        relays = Relays([request.getfixturevalue("relay")])
        return relays, drand.chain, drand.public_key, latest, latest + 1

    def test_a_round_that_is_there_is_given_and_verifies(self, known: tuple[Beacon, str, bytes, int, int]) -> None:
        beacon, chain, key, there, _ = known
        signature = first_signature(beacon, chain, there)
        assert signature is not None
        assert verify(key, there, signature)
        assert not verify(key, there + 1, signature)

    def test_a_round_that_is_not_there_yet_is_none(self, known: tuple[Beacon, str, bytes, int, int]) -> None:
        beacon, chain, _, _, later = known
        assert first_signature(beacon, chain, later) is None

    def test_another_chain_is_none(self, known: tuple[Beacon, str, bytes, int, int]) -> None:
        beacon, _, _, there, _ = known
        assert first_signature(beacon, CHAIN, there) is None


def test_the_fake_can_be_unreachable() -> None:
    fake = FakeBeacon(unreachable=True)
    with pytest.raises(Again):
        first_signature(fake, QUICKNET_CHAIN, ROUND)
    assert fake.asked == [(QUICKNET_CHAIN, ROUND)]


class TestTheOrderOfRelays:
    def test_the_second_is_asked_when_the_first_is_away(self, relay: str, drand: LocalDrand) -> None:
        assert first_signature(Relays([NOWHERE, relay]), drand.chain, 1000) == drand.signature(1000)

    def test_the_second_is_not_asked_when_the_first_has_it(self, raw: Any, relay: str, drand: LocalDrand) -> None:
        first = raw(http("200 OK", json.dumps(ANSWER).encode()))
        assert first_signature(Relays([first, relay]), drand.chain, ROUND) == SIGNATURE
        assert drand.calls == []

    @pytest.mark.parametrize("status", ["404 Not Found", "425 Too Early", "500 Oops", "503 Busy", "429 Slow", "302 Go"])
    def test_the_second_is_asked_when_the_first_has_it_not(
        self, raw: Any, relay: str, drand: LocalDrand, status: str
    ) -> None:
        first = raw(http(status, b"{}", "Location: http://127.0.0.1:9/"))
        assert first_signature(Relays([first, relay]), drand.chain, 1000) == drand.signature(1000)

    @pytest.mark.parametrize("status", ["404 Not Found", "425 Too Early"])
    def test_one_that_has_it_not_and_one_that_is_away_make_none(self, raw: Any, status: str) -> None:
        answering = raw(http(status, b""))
        assert first_signature(Relays([NOWHERE, answering]), CHAIN, ROUND) is None
        assert first_signature(Relays([answering, NOWHERE]), CHAIN, ROUND) is None

    def test_a_relay_may_lie_below_a_path_and_end_with_a_slash(self, relay: str, drand: LocalDrand) -> None:
        assert first_signature(Relays([f"{relay}/"]), drand.chain, 1000) == drand.signature(1000)


def test_the_first_round_of_a_chain_may_be_asked_for(relay: str, drand: LocalDrand) -> None:
    assert first_signature(Relays([relay]), drand.chain, 1) == drand.signature(1)


class TestRelaysThatAreOfNoUse:
    def test_away(self) -> None:
        with pytest.raises(Again) as caught:
            first_signature(Relays([NOWHERE, NOWHERE]), CHAIN, ROUND)
        assert caught.value.problem.code == "E-185"

    def test_down(self, relay: str, drand: LocalDrand) -> None:
        drand.down = True
        with pytest.raises(Again):
            first_signature(Relays([relay]), drand.chain, 1000)

    def test_speaking_of_another_round(self, relay: str, drand: LocalDrand) -> None:
        drand.wrong_round = True
        with pytest.raises(Again):
            first_signature(Relays([relay]), drand.chain, 1000)

    def test_giving_another_rounds_signature_is_for_the_verifier(self, relay: str, drand: LocalDrand) -> None:
        drand.wrong_signature = True
        signature = first_signature(Relays([relay]), drand.chain, 1000)
        assert signature == drand.signature(1001)
        assert not verify(drand.public_key, 1000, signature)

    def test_one_that_sends_elsewhere_is_not_followed(self, raw: Any, relay: str, drand: LocalDrand) -> None:
        url = raw(http("302 Go", b"", f"Location: {relay}/{drand.chain}/public/1000"))
        with pytest.raises(Again):
            first_signature(Relays([url]), drand.chain, 1000)
        assert drand.calls == []

    @pytest.mark.parametrize("status", ["500 Oops", "503 Busy", "302 Go", "206 Some", "403 No"])
    def test_answering_otherwise(self, raw: Any, status: str) -> None:
        url = raw(http(status, json.dumps(ANSWER).encode(), "Location: /"))
        with pytest.raises(Again):
            first_signature(Relays([url]), CHAIN, ROUND)

    @pytest.mark.parametrize(
        "reply",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"SSH-2.0-OpenSSH_9.6\r\n", id="not HTTP"),
            pytest.param(http("200 OK", b'{"round"', length=300), id="cut off"),
            pytest.param(http("200 OK", b"\x1f\x8b\x00", "Content-Encoding: gzip"), id="bad gzip"),
            pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", id="bad chunks"),
            pytest.param(http("200 OK", b"x" * 10_000_000), id="too long"),
            pytest.param(http("200 OK", json.dumps(ANSWER).encode() + b" " * MOST_BYTES), id="padded"),
        ],
    )
    def test_not_speaking_properly(self, raw: Any, reply: bytes) -> None:
        with pytest.raises(Again):
            first_signature(Relays([raw(reply)], reply=1.0), CHAIN, ROUND)

    def test_dripping(self, raw: Any, relay: str, drand: LocalDrand) -> None:
        body = json.dumps(ANSWER).encode()
        slow = raw(http("200 OK", b"", length=len(body)), *(bytes([byte]) for byte in body), pause=0.1)
        began = time.monotonic()
        assert first_signature(Relays([slow, relay], reply=3.0), drand.chain, 1000) == drand.signature(1000)
        assert time.monotonic() - began < len(body) * 0.1

    def test_silent(self, raw: Any, relay: str, drand: LocalDrand) -> None:
        silent = raw(b"", pause=10)
        assert first_signature(Relays([silent, relay], reply=3.0), drand.chain, 1000) == drand.signature(1000)

    def test_in_chunks_is_well(self, raw: Any) -> None:
        body = json.dumps(ANSWER).encode()
        chunks = b"".join(f"{len(p):x}\r\n".encode() + p + b"\r\n" for p in (body[:10], body[10:])) + b"0\r\n\r\n"
        url = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", chunks, pause=0.05)
        assert first_signature(Relays([url]), CHAIN, ROUND) == SIGNATURE


class TestAnswers:
    def test_that_of_quicknet_is_read(self) -> None:
        assert read_round(json.dumps(ANSWER).encode(), ROUND) == SIGNATURE

    def test_the_randomness_may_be_left_out(self) -> None:
        bare = {"round": ROUND, "signature": SIGNATURE.hex()}
        assert read_round(json.dumps(bare).encode(), ROUND) == SIGNATURE

    @pytest.mark.parametrize(("more", "read"), [(0, SIGNATURE), (1, None)], ids=["as long as may be", "longer"])
    def test_how_long_one_may_be(self, more: int, read: bytes | None) -> None:
        body = json.dumps(ANSWER).encode()
        assert read_round(body + b" " * (MOST_BYTES + more - len(body)), ROUND) == read

    @pytest.mark.parametrize(
        "body",
        [
            pytest.param(b"", id="empty"),
            pytest.param(b"null", id="null"),
            pytest.param(b"[]", id="list"),
            pytest.param(b"[" * 4000, id="nested"),
            pytest.param(b"\xff\xfe", id="not UTF-8"),
            pytest.param(json.dumps(ANSWER).encode()[:-1], id="cut off"),
            pytest.param(json.dumps(ANSWER | {"round": ROUND + 1}).encode(), id="another round"),
            pytest.param(json.dumps(ANSWER | {"round": str(ROUND)}).encode(), id="round as text"),
            pytest.param(json.dumps(ANSWER | {"round": float(ROUND)}).encode(), id="round as float"),
            pytest.param(json.dumps({"signature": SIGNATURE.hex()}).encode(), id="no round"),
            pytest.param(json.dumps({"round": ROUND}).encode(), id="no signature"),
            pytest.param(json.dumps(ANSWER | {"signature": 7}).encode(), id="signature as number"),
            pytest.param(json.dumps(ANSWER | {"signature": SIGNATURE.hex().upper()}).encode(), id="upper case"),
            pytest.param(json.dumps(ANSWER | {"signature": SIGNATURE.hex() * 2}).encode(), id="signature on G2"),
            pytest.param(json.dumps(ANSWER | {"signature": SIGNATURE.hex() + "\n"}).encode(), id="line break"),
            pytest.param(json.dumps(ANSWER | {"signature": "０" * 96}).encode(), id="wide digits"),
            pytest.param(json.dumps(ANSWER | {"randomness": "00" * 32}).encode(), id="another randomness"),
            pytest.param(json.dumps(ANSWER | {"randomness": None}).encode(), id="null randomness"),
        ],
    )
    def test_others_are_not_understood(self, body: bytes) -> None:
        assert read_round(body, ROUND) is None

    def test_a_round_of_true_is_not_round_one(self) -> None:
        assert read_round(json.dumps(ANSWER | {"round": True}).encode(), 1) is None


class TestSettings:
    @pytest.mark.parametrize(
        "url",
        [
            "http://api.drand.sh",
            "http://127.0.0.1.example.com",
            "http://localhost:1234",
            "http://127.0.0.1@example.com",
            "https://user@api.drand.sh",
            "https://api.drand.sh?x=1",
            "https://api.drand.sh#x",
            "https://[",
            "https://api.drand.sh:port",
            "https://",
            "ftp://127.0.0.1",
            "file:///etc/hostname",
            "api.drand.sh",
            "",
        ],
    )
    def test_a_relay_that_may_not_be_asked_is_an_alarm(self, url: str) -> None:
        for urls in ([url], ["https://127.0.0.1:9", url]):
            with pytest.raises(Broken) as caught:
                first_signature(Relays(urls), QUICKNET_CHAIN, ROUND)
            assert caught.value.problem.code == "E-186"

    def test_one_is_asked_over_https_and_on_this_machine_without(self) -> None:
        for url in ("https://127.0.0.1:9", "http://127.0.0.1:9"):
            with pytest.raises(Again):
                first_signature(Relays([url]), QUICKNET_CHAIN, ROUND)

    def test_a_new_instance_waits_for_the_way_to_each_of_them(self) -> None:
        tried: list[Address] = []

        def refused(address: Address, _: float) -> None:
            tried.append(address)
            raise OSError

        network = Arrival(patience=0.01, connect=refused, sleep=lambda _: None)
        with pytest.raises(Again):
            first_signature(Relays(["https://127.0.0.1", NOWHERE], network=network), CHAIN, ROUND)
        assert tried[:2] == [("127.0.0.1", 443), ("127.0.0.1", 9)]

    def test_no_relay_at_all_is_an_alarm_only_when_asked(self) -> None:
        relays = Relays([])
        with pytest.raises(Broken):
            first_signature(relays, QUICKNET_CHAIN, ROUND)

    @pytest.mark.parametrize(
        ("chain", "round"),
        [("", 1), ("../info", 1), (QUICKNET_CHAIN.upper(), 1), (QUICKNET_CHAIN, 0), (QUICKNET_CHAIN, -1)],
    )
    def test_what_cannot_be_a_chain_or_round_is_an_alarm(self, chain: str, round: int) -> None:
        with pytest.raises(Broken) as caught:
            first_signature(Relays([NOWHERE]), chain, round)
        assert caught.value.problem.code == "E-187"


class TestTheLocalRelay:
    def test_a_round_appears_at_its_time(self, clock: Clock, relay: str, drand: LocalDrand) -> None:
        relays, before = Relays([relay]), clock.now
        number = (int(before.timestamp()) - drand.genesis) // drand.period + 100
        try:
            clock.now = drand.time_of(number) - timedelta(microseconds=1)
            assert first_signature(relays, drand.chain, number) is None
            clock.now = drand.time_of(number)
            assert first_signature(relays, drand.chain, number) == drand.signature(number)
        finally:
            clock.now = before

    def test_the_first_round_appears_at_the_genesis(self, drand: LocalDrand) -> None:
        assert drand.time_of(1) == datetime.fromtimestamp(drand.genesis, UTC)

    def test_the_chain_follows_from_the_seed(self, clock: Clock) -> None:
        same, other = LocalDrand(clock, b"seed"), LocalDrand(clock, b"other")
        assert (same.chain, same.public_key) == (
            LocalDrand(clock, b"seed").chain,
            LocalDrand(clock, b"seed").public_key,
        )
        assert same.chain != other.chain
        assert not verify(other.public_key, 7, same.signature(7))

    def test_chains_are_named_as_drand_names_quicknet(self) -> None:
        # https://api.drand.sh/52db9ba70e0cc0f6eaf7803dd07447a1f5477735fd3f661792ba94600c84e971/info
        group = bytes.fromhex("f477d5c89f21a17c863a7f937c6a6d15859414d2be09cd448d4279af331c5d3e")
        assert chain_hash(3, 1_692_803_367, QUICKNET_KEY, group, "quicknet") == QUICKNET_CHAIN


def test_a_relay_that_lies_does_not_hide_the_next(relay: str, drand: LocalDrand, raw: Any) -> None:
    lie = json.dumps({"round": 1000, "signature": drand.signature(1001).hex()}).encode()
    found = list(Relays([raw(http("200 OK", lie)), relay]).signatures(drand.chain, 1000))
    assert found == [drand.signature(1001), drand.signature(1000)]
