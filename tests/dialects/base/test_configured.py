"""A dialect of the settings: the example of docs/dialects.md."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from runreel.config import parse_config
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.trace.build import build_trace
from runreel.dialects import build_finder, find_dialect
from support.build import make_answer, make_exchange, make_request
from support.readme import iter_blocks

PAGE = (Path(__file__).parents[3] / "docs" / "dialects.md").read_text(encoding="utf-8")
[EXAMPLE] = [block.code for block in iter_blocks(PAGE) if block.language == "toml"]
CONFIG = parse_config(tomllib.loads(EXAMPLE)["runreel"], "dialects.md")
FIND = build_finder(CONFIG.dialect)

CALLS = [
    ("POST", b"/acme/v1/talk", "acme", "talk.create", ""),
    ("POST", b"/acme/v1/talk/t1/stop", "acme", "talk.stop", "t1"),
    ("GET", b"/acme/v1/jobs/j1?x=1", "acme", "jobs.get", ""),
    ("POST", b"/acme/v1/chat/completions", "acme", "", ""),
    ("GET", b"/acme", "acme", "", ""),
    ("POST", b"/acmes/v1/talk", "plain", "", ""),
    ("POST", b"/v1/chat/completions", "chat", "chat.completions.create", ""),
]


@pytest.mark.parametrize(
    ("method", "target", "name", "operation", "scope"), CALLS, ids=[str(row[1]) for row in CALLS]
)
def test_the_dialect_of_a_call(
    method: str, target: bytes, name: str, operation: str, scope: str
) -> None:
    request = make_request(method, target, (), b"")
    dialect = FIND(request)
    call = dialect.interpret(request)
    assert (dialect.name, call.operation, call.scope) == (name, operation, scope)


def test_a_header_marks_requests_as_well() -> None:
    table = {"dialect": {"acme": {"header": "x-acme: V2"}}}
    find = build_finder(parse_config(table, "x").dialect)
    one, other = (make_request("GET", b"/x", ((b"X-Acme", value),)) for value in (b"v2.1", b"v1"))
    assert (find(one).name, find(other).name) == ("acme", "plain")


def test_no_settings_change_nothing() -> None:
    assert build_finder({}) is find_dialect


def encode(*events: object) -> bytes:
    return b"".join(b"data: %b\n\n" % json.dumps(event).encode() for event in events)


def test_its_streams_are_redacted_and_traced() -> None:
    def say(index: int, text: str) -> object:
        return {"index": index, "delta": {"message": {"content": {"text": text}}}, "padding": "x"}

    stream = encode(say(0, "mail ann@ex"), say(1, "and bob@exa"), say(0, "ample.org"))
    stream += encode(say(1, "mple.com")) + b"data: [DONE]\n\n"
    request = make_request("POST", b"/acme/v1/talk", (), b"{}")
    exchange = make_exchange(request=request, answer=make_answer(stream))
    dialect = FIND(request)
    clean = Redactor(Rules.build(), Vault()).redact_exchange(exchange, dialect.channels)
    trace = build_trace(clean, dialect)
    assert [block.text for block in trace.blocks] == [
        "mail REDACTED-email-1@redacted.invalid",
        "and REDACTED-email-2@redacted.invalid",
    ]
    assert (trace.end.terminal_event, trace.end.is_alarm) == (5, False)


def test_its_fields_count_as_it_says() -> None:
    dialect = FIND(make_request("POST", b"/acme/v1/talk"))
    assert "$.request_id" in dialect.volatile
    assert [place.place for place in dialect.bound] == ["$.nonce"]
    assert dialect.choosing_headers == (b"x-acme-version",)
    assert dialect.polled == {"jobs.get"}
