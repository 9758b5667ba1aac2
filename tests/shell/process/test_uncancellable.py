"""Waiting that cancellation does not cut short."""

from __future__ import annotations

import asyncio
import threading

import pytest

from runreel.shell.process.uncancellable import run_in_worker, wait_uncancelled


async def test_a_call_is_awaited_even_if_cancelled_repeatedly() -> None:
    gate, done = threading.Event(), threading.Event()

    def call() -> None:
        gate.wait(10)
        done.set()

    task = asyncio.ensure_future(run_in_worker(call))
    for _ in range(3):
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        assert not task.done()
    gate.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done.is_set()


async def test_the_result_or_the_exception_of_the_call_is_passed_on() -> None:
    def fail() -> None:
        raise ZeroDivisionError

    assert await run_in_worker(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await run_in_worker(fail)


async def test_further_futures_are_awaited_as_well() -> None:
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in range(3)]
    for position, future in enumerate(futures):
        loop.call_later(0.001 * position, future.set_result, None)
    await wait_uncancelled(lambda: next((future for future in futures if not future.done()), None))
    assert all(future.done() for future in futures)
