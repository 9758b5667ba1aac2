"""JSON values in one spelling: equal values, however they were written, give equal trees.

Numbers compare by value and exactly, strings by their characters, objects by their members in any
order (RFC 8259). Unlike RFC 8785 this neither rounds numbers nor refuses large ones, and an object
that repeats a name keeps all of its members, so that two different bodies never become one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias, Union, cast

from runreel.core.redact import PLACEHOLDER

CanonicalJson: TypeAlias = Union[str, bool, "list[CanonicalJson]", "dict[str, CanonicalJson]", None]
"""A JSON value. No object has the name ``""``: ``{"": "1.5"}`` is a number,
``{"": [[name, value]]}`` an object that repeats a name or has the empty one, and ``{"": null}`` an
element that does not count."""

IGNORED: CanonicalJson = {"": None}
"""What stands in an array where an element does not count."""

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_NUMBER_IN_TEXT = re.compile(r'\{"":"([^"]*)"\}')
_IGNORED_IN_TEXT = '{"":null}'
_MAX_ZEROS = 20
"""Zeros up to which a number is written without an exponent."""


_MAX_DEPTH = 500
"""Levels of nesting that are read. Python's parser takes about twice as many, less what stands on
its stack: of the same body it would read one today and not the other."""


def parse_canonical(body: bytes) -> CanonicalJson:
    """The JSON value; raises ValueError if it is none, or nested too deep to be read always."""
    tree = _parse(body)
    if body.count(b"[") + body.count(b"{") > _MAX_DEPTH and _measure_depth(tree) > _MAX_DEPTH:
        raise ValueError("nested too deep")
    return tree


def _parse(body: bytes) -> CanonicalJson:
    try:
        tree: CanonicalJson = json.loads(
            body,
            object_pairs_hook=build_object,
            parse_int=_parse_number,
            parse_float=_parse_number,
            parse_constant=_reject_constant,
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    return tree


def _measure_depth(tree: CanonicalJson) -> int:
    """How many arrays and objects stand in one another; a few more where names are repeated."""
    levels, level = 0, [tree]
    while level := [node for node in level if isinstance(node, list | dict)]:
        levels += 1
        level = [item for node in level for item in _iter_items(node)]
    return levels


def _iter_items(node: list[CanonicalJson] | dict[str, CanonicalJson]) -> Iterable[CanonicalJson]:
    return node.values() if isinstance(node, dict) else node


def encode_canonical(tree: CanonicalJson) -> bytes:
    """The one spelling of a tree, in which all numbers of placeholders are 0.

    Raises ValueError if it is nested too deep to be written.
    """
    try:
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return zero_placeholder_numbers(text.encode())


def format_readable(tree: CanonicalJson) -> str:
    """The tree as people write it; raises RecursionError if it is nested too deep for that."""
    if tree == IGNORED:
        return "…"
    if isinstance(tree, list):
        return f"[{','.join(map(format_readable, tree))}]"
    if isinstance(tree, dict):
        return get_number(tree) or f"{{{','.join(map(_format_member, get_members(tree)))}}}"
    return json.dumps(tree, ensure_ascii=False)


def _format_member(pair: tuple[str, CanonicalJson]) -> str:
    name, value = pair
    return f"{json.dumps(name, ensure_ascii=False)}:{format_readable(value)}"


def unwrap_numbers(text: str) -> str:
    """The text of a tree with its numbers as people write them, and ``…`` for what is ignored.

    No string can be taken for one, since the quotes in it are escaped.
    """
    return _NUMBER_IN_TEXT.sub(r"\1", text).replace(_IGNORED_IN_TEXT, "…")


def get_number(tree: object) -> str:
    """A number as it is written; empty if the tree is none."""
    value = tree.get("") if isinstance(tree, dict) else None
    return value if isinstance(value, str) else ""


def zero_placeholder_numbers(text: bytes) -> bytes:
    """The text with 0 for the number of each placeholder: it depends on what else a session saw."""
    return PLACEHOLDER.sub(rb"\1-0", text) if b"REDACTED-" in text else text


def build_object(pairs: Sequence[tuple[str, CanonicalJson]]) -> dict[str, CanonicalJson]:
    """The object that has these members."""
    members = dict(pairs)
    if len(members) == len(pairs) and "" not in members:
        return members
    in_order: list[CanonicalJson] = [
        [name, value] for name, value in sorted(pairs, key=lambda pair: pair[0])
    ]
    return {"": in_order}


def get_members(tree: dict[str, CanonicalJson]) -> list[tuple[str, CanonicalJson]]:
    """The members of an object, as ``as_object`` takes them; none if it stands for a number."""
    if "" not in tree:
        return list(tree.items())
    inner = tree[""]
    pairs = cast("list[list[CanonicalJson]]", inner) if isinstance(inner, list) else []
    return [(cast("str", name), value) for name, value in pairs]


def _parse_number(text: str) -> CanonicalJson:
    match = _NUMBER.fullmatch(text)
    assert match is not None, "the parser hands over numbers only"  # noqa: S101
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return {"": "0"}
    power = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return {"": sign + _format_number(significant, power)}


def _format_number(digits: str, power: int) -> str:
    """The digits times ten to the power, in the one spelling that such a number has."""
    if 0 <= power <= _MAX_ZEROS:
        return digits + "0" * power
    if -_MAX_ZEROS <= power < 0:
        padded = digits.rjust(1 - power, "0")
        return f"{padded[:power]}.{padded[power:]}"
    return f"{digits}e{power}"


def _reject_constant(text: str) -> CanonicalJson:
    raise ValueError(f"{text} is no JSON value")
