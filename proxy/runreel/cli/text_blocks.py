"""Recorded texts as lines that are safe to print, indented, and not longer than one can read.

What was recorded cannot forge a line of a page: it is one visible line, or an indented block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runreel.cli.terminal import size, visible, visible_line
from runreel.core.report.omitted_reasons import WHY
from runreel.core.report.pretty import pretty_json
from runreel.model import Omitted

_LINES = 40
"""Lines of a block."""
_COLUMNS = 400
"""Characters of each of them."""
_LONG = 200
"""Characters of one value."""
_DUMPED = 128
"""Bytes of a binary body."""
_NAMES = 40
"""Columns that names take at most, unless one of them is longer."""

_LINE_END = re.compile(r"\r\n|\r|\n")


def body_lines(body: bytes, omitted: Omitted | None, *, full: bool) -> list[str]:
    """A blank line and the body: JSON laid out, text as it is, the rest as a dump of bytes."""
    if omitted is not None:
        return ["", f"  (the body was not kept: {WHY[omitted]})"]
    return ["", *_content(body, full=full)] if body else []


def _content(body: bytes, *, full: bool) -> Iterator[str]:
    text = _text_of(body)
    return _dump(body, full=full) if text is None else json_lines(text, full=full)


def _text_of(body: bytes) -> str | None:
    """The body as text, if it is: UTF-8 without NUL; a character cut off at its end is left out."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data":
            return None
        text = body[: error.start].decode()
    return None if "\0" in text else text


def _dump(body: bytes, *, full: bool) -> Iterator[str]:
    end = len(body) if full else min(len(body), _DUMPED)
    for offset in range(0, end, 16):
        piece = body[offset : offset + 16]
        shown = "".join(chr(byte) if 0x20 <= byte < 0x7F else "." for byte in piece)
        yield f"  {offset:08x}  {piece.hex(' '):<47}  {shown}"
    hint = "; --full shows all" if len(body) > end else ""
    yield f"  ({size(len(body))} of binary data{hint})"


def json_lines(text: str, *, full: bool) -> Iterator[str]:
    """The text laid out if it is JSON, else as it is."""
    lines = pretty_json(text)
    return text_lines(text, full=full) if lines is None else _block(lines, full=full)


def text_lines(text: str, *, full: bool) -> Iterator[str]:
    """The lines of a text; not too many, and none too long, where it is not wanted in full."""
    return _block(_LINE_END.split(text), full=full)


def _block(lines: Iterable[str], *, full: bool) -> Iterator[str]:
    return map(_indented, lines if full else _clipped(lines))


def _clipped(lines: Iterable[str]) -> Iterator[str]:
    remaining = iter(lines)
    yield from (_cut(line, _COLUMNS) for line in islice(remaining, _LINES))
    if next(remaining, None) is not None:
        yield "… more lines; --full shows all"


def _indented(line: str) -> str:
    return f"  {visible(line)}".rstrip()


def pairs(values: Mapping[str, str], *, full: bool) -> list[str]:
    """Names and values, a line each, the values below each other."""
    names = [visible_line(brief(name, full=full)) for name in values]
    width = min(max(map(len, names), default=0), _NAMES)
    texts = (visible_line(brief(value, full=full)) for value in values.values())
    return [f"  {name:<{width}}  {text}" for name, text in zip(names, texts, strict=True)]


def line(text: str) -> str:
    """One recorded text as one line."""
    return f"  {visible_line(text)}"


def brief(text: str, *, full: bool) -> str:
    """The text, cut if it is long and not wanted in full."""
    return text if full else _cut(text, _LONG)


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[:limit]}… ({len(text) - limit} more characters; --full shows all)"
