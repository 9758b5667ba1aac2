"""Lists of log-probabilities, whose entries hold the tokens of a text, one in each."""

from __future__ import annotations

from runreel.core.redact.texts.leaf import Leaf, LeafPath

LOGPROBS = "logprobs"
TOKENS = "tokens"
"""In the older format, the array of tokens."""


def find_token_entry(path: LeafPath) -> LeafPath | None:
    """Return the path of the token's entry in a list of log-probabilities; None if there is none.

    For ``("logprobs", 3, "bytes", 0)`` it is ``("logprobs", 3)``.
    """
    if LOGPROBS not in path:
        return None
    first = path.index(LOGPROBS) + 1
    depth = next((depth for depth in range(first, len(path)) if isinstance(path[depth], int)), None)
    return None if depth is None else path[: depth + 1]


def is_token(leaf: Leaf) -> bool:
    """Return whether the leaf is a token of a text or an alternative to one."""
    entry = find_token_entry(leaf.path)
    return entry is not None and (leaf.name == "token" or (entry == leaf.path and TOKENS in entry))


def is_logprob_token(leaf: Leaf) -> bool:
    """Return whether the leaf is a token of a text, and not an alternative to one."""
    entry = find_token_entry(leaf.path)
    return is_token(leaf) and leaf.path in (entry, (*(entry or ()), "token"))
