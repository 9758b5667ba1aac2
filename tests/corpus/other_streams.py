"""Streams of other APIs: Responses, chat completions, Anthropic messages, and unknown ones.

The name of each function is the name of its channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from corpus.run_streams import SplitText
from corpus.writing import Json, Leaf, Lines, Sse

Stream = Callable[[SplitText], Iterator[Sse]]


def _iter_responses(
    source: SplitText, kind: str, item: Callable[[str], Json], field: str
) -> Iterator[Sse]:
    """Yield the deltas of one item, its ``done``, and the whole response."""
    item_id = f"item_{source.dice.run('hex', 48)}"
    place = {"item_id": item_id, "output_index": 0, "content_index": 0}
    response: dict[str, Json] = {"id": f"resp_{source.dice.run('hex', 48)}", "object": "response"}
    first = {"type": "response.created", "response": {**response, "output": []}}
    yield Sse("response.created", {**first, "sequence_number": 0})
    number = 0
    for number, piece in enumerate(source.pieces, start=1):
        data = {"type": f"{kind}.delta", **place, "delta": Leaf(piece), "sequence_number": number}
        yield Sse(f"{kind}.delta", {**data, "obfuscation": source.dice.run("alnum", 6)})
    done = {"type": f"{kind}.done", **place, field: Leaf(source.text)}
    yield Sse(f"{kind}.done", {**done, "sequence_number": number + 1})
    whole = {**response, "status": "completed", "output": [item(source.text)]}
    last = {"type": "response.completed", "response": whole, "sequence_number": number + 2}
    yield Sse("response.completed", last)


def responses_text(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.output_text``."""

    def item(text: str) -> Json:
        part = {"type": "output_text", "annotations": [], "text": Leaf(text)}
        return {"type": "message", "role": "assistant", "content": [part]}

    yield from _iter_responses(source, "response.output_text", item, "text")


