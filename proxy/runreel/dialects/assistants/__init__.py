"""The Assistants API: threads, messages, runs and their steps, and the files around them.

Spoken by OpenAI (API reference, "Assistants"), Azure OpenAI, Azure AI Foundry Agent Service and
compatible servers, each under a prefix of its own.
"""

from __future__ import annotations

from runreel.core.dialect import CallMeaning, Channels, Outline
from runreel.dialects.assistants.answers import outline_answer
from runreel.dialects.assistants.operations import POLLED, ROUTES
from runreel.dialects.assistants.requests import SubmitToolOutputsRequest
from runreel.dialects.assistants.runs import RunRequest, RunRequestView, read_run_request
from runreel.dialects.bodies import IDEMPOTENCY_KEYS, build_openai_error
from runreel.model import Answer, Request, Scalar

__all__ = ["Assistants", "RunRequestView", "read_run_request"]


class Assistants:
    """The dialect of the Assistants API."""

    name = "assistants"
    channels = Channels(
        # thread.message.delta: delta.content[index].{text.value, refusal}; thread.run.step.delta:
        # delta.step_details.tool_calls[index].{function.{arguments, output},
        # code_interpreter.{input, outputs[index].logs}}; and where objects repeat all of these.
        pieces=frozenset({"value", "refusal", "arguments", "output", "input", "logs"}),
        discriminators=frozenset({"id"}),
    )
    volatile = IDEMPOTENCY_KEYS
    polled = POLLED

    def claims(self, request: Request) -> bool:
        """Claim a request whose path ends as one of the API's does, under any prefix."""
        return ROUTES.find(request.target) is not None

    def find_scope(self, request: Request) -> str:
        """Give the thread that the path names."""
        place = ROUTES.find(request.target)
        return "" if place is None else place.ids.get("thread_id", "")

    def interpret(self, request: Request) -> CallMeaning:
        """Name the operation; the thread of the path is its scope, the path's ids its summary."""
        place = ROUTES.find(request.target)
        if place is None:
            return CallMeaning(operation="", scope="")
        view = read_run_request(request)
        return CallMeaning(
            operation=place.operations.get(request.method, ""),
            scope=place.ids.get("thread_id", ""),
            summary={**place.ids, **_collect_settings(view)},
            problems=() if view is None else view.problems,
        )

    def outline(self, request: Request, answer: Answer) -> Outline:
        """Put the answer together from its JSON or its events."""
        return outline_answer(answer)

    def build_error(self, message: str, code: str) -> bytes:
        """Give the JSON of an error in OpenAI's shape."""
        return build_openai_error(message, code)


def _collect_settings(view: RunRequestView | None) -> dict[str, Scalar]:
    body: RunRequest | None = None if view is None else view.body
    if body is None:
        return {}
    named: dict[str, object] = {"stream": body.stream}
    if not isinstance(body, SubmitToolOutputsRequest):
        named |= {"assistant_id": body.assistant_id, "model": body.model}
    return {name: value for name, value in named.items() if isinstance(value, str | bool)}
