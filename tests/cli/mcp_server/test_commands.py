"""Pages of an output: whole lines and whole characters, and together the whole output."""

from __future__ import annotations

import pytest

from runreel.cli.mcp_server.commands import PAGE_SIZE, cut_page, parse_cursor, run_paged
from runreel.errors import UsageError

OUTPUTS = [
    ("nothing", b""),
    ("a line", b"one\n"),
    ("many lines", b"".join(b"line %d\n" % number for number in range(10_000))),
    ("a line that is longer than a page", b"x" * (PAGE_SIZE * 3) + b"\nend\n"),
    ("characters of several bytes", "é€😀".encode() * PAGE_SIZE),
]


@pytest.mark.parametrize("output", [row[1] for row in OUTPUTS], ids=[row[0] for row in OUTPUTS])
def test_the_pages_together_are_the_output(output: bytes) -> None:
    texts, cursor = [], "0"
    while cursor:
        offset = parse_cursor(cursor)
        page = cut_page(output[offset : offset + PAGE_SIZE + 1], offset)
        assert len(page.text.encode()) <= PAGE_SIZE
        texts.append(page.text)
        cursor = page.next_cursor
    assert "".join(texts).replace("\n", "") == output.decode().replace("\n", "")


async def test_a_command_that_fails_is_an_error_with_its_message() -> None:
    with pytest.raises(UsageError, match="no cassette at"):
        await run_paged(["show", "/nowhere/x.cassette"])
