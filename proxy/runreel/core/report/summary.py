"""The summary for people at the end of a server: what was recorded, replayed and missed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence

from runreel.core.report.columns import wrap
from runreel.core.report.session_report import SessionReport
from runreel.core.report.visible import escape_line
from runreel.model import Mode

_MAX_NUMBERS = 12

_COMMAND = re.compile(r"(.*\b(?:[Rr]ecord (?:again|it with)|Replay it with|today's rules):) (.+)")
"""A text that ends in a command, as messages about misses do."""


def iter_summary(
    reports: Sequence[SessionReport],
    base_url: str,
    *,
    has_failed: bool = False,
    has_hint: bool = True,
    width: int | None = None,
) -> Iterator[str]:
    """Yield the lines of a summary, without control characters.

    ``reports`` are those of all sessions; ``base_url`` is that of their clients. ``has_failed`` is
    True if the command failed, so that its recording did not replace the cassette. ``has_hint`` is
    False to leave out what to do if no request came. Lines are wrapped at ``width`` columns, except
    for commands, which one can copy.
    """
    if len(reports) == 1:
        sentences = list(_describe_session(reports[0], has_failed=has_failed))
        if has_hint and _is_unused(reports[0]):
            sentences.append("No request came: give the client the base URL below.")
    else:
        sentences = [_describe_sessions(reports)]
    for sentence in ("runreel: " + sentences[0], *sentences[1:]):
        yield from _wrap_before_command(sentence, width)
    missed = next((report for report in reports if report.misses), None)
    if missed is not None:
        yield from _iter_first_miss(missed, len(reports), width)
    yield from wrap(f"Base URL: {base_url}", width)


def is_clean(reports: Sequence[SessionReport]) -> bool:
    """Return whether nothing was missed, lost, or left unplayed although that is a failure."""
    return all(report.ok for report in reports)


def _describe_session(report: SessionReport, *, has_failed: bool) -> Iterator[str]:
    path = escape_line(report.cassette)
    if report.mode is not Mode.RECORD and report.mode is not Mode.PASSTHROUGH:
        missed = f"; {_count(report.missed, 'request')} missed" if report.missed else ""
        yield f"Replayed {_count(report.replayed, 'request')} from {path}{missed}."
    if report.mode in {Mode.RECORD, Mode.AUTO}:
        yield _describe_recording(report, path, has_failed=has_failed)
    if report.mode is Mode.PASSTHROUGH:
        yield "Passed on all requests; nothing was recorded."
    if report.mode is Mode.REPLAY and report.unplayed and report.replayed:
        yield f"Not played: {_format_unplayed(report)}."


def _is_unused(report: SessionReport) -> bool:
    counts = (report.requests, report.recorded, report.replayed, report.missed, report.lost)
    return not any(counts)


def _describe_recording(report: SessionReport, path: str, *, has_failed: bool) -> str:
    lost = f" {_count(report.lost, 'exchange')} could not be recorded." if report.lost else ""
    if not report.recorded:
        return f"Recorded nothing.{lost}"
    count = _count(report.recorded, "exchange") + _describe_errors(report.error_statuses)
    if not report.is_kept:
        reason = "the command failed" if has_failed else "the recording is not complete"
        return f"Recorded {count}, but {reason}: {path} is as it was before.{lost}"
    return f"Recorded {count} in {path}.{lost} Replay it with: runreel replay {shlex.quote(path)}"


def _describe_errors(statuses: Mapping[int, int]) -> str:
    """Return how many of the recorded answers are errors, because a key may be wrong."""
    if not statuses:
        return ""
    listed = ", ".join(map(str, sorted(statuses)))
    return f" ({sum(statuses.values())} with an error status: {listed})"


def _describe_sessions(reports: Sequence[SessionReport]) -> str:
    counts = {
        "recorded": sum(report.recorded for report in reports),
        "replayed": sum(report.replayed for report in reports),
        "missed": sum(report.missed for report in reports),
        "lost": sum(report.lost for report in reports),
    }
    shown = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    sessions = _count(len(reports), "session")
    return f"{sessions}: {shown}." if shown else f"{sessions}, no request."


def _iter_first_miss(report: SessionReport, session_count: int, width: int | None) -> Iterator[str]:
    """Yield the message of the first miss, and below it the lines that differ."""
    session = f"[{report.name}] " if session_count > 1 else ""
    message, *diffs = str(report.misses[0]["message"]).split("\n\n")
    yield from _wrap_before_command(f"First miss: {session}{escape_line(message)}", width)
    for line in (line for diff in diffs for line in diff.split("\n")):
        yield from wrap(f"  {escape_line(line)}", width, indent="    ")


def _wrap_before_command(text: str, width: int | None) -> Iterator[str]:
    match = _COMMAND.fullmatch(text)
    yield from wrap(text if match is None else match[1], width)
    if match is not None:
        yield f"  {match[2]}"


def _format_unplayed(report: SessionReport) -> str:
    numbers = [str(each.number) for each in report.unplayed]
    more = f" and {len(numbers) - _MAX_NUMBERS} more" if len(numbers) > _MAX_NUMBERS else ""
    total = _count(len(numbers), "exchange")
    return f"{total} ({', '.join(numbers[:_MAX_NUMBERS])}{more})"


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
