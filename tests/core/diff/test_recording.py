"""Two recordings of one program: what is no difference, and each difference at its place.

The right side always comes from another server: other ids, another day, texts cut otherwise, the
other agent first. So everything that is reported is the seeded change, or a false report.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.model import (
    Change,
    ChangeKind,
    ChangePart,
    DiffVerdict,
    ExchangeDiff,
    RecordingDiff,
)
from runreel.core.diff.changes.request_changes import IgnoredPlaces
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.core.http.stream_reader import split_stream
from runreel.core.jsonpath import JsonPath
from runreel.dialects import find_dialect
from runreel.model import End, Exchange, Frame
from support.recordings import PROGRAMS, USUAL, Facts, Recorder, number, record_program

LEFT, RIGHT = 1, 2
DIALECTS = tuple(PROGRAMS)
STREAMS = tuple(name for name in DIALECTS if name != "plain")

Mutator: TypeAlias = Callable[[list[Exchange]], list[Exchange]]


def compare(
    left: Sequence[Exchange], right: Sequence[Exchange], settings: DiffSettings | None = None
) -> RecordingDiff:
    sides = make_side(left), make_side(right)
    return RecordingComparison(*sides, find_dialect, settings or DiffSettings()).compare()


def make_side(exchanges: Sequence[Exchange]) -> DiffSide:
    by_number = {each.head.number: each for each in exchanges}
    return DiffSide([each.head for each in exchanges], by_number.__getitem__)


def list_changes(diff: RecordingDiff) -> list[tuple[ExchangeDiff, Change]]:
    """List the changes that are more than equivalent, each with its exchange."""
    return [
        (each, change)
        for each in diff.exchanges
        for change in each.changes
        if change.verdict > DiffVerdict.EQUIVALENT
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", [2, 3, 4, 5])
def test_another_recording_of_the_same_program_is_equivalent(dialect: str, seed: int) -> None:
    diff = compare(record_program(dialect, LEFT), record_program(dialect, seed))
    assert list_changes(diff) == []
    assert diff.verdict is DiffVerdict.EQUIVALENT
    assert len(diff.renames) > 1
    paired = [each for each in diff.exchanges if each.left and each.right]
    kinds = {change.kind for each in diff.exchanges for change in each.changes}
    assert len(paired) >= 2
    assert kinds <= {ChangeKind.REPEATED}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_recording_is_identical_to_itself(dialect: str) -> None:
    recording = record_program(dialect, LEFT)
    diff = compare(recording, recording)
    assert diff.verdict is DiffVerdict.IDENTICAL
    assert diff.renames == {}


class Row(NamedTuple):
    """What another recording of the agent does otherwise, and how that is reported."""

    why: str
    facts: Facts
    verdict: DiffVerdict
    paths: dict[str, str]
    """Path of the change in each dialect that has such a thing."""


WORDING, BEHAVIOUR = DiffVerdict.WORDING, DiffVerdict.BEHAVIOUR
FACTS = [
    Row(
        "a word of the prompt",
        replace(USUAL, prompt=USUAL.prompt.replace("helpful", "useful")),
        WORDING,
        {
            "chat": "request.$.messages[0].content",
            "anthropic": "request.$.system",
            "responses": "request.$.instructions",
            "assistants": "request.$.additional_instructions",
            "plain": "request.$.context",
        },
    ),
    Row(
        "a word of the question",
        replace(USUAL, question="What is the climate in Lisbon?"),
        WORDING,
        {
            "chat": "request.$.messages[1].content",
            "anthropic": "request.$.messages[0].content",
            "responses": "request.$.input[0].content",
            "assistants": "request.$.content",
            "plain": "request.$.question",
        },
    ),
    Row(
        "a word of the answer",
        replace(USUAL, answer=USUAL.answer.replace("sunny", "cloudy")),
        WORDING,
        {
            **dict.fromkeys(("chat", "responses", "assistants"), "answer.text[1]"),
            "anthropic": "answer.text[1]",
            "plain": "answer.events[3].$.answer",
        },
    ),
    Row(
        "an argument of a tool",
        replace(USUAL, city="Porto"),
        BEHAVIOUR,
        {
            **dict.fromkeys(("chat", "responses", "assistants"), "answer.tool_call[1].$.city"),
            "anthropic": "answer.tool_call[2].$.city",
            "plain": "answer.events[2].$.step.arguments.city",
        },
    ),
    Row(
        "the schema of a tool",
        replace(USUAL, city_type="number"),
        BEHAVIOUR,
        {
            "chat": "request.$.tools[0].function.parameters.properties.city.type",
            "anthropic": "request.$.tools[0].input_schema.properties.city.type",
            "responses": "request.$.tools[0].parameters.properties.city.type",
            "assistants": "request.$.tools[0].function.parameters.properties.city.type",
        },
    ),
    Row(
        "the output of a tool",
        replace(USUAL, output=USUAL.output.replace("24", "25")),
        BEHAVIOUR,
        {
            "chat": "request.$.messages[3].content.degrees",
            "anthropic": "request.$.messages[2].content[0].content.degrees",
            "responses": "request.$.input[0].output.degrees",
            "assistants": "request.$.tool_outputs[0].output.degrees",
        },
    ),
    Row(
        "the model",
        replace(USUAL, model="other-model"),
        BEHAVIOUR,
        dict.fromkeys(DIALECTS, "request.$.model"),
    ),
    Row(
        "the temperature",
        replace(USUAL, temperature=0.7),
        BEHAVIOUR,
        dict.fromkeys(DIALECTS, "request.$.temperature"),
    ),
    Row(
        "a citation",
        replace(USUAL, source="https://other.example/lisbon"),
        BEHAVIOUR,
        {
            "anthropic": "answer.events[14].$.delta.citation.url",
            "responses": "answer.events[14].$.annotation.url",
            "assistants": "answer.$.data[0].content[0].text.annotations[0].file_citation.quote",
            "plain": "answer.events[4].$.citations[0].url",
        },
    ),
    Row(
        "the usage",
        replace(USUAL, tokens=21),
        WORDING,
        {
            "chat": "answer.events[6].$.usage.completion_tokens",
            "anthropic": "answer.events[17].$.usage.output_tokens",
            "responses": "answer.events[8].$.response.usage.output_tokens",
            "assistants": "answer.events[1].$.usage.completion_tokens",
            "plain": "answer.events[5].$.usage.output_tokens",
        },
    ),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(
    ("row", "dialect"),
    [(row, dialect) for row in FACTS for dialect in row.paths],
    ids=[f"{row.why}, {dialect}" for row in FACTS for dialect in row.paths],
)
def test_a_changed_fact_is_the_only_report(row: Row, dialect: str, seed: int) -> None:
    diff = compare(record_program(dialect, LEFT), record_program(dialect, seed, row.facts))
    [(exchange, change)] = list_changes(diff)
    assert change.path == row.paths[dialect]
    assert change.verdict is exchange.verdict is diff.verdict is row.verdict
    assert change.kind is ChangeKind.CHANGED
    assert change.left != change.right


def find_answer(exchanges: Sequence[Exchange]) -> int:
    """Return the index of the stream with the agent's last answer."""
    streams = [
        index
        for index, each in enumerate(exchanges)
        if b"sunny" in each.answer.body and len(each.answer.frames) > 1
    ]
    return streams[-1]


