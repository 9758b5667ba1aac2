"""The log: one event per line on standard error, never with data of requests or answers.

A file or a pipe gets JSON. A terminal gets sentences, which do not mix with the output of a wrapped
command: as long as it runs, warnings are held back, and the rest is left out.

Tracebacks of our own events are replaced by types and places. Messages of libraries are reduced to
the logger, the level and the type of the exception, because aiohttp and asyncio put parts of
requests into their messages. If the log cannot be written, its lines are lost and counted, and the
process goes on.
"""

from __future__ import annotations

import atexit
import io
import json
import logging
import os
import select
import stat
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from pathlib import Path
from typing import Any, TextIO, TypeAlias

import structlog
from structlog.typing import EventDict, Processor

from runreel.config import LogSettings
from runreel.core.report.sentences import format_event
from runreel.core.report.visible import escape_line
from runreel.errors import RunreelError, UsageError

_PACKAGE = Path(__file__).parents[2]
_READER_TIMEOUT_MS = 1000
_CLEAR_LINE = "\r\x1b[K"
_LEVELS = logging.getLevelNamesMapping()
_MAX_HELD = 100
_COLORS = {"warning": "\x1b[33m", "error": "\x1b[31m", "critical": "\x1b[31m"}
_USUAL_COLOR, _PLAIN = "\x1b[32m", "\x1b[0m"
_IN_SUMMARY = {"miss", "session_ended"}
"""Events that a summary at the end of the process repeats."""

CallSoon: TypeAlias = Callable[[Callable[[], None]], object]
"""Makes the event loop call a function soon."""


