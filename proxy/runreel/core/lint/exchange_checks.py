"""Checks of one exchange."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from runreel.core.addresses import AddressMap
from runreel.core.body_addresses import find_addresses, may_have_addresses
from runreel.core.lint.findings import LintFinding
from runreel.core.lint.recording_day import find_recording_day
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.core.trace.model import BlockKind, EventKind, Trace, TraceBlock
from runreel.core.volatile.mask import VolatileMask
from runreel.model import End, Exchange

_FIRST_ERROR_STATUS = 400
_NS_PER_DAY = 86_400 * 1_000_000_000
_MAX_SHOWN = 3
"""Findings of one code in one exchange that are listed; the rest is one more."""

_INSTRUCTIONS = frozenset({"system", "developer", "instructions"})
_KINDS_ANYWHERE = ("uuid", "temp_path")
"""Kinds of volatile texts that are rarely meant, wherever in a request they are."""


class LintContext(NamedTuple):
    """Facts that the checks need beside the exchange."""

    upstream: str
    """Base URL of the recorded API; may be empty."""
    volatile: Sequence[str]
    """Kinds that ``[match] volatile`` passes over."""
    rewrites_bodies: bool
    """True if addresses in bodies are led back to the proxy."""
    max_age_days: float
    """Age from which a recording is old; 0 for never."""
    now_ns: int
    """The time, in nanoseconds since 1970."""


def check_exchange(exchange: Exchange, trace: Trace, context: LintContext) -> Iterator[LintFinding]:
    """Yield the findings of an exchange."""
    for check in _CHECKS:
        findings = list(check(exchange, trace, context))
        yield from findings[:_MAX_SHOWN]
        if len(findings) > _MAX_SHOWN:
            count = len(findings) - _MAX_SHOWN
            yield findings[-1]._replace(place="", reason=f"{count} more of these", advice="")


def _check_end(exchange: Exchange, trace: Trace, _: LintContext) -> Iterator[LintFinding]:
    end, number = trace.end, trace.number
    is_done = end.terminal_event > 0
    if not end.is_whole and not is_done:
        reason = f"the answer was cut off ({end.connection})"
        yield LintFinding("cut-off-answer", number, "answer", reason)
    elif end.needs_terminal and not is_done and not end.error and end.connection is End.COMPLETE:
        place = f"event {len(trace.events)}"
        yield LintFinding("missing-terminal", number, place, "the last event is not the final one")
    if end.error and exchange.head.status < _FIRST_ERROR_STATUS:
        failed = next((event for event in trace.events if event.kind is EventKind.ERROR), None)
        place = f"event {failed.number}" if failed else "answer"
        reason = f"status {exchange.head.status}, and an error in the answer"
        yield LintFinding("error-in-stream", number, place, reason)


def _check_events(exchange: Exchange, trace: Trace, _: LintContext) -> Iterator[LintFinding]:
    unreadable = {event.number for event in trace.events if event.kind is EventKind.UNREADABLE}
    for path, message in trace.problems:
        number = _parse_event(path)
        if not number:
            continue
        place = f"event {number}"
        if "same id" in message:
            yield LintFinding("duplicate-event-id", trace.number, place, message)
        elif "add up" in message:
            yield LintFinding("text-mismatch", trace.number, place, message)
        elif number in unreadable and _is_inner(trace, number, exchange):
            yield LintFinding("malformed-event", trace.number, place, message)


def _is_inner(trace: Trace, number: int, exchange: Exchange) -> bool:
    """Return whether an event is not merely the one in which an answer was cut off."""
    return exchange.head.whole or number < len(trace.events)


def _parse_event(path: str) -> int:
    digits = path.removeprefix("events[").removesuffix("]")
    return int(digits) if path.startswith("events[") and digits.isdigit() else 0


def _check_request(exchange: Exchange, trace: Trace, _: LintContext) -> Iterator[LintFinding]:
    for path, message in trace.problems:
        if not _parse_event(path):
            place = f"request {path}"
            yield LintFinding("request-problem", trace.number, place, message)


def _check_bodies(exchange: Exchange, trace: Trace, _: LintContext) -> Iterator[LintFinding]:
    messages = (("request", exchange.head.request.omitted), ("answer", exchange.answer.omitted))
    for place, omitted in messages:
        if omitted is not None:
            reason, advice = REASON_TEXTS[omitted], ADVICE_TEXTS[omitted]
            yield LintFinding("body-omitted", trace.number, place, reason, advice)


def _check_addresses(
    exchange: Exchange, trace: Trace, context: LintContext
) -> Iterator[LintFinding]:
    answer = exchange.answer
    if not context.upstream or context.rewrites_bodies or not may_have_addresses(answer.headers):
        return
    addresses = AddressMap(context.upstream.rstrip("/"), b"http://127.0.0.1")
    for address in find_addresses(answer.body, addresses):
        if answer.body[address.start : address.end].lower().startswith(b"http"):
            reason = f"{address.place} leads past the proxy"
            yield LintFinding("upstream-address", trace.number, "answer", reason)


def _check_prompts(exchange: Exchange, trace: Trace, context: LintContext) -> Iterator[LintFinding]:
    started_ns = exchange.head.timings.started_ns
    for block in trace.conversation:
        if block.kind is BlockKind.MEDIA:
            continue
        is_instruction = block.role in _INSTRUCTIONS
        if "date" not in context.volatile and is_instruction:
            spelling = find_recording_day(block.text, started_ns)
            if spelling:
                yield _build_volatile(trace, block, "date", "the date of the recording")
        for kind in _KINDS_ANYWHERE:
            if kind not in context.volatile and is_instruction and _has_kind(block.text, kind):
                noun = kind.replace("_", " ").replace("temp", "temporary")
                yield _build_volatile(trace, block, kind, f"a {noun}")


def _has_kind(text: str, kind: str) -> bool:
    return _MASKS[kind].apply_to_text(text) != text


_MASKS = {kind: VolatileMask((kind,)) for kind in _KINDS_ANYWHERE}


def _build_volatile(trace: Trace, block: TraceBlock, kind: str, noun: str) -> LintFinding:
    place = f"request message {block.number} ({block.role})"
    advice = f'[match] volatile = ["{kind}"]'
    return LintFinding("volatile-prompt", trace.number, place, f"it has {noun}", advice)


def _check_media(exchange: Exchange, trace: Trace, _: LintContext) -> Iterator[LintFinding]:
    media = [block for block in (*trace.conversation, *trace.blocks) if _is_media(block)]
    if media:
        count = f"{len(media)} part{'' if len(media) == 1 else 's'} of the messages"
        yield LintFinding("unsearched-media", exchange.head.number, "", count)


def _is_media(block: TraceBlock) -> bool:
    return block.kind is BlockKind.MEDIA


def _check_age(exchange: Exchange, trace: Trace, context: LintContext) -> Iterator[LintFinding]:
    days = (context.now_ns - exchange.head.timings.started_ns) // _NS_PER_DAY
    if context.max_age_days and days > context.max_age_days:
        yield LintFinding("old-recording", trace.number, "", f"it is {days} days old")


_CHECKS: Sequence[Callable[[Exchange, Trace, LintContext], Iterator[LintFinding]]] = (
    _check_end,
    _check_events,
    _check_request,
    _check_bodies,
    _check_addresses,
    _check_prompts,
    _check_media,
    _check_age,
)
