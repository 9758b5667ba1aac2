from __future__ import annotations

import pytest

from runreel.dialects import DIALECTS, find_dialect
from support.build import make_request

CASES = [
    ("a run", b"/v1/threads/thread_1/runs", "assistants"),
    ("a file", b"/v1/files/file_1/content", "assistants"),
    ("a known path, an unknown method", b"/v1/threads/t/messages/m/", "assistants"),
    ("another API", b"/v1/chat/completions", "chat"),
    ("a response", b"/openai/v1/responses/resp_1", "responses"),
    ("Anthropic's messages", b"/v1/messages", "anthropic"),
    ("a run of another kind", b"/v1/evals/eval_1/runs", "plain"),
    ("beyond a run", b"/v1/threads/thread_1/runs/run_1/unknown", "plain"),
    ("nothing", b"/", "plain"),
]


@pytest.mark.parametrize(("reason", "target", "name"), CASES, ids=[row[0] for row in CASES])
def test_which_dialect_claims_a_request(reason: str, target: bytes, name: str) -> None:
    assert find_dialect(make_request(target=target)).name == name


def test_the_names_in_their_order() -> None:
    assert [dialect.name for dialect in DIALECTS] == [
        *("assistants", "responses", "chat", "anthropic", "plain"),
    ]
