"""One run: its exchanges on one time line, and what they say together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from runreel.core.inspector.pages import MAX_BODY, TextBudget
from runreel.core.report.documents import ReportDocument
from runreel.core.trace.model import Trace, TraceRun, TraceUsage
from runreel.core.trace.runs import RunTiming, build_run_transcript, measure_run

MAX_BLOCKS = 2_000
"""Most blocks of a transcript."""

_USAGE_OWNERS = ("turn_id", "run_id", "response_id")


def build_run_document(
    run: TraceRun, traces: Sequence[Trace], rows: Mapping[int, ReportDocument], first_ns: int
) -> ReportDocument:
    """Return the document of a run.

    ``traces`` are those of its exchanges in their order; ``rows`` has their rows by number;
    ``first_ns`` is the arrival that ``after_us`` of the rows counts from.
    """
    started = {number: first_ns + _get_start(row) * 1000 for number, row in rows.items()}
    timing = measure_run(traces, started)
    return {
        "id": run.id,
        "name": run.name,
        **_find_ids(run, traces),
        "exchanges": _build_time_line(timing, traces, rows),
        "transcript": _build_transcript(traces),
        "timing": {"first_content_us": timing.first_content_us, "end_us": timing.end_us},
        "usage": sum_usage(traces)._asdict(),
    }


def _build_time_line(
    timing: RunTiming, traces: Sequence[Trace], rows: Mapping[int, ReportDocument]
) -> list[ReportDocument]:
    lanes = assign_lanes(
        [(rows[number]["operation"], begin, end) for number, begin, end in timing.exchanges_us]
    )
    spans = zip(timing.exchanges_us, traces, lanes, strict=True)
    return [
        {
            "row": rows[number],
            "begin_us": begin,
            "end_us": end,
            "first_content_us": _add(begin, trace.timing.first_content_us),
            "lane": lane,
        }
        for (number, begin, end), trace, lane in spans
    ]


def _get_start(row: ReportDocument) -> int:
    start = row["after_us"]
    return start if isinstance(start, int) else 0


def _add(begin_us: int, delay_us: int | None) -> int | None:
    return None if delay_us is None else begin_us + delay_us


def _find_ids(run: TraceRun, traces: Sequence[Trace]) -> ReportDocument:
    threads = {value for trace in traces for name, value in trace.ids if name == "thread_id"}
    return {
        "thread": threads.pop() if len(threads) == 1 else "",
        "run": run.id if run.name == "run_id" else "",
    }


def assign_lanes(spans: Sequence[tuple[object, int, int]]) -> list[int]:
    """Return a lane for each span of operation, begin and end, in the order of their begins.

    It is the lowest one with spans of the same operation that all end before it begins.
    """
    lanes: list[tuple[object, int]] = []
    chosen = []
    for operation, begin, end in spans:
        lane = next(
            (at for at, (kind, last) in enumerate(lanes) if kind == operation and last <= begin),
            len(lanes),
        )
        lanes[lane : lane + 1] = [(operation, max(end, begin))]
        chosen.append(lane)
    return chosen


def _build_transcript(traces: Sequence[Trace]) -> list[ReportDocument]:
    budget = TextBudget(4 * MAX_BODY)
    blocks: list[ReportDocument] = []
    for number, is_request, block in islice(build_run_transcript(traces), MAX_BLOCKS):
        text = budget.cut_text(block.text)
        blocks.append(
            {
                "number": number,
                "is_request": is_request,
                "kind": block.kind.value,
                "owner": block.owner,
                "role": block.role,
                "name": budget.cut_text(block.name),
                "call_id": block.call_id,
                "type": block.type,
                "text": text,
                "truncated": len(text) < len(block.text),
            }
        )
    return blocks


def sum_usage(traces: Sequence[Trace]) -> TraceUsage:
    """Return the tokens that some exchanges reported together; those of a run or response once."""
    last = {_find_owner(trace): trace.usage for trace in traces if _has_tokens(trace.usage)}
    usages = [*last.values()]
    models = [usage.requested_model for usage in usages if usage.requested_model]
    answered = [usage.answered_model for usage in usages if usage.answered_model]
    return TraceUsage(
        models[0] if models else "",
        answered[0] if answered else "",
        input_tokens=_add_up(usage.input_tokens for usage in usages),
        cached_tokens=_add_up(usage.cached_tokens for usage in usages),
        output_tokens=_add_up(usage.output_tokens for usage in usages),
        reasoning_tokens=_add_up(usage.reasoning_tokens for usage in usages),
        total_tokens=_add_up(usage.total_tokens for usage in usages),
    )


def _find_owner(trace: Trace) -> str | int:
    """Return the id that a report of tokens is about, or the number of the exchange."""
    ids = dict(trace.ids)
    return next((ids[name] for name in _USAGE_OWNERS if ids.get(name)), trace.number)


def _has_tokens(usage: TraceUsage) -> bool:
    return usage.input_tokens is not None or usage.output_tokens is not None


def _add_up(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
