"""Requests, answers and streams of which no two are alike, as those of a suite or of many users.

The format is that of OpenAI's chat completions: the API with the most traffic. All have one path.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

from benchmarks.samples import (
    EVENTS,
    make_exchange,
    make_request_bytes,
    make_stream_answer,
    make_whole_answer,
)
from runreel.model import Answer, Exchange

TARGET = "/v1/chat/completions"

_TEXT = (
    "the answer to this question depends on where a traveller wants to go in spring or autumn and"
    " which towns along the river have rooms left for two nights near the old bridge with a view"
    " of hills trains leave at noon from every larger place while buses stop beside the market"
)
_WORDS = _TEXT.split(" ")
_INSTRUCTIONS = "Answer briefly, and name the page of the guide. " * 12


def make_body(number: int, *, stream: bool = True) -> bytes:
    """Return the body of a request: common instructions, and a question of its own."""
    words = _make_words(number)
    messages = [
        {"role": "system", "content": _INSTRUCTIONS},
        {"role": "user", "content": f"Question {number}: {_join(words, 80)}"},
    ]
    request = {
        "model": "gpt-4o-mini",
        "stream": stream,
        "temperature": 0.2,
        "messages": messages,
        "metadata": {"case": f"case {number}"},
    }
    return json.dumps(request).encode()


def make_request(port: int, number: int, *, stream: bool = True, prefix: str = "") -> bytes:
    """Return the raw request to 127.0.0.1; ``prefix`` is that of a session."""
    accept, body = _choose_accept(stream=stream), make_body(number, stream=stream)
    return make_request_bytes(port, prefix + TARGET, body=body, accept=accept)


def make_id(number: int) -> bytes:
    """Return the id that is in the answer, and in each event of the stream."""
    return b"chatcmpl-%08d" % number


def iter_events(number: int) -> Iterator[bytes]:
    """Yield the events of a stream of 15 KB, each with a text of its own."""
    words = _make_words(number)
    for index in range(EVENTS):
        delta = {"content": f"{_join(words, 3)} {index}"}
        yield b"data: " + json.dumps(_make_completion(number, "delta", delta)).encode() + b"\n\n"


def make_answer(number: int) -> Answer:
    """Make a JSON answer of 1 KB."""
    message = {"role": "assistant", "content": _join(_make_words(number), 140)}
    return make_whole_answer(json.dumps(_make_completion(number, "message", message)).encode())


def iter_streams(count: int) -> Iterator[Exchange]:
    """Yield the exchanges of as many streams."""
    for number in range(1, count + 1):
        answer = make_stream_answer(iter_events(number))
        yield make_exchange(number, answer, target=TARGET, body=make_body(number))


def iter_answers(count: int) -> Iterator[Exchange]:
    """Yield the exchanges of as many JSON answers."""
    for number in range(1, count + 1):
        body = make_body(number, stream=False)
        accept = _choose_accept(stream=False)
        yield make_exchange(number, make_answer(number), target=TARGET, body=body, accept=accept)


def _choose_accept(*, stream: bool) -> str:
    return "text/event-stream" if stream else "application/json"


def _make_words(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311 - the same each time


def _join(words: random.Random, count: int) -> str:
    return " ".join(words.choices(_WORDS, k=count))


def _make_completion(number: int, kind: str, content: dict[str, str]) -> dict[str, object]:
    return {
        "id": make_id(number).decode(),
        "object": "chat.completion.chunk",
        "created": 1_700_000_000 + number,
        "model": "gpt-4o-mini-2024-07-18",
        "system_fingerprint": "fp_0123456789",
        "choices": [{"index": 0, kind: content, "logprobs": None, "finish_reason": None}],
    }
