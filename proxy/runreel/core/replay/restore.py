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
from runreel.core.http.headers import content_type, is_form
from runreel.core.http.multipart import boundary_of, parts_of
from runreel.core.match.wildcards import runs_in
from runreel.core.redact import PLACEHOLDER, Vault
from runreel.core.redact.marks import IN_BODY, edits_back
from runreel.core.redact.texts.spans import Edit, reframed, rewritten
from runreel.model import Answer, Headers, Mark, Request

Place: TypeAlias = tuple[object, ...]
"""Where in a request a text stands, however the request is spelled."""

BoundValues: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Placeholders and what they stand for in one session."""

Values: TypeAlias = Mapping[bytes, bytes]
"""What placeholders stand for."""

_BEGIN = b"REDACTED-"
_NOT_IN_HEADERS = re.compile(rb"[\r\n\0]")


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

    def agree(self, recorded: Request, sent: Request) -> bool:
        """Whether two requests that are the same call agree with what is bound already."""
        return all(
            self._values.get(placeholder, value) == value
            and self._placeholders.get(value, placeholder) == placeholder
            for placeholder, value in self._pairs(recorded, sent, None)
        )

    def bind(self, recorded: Request, sent: Request, plain: Request | None = None) -> bool:
        """Bind what ``sent``, redacted, says to the placeholders of the request that it matched.

        False if that has none, so that no other request will bind anything to it either.

        ``plain`` is what it was before: where a dummy stands that no rule knows, it says so.
        """
        self._carried.update(_placeholders_in(recorded.headers))
        carried = {self._vault.value(found) for found in _placeholders_in(sent.headers)}
        for placeholder, value in self._pairs(recorded, sent, plain):
            if value not in carried:
                self._values[placeholder] = value
                self._placeholders[value] = placeholder
        return _BEGIN in recorded.target or _BEGIN in recorded.body

    def of(self, placeholders: Set[bytes]) -> BoundValues:
        """What is bound of these placeholders, in their order."""
        known = (self._values.keys() & placeholders) - self._carried
        return tuple((placeholder, self._values[placeholder]) for placeholder in sorted(known))

    def _pairs(
        self, recorded: Request, sent: Request, plain: Request | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """The recorded placeholders, and the values that stand in the same places."""
        places = texts_by_place(recorded)
        if not places:
            return
        ours, dummies = texts_by_place(sent), {} if plain is None else dict(_texts(plain))
        for place, text in places.items():
            theirs, found = _all(text), _all(ours.get(place, b""))
            values = [self._vault.value(placeholder) for placeholder in found]
            if len(theirs) != len(found):
                values = [*(runs_in(dummies.get(place, b""), text) or ())]
            pairs = zip(theirs, values, strict=False)
            yield from ((one, value) for one, value in pairs if value is not None)


def marked_in(answer: Answer) -> frozenset[bytes]:
    """The placeholders that are marked in an answer."""
    return frozenset(found for mark in answer.marks for found in mark.placeholder.split(b" "))


def restored(answer: Answer, values: Values) -> Answer:
    """The answer with these values in place of the placeholders that are marked in it."""
    edits = edits_back(answer.body, _marks(answer, IN_BODY), values)
    body = rewritten(answer.body, edits)
    headers = tuple(
        (name, _header(value, edits_back(value, _marks(answer, place), values)))
        for place, (name, value) in enumerate(answer.headers)
    )
    return replace(
        answer,
        headers=content_length.moved(headers, len(body) - len(answer.body)),
        body=body,
        frames=reframed(answer.frames, edits) if edits else answer.frames,
    )


def _header(value: bytes, edits: Sequence[Edit]) -> bytes:
    """The header's value with its edits made, unless it were none then (RFC 9110, section 5.5)."""
    edited = rewritten(value, edits)
    return value if _NOT_IN_HEADERS.search(edited) else edited


def texts_by_place(request: Request) -> dict[Place, bytes]:
    """The texts of a request's target and body that hold placeholders, by where they stand."""
    if _BEGIN not in request.target and _BEGIN not in request.body:
        return {}
    return {place: text for place, text in _texts(request) if _BEGIN in text}


def _texts(request: Request) -> Iterator[tuple[Place, bytes]]:
    yield from _in_target(request.target)
    yield from _in_body(request)


def _in_target(target: bytes) -> Iterator[tuple[Place, bytes]]:
    path, _, query = target.partition(b"?")
    yield ("path",), unquote_to_bytes(path)
    yield from _in_pairs("query", query)


def _in_body(request: Request) -> Iterator[tuple[Place, bytes]]:
    boundary = boundary_of(content_type(request.headers))
    if boundary is not None:
        for place, part in enumerate(parts_of(request.body, boundary).parts):
            yield ("part", place), request.body[part.start : part.end]
    elif is_form(request.headers):
        yield from _in_pairs("form", request.body)
    else:
        yield from _in_json(request.body)


def _in_pairs(kind: str, text: bytes) -> Iterator[tuple[Place, bytes]]:
    seen: dict[bytes, int] = {}
    for pair in text.replace(b"+", b" ").split(b"&"):
        name, _, value = (unquote_to_bytes(part) for part in pair.partition(b"="))
        seen[name] = seen.get(name, 0) + 1
        yield (kind, name, seen[name]), value


def _in_json(body: bytes) -> Iterator[tuple[Place, bytes]]:
    """The strings of a JSON text; the whole text where it is none."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        yield ("body",), body
        return
    places: list[tuple[Place, object]] = [((), value)]
    while places:
        place, value = places.pop()
        match value:
            case str():
                yield place, value.encode("utf-8", "surrogatepass")
            case dict():
                places += (((*place, name), item) for name, item in value.items())
            case list():
                places += (((*place, at), item) for at, item in enumerate(value))


def _all(text: bytes) -> list[bytes]:
    return [match[0] for match in PLACEHOLDER.finditer(text)]


def _placeholders_in(headers: Headers) -> Iterator[bytes]:
    for _, value in headers:
        if _BEGIN in value:
            yield from _all(value)


def _marks(answer: Answer, header: int) -> Iterator[Mark]:
    return (mark for mark in answer.marks if mark.header == header)
