"""What must not be left half done is waited for."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runreel.shell.process.uncancellable import run_in_worker, wait_uncancelled


async def test_a_call_is_waited_for_however_often_it_is_cancelled() -> None:
    gate, done = threading.Event(), threading.Event()

    def call() -> None:
        gate.wait(10)
        done.set()

    waiting = asyncio.ensure_future(run_in_worker(call))
    for _ in range(3):
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
        assert not waiting.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert done.is_set()


async def test_a_call_gives_what_it_gives_and_raises_what_it_raises() -> None:
    def fails() -> None:
        raise ZeroDivisionError

    assert await run_in_worker(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await run_in_worker(fails)


async def test_what_follows_is_waited_for_as_well() -> None:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(3)]
    for position, future in enumerate(futures):
        loop.call_later(0.001 * position, future.set_result, None)
    await wait_uncancelled(lambda: next((future for future in futures if not future.done()), None))
    assert all(future.done() for future in futures)
