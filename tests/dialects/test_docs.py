"""docs/dialects.md: the module on the page reads the stream on the page as it says."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

from msgspec.structs import replace

from runreel.core.redact.streams.body_texts import extract_texts
from runreel.dialects import DIALECTS
from runreel.dialects.base.recognition import Recogniser
from runreel.dialects.base.table_dialect import TableDialect
from runreel.dialects.chat import CHAT
from runreel.dialects.plain import Plain
from support.build import make_request
from support.readme import find_tagged
from support.traces import iter_trace_lines, trace_body

PAGE = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text(encoding="utf-8")


def load_dialect() -> TableDialect:
    """Run the module on the page and return its dialect."""
    module = ModuleType("acme")
    exec(find_tagged(PAGE, "acme.py"), module.__dict__)  # noqa: S102 - our own page
    dialect = module.__dict__["ACME"]
    assert isinstance(dialect, TableDialect)
    return dialect


def test_the_request_and_its_stream_are_read_as_expected() -> None:
    dialect = load_dialect()
    fields = json.loads(find_tagged(PAGE, "request.json"))
    request = make_request(fields["method"], fields["target"].encode())
    assert Recogniser([dialect], Plain()).find(request) is dialect
    stream = find_tagged(PAGE, "stream.sse").encode() + b"\n\n"
    _, *texts = extract_texts((), stream, dialect.channels, lambda _: False).texts
    assert find_tagged(PAGE, "expected.txt").splitlines() == [
        f"{dialect.name} {dialect.interpret(request).operation}",
        *(f"{text.kind.value} {text.data.decode()}" for text in texts if text.data),
    ]


def test_the_page_adds_a_dialect_that_does_not_exist() -> None:
    assert load_dialect().name not in {dialect.name for dialect in DIALECTS}


def test_the_trace_table_reads_its_stream_as_the_page_says() -> None:
    module = ModuleType("trace_table")
    exec(find_tagged(PAGE, "trace_table.py"), module.__dict__)  # noqa: S102 - our own page
    table = module.__dict__["TRACE_TABLE"]
    stream = find_tagged(PAGE, "talk.sse").encode() + b"\n\n"
    trace = trace_body(make_request(body=b""), stream, dialect=replace(CHAT, trace_table=table))
    _, _, *lines = iter_trace_lines(trace)
    assert lines[1:] == find_tagged(PAGE, "talk.txt").splitlines()
