"""Where in JSON an offset lies, as a path in which only plain names are shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from runreel.core.redact.texts.json_leaves import LeafPath, iter_leaves

_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]{0,63}")
_HIDDEN = "*"
"""Stands for a name that is none: what is found may stand in it."""


def iter_paths_at(data: bytes, begin: int, offsets: Iterable[int]) -> Iterator[LeafPath]:
    """The path of the value at each of these rising offsets, for JSON that begins at ``begin``.

    Of a member's name it is the path of the object that has it; empty at the root.
    """
    rest = iter_leaves(data, [(begin, len(data))])
    leaf = next(rest, None)
    for offset in offsets:
        while leaf is not None and leaf.end <= offset:
            leaf = next(rest, None)
        if leaf is None:
            yield ()
        else:
            yield leaf.path if leaf.start <= offset else leaf.path[:-1]


def find_paths(first: re.Match[bytes] | None, offsets: Sequence[int]) -> Iterable[LeafPath]:
    """The same for JSON whose first bracket was found (group 1); all are roots if it was not."""
    if first is None:
        return [()] * len(offsets)
    return iter_paths_at(first.string, first.start(1), offsets)


def format_path(path: LeafPath) -> str:
    """The path as people write it: ``messages[0].content``."""
    return "".join(map(_format_step, path)).removeprefix(".")


def is_logprob(path: LeafPath) -> bool:
    """Whether it is one of the log-probabilities, which say a text again, token by token.

    They are read joined alone: the member's name, ``token``, would label each of them a secret.
    """
    return "logprobs" in path


def _format_step(step: str | int) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step if _NAME.fullmatch(step) else _HIDDEN}"
