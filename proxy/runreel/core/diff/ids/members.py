"""Members of JSON that hold ids, moments or padding, by their names.

The lists are of what APIs of language models send (API references of OpenAI, Anthropic, Google,
LangGraph, A2A and MCP).
"""

from __future__ import annotations

import re

_REQUEST_IDS = (
    "id thread_id run_id assistant_id message_id step_id file_id vector_store_id call_id "
    "tool_call_id tool_use_id item_id response_id previous_response_id conversation "
    "conversation_id session_id checkpoint_id checkpoint_ns parent_id event_id container_id "
    "batch_id upload_id agent_id task_id contextId taskId messageId sessionId threadId runId "
    "toolCallId responseId interactionId previous_interaction_id parent_message_id parent_run_id"
)
_SEALED = "signature thoughtSignature thought_signature encrypted_content encrypted_index"
"""Opaque texts that a server makes, and a client sends back unchanged."""

_IN_REQUESTS = frozenset(f"{_REQUEST_IDS} {_SEALED}".split())
_IN_ANSWERS = re.compile(
    rf"id|[A-Za-z_]+(?:_id|Id)|{'|'.join(_SEALED.split())}|system_fingerprint|fingerprint"
)
_ID_MEMBER = re.compile(
    rf'"(?:{_IN_ANSWERS.pattern}|{"|".join(sorted(_IN_REQUESTS))})"\s*+:\s*+["\[]|\\u'
)
_NAMES_OF_THINGS = frozenset({"model_id", "modelId", "voice_id", "deployment_id", "tool_id"})
"""Members that end as ids do and are chosen, not generated."""

_MOMENTS = re.compile(
    r"created|timestamp|time|date|now|expires|[A-Za-z_]+(?:_at|At|_time|Time|_timestamp|_date)"
    r"|[a-z_]+_duration(?:_ms|_ns)?|latencyMs|latency_ms"
)
"""With the time that a server says it took."""
USAGE = frozenset(
    {
        *("usage", "usageMetadata", "usage_metadata", "token_usage"),
        *("eval_count", "prompt_eval_count"),
    }
)
"""Members with numbers of tokens: objects, and Ollama's numbers."""
NOISE = frozenset({"obfuscation", "sequence_number", "logprobs", "logprobsResult", "avgLogprobs"})
"""Members that are different in each answer, and mean nothing to a comparison: padding, running
numbers (the events are compared in their order), and log-probabilities."""

CONTENT = frozenset(
    {"arguments", "args", "input", "parameters", "metadata", "partial_json", "variables", "params"}
)
"""Members whose objects a model or a program has made: a member ``id`` in them is data."""


def is_id_in_request(name: str) -> bool:
    """Return whether a member of a request with this name holds an id of the API."""
    return name in _IN_REQUESTS


def is_id_in_answer(name: str) -> bool:
    """Return whether a member of an answer with this name holds an id of the API."""
    return _IN_ANSWERS.fullmatch(name) is not None and name not in _NAMES_OF_THINGS


def may_have_ids(text: str) -> bool:
    """Return False if no member of a JSON text can hold an id, which is fast to find out."""
    return _ID_MEMBER.search(text) is not None


def is_moment(name: str) -> bool:
    """Return whether a member with this name holds a moment."""
    return _MOMENTS.fullmatch(name) is not None
