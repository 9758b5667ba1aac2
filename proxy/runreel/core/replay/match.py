"""Look up the recorded call that a request is: equal to it, or equal except for placeholders."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.match import Matching, WildcardIndex
from runreel.core.replay import Selector
from runreel.core.replay.query import ReplayQuery
from runreel.model import Request


class Match(NamedTuple):
    """Result of looking up a request in one cassette."""

    fingerprint: bytes
    """The fingerprint of the matching exchanges, or that of the request if nothing matches."""
    scope: str
    variant: Request
    """The variant of the query that matches."""
    wildcard: Request | None = None
    """The recorded request whose placeholders stand for what was sent; None if the request matches
    exactly or not at all."""


def match_exactly(query: ReplayQuery, selector: Selector) -> Match | None:
    """Return the match of the first variant whose fingerprint was recorded."""
    for fingerprint, variant in zip(query.fingerprints, query.variants, strict=True):
        if fingerprint in selector:
            return Match(fingerprint, query.scope, variant)
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
