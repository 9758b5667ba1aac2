"""What is sent to the clients of one session: prepared when first asked for, and remembered."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from runreel.core.record.seal import DialectOf
from runreel.core.replay.restore import Bindings, BoundValues, marked_in, restored
from runreel.core.replay.send_plan import Script, script
from runreel.core.replay.waits import hurried
from runreel.core.report.omitted_reasons import ADVICE, WHY
from runreel.errors import RunreelError
from runreel.model import Answer, Head, Headers
from runreel.shell.store import CassetteReader

_REMEMBERED = 256
_REMEMBERED_ANSWER = 262_144
"""Bytes; of larger answers the last one is remembered."""


class Scripts:
    """The scripts of one cassette's exchanges, with the client's own values in them."""

    def __init__(
        self,
        reader: CassetteReader,
        bindings: Bindings | None,
        dialect_of: DialectOf,
        *,
        at_once: bool,
        without_waits: bool,
        outcome_headers: bool,
    ) -> None:
        """``at_once``: all of an answer goes out together; ``without_waits``: it lets no
        client wait."""
        self._reader = reader
        self._heads = {head.number: head for head in reader.heads}
        self._bindings = bindings
        self._dialect_of = dialect_of
        self._at_once = at_once
        self._without_waits = without_waits
        self._outcome_headers = outcome_headers
        self._marked = lru_cache(_REMEMBERED)(self._marks_in)
        self._prepare = lru_cache(_REMEMBERED)(self._prepared)
        self._prepare_large = lru_cache(1)(self._prepared)

    def of(self, head: Head, *, http10: bool, keep_alive: bool) -> Script:
        """What answers a request of this kind; raises ``RunreelError`` if it cannot be played."""
        prepare = self._prepare if head.size <= _REMEMBERED_ANSWER else self._prepare_large
        return prepare(head.number, http10, keep_alive, self._values_in(head.number))

    def _values_in(self, number: int) -> BoundValues:
        """What this client said in place of the placeholders in an answer."""
        if not self._bindings:
            return ()
        return self._bindings.of(self._marked(number))

    def _marks_in(self, number: int) -> frozenset[bytes]:
        return marked_in(self._reader.answer(number))

    def _prepared(self, number: int, http10: bool, keep_alive: bool, values: BoundValues) -> Script:
        head = self._heads[number]
        played = script(
            head,
            self._answer(head, values),
            extra=self._outcome(number),
            http10=http10,
            keep_alive=keep_alive,
        )
        return played.at_once() if self._at_once else played

    def _answer(self, head: Head, values: BoundValues) -> Answer:
        answer = self._reader.answer(head.number)
        if answer.omitted is not None:
            raise RunreelError(
                f"exchange {head.number} of {self._reader.path} was recorded without its answer's "
                f"body: {WHY[answer.omitted]}; {ADVICE[answer.omitted]}"
            )
        if values:
            answer = restored(answer, dict(values))
        if not self._without_waits:
            return answer
        dialect = self._dialect_of(head.request)
        polled = dialect.read(head.request).operation in dialect.polled
        return replace(answer, headers=hurried(answer.headers, polled=polled))

    def _outcome(self, number: int) -> Headers:
        if not self._outcome_headers:
            return ()
        return ((b"x-runreel-outcome", b"replayed"), (b"x-runreel-exchange", b"%d" % number))
