"""The errors of the inspector's API, each with its status and its code."""

from __future__ import annotations

from runreel.errors import FilterError, RunreelError, UsageError


class UnknownRecordingError(RunreelError):
    """There is no such recording, exchange, run, miss or endpoint."""


class NotReadError(RunreelError):
    """A question that can be answered only when all exchanges have been read."""


class TooMuchError(RunreelError):
    """A question that takes too long for a page."""


STATUSES: dict[type[RunreelError], tuple[int, str]] = {
    UnknownRecordingError: (404, "runreel_not_found"),
    FilterError: (400, "runreel_bad_filter"),
    UsageError: (400, "runreel_bad_query"),
    NotReadError: (503, "runreel_not_read"),
    TooMuchError: (422, "runreel_too_much"),
    RunreelError: (422, "runreel_unreadable"),
}
"""Status and code of each kind of error; the first kind that fits counts."""


def classify_error(error: RunreelError) -> tuple[int, str]:
    """Return the status and the code of the answer to a request that ends with this error."""
    return next(STATUSES[kind] for kind in STATUSES if isinstance(error, kind))
