"""Put a client's own values back in place of the placeholders of a recorded answer.

When a request matches, its values are *bound* to the placeholders at the same places of the
recorded request, for the rest of the session. Wherever such a placeholder is marked in an answer,
the client gets its own value, encoded and split as the recorded value was. So a client that sends
the recorded values gets the bytes of the live answer. Values of headers are never put back. If
several clients have bound a placeholder, a request with another value in its place gets that one,
and a request without any gets the value of the client whose requests it resembles (``senders``).

Example: ``{"to": "REDACTED-email-1"}`` was recorded and ``{"to": "bob"}`` was sent, so
``REDACTED-email-1`` is bound to ``bob``.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence, Set
from functools import lru_cache
from typing import NamedTuple, TypeAlias
from urllib.parse import unquote_to_bytes

from msgspec.structs import replace

from runreel.core.http import content_length
from runreel.core.http.headers import get_content_type, is_form
from runreel.core.http.multipart import find_boundary, split_parts
from runreel.core.match.wildcards import extract_wildcard_values
from runreel.core.placeholder import PREFIX, find_placeholders, zero_numbers
from runreel.core.redact.marks import IN_BODY, build_restoring_edits
from runreel.core.redact.texts.spans import Edit, adjust_frames, apply_edits
from runreel.core.redact.texts.wrapped_events import unwrap_events
from runreel.core.redact.vault import Vault
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.replay.senders import Sender
from runreel.core.volatile.mask import VolatileMask, has_mark
from runreel.model import Answer, Headers, PlaceholderMark, Request

TextLocation: TypeAlias = tuple[object, ...]
"""The place of a text in a request, the same for all spellings of the request: ``("path",)``,
``("query", b"after", 1)``, or the names and positions that lead to a string in JSON."""

BoundValues: TypeAlias = tuple[tuple[bytes, bytes], ...]
"""Placeholders and the values bound to them in one session, sorted."""

PlaceholderValues: TypeAlias = Mapping[bytes, bytes]
"""The value of each placeholder."""

_MAX_BOUND = 256
"""Values of one placeholder that are remembered."""

_FORBIDDEN_IN_HEADERS = compile_later(rb"[\r\n\0]")


class BoundRequest(NamedTuple):
    """A redacted request, and the values that it has bound itself."""

    sent: Request
    values: PlaceholderValues


class _Binding(NamedTuple):
    """A value, and the client that has sent it."""

    value: bytes
    sender: Sender


class Bindings:
    """The values that the clients of one session have bound to the placeholders of a cassette."""

    def __init__(self, vault: Vault, mask: VolatileMask | None = None) -> None:
        """``vault`` holds the values that were redacted from the clients' requests.

        ``mask`` hides the texts that do not count for a match.
        """
        self._vault = vault
        self._mask = mask
        self._bound: dict[bytes, deque[_Binding]] = {}
        """By placeholder: the last values, each with the client that has sent it."""
        self._placeholders: dict[bytes, bytes] = {}
        self._in_headers: set[bytes] = set()

    def __bool__(self) -> bool:
        """Return whether any value is bound."""
        return bool(self._bound)

    def is_consistent(self, recorded: Request, sent: Request) -> bool:
        """Return whether two requests of the same call agree with the values bound so far."""
        return all(
            self._find_value(placeholder, sent) in (None, value)
            and self._placeholders.get(value, placeholder) == placeholder
            for placeholder, value in self._iter_bindings(recorded, sent, None)
        )

    def bind(
        self,
        recorded: Request,
        sent: Request,
        plain: Request | None = None,
        ids: frozenset[bytes] = frozenset(),
    ) -> BoundRequest:
        """Bind the values of ``sent`` to the placeholders of the recorded request that it matched.

        ``sent`` is redacted; ``plain`` is the same request before, which holds the dummies that no
        rule recognises. ``ids`` are those in the recorded answer.
        """
        self.bind_headers(recorded, sent)
        secrets = {
            self._vault.get_value(placeholder)
            for placeholder in _list_header_placeholders(sent.headers)
        }
        pairs = self._iter_bindings(recorded, sent, plain)
        values = {placeholder: value for placeholder, value in pairs if value not in secrets}
        if values:
            sender = Sender.from_request(sent).with_ids(ids)
            for placeholder, value in values.items():
                bindings = self._bound.setdefault(placeholder, deque(maxlen=_MAX_BOUND))
                bindings.append(_Binding(value, sender))
                self._placeholders[value] = placeholder
        return BoundRequest(sent, values)

    def bind_headers(self, recorded: Request, sent: Request) -> BoundRequest:
        """Do what ``bind`` does for a recorded request with placeholders in its headers alone.

        These are credentials, which are not put in the place of placeholders.
        """
        self._in_headers.update(_list_header_placeholders(recorded.headers))
        return BoundRequest(sent, {})

    def get_values(self, placeholders: Set[bytes], bound: BoundRequest) -> BoundValues:
        """Return the values for these placeholders, except those in recorded headers.

        A value that the request has not bound itself is that of the client that is most like the
        one that has sent it, of equal ones the last.
        """
        sent, own = bound
        values = (
            (placeholder, own.get(placeholder) or self._find_value(placeholder, sent))
            for placeholder in sorted((self._bound.keys() & placeholders) - self._in_headers)
        )
        return tuple((placeholder, value) for placeholder, value in values if value is not None)

    def _find_value(self, placeholder: bytes, sent: Request) -> bytes | None:
        """Return the value that the sender of a request has bound; None if nobody has."""
        bindings = self._bound.get(placeholder, ())
        if len({value for value, _ in bindings}) < 2:
            return bindings[-1].value if bindings else None
        sender = Sender.from_request(sent)
        newest_first = reversed(bindings)
        return max(newest_first, key=lambda each: sender.measure_likeness(each.sender)).value

    def _iter_bindings(
        self, recorded: Request, sent: Request, plain: Request | None
    ) -> Iterator[tuple[bytes, bytes]]:
        """Yield the recorded placeholders with the values sent at the same places."""
        if not has_placeholder_texts(recorded):
            return
        is_spelled_alike = _remove_numbers(recorded) == _remove_numbers(sent)
        find_pairs = self._iter_pairs_in_order if is_spelled_alike else self._iter_pairs_by_place
        for placeholder, value in find_pairs(recorded, sent, plain):
            if value is not None:
                yield placeholder, value

    def _iter_pairs_in_order(
        self, recorded: Request, sent: Request, _: Request | None
    ) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the placeholders of two requests that are equal but for their numbers."""
        for one, other in ((recorded.target, sent.target), (recorded.body, sent.body)):
            own = map(self._vault.get_value, find_placeholders(other))
            yield from zip(find_placeholders(one), own, strict=True)

    def _iter_pairs_by_place(
        self, recorded: Request, sent: Request, plain: Request | None
    ) -> Iterator[tuple[bytes, bytes | None]]:
        """Yield the placeholders at the same places, however the requests are written."""
        sent_texts = find_placeholder_texts(sent)
        plain_texts = {} if plain is None else dict(_iter_texts(plain))
        for location, text in find_placeholder_texts(recorded).items():
            placeholders = find_placeholders(text)
            sent_placeholders = find_placeholders(sent_texts.get(location, b""))
            values = [self._vault.get_value(placeholder) for placeholder in sent_placeholders]
            if len(placeholders) != len(sent_placeholders):
                values = [*self._extract_dummies(plain_texts.get(location, b""), text)]
            yield from zip(placeholders, values, strict=False)

    def _extract_dummies(self, plain: bytes, recorded: bytes) -> Sequence[bytes | None]:
        """Return what stands in the place of placeholders, even if volatile texts differ too."""
        values = extract_wildcard_values(plain, recorded)
        if values is not None or self._mask is None:
            return values or ()
        masked = extract_wildcard_values(self._mask.apply(plain), self._mask.apply(recorded))
        return [None if has_mark(value) else value for value in masked or ()]


