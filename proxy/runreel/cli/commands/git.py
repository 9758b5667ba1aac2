"""``runreel git``: let git show and guard cassettes."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from runreel.cli.terminal import escape_line
from runreel.errors import RunreelError, UsageError

EPILOG = """\
\b
Examples:
  runreel git install      in a repository, once for each clone
  git diff                 shows what has changed in cassettes that were recorded again
  git diff --word-diff     the same, word by word

A recording cannot be merged with another one: after "git merge", take one side, or record again.
"""

ATTRIBUTES = "*.cassette -text diff=runreel merge=runreel"
"""The line of ``.gitattributes``."""

_COMMENT = "# Cassettes of runreel: for each clone, run: runreel git install"


@click.group(name="git", epilog=EPILOG)
def git() -> None:
    """Let git show what has changed in cassettes, and refuse to merge them."""


@git.command()
def install() -> int:
    """Set up this repository: .gitattributes, and the configuration of this clone.

    Commit .gitattributes. Configuration is not part of a repository, so each clone runs this.
    """
    root = Path(_run_git("rev-parse", "--show-toplevel"))
    for name, value in build_settings(find_command()).items():
        _run_git("config", name, value)
    file = root / ".gitattributes"
    text = "already has" if not add_attributes(file) else "now has"
    click.echo(f"{escape_line(str(file))} {text}: {ATTRIBUTES}")
    click.echo("git diff now shows cassettes as text; a merge of two recordings is refused.")
    return 0


@git.command(name="refuse-merge", hidden=True)
@click.argument("path")
def refuse_merge(path: str) -> int:
    """Explain why a cassette is not merged (a merge driver, see gitattributes(5))."""
    click.echo("\n".join(explain_refusal(path)), err=True)
    return 1


def find_command() -> str:
    """Return the command line that starts runreel."""
    if shutil.which("runreel"):
        return "runreel"
    return f"{shlex.quote(sys.executable)} -m runreel"


def build_settings(command: str) -> Mapping[str, str]:
    """Return git's settings for cassettes; ``command`` starts runreel."""
    return {
        "diff.runreel.textconv": f"{command} show --all",
        "diff.runreel.cachetextconv": "true",
        "diff.runreel.xfuncname": "^=== .*",
        "merge.runreel.name": "recordings cannot be merged",
        "merge.runreel.driver": f"{command} git refuse-merge %P",
    }


def add_attributes(file: Path) -> bool:
    """Add the line for cassettes to a ``.gitattributes``; return False if it is there already."""
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    if ATTRIBUTES in text.splitlines():
        return False
    separator = "" if not text or text.endswith("\n") else "\n"
    file.write_text(f"{text}{separator}{_COMMENT}\n{ATTRIBUTES}\n", encoding="utf-8")
    return True


def explain_refusal(path: str) -> Sequence[str]:
    """Return what to do about a cassette that both sides have recorded again."""
    shown, quoted = escape_line(path), escape_line(shlex.quote(path))
    return (
        f"runreel: {shown} was recorded again on both sides, and recordings cannot be merged.",
        "To see how they differ:",
        f"  git show :2:{quoted} > ours.cassette; git show :3:{quoted} > theirs.cassette",
        "  runreel diff ours.cassette theirs.cassette",
        "Then take one of them, or better, record it again with the merged code:",
        f"  git checkout --ours -- {quoted}      (or --theirs)",
        f"  git add {quoted}",
    )


def _run_git(*arguments: str) -> str:
    """Run git and return what it prints. Raises an error with the reason if it fails."""
    try:
        outcome = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", *arguments],  # noqa: S607 - the user's own git
            check=False,
            capture_output=True,
            text=True,
        )
    except FileNotFoundError:
        raise RunreelError("git is not installed, or not on the PATH") from None
    if outcome.returncode:
        reason = outcome.stderr.strip().removeprefix("fatal: ")
        raise UsageError(f"git {arguments[0]}: {reason}; run this inside of a git repository")
    return outcome.stdout.strip()
