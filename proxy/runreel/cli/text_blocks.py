"""Recorded texts as indented lines that are safe to print and limited in length.

Recorded data cannot imitate the page around it: control characters are escaped, and every line of
it is indented.
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
"""Most lines of a block."""
_MAX_LINE_LENGTH = 400
"""Most characters of a line in a block."""
_MAX_VALUE_LENGTH = 200
"""Most characters of a single value."""
_MAX_DUMP_BYTES = 128
"""Most bytes of a binary body."""
_MAX_NAME_WIDTH = 40
"""Most characters that names are padded to; a longer name moves its own value only."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def format_body(body: bytes, omitted: OmittedReason | None, *, full: bool) -> list[str]:
    """Return a blank line and the body: indented JSON, plain text, or a hexadecimal dump."""
    if omitted is not None:
        return ["", f"  (the body was not kept: {REASON_TEXTS[omitted]})"]
    return ["", *_format_content(body, full=full)] if body else []


def _format_content(body: bytes, *, full: bool) -> Iterator[str]:
    text = _decode_text(body)
    return _format_hex_dump(body, full=full) if text is None else format_json(text, full=full)


def _decode_text(body: bytes) -> str | None:
    """Return the body as text if it is UTF-8 without NUL, else None.

    An incomplete character at the end is dropped: the body may have been cut there.
    """
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
        printable = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        yield f"  {offset:08x}  {piece.hex(' '):<47}  {printable}"
    hint = "; --full shows all" if len(body) > end else ""
    yield f"  ({format_size(len(body))} of binary data{hint})"


def format_json(text: str, *, full: bool) -> Iterator[str]:
    """Yield the lines of a text, reformatted with indentation if it is JSON."""
    lines = format_json_lines(text)
    return format_text(text, full=full) if lines is None else _format_block(lines, full=full)


def format_text(text: str, *, full: bool) -> Iterator[str]:
    """Yield the lines of a text, limited in number and length unless ``full``."""
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
    """Return one line for each name and value, with the values aligned."""
    names = [escape_line(shorten(name, full=full)) for name in values]
    width = min(max(map(len, names), default=0), _MAX_NAME_WIDTH)
    texts = (escape_line(shorten(value, full=full)) for value in values.values())
    return [f"  {name:<{width}}  {text}" for name, text in zip(names, texts, strict=True)]


def format_line(text: str) -> str:
    """Return a recorded text as one indented line."""
    return f"  {escape_line(text)}"


def shorten(text: str, *, full: bool) -> str:
    """Return the text, cut to the length of a value unless ``full``."""
    return text if full else _cut(text, _MAX_VALUE_LENGTH)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters; --full shows all)"
