"""Which recorded call a request is: the same to the letter, else the same but for placeholders."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.match import Matching, WildcardIndex
from runreel.core.replay import Selector
from runreel.core.replay.query import ReplayQuery
from runreel.model import Request


class Match(NamedTuple):
    """The call that a request is, in one cassette."""

    fingerprint: bytes
    """The fingerprint of its exchanges."""
    scope: str
    variant: Request
    """The request as it was found."""
    wildcard: Request | None = None
    """The recorded request that it equals but for placeholders; None: it equals it to the letter,
    or nothing was found."""


def match_exactly(query: ReplayQuery, selector: Selector) -> Match | None:
    """The call that one of the request's spellings is to the letter."""
    for key, spelling in zip(query.fingerprints, query.variants, strict=True):
        if key in selector:
            return Match(key, query.scope, spelling)
    return None


def match_wildcard(query: ReplayQuery, index: WildcardIndex, matching: Matching) -> Match | None:
    """The call whose placeholders stand for what the request says in their places."""
    for spelling in query.variants:
        recorded = index.find(spelling)
        if recorded is not None:
            scope = matching.find_scope(recorded)
            return Match(matching.fingerprint(recorded), scope, spelling, recorded)
    return None


def no_match(query: ReplayQuery) -> Match:
    """A call that the cassette does not hold."""
    return Match(query.fingerprints[0], query.scope, query.request)
