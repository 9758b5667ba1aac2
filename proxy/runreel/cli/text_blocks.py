"""Recorded texts as indented lines that are safe to print and limited in length.

Recorded data cannot imitate the page around it: control characters are escaped, and every line of
it is indented.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate, islice
from typing import NamedTuple

from runreel.cli.terminal import escape_controls, escape_line, format_size, get_width
from runreel.core.report.omitted_reasons import REASON_TEXTS
from runreel.core.report.pretty import format_json_lines
from runreel.model import OmittedReason

_MAX_LINES = 40
"""Most lines of a block."""
_MIN_FOLDED = 200
"""Characters of a single line that is not worth being left out."""
_MIN_WRAPPED = 20
"""Fewest columns to which a passage is wrapped."""
_MAX_LINE_LENGTH = 400
"""Most characters of a line in a block."""
_MAX_SHORT_BODY = 4096
"""Most bytes of a body that counts as short."""
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


def is_long(body: bytes) -> bool:
    """Return whether a body is longer than what is shown of one."""
    lines = format_body(body, None, full=True) if len(body) <= _MAX_SHORT_BODY else ()
    return len(body) > _MAX_SHORT_BODY or len(lines) > _MAX_LINES


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


class PassageLimits(NamedTuple):
    """The part of a long passage that is shown."""

    head_lines: int
    head_length: int
    """In characters, as ``tail_length``."""
    tail_lines: int
    tail_length: int


ANSWER_LIMITS = PassageLimits(30, 4000, 10, 1000)
MESSAGE_LIMITS = PassageLimits(8, 600, 0, 0)


def format_passage(
    text: str, *, full: bool, limits: PassageLimits = ANSWER_LIMITS
) -> Iterator[str]:
    """Yield the lines of what a model or a person says, wrapped to the width of the terminal.

    Of a long passage the beginning and the end are kept, unless ``full``.
    """
    lines = _LINE_END.split(text)
    width = get_width(sys.stdout)
    for line in lines if full else _fold(lines, limits):
        wrapped = [line] if width is None else _wrap(line, max(width - 2, _MIN_WRAPPED))
        yield from map(_indent, wrapped)


def _fold(lines: Sequence[str], limits: PassageLimits) -> Iterator[str]:
    """Yield the first and the last lines of a long passage, and how much is left out."""
    head = _count_fitting(lines, limits.head_lines, limits.head_length)
    tail = _count_fitting(lines[:head:-1], limits.tail_lines, limits.tail_length)
    middle = lines[head : len(lines) - tail]
    if len(middle) <= 1 and sum(map(len, middle)) <= _MIN_FOLDED:
        yield from lines
        return
    size = format_size(len("\n".join(middle).encode("utf-8", "replace")))
    yield from lines[:head]
    if not head:
        yield f"{middle[0][: limits.head_length]} …"
    what = "1 line" if len(middle) == 1 else f"{len(middle)} lines"
    yield f"… {what}, {size}; --full shows all"
    yield from lines[len(lines) - tail :]


def _count_fitting(lines: Iterable[str], most: int, length: int) -> int:
    """Return how many of the lines are within a number of lines and of characters."""
    totals = accumulate(len(line) for line in islice(lines, most))
    return sum(1 for total in totals if total <= length)


def _wrap(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, replace_whitespace=False, drop_whitespace=False) or [""]


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
