from __future__ import annotations

from runreel.core.redact.message import RawMessage
from support.build import make_answer, make_request

HEADERS = ((b"A", b"1"), (b"a", b"2"))


def test_the_line_of_a_request_is_its_target() -> None:
    message = RawMessage.from_request(make_request(target=b"/x?y", headers=HEADERS, body=b"{}"))
    assert (message.list_heads(), message.body) == ((b"/x?y", b"1", b"2"), b"{}")


def test_the_line_of_an_answer_is_its_reason() -> None:
    message = RawMessage.from_answer(make_answer(b"hi", reason=b"OK", headers=HEADERS), whole=True)
    assert (message.list_heads(), message.body) == ((b"OK", b"1", b"2"), b"hi")
