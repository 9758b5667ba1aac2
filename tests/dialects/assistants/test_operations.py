from __future__ import annotations

import pytest

from runreel.dialects.assistants.operations import ROUTES

PREFIXES = [
    "",
    "/v1",
    "/openai",
    "/openai/v1",
    "/api/projects/x",
    "/api/projects/threads",
    "/a/b/c",
]

OPERATIONS = [
    ("POST /threads/runs", "threads.create_and_run"),
    ("POST /threads/t/runs", "runs.create"),
    ("POST /threads/t/runs/r/submit_tool_outputs", "runs.submit_tool_outputs"),
    ("GET /threads/t/runs", "runs.list"),
    ("GET /threads/t/runs/r", "runs.retrieve"),
    ("POST /threads/t/runs/r", "runs.update"),
    ("POST /threads/t/runs/r/cancel", "runs.cancel"),
    ("GET /threads/t/runs/r/steps", "steps.list"),
    ("GET /threads/t/runs/r/steps/s", "steps.retrieve"),
    ("POST /threads", "threads.create"),
    ("GET /threads/t", "threads.retrieve"),
    ("POST /threads/t", "threads.update"),
    ("DELETE /threads/t", "threads.delete"),
    ("POST /threads/t/messages", "messages.create"),
    ("GET /threads/t/messages", "messages.list"),
    ("GET /threads/t/messages/m", "messages.retrieve"),
    ("POST /threads/t/messages/m", "messages.update"),
    ("DELETE /threads/t/messages/m", "messages.delete"),
    ("POST /assistants", "assistants.create"),
    ("GET /assistants", "assistants.list"),
    ("GET /assistants/a", "assistants.retrieve"),
    ("POST /assistants/a", "assistants.update"),
    ("DELETE /assistants/a", "assistants.delete"),
    ("POST /files", "files.create"),
    ("GET /files", "files.list"),
    ("GET /files/f", "files.retrieve"),
    ("DELETE /files/f", "files.delete"),
    ("GET /files/f/content", "files.content"),
    ("POST /vector_stores", "vector_stores.create"),
    ("GET /vector_stores", "vector_stores.list"),
    ("GET /vector_stores/v", "vector_stores.retrieve"),
    ("POST /vector_stores/v", "vector_stores.update"),
    ("DELETE /vector_stores/v", "vector_stores.delete"),
    ("POST /vector_stores/v/search", "vector_stores.search"),
    ("POST /vector_stores/v/files", "vector_stores.files.create"),
    ("GET /vector_stores/v/files", "vector_stores.files.list"),
    ("GET /vector_stores/v/files/f", "vector_stores.files.retrieve"),
    ("POST /vector_stores/v/files/f", "vector_stores.files.update"),
    ("DELETE /vector_stores/v/files/f", "vector_stores.files.delete"),
    ("GET /vector_stores/v/files/f/content", "vector_stores.files.content"),
    ("POST /vector_stores/v/file_batches", "vector_stores.file_batches.create"),
    ("GET /vector_stores/v/file_batches/b", "vector_stores.file_batches.retrieve"),
    ("POST /vector_stores/v/file_batches/b/cancel", "vector_stores.file_batches.cancel"),
    ("GET /vector_stores/v/file_batches/b/files", "vector_stores.file_batches.list_files"),
    ("POST /containers/c/files", "containers.files.create"),
    ("GET /containers/c/files", "containers.files.list"),
    ("GET /containers/c/files/f", "containers.files.retrieve"),
    ("DELETE /containers/c/files/f", "containers.files.delete"),
    ("GET /containers/c/files/f/content", "containers.files.content"),
    ("GET /models", "models.list"),
    ("GET /models/m", "models.retrieve"),
    ("DELETE /models/m", "models.delete"),
    ("POST /uploads", "uploads.create"),
    ("POST /uploads/u/parts", "uploads.parts.create"),
    ("POST /uploads/u/complete", "uploads.complete"),
    ("POST /uploads/u/cancel", "uploads.cancel"),
]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize(("call", "operation"), OPERATIONS, ids=[row[1] for row in OPERATIONS])
def test_every_call_under_every_prefix(call: str, operation: str, prefix: str) -> None:
    method, path = call.split(" ")
    match = ROUTES.find(f"{prefix}{path}?api-version=2024-05-01-preview".encode())
    assert match is not None
    assert match.operations[method] == operation


FOREIGN = [
    ("below a run", b"/v1/threads/t/runs/r/unknown"),
    ("a run without a thread", b"/v1/runs/r"),
    ("an evaluation's runs", b"/v1/evals/e/runs"),
    ("Anthropic's messages", b"/v1/messages"),
]


@pytest.mark.parametrize(("reason", "target"), FOREIGN, ids=[row[0] for row in FOREIGN])
def test_paths_of_other_apis_do_not_match(reason: str, target: bytes) -> None:
    assert ROUTES.find(target) is None
