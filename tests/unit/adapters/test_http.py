"""What is sent to Google's JSON APIs and what comes back: whoever prints it shows no person."""

from prizedraw.adapters.google.http import ErrorReply, get, post

CANARY = "hanako@example.jp"


def test_a_call_shows_where_it_goes_and_nothing_of_what_it_asks_or_says() -> None:
    for call in (get("v1/messages", q=f"to:{CANARY}"), post("v1/messages", {"to": CANARY})):
        assert "v1/messages" in repr(call)
        assert CANARY not in repr(call)


def test_an_error_reply_shows_its_status_and_nothing_of_its_body() -> None:
    error = ErrorReply(400, f"Invalid To header: {CANARY}".encode())
    assert "400" in str(error)
    assert CANARY not in f"{error} {error!r}"
