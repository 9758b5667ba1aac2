"""The fields of a create-run request, in reading order."""

from __future__ import annotations

from runreel.dialects.assistants.run_request_fields import _ORDER, collect_run_request_fields
from runreel.dialects.assistants.runs import BODY_TYPES
from runreel.model import Problem
from support.build import make_request


def test_fields_are_in_reading_order_and_unknown_ones_separate() -> None:
    body = b'{"metadata": {}, "surprise": 1, "tools": [], "model": null, "assistant_id": "asst_1"}'
    fields = collect_run_request_fields(
        make_request(target=b"/v1/threads/thread_1/runs?include=x", body=body)
    )
    assert fields is not None
    assert list(fields.fields) == ["assistant_id", "model", "tools", "metadata"]
    assert fields.unknown == {"surprise": 1}
    assert (fields.operation, fields.thread_id, fields.run_id) == ("runs.create", "thread_1", "")
    assert fields.include == ("x",)
    assert {problem.path for problem in fields.problems} == {"surprise", "query.include[0]"}


def test_a_field_of_a_wrong_type_is_shown_as_it_was_sent() -> None:
    fields = collect_run_request_fields(
        make_request(body=b'{"assistant_id": 1, "temperature": "hot"}')
    )
    assert fields is not None
    assert fields.fields == {"assistant_id": 1, "temperature": "hot"}
    assert {problem.path for problem in fields.problems} == {"assistant_id", "temperature"}


def test_a_field_of_another_operation_is_unknown() -> None:
    target = b"/threads/thread_1/runs/run_1/submit_tool_outputs"
    fields = collect_run_request_fields(
        make_request(target=target, body=b'{"tool_outputs": [], "model": "m"}')
    )
    assert fields is not None
    assert fields.fields == {"tool_outputs": []}
    assert fields.unknown == {"model": "m"}
    assert fields.run_id == "run_1"


def test_a_body_that_is_not_an_object_has_no_fields() -> None:
    fields = collect_run_request_fields(make_request(body=b"[1]"))
    assert fields is not None
    assert not fields.fields
    assert not fields.unknown
    assert fields.problems == (Problem("body", "is JSON, but not an object"),)


def test_other_calls_have_no_run() -> None:
    assert collect_run_request_fields(make_request("GET", b"/v1/threads/thread_1/runs")) is None


def test_every_documented_field_is_in_the_reading_order() -> None:
    documented = {name for body in BODY_TYPES.values() for name in body.__struct_fields__}
    assert documented - {"extra"} == set(_ORDER)
    assert len(_ORDER) == len(set(_ORDER))
