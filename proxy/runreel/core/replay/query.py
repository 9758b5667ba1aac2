"""A replay query: a request redacted as a recording would hold it, with its fingerprints."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.http.content_coding import decode_request_body
from runreel.core.match import Matching, build_request_key
from runreel.core.redact import Redactor
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
    request_keys: tuple[tuple[str, bytes], ...]
    """Method and path of each variant."""
    fingerprints: tuple[bytes, ...]
    """The fingerprint of each variant."""

    @property
    def request(self) -> Request:
        """The request as a recording would hold it."""
        return self.variants[0]


def build_query(
    sent: Request, *, redactor: Redactor, matching: Matching, max_body: int
) -> ReplayQuery:
    """Decode and redact a request and compute its fingerprints.

    Bodies that would decode to more than ``max_body`` bytes are omitted.
    """
    plain = decode_request_body(sent, limit=max_body)
    redacted = redactor.redact_request(plain)
    variants = [redacted.request]
    if any(entry.rule == "known" for entry in redacted.ledger):
        variants.append(redactor.redact_request(plain, rules_only=True).request)
    return ReplayQuery(
        plain,
        tuple(variants),
        matching.find_scope(variants[0]),
        tuple(map(build_request_key, variants)),
        tuple(map(matching.fingerprint, variants)),
    )
