"""Streams of each dialect with secrets split over many events: their texts, and their redaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.streams.body_texts import extract_texts
from runreel.core.redact.texts.leaf import Leaf
from runreel.dialects import DIALECTS, find_dialect
from runreel.model import Answer, Request
from support.build import make_answer, make_exchange
from support.golden import GOLDEN, read_request

CASES = sorted(
    path.parent.relative_to(GOLDEN).as_posix()
    for dialect in DIALECTS
    for path in GOLDEN.glob(f"{dialect.name}/*/stream.sse")
    if dialect.name != "assistants"  # has its own golden test, which includes outlines
)


def test_every_dialect_has_cases() -> None:
    assert {dialect.name for dialect in DIALECTS} == {
        *("assistants", "bedrock"),
        *(case.split("/")[0] for case in CASES),
    }


@pytest.mark.parametrize("case", CASES)
def test_a_stream_is_split_into_texts_and_redacted(
    case: str, expect: Callable[[Path, str], None]
) -> None:
    request = read_request(GOLDEN / case / "request.json")
    answer = make_answer((GOLDEN / case / "stream.sse").read_bytes(), headers=())
    expect(GOLDEN / case / "expected.txt", "\n".join(iter_lines(request, answer)))


def is_password(leaf: Leaf) -> bool:
    return leaf.name == "password"


def iter_lines(request: Request, answer: Answer) -> Iterator[str]:
    dialect = find_dialect(request)
    yield f"{dialect.name} {dialect.interpret(request).operation}".strip()
    for text in extract_texts((), answer.body, dialect.channels, is_password).texts[1:]:
        if text.data:
            yield f"{text.kind.value} {text.data.decode()}"
    exchange = make_exchange(request=request, answer=answer)
    clean = Redactor(Rules.build(), Vault()).redact_exchange(exchange, dialect.channels)
    yield f"request {clean.head.request.body.decode()}"
    yield ""
    yield clean.answer.body.decode()
