"""Exchanges that create something, such as a thread, for clients that run again and again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from functools import partial

from runreel.core.dialect import DialectFinder
from runreel.core.replay.selector import Selector
from runreel.core.replay.senders import index_named_ids, is_creation
from runreel.shell.process.uncancellable import run_in_worker
from runreel.shell.replay.played import PlayedExchanges
from runreel.shell.store.reader import CassetteReader


class Creations:
    """Notes which exchanges have created something, and begins it again at the next time.

    A client that runs a second time creates its threads a second time, in the same order.
    """

    def __init__(
        self,
        selector: Selector,
        reader: CassetteReader,
        find_dialect: DialectFinder,
        pool: Executor | None,
        played: PlayedExchanges,
    ) -> None:
        """Read answers from ``reader`` in threads of ``pool``.

        What begins again is forgotten in ``played``.
        """
        self._played_exchanges = played
        self._selector = selector
        self._reader = reader
        self._find_dialect = find_dialect
        self._pool = pool
        self._heads = {head.number: head for head in reader.heads}
        self._named: dict[bytes, int] | None = None
        """The result of ``index_named_ids``; None if it was not needed yet."""
        self._played: set[int] = set()
        self._threads: dict[int, str] = {}
        """The thread of each exchange that was played again; empty if it has created none."""

    def note(self, number: int) -> Callable[[], Awaitable[None]] | None:
        """Note that an exchange is played that may create something.

        Return what must be done before it is answered, if that needs the cassette.
        """
        if number not in self._played:
            self._played.add(number)
            needs_reading = self._selector.may_be_creating(number)
            return partial(self._find_out, number) if needs_reading else None
        if number not in self._threads:
            return partial(self._read_thread, number)
        self._reset_thread(number)
        return None

    async def _find_out(self, number: int) -> None:
        """Mark the exchange's call if a later request names what the exchange has created."""
        if await run_in_worker(lambda: self._is_creation(number), self._pool):
            self._selector.mark_creating(number)

    def _is_creation(self, number: int) -> bool:
        if self._named is None:
            self._named = index_named_ids(self._reader.heads)
        return is_creation(self._heads[number], self._reader.read_answer(number), self._named)

    async def _read_thread(self, number: int) -> None:
        request = self._heads[number].request
        dialect = self._find_dialect(request)
        self._threads[number] = await run_in_worker(
            lambda: dialect.find_created(request, self._reader.read_answer(number)), self._pool
        )
        self._reset_thread(number)

    def _reset_thread(self, number: int) -> None:
        thread = self._threads[number]
        if thread:
            self._selector.reset(thread)
            self._played_exchanges.forget(self._list_conversation(thread))

    def _list_conversation(self, conversation: str) -> list[int]:
        """Return the numbers of the exchanges of a conversation."""
        return [
            number
            for number, head in self._heads.items()
            if self._find_dialect(head.request).find_conversation(head.request) == conversation
        ]
