"""The corpus's checks find every kind of damage."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from corpus.shapes import find_joined_faults, find_shape_faults, find_touched
from corpus.spellings import escape_plain
from runreel.model import Answer, Exchange, Frame
from support.build import make_answer, make_exchange, make_request

STREAM = (
    b'data: {"index":0,"delta":"my "}\n\n',
    b'data: {"index":0,"delta":"SECRET"}\n\n',
    b'data: {"whole":"my SECRET"}\n\n',
)


def build_answer(*chunks: bytes, frames: Sequence[Frame] | None = None) -> Exchange:
    return make_exchange(answer=make_answer(*chunks, frames=frames))


BEFORE = build_answer(*STREAM)

DAMAGES = [
    ("an event is missing", build_answer(STREAM[0], STREAM[2])),
    ("two events are swapped", build_answer(STREAM[1], STREAM[0], STREAM[2] + b": x\n\n")),
    ("an event is not JSON", build_answer(STREAM[0], STREAM[1].replace(b'"}', b"}"), STREAM[2])),
    (
        "a member is missing",
        build_answer(STREAM[0], STREAM[1].replace(b'"index":0,', b""), STREAM[2]),
    ),
    ("a number changed", build_answer(STREAM[0], STREAM[1].replace(b"0", b"7"), STREAM[2])),
    ("a frame is missing", build_answer(*STREAM, frames=make_answer(b"".join(STREAM)).frames)),
    (
        "a frame ends elsewhere",
        build_answer(
            *STREAM,
            frames=make_answer(STREAM[0][:-1], STREAM[0][-1:] + STREAM[1], STREAM[2]).frames,
        ),
    ),
    (
        "a header of the request is missing",
        make_exchange(request=make_request(headers=()), answer=BEFORE.answer),
    ),
]


@pytest.mark.parametrize(("why", "after"), DAMAGES, ids=[row[0] for row in DAMAGES])
def test_a_damage_is_a_fault(why: str, after: Exchange) -> None:
    assert list(find_shape_faults(BEFORE, after, ("SECRET",)))


def test_a_placeholder_in_place_of_the_secret_is_not_a_fault() -> None:
    after = [chunk.replace(b"SECRET", b"REDACTED-x-1") for chunk in STREAM]
    assert not list(find_shape_faults(BEFORE, build_answer(*after), ("SECRET",)))
    assert not list(find_joined_faults(b"".join(STREAM), b"".join(after)))
    assert not list(find_touched(b"".join(STREAM), b"".join(after), ("SECRET",), escape_plain))


def test_a_wrong_content_length_is_a_fault() -> None:
    answer = Answer(200, b"OK", ((b"Content-Length", b"3"),), b"four", (Frame(1, 4, False),))
    assert list(find_shape_faults(make_exchange(answer=answer), make_exchange(answer=answer), ()))


def test_arguments_that_are_no_longer_json_are_a_fault() -> None:
    before = build_answer(
        b'data: {"arguments":"{\\"a\\": \\"SEC"}\n\n', b'data: {"arguments":"RET\\"}"}\n\n'
    )
    after = build_answer(
        b'data: {"arguments":"{\\"a\\": \\"X"}\n\n', b'data: {"arguments":"X}"}\n\n'
    )
    assert list(find_shape_faults(before, after, ("SECRET",)))


def test_deltas_that_differ_from_the_whole_are_a_fault() -> None:
    after = (STREAM[0], STREAM[1].replace(b"SECRET", b"X"), STREAM[2].replace(b"SECRET", b"Y"))
    assert list(find_joined_faults(b"".join(STREAM), b"".join(after)))


TOUCHES = [
    ("the piece before it", STREAM[0], STREAM[0].replace(b"my", b"no")),
    ("the text before it in its piece", STREAM[2], STREAM[2].replace(b"my", b"no")),
    ("white space in the JSON of its event", STREAM[1], STREAM[1].replace(b":0", b": 0")),
]


@pytest.mark.parametrize(("why", "old", "new"), TOUCHES, ids=[row[0] for row in TOUCHES])
def test_a_change_beside_the_secret_is_a_fault(why: str, old: bytes, new: bytes) -> None:
    before = b"".join(STREAM)
    after = before.replace(old, new).replace(b"SECRET", b"REDACTED-x-1")
    assert list(find_touched(before, after, ("SECRET",), escape_plain))
