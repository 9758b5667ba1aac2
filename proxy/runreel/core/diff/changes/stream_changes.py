"""The changes between two streams.

First the whole sequence is looked at: one event that is missing, doubled, swapped with its
neighbour or named otherwise explains everything behind it, and so does an end in the middle.
Otherwise the texts are compared block by block, and the data of the events by JSON path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from runreel.core.diff.changes.answer_places import (
    AnswerPair,
    build_value_change,
    iter_differing_texts,
    place_of,
)
from runreel.core.diff.changes.block_changes import diff_blocks
from runreel.core.diff.changes.model import Change, ChangeKind, ChangePart, DiffVerdict
from runreel.core.diff.changes.stream_items import (
    StreamItem,
    StreamRun,
    group_runs_of_text,
)
from runreel.core.diff.changes.value_changes import diff_values
from runreel.core.match.json_diff import count_common_ends
from runreel.core.match.word_diff import diff_words
from runreel.core.trace.model import BlockKind, TraceBlock
from runreel.core.word_spans import WordSpan

_WORDING_KINDS = frozenset({BlockKind.TEXT, BlockKind.REASONING, BlockKind.REFUSAL})
_MAX_RUNS = 2000
"""Runs that are aligned, between their common ends: the time is quadratic."""


def diff_streams(
    pair: AnswerPair, left: Sequence[StreamItem], right: Sequence[StreamItem]
) -> Iterator[Change]:
    """Yield the changes between the events of two streams."""
    runs = group_runs_of_text(left), group_runs_of_text(right)
    single = find_single_change(pair, left, right)
    if single is None:
        merged = [[run.merge() for run in each] for each in runs]
        single = find_single_change(pair, *merged)
    if single is not None:
        yield single
        return
    yield from diff_blocks(pair)
    yield from _diff_runs(pair, *runs)


def find_single_change(
    pair: AnswerPair, left: Sequence[StreamItem], right: Sequence[StreamItem]
) -> Change | None:
    """Return the change of one event that explains all differences, if there is one."""
    old, new = _cut_common_ends(left, right)
    contents = [item.content for item in old], [item.content for item in new]
    match (len(old), len(new)):
        case (1, 0):
            return _build_event_change(pair, ChangeKind.MISSING, old[0], None)
        case (0, 1):
            kind = _find_kind_of_added(new[0], right)
            return _build_event_change(pair, kind, None, new[0])
        case (2, 2) if contents[0] == contents[1][::-1]:
            return _build_event_change(pair, ChangeKind.SWAPPED, old[0], new[0])
        case (1, 1) if old[0].event.name != new[0].event.name and (
            old[0].content[1:] == new[0].content[1:]
        ):
            return _build_name_change(old[0], new[0])
    return None


def _cut_common_ends(
    left: Sequence[StreamItem], right: Sequence[StreamItem]
) -> tuple[Sequence[StreamItem], Sequence[StreamItem]]:
    contents = [item.content for item in left], [item.content for item in right]
    prefix, suffix = count_common_ends(*contents)
    return left[prefix : len(left) - suffix], right[prefix : len(right) - suffix]


def _find_kind_of_added(item: StreamItem, items: Sequence[StreamItem]) -> ChangeKind:
    index = items.index(item)
    neighbours = [each.content for each in items[max(0, index - 1) : index + 2]]
    is_double = neighbours.count(item.content) > 1
    return ChangeKind.DOUBLED if is_double else ChangeKind.ADDED


def _build_event_change(
    pair: AnswerPair, kind: ChangeKind, old: StreamItem | None, new: StreamItem | None
) -> Change:
    item = old or new
    assert item is not None, "an event is on one side at least"  # noqa: S101
    trace = pair.left_trace if old else pair.right_trace
    blocks = [trace.blocks[number - 1] for number in item.event.blocks]
    is_wording = item.adds_text and all(block.kind in _WORDING_KINDS for block in blocks)
    return Change(
        ChangePart.EVENTS,
        kind,
        DiffVerdict.WORDING if is_wording and blocks else DiffVerdict.BEHAVIOUR,
        f"answer.events[{item.event.number}]",
        left=describe_item(old),
        right=describe_item(new),
        label=f"event {item.event.name}",
        spans=_show_words_of_blocks(pair, blocks),
        left_place=place_of(old and old.event),
        right_place=place_of(new and new.event),
    )


def _show_words_of_blocks(pair: AnswerPair, blocks: Sequence[TraceBlock]) -> tuple[WordSpan, ...]:
    """Return how the text of the only block differs from the like block at the same place."""
    if len(blocks) != 1:
        return ()
    number, kind, name = blocks[0].number, blocks[0].kind, blocks[0].name
    sides = [trace.blocks[number - 1 : number] for trace in (pair.left_trace, pair.right_trace)]
    if any((block.kind, block.name) != (kind, name) for side in sides for block in side):
        return ()
    texts = ["".join(block.text for block in side) for side in sides]
    texts[1] = pair.folding.ids.translate(texts[1])
    return diff_words(*texts) if texts[0] != texts[1] else ()


def describe_item(item: StreamItem | None) -> str:
    """Return the texts of an event or, if it has none, its data; empty for None."""
    if item is None:
        return ""
    return "".join(item.texts) or item.event.text or item.event.name


def _build_name_change(old: StreamItem, new: StreamItem) -> Change:
    return Change(
        ChangePart.EVENTS,
        ChangeKind.CHANGED,
        DiffVerdict.BEHAVIOUR,
        f"answer.events[{old.event.number}].event",
        left=old.event.name,
        right=new.event.name,
        label="name of the event",
        left_place=place_of(old.event),
        right_place=place_of(new.event),
    )


def _diff_runs(
    pair: AnswerPair, left: Sequence[StreamRun], right: Sequence[StreamRun]
) -> Iterator[Change]:
    """Yield the changes between two sequences of runs; texts are not looked at."""
    shapes = [run.shape for run in left], [run.shape for run in right]
    prefix, suffix = count_common_ends(*shapes)
    old = left[prefix : len(left) - suffix][:_MAX_RUNS]
    new = right[prefix : len(right) - suffix][:_MAX_RUNS]
    keys = [run.shape for run in old], [run.shape for run in new]
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            yield from _diff_unequal_runs(pair, old[start:end], new[new_start:new_end])
    yield from _diff_texts_of_runs(pair, left, right)


def _diff_texts_of_runs(
    pair: AnswerPair, left: Sequence[StreamRun], right: Sequence[StreamRun]
) -> Iterator[Change]:
    """Yield the texts of runs that differ and are not those of blocks, such as repetitions."""
    shapes = [run.shape for run in left], [run.shape for run in right]
    if shapes[0] != shapes[1]:
        return
    known = {*iter_differing_texts(pair)}
    for old, new in zip(left, right, strict=True):
        if old.is_cut_text and new.is_cut_text:
            continue
        for texts in zip(old.texts, new.texts, strict=False):
            if texts not in known and not pair.folding.are_same("", *texts):
                known.add(texts)
                yield _build_text_change(old, new, texts)


def _build_text_change(old: StreamRun, new: StreamRun, texts: tuple[str, str]) -> Change:
    return Change(
        ChangePart.TEXT,
        ChangeKind.CHANGED,
        DiffVerdict.WORDING,
        f"answer.events[{old.first.event.number}].text",
        texts[0],
        texts[1],
        label=f"event {old.first.event.name}",
        spans=diff_words(*texts),
        left_place=place_of(old.first.event),
        right_place=place_of(new.first.event),
    )


def _diff_unequal_runs(
    pair: AnswerPair, old: Sequence[StreamRun], new: Sequence[StreamRun]
) -> Iterator[Change]:
    """Pair runs of the same name, and compare their data; the others are missing or added."""
    names = [run.first.event.name for run in old], [run.first.event.name for run in new]
    matcher = SequenceMatcher(None, *names, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag == "equal":
            for one, other in zip(old[start:end], new[new_start:new_end], strict=True):
                yield from _diff_data(pair, one.first, other.first)
            continue
        for run in old[start:end]:
            if not run.is_cut_text:
                yield _build_event_change(pair, ChangeKind.MISSING, run.first, None)
        for run in new[new_start:new_end]:
            if not run.is_cut_text:
                yield _build_event_change(pair, ChangeKind.ADDED, None, run.first)


def _diff_data(pair: AnswerPair, old: StreamItem, new: StreamItem) -> Iterator[Change]:
    values = old.value, new.value
    if values[0] is None or values[1] is None:
        if old.key != new.key:
            change = _build_event_change(pair, ChangeKind.CHANGED, old, new)
            yield change._replace(left=old.key, right=new.key)
        return
    base = f"answer.events[{old.event.number}]."
    for each in diff_values(values[0], values[1], pair.folding):
        if each.name not in pair.text_names:
            yield build_value_change(each, base, ChangePart.EVENTS)._replace(
                left_place=place_of(old.event), right_place=place_of(new.event)
            )
