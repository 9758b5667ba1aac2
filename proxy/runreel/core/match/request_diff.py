"""The places in which two requests differ.

Both are read as their fingerprints are, so what does not count for a match is no difference either.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from runreel.core.match.canonical_json import with_numbers
from runreel.core.match.json_diff import places_in_trees
from runreel.core.match.normalize import Pairs, Reading
from runreel.core.match.place import Absent, Place, Side
from runreel.core.match.rules import FORM, QUERY

HEADERS = "headers."


def places(recorded: Reading, sent: Reading) -> Iterator[Place]:
    """Every place where what counts of two requests differs."""
    if recorded.method != sent.method:
        yield Place("method", (), recorded.method, sent.method)
    if recorded.path != sent.path:
        yield Place("path", (), text_of(recorded.path), text_of(sent.path))
    yield from _in_pairs(QUERY, recorded.query, sent.query)
    yield from _in_pairs(HEADERS, recorded.headers, sent.headers)
    if (recorded.kind, recorded.body) != (sent.kind, sent.body):
        yield from _in_bodies(recorded, sent)


def text_of(data: bytes) -> str:
    """The bytes as text, whatever they are."""
    return data.decode("utf-8", "backslashreplace")


def _in_bodies(recorded: Reading, sent: Reading) -> list[Place]:
    if recorded.kind == sent.kind == b"json":
        try:
            return list(places_in_trees(json.loads(recorded.body), json.loads(sent.body)))
        except RecursionError:  # it was parsed once, but from less far down the stack
            return [_whole(recorded, sent)]
    fields = list(_in_pairs(FORM, recorded.fields, sent.fields))
    return fields if recorded.kind == sent.kind and fields else [_whole(recorded, sent)]


def _whole(recorded: Reading, sent: Reading) -> Place:
    old, new = _body_text(recorded), _body_text(sent)
    return Place("body", (), old or Absent.HERE, new or Absent.HERE)


def _body_text(request: Reading) -> str:
    text = text_of(request.body)
    if request.kind == b"omitted":
        return _omitted_text(text)
    if request.kind in (b"form", b"multipart"):
        return f"another {text_of(request.kind)} body"
    return with_numbers(text) if request.kind == b"json" else text


def _omitted_text(digest: str) -> str:
    length, colon, sha256 = digest.partition(":")
    if not digest:
        return "a body that was not kept"
    hashed = f", SHA-256 {sha256[:8]}…" if colon else ""
    return f"a body that was not kept ({length} bytes{hashed})"


def _in_pairs(prefix: str, recorded: Pairs, sent: Pairs) -> Iterator[Place]:
    one, other = _by_name(recorded), _by_name(sent)
    for name in dict.fromkeys((*one, *other)):
        old, new = one.get(name, Absent.HERE), other.get(name, Absent.HERE)
        if old != new:
            yield Place(f"{prefix}{text_of(name)}", (), old, new)


def _by_name(pairs: Pairs) -> dict[bytes, Side]:
    """The value of each name; a list where it has several."""
    values: dict[bytes, list[Side]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(Absent.VALUE if value is None else text_of(value))
    return {name: _one_or_all(several) for name, several in values.items()}


def _one_or_all(values: list[Side]) -> Side:
    if len(values) == 1:
        return values[0]
    return [value.value if isinstance(value, Absent) else value for value in values]
