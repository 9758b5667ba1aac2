"""Which recorded call a request is: the same to the letter, else the same but for placeholders."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.match import Matching, SecondChoice
from runreel.core.replay import Deck
from runreel.core.replay.query import Recognised
from runreel.model import Request


class Found(NamedTuple):
    """The call that a request is, in one cassette."""

    key: bytes
    """The fingerprint of its exchanges."""
    scope: str
    spelling: Request
    """The request as it was found."""
    second: Request | None = None
    """The recorded request that it equals but for placeholders; None: it equals it to the letter,
    or nothing was found."""


def found_exactly(asked: Recognised, deck: Deck) -> Found | None:
    """The call that one of the request's spellings is to the letter."""
    for key, spelling in zip(asked.keys, asked.spellings, strict=True):
        if key in deck:
            return Found(key, asked.scope, spelling)
    return None


def found_second(asked: Recognised, second: SecondChoice, matching: Matching) -> Found | None:
    """The call whose placeholders stand for what the request says in their places."""
    for spelling in asked.spellings:
        recorded = second.find(spelling)
        if recorded is not None:
            scope = matching.scope(recorded)
            return Found(matching.fingerprint(recorded), scope, spelling, recorded)
    return None


def not_found(asked: Recognised) -> Found:
    """A call that the cassette does not hold."""
    return Found(asked.keys[0], asked.scope, asked.wanted)
