"""Streams of other APIs: Responses, chat completions, Anthropic messages, and unknown ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corpus.run_streams import Told
from corpus.writing import Json, Leaf, Lines, Sse

Stream = Callable[[Told], Iterator[Sse]]


def _responses(told: Told, kind: str, item: Callable[[str], Json], field: str) -> Iterator[Sse]:
    """Deltas of one item, its ``done``, and the whole response with all items."""
    item_id = f"item_{told.dice.run('hex', 48)}"
    place = {"item_id": item_id, "output_index": 0, "content_index": 0}
    response: dict[str, Json] = {"id": f"resp_{told.dice.run('hex', 48)}", "object": "response"}
    first = {"type": "response.created", "response": {**response, "output": []}}
    yield Sse("response.created", {**first, "sequence_number": 0})
    number = 0
    for number, piece in enumerate(told.pieces, start=1):
        data = {"type": f"{kind}.delta", **place, "delta": Leaf(piece), "sequence_number": number}
        yield Sse(f"{kind}.delta", {**data, "obfuscation": told.dice.run("alnum", 6)})
    done = {"type": f"{kind}.done", **place, field: Leaf(told.text)}
    yield Sse(f"{kind}.done", {**done, "sequence_number": number + 1})
    whole = {**response, "status": "completed", "output": [item(told.text)]}
    last = {"type": "response.completed", "response": whole, "sequence_number": number + 2}
    yield Sse("response.completed", last)


def responses_text(told: Told) -> Iterator[Sse]:
    """``response.output_text``."""

    def item(text: str) -> Json:
        part = {"type": "output_text", "annotations": [], "text": Leaf(text)}
        return {"type": "message", "role": "assistant", "content": [part]}

    yield from _responses(told, "response.output_text", item, "text")


def responses_arguments(told: Told) -> Iterator[Sse]:
    """``response.function_call_arguments``."""

    def item(text: str) -> Json:
        return {"type": "function_call", "name": "look_up", "arguments": Leaf(text)}

    yield from _responses(told, "response.function_call_arguments", item, "arguments")


def responses_mcp(told: Told) -> Iterator[Sse]:
    """``response.mcp_call_arguments``."""

    def item(text: str) -> Json:
        return {"type": "mcp_call", "server_label": "files", "arguments": Leaf(text)}

    yield from _responses(told, "response.mcp_call_arguments", item, "arguments")


def responses_refusal(told: Told) -> Iterator[Sse]:
    """``response.refusal``."""

    def item(text: str) -> Json:
        part = {"type": "refusal", "refusal": Leaf(text)}
        return {"type": "message", "role": "assistant", "content": [part]}

    yield from _responses(told, "response.refusal", item, "refusal")


def responses_reasoning(told: Told) -> Iterator[Sse]:
    """``response.reasoning_summary_text``."""

    def item(text: str) -> Json:
        return {"type": "reasoning", "summary": [{"type": "summary_text", "text": Leaf(text)}]}

    yield from _responses(told, "response.reasoning_summary_text", item, "text")


def responses_code(told: Told) -> Iterator[Sse]:
    """``response.code_interpreter_call_code``."""

    def item(text: str) -> Json:
        return {"type": "code_interpreter_call", "code": Leaf(text)}

    yield from _responses(told, "response.code_interpreter_call_code", item, "code")


def _chat(told: Told, *choices: Json) -> Sse:
    head = {"id": "chatcmpl-9Xtj47S36iWNBARmBocBaifGBbjtw", "object": "chat.completion.chunk"}
    more = {"created": 1_717_866_062, "model": "gpt-4o-mini", "system_fingerprint": None}
    return Sse(None, {**head, **more, "choices": list(choices)})


def _choice(delta: Json, *, index: int = 0, logprobs: Json = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


_CHAT_END = Sse(None, Lines("[DONE]"))


def _chat_field(told: Told, name: str) -> Iterator[Sse]:
    yield _chat(told, _choice({"role": "assistant", name: ""}))
    for piece in told.pieces:
        yield _chat(told, _choice({name: Leaf(piece)}))
    yield _CHAT_END


def chat_text(told: Told) -> Iterator[Sse]:
    """``delta.content``."""
    return _chat_field(told, "content")


def chat_refusal(told: Told) -> Iterator[Sse]:
    """``delta.refusal``."""
    return _chat_field(told, "refusal")


def chat_reasoning(told: Told) -> Iterator[Sse]:
    """``delta.reasoning_content``, as DeepSeek and vLLM send it."""
    return _chat_field(told, "reasoning_content")


def chat_choices(told: Told) -> Iterator[Sse]:
    """The second of three choices, which come in turn, sometimes in one chunk."""
    for place, piece in enumerate(told.pieces):
        choices = [
            _choice({"content": f" {told.dice.word()}"}),
            _choice({"content": Leaf(piece)}, index=1),
            _choice({"content": f" {told.dice.word()}"}, index=2),
        ]
        if place % 3 == 0:
            yield _chat(told, *choices)
        else:
            yield from (_chat(told, choice) for choice in choices)
    yield _CHAT_END


def chat_tools(told: Told) -> Iterator[Sse]:
    """The arguments of the second of two calls that come in turn."""
    for piece in told.pieces:
        for index, arguments in enumerate((told.dice.word(), Leaf(piece))):
            call = {"index": index, "function": {"arguments": arguments}}
            yield _chat(told, _choice({"tool_calls": [call]}))
    yield _CHAT_END


def chat_function(told: Told) -> Iterator[Sse]:
    """``delta.function_call``, the older form."""
    for piece in told.pieces:
        yield _chat(told, _choice({"function_call": {"arguments": Leaf(piece)}}))
    yield _CHAT_END


def chat_logprobs(told: Told) -> Iterator[Sse]:
    """``delta.content``, and the same tokens again with their probabilities and bytes."""
    for piece in told.pieces:
        token = {"token": Leaf(piece), "logprob": -0.25, "bytes": list(piece.encode())}
        probabilities = {"content": [{**token, "top_logprobs": [token]}], "refusal": None}
        yield _chat(told, _choice({"content": Leaf(piece)}, logprobs=probabilities))
    yield _CHAT_END


def _anthropic(told: Told, kind: str, field: str, block: Json) -> Iterator[Sse]:
    message = {"id": f"msg_01{told.dice.run('alnum', 22)}", "type": "message", "content": []}
    yield Sse("message_start", {"type": "message_start", "message": message})
    start = {"type": "content_block_start", "index": 1, "content_block": block}
    yield Sse("content_block_start", start)
    yield Sse("ping", {"type": "ping"})
    for piece in told.pieces:
        other = {"type": "text_delta", "text": f" {told.dice.word()}"}
        for index, delta in enumerate((other, {"type": kind, field: Leaf(piece)})):
            data = {"type": "content_block_delta", "index": index, "delta": delta}
            yield Sse("content_block_delta", data)
    yield Sse("content_block_stop", {"type": "content_block_stop", "index": 1})
    yield Sse("message_stop", {"type": "message_stop"})


def anthropic_text(told: Told) -> Iterator[Sse]:
    """``text_delta``, beside another block."""
    return _anthropic(told, "text_delta", "text", {"type": "text", "text": ""})


def anthropic_json(told: Told) -> Iterator[Sse]:
    """``input_json_delta``."""
    block = {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "f", "input": {}}
    return _anthropic(told, "input_json_delta", "partial_json", block)


def anthropic_thinking(told: Told) -> Iterator[Sse]:
    """``thinking_delta``."""
    return _anthropic(told, "thinking_delta", "thinking", {"type": "thinking", "thinking": ""})


def _unknown(told: Told, data: Callable[[str], Json], name: str | None = None) -> Iterator[Sse]:
    for piece in told.pieces:
        yield Sse(name, data(piece))


def gemini(told: Told) -> Iterator[Sse]:
    """``streamGenerateContent`` with ``alt=sse``."""

    def data(piece: str) -> Json:
        content = {"parts": [{"text": Leaf(piece)}], "role": "model"}
        return {"candidates": [{"content": content, "index": 0}], "modelVersion": "gemini-2.5"}

    return _unknown(told, data)


def cohere(told: Told) -> Iterator[Sse]:
    """Cohere's chat, version 2."""

    def data(piece: str) -> Json:
        message = {"content": {"text": Leaf(piece)}}
        return {"type": "content-delta", "index": 0, "delta": {"message": message}}

    return _unknown(told, data, "content-delta")


