"""docs/inspecting.md names the keys, kinds, columns and problems that there are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from runreel.cli import run
from runreel.core.cassette import encode_exchange
from runreel.core.trace.model import BlockKind, EventKind
from support.build import make_answer, make_cassette, make_exchange, make_request

PAGE = (Path(__file__).parents[2] / "docs" / "inspecting.md").read_text(encoding="utf-8")
STREAM = make_answer(
    b'data: {"model": "m", "choices": [{"delta": {"content": "a"}}]}\n\n',
    b'data: {"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 2}}\n\n',
    b"data: [DONE]\n\n",
)
CHAT = make_request(
    target=b"/v1/chat/completions", body=b'{"messages": [{"role": "user", "content": "b"}]}'
)


def find_row(name: str) -> str:
    """Return the row of a table whose first cell has this code."""
    [row] = [line for line in PAGE.splitlines() if re.match(rf"\| `{re.escape(name)}`", line)]
    return row


@pytest.fixture
def exchange(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, object]:
    monkeypatch.chdir(tmp_path)
    cassette = make_cassette(encode_exchange(make_exchange(request=CHAT, answer=STREAM)))
    Path("it.cassette").write_bytes(cassette)
    assert run(["show", "it.cassette", "--json"]) == 0
    document: dict[str, object] = json.loads(capsys.readouterr().out)["exchange"]
    return document


PLACES = [
    "answered",
    "outline",
    "trace.conversation",
    "trace.blocks",
    "trace.usage",
    "trace.timing",
    "trace.end",
]


@pytest.mark.parametrize("place", PLACES)
def test_the_keys_of_json_documents_are_listed(exchange: dict[str, object], place: str) -> None:
    value: object = exchange
    for name in place.split("."):
        assert isinstance(value, dict)
        value = value[name]
    row = find_row("trace.blocks" if place == "trace.conversation" else place)
    missing = [key for key in iter_keys(value) if f"`{key}`" not in row]
    assert missing == []


def iter_keys(value: object) -> Iterable[str]:
    if isinstance(value, list):
        value = value[0]
    assert isinstance(value, dict)
    return value.keys()


def test_the_keys_of_events_are_listed(exchange: dict[str, object]) -> None:
    timeline = exchange["timeline"]
    assert isinstance(timeline, list)
    row = find_row("timeline")
    named = [key for key in timeline[0] if f"`{key}`" in row]
    assert named == [
        *("number", "at_us", "gap_us", "offset", "length", "gist", "kind", "blocks"),
    ]


@pytest.mark.parametrize("kind", [*EventKind, *BlockKind])
def test_the_kinds_are_listed(kind: str) -> None:
    assert f"`{kind}`" in PAGE


def test_the_columns_are_those_of_the_list(
    exchange: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert exchange
    assert run(["ls", "it.cassette"]) == 0
    header = capsys.readouterr().out.splitlines()[0]
    for column in ("MODEL", "STATUS", "FIRST ms", "TOKENS"):
        assert find_row(column)
        assert column in header
