"""The fenced code blocks of Markdown pages, so that tests can run them unchanged.

``python tests/support/readme.py TAG`` prints the block of README.md that is opened as
```` ```sh TAG ```` (CommonMark, section 4.5: the words after the fence are the info string).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

README = Path(__file__).parents[2] / "README.md"

_BLOCK = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class CodeBlock(NamedTuple):
    """A fenced code block."""

    language: str
    """The first word of the info string; empty if there is none."""
    tag: str
    """The rest of the info string."""
    code: str


def iter_blocks(text: str) -> Iterator[CodeBlock]:
    """Yield the fenced code blocks of a Markdown text, in their order."""
    for match in _BLOCK.finditer(text):
        language, _, tag = match[1].strip().partition(" ")
        yield CodeBlock(language, tag.strip(), match[2])


def remove_blocks(text: str) -> str:
    """Return the text without its fenced code blocks."""
    return _BLOCK.sub("", text)


def find_tagged(text: str, tag: str) -> str:
    """Return the code of the block with this tag; raise LookupError unless there is exactly one."""
    codes = [block.code for block in iter_blocks(text) if block.tag == tag]
    if len(codes) != 1:
        message = f"{len(codes)} code blocks have the tag {tag!r}; there must be exactly one"
        raise LookupError(message)
    return codes[0].strip()


if __name__ == "__main__":
    try:
        print(find_tagged(README.read_text(encoding="utf-8"), sys.argv[1]))
    except LookupError as error:
        sys.exit(f"{README.name}: {error}")
