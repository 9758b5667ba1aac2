from __future__ import annotations

import pytest

from runreel.core.redact.texts.leaf import Leaf, LeafPath
from runreel.core.redact.texts.token_lists import find_token_entry, is_logprob_token

ENTRIES: list[tuple[str, LeafPath, LeafPath | None, bool]] = [
    ("a token", ("logprobs", 1, "token"), ("logprobs", 1), True),
    (
        "of a choice",
        ("choices", 2, "logprobs", "content", 3, "token"),
        ("choices", 2, "logprobs", "content", 3),
        True,
    ),
    ("its bytes", ("logprobs", 1, "bytes", 2), ("logprobs", 1), False),
    ("an alternative to it", ("logprobs", 1, "top_logprobs", 0, "token"), ("logprobs", 1), False),
    ("a token of the older format", ("logprobs", "tokens", 1), ("logprobs", "tokens", 1), True),
    (
        "its probability",
        ("logprobs", "token_logprobs", 1),
        ("logprobs", "token_logprobs", 1),
        False,
    ),
    ("no array", ("logprobs", "token"), None, False),
    ("a token of something else", ("choices", 1, "token"), None, False),
    ("nothing", (), None, False),
]


@pytest.mark.parametrize(
    ("reason", "path", "entry", "is_token"), ENTRIES, ids=[c[0] for c in ENTRIES]
)
def test_log_probabilities_are_recognised_by_their_path(
    reason: str, path: LeafPath, entry: LeafPath | None, is_token: bool
) -> None:
    assert find_token_entry(path) == entry
    assert is_logprob_token(Leaf(path, 0, 0, is_string=True, is_complete=True)) is is_token
