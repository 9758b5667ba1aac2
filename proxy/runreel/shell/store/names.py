"""From what a person or a request calls a cassette to the file that it is."""

from __future__ import annotations

import re
from pathlib import Path

from runreel.errors import UsageError

SUFFIX = ".cassette"

_SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,100}")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)


def resolve_argument(name_or_path: str, folder: Path) -> Path:
    """The file meant on a command line: a path, or a name in the cassette folder.

    What has a path separator or ends in ``.cassette`` is a path. Raises ``UsageError``.
    """
    if "\0" in name_or_path:
        raise UsageError("a cassette's path cannot hold a NUL character")
    if "/" in name_or_path or name_or_path.endswith(SUFFIX):
        return Path(name_or_path)
    return resolve_name(name_or_path, folder)


def parse_folder_argument(text: str) -> Path | None:
    """The folder meant on a command line, where a cassette could be; None: it is no folder.

    What ends in a slash is one, even if it is not there yet; a plain name is always a cassette's.
    """
    if "\0" in text:
        return None
    is_folder = text.endswith("/") or ("/" in text and Path(text).is_dir())
    return Path(text) if is_folder else None


def resolve_name(name: str, folder: Path) -> Path:
    """The file of this name in the cassette folder, for names from anywhere, even from a request.

    A name has one or more segments between slashes. Raises ``UsageError`` for a name that is not
    plain on every system, or that a symbolic link leads out of the folder.
    """
    segments = name.removesuffix(SUFFIX).split("/")
    for segment in segments:
        _check_segment(segment, name)
    path = folder.joinpath(*segments[:-1], segments[-1] + SUFFIX)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UsageError(
            f"cassette {name!a} lies outside of the folder {folder}, by a symbolic link"
        )
    return path


def parse_session_name(text: str) -> str:
    """The name of a session, which is that of its cassette without folder and suffix.

    Raises ``UsageError`` for a name that is not plain on every system.
    """
    name = text.removesuffix(SUFFIX)
    _check_segment(name, text)
    return name


def _check_segment(segment: str, name: str) -> None:
    plain = _SEGMENT.fullmatch(segment) and not segment.endswith(".") and ".." not in segment
    if not plain:
        raise UsageError(
            f"{name[:200]!a} is no name for a cassette: use letters, digits, '.', '_' and '-', "
            "at most 101 in each part, a letter or digit first, no '..' and no '.' last"
        )
    if _RESERVED.fullmatch(segment):
        raise UsageError(
            f"{name!a} is no name for a cassette: {segment} is a device on some systems"
        )
