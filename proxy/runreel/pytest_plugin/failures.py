"""What speaks against a test, in words: misses, losses, the network, exchanges left unplayed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runreel.pytest_plugin.proxy.report import RunreelReport, UnplayedEntry

_MAX_ITEMS = 5


@dataclass(frozen=True, slots=True)
class ItemUnderTest:
    """What a verdict is about, as a person in front of it would type it."""

    test: str
    """The node id."""
    cassette: str
    """The path."""
    mode: tuple[str, str]
    """The mode that was asked for, and who asked."""
    is_recorded: bool = True
    """Whether there was such a cassette when the test began."""

    @property
    def record_command(self) -> str:
        """The command that records the test."""
        return f"pytest --runreel-mode=record {shlex.quote(self.test)}"


def describe_failures(
    report: RunreelReport,
    item: ItemUnderTest,
    *,
    losses: Sequence[str] = (),
    blocked: Sequence[str] = (),
) -> str:
    """Why the test fails, whatever else it did; empty where nothing speaks against it.

    ``losses`` are what the proxy's log says of exchanges that it could not write, and ``blocked``
    the hosts that the test wanted and must not reach.
    """
    parts = (
        _describe_misses(report, item),
        _describe_losses(report, item, losses),
        _describe_blocked_hosts(blocked),
    )
    return "\n\n".join(filter(None, parts))


def _describe_misses(report: RunreelReport, item: ItemUnderTest) -> str:
    if not report.missed:
        return ""
    noun = "request has" if report.missed == 1 else "requests have"
    mode, chosen_by = item.mode
    title = f"runreel: {report.missed} {noun} no answer in {item.cassette} ({mode}: {chosen_by})"
    change = "If the change is wanted," if item.is_recorded else "There is no such cassette yet:"
    first, later = report.misses[:1], report.misses[1:]
    return "\n".join(
        (
            title,
            *first,
            *_format_list("Later ones, which may follow from the first:", later),
            f"{change} record the test: {item.record_command}",
        )
    )


def _describe_losses(report: RunreelReport, item: ItemUnderTest, log_lines: Sequence[str]) -> str:
    if not report.lost:
        return ""
    noun = "exchange was" if report.lost == 1 else "exchanges were"
    title = f"runreel: {report.lost} {noun} not written to {item.cassette}:"
    return "\n".join(_format_list(title, log_lines)) or title


def _describe_blocked_hosts(blocked: Sequence[str]) -> str:
    if not blocked:
        return ""
    hosts = ", ".join(dict.fromkeys(blocked))
    return (
        f"runreel: the network is blocked in replay, and the test wanted {hosts}. Point the client "
        "at runreel.base_url, or let the host through with allowed_hosts"
    )


def describe_unplayed(unplayed: Sequence[UnplayedEntry], item: ItemUnderTest) -> str:
    """What was recorded and not asked for; empty where all was."""
    noun = "exchange" if len(unplayed) == 1 else "exchanges"
    title = f"runreel: {len(unplayed)} {noun} of {item.cassette} left unplayed:"
    lines = list(_format_list(title, [each.line for each in unplayed]))
    if lines:
        lines.append(f"If the test needs them no more, record it: {item.record_command}")
    return "\n".join(lines)


def describe_server_error(error: Exception, log: str) -> str:
    """Why a session cannot be asked, with the end of the proxy's log."""
    return f"runreel: {error}\n{log}".rstrip()


def _format_list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield from (f"  {item.partition(chr(10))[0]}" for item in items[:_MAX_ITEMS])
    if len(items) > _MAX_ITEMS:
        yield f"  and {len(items) - _MAX_ITEMS} more"
