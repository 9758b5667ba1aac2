from __future__ import annotations

import pytest

from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.responses import RESPONSES
from support.build import make_request

CALLS = [
    ("POST", b"/v1/responses", "responses.create"),
    ("POST", b"/openai/v1/responses?api-version=preview", "responses.create"),
    ("GET", b"/v1/responses/resp_1", "responses.retrieve"),
    ("DELETE", b"/v1/responses/resp_1", "responses.delete"),
    ("POST", b"/v1/responses/resp_1/cancel", "responses.cancel"),
    ("GET", b"/v1/responses/resp_1/input_items", "responses.input_items.list"),
]


@pytest.mark.parametrize(("method", "target", "operation"), CALLS, ids=[row[2] for row in CALLS])
def test_the_operation_of_a_call(method: str, target: bytes, operation: str) -> None:
    assert RESPONSES.interpret(make_request(method, target)).operation == operation


def test_an_error_has_the_format_of_openai() -> None:
    assert RESPONSES.build_error("no", "miss") == build_openai_error("no", "miss")
