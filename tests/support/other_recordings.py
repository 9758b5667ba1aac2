"""Recordings of one program for the other dialects, made as ``support.recordings`` does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from runreel.model import Exchange
from support.recordings import GREETER, USUAL, Facts, Recorder, number

SSE = ((b"Content-Type", b"text/event-stream"),)
AGENTS = ((b"OpenAI-Beta", b"agents=v1"),)
_Events = Iterator[tuple[str, object] | object]


def record_gemini(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses Gemini's streamGenerateContent."""
    facts = recorder.facts
    contents: list[object] = [{"role": "user", "parts": [{"text": facts.question}]}]
    declaration = {"name": "get_weather", "parameters": facts.schema}
    body: dict[str, object] = {
        "systemInstruction": {"parts": [{"text": facts.prompt}]},
        "contents": contents,
        "tools": [{"functionDeclarations": [declaration]}],
        "generationConfig": {"temperature": facts.temperature},
    }
    target = f"/v1beta/models/{facts.model or 'gemini-2.5-flash'}:streamGenerateContent?alt=sse"

    def stream(parts: list[object]) -> _Events:
        response_id, count = recorder.make_id("", 20), 0
        for index, part in enumerate(parts):
            is_last = index == len(parts) - 1
            count = facts.tokens if is_last else count + 2
            finish = {"finishReason": "STOP"} if is_last else {}
            content = {"role": "model", "parts": [part]}
            usage = {"promptTokenCount": 80, "candidatesTokenCount": count}
            yield {
                "candidates": [{"content": content, "index": 0, **finish}],
                "usageMetadata": usage,
                "modelVersion": "gemini-2.5-flash",
                "responseId": response_id,
            }

    if with_tool:
        call = {"name": "get_weather", "args": facts.arguments}
        recorder.add_stream(target, body, stream([{"functionCall": call}]))
        output = {"name": "get_weather", "response": json.loads(facts.output)}
        contents += [
            {"role": "model", "parts": [{"functionCall": call}]},
            {"role": "user", "parts": [{"functionResponse": output}]},
        ]
    pieces: list[object] = [{"text": each} for each in recorder.cut(facts.answer)]
    recorder.add_stream(target, body, stream(pieces))


def record_ollama(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses Ollama's chat, which sends lines of JSON."""
    facts = recorder.facts
    messages: list[object] = [
        {"role": "system", "content": facts.prompt},
        {"role": "user", "content": facts.question},
    ]
    function = {"name": "get_weather", "parameters": facts.schema}
    body: dict[str, object] = {
        "model": facts.model or "llama3.2",
        "messages": messages,
        "tools": [{"type": "function", "function": function}],
        "options": {"temperature": facts.temperature},
    }

    def add(replies: Sequence[Mapping[str, object]]) -> None:
        stamp = f"2026-03-01T10:00:{recorder.seed:02d}.123456Z"
        shared = {"model": "llama3.2", "created_at": stamp}
        timing = {"total_duration": 10**9 + recorder.seed, "eval_count": facts.tokens}
        lines: list[object] = [
            {**shared, "message": {"role": "assistant", "content": "", **each}, "done": False}
            for each in replies
        ]
        end = {"message": {"role": "assistant", "content": ""}, "done": True, "done_reason": "stop"}
        lines.append({**shared, **end, **timing, "prompt_eval_count": 80})
        encoded = (json.dumps(line).encode() + b"\n" for line in lines)
        headers = ((b"Content-Type", b"application/x-ndjson"),)
        recorder.add("POST", "/api/chat", body, *encoded, headers=headers)

    if with_tool:
        call = {"function": {"name": "get_weather", "arguments": facts.arguments}}
        add([{"tool_calls": [call]}])
        messages += [
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "content": facts.output},
        ]
    add([{"content": each} for each in recorder.cut(facts.answer)])


