"""A cassette as text: the same for another recording, and different where the program is."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import ndiff

import pytest
from msgspec.structs import replace

from runreel.core.diff.align.alignment import build_call
from runreel.core.diff.stable_text import StableText
from runreel.dialects import find_dialect
from runreel.model import Exchange
from support.recordings import PROGRAMS, USUAL, record_program


def format_recording(exchanges: Sequence[Exchange]) -> list[str]:
    by_number = {each.head.number: each for each in exchanges}
    calls = [build_call(each.head, find_dialect(each.head.request)) for each in exchanges]
    return [*StableText(by_number.__getitem__, find_dialect).iter_lines(calls)]


@pytest.mark.parametrize("dialect", PROGRAMS)
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_another_recording_is_the_same_text(dialect: str, seed: int) -> None:
    text = format_recording(record_program(dialect, 1))
    assert format_recording(record_program(dialect, seed)) == text
    assert len(text) > 20


@pytest.mark.parametrize("dialect", PROGRAMS)
def test_a_changed_word_changes_the_lines_with_it(dialect: str) -> None:
    facts = replace(USUAL, answer=USUAL.answer.replace("sunny", "cloudy"))
    old, new = (
        format_recording(record_program(dialect, seed, each))
        for seed, each in ((1, USUAL), (2, facts))
    )
    changes = [line for line in ndiff(old, new) if line.startswith(("- ", "+ "))]
    assert changes
    assert all("sunny" in line or "cloudy" in line for line in changes)


def test_nothing_of_a_recording_is_raw() -> None:
    exchanges = record_program("chat", 1)
    request = replace(exchanges[0].head.request, body=b"\x1b[31m \xe2\x80\xae")
    hostile = Exchange(replace(exchanges[0].head, request=request), exchanges[0].answer)
    text = "\n".join(format_recording([hostile]))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "\\x1b[31m" in text
