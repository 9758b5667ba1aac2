"""Names of cassettes and sessions, and the files that they stand for."""

from __future__ import annotations

import re
from pathlib import Path

from runreel.core.regex.lazy_pattern import compile_later
from runreel.errors import UsageError

SUFFIX = ".cassette"
DEFAULT_SESSION = "default"
"""Name of the session of requests that name no session."""


_SEGMENT = compile_later(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_RESERVED = compile_later(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def resolve_argument(name_or_path: str, folder: Path) -> Path:
    """Return the path of a cassette given on the command line, by name or by path.

    An argument that contains a slash or ends in ``.cassette`` is a path, any other is a name in the
    cassette folder. Raises ``UsageError``.
    """
    if "\0" in name_or_path:
        raise UsageError("a cassette's path cannot contain a NUL character")
    if "/" in name_or_path or name_or_path.endswith(SUFFIX):
        return Path(name_or_path)
    return resolve_name(name_or_path, folder)


def parse_folder_argument(text: str) -> Path | None:
    """Return the folder that a command-line argument names, or None if it names a cassette.

    An argument that ends in a slash is a folder, even if the folder does not exist. An argument
    without a slash is always a cassette.
    """
    if "\0" in text:
        return None
    is_folder = text.endswith("/") or ("/" in text and Path(text).is_dir())
    return Path(text) if is_folder else None


def resolve_name(name: str, folder: Path) -> Path:
    """Return the path of the cassette called ``name`` in ``folder``; safe for untrusted names.

    A name consists of one or more segments, separated by slashes. Raises ``UsageError`` if a
    segment is not a valid file name on every system, or a symbolic link leads out of the folder.
    """
    segments = name.removesuffix(SUFFIX).split("/")
    for segment in segments:
        _check_segment(segment, name)
    path = folder.joinpath(*segments[:-1], segments[-1] + SUFFIX)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"cassette {name!a} is outside the folder {folder}, because of a symbolic link"
        )
    return path


def parse_session_name(text: str) -> str:
    """Return the name of a session: ``text`` without the suffix ``.cassette``.

    The session's cassette gets the same name, so it must be a valid file name on every system.
    Raises ``UsageError`` if it is not.
    """
    name = text.removesuffix(SUFFIX)
    _check_segment(name, text)
    return name


def _check_segment(segment: str, name: str) -> None:
    is_valid = _SEGMENT.fullmatch(segment) and not segment.endswith(".") and ".." not in segment
    if not is_valid:
        raise UsageError(
            f"{name[:200]!a} is not a valid cassette name: use letters, digits, '.', '_' and '-' "
            "only, at most 101 characters between slashes, beginning with a letter or a digit; "
            "'..' and a '.' at the end are not allowed"
        )
    if _RESERVED.fullmatch(segment):
        raise UsageError(
            f"{name!a} is not a valid cassette name: {segment} is a device name on some systems"
        )
