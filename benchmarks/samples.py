"""The request and the answers of all rows: a create-run request, a run object, a stream.

They are made up here, in the formats of the Assistants API reference and in realistic sizes.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runreel.core.cassette import CassetteHeader
from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect
from runreel.model import Answer, End, Exchange, ExchangeHead, Frame, Request, Timings
from runreel.shell.store import CassetteWriter

TARGET = "/v1/threads/thread_benchmark/runs"
EVENTS = 60
GAP_US = 5_000

_KEY = "sk-test-canary-benchmark-0000"
"""A fake key: real clients send one, and redaction looks for it."""
_SENTENCE = "Answer briefly, cite the handbook's section, and ask back when a date is missing. "


def _make_request_body() -> bytes:
    parameters = {"type": "object", "properties": {"city": {"type": "string"}}}
    function = {"name": "look_up", "description": _SENTENCE, "parameters": parameters}
    turns = [{"role": "user", "content": f"{turn}: {_SENTENCE * 3}"} for turn in range(8)]
    run = {
        "assistant_id": "asst_benchmark",
        "model": "gpt-4o-mini",
        "instructions": _SENTENCE * 30,
        "additional_messages": turns,
        "tools": [{"type": "function", "function": function}] * 4,
        "metadata": {"suite": "benchmarks", "case": "create-run"},
        "temperature": 0.2,
        "stream": True,
    }
    return json.dumps(run).encode()


def _make_run_object() -> bytes:
    run = {
        "id": "run_benchmark",
        "object": "thread.run",
        "created_at": 1_700_000_000,
        "assistant_id": "asst_benchmark",
        "thread_id": "thread_benchmark",
        "status": "queued",
        "model": "gpt-4o-mini",
        "instructions": _SENTENCE * 8,
        "tools": [],
        "metadata": {},
        "usage": None,
    }
    return json.dumps(run).encode()


REQUEST_BODY = _make_request_body()
RUN_OBJECT = _make_run_object()


_LETTERS = str.maketrans("0123456789", "abcdefghij")
_DIGITS = bytes.maketrans(b"abcdefghij", b"0123456789")
_STAMP = re.compile(rb'"value": " [a-z]+ [0-9]+ ([a-j]+)"')


def make_text(word: str, number: int, stamp: int) -> Mapping[str, object]:
    """Return the text of a message's delta.

    Its digits of the stamp are written as letters, so that redaction does not take it for the
    number of a credit card.
    """
    return {"value": f" {word} {number} {str(stamp).translate(_LETTERS)}", "annotations": []}


def make_event(number: int, stamp: int = 0) -> bytes:
    """Return the delta of a message; ``stamp`` is the sender's monotonic clock in nanoseconds."""
    text = make_text("word", number, stamp)
    delta = {
        "id": "msg_benchmark",
        "object": "thread.message.delta",
        "delta": {"content": [{"index": 0, "type": "text", "text": text}]},
    }
    return b"event: thread.message.delta\ndata: " + json.dumps(delta).encode() + b"\n\n"


