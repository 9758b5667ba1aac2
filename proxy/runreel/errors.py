"""Every exception that runreel raises on purpose.

One base, and a class only where someone catches it. Each message says what went wrong, where, and
what to do; the facts are fields. ``exit_code`` is the process's exit code if nobody catches it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from pathlib import Path


class RunreelError(Exception):
    """Base of all errors that a user can do something about."""

    exit_code: ClassVar[int] = 3


class ConfigError(RunreelError):
    """Configuration that cannot be used; ``problems`` holds all found, each with its place."""

    exit_code = 2

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class UsageError(RunreelError):
    """A command line that asks for what cannot be."""

    exit_code = 2


class CassetteError(RunreelError):
    """A cassette that cannot be read; ``path`` and ``offset`` (bytes) say where."""

    def __init__(
        self, message: str, *, path: Path | None = None, offset: int | None = None
    ) -> None:
        super().__init__(message)
        self.path = path
        self.offset = offset


class MissingCassetteError(CassetteError):
    """A cassette that is not there."""


class CorruptCassetteError(CassetteError):
    """Bytes that break the cassette format or fail their checksum."""


class CassetteVersionError(CassetteError):
    """A cassette in a format newer than this runreel reads."""


class CassetteLockedError(CassetteError):
    """A cassette that somebody else is writing; the message names the holder."""


class StoreError(RunreelError):
    """An exchange that could not be written: a full disk, a missing folder, a refused redaction."""


class UpstreamError(RunreelError):
    """The upstream gave no answer; ``status`` is what the client is told (502 or 504)."""

    def __init__(self, message: str, *, status: int = 502) -> None:
        super().__init__(message)
        self.status = status
