"""Templates of events: which ones match, and that traces are the same as without them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runreel.core.http.sse import parse_event
from runreel.core.http.stream_reader import split_stream
from runreel.core.trace.build import build_trace
from runreel.core.trace.events.event_template import (
    EventExample,
    EventTemplates,
    PieceRange,
    build_template,
)
from runreel.core.trace.model import BlockKind, EventKind, Trace
from runreel.core.trace.reader import AnswerReader
from runreel.dialects import find_dialect
from runreel.model import Request
from support.build import make_answer, make_exchange, make_request
from support.golden import GOLDEN, read_request

CHAT = make_request(target=b"/v1/chat/completions", body=b"{}")
READ = frozenset({"id", "index", "delta", "type"})

SAMPLES = [
    (read_request(path.parent / "request.json"), path.read_bytes())
    for path in sorted(GOLDEN.glob("*/*/stream.sse"))
]
_STRING = re.compile(rb'"((?:[^"\\]|\\.)*)"')
_NUMBER = re.compile(rb"(?<=[:,\[ ])[0-9]+(?=[,}\] ])")
_TEXTS = (
    b"x",
    b"",
    b" a \\u00e9",
    "ü".encode(),
    b'\\"',
    b"\\ud83d",
    b"\\ude00",
    b"\xff",
    b"a\\",
    b"0",
)


def find_text(event: bytes, member: str = "delta") -> PieceRange:
    match = re.search(rb'"%b": "((?:[^"\\]|\\.)*)"' % member.encode(), event)
    assert match is not None
    return PieceRange(match[1].decode(), *match.span(1))


def make_event(delta: str, *, seq: int = 1, index: int = 0, extra: str = "") -> bytes:
    data = {"id": "a", "index": index, "seq": seq, "pad": "xy", "delta": delta}
    return b"data: " + json.dumps(data, ensure_ascii=False).encode() + extra.encode() + b"\n\n"


MATCHES = [
    (make_event("lo", seq=2), "lo", "another text and number"),
    (make_event("lo", seq=2).replace(b"xy", b"zzzz"), "lo", "another value that no rule reads"),
    (make_event("Hel", seq=2), "Hel", "the same text"),
    (make_event('a "b" \\ ü', seq=2), 'a "b" \\ ü', "escapes and UTF-8"),
    (make_event("lo", seq=2).replace(b"lo", rb"\ud83d"), "\ud83d", "half of a pair"),
    (make_event("", seq=2), None, "no text"),
    (make_event("lo", seq=2, index=1), None, "another value that a rule reads"),
    (make_event("lo", seq=2).replace(b'"id"', b'"Id"'), None, "another member"),
    (make_event("lo", seq=2).replace(b'"xy"', b"7"), None, "a value of another type"),
    (make_event("lo", seq=2).replace(b": 2,", b": 2e400,"), None, "an unusual number"),
    (make_event("lo", seq=2).replace(b": 2,", b": 02,"), None, "what is not a number"),
    (make_event("lo", seq=2).replace(b"lo", b"l\x01o"), None, "a control character"),
    (make_event("lo", seq=2).replace(b"lo", b"l\\qo"), None, "what is not an escape"),
    (make_event("lo", seq=2).replace(b"lo", b"l\xffo"), None, "what is not UTF-8"),
    (make_event("lo", seq=2)[:-1], None, "an event that is cut off"),
    (make_event("lo", seq=2) + b": x\n\n", None, "more after it"),
    (make_event("lo", seq=2, extra=" "), None, "another notation"),
    (b"event: x\n" + make_event("lo", seq=2), None, "another name"),
]


@pytest.mark.parametrize(("event", "text", "reason"), MATCHES, ids=[row[2] for row in MATCHES])
def test_a_template_matches_what_differs_in_its_text_only(
    event: bytes, text: str | None, reason: str
) -> None:
    first = make_event("Hel")
    later = make_event("p", seq=7).replace(b"xy", b"q")
    template = build_template(first, find_text(first), later, READ)
    assert template is not None
    piece = template.find_piece(event, 0)
    assert (None if piece is None else piece.text) == text
    if piece is not None:
        assert json.loads(b'"%b"' % event[piece.start : piece.end]) == text


DIFFERENT = [
    (make_event("lo", index=1), "a value that a rule reads"),
    (make_event("lo").replace(b'"seq"', b'"sec"'), "a name"),
    (make_event("lo").replace(b"1,", b'"1",'), "a type"),
    (make_event("lo").replace(b"}", b', "more": 1}'), "a member"),
    (make_event("lo").replace(b"data:", b"data: "), "what precedes the JSON"),
    (b'event: "a": 1\n' + make_event("lo"), "a name that looks like JSON"),
]


@pytest.mark.parametrize(("later", "reason"), DIFFERENT, ids=[row[1] for row in DIFFERENT])
def test_events_that_differ_in_more_have_no_template(later: bytes, reason: str) -> None:
    first = make_event("Hel")
    assert build_template(first, find_text(first), later, READ) is None


def test_a_string_in_an_array_is_no_member() -> None:
    row = b'data: {"delta": "%b", "list": ["a", ": %b x"]}\n\n'
    first, later = row % (b"Hel", b"5"), row % (b"lo", b"6")
    assert build_template(first, find_text(first), later, READ) is None


def test_a_text_may_look_like_a_member() -> None:
    templates: EventTemplates[str] = EventTemplates()
    first, later = make_event('{"ci'), make_event('ty": "Lis')
    example = EventExample(parse_event(first), first, find_text(first), READ, "meaning")
    templates.add_example(1, example)
    match = templates.find(parse_event(later), later)
    assert match is not None
    assert match[1].text == 'ty": "Lis'


def test_ids_of_their_own_are_passed_over() -> None:
    templates: EventTemplates[str] = EventTemplates()
    first, second, third = (
        b"event: e\nid: %d\n" % number + make_event("Hel", seq=number) for number in (1, 2, 3)
    )
    example = EventExample(parse_event(first), first, find_text(first), READ, "meaning")
    templates.add_example(1, example)
    for raw in (second, third):
        match = templates.find(parse_event(raw), raw)
        assert match is not None
        assert match[0] == "meaning"
        assert raw[match[1].start : match[1].end] == b"Hel"
        assert templates.find_plain(raw) is None
        other = raw.replace(b"event: e", b"event: f")
        assert templates.find(parse_event(other), other) is None


def trace_stream(request: Request, body: bytes, *, templates: bool = True) -> Trace:
    answer = make_answer(body, frames=())
    exchange = make_exchange(request=request, answer=answer)
    with pytest.MonkeyPatch.context() as patch:
        if not templates:
            patch.setattr(EventTemplates, "find", lambda *_: None)
            patch.setattr(AnswerReader, "repeat_event", lambda *_: None)
        return build_trace(exchange, find_dialect(request))


def iter_varied(body: bytes, source: random.Random) -> Iterator[bytes]:
    """Yield the events of a stream, some repeated with other values, in nearly their order."""
    for event in split_stream((), body) or ():
        raw = event
        yield raw
        for _ in range(source.choice((0, 0, 1, 3))):
            pattern = source.choice((_STRING, _NUMBER))
            values = list(pattern.finditer(raw))
            if source.random() < 0.2 or not values:
                yield raw
                continue
            start, end = source.choice(values).span(pattern.groups)
            value = source.choice(_TEXTS) if pattern is _STRING else b"%d" % source.randrange(12)
            raw = raw[:start] + value + raw[end:]
            yield raw


@settings(max_examples=300)
@given(st.sampled_from(SAMPLES), st.integers(0, 2**32))
def test_traces_are_the_same_without_templates(sample: tuple[Request, bytes], seed: int) -> None:
    request, body = sample
    varied = b"".join(iter_varied(body, random.Random(seed)))  # noqa: S311 - not a secret
    with_templates = trace_stream(request, varied)
    assert with_templates == trace_stream(request, varied, templates=False)


def make_chunk(text: str, **others: object) -> bytes:
    choice = {"index": 0, "delta": {"content": text}}
    return b"data: %b\n\n" % json.dumps({"choices": [choice], **others}).encode()


def test_what_repeats_is_read_without_its_json(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []

    def parse(data: str) -> object:
        parsed.append(data)
        value: object = json.loads(data)
        return value

    monkeypatch.setattr("runreel.core.trace.reader._parse", parse)
    words = [f" {number}" for number in range(100)]
    chunks = [make_chunk(word, obfuscation=word * 2) for word in words]
    trace = trace_stream(CHAT, b"".join(chunks) + b"data: [DONE]\n\n")
    assert trace.blocks[0].text == "".join(words)
    assert [event.kind for event in trace.events[:-1]] == [EventKind.CONTENT] * 100
    assert len(parsed) == 1


def test_two_texts_in_turn_have_a_template_each() -> None:
    def make_turn(index: int, text: str) -> bytes:
        choice = {"index": index, "delta": {"content": text}}
        return b"data: %b\n\n" % json.dumps({"choices": [choice]}).encode()

    body = b"".join(make_turn(number % 2, f" {number}") for number in range(20))
    trace = trace_stream(CHAT, body)
    assert [block.text for block in trace.blocks] == [
        "".join(f" {number}" for number in range(start, 20, 2)) for start in (0, 1)
    ]
    assert [event.blocks for event in trace.events] == [(1,), (2,)] * 10
    assert trace == trace_stream(CHAT, body, templates=False)


def test_a_model_that_changes_between_repeated_events_counts() -> None:
    first, second = (make_chunk("a", model=model) for model in ("one", "two"))
    body = first + first + second + first
    trace = trace_stream(CHAT, body)
    assert trace.usage.answered_model == "one"
    assert trace == trace_stream(CHAT, body, templates=False)
    assert trace.blocks[0].kind is BlockKind.TEXT
