"""Match requests whose recorded placeholders may stand for any value.

A recorded placeholder stands for a value that a redaction rule recognised. A test may send a dummy
in its place that no rule recognises, so the two requests have different fingerprints. Then the
placeholder matches any run of characters without white space, and everything else must be equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from msgspec import Struct

from runreel.core.match.normalize import NormalizedRequest
from runreel.core.placeholder import PLACEHOLDER
from runreel.core.redact.search.engine import ENGINE, STANDARD, RegexMatch, RegexPattern
from runreel.core.regex.lazy_pattern import compile_later

_SEPARATOR = b"\0"
"""Separates the parts of a request in its match text, and marks the end of a text to match."""

_ESCAPE = b"\1"
"""Starts the escape sequences for itself and for separators inside a part."""

_MASK = _ESCAPE + b"\4"
"""Replaces placeholders of every kind in a masked text."""

_IN_JSON = rb'(?:[^\x00\t\n\v\f\r "\\\x80-\xbf][\x80-\xbf]{0,3}|\\(?:["\\/]|u[0-9a-fA-F]{4}))'
_ANYWHERE = rb"(?:[^\x00\t\n\v\f\r \x80-\xbf][\x80-\xbf]{0,3})"
"""One character of a run, with all of its bytes (RFC 3629)."""
_SPECIAL = compile_later(rb"[^A-Za-z0-9]")


class WildcardTemplate(Struct, frozen=True):
    """The match text of a recorded request, split at its placeholders.

    ``write to REDACTED-email-1, please`` has the beginning ``write to ``, the end ``, please`` and
    nothing in between.
    """

    begin: bytes
    """Text before the first placeholder."""
    character: bytes
    """Regular expression of one character that a placeholder may stand for."""
    between: tuple[bytes, ...]
    """Texts between one placeholder and the next."""
    end: bytes
    """Text after the last placeholder."""

    def matches(self, text: bytes) -> bool:
        """Return whether a request with this match text differs in placeholders only."""
        first, last = len(self.begin), len(text) - len(self.end)
        if first > last or not (text.startswith(self.begin) and text.endswith(self.end)):
            return False
        middle = _compile_runs(self.character, (b"", *self.between, b""))
        return _match_whole(middle, text[first:last]) is not None


def build_match_text(request: NormalizedRequest) -> bytes:
    """Join all parts of a normalised request to one text."""
    return _SEPARATOR.join(map(_escape, _iter_parts(request)))


def build_masked_text(request: NormalizedRequest) -> bytes:
    """Return the match text with all placeholders masked, whatever their kind.

    Requests with equal masked texts are matched by the same dummies.
    """
    return PLACEHOLDER.sub(_MASK, build_match_text(request))


def build_template(request: NormalizedRequest) -> WildcardTemplate | None:
    """Split the match text of a recorded request at its placeholders; None if it has none."""
    text = build_match_text(request)
    spans = [match.span() for match in PLACEHOLDER.finditer(text)]
    if not spans:
        return None
    character = _IN_JSON if request.kind == b"json" else _ANYWHERE
    between = tuple(text[end:start] for (_, end), (start, _) in pairwise(spans))
    return WildcardTemplate(text[: spans[0][0]], character, between, text[spans[-1][1] :])


def extract_wildcard_values(text: bytes, template: bytes) -> Sequence[bytes] | None:
    """Return the parts of ``text`` at the placeholders of ``template``.

    Return None if they differ in anything else: ``to bob`` and ``to REDACTED-email-1`` give
    ``[b"bob"]``, ``for bob`` and ``to REDACTED-email-1`` give None.
    """
    literals = tuple(PLACEHOLDER.split(template)[:: PLACEHOLDER.groups + 1])
    if not _has_all_in_order(text, literals):  # a pattern takes 100 times the memory of its text
        return None
    match = _match_whole(_compile_runs(_ANYWHERE, literals), text)
    if match is None:
        return None
    return [text[slice(*match.span(group))] for group in range(1, len(literals))]


def _has_all_in_order(text: bytes, literals: Sequence[bytes]) -> bool:
    """Return whether the text consists of the literals and of runs between them."""
    if len(literals) == 1:
        return text == literals[0]
    at = 0
    for literal in literals:
        at = text.find(literal, at) + len(literal)
        if at < len(literal):
            return False
    return text.startswith(literals[0]) and text.endswith(literals[-1])


def is_wildcard_match(recorded: object, sent: object) -> bool:
    """Return whether two values are texts that differ at the recorded placeholders only."""
    if not isinstance(recorded, str) or not isinstance(sent, str):
        return False
    text, template = (value.encode(errors="surrogatepass") for value in (sent, recorded))
    if PLACEHOLDER.search(template) is None:
        return False
    return bool(extract_wildcard_values(text, template))


def _iter_parts(request: NormalizedRequest) -> Iterator[bytes]:
    yield from (request.method.encode(), request.path)
    for pairs in (request.query, request.headers, request.fields):
        for name, value in pairs:
            yield from (name, b"" if value is None else b"=" + value)
        yield b"&"
    yield from (request.kind, b"" if request.fields else request.body)


def _escape(part: bytes) -> bytes:
    return part.replace(_ESCAPE, _ESCAPE + b"\2").replace(_SEPARATOR, _ESCAPE + b"\3")


def _match_whole(pattern: RegexPattern, text: bytes) -> RegexMatch | None:
    """Match the whole text.

    A run never crosses a separator. So if the pattern stops at a separator before the end of the
    text, no other way to match can reach the end, and one attempt is enough.
    """
    match = next(pattern.finditer(text + _SEPARATOR), None)
    return match if match is not None and match.span(0)[1] > len(text) else None


@lru_cache(1024)
def _compile_runs(character: bytes, literals: tuple[bytes, ...]) -> RegexPattern:
    """Compile a pattern of runs between the literals, anchored at the start and a separator.

    Each run ends at the first occurrence of the next literal: if the text matches at all, it
    matches like that. So the standard engine, which may take exponential time, never has to
    backtrack into a run.
    """
    once = b"(?>" if ENGINE is STANDARD else b"(?:"
    begin, *between = (_SPECIAL.sub(_escape_byte, literal) for literal in literals)
    end = b"(%b+)%b" % (character, between.pop()) if between else b""
    runs = (b"%b(%b+?)%b)" % (once, character, literal) for literal in between)
    return ENGINE.compile(rb"\A%b%b%b\x00" % (begin, b"".join(runs), end))


def _escape_byte(match: re.Match[bytes]) -> bytes:
    return rb"\x%02x" % ord(match[0])