def edit_events(
    exchanges: list[Exchange], edit: Callable[[list[bytes]], list[bytes]]
) -> list[Exchange]:
    """Edit the raw events of the agent's last answer."""
    index = find_answer(exchanges)
    exchange = exchanges[index]
    answer = exchange.answer
    events = edit([*(split_stream(answer.headers, answer.body) or ())])
    frames = tuple(Frame(10_000 * at, len(each), True) for at, each in enumerate(events, start=1))
    changed = replace(answer, body=b"".join(events), frames=frames)
    head = replace(exchange.head, size=len(changed.body))
    return [*exchanges[:index], Exchange(head, changed), *exchanges[index + 1 :]]


def find_delta(events: Sequence[bytes], word: bytes = b"sunny") -> int:
    return next(index for index, event in enumerate(events) if word in event)


def drop_delta(exchanges: list[Exchange]) -> list[Exchange]:
    def edit(events: list[bytes]) -> list[bytes]:
        at = find_delta(events)
        return events[:at] + events[at + 1 :]

    return edit_events(exchanges, edit)


def double_delta(exchanges: list[Exchange]) -> list[Exchange]:
    def edit(events: list[bytes]) -> list[bytes]:
        at = find_delta(events)
        return events[: at + 1] + events[at:]

    return edit_events(exchanges, edit)


