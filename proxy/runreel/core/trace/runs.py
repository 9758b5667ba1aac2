"""Runs: the exchanges that belong together by the API's ids.

A call that names a run belongs to that run alone: create, poll, steps, tool outputs, cancel. A call
that names a thread and no run belongs to all runs of the thread: the thread itself, its messages.
Calls that continue one another, as responses do, are a chain. Where none of this is known, the
calls of a session, a conversation or a thread are one run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from runreel.core.trace.model import Trace, TraceBlock, TraceRun

_RUN_IDS = ("run_id", "session_id", "conversation_id", "interaction_id", "response_id")
"""Names of ids that make a run, in the order in which they are looked for in a call."""

_THREAD_ID = "thread_id"
"""Name of the id whose calls belong to all runs of the thread."""

_RunKey: TypeAlias = tuple[str, str]
"""Name and value of the id of a run."""


class RunBlock(NamedTuple):
    """A block of the transcript of a run."""

    number: int
    """Number of its exchange."""
    is_request: bool
    """True for what the client sent: a message, the output of a tool."""
    block: TraceBlock


class RunTiming(NamedTuple):
    """The timing of a run, in microseconds from the request of its first exchange."""

    first_content_us: int | None
    end_us: int
    exchanges_us: tuple[tuple[int, int, int], ...]
    """Number, begin and end of each exchange."""


def group_runs(traces: Iterable[Trace]) -> tuple[TraceRun, ...]:
    """Return the runs of some exchanges, in the order of their first ones.

    The exchanges are given in the order of their requests.
    """
    calls = [(trace, dict(trace.ids)) for trace in traces]
    chains = _collect_chains(ids for _, ids in calls)
    keys = [_find_run(ids, chains) for _, ids in calls]
    runs: dict[_RunKey, set[int]] = {}
    threads: dict[str, set[_RunKey]] = {}
    for (trace, ids), key in zip(calls, keys, strict=True):
        if key is not None:
            runs.setdefault(key, set()).add(trace.number)
            threads.setdefault(ids.get(_THREAD_ID, ""), set()).add(key)
    for (trace, ids), key in zip(calls, keys, strict=True):
        thread = ids.get(_THREAD_ID, "")
        if key is None and thread and not _creates_run(trace.operation):
            for run in threads.get(thread, {(_THREAD_ID, thread)}):
                runs.setdefault(run, set()).add(trace.number)
    ordered = sorted((sorted(numbers), name, id_) for (name, id_), numbers in runs.items())
    return tuple(TraceRun(id_, name, tuple(numbers)) for numbers, name, id_ in ordered)


def build_run_transcript(traces: Iterable[Trace]) -> tuple[RunBlock, ...]:
    """Return the transcript of a run: what its requests and answers say, in their order.

    A conversation that a request repeats is in it once, and so are what an answer repeats of its
    request, calls of tools, and texts that are only read again.
    """
    blocks: list[RunBlock] = []
    for trace in traces:
        repeated = _count_repeated(trace.conversation, blocks)
        sent = trace.conversation[repeated:]
        blocks += [RunBlock(trace.number, True, each) for each in sent]
        known = {_identify(each.block) for each in blocks}
        echoes = {_identify(each) for each in sent}
        for block in trace.blocks:
            key = _identify(block)
            is_repeated = key in known and (bool(block.call_id) or _is_read(trace.operation))
            if not is_repeated and key not in echoes:
                blocks.append(RunBlock(trace.number, False, block))
    return tuple(blocks)


def measure_run(traces: Sequence[Trace], started_ns: Mapping[int, int]) -> RunTiming:
    """Return the timing of a run.

    ``started_ns``: the arrival of each exchange's request, in nanoseconds since 1970, by number.
    """
    first_ns = min((started_ns[trace.number] for trace in traces), default=0)
    starts = {trace.number: (started_ns[trace.number] - first_ns) // 1000 for trace in traces}
    contents = [
        starts[trace.number] + trace.timing.first_content_us
        for trace in traces
        if trace.timing.first_content_us is not None
    ]
    exchanges = tuple(
        (trace.number, starts[trace.number], starts[trace.number] + trace.timing.end_us)
        for trace in traces
    )
    return RunTiming(
        first_content_us=min(contents, default=None),
        end_us=max((end for _, _, end in exchanges), default=0),
        exchanges_us=exchanges,
    )


def _find_run(ids: Mapping[str, str], chains: Mapping[str, str]) -> _RunKey | None:
    """Return the run that a call names itself."""
    for name in _RUN_IDS:
        id_ = ids.get(name) or ids.get(f"previous_{name}")
        if id_:
            return name, _find_first(id_, chains)
    return None


def _collect_chains(calls: Iterable[Mapping[str, str]]) -> Mapping[str, str]:
    """Map the id of each call that continues another one to the id of that."""
    chains: dict[str, str] = {}
    for ids in calls:
        for name in _RUN_IDS:
            previous, id_ = ids.get(f"previous_{name}"), ids.get(name)
            if previous and id_:
                chains.setdefault(id_, previous)
    return chains


def _find_first(id_: str, chains: Mapping[str, str]) -> str:
    """Return the first id of a chain."""
    seen = {id_}
    while (previous := chains.get(id_)) is not None and previous not in seen:
        seen.add(previous)
        id_ = previous
    return id_


def _creates_run(operation: str) -> bool:
    """Return whether a call creates or continues a run; without its id, it did not."""
    is_of_run = operation.startswith("runs.") and operation != "runs.list"
    return is_of_run or "create_and_run" in operation


def _is_read(operation: str) -> bool:
    return operation.endswith((".list", ".retrieve"))


def _identify(block: TraceBlock) -> tuple[str, str, str]:
    return block.kind, block.call_id, block.text


def _count_repeated(conversation: Sequence[TraceBlock], blocks: Sequence[RunBlock]) -> int:
    """Return how many blocks at the start of a conversation are those of the transcript so far."""
    pairs = zip(conversation, blocks, strict=False)
    count = 0
    for block, known in pairs:
        if (block.kind, block.text) != (known.block.kind, known.block.text):
            break
        count += 1
    return count
