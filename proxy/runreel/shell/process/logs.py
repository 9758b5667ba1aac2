"""The log: one event per line on standard error, never with data of requests or answers.

Tracebacks of our own events are replaced by types and places. Messages of libraries are reduced to
the logger, the level and the type of the exception, because aiohttp and asyncio put parts of
requests into their messages. If the log cannot be written, its lines are lost and counted, and the
process goes on.
"""

from __future__ import annotations

import io
import logging
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

from runreel.config import LogSettings
from runreel.core.report.visible import escape_line
from runreel.errors import RunreelError

_PACKAGE = Path(__file__).parents[2]
_READER_TIMEOUT_MS = 1000
_CLEAR_LINE = "\r\x1b[K"
_LEVELS = logging.getLevelNamesMapping()


def configure_logging(
    settings: LogSettings, stream: TextIO, *, is_terminal: bool, color: bool = False
) -> None:
    """Send all events of ``settings.level`` and above, ours and the libraries', to ``stream``."""
    level = _LEVELS[settings.level.upper()]
    console = settings.format == "console" or (settings.format == "auto" and is_terminal)
    structlog.configure(
        processors=_build_processors(console=console, color=color),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_LineLogger(stream, is_terminal=is_terminal),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        handlers=[_LibraryLogHandler()], level=max(level, logging.WARNING), force=True
    )


class LogInterval:
    """The least time between two log lines about a condition that lasts."""

    def __init__(self, seconds: float = 10.0) -> None:
        self._seconds = seconds
        self._next = 0.0

    def is_due(self) -> bool:
        """Return True if a line should be written now, and not again for some time."""
        now = time.monotonic()
        if now < self._next:
            return False
        self._next = now + self._seconds
        return True


def count_lost_lines() -> int:
    """Return the number of lines that could not be written since ``configure_logging``."""
    lines = structlog.get_config()["logger_factory"]
    return lines.lost if isinstance(lines, _LineLogger) else 0


def show_status(text: str) -> bool:
    """Show one line below the log on a terminal until the next call; return False elsewhere.

    An empty text removes the line.
    """
    lines = structlog.get_config()["logger_factory"]
    return isinstance(lines, _LineLogger) and lines.show_status(text)


def locate_error(error: BaseException) -> str:
    """Return ``file:line`` of the innermost frame in our own code, else of the innermost frame."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    innermost = (ours or frames)[-1:]
    return "".join(f"{frame.filename}:{frame.lineno}" for frame in innermost)


def _build_processors(*, console: bool, color: bool) -> list[Processor]:
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _replace_traceback,
        _escape_event,
    ]
    if console:
        return [*shared, structlog.dev.ConsoleRenderer(colors=color)]
    return [*shared, structlog.processors.JSONRenderer()]


def _replace_traceback(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace exception information by types and places: texts may contain secrets."""
    error = _find_exception(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if error is not None:
        event["error"] = " from ".join(type(cause).__name__ for cause in _iter_causes(error))
        event["where"] = locate_error(error)
    return event


def _find_exception(exc_info: object) -> BaseException | None:
    """Return the exception that ``exc_info`` stands for.

    The argument is an exception, a tuple as of ``sys.exc_info()``, or True for the current one.
    """
    if isinstance(exc_info, tuple):
        exc_info = exc_info[1]
    if isinstance(exc_info, BaseException):
        return exc_info
    return sys.exc_info()[1] if exc_info else None


def _iter_causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and the chain of its explicit causes (``raise … from``)."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _escape_event(_logger: object, _method: str, event: EventDict) -> Mapping[str, Any]:
    """Escape control characters, so that no value can start a line or control a terminal."""
    return {escape_line(key): _escape_value(value) for key, value in event.items()}


def _escape_value(value: object) -> object:
    if isinstance(value, str):
        return escape_line(value)
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Mapping):
        return {escape_line(str(key)): _escape_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_escape_value(inner) for inner in value]
    return escape_line(_format_value(value))


def _format_value(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, BaseException) and not isinstance(value, RunreelError):
        return type(value).__name__
    return str(value)


class _LineLogger:
    """The logger behind the processors, shared by all: it writes lines and never raises."""

    def __init__(self, stream: TextIO, *, is_terminal: bool = False) -> None:
        self.lost = 0
        self._is_terminal = is_terminal
        self._status = ""
        self._stream = stream
        self._write = self._write_file if _is_file(stream) else self._write_text
        self._is_line_torn = False
        self._is_reader_stuck = False
        self._lock = threading.RLock()  # a finalizer may log in the middle of a line

    def __call__(self, *_args: object) -> _LineLogger:
        return self

    def write_line(self, text: str) -> None:
        """Write one line, or count it as lost."""
        with self._lock:
            status = self._status
            text = f"{_CLEAR_LINE}{text}\n{status}" if status else f"{text}\n"
            self._write_or_count(text)

    debug = info = warning = error = critical = write_line

    def show_status(self, text: str) -> bool:
        """Replace the line below the log; return False if there is no terminal."""
        if not self._is_terminal:
            return False
        with self._lock:
            if text != self._status:
                self._status = text
                self._write_or_count(f"{_CLEAR_LINE}{text}")
        return True

    def _write_or_count(self, text: str) -> None:
        try:
            self._write(text)
        except (OSError, ValueError):  # a full disk, a closed pipe, a closed stream
            self.lost += 1

    def _write_text(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _write_file(self, text: str) -> None:
        """Write past the stream's buffer, whose unwritten rest would fail the process at exit."""
        rest = memoryview(text.encode(self._stream.encoding, "backslashreplace"))
        if self._is_line_torn:
            rest = memoryview(b"\n" + rest)
        while rest:
            self._wait_for_reader()
            written = os.write(self._stream.fileno(), rest[: select.PIPE_BUF])
            rest = rest[written:]
            self._is_line_torn = bool(rest)

    def _wait_for_reader(self) -> None:
        """Wait until the pipe is writable; raise ``BlockingIOError`` after a timeout.

        A blocked write would stall every answer. After a timeout, calls return or raise at once as
        long as the pipe is full. A writable pipe takes ``PIPE_BUF`` bytes at once (POSIX).
        """
        stream = select.poll()
        stream.register(self._stream.fileno(), select.POLLOUT)
        self._is_reader_stuck = not stream.poll(0 if self._is_reader_stuck else _READER_TIMEOUT_MS)
        if self._is_reader_stuck:
            raise BlockingIOError


def _is_file(stream: TextIO) -> bool:
    try:
        stream.fileno()
    except io.UnsupportedOperation:
        return False
    return True


class _LibraryLogHandler(logging.Handler):
    """A handler that turns log records of libraries into events without their text."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the name of the logger, the place in its code and the exception's type."""
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(
            _round_level(record.levelno),
            "library_message",
            logger=record.name,
            where=f"{record.filename}:{record.lineno}",
            **({"error": type(error).__name__} if error else {}),
        )


def _round_level(level: int) -> int:
    """Round a library's own level down to a standard one, which structlog has a name for."""
    return min(max(level // 10 * 10, logging.DEBUG), logging.CRITICAL)
