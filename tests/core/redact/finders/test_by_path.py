from __future__ import annotations

import json

import pytest

from runreel.core.dialect import Channels
from runreel.core.jsonpath import JsonPath
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.finders.by_path import find_leaves_at_paths
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.model import Headers
from support.build import make_answer, make_exchange, make_request

CHANNELS = Channels(pieces=frozenset({"text", "value"}), discriminators=frozenset())
SSE = ((b"Content-Type", b"text/event-stream"),)
RULES = Rules.build(
    paths=tuple(map(JsonPath.parse, ("$.metadata.customer", "$..shoe", "$.delta.content[*].text")))
)
AT_CUSTOMER = "REDACTED-customer-1"


def redacted(body: str, headers: Headers = ()) -> str:
    exchange = make_exchange(
        request=make_request(body=b""), answer=make_answer(body.encode(), headers=headers)
    )
    answer = Redactor(RULES, Vault()).redact_exchange(exchange, CHANNELS).answer
    return answer.body.decode()


def of_customer(value: object) -> str:
    return json.dumps({"metadata": {"customer": value, "order": "4711"}})


BODIES: list[tuple[str, str, str]] = [
    ("a string", of_customer("Bo"), of_customer(AT_CUSTOMER)),
    (
        "all beneath a place",
        of_customer({"first": "Bo", "age": 52, "old": True, "none": None}),
        of_customer({"first": AT_CUSTOMER, "age": 0, "old": True, "none": None}),
    ),
    (
        "numbers far down an array",
        of_customer([*range(1, 300)]),
        of_customer([0] * 299),
    ),
    ("an escape", '{"shoe": "\\u0042o"}', '{"shoe": "REDACTED-shoe-1"}'),
    ("nothing", of_customer(""), of_customer("")),
    ("nothing known", of_customer(None), of_customer(None)),
    ("what is redacted already", of_customer(AT_CUSTOMER), of_customer(AT_CUSTOMER)),
    ("another place", '{"customer": "Bo"}', '{"customer": "Bo"}'),
    ("JSON that breaks off", '{"shoe": "Bo', '{"shoe": "REDACTED-shoe-1'),
    ("JSON behind a BOM", '\ufeff {"shoe": "Bo"}', '\ufeff {"shoe": "REDACTED-shoe-1"}'),
    ("no JSON", "shoe: Bo", "shoe: Bo"),
    (
        "a value that comes back",
        of_customer("Bo Smith") + " was Bo Smith",
        of_customer(AT_CUSTOMER) + f" was {AT_CUSTOMER}",
    ),
    (
        "an address at the place is what the place says",
        of_customer("bo@corp-example.org"),
        of_customer(AT_CUSTOMER),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "body", "clean"), BODIES, ids=[c[0] for c in BODIES])
def test_whatever_stands_at_a_place_is_redacted(reason: str, body: str, clean: str) -> None:
    assert redacted(body) == clean
    assert redacted(clean) == clean


def lines(*values: object) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"


def said(text: str) -> object:
    content = [{"index": 0, "type": "text", "text": {"value": text}}]
    return {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}


def test_each_event_of_a_stream_has_its_places() -> None:
    stream = lines(*({"n": 7, "shoe": shoe, "size": 43} for shoe in ("a", "b", "a")), {"shoe": 5})
    clean = redacted(stream, SSE)
    numbers = (1, 2, 1)
    assert clean == lines(
        *({"n": 7, "shoe": f"REDACTED-shoe-{number}", "size": 43} for number in numbers),
        {"shoe": 0},
    )
    assert redacted(clean, SSE) == clean


def test_a_text_in_pieces_is_meant_as_a_whole() -> None:
    clean = redacted(lines(said("Bo "), said("Smith and a long"), said(" rest")), SSE)
    events = [json.loads(line[6:]) for line in clean.split("\n\n")[:3]]
    texts = [event["delta"]["content"][0]["text"]["value"] for event in events]
    assert "".join(texts) == "REDACTED-text-1"
    assert all(texts)


def test_what_every_event_repeats_is_meant_in_each() -> None:
    events = [{"n": n, "shoe": "Bo", "text": "a" * n} for n in range(1, 5)]
    clean = redacted(lines(*events), SSE)
    assert clean == lines(*({**event, "shoe": "REDACTED-shoe-1"} for event in events))


def test_what_a_body_calls_a_place_is_in_no_placeholder() -> None:
    assert redacted('{"metadata": {"customer": {"Bo Smith": "x"}}}') == (
        '{"metadata": {"customer": {"Bo Smith": "REDACTED-customer-1"}}}'
    )


def test_without_a_kind_nothing_is_meant() -> None:
    body = b'{"a": "x"}'
    [leaf] = iter_leaves(body, [(0, len(body))])
    assert list(find_leaves_at_paths(body, [(0, len(body))], lambda path: None)) == []
    assert list(find_leaves_at_paths(body, [(0, len(body))], lambda path: "k")) == [(leaf, "k")]
