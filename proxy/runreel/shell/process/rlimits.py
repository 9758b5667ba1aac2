"""Resource limits of the process: many open files, no core file, no access by debuggers.

A core file would contain raw requests, and so does the memory that a debugger can read. A wrapped
command is started with the limits that this process was started with.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OPEN_FILES = 65_536
_MIN_RESERVE = 16
_PR_SET_DUMPABLE = 4
_CHANGED_LIMITS = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
_INHERITED_LIMITS = {which: resource.getrlimit(which)[0] for which in _CHANGED_LIMITS}


SHORT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
"""Error numbers of calls that may succeed later, for instance when a descriptor is free again."""


def harden_process() -> None:
    """Leave no core file and, on Linux, hide memory and environment from other processes."""
    _set_soft(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_many_connections() -> None:
    """Raise the limit on open files as far as allowed; a recorded stream needs two."""
    _, maximum = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = _OPEN_FILES if maximum == resource.RLIM_INFINITY else min(_OPEN_FILES, maximum)
    _set_soft(resource.RLIMIT_NOFILE, limit)


def count_allowed_connections() -> int:
    """Return how many clients can be connected at once, each with a connection to the upstream.

    Descriptors that are open now do not count, and an eighth is left for cassettes and the rest.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if limit == resource.RLIM_INFINITY:
        limit = _OPEN_FILES
    used = len(os.listdir("/dev/fd"))
    return max(1, (limit - used - max(_MIN_RESERVE, limit // 8)) // 2)


@contextmanager
def restore_inherited_limits() -> Iterator[None]:
    """Restore the limits that this process was started with, for children started in the block.

    On Linux, ``execve`` makes a child accessible to debuggers again: see PR_SET_DUMPABLE, prctl(2).
    """
    current = {which: resource.getrlimit(which)[0] for which in _CHANGED_LIMITS}
    try:
        for which in _CHANGED_LIMITS:
            _set_soft(which, _INHERITED_LIMITS[which])
        yield
    finally:
        for which in _CHANGED_LIMITS:
            _set_soft(which, current[which])


def _set_soft(which: int, limit: int) -> None:
    """Set the soft limit; the hard limit stays, so that the soft one can be raised again."""
    resource.setrlimit(which, (limit, resource.getrlimit(which)[1]))