def swap_deltas(exchanges: list[Exchange]) -> list[Exchange]:
    def edit(events: list[bytes]) -> list[bytes]:
        at = find_delta(events)
        return [*events[:at], events[at + 1], events[at], *events[at + 2 :]]

    return edit_events(exchanges, edit)


def drop_first(exchanges: list[Exchange]) -> list[Exchange]:
    return edit_events(exchanges, lambda events: events[1:])


def double_first(exchanges: list[Exchange]) -> list[Exchange]:
    return edit_events(exchanges, lambda events: [events[0], *events])


def drop_before_last(exchanges: list[Exchange]) -> list[Exchange]:
    return edit_events(exchanges, lambda events: [*events[:-2], events[-1]])


def swap_last(exchanges: list[Exchange]) -> list[Exchange]:
    return edit_events(exchanges, lambda events: [*events[:-2], events[-1], events[-2]])


def rename_event(exchanges: list[Exchange]) -> list[Exchange]:
    def edit(events: list[bytes]) -> list[bytes]:
        head, _, rest = events[-2].partition(b"\n")
        return [*events[:-2], head + b".renamed\n" + rest, events[-1]]

    return edit_events(exchanges, edit)


EVENTS: list[tuple[str, Mutator, ChangeKind, dict[str, DiffVerdict]]] = [
    ("a delta is missing", drop_delta, ChangeKind.MISSING, dict.fromkeys(STREAMS, WORDING)),
    ("a delta comes twice", double_delta, ChangeKind.DOUBLED, dict.fromkeys(STREAMS, WORDING)),
    ("two deltas are swapped", swap_deltas, ChangeKind.SWAPPED, dict.fromkeys(STREAMS, WORDING)),
    (
        "the first event is missing",
        drop_first,
        ChangeKind.MISSING,
        dict.fromkeys(DIALECTS, BEHAVIOUR),
    ),
    ("the first comes twice", double_first, ChangeKind.DOUBLED, dict.fromkeys(DIALECTS, BEHAVIOUR)),
    (
        "one before the last",
        drop_before_last,
        ChangeKind.MISSING,
        dict.fromkeys(DIALECTS, BEHAVIOUR),
    ),
    ("the last two are swapped", swap_last, ChangeKind.SWAPPED, dict.fromkeys(DIALECTS, BEHAVIOUR)),
    (
        "an event has another name",
        rename_event,
        ChangeKind.CHANGED,
        dict.fromkeys(("anthropic", "responses", "assistants"), BEHAVIOUR),
    ),
]


