from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.body.settled import Settled, SettledSecrets
from runreel.core.redact.texts.joined_text import JoinedText, Owner
from support.streams import ListedPieces

_ORIGIN_STEP = 100


def build_reading(parts: list[str], ids: str = "") -> JoinedText:
    """Return a reading of pieces of two texts in turn; ``ids`` has a letter for each piece."""
    rows = [
        (_ORIGIN_STEP * at, part.encode(), Owner(at % 2, ids[at : at + 1]))
        for at, part in enumerate(parts)
    ]
    return JoinedText(ListedPieces(rows), has_personal=True)


def settle(
    *pieces: tuple[int, int, int], is_personal: bool = False, is_joined: bool = True
) -> Settled:
    """Return a secret in these pieces: the number of the piece, start and end in it."""
    ranges = [(_ORIGIN_STEP * at + start, _ORIGIN_STEP * at + end) for at, start, end in pieces]
    return Settled(ranges, is_personal, is_joined)


PERSONAL = settle((0, 3, 7), is_personal=True)
IN_EVENT = settle((0, 3, 7), is_personal=True, is_joined=False)
PARTS: list[tuple[str, list[str], list[Settled], str, set[int] | None]] = [
    ("nothing is settled", ["my k", "ey-12"], [], "key-12", set()),
    ("only what is elsewhere", ["my k", "ey-12", "key-3"], [settle((2, 0, 5))], "key-12", set()),
    ("the secret goes on", ["my key-", "1x2Y"], [settle((0, 3, 7))], "key-1x2Y", {0}),
    ("it began before", ["my k", "ey-12"], [settle((1, 0, 5))], "key-12", {0}),
    (
        "two are parts of it",
        ["key-", "12", "34xY"],
        [settle((0, 0, 4)), settle((1, 0, 2))],
        "key-1234xY",
        {0, 1},
    ),
    (
        "two that leave nothing between them stay two",
        ["key-", "12"],
        [settle((0, 0, 4)), settle((1, 0, 2))],
        "key-12",
        None,
    ),
    (
        "the same secret: nothing new",
        ["my key-", "12"],
        [settle((0, 3, 7), (1, 0, 2))],
        "key-12",
        None,
    ),
    ("a settled one is partly outside", ["my key-", "1x2Y"], [settle((0, 0, 7))], "key-1x2Y", None),
    (
        "another reading holds the rest of it",
        ["key-", "1x2Y"],
        [settle((0, 0, 4), (7, 0, 2))],
        "key-1x2Y",
        None,
    ),
    ("the rest is a word", ["my key-", "Please"], [settle((0, 3, 7))], "key-Please", None),
    (
        "a short rest, where the secret would be whole",
        ["my key-", "1x2"],
        [settle((0, 3, 7))],
        "key-1x2",
        None,
    ),
    (
        "a short rest of a secret in a single event",
        ["my key-", "1x2"],
        [settle((0, 3, 7), is_joined=False)],
        "key-1x2",
        {0},
    ),
    (
        "the rest begins a text again",
        ["xy1z", "my key-", "xy1z"],
        [settle((1, 3, 7))],
        "key-xy1z",
        None,
    ),
    (
        "the secret begins a text again",
        ["key-", "ab", "key-", "1x2Y"],
        [settle((2, 0, 4))],
        "key-1x2Y",
        None,
    ),
    ("personal data", ["my ann@", "x1x2Y"], [PERSONAL], "ann@x1x2Y", None),
    ("personal data of a single event", ["my ann@", "x1x2Y"], [IN_EVENT], "ann@x1x2Y", None),
    (
        "every second piece of the secret",
        ["key-", "12", "34", "5x6Y"],
        [settle((0, 0, 4), (2, 0, 2))],
        "key-12345x6Y",
        set(),
    ),
    (
        "every second piece, but not its beginning",
        ["key-", "12", "34", "5x6Y"],
        [settle((1, 0, 2), (3, 0, 4))],
        "key-12345x6Y",
        None,
    ),
]


