"""Runs without a socket: the events of streams, the results of polling, the errors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pytest

from runreel.simulator.api import assistants, files, runs, threads
from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.api.routes import Operation
from runreel.simulator.api_error import ApiError
from runreel.simulator.events import BREAK, SimulatedEvent
from runreel.simulator.state import SimulatorState
from support.sample_data import FOLDER as DATA

FUNCTION = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}
EMPTY: Mapping[str, Any] = {}
CODE = {"type": "code_interpreter"}

CREATED = ["run.created", "run.queued", "run.in_progress"]
STEP = ["run.step.created", "run.step.in_progress"]
MESSAGE = ["message.created", "message.in_progress", "message.delta"]
MESSAGE_WRITTEN = [*STEP, *MESSAGE, "message.completed", "run.step.completed", "run.completed"]
CODE_RUN = [*STEP, "run.step.delta", "run.step.completed"]
FUNCTION_CALLED = [*STEP, "run.step.delta", "run.requires_action"]

STREAMS: list[tuple[str, dict[str, Any], list[str]]] = [
    ("a message", {}, [*CREATED, *MESSAGE_WRITTEN]),
    ("code, then a message", {"tools": [CODE]}, [*CREATED, *CODE_RUN, *MESSAGE_WRITTEN]),
    ("a function is called", {"tools": [FUNCTION]}, [*CREATED, *FUNCTION_CALLED]),
    ("code, then a function", {"tools": [FUNCTION, CODE]}, [*CREATED, *CODE_RUN, *FUNCTION_CALLED]),
    (
        "no call if tool_choice is none",
        {"tools": [FUNCTION], "tool_choice": "none"},
        [*CREATED, *MESSAGE_WRITTEN],
    ),
    (
        "failed",
        {"metadata": {"simulate": "fail"}},
        [*CREATED, *STEP, *MESSAGE, "message.incomplete", "run.step.failed", "run.failed"],
    ),
    (
        "failed after some code",
        {"tools": [CODE], "metadata": {"simulate": "fail"}},
        [
            *CREATED,
            *CODE_RUN,
            *STEP,
            *MESSAGE,
            "message.incomplete",
            "run.step.failed",
            "run.failed",
        ],
    ),
    (
        "expired",
        {"metadata": {"simulate": "expire"}},
        [*CREATED, *STEP, *MESSAGE, "message.incomplete", "run.step.expired", "run.expired"],
    ),
    (
        "incomplete",
        {"metadata": {"simulate": "incomplete"}},
        [*CREATED, *STEP, *MESSAGE, "message.incomplete", "run.step.completed", "run.incomplete"],
    ),
    (
        "broken in the middle of the text",
        {"metadata": {"simulate": "break"}},
        [*CREATED, *STEP, *MESSAGE, "break", "message.delta", *MESSAGE_WRITTEN[5:]],
    ),
    ("an unknown value is ignored", {"metadata": {"simulate": "?"}}, [*CREATED, *MESSAGE_WRITTEN]),
]


class Simulation:
    """A simulator without a socket, with one assistant and one thread."""

    def __init__(self) -> None:
        self.state = SimulatorState(lambda: 1_700_000_000.9)
        self.ids: dict[str, str] = {}
        self.assistant = self.call(assistants.create_assistant, {"model": "gpt-4o"})
        hello = {"messages": [{"role": "user", "content": "Grüß Gott"}]}
        self.thread = self.call(threads.create_thread, hello)
        self.ids = {"thread_id": self.thread["id"]}

    def call(self, operation: Operation, body: Mapping[str, Any] = EMPTY, /, **ids: Any) -> Any:
        """Call an operation; return an object, or an iterator of events."""
        return operation(self.state, ApiCall({**self.ids, **ids}, {}, JsonBody(body)))

    def create_run(self, **fields: Any) -> Any:
        """Create a run; return the run, or an iterator of events."""
        body = {"assistant_id": self.assistant["id"], **fields}
        return self.call(runs.create_run, body)

    def list_oldest_first(self, operation: Operation, **ids: str) -> list[Any]:
        """Return the objects of a list, oldest first."""
        items: list[Any] = self.call(operation, **ids)["data"]
        return items[::-1]

    def submit_outputs(self, run: Any, output: str = "70 °F", **fields: Any) -> Any:
        """Submit the outputs of all calls that a run waits for; return the run, or its events."""
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        outputs = [{"tool_call_id": call["id"], "output": output} for call in calls]
        body = {"tool_outputs": outputs, **fields}
        return self.call(runs.submit_tool_outputs, body, run_id=run["id"])


def group_names(events: Iterator[SimulatedEvent]) -> list[str]:
    """Return the events' names without their common prefix; repeated names are listed once."""
    return [name.removeprefix("thread.") for name, _ in groupby(each.name for each in events)]


