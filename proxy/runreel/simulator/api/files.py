"""The operations on files, which are only stored.

API reference: https://platform.openai.com/docs/api-reference/files.
"""

from __future__ import annotations

from runreel.simulator.api.pages import build_page
from runreel.simulator.api.requests import ApiCall
from runreel.simulator.objects import FileObject, JsonObject, make_deletion, to_json
from runreel.simulator.state import SimulatorState

FILES_PER_PAGE = 10_000
"""Files on a page without a ``limit`` in the query."""


def create_file(state: SimulatorState, purpose: str, filename: str, content: bytes) -> JsonObject:
    """Store an uploaded file."""
    file = FileObject(
        id=state.allocate_id("file-"),
        purpose=purpose,
        filename=filename,
        bytes=len(content),
        created_at=state.get_time(),
    )
    state.files[file.id] = file
    state.contents[file.id] = content
    return to_json(file)


def list_files(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a page of the files, only those of the query's ``purpose`` if it has one."""
    purpose = call.query.get("purpose")
    files = [each for each in state.files.values() if purpose in {None, each.purpose}]
    return build_page(files, call.query, limit=FILES_PER_PAGE)


def retrieve_file(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Return a file, without its content."""
    return to_json(state.get_file(call.ids))


def delete_file(state: SimulatorState, call: ApiCall) -> JsonObject:
    """Delete a file and its content."""
    file = state.get_file(call.ids)
    del state.files[file.id], state.contents[file.id]
    return make_deletion(file)
