"""What a request is to a cassette: redacted as a recording would hold it, and its fingerprints."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.http.content_coding import decode_request_body
from runreel.core.match import Matching, build_request_key
from runreel.core.redact import Redactor
from runreel.model import Request


class ReplayQuery(NamedTuple):
    """What a request asks for."""

    plain: Request
    """The request as it was sent, decoded; never to be shown or stored."""
    variants: tuple[Request, ...]
    """The request as a recording would hold it; and where it repeats a known secret, what it is if
    that is none: a dummy key may be an ordinary word of the prompt."""
    scope: str
    request_keys: tuple[tuple[str, bytes], ...]
    """Method and path of each spelling."""
    fingerprints: tuple[bytes, ...]
    """The fingerprint of each spelling."""

    @property
    def request(self) -> Request:
        """The request as a recording would hold it."""
        return self.variants[0]


def build_query(
    sent: Request, *, redactor: Redactor, matching: Matching, max_body: int
) -> ReplayQuery:
    """Recognise a request as it came off the wire; bodies decode to ``max_body`` bytes at most."""
    plain = decode_request_body(sent, limit=max_body)
    redacted = redactor.redact_request(plain)
    spellings = [redacted.request]
    if any(hit.rule == "known" for hit in redacted.ledger):
        spellings.append(redactor.redact_request(plain, rules_only=True).request)
    return ReplayQuery(
        plain,
        tuple(spellings),
        matching.find_scope(spellings[0]),
        tuple(map(build_request_key, spellings)),
        tuple(map(matching.fingerprint, spellings)),
    )
