"""A quick comparison of two bodies: equal but for ids and moments, and which ids these are.

Most bodies of two recordings are. They are split at their quotes, which takes no parser; only the
parts that differ are looked at. What this cannot decide is left to the comparison in detail.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import compress, count, islice
from operator import ne
from typing import NamedTuple

from runreel.core.diff.ids.members import (
    CONTENT,
    NOISE,
    is_id_in_answer,
    is_id_in_request,
    is_moment,
    may_have_ids,
)
from runreel.core.diff.ids.tokens import Clocks, TokenPair, TokenRole, pair_tokens
from runreel.core.diff.rechunk import rechunk
from runreel.core.http.stream_reader import MAX_COMPARED_EVENTS, read_stream
from runreel.core.match.canonical_json import parse_canonical
from runreel.model import Headers

_COLONS = frozenset({b":", b": "})
_NUMBER = re.compile(rb"\s*:\s*(-?[0-9][0-9.eE+-]*)(\s*[,}\]][^0-9]*)?", re.DOTALL)
_ID = re.compile(
    rb'"(?:id|[A-Za-z_]{1,40}(?:_id|Id)|signature|system_fingerprint)"\s?:\s?"([^"\\]{1,400})"'
)
_DATA_OBJECT = re.compile(rf'"(?:{"|".join(sorted(CONTENT))})"\s?:\s?(?=\{{\s?")')
"""An object that a model or a program has made, in which ids are data."""

_PREFIX = re.compile("[A-Za-z]{1,20}[_-]")
_MAX_DATA_OBJECTS = 100
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)


class BodyProbe(NamedTuple):
    """The result of a quick comparison."""

    is_alike: bool
    """True if the bodies differ in the pairs and in moments at most."""
    pairs: Sequence[TokenPair]
    """Ids that are in the same place, also equal ones."""


class _MemberRules(NamedTuple):
    """The members of requests, or of answers, that are compared apart."""

    is_id: Callable[[str], bool]
    noise: frozenset[str]
    weakest: TokenRole
    """Role of tokens that look generated, at places that have no ids."""


_REQUEST = _MemberRules(is_id_in_request, frozenset(), TokenRole.LOOK)
_ANSWER = _MemberRules(is_id_in_answer, NOISE, TokenRole.USE)


def probe_request_bodies(left: bytes, right: bytes, clocks: Clocks) -> BodyProbe:
    """Compare two bodies of requests; equal ids are not listed."""
    if left == right:
        return BodyProbe(True, ())
    pairs = _pair_bodies(left, right, clocks, _REQUEST)
    if pairs is None or any(pair.role is TokenRole.LOOK for pair in pairs):
        return BodyProbe(False, _pair_by_member(_REQUEST, _read_ids(left), _read_ids(right)))
    return BodyProbe(True, pairs)


def probe_answer_bodies(
    left: bytes, right: bytes, headers: Headers, clocks: Clocks, text_names: frozenset[str]
) -> BodyProbe:
    """Compare two bodies of answers.

    ``headers`` are those of the left one. ``text_names`` are the members that hold pieces of texts.
    """
    if left == right:
        return BodyProbe(True, [*map(_identify, _find_ids(left))])
    pairs = _pair_bodies(left, right, clocks, _ANSWER)
    if pairs is None:
        pairs = _pair_rechunked(left, right, clocks, text_names)
    if pairs is None:
        ids = _read_all_ids(left, headers), _read_all_ids(right, headers)
        return BodyProbe(False, _pair_by_member(_ANSWER, *ids))
    renamed = {pair.left for pair in pairs}
    same = (each for each in _find_ids(left) if each not in renamed)
    return BodyProbe(True, [*pairs, *map(_identify, same)])


def _pair_rechunked(
    left: bytes, right: bytes, clocks: Clocks, text_names: frozenset[str]
) -> Sequence[TokenPair] | None:
    """Compare two streams whose texts may be cut otherwise."""
    if not text_names or b"data:" not in left[:1000]:
        return None
    old, new = rechunk(left, text_names), rechunk(right, text_names)
    pairs = _pair_bodies(old.template, new.template, clocks, _ANSWER)
    if pairs is None or len(old.texts) != len(new.texts):
        return None
    for (name, text), (new_name, new_text) in zip(old.texts, new.texts, strict=True):
        uses = () if text == new_text else pair_tokens(_decode(text), _decode(new_text), clocks)
        if name != new_name or uses is None:
            return None
        pairs = [*pairs, *_weaken(uses, _ANSWER)]
    return pairs


def _identify(each: str) -> TokenPair:
    return TokenPair(each, each, TokenRole.DEFINITION)


def _find_ids(body: bytes) -> list[str]:
    """Return the ids of a body, each once."""
    return [_decode(value) for value in dict.fromkeys(_ID.findall(body))]


def _pair_bodies(
    left: bytes, right: bytes, clocks: Clocks, rules: _MemberRules
) -> Sequence[TokenPair] | None:
    """Return the ids in which two bodies differ; None if they differ in anything else."""
    old, new = left.split(b'"'), right.split(b'"')
    if len(old) != len(new):
        return None
    places = dict.fromkeys(
        (old[max(0, at - 2)], old[max(0, at - 1)], old[at], new[at])
        for at in compress(count(), map(ne, old, new))
    )
    pairs: list[TokenPair] = []
    for place in places:
        part_pairs = _pair_part(*place, clocks=clocks, rules=rules)
        if part_pairs is None:
            return None
        pairs += part_pairs
    defines = any(pair.role is TokenRole.DEFINITION for pair in pairs)
    return None if defines and _has_data_ids(_decode(left)) else pairs


def _has_data_ids(text: str) -> bool:
    """Return whether a body has, or may have, objects of data with members that look like ids."""
    objects = [*islice(_DATA_OBJECT.finditer(text), _MAX_DATA_OBJECTS)]
    if len(objects) == _MAX_DATA_OBJECTS:
        return True
    try:
        values = [_DECODER.raw_decode(text, match.end())[0] for match in objects]
    except (ValueError, RecursionError):
        return True
    return any(is_id_in_answer(name) for value in values for name, _ in _iter_strings(value))


def _pair_part(
    name: bytes, separator: bytes, old: bytes, new: bytes, *, clocks: Clocks, rules: _MemberRules
) -> Sequence[TokenPair] | None:
    """Compare two parts, given the two parts before them."""
    if separator in _COLONS:
        member = _decode(name)
        if member in rules.noise:
            return ()
        if rules.is_id(member) and b"\\" not in old + new and old and new:
            return (TokenPair(_decode(old), _decode(new), TokenRole.DEFINITION),)
    elif _are_noise_numbers(_decode(separator), old, new, rules):
        return ()
    pairs = pair_tokens(_decode(old), _decode(new), clocks)
    return None if pairs is None else [*_weaken(pairs, rules)]


def _weaken(pairs: Iterable[TokenPair], rules: _MemberRules) -> Iterator[TokenPair]:
    return (pair._replace(role=min(pair.role, rules.weakest)) for pair in pairs)


def _are_noise_numbers(name: str, old: bytes, new: bytes, rules: _MemberRules) -> bool:
    """Return whether two parts after a member's name differ in a number that means nothing."""
    if not (name in rules.noise or is_moment(name)):
        return False
    one, other = _NUMBER.fullmatch(old), _NUMBER.fullmatch(new)
    return one is not None and other is not None and one[2] == other[2]


