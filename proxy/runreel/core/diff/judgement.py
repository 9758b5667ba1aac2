"""The verdict on each pair of calls, and the changes that it rests on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

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

_MAX_COMPARED = 50_000
"""Changes of two exchanges that are looked at; what comes after them may be anything."""


class _NewChanges(NamedTuple):
    """The changes of two exchanges that no earlier exchange had."""

    changes: Sequence[Change]
    origins: Sequence[int]
    """The exchanges that had the other ones."""
    is_all: bool = True
    """False if there are more than are looked at."""


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
        new = _NewChanges((), ())
        if self._settings.with_timing or not is_clean(probe, self._ids):
            new = self._list_changes(*pair.numbers, probe)
        changes = [*([_build_order_change()] if is_reordered else ()), *new.changes]
        counting = [change for change in changes if self._counts(change)]
        least = DiffVerdict.IDENTICAL if probe.is_equal else DiffVerdict.EQUIVALENT
        least = least if new.is_all else DiffVerdict.BEHAVIOUR
        return ExchangeDiff(
            left=pair.left.number,
            right=pair.right.number,
            call=pair.left.key.call,
            verdict=max((least, *(change.verdict for change in counting))),
            changes=tuple(counting[:MAX_CHANGES]),
            notes=(
                *_describe_origins(new.origins),
                *_describe_rest(len(counting), is_all=new.is_all),
            ),
            renamed=len({each.left for each in probe.pairs if each.left != each.right}),
        )

    def _counts(self, change: Change) -> bool:
        is_left_out = is_ignored(change.path, self._settings.ignored)
        return change.part in self._settings.parts and not is_left_out

    def _list_changes(self, left: int, right: int, probe: ExchangeProbe) -> _NewChanges:
        """Return the new changes of two exchanges."""
        exchanges = self._prober.read(left, right)
        is_needed = self._settings.with_timing or not is_clean_answer(probe, self._ids)
        changes, texts = diff_exchanges(
            *exchanges,
            self._find_dialect(exchanges[0].head.request),
            self._ids,
            self._settings,
            with_answers=is_needed,
        )
        new = self._drop_echoes(drop_answered_models(changes), left)
        for pair in texts:
            self._echoes.add("text", *pair, left)
        return new

    def _drop_echoes(self, changes: Iterable[Change], number: int) -> _NewChanges:
        """Return the changes that no earlier exchange had."""
        kept: list[Change] = []
        origins: set[int] = set()
        rest = iter(changes)
        for change in islice(rest, _MAX_COMPARED):
            name = get_name(change)
            origin = self._echoes.find_origin(name, change.left, change.right) if name else 0
            if origin:
                origins.add(origin)
                continue
            kept.append(change)
            if name:
                self._echoes.add(name, change.left, change.right, number)
        return _NewChanges(kept, sorted(origins - {number}), is_all=next(rest, None) is None)

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


def drop_answered_models(changes: Iterable[Change]) -> Iterator[Change]:
    """Leave out the models of an answer if another model was asked for; requests come first."""
    is_asked = False
    for change in changes:
        is_asked |= change.path == "request.$.model"
        if not (is_asked and change.path.startswith("answer.") and change.path.endswith(".model")):
            yield change


def _describe_origins(origins: Sequence[int]) -> Iterator[str]:
    if origins:
        yield f"repeats the change of #{', #'.join(map(str, origins))}"


def _describe_rest(count: int, *, is_all: bool) -> Iterator[str]:
    if count > MAX_CHANGES:
        yield f"the first {MAX_CHANGES} of {count:,} changes are listed"
    if not is_all:
        yield f"more than {_MAX_COMPARED:,} changes: the rest was not compared"