def configure_logging(
    settings: LogSettings,
    stream: TextIO,
    *,
    is_terminal: bool,
    color: bool = False,
    get_width: Callable[[], int | None] = lambda: None,
) -> None:
    """Send all events of ``settings.level`` and above, ours and the libraries', to ``stream``.

    They are also appended to the file of ``settings``, if it names one. ``get_width`` returns the
    width of the terminal in columns. Raises ``UsageError`` if the file cannot be opened.
    """
    level = _LEVELS[settings.level.upper()]
    console = settings.format == "console" or (settings.format == "auto" and is_terminal)
    lines = _LineLogger(stream, is_terminal=is_terminal, takes_info=level <= logging.INFO)
    file = [_FileCopy(_open_log_file(settings.file))] if settings.file else []
    renderers: list[Processor] = [_render_json]
    if console and level > logging.DEBUG:
        renderers = [_escape_event, _SentenceRenderer(lines, get_width, color=color)]
    elif console:
        renderers = [_escape_event, structlog.dev.ConsoleRenderer(colors=color)]
    structlog.configure(
        processors=[*_list_processors(), *file, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lines,
        cache_logger_on_first_use=False,
    )
    atexit.unregister(flush_log)
    atexit.register(flush_log)
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


@contextmanager
def write_in_batches(call_soon: CallSoon) -> Iterator[None]:
    """Write the lines that this thread logs in an iteration of its event loop together.

    ``call_soon`` is the loop's method. Lines from the level ``warning`` on, and those of other
    threads, are written at once, and with them all lines before them.
    """
    lines = _get_lines()
    if lines is None:
        yield
        return
    lines.set_batches(call_soon)
    try:
        yield
    finally:
        lines.set_batches(None)
        lines.flush()


def flush_log() -> None:
    """Write the lines that are not written yet."""
    lines = _get_lines()
    if lines is not None:
        lines.flush()


def count_lost_lines() -> int:
    """Return the number of lines that could not be written since ``configure_logging``."""
    flush_log()
    lines = _get_lines()
    return 0 if lines is None else lines.lost


def show_status(text: str) -> bool:
    """Show one line below the log on a terminal until the next call; return False elsewhere.

    An empty text removes the line.
    """
    lines = _get_lines()
    return lines is not None and lines.show_status(text)


def _get_lines() -> _LineLogger | None:
    lines = structlog.get_config()["logger_factory"]
    return lines if isinstance(lines, _LineLogger) else None


def find_json_lines() -> _LineLogger | None:
    """Return the logger to which JSON lines go, and nothing else; None if there is none."""
    config = structlog.get_config()
    *others, renderer = config["processors"]
    is_json = renderer == _render_json and not isinstance(others[-1], _FileCopy)
    return config["logger_factory"] if is_json else None


def locate_error(error: BaseException) -> str:
    """Return ``file:line`` of the innermost frame in our own code, else of the innermost frame."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    innermost = (ours or frames)[-1:]
    return "".join(f"{frame.filename}:{frame.lineno}" for frame in innermost)


def hold_lines() -> None:
    """Keep the sentences apart from the output of a command, until ``release_lines``.

    From now on only warnings and errors are written. It has no effect on a log of another format.
    """
    renderer = _find_sentence_renderer()
    if renderer is not None:
        renderer.hold()


def release_lines() -> None:
    """Write the lines that were held back, and hold back no more."""
    renderer = _find_sentence_renderer()
    if renderer is not None:
        renderer.release()


def print_sentence(text: str) -> None:
    """Write a line for people, which is no event, if the log consists of sentences."""
    renderer = _find_sentence_renderer()
    if renderer is not None:
        renderer.print(text)


def has_sentences() -> bool:
    """Return whether the log consists of sentences for people."""
    return _find_sentence_renderer() is not None


def _find_sentence_renderer() -> _SentenceRenderer | None:
    renderer = structlog.get_config()["processors"][-1]
    return renderer if isinstance(renderer, _SentenceRenderer) else None


def _open_log_file(path: str) -> TextIO:
    try:
        stream = open(path, "a", encoding="utf-8")  # noqa: SIM115 - open until the process ends
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"the log file {path} cannot be written: {reason}") from None
    atexit.register(stream.close)
    return stream


def _list_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _add_timestamp,
        _replace_traceback,
    ]


def _add_timestamp(_logger: object, _method: str, event: EventDict) -> EventDict:
    event["timestamp"] = format_timestamp()
    return event


def format_timestamp() -> str:
    """Return the time as in the log: UTC, with microseconds (ISO 8601)."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_format_second(seconds)}.{nanoseconds // 1000:06}Z"


@lru_cache(1)
def _format_second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


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


def _render_json(_logger: object, _method: str, event: EventDict) -> str:
    """Return the escaped event as JSON, in the spelling of ``json.dumps``, in half its time."""
    return f"{{{render_members(event)}}}"


def render_members(event: Mapping[str, object]) -> str:
    """Return the members of a JSON object, escaped as in a line of the log."""
    members = [f"{_quote_name(key)}: {_render_value(value)}" for key, value in event.items()]
    return ", ".join(members)


@lru_cache(1024)
def _quote_name(name: str) -> str:
    return encode_basestring_ascii(escape_line(name))


def _render_value(value: object) -> str:
    if isinstance(value, str):
        return encode_basestring_ascii(escape_line(value))
    return str(value) if type(value) is int else json.dumps(_escape_value(value))


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


class _FileCopy:
    """A processor that also writes each event to a file, as JSON."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = _LineLogger(stream)

    def __call__(self, logger: object, method: str, event: EventDict) -> EventDict:
        self._lines.write_line(_render_json(logger, method, event))
        return event


class _SentenceRenderer:
    """The last processor of a log of sentences."""

    def __init__(
        self, lines: _LineLogger, get_width: Callable[[], int | None], *, color: bool
    ) -> None:
        self._lines = lines
        self._get_width = get_width
        self._color = color
        self._has_summary = False
        self._is_holding = False
        self._held: list[str] = []
        self._more_held = 0

    def __call__(self, _logger: object, _method: str, event: EventDict) -> str:
        if self._is_left_out(event):
            raise structlog.DropEvent
        text = self._format(event)
        if self._is_holding:
            self._keep(text)
            raise structlog.DropEvent
        return text

    def hold(self) -> None:
        """Leave out what a summary repeats, and hold back the rest."""
        self._has_summary = self._is_holding = True

    def release(self) -> None:
        """Write what was held back."""
        self._is_holding = False
        held, self._held = self._held, []
        for text in held:
            self._lines.write_line(text)
        if self._more_held:
            self._lines.write_line(f"{self._more_held} more warnings; --log-file keeps all")
            self._more_held = 0

    def print(self, text: str) -> None:
        """Write a line that is no event."""
        self._lines.write_line(text)

    def _keep(self, text: str) -> None:
        if len(self._held) < _MAX_HELD:
            self._held.append(text)
        else:
            self._more_held += 1

    def _is_left_out(self, event: EventDict) -> bool:
        name = event["event"]
        if name == "session_ended" and event.get("session") == "default":
            return True
        is_usual = _LEVELS[event["level"].upper()] < logging.WARNING
        return self._has_summary and (is_usual or name in _IN_SUMMARY)

    def _format(self, event: EventDict) -> str:
        label, lines = format_event(event, self._get_width())
        if self._color:
            lines[0] = f"{_choose_color(event)}{label}{_PLAIN}{lines[0][len(label) :]}"
        return "\n".join(lines)


def _choose_color(event: EventDict) -> str:
    status = event.get("status")
    is_error = isinstance(status, int) and status >= 400
    return _COLORS.get("warning" if is_error else event["level"], _USUAL_COLOR)


class _LineLogger:
    """The logger behind the processors, shared by all: it writes lines and never raises."""

    def __init__(
        self, stream: TextIO, *, is_terminal: bool = False, takes_info: bool = True
    ) -> None:
        """``takes_info``: events of the level ``info`` are logged."""
        self.lost = 0
        self.takes_info = takes_info
        self._is_terminal = is_terminal
        self._status = ""
        self._stream = stream
        is_file = _is_file(stream)
        self._write = self._write_file if is_file else self._write_text
        self._is_always_writable = is_file and _is_regular(stream)
        self._is_line_torn = False
        self._is_reader_stuck = False
        self._lines: list[str] = []
        """Lines that are not written yet."""
        self._unwritten = 0
        """Number of lines that the last write has not written completely."""
        self._call_soon: CallSoon | None = None
        self._batching_thread = 0
        self._lock = threading.RLock()  # a finalizer may log in the middle of a line

    def __call__(self, *_args: object) -> _LineLogger:
        return self

    def write_line(self, text: str) -> None:
        """Write one line, after those that are not written yet, or count it as lost."""
        with self._lock:
            self._lines.append(text)
            self.flush()

    warning = error = critical = write_line

    def write_soon(self, text: str) -> None:
        """Write one line, together with others if lines are written in batches."""
        if self._call_soon is None or threading.get_ident() != self._batching_thread:
            return self.write_line(text)
        with self._lock:
            if not self._lines:
                self._call_soon(self.flush)
            return self._lines.append(text)

    debug = info = write_soon

    def set_batches(self, call_soon: CallSoon | None) -> None:
        """Write the lines of this thread in batches; None: write each at once."""
        self._call_soon, self._batching_thread = call_soon, threading.get_ident()

    def flush(self) -> None:
        """Write the lines that are not written yet."""
        with self._lock:
            lines, self._lines = self._lines, []
            if lines:
                status = self._status
                text = "\n".join((*lines, status))
                self._write_or_count(f"{_CLEAR_LINE}{text}" if status else text)

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
        self._unwritten = max(text.count("\n"), 1)
        try:
            self._write(text)
        except (OSError, ValueError):  # a full disk, a closed pipe, a closed stream
            self.lost += self._unwritten

    def _write_text(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()

    def _write_file(self, text: str) -> None:
        """Write past the stream's buffer, whose unwritten rest would fail the process at exit."""
        start = b"\n" if self._is_line_torn else b""
        data = start + text.encode(self._stream.encoding, "backslashreplace")
        offset = 0
        try:
            while offset < len(data):
                offset += os.write(self._stream.fileno(), self._select_writable(data, offset))
        finally:
            self._unwritten = data.count(b"\n", max(offset, len(start)))
            if offset:
                self._is_line_torn = offset < len(data) and data[offset - 1 : offset] != b"\n"

    def _select_writable(self, data: bytes, offset: int) -> memoryview:
        """Return the data from ``offset`` on that can be written at once.

        A blocked write would stall every answer. A writable pipe takes ``PIPE_BUF`` bytes at once
        (POSIX). These end with a line if they can: another process may write to the pipe too.
        """
        if self._is_always_writable:
            return memoryview(data)[offset:]
        self._wait_for_reader()
        limit = offset + select.PIPE_BUF
        end = data.rfind(b"\n", offset, limit) + 1 if limit < len(data) else limit
        return memoryview(data)[offset : end or limit]

    def _wait_for_reader(self) -> None:
        """Wait until the pipe is writable; raise ``BlockingIOError`` after a timeout.

        After a timeout, calls return or raise at once as long as the pipe is full.
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


def _is_regular(stream: TextIO) -> bool:
    return stat.S_ISREG(os.fstat(stream.fileno()).st_mode)


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
