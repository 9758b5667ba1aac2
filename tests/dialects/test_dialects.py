from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import DIALECTS, find_dialect
from runreel.model import Request
from support.build import make_request

UUID = "1c5ec7a8-1111-4a11-8111-111111111111"
OTHER = "1c5ec7a8-2222-4a22-8222-222222222222"

AGENTS = {"OpenAI-Beta": "agents=v1"}
ASSISTANTS = {"OpenAI-Beta": "assistants=v2"}
ANTHROPIC = {"anthropic-version": "2023-06-01"}
GOOGLE = {"x-goog-api-key": "k"}
BEARER = {"Authorization": "Bearer k"}
LANGGRAPH = {"User-Agent": "langgraph-sdk-py/0.4.14"}
MCP = {"Mcp-Protocol-Version": "2025-11-25"}
MCP_ACCEPT = {"Accept": "application/json, text/event-stream"}


class Row(NamedTuple):
    reason: str
    dialect: str
    operation: str
    call: str
    headers: Mapping[str, str] = {}
    body: object = None


ROWS = [
    # /v1/agents
    Row("agents of OpenAI", "agents", "agents.create", "POST /v1/agents", AGENTS | BEARER),
    Row("one of them", "agents", "agents.retrieve", "GET /v1/agents/agent_1", AGENTS),
    Row("agents of Anthropic", "anthropic", "agents.list", "GET /v1/agents", ANTHROPIC),
    Row(
        "agents of Anthropic with a bearer key",
        *("anthropic", "agents.retrieve", "GET /v1/agents/a", ANTHROPIC | BEARER),
    ),
    Row("agents of Mistral", "mistral", "agents.list", "GET /v1/agents", BEARER),
    Row("agents of Gemini", "gemini", "agents.get", "GET /v1/agents/a", GOOGLE),
    Row("with its key in the query", "gemini", "agents.list", "GET /v1beta/agents?key=k"),
    Row("one of Mistral's", "mistral", "agents.get", "GET /v1/agents/ag_1", BEARER),
    Row("its update", "mistral", "agents.update", "PATCH /v1/agents/ag_1", BEARER, {"name": "x"}),
    Row(
        "OpenAI's update",
        "agents",
        "agents.update",
        "POST /v1/agents/agent_1",
        AGENTS,
        {"name": "x"},
    ),
    Row("Gemini's", "gemini", "agents.delete", "DELETE /v1/agents/a", GOOGLE),
    Row("a hosted agent of Foundry", "plain", "", "GET /agents/mine?api-version=v1", BEARER),
    Row("agents of nobody", "plain", "", "GET /v1/agents"),
    # /v1/vaults, environments
    Row("vaults of OpenAI", "agents", "vaults.create", "POST /v1/vaults", AGENTS),
    Row("vaults of Anthropic", "anthropic", "vaults.create", "POST /v1/vaults", ANTHROPIC),
    Row("vaults of nobody", "plain", "", "GET /v1/vaults", BEARER),
    Row(
        "environments of OpenAI",
        *("agents", "agents.environments.list", "GET /v1/agents/environments", AGENTS),
    ),
    Row("of Anthropic", "anthropic", "environments.list", "GET /v1/environments", ANTHROPIC),
    Row("of Gemini", "gemini", "environments.list", "GET /v1/environments", GOOGLE),
    Row("of nobody", "plain", "", "GET /v1/environments", BEARER),
    # /v1/conversations
    Row(
        "a conversation of OpenAI",
        *("responses", "conversations.create", "POST /v1/conversations", BEARER, {"items": []}),
    ),
    Row(
        "a conversation of Mistral",
        *("mistral", "conversations.start", "POST /v1/conversations", BEARER, {"inputs": "x"}),
    ),
    Row(
        "its continuation",
        *("mistral", "conversations.append", "POST /v1/conversations/conv_1", BEARER),
        {"inputs": "x", "stream": True},
    ),
    Row(
        "metadata of OpenAI's",
        *("responses", "conversations.update", "POST /v1/conversations/conv_1", BEARER),
        {"metadata": {}},
    ),
    Row(
        "a history is Mistral's",
        *("mistral", "conversations.get_history", "GET /v1/conversations/c/history", BEARER),
    ),
    Row(
        "messages are Mistral's",
        *("mistral", "conversations.get_messages", "GET /v1/conversations/c/messages", BEARER),
    ),
    Row(
        "a restart is Mistral's",
        *("mistral", "conversations.restart", "POST /v1/conversations/c/restart", BEARER),
        {"inputs": "x", "from_entry_id": "e"},
    ),
    Row("a list is Mistral's", "mistral", "conversations.list", "GET /v1/conversations", BEARER),
    Row(
        "items are OpenAI's",
        *("responses", "conversations.items.list", "GET /v1/conversations/c/items", BEARER),
    ),
    # /threads, runs, assistants
    Row(
        "a run of OpenAI",
        *("assistants", "runs.create", "POST /v1/threads/thread_1/runs", ASSISTANTS),
        {"assistant_id": "asst_1", "instructions": "x"},
    ),
    Row(
        "a run of Azure",
        *("assistants", "runs.create", "POST /openai/threads/thread_1/runs?api-version=1", {}),
        {"assistant_id": "asst_1"},
    ),
    Row(
        "a run of Foundry",
        *("assistants", "runs.create", "POST /api/projects/x/threads/thread_1/runs?api-version=v1"),
        *(BEARER, {"assistant_id": "asst_1"}),
    ),
    Row(
        "a run of LangGraph, by its ids",
        *("langgraph", "runs.create", f"POST /threads/{UUID}/runs", {}),
        {"assistant_id": "agent"},
    ),
    Row(
        "a run of LangGraph, by its body",
        *("langgraph", "runs.create", "POST /threads/mine/runs", {}),
        {"assistant_id": "agent", "input": {}},
    ),
    Row(
        "a run of LangGraph, by its client",
        *("langgraph", "runs.create", "POST /threads/mine/runs", LANGGRAPH),
        {"assistant_id": "agent"},
    ),
    Row(
        "a run of OpenAI under a UUID",
        *("assistants", "runs.create", f"POST /v1/threads/{UUID}/runs", ASSISTANTS),
        {"assistant_id": "asst_1"},
    ),
    Row(
        "a thread with OpenAI's header",
        *("assistants", "threads.create", "POST /threads", ASSISTANTS, {}),
    ),
    Row(
        "a thread with LangGraph's key",
        *("langgraph", "threads.create", "POST /threads", {"x-api-key": "k"}, {}),
    ),
    Row(
        "a thread that its client names",
        *("langgraph", "threads.create", "POST /threads", {}, {"thread_id": UUID}),
    ),
    Row("a thread of LangGraph", "langgraph", "threads.get", f"GET /threads/{UUID}"),
    Row(
        "an assistant of LangGraph",
        *("langgraph", "assistants.create", "POST /assistants", {}, {"graph_id": "agent"}),
    ),
    Row(
        "an assistant of OpenAI",
        *("assistants", "assistants.create", "POST /v1/assistants", BEARER, {"model": "m"}),
    ),
    Row("runs of LangGraph", "langgraph", "runs.list", f"GET /threads/{UUID}/runs"),
    Row("runs of OpenAI", "assistants", "runs.list", "GET /v1/threads/thread_1/runs", BEARER),
    Row(
        "a thread and a run of OpenAI",
        *("assistants", "threads.create_and_run", "POST /v1/threads/runs", BEARER),
        {"assistant_id": "asst_1"},
    ),
    Row(
        "a run without a thread",
        *("langgraph", "runs.stream_stateless", "POST /runs/stream", {}),
        {"assistant_id": "agent", "input": {}},
    ),
    Row(
        "commands of version 2",
        *("langgraph", "threads.commands", f"POST /threads/{UUID}/commands", {}),
        {"id": 1, "method": "run.start"},
    ),
    Row(
        "events of version 2",
        *("langgraph", "threads.stream_events", f"POST /threads/{UUID}/stream/events", {}),
        {"channels": ["messages"]},
    ),
    # ends of longer paths
    Row(
        "a thread of a session",
        *("anthropic", "sessions.threads.retrieve", "GET /v1/sessions/sesn_1/threads/sthr_1"),
        ANTHROPIC,
    ),
    Row(
        "its stream",
        *("anthropic", "sessions.threads.stream", "GET /v1/sessions/s/threads/t/stream", ANTHROPIC),
    ),
    Row(
        "events of a session of Anthropic",
        *("anthropic", "sessions.events.stream", "GET /v1/sessions/s/events/stream", ANTHROPIC),
    ),
    Row(
        "events of a session of OpenAI",
        *("agents", "agents.sessions.events.stream", "GET /v1/agents/sessions/s/events", AGENTS),
    ),
    Row(
        "a model of another publisher",
        *("plain", "", "POST /v1/projects/p/locations/l/publishers/other/models/m:rawPredict"),
    ),
    Row("the same of nobody", "plain", "", "GET /v1/sessions/s/threads/t"),
    Row("a verb", "gemini", "models.generate_content", "POST /v1beta/models/m:generateContent"),
    Row("a cache without a key", "gemini", "caches.create", "POST /v1beta/cachedContents"),
    Row("a store", "gemini", "file_search_stores.delete", "DELETE /v1beta/fileSearchStores/s"),
    Row(
        *("an upload to a store", "gemini", "file_search_stores.upload"),
        "POST /upload/v1beta/fileSearchStores/s:uploadToFileSearchStore",
    ),
    Row("behind a gateway", "bedrock", "converse", "POST /bedrock/model/m/converse"),
    Row(
        "a verb of Vertex",
        *("gemini", "models.generate_content_stream"),
        "POST /v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent?alt=sse",
    ),
    Row(
        "Anthropic's verb of Vertex",
        *("anthropic", "messages.create"),
        "POST /v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict",
    ),
    Row("a model with colons", "assistants", "models.retrieve", "GET /v1/models/ft:m:org::1"),
    Row(
        "files of an environment",
        *("agents", "agents.environments.files.list", "GET /v1/agents/environments/e/files"),
        AGENTS,
    ),
    Row("files of nothing known", "plain", "", "GET /v1/agents/environments/e/files"),
    Row(
        "Mistral's code completions",
        *("chat", "fim.complete", "POST /v1/fim/completions", BEARER, {"model": "m", "prompt": ""}),
    ),
    Row(
        "Mistral's agents answer as chat",
        *("chat", "agents.complete", "POST /v1/agents/completions", BEARER, {"messages": []}),
    ),
    # literals in the place of an id
    Row("compact", "responses", "responses.compact", "POST /v1/responses/compact"),
    Row("a count", "responses", "responses.input_tokens.count", "POST /v1/responses/input_tokens"),
    Row(
        "a run and its stream",
        *("langgraph", "runs.stream", f"POST /threads/{UUID}/runs/stream", {}, {"input": {}}),
    ),
    Row("a run to wait for", "langgraph", "runs.wait", f"POST /threads/{UUID}/runs/wait"),
    Row("a count of threads", "langgraph", "threads.count", "POST /threads/count"),
    Row("a search", "langgraph", "threads.search", "POST /threads/search"),
    # one path for all
    Row("models of OpenAI", "assistants", "models.list", "GET /v1/models", BEARER),
    Row("models of Anthropic", "anthropic", "models.list", "GET /v1/models", ANTHROPIC),
    Row("models of Gemini", "gemini", "models.list", "GET /v1beta/models", GOOGLE),
    Row("files of OpenAI", "assistants", "files.list", "GET /v1/files", BEARER),
    Row("files of Anthropic", "anthropic", "files.list", "GET /v1/files", ANTHROPIC),
    Row("files of Gemini", "gemini", "files.list", "GET /v1beta/files", GOOGLE),
    # chat and its providers
    Row("chat", "chat", "chat.completions.create", "POST /v1/chat/completions"),
    Row(
        "Azure's chat",
        *("chat", "chat.completions.create"),
        "POST /openai/deployments/d/chat/completions?api-version=1",
    ),
    Row("DeepSeek's chat", "chat", "chat.completions.create", "POST /chat/completions"),
    Row("Groq's chat", "chat", "chat.completions.create", "POST /openai/v1/chat/completions"),
    Row(
        "OpenRouter's chat",
        *("chat", "chat.completions.create", "POST /api/v1/presets/mine/chat/completions"),
    ),
    Row(
        "chat behind an unknown gateway, by its body",
        *("chat", "chat.completions.create", "POST /corp/llm/chat/completions", {}),
        {"model": "m", "messages": []},
    ),
    Row(
        "chat at Anthropic",
        *("chat", "chat.completions.create", "POST /v1/chat/completions", ANTHROPIC | BEARER),
        {"model": "m", "messages": []},
    ),
    Row("a deferred one", "chat", "chat.deferred.retrieve", "GET /v1/chat/deferred-completion/r"),
    Row("an old one", "chat", "completions.create", "POST /v1/completions"),
    # the others
    Row("messages", "anthropic", "messages.create", "POST /v1/messages"),
    Row("messages of Foundry", "anthropic", "messages.create", "POST /anthropic/v1/messages"),
    Row("a batch", "anthropic", "messages.batches.retrieve", "GET /v1/messages/batches/msgbatch_1"),
    Row(
        "an interaction",
        *("gemini", "interactions.create", "POST /v1beta/interactions", GOOGLE, {"input": "x"}),
    ),
    Row(
        "MCP before its session",
        *("mcp", "initialize", "POST /mcp", MCP_ACCEPT),
        {"jsonrpc": "2.0", "id": 1, "method": "initialize"},
    ),
    Row(
        "MCP at LangGraph",
        *("mcp", "tools/call", "POST /mcp/", MCP | MCP_ACCEPT),
        {"jsonrpc": "2.0", "id": 1, "method": "tools/call"},
    ),
    Row("MCP's stream", "mcp", "session.listen", "GET /any", {"mcp-session-id": "s"}),
    Row(
        "another protocol over JSON-RPC",
        *("plain", "", "POST /a2a", {"Accept": "text/event-stream"}),
        {"jsonrpc": "2.0", "id": 1, "method": "message/stream"},
    ),
    Row(
        "Ollama's chat",
        *("ollama", "chat", "POST /api/chat", {}, {"model": "m", "messages": []}),
    ),
    Row("an app's chat", "plain", "", "POST /api/chat", {}, {"id": "c", "messages": []}),
    Row("Ollama's tags", "ollama", "list", "GET /api/tags", {"User-Agent": "ollama-python/0.6"}),
    Row("a blog's tags", "plain", "", "GET /api/tags"),
    Row("converse", "bedrock", "converse_stream", "POST /model/a.b%3A0/converse-stream"),
    Row("invoke", "bedrock", "invoke_model", "POST /model/a.b/invoke"),
    Row(
        "Cohere's chat",
        *("cohere", "chat", "POST /v2/chat", {}, {"model": "m", "messages": []}),
    ),
    Row("another chat of version 2", "plain", "", "POST /v2/chat", {}, {"text": "x"}),
    Row(
        "an unknown call that a header names",
        *("agents", "", "POST /v1/agents/sessions/s/rewind", AGENTS),
    ),
    # embeddings, ranking, images, audio
    Row(
        "embeddings of OpenAI",
        *("openai", "embeddings.create", "POST /v1/embeddings", BEARER),
        {"model": "m", "input": ["x"]},
    ),
    Row(
        "of Azure",
        *("openai", "embeddings.create", "POST /openai/deployments/d/embeddings?api-version=1"),
        *({"api-key": "k"}, {"input": "x"}),
    ),
    Row(
        "of Gemini",
        *("gemini", "models.embed_content", "POST /v1beta/models/m:embedContent", GOOGLE),
    ),
    Row(
        "of Cohere",
        *("cohere", "embed", "POST /v2/embed", BEARER, {"model": "m", "input_type": "x"}),
    ),
    Row(
        "of Ollama",
        *("ollama", "embed", "POST /api/embed", {}, {"model": "m", "input": "x"}),
    ),
    Row(
        "of Titan",
        *(
            "bedrock",
            "invoke_model",
            "POST /model/amazon.titan-embed/invoke",
            {},
            {"inputText": ""},
        ),
    ),
    Row(
        "ranking of vLLM",
        *("openai", "rerank", "POST /v1/rerank", {}, {"query": "x", "documents": []}),
    ),
    Row(
        "of Cohere",
        *("cohere", "rerank", "POST /v2/rerank", BEARER, {"model": "m", "documents": []}),
    ),
    Row("images", "openai", "images.generate", "POST /v1/images/generations", BEARER),
    Row(
        "Groq's audio",
        "openai",
        "audio.transcriptions.create",
        "POST /openai/v1/audio/transcriptions",
    ),
    Row(
        "ranking by Cohere's client",
        *("cohere", "rerank", "POST /v1/rerank", {"User-Agent": "cohere/7"}, {"query": "x"}),
    ),
    # one path for APIs and applications
    Row("Ollama's chat", "ollama", "chat", "POST /api/chat", {}, {"model": "m", "messages": []}),
    Row(
        "the chat of a web application",
        *("plain", "", "POST /api/chat", {}, {"id": "x", "messages": [], "trigger": "submit"}),
    ),
    Row("a generator of its own", "plain", "", "POST /api/generate", {}, {"topic": "x"}),
    Row(
        "JSON-RPC of LangGraph's agents",
        *("langgraph", "a2a", "POST /a2a/agent", MCP_ACCEPT),
        {"jsonrpc": "2.0", "id": 1, "method": "message/send"},
    ),
    Row(
        "JSON-RPC of nobody",
        *("plain", "", "POST /rpc", {}, {"jsonrpc": "2.0", "id": 1, "method": "eth_call"}),
    ),
    # never guessed
    Row("an evaluation's runs", "plain", "", "GET /v1/evals/eval_1/runs"),
    Row("an evaluation's files", "plain", "", "GET /v1/evals/eval_1/files"),
    Row("beyond a run", "plain", "", "POST /v1/threads/thread_1/runs/run_1/unknown"),
    Row("a forum's threads", "plain", "", "GET /forum/threads"),
    Row("a survey's responses", "plain", "", "GET /surveys/12/responses"),
    Row("a shop's files", "plain", "", "GET /shop/7/files"),
    Row("embeddings of nobody", "plain", "", "POST /v1/embeddings"),
    Row("a shop's moderations", "plain", "", "POST /v1/moderations", {}, {"review": 1}),
    Row("a shop's images", "plain", "", "POST /shop/7/images/edits"),
    Row("a ranking", "plain", "", "POST /v1/rerank", {}, {"query": "x"}),
    Row("nothing", "plain", "", "GET /"),
]


