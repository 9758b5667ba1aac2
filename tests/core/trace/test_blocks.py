"""Blocks: surrogates that are split, media, and texts that replace others."""

from __future__ import annotations

import pytest

from runreel.core.trace.blocks import (
    GrowingBlock,
    LocatedText,
    build_blocks,
    describe_media,
    repair_surrogates,
)
from runreel.core.trace.model import BlockKind
from runreel.core.trace.table import TextMode


def test_split_surrogates_are_repaired() -> None:
    assert repair_surrogates("a\ud83d" + "\ude00b") == "a😀b"
    assert repair_surrogates("a\ud83db\ude00") == "a\ufffdb\ufffd"


def test_a_split_character_belongs_to_its_first_piece() -> None:
    block = GrowingBlock(BlockKind.TEXT)
    for number, text in enumerate(("a\ud83d", "\ude00b\ud83d\ude00", "c"), start=1):
        block.add(LocatedText(text, number, (number, number + 1)), TextMode.DELTA)
    (built,) = build_blocks([block])
    assert built.text == "a😀b😀c"
    texts = [built.text[piece.text_start : piece.text_end] for piece in built.pieces]
    assert texts == ["a😀", "b😀", "c"]


MEDIA = [
    (
        "a data URL",
        "data:image/png;base64,iVBORw0KGgo=",
        "x",
        "image/png, 8 bytes, sha256 4c4b6a3be1314ab8",
    ),
    ("base64", "iVBORw0KGgo=", "png", "png, 8 bytes, sha256 4c4b6a3be1314ab8"),
    ("base64 without padding", "iVBORw0KGgo", "png", "png, 8 bytes, sha256 4c4b6a3be1314ab8"),
    ("base64 for URLs", "-_-_", "", "data, 3 bytes, sha256 "),
    ("a URL", "https://example.org/a.png", "x", "https://example.org/a.png"),
    ("no base64", "\ud83d?", "x", "x, 4 bytes, sha256 "),
    ("nothing", "", "x", ""),
]


@pytest.mark.parametrize(
    ("text", "name", "expected"), [m[1:] for m in MEDIA], ids=[m[0] for m in MEDIA]
)
def test_media_are_described(text: str, name: str, expected: str) -> None:
    description = describe_media(text, name)
    assert description.startswith(expected)
    assert bool(expected) is bool(description)


def test_a_snapshot_adds_what_is_new() -> None:
    block = GrowingBlock(BlockKind.TEXT)
    added = [
        block.add(LocatedText(text, number), TextMode.SNAPSHOT)
        for number, text in enumerate(("a", "ab", "c"), start=1)
    ]
    assert added == ["a", "b", "c"]
    assert build_blocks([block])[0].text == "c"


def test_pieces_replace_what_was_there_at_the_start() -> None:
    block = GrowingBlock(BlockKind.TOOL_CALL)
    assert block.add(LocatedText("{}", 1), TextMode.START) == ""
    assert build_blocks([block])[0].text == "{}"
    block.add(LocatedText('{"a":', 2), TextMode.DELTA)
    block.add(LocatedText(" 1}", 3), TextMode.DELTA)
    assert build_blocks([block])[0].text == '{"a": 1}'
    assert not block.differs_from('{"a":1}')
    assert block.differs_from('{"a":2}')
    assert not block.differs_from('{"a":3}')