@pytest.mark.parametrize("seed", [1, 2, 4])
@pytest.mark.parametrize(
    ("mutate", "kind", "dialect", "verdict"),
    [
        (mutate, kind, dialect, verdict)
        for _, mutate, kind, verdicts in EVENTS
        for dialect, verdict in verdicts.items()
    ],
    ids=[f"{why}, {dialect}" for why, _, _, verdicts in EVENTS for dialect in verdicts],
)
def test_a_changed_event_is_the_only_report(
    mutate: Mutator, kind: ChangeKind, dialect: str, verdict: DiffVerdict, seed: int
) -> None:
    right = mutate(record_program(dialect, seed, cut=LEFT))
    diff = compare(record_program(dialect, LEFT), right)
    [(exchange, change)] = list_changes(diff)
    assert (change.kind, change.verdict, exchange.verdict) == (kind, verdict, verdict)
    assert change.path.startswith("answer.events[")
    assert change.left_place or change.right_place


def end_early(end: End, keep: Callable[[list[bytes]], list[bytes]]) -> Mutator:
    def mutate(exchanges: list[Exchange]) -> list[Exchange]:
        index = find_answer(exchanges)
        exchanges = edit_events(exchanges, keep)
        exchange = exchanges[index]
        head = replace(exchange.head, end=end, whole=False)
        return [*exchanges[:index], Exchange(head, exchange.answer), *exchanges[index + 1 :]]

    return mutate


ENDS: list[tuple[str, Mutator]] = [
    ("truncated after two events", end_early(End.CLOSED, lambda events: events[:2])),
    ("reset after three events", end_early(End.RESET, lambda events: events[:3])),
    ("timed out", end_early(End.TIMEOUT, lambda events: events[:3])),
    ("reset within an event", end_early(End.RESET, lambda events: [*events[:3], events[3][:25]])),
    ("the last event is missing", end_early(End.RESET, lambda events: events[:-1])),
    ("reset before the first event", end_early(End.RESET, lambda _: [])),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("why", "mutate"), ENDS, ids=[row[0] for row in ENDS])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_early_end_is_the_only_report(
    why: str, mutate: Mutator, dialect: str, seed: int
) -> None:
    right = mutate(record_program(dialect, seed, cut=LEFT))
    diff = compare(record_program(dialect, LEFT), right)
    [(exchange, change)] = list_changes(diff)
    assert change.path == "answer.end"
    assert exchange.verdict is BEHAVIOUR
    assert change.left.startswith("complete")
    assert not change.right.startswith("complete")


def edit_one(
    exchanges: list[Exchange], operation: str, edit: Callable[[Exchange], Exchange], *, at: int = -1
) -> list[Exchange]:
    """Edit one of the exchanges of an operation, by default the last one."""
    index = [i for i, each in enumerate(exchanges) if each.head.operation == operation][at]
    return [*exchanges[:index], edit(exchanges[index]), *exchanges[index + 1 :]]


def set_status(exchange: Exchange) -> Exchange:
    answer = replace(exchange.answer, status=503)
    return Exchange(replace(exchange.head, status=503), answer)


def set_header(exchange: Exchange) -> Exchange:
    headers = (*exchange.answer.headers, (b"Retry-After", b"5"), (b"X-Request-Id", b"other"))
    return Exchange(exchange.head, replace(exchange.answer, headers=headers))


def set_request_header(exchange: Exchange) -> Exchange:
    headers = (
        (b"Content-Type", b"application/json"),
        (b"openai-beta", b"v3"),
        (b"User-Agent", b"x"),
    )
    request = replace(exchange.head.request, headers=headers)
    return Exchange(replace(exchange.head, request=request), exchange.answer)


def set_other_headers(exchange: Exchange) -> Exchange:
    headers = (*exchange.answer.headers, (b"Date", b"now"), (b"openai-processing-ms", b"5"))
    return Exchange(exchange.head, replace(exchange.answer, headers=headers))


