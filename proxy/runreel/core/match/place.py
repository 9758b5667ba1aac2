"""One place where two requests differ, with both values."""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import NamedTuple, TypeAlias

from runreel.core.match.canonical_json import CanonicalJson

_PLAIN_NAME = re.compile(r"[^\W\d][\w-]*")
_QUOTABLE = re.compile(r"[^'\\\x00-\x1f\x7f]*")


class Absent(Enum):
    """A missing value, which is different from null; the enum's values are shown to users."""

    ENTRY = "nothing"
    """There is no such member, element, parameter, field or header."""
    VALUE = "no value"
    """A query parameter or form field without ``=``."""


ComparedValue: TypeAlias = CanonicalJson | Absent
JsonKeys: TypeAlias = tuple[str | int, ...]
"""Member names and array positions from the root of a JSON value to one place in it."""


class Mismatch(NamedTuple):
    """One place where two requests differ, with both values."""

    name: str
    """``method``, ``path``, ``query.after``, ``form.purpose``, ``headers.openai-beta``, ``body``
    for the whole body, or ``$`` for a place in a JSON body."""
    keys: JsonKeys
    """The place in the JSON body; empty for everything else."""
    recorded: ComparedValue
    sent: ComparedValue
    within: str = ""
    """The name of the innermost named array element (a tool) that contains the place."""
    reordered: bool = False
    """True if both values are arrays with the same elements in a different order."""

    @property
    def path(self) -> str:
        """The place in the notation of ``[match] ignore``: ``$.messages[0].id``."""
        return self.name + "".join(map(_format_key, self.keys))


def _format_key(key: str | int) -> str:
    """Format one key as JSON path does (RFC 9535): ``.a``, ``[0]``, ``['a b']``."""
    if isinstance(key, int):
        return f"[{key}]"
    if _PLAIN_NAME.fullmatch(key):
        return f".{key}"
    return f"['{key}']" if _QUOTABLE.fullmatch(key) else f"[{json.dumps(key)}]"
