from __future__ import annotations

import json

import pytest

from runreel.dialects.anthropic import ANTHROPIC
from support.build import make_request

CALLS = [
    ("POST", b"/v1/messages", "messages.create"),
    ("POST", b"/proxy/v1/messages?beta=true", "messages.create"),
    ("POST", b"/v1/messages/count_tokens", "messages.count_tokens"),
    ("POST", b"/v1/complete", "completions.create"),
]


@pytest.mark.parametrize(
    ("method", "target", "operation"), CALLS, ids=[row[1].decode() for row in CALLS]
)
def test_the_operation_of_a_call(method: str, target: bytes, operation: str) -> None:
    assert ANTHROPIC.interpret(make_request(method, target)).operation == operation


def test_an_error_has_the_format_that_the_sdk_prints() -> None:
    error = {"type": "miss", "message": 'no "x"'}
    assert json.loads(ANTHROPIC.build_error('no "x"', "miss")) == {"type": "error", "error": error}
