"""The fenced code blocks of README.md, so that what it promises can be run as it stands there.

``python tests/support/readme.py TAG`` prints the block that is opened as ```` ```sh TAG ````
(CommonMark, section 4.5: the words after the fence are the info string).
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
    """Empty where the fence names none."""
    tag: str
    """What stands after the language."""
    code: str


def iter_blocks(text: str) -> Iterator[CodeBlock]:
    """The fenced code blocks of a Markdown text, in their order."""
    for match in _BLOCK.finditer(text):
        language, _, tag = match[1].strip().partition(" ")
        yield CodeBlock(language, tag.strip(), match[2])


def remove_blocks(text: str) -> str:
    """The text without its fenced code blocks."""
    return _BLOCK.sub("", text)


def find_tagged(text: str, tag: str) -> str:
    """The code of the one block with this tag; raises LookupError if there is not exactly one."""
    found = [block.code for block in iter_blocks(text) if block.tag == tag]
    if len(found) != 1:
        message = f"{len(found)} blocks of code are tagged {tag!r}; there must be one"
        raise LookupError(message)
    return found[0].strip()


if __name__ == "__main__":
    try:
        print(find_tagged(README.read_text(encoding="utf-8"), sys.argv[1]))
    except LookupError as error:
        sys.exit(f"{README.name}: {error}")
