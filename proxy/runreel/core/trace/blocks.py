"""The blocks of a transcript, assembled from the pieces of their texts."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from runreel.core.redact.texts.leaf import LeafPath
from runreel.core.trace.locate import JsonRange
from runreel.core.trace.model import BlockKind, TextPiece, TraceBlock
from runreel.core.trace.table import TextMode

_SURROGATE = re.compile("[\ud800-\udfff]")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_DATA_URL = re.compile(r"data:([^;,]*)[^,]*,")
_SHOWN_DIGITS = 16

_EMPTY_VALUES = ("[]", "{}")
"""Values that an event has in the place of one that follows in a later event."""

_LABELLED = frozenset({BlockKind.TOOL_CALL, BlockKind.CITATION, BlockKind.MEDIA})
"""Kinds of blocks that say something without a text, by a name or an id."""


@dataclass(slots=True)
class LocatedText:
    """A text within one event or body, and where it stands."""

    text: str
    event: int
    extent: JsonRange | None = None
    """Range in the body; None until it is located, and if it cannot be."""


@dataclass(slots=True)
class GrowingBlock:
    """A block while its events arrive."""

    kind: BlockKind
    place: LeafPath = ()
    """Location of the value that it was first read from."""
    event: int = 0
    """Number of the event that it was first read from; 0 for a body."""
    owner: str = ""
    role: str = ""
    type: str = ""
    name: str = ""
    call_id: str = ""
    rank: int = 0
    """Grows in the order in which the blocks of a stream first say something; 0 before that."""
    number: int = 0
    """Assigned when the transcript is built; 0 for a block that says nothing."""
    deltas: list[LocatedText] = field(default_factory=list)
    whole: LocatedText | None = None
    is_snapshot: bool = False
    start: LocatedText | None = None
    length: int = 0
    """Characters of all deltas."""
    has_mismatch: bool = False

    def add(self, part: LocatedText, mode: TextMode) -> str:
        """Add a text; return the part of it that is new."""
        match mode:
            case TextMode.DELTA:
                self.add_piece(part)
                return part.text
            case TextMode.START:
                self.start = self.start or part
                return ""
            case TextMode.SNAPSHOT:
                return self._replace(part)
        if part.text in _EMPTY_VALUES:
            self.start = self.start or part
            return ""
        is_new = bool(part.text) and not self.length and self.whole is None
        self.whole = part if is_new else self.whole
        return part.text if is_new else ""

    def add_piece(self, part: LocatedText) -> None:
        """Add the next piece of the text."""
        self.deltas.append(part)
        self.length += len(part.text)

    def _replace(self, part: LocatedText) -> str:
        before = "" if self.whole is None else self.whole.text
        if before and before == part.text:
            return ""
        self.whole, self.is_snapshot = part, True
        return part.text.removeprefix(before) if part.text.startswith(before) else part.text

    def differs_from(self, whole: str) -> bool:
        """Return True the first time that the pieces do not add up to this text."""
        if self.has_mismatch or not whole or not self.length or self.is_snapshot:
            return False
        joined = "".join(part.text for part in self.deltas) if self.length == len(whole) else ""
        self.has_mismatch = joined != whole and not self._is_same_json(whole)
        return self.has_mismatch

    def _is_same_json(self, whole: str) -> bool:
        """Return whether a call's arguments are the same but for their notation."""
        if self.kind is not BlockKind.TOOL_CALL:
            return repair_surrogates(self._join(self.deltas)) == whole
        try:
            return bool(json.loads(self._join(self.deltas)) == json.loads(whole))
        except (ValueError, RecursionError):
            return False

    @staticmethod
    def _join(parts: Iterable[LocatedText]) -> str:
        return "".join(part.text for part in parts)

    @property
    def parts(self) -> Sequence[LocatedText]:
        """The parts that make up the text."""
        if self.length:
            return self.deltas
        rest = self.whole or self.start
        return [] if rest is None else [rest]

    @property
    def says_something(self) -> bool:
        """True if the block has a text, or the name or id of a call."""
        has_label = self.kind in _LABELLED and bool(self.name or self.call_id)
        return has_label or any(part.text for part in self.parts)

    def build(self, *, with_owner: bool, places: bool = True) -> TraceBlock:
        """Return the block as it is now, without ``places`` without its pieces."""
        text = self._join(self.parts)
        pieces = tuple(_iter_pieces(self.parts)) if places else ()
        if self.kind is BlockKind.MEDIA:
            text, pieces = describe_media(text, self.name), ()
        elif _SURROGATE.search(text):
            pieces = tuple(_move_pieces(pieces, text))
            text = repair_surrogates(text)
        return TraceBlock(
            number=self.number,
            kind=self.kind,
            owner=repair_surrogates(self.owner) if with_owner else "",
            role=repair_surrogates(self.role),
            name=repair_surrogates(self.name),
            call_id=repair_surrogates(self.call_id),
            text=text,
            pieces=pieces,
            type=repair_surrogates(self.type),
        )


def build_blocks(blocks: Iterable[GrowingBlock], *, places: bool = True) -> tuple[TraceBlock, ...]:
    """Return the blocks that say something, in their order, and number them."""
    kept: list[GrowingBlock] = []
    for block in blocks:
        block.number = len(kept) + 1 if block.says_something else 0
        if block.number:
            kept.append(block)
    with_owner = len({block.owner for block in kept if block.owner}) > 1
    return tuple(block.build(with_owner=with_owner, places=places) for block in kept)


def describe_media(text: str, media_type: str) -> str:
    """Return the type, size and digest of base64 data; a URL that is no data stays as it is.

    The result never contains the data itself.
    """
    if not text:
        return ""
    url = _DATA_URL.match(text)
    if url is None and "://" in text[:32]:
        return text
    data = _decode_base64(text if url is None else text[url.end() :])
    name = ("" if url is None else url[1]) or media_type or "data"
    return f"{name}, {len(data)} bytes, sha256 {sha256(data).hexdigest()[:_SHOWN_DIGITS]}"


def _decode_base64(text: str) -> bytes:
    """Return the bytes of base64 in either alphabet; what is not base64 stays as it is."""
    standard = text.replace("-", "+").replace("_", "/")
    try:
        return b64decode(standard + "=" * (-len(standard) % 4), validate=True)
    except ValueError:
        return text.encode("utf-8", "surrogatepass")


def repair_surrogates(text: str) -> str:
    """Join surrogate pairs that were split between pieces; replace lone halves by U+FFFD."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _iter_pieces(parts: Iterable[LocatedText]) -> Iterable[TextPiece]:
    at = 0
    for part in parts:
        end = at + len(part.text)
        if part.extent is not None and part.text:
            yield TextPiece(part.event, *part.extent, at, end)
        at = end


def _move_pieces(pieces: Iterable[TextPiece], text: str) -> Iterable[TextPiece]:
    """Yield the pieces with their place in the repaired text, where each pair is one character.

    A character of which two pieces have one half each belongs to the first.
    """
    ends = [match.end() for match in _SURROGATE_PAIR.finditer(text)]
    for piece in pieces:
        starts_at, ends_at = (
            at - bisect_right(ends, at) for at in (piece.text_start, piece.text_end)
        )
        yield piece._replace(text_start=starts_at, text_end=ends_at)
