"""Enough of OpenAI's Responses API to hold a conversation: responses, and chains of them.

A response calls the first function among its tools unless its input has the output of one, and else
writes a text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from runreel.simulator import answers
from runreel.simulator.api.requests import ApiCall
from runreel.simulator.api_error import make_missing_error, make_not_found_error
from runreel.simulator.events import SimulatedEvent
from runreel.simulator.objects import JsonObject
from runreel.simulator.state import SimulatorState

_ASSISTANT_TEXT = {"type": "output_text", "annotations": [], "logprobs": []}


def create_response(state: SimulatorState, call: ApiCall) -> JsonObject | Iterator[SimulatedEvent]:
    """Create a response, streamed if the body says so."""
    body = call.body
    if "input" not in body.fields:
        raise make_missing_error("input")
    previous = body.get_text("previous_response_id")
    if previous is not None and previous not in state.responses:
        raise make_not_found_error("response", previous)
    response: dict[str, Any] = {
        "id": state.allocate_id("resp_"),
        "object": "response",
        "created_at": state.get_time(),
        "status": "in_progress",
        "model": body.require_text("model"),
        "previous_response_id": previous,
        "output": [],
        "usage": None,
        "error": None,
    }
    item = _build_item(state, body.fields)
    state.responses[response["id"]] = _complete(response, item)
    if body.get_flag("stream", default=False):
        return _stream(response, item)
    return state.responses[response["id"]]


def retrieve_response(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a response that was created before."""
    response_id = call.ids["response_id"]
    if response_id not in state.responses:
        raise make_not_found_error("response", response_id)
    return state.responses[response_id]


def _build_item(state: SimulatorState, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the only item of the output: a call of a function, or a message."""
    outputs, question = _read_input(fields["input"])
    functions = [each for each in fields.get("tools") or [] if each.get("type") == "function"]
    if functions and not outputs:
        return {
            "id": state.allocate_id("fc_"),
            "type": "function_call",
            "status": "completed",
            "call_id": state.allocate_id("call_"),
            "name": functions[0]["name"],
            "arguments": answers.compose_arguments(functions[0]),
        }
    reply = answers.compose_tool_reply(outputs) if outputs else answers.compose_reply(question)
    return {
        "id": state.allocate_id("msg_"),
        "type": "message",
        "status": "completed",
        "role": "assistant",
        "content": [{**_ASSISTANT_TEXT, "text": reply}],
    }


def _read_input(value: object) -> tuple[Sequence[str], str]:
    """Return the outputs of functions in an input, and the texts of its messages."""
    if not isinstance(value, list):
        return (), str(value)
    items = [item for item in value if isinstance(item, dict)]
    outputs = [str(each["output"]) for each in items if each.get("type") == "function_call_output"]
    texts = [_join_content(each.get("content", "")) for each in items]
    return outputs, "\n".join(filter(None, texts))


def _join_content(content: object) -> str:
    if isinstance(content, list):
        return " ".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content)


def _complete(response: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    usage = {
        "input_tokens": 24,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 12,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 36,
    }
    return {**response, "status": "completed", "output": [item], "usage": usage}


def _stream(response: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[SimulatedEvent]:
    events = (
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        *_list_item_events(item),
        {"type": "response.completed", "response": _complete(response, item)},
    )
    for number, event in enumerate(events):
        yield SimulatedEvent(str(event["type"]), {**event, "sequence_number": number})


def _list_item_events(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    place: dict[str, Any] = {"item_id": item["id"], "output_index": 0}
    is_call = item["type"] == "function_call"
    empty: dict[str, Any] = {"arguments": ""} if is_call else {"content": []}
    started = {**item, "status": "in_progress", **empty}
    yield {"type": "response.output_item.added", "output_index": 0, "item": started}
    text = item["arguments"] if is_call else item["content"][0]["text"]
    if is_call:
        kind, member = "function_call_arguments", "arguments"
    else:
        kind, member, place["content_index"] = "output_text", "text", 0
        part = {**_ASSISTANT_TEXT, "text": ""}
        yield {"type": "response.content_part.added", **place, "part": part}
    extra: dict[str, Any] = {} if is_call else {"logprobs": []}
    for piece in answers.split_text(text):
        yield {"type": f"response.{kind}.delta", **place, "delta": piece, **extra}
    yield {"type": f"response.{kind}.done", **place, member: text, **extra}
    if not is_call:
        yield {"type": "response.content_part.done", **place, "part": item["content"][0]}
    yield {"type": "response.output_item.done", "output_index": 0, "item": item}
