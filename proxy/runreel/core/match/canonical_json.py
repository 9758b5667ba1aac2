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

Tree: TypeAlias = Union[str, bool, "list[Tree]", "dict[str, Tree]", None]
"""A JSON value. No object has the name ``""``: ``{"": "1.5"}`` is a number,
``{"": [[name, value]]}`` an object that repeats a name or has the empty one, and ``{"": null}`` an
element that does not count."""

IGNORED: Tree = {"": None}
"""What stands in an array where an element does not count."""

_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
_NUMBER_IN_TEXT = re.compile(r'\{"":"([^"]*)"\}')
_IGNORED_IN_TEXT = '{"":null}'
_WRITTEN_OUT = 20
"""Zeros up to which a number is written without an exponent."""


_DEEPEST = 500
"""Levels of nesting that are read. Python's parser takes about twice as many, less what stands on
its stack: of the same body it would read one today and not the other."""


def parsed(body: bytes) -> Tree:
    """The JSON value; raises ValueError if it is none, or nested too deep to be read always."""
    tree = _parsed(body)
    if body.count(b"[") + body.count(b"{") > _DEEPEST and _levels(tree) > _DEEPEST:
        raise ValueError("nested too deep")
    return tree


def _parsed(body: bytes) -> Tree:
    try:
        tree: Tree = json.loads(
            body,
            object_pairs_hook=as_object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_constant,
        )
    except RecursionError:
        raise ValueError("nested too deep") from None
    return tree


def _levels(tree: Tree) -> int:
    """How many arrays and objects stand in one another; a few more where names are repeated."""
    levels, level = 0, [tree]
    while level := [node for node in level if isinstance(node, list | dict)]:
        levels += 1
        level = [item for node in level for item in _items(node)]
    return levels


def _items(node: list[Tree] | dict[str, Tree]) -> Iterable[Tree]:
    return node.values() if isinstance(node, dict) else node


def canonical(tree: Tree) -> bytes:
    """The one spelling of a tree, in which all numbers of placeholders are 0.

    Raises ValueError if it is nested too deep to be written.
    """
    try:
        text = json.dumps(tree, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        raise ValueError("nested too deep") from None
    return unnumbered(text.encode())


def readable(tree: Tree) -> str:
    """The tree as people write it; raises RecursionError if it is nested too deep for that."""
    if tree == IGNORED:
        return "…"
    if isinstance(tree, list):
        return f"[{','.join(map(readable, tree))}]"
    if isinstance(tree, dict):
        return number_of(tree) or f"{{{','.join(map(_member, pairs_of(tree)))}}}"
    return json.dumps(tree, ensure_ascii=False)


def _member(pair: tuple[str, Tree]) -> str:
    name, value = pair
    return f"{json.dumps(name, ensure_ascii=False)}:{readable(value)}"


def with_numbers(text: str) -> str:
    """The text of a tree with its numbers as people write them, and ``…`` for what is ignored.

    No string can be taken for one, since the quotes in it are escaped.
    """
    return _NUMBER_IN_TEXT.sub(r"\1", text).replace(_IGNORED_IN_TEXT, "…")


def number_of(tree: object) -> str:
    """A number as it is written; empty if the tree is none."""
    value = tree.get("") if isinstance(tree, dict) else None
    return value if isinstance(value, str) else ""


def unnumbered(text: bytes) -> bytes:
    """The text with 0 for the number of each placeholder: it depends on what else a session saw."""
    return PLACEHOLDER.sub(rb"\1-0", text) if b"REDACTED-" in text else text


def as_object(pairs: Sequence[tuple[str, Tree]]) -> dict[str, Tree]:
    """The object that has these members."""
    members = dict(pairs)
    if len(members) == len(pairs) and "" not in members:
        return members
    in_order: list[Tree] = [
        [name, value] for name, value in sorted(pairs, key=lambda pair: pair[0])
    ]
    return {"": in_order}


def pairs_of(tree: dict[str, Tree]) -> list[tuple[str, Tree]]:
    """The members of an object, as ``as_object`` takes them; none if it stands for a number."""
    if "" not in tree:
        return list(tree.items())
    inner = tree[""]
    pairs = cast("list[list[Tree]]", inner) if isinstance(inner, list) else []
    return [(cast("str", name), value) for name, value in pairs]


def _number(text: str) -> Tree:
    match = _NUMBER.fullmatch(text)
    assert match is not None, "the parser hands over numbers only"  # noqa: S101
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return {"": "0"}
    power = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return {"": sign + _written(significant, power)}


def _written(digits: str, power: int) -> str:
    """The digits times ten to the power, in the one spelling that such a number has."""
    if 0 <= power <= _WRITTEN_OUT:
        return digits + "0" * power
    if -_WRITTEN_OUT <= power < 0:
        padded = digits.rjust(1 - power, "0")
        return f"{padded[:power]}.{padded[power:]}"
    return f"{digits}e{power}"


def _constant(text: str) -> Tree:
    raise ValueError(f"{text} is no JSON value")
