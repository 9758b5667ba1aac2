"""What a create-run request asks for, in the order in which one reads it."""

from __future__ import annotations

from runreel.dialects.assistants.asked import _ORDER, collect_run_request_fields
from runreel.dialects.assistants.runs import BODY_TYPES
from runreel.model import Problem
from support.build import make_request


def test_fields_come_in_reading_order_and_unknown_ones_apart() -> None:
    body = b'{"metadata": {}, "surprise": 1, "tools": [], "model": null, "assistant_id": "asst_1"}'
    found = collect_run_request_fields(
        make_request(target=b"/v1/threads/thread_1/runs?include=x", body=body)
    )
    assert found is not None
    assert list(found.fields) == ["assistant_id", "model", "tools", "metadata"]
    assert found.unknown == {"surprise": 1}
    assert (found.operation, found.thread_id, found.run_id) == ("runs.create", "thread_1", "")
    assert found.include == ("x",)
    assert {problem.path for problem in found.problems} == {"surprise", "query.include[0]"}


def test_a_field_of_a_wrong_type_is_shown_as_it_was_sent() -> None:
    found = collect_run_request_fields(
        make_request(body=b'{"assistant_id": 1, "temperature": "hot"}')
    )
    assert found is not None
    assert found.fields == {"assistant_id": 1, "temperature": "hot"}
    assert {problem.path for problem in found.problems} == {"assistant_id", "temperature"}


def test_a_field_of_another_operation_is_unknown() -> None:
    target = b"/threads/thread_1/runs/run_1/submit_tool_outputs"
    found = collect_run_request_fields(
        make_request(target=target, body=b'{"tool_outputs": [], "model": "m"}')
    )
    assert found is not None
    assert found.fields == {"tool_outputs": []}
    assert found.unknown == {"model": "m"}
    assert found.run_id == "run_1"


def test_a_body_that_is_no_object_has_no_fields() -> None:
    found = collect_run_request_fields(make_request(body=b"[1]"))
    assert found is not None
    assert not found.fields
    assert not found.unknown
    assert found.problems == (Problem("body", "is JSON, but not an object"),)


def test_other_calls_ask_for_no_run() -> None:
    assert collect_run_request_fields(make_request("GET", b"/v1/threads/thread_1/runs")) is None


def test_every_documented_field_has_its_place() -> None:
    documented = {name for body in BODY_TYPES.values() for name in body.__struct_fields__}
    assert documented - {"extra"} == set(_ORDER)
    assert len(_ORDER) == len(set(_ORDER))
