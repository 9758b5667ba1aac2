"""Build a replay query: redact a request as a recording is, and compute its fingerprints."""

from __future__ import annotations

from runreel.core.http.content_coding import decode_request_body
from runreel.core.match.matching import Matching
from runreel.core.redact.redactor import Redactor
from runreel.core.replay.match import ReplayQuery
from runreel.model import Request


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
        tuple(map(matching.build_request_key, variants)),
        tuple(map(matching.fingerprint, variants)),
    )
