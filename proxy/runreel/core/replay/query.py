"""Build a replay query: redact a request as a recording is, and compute its fingerprints."""

from __future__ import annotations

from runreel.core.http.content_coding import decode_request_body
from runreel.core.http.headers import find_header
from runreel.core.match.matching import Matching
from runreel.core.redact.redactor import Redactor
from runreel.core.replay.clean_calls import CleanCall, CleanCalls
from runreel.core.replay.match import ReplayQuery
from runreel.model import Headers, Request

_ANY_TARGET, _ANY_LENGTH = b"/", b"0"
_LENGTH = b"content-length"


def build_query(
    sent: Request,
    *,
    redactor: Redactor,
    matching: Matching,
    max_body: int,
    clean_calls: CleanCalls | None = None,
) -> ReplayQuery:
    """Decode and redact a request and compute its fingerprints.

    Bodies that would decode to more than ``max_body`` bytes are omitted. A request that repeats one
    of the ``clean_calls`` takes less time.
    """
    plain = decode_request_body(sent, limit=max_body)
    call = None if clean_calls is None else clean_calls.find(plain)
    if call is not None:
        return _build_repeated(plain, call, redactor, matching)
    variants = _redact(plain, redactor)
    return ReplayQuery(
        plain,
        variants,
        matching.find_scope(variants[0]),
        tuple(map(matching.build_request_key, variants)),
        tuple(map(matching.fingerprint, variants)),
    )


def _redact(plain: Request, redactor: Redactor) -> tuple[Request, ...]:
    """Return the redacted variants of a request, see ``ReplayQuery``."""
    redacted = redactor.redact_request(plain)
    if any(entry.rule == "known" for entry in redacted.ledger):
        return redacted.request, redactor.redact_request(plain, rules_only=True).request
    return (redacted.request,)


def _build_repeated(
    plain: Request, call: CleanCall, redactor: Redactor, matching: Matching
) -> ReplayQuery:
    """Build the query of a request whose headers alone may have secrets."""
    headers_alone = Request(plain.method, _ANY_TARGET, _replace_length(plain.headers, _ANY_LENGTH))
    length = find_header(plain.headers, _LENGTH) or _ANY_LENGTH
    variants = tuple(
        Request(plain.method, plain.target, _replace_length(each.headers, length), plain.body)
        for each in _redact(headers_alone, redactor)
    )
    fingerprints = tuple(
        call.fingerprint
        if matching.has_same_headers(variant, call.request)
        else matching.fingerprint(variant)
        for variant in variants
    )
    return ReplayQuery(plain, variants, call.scope, (call.key,) * len(variants), fingerprints)


def _replace_length(headers: Headers, length: bytes) -> Headers:
    """Return the headers with this length, so that those of one client are equal."""
    return tuple((name, length if name.lower() == _LENGTH else value) for name, value in headers)
