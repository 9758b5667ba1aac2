"""What a test's cassette is called: names that are plain on every system, and never shared.

The server checks names by the same rules (``runreel.shell.store.names``).
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
    """One segment for a test: ``TestRuns.test_streams-gpt-4o``.

    ``parameters`` is the id that pytest gives a parametrised test, without its brackets.
    """
    name = ".".join((*classes, function))
    return make_segment(f"{name}-{parameters}" if parameters else name)


def make_segment(text: str) -> str:
    """The text as a part of a path; where it had to be changed, a digest tells it from others."""
    if is_portable(text):
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    readable = _NOT_PORTABLE.sub("-", text).lstrip("-_")[:_MAX_LENGTH].rstrip("-_")
    return f"{readable}-{digest}" if readable else digest


def is_portable(text: str) -> bool:
    """Whether a part of a path can stay as it is."""
    return (
        _PORTABLE.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and len(text) <= _MAX_LENGTH
        and not _DEVICE.fullmatch(text)
    )


def find_served_folder(folder: Path, root: Path) -> tuple[Path, PurePosixPath]:
    """The folder that a server serves for tests in ``folder``, and the way from there to them.

    One server serves all that lies below ``root``, where the way there can be written as a name.
    """
    resolved, top = folder.resolve(), root.resolve()
    if not resolved.is_relative_to(top):
        return folder, PurePosixPath()
    way = resolved.relative_to(top)
    if not all(map(is_portable, way.parts)):
        return folder, PurePosixPath()
    return root, PurePosixPath(way.as_posix())
