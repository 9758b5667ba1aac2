"""Placeholders as wildcards: the second choice, where no exchange is the same call to the letter.

A recorded placeholder stands for whatever a rule knew. A test may send a dummy in its place that no
rule knows; then the placeholder is taken for one run of characters that are no blanks, and all else
must be equal.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from runreel.core.match.normalize import NormalizedRequest
from runreel.core.redact import PLACEHOLDER
from runreel.core.redact.search.engine import ENGINE, STANDARD, RegexMatch, RegexPattern

_SEPARATOR = b"\0"
"""Stands between the parts of a reading, and behind what a pattern must match to its end."""

_ESCAPE = b"\1"
"""Begins what stands for itself and for what stands between parts, where a part has them."""

_MASK = _ESCAPE + b"\4"
"""Stands for a placeholder of any kind."""

_IN_JSON = rb'(?:[^\x00\t\n\v\f\r "\\\x80-\xbf][\x80-\xbf]{0,3}|\\(?:["\\/]|u[0-9a-fA-F]{4}))'
_ANYWHERE = rb"(?:[^\x00\t\n\v\f\r \x80-\xbf][\x80-\xbf]{0,3})"
"""The characters of a run, each with all of its bytes (RFC 3629)."""
_SPECIAL = re.compile(rb"[^A-Za-z0-9]")


class WildcardTemplate(NamedTuple):
    """What a request must be to differ from a recorded one in placeholders alone."""

    begin: bytes
    """Before the first placeholder."""
    character: bytes
    """The pattern of a character that a placeholder may stand for."""
    between: tuple[bytes, ...]
    """From each placeholder to the next one."""
    end: bytes
    """Behind the last one."""

    def matches(self, text: bytes) -> bool:
        """Whether the text, as ``text_of`` gives it, is so."""
        first, last = len(self.begin), len(text) - len(self.end)
        if first > last or not (text.startswith(self.begin) and text.endswith(self.end)):
            return False
        middle = _compile_runs(self.character, (b"", *self.between, b""))
        return _match_whole(middle, text[first:last]) is not None


def build_match_text(request: NormalizedRequest) -> bytes:
    """All that counts of a request in one text; the numbers of placeholders do not."""
    return _SEPARATOR.join(map(_escape, _iter_parts(request)))


def build_masked_text(request: NormalizedRequest) -> bytes:
    """The same text without the kinds of its placeholders: a dummy that fits one request fits all
    that share it."""
    return PLACEHOLDER.sub(_MASK, build_match_text(request))


def build_template(request: NormalizedRequest) -> WildcardTemplate | None:
    """What another request must be; None for one without placeholders."""
    text = build_match_text(request)
    found = [match.span() for match in PLACEHOLDER.finditer(text)]
    if not found:
        return None
    character = _IN_JSON if request.kind == b"json" else _ANYWHERE
    between = tuple(text[end:start] for (_, end), (start, _) in pairwise(found))
    return WildcardTemplate(text[: found[0][0]], character, between, text[found[-1][1] :])


def extract_wildcard_values(text: bytes, template: bytes) -> Sequence[bytes] | None:
    """What stands in the text where the template has placeholders; None if that is not all that
    differs."""
    literals = tuple(PLACEHOLDER.split(template)[:: PLACEHOLDER.groups + 1])
    match = _match_whole(_compile_runs(_ANYWHERE, literals), text)
    if match is None:
        return None
    return [text[slice(*match.span(group))] for group in range(1, len(literals))]


def is_wildcard_match(recorded: object, sent: object) -> bool:
    """Whether two values are texts that differ in what placeholders stand for alone."""
    if not isinstance(recorded, str) or not isinstance(sent, str):
        return False
    text, template = (each.encode(errors="surrogatepass") for each in (sent, recorded))
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
    """What the pattern finds, if that is the whole text: no run goes beyond its part, so where it
    stops at a part's end that is not the text's, there is no other way to match it."""
    match = next(pattern.finditer(text + _SEPARATOR), None)
    return match if match is not None and match.span(0)[1] > len(text) else None


@lru_cache(1024)
def _compile_runs(character: bytes, literals: tuple[bytes, ...]) -> RegexPattern:
    """Runs between literals, from the first byte to the one that stands between parts.

    A run ends where the next literal begins for the first time: if the whole can be matched at
    all, it can be like that. So the standard engine, whose time is not linear, need not go back.
    """
    once = b"(?>" if ENGINE is STANDARD else b"(?:"
    begin, *between = (_SPECIAL.sub(_escape_byte, literal) for literal in literals)
    end = b"(%b+)%b" % (character, between.pop()) if between else b""
    runs = (b"%b(%b+?)%b)" % (once, character, literal) for literal in between)
    return ENGINE.compile(rb"\A%b%b%b\x00" % (begin, b"".join(runs), end))


def _escape_byte(match: re.Match[bytes]) -> bytes:
    return rb"\x%02x" % ord(match[0])
