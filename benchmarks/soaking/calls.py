"""The calls of the clients, made from a seed: the same in record and in replay.

A call tells the upstream how to answer in the header ``x-soak``, so no answer depends on another.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.samples import REQUEST_BODY

INSTRUCTION = "x-soak"
EARLY_STATUSES = (401, 413, 429)

_KEY = "sk-test-canary-" + "soak-0000"
_BOUNDARY = "soak-boundary"
_FAILURES = (429, 500, 502, 503)


@dataclass(frozen=True, slots=True)
class Call:
    """One request, and how its client behaves."""

    kind: str
    method: str
    path: str
    instruction: str
    """How the upstream answers: its first word is the name of a function of ``upstream``."""
    body: bytes = b""
    content_type: str = "application/json"
    is_chunked: bool = False
    leaves_after: int | None = None
    """The number of received pieces after which the client leaves; None: it stays."""
    patience: float = 60.0
    """The number of seconds without data after which the client leaves."""

    def format_head(self, port: int, cookies: str = "") -> bytes:
        """Return the head of the request; ``cookies`` is the value of its header ``Cookie``."""
        framing = (
            "Transfer-Encoding: chunked" if self.is_chunked else f"Content-Length: {len(self.body)}"
        )
        lines = [
            f"{self.method} {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{port}",
            f"Authorization: Bearer {_KEY}",
            "OpenAI-Beta: assistants=v2",
            f"{INSTRUCTION}: {self.instruction}",
            *([f"Cookie: {cookies}"] if cookies else []),
            *([f"Content-Type: {self.content_type}", framing] if self.method == "POST" else []),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"


def iter_calls(seed: int, client: int) -> Iterator[Call]:
    """Yield the calls of one client, without end."""
    choices = random.Random(f"{seed} {client}")  # noqa: S311 - the same each time
    kinds, weights = zip(*_WEIGHTS, strict=True)
    number = 0
    while True:
        number += 1
        name = f"{client:03}x{number:06}"
        if number % 12 == 1:
            yield from _start_thread(choices, name)
            thread = name
        [make] = choices.choices(kinds, weights)
        yield make(choices, f"/v1/threads/thread_{thread}", name)


def _start_thread(choices: random.Random, name: str) -> Iterator[Call]:
    body = json.dumps({"metadata": {"soak": name}}).encode()
    yield Call("thread", "POST", "/v1/threads", f"json {choices.randint(200, 600)}", body)


def _make_message(choices: random.Random, thread: str, name: str) -> Call:
    content = f"Write to ann.{name}@example.org, {choices.random()}, as soon as you can."
    body = json.dumps({"role": "user", "content": content}).encode()
    return Call("message", "POST", f"{thread}/messages", "json 700", body)


def _make_run_body(name: str) -> bytes:
    return REQUEST_BODY.replace(b"create-run", name.encode())


def _make_stream(choices: random.Random, thread: str, name: str) -> Call:
    instruction = f"stream {choices.randint(10, 60)} {choices.randint(1, 12)} end"
    return Call("stream", "POST", f"{thread}/runs", instruction, _make_run_body(name))


def _make_broken_stream(choices: random.Random, thread: str, name: str) -> Call:
    end = choices.choice(("reset", "close"))
    instruction = f"stream {choices.randint(2, 20)} 5 {end}"
    return Call(end, "POST", f"{thread}/runs", instruction, _make_run_body(name))


def _make_stall(choices: random.Random, thread: str, name: str) -> Call:
    instruction = f"stream {choices.randint(1, 9)} 5 stall"
    return Call("stall", "POST", f"{thread}/runs", instruction, _make_run_body(name), patience=0.3)


def _make_left_stream(choices: random.Random, thread: str, name: str) -> Call:
    return Call(
        "leave",
        "POST",
        f"{thread}/runs",
        f"stream {choices.randint(20, 60)} 8 end",
        _make_run_body(name),
        leaves_after=choices.randint(1, 10),
    )


def _make_poll(choices: random.Random, thread: str, _name: str) -> Call:
    return Call("poll", "GET", f"{thread}/runs/run_{choices.randint(1, 3)}", "json 1100")


def _make_list(choices: random.Random, thread: str, _name: str) -> Call:
    size = choices.choice((8_000, 20_000, 60_000))
    return Call("list", "GET", f"{thread}/messages?limit={size // 400}", f"json {size}")


def _make_large(choices: random.Random, thread: str, _name: str) -> Call:
    size = choices.choice((1_000_000, 3_000_000, 10_000_000))
    return Call("large", "GET", f"{thread}/messages?limit={size // 400}", f"json {size}")


def _make_failure(choices: random.Random, thread: str, name: str) -> Call:
    status = choices.choice(_FAILURES)
    return Call(str(status), "POST", f"{thread}/runs", f"fail {status}", _make_run_body(name))


def _make_upload(choices: random.Random, _thread: str, name: str) -> Call:
    size = choices.choice((1_000, 5_000, 20_000, 60_000) * 10 + (200_000, 2_000_000))
    return _build_upload(choices, name, "upload", "json 300", size)


def _make_early_upload(choices: random.Random, _thread: str, name: str) -> Call:
    size = choices.choice((1_000, 20_000, 60_000) * 10 + (200_000, 1_000_000))
    status = choices.choice(EARLY_STATUSES)
    return _build_upload(choices, name, f"early {status}", f"early {status}", size)


def _build_upload(
    choices: random.Random, name: str, kind: str, instruction: str, size: int
) -> Call:
    line = f"line of {name}, {choices.random()}\n".encode()
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{name}.txt"'
    text = line * (size // len(line))
    body = head.encode() + b"\r\n\r\n" + text + f"\r\n--{_BOUNDARY}--\r\n".encode()
    return Call(
        kind,
        "POST",
        "/v1/files",
        instruction,
        body,
        f"multipart/form-data; boundary={_BOUNDARY}",
        is_chunked=choices.random() < 0.5,
    )


_Maker = Callable[[random.Random, str, str], Call]

_WEIGHTS: tuple[tuple[_Maker, float], ...] = (
    (_make_poll, 30),
    (_make_stream, 22),
    (_make_message, 14),
    (_make_list, 10),
    (_make_failure, 6),
    (_make_upload, 5),
    (_make_early_upload, 4),
    (_make_left_stream, 4),
    (_make_broken_stream, 4),
    (_make_stall, 1),
    (_make_large, 0.05),
)