def _remove_numbers(request: Request) -> tuple[bytes, bytes]:
    """Return the target and the body with equal numbers in all placeholders."""
    return zero_numbers(request.target), zero_numbers(request.body)


def find_marked_placeholders(answer: Answer) -> frozenset[bytes]:
    """Return the placeholders that are marked in an answer."""
    return frozenset(
        placeholder for mark in answer.marks for placeholder in mark.placeholder.split(b" ")
    )


def restore_stored_answer(answer: Answer, values: PlaceholderValues) -> Answer:
    """Do what ``restore_answer`` does, also in events that binary messages hold in base64."""
    unwrapped = unwrap_events(answer)
    return unwrapped.wrap(restore_answer(unwrapped.answer, values))


def restore_answer(answer: Answer, values: PlaceholderValues) -> Answer:
    """Return the answer with values in place of its marked placeholders.

    The frames and the ``Content-Length`` header are adjusted to the new length.
    """
    edits = build_restoring_edits(answer.body, _select_marks(answer, IN_BODY), values)
    body = apply_edits(answer.body, edits)
    headers = tuple(
        (
            name,
            _restore_header(
                value, build_restoring_edits(value, _select_marks(answer, index), values)
            ),
        )
        for index, (name, value) in enumerate(answer.headers)
    )
    return replace(
        answer,
        headers=content_length.adjust_content_length(headers, len(body) - len(answer.body)),
        body=body,
        frames=adjust_frames(answer.frames, edits) if edits else answer.frames,
    )


