"""An event of a trace in one line."""

from __future__ import annotations

from runreel.core.trace.model import BlockKind, EventKind, Trace, TraceBlock, TraceEvent


def describe_event(event: TraceEvent, trace: Trace) -> str:
    """Describe an event: the text that it adds, a status, an id, or else its data.

    Texts are quoted as in Python, so that spaces at their ends are visible.
    """
    blocks = [trace.blocks[number - 1] for number in event.blocks]
    if event.kind not in (EventKind.CONTENT, EventKind.ERROR) or not blocks:
        return event.text
    labels = (_describe_begin(block, event.number) for block in blocks)
    return " ".join((*filter(None, labels), repr(event.text)))


def _describe_begin(block: TraceBlock, number: int) -> str:
    """Return the name or kind of a block that begins with the event; empty for other blocks."""
    begins_here = bool(block.pieces) and block.pieces[0].event == number
    if not begins_here or block.kind is BlockKind.TEXT:
        return ""
    return block.name or block.kind.value.replace("_", " ")