def build(row: Row) -> Request:
    method, target = row.call.split(" ")
    headers = tuple((name.encode(), value.encode()) for name, value in row.headers.items())
    body = b"" if row.body is None else json.dumps(row.body).encode()
    return make_request(method, target.encode(), headers, body)


@pytest.mark.parametrize("row", ROWS, ids=[row.reason for row in ROWS])
def test_a_request_goes_to_its_dialect(row: Row) -> None:
    request = build(row)
    dialect = find_dialect(request)
    assert (dialect.name, dialect.interpret(request).operation) == (row.dialect, row.operation)


def test_the_names_in_their_order() -> None:
    assert [dialect.name for dialect in DIALECTS] == [
        *("assistants", "agents", "responses", "chat", "anthropic", "gemini", "langgraph", "mcp"),
        *("ollama", "bedrock", "cohere", "mistral", "openai", "plain"),
    ]


NAMES = st.sampled_from(["OpenAI-Beta", "anthropic-version", "Accept", "User-Agent", "x"])


@given(
    st.sampled_from(ROWS),
    st.lists(st.tuples(NAMES, st.text(max_size=10)), max_size=3),
    st.binary(max_size=20),
)
def test_no_request_raises(row: Row, headers: list[tuple[str, str]], body: bytes) -> None:
    method, target = row.call.split(" ")
    pairs = tuple((name.encode(), value.encode()) for name, value in headers)
    request = make_request(method, target.encode(), pairs, body)
    dialect = find_dialect(request)
    assert isinstance(dialect.interpret(request).operation, str)
    assert json.loads(dialect.build_error("no", "miss"))


