"""Recognise values that are new in each request: UUIDs, dates, timestamps, counters and the like.

A difference in such a value is usually unintended, so a miss suggests to ignore its place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

_MAX_CHARS = 32_768
"""Characters of a text that are examined."""

_ALONE = r"(?<![0-9A-Za-z])(?:{})(?![0-9A-Za-z])"
_MARK = "\0"

_KINDS: Final[Mapping[str, str]] = {
    "a UUID": r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "a date or a time": (
        r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
        r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
        r"|(?:[A-Z][a-z]{2}, )?\d\d? [A-Z][a-z]{2} \d{4}(?: \d\d:\d\d:\d\d GMT)?"
        r"|(?:[A-Z][a-z]+day, )?[A-Z][a-z]{2,8} \d\d?, \d{4}"
        r"|\d\d:\d\d:\d\d(?:\.\d{1,9})?"
    ),
    "a Unix timestamp": r"1\d{9}(?:\.\d{1,9})?|1\d{12}|1\d{15}|1\d{18}",
    "the path of a temporary file": (
        r"(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm|run/user)/[^\s\"'<>]{1,4096}"
        r"|[A-Za-z]:\\[^\s\"'<>]{0,4096}\\Te?mp\\[^\s\"'<>]{1,4096}"
    ),
    "a port": r"(?<=:)[1-9]\d{1,4}",
    "a random value": (
        r"(?=[0-9a-fA-F]{0,63}\d)(?=[0-9a-fA-F]{0,63}[a-fA-F])[0-9a-fA-F]{16,512}"
        r"|(?=[A-Za-z+/_-]{0,63}\d)(?=[^A-Z\s]{0,63}[A-Z])(?=[^a-z\s]{0,63}[a-z])"
        r"[0-9A-Za-z+/_-]{16,512}={0,2}"
        r"|(?=[0-9A-Z]{0,25}\d)[0-9A-HJKMNP-TV-Z]{26}"
        r"|[a-z]{2,12}_(?=[a-z]{0,63}\d)(?=\d{0,63}[a-z])[0-9a-z]{10,64}"
    ),
}
_PATTERNS: Final = {kind: re.compile(_ALONE.format(text)) for kind, text in _KINDS.items()}

_API_ID: Final = re.compile(r"(?:asst|thread|run|step|msg|call|file|vs|batch|resp)[_-]\w+")
"""Ids that the API assigns. A different id means a different object, not a volatile value."""

_CHOSEN_NAMES: Final = {
    "model",
    "engine",
    "deployment",
    "type",
    "version",
    "api-version",
    "api_version",
}
"""Names of values that are chosen, even if they look like a date or a counter."""

_DIGITS: Final = re.compile(r"\d{1,20}")
_COUNTER_NAME: Final = re.compile(
    r"(?:^|_)(?:n|no|number|seq|sequence|count|counter|index|attempt|attempts|nonce|seed)$"
)


class VolatileKind(NamedTuple):
    """The kind of a value that is new in each request."""

    name: str
    """The name with its article: ``a UUID``."""
    is_within_text: bool = False
    """True if the value is only a part of the text at this place."""

    def __str__(self) -> str:
        return f"{self.name} within a text" if self.is_within_text else self.name


def find_volatile_kind(name: str, recorded: str, sent: str) -> VolatileKind | None:
    """Return the kind of volatile value in which two texts of this name differ.

    Return None if they differ in anything else.
    """
    old, new = recorded[:_MAX_CHARS], sent[:_MAX_CHARS]
    if name in _CHOSEN_NAMES or _API_ID.fullmatch(old) or _API_ID.fullmatch(new) or old == new:
        return None
    for kind, pattern in _PATTERNS.items():
        if pattern.sub(_MARK, old) == pattern.sub(_MARK, new):
            return VolatileKind(kind, is_within_text=pattern.fullmatch(old) is None)
    return VolatileKind("a counter") if _is_counter(old, new) else None


def find_volatile_number_kind(name: str, recorded: str, sent: str) -> VolatileKind | None:
    """Return the kind of two JSON numbers: a timestamp, or a counter if the name suggests one."""
    is_stamp = _PATTERNS["a Unix timestamp"].fullmatch
    if is_stamp(recorded) and is_stamp(sent):
        return VolatileKind("a Unix timestamp")
    are_integers = recorded.isdigit() and sent.isdigit()
    is_counter = are_integers and _COUNTER_NAME.search(name) is not None
    return VolatileKind("a counter") if is_counter else None


def _is_counter(old: str, new: str) -> bool:
    """Return whether two names, such as ``user-17`` and ``user-18``, differ in a number only."""
    is_name = re.fullmatch(r"[\w.:/@+-]{0,200}[A-Za-z][\w.:/@+-]{0,200}", old) is not None
    return is_name and _DIGITS.sub(_MARK, old) == _DIGITS.sub(_MARK, new)
