"""Many frames: a table that is equal to the tuple of them."""

from array import array
from random import Random

import pytest

from runreel.core.cassette.frame_columns import decode_frames, encode_frames
from runreel.model import Frame, FrameTable, list_ends, list_lengths, list_times


def build_frames(count: int) -> tuple[Frame, ...]:
    source = Random(13)  # noqa: S311  # not a secret
    return tuple(Frame(7 * n, source.randrange(300), source.random() < 0.5) for n in range(count))


@pytest.mark.parametrize("count", [1, 60, 5000])
def test_frames_of_any_number_survive(count: int) -> None:
    frames = build_frames(count)
    columns = encode_frames(frames)

    assert columns is not None
    decoded = decode_frames(columns)
    assert decoded == frames
    assert frames == decoded
    assert hash(decoded) == hash(frames)
    assert list(list_times(decoded)) == list_times(frames)
    assert list(list_lengths(decoded)) == list_lengths(frames)
    assert list_ends(decoded) == list_ends(frames)


def test_a_table_has_the_items_and_slices_of_its_tuple() -> None:
    frames = build_frames(20)
    times, lengths = array("q", list_times(frames)), array("q", list_lengths(frames))
    table = FrameTable(times, lengths, bytes(frame.end_of_chunk for frame in frames))

    assert len(table) == 20
    assert [table[index] for index in range(-20, 20)] == [*frames, *frames]
    assert type(table[3]) is Frame
    assert table[3].end_of_chunk is frames[3].end_of_chunk
    assert table[5:] == frames[5:]
    assert table[:-3] == frames[:-3]
    assert not table[20:]
    assert table != frames[1:]
    assert table != list(frames)
    with pytest.raises(IndexError):
        table[20]
