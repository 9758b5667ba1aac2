"""Names and values side by side in JSON: ``{"name": "DB_PASSWORD", "value": "…"}``.

Docker, Kubernetes and Postman write variables so, HAR files write headers and cookies so, and
others write rows: ``[["Authorization", "Bearer …"]]``. As in ``bodies`` nothing is parsed, since
the JSON may be truncated.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from itertools import islice, takewhile
from typing import NamedTuple, TypeAlias

from runreel.core.regex.lazy_pattern import compile_later

_STRING = rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)'
"""A string, which may be cut off."""
_NAME = compile_later(
    rb'"(?=[NnKkIiFfLlHhPpVvEe])'  # tells most strings apart at once
    rb"(?:[Nn]ame|[Kk]ey|[Kk]|[Ii]d|[Ff]ield|[Ll]abel|[Hh]eader|[Pp]roperty|[Pp]arameter"
    rb'|[Vv]ariable|[Ee]nv)"\s*+:\s*+"([^"\\]{1,240}+)"'
)
_VALUE_START = re.compile(rb'"(?:(?:string_?|plain_?)?[Vv]alue|[Vv]al|[Vv])"\s*+:')
_VALUE_NAME = compile_later(rb"(?:(?:string_?|plain_?)?[Vv]alue|[Vv]al|[Vv])")

_MEMBER = compile_later(
    rb'\s*+,?\s*+"([^"\\]{1,240}+)"\s*+:\s*+'
    rb'(?:(\{\s*+"string_?[Vv]alue"\s*+:\s*+)?(%b)(?(2)\s*+\})|([^\s",\[\]{}]++))' % _STRING,
    re.DOTALL,
)
"""A member with a scalar, or with OpenTelemetry's object around a string."""

_MAX_MEMBERS = 16

_ROWS = re.compile(rb"\[\s*+\[")
_ROW = compile_later(
    rb'(?:\[|\]\s*+,)\s*+\[\s*+"([^"\\]{1,240}+)"\s*+,\s*+(%b)(?=\s*+\])' % _STRING
)
_COOKIES = compile_later(rb'"[Cc]ookies"\s*+:\s*+(?:\[\s*+)?\{')
_NEXT_OBJECT = compile_later(rb"\s*+\}\s*+,\s*+\{")
_COOKIE = b"cookie"

IsWanted: TypeAlias = Callable[[bytes], bool]
"""A predicate for names."""


class NamedValue(NamedTuple):
    """A value and the name beside it."""

    name: bytes
    start: int
    """The offset of the value: of a string's first character, or of a number."""
    is_string: bool = True
    is_in_row: bool = False


def may_have_pairs(data: bytes, is_wanted: IsWanted) -> bool:
    """Return False if there is no wanted name beside any value, no row, and no cookie."""
    return (
        any(map(is_wanted, set(_NAME.findall(data))))
        or _ROWS.search(data) is not None
        or (b'ookies"' in data and _COOKIES.search(data) is not None)
    )


def iter_pairs(data: bytes, is_wanted: IsWanted) -> Iterator[NamedValue]:
    """Yield the values whose names are wanted, and all values of cookies."""
    values = [match.start() for match in _VALUE_START.finditer(data)]
    for match in _NAME.finditer(data) if values else ():
        if is_wanted(match[1]):
            yield from _iter_values(data, match, values)
    for match in _COOKIES.finditer(data) if b'ookies"' in data else ():
        yield from _iter_cookies(data, match.end(), is_list=b"[" in match[0])


def iter_rows(data: bytes, is_wanted: IsWanted) -> Iterator[NamedValue]:
    """Yield the second strings of rows of two whose first strings are wanted names."""
    for match in _ROW.finditer(data) if _ROWS.search(data) else ():
        if is_wanted(match[1]):
            yield NamedValue(match[1], match.start(2) + 1, is_in_row=True)


def _iter_values(data: bytes, name: re.Match[bytes], values: Sequence[int]) -> Iterator[NamedValue]:
    """Yield the value of the object that has this name, whichever comes first.

    ``values``: the offsets of all members that may be one.
    """
    index = bisect_left(values, name.start())
    for start in values[max(index - 1, 0) : index]:
        before = list(
            takewhile(lambda member: member.end() <= name.start(), _iter_members(data, start))
        )
        if before and data[before[-1].end() : name.start()].strip() == b",":
            yield _build_value(name[1], data, before[0])
    for member in _iter_members(data, name.end()):
        if _VALUE_NAME.fullmatch(member[1]):
            yield _build_value(name[1], data, member)
            return


def _iter_cookies(data: bytes, start: int, *, is_list: bool) -> Iterator[NamedValue]:
    """Yield the values of cookies: of an object of them, or of a list of pairs."""
    object_start: int | None = start
    while object_start is not None:
        end = object_start
        for member in _iter_members(data, object_start):
            end = member.end()
            if member[3] and (not is_list or _VALUE_NAME.fullmatch(member[1])):
                yield NamedValue(_COOKIE, member.start(3) + 1)
        following = _NEXT_OBJECT.match(data, end) if is_list else None
        object_start = None if following is None else following.end()


def _iter_members(data: bytes, start: int) -> Iterator[re.Match[bytes]]:
    """Yield the members of an object from an offset on, as long as they are scalars."""

    def iter_all() -> Iterator[re.Match[bytes]]:
        position = start
        while (member := _MEMBER.match(data, position)) is not None:
            yield member
            position = member.end()

    return islice(iter_all(), _MAX_MEMBERS)


def _build_value(name: bytes, data: bytes, member: re.Match[bytes]) -> NamedValue:
    start = max(member.start(3), member.start(4))
    is_string = data[start : start + 1] == b'"'
    return NamedValue(name, start + is_string, is_string)
