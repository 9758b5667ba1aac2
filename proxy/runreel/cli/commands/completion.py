"""``runreel completion``: the code that completes command lines in a shell."""

from __future__ import annotations

import click

from runreel.cli import runreel

EPILOG = """\
\b
Examples, which switch it on:
  bash   eval "$(runreel completion bash)"       in ~/.bashrc
  zsh    eval "$(runreel completion zsh)"        in ~/.zshrc, after compinit
  fish   runreel completion fish | source        in ~/.config/fish/config.fish
"""

_VARIABLE = "_RUNREEL_COMPLETE"


@click.command(epilog=EPILOG)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the code for SHELL that completes commands, cassettes, exchanges and settings."""
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - slow, needed here only

    complete = get_completion_class(shell)
    assert complete is not None, "click knows these shells"  # noqa: S101 - for the type checker
    click.echo(complete(runreel, {}, "runreel", _VARIABLE).source())
