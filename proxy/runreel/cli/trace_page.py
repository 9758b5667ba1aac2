"""The trace of an exchange, as sections of a page: conversation, timeline, transcript, numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import NamedTuple

from runreel.cli.terminal import (
    Cell,
    escape_line,
    format_duration,
    format_size,
    format_table,
    style,
)
from runreel.cli.text_blocks import (
    ANSWER_LIMITS,
    MESSAGE_LIMITS,
    PassageLimits,
    format_json,
    format_pairs,
    format_passage,
    shorten,
)
from runreel.core.report.event_text import describe_event
from runreel.core.trace.model import STALL_US, BlockKind, EventKind, Trace, TraceBlock, TraceEvent
from runreel.core.trace.timing import measure_gaps, measure_rates

_MAX_EVENTS = 60
"""Most rows of a timeline, unless the full page is requested."""
_TAIL_EVENTS = 20
"""Rows of a long timeline that are from its end."""
_MAX_MESSAGES = 12
"""Most blocks of a conversation, unless the full page is requested."""
_TAIL_MESSAGES = 8

TIMELINE_COLUMNS = ("#", "AT ms", "GAP ms", "BYTES", "EVENT", "DATA")

_COLORS: Mapping[EventKind, str] = {
    EventKind.KEEPALIVE: "bright_black",
    EventKind.COMMENT: "bright_black",
    EventKind.META: "bright_black",
    EventKind.USAGE: "cyan",
    EventKind.TERMINAL: "green",
    EventKind.ERROR: "red",
    EventKind.UNREADABLE: "red",
}
_TOOLS = frozenset({BlockKind.TOOL_CALL, BlockKind.TOOL_OUTPUT, BlockKind.CODE, BlockKind.LOGS})
_JSON_KINDS = frozenset({BlockKind.TOOL_CALL, BlockKind.TOOL_OUTPUT})


class PageSection(NamedTuple):
    """A title and the lines below it, safe to print."""

    name: str
    """Name for ``--only``."""
    title: str
    lines: Sequence[str]


def iter_conversation(trace: Trace, *, full: bool) -> Iterator[PageSection]:
    """Yield the messages of the request: the first ones and, if there are many, the last."""
    blocks = trace.conversation
    if not blocks:
        return
    folded = 0 if full else max(0, len(blocks) - _MAX_MESSAGES)
    head = len(blocks) - folded - _TAIL_MESSAGES if folded else len(blocks)
    total = f"  {len(blocks)} parts, {_measure(blocks)} of text"
    yield PageSection("conversation", "CONVERSATION", [total])
    yield from iter_blocks(blocks[:head], full=full, name="conversation")
    if folded:
        note = f"… {folded} more, {_measure(blocks[head : head + folded])} of text"
        lines = [f"  {note}; --only conversation --full shows all"]
        yield PageSection("conversation", "CONVERSATION, continued", lines)
        yield from iter_blocks(blocks[head + folded :], full=full, name="conversation")


def _measure(blocks: Iterable[TraceBlock]) -> str:
    return format_size(sum(len(block.text.encode()) for block in blocks))


def iter_blocks(
    blocks: Iterable[TraceBlock], *, full: bool, name: str = "", prefix: str = ""
) -> Iterator[PageSection]:
    """Yield a section for each block; ``name`` is that for ``--only``, empty for its kind's."""
    limits = MESSAGE_LIMITS if name else ANSWER_LIMITS
    for block in blocks:
        tool = block.type if block.kind is BlockKind.TOOL_CALL else ""
        labels = (prefix, block.owner, block.role, block.name or tool, block.call_id)
        words = (block.kind.value.replace("_", " ").upper(), *filter(None, labels))
        lines = _format_text(block, full=full, limits=limits)
        section = name or find_section(block.kind)
        yield PageSection(section, escape_line("  ".join(words)), [*lines])


def _format_text(block: TraceBlock, *, full: bool, limits: PassageLimits) -> Iterable[str]:
    if not block.text:
        return ()
    if block.kind in _JSON_KINDS:
        return format_json(block.text, full=full)
    return format_passage(block.text, full=full, limits=limits)


def format_sections(sections: Iterable[PageSection]) -> str:
    """Return a page: each section below its title, with a blank line between two of them."""
    blocks = ("\n".join((style(each.title, bold=True), *each.lines)) for each in sections)
    return "\n\n".join(blocks)


