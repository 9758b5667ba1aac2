"""The merged activity of several workers: ids, ends, slow followers."""

from __future__ import annotations

import asyncio
import json
from unittest.mock import Mock

import pytest

from runreel.shell.workers.activity_merge import ActivityMerge, LostWorkerError

HEAD = b"HTTP/1.1 200 OK\r\n\r\n"
OVER = b"event: over\ndata: {}\n\n"


def make_note(call: int, note_id: str) -> bytes:
    data = json.dumps({"call": call, "session": "a"})
    return f"event: begin\ndata: {data}\nid: {note_id}\n\n".encode()


async def start(*streams: bytes, own: int = 0) -> ActivityMerge:
    """Merge with other workers, which have sent these bytes and ended."""
    merge = ActivityMerge(own, len(streams) + 1, lambda: None)
    readers = []
    for number, data in enumerate(streams, start=1):
        reader = asyncio.StreamReader()
        reader.feed_data(HEAD + data)
        reader.feed_eof()
        readers.append((number, reader, Mock()))
    await merge.start(readers)
    return merge


async def turn() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_ids_tell_the_workers_apart() -> None:
    merge = await start(b"retry: 1000\n\nid: w1-0\n\n:\n\n" + make_note(4, "w1-1") + OVER)
    await turn()
    assert merge.adapt_own(b"id: w0-7\n\n") == b""
    assert merge.adapt_own(make_note(4, "w0-8")) == make_note(4, "w0-8,w1-0")
    assert merge.take() == make_note(4, "w0-8,w1-1")
    assert merge.adapt_own(make_note(5, "w0-9")) == make_note(5, "w0-9,w1-1")
    assert merge.is_over
    assert merge.take() == b""


async def test_it_starts_once_all_others_have_begun() -> None:
    merge = ActivityMerge(0, 3, lambda: None)
    readers = [asyncio.StreamReader() for _ in range(2)]
    starting = asyncio.create_task(
        merge.start([(number, each, Mock()) for number, each in enumerate(readers, start=1)])
    )
    for reader, data in zip(readers, (b"retry: 1000\n\nid: w1-0\n\n", b""), strict=True):
        reader.feed_data(HEAD + data)
    await turn()
    assert not starting.done()
    readers[1].feed_eof()  # it will not begin any more
    await starting
    assert merge.adapt_own(make_note(4, "w0-8")) == make_note(4, "w0-8,w1-0")
    merge.close()


async def test_without_other_workers_events_stay_as_they_are() -> None:
    events = b"id: w0-7\n\n" + make_note(4, "w0-8")
    assert ActivityMerge().adapt_own(events) == events
    assert ActivityMerge().is_over


async def test_a_stream_that_breaks_off_is_an_error_after_its_events() -> None:
    merge = await start(make_note(1, "w1-1"), OVER)
    await turn()
    assert not merge.is_over
    assert merge.take() == make_note(1, "w1-1")
    with pytest.raises(LostWorkerError):
        merge.take()


async def test_no_more_is_read_for_a_slow_follower() -> None:
    notes = [make_note(number, f"w1-{number}") for number in range(2500)]
    merge = await start(b"".join(notes) + OVER)
    counts = []
    while not merge.is_over:
        await turn()
        counts.append(merge.take().count(b"event: begin"))
        await asyncio.sleep(0)
    counts.append(merge.take().count(b"event: begin"))
    assert sum(counts) == 2500
    assert max(counts) <= 1000
    merge.close()
