"""Orders and replies: bodies are closed, faults do not repeat the input, replies have one shape."""

import pytest
from pydantic import ValidationError

from prizedraw.runtime.orders import Order, Reply, Result


@pytest.mark.parametrize("body", [{}, {"confirm": None}, {"confirm": "ABCD-EFGH"}])
def test_an_order_is_empty_or_carries_a_code(body: dict[str, object]) -> None:
    assert Order.model_validate(body).confirm == body.get("confirm")


@pytest.mark.parametrize("body", [{"confirm": 12345678}, {"confirm": "x" * 33}, {"confirm": True}, {"Confirm": "A"}])
def test_what_is_not_asked_for_is_a_fault_that_does_not_repeat_the_input(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError) as caught:
        Order.model_validate(body)
    assert "input_value" not in str(caught.value)


def test_a_reply_has_five_fields_and_never_carries_its_page_in_them() -> None:
    reply = Reply(Result.REPORT, ("受付中です。",), {"応募": 3}, next="3月1日を待ってください。", page="<html>")
    assert reply.to_json() == {
        "result": "現在の状況です",
        "summary": ["受付中です。"],
        "counts": {"応募": 3},
        "next": "3月1日を待ってください。",
        "confirm": None,
    }
    assert "<html>" not in repr(reply)