def join_deltas(events: list[SimulatedEvent]) -> str:
    """Return the text deltas, joined."""
    deltas: list[Any] = [each.data for each in events if each.name == "thread.message.delta"]
    return "".join(delta["delta"]["content"][0]["text"]["value"] for delta in deltas)


@pytest.mark.parametrize(
    ("fields", "expected"), [row[1:] for row in STREAMS], ids=[row[0] for row in STREAMS]
)
def test_events_of_a_stream(fields: dict[str, Any], expected: list[str]) -> None:
    assert group_names(Simulation().create_run(stream=True, **fields)) == expected


@pytest.mark.parametrize("fields", [row[1] for row in STREAMS], ids=[row[0] for row in STREAMS])
def test_polling_ends_where_a_stream_ends(fields: dict[str, Any]) -> None:
    streamed, polled = Simulation(), Simulation()
    last = [each for each in streamed.create_run(stream=True, **fields) if each is not BREAK][
        -1
    ].data
    run = polled.create_run(**fields)
    statuses = [run["status"]]
    for _ in range(3):
        run = polled.call(runs.retrieve_run, run_id=run["id"])
        statuses.append(run["status"])
    assert run == last
    assert statuses == ["queued", "in_progress", last["status"], last["status"]]


def test_deltas_joined_are_the_message() -> None:
    bench = Simulation()
    text = join_deltas(list(bench.create_run(stream=True)))
    (message,) = bench.list_oldest_first(threads.list_messages)[1:]
    (part,) = message["content"]
    assert part == {"type": "text", "text": {"value": text, "annotations": []}}
    assert "“Grüß Gott”" in text


def test_only_the_first_delta_has_annotations() -> None:
    deltas = [
        each.data
        for each in Simulation().create_run(stream=True)
        if each.name.endswith("message.delta")
    ]
    have_annotations = ["annotations" in delta["delta"]["content"][0]["text"] for delta in deltas]
    assert have_annotations == [True] + [False] * (len(deltas) - 1)


def test_argument_deltas_joined_are_the_arguments() -> None:
    events = list(Simulation().create_run(stream=True, tools=[FUNCTION]))
    deltas = [each.data for each in events if each.name == "thread.run.step.delta"]
    calls = [delta["delta"]["step_details"]["tool_calls"][0] for delta in deltas]
    joined = "".join(call["function"]["arguments"] for call in calls)
    (required,) = events[-1].data["required_action"]["submit_tool_outputs"]["tool_calls"]
    assert len(deltas) > 2
    assert calls[0]["id"] == required["id"]
    assert required["function"] == {"name": "get_weather", "arguments": joined}
    assert json.loads(joined) == {"city": "some city"}


def test_tool_outputs_are_quoted_and_stored_in_the_step() -> None:
    bench = Simulation()
    *_, waiting = bench.create_run(stream=True, tools=[FUNCTION])
    events = list(bench.submit_outputs(waiting.data, "70 °F", stream=True))
    assert group_names(iter(events)) == [
        "run.step.completed",
        "run.queued",
        "run.in_progress",
        *MESSAGE_WRITTEN,
    ]
    assert "“70 °F”" in join_deltas(events)
    step: Any = events[0].data
    assert step["step_details"]["tool_calls"][0]["function"]["output"] == "70 °F"
    assert events[-1].data["required_action"] is None


def test_tool_outputs_without_a_stream_are_polled() -> None:
    bench = Simulation()
    *_, waiting = bench.create_run(stream=True, tools=[FUNCTION])
    run = bench.submit_outputs(waiting.data)
    polls = [run, *(bench.call(runs.retrieve_run, run_id=run["id"]) for _ in range(2))]
    assert [each["status"] for each in polls] == ["queued", "in_progress", "completed"]


def test_a_thread_without_messages_calls_the_function_in_each_run() -> None:
    bench = Simulation()
    body = {"assistant_id": bench.assistant["id"], "tools": [FUNCTION], "stream": True}
    *_, waiting = bench.call(runs.create_thread_and_run, body)
    bench.ids = {"thread_id": waiting.data["thread_id"]}
    *_, ended = bench.submit_outputs(waiting.data, stream=True)
    assert ended.name == "thread.run.completed"
    *_, second = bench.create_run(tools=[FUNCTION], stream=True)
    assert second.name == "thread.run.requires_action"


def test_a_function_is_called_once_for_each_user_message() -> None:
    bench = Simulation()
    *_, waiting = bench.create_run(stream=True, tools=[FUNCTION])
    list(bench.submit_outputs(waiting.data, stream=True))
    *_, second = bench.create_run(stream=True, tools=[FUNCTION])
    assert second.name == "thread.run.completed"
    bench.call(threads.create_message, {"role": "user", "content": "And tomorrow?"})
    *_, third = bench.create_run(stream=True, tools=[FUNCTION])
    assert third.name == "thread.run.requires_action"


