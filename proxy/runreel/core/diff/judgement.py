"""The verdict on each pair of calls, and the changes that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from runreel.core.dialect import Dialect
from runreel.core.diff.align.series import CallPair
from runreel.core.diff.changes.exchange_changes import (
    DiffSettings,
    diff_exchanges,
    is_ignored,
)
from runreel.core.diff.changes.model import (
    Change,
    ChangeKind,
    ChangePart,
    DiffVerdict,
    ExchangeDiff,
)
from runreel.core.diff.exchange_probe import ExchangeProbe
from runreel.core.diff.ids.folding import Echoes
from runreel.core.diff.ids.id_map import IdMap
from runreel.core.diff.probes import PairProber, ProbedPair, is_clean, is_clean_answer
from runreel.model import Request

MAX_CHANGES = 200
"""Changes of two exchanges that are listed."""


class PairJudge:
    """Judges the pairs of a comparison in their order; a change counts where it is first."""

    def __init__(
        self,
        prober: PairProber,
        find_dialect: Callable[[Request], Dialect],
        ids: IdMap,
        settings: DiffSettings,
    ) -> None:
        self._prober = prober
        self._find_dialect = find_dialect
        self._ids = ids
        self._settings = settings
        self._echoes = Echoes()

    def judge(self, probed: ProbedPair, *, is_reordered: bool) -> ExchangeDiff:
        """Return the comparison of one pair."""
        pair, probe = probed
        if probe is None or pair.left is None or pair.right is None:
            return self._judge_single(pair)
        changes = [_build_order_change()] if is_reordered else []
        notes: list[str] = []
        if self._settings.with_timing or not is_clean(probe, self._ids):
            own_changes, origins = self._list_changes(pair.left.number, pair.right.number, probe)
            changes += own_changes
            notes += _describe_origins(origins)
        counting = [change for change in changes if self._counts(change)]
        least = DiffVerdict.IDENTICAL if probe.is_equal else DiffVerdict.EQUIVALENT
        return ExchangeDiff(
            left=pair.left.number,
            right=pair.right.number,
            call=pair.left.key.call,
            verdict=max((least, *(change.verdict for change in counting))),
            changes=tuple(counting[:MAX_CHANGES]),
            notes=tuple(notes),
            renamed=len({each.left for each in probe.pairs if each.left != each.right}),
        )

    def _counts(self, change: Change) -> bool:
        is_left_out = is_ignored(change.path, self._settings.ignored)
        return change.part in self._settings.parts and not is_left_out

    def _list_changes(
        self, left: int, right: int, probe: ExchangeProbe
    ) -> tuple[Sequence[Change], Sequence[int]]:
        """Return the new changes of two exchanges, and the exchanges that had the other ones."""
        exchanges = self._prober.read(left, right)
        is_needed = self._settings.with_timing or not is_clean_answer(probe, self._ids)
        changes, texts = diff_exchanges(
            *exchanges,
            self._find_dialect(exchanges[0].head.request),
            self._ids,
            self._settings,
            with_answers=is_needed,
        )
        kept = self._drop_echoes(drop_answered_models(changes), left)
        for pair in texts:
            self._echoes.add("text", *pair, left)
        return kept

    def _drop_echoes(
        self, changes: Iterable[Change], number: int
    ) -> tuple[list[Change], Sequence[int]]:
        """Return the changes that are new, and the exchanges in which the others were."""
        kept: list[Change] = []
        origins: set[int] = set()
        for change in changes:
            name = get_name(change)
            origin = self._echoes.find_origin(name, change.left, change.right) if name else 0
            if origin:
                origins.add(origin)
                continue
            kept.append(change)
            if name:
                self._echoes.add(name, change.left, change.right, number)
        return kept, sorted(origins - {number})

    def _judge_single(self, pair: CallPair) -> ExchangeDiff:
        """Return the comparison of a call that only one side has."""
        call = pair.left or pair.right
        assert call is not None, "a pair has one side at least"  # noqa: S101
        kind = ChangeKind.MISSING if pair.left else ChangeKind.ADDED
        kind, verdict = (
            (ChangeKind.REPEATED, DiffVerdict.EQUIVALENT)
            if pair.is_repeat
            else (kind, DiffVerdict.BEHAVIOUR)
        )
        target = call.head.request.target.decode("utf-8", "replace")
        text = f"{call.head.request.method} {target} ({call.head.status})"
        left, right = (text, "") if pair.left else ("", text)
        change = Change(ChangePart.CALLS, kind, verdict, "call", left, right)
        changes = (change,) if self._counts(change) else ()
        verdict = verdict if changes else DiffVerdict.EQUIVALENT
        return ExchangeDiff(*pair.numbers, call.key.call, verdict, changes)


def _build_order_change() -> Change:
    kind, verdict = ChangeKind.REORDERED, DiffVerdict.BEHAVIOUR
    return Change(ChangePart.CALLS, kind, verdict, "call", label="in another order")


def get_name(change: Change) -> str:
    """Return the name by which a change is recognised again; one for all texts.

    Empty for a change that later places do not repeat, such as of an event.
    """
    if change.kind is ChangeKind.CHANGED:
        is_text = change.verdict is DiffVerdict.WORDING and change.part is not ChangePart.USAGE
        return "text" if is_text else _get_last_name(change.path)
    is_member = "$" in change.path and change.kind in {ChangeKind.ADDED, ChangeKind.MISSING}
    return f"{change.kind} {_get_last_name(change.path)}" if is_member else ""


def _get_last_name(path: str) -> str:
    return path.rpartition(".")[2].partition("[")[0]


def drop_answered_models(changes: Sequence[Change]) -> list[Change]:
    """Leave out the models of an answer if another model was asked for."""
    is_asked = any(change.path == "request.$.model" for change in changes)
    return [
        change
        for change in changes
        if not (is_asked and change.path.startswith("answer.") and change.path.endswith(".model"))
    ]


def _describe_origins(origins: Sequence[int]) -> Iterator[str]:
    if origins:
        yield f"repeats the change of #{', #'.join(map(str, origins))}"
