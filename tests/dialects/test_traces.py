"""Golden traces: what the streams and bodies of each API say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from support.golden import GOLDEN, read_request
from support.traces import check_pieces, iter_trace_lines, trace_file

BODIES = sorted(
    path.relative_to(GOLDEN).as_posix()
    for pattern in ("*/*/stream.*", "*/*/body.json")
    for path in GOLDEN.glob(pattern)
)


@pytest.mark.parametrize("body", BODIES)
def test_a_trace_says_what_the_exchange_says(
    body: str, expect: Callable[[Path, str], None]
) -> None:
    path = GOLDEN / body
    request = read_request(path.parent / "request.json")
    trace = trace_file(request, path)
    check_pieces(trace, request.body, path.read_bytes())
    expect(path.parent / "trace.txt", "\n".join((*iter_trace_lines(trace), "")))
