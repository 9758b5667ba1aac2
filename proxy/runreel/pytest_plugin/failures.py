"""The texts of test failures: misses, losses, blocked connections, unplayed exchanges."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from runreel.pytest_plugin.options import ENV, MODE, UPSTREAM
from runreel.pytest_plugin.proxy.report import RunreelReport, UnplayedEntry

_MAX_ITEMS = 5
MATCH_ARGUMENTS = ("ignore", "volatile", "patterns")
"""Arguments of the marker that say what does not count for a match."""


@dataclass(frozen=True, slots=True)
class ItemUnderTest:
    """A test and its cassette, in the form in which failure texts name them."""

    test: str
    """Node id, relative to the folder in which pytest was started."""
    cassette: str
    """Path, relative to the same folder."""
    mode: tuple[str, str]
    """The mode, and the source that set it: ``("replay", "CI is set")``."""
    is_recorded: bool = True
    """True if the cassette existed at the start of the test."""
    upstream: str = ""
    """Upstream to name in the command; empty if the suite sets one, or if none is known."""

    @property
    def record_command(self) -> str:
        """Command that records the test."""
        command = build_record_command(self.test)
        option = f" {UPSTREAM.flag}={shlex.quote(self.upstream)}" if self.upstream else ""
        return f"{command}{option}"


def build_record_command(test: str) -> str:
    """Return the command that records a test, without an upstream."""
    return f"pytest {MODE.flag}=record {shlex.quote(test)}"


def describe_failures(
    report: RunreelReport,
    item: ItemUnderTest,
    *,
    losses: Sequence[str] = (),
    blocked: Sequence[str] = (),
) -> str:
    """Return the reasons for which the test must fail; empty if there are none.

    ``losses`` are the lines of the proxy's log about exchanges that could not be written, and
    ``blocked`` the hosts to which connections were refused.
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
    mode, source = item.mode
    title = f"runreel: {report.missed} {noun} no answer in {item.cassette} ({mode}: {source})"
    reason = (
        "If the change is intended," if item.is_recorded else "The cassette does not exist yet;"
    )
    first, later = report.misses[:1], report.misses[1:]
    return "\n".join(
        (
            title,
            *first,
            *_iter_markers(report.proposals[:1]),
            *_format_list("Later misses, which may follow from the first:", later),
            *_iter_links(report, item),
            f"{reason} record the test: {item.record_command}",
        )
    )


def _iter_links(report: RunreelReport, item: ItemUnderTest) -> Iterator[str]:
    """Yield where to see the first miss: while the proxy runs, and afterwards."""
    if any(report.links[:1]):
        later = f"runreel inspect {shlex.quote(item.cassette)}"
        yield f"See it in a browser: {report.links[0]} (while pytest runs; later: {later})"


def _iter_markers(proposals: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """Yield the marker with the settings that would help, if there are any."""
    for proposal in proposals:
        arguments = [f"{name}={proposal[name]!r}" for name in MATCH_ARGUMENTS if proposal.get(name)]
        if arguments:
            yield f"For this test alone: @pytest.mark.runreel({', '.join(arguments)})"


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
        f"runreel: replay blocks the network, and the test tried to reach {hosts}. Point the "
        "client to runreel.base_url, or allow the host with allowed_hosts"
    )


def describe_unplayed(unplayed: Sequence[UnplayedEntry], item: ItemUnderTest) -> str:
    """Return a text about recorded exchanges that no request used; empty if there are none."""
    noun = "exchange" if len(unplayed) == 1 else "exchanges"
    title = f"runreel: {len(unplayed)} {noun} of {item.cassette} not played:"
    lines = list(_format_list(title, [entry.line for entry in unplayed]))
    if lines:
        lines.append(f"If the test no longer needs them, re-record it: {item.record_command}")
    return "\n".join(lines)


def describe_unused(variables: Sequence[str], item: ItemUnderTest) -> str:
    """Return a text about a test that has sent no request, with the variables that were set."""
    return (
        f"runreel: no request came from {item.test}. If its client sends one, it does not use any "
        f"of the variables that lead to runreel ({', '.join(variables)}): pass it "
        f"runreel.base_url, or add its variable to {ENV.ini}. If the test needs none: "
        f'@pytest.mark.runreel(on_unused="ignore")'
    )


def describe_unused_tests(tests: Sequence[str]) -> str:
    """Return the part of the run's summary about tests that have sent no request."""
    noun = "test" if len(tests) == 1 else "tests"
    lines = _format_list(f"{len(tests)} {noun} with runreel sent no request to it:", tests)
    hint = (
        "If a client passes runreel by: docs/clients.md lists the variables that are set. If a "
        'test needs no request: @pytest.mark.runreel(on_unused="ignore")'
    )
    return "\n".join((*lines, hint))


def describe_server_error(error: Exception, log: str) -> str:
    """Return a text about a failed call of the control API, with the end of the proxy's log."""
    return f"runreel: {error}\n{log}".rstrip()


def _format_list(title: str, items: Sequence[str]) -> Iterator[str]:
    if items:
        yield title
        yield from (f"  {item.partition(chr(10))[0]}" for item in items[:_MAX_ITEMS])
    if len(items) > _MAX_ITEMS:
        yield f"  and {len(items) - _MAX_ITEMS} more"
