"""The transcript of an answer or a request, read from the JSON of its events or its body."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import NamedTuple

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.trace.blocks import GrowingBlock, LocatedText, build_blocks, describe_media
from runreel.core.trace.locate import JsonSource
from runreel.core.trace.model import BlockKind, TraceBlock
from runreel.core.trace.paths import Element, JsonScope, find_path, find_text, select_next
from runreel.core.trace.rules import CompiledText, TextNode
from runreel.core.trace.table import TextMode, TextRule

_VALUE_KINDS = frozenset({BlockKind.TOOL_CALL, BlockKind.TOOL_OUTPUT, BlockKind.CODE})
"""Kinds of blocks whose text may be a JSON value that is no string."""


class GrowingPiece(NamedTuple):
    """A piece of a block that several events add to."""

    block: GrowingBlock
    part: LocatedText
    member: str
    """Name of the member that it was read from."""


class EventTexts(NamedTuple):
    """The effect of the texts of one event, or of one body, on the transcript."""

    blocks: tuple[GrowingBlock, ...]
    """The blocks that it adds to, names or repeats."""
    added: tuple[tuple[BlockKind, str], ...]
    """The texts of the model that it adds."""
    names: tuple[str, ...]
    """Names of tools and the like that were not known before."""
    mismatches: tuple[GrowingBlock, ...]
    """Blocks whose pieces do not add up to the whole text in this event."""
    only_piece: GrowingPiece | None = None
    """The piece of a text, if the event does nothing else."""


_NO_TEXTS = EventTexts((), (), (), ())


class Transcript:
    """Blocks that grow event by event."""

    def __init__(self, *, places: bool = True) -> None:
        """``places``: also find the bytes of all texts, which takes time."""
        self._places = places
        self._blocks: list[GrowingBlock] = []
        self._open: dict[tuple[str, ...], GrowingBlock] = {}
        self._calls: dict[tuple[BlockKind, str], GrowingBlock] = {}
        self._ranked = 0

    @property
    def block_count(self) -> int:
        """The number of blocks so far, with those that say nothing."""
        return len(self._blocks)

    def read(
        self,
        texts: TextNode,
        scope: JsonScope,
        source: JsonSource,
        offset: int = 0,
    ) -> EventTexts:
        """Add the texts of one JSON value. ``offset`` is that of the source in the body."""
        if not texts.may_apply(scope.root):
            return _NO_TEXTS
        reading = _ValueReading(self, scope)
        reading.walk(texts, (scope.root,))
        if self._places or reading.only_piece is not None:
            reading.locate(source, offset)
        return reading.finish()

    def get_block(
        self, rule: CompiledText, key: tuple[str, ...], call_id: str, place: LeafPath, event: int
    ) -> GrowingBlock:
        """Return the block of a rule and a key, which is new if there is none.

        A call that a later event repeats as a whole, at another place, is found by its id.
        """
        full_key = (rule.channel, *key)
        block = self._open.get(full_key)
        if block is not None and rule.rule.opens_block and block.event != event:
            block = None
        if block is None and call_id and rule.rule.mode is not TextMode.DELTA:
            repeated = self._calls.get((rule.rule.kind, call_id))
            block = repeated if repeated is not None and repeated.event != event else None
        if block is None:
            block = self._open[full_key] = GrowingBlock(rule.rule.kind, place, event)
            self._blocks.append(block)
        if call_id:
            self._calls.setdefault((rule.rule.kind, call_id), block)
        return block

    def close(self, channel: str) -> None:
        """Let later pieces of a channel begin new blocks."""
        if not channel:
            return
        for key in [key for key in self._open if key[0] == channel]:
            del self._open[key]

    def build(self, *, by_place: bool = False) -> tuple[TraceBlock, ...]:
        """Return the blocks as they are now, and number them.

        They are in the order of their events or, ``by_place``, in that of a body's elements.
        """
        blocks = self._blocks
        ordered = _sort_by_place(blocks) if by_place else sorted(blocks, key=lambda each: each.rank)
        return build_blocks(ordered, places=self._places)

    def rank(self, block: GrowingBlock) -> None:
        """Give a block its place after the others, once it says something."""
        if not block.rank and block.says_something:
            self._ranked += 1
            block.rank = self._ranked


class _ValueReading:
    """The texts of one JSON value, while its rules are applied."""

    def __init__(self, transcript: Transcript, scope: JsonScope) -> None:
        self._transcript = transcript
        self._scope = scope
        self._blocks: dict[int, GrowingBlock] = {}
        self._added: list[tuple[BlockKind, str]] = []
        self._names: list[str] = []
        self._mismatches: list[GrowingBlock] = []
        self._parts: list[tuple[LocatedText, LeafPath, object]] = []
        self._channels: set[str] = set()
        self._text_count = 0
        self._piece: GrowingPiece | None = None

    def walk(self, node: TextNode, elements: Sequence[Element]) -> None:
        """Apply the rules of a node to the elements that it is about, and go on below them."""
        for element in elements:
            for rule in node.rules:
                if rule.may_apply(element):
                    self._apply(rule, element)
        members = elements[0].value if len(elements) == 1 else None
        for inner in node.nodes:
            if isinstance(members, dict) and not inner.may_be_in(members):
                continue
            selected = select_next(elements, inner.step)
            if len(selected) > 1 or (selected and inner.may_apply(selected[0])):
                self.walk(inner, selected)

    def _apply(self, rule: CompiledText, element: Element) -> None:
        """Add the text that the rule finds in the element, if there is any."""
        if rule.conditions and not self._meets_conditions(rule, element):
            return
        path = find_path(rule.text, element, self._scope)
        if path is None and not (rule.name or rule.call_id or rule.rule.opens_block):
            return
        if rule.rule.is_fallback and rule.channel in self._channels:
            return
        value = None if path is None else path.find(element, self._scope)
        text = _to_text(rule.rule.kind, value)
        if text is None:
            return
        block = self._get_block(rule, element)
        self._blocks[id(block)] = block
        if text and path is not None:
            self._channels.add(rule.channel)
            location = path.find_location(element, self._scope)
            self._add(block, rule.rule, text, location, value)
            self._note_piece(block, rule.rule, location, value)
        self._transcript.rank(block)

    def _meets_conditions(self, rule: CompiledText, element: Element) -> bool:
        return all(each.holds(element, self._scope) for each in rule.conditions)

    def _note_piece(
        self, block: GrowingBlock, rule: TextRule, location: LeafPath, value: object
    ) -> None:
        """Note the last text, if it is the piece of a string that may go on in other events."""
        self._text_count += 1
        is_piece = rule.mode is TextMode.DELTA and rule.is_content and isinstance(value, str)
        has_own_block = rule.opens_block or "@number" in rule.key or rule.kind is BlockKind.MEDIA
        if is_piece and location and not has_own_block:
            self._piece = GrowingPiece(block, self._parts[-1][0], str(location[-1]))

    def _get_block(self, rule: CompiledText, element: Element) -> GrowingBlock:
        key = (*(find_text(paths, element, self._scope) for paths in rule.key), *element.key)
        call_id = find_text(rule.call_id, element, self._scope)
        block = self._transcript.get_block(rule, key, call_id, element.location, self._scope.number)
        if not block.name:
            block.name = find_text(rule.name, element, self._scope)
            if block.name:
                self._names.append(block.name)
                self._transcript.close(rule.rule.closes)
        block.call_id = block.call_id or call_id
        block.owner = block.owner or self._find_owner(rule, element, key)
        block.role = block.role or rule.role.find(element, self._scope)
        block.type = block.type or rule.type.find(element, self._scope)
        return block

    def _find_owner(self, rule: CompiledText, element: Element, key: tuple[str, ...]) -> str:
        word = rule.rule.owner_word
        if rule.owner:
            owner = find_text(rule.owner, element, self._scope)
        else:
            owner = key[0] if word and key else ""
        return f"{word} {owner}" if word and owner else owner

    def _add(
        self, block: GrowingBlock, rule: TextRule, text: str, location: LeafPath, value: object
    ) -> None:
        part = LocatedText(text, self._scope.number)
        if rule.mode is TextMode.WHOLE and block.differs_from(text):
            self._mismatches.append(block)
        added = block.add(part, rule.mode)
        if added and rule.is_content:
            is_media = block.kind is BlockKind.MEDIA
            shown = describe_media(added, block.name) if is_media else added
            self._added.append((block.kind, shown))
        if added or (rule.mode is TextMode.START and value):
            self._parts.append((part, location, value))

    def locate(self, source: JsonSource, offset: int) -> None:
        """Find the ranges of the texts that were added."""
        if not self._parts:
            return
        ranges = source.locate({location: value for _, location, value in self._parts})
        for part, location, _ in self._parts:
            extent = ranges.get(location)
            if extent is not None:
                part.extent = offset + extent[0], offset + extent[1]

    def finish(self) -> EventTexts:
        """Return the result."""
        return EventTexts(
            blocks=tuple(self._blocks.values()),
            added=tuple(self._added),
            names=tuple(self._names),
            mismatches=tuple(self._mismatches),
            only_piece=self.only_piece,
        )

    @property
    def only_piece(self) -> GrowingPiece | None:
        """As in ``EventTexts``."""
        return self._piece if self._text_count == len(self._blocks) == 1 else None


def _to_text(kind: BlockKind, value: object) -> str | None:
    """Return a value as the text of a block; None if it is none, empty if there is no value."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if kind not in _VALUE_KINDS or isinstance(value, bool):
        return None
    try:
        return json.dumps(value, ensure_ascii=False)
    except RecursionError:
        return None


def _sort_by_place(blocks: Sequence[GrowingBlock]) -> Sequence[GrowingBlock]:
    """Return the blocks in the order of their elements; members are in the order of the rules."""
    ranks: dict[LeafPath, int] = {}

    def get_order(block: GrowingBlock) -> tuple[int, ...]:
        place = block.place
        return tuple(
            step if isinstance(step, int) else ranks.setdefault(place[: depth + 1], len(ranks))
            for depth, step in enumerate(place)
        )

    return sorted(blocks, key=get_order)