def test_additional_messages_and_instructions_are_used() -> None:
    bench = Simulation()
    messages = [{"role": "user", "content": [{"type": "text", "text": "More"}]}]
    events = list(
        bench.create_run(
            stream=True,
            instructions="Be kind.",
            additional_instructions="Be brief.",
            additional_messages=messages,
        ),
    )
    assert events[0].data["instructions"] == "Be kind.\nBe brief."
    assert "“More”" in join_deltas(events)


def test_thread_and_run_at_once() -> None:
    bench = Simulation()
    body = {
        "assistant_id": bench.assistant["id"],
        "thread": {"messages": [{"role": "user", "content": "Hi"}]},
    }
    opening, *events = bench.call(runs.create_thread_and_run, {**body, "stream": True})
    assert opening.name == "thread.created"
    assert group_names(iter(events)) == [*CREATED, *MESSAGE_WRITTEN]
    assert events[0].data["thread_id"] == opening.data["id"]
    assert bench.call(runs.create_thread_and_run, body)["status"] == "queued"


def test_usage_of_a_run_is_the_sum_of_its_steps() -> None:
    bench = Simulation()
    *_, last = bench.create_run(stream=True, tools=[CODE])
    counts = [
        step["usage"] for step in bench.list_oldest_first(runs.list_steps, run_id=last.data["id"])
    ]
    for key in ("prompt_tokens", "completion_tokens", "total_tokens"):
        assert last.data["usage"][key] == sum(count[key] for count in counts) > 0


def test_cancelling_a_run_ends_its_stream() -> None:
    bench = Simulation()
    events = bench.create_run(stream=True)
    first = [next(events) for _ in range(9)]
    cancelling = bench.call(runs.cancel_run, run_id=first[0].data["id"])
    assert cancelling["status"] == "cancelling"
    rest = ["run.cancelling", "message.incomplete", "run.step.cancelled", "run.cancelled"]
    assert group_names(events) == rest
    (fragment,) = bench.list_oldest_first(threads.list_messages)[1:]
    assert fragment["incomplete_details"] == {"reason": "run_cancelled"}


@pytest.mark.parametrize("polls", [0, 1, 2], ids=["queued", "in progress", "waiting for outputs"])
def test_a_polled_run_can_be_cancelled(polls: int) -> None:
    bench = Simulation()
    run = bench.create_run(tools=[FUNCTION])
    for _ in range(polls):
        bench.call(runs.retrieve_run, run_id=run["id"])
    bench.call(runs.cancel_run, run_id=run["id"])
    ended = bench.call(runs.retrieve_run, run_id=run["id"])
    assert (ended["status"], ended["required_action"]) == ("cancelled", None)


def test_objects_can_be_updated_and_deleted() -> None:
    bench = Simulation()
    *_, last = bench.create_run(stream=True)
    tag = {"metadata": {"tag": "new"}}
    run_id, assistant_id = last.data["id"], bench.assistant["id"]
    (message, _) = bench.list_oldest_first(threads.list_messages)
    assert bench.call(runs.update_run, tag, run_id=run_id) == {**last.data, **tag}
    assert bench.call(threads.update_message, tag, message_id=message["id"]) == {**message, **tag}
    assert bench.call(threads.update_thread, tag) == {**bench.thread, **tag}
    updated = bench.call(assistants.update_assistant, {"temperature": 0}, assistant_id=assistant_id)
    assert updated == {**bench.assistant, "temperature": 0.0}
    assert bench.call(threads.delete_message, message_id=message["id"])["deleted"]
    assert bench.call(assistants.delete_assistant, assistant_id=assistant_id)["deleted"]
    assert bench.call(threads.delete_thread)["object"] == "thread.deleted"
    left = [bench.state.messages, bench.state.runs, bench.state.steps]
    assert left == [{}, {}, {}]


