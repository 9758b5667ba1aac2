"""A whole cassette as text for ``git diff``."""

from __future__ import annotations

import click

from runreel.cli.selection import select_heads
from runreel.cli.terminal import escape_controls, print_pieces
from runreel.core.cassette.damage_report import format_damage
from runreel.core.dialect import DialectFinder
from runreel.core.diff.align.alignment import build_call
from runreel.core.diff.stable_text import StableText
from runreel.errors import CorruptCassetteError
from runreel.shell.store.reader import CassetteReader


def print_stable_text(reader: CassetteReader, filter_text: str, find_dialect: DialectFinder) -> int:
    """Print the exchanges that a filter selects; damage is part of the text.

    Return 0 in any case, since git shows no text of a command that fails.
    """
    heads, lines = select_heads(reader, filter_text, find_dialect)
    calls = [build_call(head, find_dialect(head.request)) for head in heads]
    try:
        stable_text = StableText(reader.read_exchange, find_dialect)
        print_pieces(f"{line}\n" for line in stable_text.iter_lines(calls))
    except CorruptCassetteError as error:
        lines.append(str(error))
    lines += format_damage(reader.path, reader.torn, reader.damage)
    if lines:
        click.echo(escape_controls("\n".join(lines)))
    return 0
