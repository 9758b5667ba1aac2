"""Canonical JSON: one form for all spellings of a value, so that equal values compare equal.

Numbers compare by their exact value, strings by their characters, objects by their members in any
order (RFC 8259). Unlike RFC 8785, this neither rounds numbers nor rejects large ones, and an object
with duplicate names keeps all of its members, so that two different bodies never become equal.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from itertools import accumulate
from typing import TypeAlias, Union, cast

from runreel.core.placeholder import zero_numbers
from runreel.core.regex.lazy_pattern import compile_later

CanonicalJson: TypeAlias = Union[str, bool, "list[CanonicalJson]", "dict[str, CanonicalJson]", None]
"""A JSON value. Since no object has the member name ``""``, objects with that name encode what
Python's own types cannot: ``{"": "1.5"}`` is a number, ``{"": [[name, value], …]}`` an object with
duplicate names or with an empty name, ``{"": null}`` an ignored array element. Equal numbers may be
one object, in several values, so it must not be modified."""

IGNORED: CanonicalJson = {"": None}
"""Takes the place of an ignored array element, so that the later elements keep their positions."""

_NUMBER = compile_later(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_USUAL_NUMBER = re.compile(r"0|-?[1-9][0-9]{0,19}|-?(?:0|[1-9][0-9]{0,19})\.[0-9]{0,19}[1-9]")
"""A number that is written as ``_format_number`` does it."""
_NUMBER_IN_TEXT = compile_later(r'\{"":"([^"]*)"\}')
_IGNORED_IN_TEXT = '{"":null}'
_SURROGATES = "surrogatepass"
_STRING = compile_later(r'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_DEPTH_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")
"""Each bracket as the signed byte by which it changes the depth."""
_NO_BRACKETS = bytes({*range(256)} - {*b"[]{}"})
_MAX_SHARED = 32
"""Characters of a number up to which equal ones are shared."""
_MAX_NUMBERS = 4096
"""Numbers that are shared at a time."""
_MAX_ZEROS = 20
"""Zeros up to which a number is written without an exponent."""


_MAX_DEPTH = 500
"""Levels of nesting that are accepted. Python's parser accepts about twice as many, less the
current depth of the call stack: without a limit of our own, the same body could parse on one call
stack and fail on another."""
_SAFE_DEPTH = _MAX_DEPTH // 3 - 1
"""Levels of a body up to which its canonical value has not too many: a number becomes an object,
and an object that repeats a name becomes an object, an array, and an array for each member."""


def parse_canonical(body: bytes) -> CanonicalJson:
    """Parse a JSON text; raise ValueError if it is invalid or nested deeper than 500 levels."""
    text = body.decode(json.detect_encoding(body), _SURROGATES)
    may_be_deep = text.count("[") + text.count("{") > _SAFE_DEPTH
    try:
        depth = _measure_depth(text) if may_be_deep else 0
        value: CanonicalJson = _DECODER.decode(text)
        if depth > _SAFE_DEPTH:
            _measure_depth(json.dumps(value))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return value


def _measure_depth(text: str) -> int:
    """Return how deep arrays and objects are nested in a JSON text.

    Raise ValueError if that is too deep.
    """
    outline = _STRING.sub("", text).encode("utf-8", _SURROGATES)
    steps = outline.translate(_DEPTH_STEPS, _NO_BRACKETS)
    depth = max(accumulate(memoryview(steps).cast("b")), default=0)
    if depth > _MAX_DEPTH:
        raise ValueError("nested too deep")
    return depth


def encode_canonical(value: CanonicalJson) -> bytes:
    """Encode a value so that equal values give equal bytes.

    The numbers of placeholders are set to 0. Raises ValueError if the value is nested too deep.
    """
    try:
        text = _ENCODER.encode(value)
    except RecursionError:
        raise ValueError("nested too deep") from None
    return zero_numbers(text.encode())


def format_readable(value: CanonicalJson) -> str:
    """Return the value as ordinary JSON; raise RecursionError if it is nested too deep."""
    if value == IGNORED:
        return "…"
    if isinstance(value, list):
        return f"[{','.join(map(format_readable, value))}]"
    if isinstance(value, dict):
        return get_number(value) or f"{{{','.join(map(_format_member, get_members(value)))}}}"
    return json.dumps(value, ensure_ascii=False)


def _format_member(member: tuple[str, CanonicalJson]) -> str:
    name, value = member
    return f"{json.dumps(name, ensure_ascii=False)}:{format_readable(value)}"


def unwrap_numbers(text: str) -> str:
    """Return encoded canonical JSON with plain numbers, and ``…`` for ignored elements.

    A string cannot be mistaken for a wrapped number, because its quotes are escaped.
    """
    return _NUMBER_IN_TEXT.sub(r"\1", text).replace(_IGNORED_IN_TEXT, "…")


def get_number(value: object) -> str:
    """Return the digits of a number; an empty string for any other value."""
    number = value.get("") if isinstance(value, dict) else None
    return number if isinstance(number, str) else ""


def build_object(members: Sequence[tuple[str, CanonicalJson]]) -> dict[str, CanonicalJson]:
    """Build the object with these members, which may repeat a name."""
    by_name = dict(members)
    if len(by_name) == len(members) and "" not in by_name:
        return by_name
    in_order: list[CanonicalJson] = [
        [name, value] for name, value in sorted(members, key=lambda member: member[0])
    ]
    return {"": in_order}


def get_members(value: dict[str, CanonicalJson]) -> list[tuple[str, CanonicalJson]]:
    """Return the members of an object, the inverse of ``build_object``; none for a number."""
    if "" not in value:
        return list(value.items())
    inner = value[""]
    members = cast("list[list[CanonicalJson]]", inner) if isinstance(inner, list) else []
    return [(cast("str", name), value) for name, value in members]


class _Numbers(dict[str, CanonicalJson]):
    """Numbers by their texts. A body may repeat a short one a million times, so it is shared."""

    def __missing__(self, text: str) -> CanonicalJson:
        number = _build_number(text)
        if len(text) <= _MAX_SHARED:
            if len(self) >= _MAX_NUMBERS:
                self.clear()
            self[text] = number
        return number


def _build_number(text: str) -> CanonicalJson:
    if _USUAL_NUMBER.fullmatch(text):
        return {"": text}
    match = _NUMBER.fullmatch(text)
    assert match is not None, "the JSON parser passes numbers only"  # noqa: S101
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return {"": "0"}
    power = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return {"": sign + _format_number(significant, power)}


def _format_number(digits: str, power: int) -> str:
    """Format ``digits`` times ten to the ``power``: ``15, -1`` gives ``1.5``."""
    if 0 <= power <= _MAX_ZEROS:
        return digits + "0" * power
    if -_MAX_ZEROS <= power < 0:
        padded = digits.rjust(1 - power, "0")
        return f"{padded[:power]}.{padded[power:]}"
    return f"{digits}e{power}"


def _reject_constant(text: str) -> CanonicalJson:
    """Raise ValueError for ``NaN`` and ``Infinity``, which Python's parser would accept."""
    raise ValueError(f"{text} is not a JSON value")


_get_number = _Numbers().__getitem__
# Made once: json.loads and json.dumps make a new one for each call with options.
_DECODER = json.JSONDecoder(
    object_pairs_hook=build_object,
    parse_int=_get_number,
    parse_float=_get_number,
    parse_constant=_reject_constant,
)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