LAST_CALLS = {
    "chat": "chat.completions.create",
    "anthropic": "messages.create",
    "responses": "responses.create",
    "assistants": "messages.list",
    "plain": "",
}
HEADS = [
    ("another status", set_status, "answer.status"),
    ("a header of the answer", set_header, "answer.headers.retry-after"),
    ("a header of the request", set_request_header, "request.headers.openai-beta"),
]


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(("why", "edit", "path"), HEADS, ids=[row[0] for row in HEADS])
def test_a_changed_head_is_the_only_report(
    why: str, edit: Callable[[Exchange], Exchange], path: str, dialect: str
) -> None:
    right = edit_one(record_program(dialect, RIGHT), LAST_CALLS[dialect], edit)
    [(_, change)] = list_changes(compare(record_program(dialect, LEFT), right))
    assert (change.path, change.verdict) == (path, BEHAVIOUR)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_headers_that_are_new_each_time_are_no_difference(dialect: str) -> None:
    right = edit_one(record_program(dialect, RIGHT), LAST_CALLS[dialect], set_other_headers)
    assert list_changes(compare(record_program(dialect, LEFT), right)) == []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_missing_and_an_added_call(dialect: str) -> None:
    left, right = record_program(dialect, LEFT), record_program(dialect, RIGHT)
    for at in range(len(right)):
        if right[at].head.operation == "runs.retrieve":
            continue
        shorter = [*right[:at], *right[at + 1 :]]
        [(missing, change)] = list_changes(compare(left, shorter))
        assert (change.kind, missing.right, missing.verdict) == (ChangeKind.MISSING, 0, BEHAVIOUR)
        [(added, change)] = list_changes(compare(shorter, left))
        assert (change.kind, added.left, added.verdict) == (ChangeKind.ADDED, 0, BEHAVIOUR)


def test_polls_with_the_same_states_are_equivalent_however_many_there_are() -> None:
    diffs = [
        compare(record_program("assistants", LEFT), record_program("assistants", seed))
        for seed in (2, 3, 4)
    ]
    repeats = [
        [
            (bool(each.left), bool(each.right), change.kind)
            for each in diff.exchanges
            for change in each.changes
        ]
        for diff in diffs
    ]
    more = (False, True, ChangeKind.REPEATED)
    assert repeats == [[more], [(True, False, ChangeKind.REPEATED)], []]
    assert all(diff.verdict is DiffVerdict.EQUIVALENT for diff in diffs)


@pytest.mark.parametrize("status", [b'"queued"', b'"completed"'])
def test_a_missing_poll_with_a_state_of_its_own_is_reported(status: bytes) -> None:
    right = record_program("assistants", RIGHT)
    [at] = [
        index
        for index, each in enumerate(right)
        if each.head.operation == "runs.retrieve" and status in each.answer.body
    ]
    diff = compare(record_program("assistants", LEFT), [*right[:at], *right[at + 1 :]])
    [(exchange, change)] = list_changes(diff)
    assert (exchange.call, change.kind) == ("runs.retrieve", ChangeKind.MISSING)


def slow_down(exchange: Exchange) -> Exchange:
    frames = exchange.answer.frames
    late = tuple(frame._replace(dt_us=frame.dt_us + 2_000_000) for frame in frames[2:])
    timings = replace(exchange.head.timings, end_us=exchange.head.timings.end_us + 2_000_000)
    answer = replace(exchange.answer, frames=(*frames[:2], *late))
    return Exchange(replace(exchange.head, timings=timings), answer)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_slower_gap_is_reported_if_asked_for(dialect: str) -> None:
    left, right = record_program(dialect, LEFT), record_program(dialect, RIGHT, cut=LEFT)
    index = find_answer(right) if dialect != "plain" else 0
    slower = [*right[:index], slow_down(right[index]), *right[index + 1 :]]
    assert compare(left, slower).verdict is DiffVerdict.EQUIVALENT
    diff = compare(left, slower, DiffSettings(with_timing=True))
    changes = [
        change
        for each in diff.exchanges
        for change in each.changes
        if change.kind is not ChangeKind.REPEATED
    ]
    [change] = changes
    assert (change.kind, change.right) == (ChangeKind.SLOWER, "2010.0 ms")
    assert change.right_place is not None
    assert change.right_place.event == 3
    assert diff.has_timing
    assert diff.verdict is DiffVerdict.EQUIVALENT
    assert not compare(left, right, DiffSettings(with_timing=True)).has_timing


