from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.scan.leak import Confidence, LeakSpan
from runreel.core.scan.places import locate_spans

HERE = b"^"
BODIES: list[tuple[str, bytes, list[LeafPath]]] = [
    ("a member of JSON", b'{"a": ["x", "^"]}', [("a", 1)]),
    ("JSON after a BOM and spaces", b'\xef\xbb\xbf \n{"a": "^"}', [("a",)]),
    ("two in one member, one in the next", b'{"a": "^ ^", "b": "^"}', [("a",), ("a",), ("b",)]),
    ("text", b"my ^", [()]),
    ("a string", b'"^"', [()]),
    ("nothing", b'{"a": 1}', []),
]
EVENTS: list[tuple[str, list[bytes], list[tuple[int, LeafPath]]]] = [
    (
        "a member of an event",
        [b'data: {"a": 1}\n\n', b'data: {"b": {"c": "^"}}\n\n'],
        [(2, ("b", "c"))],
    ),
    (
        "two in one event, one in the next",
        [b'data: {"a": "^", "b": "^"}\n\n', b'data: {"a": "^"}\n\n'],
        [(1, ("a",)), (1, ("b",)), (2, ("a",))],
    ),
    ("the first byte of an event", [b"data: a\n\n", b"^data: b\n\n"], [(2, ())]),
    ("lines of JSON", [b'{"a": 1}\n', b'["^"]\n'], [(2, (0,))]),
    ("an event of text", [b"data: a\n\n", b"data: my ^\n\n"], [(2, ())]),
    ("a comment", [b": ^\n\n", b'data: {"a": 1}\n\n'], [(1, ())]),
    ("after a name", [b'event: x\ndata: {"a": "^"}\n\n'], [(1, ("a",))]),
    (
        "data in several lines",
        [b'data: {"a":\ndata: "^"}\n\n'],
        [(1, ("a",))],
    ),
    ("nothing", [b"data: a\n\n"], []),
]


def build_spans(body: bytes) -> list[LeakSpan]:
    """Return a span at each sign in the body."""
    return [
        LeakSpan(at, at + 1, "rule", "kind", Confidence.BY_PATTERN)
        for at in range(len(body))
        if body[at : at + 1] == HERE
    ]


@pytest.mark.parametrize(("reason", "body", "paths"), BODIES, ids=[c[0] for c in BODIES])
def test_the_path_of_a_secret_in_a_body(reason: str, body: bytes, paths: list[LeafPath]) -> None:
    spans = build_spans(body)
    places = [*locate_spans(body, None, spans)]
    assert [(place.event, place.path) for place in places] == [(None, path) for path in paths]
    assert [place.span for place in places] == spans


@pytest.mark.parametrize(("reason", "events", "expected"), EVENTS, ids=[c[0] for c in EVENTS])
def test_the_event_and_the_path_of_a_secret_in_a_stream(
    reason: str, events: list[bytes], expected: list[tuple[int, LeafPath]]
) -> None:
    body = b"".join(events)
    spans = build_spans(body)
    places = [*locate_spans(body, events, spans)]
    assert [(place.event, place.path) for place in places] == expected
    assert [place.span for place in places] == spans


VALUES = st.dictionaries(st.sampled_from("abc"), st.text("^x", max_size=2), max_size=3)


@given(st.lists(VALUES, max_size=4))
def test_every_secret_has_the_event_and_the_member_that_it_is_in(
    values: list[dict[str, str]],
) -> None:
    events = [b"data: " + json.dumps(value).encode() + b"\n\n" for value in values]
    body = b"".join(events)
    places = [*locate_spans(body, events, build_spans(body))]
    assert [(place.event, place.path) for place in places] == [
        (number, (name,))
        for number, value in enumerate(values, start=1)
        for name, text in value.items()
        for sign in text
        if sign == "^"
    ]
