"""What a request is to a cassette: redacted as a recording would hold it, and its fingerprints."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.http.content_coding import decoded_request
from runreel.core.match import Matching, place_of
from runreel.core.redact import Redactor
from runreel.model import Request


class Recognised(NamedTuple):
    """What a request asks for."""

    plain: Request
    """The request as it was sent, decoded; never to be shown or stored."""
    spellings: tuple[Request, ...]
    """The request as a recording would hold it; and where it repeats a known secret, what it is if
    that is none: a dummy key may be an ordinary word of the prompt."""
    scope: str
    places: tuple[tuple[str, bytes], ...]
    """Method and path of each spelling."""
    keys: tuple[bytes, ...]
    """The fingerprint of each spelling."""

    @property
    def wanted(self) -> Request:
        """The request as a recording would hold it."""
        return self.spellings[0]


def recognised(
    sent: Request, *, redactor: Redactor, matching: Matching, max_body: int
) -> Recognised:
    """Recognise a request as it came off the wire; bodies decode to ``max_body`` bytes at most."""
    plain = decoded_request(sent, limit=max_body)
    redacted = redactor.request(plain)
    spellings = [redacted.request]
    if any(hit.rule == "known" for hit in redacted.hits):
        spellings.append(redactor.request(plain, announced_only=True).request)
    return Recognised(
        plain,
        tuple(spellings),
        matching.scope(spellings[0]),
        tuple(map(place_of, spellings)),
        tuple(map(matching.fingerprint, spellings)),
    )
