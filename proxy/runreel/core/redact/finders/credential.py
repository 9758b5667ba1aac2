"""A credential that a name announces: the result of the searches by name and by path."""

from __future__ import annotations

from typing import NamedTuple

from runreel.core.placeholder import PLACEHOLDER, PREFIX

MIN_REMAINDER = 8
"""Bytes. A value with a placeholder in it is a secret if at least as many others are left."""


class Credential(NamedTuple):
    """A credential found in a text under a name that announces it."""

    start: int
    end: int
    kind: str
    value: bytes
    """The credential without the escapes of the text around it."""
    rule: str
    """Name of the list of names that announced it, as in the ledger."""
    derived: tuple[tuple[str, bytes], ...] = ()
    """Kinds and values of other secrets encoded in it: user and password of ``Basic``."""


def is_secret(value: bytes) -> bool:
    """Return whether a credential's value is more than a placeholder and a short remainder."""
    if PREFIX not in value:
        return bool(value)
    return len(PLACEHOLDER.sub(b"", value)) >= MIN_REMAINDER
