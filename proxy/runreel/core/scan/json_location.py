"""Paths of offsets in JSON, formatted without names that might be secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import LeafPath

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
_HIDDEN = "*"
"""Shown instead of a name that is not a plain identifier: it may contain the secret."""


def iter_paths_at(
    data: bytes, region: tuple[int, int], offsets: Iterable[int]
) -> Iterator[LeafPath]:
    """Yield the path of the JSON value at each of these rising offsets.

    The JSON is in this region of the data. For an offset in a member's name, the path is that of
    its object; it is empty at the root.
    """
    leaves = iter_leaves(data, [region])
    leaf = next(leaves, None)
    for offset in offsets:
        while leaf is not None and leaf.end <= offset:
            leaf = next(leaves, None)
        if leaf is None:
            yield ()
        else:
            yield leaf.path if leaf.start <= offset else leaf.path[:-1]


def find_paths(bracket: re.Match[bytes] | None, offsets: Sequence[int]) -> Iterable[LeafPath]:
    """Return the path at each of these rising offsets; all are empty without JSON.

    ``bracket``: the match whose group 1 is the first bracket of the JSON, or None. What was
    searched for it ends with the JSON.
    """
    if bracket is None:
        return [()] * len(offsets)
    return iter_paths_at(bracket.string, (bracket.start(1), bracket.endpos), offsets)


def format_path(path: LeafPath) -> str:
    """Return a path as ``messages[0].content``."""
    return "".join(map(_format_key, path)).removeprefix(".")


def is_logprob(path: LeafPath) -> bool:
    """Return whether the path is in log-probabilities, which repeat a text token by token.

    They are scanned joined only: the name ``token`` would make a secret of each single one.
    """
    return "logprobs" in path


def _format_key(key: str | int) -> str:
    """Return one index or name of a path, with its bracket or dot."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key if _NAME.fullmatch(key) else _HIDDEN}"
