"""The operation for each method and path; any prefix may come before the path."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from runreel.simulator.api import assistants, files, responses, runs, threads
from runreel.simulator.api.requests import ApiCall
from runreel.simulator.state import SimulatorState

Operation: TypeAlias = Callable[[SimulatorState, ApiCall], runs.CallResult]

ROUTES: tuple[tuple[str, str, Operation], ...] = (
    ("POST", "assistants", assistants.create_assistant),
    ("GET", "assistants", assistants.list_assistants),
    ("GET", "assistants/{assistant_id}", assistants.retrieve_assistant),
    ("POST", "assistants/{assistant_id}", assistants.update_assistant),
    ("DELETE", "assistants/{assistant_id}", assistants.delete_assistant),
    ("POST", "threads", threads.create_thread),
    ("POST", "threads/runs", runs.create_thread_and_run),
    ("GET", "threads/{thread_id}", threads.retrieve_thread),
    ("POST", "threads/{thread_id}", threads.update_thread),
    ("DELETE", "threads/{thread_id}", threads.delete_thread),
    ("POST", "threads/{thread_id}/messages", threads.create_message),
    ("GET", "threads/{thread_id}/messages", threads.list_messages),
    ("GET", "threads/{thread_id}/messages/{message_id}", threads.retrieve_message),
    ("POST", "threads/{thread_id}/messages/{message_id}", threads.update_message),
    ("DELETE", "threads/{thread_id}/messages/{message_id}", threads.delete_message),
    ("POST", "threads/{thread_id}/runs", runs.create_run),
    ("GET", "threads/{thread_id}/runs", runs.list_runs),
    ("GET", "threads/{thread_id}/runs/{run_id}", runs.retrieve_run),
    ("POST", "threads/{thread_id}/runs/{run_id}", runs.update_run),
    ("POST", "threads/{thread_id}/runs/{run_id}/cancel", runs.cancel_run),
    (
        "POST",
        "threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        runs.submit_tool_outputs,
    ),
    ("GET", "threads/{thread_id}/runs/{run_id}/steps", runs.list_steps),
    ("GET", "threads/{thread_id}/runs/{run_id}/steps/{step_id}", runs.retrieve_step),
    ("GET", "files", files.list_files),
    ("GET", "files/{file_id}", files.retrieve_file),
    ("DELETE", "files/{file_id}", files.delete_file),
    ("GET", "models", assistants.list_models),
    ("POST", "responses", responses.create_response),
    ("GET", "responses/{response_id}", responses.retrieve_response),
)
