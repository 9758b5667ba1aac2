"""Quick comparisons of all pairs of two recordings, and the ids that they elect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from runreel.core.dialect import Dialect
from runreel.core.diff.align.series import CallPair
from runreel.core.diff.changes.exchange_changes import find_piece_names, measure_delta
from runreel.core.diff.exchange_probe import ExchangeProbe, probe_exchanges
from runreel.core.diff.ids.id_map import IdMap, IdVotes
from runreel.core.diff.ids.tokens import TokenPair
from runreel.model import Exchange, ExchangeHead, Request


@dataclass(frozen=True, slots=True)
class DiffSide:
    """One of the recordings: its exchanges in their order, and how to read one."""

    heads: Sequence[ExchangeHead]
    read: Callable[[int], Exchange]
    """Returns the exchange with this number; may raise ``CorruptCassetteError``."""


class ProbedPair(NamedTuple):
    """A pair of calls, and the result of a quick comparison."""

    pair: CallPair
    probe: ExchangeProbe | None
    """None if the pair has one side only."""


class PairProber:
    """Compares pairs of calls quickly."""

    def __init__(
        self,
        sides: tuple[DiffSide, DiffSide],
        find_dialect: Callable[[Request], Dialect],
        on_progress: Callable[[], None],
    ) -> None:
        self._sides = sides
        self._find_dialect = find_dialect
        self._on_progress = on_progress
        self._tokens: dict[TokenPair, TokenPair] = {}
        """Each pair of tokens once, since most exchanges have the same ones."""

    def probe(self, pair: CallPair) -> ProbedPair:
        """Compare a pair."""
        if pair.left is None or pair.right is None:
            return ProbedPair(pair, None)
        left, right = self.read(pair.left.number, pair.right.number)
        names = find_piece_names(self._find_dialect(left.head.request))
        keys = pair.left.key, pair.right.key
        probe = probe_exchanges(left, right, keys, measure_delta(left, right), names)
        self._on_progress()
        probe = probe._replace(
            request_pairs=self._intern(probe.request_pairs),
            answer_pairs=self._intern(probe.answer_pairs),
        )
        return ProbedPair(pair, probe)

    def _intern(self, pairs: Iterable[TokenPair]) -> Sequence[TokenPair]:
        """Return the pairs, each once, as the objects that are held already."""
        return [self._tokens.setdefault(each, each) for each in dict.fromkeys(pairs)]

    def read(self, left: int, right: int) -> tuple[Exchange, Exchange]:
        """Read the exchanges with these numbers."""
        return self._sides[0].read(left), self._sides[1].read(right)


def elect_ids(probes: Iterable[ProbedPair]) -> IdMap:
    """Return which id stands for which, by the votes of all pairs."""
    votes = IdVotes()
    for each in probes:
        votes.add(each.probe.pairs if each.probe else ())
    return votes.elect()


def is_clean(probe: ExchangeProbe, ids: IdMap) -> bool:
    """Return whether two exchanges differ in ids that stand for each other at most."""
    return probe.is_alike and _are_consistent(probe.pairs, ids)


def is_clean_answer(probe: ExchangeProbe, ids: IdMap) -> bool:
    """Return the same for the answers alone."""
    return probe.is_answer_alike and _are_consistent(probe.answer_pairs, ids)


def _are_consistent(pairs: Iterable[TokenPair], ids: IdMap) -> bool:
    return all(
        ids.has(pair.left, pair.right)
        or (pair.left == pair.right and ids.may_pair(pair.left, pair.right))
        for pair in pairs
    )