def responses_arguments(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.function_call_arguments``."""

    def item(text: str) -> Json:
        return {"type": "function_call", "name": "look_up", "arguments": Leaf(text)}

    yield from _iter_responses(source, "response.function_call_arguments", item, "arguments")


def responses_mcp(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.mcp_call_arguments``."""

    def item(text: str) -> Json:
        return {"type": "mcp_call", "server_label": "files", "arguments": Leaf(text)}

    yield from _iter_responses(source, "response.mcp_call_arguments", item, "arguments")


def responses_refusal(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.refusal``."""

    def item(text: str) -> Json:
        part = {"type": "refusal", "refusal": Leaf(text)}
        return {"type": "message", "role": "assistant", "content": [part]}

    yield from _iter_responses(source, "response.refusal", item, "refusal")


def responses_reasoning(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.reasoning_summary_text``."""

    def item(text: str) -> Json:
        return {"type": "reasoning", "summary": [{"type": "summary_text", "text": Leaf(text)}]}

    yield from _iter_responses(source, "response.reasoning_summary_text", item, "text")


def responses_code(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``response.code_interpreter_call_code``."""

    def item(text: str) -> Json:
        return {"type": "code_interpreter_call", "code": Leaf(text)}

    yield from _iter_responses(source, "response.code_interpreter_call_code", item, "code")


def _build_chat_chunk(source: SplitText, *choices: Json) -> Sse:
    head = {"id": "chatcmpl-9Xtj47S36iWNBARmBocBaifGBbjtw", "object": "chat.completion.chunk"}
    more = {"created": 1_717_866_062, "model": "gpt-4o-mini", "system_fingerprint": None}
    return Sse(None, {**head, **more, "choices": list(choices)})


def _build_choice(delta: Json, *, index: int = 0, logprobs: Json = None) -> Json:
    return {"index": index, "delta": delta, "logprobs": logprobs, "finish_reason": None}


_CHAT_END = Sse(None, Lines("[DONE]"))


def _iter_chat_field(source: SplitText, name: str) -> Iterator[Sse]:
    yield _build_chat_chunk(source, _build_choice({"role": "assistant", name: ""}))
    for piece in source.pieces:
        yield _build_chat_chunk(source, _build_choice({name: Leaf(piece)}))
    yield _CHAT_END


def chat_text(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``delta.content``."""
    return _iter_chat_field(source, "content")


def chat_refusal(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``delta.refusal``."""
    return _iter_chat_field(source, "refusal")


def chat_reasoning(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``delta.reasoning_content`` (DeepSeek, vLLM)."""
    return _iter_chat_field(source, "reasoning_content")


def chat_choices(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the second of three choices, sometimes all in one chunk."""
    for place, piece in enumerate(source.pieces):
        choices = [
            _build_choice({"content": f" {source.dice.word()}"}),
            _build_choice({"content": Leaf(piece)}, index=1),
            _build_choice({"content": f" {source.dice.word()}"}, index=2),
        ]
        if place % 3 == 0:
            yield _build_chat_chunk(source, *choices)
        else:
            yield from (_build_chat_chunk(source, choice) for choice in choices)
    yield _CHAT_END


def chat_tools(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in the arguments of the second of two interleaved calls."""
    for piece in source.pieces:
        for index, arguments in enumerate((source.dice.word(), Leaf(piece))):
            call = {"index": index, "function": {"arguments": arguments}}
            yield _build_chat_chunk(source, _build_choice({"tool_calls": [call]}))
    yield _CHAT_END


def chat_function(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``delta.function_call``, the older format."""
    for piece in source.pieces:
        yield _build_chat_chunk(
            source, _build_choice({"function_call": {"arguments": Leaf(piece)}})
        )
    yield _CHAT_END


def chat_logprobs(source: SplitText) -> Iterator[Sse]:
    """Yield a stream with the text in ``delta.content``, and its tokens as log-probabilities."""
    for piece in source.pieces:
        token = {"token": Leaf(piece), "logprob": -0.25, "bytes": list(piece.encode())}
        probabilities = {"content": [{**token, "top_logprobs": [token]}], "refusal": None}
        yield _build_chat_chunk(
            source, _build_choice({"content": Leaf(piece)}, logprobs=probabilities)
        )
    yield _CHAT_END


def _iter_anthropic(source: SplitText, kind: str, field: str, block: Json) -> Iterator[Sse]:
    message = {"id": f"msg_01{source.dice.run('alnum', 22)}", "type": "message", "content": []}
    yield Sse("message_start", {"type": "message_start", "message": message})
    start = {"type": "content_block_start", "index": 1, "content_block": block}
    yield Sse("content_block_start", start)
    yield Sse("ping", {"type": "ping"})
    for piece in source.pieces:
        other = {"type": "text_delta", "text": f" {source.dice.word()}"}
        for index, delta in enumerate((other, {"type": kind, field: Leaf(piece)})):
            data = {"type": "content_block_delta", "index": index, "delta": delta}
            yield Sse("content_block_delta", data)
    yield Sse("content_block_stop", {"type": "content_block_stop", "index": 1})
    yield Sse("message_stop", {"type": "message_stop"})


def anthropic_text(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``text_delta``, interleaved with another block."""
    return _iter_anthropic(source, "text_delta", "text", {"type": "text", "text": ""})


def anthropic_json(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``input_json_delta``."""
    block = {"type": "tool_use", "id": "toolu_01A09q90qw90lq917835lq9", "name": "f", "input": {}}
    return _iter_anthropic(source, "input_json_delta", "partial_json", block)


def anthropic_thinking(source: SplitText) -> Iterator[Sse]:
    """Return a stream with the text in ``thinking_delta``."""
    return _iter_anthropic(
        source, "thinking_delta", "thinking", {"type": "thinking", "thinking": ""}
    )


def _iter_events(
    source: SplitText, data: Callable[[str], Json], name: str | None = None
) -> Iterator[Sse]:
    for piece in source.pieces:
        yield Sse(name, data(piece))


def gemini(source: SplitText) -> Iterator[Sse]:
    """Return a stream of Gemini's ``streamGenerateContent`` with ``alt=sse``."""

    def data(piece: str) -> Json:
        content = {"parts": [{"text": Leaf(piece)}], "role": "model"}
        return {"candidates": [{"content": content, "index": 0}], "modelVersion": "gemini-2.5"}

    return _iter_events(source, data)


def cohere(source: SplitText) -> Iterator[Sse]:
    """Return a stream of Cohere's chat, version 2."""

    def data(piece: str) -> Json:
        message = {"content": {"text": Leaf(piece)}}
        return {"type": "content-delta", "index": 0, "delta": {"message": message}}

    return _iter_events(source, data, "content-delta")


def text_generation(source: SplitText) -> Iterator[Sse]:
    """Yield a stream of Hugging Face's text generation: each token's text, and at the end all."""

    def data(piece: str) -> Json:
        token = {"id": 29889, "text": Leaf(piece), "logprob": -0.01, "special": False}
        return {"index": 1, "token": token, "generated_text": None}

    yield from _iter_events(source, data)
    yield Sse(None, {"index": 2, "token": None, "generated_text": Leaf(source.text)})


def langgraph(source: SplitText) -> Iterator[Sse]:
    """Return a stream of LangGraph's ``messages``: the piece is in the first item of a pair."""

    def data(piece: str) -> Json:
        chunk = {"content": Leaf(piece), "type": "AIMessageChunk", "id": "lc_run--01a2043b"}
        return [chunk, {"langgraph_step": 5, "langgraph_node": "echo"}]

    return _iter_events(source, data, "messages")


def ui_messages(source: SplitText) -> Iterator[Sse]:
    """Return a message stream of the AI SDK."""
    return _iter_events(
        source, lambda piece: {"type": "text-delta", "id": "0", "delta": Leaf(piece)}
    )


def own_shape(source: SplitText) -> Iterator[Sse]:
    """Return a stream with events of an unknown structure."""
    return _iter_events(
        source, lambda piece: {"kind": "part", "seq": 1, "payload": {"s": Leaf(piece)}}
    )


def bare_strings(source: SplitText) -> Iterator[Sse]:
    """Return a stream whose data is one JSON string."""
    return _iter_events(source, Leaf)


def plain_lines(source: SplitText) -> Iterator[Sse]:
    """Yield a stream whose data is not JSON."""
    for piece in source.pieces:
        yield Sse(None, Lines(piece))
    yield _CHAT_END
