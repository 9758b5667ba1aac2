"""One place in which two requests differ."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import NamedTuple, TypeAlias

from runreel.core.match.canonical_json import CanonicalJson

_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")
_QUOTABLE = re.compile(r"[^'\\\x00-\x1f\x7f]*")


class Absent(Enum):
    """No value, which is not null."""

    ENTRY = "nothing"
    """There is no such place."""
    VALUE = "no value"
    """A name without ``=``."""


ComparedValue: TypeAlias = CanonicalJson | Absent
JsonKeys: TypeAlias = tuple[str | int, ...]


class Mismatch(NamedTuple):
    """One place where two requests differ, and what stands there."""

    name: str
    """``method``, ``path``, ``query.after``, ``form.purpose``, ``headers.openai-beta``, ``body`` as
    a whole, or ``$``: in the JSON body."""
    keys: JsonKeys
    """The way down the JSON body."""
    recorded: ComparedValue
    sent: ComparedValue
    within: str = ""
    """The name of the innermost element of an array around it that has one: of a tool."""
    reordered: bool = False
    """Whether they are two arrays of the same elements."""

    @property
    def path(self) -> str:
        """The place as ``[match] ignore`` takes it, where it can be ignored."""
        return self.name + "".join(map(_format_key, self.keys))


def _format_key(key: str | int) -> str:
    if isinstance(key, int):
        return f"[{key}]"
    if _PLAIN_NAME.fullmatch(key):
        return f".{key}"
    return f"['{key}']" if _QUOTABLE.fullmatch(key) else f"[{json.dumps(key)}]"
