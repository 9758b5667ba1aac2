"""The Assistants API: threads, messages, runs and their steps, and the files around them.

Served by OpenAI (API reference, "Assistants"), Azure OpenAI, Azure AI Foundry Agent Service and
compatible servers, each under its own prefix.
"""

from __future__ import annotations

from collections.abc import Mapping

from runreel.core.bound_places import BoundPlace
from runreel.core.dialect import CallMeaning, Channels
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.unordered import UnorderedItems
from runreel.dialects.assistants.documents import get_text, iter_documents
from runreel.dialects.assistants.operations import POLLED, ROUTES
from runreel.dialects.assistants.requests import SubmitToolOutputsRequest
from runreel.dialects.assistants.runs import RunRequest, RunRequestView, read_run_request
from runreel.dialects.assistants.trace_table import TRACE_TABLE
from runreel.dialects.base.bodies import IDEMPOTENCY_KEYS, NOT_FOUND, build_openai_error
from runreel.dialects.base.recognition import HeaderMark, Marks
from runreel.model import Answer, Request, Scalar

__all__ = ["Assistants", "RunRequestView", "read_run_request"]

_THREAD_ID, _RUN_ID, _ASSISTANT_ID = map(compile_later, ("thread_.+", "run_.+", "asst_.+"))


class Assistants:
    """The dialect of the Assistants API."""

    name = "assistants"
    routes = ROUTES
    marks = Marks(
        headers=(HeaderMark(b"openai-beta", b"assistants="),),
        query=frozenset({"api-version"}),
        ids={"thread_id": _THREAD_ID, "run_id": _RUN_ID, "assistant_id": _ASSISTANT_ID},
    )
    channels = Channels(
        # thread.message.delta: delta.content[index].{text.value, refusal}; thread.run.step.delta:
        # delta.step_details.tool_calls[index].{function.{arguments, output},
        # code_interpreter.{input, outputs[index].logs}}. Whole objects repeat the same members.
        pieces=frozenset({"value", "refusal", "arguments", "output", "input", "logs"}),
    )
    trace_table = TRACE_TABLE
    volatile = IDEMPOTENCY_KEYS
    choosing_headers: tuple[bytes, ...] = ()
    bound: tuple[BoundPlace, ...] = ()
    unordered_items = (UnorderedItems(("tool_outputs",), "tool_call_id"),)
    polled = POLLED
    miss_status = NOT_FOUND
    fed: Mapping[str, frozenset[str]] = {}

    def find_scope(self, request: Request) -> str:
        """Return the id of the thread in the path, or an empty string."""
        match = ROUTES.find(request.target)
        return "" if match is None else match.ids.get("thread_id", "")

    def find_conversation(self, request: Request) -> str:
        """Return the id of the thread in the path, or an empty string."""
        return self.find_scope(request)

    def interpret(self, request: Request) -> CallMeaning:
        """Return the operation, its scope (the thread), its summary and the problems of its body.

        The summary holds the ids of the path and, for a run, its assistant, model and ``stream``.
        """
        match = ROUTES.find(request.target)
        if match is None:
            return CallMeaning(operation="", scope="")
        view = read_run_request(request)
        return CallMeaning(
            operation=match.operations.get(request.method, ""),
            scope=match.ids.get("thread_id", ""),
            summary={**match.ids, **_collect_settings(view)},
            problems=() if view is None else view.problems,
        )

    def find_created(self, request: Request, answer: Answer) -> str:
        """Return the id of the only thread that the objects of an answer name."""
        threads = {
            get_text(value, "id" if get_text(value, "object") == "thread" else "thread_id")
            for _, value in iter_documents(answer)
        } - {""}
        return threads.pop() if len(threads) == 1 else ""

    def build_error(self, message: str, code: str, request: Request | None = None) -> bytes:
        """Return an error in OpenAI's format."""
        return build_openai_error(message, code)


def _collect_settings(view: RunRequestView | None) -> dict[str, Scalar]:
    body: RunRequest | None = None if view is None else view.body
    if body is None:
        return {}
    values: dict[str, object] = {"stream": body.stream}
    if not isinstance(body, SubmitToolOutputsRequest):
        values |= {"assistant_id": body.assistant_id, "model": body.model}
    return {name: value for name, value in values.items() if isinstance(value, str | bool)}
