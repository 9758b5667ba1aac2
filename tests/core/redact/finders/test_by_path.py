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

CHANNELS = Channels(pieces=frozenset({"text", "value"}))
SSE = ((b"Content-Type", b"text/event-stream"),)
RULES = Rules.build(
    paths=tuple(map(JsonPath.parse, ("$.metadata.customer", "$..shoe", "$.delta.content[*].text")))
)
AT_CUSTOMER = "REDACTED-customer-1"


def redact(body: str, headers: Headers = ()) -> str:
    exchange = make_exchange(
        request=make_request(body=b""), answer=make_answer(body.encode(), headers=headers)
    )
    answer = Redactor(RULES, Vault()).redact_exchange(exchange, CHANNELS).answer
    return answer.body.decode()


def build_body(value: object) -> str:
    return json.dumps({"metadata": {"customer": value, "order": "4711"}})


BODIES: list[tuple[str, str, str]] = [
    ("a string", build_body("Bo"), build_body(AT_CUSTOMER)),
    (
        "everything below a path",
        build_body({"first": "Bo", "age": 52, "old": True, "none": None}),
        build_body({"first": AT_CUSTOMER, "age": 0, "old": True, "none": None}),
    ),
    (
        "numbers in a long array",
        build_body([*range(1, 300)]),
        build_body([0] * 299),
    ),
    ("an escape", '{"shoe": "\\u0042o"}', '{"shoe": "REDACTED-shoe-1"}'),
    ("an empty string", build_body(""), build_body("")),
    ("null", build_body(None), build_body(None)),
    ("a placeholder", build_body(AT_CUSTOMER), build_body(AT_CUSTOMER)),
    ("another path", '{"customer": "Bo"}', '{"customer": "Bo"}'),
    ("truncated JSON", '{"shoe": "Bo', '{"shoe": "REDACTED-shoe-1'),
    ("JSON behind a BOM", '\ufeff {"shoe": "Bo"}', '\ufeff {"shoe": "REDACTED-shoe-1"}'),
    ("text that is not JSON", "shoe: Bo", "shoe: Bo"),
    (
        "a value that occurs again",
        build_body("Bo Smith") + " was Bo Smith",
        build_body(AT_CUSTOMER) + f" was {AT_CUSTOMER}",
    ),
    (
        "an address is replaced by the kind of the path",
        build_body("bo@corp-example.org"),
        build_body(AT_CUSTOMER),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "body", "clean"), BODIES, ids=[c[0] for c in BODIES])
def test_the_value_at_a_path_is_redacted(reason: str, body: str, clean: str) -> None:
    assert redact(body) == clean
    assert redact(clean) == clean


def build_stream(*values: object) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values) + "data: [DONE]\n\n"


def build_delta(text: str) -> object:
    content = [{"index": 0, "type": "text", "text": {"value": text}}]
    return {"id": "msg_1", "object": "thread.message.delta", "delta": {"content": content}}


def test_paths_apply_to_each_event_of_a_stream() -> None:
    stream = build_stream(
        *({"n": 7, "shoe": shoe, "size": 43} for shoe in ("a", "b", "a")), {"shoe": 5}
    )
    clean = redact(stream, SSE)
    numbers = (1, 2, 1)
    assert clean == build_stream(
        *({"n": 7, "shoe": f"REDACTED-shoe-{number}", "size": 43} for number in numbers),
        {"shoe": 0},
    )
    assert redact(clean, SSE) == clean


def test_a_text_in_pieces_is_redacted_as_a_whole() -> None:
    clean = redact(
        build_stream(build_delta("Bo "), build_delta("Smith and a long"), build_delta(" rest")), SSE
    )
    events = [json.loads(line[6:]) for line in clean.split("\n\n")[:3]]
    texts = [event["delta"]["content"][0]["text"]["value"] for event in events]
    assert "".join(texts) == "REDACTED-text-1"
    assert all(texts)


def test_a_value_that_every_event_repeats_is_redacted_in_each() -> None:
    events = [{"n": n, "shoe": "Bo", "text": "a" * n} for n in range(1, 5)]
    clean = redact(build_stream(*events), SSE)
    assert clean == build_stream(*({**event, "shoe": "REDACTED-shoe-1"} for event in events))


def test_names_in_the_body_are_not_part_of_a_placeholder() -> None:
    assert redact('{"metadata": {"customer": {"Bo Smith": "x"}}}') == (
        '{"metadata": {"customer": {"Bo Smith": "REDACTED-customer-1"}}}'
    )


def test_a_leaf_without_a_kind_is_skipped() -> None:
    body = b'{"a": "x"}'
    [leaf] = iter_leaves(body, [(0, len(body))])
    assert list(find_leaves_at_paths(body, [[(0, len(body))]], lambda path: None)) == []
    assert list(find_leaves_at_paths(body, [[(0, len(body))]], lambda path: "k")) == [(leaf, "k")]
