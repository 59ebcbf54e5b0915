"""Fault points: their names, the four ways to fail, what a dead process may still do, and the choice by a seed."""

from dataclasses import dataclass, field

import pytest

from prizedraw.errors import Again
from support.faults import Faults, Killed, Way, faults_at


class Taken(Exception):
    """An answer that the service gives."""


@dataclass
class Shop:
    """A port that records what was ordered; the second order of a thing is refused."""

    ordered: list[str] = field(default_factory=list)

    def create(self, name: str, *, size: int = 1) -> bool:
        if name in self.ordered:
            raise Taken
        self.ordered += [name] * size
        return True

    def names(self) -> list[str]:
        return list(self.ordered)


@pytest.fixture
def faults() -> Faults:
    return Faults()


@pytest.fixture
def shop() -> Shop:
    return Shop()


def before(faults: Faults, shop: Shop) -> Shop:
    """Return the shop as a new process of a step meets it."""
    return faults.process("step").before(shop, "shop")


class TestPoints:
    def test_are_numbered_through_all_processes_by_step_port_and_method(self, faults: Faults, shop: Shop) -> None:
        before(faults, shop).create("a")
        before(faults, shop).create("b", size=2)
        faults.process("other").before(Shop(), "shop").create("a")
        assert faults.points == ["step.shop.create#1", "step.shop.create#2", "other.shop.create#1"]
        assert shop.ordered == ["a", "b", "b"]

    def test_a_read_is_none(self, faults: Faults, shop: Shop) -> None:
        shop.create("a")
        assert before(faults, shop).names() == ["a"]
        assert faults.points == []

    def test_without_a_fault_answers_and_errors_pass(self, faults: Faults, shop: Shop) -> None:
        assert before(faults, shop).create("a") is True
        with pytest.raises(Taken):
            before(faults, shop).create("a")
        assert faults.fired == []

    def test_every_point_has_every_way(self) -> None:
        assert faults_at(["p#1"]) == ["p#1.before", "p#1.away", "p#1.lost", "p#1.after"]


class TestWays:
    @pytest.mark.parametrize(
        ("way", "seen", "ordered"),
        [
            ("before", Killed, ["a"]),
            ("away", Again, ["a"]),
            ("lost", Again, ["a", "b"]),
            ("after", Killed, ["a", "b"]),
        ],
    )
    def test_what_is_seen_and_what_is_done(
        self, faults: Faults, shop: Shop, way: str, seen: type[BaseException], ordered: list[str]
    ) -> None:
        fault = f"step.shop.create#2.{way}"
        faults.arm(fault)
        port = before(faults, shop)
        port.create("a")
        with pytest.raises(seen):
            port.create("b")
        assert shop.ordered == ordered
        assert faults.fired == [fault]

    @pytest.mark.parametrize("way", Way)
    def test_happen_once(self, faults: Faults, shop: Shop, way: Way) -> None:
        faults.arm(f"step.shop.create#1.{way}")
        with pytest.raises((Killed, Again)):
            before(faults, shop).create("a")
        before(faults, shop).create("b")
        assert "b" in shop.ordered

    @pytest.mark.parametrize(("way", "seen"), [("lost", Again), ("after", Killed)])
    def test_a_refusal_that_is_lost_is_not_seen(
        self, faults: Faults, shop: Shop, way: str, seen: type[BaseException]
    ) -> None:
        shop.create("a")
        faults.arm(f"step.shop.create#1.{way}")
        with pytest.raises(seen):
            before(faults, shop).create("a")

    def test_there_are_no_others(self, faults: Faults) -> None:
        with pytest.raises(ValueError, match="sometimes"):
            faults.arm("step.shop.create#1.sometimes")


class TestTheDead:
    def test_do_nothing_more_and_read_nothing(self, faults: Faults, shop: Shop) -> None:
        faults.arm("step.shop.create#1.before")
        process = faults.process("step")
        port, other = process.before(shop, "shop"), process.before(Shop(), "other")
        with pytest.raises(Killed):
            port.create("a")
        for call in (lambda: port.create("b"), port.names, other.names):
            with pytest.raises(Killed):
                call()
        assert shop.ordered == []
        assert faults.points == ["step.shop.create#1"]

    def test_are_not_taken_for_an_error(self) -> None:
        assert not issubclass(Killed, Exception)

    def test_do_not_stop_another_process(self, faults: Faults, shop: Shop) -> None:
        faults.arm("step.shop.create#1.after")
        with pytest.raises(Killed):
            before(faults, shop).create("a")
        assert before(faults, shop).names() == ["a"]


class TestMeanwhile:
    def test_something_happens_before_the_write_and_the_step_goes_on(self, faults: Faults, shop: Shop) -> None:
        faults.meanwhile("step.shop.create#2", lambda: before(faults, shop).create("between"))
        port = before(faults, shop)
        for name in ("a", "b", "c"):
            port.create(name)
        assert shop.ordered == ["a", "between", "b", "c"]
        assert faults.points == [f"step.shop.create#{number}" for number in (1, 2, 3, 4)]
        assert faults.fired == []


class TestSeeds:
    def test_the_same_seed_chooses_the_same_fault(self) -> None:
        faults = faults_at([f"p#{number}" for number in range(50)])
        chosen = [Faults().arm_by_seed(seed, faults) for seed in range(20)]
        assert chosen == [Faults().arm_by_seed(seed, faults) for seed in range(20)]
        assert len(set(chosen)) > 10

    def test_what_was_chosen_is_armed(self, faults: Faults, shop: Shop) -> None:
        chosen = faults.arm_by_seed(7, faults_at(["step.shop.create#1"]))
        with pytest.raises((Killed, Again)):
            before(faults, shop).create("a")
        assert faults.fired == [chosen]