def find_section(kind: BlockKind) -> str:
    """Return the name for ``--only`` of blocks of a kind."""
    if kind in _TOOLS:
        return "tools"
    return "reasoning" if kind is BlockKind.REASONING else "text"


def format_timeline(trace: Trace, *, full: bool) -> list[str]:
    """Return the rows of the timeline: the first ones and, if there are many, the last."""
    events = trace.events
    if full or len(events) <= _MAX_EVENTS:
        return format_events(trace, events, full=full)
    head, tail = _MAX_EVENTS - _TAIL_EVENTS, len(events) - _TAIL_EVENTS
    lines = format_events(trace, (*events[:head], *events[tail:]), full=full)
    return [*lines[: head + 1], _describe_folded(events[head:tail]), *lines[head + 1 :]]


def format_events(trace: Trace, events: Sequence[TraceEvent], *, full: bool) -> list[str]:
    """Return a table with a row for each event; with ``full``, as wide as the longest row."""
    rows = [_build_row(trace, event, full=full) for event in events]
    stream = StringIO() if full else None
    table = format_table(rows, TIMELINE_COLUMNS, stream=stream, names=("EVENT",))
    header, *lines = table.split("\n")
    return [header, *(_color(line, event) for line, event in zip(lines, events, strict=True))]


def _describe_folded(events: Sequence[TraceEvent]) -> str:
    size = format_size(events[-1].end - events[0].start)
    duration = format_duration(events[-1].at_us - events[0].at_us)
    where = f"--events {events[0].number}..{events[-1].number}"
    return f"  … {len(events)} more events, {size} in {duration}; {where} shows them"


def _build_row(trace: Trace, event: TraceEvent, *, full: bool) -> tuple[Cell, ...]:
    text = shorten(describe_event(event, trace), full=full)
    return (
        event.number,
        round(event.at_us / 1000, 1),
        round(event.gap_us / 1000, 1),
        event.end - event.start,
        event.name,
        f"({event.kind}) {text}" if event.kind is EventKind.UNREADABLE else text,
    )


def _color(line: str, event: TraceEvent) -> str:
    is_stall = event.number > 1 and event.gap_us > STALL_US
    color = "yellow" if is_stall else _COLORS.get(event.kind)
    return style(line, fg=color) if color else line


def format_usage(trace: Trace) -> list[str]:
    """Return the model and the tokens as the API reported them; nothing if it did not."""
    usage = trace.usage
    model = usage.answered_model
    if usage.requested_model and usage.requested_model != usage.answered_model:
        model = f"{model or '?'} (requested: {usage.requested_model})"
    cached = "" if usage.cached_tokens is None else f" ({usage.cached_tokens} cached)"
    reasoning = "" if usage.reasoning_tokens is None else f" ({usage.reasoning_tokens} reasoning)"
    values = {
        "model": model if usage.answered_model else "",
        "input": _format_count(usage.input_tokens, cached),
        "output": _format_count(usage.output_tokens, reasoning),
        "total": _format_count(usage.total_tokens, ""),
    }
    return format_pairs({name: value for name, value in values.items() if value}, full=False)


def _format_count(count: int | None, note: str) -> str:
    return "" if count is None else f"{count} tokens{note}"


def format_timing(trace: Trace) -> list[str]:
    """Return when the parts of a stream arrived; nothing for other answers."""
    timing = trace.timing
    if not trace.is_stream:
        return []
    gaps = measure_gaps(timing)
    rates = measure_rates(trace)
    moments = {
        "first byte": timing.first_byte_us,
        "first content": timing.first_content_us,
        "last content": timing.last_content_us,
    }
    values = {name: format_duration(us) for name, us in moments.items() if us is not None}
    if gaps is not None:
        figures = (f"p50 {format_duration(gaps.p50_us)}", f"p95 {format_duration(gaps.p95_us)}")
        values["gaps"] = ", ".join((*figures, f"longest {format_duration(gaps.max_us)}"))
    if timing.stalls:
        values["stalls"] = f"{len(timing.stalls)}, before event {_join(timing.stalls)}"
    if rates.tokens_per_event is not None:
        each = f"{rates.tokens_per_event:.1f} output tokens each"
        values["events"] = f"{timing.content_events} with content, {each}"
    if rates.tokens_per_second is not None:
        values["speed"] = f"{rates.tokens_per_second:.1f} output tokens per second"
    return format_pairs(values, full=False)


def _join(numbers: Sequence[int]) -> str:
    shown = ", ".join(map(str, numbers[:8]))
    return f"{shown} …" if len(numbers) > 8 else shown
