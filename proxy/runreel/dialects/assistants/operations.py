"""The operations of the Assistants API, named like the resource methods of OpenAI's SDKs.

Source: https://platform.openai.com/docs/api-reference/assistants and the pages beside it. OpenAI,
Azure OpenAI, Azure AI Foundry and compatible servers differ only in the prefix.
"""

from __future__ import annotations

from runreel.dialects.base.routes import Route, Routes

RUNS_CREATE = "runs.create"
CREATE_AND_RUN = "threads.create_and_run"
SUBMIT_TOOL_OUTPUTS = "runs.submit_tool_outputs"

POLLED = frozenset(
    {"runs.retrieve", "vector_stores.files.retrieve", "vector_stores.file_batches.retrieve"}
)
"""The operations that ``create_and_poll`` and similar helpers of the SDKs repeat."""

_THREAD = "threads/{thread_id}"
_RUN = f"{_THREAD}/runs/{{run_id}}"
_CONTAINER = "containers/{container_id}"
_STORE = "vector_stores/{vector_store_id}"
_BATCH = f"{_STORE}/file_batches/{{batch_id}}"

ROUTES = Routes(
    (
        Route("POST", f"{_THREAD}/runs", RUNS_CREATE),
        Route("POST", "threads/runs", CREATE_AND_RUN),
        Route("POST", f"{_RUN}/submit_tool_outputs", SUBMIT_TOOL_OUTPUTS),
        Route("GET", f"{_THREAD}/runs", "runs.list"),
        Route("GET", _RUN, "runs.retrieve"),
        Route("POST", _RUN, "runs.update"),
        Route("POST", f"{_RUN}/cancel", "runs.cancel"),
        Route("GET", f"{_RUN}/steps", "steps.list"),
        Route("GET", f"{_RUN}/steps/{{step_id}}", "steps.retrieve"),
        Route("POST", "threads", "threads.create"),
        Route("GET", _THREAD, "threads.retrieve"),
        Route("POST", _THREAD, "threads.update"),
        Route("DELETE", _THREAD, "threads.delete"),
        Route("POST", f"{_THREAD}/messages", "messages.create"),
        Route("GET", f"{_THREAD}/messages", "messages.list"),
        Route("GET", f"{_THREAD}/messages/{{message_id}}", "messages.retrieve"),
        Route("POST", f"{_THREAD}/messages/{{message_id}}", "messages.update"),
        Route("DELETE", f"{_THREAD}/messages/{{message_id}}", "messages.delete"),
        Route("POST", "assistants", "assistants.create"),
        Route("GET", "assistants", "assistants.list"),
        Route("GET", "assistants/{assistant_id}", "assistants.retrieve"),
        Route("POST", "assistants/{assistant_id}", "assistants.update"),
        Route("DELETE", "assistants/{assistant_id}", "assistants.delete"),
        Route("POST", "files", "files.create"),
        Route("GET", "files", "files.list"),
        Route("GET", "files/{file_id}", "files.retrieve"),
        Route("DELETE", "files/{file_id}", "files.delete"),
        Route("GET", "files/{file_id}/content", "files.content"),
        Route("POST", f"{_CONTAINER}/files", "containers.files.create"),
        Route("GET", f"{_CONTAINER}/files", "containers.files.list"),
        Route("GET", f"{_CONTAINER}/files/{{file_id}}", "containers.files.retrieve"),
        Route("DELETE", f"{_CONTAINER}/files/{{file_id}}", "containers.files.delete"),
        Route("GET", f"{_CONTAINER}/files/{{file_id}}/content", "containers.files.content"),
        Route("POST", "vector_stores", "vector_stores.create"),
        Route("GET", "vector_stores", "vector_stores.list"),
        Route("GET", _STORE, "vector_stores.retrieve"),
        Route("POST", _STORE, "vector_stores.update"),
        Route("DELETE", _STORE, "vector_stores.delete"),
        Route("POST", f"{_STORE}/search", "vector_stores.search"),
        Route("POST", f"{_STORE}/files", "vector_stores.files.create"),
        Route("GET", f"{_STORE}/files", "vector_stores.files.list"),
        Route("GET", f"{_STORE}/files/{{file_id}}", "vector_stores.files.retrieve"),
        Route("POST", f"{_STORE}/files/{{file_id}}", "vector_stores.files.update"),
        Route("DELETE", f"{_STORE}/files/{{file_id}}", "vector_stores.files.delete"),
        Route("GET", f"{_STORE}/files/{{file_id}}/content", "vector_stores.files.content"),
        Route("POST", f"{_STORE}/file_batches", "vector_stores.file_batches.create"),
        Route("GET", _BATCH, "vector_stores.file_batches.retrieve"),
        Route("POST", f"{_BATCH}/cancel", "vector_stores.file_batches.cancel"),
        Route("GET", f"{_BATCH}/files", "vector_stores.file_batches.list_files"),
        Route("GET", "models", "models.list"),
        Route("GET", "models/{model}", "models.retrieve"),
        Route("DELETE", "models/{model}", "models.delete"),
        Route("POST", "uploads", "uploads.create"),
        Route("POST", "uploads/{upload_id}/parts", "uploads.parts.create"),
        Route("POST", "uploads/{upload_id}/complete", "uploads.complete"),
        Route("POST", "uploads/{upload_id}/cancel", "uploads.cancel"),
    )
)
