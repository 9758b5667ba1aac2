"""Tests of secrets in the pieces of a request: parts, arrays, and messages."""

import json
from collections.abc import Callable, Sequence
from random import Random

import pytest

from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.redactor import RedactedRequest
from runreel.core.redact.streams.request_pieces import _find_members
from runreel.core.redact.texts.ranges import merge_ranges
from support.build import make_request

KEY = "ghp_Zq7tWv2LpX9sKd4RmBf8T3nJnHc6YgUe1AoV"
HISTORY = [
    {"role": "user", "content": "Read src/app1.py, and write to ann7@example.org"},
    {"role": "assistant", "content": "returns of it are in 42 files"},
    {"role": "tool", "tool_call_id": "call_9Xk2Qv8Lp3", "content": "def f(x):\n    return 42\n"},
]

SHAPES: dict[str, Callable[[Sequence[str]], object]] = {
    "parts": lambda pieces: {
        "messages": [
            *HISTORY,
            {"role": "user", "content": [{"type": "text", "text": piece} for piece in pieces]},
        ]
    },
    "array": lambda pieces: {"input": [*pieces]},
    "messages": lambda pieces: {
        "messages": [*HISTORY, *({"role": "assistant", "content": piece} for piece in pieces)]
    },
    "objects": lambda pieces: {"contents": [{"parts": [{"text": piece}]} for piece in pieces]},
    "members": lambda pieces: {"text": pieces[0], "rest": "".join(pieces[1:])},
}
SPLITS: dict[str, Callable[[str], Sequence[str]]] = {
    "characters": list,
    "tokens": lambda text: [text[at : at + 4] for at in range(0, len(text), 4)],
    "two": lambda text: [text[:31], text[31:]],
}


def redact(redactor: Redactor, document: object) -> RedactedRequest:
    return redactor.redact_request(make_request(body=json.dumps(document).encode()))


def make_redactor() -> Redactor:
    return Redactor(Rules.build(), Vault())


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_key_in_pieces(shape: str, split: str) -> None:
    """Find a key in the pieces of a request, and leave JSON of the same shape."""
    document = SHAPES[shape](SPLITS[split](f"Here it is: {KEY} and no more"))
    body = redact(make_redactor(), document).request.body
    letters = "".join(_iter_strings(json.loads(body)))
    assert KEY[:20] not in letters
    assert KEY[-20:] not in letters
    assert "REDACTED-github-token-1 and no more" in letters


@pytest.mark.parametrize("seed", range(200))
def test_members_around_many_ranges_are_those_around_each(seed: int) -> None:
    source = Random(seed)  # noqa: S311  # not a secret
    body = "".join(source.choices(['"a":', '"b"', ",", "x" * 9], k=60)).encode()
    starts = [source.randrange(-20, len(body)) for _ in range(source.randrange(1, 12))]
    ranges = merge_ranges((start, start + source.randrange(1, 30)) for start in starts)

    together = merge_ranges(_find_members(body, ranges))

    assert together == merge_ranges(each for one in ranges for each in _find_members(body, [one]))


def _iter_strings(value: object) -> Sequence[str]:
    """Return all strings but types and roles."""
    if isinstance(value, str):
        return [value] if value not in {"text", "user", "assistant", "tool"} else []
    values = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for each in values for text in _iter_strings(each)]


def test_a_growing_conversation() -> None:
    """Find the key again when the conversation returns, and when it goes on in the next call."""
    redactor = make_redactor()
    filler = [
        {"role": "user", "content": f"{number}: " + "the file is here. " * 200}
        for number in range(9)
    ]
    messages = [*filler, {"role": "assistant", "content": KEY[:17]}]
    assert KEY[:17].encode() in redact(redactor, {"messages": messages}).request.body
    messages.append({"role": "assistant", "content": KEY[17:]})
    for _ in range(3):
        body = redact(redactor, {"messages": messages}).request.body
        assert KEY[:17].encode() not in body
        assert KEY[17:].encode() not in body
        messages.append({"role": "user", "content": "Go on, there is more to read."})


def test_messages_of_a_conversation_are_no_pieces() -> None:
    """Take no word of the next message for the end of an address."""
    body = redact(make_redactor(), {"messages": HISTORY}).request.body
    contents = [message["content"] for message in json.loads(body)["messages"]]
    assert contents[0].endswith("REDACTED-email-1@redacted.invalid")
    assert contents[1:] == [message["content"] for message in HISTORY[1:]]


def test_equal_requests_are_redacted_alike() -> None:
    """Give the same body to a request that is redacted again."""
    redactor = make_redactor()
    document = SHAPES["parts"](SPLITS["tokens"](KEY))
    first = redact(redactor, document).request.body
    assert redact(redactor, json.loads(first)).request.body == first
