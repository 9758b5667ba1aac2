"""The exchanges of one run, and what they say together."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from runreel.cli.exchange_table import (
    build_exchange_table,
    build_exchanges_document,
    find_first_ns,
)
from runreel.cli.pager import print_page
from runreel.cli.terminal import format_table, print_error, print_json
from runreel.cli.trace_page import PageSection, format_sections, iter_blocks
from runreel.core.dialect import DialectFinder
from runreel.core.report.documents import ReportDocument
from runreel.core.report.trace_document import build_block_documents
from runreel.core.report.trace_summary import summarize_trace
from runreel.core.trace.model import Trace, TraceRun
from runreel.core.trace.runs import build_run_transcript, group_runs, measure_run
from runreel.dialects.exchange_reading import trace_exchange
from runreel.errors import CorruptCassetteError, UsageError
from runreel.shell.store.reader import CassetteReader

_MAX_NAMED = 8
"""Most runs that an error names."""


def list_run(
    reader: CassetteReader,
    run_id: str,
    number: int | None,
    find_dialect: DialectFinder,
    *,
    full: bool,
    as_json: bool,
) -> int:
    """Print a run, named by its id or by the ``number`` of a call; return the exit code."""
    if number is not None:
        reader.read_answer(number)  # a damaged one is an error of its own
    traces, lines = _trace_all(reader, find_dialect)
    run = _find_run(reader, group_runs(traces), run_id, number)
    chosen = [trace_exchange(reader.read_exchange(each), find_dialect) for each in run.numbers]
    if as_json:
        print_json(_build_document(reader, run, chosen))
    else:
        sections = format_sections(_iter_transcript(chosen, full=full))
        table = _format_table(reader, chosen)
        print_page(f"{table}\n\n{sections}" if sections else table)
    print_error(lines)
    return 1 if lines else 0


def _trace_all(
    reader: CassetteReader, find_dialect: DialectFinder
) -> tuple[list[Trace], list[str]]:
    """Return the traces of the readable exchanges, and the errors of the others.

    They are without texts, which would take much memory.
    """
    traces: list[Trace] = []
    lines: list[str] = []
    for head in reader.heads:
        try:
            exchange = reader.read_exchange(head.number)
        except CorruptCassetteError as error:
            lines.append(str(error))
        else:
            trace = trace_exchange(exchange, find_dialect, places=False)
            traces.append(trace._replace(events=(), blocks=(), conversation=()))
    return traces, lines


def _find_run(
    reader: CassetteReader, runs: Sequence[TraceRun], run_id: str, number: int | None
) -> TraceRun:
    if number is None:
        matches = [run for run in runs if run.id == run_id]
        problem = f"there is no run {run_id}"
    else:
        matches = [run for run in runs if number in run.numbers]
        problem = f"exchange {number} does not belong to exactly one run"
    if len(matches) == 1:
        return matches[0]
    known = ", ".join(run.id for run in runs[:_MAX_NAMED])
    hint = f"the runs are {known}" if known else "no call names one"
    path = shlex.quote(str(reader.path))
    raise UsageError(f"{problem}; {hint}. To see all calls: runreel ls {path}")


def _format_table(reader: CassetteReader, traces: Sequence[Trace]) -> str:
    numbers = {trace.number: summarize_trace(trace) for trace in traces}
    heads = [head for head in reader.heads if head.number in numbers]
    columns, rows = build_exchange_table(
        heads, first_ns=find_first_ns(reader.heads), summaries=numbers
    )
    return format_table(rows, columns)


def _iter_transcript(traces: Sequence[Trace], *, full: bool) -> Iterator[PageSection]:
    for number, _, block in build_run_transcript(traces):
        yield from iter_blocks([block], full=full, prefix=f"#{number}")


def _build_document(
    reader: CassetteReader, run: TraceRun, traces: Sequence[Trace]
) -> ReportDocument:
    summaries = {trace.number: summarize_trace(trace) for trace in traces}
    heads = [head for head in reader.heads if head.number in summaries]
    started = {head.number: head.timings.started_ns for head in heads}
    threads = {value for trace in traces for name, value in trace.ids if name == "thread_id"}
    return {
        **build_exchanges_document(reader, heads, summaries),
        "run": {
            "thread": threads.pop() if len(threads) == 1 else "",
            "run": run.id if run.name == "run_id" else "",
            "id": run.id,
            "name": run.name,
            "timing": measure_run(traces, started)._asdict(),
            "transcript": _build_transcript_document(traces),
        },
    }


def _build_transcript_document(traces: Sequence[Trace]) -> list[ReportDocument]:
    blocks = build_run_transcript(traces)
    documents = build_block_documents(each.block for each in blocks)
    return [
        {**document, "number": each.number, "is_request": each.is_request}
        for each, document in zip(blocks, documents, strict=True)
    ]
