"""Hostile recordings at every endpoint: answers are bounded, and the loop goes on turning."""

from __future__ import annotations

import asyncio
import gc
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runreel.core.cassette import encode_exchange
from runreel.shell.inspector.api import encode_document
from support.build import make_answer, make_cassette, make_exchange, make_request
from support.hostile import BUILDERS, MEGABYTE
from support.inspector import build_api_path, get_api, get_raw, serve_inspector

_MAX_ANSWER = 17_000_000
"""Bytes of any answer of the API, whatever the recording is."""

PLACES = (
    *("recordings", "exchanges?limit=2000", "exchanges?filter=text:xyzzy", "stats?by=session"),
    *("runs/a", "runs/a/x", "misses", "diff?a=a:1&b=a:1", "x/a/1", "x/a/1/events?limit=1000"),
    *("x/a/1/bytes?part=request", "x/a/1/bytes?from=5&to=99999999", "x/a/1/marks"),
    *("x/a/1/rule?from=2&to=9", "x/a/1/copy?as=curl", "x/a/1/copy?as=jsonl"),
)


class LoopWatch:
    """Measures the most CPU time between two turns of the event loop."""

    def __init__(self) -> None:
        self.process = 0.0
        """That of the process: worker threads may hold the interpreter's lock."""
        self.loop = 0.0
        """That of the loop's own thread, which is to compute nothing."""

    async def run(self) -> None:
        process, loop = time.process_time(), time.thread_time()
        while True:
            await asyncio.sleep(0.005)
            self.process = max(self.process, time.process_time() - process)
            self.loop = max(self.loop, time.thread_time() - loop)
            process, loop = time.process_time(), time.thread_time()


@pytest.fixture
def only_own_garbage() -> Iterator[None]:
    """Keep what other tests have left in this process from each collection of garbage."""
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.slow
@pytest.mark.usefixtures("only_own_garbage")
@pytest.mark.parametrize("kind", sorted(BUILDERS))
async def test_each_answer_is_bounded_and_none_is_a_fault(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "a.cassette"
    path.write_bytes(BUILDERS[kind](MEGABYTE // 2))
    watch = LoopWatch()
    async with serve_inspector({"a": path}) as url:
        task = asyncio.create_task(watch.run())
        for place in PLACES:
            answer = await get_raw(url, f"/-/api/{place}")
            assert answer.status in {200, 400, 404, 422}, (place, answer.body[:300])
            assert len(answer.body) < _MAX_ANSWER, place
        task.cancel()
    assert watch.loop < 0.05
    assert watch.process < 0.3


MARKUP = "<script>alert(1)</script>\u202e\u0000\u001b[31m\"'`{{x}}"


async def test_markup_and_control_characters_are_data(tmp_path: Path) -> None:
    exchange = make_exchange(
        1,
        request=make_request(
            target=b"/v1/<script>?x=%00", body=json.dumps({"model": MARKUP}).encode()
        ),
        answer=make_answer(f"data: {json.dumps({'x': MARKUP})}\n\n".encode()),
        session="<b>",
    )
    path = tmp_path / "a.cassette"
    path.write_bytes(make_cassette(encode_exchange(exchange)))
    async with serve_inspector({"<img src=x>": path}) as url:
        answer = await get_raw(url, build_api_path("exchanges"))
        document = await get_api(url, "x/%3Cimg%20src%3Dx%3E/1")
        raw = await get_raw(url, build_api_path("x/%3Cimg%20src%3Dx%3E/1/copy", **{"as": "raw"}))
        missing = await get_raw(url, "/-/api/x/%3Cscript%3E/1")
    assert answer.find_header(b"content-type") == b"application/json"
    assert missing.find_header(b"content-type") == b"application/json"
    assert document["recording"] == "<img src=x>"
    assert raw.find_header(b"content-disposition") == b"attachment"
    assert raw.find_header(b"x-content-type-options") == b"nosniff"


def test_large_numbers_and_half_characters_are_json() -> None:
    document: dict[str, object] = {"number": 10**40, "text": "\ud83d"}
    for members in ({"number": 10**40}, {"text": "\ud83d"}, {"a": 1.5, "b": ["é"]}, document):
        assert json.loads(encode_document(dict(members))) == members
