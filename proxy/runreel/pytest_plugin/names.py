"""Names of tests' cassettes: valid on every operating system, and unique for each test.

The proxy validates names with similar rules (``runreel.shell.store.names``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path, PurePosixPath

SUFFIX = ".cassette"

_MAX_LENGTH = 80
_PORTABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_PORTABLE = re.compile(r"[^A-Za-z0-9_]+")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def build_test_name(function: str, *, classes: Sequence[str] = (), parameters: str = "") -> str:
    """Return the path segment for a test: ``TestRuns.test_streams-gpt-4o``.

    ``parameters`` is the id of a parametrised test, without its brackets.
    """
    name = ".".join((*classes, function))
    return make_segment(f"{name}-{parameters}" if parameters else name)


def make_segment(text: str) -> str:
    """Return the text as a portable path segment; a changed one gets a digest, to stay unique."""
    if is_portable(text):
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    readable = _NOT_PORTABLE.sub("-", text).lstrip("-_")[:_MAX_LENGTH].rstrip("-_")
    return f"{readable}-{digest}" if readable else digest


def is_portable(text: str) -> bool:
    """Return whether the text is a path segment that is valid on every operating system."""
    return (
        _PORTABLE.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and len(text) <= _MAX_LENGTH
        and not _DEVICE.fullmatch(text)
    )


def find_served_folder(folder: Path, root: Path) -> tuple[Path, PurePosixPath]:
    """Return the folder for a proxy to serve, and the path from it to the tests in ``folder``.

    One proxy serves everything below ``root``, as long as the path to the tests is portable; other
    folders are served by themselves.
    """
    resolved, top = folder.resolve(), root.resolve()
    if not resolved.is_relative_to(top):
        return folder, PurePosixPath()
    relative = resolved.relative_to(top)
    if not all(map(is_portable, relative.parts)):
        return folder, PurePosixPath()
    return root, PurePosixPath(relative.as_posix())
