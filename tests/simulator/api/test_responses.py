"""Responses without a socket."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.api.responses import create_response, retrieve_response
from runreel.simulator.api_error import ApiError
from runreel.simulator.state import SimulatorState

FUNCTION = {"type": "function", "name": "find", "parameters": {}}


def create(state: SimulatorState, **fields: object) -> Any:
    return create_response(state, ApiCall(body=JsonBody({"model": "m", **fields})))  # type: ignore[dict-item]  # any JSON


def make_state() -> SimulatorState:
    return SimulatorState(lambda: 1_700_000_000.0)


def test_a_response_can_be_continued_and_retrieved() -> None:
    state = make_state()
    first = create(state, input="Hi")
    second = create(
        state, input=[{"role": "user", "content": "Hi"}], previous_response_id=first["id"]
    )
    assert (first["status"], second["previous_response_id"]) == ("completed", first["id"])
    found: Any = retrieve_response(state, ApiCall({"response_id": first["id"]}))
    assert found == first
    assert found["output"][0]["content"][0]["text"].startswith("Hello")


def test_a_function_is_called_until_its_output_comes() -> None:
    state = make_state()
    call = create(state, input="Hi", tools=[FUNCTION])["output"][0]
    assert (call["type"], call["name"]) == ("function_call", "find")
    output = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
    reply = create(state, input=[output], tools=[FUNCTION])["output"][0]
    assert "42" in reply["content"][0]["text"]


STREAMS = [
    ("a message", {}, "output_text"),
    ("a call", {"tools": [FUNCTION]}, "function_call_arguments"),
]


@pytest.mark.parametrize(("reason", "fields", "kind"), STREAMS, ids=[row[0] for row in STREAMS])
def test_a_stream_adds_up(reason: str, fields: Mapping[str, Any], kind: str) -> None:
    events: Iterator[Any] = create(make_state(), input="Hi", stream=True, **fields)
    data = [event.data for event in events]
    assert [each["sequence_number"] for each in data] == [*range(len(data))]
    deltas = "".join(each["delta"] for each in data if each["type"] == f"response.{kind}.delta")
    [done] = [each for each in data if each["type"] == f"response.{kind}.done"]
    assert deltas == done["text" if kind == "output_text" else "arguments"]
    assert data[-1]["response"]["status"] == "completed"


ERRORS = [
    ("no input", {}, 400),
    ("an unknown response", {"input": "Hi", "previous_response_id": "resp_9"}, 404),
]


@pytest.mark.parametrize(("reason", "fields", "status"), ERRORS, ids=[row[0] for row in ERRORS])
def test_mistakes_are_refused(reason: str, fields: Mapping[str, Any], status: int) -> None:
    with pytest.raises(ApiError) as caught:
        create(make_state(), **fields)
    assert caught.value.status == status


def test_an_unknown_response_is_not_found() -> None:
    with pytest.raises(ApiError) as caught:
        retrieve_response(make_state(), ApiCall({"response_id": "resp_9"}))
    assert caught.value.status == 404
