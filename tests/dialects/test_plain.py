from __future__ import annotations

import json

from runreel.core.dialect import CallMeaning
from runreel.dialects.base.bodies import build_openai_error
from runreel.dialects.plain import Plain
from support.build import make_answer, make_request


def test_it_knows_no_operation() -> None:
    for target in (b"/", b"/v1/embeddings", b"/v1/threads"):
        request = make_request("GET", target, body=b"")
        assert Plain().interpret(request) == CallMeaning(operation="", scope="")
        assert Plain().find_scope(request) == ""


def test_no_answer_is_known_to_create_a_thread() -> None:
    assert (
        Plain().find_created(make_request(), make_answer(b'{"object": "thread", "id": "t"}')) == ""
    )


def test_an_error_has_the_format_that_sdks_print() -> None:
    error = {"message": 'no "x"', "type": "runreel_error", "param": None, "code": "miss"}
    assert json.loads(Plain().build_error('no "x"', "miss")) == {"error": error}
    assert Plain().build_error("a", "b") == build_openai_error("a", "b")
