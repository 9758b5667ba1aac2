"""What the kernel lets the process do: many open files, no core file, no look into its memory.

A core file would hold raw requests; so would what a debugger reads. A wrapped command is started
under the limits that this process was started under.
"""

from __future__ import annotations

import ctypes
import resource
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_OPEN_FILES = 65_536
_PR_SET_DUMPABLE = 4
_CHANGED_LIMITS = (resource.RLIMIT_CORE, resource.RLIMIT_NOFILE)
_INHERITED_LIMITS = {which: resource.getrlimit(which)[0] for which in _CHANGED_LIMITS}


def harden_process() -> None:
    """Leave no core file and, on Linux, hide memory and environment from other processes."""
    _set_soft(resource.RLIMIT_CORE, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def allow_many_connections() -> None:
    """Raise the limit on open files as far as it goes: a recorded stream takes two."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if most == resource.RLIM_INFINITY else min(_OPEN_FILES, most)
    _set_soft(resource.RLIMIT_NOFILE, wanted)


@contextmanager
def restore_inherited_limits() -> Iterator[None]:
    """The limits that this process was started under, for children that are started inside.

    On Linux a child is open to debuggers again as soon as it runs its own program (prctl(2)).
    """
    own = {which: resource.getrlimit(which)[0] for which in _CHANGED_LIMITS}
    try:
        for which in _CHANGED_LIMITS:
            _set_soft(which, _INHERITED_LIMITS[which])
        yield
    finally:
        for which in _CHANGED_LIMITS:
            _set_soft(which, own[which])


def _set_soft(which: int, limit: int) -> None:
    """The hard limit stays, so that the soft one can go up again."""
    resource.setrlimit(which, (limit, resource.getrlimit(which)[1]))
