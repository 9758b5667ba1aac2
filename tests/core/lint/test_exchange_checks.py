"""The checks of one exchange: each on a recording with the fault, and on one without it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from runreel.core.lint.checks import CHECKS
from runreel.core.lint.exchange_checks import LintContext, check_exchange
from runreel.core.lint.findings import LintFinding
from runreel.core.trace.build import build_trace
from runreel.dialects import find_dialect
from runreel.model import Answer, End, Exchange, OmittedReason, Request
from support.build import STARTED_NS, make_answer, make_exchange, make_head, make_request

JSON = ((b"Content-Type", b"application/json"),)
SSE = ((b"Content-Type", b"text/event-stream"),)
CONTEXT = LintContext(
    upstream="https://api.example",
    volatile=(),
    rewrites_bodies=False,
    max_age_days=0,
    now_ns=STARTED_NS,
)
DAY_NS = 86_400 * 10**9
DONE = b"data: [DONE]\n\n"


def chunk(content: str = "", finish: str | None = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": {"content": content}, "finish_reason": finish}
    value = {"object": "chat.completion.chunk", "choices": [choice], **more}
    return b"data: " + json.dumps(value).encode() + b"\n\n"


WHOLE = (chunk("Hello"), chunk(finish="stop"), DONE)


def chat(*events: bytes, system: str = "Be brief.", **body: object) -> tuple[Request, Answer]:
    messages = [{"role": "system", "content": system}, {"role": "user", "content": "Hi, 2023"}]
    value = {"model": "gpt-4o", "messages": messages, "stream": True, **body}
    request = make_request(
        target=b"/v1/chat/completions", body=json.dumps(value).encode(), headers=JSON
    )
    return request, make_answer(*(events or WHOLE), headers=SSE)


def lint(
    request: Request, answer: Answer, *, context: LintContext = CONTEXT, **head: Any
) -> list[LintFinding]:
    built = make_head(answer, request=request, dialect="chat", **head)
    exchange = Exchange(built, answer)
    return list(check_exchange(exchange, build_trace(exchange, find_dialect(request)), context))


def test_a_good_exchange_has_no_findings() -> None:
    assert lint(*chat()) == []


STREAMS: list[tuple[str, tuple[bytes, ...], Mapping[str, Any], str, str]] = [
    ("no [DONE]", WHOLE[:2], {}, "missing-terminal", "event 2"),
    ("cut off", WHOLE[:1], {"end": End.RESET}, "cut-off-answer", "answer"),
    (
        "an event that is not JSON",
        (WHOLE[0], b"data: {nonsense\n\n", *WHOLE[1:]),
        {},
        "malformed-event",
        "event 2",
    ),
    (
        "an error in the stream",
        (WHOLE[0], b'data: {"error": {"message": "overloaded"}}\n\n'),
        {},
        "error-in-stream",
        "event 2",
    ),
    (
        "one id for two events",
        (b"id: 1\n" + WHOLE[0], b"id: 1\n" + WHOLE[1], DONE),
        {},
        "duplicate-event-id",
        "event 2",
    ),
]


@pytest.mark.parametrize(
    ("why", "events", "head", "code", "place"), STREAMS, ids=[row[0] for row in STREAMS]
)
def test_streams(
    why: str, events: tuple[bytes, ...], head: Mapping[str, Any], code: str, place: str
) -> None:
    (finding,) = lint(*chat(*events), **head)
    assert (finding.code, finding.place) == (code, place)


def test_a_client_that_leaves_after_the_last_event_is_no_finding() -> None:
    assert lint(*chat(), end=End.CLIENT_LEFT, whole=False) == []


def test_pieces_that_do_not_add_up() -> None:
    delta = {"type": "response.output_text.delta", "output_index": 0, "content_index": 0}
    done = {**delta, "type": "response.output_text.done", "text": "Hello"}
    events = [{**delta, "delta": "Hell"}, done, {"type": "response.completed", "response": {}}]
    pieces = [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]
    request = make_request(target=b"/v1/responses", body=b'{"model": "m", "input": "x"}')
    findings = lint(request, make_answer(*pieces, headers=SSE))
    assert [finding.code for finding in findings] == ["text-mismatch"]


PROMPTS = [
    ("the day of the recording", "Today is 2023-11-14.", "date"),
    ("as people write it", "Today is November 14th, 2023", "date"),
    ("as JavaScript writes it", "Tue Nov 14 2023", "date"),
    ("the day before, in another time zone", "It is 13.11.2023", "date"),
    ("another day", "The war ended on 1945-05-08, in 2023 we ...", ""),
    ("a UUID", "session 0f8fad5b-d9cb-469f-a165-70867728950e", "uuid"),
    ("a temporary path", "Work in /tmp/tmpab12cd_x/run", "temp_path"),
    ("nothing", "You are a guide.", ""),
]


@pytest.mark.parametrize(("why", "system", "kind"), PROMPTS, ids=[row[0] for row in PROMPTS])
def test_volatile_prompts(why: str, system: str, kind: str) -> None:
    findings = lint(*chat(system=system))
    assert [finding.code for finding in findings] == (["volatile-prompt"] if kind else [])
    assert all(f'volatile = ["{kind}"]' in finding.advice for finding in findings)
    if kind:
        assert lint(*chat(system=system), context=CONTEXT._replace(volatile=(kind,))) == []


ADDRESSES = [
    ("the upstream itself", b'{"next": "https://api.example/v1/x?page=2"}', True),
    ("another host", b'{"next": "https://docs.example/v1/x"}', False),
    ("a path is led back by clients", b'{"next": "/v1/x?page=2"}', False),
    ("a mention within a text", b'{"text": "see https://api.example/docs for more"}', False),
]


@pytest.mark.parametrize(("why", "body", "expected"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_addresses(why: str, body: bytes, expected: bool) -> None:
    request = make_request("GET", b"/x", (), b"")
    findings = lint(request, make_answer(body, headers=JSON))
    assert [finding.code for finding in findings] == ["upstream-address"] * expected
    context = CONTEXT._replace(rewrites_bodies=True)
    assert lint(request, make_answer(body, headers=JSON), context=context) == []


def test_omitted_bodies() -> None:
    request = make_request("GET", b"/x", (), b"")
    (finding,) = lint(request, make_answer(headers=JSON, omitted=OmittedReason.MAX_BODY))
    assert (finding.code, finding.place) == ("body-omitted", "answer")
    assert "max_body" in finding.advice


def test_images_were_not_searched() -> None:
    url = "data:image/png;base64,iVBORw0KGgo="
    image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]
    request, answer = chat(messages=image)
    assert [finding.code for finding in lint(request, answer)] == ["unsearched-media"]


@pytest.mark.parametrize(
    ("days", "limit", "is_old"), [(40, 30, True), (20, 30, False), (900, 0, False)]
)
def test_age(days: int, limit: int, is_old: bool) -> None:
    context = CONTEXT._replace(max_age_days=limit, now_ns=STARTED_NS + days * DAY_NS)
    assert [finding.code for finding in lint(*chat(), context=context)] == [
        "old-recording"
    ] * is_old


def test_many_findings_of_one_code_are_folded() -> None:
    bad = [b"data: {x\n\n"] * 20
    findings = lint(*chat(*bad, *WHOLE))
    assert len(findings) == 4
    assert findings[-1].reason == "17 more of these"


def test_requests_of_runs() -> None:
    request = make_request(body=b'{"assistant_id": 7}')
    exchange = make_exchange(request=request, answer=make_answer(b"{}", headers=JSON))
    trace = build_trace(exchange, find_dialect(request))
    codes = [finding.code for finding in check_exchange(exchange, trace, CONTEXT)]
    assert codes == ["request-problem"]


def test_every_code_has_a_summary_and_an_advice() -> None:
    assert all(check.summary and check.advice for check in CHECKS.values())
