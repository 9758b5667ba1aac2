"""The comparison of two recordings, from their heads to the verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runreel.core.dialect import Dialect
from runreel.core.diff.align.alignment import CallAlignment, RecordedCall, build_call
from runreel.core.diff.align.order import find_reordered, sort_pairs
from runreel.core.diff.align.series import CallPair, pair_series
from runreel.core.diff.align.similarity import pair_similar
from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.model import RecordingDiff
from runreel.core.diff.judgement import PairJudge
from runreel.core.diff.pair_repair import PairRepair, digest_answer
from runreel.core.diff.probes import DiffSide, PairProber, ProbedPair, elect_ids
from runreel.model import Request


class RecordingComparison:
    """Compares two recordings."""

    def __init__(
        self,
        left: DiffSide,
        right: DiffSide,
        find_dialect: Callable[[Request], Dialect],
        settings: DiffSettings,
        on_progress: Callable[[], None] = lambda: None,
    ) -> None:
        """``on_progress`` is called after each pair that was compared."""
        self._sides = left, right
        self._find_dialect = find_dialect
        self._settings = settings
        self._prober = PairProber(self._sides, find_dialect, on_progress)

    def compare(self) -> RecordingDiff:
        """Return the comparison."""
        left, right = (self._build_calls(side) for side in self._sides)
        pairs = self._pair_calls(left, right)
        probes = [self._prober.probe(pair) for pair in sort_pairs(pairs, left, right)]
        repair = PairRepair(self._sides, self._prober, self._find_dialect)
        probes = _sort(repair.repair(probes, elect_ids(probes)), left, right)
        ids = elect_ids(probes)
        judge = PairJudge(self._prober, self._find_dialect, ids, self._settings)
        reordered = find_reordered([each.pair for each in probes])
        exchanges = [
            judge.judge(each, is_reordered=index in reordered) for index, each in enumerate(probes)
        ]
        return RecordingDiff(tuple(exchanges), ids.renames)

    def _build_calls(self, side: DiffSide) -> list[RecordedCall]:
        ignore = self._settings.ignored.paths
        return [build_call(head, self._find_dialect(head.request), ignore) for head in side.heads]

    def _pair_calls(
        self, left: Sequence[RecordedCall], right: Sequence[RecordedCall]
    ) -> list[CallPair]:
        if len(left) == len(right) == 1:
            return [CallPair(left[0], right[0])]
        alignment = CallAlignment(left, right, self._find_created)
        pairs = [
            pair
            for series in alignment.series
            for pair in pair_series(series, self._digest_left, self._digest_right)
        ]
        similar = pair_similar(alignment.left, alignment.right, alignment.links)
        pairs += (CallPair(*each) for each in similar)
        taken = [{each[side].number for each in similar} for side in (0, 1)]
        pairs += (CallPair(call, None) for call in alignment.left if call.number not in taken[0])
        pairs += (CallPair(None, call) for call in alignment.right if call.number not in taken[1])
        return pairs

    def _find_created(self, side: int, call: RecordedCall) -> str:
        exchange = self._sides[side].read(call.number)
        request = exchange.head.request
        return self._find_dialect(request).find_created(request, exchange.answer)

    def _digest_left(self, call: RecordedCall) -> bytes:
        return self._digest(0, call)

    def _digest_right(self, call: RecordedCall) -> bytes:
        return self._digest(1, call)

    def _digest(self, side: int, call: RecordedCall) -> bytes:
        exchange = self._sides[side].read(call.number)
        return digest_answer(exchange, self._find_dialect(exchange.head.request))


def _sort(
    probes: Sequence[ProbedPair], left: Sequence[RecordedCall], right: Sequence[RecordedCall]
) -> list[ProbedPair]:
    """Return the pairs in the order of ``sort_pairs``."""
    by_numbers = {each.pair.numbers: each for each in probes}
    pairs = sort_pairs([each.pair for each in probes], left, right)
    return [by_numbers[pair.numbers] for pair in pairs]
