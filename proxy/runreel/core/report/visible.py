"""Escaping of text from the wire, so that it is safe to print.

A recorded body can contain terminal escape sequences, and controls that reorder the displayed text
(Unicode TR 36, section 3.1). Both are replaced by escapes in Python's notation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

_CONTROLS = (*range(0x20), *range(0x7F, 0xA0))
_REORDERING = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_LINE_ENDS = (0x2028, 0x2029)
_SURROGATES = range(0xD800, 0xE000)


@cache
def _build_escapes(kept: str = "") -> Mapping[int, str]:
    """Map the characters to escape, except for those to keep, to their escapes."""
    return {
        code: f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
        for code in (*_CONTROLS, *_REORDERING, *_LINE_ENDS, *_SURROGATES)
        if chr(code) not in kept
    }


def escape_controls(text: str) -> str:
    """Escape all control characters except line feeds and tabs."""
    return text if text.isprintable() else text.translate(_build_escapes(kept="\n\t"))


def escape_line(text: str) -> str:
    """Escape all control characters, so that the text stays on one line."""
    return text if text.isprintable() else text.translate(_build_escapes())
