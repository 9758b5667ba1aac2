"""Traces as JSON documents; ``documents`` says what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runreel.core.http.sse import StreamEvent
from runreel.core.report.event_text import describe_event
from runreel.core.trace.model import BlockKind, Trace, TraceBlock

_SPOKEN = (BlockKind.TEXT, BlockKind.REFUSAL)
_CALLS = (BlockKind.TOOL_CALL, BlockKind.CODE)
_OUTPUTS = (BlockKind.TOOL_OUTPUT, BlockKind.LOGS)


def build_trace_document(trace: Trace) -> dict[str, object]:
    """Build the document of a trace, without its events: the timeline has them."""
    timing = trace.timing._asdict()
    return {
        "dialect": trace.dialect,
        "operation": trace.operation,
        "is_stream": trace.is_stream,
        "ids": dict(trace.ids),
        "conversation": build_block_documents(trace.conversation),
        "blocks": build_block_documents(trace.blocks),
        "usage": trace.usage._asdict(),
        "timing": timing,
        "end": {**trace.end._asdict(), "is_alarm": trace.end.is_alarm},
        "problems": [problem._asdict() for problem in trace.problems],
    }


def build_block_documents(blocks: Iterable[TraceBlock]) -> list[dict[str, object]]:
    """Build the documents of blocks. Pieces are ``[event, start, end, text_start, text_end]``."""
    return [{**block._asdict(), "pieces": [[*each] for each in block.pieces]} for block in blocks]


def build_timeline_document(trace: Trace, events: Iterable[StreamEvent]) -> list[dict[str, object]]:
    """Build the documents of an answer's events, which are the events of the trace."""
    return [
        {
            "number": event.number,
            "at_us": event.at_us,
            "gap_us": event.gap_us,
            "offset": event.start,
            "length": event.end - event.start,
            **stream_event.event._asdict(),
            "last_event_id": stream_event.last_event_id,
            "gist": describe_event(event, trace),
            "kind": event.kind.value,
            "blocks": event.blocks,
        }
        for event, stream_event in zip(trace.events, events, strict=True)
    ]


def build_outline_document(trace: Trace) -> dict[str, object]:
    """Build the document of an answer's texts and tool calls, with their pieces joined."""
    errors = [block.text for block in trace.blocks if block.kind is BlockKind.ERROR]
    return {
        "status": trace.end.status,
        "ids": dict(trace.ids),
        "texts": [*_join_texts(trace.blocks), *errors],
        "tool_calls": [
            {
                "id": block.call_id,
                "kind": block.type or "function",
                "name": "" if block.name == block.type else block.name,
                "arguments": block.text,
                "output": _join_outputs(block, trace.blocks),
            }
            for block in trace.blocks
            if block.kind in _CALLS
        ],
    }


def _join_texts(blocks: Sequence[TraceBlock]) -> list[str]:
    """Return one text for each message: its parts are joined by line ends."""
    messages: dict[str, list[str]] = {}
    for block in blocks:
        if block.kind in _SPOKEN:
            messages.setdefault(block.owner, []).append(block.text)
    return ["\n".join(texts) for texts in messages.values()]


def _join_outputs(call: TraceBlock, blocks: Iterable[TraceBlock]) -> str:
    outputs = (each for each in blocks if each.kind in _OUTPUTS and call.call_id)
    return "".join(each.text for each in outputs if each.call_id == call.call_id)
