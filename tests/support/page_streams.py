"""Cassettes of streams, for the tests of the inspector's page."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from runreel.core.cassette import encode_exchange
from runreel.model import Answer, End, Exchange, Frame, Headers
from support.build import make_answer, make_cassette, make_head, make_request

_JSON: Headers = ((b"Content-Type", b"application/json"),)


class Chunk(NamedTuple):
    """An event of a stream, and the time before it."""

    data: bytes
    gap_us: int = 10_000


def build_chat_exchange(
    chunks: Iterable[Chunk],
    *,
    number: int = 1,
    request: object = None,
    end: End = End.COMPLETE,
    ends_with_mark: bool = True,
) -> Exchange:
    """Build a streamed Chat Completion; the chunks are the data of its events."""
    parts = [*chunks, *([Chunk(b"[DONE]")] if ends_with_mark else [])]
    frames, at_us = [], 1_000
    for part in parts:
        at_us += part.gap_us
        frames.append(Frame(dt_us=at_us, length=len(part.data) + 8, end_of_chunk=True))
    body = [b"data: " + part.data + b"\n\n" for part in parts]
    answer = make_answer(*body, frames=tuple(frames))
    return _build(answer, number, request, end)


def build_json_exchange(answer: object, *, number: int = 1, request: object = None) -> Exchange:
    """Build a Chat Completion that is not streamed."""
    body = json.dumps(answer).encode()
    return _build(make_answer(body, headers=_JSON), number, request, End.COMPLETE)


def _build(answer: Answer, number: int, request: object, end: End) -> Exchange:
    question = {"model": "gpt-4o", "stream": True, "messages": build_messages("Hello")}
    sent = make_request(
        target=b"/v1/chat/completions",
        headers=_JSON,
        body=json.dumps(question if request is None else request).encode(),
    )
    head = make_head(
        answer,
        number=number,
        request=sent,
        end=end,
        dialect="chat",
        operation="chat.completions.create",
    )
    return Exchange(head=head, answer=answer)


def build_messages(*texts: str) -> list[dict[str, str]]:
    """Return messages of a user and an assistant in turn."""
    roles = ("user", "assistant")
    return [{"role": roles[index % 2], "content": text} for index, text in enumerate(texts)]


def build_delta(text: str, **members: object) -> bytes:
    """Return the data of a chunk that adds a text."""
    choice = {"index": 0, "delta": {"content": text, **members}, "finish_reason": None}
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "gpt-4o"}
    return json.dumps({**chunk, "choices": [choice]}, ensure_ascii=False).encode(
        errors="surrogatepass"
    )


def build_words(words: Sequence[str], *, gap_us: int = 10_000) -> list[Chunk]:
    """Return a chunk for each word."""
    return [Chunk(build_delta(word), gap_us) for word in words]


def write_cassette(path: Path, *exchanges: Exchange) -> Path:
    """Write a cassette; the exchanges have their numbers already."""
    path.write_bytes(make_cassette(*(encode_exchange(each) for each in exchanges)))
    return path
