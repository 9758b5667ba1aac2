"""An exchange with everything that its dialect reads out of it, as all views show it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runreel.core.dialect import Dialect, Outline
from runreel.core.report.documents import ReportDocument, build_exchange_document
from runreel.core.report.run_ids import RunIds, belongs_to_run, collect_run_ids
from runreel.core.report.timeline import TimelineEntry, build_timeline
from runreel.dialects import find_dialect
from runreel.dialects.assistants import Assistants
from runreel.dialects.assistants.run_request_fields import (
    RunRequestFields,
    collect_run_request_fields,
)
from runreel.model import Answer, Exchange, ExchangeHead, Problem, Request


@dataclass(frozen=True, slots=True)
class ExchangeReading:
    """An exchange with its meaning."""

    exchange: Exchange
    timeline: tuple[TimelineEntry, ...]
    """The events of its answer."""
    outline: Outline
    run: RunRequestFields | None
    """The fields of its request, if that creates or continues a run."""
    problems: tuple[Problem, ...]
    """The problems stored with it, then those that only the current rules find."""

    def build_document(self, *, first_ns: int) -> ReportDocument:
        """Return the reading as a JSON document.

        ``first_ns`` is the arrival time of the cassette's first request.
        """
        return build_exchange_document(
            self.exchange,
            first_ns=first_ns,
            timeline=self.timeline,
            outline=self.outline,
            run=None if self.run is None else _build_run_document(self.run),
            problems=self.problems,
        )


def read_exchange(exchange: Exchange) -> ExchangeReading:
    """Read an exchange; never raises, whatever its bodies are."""
    request = exchange.head.request
    dialect = find_dialect(request)
    run = _collect_run_fields(request, dialect)
    current = () if run is None else run.problems
    return ExchangeReading(
        exchange=exchange,
        timeline=build_timeline(exchange, dialect),
        outline=dialect.outline(request, exchange.answer),
        run=run,
        problems=tuple(dict.fromkeys((*exchange.head.problems, *current))),
    )


def find_run_ids(request: Request, answer: Answer) -> RunIds:
    """Return the ids of the thread and run that a call names, in its path or else in its answer."""
    dialect = find_dialect(request)
    return collect_run_ids(dialect.interpret(request).summary, dialect.outline(request, answer).ids)


def is_part_of_run(head: ExchangeHead, run: RunIds, answer_of: Callable[[int], Answer]) -> bool:
    """Return whether a call belongs to the run.

    ``load_answer(number)`` is called only if the path does not settle it, and may raise.
    """
    call = collect_run_ids(find_dialect(head.request).interpret(head.request).summary, {})
    settled = call.run or (call.thread and call.thread != run.thread)
    if not settled:
        call = find_run_ids(head.request, answer_of(head.number))
    fields = _collect_run_fields(head.request, find_dialect(head.request))
    creates_none = not call.run and fields is not None
    return belongs_to_run(call, run) and not creates_none


def _collect_run_fields(request: Request, dialect: Dialect) -> RunRequestFields | None:
    """Return the fields of a create-run request; None for what another API has on its path."""
    return collect_run_request_fields(request) if dialect.name == Assistants.name else None


def _build_run_document(run: RunRequestFields) -> ReportDocument:
    """Return the request's fields as JSON, without its problems: the exchange lists them all."""
    return {
        "operation": run.operation,
        "thread_id": run.thread_id,
        "run_id": run.run_id,
        "include": run.include,
        "fields": run.fields,
        "unknown": run.unknown,
    }