def iter_stamps(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield the time stamp of each event in the data, and the offset after it."""
    for match in _STAMP.finditer(data):
        yield int(match[1].translate(_DIGITS)), match.end()


def make_stream() -> list[bytes]:
    """Return the chunks of an answer, one event each."""
    return [make_event(number) for number in range(EVENTS)]


_OF_IDS = string.ascii_letters + string.digits

LARGE = 3_000_000
"""Bytes of a large answer."""


def make_large_stream() -> list[bytes]:
    """Return deltas of one token each, with ``LARGE`` bytes in all."""
    return [make_event(number) for number in range(LARGE // len(make_event(0)) + 1)]


def _make_large_list() -> bytes:
    """Return a list of messages, each with its own ids."""
    letters = random.Random(2)  # noqa: S311 - the same each time
    count = LARGE // len(json.dumps(_make_message(letters))) + 1
    return json.dumps(
        {"object": "list", "data": [_make_message(letters) for _ in range(count)]}
    ).encode()


def _make_message(letters: random.Random) -> dict[str, object]:
    text = {"type": "text", "text": {"value": _SENTENCE * 4, "annotations": []}}
    ids = {
        name: f"{prefix}_{''.join(letters.choices(_OF_IDS, k=24))}"
        for name, prefix in (
            ("id", "msg"),
            ("thread_id", "thread"),
            ("assistant_id", "asst"),
            ("run_id", "run"),
        )
    }
    return {**ids, "object": "thread.message", "role": "assistant", "content": [text]}


def _make_large_picture() -> bytes:
    """Return an answer of an image endpoint."""
    pixels = random.Random(1).randbytes(LARGE * 3 // 4)  # noqa: S311 - the same each time
    return json.dumps({"data": [{"b64_json": base64.b64encode(pixels).decode()}]}).encode()


LARGE_BODIES: Mapping[str, bytes] = {
    "deltas": b"".join(make_large_stream()),
    "messages": _make_large_list(),
    "picture": _make_large_picture(),
}
"""Bodies of ``LARGE`` bytes by the kind of their content."""


def make_request_bytes(
    port: int,
    target: str = TARGET,
    *,
    body: bytes = REQUEST_BODY,
    accept: str = "text/event-stream",
) -> bytes:
    """Return the raw request to 127.0.0.1, by default to create a run."""
    lines = [
        f"POST {target} HTTP/1.1",
        f"Host: 127.0.0.1:{port}",
        f"Authorization: Bearer {_KEY}",
        "Content-Type: application/json",
        "OpenAI-Beta: assistants=v2",
        f"Accept: {accept}",
        "User-Agent: benchmarks",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def make_exchange(
    number: int,
    answer: Answer,
    *,
    target: str = TARGET,
    body: bytes = b"",
    accept: str = "text/event-stream",
) -> Exchange:
    """Make the exchange of a create-run request, by default with a body of 6 KB."""
    headers = (
        (b"Authorization", f"Bearer {_KEY}".encode()),
        (b"Content-Type", b"application/json"),
        (b"OpenAI-Beta", b"assistants=v2"),
        (b"Accept", accept.encode()),
        (b"User-Agent", b"benchmarks"),
    )
    head = ExchangeHead(
        number=number,
        session="default",
        request=Request("POST", target.encode(), headers, body or REQUEST_BODY),
        status=200,
        size=len(answer.body),
        end=End.COMPLETE,
        whole=True,
        timings=Timings(1_700_000_000_000_000_000, 1_000, (EVENTS + 1) * GAP_US),
    )
    return Exchange(head, answer)


def make_json_answer() -> Answer:
    """Make an answer with the run object, in one frame."""
    return make_whole_answer(RUN_OBJECT)


def make_whole_answer(body: bytes) -> Answer:
    """Make an answer with a JSON body, in one frame."""
    headers = ((b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body)))
    return Answer(200, b"OK", headers, body, (Frame(1_000, len(body), False),))


def make_stream_answer(events: Iterable[bytes] | None = None) -> Answer:
    """Make an answer with a stream, in one chunk per event."""
    chunks = make_stream() if events is None else list(events)
    frames = tuple(
        Frame((index + 1) * GAP_US, len(chunk), True) for index, chunk in enumerate(chunks)
    )
    headers = ((b"Content-Type", b"text/event-stream"), (b"Transfer-Encoding", b"chunked"))
    return Answer(200, b"OK", headers, b"".join(chunks), frames)


def make_sealer() -> Sealer:
    """Make the sealer of a new session."""
    return Sealer(Redactor(Rules.build(), Vault()), find_dialect, max_body=64 << 20)


def write_cassette(path: Path, exchanges: Iterable[Exchange]) -> None:
    """Write a cassette of these exchanges, redacted and encoded as by a recording."""
    session = make_sealer()
    header = CassetteHeader(1_700_000_000_000_000_000, "runreel benchmarks", "http://127.0.0.1")
    writer = CassetteWriter.create(path, header, fsync="never")
    for exchange in exchanges:
        writer.append([session.seal(exchange).record])
    writer.close()
