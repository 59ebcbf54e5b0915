"""Samples: before opening an operator sees each mail as it will come, marked as a test; nobody else gets one."""

import re

import pytest

from prizedraw.errors import Again, Broken, Refused
from prizedraw.fulfilment import claim_code
from prizedraw.mail import samples
from prizedraw.mail.compose import VALUES
from prizedraw.records.mail import MailRow
from prizedraw.runtime.orders import Result
from prizedraw.times import instant_of
from support.stages import frozen, prepared
from support.world import ANOTHER, OPERATOR, SCHEDULER, World, confirmed, sentences

KINDS = [kind for kind in VALUES if kind != "receipt"]


@pytest.fixture
def world() -> World:
    return prepared()


def test_one_of_each_kind_goes_to_whoever_asks_marked_as_a_test(world: World) -> None:
    before = len(world.letters())
    assert confirmed(world.notify, caller=OPERATOR, test=True).counts == {"見本": len(KINDS)}
    letters = world.letters()[before:]
    assert world.kinds_sent()[before:] == [f"test-{kind}" for kind in KINDS]
    for letter in letters:
        plain, html = letter.get_body(("plain",)), letter.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert letter["To"] == OPERATOR.principal
        assert str(letter["Subject"]).startswith("【テスト】")
        assert plain.get_content().startswith("◆◆ 【テスト】このメールは見本です")
        assert "【テスト】このメールは見本です" in html.get_content()


def test_a_real_mail_bears_no_mark() -> None:
    world = frozen()
    world.notify()
    [letter] = world.letters()
    assert "テスト" not in letter.as_string() + str(letter["Subject"])


def test_the_code_is_nobodys(world: World) -> None:
    assert claim_code.normalise(samples.CODE) is None


def test_without_the_code_nothing_goes_and_the_reply_names_the_address(world: World) -> None:
    before = world.written(), len(world.letters())
    reply = world.notify(caller=OPERATOR, test=True)
    assert reply.result == Result.ASK
    assert OPERATOR.principal in sentences(reply)
    assert f'{{"test": true, "confirm": "{reply.confirm}"}}' in reply.next
    assert (world.written(), len(world.letters())) == before


def test_the_code_of_another_operator_sends_nothing(world: World) -> None:
    code = world.notify(caller=OPERATOR, test=True).confirm
    with pytest.raises(Refused):
        world.notify(code, caller=ANOTHER, test=True)
    world.notify(code, caller=OPERATOR)
    assert not [kind for kind in world.kinds_sent() if kind.startswith("test-")]


def test_can_be_asked_for_again_and_leaves_no_row(world: World) -> None:
    for _ in range(2):
        confirmed(world.notify, caller=OPERATOR, test=True)
    assert len(world.kinds_sent()) == 2 * len(KINDS)
    assert [row.id for row in world.state.scan(MailRow)] == ["rules-ward"]
    assert world.journal()[-1] == ("notify", "tested", OPERATOR.principal)


def test_one_that_comes_back_is_no_riddle(world: World) -> None:
    confirmed(world.notify, caller=OPERATOR, test=True)
    [reference, *_] = [str(letter["X-Prizedraw-Reference"]) for letter in world.letters()]
    world.bounces.put(instant_of(world.clock()), reference)
    world.notify()
    assert "読み取れない不達通知" not in world.status().counts


@pytest.mark.parametrize("when", ["before prepare", "after opening", "by the schedule"])
def test_is_refused_where_it_makes_no_sense(when: str) -> None:
    world = World() if when == "before prepare" else prepared()
    if when == "after opening":
        world.clock.now = world.campaign.opens_at
    with pytest.raises(Refused) as caught:
        world.notify(caller=SCHEDULER if when == "by the schedule" else OPERATOR, test=True)
    assert re.search(r"E-613", caught.value.problem.code)
    assert world.letters() == []


@pytest.mark.parametrize(
    ("kind", "error", "code"),
    [("message", Refused, "E-614"), ("quota", Refused, "E-614"), ("credentials", Broken, "E-603")],
)
def test_a_refusal_is_said(kind: str, error: type[Exception], code: str, world: World) -> None:
    world.mail.fail("create_draft", kind)  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        confirmed(world.notify, caller=OPERATOR, test=True)
    assert code in str(caught.value.problem.code)  # type: ignore[attr-defined]


def test_without_an_answer_it_is_asked_for_again(world: World) -> None:
    world.mail.fail("send_draft", "lost_before")
    with pytest.raises(Again):
        confirmed(world.notify, caller=OPERATOR, test=True)
    assert confirmed(world.notify, caller=OPERATOR, test=True).result == Result.DONE