def record_cohere(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses Cohere's chat, version 2."""
    facts = recorder.facts
    messages: list[object] = [
        {"role": "system", "content": facts.prompt},
        {"role": "user", "content": facts.question},
    ]
    function = {"name": "get_weather", "parameters": facts.schema}
    body: dict[str, object] = {
        "model": facts.model or "command-a-03-2025",
        "messages": messages,
        "tools": [{"type": "function", "function": function}],
        "temperature": facts.temperature,
        "stream": True,
    }

    def stream(events: Sequence[Mapping[str, object]], reason: str) -> _Events:
        start = {"message": {"role": "assistant", "content": [], "tool_calls": []}}
        usage = {"tokens": {"input_tokens": 80, "output_tokens": facts.tokens}}
        end = {"finish_reason": reason, "usage": usage}
        for event in (
            {"type": "message-start", "id": recorder.make_id("", 30), "delta": start},
            *events,
            {"type": "message-end", "delta": end},
        ):
            yield str(event["type"]), event

    def tool(kind: str, call: object) -> Mapping[str, object]:
        return {"type": f"tool-call-{kind}", "index": 0, "delta": {"message": {"tool_calls": call}}}

    if with_tool:
        function_call: dict[str, object] = {"name": "get_weather", "arguments": ""}
        call = {"id": recorder.make_id("get_weather_", 12), "type": "function"}
        pieces = recorder.cut(facts.arguments_text)
        events = [
            tool("start", {**call, "function": function_call}),
            *(tool("delta", {"function": {"arguments": each}}) for each in pieces),
            {"type": "tool-call-end", "index": 0},
        ]
        recorder.add_stream("/v2/chat", body, stream(events, "TOOL_CALL"))
        whole = {**function_call, "arguments": facts.arguments_text}
        messages += [
            {"role": "assistant", "tool_calls": [{**call, "function": whole}]},
            {"role": "tool", "tool_call_id": call["id"], "content": facts.output},
        ]
    texts = [
        {
            "type": "content-delta",
            "index": 0,
            "delta": {"message": {"content": {"text": each}}},
        }
        for each in recorder.cut(facts.answer)
    ]
    content = {"message": {"content": {"type": "text", "text": ""}}}
    events = [
        {"type": "content-start", "index": 0, "delta": content},
        *texts,
        {"type": "content-end", "index": 0},
    ]
    recorder.add_stream("/v2/chat", body, stream(events, "COMPLETE"))


def record_mistral(recorder: Recorder, *, with_tool: bool) -> None:
    """Record an agent that uses Mistral's conversations."""
    facts = recorder.facts
    function = {"name": "get_weather", "parameters": facts.schema}
    body: dict[str, object] = {
        "model": facts.model or "mistral-medium-latest",
        "instructions": facts.prompt,
        "inputs": facts.question,
        "tools": [{"type": "function", "function": function}],
        "completion_args": {"temperature": facts.temperature},
        "stream": True,
    }
    conversation = recorder.make_id("conv_", 32)

    def stream(events: Sequence[Mapping[str, object]]) -> _Events:
        usage = {"prompt_tokens": 80, "completion_tokens": facts.tokens, "total_tokens": 100}
        for event in (
            {"type": "conversation.response.started", "conversation_id": conversation},
            *events,
            {"type": "conversation.response.done", "usage": usage},
        ):
            yield str(event["type"]), event

    target = "/v1/conversations"
    if with_tool:
        call_id = recorder.make_id("", 9)
        call = {"type": "function.call.delta", "id": recorder.make_id("fc_"), "output_index": 0}
        named = {**call, "name": "get_weather", "tool_call_id": call_id}
        pieces = recorder.cut(facts.arguments_text)
        recorder.add_stream(target, body, stream([{**named, "arguments": each} for each in pieces]))
        output = {"type": "function.result", "tool_call_id": call_id, "result": facts.output}
        target, body = f"{target}/{conversation}", {"inputs": [output], "stream": True}
    place = {"id": recorder.make_id("msg_"), "output_index": 0, "content_index": 0}
    texts = [
        {"type": "message.output.delta", **place, "role": "assistant", "content": each}
        for each in recorder.cut(facts.answer)
    ]
    recorder.add_stream(target, body, stream(texts))


def record_mcp(recorder: Recorder, *, with_tool: bool) -> None:
    """Record a client of an MCP server."""
    facts, token = recorder.facts, recorder.letters.randrange(3, 900)
    arguments = facts.arguments if with_tool else {"topic": facts.question}
    body = {
        "jsonrpc": "2.0",
        "id": token,
        "method": "tools/call",
        "params": {
            "name": "get_weather" if with_tool else "greet",
            "arguments": {**arguments, "style": facts.prompt},
            "_meta": {"progressToken": token},
        },
    }
    progress = {"progressToken": token, "progress": 1, "message": "half"}
    content = {"type": "text", "text": facts.answer}
    events = [
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": progress},
        {"jsonrpc": "2.0", "id": token, "result": {"content": [content], "isError": False}},
    ]
    pieces = (encode_named(("message", event)) for event in events)
    session = recorder.make_id("", 32).encode()
    sent = ((b"Mcp-Protocol-Version", b"2025-11-25"), (b"Mcp-Session-Id", session))
    recorder.add("POST", "/mcp", body, *pieces, headers=SSE, sent=sent)


def record_langgraph(recorder: Recorder, *, with_tool: bool) -> None:
    """Record a client of a LangGraph server."""
    facts = recorder.facts
    thread, run_id = recorder.make_uuid(), recorder.make_uuid()
    recorder.add_document(
        "POST", "/threads", {"metadata": {"agent": facts.question}}, {"thread_id": thread}
    )
    body = {
        "assistant_id": "agent",
        "input": {"messages": [{"role": "user", "content": facts.question}]},
        "config": {"configurable": {"prompt": facts.prompt, "temperature": facts.temperature}},
        "stream_mode": ["messages-tuple"],
    }
    about = {"langgraph_node": "agent", "thread_id": thread, "run_id": run_id}

    def chunk(message: str, **content: object) -> tuple[str, object]:
        shared = {"type": "AIMessageChunk", "id": message, "content": "", "tool_call_chunks": []}
        return "messages", [{**shared, **content}, about]

    def stream() -> _Events:
        yield "metadata", {"run_id": run_id, "attempt": 1}
        if with_tool:
            first = {"name": "get_weather", "args": "", "id": recorder.make_id("call_"), "index": 0}
            message = f"lc_run--{recorder.make_uuid()}"
            yield chunk(message, tool_call_chunks=[first])
            for piece in recorder.cut(facts.arguments_text):
                rest = {"name": None, "args": piece, "id": None, "index": 0}
                yield chunk(message, tool_call_chunks=[rest])
        message = f"lc_run--{recorder.make_uuid()}"
        for piece in recorder.cut(facts.answer):
            yield chunk(message, content=piece)

    recorder.add_stream(f"/threads/{thread}/runs/stream", body, stream())


def record_agents(recorder: Recorder, *, with_tool: bool) -> None:
    """Record a client of a session of an agent."""
    facts = recorder.facts
    session, turn = recorder.make_id("sess_"), recorder.make_id("turn_")
    agent = {"model": facts.model or "gpt-4o", "instructions": facts.prompt, "tools": []}
    created = {"id": session, "object": "agent.session", "created_at": recorder.now}
    document = json.dumps({**created, "status": "idle"}).encode()
    metadata = {"topic": facts.question}
    body = {"agent": agent, "environment": {"type": "none"}, "metadata": metadata}
    recorder.add("POST", "/v1/agents/sessions", body, document, sent=AGENTS)
    shared = {"session_id": session, "turn_id": turn}

    def event(name: str, **fields: object) -> tuple[str, object]:
        kind = f"agent.session.{name}"
        return kind, {"type": kind, "event_id": recorder.make_id("evt_"), **shared, **fields}

    def stream() -> _Events:
        state: dict[str, object] = {"id": turn, "object": "agent.session.turn", "status": "queued"}
        yield event("turn.created", turn=state)
        place: dict[str, object] = {"output_index": 0}
        if with_tool:
            item = {"type": "function_call", "id": recorder.make_id("fc_"), "turn_id": turn}
            named = {**item, "call_id": recorder.make_id("call_"), "name": "get_weather"}
            call = {**named, "arguments": facts.arguments_text}
            yield event("turn.item.added", **place, item=call)
            yield event("turn.item.done", **place, item=call)
            place = {"output_index": 1}
        message: dict[str, object] = {"type": "message", "id": recorder.make_id("msg_")}
        part = {**place, "item_id": message["id"], "content_index": 0}
        message |= {"turn_id": turn, "role": "assistant", "content": []}
        yield event("turn.item.added", **place, item=message)
        yield event("turn.content_part.added", **part, part={"type": "output_text", "text": ""})
        for piece in recorder.cut(facts.answer):
            yield event("turn.output_text.delta", **part, delta=piece)
        yield event("turn.output_text.done", **part, text=facts.answer)
        usage = {"input_tokens": 80, "output_tokens": facts.tokens, "total_tokens": 100}
        yield event("turn.completed", turn={**state, "status": "completed", "usage": usage})

    target = f"/v1/agents/sessions/{session}/events"
    pieces = (encode_named(each) for each in stream())
    recorder.add("GET", target, None, *pieces, headers=SSE, sent=AGENTS)


def encode_named(event: object) -> bytes:
    """Return a server-sent event with a name."""
    assert isinstance(event, tuple)
    return f"event: {event[0]}\ndata: {json.dumps(event[1])}\n\n".encode()


OTHER_PROGRAMS: Mapping[str, Callable[..., None]] = {
    "gemini": record_gemini,
    "ollama": record_ollama,
    "cohere": record_cohere,
    "mistral": record_mistral,
    "mcp": record_mcp,
    "langgraph": record_langgraph,
    "agents": record_agents,
}


def record_other(
    dialect: str, seed: int, facts: Facts = USUAL, *, cut: int | None = None
) -> list[Exchange]:
    """Return the exchanges of both agents, as ``record_program`` does."""
    recorder = Recorder(seed)
    recorder.cuts.seed(seed if cut is None else cut)
    for index, with_tool in enumerate((True, False)):
        recorder.at_us = 1000 * (index if seed % 2 else 1 - index)
        recorder.facts = facts if with_tool else GREETER
        OTHER_PROGRAMS[dialect](recorder, with_tool=with_tool)
    return number(recorder.exchanges)
