"""The trace of an exchange: properties, hostile bodies, kinds of events, ends and problems."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.http.stream_reader import MAX_EVENTS, TOO_MANY_EVENTS, read_stream
from runreel.core.trace.build import TraceBuilder, build_trace
from runreel.core.trace.model import (
    STALL_US,
    BlockKind,
    EventKind,
    Trace,
    TraceTiming,
)
from runreel.core.trace.timing import ArrivalClock
from runreel.dialects import DIALECTS, find_dialect
from runreel.model import Answer, End, Exchange, Frame, Request
from support.build import make_answer, make_exchange, make_head, make_request
from support.golden import GOLDEN, read_request
from support.traces import STREAM, check_pieces, trace_body

CHAT = make_request(target=b"/v1/chat/completions", body=b"{}")
MESSAGES = make_request(target=b"/v1/messages", body=b"{}")
RESPONSES = make_request(target=b"/v1/responses", body=b"{}")
OTHER = make_request("GET", b"/other", body=b"")
REQUESTS = (CHAT, MESSAGES, RESPONSES, make_request(), OTHER)

SAMPLES = [
    (read_request(path.parent / "request.json"), path.read_bytes())
    for path in sorted(GOLDEN.glob("*/*/stream.sse"))
]


def make_chunk(text: str) -> bytes:
    return b"data: %s\n\n" % json.dumps({"choices": [{"delta": {"content": text}}]}).encode()


def make_stream(*pieces: str) -> bytes:
    return b"".join((*map(make_chunk, pieces), b"data: [DONE]\n\n"))


def trace_answer(request: Request, answer: Answer, **head: End | bool) -> Trace:
    exchange = make_exchange(
        answer=answer,
        head=make_head(answer, request=request, **head),  # type: ignore[arg-type]
    )
    return build_trace(exchange, find_dialect(request))


def drop_times(trace: Trace) -> Trace:
    """Return the trace without what depends on the frames."""
    events = tuple(
        event._replace(at_us=0, gap_us=0, first_frame=0, last_frame=0) for event in trace.events
    )
    timing = TraceTiming(None, None, None, 0, (), (), trace.timing.content_events, False)
    return trace._replace(events=events, timing=timing)


def cut(body: bytes, borders: Sequence[int]) -> Answer:
    """Return an answer whose frames end at these offsets."""
    ends = sorted({min(border, len(body)) for border in borders} | {0, len(body)})
    frames = tuple(
        Frame(1000 * number, after - before, True)
        for number, (before, after) in enumerate(pairwise(ends), start=1)
    )
    return make_answer(body, headers=STREAM, frames=frames)


@given(st.sampled_from(SAMPLES), st.lists(st.integers(0, 6000), max_size=12))
def test_the_frames_decide_nothing_but_the_times(
    sample: tuple[Request, bytes], borders: list[int]
) -> None:
    request, body = sample
    whole = trace_answer(request, make_answer(body, headers=STREAM))
    assert drop_times(trace_answer(request, cut(body, borders))) == drop_times(whole)


@given(st.sampled_from(SAMPLES), st.integers(0, 30))
def test_a_trace_that_grows_is_the_same_in_the_end(
    sample: tuple[Request, bytes], pause: int
) -> None:
    request, body = sample
    answer = make_answer(body, headers=STREAM)
    exchange = make_exchange(answer=answer, head=make_head(answer, request=request))
    builder, clock = TraceBuilder(request, find_dialect(request)), ArrivalClock(answer.frames)
    for count, event in enumerate(read_stream(answer.headers, body) or ()):
        if count == pause:
            assert len(builder.build(exchange.head, answer).events) == count
        raw = body[event.offset : event.offset + event.length]
        builder.feed(event, raw, clock.find(event))
    assert builder.build(exchange.head, answer) == build_trace(exchange, find_dialect(request))


@given(
    st.lists(st.text(max_size=8), max_size=6),
    st.booleans(),
    st.sampled_from(["\n\n", "\r\n\r\n"]),
)
def test_each_piece_of_a_text_leads_to_its_bytes(
    texts: list[str], is_ascii: bool, line_end: str
) -> None:
    chunks = ({"choices": [{"index": 0, "delta": {"content": text}}]} for text in texts)
    lines = (f"data: {json.dumps(chunk, ensure_ascii=is_ascii)}{line_end}" for chunk in chunks)
    body = "".join(lines).encode("utf-8", "surrogatepass") + b"data: [DONE]\n\n"
    trace = trace_body(CHAT, body)
    spoken = [block for block in trace.blocks if block.kind is BlockKind.TEXT]
    assert "".join(block.text for block in spoken) == "".join(texts)
    check_pieces(trace, b"", body)
    assert all(len(block.pieces) == sum(map(bool, texts)) for block in spoken)


NAMES = [
    *("choices", "delta", "content", "type", "index", "item", "output", "part", "text", "usage"),
    *("error", "id", "message", "tool_calls", "function", "arguments", "name", "response"),
    *("object", "status", "data", "role"),
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5)
    ),
    max_leaves=20,
)


@given(st.sampled_from(REQUESTS), JSON, st.lists(JSON, max_size=4), st.binary(max_size=20))
def test_nothing_raises(request_: Request, sent: object, values: list[object], rest: bytes) -> None:
    request = replace(request_, body=json.dumps(sent).encode())
    events = b"".join(b"data: %s\n\n" % json.dumps(value).encode() for value in values)
    for body in (events + rest, json.dumps(values).encode(), json.dumps(sent).encode(), rest):
        for status in (200, 500):
            trace = trace_answer(request, make_answer(body, headers=STREAM, status=status))
            assert json.dumps(trace._asdict()).encode()


CHOICE = b'{"delta": {"content": "a"}},'
HOSTILE = [
    ("deep nesting", b'data: {"choices": %s}\n\n' % (b"[" * 100_000)),
    ("a deep body", b'{"choices": ' + b'{"delta":' * 50_000),
    ("a huge event", make_chunk("x" * 5_000_000)),
    ("very many escapes", make_chunk("\n" * 500_000)),
    ("very many choices", b'data: {"choices": [%s{}]}\n\n' % (CHOICE * 20_000)),
    (
        "one member very often",
        b'data: {"choices": [{"delta": {"content": "a"%s}}]}\n\n' % (b',"content": "a"' * 50_000),
    ),
    ("tiny events", b"data:1\n\n" * 30_000),
    ("only line ends", b"\n" * 50_000),
    ("names of events", b"".join(b"event: %d\ndata: {}\n\n" % n for n in range(10_000))),
    ("ids", b"".join(b'data: {"id": "%d"}\n\n' % n for n in range(10_000))),
]


@pytest.mark.parametrize(("reason", "body"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_a_hostile_body_takes_seconds_at_most(reason: str, body: bytes) -> None:
    began = time.process_time()
    trace_answer(CHAT, make_answer(body, headers=STREAM))
    assert time.process_time() - began < 5


def test_whole_texts_are_not_compared_again_and_again() -> None:
    whole = {"type": "response.output_text.done", "output_index": 0, "content_index": 0}
    delta = {**whole, "type": "response.output_text.delta"}
    events = [{**delta, "delta": "a" * 100}] * 5_000 + [{**whole, "text": "b" * 500_000}] * 200
    body = b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in events)
    began = time.process_time()
    trace = trace_answer(RESPONSES, make_answer(body, headers=STREAM))
    assert time.process_time() - began < 10
    assert len([path for path, _ in trace.problems if path == "events[5001]"]) == 1


def measure(action: Callable[[], object]) -> float:
    """Return the least CPU time, in seconds, of several runs."""
    times = []
    for _ in range(5):
        began = time.process_time()
        action()
        times.append(time.process_time() - began)
    return min(times)


def test_ten_thousand_events_take_less_than_half_a_second() -> None:
    """On a machine that parses their JSON in 25 ms; a busy one gets time in proportion."""
    answer = make_answer(make_stream(*["word "] * 10_000), headers=STREAM)
    chunk = json.dumps({"choices": [{"delta": {"content": "word "}}]})
    parsing = measure(lambda: [json.loads(chunk) for _ in range(10_000)])
    assert measure(lambda: trace_answer(CHAT, answer)) < max(0.5, 20 * parsing)
    assert len(trace_answer(CHAT, answer).blocks[0].pieces) == 10_000


KINDS: list[tuple[str, Request, bytes, EventKind]] = [
    ("text", CHAT, make_chunk("a"), EventKind.CONTENT),
    ("an empty delta", CHAT, make_chunk(""), EventKind.META),
    ("a role", CHAT, b'data: {"choices": [{"delta": {"role": "assistant"}}]}\n\n', EventKind.META),
    ("only an id", CHAT, b"id: 5\n\n", EventKind.META),
    ("a time to reconnect", CHAT, b"retry: 5\n\n", EventKind.META),
    ("an empty comment", CHAT, b":\n\n", EventKind.KEEPALIVE),
    ("a ping", OTHER, b": ping - 2026\n\n", EventKind.KEEPALIVE),
    ("another comment", CHAT, b": hello\n\n", EventKind.COMMENT),
    ("a ping with data", MESSAGES, b'event: ping\ndata: {"type": "ping"}\n\n', EventKind.KEEPALIVE),
    ("a ping without JSON", CHAT, b"event: ping\ndata: 2026\n\n", EventKind.KEEPALIVE),
    ("usage", CHAT, b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n', EventKind.USAGE),
    ("the end", CHAT, b"data: [DONE]\n\n", EventKind.TERMINAL),
    ("an error", CHAT, b'data: {"error": {"message": "no"}}\n\n', EventKind.ERROR),
    ("no JSON", CHAT, b"data: {\n\n", EventKind.UNREADABLE),
    ("cut off", CHAT, b'data: {"choices": [', EventKind.UNREADABLE),
    ("the end of most streams", OTHER, b"data: [DONE]\n\n", EventKind.TERMINAL),
    ("an error by name", OTHER, b'event: error\ndata: {"detail": "no"}\n\n', EventKind.ERROR),
    ("anything of an unknown API", OTHER, b"data: hello\n\n", EventKind.CONTENT),
    ("JSON of an unknown API", OTHER, b'data: {"a": 1}\n\n', EventKind.CONTENT),
]


@pytest.mark.parametrize(
    ("request_", "event", "kind"), [k[1:] for k in KINDS], ids=[k[0] for k in KINDS]
)
def test_kinds_of_events(request_: Request, event: bytes, kind: EventKind) -> None:
    trace = trace_answer(request_, make_answer(event, headers=STREAM))
    assert [each.kind for each in trace.events] == [kind]


def test_the_first_content_is_no_role_and_no_comment() -> None:
    role = b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n'
    answer = make_answer(b": hi\n\n", role, make_chunk("a"), make_chunk("b"), b"data: [DONE]\n\n")
    timing = trace_answer(CHAT, answer).timing
    assert (timing.first_byte_us, timing.first_content_us, timing.last_content_us) == (
        *(1000, 3000, 4000),
    )
    assert timing.gaps_us == (1000,) * 4
    assert timing.content_events == 2


def test_an_event_has_the_frames_that_it_lies_in() -> None:
    first, second = make_chunk("a"), make_chunk("b")
    answer = make_answer(first[:5], first[5:] + second[:3], second[3:])
    trace = trace_answer(CHAT, answer)
    places = [(e.first_frame, e.last_frame, e.at_us, e.gap_us) for e in trace.events]
    assert places == [(0, 1, 2000, 2000), (1, 2, 3000, 1000)]
    assert [(e.start, e.end) for e in trace.events] == [
        (0, len(first)),
        (len(first), len(first) + len(second)),
    ]


def test_a_stall_is_a_long_gap() -> None:
    frames = (Frame(10, len(make_chunk("a")), True), Frame(11 + STALL_US, 100, True))
    answer = make_answer(make_chunk("a") + make_chunk("b"), frames=frames)
    assert trace_answer(CHAT, answer).timing.stalls == (2,)


ENDS: list[tuple[str, bytes, End, bool, bool]] = [
    ("all is well", make_stream("a"), End.COMPLETE, True, False),
    ("a client that leaves after the end", make_stream("a"), End.CLIENT_LEFT, False, False),
    ("a client that leaves before it", make_chunk("a"), End.CLIENT_LEFT, False, True),
    ("a client that leaves, read to the end", make_stream("a"), End.CLIENT_LEFT, True, False),
    ("a reset", make_chunk("a"), End.RESET, False, True),
    ("a stream that stops", make_chunk("a"), End.COMPLETE, True, True),
    (
        "an error in a stream",
        b'data: {"error": {"message": "no"}}\n\ndata: [DONE]\n\n',
        *(End.COMPLETE, True, True),
    ),
    ("an end without a blank line", make_chunk("a") + b"data: [DONE]", End.COMPLETE, True, False),
]


@pytest.mark.parametrize(
    ("body", "end", "whole", "is_alarm"), [row[1:] for row in ENDS], ids=[row[0] for row in ENDS]
)
def test_which_ends_are_alarms(body: bytes, end: End, whole: bool, is_alarm: bool) -> None:
    trace = trace_answer(CHAT, make_answer(body, headers=STREAM), end=end, whole=whole)
    assert trace.end.is_alarm is is_alarm


ERRORS = [
    ("as OpenAI", b'{"error": {"message": "no"}}', "no"),
    ("a text", b'{"error": "no"}', "no"),
    ("a detail", b'{"detail": "no"}', "no"),
    ("a message", b'{"message": "no", "code": 4}', "no"),
    ("of GraphQL", b'{"errors": [{"message": "no"}]}', "no"),
    ("no JSON", b"<html>", "500 OK"),
    ("nothing", b"", "500 OK"),
]


@pytest.mark.parametrize(("body", "error"), [row[1:] for row in ERRORS], ids=[e[0] for e in ERRORS])
def test_an_answer_whose_status_is_an_error(body: bytes, error: str) -> None:
    for request in (CHAT, OTHER):
        trace = trace_answer(request, make_answer(body, headers=(), status=500))
        assert trace.end.error == error
        assert trace.end.is_alarm


PROBLEMS: list[tuple[str, Request, bytes, list[str]]] = [
    ("no JSON", CHAT, b"data: {\n\n" + make_stream("a"), ["events[1]: is not JSON"]),
    (
        "no end",
        CHAT,
        make_chunk("a"),
        ["events[1]: is the last one, but it is not the event that ends such a stream"],
    ),
    ("cut off", CHAT, make_chunk("a") + b'data: {"cho', ["events[2]: is cut off"]),
    (
        "an id twice",
        OTHER,
        b"id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 1\ndata: c\n\n",
        ["events[3]: has the same id as events[1]"],
    ),
    ("an id that is reset", OTHER, b"id:\ndata: a\n\nid:\ndata: b\n\n", []),
    ("any text of an unknown API", OTHER, b"data: {\n\n", []),
]


@pytest.mark.parametrize(
    ("request_", "body", "problems"), [p[1:] for p in PROBLEMS], ids=[p[0] for p in PROBLEMS]
)
def test_problems_of_streams(request_: Request, body: bytes, problems: list[str]) -> None:
    trace = trace_answer(request_, make_answer(body, headers=STREAM))
    assert [f"{path}: {message}" for path, message in trace.problems] == problems


def test_the_server_is_not_blamed_for_a_client_that_left() -> None:
    answer = make_answer(make_chunk("a"), headers=STREAM)
    assert trace_answer(CHAT, answer, end=End.CLIENT_LEFT, whole=False).problems == ()


def test_a_body_that_was_not_kept_says_nothing() -> None:
    exchange = Exchange(make_head(make_answer()), make_answer(b"", headers=STREAM))
    trace = build_trace(exchange, find_dialect(exchange.head.request))
    assert (trace.events, trace.blocks) == ((), ())


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_the_table_of_each_dialect_is_well_formed(dialect: object) -> None:
    table = dialect.trace_table  # type: ignore[attr-defined]
    names = {name for rule in table.texts for name in rule.on}
    for name in names:
        body = b'data: {"type": "%s", "object": "%s"}\n\n' % (name.encode(), name.encode())
        answer = make_answer(body, headers=STREAM)
        build_trace(make_exchange(answer=answer), dialect)  # type: ignore[arg-type]


def test_fewer_events_may_be_read() -> None:
    body = b"data: {}\n\n" * 300 + make_stream("the end")
    exchange = make_exchange(request=CHAT, answer=make_answer(body, headers=STREAM))
    trace = build_trace(exchange, find_dialect(CHAT), max_events=200)

    assert len(trace.events) == 201
    [(path, message)] = trace.problems
    assert (path, message.partition(": ")[2]) == (
        "events[101]",
        "only 200 events of a stream are read",
    )
    assert trace.end.terminal_event == len(trace.events)


def test_the_conversation_may_be_left_out() -> None:
    body = b'{"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}'
    exchange = make_exchange(request=replace(CHAT, body=body), answer=make_answer(b"{}"))
    whole = build_trace(exchange, find_dialect(CHAT))
    assert [block.text for block in whole.conversation] == ["hi"]
    trace = build_trace(exchange, find_dialect(CHAT), conversation=False)
    assert trace == whole._replace(conversation=())


def test_the_middle_of_a_stream_of_very_many_events_is_not_read() -> None:
    body = b"data: {}\n\n" * (MAX_EVENTS + 1) + make_stream("the end")
    trace = trace_answer(CHAT, make_answer(body, headers=STREAM))

    [merged] = [event for event in trace.events if event.name == TOO_MANY_EVENTS]
    assert merged.kind is EventKind.UNREADABLE
    assert merged.text.startswith("3 more events, 30 bytes")
    [(path, message)] = trace.problems
    assert path == f"events[{merged.number}]"
    assert message.startswith("takes the place of 3 more events")
    assert message.endswith(f"only {MAX_EVENTS} events of a stream are read")
    assert trace.end.terminal_event == len(trace.events)
    assert [block.text for block in trace.blocks] == ["the end"]