def swap_outputs(exchanges: list[Exchange]) -> list[Exchange]:
    """Let the output of a tool name the call of another exchange."""
    ids = sorted({part for each in exchanges for part in each.head.request.body.split(b'"')})
    calls = [each for each in ids if each.startswith((b"call_", b"toolu_"))]
    other = b"call_of_another_answer"

    def edit(exchange: Exchange) -> Exchange:
        body = exchange.head.request.body
        position = body.rindex(calls[0])
        changed = body[:position] + other + body[position + len(calls[0]) :]
        request = replace(exchange.head.request, body=changed)
        return Exchange(replace(exchange.head, request=request), exchange.answer)

    return [edit(each) if calls[0] in each.head.request.body else each for each in exchanges]


@pytest.mark.parametrize("dialect", STREAMS)
def test_an_id_that_stands_for_something_else_is_a_difference(dialect: str) -> None:
    right = swap_outputs(record_program(dialect, RIGHT))
    [(_, change)] = list_changes(compare(record_program(dialect, LEFT), right))
    assert change.path.endswith(("tool_call_id", "tool_use_id", "call_id"))
    assert change.right == "call_of_another_answer"


def test_the_same_ids_for_other_objects_are_no_difference() -> None:
    """A server that counts gives the other agent the first id, if it is first."""
    left, right = record_program("assistants", LEFT), record_program("assistants", RIGHT)
    texts = [
        sorted({part for each in side for part in each.answer.body.split(b'"')})
        for side in (left, right)
    ]
    renamed = []
    for side, parts in zip((left, right), texts, strict=True):
        threads = [part for part in parts if part.startswith(b"thread_")]
        order = sorted(
            threads,
            key=lambda each: next(
                index for index, exchange in enumerate(side) if each in exchange.answer.body
            ),
        )
        names = {each: b"thread_sim%08d" % number for number, each in enumerate(order, start=1)}
        renamed.append([rename_ids(exchange, names) for exchange in side])
    diff = compare(renamed[0], renamed[1])
    assert list_changes(diff) == []
    assert diff.renames["thread_sim00000001"] == "thread_sim00000002"


def rename_ids(exchange: Exchange, names: dict[bytes, bytes]) -> Exchange:
    request, answer = exchange.head.request, exchange.answer
    for old, new in names.items():
        request = replace(
            request,
            target=request.target.replace(old, new),
            body=request.body.replace(old, new),
        )
        answer = replace(answer, body=answer.body.replace(old, new))
    frame = Frame(10_000, len(answer.body), True)
    summary = find_dialect(request).interpret(request).summary
    head = replace(exchange.head, request=request, summary=summary)
    return Exchange(head, replace(answer, frames=(frame,)))


def test_sequential_calls_in_another_order_are_reordered() -> None:
    left, right = (
        [make_sequential(exchanges, index) for index, exchanges in enumerate(order)]
        for order in (pick_calls(0, 1, 2), pick_calls(0, 2, 1))
    )
    [(exchange, change)] = list_changes(compare(left, right))
    assert (change.kind, exchange.verdict) == (ChangeKind.REORDERED, BEHAVIOUR)


def test_concurrent_calls_have_no_order() -> None:
    left, right = (
        [make_sequential(each, index, took_us=90_000_000) for index, each in enumerate(order)]
        for order in (pick_calls(0, 1, 2), pick_calls(2, 0, 1))
    )
    assert list_changes(compare(left, right)) == []


def pick_calls(*numbers: int) -> list[Exchange]:
    questions = [replace(USUAL, question=f"Question {each} of three, please?") for each in range(3)]
    return [record_program("plain", 1, questions[each])[0] for each in numbers]


