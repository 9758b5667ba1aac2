"""Views of readable text that is encoded in base64 or in hexadecimal digits (RFC 4648).

No pattern matches a key in the base64 of a longer text. So runs that decode to readable text are
searched like any other text. Pictures, hashes and keys do not, and are left out.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator
from functools import cache

from runreel.core.redact.search.engine import ENGINE, RegexPattern
from runreel.core.redact.texts.views import View
from runreel.core.regex.lazy_pattern import compile_later

_READABLE_8 = compile_later(rb"[\t\r\n -~]{8}")  # faster than RE2 in a few bytes
_READABLE_12 = ENGINE.compile(rb"[\t\r\n -~]{12}")
_READABLE_32 = ENGINE.compile(rb"[\t\r\n -~]{32}")
"""So many printable characters in a row are no coincidence in decoded data of up to ``_SHORT``
bytes, of up to ``_LONG`` bytes, and of any length."""

_ALPHABET = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"0123456789+/"
_ANY_ALPHABET = _ALPHABET + b"-_"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SHORT = 64
"""Bytes: a number, a short name."""

_LONG = 4096
"""Bytes or characters. A shorter run may have other characters of its alphabet in front of it, as
the ``/`` of a path, so each of the four alignments is decoded. A longer one is decoded once."""

_VERY_LONG = 1 << 16
"""Characters."""
_SAMPLES = 32
"""Samples of a longer run that tell whether it is worth searching."""


def _compile_text_hint() -> RegexPattern:
    """Return a pattern that matches in all base64 digits of eight printable ASCII characters.

    Four digits encode a group of three characters. The first digit holds the upper six bits of the
    first character, which is below 0x7F; the second ends in the upper four bits of the next one;
    the third in the upper two of the last. Eight characters begin with the first, the second or the
    last one of a group. So they have two whole groups, and two more characters around these.
    """
    first, second, third = (
        b"[%b]" % bytes(_ALPHABET[code] for code in codes)
        for codes in (
            [code for code in range(64) if code in (2, 3) or 8 <= code < 32],
            [code for code in range(64) if code % 16 in (0, *range(2, 8))],
            [code for code in range(64) if code % 4 < 2],
        )
    )
    any_digit = b"[A-Za-z0-9+/_-]"
    groups = b"(?:%b%b%b%b){2}" % (first, second, third, any_digit)
    return ENGINE.compile(
        b"%b%b%b|%b%b%b%b|%b%b%b%b"
        % (
            *(groups, first, second),
            *(second, third, any_digit, groups),
            *(third, any_digit, groups, first),
        )
    )


_TEXT_HINT = _compile_text_hint()
_REST_OF_RUN = compile_later(rb"[A-Za-z0-9+/_-]*+")
_MIN_RUN = 20
"""Characters."""

_RUN_START = ENGINE.compile(rb"[A-Za-z0-9+/_-]{%d}" % _MIN_RUN)
"""The beginning of a run, of base64 or of hexadecimal digits."""

_HEX = ENGINE.compile(rb"[0-9a-fA-F]{%d,}" % _MIN_RUN)
_HEX_DIGITS = frozenset(b"0123456789abcdefABCDEF")
_HEX_AS_ZEROS = bytes(ord("0") if byte in _HEX_DIGITS else ord(" ") for byte in range(256))
_ZEROS = b"0" * _MIN_RUN

_SLICE = 1 << 16
"""Characters that are decoded in one call, a multiple of 4: a longer call would block threads."""


class _EncodedView(View):
    """A decoded run of digits; ``width`` digits encode ``size`` bytes."""

    def __init__(self, source: View, run_start: int, data: bytes, *, width: int, size: int) -> None:
        super().__init__(data)
        self._source = source
        self._run_start = run_start
        self._width = width
        self._size = size

    def to_raw_start(self, position: int) -> int:
        return self._source.to_raw_start(self._run_start + position * self._width // self._size)

    def to_raw_end(self, position: int) -> int:
        return self._source.to_raw_end(self._run_start - (-position * self._width // self._size))


def iter_encoded_views(view: View) -> Iterator[View]:
    """Yield a view of every run of base64 or hexadecimal digits that decodes to readable text."""
    if next(_RUN_START.finditer(view.data), None) is None:
        return
    for match in _HEX.finditer(view.data) if _may_have_hex(view.data) else ():
        start, end = match.span(0)
        data = bytes.fromhex(view.data[start : end - (end - start) % 2].decode())
        if _is_text(data):
            yield _EncodedView(view, start, data, width=2, size=1)
    for start, end in _iter_base64_runs(view.data):
        yield from _iter_base64_views(view, start, end)


def _may_have_hex(data: bytes) -> bool:
    """Return False if the data is short and has no run of hexadecimal digits.

    Most data has none, and RE2 takes several times as long to tell.
    """
    return len(data) > _SLICE or _ZEROS in data.translate(_HEX_AS_ZEROS)


def _iter_base64_runs(data: bytes) -> Iterator[tuple[int, int]]:
    """Yield start and end of the runs of base64 that may decode to readable text."""
    at = 0
    while (match := next(_TEXT_HINT.finditer(data, at), None)) is not None:
        hint_start, hint_end = match.span(0)
        before = data[at:hint_start]
        start = hint_start - (len(before) - len(before.rstrip(_ANY_ALPHABET)))
        rest = _REST_OF_RUN.match(data, hint_end)
        at = rest.end() if rest else hint_end
        if at - start >= _MIN_RUN:
            yield start, at


@cache
def _compile_long_run() -> RegexPattern:
    """Compile the pattern of long runs, which takes a millisecond and is rarely needed."""
    return ENGINE.compile(rb"[A-Za-z0-9+/_-]{1000,}")


def mask_binary_runs(data: bytes) -> bytes:
    """Return the data with very long runs that are not text replaced by quotes.

    Patterns of keys match often in a picture, and only by chance.
    """
    if len(data) <= _VERY_LONG:
        return data
    pieces: list[bytes] = []
    position = 0
    for match in _compile_long_run().finditer(data):
        start, end = match.span(0)
        if end - start > _VERY_LONG and not _looks_like_text(data, start, end):
            pieces += (data[position:start], b'"' * (end - start))
            position = end
    return b"".join((*pieces, data[position:])) if pieces else data


def _iter_base64_views(view: View, start: int, end: int) -> Iterator[View]:
    """Yield a view of each alignment of a run that decodes to readable text."""
    characters = view.data[start:end].translate(_URL_SAFE)
    for skipped in range(1 if len(characters) > _LONG else 4):
        data = _decode_base64(characters[skipped:])
        if _is_text(data):
            yield _EncodedView(view, start + skipped, data, width=4, size=3)


def _looks_like_text(data: bytes, start: int, end: int) -> bool:
    """Return whether samples of a very long run decode to text; most such runs are pictures."""
    step = (end - start) // _SAMPLES // 4 * 4
    samples = (
        data[at : min(at + _LONG, end)].translate(_URL_SAFE) for at in range(start, end, step)
    )
    return any(
        next(_READABLE_32.finditer(_decode_base64(sample)), None) is not None for sample in samples
    )


def _is_text(data: bytes) -> bool:
    readable = _READABLE_12 if len(data) <= _LONG else _READABLE_32
    readable = _READABLE_8 if len(data) <= _SHORT else readable
    return next(readable.finditer(data), None) is not None


def _decode_base64(characters: bytes) -> bytes:
    """Return the decoded bytes; a last character that completes no byte is left out."""
    if len(characters) % 4 == 1:
        characters = characters[:-1]
    padded = characters + b"=" * (-len(characters) % 4)
    if len(padded) <= _SLICE:
        return a2b_base64(padded)
    slices = [padded[at : at + _SLICE] for at in range(0, len(padded), _SLICE)]
    return b"".join(map(a2b_base64, slices))
