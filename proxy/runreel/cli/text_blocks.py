"""Recorded texts as lines that are safe to print, indented, and not longer than one can read.

What was recorded cannot forge a line of a page: it is one visible line, or an indented block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runreel.cli.terminal import escape_controls, escape_line, format_size
from runreel.core.report.omitted_reasons import REASON_TEXTS
from runreel.core.report.pretty import format_json_lines
from runreel.model import OmittedReason

_MAX_LINES = 40
"""Lines of a block."""
_MAX_LINE_LENGTH = 400
"""Characters of each of them."""
_MAX_VALUE_LENGTH = 200
"""Characters of one value."""
_MAX_DUMP_BYTES = 128
"""Bytes of a binary body."""
_MAX_NAME_WIDTH = 40
"""Columns that names take at most, unless one of them is longer."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def format_body(body: bytes, omitted: OmittedReason | None, *, full: bool) -> list[str]:
    """A blank line and the body: JSON laid out, text as it is, the rest as a dump of bytes."""
    if omitted is not None:
        return ["", f"  (the body was not kept: {REASON_TEXTS[omitted]})"]
    return ["", *_format_content(body, full=full)] if body else []


def _format_content(body: bytes, *, full: bool) -> Iterator[str]:
    text = _decode_text(body)
    return _format_hex_dump(body, full=full) if text is None else format_json(text, full=full)


def _decode_text(body: bytes) -> str | None:
    """The body as text, if it is: UTF-8 without NUL; a character cut off at its end is left out."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        text = body[: error.start].decode()
    return None if "\0" in text else text


def _format_hex_dump(body: bytes, *, full: bool) -> Iterator[str]:
    end = len(body) if full else min(len(body), _MAX_DUMP_BYTES)
    for offset in range(0, end, 16):
        piece = body[offset : offset + 16]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        yield f"  {offset:08x}  {piece.hex(' '):<47}  {shown}"
    hint = "; --full shows all" if len(body) > end else ""
    yield f"  ({format_size(len(body))} of binary data{hint})"


def format_json(text: str, *, full: bool) -> Iterator[str]:
    """The text laid out if it is JSON, else as it is."""
    lines = format_json_lines(text)
    return format_text(text, full=full) if lines is None else _format_block(lines, full=full)


def format_text(text: str, *, full: bool) -> Iterator[str]:
    """The lines of a text; not too many, and none too long, where it is not wanted in full."""
    return _format_block(_LINE_END.split(text), full=full)


def _format_block(lines: Iterable[str], *, full: bool) -> Iterator[str]:
    return map(_indent, lines if full else _clip(lines))


def _clip(lines: Iterable[str]) -> Iterator[str]:
    remaining = iter(lines)
    yield from (_cut(line, _MAX_LINE_LENGTH) for line in islice(remaining, _MAX_LINES))
    if next(remaining, None) is not None:
        yield "… more lines; --full shows all"


def _indent(line: str) -> str:
    return f"  {escape_controls(line)}".rstrip()


def format_pairs(values: Mapping[str, str], *, full: bool) -> list[str]:
    """Names and values, a line each, the values below each other."""
    names = [escape_line(shorten(name, full=full)) for name in values]
    width = min(max(map(len, names), default=0), _MAX_NAME_WIDTH)
    texts = (escape_line(shorten(value, full=full)) for value in values.values())
    return [f"  {name:<{width}}  {text}" for name, text in zip(names, texts, strict=True)]


def format_line(text: str) -> str:
    """One recorded text as one line."""
    return f"  {escape_line(text)}"


def shorten(text: str, *, full: bool) -> str:
    """The text, cut if it is long and not wanted in full."""
    return text if full else _cut(text, _MAX_VALUE_LENGTH)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters; --full shows all)"
