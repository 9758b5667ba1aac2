"""One exchange, and all that can be read out of it: what every view of it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runreel.core.dialect import Outline
from runreel.core.report.documents import Document, exchange_document
from runreel.core.report.run_ids import Ids, belongs, ids_of
from runreel.core.report.timeline import Moment, timeline
from runreel.dialects import dialect_of
from runreel.dialects.assistants.asked import Asked, asked
from runreel.model import Answer, Exchange, Head, Problem, Request


@dataclass(frozen=True, slots=True)
class Reading:
    """An exchange and what it means."""

    exchange: Exchange
    moments: tuple[Moment, ...]
    """The events of its answer."""
    outline: Outline
    run: Asked | None
    """What it asks for, if it creates a run or continues one."""
    problems: tuple[Problem, ...]
    """Those kept with it, and those that only this version's rules find."""

    def document(self, *, first_ns: int) -> Document:
        """All of it as JSON; ``first_ns`` is when the cassette's first request arrived."""
        return exchange_document(
            self.exchange,
            first_ns=first_ns,
            moments=self.moments,
            outline=self.outline,
            run=None if self.run is None else _run_document(self.run),
            problems=self.problems,
        )


def read(exchange: Exchange) -> Reading:
    """Read an exchange; never raises, whatever it holds."""
    request = exchange.head.request
    dialect = dialect_of(request)
    run = asked(request)
    found = () if run is None else run.problems
    return Reading(
        exchange=exchange,
        moments=timeline(exchange, dialect),
        outline=dialect.outline(request, exchange.answer),
        run=run,
        problems=tuple(dict.fromkeys((*exchange.head.problems, *found))),
    )


def named_ids(request: Request, answer: Answer) -> Ids:
    """The thread and the run that a call names, in its path or else in its answer."""
    dialect = dialect_of(request)
    return ids_of(dialect.read(request).summary, dialect.outline(request, answer).ids)


def is_of_run(head: Head, run: Ids, answer_of: Callable[[int], Answer]) -> bool:
    """Whether a call is one of this run's; ``answer_of(number)`` is asked where its path is silent.

    Raises what ``answer_of`` raises.
    """
    call = ids_of(dialect_of(head.request).read(head.request).summary, {})
    settled = call.run or (call.thread and call.thread != run.thread)
    if not settled:
        call = named_ids(head.request, answer_of(head.number))
    creates_none = not call.run and asked(head.request) is not None
    return belongs(call, run) and not creates_none


def _run_document(run: Asked) -> Document:
    """Without its problems, which are told with all others."""
    return {
        "operation": run.operation,
        "thread_id": run.thread_id,
        "run_id": run.run_id,
        "include": run.include,
        "fields": run.fields,
        "unknown": run.unknown,
    }
