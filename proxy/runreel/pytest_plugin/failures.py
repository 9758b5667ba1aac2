"""What speaks against a test, in words: misses, losses, the network, exchanges left unplayed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from runreel.pytest_plugin.proxy.report import Report, Unplayed

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Subject:
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
    def recorded_by(self) -> str:
        """The command that records the test."""
        return f"pytest --runreel-mode=record {shlex.quote(self.test)}"


def objections(
    report: Report, subject: Subject, *, losses: Sequence[str] = (), blocked: Sequence[str] = ()
) -> str:
    """Why the test fails, whatever else it did; empty where nothing speaks against it.

    ``losses`` are what the proxy's log says of exchanges that it could not write, and ``blocked``
    the hosts that the test wanted and must not reach.
    """
    parts = (_misses(report, subject), _losses(report, subject, losses), _network(blocked))
    return "\n\n".join(filter(None, parts))


def _misses(report: Report, subject: Subject) -> str:
    if not report.missed:
        return ""
    noun = "request has" if report.missed == 1 else "requests have"
    mode, chosen_by = subject.mode
    title = f"runreel: {report.missed} {noun} no answer in {subject.cassette} ({mode}: {chosen_by})"
    change = "If the change is wanted," if subject.is_recorded else "There is no such cassette yet:"
    first, later = report.misses[:1], report.misses[1:]
    return "\n".join(
        (
            title,
            *first,
            *_listed("Later ones, which may follow from the first:", later),
            f"{change} record the test: {subject.recorded_by}",
        )
    )


def _losses(report: Report, subject: Subject, told: Sequence[str]) -> str:
    if not report.lost:
        return ""
    noun = "exchange was" if report.lost == 1 else "exchanges were"
    title = f"runreel: {report.lost} {noun} not written to {subject.cassette}:"
    return "\n".join(_listed(title, told)) or title


def _network(blocked: Sequence[str]) -> str:
    if not blocked:
        return ""
    hosts = ", ".join(dict.fromkeys(blocked))
    return (
        f"runreel: the network is blocked in replay, and the test wanted {hosts}. Point the client "
        "at runreel.base_url, or let the host through with allowed_hosts"
    )


def about_unplayed(unplayed: Sequence[Unplayed], subject: Subject) -> str:
    """What was recorded and not asked for; empty where all was."""
    noun = "exchange" if len(unplayed) == 1 else "exchanges"
    title = f"runreel: {len(unplayed)} {noun} of {subject.cassette} left unplayed:"
    lines = list(_listed(title, [each.line for each in unplayed]))
    if lines:
        lines.append(f"If the test needs them no more, record it: {subject.recorded_by}")
    return "\n".join(lines)


def about_server(error: Exception, log: str) -> str:
    """Why a session cannot be asked, with the end of the proxy's log."""
    return f"runreel: {error}\n{log}".rstrip()


def _listed(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield from (f"  {item.partition(chr(10))[0]}" for item in items[:_SHOWN])
    if len(items) > _SHOWN:
        yield f"  and {len(items) - _SHOWN} more"
