"""The operations on assistants, which are only stored, and the list of models.

API reference: https://platform.openai.com/docs/api-reference/assistants.
"""

from __future__ import annotations

from dataclasses import replace

from runreel.simulator.api.pages import build_page
from runreel.simulator.api.requests import ApiCall, JsonBody
from runreel.simulator.objects import (
    AssistantObject,
    JsonObject,
    ModelObject,
    make_deletion,
    to_json,
)
from runreel.simulator.state import SimulatorState

MODELS = tuple(ModelObject(id=name, created=1_715_367_049) for name in ("gpt-4o", "gpt-4o-mini"))


def create_assistant(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Create an assistant; only its ``model`` is required."""
    model = call.body.require_text("model")
    blank = AssistantObject(id=state.allocate_id("asst_"), created_at=state.get_time(), model=model)
    return _save_assistant(state, blank, call.body)


def update_assistant(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Change the fields of an assistant that are in the body."""
    return _save_assistant(state, state.get_assistant(call.ids), call.body)


def list_assistants(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a page of the assistants."""
    return build_page(list(state.assistants.values()), call.query)


def retrieve_assistant(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return an assistant."""
    return to_json(state.get_assistant(call.ids))


def delete_assistant(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Delete an assistant; its runs and messages stay."""
    return make_deletion(state.assistants.pop(state.get_assistant(call.ids).id))


def _save_assistant(state: SimulatorState, old: AssistantObject, body: JsonBody) -> JsonObject:
    new = replace(
        old,
        name=body.get_text("name", old.name),
        description=body.get_text("description", old.description),
        model=body.get_text("model") or old.model,
        instructions=body.get_text("instructions", old.instructions),
        tools=body.get_objects("tools", old.tools),
        top_p=body.get_number("top_p", old.top_p),
        temperature=body.get_number("temperature", old.temperature),
        reasoning_effort=body.get_text("reasoning_effort", old.reasoning_effort),
        tool_resources=body.get_object("tool_resources", old.tool_resources),
        metadata=body.get_object("metadata", old.metadata),
        response_format=body.fields.get("response_format") or old.response_format,
    )
    state.assistants[new.id] = new
    return to_json(new)


def list_models(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return the list of models."""
    return {"object": "list", "data": [to_json(model) for model in MODELS]}
