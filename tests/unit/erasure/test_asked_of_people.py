"""What only people can do is asked of them in whole sentences, and never drowned by 操作は要りません."""

import re

import pytest

from prizedraw.erasure.places import PLACES, Place, PlaceKind
from support.erasure import Ground, ready
from support.replies import told

OF_PEOPLE = [place for place in PLACES if place.kind is PlaceKind.PERSON]


@pytest.mark.parametrize("place", OF_PEOPLE, ids=lambda place: place.id)
def test_what_a_person_is_asked_to_do_can_be_followed_by_please(place: Place) -> None:
    last = place.method.removesuffix("）").rpartition("（")[2] if place.method.endswith("）") else place.method
    assert re.search(r"[一-龥ァ-ヶー]$", last), f"{place.method}してください"


def test_a_method_that_cannot_is_seen() -> None:
    assert not re.search(r"[一-龥ァ-ヶー]$", "7日が過ぎるのを待つ")


@pytest.fixture
def asked() -> Ground:
    """Return a campaign in which the program has work left, and people too."""
    return ready()


def test_who_looks_is_not_told_that_nothing_is_to_be_done(asked: Ground) -> None:
    reply = asked.erase()
    assert reply.confirm
    assert any("確かめた方の氏名" in sentence for sentence in reply.summary)
    assert told(reply).startswith("担当者の作業（上の「」の場所）を行ってください。")
    assert "操作は要りません" not in reply.next
    assert reply.confirm in reply.next