def _pair_by_member(
    rules: _MemberRules, left: Iterable[tuple[str, str]], right: Iterable[tuple[str, str]]
) -> list[TokenPair]:
    """Pair the ids of two bodies of different structure, kind by kind, in their order.

    If one side has more of a kind, the pairs are weak evidence.
    """
    old, new = _group_by_kind(left, rules), _group_by_kind(right, rules)
    pairs: list[TokenPair] = []
    for kind, ids in old.items():
        others = new.get(kind, [])
        role = TokenRole.DEFINITION if len(ids) == len(others) else TokenRole.LOOK
        pairs += (TokenPair(*pair, role) for pair in zip(ids, others, strict=False))
    return pairs


def _group_by_kind(
    members: Iterable[tuple[str, str]], rules: _MemberRules
) -> dict[tuple[str, str], list[str]]:
    """Group ids by the names of their members and by their prefixes."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name, value in dict.fromkeys(members):
        if rules.is_id(name):
            match = _PREFIX.match(value)
            groups.setdefault((name, match[0] if match else ""), []).append(value)
    return groups


def _read_all_ids(body: bytes, headers: Headers) -> Iterator[tuple[str, str]]:
    events = read_stream(headers, body, MAX_COMPARED_EVENTS)
    if events is None:
        yield from _read_ids(body)
    for data in dict.fromkeys(each.event.data for each in events or ()):
        yield from _read_ids(data.encode())


def _read_ids(body: bytes) -> Iterator[tuple[str, str]]:
    """Yield name and value of each string member, outside of objects that are data.

    There are none if none can be an id; in UTF-16, that is not found out beforehand.
    """
    if b"\0" not in body and not may_have_ids(_decode(body)):
        return
    try:
        value = parse_canonical(body)
    except ValueError:
        return
    yield from _iter_strings(value, without=CONTENT)


def _iter_strings(
    value: object, *, without: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str]]:
    """Yield name and value of each string member, without those of objects of some names."""
    pending: list[tuple[str, object]] = [("", value)]
    while pending:
        name, node = pending.pop()
        if isinstance(node, str):
            yield name, node
        elif isinstance(node, list):
            pending += ((name, each) for each in reversed(node))
        elif isinstance(node, dict) and name not in without:
            pending += reversed(node.items())


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "replace")