def make_sequential(exchange: Exchange, index: int, *, took_us: int = 1_000_000) -> Exchange:
    started_ns = exchange.head.timings.started_ns + index * 10_000_000_000
    timings = replace(exchange.head.timings, started_ns=started_ns, end_us=took_us)
    return Exchange(replace(exchange.head, number=index + 1, timings=timings), exchange.answer)


IGNORED: list[tuple[str, Facts, DiffSettings]] = [
    (
        "a path of the body",
        replace(USUAL, temperature=0.7),
        DiffSettings(IgnoredPlaces((JsonPath.parse("$.temperature"),))),
    ),
    (
        "a place",
        replace(USUAL, tokens=21),
        DiffSettings(IgnoredPlaces(names=frozenset({"answer.events"}))),
    ),
    (
        "all but the calls",
        replace(USUAL, city="Porto"),
        DiffSettings(parts=frozenset({ChangePart.CALLS})),
    ),
]


@pytest.mark.parametrize(("why", "facts", "settings"), IGNORED, ids=[row[0] for row in IGNORED])
def test_what_is_left_out_is_not_reported(why: str, facts: Facts, settings: DiffSettings) -> None:
    left, right = record_program("chat", LEFT), record_program("chat", RIGHT, facts)
    assert list_changes(compare(left, right))
    assert list_changes(compare(left, right, settings)) == []


def test_a_change_that_later_requests_repeat_is_reported_once() -> None:
    facts = replace(USUAL, prompt=USUAL.prompt.replace("helpful", "useful"))
    diff = compare(record_program("chat", LEFT), record_program("chat", RIGHT, facts))
    [(first, _)] = list_changes(diff)
    notes = [note for each in diff.exchanges for note in each.notes if "repeats" in note]
    assert first.left == 1
    assert notes == ["repeats the change of #1"]


def test_two_exchanges_are_compared_whatever_they_are() -> None:
    left, right = record_program("chat", LEFT), record_program("anthropic", RIGHT)
    diff = compare(left[:1], right[:1])
    assert [(each.left, each.right) for each in diff.exchanges] == [(1, 1)]
    assert "request.path" in {change.path for _, change in list_changes(diff)}


def answer_with(body: bytes) -> Exchange:
    (exchange, *_) = record_program("plain", LEFT)
    return replace(exchange, answer=replace(exchange.answer, body=body))


def build_sentences(count: int, word: bytes) -> bytes:
    sentences = (b'{"text": "the %b of room %d is open"}' % (word, each) for each in range(count))
    return b"[%b]" % b",".join(sentences)


MANY = [
    ("as many as are listed", 200, DiffVerdict.WORDING, ()),
    ("one more", 201, DiffVerdict.WORDING, ("the first 200 of 201 changes are listed",)),
    (
        "one more than are compared: it may be anything",
        50_001,
        DiffVerdict.BEHAVIOUR,
        (
            "the first 200 of 50,000 changes are listed",
            "more than 50,000 changes: the rest was not compared",
        ),
    ),
]


@pytest.mark.parametrize(("why", "count", "verdict", "notes"), MANY)
def test_more_changes_than_are_listed(
    why: str, count: int, verdict: DiffVerdict, notes: tuple[str, ...]
) -> None:
    bodies = build_sentences(count, b"door"), build_sentences(count, b"window")
    left, right = ([answer_with(body)] for body in bodies)
    (exchange,) = compare(left, right).exchanges
    assert (len(exchange.changes), exchange.verdict, exchange.notes) == (200, verdict, notes)


def test_nothing_is_identical_to_nothing() -> None:
    assert compare([], []).verdict is DiffVerdict.IDENTICAL
    diff = compare(record_program("plain", LEFT), [])
    assert {change.kind for _, change in list_changes(diff)} == {ChangeKind.MISSING}


