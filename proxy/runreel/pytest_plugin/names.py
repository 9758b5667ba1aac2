"""What a test's cassette is called: names that are plain on every system, and never shared.

The server checks names by the same rules (``runreel.shell.store.names``).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import blake2b
from pathlib import Path, PurePosixPath

SUFFIX = ".cassette"

_LONGEST = 80
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_]+")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def name_of_test(function: str, *, classes: Sequence[str] = (), parameters: str = "") -> str:
    """One segment for a test: ``TestRuns.test_streams-gpt-4o``.

    ``parameters`` is the id that pytest gives a parametrised test, without its brackets.
    """
    name = ".".join((*classes, function))
    return segment(f"{name}-{parameters}" if parameters else name)


def segment(text: str) -> str:
    """The text as a part of a path; where it had to be changed, a digest tells it from others."""
    if is_plain(text):
        return text
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    readable = _NOT_PLAIN.sub("-", text).lstrip("-_")[:_LONGEST].rstrip("-_")
    return f"{readable}-{digest}" if readable else digest


def is_plain(text: str) -> bool:
    """Whether a part of a path can stay as it is."""
    return (
        _PLAIN.fullmatch(text) is not None
        and ".." not in text
        and not text.endswith(".")
        and len(text) <= _LONGEST
        and not _DEVICE.fullmatch(text)
    )


def home(folder: Path, root: Path) -> tuple[Path, PurePosixPath]:
    """The folder that a server serves for tests in ``folder``, and the way from there to them.

    One server serves all that lies below ``root``, where the way there can be written as a name.
    """
    resolved, top = folder.resolve(), root.resolve()
    if not resolved.is_relative_to(top):
        return folder, PurePosixPath()
    way = resolved.relative_to(top)
    if not all(map(is_plain, way.parts)):
        return folder, PurePosixPath()
    return root, PurePosixPath(way.as_posix())
