"""The calls on assistants, files and models, which are merely kept.

API reference: https://platform.openai.com/docs/api-reference/assistants.
"""

from __future__ import annotations

from dataclasses import replace

from runreel.simulator.calls import Body, Call, listing
from runreel.simulator.objects import (
    Assistant,
    File,
    JsonObject,
    Model,
    as_json,
    deleted,
)
from runreel.simulator.state import State

MODELS = tuple(Model(id=name, created=1_715_367_049) for name in ("gpt-4o", "gpt-4o-mini"))

FILES_LISTED = 10_000
"""Files on a page, unless the query says otherwise."""


def create_assistant(state: State, call: Call) -> JsonObject:
    """Keep a new assistant; only its ``model`` is required."""
    model = call.body.required("model")
    blank = Assistant(id=state.new_id("asst_"), created_at=state.time(), model=model)
    return _keep_assistant(state, blank, call.body)


def update_assistant(state: State, call: Call) -> JsonObject:
    """Change what the body names."""
    return _keep_assistant(state, state.assistant(call.ids), call.body)


def list_assistants(state: State, call: Call) -> JsonObject:
    """A page of the assistants."""
    return listing(list(state.assistants.values()), call.query)


def retrieve_assistant(state: State, call: Call) -> JsonObject:
    """One assistant."""
    return as_json(state.assistant(call.ids))


def delete_assistant(state: State, call: Call) -> JsonObject:
    """Forget an assistant; what it has done stays."""
    return deleted(state.assistants.pop(state.assistant(call.ids).id))


def _keep_assistant(state: State, old: Assistant, body: Body) -> JsonObject:
    new = replace(
        old,
        name=body.text("name", old.name),
        description=body.text("description", old.description),
        model=body.text("model") or old.model,
        instructions=body.text("instructions", old.instructions),
        tools=body.objects("tools", old.tools),
        top_p=body.number("top_p", old.top_p),
        temperature=body.number("temperature", old.temperature),
        reasoning_effort=body.text("reasoning_effort", old.reasoning_effort),
        tool_resources=body.mapping("tool_resources", old.tool_resources),
        metadata=body.mapping("metadata", old.metadata),
        response_format=body.fields.get("response_format") or old.response_format,
    )
    state.assistants[new.id] = new
    return as_json(new)


def create_file(state: State, purpose: str, filename: str, content: bytes) -> JsonObject:
    """Keep an uploaded file."""
    kept = File(
        id=state.new_id("file-"),
        purpose=purpose,
        filename=filename,
        bytes=len(content),
        created_at=state.time(),
    )
    state.files[kept.id] = kept
    state.contents[kept.id] = content
    return as_json(kept)


def list_files(state: State, call: Call) -> JsonObject:
    """A page of the files, those of one ``purpose`` if the query names it."""
    purpose = call.query.get("purpose")
    wanted = [each for each in state.files.values() if purpose in {None, each.purpose}]
    return listing(wanted, call.query, limit=FILES_LISTED)


def retrieve_file(state: State, call: Call) -> JsonObject:
    """One file, without its content."""
    return as_json(state.file(call.ids))


def delete_file(state: State, call: Call) -> JsonObject:
    """Forget a file and its content."""
    gone = state.file(call.ids)
    del state.files[gone.id], state.contents[gone.id]
    return deleted(gone)


def list_models(state: State, call: Call) -> JsonObject:
    """The models that there would be."""
    return {"object": "list", "data": [as_json(model) for model in MODELS]}
