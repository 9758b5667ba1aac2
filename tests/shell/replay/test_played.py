from __future__ import annotations

import asyncio

from runreel.shell.replay.played import PlayedExchanges


async def test_it_waits_until_any_of_the_numbers_was_played() -> None:
    played = PlayedExchanges()
    waiting = asyncio.create_task(played.wait_for_any({2, 3}))
    played.add(1)
    await asyncio.sleep(0)
    assert not waiting.done()
    played.add(3)
    await asyncio.wait_for(waiting, 5)


async def test_what_is_forgotten_has_to_be_played_again() -> None:
    played = PlayedExchanges()
    played.add(2)
    await played.wait_for_any({2})
    played.forget([2])
    waiting = asyncio.create_task(played.wait_for_any({2}))
    await asyncio.sleep(0)
    assert not waiting.done()
    played.add(2)
    await asyncio.wait_for(waiting, 5)
