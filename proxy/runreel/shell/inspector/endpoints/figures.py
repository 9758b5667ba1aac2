"""The endpoints about figures and runs, for which many exchanges are read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runreel.core.filter.nodes import Filter
from runreel.core.filter.parser import parse_filter
from runreel.core.inspector.run_page import build_run_document
from runreel.core.report.documents import SCHEMA_VERSION, ReportDocument
from runreel.core.stats.call_facts import CallFacts
from runreel.core.stats.documents import build_group_document, build_stats_document
from runreel.core.stats.grouping import KEYS, group_calls
from runreel.core.trace.model import TraceRun
from runreel.errors import RunreelError, UsageError
from runreel.shell.inspector.endpoints.parameters import Parameters
from runreel.shell.inspector.index.library import InspectorLibrary
from runreel.shell.inspector.index.recording_index import RecordingIndex
from runreel.shell.inspector.index.search import read_for_a_while, read_quietly
from runreel.shell.inspector.sources.errors import UnknownRecordingError

_MAX_RUNS = 1000
_MAX_RUN_EXCHANGES = 500
"""Most exchanges of a run in its document."""


def compute_stats(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``stats``: the figures of what has been read so far."""
    name = parameters.take("recording")
    selected = parse_filter(parameters.take("filter"))
    keys = _parse_keys(parameters.take("by", "operation,model"))
    parameters.end()
    indexes = library.find_some(name)
    unread = read_for_a_while(indexes)
    calls = [*_iter_calls(indexes, selected)]
    total = group_calls(calls, ())
    return {
        **build_stats_document(calls, keys),
        "total": build_group_document(total[0], ()) if total else None,
        "unread": unread,
    }


def _parse_keys(text: str) -> list[str]:
    keys = [key.strip() for key in text.split(",") if key.strip()]
    for key in keys:
        if key not in KEYS:
            raise UsageError(f"by: {key[:100]!a} is unknown; there are {', '.join(KEYS)}")
    return [*dict.fromkeys(keys)]


def _iter_calls(indexes: Iterable[RecordingIndex], selected: Filter) -> Iterator[CallFacts]:
    for index in indexes:
        for number in index.list_numbers():
            entry = index.get(number)
            if entry is not None and entry.call_facts is not None:
                try:
                    if selected.matches(entry):
                        yield entry.call_facts
                except RunreelError:
                    continue


def build_runs(library: InspectorLibrary, parameters: Parameters) -> ReportDocument:
    """Answer ``runs/RECORDING`` and ``runs/RECORDING/ID``."""
    _, name, *rest = (*parameters.segments, "")[: max(2, len(parameters.segments))]
    index = library.find(name)
    unread = read_for_a_while([index])
    document: ReportDocument = {"schema_version": SCHEMA_VERSION, "recording": name}
    if not rest:
        after = parameters.take_number("after", 0)
        limit = parameters.take_number("limit", 500, low=1, high=_MAX_RUNS)
        parameters.end()
        runs = () if unread else index.list_runs()
        page = runs[after : after + limit]
        following = after + limit if after + limit < len(runs) else None
        return {
            **document,
            "runs": [_summarize_run(index, run) for run in page],
            "total": len(runs),
            "next": following,
            "unread": unread,
        }
    parameters.end()
    if len(rest) > 1:
        raise UnknownRecordingError("a run has no such part")
    if unread:
        return {**document, "id": rest[0], "unread": unread}
    return {**document, "unread": 0, **_build_run(index, _find_run(index, rest[0]))}


def _find_run(index: RecordingIndex, id_: str) -> TraceRun:
    run = next((run for run in index.list_runs() if run.id == id_), None)
    if run is None:
        name = index.recording.name[:200]
        raise UnknownRecordingError(f"the recording {name!a} has no run {id_[:200]!a}")
    return run


def _summarize_run(index: RecordingIndex, run: TraceRun) -> ReportDocument:
    entries = [entry for number in run.numbers if (entry := index.get(number)) is not None]
    starts = [entry.head.timings.started_ns for entry in entries]
    ends = [entry.head.timings.started_ns + entry.head.timings.end_us * 1000 for entry in entries]
    first_ns = index.recording.first_ns
    return {
        "id": run.id,
        "name": run.name,
        "exchanges": len(run.numbers),
        "numbers": list(run.numbers[:_MAX_RUN_EXCHANGES]),
        "begin_us": (min(starts, default=first_ns) - first_ns) // 1000,
        "end_us": (max(ends, default=first_ns) - first_ns) // 1000,
    }


def _build_run(index: RecordingIndex, run: TraceRun) -> ReportDocument:
    entries = [
        entry
        for number in run.numbers[:_MAX_RUN_EXCHANGES]
        if (entry := index.get(number)) is not None
    ]
    for entry in entries:
        read_quietly(entry)
    readable = [entry for entry in entries if entry.known is not None]
    traces = [index.read_whole(entry).trace for entry in readable]
    rows = {entry.head.number: entry.build_row() for entry in readable}
    document = build_run_document(run, traces, rows, index.recording.first_ns)
    return {**document, "truncated": len(run.numbers) > _MAX_RUN_EXCHANGES}
