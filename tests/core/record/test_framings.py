"""A key that is split over the pieces of a stream, whatever the framing and the media type."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import pytest

from runreel.core.http.sse import BOM
from runreel.core.http.stream_reader import read_stream
from runreel.core.record.seal import Sealer
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.marks import build_restoring_edits
from runreel.core.redact.texts.spans import apply_edits
from runreel.core.scan import LeakScanner
from runreel.dialects import Plain
from runreel.model import Answer
from support.build import make_answer, make_exchange, make_request

KEY = "ghp_" + "Zq81xWv0Tn5RkYb27LcJd4HsMf93GaPe6UuE"
RULES = Rules.build()


def build_sse(pieces: Sequence[str]) -> list[bytes]:
    return [b"data: " + one + b"\n\n" for one in build_objects(pieces)]


def build_objects(pieces: Sequence[str], indent: int | None = None) -> list[bytes]:
    return [json.dumps({"seq": 1, "delta": {"s": one}}, indent=indent).encode() for one in pieces]


def build_lines(pieces: Sequence[str]) -> list[bytes]:
    return [one + b"\n" for one in build_objects(pieces)]


def build_array(pieces: Sequence[str]) -> bytes:
    objects = [
        json.dumps({"candidates": [{"content": {"parts": [{"text": one}]}}]}, indent=1).encode()
        for one in pieces
    ]
    return b"[" + b"\n,\r\n".join(objects) + b"\n]"


FRAMINGS: list[tuple[str, Callable[[Sequence[str]], bytes]]] = [
    ("events", lambda pieces: b"".join(build_sse(pieces))),
    ("events after a comment", lambda pieces: b": hi\n\n" + b"".join(build_sse(pieces))),
    ("events after a time", lambda pieces: b"retry: 3000\n\n" + b"".join(build_sse(pieces))),
    ("events with ids", lambda pieces: b"id: 7\n" + b"id: 8\n".join(build_sse(pieces))),
    ("events after blank lines", lambda pieces: b"\n\r\n" + b"".join(build_sse(pieces))),
    ("events after a mark", lambda pieces: BOM + b"".join(build_sse(pieces))),
    ("lines", lambda pieces: b"".join(build_lines(pieces))),
    ("lines after a mark", lambda pieces: BOM + b"".join(build_lines(pieces))),
    ("lines and blank lines", lambda pieces: b"\n\n" + b"\n".join(build_lines(pieces))),
    ("lines of CRLF", lambda pieces: b"\r\n".join(build_objects(pieces))),
    ("a sequence", lambda pieces: b"".join(b"\x1e" + one for one in build_lines(pieces))),
    ("objects", lambda pieces: b"".join(build_objects(pieces))),
    ("objects on many lines", lambda pieces: b"\n".join(build_objects(pieces, 2))),
    ("an array on lines", lambda pieces: b"[" + b",\n".join(build_objects(pieces)) + b"]"),
    ("an array of Gemini", build_array),
    ("strings", lambda pieces: b"".join(json.dumps(one).encode() + b"\n" for one in pieces)),
    ("typed lines", lambda pieces: b"\n".join(b"0:" + json.dumps(p).encode() for p in pieces)),
]

TYPES = [b"", b"text/plain", b"application/json", b"text/event-stream", b"application/x-ndjson"]

SPLITS = [
    *(["my key: ", KEY[:at], KEY[at:], " and more"] for at in (1, 4, 9, 20, len(KEY) - 1)),
    ["my key: ", *KEY, " and more"],
]


def build_stream(body: bytes, media_type: bytes) -> Answer:
    headers = ((b"Content-Type", media_type),) if media_type else ()
    return make_answer(body, headers=headers)


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize(("name", "frame"), FRAMINGS, ids=[c[0] for c in FRAMINGS])
def test_a_split_key_is_not_stored(
    name: str, frame: Callable[[Sequence[str]], bytes], media_type: bytes
) -> None:
    for pieces in SPLITS:
        vault, scanner = Vault(), LeakScanner(RULES, max_body=1 << 20)
        live = build_stream(frame(pieces), media_type)
        request = make_request(target=b"/api/generate")
        exchange = make_exchange(request=request, answer=live)
        redactor = Redactor(RULES, vault)
        sealed = Sealer(redactor, lambda request: Plain(), max_body=1 << 20).seal(exchange)
        stored = redactor.redact_exchange(exchange, Plain.channels).answer
        assert sealed.record.find(stored.body) > 0
        assert join_texts(stored) == "".join(pieces).replace(KEY, "REDACTED-github-token-1")
        assert [leak.rule for leak in scanner.scan_answer(live)] == ["github-token"], pieces
        assert [*scanner.scan_answer(stored)] == []
        assert restore(stored, vault) == live.body


def join_texts(answer: Answer) -> str:
    """Return the joined pieces; fails if an event is not valid JSON."""
    events = read_stream(answer.headers, answer.body) or []
    return "".join(find_text(json.loads(one.event.data)) for one in events if one.event.data)


def find_text(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(find_text, value.values()))
    if isinstance(value, list):
        return "".join(map(find_text, value))
    return value if isinstance(value, str) else ""


def restore(answer: Answer, vault: Vault) -> bytes:
    values = {mark.placeholder: vault.get_value(mark.placeholder) or b"" for mark in answer.marks}
    return apply_edits(answer.body, build_restoring_edits(answer.body, answer.marks, values))
