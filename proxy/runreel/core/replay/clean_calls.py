"""Recorded calls without secrets. A request that repeats one byte for byte is soon looked up.

Most requests of a suite are such. What the rules find in a target and a body depends on nothing
else, and they found nothing in these when they were recorded. So only values that the session knows
now have to be searched for. The headers are redacted with each request, because they have the
client's credentials. Scope, key and fingerprint are those of the recorded request.
"""

from __future__ import annotations

from typing import TypeAlias

from msgspec import Struct

from runreel.core.http.headers import get_content_type
from runreel.core.match.normalize import RequestKey
from runreel.core.placeholder import PREFIX
from runreel.core.redact.vault import Vault
from runreel.model import ExchangeHead, Request

_RepeatedParts: TypeAlias = tuple[str, bytes, bytes, bytes]

_SHORT = 4096
"""Bytes up to which a text is searched whole: to recognise what has been searched takes longer."""

_UNCHANGED = ("request.target", "request.body")
"""Places of the ledger in which nothing may have been replaced."""


class CleanCall(Struct, frozen=True):
    """A recorded request without secrets in its target and its body."""

    request: Request
    scope: str
    key: RequestKey
    fingerprint: bytes


class CleanCalls:
    """The recorded calls of one cassette that have no secrets, as far as they are indexed."""

    def __init__(self, ruleset: str, vault: Vault) -> None:
        """``ruleset`` identifies the rules in force; ``vault`` has the values known by now."""
        self._ruleset = ruleset
        self._vault = vault
        self._calls: dict[_RepeatedParts, CleanCall] = {}

    def add(self, head: ExchangeHead, call: CleanCall) -> None:
        """Add the call of an exchange, unless it has a secret or was redacted by other rules."""
        if head.ruleset == self._ruleset and _is_clean(head):
            self._calls.setdefault(_get_repeated_parts(head.request), call)

    def find(self, request: Request) -> CleanCall | None:
        """Return the call that a request repeats, if redaction would not change it.

        ``request`` is not redacted.
        """
        if request.omitted is not None:
            return None
        call = self._calls.get(_get_repeated_parts(request))
        if call is None:
            return None
        text = b"%b\n%b" % (request.target, request.body)
        is_known = self._vault.find(text, may_repeat=len(text) > _SHORT)
        return None if is_known else call


def _is_clean(head: ExchangeHead) -> bool:
    request = head.request
    has_placeholder = PREFIX in request.target or PREFIX in request.body
    is_changed = any(entry.where in _UNCHANGED for entry in head.ledger)
    return request.omitted is None and not has_placeholder and not is_changed


def _get_repeated_parts(request: Request) -> _RepeatedParts:
    """Return all that decides what the rules find in the target and the body."""
    return request.method, request.target, get_content_type(request.headers), request.body
