"""Mask the volatile texts in the parts of a normalised request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from runreel.core.match.canonical_json import (
    CanonicalJson,
    build_object,
    get_members,
    get_number,
)
from runreel.core.regex.lazy_pattern import compile_later
from runreel.core.unordered import Rank, rank_alike
from runreel.core.volatile.kinds import CHOSEN_NAMES
from runreel.core.volatile.mask import VolatileMask

_IDENTITY = compile_later(rb'"([\w.:/+=-]{2,256})"')


def mask_pairs(
    pairs: Sequence[tuple[bytes, bytes | None]], mask: VolatileMask
) -> Sequence[tuple[bytes, bytes | None]]:
    """Mask the values of pairs, but for those whose name says that they are chosen."""
    return [
        (name, value)
        if value is None or name.rpartition(b".")[2].decode("latin-1") in CHOSEN_NAMES
        else (name, mask.apply(value))
        for name, value in pairs
    ]


def build_rank(body: bytes, mask: VolatileMask | None) -> Rank:
    """Return a rank for the identities of elements in a body whose order does not count.

    An identity that is new each time has its rank by the call that names it first.
    """
    if mask is None:
        return rank_alike
    find_places = cache(lambda: _find_repeated_names(body))

    def rank(identity: str) -> int:
        is_volatile = mask.apply_to_text(identity) != identity
        return find_places().get(identity.encode("utf-8", "surrogatepass"), 0) if is_volatile else 0

    return rank


def _find_repeated_names(body: bytes) -> Mapping[bytes, int]:
    """Return the strings of a JSON text that may be identities and recur, each with its start."""
    starts: dict[bytes, int] = {}
    repeated: dict[bytes, int] = {}
    for match in _IDENTITY.finditer(body):
        start = starts.setdefault(match[1], match.start())
        if start != match.start():
            repeated[match[1]] = start
    return repeated


def mask_json(value: CanonicalJson, mask: VolatileMask) -> CanonicalJson:
    """Mask the strings of a JSON value, the names among them; ``value`` itself is modified.

    The walk keeps its own stack, because bodies can nest deeper than Python can recurse.
    """
    root = [value]
    pending: list[CanonicalJson] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            node[:] = [_mask_scalar(item, mask) for item in node]
            pending += node
        elif isinstance(node, dict) and not get_number(node):
            members = [_mask_member(name, item, mask) for name, item in get_members(node)]
            pending += [item for _, item in members]
            if node != {"": None}:
                node.clear()
                node.update(build_object(members))
    return root[0]


def _mask_member(name: str, value: CanonicalJson, mask: VolatileMask) -> tuple[str, CanonicalJson]:
    if name in CHOSEN_NAMES:
        return name, value
    return mask.apply_to_text(name), _mask_scalar(value, mask)


def _mask_scalar(value: CanonicalJson, mask: VolatileMask) -> CanonicalJson:
    """Mask a string or a number, and return anything else as it is."""
    if isinstance(value, str):
        return mask.apply_to_text(value)
    number = get_number(value)
    if not number:
        return value
    masked = mask.apply_to_number(number)
    return value if masked == number else {"": masked}
