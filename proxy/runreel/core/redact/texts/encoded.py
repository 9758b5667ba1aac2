"""Readable text that stands in base64 or in hexadecimal digits, with the way back to these.

A key in the base64 of a longer text looks like nothing else does. Runs that decode to text are
searched like any other; pictures, hashes and keys decode to no text and are passed over (RFC 4648).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from runreel.core.redact.search.engine import ENGINE, RegexPattern
from runreel.core.redact.texts.views import View

_LONG_RUN = ENGINE.compile(rb"[A-Za-z0-9+/_-]{1000,}")
_READABLE_8 = ENGINE.compile(rb"[\t\r\n -~]{8}")
_READABLE_12 = ENGINE.compile(rb"[\t\r\n -~]{12}")
_READABLE_32 = ENGINE.compile(rb"[\t\r\n -~]{32}")
"""That many printable characters in a row are no chance in a run of a number, of a key, of all."""

_ALPHABET = bytes(range(0x41, 0x5B)) + bytes(range(0x61, 0x7B)) + b"0123456789+/"
_ANY_ALPHABET = _ALPHABET + b"-_"
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_SHORT = 64
"""Bytes."""

_LONG = 4096
"""Characters. A run may begin within another's alphabet, as behind the ``/`` of a path; of one so
long no start but its own is tried."""

_VERY_LONG = 1 << 16
_SAMPLES = 32
"""Of a run of more characters than that, so many samples tell whether it is worth searching."""


def _compile_text_hint() -> RegexPattern:
    """Finds two groups of digits in a row that stand for six printable characters: as many as any
    text that is long enough has, wherever its groups begin.

    The first digit of a group holds the upper six bits of a character below 0x7F, the second the
    upper four of the next one, the third the upper two of the last.
    """
    digits = (
        [code for code in range(64) if code in (2, 3) or 8 <= code < 32],
        [code for code in range(64) if code % 16 in (0, *range(2, 8))],
        [code for code in range(64) if code % 4 < 2],
    )
    group = b"".join(b"[%b]" % bytes(_ALPHABET[code] for code in codes) for codes in digits)
    return ENGINE.compile(b"(?:%b[A-Za-z0-9+/_-]){2}" % group)


_TEXT_HINT = _compile_text_hint()
_REST_OF_RUN = re.compile(rb"[A-Za-z0-9+/_-]*+")
_MIN_RUN = 20
"""Characters of a run."""

_RUN_START = ENGINE.compile(rb"[A-Za-z0-9+/_-]{%d}" % _MIN_RUN)
"""The beginning of one, of either kind of digits."""

_HEX = ENGINE.compile(rb"[0-9a-fA-F]{%d,}" % _MIN_RUN)

_SLICE = 1 << 16
"""Characters, a multiple of 4: one call must not hold other threads up."""


class _EncodedView(View):
    """A decoded run; ``width`` characters of it make ``size`` bytes."""

    def __init__(self, source: View, at: int, data: bytes, *, width: int, size: int) -> None:
        super().__init__(data)
        self._source = source
        self._at = at
        self._width = width
        self._size = size

    def to_raw_start(self, position: int) -> int:
        return self._source.to_raw_start(self._at + position * self._width // self._size)

    def to_raw_end(self, position: int) -> int:
        return self._source.to_raw_end(self._at - (-position * self._width // self._size))


def iter_encoded_views(view: View) -> Iterator[View]:
    """Every run of base64 or hexadecimal digits in the view that decodes to text."""
    if next(_RUN_START.finditer(view.data), None) is None:
        return
    for match in _HEX.finditer(view.data):
        start, end = match.span(0)
        data = bytes.fromhex(view.data[start : end - (end - start) % 2].decode())
        if _is_text(data):
            yield _EncodedView(view, start, data, width=2, size=1)
    for start, end in _iter_base64_runs(view.data):
        yield from _iter_base64_views(view, start, end)


def _iter_base64_runs(data: bytes) -> Iterator[tuple[int, int]]:
    """The runs of base64 that may say something."""
    at = 0
    while (match := next(_TEXT_HINT.finditer(data, at), None)) is not None:
        begun, end = match.span(0)
        before = data[at:begun]
        start = begun - (len(before) - len(before.rstrip(_ANY_ALPHABET)))
        rest = _REST_OF_RUN.match(data, end)
        at = rest.end() if rest else end
        if at - start >= _MIN_RUN:
            yield start, at


def mask_binary_runs(data: bytes) -> bytes:
    """The data with quotes in place of very long runs that are no text: keys are found in these
    by chance alone, and often."""
    if len(data) <= _VERY_LONG:
        return data
    pieces: list[bytes] = []
    read = 0
    for match in _LONG_RUN.finditer(data):
        start, end = match.span(0)
        if end - start > _VERY_LONG and not _looks_like_text(data, start, end):
            pieces += (data[read:start], b'"' * (end - start))
            read = end
    return b"".join((*pieces, data[read:])) if pieces else data


def _iter_base64_views(view: View, start: int, end: int) -> Iterator[View]:
    characters = view.data[start:end].translate(_URL_SAFE)
    for skipped in range(1 if len(characters) > _LONG else 4):
        data = _decode_base64(characters[skipped:])
        if _is_text(data):
            yield _EncodedView(view, start + skipped, data, width=4, size=3)


def _looks_like_text(data: bytes, start: int, end: int) -> bool:
    """Whether a few samples of a very long run have text in them: pictures are the usual ones."""
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
    """What the characters say; without the last one if no whole byte ends with it."""
    if len(characters) % 4 == 1:
        characters = characters[:-1]
    padded = characters + b"=" * (-len(characters) % 4)
    slices = (padded[at : at + _SLICE] for at in range(0, len(padded), _SLICE))
    return b"".join(map(base64.b64decode, slices))
