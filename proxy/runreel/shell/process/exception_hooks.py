"""Hooks for what Python prints by itself: warnings and uncaught exceptions.

Python's own texts contain values, such as the arguments of an exception or the address of a socket
that was left open. The hooks log events that name only the type and the place in the code.
"""

from __future__ import annotations

import sys
import threading
import warnings
from types import TracebackType
from typing import TextIO

import structlog

log = structlog.get_logger()


def install_exception_hooks() -> None:
    """Log warnings and uncaught exceptions of the whole process from now on."""
    warnings.showwarning = _log_warning
    sys.excepthook = _log_uncaught
    sys.unraisablehook = _log_unraisable
    threading.excepthook = _log_uncaught_in_thread


def _log_warning(  # noqa: PLR0917 - the signature of warnings.showwarning
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    log.warning("python_warning", warning=category.__name__, where=f"{filename}:{lineno}")


def _log_uncaught(
    _kind: type[BaseException], error: BaseException, _traceback: TracebackType | None
) -> None:
    log.critical("uncaught_exception", exc_info=error)


def _log_unraisable(hook_args: sys.UnraisableHookArgs) -> None:
    log.error("unraisable_exception", exc_info=hook_args.exc_value)


def _log_uncaught_in_thread(hook_args: threading.ExceptHookArgs) -> None:
    name = hook_args.thread.name if hook_args.thread else ""
    log.critical("uncaught_exception", thread=name, exc_info=hook_args.exc_value)
