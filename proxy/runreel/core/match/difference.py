"""What tells two requests apart, by path.

Both are read as their fingerprints are, so what does not count for a match is no difference either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import Enum
from itertools import zip_longest
from typing import NamedTuple

from runreel.core.match.reading import Pairs, Reading, reading
from runreel.core.match.trees import Tree, readable, with_numbers
from runreel.model import Request

_ABSENT = "nothing"
_LONGEST = 60


class _Absent(Enum):
    """No value at all, which is not null."""

    HERE = "here"


class Difference(NamedTuple):
    """One place where two requests differ, and what stands there, as short text."""

    path: str
    """``method``, ``path``, ``query.after``, ``body.tools[0].type``, or ``body`` as a whole."""
    recorded: str
    """``nothing`` where this side has no such place."""
    sent: str


def differences(recorded: Request, sent: Request) -> tuple[Difference, ...]:
    """Every place where two redacted requests differ; none if they are the same call."""
    return tuple(between(reading(recorded), reading(sent)))


def between(recorded: Reading, sent: Reading) -> Iterator[Difference]:
    """Every place where what counts of two requests differs."""
    if recorded.method != sent.method:
        yield Difference("method", recorded.method, sent.method)
    if recorded.path != sent.path:
        yield Difference("path", _short(_text(recorded.path)), _short(_text(sent.path)))
    one, other = _by_name(recorded.query), _by_name(sent.query)
    for name in dict.fromkeys((*one, *other)):
        if one.get(name) != other.get(name):
            texts = (_short(side.get(name, _ABSENT)) for side in (one, other))
            yield Difference(f"query.{name}", *texts)
    if recorded[-2:] != sent[-2:]:
        yield from _in_bodies(recorded, sent)


def _in_bodies(recorded: Reading, sent: Reading) -> list[Difference]:
    whole = [Difference("body", _body_text(recorded), _body_text(sent))]
    if not recorded.kind == sent.kind == b"json":
        return whole
    try:
        return list(_in_trees(json.loads(recorded.body), json.loads(sent.body)))
    except RecursionError:  # it was parsed once, but from less far down the stack
        return whole


def _in_trees(recorded: Tree, sent: Tree) -> Iterator[Difference]:
    """Walks both with a stack of its own: bodies nest deeper than Python calls."""
    places: list[tuple[str, Tree | _Absent, Tree | _Absent]] = [("body", recorded, sent)]
    while places:
        path, one, other = places.pop()
        if one == other:
            continue
        inner = _inner(path, one, other)
        if inner is None:
            yield Difference(path, _tree_text(one), _tree_text(other))
        else:
            places += reversed(inner)


def _inner(
    path: str, one: Tree | _Absent, other: Tree | _Absent
) -> list[tuple[str, Tree | _Absent, Tree | _Absent]] | None:
    """The places within two objects or two arrays; None where there are no two such."""
    if isinstance(one, dict) and isinstance(other, dict) and "" not in one and "" not in other:
        names = dict.fromkeys((*one, *other))
        return [
            (f"{path}.{name}", one.get(name, _Absent.HERE), other.get(name, _Absent.HERE))
            for name in names
        ]
    if isinstance(one, list) and isinstance(other, list):
        pairs = zip_longest(one, other, fillvalue=_Absent.HERE)
        return [(f"{path}[{place}]", *pair) for place, pair in enumerate(pairs)]
    return None


def _by_name(query: Pairs) -> dict[str, str]:
    """The values of each name, as text."""
    values: dict[str, list[str]] = {}
    for name, value in query:
        shown = "no value" if value is None else json.dumps(_text(value), ensure_ascii=False)
        values.setdefault(_text(name), []).append(shown)
    return {name: " & ".join(texts) for name, texts in values.items()}


def _tree_text(tree: Tree | _Absent) -> str:
    return _ABSENT if tree is _Absent.HERE else _short(readable(tree))


def _body_text(request: Reading) -> str:
    if request.kind == b"omitted":
        return _omitted_text(_text(request.body))
    if request.kind in (b"form", b"multipart"):
        return f"another {_text(request.kind)} body"
    text = _text(request.body)
    return _short(with_numbers(text) if request.kind == b"json" else text) or _ABSENT


def _omitted_text(digest: str) -> str:
    length, colon, sha256 = digest.partition(":")
    if not digest:
        return "a body that was not kept"
    hashed = f", SHA-256 {sha256[:8]}…" if colon else ""
    return f"a body that was not kept ({length} bytes{hashed})"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "backslashreplace")


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
