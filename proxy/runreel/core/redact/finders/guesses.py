"""The beginning and the end of a guessed value, by the notation around it: JSON, or a URL.

A rule of prose takes whatever follows a label for the value. In ``"password": [null]`` that is JSON
itself, and in ``/x;access_token=S?case=1`` the query of the URL is no part of the token.
"""

from __future__ import annotations

import re

from runreel.core.redact.rules.labels import SIGN
from runreel.core.regex.lazy_pattern import compile_later

_AFTER_NAME = compile_later(rb'\\*+"\s*+:(?:\s|[\[{])*+\Z')
"""The name of a JSON member, and brackets."""
_BRACKETS = compile_later(rb"[\[{\s]++")
_LITERALS = compile_later(rb"(?:true|false|null)?[\]},\s]*+")
"""The literals and punctuation that JSON has outside of strings and numbers."""
_LOOK_BEHIND = 16

_SIGN = compile_later(SIGN)
_LAST_NAME = compile_later(SIGN + rb"[A-Za-z][A-Za-z_.-]*\Z")
"""A sign, and after it the name of another value; what has digits is rather a part of this one."""

_PATH_PARAMETER = compile_later(
    rb"(?:https?:/|(?:\A|[\s\"'`(<=]))/[^\s\"'`<>?#\\]*;[^\s\"'`<>?#\\;=/]+=\Z", re.IGNORECASE
)
"""The path of a URL up to the name of a parameter (RFC 3986, section 3.3). The connection strings
of JDBC have another scheme; in their values a question mark is no separator."""
_MAX_PATH = 1024


def trim_guess(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the range of a guessed value in its notation; it is empty if nothing is left."""
    if _AFTER_NAME.search(data, max(start - _LOOK_BEHIND, 0), start):
        brackets = _BRACKETS.match(data, start, end)
        start = start if brackets is None else brackets.end()
        return (start, start) if _LITERALS.fullmatch(data, start, end) else (start, end)
    query = data.find(b"?", start, end)
    if query > start and _PATH_PARAMETER.search(data, max(start - _MAX_PATH, 0), start):
        return start, query
    return start, end


def cut_off_name(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return the range of a value with signs in it without the name of the next value.

    It is empty if no sign is left: another rule finds the rest.
    """
    name = _LAST_NAME.search(data, start, end) if data[end : end + 1] in (b"=", b":") else None
    if name is None:
        return start, end
    return start, name.start() if _SIGN.search(data, start, name.start()) else start
