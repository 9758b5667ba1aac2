"""Traces with defaults, so that a test names only the parts that matter to it."""

from __future__ import annotations

from collections.abc import Sequence

from runreel.core.trace.model import (
    BlockKind,
    Trace,
    TraceBlock,
    TraceEnd,
    TraceEvent,
    TraceTiming,
    TraceUsage,
)
from runreel.model import End, Problem


def make_block(
    text: str, kind: BlockKind = BlockKind.TEXT, *, name: str = "", number: int = 1
) -> TraceBlock:
    """Build a block of a transcript that was read from no place."""
    return TraceBlock(number, kind, "", "assistant", name, "", text, ())


def make_timing(*, first_content_us: int | None = None, gaps_us: Sequence[int] = ()) -> TraceTiming:
    """Build the timing of an answer that took a second."""
    return TraceTiming(None, first_content_us, None, 1_000_000, tuple(gaps_us), (), 0, False)


def make_trace(
    *blocks: TraceBlock,
    conversation: Sequence[TraceBlock] = (),
    events: Sequence[TraceEvent] = (),
    usage: TraceUsage | None = None,
    timing: TraceTiming | None = None,
    problems: Sequence[Problem] = (),
) -> Trace:
    """Build the trace of an answer with these blocks."""
    return Trace(
        number=1,
        dialect="chat",
        operation="chat.completions.create",
        is_stream=bool(events),
        ids=(),
        conversation=tuple(conversation),
        events=tuple(events),
        blocks=blocks,
        usage=usage or TraceUsage(),
        timing=timing or make_timing(),
        end=TraceEnd(End.COMPLETE, True, 0, False, "", ""),
        problems=tuple(problems),
    )