def text_generation(told: Told) -> Iterator[Sse]:
    """Hugging Face's text generation: the text of each token, at the end all of it."""

    def data(piece: str) -> Json:
        token = {"id": 29889, "text": Leaf(piece), "logprob": -0.01, "special": False}
        return {"index": 1, "token": token, "generated_text": None}

    yield from _unknown(told, data)
    yield Sse(None, {"index": 2, "token": None, "generated_text": Leaf(told.text)})


def langgraph(told: Told) -> Iterator[Sse]:
    """LangGraph's ``messages``: the piece is in the first item of a pair."""

    def data(piece: str) -> Json:
        chunk = {"content": Leaf(piece), "type": "AIMessageChunk", "id": "lc_run--01a2043b"}
        return [chunk, {"langgraph_step": 5, "langgraph_node": "echo"}]

    return _unknown(told, data, "messages")


def ui_messages(told: Told) -> Iterator[Sse]:
    """The AI SDK's message stream."""
    return _unknown(told, lambda piece: {"type": "text-delta", "id": "0", "delta": Leaf(piece)})


def own_shape(told: Told) -> Iterator[Sse]:
    """A shape that nobody else has."""
    return _unknown(told, lambda piece: {"kind": "part", "seq": 1, "payload": {"s": Leaf(piece)}})


def bare_strings(told: Told) -> Iterator[Sse]:
    """Data that is one JSON string."""
    return _unknown(told, Leaf)


def plain_lines(told: Told) -> Iterator[Sse]:
    """Data that is no JSON."""
    for piece in told.pieces:
        yield Sse(None, Lines(piece))
    yield _CHAT_END