@pytest.mark.parametrize(
    ("reason", "parts", "settled", "secret", "indices"), PARTS, ids=[c[0] for c in PARTS]
)
def test_a_coarse_reading_may_only_complete_what_is_settled(
    reason: str, parts: list[str], settled: list[Settled], secret: str, indices: set[int] | None
) -> None:
    reading = build_reading(parts)
    start = reading.data.rindex(secret.encode())
    end = start + len(secret)
    secrets = SettledSecrets(settled)
    assert secrets.find_parts(reading, start, end, is_continued=False) == indices


def test_personal_data_goes_on_only_where_pieces_continue() -> None:
    reading = build_reading(["my ann@", "x1x2Y"])
    in_event, in_channel = SettledSecrets([IN_EVENT]), SettledSecrets([PERSONAL])
    assert in_event.find_parts(reading, 3, 12, is_continued=True) == {0}
    assert in_event.find_parts(reading, 3, 12, is_continued=False) is None
    assert in_channel.find_parts(reading, 3, 12, is_continued=True) is None


@pytest.mark.parametrize(("start", "end"), [(2, 10), (2, 12), (6, 12)])
def test_a_whole_secret_is_a_part_of_no_other(start: int, end: int) -> None:
    reading = build_reading(["other ", "4x7Y", "8z"])
    whole = settle((1, 0, 4), is_joined=False)
    parts = SettledSecrets([whole]).find_parts(reading, start, end, is_continued=True)
    assert parts == {0}, "it may be a part unless it is whole"
    secrets = SettledSecrets([whole._replace(is_whole=True)])
    assert secrets.find_parts(reading, start, end, is_continued=True) is None


def test_two_messages_that_alternate_are_two_texts() -> None:
    parts = ["key-", "12", "34", "5x6Y"]
    secrets = SettledSecrets([settle((0, 0, 4), (2, 0, 2))])
    one_message = build_reading(parts, ids="mmmm")
    assert secrets.find_parts(one_message, 0, 12, is_continued=False) == set()
    two_messages = build_reading(parts, ids="mnmn")
    assert secrets.find_parts(two_messages, 0, 12, is_continued=False) is None


RANDOM = [
    ("a word before a key of an unknown vendor", ["part", "k-1x2Y"], (1, 0, 6), True, None),
    ("a word before a key of a known form", ["part", "k-1x2Y"], (1, 0, 6), False, None),
    ("a key of an unknown vendor goes on", ["ab-", "1x2Y"], (0, 0, 3), True, {0}),
    ("a key of a known form does not", ["ab-", "1x2Y"], (0, 0, 3), False, None),
]


@pytest.mark.parametrize(
    ("reason", "parts", "piece", "is_general", "indices"), RANDOM, ids=[c[0] for c in RANDOM]
)
def test_what_only_looks_random_takes_no_other_text_in(
    reason: str,
    parts: list[str],
    piece: tuple[int, int, int],
    is_general: bool,
    indices: set[int] | None,
) -> None:
    secrets = SettledSecrets([settle(piece)._replace(is_general=is_general)])
    reading = build_reading(parts)
    end = len(reading.data)
    assert secrets.find_parts(reading, 0, end, is_continued=False, is_general=True) == indices


RANGE = st.tuples(st.integers(0, 30), st.integers(1, 9)).map(lambda row: (row[0], row[0] + row[1]))


@given(st.lists(RANGE, max_size=6), RANGE)
def test_without_an_overlap_nothing_is_a_part(
    extents: list[tuple[int, int]], query: tuple[int, int]
) -> None:
    reading = build_reading(["0123456789" * 4])
    secrets = SettledSecrets(Settled([extent], False, True) for extent in extents)
    parts = secrets.find_parts(reading, *query, is_continued=False)
    overlapping = {
        at for at, (start, end) in enumerate(extents) if start < query[1] and query[0] < end
    }
    assert parts in (overlapping, None)
    inside = all(query[0] <= extents[at][0] and extents[at][1] <= query[1] for at in overlapping)
    assert parts is None or inside