def _restore_header(value: bytes, edits: Sequence[Edit]) -> bytes:
    """Apply the edits, unless the result is not a valid header value (RFC 9110, section 5.5)."""
    edited = apply_edits(value, edits)
    return value if _FORBIDDEN_IN_HEADERS.search(edited) else edited


def has_placeholder_texts(request: Request) -> bool:
    """Return whether there may be a placeholder in the target or the body of a request."""
    return PREFIX in request.target or PREFIX in request.body


def find_placeholder_texts(request: Request) -> dict[TextLocation, bytes]:
    """Return the texts with placeholders in the target and the body of a request."""
    if not has_placeholder_texts(request):
        return {}
    return {location: text for location, text in _iter_texts(request) if PREFIX in text}


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
        for index, part in enumerate(split_parts(request.body, boundary).parts):
            yield ("part", index), request.body[part.start : part.end]
    elif is_form(request.headers):
        yield from _iter_pair_texts("form", request.body)
    else:
        yield from _iter_json_texts(request.body)


def _iter_pair_texts(kind: str, text: bytes) -> Iterator[tuple[TextLocation, bytes]]:
    """Yield the values of a query or a form; a repeated name is numbered."""
    counts: dict[bytes, int] = {}
    for pair in text.replace(b"+", b" ").split(b"&"):
        name, _, value = (unquote_to_bytes(part) for part in pair.partition(b"="))
        counts[name] = counts.get(name, 0) + 1
        yield (kind, name, counts[name]), value


def _iter_json_texts(body: bytes) -> Iterator[tuple[TextLocation, bytes]]:
    """Yield the strings of a JSON text; the whole text if it is not valid JSON."""
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        yield ("body",), body
        return
    pending: list[tuple[TextLocation, object]] = [((), value)]
    while pending:
        location, value = pending.pop()
        match value:
            case str():
                yield location, value.encode("utf-8", "surrogatepass")
            case dict():
                pending += (((*location, name), item) for name, item in value.items())
            case list():
                pending += (((*location, index), item) for index, item in enumerate(value))


@lru_cache(256)
def _list_header_placeholders(headers: Headers) -> tuple[bytes, ...]:
    return tuple(placeholder for _, value in headers for placeholder in find_placeholders(value))


def _select_marks(answer: Answer, header: int) -> Iterator[PlaceholderMark]:
    """Yield the marks of one header, given by its index, or of the body (``IN_BODY``)."""
    return (mark for mark in answer.marks if mark.header == header)
