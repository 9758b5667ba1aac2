"""A quick comparison of two exchanges: the ids in which they differ, and if anything else does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from runreel.core.diff.align.call_key import CallKey
from runreel.core.diff.body_probe import BodyProbe, probe_answer_bodies, probe_request_bodies
from runreel.core.diff.changes.answer_changes import ANSWER_HEADERS
from runreel.core.diff.changes.request_changes import REQUEST_HEADERS, get_header
from runreel.core.diff.changes.value_changes import ValueChange, diff_values
from runreel.core.diff.ids.tokens import Clocks, TokenPair, TokenRole, pair_tokens
from runreel.core.match.canonical_json import parse_canonical
from runreel.model import Exchange, Request

_MADE_BY_A_MODEL = frozenset({"assistant", "model", "ai", "tool_use", "function_call"})
"""Roles and types of what requests repeat of earlier answers."""


class ExchangeProbe(NamedTuple):
    """The result of a quick comparison of two exchanges."""

    is_alike: bool
    """True if they differ in the pairs and in moments at most."""
    is_answer_alike: bool
    """The same for the answers alone, with their heads and ends."""
    is_equal: bool
    """True if they do not differ in anything but the times of arrival."""
    request_pairs: Sequence[TokenPair]
    answer_pairs: Sequence[TokenPair]

    @property
    def pairs(self) -> Sequence[TokenPair]:
        """Those of the request, then those of the answer."""
        return (*self.request_pairs, *self.answer_pairs)


def probe_exchanges(
    left: Exchange,
    right: Exchange,
    keys: tuple[CallKey, CallKey],
    clocks: Clocks,
    text_names: frozenset[str],
) -> ExchangeProbe:
    """Compare two exchanges.

    ``keys`` are those of their requests, ``text_names`` the members of pieces of texts.
    """
    old, new = left.answer, right.answer
    request = _probe_requests(left.head.request, right.head.request, keys, clocks)
    answer = probe_answer_bodies(old.body, new.body, old.headers, clocks, text_names)
    heads = (left.head.status, left.head.end, left.head.whole, old.omitted)
    new_heads = (right.head.status, right.head.end, right.head.whole, new.omitted)
    is_same_head = heads == new_heads and _have_same_headers(left, right)
    is_alike = is_same_head and request.is_alike and answer.is_alike
    is_equal = is_alike and old.body == new.body and left.head.request == right.head.request
    return ExchangeProbe(
        is_alike, is_same_head and answer.is_alike, is_equal, request.pairs, answer.pairs
    )


def _have_same_headers(left: Exchange, right: Exchange) -> bool:
    """Return whether the headers that are compared are equal, byte for byte."""
    requests = left.head.request.headers, right.head.request.headers
    answers = left.answer.headers, right.answer.headers
    return all(
        get_header(name, one) == get_header(name, other)
        for names, (one, other) in ((REQUEST_HEADERS, requests), (ANSWER_HEADERS, answers))
        for name in names
    )


def _probe_requests(
    left: Request, right: Request, keys: tuple[CallKey, CallKey], clocks: Clocks
) -> BodyProbe:
    probe = probe_request_bodies(left.body, right.body, clocks)
    is_same = left.digest == right.digest and keys[0].digest == keys[1].digest
    pairs = [*probe.pairs]
    if is_same:
        pairs += _pair_ids(keys)
    if not probe.is_alike:
        pairs += _pair_looks(left.body, right.body, clocks)
    return BodyProbe(probe.is_alike and is_same, pairs)


def _pair_ids(keys: tuple[CallKey, CallKey]) -> Iterator[TokenPair]:
    """Yield the ids of two requests that are equal but for them."""
    for one, other in zip(keys[0].ids, keys[1].ids, strict=False):
        yield TokenPair(one, other, TokenRole.DEFINITION)


class _NothingFolds:
    """Compares texts as they are."""

    def are_same(self, name: str, left: str, right: str) -> bool:
        """Return False: the texts differ."""
        return False

    def is_noise(self, name: str) -> bool:
        """Return False: every member counts."""
        return False


def _pair_looks(left: bytes, right: bytes, clocks: Clocks) -> Iterator[TokenPair]:
    """Yield the tokens in which texts of two JSON bodies differ."""
    if b'"' not in left or b'"' not in right:  # long arrays of numbers have no texts
        return
    try:
        values = parse_canonical(left), parse_canonical(right)
    except ValueError:
        return
    for change in diff_values(*values, _NothingFolds()):
        if isinstance(change.left, str) and isinstance(change.right, str):
            for pair in pair_tokens(change.left, change.right, clocks) or ():
                yield pair._replace(role=TokenRole.USE) if _is_echo(change) else pair


def _is_echo(change: ValueChange) -> bool:
    """Return whether a place repeats what a model has written."""
    return not _MADE_BY_A_MODEL.isdisjoint(change.holders) or "tool_calls" in change.keys
