"""All exceptions that runreel raises on purpose.

There is one base class, and a subclass only where some caller catches it. Each message says what
went wrong, where, and what to do; the facts are also attributes. ``exit_code`` is the exit code of
the process if the exception is not caught.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class RunreelError(Exception):
    """Base class of all errors that a user can do something about."""

    exit_code: ClassVar[int] = 3


class ConfigError(RunreelError):
    """Configuration that cannot be used; ``problems`` lists every mistake with its location."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(RunreelError):
    """Arguments or input of a command that cannot be used."""

    exit_code = 2


class FilterError(UsageError):
    """A filter that cannot be parsed; ``start`` and ``end`` are the range of the mistake in it."""

    def __init__(
        self, message: str, *, reason: str, start: int, end: int, suggestion: str = ""
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """The mistake and what to write instead, without the filter's text."""
        self.start = start
        self.end = end
        self.suggestion = suggestion
        """The word that is probably meant; empty if none is similar."""


class CassetteError(RunreelError):
    """A cassette that cannot be used; ``path`` and ``offset`` (in bytes) locate the problem."""

    def __init__(
        self, message: str, *, path: Path | None = None, offset: int | None = None
    ) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset


class MissingCassetteError(CassetteError):
    """A cassette that does not exist."""


class CorruptCassetteError(CassetteError):
    """Bytes that violate the cassette format or do not match their checksum."""


class CassetteVersionError(CassetteError):
    """A cassette in a format newer than this version of runreel can read."""


class CassetteLockedError(CassetteError):
    """A cassette that another session or process is writing; the message names it."""


class StoreError(RunreelError):
    """An exchange that could not be written: a full disk, a missing folder, a secret left in it."""


class UpstreamError(RunreelError):
    """A request that the upstream did not answer; the client gets ``status`` (502 or 504)."""

    def __init__(self, message: str, *, status: int = 502) -> None:
        super().__init__(message)
        self.status = status
