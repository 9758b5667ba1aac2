from __future__ import annotations

from runreel.core.redact.part import EditedPart, Replacement
from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, Span


def test_a_part_without_edits_is_clean() -> None:
    assert EditedPart(b"abc").clean == b"abc"
    assert EditedPart(b"abc").edits == []


def test_all_edits_are_made_in_order() -> None:
    late, early = Edit(8, 9, b"X"), Edit(0, 1, b"YY")
    whole = Replacement(Span(8, 9, b"X", "known"), [late])
    split = Replacement(Span(0, 4, b"YY", "known"), [early, Edit(3, 4, b"")])
    part = EditedPart(
        b"abcdefghij",
        [whole, split],
        offsets=[OffsetEdit(Edit(6, 7, b"12"), (b"X",))],
        blanks=[Edit(5, 6, b"")],
    )
    assert [edit.start for edit in part.edits] == [0, 3, 5, 6, 8]
    assert part.clean == b"YYbce12hXj"
