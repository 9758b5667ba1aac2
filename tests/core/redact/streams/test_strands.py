from __future__ import annotations

import json

import pytest

from runreel.core.redact.streams.labels import EventLabels, Label, is_label
from runreel.core.redact.streams.strands import Strands, may_be_piece
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.text import NO_ORIGIN
from support.streams import make_event, split_at_once, split_one_by_one

NAMES = [
    ("id", True, False),
    ("message_id", True, False),
    ("message-id", True, False),
    ("messageId", True, False),
    ("messageID", True, False),
    ("content_index", True, False),
    ("contentIdx", True, False),
    ("langgraph_node", True, False),
    ("paid", False, True),
    ("ID", False, True),
    ("ids", False, True),
    ("type", False, False),
    ("role", False, False),
    ("obfuscation", False, False),
    ("text", False, True),
    ("", False, True),
]


@pytest.mark.parametrize(("name", "labels", "pieces"), NAMES)
def test_a_name_tells_texts_apart_or_may_hold_a_piece(
    name: str, labels: bool, pieces: bool
) -> None:
    assert (is_label(name), may_be_piece(name)) == (labels, pieces)


def label_event(value: object, name: bytes = b"") -> EventLabels[bytes]:
    raw = json.dumps(value).encode()
    leaves = iter_leaves(raw, [(0, len(raw))])
    return EventLabels(leaves, name, lambda leaf: raw[leaf.start : leaf.end])


NAMELESS: Label = (("",), b"")


def test_kinds_are_members_at_the_top_of_an_event_and_its_name() -> None:
    labels = label_event({"type": "a", "n": {"type": "b"}, "object": "c", "text": "d"}, b"x")
    assert labels.kinds == [(("",), b"x"), (("type",), b"a"), (("object",), b"c")]


def test_an_id_counts_for_its_own_element_of_an_array() -> None:
    labels = label_event({"id": "m", "c": [{"id": "a", "d": [{"x_id": 1}]}, {"id": "b"}]})
    top, first, inner = (("id",), b"m"), (("c", "id"), b"a"), (("c", "d", "x_id"), b"1")
    second = (("c", "id"), b"b")
    assert labels.collect_ids(("text",)) == [top]
    assert labels.collect_ids(("c", 0, "text")) == [top, first]
    assert labels.collect_ids(("c", 0, "d", 0, "text")) == [top, first, inner]
    assert labels.collect_ids(("c", 0, "d", 1)) == [top, first]
    assert labels.collect_ids(("c", 1, "text")) == [top, second]
    assert labels.list_all() == [NAMELESS, top, first, inner, second]


PATHS: list[tuple[str, tuple[str | int, ...], tuple[object, ...]]] = [
    ("names stay", ("a", "b"), ("a", "b")),
    ("an index member in place of the position", ("c", 0, "text"), ("c", b"7", "text")),
    ("the position without such a member", ("c", 1, "text"), ("c", 1, "text")),
    ("no position for the strings of an array", ("a", 1), ("a",)),
]


@pytest.mark.parametrize(("reason", "path", "normal"), PATHS, ids=[c[0] for c in PATHS])
def test_a_path_names_an_element_by_its_index(
    reason: str, path: tuple[str | int, ...], normal: tuple[object, ...]
) -> None:
    labels = label_event({"c": [{"index": 7, "text": "a"}, {"text": "b"}]})
    assert labels.normalize_path(path) == normal


def read(*events: bytes) -> Strands:
    return split_at_once(events).finish().strands


def list_varying(strands: Strands) -> list[tuple[str, list[bytes]]]:
    """Return the name and the pieces of each strand that varies."""
    return sorted(
        (strand.name, [data for _, data in strand.iter_pieces()])
        for strand in strands.list_varying()
    )


def test_the_example_of_the_module() -> None:
    events = [
        make_event({"type": "delta", "message_id": m, "delta": piece, "note": "draft"})
        for m, piece in [("m1", "Hel"), ("m2", "Goo"), ("m1", "lo"), ("m2", "d")]
    ]
    assert list_varying(read(*events)) == [
        ("delta", [b"Goo", b"d"]),
        ("delta", [b"Hel", b"lo"]),
    ], "the notes are constants"


