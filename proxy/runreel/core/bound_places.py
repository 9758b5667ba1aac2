"""Places of requests with values that a client makes anew, and finds again in the answer.

``$.id`` is a JSON path into the body, ``query.NAME`` and ``form.NAME`` are parameters or parts of
an upload, ``filename.NAME`` is the name of an uploaded file, and ``headers.NAME`` (or
``header:NAME``) is a header. ``path:threads/{}`` is the segment after ``threads`` in the path. The
values at these places do not count when requests are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from runreel.core.jsonpath import JsonPath, PathSegment, encode_member_names, may_have_members
from runreel.core.regex.lazy_pattern import compile_later

QUERY, FORM, HEADER, PATH = "query.", "form.", "headers.", "path:"
FILE_NAME = "filename."
_HEADER_ALIAS = "header:"
_SEGMENT = compile_later(r"[^/{}]+|\{[^/{}]*\}")

UUID = compile_later(rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class BoundPlace(Struct, frozen=True):
    """A place of a request with a value that the client makes anew, and the answer repeats."""

    place: str
    """Written as in ``[match] bind``: ``$.id``, ``query.nonce``, ``path:threads/{}``."""
    requires: frozenset[str] = frozenset()
    """Members that a JSON body must have; without them, the value is an ordinary one."""
    is_uuid: bool = False
    """True if only UUIDs are made by the client; other values come from answers."""
    answer: str = ""
    """The JSON path at which answers repeat it; by default the same one."""


class BoundRule(Struct, frozen=True):
    """A parsed ``BoundPlace``."""

    place: BoundPlace
    path: tuple[PathSegment, ...] = ()
    """Segments of a JSON path."""
    name: bytes = b""
    """Name of a parameter or a part, or of a header in lower case."""
    segments: tuple[bytes, ...] = ()
    """Segments of a path; the one to bind is empty."""
    members: tuple[bytes, ...] = ()
    """Names of the members that a JSON body with the place must have, encoded."""

    def may_apply(self, body: bytes) -> bool:
        """Return whether a JSON body may have the place: it has all of the names."""
        return bool(self.path) and may_have_members(body, self.members)

    @property
    def is_header(self) -> bool:
        """True if the place is a header."""
        return self.place.place.startswith((HEADER, _HEADER_ALIAS))

    @property
    def answer_path(self) -> JsonPath | None:
        """The JSON path at which answers repeat the value; None if it is none in JSON."""
        text = self.place.answer or self.place.place
        return JsonPath.parse(text) if text.startswith("$") else None

    def is_bound(self, text: bytes) -> bool:
        """Return whether the client makes such a value."""
        return bool(text) and (not self.place.is_uuid or UUID.fullmatch(text) is not None)


def parse_place(place: BoundPlace) -> BoundRule:
    """Parse a place. Raise ValueError if it is not valid."""
    text = place.place
    if text.startswith("$"):
        path = JsonPath.parse(text).segments
        names = (*sorted(place.requires), *(segment.key for segment in path))
        members = encode_member_names(name for name in names if isinstance(name, str))
        return BoundRule(place, path=path, members=members)
    for prefix in (QUERY, FORM, FILE_NAME, HEADER, _HEADER_ALIAS):
        if text.startswith(prefix) and text != prefix:
            name = text.removeprefix(prefix).encode()
            is_header = prefix in (HEADER, _HEADER_ALIAS)
            return BoundRule(place, name=name.lower() if is_header else name)
    segments = text.removeprefix(PATH).split("/")
    is_path = text.startswith(PATH) and all(map(_SEGMENT.fullmatch, segments))
    if not is_path or sum(segment.startswith("{") for segment in segments) != 1:
        raise ValueError(
            'must be a JSON path such as "$.id", a name such as "query.nonce", "filename.file" or '
            '"headers.x-correlation-id", or a path with one "{}" such as "path:threads/{}"'
        )
    parsed = (b"" if segment.startswith("{") else segment.encode() for segment in segments)
    return BoundRule(place, segments=tuple(parsed))


def list_json_slots(
    value: object, rules: Iterable[BoundRule]
) -> list[tuple[BoundRule, Any, str | int]]:
    """Return the places in a JSON value that the rules bind: rule, container and key of each."""
    names = value.keys() if isinstance(value, dict) else frozenset[str]()
    return [
        (rule, container, key)
        for rule in rules
        if rule.path and rule.place.requires <= names
        for container, key in _iter_slots(value, rule.path)
    ]


def _iter_slots(value: object, segments: Sequence[PathSegment]) -> Iterator[tuple[Any, str | int]]:
    pending: list[tuple[object, Sequence[PathSegment]]] = [(value, segments)]
    while pending:
        node, (segment, *rest) = pending.pop()
        for key, child in _iter_items(node):
            is_selected = segment.key is None or segment.key == key
            if is_selected and not rest:
                yield node, key
            elif is_selected:
                pending.append((child, rest))
            if segment.is_descendant:
                pending.append((child, [segment, *rest]))


def _iter_items(node: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(node, dict):
        return list(node.items())
    return list(enumerate(node)) if isinstance(node, list) else ()


def iter_path_segments(path: bytes, rule: BoundRule) -> Iterator[tuple[int, bytes]]:
    """Yield index and text of each segment of a path that the rule binds."""
    parts, pattern = path.split(b"/"), rule.segments
    for start in range(len(parts) - len(pattern) + 1):
        window = parts[start : start + len(pattern)]
        if all(own in (b"", part) for own, part in zip(pattern, window, strict=True)):
            index = start + pattern.index(b"")
            if rule.is_bound(parts[index]):
                yield index, parts[index]


def check_bind(entries: Iterable[str]) -> Iterator[str]:
    """Yield a message for each entry of ``[match] bind`` that is invalid."""
    for number, entry in enumerate(entries, start=1):
        try:
            parse_place(BoundPlace(entry))
        except ValueError as error:
            yield f"entry {number}: {error}"
