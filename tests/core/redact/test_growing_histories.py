"""Conversations that grow: what earlier requests have taught must not change what is found."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runreel.config import RedactSettings
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.finders.custom import build_active_rules, parse_json_paths
from runreel.core.redact.rules import RULES
from runreel.core.redact.rules.examples import build_example
from runreel.core.redact.search.searched_parts import SearchedParts
from support.build import make_request

pytestmark = pytest.mark.slow

COOKIES = (
    b"__cf_bm=aB3dE6gH9jK2mN5pQ8",
    b'{"a": 1}, {"role": "user"}xY9',
    b'p%20q&amp;r/ sT4\\n"u',
)
"""Values that are learnt between two requests. The second may cross the border of two objects."""

examples = st.sampled_from(
    [template for rule in RULES for template in (*rule.matches, *rule.non_matches)]
).map(lambda template: build_example(template).text)
fillers = st.sampled_from(
    ("word ", "\n", '"', "\\", "&", "%41", ",", "}, {", '"}, {"role":')
).flatmap(lambda text: st.integers(1, 80).map(lambda count: text * count))
cookies = st.sampled_from(COOKIES).map(lambda cookie: cookie.decode())
halves = st.sampled_from(
    (
        "my password:",
        "hunter2x9",
        "pay with card",
        "4111111111111111",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "BKcwggSjAgEAAoIBAQC7VJTUt9Us8cKB\n-----END PRIVATE KEY-----",
        "Project Falcon",
    )
)
plain_texts = st.lists(st.one_of(examples, fillers, cookies, halves), max_size=4).map("".join)
encoders: Sequence[Callable[[str], str]] = (
    str,
    str,
    quote,
    lambda text: base64.b64encode(text.encode()).decode(),
    lambda text: json.dumps({"arguments": text, "password": text[:12]}),
    lambda text: json.dumps(json.dumps([{"a": text}, {"b": text}])),
)
texts = st.builds(lambda text, encode: encode(text), plain_texts, st.sampled_from(encoders))


def build_message(role: str, text: str, name: str) -> dict[str, Any]:
    return {"role": role, "content": [{"type": "text", "text": text}], name: text[:40]}


messages = st.builds(
    build_message,
    st.sampled_from(("user", "assistant", "tool")),
    texts,
    st.sampled_from(("id", "api_key", "card", "password")),
)
numbers = st.sampled_from((4111111111111111, 6222021234567890128, 12)).map(lambda each: {"n": each})


class Conversation:
    """Requests that grow, each with the values that are learnt before it."""

    def __init__(self, draw: st.DrawFn) -> None:
        history: list[object] = draw(st.lists(st.one_of(messages, numbers), max_size=6))
        tools = draw(st.lists(messages, max_size=3))
        separators = draw(st.sampled_from(((", ", ": "), (",", ":"))))
        self.steps: list[tuple[bytes, Sequence[bytes]]] = []
        for _ in range(draw(st.integers(1, 4))):
            history = history[draw(st.sampled_from((0, 0, 0, 1))) :]
            history = [*history, *draw(st.lists(st.one_of(messages, numbers), max_size=3))]
            body = {"messages": history, "model": "m", "tools": tools}
            text = json.dumps(
                body, separators=separators, ensure_ascii=draw(st.booleans())
            ).encode()
            cut = draw(st.sampled_from((len(text), len(text), len(text) // 2)))
            self.steps.append((text[:cut], draw(st.lists(st.sampled_from(COOKIES), max_size=1))))


@st.composite
def conversations(draw: st.DrawFn) -> Conversation:
    return Conversation(draw)


def redact(redactor: Redactor, steps: Iterable[tuple[bytes, Sequence[bytes]]]) -> list[object]:
    results: list[object] = []
    for body, values in steps:
        learnt = make_request(headers=tuple((b"Cookie", b"a=" + value) for value in values))
        redactor.redact_request(learnt)
        redacted = redactor.redact_request(make_request(body=body))
        results.append((redacted.request.body, redacted.ledger))
        results.append(redactor.redact_request(make_request(body=body), rules_only=True))
        redactor.prove(redacted.request.body)
    return results


def search_all(
    _: object, data: bytes, search: Callable[[bytes, int], Iterable[Any]], version: int = 1
) -> list[Any]:
    return sorted(search(data, 0), key=lambda item: item.start)


SETTINGS = {
    "the built-in rules": RedactSettings(),
    "literals": RedactSettings(literals=("Project Falcon", "hunter2x9")),
    "a literal that crosses borders": RedactSettings(literals=('"}, {"role"',)),
    "patterns": RedactSettings(patterns=('border: Falcon"[^a]+"role',)),
    "paths": RedactSettings(paths=("$.messages[*].content", "$.tools")),
}


@pytest.mark.timeout(600)  # several hundred examples in CI, each searched twice
@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(name=st.sampled_from(sorted(SETTINGS)), conversation=conversations())
def test_a_growing_history_is_redacted_as_if_each_request_was_the_first(
    name: str, conversation: Conversation
) -> None:
    redaction = SETTINGS[name]
    rules = Rules.build(rules=build_active_rules(redaction), paths=parse_json_paths(redaction))
    results = redact(Redactor(rules, Vault()), conversation.steps)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SearchedParts, "find", search_all)
        expected = redact(Redactor(rules, Vault()), conversation.steps)
    assert results == expected
