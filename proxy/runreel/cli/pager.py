"""Long output on a terminal, one screen at a time."""

from __future__ import annotations

import os
import shutil
import sys

import click


def print_page(text: str) -> None:
    """Print a text, in the user's pager if it is longer than the terminal is high.

    ``PAGER`` names the pager; ``cat``, or an empty value, turns it off. Output to a file or a pipe
    is never paged.
    """
    if (
        not sys.stdout.isatty()
        or os.environ.get("PAGER") in ("", "cat")
        or text.count("\n") + 1 < shutil.get_terminal_size().lines
    ):
        click.echo(text)
    else:
        click.echo_via_pager(f"{text}\n")