IDS = [
    *("sess_", "turn_", "agent_", "msg_", "rs_", "evt_", "subagent_", "amsg_", "fco_", "exec_"),
    *("ccarenv_b64_", "resp_", "fc_", "call_", "mcp_", "mcpr_", "mac_", "maco_", "conv_"),
    *("chatcmpl-", "cmpl-", "toolu_", "srvtoolu_", "msgbatch_", "sesn_", "sthr_", "lc_run--"),
    *("tooluse_", "thread_", "run_", "asst_", "step_", "file-", "vs_"),
]
REST = ("q7Kd0ZbXw3LmRt9vNcYh2JpGs8FaUe5i", "08ddf0fad934b78c006abcacc797e4819aae75b64ad6e189")


@pytest.mark.parametrize("prefix", IDS)
def test_the_ids_of_the_apis_are_no_secrets(prefix: str) -> None:
    text = " ".join(f"It is {prefix}{rest}." for rest in REST)
    request = make_request("POST", b"/v1/x", (), json.dumps({"text": text}).encode())
    redacted = Redactor(Rules.build(), Vault()).redact_request(request).request
    assert redacted.body == request.body


@pytest.mark.parametrize("row", ROWS, ids=[row.reason for row in ROWS])
def test_a_redacted_request_goes_to_the_same_dialect(row: Row) -> None:
    request = build(row)
    redacted = Redactor(Rules.build(), Vault()).redact_request(request).request
    assert find_dialect(redacted) is find_dialect(request)
