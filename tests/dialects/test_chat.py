from __future__ import annotations

import pytest

from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.chat import CHAT
from support.build import make_request

CALLS = [
    ("POST", b"/v1/chat/completions", "chat.completions.create"),
    ("POST", b"/openai/deployments/d/chat/completions?api-version=1", "chat.completions.create"),
    ("GET", b"/v1/chat/completions", "chat.completions.list"),
    ("GET", b"/v1/chat/completions/chatcmpl-1", "chat.completions.retrieve"),
    ("DELETE", b"/v1/chat/completions/chatcmpl-1", "chat.completions.delete"),
    ("POST", b"/v1/completions", "completions.create"),
]


@pytest.mark.parametrize(
    ("method", "target", "operation"), CALLS, ids=[row[1].decode() for row in CALLS]
)
def test_the_operation_of_a_call(method: str, target: bytes, operation: str) -> None:
    assert CHAT.interpret(make_request(method, target)).operation == operation


def test_an_error_has_the_format_of_openai() -> None:
    assert CHAT.build_error("no", "miss") == build_openai_error("no", "miss")