VARYING: list[tuple[str, list[object], list[tuple[str, list[bytes]]]]] = [
    (
        "another kind of event",
        [{"type": kind, "text": text} for kind, text in zip("xyxy", "abcd", strict=True)],
        [("text", [b"a", b"c"]), ("text", [b"b", b"d"])],
    ),
    ("a constant", [{"text": "same"}] * 3, []),
    ("the same two letters twice", [{"text": "ha"}] * 2, [("text", [b"ha", b"ha"])]),
    ("the same two letters again and again", [{"text": "ha"}] * 3, []),
    (
        "events of one kind, of which one only has an id",
        [{"text": "ab"}, {"text": "cd"}, {"id": "m", "text": "ef"}, {"id": "m", "text": "gh"}],
        [("text", [b"ab", b"cd"]), ("text", [b"ef", b"gh"])],
    ),
    (
        "a piece and a string of the rest under the same name",
        [{"note": "ab"}, {"note": "cd"}, {"text": "ef", "note": "gh"}, {"text": "ij"}],
        [("note", [b"ab", b"cd"]), ("note", [b"gh"]), ("text", [b"ef", b"ij"])],
    ),
    ("padding and a role are no pieces", [{"obfuscation": "a", "role": "b"}] * 2, []),
    ("a number is no piece", [{"text": 1}, {"text": 2}], []),
    ("an event that was not split", [{"text": "ab", "id": "cd", "n": 1}], [("text", [b"ab"])]),
]


@pytest.mark.parametrize(("reason", "values", "strands"), VARYING, ids=[c[0] for c in VARYING])
def test_strings_are_sorted_into_strands(
    reason: str, values: list[object], strands: list[tuple[str, list[bytes]]]
) -> None:
    assert list_varying(read(*map(make_event, values))) == strands


def test_equal_strings_of_single_events_are_constants_if_they_are_long() -> None:
    events = [make_event({"text": "same", "note": "ha"}, name) for name in "xyz"]
    assert list_varying(read(*events)) == [("note", [b"ha"])] * 3


MAIN = [
    ("a usual name", {"text": "ab", "note": "cd"}, {"text"}),
    ("no usual name: all of them", {"x": "ab", "note": "cd"}, {"x", "note"}),
    ("a name of the dialect's", {"delta": "ab", "note": "cd"}, {"delta"}),
]


@pytest.mark.parametrize("count", [1, 2], ids=["whole", "split"])
@pytest.mark.parametrize(("reason", "value", "names"), MAIN, ids=[c[0] for c in MAIN])
def test_main_strands_are_those_under_usual_names(
    reason: str, value: dict[str, str], names: set[str], count: int
) -> None:
    events = [
        make_event({name: f"{text}{at}" for name, text in value.items()}) for at in range(count)
    ]
    strands = read(*events).list_varying()
    assert {strand.name for strand in strands} == {*value}
    assert {strand.name for strand in strands if strand.is_main} == names


def test_labels_are_counted_by_events_also_in_those_that_repeat_another() -> None:
    ids = ["m1", "m1", "m1", "m2"]
    events = [
        make_event({"type": "x", "id": each, "text": f"t{at}"}) for at, each in enumerate(ids)
    ]
    expected = {
        ("",): {NAMELESS[1]: 4},
        ("type",): {b"x": 4},
        ("id",): {b"m1": 3, b"m2": 1},
    }
    for split in (split_at_once, split_one_by_one):
        assert split(events).finish().strands.count_labels() == expected


def test_each_line_but_the_first_of_an_event_follows_a_line_end() -> None:
    [lines] = read(b"data: ab\ndata: cd\n\n").list_varying()
    assert [*lines.iter_pieces()] == [(6, b"ab"), (NO_ORIGIN, b"\n"), (15, b"cd")]
    assert (lines.origin, lines.last_origin, lines.is_searched) == (6, 15, True)


def test_channels_are_the_strands_of_several_pieces_that_are_searched() -> None:
    values = [{"text": "ab", "note": "n1"}, {"text": "cd", "note": "n2"}, {"delta": "ef"}]
    strands = read(*map(make_event, values))
    assert [channel.data for channel in strands.list_channels()] == [b"abcd"]
    assert {each.data: each.is_searched for each in strands.list_varying()} == {
        b"abcd": True,
        b"n1n2": False,
        b"ef": False,
    }
