"""What is wrong with a cassette, in words: for ``ls``, ``show`` and ``verify``."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from runreel.core.cassette import Damage, TornTail

FINE, TORN, DAMAGED = "fine", "torn tail", "damaged"


def classify_state(torn: TornTail | None, damages: Sequence[Damage]) -> str:
    """One word for a cassette: damage weighs more than a torn tail."""
    if damages:
        return DAMAGED
    return FINE if torn is None else TORN


def iter_damage_lines(torn: TornTail | None, damages: Sequence[Damage]) -> Iterator[str]:
    """One line for each place where something is wrong."""
    for damage in damages:
        yield f"at byte {damage.offset}, {damage.length} bytes: {damage.reason}"
    if torn is not None:
        yield (
            f"at byte {torn.offset}, {torn.length} bytes to the end: torn, a record that was "
            "never finished (or is being written now)"
        )


def format_repair_advice(path: Path, damages: Sequence[Damage]) -> str:
    """What to do about it."""
    how = "Cut it out, keeping a copy, with" if damages else "Cut it off with"
    return f"{how}: runreel verify --repair {shlex.quote(str(path))}"


def format_damage(path: Path, torn: TornTail | None, damages: Sequence[Damage]) -> list[str]:
    """The lines that tell what is wrong with this cassette, where, and what to do; or none."""
    if torn is None and not damages:
        return []
    what = "is damaged" if damages else "has a torn tail"
    lines = [f"  {place}" for place in iter_damage_lines(torn, damages)]
    return [f"{path} {what}:", *lines, format_repair_advice(path, damages)]
