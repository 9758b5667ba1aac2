"""What Python prints by itself: warnings, and exceptions that nobody caught.

Its texts hold values: the address of a socket that was left open, the call that nobody awaited,
whatever an exception was told. Here they become events that name the type and the place only.
"""

from __future__ import annotations

import sys
import threading
import warnings
from types import TracebackType
from typing import TextIO

import structlog

log = structlog.get_logger()


def report_in_log() -> None:
    """Send all that to the log, from now on and for the whole process."""
    warnings.showwarning = _warned
    sys.excepthook = _uncaught
    sys.unraisablehook = _unraisable
    threading.excepthook = _uncaught_in_thread


def _warned(  # noqa: PLR0917 - as Python calls it
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("python_warning", warning=category.__name__, where=f"{filename}:{lineno}")


def _uncaught(
    _kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    log.critical("uncaught_exception", exc_info=error)


def _unraisable(failed: sys.UnraisableHookArgs) -> None:
    log.error("unraisable_exception", exc_info=failed.exc_value)


def _uncaught_in_thread(failed: threading.ExceptHookArgs) -> None:
    name = failed.thread.name if failed.thread else ""
    log.critical("uncaught_exception", thread=name, exc_info=failed.exc_value)
