"""The order in which the tests of a suite run, if they share one cassette and one thread id."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.config import Config, MatchSettings
from support.client import ask, build_get, build_post
from support.proxy import serve_recording, serve_replay
from support.upstream import build_ok, serve_scripts

THREAD = "/v1/threads/thread_1"
TESTS = [
    [build_post(f"{THREAD}/runs", b'{"assistant_id": "a"}'), build_get(f"{THREAD}/runs/run_1")],
    [build_get(f"{THREAD}/runs/run_1"), build_get(f"{THREAD}/runs/run_1/steps")],
    [build_post(f"{THREAD}/messages", b'{"role": "user", "content": "a"}'), build_get(THREAD)],
    [build_get(f"{THREAD}/messages"), build_get(f"{THREAD}/messages?limit=1")],
    [build_post(f"{THREAD}/runs/run_1/cancel", b""), build_get(f"{THREAD}/runs")],
]
"""The requests of each test of a suite, whose mock has one thread."""
ANY = replace(Config(), match=MatchSettings(order="any"))


async def record(path: Path) -> None:
    calls = [request for test in TESTS for request in test]
    scripts = [[build_ok(b"%d" % number)] for number in range(len(calls))]
    async with serve_scripts(*scripts) as upstream, serve_recording(upstream.url, path) as proxy:
        for request in calls:
            await ask(proxy.url, request)


@pytest.mark.parametrize("order", ["4321043210", "2031442013", "0011223344", "3142030421"])
async def test_in_any_order_no_test_depends_on_another(tmp_path: Path, order: str) -> None:
    path = tmp_path / "c.cassette"
    await record(path)
    async with serve_replay(path, config=ANY) as (url, player):
        for test in (TESTS[int(index)] for index in order):
            statuses = [(await ask(url, request)).status for request in test]
            assert statuses == [200] * len(test)
    assert len(player.tally.played) == 10


async def test_a_miss_in_causal_order_names_both_ways_out(tmp_path: Path) -> None:
    path = tmp_path / "c.cassette"
    await record(path)
    async with serve_replay(path) as (url, _):
        answers = [await ask(url, request) for test in TESTS[::-1] for request in test]
    misses = [answer.body for answer in answers if answer.status == 404]
    assert misses
    assert all(b"a session of its own (/@NAME in its base URL)" in miss for miss in misses)
    assert all(b'order = \\"any\\"' in miss for miss in misses)
