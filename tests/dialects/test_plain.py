from __future__ import annotations

import json

import pytest

from runreel.core.dialect import Call, Outline
from runreel.dialects.bodies import error_body
from runreel.dialects.plain import Plain
from support.build import make_answer, make_request

CASES = [
    ("chat completions", "POST", b"/v1/chat/completions", "chat.completions.create"),
    (
        "a deployment's",
        "POST",
        b"/openai/deployments/d/chat/completions?api-version=1",
        "chat.completions.create",
    ),
    ("responses", "POST", b"/v1/responses", "responses.create"),
    ("Anthropic's messages", "POST", b"/v1/messages", "messages.create"),
    ("only their POST", "GET", b"/v1/responses", ""),
    ("anything else", "POST", b"/v1/embeddings", ""),
    ("nothing", "GET", b"/", ""),
]


@pytest.mark.parametrize(
    ("reason", "method", "target", "operation"), CASES, ids=[c[0] for c in CASES]
)
def test_names(reason: str, method: str, target: bytes, operation: str) -> None:
    request = make_request(method, target, body=b"")
    assert Plain().claims(request)
    assert Plain().read(request) == Call(operation=operation, scope="")


def test_it_says_nothing_of_an_answer() -> None:
    assert Plain().outline(make_request(), make_answer()) == Outline()


def test_an_error_has_the_shape_that_sdks_print() -> None:
    error = {"message": 'no "x"', "type": "runreel_error", "param": None, "code": "miss"}
    assert json.loads(Plain().error('no "x"', "miss")) == {"error": error}
    assert Plain().error("a", "b") == error_body("a", "b")
