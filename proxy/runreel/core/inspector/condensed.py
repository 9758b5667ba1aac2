"""A trace without its texts, small enough to keep for every exchange of a long list."""

from __future__ import annotations

from runreel.core.trace.model import BlockKind, Trace, TraceBlock, TraceEvent

_MAX_NAMES = 200
"""Most different names of events, calls of tools, and problems."""
_MAX_TEXT = 500
"""Most characters of a name or a message."""


def condense_trace(trace: Trace) -> Trace:
    """Return the trace with what a list and most terms of a filter need.

    Of the events it has one for each name, of the blocks the calls of tools without arguments, and
    of the gaps the longest one.
    """
    longest_gap = max(trace.timing.gaps_us, default=None)
    return trace._replace(
        conversation=(),
        events=_condense_events(trace.events),
        blocks=_condense_blocks(trace.blocks),
        timing=trace.timing._replace(
            gaps_us=() if longest_gap is None else (longest_gap,),
            stalls=trace.timing.stalls[:_MAX_NAMES],
        ),
        end=trace.end._replace(error=_cut(trace.end.error), status=_cut(trace.end.status)),
        problems=tuple(
            each._replace(path=_cut(each.path), message=_cut(each.message))
            for each in trace.problems[:_MAX_NAMES]
        ),
    )


def _condense_events(events: tuple[TraceEvent, ...]) -> tuple[TraceEvent, ...]:
    by_name: dict[str, TraceEvent] = {}
    for event in events:
        if event.name not in by_name:
            by_name[event.name] = event._replace(name=_cut(event.name), text="", blocks=())
            if len(by_name) == _MAX_NAMES:
                break
    return tuple(by_name.values())


def _condense_blocks(blocks: tuple[TraceBlock, ...]) -> tuple[TraceBlock, ...]:
    calls = (block for block in blocks if block.kind is BlockKind.TOOL_CALL)
    by_name = {block.name: block for block in calls}
    return tuple(
        block._replace(name=_cut(block.name), owner="", call_id="", text="", pieces=(), type="")
        for block in list(by_name.values())[:_MAX_NAMES]
    )


def _cut(text: str) -> str:
    return text[:_MAX_TEXT]
