"""The wait for an instance's network: at the connection, once, and no longer than said."""

from dataclasses import dataclass, field

import pytest

from prizedraw.adapters.google.arrival import Address, Arrival, address_of

HERE: Address = ("one.example", 443)
THERE: Address = ("two.example", 443)


@dataclass
class Line:
    """A network that comes up after a while, on a clock that is moved by what waits."""

    up_after: float = 0.0
    reachable: tuple[Address, ...] = (HERE, THERE)
    takes: float = 0.0
    now: float = 0.0
    tried: list[tuple[Address, float]] = field(default_factory=list)

    def connect(self, address: Address, seconds: float) -> None:
        self.tried.append((address, seconds))
        up = self.now >= self.up_after and address in self.reachable
        self.now += 0.0 if up else min(self.takes, seconds)
        if not up:
            raise TimeoutError

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def arrival(self, patience: float = 90.0) -> Arrival:
        return Arrival(patience, self.connect, self.sleep, lambda: self.now)


def test_where_the_network_is_there_one_connection_is_tried() -> None:
    line = Line()
    arrival = line.arrival()
    arrival.wait_for(HERE)
    arrival.wait_for(HERE)
    arrival.wait_for(THERE)
    assert line.tried == [(HERE, 5.0)]
    assert line.now == 0.0


@pytest.mark.parametrize("takes", [0.0, 5.0], ids=["refused at once", "no answer"])
def test_a_network_that_comes_after_a_minute_is_waited_for(takes: float) -> None:
    line = Line(up_after=60.0, takes=takes)
    line.arrival().wait_for(HERE)
    assert 60.0 <= line.now < 66.0


@pytest.mark.parametrize("takes", [0.0, 5.0])
def test_one_that_never_comes_is_waited_for_no_longer_than_said_and_by_the_first_alone(takes: float) -> None:
    line = Line(up_after=1e9, takes=takes)
    arrival = line.arrival(patience=10.0)
    arrival.wait_for(HERE)
    assert line.now == 10.0
    tried = len(line.tried)
    arrival.wait_for(THERE)
    assert len(line.tried) == tried


def test_no_attempt_outlasts_the_patience() -> None:
    line = Line(up_after=1e9, takes=60.0)
    line.arrival(patience=7.0).wait_for(HERE)
    assert line.now <= 7.5
    assert all(seconds <= 5.0 for _, seconds in line.tried)


def test_one_that_comes_in_the_last_second_is_reached() -> None:
    line = Line(up_after=9.5)
    line.arrival(patience=10.0).wait_for(HERE)
    assert (line.now, line.tried[-1]) == (9.5, (HERE, 0.5))


def test_an_address_that_took_all_the_time_leaves_none_to_the_next() -> None:
    line = Line(up_after=1e9, takes=5.0)
    line.arrival(patience=5.0).wait_for(HERE, THERE)
    assert line.tried == [(HERE, 5.0)]


def test_of_several_addresses_one_is_enough() -> None:
    line = Line(reachable=(THERE,))
    line.arrival().wait_for(HERE, THERE)
    assert [address for address, _ in line.tried] == [HERE, THERE]


def test_nobody_waits_where_the_network_is_known() -> None:
    line = Line(up_after=1e9)
    arrival = line.arrival()
    arrival.skip()
    arrival.wait_for(HERE)
    assert line.tried == []


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://storage.googleapis.com", ("storage.googleapis.com", 443)),
        ("https://api.drand.sh/v2", ("api.drand.sh", 443)),
        ("firestore.googleapis.com", ("firestore.googleapis.com", 443)),
        ("cloudkms.googleapis.com:443", ("cloudkms.googleapis.com", 443)),
        ("http://127.0.0.1:8080/x", ("127.0.0.1", 8080)),
        ("127.0.0.1:9090", ("127.0.0.1", 9090)),
    ],
)
def test_host_and_port_of_what_is_called(url: str, address: Address) -> None:
    assert address_of(url) == address
