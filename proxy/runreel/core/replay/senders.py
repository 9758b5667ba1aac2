"""Tell the clients of one session apart, by what their requests have in common.

Several clients may share a session, as the parallel tests of a suite do. The requests of one client
share credentials, and ids: of a thread, a run, a conversation. An id comes from the answer to the
first request, and later requests name it in their path, their query or their body.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from msgspec import Struct

from runreel.core.placeholder import find_placeholders
from runreel.core.regex.lazy_pattern import compile_later
from runreel.model import Answer, ExchangeHead, Request

_ID_MEMBER = compile_later(rb'"\w{0,40}[iI][dD]"\s*:\s*"([^"\\]{4,200})"')
"""A member whose name ends with ``id``; the group is its value."""
_ID_IN_TARGET = compile_later(rb"[/=]((?=[^/?&=]{0,40}[0-9])[^/?&=]{4,200})")
"""A part of a path, or the value of a parameter. The names of operations have no digits."""

_NAMED = compile_later(rb"[\"/=](?=[^0-9\"/?&=]*[0-9])([0-9A-Za-z_:.~-]{6,200})(?=[\"/?&]|\Z)")
"""A part of a path, the value of a parameter, or a string of JSON that may be an id."""
_MAX_INDEXED_BYTES = 1 << 27
_MAX_INDEXED_END = 1 << 15
"""Bytes at both ends of a body that are read, lest one search blocks other threads for long."""


class Sender(Struct, frozen=True):
    """The signs of the client that has sent a request."""

    credentials: frozenset[bytes] = frozenset()
    """Placeholders in its target and headers: the session gives each value one of its own."""
    ids: frozenset[bytes] = frozenset()

    @classmethod
    def from_request(cls, sent: Request) -> Self:
        """Return the signs in a redacted request."""
        heads = (sent.target, *(value for _, value in sent.headers))
        credentials = (each for head in heads for each in find_placeholders(head))
        ids = (*_iter_matches(_ID_IN_TARGET, sent.target), *_iter_matches(_ID_MEMBER, sent.body))
        return cls(frozenset(credentials), frozenset(ids))

    def with_ids(self, ids: frozenset[bytes]) -> Sender:
        """Return the sender with the ids that the answer gives it."""
        return Sender(self.credentials, self.ids | ids)

    def measure_likeness(self, other: Sender) -> tuple[int, int]:
        """Return how many credentials two senders share, and how many ids: the more, the likelier
        they are the same. A credential weighs more than any number of ids.
        """
        return len(self.credentials & other.credentials), len(self.ids & other.ids)


def find_ids(answer: Answer) -> frozenset[bytes]:
    """Return the ids in a recorded answer."""
    return frozenset(_iter_matches(_ID_MEMBER, answer.body))


def index_named_ids(heads: Iterable[ExchangeHead]) -> dict[bytes, int]:
    """Return what requests name in their paths, parameters and members, by the last that does.

    Only the first megabytes of all requests are read, and both ends of long ones.
    """
    named: dict[bytes, int] = {}
    remaining = _MAX_INDEXED_BYTES
    for head in heads:
        body = _cut_out_middle(head.request.body)[:remaining]
        for text in (head.request.target, body):
            named.update(dict.fromkeys(_iter_matches(_NAMED, text), head.number))
        remaining -= len(body)
    return named


def _cut_out_middle(body: bytes) -> bytes:
    if len(body) <= 2 * _MAX_INDEXED_END:
        return body
    return b"%b\0%b" % (body[:_MAX_INDEXED_END], body[-_MAX_INDEXED_END:])


def is_creation(head: ExchangeHead, answer: Answer, named: Mapping[bytes, int]) -> bool:
    """Return whether a later request names an id that the answer has and the request has not.

    ``named``: the result of ``index_named_ids``.
    """
    request = head.request
    return any(
        named.get(each, 0) > head.number and each not in request.target and each not in request.body
        for each in find_ids(answer)
    )


def _iter_matches(pattern: re.Pattern[bytes], data: bytes) -> Iterator[bytes]:
    return (match[1] for match in pattern.finditer(data))
