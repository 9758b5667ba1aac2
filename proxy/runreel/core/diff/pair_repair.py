"""Pair equal calls anew, where the ids of the whole comparison tell them apart after all.

Requests that create a thread are all alike. Which of them is which becomes known by what is done
with the threads later on.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from runreel.core.dialect import Dialect
from runreel.core.diff.align.alignment import RecordedCall
from runreel.core.diff.align.call_key import mask_answer
from runreel.core.diff.align.series import CallPair
from runreel.core.diff.changes.exchange_changes import find_piece_names
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.probes import DiffSide, PairProber, ProbedPair, is_clean
from runreel.core.diff.rechunk import rechunk
from runreel.model import Exchange, Request


class CallSignature(NamedTuple):
    """Marks that tell equal calls apart: the ids in request and answer, and the answer."""

    ids: frozenset[str]
    """Those of the right side, as far as they are known."""
    digest: bytes
    """A hash of the answer without ids and moments."""


def digest_answer(exchange: Exchange, dialect: Dialect) -> bytes:
    """Return a hash of an answer without ids and moments, however its texts were cut."""
    names = find_piece_names(dialect)
    body = exchange.answer.body
    template, texts = rechunk(body, names) if names and b"data:" in body[:1000] else (body, ())
    masked, _ = mask_answer(template)
    text = f"{exchange.answer.status} {exchange.head.end} {masked} {texts}"
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()


class PairRepair:
    """Finds better pairs for those that differ."""

    def __init__(
        self,
        sides: tuple[DiffSide, DiffSide],
        prober: PairProber,
        find_dialect: Callable[[Request], Dialect],
    ) -> None:
        self._sides = sides
        self._prober = prober
        self._find_dialect = find_dialect

    def repair(self, probes: Sequence[ProbedPair], ids: IdMap) -> list[ProbedPair]:
        """Return the pairs, of which some may be other ones.

        Calls of one side take part, since another one may be the one without a counterpart.
        """
        groups: dict[bytes, list[ProbedPair]] = defaultdict(list)
        repaired: list[ProbedPair] = []
        for each in probes:
            if _is_same_call(each.pair) and not (each.probe and is_clean(each.probe, ids)):
                groups[_get_digest(each.pair)].append(each)
            else:
                repaired.append(each)
        for group in groups.values():
            repaired += self._rearrange(group, ids)
        return repaired

    def _rearrange(self, group: Sequence[ProbedPair], ids: IdMap) -> Sequence[ProbedPair]:
        """Return the calls of a group in the best pairs."""
        lefts = [each.pair.left for each in group if each.pair.left]
        rights = [each.pair.right for each in group if each.pair.right]
        if len(group) == 1 or not lefts or not rights:
            return group
        own = {right: right for right in ids.by_right}
        order = match_signatures(
            [self._sign(call, 0, ids.by_left) for call in lefts],
            [self._sign(call, 1, own) for call in rights],
        )
        taken = set(order.values())
        pairs = [
            *(CallPair(call, _get(rights, order.get(at))) for at, call in enumerate(lefts)),
            *(CallPair(None, call) for at, call in enumerate(rights) if at not in taken),
        ]
        known = {each.pair.numbers: each for each in group}
        return [known.get(pair.numbers) or self._prober.probe(pair) for pair in pairs]

    def _sign(self, call: RecordedCall, side: int, names: Mapping[str, str]) -> CallSignature:
        exchange = self._sides[side].read(call.number)
        _, answer_ids = mask_answer(exchange.answer.body)
        known = (names.get(each, "") for each in (*call.key.ids, *answer_ids))
        dialect = self._find_dialect(exchange.head.request)
        return CallSignature(frozenset(filter(None, known)), digest_answer(exchange, dialect))


def _get(calls: Sequence[RecordedCall], index: int | None) -> RecordedCall | None:
    return None if index is None else calls[index]


def _is_same_call(pair: CallPair) -> bool:
    """Return whether both requests are equal but for ids; True for a call of one side."""
    if pair.left is None or pair.right is None:
        return not pair.is_repeat
    return pair.left.key.digest == pair.right.key.digest


def _get_digest(pair: CallPair) -> bytes:
    call = pair.left or pair.right
    return b"" if call is None else call.key.digest


def match_signatures(
    left: Sequence[CallSignature], right: Sequence[CallSignature]
) -> Mapping[int, int]:
    """Map the index of each left signature to that of a right one, each of which is used once.

    Equal ones come first, then those with the same ids, then the same digest, then the rest; of
    several, the one at the same place, else the first.
    """
    order: dict[int, int] = {}
    keys: tuple[Callable[[CallSignature], object], ...] = (
        lambda signature: signature,
        lambda signature: signature.ids or object(),
        lambda signature: signature.digest,
        lambda _: None,
    )
    for get_key in keys:
        _match_by(get_key, left, right, order)
    return order


def _match_by(
    get_key: Callable[[CallSignature], object],
    left: Sequence[CallSignature],
    right: Sequence[CallSignature],
    order: dict[int, int],
) -> None:
    """Add to ``order`` the pairs with equal keys of those that are not in it."""
    taken = set(order.values())
    free: dict[object, dict[int, None]] = defaultdict(dict)
    for index, signature in enumerate(right):
        if index not in taken:
            free[get_key(signature)][index] = None
    for index, signature in enumerate(left):
        candidates = free.get(get_key(signature)) if index not in order else None
        if candidates:
            at = index if index in candidates else next(iter(candidates))
            del candidates[at]
            order[index] = at