def list_errors() -> list[tuple[str, int, Operation, dict[str, Any], dict[str, str]]]:
    """Return rows of reason, status, operation, body and ids; the thread has no active run."""
    rate_limit = {"simulate": "rate_limit"}
    return [
        ("no assistant", 400, runs.create_run, {}, {}),
        ("unknown assistant", 404, runs.create_run, {"assistant_id": "asst_x"}, {}),
        ("unknown thread", 404, runs.create_run, {}, {"thread_id": "thread_x"}),
        ("unknown run", 404, runs.retrieve_run, {}, {"run_id": "run_x"}),
        ("unknown run's steps", 404, runs.list_steps, {}, {"run_id": "run_x"}),
        ("unknown message", 404, threads.retrieve_message, {}, {"message_id": "msg_x"}),
        ("unknown file", 404, files.retrieve_file, {}, {"file_id": "file-x"}),
        (
            "a limit",
            429,
            runs.create_run,
            {"assistant_id": "asst_sim00000001", "metadata": rate_limit},
            {},
        ),
        ("no model", 400, assistants.create_assistant, {}, {}),
        ("no role", 400, threads.create_message, {"content": "x"}, {}),
        ("a strange role", 400, threads.create_message, {"role": "x", "content": "x"}, {}),
        ("no content", 400, threads.create_message, {"role": "user"}, {}),
        ("a number as content", 400, threads.create_message, {"role": "user", "content": 1}, {}),
        (
            "a bad stream flag",
            400,
            runs.create_run,
            {"assistant_id": "asst_sim00000001", "stream": 1},
            {},
        ),
    ]


@pytest.mark.parametrize(
    ("status", "operation", "body", "ids"),
    [row[1:] for row in list_errors()],
    ids=[row[0] for row in list_errors()],
)
def test_errors(
    status: int, operation: Operation, body: dict[str, Any], ids: dict[str, str]
) -> None:
    bench = Simulation()
    with pytest.raises(ApiError) as raised:
        bench.call(operation, body, **ids)
    assert raised.value.status == status
    assert not bench.state.runs, "a rejected run stores nothing"
    assert len(bench.state.messages) == 1


def test_a_thread_with_an_active_run_cannot_be_changed() -> None:
    bench = Simulation()
    run = bench.create_run()
    calls: list[tuple[Operation, dict[str, Any]]] = [
        (runs.create_run, {"assistant_id": bench.assistant["id"]}),
        (threads.create_message, {"role": "user", "content": "x"}),
        (threads.delete_thread, {}),
    ]
    for operation, body in calls:
        with pytest.raises(ApiError, match=run["id"]) as raised:
            bench.call(operation, body)
        assert raised.value.status == 400


def test_outputs_must_be_those_that_the_run_waits_for() -> None:
    bench = Simulation()
    run = bench.create_run(tools=[FUNCTION])
    with pytest.raises(ApiError, match="queued"):
        bench.call(runs.submit_tool_outputs, {"tool_outputs": []}, run_id=run["id"])
    for _ in range(2):
        bench.call(runs.retrieve_run, run_id=run["id"])
    wrong = {"tool_outputs": [{"tool_call_id": "call_x", "output": "?"}]}
    with pytest.raises(ApiError, match="call_x"):
        bench.call(runs.submit_tool_outputs, wrong, run_id=run["id"])


def test_an_ended_run_cannot_be_cancelled() -> None:
    bench = Simulation()
    *_, last = bench.create_run(stream=True)
    with pytest.raises(ApiError, match="completed"):
        bench.call(runs.cancel_run, run_id=last.data["id"])


KEYS = {
    "thread": "id object created_at metadata tool_resources",
    "thread.run": (
        "id object created_at assistant_id thread_id status started_at expires_at cancelled_at "
        "failed_at completed_at required_action last_error model instructions tools "
        "tool_resources metadata temperature top_p reasoning_effort max_completion_tokens "
        "max_prompt_tokens truncation_strategy incomplete_details usage response_format "
        "tool_choice parallel_tool_calls"
    ),
    "thread.run.step": (
        "id object created_at run_id assistant_id thread_id type status cancelled_at "
        "completed_at expires_at failed_at last_error step_details usage"
    ),
    "thread.run.step.delta": "id object delta",
    "thread.message": (
        "id object created_at assistant_id thread_id run_id status incomplete_details "
        "incomplete_at completed_at role content attachments metadata"
    ),
    "thread.message.delta": "id object delta",
}
"""The keys of each kind of object in a stream, in the order in which the real API sends them."""

RECORDED = DATA / "streams"


def test_objects_have_the_keys_of_the_real_api_in_order() -> None:
    bench = Simulation()
    body = {"assistant_id": bench.assistant["id"], "tools": [CODE], "stream": True}
    events = list(bench.call(runs.create_thread_and_run, body))
    assert {each.data["object"] for each in events} == set(KEYS)
    for each in events:
        assert " ".join(each.data) == KEYS[str(each.data["object"])]


@pytest.mark.sample_data
@pytest.mark.parametrize("name", ["assistants-text-1.sse", "assistants-text-2.sse"])
def test_recorded_streams_have_the_same_keys(name: str) -> None:
    lines = (RECORDED / name).read_text(encoding="utf-8").splitlines()
    objects = [json.loads(line[6:]) for line in lines if line.startswith("data: {")]
    for each in objects:
        assert " ".join(each) == KEYS[each["object"]]
