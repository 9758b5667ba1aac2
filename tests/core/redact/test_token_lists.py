"""Log-probabilities in the format of older completions: a secret that is spelled by tokens."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from runreel.core.placeholder import zero_numbers
from runreel.core.redact import Redactor, Rules, Vault
from runreel.dialects import find_dialect
from runreel.model import Answer
from support.build import make_answer, make_exchange, make_request

RULES = Rules.build()
KEY = "sk-proj-" + "aB3dE6gH9j" * 6
MAIL = "ann.lee@example.org"
TEXT = f"Use {KEY} and write to {MAIL} now"
REQUEST = make_request(target=b"/v1/completions", body=b'{"prompt": "go on", "logprobs": 2}')
SSE = ((b"Content-Type", b"text/event-stream"),)
JSON = ((b"Content-Type", b"application/json"),)


def split(text: str, lengths: Sequence[int]) -> list[str]:
    tokens = []
    for length in lengths:
        tokens.append(text[:length])
        text = text[length:]
    return [token for token in (*tokens, text) if token]


def build_completion(tokens: Sequence[str]) -> dict[str, Any]:
    logprobs = {
        "tokens": tokens,
        "token_logprobs": [-0.5 for _ in tokens],
        "top_logprobs": [{token: -0.5, f"{token}'": -1.5, "": -3} for token in tokens],
        "text_offset": [5 for _ in tokens],
    }
    choice = {"text": "".join(tokens), "index": 0, "logprobs": logprobs, "finish_reason": None}
    return {"id": "cmpl-1", "object": "text_completion", "choices": [choice]}


def redact(answer: Answer) -> bytes:
    channels = find_dialect(REQUEST).channels
    redactor = Redactor(RULES, Vault())
    exchange = make_exchange(request=REQUEST, answer=answer)
    return redactor.redact_exchange(exchange, channels).answer.body


def parse(text: str) -> Any:
    def build(members: list[tuple[str, Any]]) -> dict[str, Any]:
        assert len(dict(members)) == len(members), "a name occurs twice"
        return dict(members)

    return json.loads(text, object_pairs_hook=build)


def check_choice(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Check that a choice has the same shape, and no token that was redacted; return its text."""
    old, new = before["choices"][0]["logprobs"], after["choices"][0]["logprobs"]
    assert {name: len(items) for name, items in new.items()} == {
        name: len(items) for name, items in old.items()
    }
    rows = zip(old["tokens"], new["tokens"], old["top_logprobs"], new["top_logprobs"], strict=True)
    for token, clean, names, clean_names in rows:
        assert list(clean_names.values()) == list(names.values())
        if clean != token and len(token) > 2:
            assert not any(token in name for name in clean_names)
        if token not in f"{KEY}{MAIL}" and clean == token:
            assert clean_names == names
    return "".join(new["tokens"])


def number_alike(text: str) -> bytes:
    """Return the text with equal numbers in placeholders: a part of the address is an address."""
    return zero_numbers(text.encode())


CLEAN = "Use REDACTED-openai-api-key-1 and write to REDACTED-email-1@redacted.invalid now"
lengths = st.lists(st.integers(1, 12), max_size=40)


@given(lengths)
def test_tokens_of_a_document_are_redacted_as_its_text_is(lengths: list[int]) -> None:
    before = build_completion(split(TEXT, lengths))
    clean = redact(make_answer(json.dumps(before).encode(), headers=JSON)).decode()
    after = parse(clean)
    text = after["choices"][0]["text"]
    assert check_choice(before, after) == text
    assert number_alike(text) == number_alike(CLEAN)


@given(lengths)
@example([1, 11, 10, 10, 10])  # pieces that repeat, as those of snapshots do
def test_tokens_of_a_stream_are_redacted_as_its_text_is(lengths: list[int]) -> None:
    before = [build_completion([token]) for token in split(TEXT, lengths)]
    body = b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in before)
    lines = redact(make_answer(body, headers=SSE)).decode().split("\n\n")[:-1]
    after = [parse(line.removeprefix("data: ")) for line in lines]
    texts = [check_choice(*pair) for pair in zip(before, after, strict=True)]
    assert texts == [each["choices"][0]["text"] for each in after]
    assert number_alike("".join(texts)) == number_alike(CLEAN)


def test_completions_without_secrets_stay_as_they_are() -> None:
    body = json.dumps(build_completion(split("one two three", [4, 4]))).encode()
    assert redact(make_answer(body, headers=JSON)) == body
