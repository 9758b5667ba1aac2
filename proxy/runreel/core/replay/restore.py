"""Putting a client's own values back where a recording holds placeholders.

When a request matches, what it says where the recorded one has a placeholder is *bound* to that
placeholder for the rest of the session. Wherever the placeholder then occurs in an answer, the
client gets its value back, spelled and cut as it was live; so a client that sends what the
recording one sent gets the live bytes. What a header carried is never put back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from typing import TypeAlias
from urllib.parse import unquote_to_bytes

from runreel.core.http import content_length
from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.multipart import find_boundary, split_parts
from runreel.core.match.wildcards import extract_wildcard_values
from runreel.core.redact import PLACEHOLDER, Vault
from runreel.core.redact.marks import IN_BODY, build_restoring_edits
from runreel.core.redact.texts.spans import Edit, adjust_frames, apply_edits
from runreel.model import Answer, Headers, PlaceholderMark, Request

TextLocation: TypeAlias = tuple[object, ...]
"""Where in a request a text stands, however the request is spelled."""

BoundValues: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Placeholders and what they stand for in one session."""

PlaceholderValues: TypeAlias = Mapping[bytes, bytes]
"""What placeholders stand for."""

_PREFIX = b"REDACTED-"
_FORBIDDEN_IN_HEADERS = re.compile(rb"[\r\n\0]")


class Bindings:
    """What the placeholders of a cassette stand for in one session of a client."""

    def __init__(self, vault: Vault) -> None:
        """``vault`` knows the values that the client's requests were redacted of."""
        self._vault = vault
        self._values: dict[bytes, bytes] = {}
        self._placeholders: dict[bytes, bytes] = {}
        self._carried: set[bytes] = set()

    def __bool__(self) -> bool:
        """Whether anything is bound."""
        return bool(self._values)

    def is_consistent(self, recorded: Request, sent: Request) -> bool:
        """Whether two requests that are the same call agree with what is bound already."""
        return all(
            self._values.get(placeholder, value) == value
            and self._placeholders.get(value, placeholder) == placeholder
            for placeholder, value in self._iter_bindings(recorded, sent, None)
        )

    def bind(self, recorded: Request, sent: Request, plain: Request | None = None) -> bool:
        """Bind what ``sent``, redacted, says to the placeholders of the request that it matched.

        False if that has none, so that no other request will bind anything to it either.

        ``plain`` is what it was before: where a dummy stands that no rule knows, it says so.
        """
        self._carried.update(_iter_header_placeholders(recorded.headers))
        carried = {
            self._vault.get_value(found) for found in _iter_header_placeholders(sent.headers)
        }
        for placeholder, value in self._iter_bindings(recorded, sent, plain):
            if value not in carried:
                self._values[placeholder] = value
                self._placeholders[value] = placeholder
        return _PREFIX in recorded.target or _PREFIX in recorded.body

    def get_values(self, placeholders: Set[bytes]) -> BoundValues:
        """What is bound of these placeholders, in their order."""
        known = (self._values.keys() & placeholders) - self._carried
        return tuple((placeholder, self._values[placeholder]) for placeholder in sorted(known))

    def _iter_bindings(
        self, recorded: Request, sent: Request, plain: Request | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """The recorded placeholders, and the values that stand in the same places."""
        places = find_placeholder_texts(recorded)
        if not places:
            return
        ours, dummies = (
            find_placeholder_texts(sent),
            {} if plain is None else dict(_iter_texts(plain)),
        )
        for place, text in places.items():
            theirs, found = _find_placeholders(text), _find_placeholders(ours.get(place, b""))
            values = [self._vault.get_value(placeholder) for placeholder in found]
            if len(theirs) != len(found):
                values = [*(extract_wildcard_values(dummies.get(place, b""), text) or ())]
            pairs = zip(theirs, values, strict=False)
            yield from ((one, value) for one, value in pairs if value is not None)


def find_marked_placeholders(answer: Answer) -> frozenset[bytes]:
    """The placeholders that are marked in an answer."""
    return frozenset(found for mark in answer.marks for found in mark.placeholder.split(b" "))


def restore_answer(answer: Answer, values: PlaceholderValues) -> Answer:
    """The answer with these values in place of the placeholders that are marked in it."""
    edits = build_restoring_edits(answer.body, _select_marks(answer, IN_BODY), values)
    body = apply_edits(answer.body, edits)
    headers = tuple(
        (
            name,
            _restore_header(
                value, build_restoring_edits(value, _select_marks(answer, place), values)
            ),
        )
        for place, (name, value) in enumerate(answer.headers)
    )
    return replace(
        answer,
        headers=content_length.adjust_content_length(headers, len(body) - len(answer.body)),
        body=body,
        frames=adjust_frames(answer.frames, edits) if edits else answer.frames,
    )


def _restore_header(value: bytes, edits: Sequence[Edit]) -> bytes:
    """The header's value with its edits made, unless it were none then (RFC 9110, section 5.5)."""
    edited = apply_edits(value, edits)
    return value if _FORBIDDEN_IN_HEADERS.search(edited) else edited


def find_placeholder_texts(request: Request) -> dict[TextLocation, bytes]:
    """The texts of a request's target and body that hold placeholders, by where they stand."""
    if _PREFIX not in request.target and _PREFIX not in request.body:
        return {}
    return {place: text for place, text in _iter_texts(request) if _PREFIX in text}


def _iter_texts(request: Request) -> Iterator[tuple[TextLocation, bytes]]:
    yield from _iter_target_texts(request.target)
    yield from _iter_body_texts(request)


def _iter_target_texts(target: bytes) -> Iterator[tuple[TextLocation, bytes]]:
    path, _, query = target.partition(b"?")
    yield ("path",), unquote_to_bytes(path)
    yield from _iter_pair_texts("query", query)


def _iter_body_texts(request: Request) -> Iterator[tuple[TextLocation, bytes]]:
    boundary = find_boundary(get_content_type(request.headers))
    if boundary is not None:
        for place, part in enumerate(split_parts(request.body, boundary).parts):
            yield ("part", place), request.body[part.start : part.end]
    elif is_form(request.headers):
        yield from _iter_pair_texts("form", request.body)
    else:
        yield from _iter_json_texts(request.body)


def _iter_pair_texts(kind: str, text: bytes) -> Iterator[tuple[TextLocation, bytes]]:
    seen: dict[bytes, int] = {}
    for pair in text.replace(b"+", b" ").split(b"&"):
        name, _, value = (unquote_to_bytes(part) for part in pair.partition(b"="))
        seen[name] = seen.get(name, 0) + 1
        yield (kind, name, seen[name]), value


def _iter_json_texts(body: bytes) -> Iterator[tuple[TextLocation, bytes]]:
    """The strings of a JSON text; the whole text where it is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        yield ("body",), body
        return
    places: list[tuple[TextLocation, object]] = [((), value)]
    while places:
        place, value = places.pop()
        match value:
            case str():
                yield place, value.encode("utf-8", "surrogatepass")
            case dict():
                places += (((*place, name), item) for name, item in value.items())
            case list():
                places += (((*place, at), item) for at, item in enumerate(value))


def _find_placeholders(text: bytes) -> list[bytes]:
    return [match[0] for match in PLACEHOLDER.finditer(text)]


def _iter_header_placeholders(headers: Headers) -> Iterator[bytes]:
    for _, value in headers:
        if _PREFIX in value:
            yield from _find_placeholders(value)


def _select_marks(answer: Answer, header: int) -> Iterator[PlaceholderMark]:
    return (mark for mark in answer.marks if mark.header == header)
