"""Descriptions of damage in a cassette, as ``ls``, ``show``, ``scan`` and ``verify`` print them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from runreel.core.cassette.scan import Damage, TornTail

FINE, TORN, DAMAGED = "fine", "torn tail", "damaged"


def classify_state(torn: TornTail | None, damages: Sequence[Damage]) -> str:
    """Return the state of a cassette; one with both damage and a torn tail is ``DAMAGED``."""
    if damages:
        return DAMAGED
    return FINE if torn is None else TORN


def iter_damage_lines(torn: TornTail | None, damages: Sequence[Damage]) -> Iterator[str]:
    """Yield one line for each damaged part of the file, with its offset and length in bytes."""
    for damage in damages:
        yield f"at byte {damage.offset}, {damage.length} bytes: {damage.reason}"
    if torn is not None:
        yield (
            f"at byte {torn.offset}, the last {torn.length} bytes: an incomplete record "
            "(its writing was interrupted, or is still going on)"
        )


def format_repair_advice(path: Path, damages: Sequence[Damage]) -> str:
    """Return the sentence that names the command to repair the file."""
    action = "Remove the damage (a backup is kept)" if damages else "Cut the incomplete record off"
    return f"{action} with: runreel verify --repair {shlex.quote(str(path))}"


def format_damage(path: Path, torn: TornTail | None, damages: Sequence[Damage]) -> list[str]:
    """Describe damage as lines: what is wrong, where, and how to repair it; empty if fine."""
    if torn is None and not damages:
        return []
    problem = "is damaged" if damages else "has a torn tail"
    lines = [f"  {line}" for line in iter_damage_lines(torn, damages)]
    return [f"{path} {problem}:", *lines, format_repair_advice(path, damages)]
