"""Look up the recorded call that a request is: equal to it, or equal except for placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import Struct

from runreel.core.match.matching import Matching
from runreel.core.match.normalize import RequestKey
from runreel.core.match.wildcard_index import WildcardIndex
from runreel.core.replay.selector import Selector
from runreel.model import Request


class ReplayQuery(NamedTuple):
    """A request in the forms in which it is looked up.

    It has one variant, or two if it repeats a secret that was sent before: a dummy key may be an
    ordinary word of the prompt, so the second variant is redacted by the rules alone.
    """

    plain: Request
    """The request with its body decoded, not redacted: never to be shown or stored."""
    variants: tuple[Request, ...]
    """The redacted variants of the request."""
    scope: str
    request_keys: tuple[RequestKey, ...]
    """Method and path of each variant."""
    fingerprints: tuple[bytes, ...]
    """The fingerprint of each variant."""
    original: Request | None = None
    """The request before recorded values were put in place of the client's own; None: no other."""

    @property
    def sent(self) -> Request:
        """The request with the client's own values, not redacted."""
        return self.original or self.plain

    @property
    def request(self) -> Request:
        """The request as a recording would hold it."""
        return self.variants[0]


class Match(Struct, frozen=True):
    """Result of looking up a request in one cassette."""

    fingerprint: bytes
    """The fingerprint of the matching exchanges, or that of the request if nothing matches."""
    scope: str
    variant: Request
    """The variant of the query that matches."""
    wildcard: Request | None = None
    """The recorded request whose placeholders stand for what was sent; None if the request matches
    exactly or not at all."""


def match_exactly(query: ReplayQuery, selector: Selector, matching: Matching) -> Match | None:
    """Return the match of the first variant that was recorded, see ``match_acceptable``."""
    equal = match_equal(query, selector)
    if equal is not None:
        return equal
    bases = [matching.split_fingerprint(variant).base for variant in query.variants]
    return match_acceptable(query, bases, selector, matching)


def match_equal(query: ReplayQuery, selector: Selector) -> Match | None:
    """Return the match of the first variant whose fingerprint was recorded."""
    for fingerprint, variant in zip(query.fingerprints, query.variants, strict=True):
        if fingerprint in selector:
            return Match(fingerprint, query.scope, variant)
    return None


def match_acceptable(
    query: ReplayQuery, bases: Sequence[bytes], selector: Selector, matching: Matching
) -> Match | None:
    """Return the match of the first variant that differs from a recorded one in ``Accept`` alone.

    It accepts the recorded answer. ``bases`` are the variants' fingerprints without ``Accept``.
    """
    for base, variant in zip(bases, query.variants, strict=True):
        acceptable = matching.find_acceptable(variant, base)
        if acceptable is not None and acceptable in selector:
            return Match(acceptable, query.scope, variant)
    return None


def match_wildcard(query: ReplayQuery, index: WildcardIndex, matching: Matching) -> Match | None:
    """Return the match of the first variant that equals a recorded request but for placeholders."""
    for variant in query.variants:
        recorded = index.find(variant)
        if recorded is not None:
            scope = matching.find_scope(recorded)
            return Match(matching.fingerprint(recorded), scope, variant, recorded)
    return None


def no_match(query: ReplayQuery) -> Match:
    """Return the result for a request that the cassette does not contain."""
    return Match(query.fingerprints[0], query.scope, query.request)
