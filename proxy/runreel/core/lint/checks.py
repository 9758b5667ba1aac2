"""All checks, by their codes; ``docs/lint.md`` describes them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Severity(StrEnum):
    """The weight of a finding."""

    ERROR = "error"
    """The recording is not what its API sends, or cannot be played."""
    WARNING = "warning"
    """A replay may fail, or mean something else."""
    NOTE = "note"
    """Worth knowing."""


RANKS: Mapping[Severity, int] = {severity: rank for rank, severity in enumerate(Severity)}
"""By severity: 0 for the most serious one."""


class LintCheck(NamedTuple):
    """One check."""

    severity: Severity
    summary: str
    """Title: the fault in a few words."""
    advice: str
    """The remedy."""


CHECKS: Mapping[str, LintCheck] = {
    "cut-off-answer": LintCheck(
        Severity.ERROR,
        "The stored answer is not whole",
        "record the exchange again, unless the test is about a broken connection",
    ),
    "missing-terminal": LintCheck(
        Severity.ERROR,
        "A stream ends without the event by which its API ends streams",
        "record the exchange again; clients wait for that event, or report an error",
    ),
    "text-mismatch": LintCheck(
        Severity.ERROR,
        "The pieces of a text do not add up to the whole that a later event has",
        "see whether an event was lost: runreel show CASSETTE N --events",
    ),
    "malformed-event": LintCheck(
        Severity.WARNING,
        "The data of an event is not what its API sends",
        "see the event: runreel show CASSETTE N --events",
    ),
    "duplicate-event-id": LintCheck(
        Severity.WARNING,
        "Two events of a stream have the same id",
        "a client that resumes at this id may get events twice or not at all",
    ),
    "error-in-stream": LintCheck(
        Severity.WARNING,
        "An answer with a status of success reports an error",
        "record the exchange again, unless the test is about this error",
    ),
    "request-problem": LintCheck(
        Severity.WARNING,
        "A request breaks a documented rule of its API",
        "correct the request; the API may refuse it one day",
    ),
    "body-omitted": LintCheck(
        Severity.ERROR,
        "A body is not in the cassette",
        "raise the limit that the reason names, and record the exchange again",
    ),
    "upstream-address": LintCheck(
        Severity.WARNING,
        "The body of an answer has the address of the upstream itself",
        "set rewrite_bodies = true, or clients that follow it leave the proxy",
    ),
    "told-apart-by-order": LintCheck(
        Severity.WARNING,
        "Equal calls got answers with different statuses, and only their order tells them apart",
        "give each test a cassette of its own",
    ),
    "told-apart-by-credential": LintCheck(
        Severity.WARNING,
        "Calls with different credentials got answers with different statuses; credentials do not"
        " count",
        "give each test a cassette of its own",
    ),
    "unreachable": LintCheck(
        Severity.ERROR,
        "No request can be answered by this exchange",
        "record it again, or redact the cassette with the rules in force: runreel redact CASSETTE",
    ),
    "volatile-prompt": LintCheck(
        Severity.WARNING,
        "A prompt has a value that is another one with each run",
        "pass over it, so that the request matches tomorrow",
    ),
    "old-rules": LintCheck(
        Severity.WARNING,
        "The redaction rules in force would change the recording",
        "runreel redact CASSETTE",
    ),
    "unsearched-media": LintCheck(
        Severity.NOTE,
        "Images, audio or files were not searched for secrets",
        "look at them before you commit the cassette",
    ),
    "old-recording": LintCheck(
        Severity.NOTE,
        "The recording is older than max_age",
        "record it again, to see whether the API still answers so",
    ),
}