def make_chat(deltas: Sequence[tuple[int, Mapping[str, object]]], seed: int) -> list[Exchange]:
    """Return a recording of one call with the pieces of several choices."""
    recorder = Recorder(seed)
    head = {"id": recorder.make_id("chatcmpl-"), "object": "chat.completion.chunk"}
    events = [{**head, "choices": [{"index": each, "delta": delta}]} for each, delta in deltas]
    recorder.add_stream("/v1/chat/completions", {"model": "m", "n": 2}, [*events, "[DONE]"])
    return number(recorder.exchanges)


def test_pieces_of_two_choices_may_alternate_in_any_way() -> None:
    one = [(index, {"content": text}) for text in ("a ", "b ", "c") for index in (0, 1)]
    other = sorted(one, key=lambda delta: delta[0])
    assert list_changes(compare(make_chat(one, 1), make_chat(other, 2))) == []
    changed = [*other[:-1], (1, {"content": "d"})]
    [(_, change)] = list_changes(compare(make_chat(one, 1), make_chat(changed, 2)))
    assert (change.path, change.left, change.right) == ("answer.text[2]", "a b c", "a b d")


def test_outputs_of_two_calls_that_changed_places() -> None:
    def record(seed: int, *, are_swapped: bool) -> list[Exchange]:
        recorder = Recorder(seed)
        ids = [recorder.make_id("call_") for _ in range(2)]
        function = {"name": "look_up", "arguments": "{}"}
        calls = [{"id": each, "type": "function", "function": function} for each in ids]
        message = {"role": "assistant", "tool_calls": calls}
        path = "/v1/chat/completions"
        recorder.add_document("POST", path, {"model": "m"}, {"choices": [message]})
        texts = ["sunny", "rainy"][:: -1 if are_swapped else 1]
        outputs = [
            {"role": "tool", "tool_call_id": each, "content": text}
            for each, text in zip(ids, texts, strict=True)
        ]
        body = {"model": "m", "messages": [message, *recorder.letters.sample(outputs, 2)]}
        recorder.add_document("POST", path, body, {"choices": []})
        return number(recorder.exchanges)

    for seed in (2, 3, 4, 5):
        same = compare(record(1, are_swapped=False), record(seed, are_swapped=False))
        assert list_changes(same) == []
        changes = list_changes(
            compare(record(1, are_swapped=False), record(seed, are_swapped=True))
        )
        assert {change.label for _, change in changes} == {"tool output"}
        assert len(changes) == 2


def test_a_setting_that_all_events_repeat_is_reported_once() -> None:
    left = [(0, {"content": "a"}), (0, {"content": "b"})]
    right = [(index, {**delta, "tier": "default"}) for index, delta in left]
    [(_, change)] = list_changes(compare(make_chat(left, 1), make_chat(right, 2)))
    assert (change.kind, change.path) == (
        ChangeKind.ADDED,
        "answer.events[1].$.choices[0].delta.tier",
    )


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_compared(data: st.DataObject) -> None:
    dialect = data.draw(st.sampled_from(DIALECTS))
    left, right = record_program(dialect, LEFT), record_program(dialect, RIGHT)
    at = data.draw(st.integers(0, len(right) - 1))
    exchange = right[at]
    body, request = exchange.answer.body, exchange.head.request
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    noise = data.draw(st.sampled_from([b"", b"\x00\xff", b'"', b"\n\n", b"{", b"data: [1", b"\\u"]))
    answer = replace(exchange.answer, body=body[:start] + noise + body[end:])
    answer = replace(answer, frames=(Frame(1, len(answer.body), True),))
    cut = data.draw(st.integers(0, len(request.body)))
    request = replace(request, body=request.body[:cut] + noise + request.body[cut:])
    right[at] = Exchange(replace(exchange.head, request=request), answer)
    for settings_ in (DiffSettings(), DiffSettings(with_timing=True)):
        diff = compare(left, right, settings_)
        assert sum(bool(each.left) for each in diff.exchanges) == len(left)
        assert sum(bool(each.right) for each in diff.exchanges) == len(right)
