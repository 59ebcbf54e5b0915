"""Who looks at a store and who empties it: collections page by page, the mailbox in two parts, sheets by their ids."""

import pytest

from prizedraw.adapters.memory import Memory
from prizedraw.erasure.sweep import OutOfReach
from prizedraw.erasure.witnesses import SEALED, STATE, Collection
from prizedraw.errors import Again, Problem, tried
from prizedraw.ports import MAX_WRITES, Create, Found
from prizedraw.records.erasure import LinkedSheets
from prizedraw.records.fulfilment import Claim, Delivery
from prizedraw.records.running import ONLY
from support import erasure
from support.faults import Faults, Way, interposed

MANY = 2 * MAX_WRITES + 1
AWAY = Problem("E-990", "応答がありません。")


def filled(number: int = MANY) -> Memory:
    """Return a store with so many deliveries, and one record of another kind."""
    store = Memory("rally")
    for start in range(0, number, MAX_WRITES):
        ids = (f"label{n:05d}" for n in range(start, min(start + MAX_WRITES, number)))
        store.commit([Create(Delivery(id, "A", b"sealed")) for id in ids])
    store.commit([Create(Claim("label00001", "A", "", "", ""))])
    return store


class TestACollection:
    def test_is_counted_and_emptied_page_by_page(self) -> None:
        store = filled()
        eraser = Collection(store, Delivery)
        assert eraser.look() == Found(MANY)
        assert [eraser.erase() for _ in range(4)] == [MAX_WRITES, MAX_WRITES, 1, 0]
        assert (eraser.look(), store.count(Claim)) == (Found(0), 1)

    def test_that_is_filled_meanwhile_is_listed_anew_once_it_is_through(self) -> None:
        store = filled(3)
        eraser = Collection(store, Delivery)
        assert [eraser.erase(), eraser.erase()] == [3, 0]
        store.commit([Create(Delivery("late", "A", b"sealed"))])
        assert [eraser.erase(), eraser.erase()] == [1, 0]

    @pytest.mark.parametrize("way", [Way.AWAY, Way.LOST])
    @pytest.mark.parametrize("at", [0, 1, 2])
    def test_loses_no_page_of_which_the_deletion_failed(self, at: int, way: Way) -> None:
        """Whoever tries again gets the page that failed, not the one after it."""
        store = filled()
        eraser = Collection(Faults(at, way).before(store, "sealed"), Delivery)
        for _ in range(at):
            assert eraser.erase() == MAX_WRITES
        with pytest.raises(Again):
            eraser.erase()
        while eraser.erase():
            pass
        assert eraser.look() == Found(0)

    def test_of_each_kind_stands_in_one_database(self) -> None:
        assert not {kind.COLLECTION for kind in SEALED} & {kind.COLLECTION for kind in STATE}


class TestTheMailbox:
    def test_holds_nothing_more_where_mail_is_sent_between_the_two_looks(self) -> None:
        """All of it is counted first: what went out since is not among it, and fewer than none is no count."""
        made = erasure.ready()
        mailbox = made.mailbox
        mailbox.mails.clear()

        def sent_meanwhile() -> None:
            if mailbox.asked[-1:] == ["look"]:
                mailbox.mails["sent"] = "thread"

        made.mailbox = interposed(mailbox, look_sent=sent_meanwhile)
        made.daily()
        assert mailbox.mails
        assert made.rows("mailbox") == [(0, 0)]


class TestSheets:
    def test_are_remembered_as_long_as_the_form_tells_them(self) -> None:
        made = erasure.ready()
        made.daily()
        stored = made.world.state.get(LinkedSheets, ONLY)
        assert stored is not None
        assert stored.record.sheets == (erasure.SHEET,)
        made.sheets.there.add("another")
        made.form.sheet = "another"
        made.daily()
        stored = made.world.state.get(LinkedSheets, ONLY)
        assert stored is not None
        assert stored.record.sheets == tuple(sorted((erasure.SHEET, "another")))

    def test_that_were_seen_once_are_looked_at_though_the_form_is_gone(self) -> None:
        made = erasure.ready()
        made.daily()
        made.form.responses = None
        made.daily()
        assert made.place("sheet").after == 1
        made.sheets.there.clear()
        made.daily()
        assert made.place("sheet").after is None

    def test_of_a_form_that_never_could_be_read_are_unknown(self) -> None:
        made = erasure.ready()
        made.form.responses = None
        made.daily()
        assert made.world.state.get(LinkedSheets, ONLY) is None
        assert made.place("sheet").state.value == "unattested"


def test_what_no_program_sees_is_unknown() -> None:
    assert OutOfReach().look() == Found(None)


def test_a_problem_is_told_by_its_code_and_nothing_else_is_kept_from_the_caller() -> None:
    def away() -> int:
        raise Again(AWAY)

    def wrong() -> int:
        raise ValueError

    assert tried(lambda: 7, 0) == (7, "")
    assert tried(away, 0) == (0, "E-990")
    with pytest.raises(ValueError):  # noqa: PT011
        tried(wrong, 0)
