"""The changes between the transcripts of two answers, block by block."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest

from runreel.core.common_text import count_common_characters
from runreel.core.diff.changes.answer_places import AnswerPair, place_of
from runreel.core.diff.changes.model import Change, ChangeKind, ChangePart, DiffVerdict, StreamPlace
from runreel.core.diff.changes.request_changes import format_value
from runreel.core.diff.changes.value_changes import ValueChange, diff_values
from runreel.core.match.canonical_json import CanonicalJson, parse_canonical
from runreel.core.match.json_diff import count_common_ends
from runreel.core.match.word_diff import diff_words
from runreel.core.trace.model import BlockKind, Trace, TraceBlock

_PARTS: Mapping[BlockKind, ChangePart] = {
    BlockKind.TOOL_CALL: ChangePart.TOOLS,
    BlockKind.TOOL_OUTPUT: ChangePart.TOOLS,
    BlockKind.CODE: ChangePart.TOOLS,
    BlockKind.LOGS: ChangePart.TOOLS,
}
COMPARED_KINDS = frozenset({*_PARTS, BlockKind.TEXT, BlockKind.REASONING, BlockKind.REFUSAL})
"""Kinds of blocks that are compared as a whole; of the others, the data of their events is."""
_MAX_BLOCKS = 1000
"""Blocks that are aligned, between their common ends: the time is quadratic."""
_WORDING = frozenset({BlockKind.TEXT, BlockKind.REASONING, BlockKind.REFUSAL})


def diff_blocks(pair: AnswerPair) -> Iterator[Change]:
    """Yield the changes of the blocks, in their order."""
    left, right = _select(pair.left_trace), _select(pair.right_trace)
    keys = [_build_key(block) for block in left], [_build_key(block) for block in right]
    prefix, suffix = count_common_ends(*keys)
    for one, other in zip(left[:prefix], right[:prefix], strict=True):
        yield from _diff_block(pair, one, other)
    ends = len(left) - suffix, len(right) - suffix
    old, new = left[prefix : ends[0]], right[prefix : ends[1]]
    yield from _diff_middle(pair, old, new)
    for one, other in zip(left[ends[0] :], right[ends[1] :], strict=True):
        yield from _diff_block(pair, one, other)


def _diff_middle(
    pair: AnswerPair, left: Sequence[TraceBlock], right: Sequence[TraceBlock]
) -> Iterator[Change]:
    """Yield the changes of blocks between the common ends of two sequences."""
    if max(len(left), len(right)) > _MAX_BLOCKS:
        yield from _diff_unequal(pair, left, right)
        return
    keys = [_build_key(block) for block in left], [_build_key(block) for block in right]
    matcher = SequenceMatcher(None, *keys, autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        old, new = left[start:end], right[new_start:new_end]
        if tag == "equal":
            for one, other in zip(old, new, strict=True):
                yield from _diff_block(pair, one, other)
        else:
            yield from _diff_unequal(pair, old, new)


def _select(trace: Trace) -> Sequence[TraceBlock]:
    return [block for block in trace.blocks if block.kind in COMPARED_KINDS]


def _build_key(block: TraceBlock) -> tuple[str, str]:
    name = block.name if block.kind is BlockKind.TOOL_CALL else ""
    return block.kind, name


def _diff_unequal(
    pair: AnswerPair, old: Sequence[TraceBlock], new: Sequence[TraceBlock]
) -> Iterator[Change]:
    for one, other in zip_longest(old, new):
        if one is not None and other is not None and one.kind is other.kind:
            yield _build_change(pair, ChangeKind.CHANGED, one, other, (one.name, other.name))
            yield from _diff_block(pair, one, other)
        else:
            if one is not None:
                yield _build_change(pair, ChangeKind.MISSING, one, None, (one.text, ""))
            if other is not None:
                yield _build_change(pair, ChangeKind.ADDED, None, other, ("", other.text))


def _diff_block(pair: AnswerPair, old: TraceBlock, new: TraceBlock) -> Iterator[Change]:
    translated = pair.folding.ids.translate(new.text)
    if not pair.folding.are_same("", old.text, translated):
        values = _parse(old, old.text), _parse(old, translated)
        if values[0] is None or values[1] is None:
            change = _build_change(pair, ChangeKind.CHANGED, old, new, (old.text, translated))
            yield change._replace(spans=diff_words(old.text, translated))
        else:
            yield from _diff_arguments(pair, (old, new), values[0], values[1])
    yield from _diff_labels(pair, old, new)


def _diff_labels(pair: AnswerPair, old: TraceBlock, new: TraceBlock) -> Iterator[Change]:
    """Yield the change of the call that an output belongs to."""
    call_id = pair.folding.ids.translate(new.call_id)
    if not pair.folding.are_same("id", old.call_id, call_id):
        yield _build_change(pair, ChangeKind.CHANGED, old, new, (old.call_id, call_id))


def _parse(block: TraceBlock, text: str) -> CanonicalJson | None:
    """Return the arguments of a tool's call; None if they are not JSON."""
    if block.kind is not BlockKind.TOOL_CALL:
        return None
    try:
        return parse_canonical(text.encode("utf-8", "replace"))
    except ValueError:
        return None


def _diff_arguments(
    pair: AnswerPair,
    blocks: tuple[TraceBlock, TraceBlock],
    left: CanonicalJson,
    right: CanonicalJson,
) -> Iterator[Change]:
    for change in diff_values(left, right, pair.folding, are_data=True):
        yield _build_argument_change(pair, blocks, change)


def _build_argument_change(
    pair: AnswerPair, blocks: tuple[TraceBlock, TraceBlock], change: ValueChange
) -> Change:
    old, new = blocks
    values = format_value(change.left), format_value(change.right)
    base = _build_change(pair, ChangeKind.CHANGED, old, new, values)
    return base._replace(path=f"{base.path}.{change.path}")


def _build_change(
    pair: AnswerPair,
    kind: ChangeKind,
    old: TraceBlock | None,
    new: TraceBlock | None,
    texts: tuple[str, str],
) -> Change:
    block = old or new
    assert block is not None, "a block is on one side at least"  # noqa: S101
    is_wording = block.kind in _WORDING and kind is ChangeKind.CHANGED
    offset = count_common_characters(old.text if old else "", new.text if new else "")
    return Change(
        _PARTS.get(block.kind, ChangePart.TEXT),
        kind,
        DiffVerdict.WORDING if is_wording else DiffVerdict.BEHAVIOUR,
        f"answer.{block.kind}[{block.number}]",
        left=texts[0],
        right=texts[1],
        label=f"{block.kind.replace('_', ' ')} {block.name}".rstrip(),
        left_place=_locate(pair.left_trace, old, offset),
        right_place=_locate(pair.right_trace, new, offset),
    )


def _locate(trace: Trace, block: TraceBlock | None, offset: int) -> StreamPlace | None:
    """Return the event in which a text differs first; None if the answer is not a stream."""
    if block is None or not trace.is_stream:
        return None
    pieces = [piece for piece in block.pieces if piece.event]
    piece = next(
        (each for each in pieces if each.text_end > offset), pieces[-1] if pieces else None
    )
    if piece is None or piece.event > len(trace.events):
        return None
    place = place_of(trace.events[piece.event - 1])
    return None if place is None else place._replace(block=block.number)
